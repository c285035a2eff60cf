/* The guard's core against the simulated board on a virtual clock, with a beating daemon's end.
 * Plain data without pointers to itself but the scene's, so a moment can be kept and
 * gone back to. */
#ifndef SMPRIG_TESTS_CONTROLLER_GUARD_GUARD_SCENE_H
#define SMPRIG_TESTS_CONTROLLER_GUARD_GUARD_SCENE_H

#include "base/clock.h"
#include "controller/guard/guard.h"
#include "safety/limits.h"
#include "sim/firmware.h"
#include "tests/safety/gate_scene.h"

#define STEP_NS (500 * NS_PER_US)
#define ALL_INPUTS 0xffu
#define BEAT_NS (20 * NS_PER_MS)

/* What may fall silent on its own. */
struct daemon_end {
    bool is_beating, is_progressing, is_posing;
    uint32_t inputs;
    uint64_t sequence, progress;
};

struct world_end {
    struct guard guard;
    struct firmware board;
    int64_t now_ns;
    struct daemon_end daemon;
    bool is_port_cut, is_swallowing, is_guard_stopped, has_needle_sensor, is_needle_stuck;
    struct sensor_levels levels;
    size_t seen[GUARD_EVENT_KIND_COUNT];
    struct guard_event newest_state, newest_refusal, newest_lost;
    double deepest_mm, widest_in_mm; /* of the needle; sideways way while it is out of its sleeve */
    double in_at[FIRMWARE_AXES];
    bool is_in;
};

static struct gate_scene scene;
static struct world_end the;

static bool scene_open_port(void *context) {
    (void)context;
    if (!the.is_port_cut) firmware_power_up(&the.board);
    return !the.is_port_cut;
}

static void scene_close_port(void *context) {
    (void)context;
}

static enum result scene_load(void *context, const struct guard_load *names,
                              struct guard_case *ret_case, struct error *err) {
    (void)context;
    if (strcmp(names->rig_sha256, "right") != 0)
        return error_set(err, RESULT_REFUSED, "the rig file changed");
    *ret_case = (struct guard_case){
        .rig = scene.rig, .field = scene.field, .dots = {.dots = scene.dots, .count = SCENE_DOTS}};
    return RESULT_OK;
}

static inline void guard_begins(void) {
    const struct guard_edge edge = {NULL, scene_open_port, scene_close_port, scene_load};
    guard_init(&the.guard, &edge, the.now_ns);
    guard_on_daemon(&the.guard, true, the.now_ns);
    the.daemon.sequence = the.daemon.progress = 0;
}

static inline int set_up(void **state) {
    (void)state;
    memset(&the, 0, sizeof the);
    the.now_ns = SCENE_NOW_NS;
    the.daemon = (struct daemon_end){true, true, true, ALL_INPUTS, 0, 0};
    if (!scene_init(&scene)) return -1;
    firmware_init(&the.board, &scene.rig, the.now_ns);
    guard_begins();
    return 0;
}

static inline void take_events(void) {
    struct guard_event event;
    while (guard_take_event(&the.guard, &event)) {
        the.seen[event.kind]++;
        if (event.kind == GUARD_EVENT_STATE) the.newest_state = event;
        if (event.kind == GUARD_EVENT_REFUSED) the.newest_refusal = event;
        if (event.kind == GUARD_EVENT_LOST) the.newest_lost = event;
    }
}

static inline void tell(struct guard_request request) {
    request.version = GUARD_PROTOCOL_VERSION;
    request.sequence = ++the.daemon.sequence;
    if (the.is_guard_stopped) return;
    guard_on_request(&the.guard, &request, sizeof request, the.now_ns);
    take_events();
}

static inline void ask(enum guard_request_kind kind) {
    tell((struct guard_request){.kind = (uint32_t)kind});
}

static inline void acknowledge(bool says_needle_out) {
    struct guard_request request = {.kind = GUARD_ACKNOWLEDGE};
    request.as.says_needle_out = says_needle_out;
    tell(request);
}

static inline void send_inputs(void) {
    struct guard_request request = {.kind = GUARD_INPUTS};
    request.as.inputs = the.daemon.inputs;
    tell(request);
}

static inline void set_inputs(uint32_t inputs) {
    the.daemon.inputs = inputs;
    send_inputs();
}

static inline void send_pose(void) {
    struct guard_request request = {.kind = GUARD_POSE};
    request.as.pose = (struct head_pose){.stamp_ns = the.now_ns,
                                         .T_rig_head = scene_pose().T_rig_head,
                                         .state = HEAD_STILL,
                                         .tags_used = 12};
    tell(request);
}

static inline void beat(void) {
    struct guard_request request = {.kind = GUARD_HEARTBEAT};
    if (the.daemon.is_progressing) the.daemon.progress++;
    request.as.progress = the.daemon.progress;
    tell(request);
    send_inputs();
    if (the.daemon.is_posing) send_pose();
}

