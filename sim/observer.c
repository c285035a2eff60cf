#include "sim/observer.h"

#include <string.h>

#include "base/clock.h"

#define STANDS_OUT_MM 0.02 /* of a needle that is not retracted */

static void write_pose(FILE *out, const struct head_pose *head, int64_t start_ns) {
    struct quat q = quat_from_mat3(head->T_rig_head.R);
    struct vec3 t = head->T_rig_head.t;
    fprintf(out, "%.6f %.5f %.5f %.5f %.9f %.9f %.9f %.9f\n", ns_to_s(head->stamp_ns - start_ns),
            t.x, t.y, t.z, q.x, q.y, q.z, q.w);
}

static void on_request(void *context, const struct guard_request *request) {
    struct observer *observer = context;
    observer->trace.now_ns = observer->rig->now_ns;
    trace_request(&observer->trace, request);
    if (observer->poses && request->kind == GUARD_POSE && request->as.pose.state != HEAD_LOST)
        write_pose(observer->poses, &request->as.pose, observer->trace.start_ns);
    invariants_on_request(observer->inv, request, observer->rig->now_ns);
}

static void on_event(void *context, const struct guard_event *event) {
    struct observer *observer = context;
    observer->trace.now_ns = event->stamp_ns;
    trace_event(&observer->trace, event);
    invariants_on_lesion(observer->inv, &observer->rig->lesion);
    invariants_on_event(observer->inv, event, event->stamp_ns);
}

static void on_entry(void *context, const struct journal_entry *entry) {
    struct observer *observer = context;
    trace_entry(&observer->trace, entry);
    invariants_on_entry(observer->inv, entry, observer->trace.now_ns);
    if (observer->on_entry) observer->on_entry(observer->context, entry);
}

static void on_bytes(void *context, const unsigned char *bytes, size_t count, bool is_to_board) {
    struct observer *observer = context;
    observer->trace.now_ns = observer->rig->now_ns;
    trace_bytes(&observer->trace, bytes, count, is_to_board);
    if (is_to_board)
        invariants_on_bytes_to_board(observer->inv, bytes, count, observer->rig->now_ns);
}

static void on_step(void *context, const struct world *world) {
    struct observer *observer = context;
    struct truth truth = {
        .at_ns = world->now_ns,
        .stroke_mm = world->stroke_mm,
        .is_in_skin = world->skin.is_in,
        .T_rig_head = world->T_rig_head,
        .T_rig_tool = world->T_rig_tool,
        .line = world->firmware.running_line,
        .is_slowed = world->firmware.feed_override != 100 || world->firmware.rapid_override != 100,
        .is_homing = world->firmware.state == FIRMWARE_HOME,
        .lost_mm = world_lost_mm(world),
        .jolt_mm_s = world_jolt_speed_mm_s(world)};
    memcpy(truth.q, world->axes.q, sizeof truth.q);
    if (world->puncture_count != observer->punctures) {
        observer->punctures = world->puncture_count;
        truth.over = &world->last;
        observer->trace.now_ns = world->now_ns;
        trace_puncture(&observer->trace, &world->last);
    }
    invariants_on_truth(observer->inv, &truth);
}

/* Of what the guard is bound to, fates aside (FNV-1a). */
static uint64_t plan_sum(const struct virtual_rig *rig) {
    uint64_t sum = UINT64_C(1469598103934665603);
    const struct gate_dots *dots = &rig->guard.gate.dots;
    for (size_t i = 0; i < dots->count; i++) {
        struct gate_dot dot = dots->dots[i];
        dot.fate = 0;
        uint32_t words[8] = {dot.id, dot.depth_um, dot.region};
        memcpy(words + 3, dot.p, sizeof dot.p);
        for (size_t k = 0; k < 6; k++) sum = (sum ^ words[k]) * UINT64_C(1099511628211);
    }
    return sum;
}

void observer_look(struct observer *observer) {
    const struct virtual_rig *rig = observer->rig;
    if (rig->to_board.faults_done != observer->changes)
        invariants_excuse(observer->inv, EXCUSE_CHANGED, rig->now_ns);
    observer->changes = rig->to_board.faults_done;
    /* A byte that became a reset or a stop in mid-strike. */
    if (observer->inv->windows[EXCUSE_CHANGED].is_open && !rig->world.firmware.block_count &&
        rig->world.stroke_mm > STANDS_OUT_MM && !observer->inv->windows[EXCUSE_STUCK].is_open)
        invariants_excuse(observer->inv, EXCUSE_STUCK, rig->now_ns);
    /* Or a reset while something moved: the board does not know its place any more. */
    if (observer->inv->windows[EXCUSE_CHANGED].is_open &&
        rig->world.firmware.state == FIRMWARE_ALARM)
        invariants_excuse(observer->inv, EXCUSE_HELPLESS, rig->now_ns);
    if (!rig->has_guard) return;
    enum safety_state state = rig->guard.supervisor.state;
    invariants_on_supervisor(observer->inv, &rig->guard.supervisor, rig->now_ns);
    if (state != observer->state)
        invariants_on_guard_plan(observer->inv, plan_sum(rig), rig->now_ns);
    observer->holds += state == SAFETY_HOLDING && observer->state != SAFETY_HOLDING;
    observer->faults += state == SAFETY_FAULT && observer->state != SAFETY_FAULT;
    observer->state = state;
}

void observer_on_fault(struct observer *observer, enum invariant_excuse excuse, bool begins) {
    if (begins && excuse != EXCUSE_CHANGED)
        invariants_excuse(observer->inv, excuse, observer->rig->now_ns);
    if (!begins) invariants_excuse_ends(observer->inv, excuse, observer->rig->now_ns);
}

struct virtual_watch observer_watch(struct observer *observer) {
    return (struct virtual_watch){observer, on_request, on_event, on_entry,
                                  on_bytes, on_step,    NULL};
}

bool observer_judge_end(struct observer *observer, const char **ret_reason) {
    const struct virtual_rig *rig = observer->rig;
    const struct session *session = &rig->session;
    const char *waits = session->striker.waiting_for;
    struct invariants_end end = {
        .fates = rig->setup.fates,
        .refused_entries = rig->disk.refused_count,
        .is_finished = rig->has_daemon && session->phase == SESSION_FINISHED,
        .is_caught_up = rig->has_daemon && rig->disk.count == 0 && !rig->disk.is_broken,
        .reason = observer->goes_round ? ""
                  : session->reason[0] ? session->reason
                                       : waits,
        .now_ns = rig->now_ns};
    invariants_on_end(observer->inv, &end);
    *ret_reason = end.reason;
    for (size_t i = 0; i < observer->inv->violation_count && i < VIOLATIONS_MAX; i++)
        trace_note(&observer->trace, "BROKEN", "I%d at %.6f s: %s",
                   observer->inv->violations[i].number,
                   ns_to_s(observer->inv->violations[i].at_ns - observer->trace.start_ns),
                   observer->inv->violations[i].text);
    return end.is_finished;
}
