#include "sim/virtual.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "controller/daemon/session_record.h"
#include "controller/guard/guard_record.h"
#include "sim/virtual_private.h"

#define LEAST_STEP_NS (50 * NS_PER_US) /* no real loop turns faster */
#define BATCH 4096

static bool port_opens(void *context) {
    struct virtual_rig *rig = context;
    guard_record_port_opened(rig->setup.guard_record, rig->now_ns, !rig->is_cable_out);
    if (rig->is_cable_out) return false;
    /* The board's own time: it was there all along, and resets when its port is opened. */
    world_step(&rig->world, rig->now_ns);
    firmware_power_up(&rig->world.firmware);
    return true;
}

static void port_closes(void *context) {
    (void)context;
}

static enum result load_case(void *context, const struct guard_load *names,
                             struct guard_case *ret_case, struct error *err) {
    struct virtual_rig *rig = context;
    (void)names;
    enum result result = RESULT_OK;
    if (rig->has_wrong_files)
        result = error_set(err, RESULT_REFUSED, "plan.ply: made for another scan");
    guard_record_loaded(rig->setup.guard_record, rig->now_ns, result, err);
    if (result != RESULT_OK) return result;
    gate_dots_of_plan(rig->setup.plan, rig->dots);
    *ret_case = (struct guard_case){.rig = *rig->setup.rig,
                                    .field = *rig->setup.field,
                                    .dots = {rig->dots, rig->setup.plan->dot_count, rig->keep_outs,
                                             rig->setup.plan->keep_out_count + 1}};
    return RESULT_OK;
}

const struct guard_edge virtual_edge = {NULL, port_opens, port_closes, load_case};

/* The plan's, and one more that lies nowhere yet. */
static bool make_keep_outs(struct virtual_rig *rig) {
    const struct dot_plan *plan = rig->setup.plan;
    rig->keep_outs = calloc(plan->keep_out_count + 1, sizeof *rig->keep_outs);
    if (!rig->keep_outs) return false;
    for (size_t i = 0; i < plan->keep_out_count; i++) {
        const struct keep_out *k = &plan->keep_outs[i];
        rig->keep_outs[i] = (struct gate_keep_out){
            {(float)k->p_head.x, (float)k->p_head.y, (float)k->p_head.z}, (float)k->radius_mm};
    }
    virtual_mark_lesion(rig, vec3_make(0, 0, 0), 0);
    return true;
}

static enum result make_disk(struct virtual_rig *rig) {
    const struct dot_plan *plan = rig->setup.plan;
    uint32_t *ids = calloc(plan->dot_count + 1, sizeof *ids);
    if (!ids) return RESULT_NO_MEMORY;
    for (size_t i = 0; i < plan->dot_count; i++) ids[i] = plan->dots[i].id;
    enum result result = fates_init(&rig->disk.fates, ids, plan->dot_count);
    free(ids);
    if (result != RESULT_OK) return result;
    for (size_t i = 0; i < plan->dot_count; i++)
        fates_find(&rig->disk.fates, plan->dots[i].id)->fate = rig->setup.fates[i];
    return RESULT_OK;
}

enum result virtual_create(const struct virtual_setup *setup, struct virtual_rig **ret_rig,
                           struct error *err) {
    struct virtual_rig *rig = calloc(1, sizeof *rig);
    if (!rig) return error_set(err, RESULT_NO_MEMORY, "out of memory");
    rig->setup = *setup;
    rig->now_ns = rig->frame_ns = NS_PER_S; /* no stamp is 0: that means "none" */
    rig->inputs = 0xff;
    rig->dots = calloc(setup->plan->dot_count + 1, sizeof *rig->dots);
    rig->order = calloc(setup->plan->dot_count + 1, sizeof *rig->order);
    enum result made =
        rig->dots && rig->order && make_keep_outs(rig) ? make_disk(rig) : RESULT_NO_MEMORY;
    if (made != RESULT_OK) {
        virtual_destroy(&rig);
        return error_set(err, made, "the plan: out of memory, or an id is there twice");
    }
    for (size_t i = 0; i < setup->plan->dot_count; i++) rig->order[i] = (uint32_t)i;
    rng_init(&rig->rng, setup->seed);
    world_init(&rig->world, setup->rig, setup->scenario, setup->field, rig->now_ns);
    rig->world.on_step = setup->watch.on_step;
    rig->world.on_step_context = setup->watch.context;
    if (setup->truth) world_open_truth(&rig->world, setup->truth);
    virtual_start_guard(rig);
    virtual_start_daemon(rig);
    *ret_rig = rig;
    return RESULT_OK;
}

