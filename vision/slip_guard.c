#include "vision/slip_guard.h"

bool slip_guard_is_due(struct slip_guard *guard, const struct head_pose *pose) {
    bool is_trusted = pose->state != HEAD_LOST && pose->state != HEAD_FLINCH;
    if (!is_trusted && guard->has_seen) guard->is_suspect = true;
    bool is_time = pose->stamp_ns - guard->looked_ns >= SLIP_GUARD_LOOK_NS;
    return is_trusted && (is_time || guard->is_suspect);
}

static void take(struct slip_guard *guard, const struct slip_report *report, int64_t stamp_ns) {
    guard->report = *report;
    guard->looked_ns = stamp_ns;
    if (guard->state != SLIP_SLIPPED) guard->state = report->state;
    guard->has_seen = guard->has_seen || report->is_within;
    guard->is_suspect = guard->has_seen && !report->is_within;
}

bool slip_guard_judge(struct slip_guard *guard, const struct slip_report *report,
                      struct head_pose *pose) {
    enum slip_state before = guard->state;
    if (report) take(guard, report, pose->stamp_ns);
    bool is_denied = guard->state == SLIP_SLIPPED || (guard->is_suspect && report);
    if (is_denied) {
        pose->state = HEAD_LOST;
        pose->reason = HEAD_REASON_RING_SLIPPED;
    }
    return guard->state != before;
}

bool slip_guard_look(struct slip_guard *guard, const struct camera_frame *frames, uint32_t count,
                     struct head_pose *pose) {
    struct image images[CAMERA_COUNT_MAX] = {0};
    struct slip_report report;
    if (guard->watch == NULL) return false;
    bool is_due = slip_guard_is_due(guard, pose);
    if (is_due) {
        for (uint32_t i = 0; i < count; i++)
            if (frames[i].camera_index < CAMERA_COUNT_MAX)
                images[frames[i].camera_index] = frames[i].image;
        slip_watch_look(guard->watch, images, pose->T_rig_head, &report);
    }
    return slip_guard_judge(guard, is_due ? &report : NULL, pose);
}