/* The needle's truth: how deep, and whether anything moved sideways meanwhile. Less than a tenth
 * out of its sleeve is out: it hovers four tenths above the skin. */
static inline void watch_needle(void) {
    const double *at = the.board.position;
    the.deepest_mm = fmin(the.deepest_mm, at[2]);
    if (at[2] >= -LIMIT_POSITION_MM) {
        the.is_in = false;
        return;
    }
    if (!the.is_in) memcpy(the.in_at, at, sizeof the.in_at);
    the.is_in = true;
    for (int i = 0; i < FIRMWARE_AXES; i++)
        if (i != 2) the.widest_in_mm = fmax(the.widest_in_mm, fabs(at[i] - the.in_at[i]));
}

static inline void step_world(void) {
    unsigned char bytes[1024];
    size_t count = 0;
    if (the.daemon.is_beating && the.now_ns % BEAT_NS < STEP_NS) beat();
    if (!the.is_guard_stopped) {
        count = guard_take_port_bytes(&the.guard, bytes, sizeof bytes);
        if (!the.is_port_cut && !the.is_swallowing)
            firmware_on_bytes(&the.board, bytes, count, the.now_ns);
    }
    firmware_step(&the.board, the.now_ns);
    watch_needle();
    count = firmware_take_output(&the.board, bytes, sizeof bytes);
    if (the.is_guard_stopped) return;
    if (count && !the.is_port_cut) guard_on_port_bytes(&the.guard, bytes, count, the.now_ns);
    if (the.has_needle_sensor) {
        bool is_out = the.board.position[2] > -0.05 && !the.is_needle_stuck;
        the.levels.present |= SENSOR_NEEDLE;
        the.levels.levels = is_out ? the.levels.levels | SENSOR_NEEDLE
                                   : the.levels.levels & ~(uint32_t)SENSOR_NEEDLE;
    }
    guard_on_sensors(&the.guard, the.levels);
    guard_tick(&the.guard, the.now_ns);
    take_events();
}

static inline void run_for(int64_t duration_ns) {
    for (int64_t end_ns = the.now_ns + duration_ns; the.now_ns < end_ns; the.now_ns += STEP_NS)
        step_world();
}

static inline enum safety_state state_now(void) {
    return the.guard.supervisor.state;
}

static inline void load_files(const char *rig_sha256) {
    struct guard_request request = {.kind = GUARD_LOAD};
    snprintf(request.as.load.rig_sha256, sizeof request.as.load.rig_sha256, "%s", rig_sha256);
    tell(request);
}

static inline void get_idle(void) {
    ask(GUARD_HELLO);
    load_files("right");
    ask(GUARD_CONNECT);
    run_for(NS_PER_S);
    assert_int_equal(state_now(), SAFETY_LOCKED);
    ask(GUARD_HOME);
    for (int i = 0; i < 200 && state_now() == SAFETY_HOMING; i++) run_for(100 * NS_PER_MS);
    assert_int_equal(state_now(), SAFETY_IDLE);
}

static inline void get_running(void) {
    get_idle();
    ask(GUARD_ARM);
    ask(GUARD_START);
    assert_int_equal(state_now(), SAFETY_RUNNING);
}

static inline void travel_to(uint32_t index) {
    struct guard_request request = {.kind = GUARD_TRAVEL};
    struct gate_travel travel = scene_travel(&scene, index);
    if (the.daemon.is_posing) send_pose();
    request.as.travel.dot = travel.dot;
    request.as.travel.arrive_ns = the.now_ns + 40 * NS_PER_MS;
    memcpy(request.as.travel.target.q, travel.q, sizeof travel.q);
    tell(request);
}

static inline void strike(uint32_t index) {
    struct guard_request request = {.kind = GUARD_STRIKE};
    if (the.daemon.is_posing) send_pose();
    request.as.strike = (struct guard_strike){.dot = 10 + index,
                                              .stroke_mm = 1.1,
                                              .plunge_mm_s = 80,
                                              .contact_ns = the.now_ns + 15 * NS_PER_MS};
    tell(request);
}

/* Over the dot and ready to strike: the travel in small steps of time, so that nothing waits. */
static inline void arrive(uint32_t index) {
    size_t before = the.seen[GUARD_EVENT_EXECUTED];
    travel_to(index);
    for (int i = 0; i < 6000 && the.seen[GUARD_EVENT_EXECUTED] == before; i++) run_for(NS_PER_MS);
    assert_int_equal(the.seen[GUARD_EVENT_EXECUTED], before + 1);
}

/* Stopped, at rest, eight millimetres out along the needle from its hover over a dot. */
static inline void expect_retreated(void) {
    assert_int_equal(the.board.state, FIRMWARE_IDLE);
    assert_true(fabs(the.board.position[2]) < 1e-9);
    assert_true(the.board.position[5] > -99.6 + 7.9);
}

#endif