void virtual_destroy(struct virtual_rig **rig) {
    if (!*rig) return;
    fates_release(&(*rig)->disk.fates);
    free((*rig)->dots);
    free((*rig)->order);
    free((*rig)->keep_outs);
    free(*rig);
    *rig = NULL;
}

enum result virtual_tell_session(struct virtual_rig *rig, struct session_news *news,
                                 struct error *err) {
    news->now_ns = rig->now_ns;
    session_record_news(rig->setup.session_record, news);
    enum result result = session_take(&rig->session, news, &rig->outbox, err);
    session_record_result(rig->setup.session_record, news, result, err);
    return result;
}

void virtual_hear(struct virtual_rig *rig, struct session_news news) {
    enum result result = virtual_tell_session(rig, &news, NULL);
    assert(result == RESULT_OK);
    (void)result;
}

void virtual_tell_guard(struct virtual_rig *rig, struct guard_news news) {
    news.now_ns = rig->now_ns;
    guard_record_news(rig->setup.guard_record, &news);
    guard_take(&rig->guard, &news);
}

bool virtual_daemon_runs(const struct virtual_rig *rig) {
    return rig->has_daemon && rig->now_ns >= rig->daemon_wakes_ns;
}

static bool guard_runs(const struct virtual_rig *rig) {
    return rig->has_guard && rig->now_ns >= rig->guard_wakes_ns;
}

static void show_bytes(struct virtual_rig *rig, const unsigned char *bytes, size_t count,
                       bool is_to_board) {
    const struct virtual_watch *watch = &rig->setup.watch;
    if (watch->on_bytes && count) watch->on_bytes(watch->context, bytes, count, is_to_board);
}

/* The board and both directions of its cable. */
static void run_board(struct virtual_rig *rig) {
    unsigned char bytes[BATCH];
    size_t count = pipe_take(&rig->to_board, bytes, sizeof bytes, rig->now_ns);
    if (count) world_on_bytes(&rig->world, bytes, count, rig->now_ns);
    if (firmware_next_ns(&rig->world.firmware) <= rig->now_ns) world_step(&rig->world, rig->now_ns);
    count = firmware_take_output(&rig->world.firmware, bytes, sizeof bytes);
    if (count && !rig->is_cable_out)
        pipe_put(&rig->to_host, bytes, count, rig->now_ns + rig->setup.link_delay_ns);
}

static void run_guard(struct virtual_rig *rig) {
    unsigned char bytes[BATCH];
    if (!guard_runs(rig)) return;
    size_t count = pipe_take(&rig->to_host, bytes, sizeof bytes, rig->now_ns);
    show_bytes(rig, bytes, count, false);
    if (count)
        virtual_tell_guard(
            rig, (struct guard_news){.kind = GUARD_NEWS_PORT, .bytes = bytes, .count = count});
    if (count || rig->now_ns >= guard_next_ns(&rig->guard))
        virtual_tell_guard(rig, (struct guard_news){.kind = GUARD_NEWS_TICK});
}

static void send_to_board(struct virtual_rig *rig) {
    unsigned char bytes[BATCH];
    if (!guard_runs(rig)) return;
    size_t count = guard_take_port_bytes(&rig->guard, bytes, sizeof bytes);
    guard_record_bytes(rig->setup.guard_record, rig->now_ns, bytes, count);
    show_bytes(rig, bytes, count, true);
    if (count && !rig->is_cable_out)
        pipe_put(&rig->to_board, bytes, count, rig->now_ns + rig->setup.link_delay_ns);
}

