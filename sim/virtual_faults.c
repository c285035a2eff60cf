/* Starting and ending the parts of the virtual rig, the journal's disk, and what may happen to
 * them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "controller/daemon/session_record.h"
#include "controller/guard/guard_record.h"
#include "sim/virtual_private.h"

static bool predict(void *context, int64_t at_ns, struct pose *ret_T_rig_head) {
    const struct virtual_rig *rig = context;
    return head_filter_predict_pose(&rig->filter, at_ns, ret_T_rig_head);
}

static int compare_dots(const void *a, const void *b) {
    const struct gate_dot *x = a, *y = b;
    return (x->id > y->id) - (x->id < y->id);
}

void gate_dots_of_plan(const struct dot_plan *plan, struct gate_dot *ret_dots) {
    for (size_t i = 0; i < plan->dot_count; i++) {
        const struct dot *d = &plan->dots[i];
        ret_dots[i] =
            (struct gate_dot){.id = d->id,
                              .p = {(float)d->p_head.x, (float)d->p_head.y, (float)d->p_head.z},
                              .n = {(float)d->n_head.x, (float)d->n_head.y, (float)d->n_head.z},
                              .depth_um = d->depth_um,
                              .region = d->region,
                              .zone = d->zone,
                              .layer = d->layer,
                              .fate = GATE_FATE_PENDING};
    }
    qsort(ret_dots, plan->dot_count, sizeof *ret_dots, compare_dots);
}

/* --- the disk --- */

/* A slow disk keeps the order: an entry is durable no earlier than the one before it. */
static void write_later(struct virtual_disk *disk, const struct journal_entry *entry,
                        int64_t due_ns) {
    size_t slot = (disk->first + disk->count++) % OUTBOX_ENTRIES_MAX;
    disk->waiting[slot] = *entry;
    disk->due_ns[slot] = due_ns;
}

static void make_durable(struct virtual_rig *rig, int64_t now_ns) {
    struct virtual_disk *disk = &rig->disk;
    const struct virtual_watch *watch = &rig->setup.watch;
    while (disk->count && disk->due_ns[disk->first] <= now_ns) {
        const struct journal_entry *entry = &disk->waiting[disk->first];
        if (fates_apply(&disk->fates, entry) != RESULT_OK) disk->refused_count++;
        if (watch->on_entry) watch->on_entry(watch->context, entry);
        disk->first = (disk->first + 1) % OUTBOX_ENTRIES_MAX;
        disk->count--;
        disk->durable++;
    }
}

void virtual_run_disk(struct virtual_rig *rig) {
    struct virtual_disk *disk = &rig->disk;
    struct journal_entry entry;
    while (disk->count < OUTBOX_ENTRIES_MAX && outbox_take_entry(&rig->outbox, &entry)) {
        session_record_entry(rig->setup.session_record, rig->now_ns, &entry);
        if (!disk->is_broken) write_later(disk, &entry, rig->now_ns + rig->setup.journal_delay_ns);
    }
    uint64_t before = disk->durable;
    make_durable(rig, rig->now_ns);
    if (disk->durable != before)
        virtual_hear(
            rig, (struct session_news){.kind = SESSION_NEWS_DURABLE, .as.entry = disk->durable});
}

int64_t virtual_disk_next_ns(const struct virtual_rig *rig) {
    return rig->disk.count ? rig->disk.due_ns[rig->disk.first] : INT64_MAX;
}

void virtual_break_disk(struct virtual_rig *rig, const char *why) {
    rig->disk.is_broken = true;
    rig->disk.count = 0;
    struct session_news news = {.kind = SESSION_NEWS_JOURNAL_FAILED};
    snprintf(news.text, sizeof news.text, "%s", why);
    if (rig->has_daemon) virtual_hear(rig, news);
}

static void tell_of_daemon(struct virtual_rig *rig, bool is_connected) {
    if (rig->has_guard)
        virtual_tell_guard(
            rig, (struct guard_news){.kind = GUARD_NEWS_DAEMON, .is_connected = is_connected});
}

/* --- the daemon --- */

