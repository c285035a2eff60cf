#include "sim/virtual.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

#define STEP_NS (500 * NS_PER_US)
#define TURN_NOISE_PER_MM (1.0 / 50.0) /* rad a mm: the tags stand about 50 mm from the middle */
#define BATCH 4096

static bool port_opens(void *context) {
    struct virtual_rig *rig = context;
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
    (void)err;
    *ret_case = (struct guard_case){
        *rig->setup.rig, *rig->setup.field, {rig->dots, rig->setup.plan->dot_count}};
    return RESULT_OK;
}

static bool predict(void *context, int64_t at_ns, struct pose *ret_T_rig_head) {
    const struct virtual_rig *rig = context;
    struct head_pose predicted;
    if (!head_filter_predict(&rig->filter, at_ns, &predicted)) return false;
    *ret_T_rig_head = predicted.T_rig_head;
    return true;
}

static int compare_dots(const void *a, const void *b) {
    const struct gate_dot *x = a, *y = b;
    return (x->id > y->id) - (x->id < y->id);
}

static void copy_dots(struct virtual_rig *rig) {
    const struct dot_plan *plan = rig->setup.plan;
    for (size_t i = 0; i < plan->dot_count; i++) {
        const struct dot *d = &plan->dots[i];
        rig->order[i] = (uint32_t)i;
        rig->dots[i] =
            (struct gate_dot){.id = d->id,
                              .p = {(float)d->p_head.x, (float)d->p_head.y, (float)d->p_head.z},
                              .n = {(float)d->n_head.x, (float)d->n_head.y, (float)d->n_head.z},
                              .depth_um = d->depth_um,
                              .region = d->region,
                              .fate = GATE_FATE_PENDING};
    }
    qsort(rig->dots, plan->dot_count, sizeof *rig->dots, compare_dots);
}

static void begin_session(struct virtual_rig *rig) {
    struct session_setup setup = {.striker = {.rig = rig->setup.rig,
                                              .plan = rig->setup.plan,
                                              .order = rig->order,
                                              .order_count = rig->setup.plan->dot_count,
                                              .field = rig->setup.field,
                                              .predictor = {predict, rig},
                                              .aim_tolerance_mm = 0.03,
                                              .lead_ns = 12 * NS_PER_MS,
                                              .latency_ns = 4 * NS_PER_MS,
                                              .pose_age_max_ns = 80 * NS_PER_MS},
                                  .inputs = 0xff};
    session_init(&rig->session, &setup, rig->setup.fates, rig->now_ns);
    enum result result =
        session_call(&rig->session, SESSION_CALL_START, &rig->outbox, rig->now_ns, NULL);
    assert(result == RESULT_OK); /* a fresh session can always be told to start */
}

static void begin_filter(struct virtual_rig *rig) {
    struct head_filter_settings settings = head_filter_settings_default();
    const struct dot_plan *plan = rig->setup.plan;
    for (size_t i = 0; i < plan->dot_count; i++)
        settings.centre_head =
            vec3_mad(settings.centre_head, 1.0 / (double)plan->dot_count, plan->dots[i].p_head);
    head_filter_init(&rig->filter, &settings);
}

enum result virtual_create(const struct virtual_setup *setup, struct virtual_rig **ret_rig,
                           struct error *err) {
    struct virtual_rig *rig = calloc(1, sizeof *rig);
    if (!rig) return error_set(err, RESULT_NO_MEMORY, "out of memory");
    rig->setup = *setup;
    rig->now_ns = rig->frame_ns = NS_PER_S; /* no stamp is 0: that means "none" */
    rig->dots = calloc(setup->plan->dot_count + 1, sizeof *rig->dots);
    rig->order = calloc(setup->plan->dot_count + 1, sizeof *rig->order);
    if (!rig->dots || !rig->order) {
        virtual_destroy(&rig);
        return error_set(err, RESULT_NO_MEMORY, "out of memory");
    }
    const struct guard_edge edge = {rig, port_opens, port_closes, load_case};
    rng_init(&rig->rng, setup->seed);
    copy_dots(rig);
    world_init(&rig->world, setup->rig, setup->scenario, setup->field, rig->now_ns);
    if (setup->truth) world_open_truth(&rig->world, setup->truth);
    guard_init(&rig->guard, &edge, rig->now_ns);
    guard_on_daemon(&rig->guard, true, rig->now_ns);
    begin_filter(rig);
    begin_session(rig);
    *ret_rig = rig;
    return RESULT_OK;
}