/* Events leave the guard at once; a daemon that does not read them is as good as gone. */
static void collect_events(struct virtual_rig *rig) {
    const struct virtual_watch *watch = &rig->setup.watch;
    struct guard_event event;
    while (rig->has_guard && guard_take_event(&rig->guard, &event)) {
        guard_record_event(rig->setup.guard_record, rig->now_ns, &event);
        if (watch->on_event) watch->on_event(watch->context, &event);
        if (!rig->has_daemon) continue;
        if (rig->inbox_count == VIRTUAL_INBOX_MAX) {
            virtual_kill_daemon(rig);
            return;
        }
        rig->inbox[(rig->inbox_first + rig->inbox_count++) % VIRTUAL_INBOX_MAX] = event;
    }
}

static void give_events(struct virtual_rig *rig) {
    while (rig->inbox_count) {
        virtual_hear(rig, (struct session_news){.kind = SESSION_NEWS_GUARD,
                                                .as.event = rig->inbox[rig->inbox_first]});
        rig->inbox_first = (rig->inbox_first + 1) % VIRTUAL_INBOX_MAX;
        rig->inbox_count--;
    }
}

static void send_requests(struct virtual_rig *rig) {
    const struct virtual_watch *watch = &rig->setup.watch;
    struct guard_request request;
    while (outbox_take_request(&rig->outbox, &request)) {
        session_record_request(rig->setup.session_record, rig->now_ns, &request);
        if (watch->on_request) watch->on_request(watch->context, &request);
        if (!rig->has_guard) continue;
        virtual_tell_guard(
            rig, (struct guard_news){
                     .kind = GUARD_NEWS_REQUEST, .bytes = &request, .count = sizeof request});
        collect_events(rig);
    }
}

/* Daemon and guard talk without delay: a local socket takes tens of microseconds. */
static void run_messages(struct virtual_rig *rig) {
    collect_events(rig);
    if (virtual_daemon_runs(rig)) {
        give_events(rig);
        virtual_hear(rig, (struct session_news){.kind = SESSION_NEWS_TICK});
        virtual_run_disk(rig);
        if (guard_runs(rig)) send_requests(rig);
        session_record_rest(rig->setup.session_record, rig->now_ns, &rig->outbox);
    }
    send_to_board(rig);
}

static int64_t earlier(int64_t a_ns, int64_t b_ns) {
    return a_ns < b_ns ? a_ns : b_ns;
}

static int64_t next_ns(const struct virtual_rig *rig) {
    int64_t next = earlier(pipe_next_ns(&rig->to_board), firmware_next_ns(&rig->world.firmware));
    next = earlier(next, virtual_frame_due_ns(rig));
    if (rig->has_guard) {
        int64_t guard_ns = earlier(pipe_next_ns(&rig->to_host), guard_next_ns(&rig->guard));
        next = earlier(next, guard_ns > rig->guard_wakes_ns ? guard_ns : rig->guard_wakes_ns);
    }
    if (rig->has_daemon) {
        int64_t session_ns =
            earlier(session_next_ns(&rig->session, rig->now_ns), virtual_disk_next_ns(rig));
        next = earlier(next, session_ns > rig->daemon_wakes_ns ? session_ns : rig->daemon_wakes_ns);
    }
    return next;
}

void virtual_step(struct virtual_rig *rig, int64_t end_ns) {
    const struct virtual_watch *watch = &rig->setup.watch;
    int64_t next = next_ns(rig), least_ns = rig->now_ns + LEAST_STEP_NS;
    if (next < least_ns) next = least_ns;
    rig->now_ns = earlier(next, end_ns);
    run_board(rig);
    if (rig->now_ns >= virtual_frame_due_ns(rig)) virtual_take_frame(rig);
    run_guard(rig);
    run_messages(rig);
    if (watch->on_tick) watch->on_tick(watch->context, rig);
}

void virtual_run(struct virtual_rig *rig, int64_t duration_ns) {
    for (int64_t end_ns = rig->now_ns + duration_ns; rig->now_ns < end_ns;)
        virtual_step(rig, end_ns);
    world_step(&rig->world, rig->now_ns);
}

bool virtual_is_over(const struct virtual_rig *rig) {
    return session_is_over(&rig->session);
}
