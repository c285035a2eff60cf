/* What a session that was asked to run still waits for, in a few words for people: no phase may
 * stand still without a name. */
#include <stddef.h>

#include "base/clock.h"
#include "controller/daemon/session_private.h"

/* Frames come many times a second; a source that is silent for so long is told. */
#define PICTURES_GONE_NS NS_PER_S

static const char *head_waits_for(const struct head_pose *head, int64_t now_ns) {
    if (head->stamp_ns == 0 || now_ns - head->stamp_ns > PICTURES_GONE_NS)
        return "the cameras' pictures";
    if (head->state == HEAD_STILL) return NULL;
    if (head->state != HEAD_LOST) return "the head to be still";
    return head->reason == HEAD_REASON_RING_SLIPPED
               ? "the ring of tags: it has slipped, or the skin beside it is hidden"
               : "the cameras to find the head";
}

const char *session_waiting_for(const struct session *session, int64_t now_ns) {
    switch (session->phase) {
        case SESSION_BOOT:
            return "the guard to read the case";
        case SESSION_CONNECTING:
            return "the motor board";
        case SESSION_HOMING:
            return "the rig to be homed";
        case SESSION_ARMING:
            return session->wants_run ? "the guard to start" : "the guard to arm";
        case SESSION_RUNNING:
            return session->is_positioned ? session->striker.waiting_for : "the rig to stand still";
        case SESSION_SERVING:
        case SESSION_PARKING:
            return "the rig to be at its park place";
        case SESSION_READY:
        case SESSION_ARMED:
            return session->wants_run ? head_waits_for(&session->striker.head, now_ns) : NULL;
        case SESSION_HELD:
            if (!session->wants_run) return NULL;
            return prompts_any_open(&session->prompts)
                       ? "an answer to its prompt"
                       : head_waits_for(&session->striker.head, now_ns);
        case SESSION_LOCKED:
        case SESSION_FINISHED:
        case SESSION_FAULT:
        case SESSION_FAILED:
        case SESSION_PHASE_COUNT:
            break;
    }
    return NULL;
}