void virtual_destroy(struct virtual_rig **rig) {
    if (!*rig) return;
    free((*rig)->dots);
    free((*rig)->order);
    free(*rig);
    *rig = NULL;
}

static void pipe_put(struct virtual_pipe *pipe, const unsigned char *bytes, size_t count,
                     int64_t due_ns) {
    assert(pipe->count + count <= VIRTUAL_PIPE_BYTES); /* far more than a board's buffers hold */
    for (size_t i = 0; i < count; i++) {
        size_t at = (pipe->first + pipe->count++) % VIRTUAL_PIPE_BYTES;
        pipe->bytes[at] = bytes[i];
        pipe->due_ns[at] = due_ns;
    }
}

static size_t pipe_take(struct virtual_pipe *pipe, unsigned char *bytes, int64_t now_ns) {
    size_t count = 0;
    while (pipe->count && pipe->due_ns[pipe->first] <= now_ns && count < BATCH) {
        bytes[count++] = pipe->bytes[pipe->first];
        pipe->first = (pipe->first + 1) % VIRTUAL_PIPE_BYTES;
        pipe->count--;
    }
    return count;
}

static void run_board(struct virtual_rig *rig) {
    unsigned char bytes[BATCH];
    int64_t due_ns = rig->now_ns + rig->setup.link_delay_ns;
    size_t count = guard_take_port_bytes(&rig->guard, bytes, sizeof bytes);
    pipe_put(&rig->to_board, bytes, count, due_ns);
    count = pipe_take(&rig->to_board, bytes, rig->now_ns);
    world_on_bytes(&rig->world, bytes, count, rig->now_ns);
    count = firmware_take_output(&rig->world.firmware, bytes, sizeof bytes);
    pipe_put(&rig->to_host, bytes, count, due_ns);
    count = pipe_take(&rig->to_host, bytes, rig->now_ns);
    if (count) guard_on_port_bytes(&rig->guard, bytes, count, rig->now_ns);
}

/* What the cameras and the tracker would measure: the truth at mid-exposure and a little noise. */
static void take_frame(struct virtual_rig *rig) {
    const struct scenario *scenario = rig->setup.scenario;
    int64_t latency_ns = s_to_ns(scenario->latency_s + 0.008); /* and the tracker's own time */
    if (rig->now_ns < rig->frame_ns + latency_ns) return;
    struct head_measurement measurement = {
        .stamp_ns = rig->frame_ns, .tags_used = 12, .residual_px = 0.05};
    double sigma = rig->setup.pose_noise_mm, turn = sigma * TURN_NOISE_PER_MM;
    struct vec3 off = {rng_normal(&rig->rng) * sigma, rng_normal(&rig->rng) * sigma,
                       rng_normal(&rig->rng) * sigma};
    measurement.T_rig_head = world_head_at(&rig->world, rig->frame_ns);
    measurement.T_rig_head.t = vec3_add(measurement.T_rig_head.t, off);
    for (int i = 0; i < 6; i++)
        measurement.covariance[7 * i] = i < 3 ? sigma * sigma + 1e-8 : turn * turn + 1e-12;
    rig->frame_ns += s_to_ns(1.0 / scenario->frame_rate_hz);
    struct head_pose head;
    if (rig->are_frames_stopped) return;
    if (head_filter_update(&rig->filter, &measurement, &head) == RESULT_OK)
        session_on_pose(&rig->session, &head, &rig->outbox, rig->now_ns);
}

static void run_messages(struct virtual_rig *rig) {
    struct guard_event event;
    struct guard_request request;
    struct journal_entry entry;
    while (guard_take_event(&rig->guard, &event))
        session_on_guard(&rig->session, &event, &rig->outbox, rig->now_ns);
    session_tick(&rig->session, &rig->outbox, rig->now_ns);
    while (outbox_take_entry(&rig->outbox, &entry)) {
        rig->entries++;
        if (rig->setup.on_entry) rig->setup.on_entry(rig->setup.context, &entry);
    }
    session_on_durable(&rig->session, rig->entries);
    while (outbox_take_request(&rig->outbox, &request))
        guard_on_request(&rig->guard, &request, sizeof request, rig->now_ns);
}

void virtual_run(struct virtual_rig *rig, int64_t duration_ns) {
    for (int64_t end_ns = rig->now_ns + duration_ns; rig->now_ns < end_ns;) {
        rig->now_ns += STEP_NS;
        run_board(rig);
        take_frame(rig);
        guard_tick(&rig->guard, rig->now_ns);
        run_messages(rig);
    }
}

bool virtual_is_over(const struct virtual_rig *rig) {
    return session_is_over(&rig->session);
}