/* As journal_open() does: an intent without an outcome becomes doubtful. */
static void take_up_case(struct virtual_rig *rig) {
    const struct dot_plan *plan = rig->setup.plan;
    const struct virtual_watch *watch = &rig->setup.watch;
    for (size_t i = 0; i < plan->dot_count; i++) {
        struct fate_slot *slot = fates_find(&rig->disk.fates, plan->dots[i].id);
        if (slot->has_intent) {
            struct journal_entry entry = {JOURNAL_DOUBTFUL, slot->dot, rig->now_ns,
                                          "an intent without an outcome"};
            if (fates_apply(&rig->disk.fates, &entry) != RESULT_OK) rig->disk.refused_count++;
            if (watch->on_entry) watch->on_entry(watch->context, &entry);
        }
        rig->setup.fates[i] = slot->fate;
    }
}

void virtual_start_daemon(struct virtual_rig *rig) {
    struct session_setup setup = {.striker = striker_setup_default(), .inputs = rig->inputs};
    setup.striker.rig = rig->setup.rig;
    setup.striker.plan = rig->setup.plan;
    setup.striker.order = rig->order;
    setup.striker.order_count = rig->setup.plan->dot_count;
    setup.striker.field = rig->setup.field;
    setup.striker.predictor = (struct pose_predictor){predict, rig};
    rig->disk.count = 0;
    rig->disk.durable = 0;
    rig->disk.is_broken = false;
    take_up_case(rig);
    memset(&rig->outbox, 0, sizeof rig->outbox);
    virtual_begin_filter(rig);
    session_record_begin(rig->setup.session_record, &setup, rig->setup.fates, &rig->outbox,
                         &rig->filter.settings, rig->now_ns);
    session_init(&rig->session, &setup, rig->setup.fates, rig->now_ns);
    rig->has_daemon = true;
    rig->daemon_wakes_ns = 0;
    tell_of_daemon(rig, true);
    virtual_call(rig, SESSION_CALL_START);
}

void virtual_kill_daemon(struct virtual_rig *rig) {
    rig->has_daemon = false;
    rig->disk.count = 0; /* what was not durable is lost with it */
    rig->inbox_count = 0;
    tell_of_daemon(rig, false);
}

/* --- the guard and its port --- */

void virtual_start_guard(struct virtual_rig *rig) {
    struct guard_edge edge = virtual_edge;
    edge.context = rig;
    guard_record_begin(rig->setup.guard_record, rig->now_ns);
    guard_init(&rig->guard, &edge, rig->now_ns);
    rig->has_guard = true;
    rig->guard_wakes_ns = 0;
    if (rig->has_daemon) tell_of_daemon(rig, true);
}

void virtual_kill_guard(struct virtual_rig *rig) {
    rig->has_guard = false;
    pipe_clear(&rig->to_host); /* nobody reads the port */
    rig->inbox_count = 0;
    if (rig->has_daemon) virtual_hear(rig, (struct session_news){.kind = SESSION_NEWS_GUARD_GONE});
}

void virtual_pull_cable(struct virtual_rig *rig) {
    rig->is_cable_out = true;
    pipe_clear(&rig->to_board);
    pipe_clear(&rig->to_host);
    if (rig->has_guard)
        virtual_tell_guard(rig, (struct guard_news){.kind = GUARD_NEWS_PORT_CLOSED});
}

void virtual_plug_cable(struct virtual_rig *rig) {
    rig->is_cable_out = false;
}

/* --- people and forged messages --- */

void virtual_call(struct virtual_rig *rig, enum session_call call) {
    struct error err = {0};
    struct session_news news = {.kind = SESSION_NEWS_CALL, .as.call = call};
    if (rig->has_daemon) (void)!virtual_tell_session(rig, &news, &err);
}

void virtual_set_input(struct virtual_rig *rig, uint32_t input, bool holds) {
    struct session_news news = {.kind = SESSION_NEWS_INPUT,
                                .as.input = {.input = input, .holds = holds}};
    if (rig->has_daemon) virtual_hear(rig, news);
}

void virtual_forge_request(struct virtual_rig *rig, struct guard_request request) {
    if (!rig->has_daemon || !outbox_has_room(&rig->outbox, 1)) return;
    record_end(rig->setup.session_record, rig->now_ns, "a request was forged");
    outbox_request(&rig->outbox, request);
}

void virtual_mark_lesion(struct virtual_rig *rig, struct vec3 p_head, double radius_mm) {
    rig->keep_outs[rig->setup.plan->keep_out_count] = (struct gate_keep_out){
        {(float)p_head.x, (float)p_head.y, (float)p_head.z}, (float)radius_mm};
    rig->lesion = (struct keep_out){p_head, radius_mm};
}
