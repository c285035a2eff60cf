#include "safety/supervisor.h"

#include <stddef.h>

#define STILL "Nothing moves."
#define MOVES "Keep hands away: it may move at any moment."

static const struct state_words state_rows[SAFETY_STATE_COUNT] = {
    [SAFETY_OFF] = {"off", "The motor board is not connected.", STILL, "Connect."},
    [SAFETY_CONNECTING] = {"connecting", "The motor board is being asked what it is.", STILL,
                           "Wait some seconds."},
    [SAFETY_LOCKED] = {"locked", "Connected, but the rig does not know where it is.", STILL,
                       "Clear the rig's way and home it."},
    [SAFETY_HOMING] = {"homing", "The rig looks for its reference points.", MOVES,
                       "Wait; the e-stop ends it."},
    [SAFETY_IDLE] = {"idle", "Homed, not armed.", STILL, "Complete the case, then start."},
    [SAFETY_ARMED] = {"armed", "Scan and plan are bound and can't be changed.", STILL,
                      "Hold the dead-man switch and start."},
    [SAFETY_RUNNING] = {"running", "The needle works.", MOVES,
                        "Let the dead-man go or press hold to stop."},
    [SAFETY_HOLDING] = {"holding", "The running strike ends; nothing more is sent.",
                        "The needle comes out by itself.", "Wait a moment."},
    [SAFETY_HELD] = {"held", "The needle is out and the run can go on.", STILL,
                     "Mend the cause, then resume or abort."},
    [SAFETY_RETRACTING] = {"retracting", "The needle was found in the skin.",
                           "It is drawn straight out, nothing else moves.",
                           "Keep the head still; if it stays in, draw it out by hand."},
    [SAFETY_FAULT] = {"fault", "Something failed that nobody may override.",
                      "Nothing more is sent.", "Read the cause, mend it, acknowledge, home again."},
};

static const char *const event_names[EVENT_COUNT] = {
    [EVENT_CONNECT] = "connect",
    [EVENT_CONNECTED] = "connected",
    [EVENT_HOME] = "home",
    [EVENT_HOMED] = "homed",
    [EVENT_ARM] = "arm",
    [EVENT_DISARM] = "disarm",
    [EVENT_START] = "start",
    [EVENT_HOLD] = "hold",
    [EVENT_RESUME] = "resume",
    [EVENT_ABORT] = "abort",
    [EVENT_ACKNOWLEDGE] = "acknowledge",
    [EVENT_AT_REST] = "at rest",
    [EVENT_NEEDLE_IN] = "needle in",
};

struct condition_row {
    struct condition_words words;
    bool latches;
};

#define NEEDLE_OUT_HELD "The needle is out and the rig holds."
#define FAULT_HELD "The running strike has ended, nothing more is sent."

static const struct condition_row condition_rows[CONDITION_COUNT] = {
    [CONDITION_LINK_UP] = {{"link up", "The motor board stopped answering or lost what it had.",
                            FAULT_HELD, "Check cable and power, acknowledge, home again."},
                           true},
    [CONDITION_SETTINGS_MATCH] =
        {{"settings match", "The board's settings are not the rig's.", "No motion is allowed.",
          "Set the board as the rig file says; the log names each setting."},
         true},
    [CONDITION_HOMED] = {{"homed", "The rig does not know where it is.", FAULT_HELD,
                          "Acknowledge and home."},
                         true},
    [CONDITION_ESTOP_CLOSED] = {{"e-stop closed",
                                 "The emergency stop is pressed or its wire broken.",
                                 "Power is off by hardware.",
                                 "Release it, acknowledge, home again."},
                                true},
    [CONDITION_DOOR_CLOSED] = {{"door closed", "The door is open.", NEEDLE_OUT_HELD,
                                "Close it, then resume."},
                               false},
    [CONDITION_BOARD_NOT_HELD] = {{"board not held",
                                   "The motor board was stopped by its own input.", FAULT_HELD,
                                   "Free its hold input, acknowledge, home again."},
                                  true},
    [CONDITION_POSITION_AGREES] = {{"position agrees",
                                    "The rig is not where it was sent: lost steps or a push.",
                                    FAULT_HELD, "Look at the head first; acknowledge, home again."},
                                   true},
    [CONDITION_NEEDLE_OUT_IN_TIME] = {{"needle out in time", "A strike did not end in its time.",
                                       "No lateral motion is made.",
                                       "Retract the needle by hand, then press the e-stop."},
                                      true},
    [CONDITION_NEEDLE_NOT_WAITING] = {{"needle not waiting",
                                       "The needle stood over the skin and no strike came.",
                                       NEEDLE_OUT_HELD, "It goes on by itself when all is well."},
                                      false},
    [CONDITION_NEEDLE_SAFE] = {{"needle safe", "Nobody knows whether the needle is out.",
                                "Nothing moves.",
                                "Look at it, draw it out by hand if it is in, and acknowledge with "
                                "the word that the needle is out."},
                               true},
    [CONDITION_DAEMON_ALIVE] = {{"daemon alive", "smprigd died, hung, or closed its connection.",
                                 FAULT_HELD,
                                 "Start smprigd again; it takes the case up where it was."},
                                true},
    [CONDITION_GUARD_PROMPT] = {{"guard prompt", "The guard was stopped or its machine too busy.",
                                 NEEDLE_OUT_HELD, "Close other programs, then resume."},
                                false},
    [CONDITION_FILES_BOUND] = {{"files bound", "Rig, scan and plan are not loaded.",
                                "No motion is allowed.", "Load the case."},
                               true},
    [CONDITION_CALIBRATED] = {{"calibrated", "A calibration is missing, stale or bad.",
                               NEEDLE_OUT_HELD, "Calibrate anew, then arm again."},
                              false},
    [CONDITION_REGISTERED] = {{"registered", "The scan is not registered to the head.",
                               NEEDLE_OUT_HELD, "Register again."},
                              false},
    [CONDITION_CASE_CLEARED] = {{"case cleared", "Screening or identity is not signed off.",
                                 NEEDLE_OUT_HELD, "Complete the case."},
                                false},
    [CONDITION_POSE_FRESH] = {{"pose fresh", "The cameras stopped telling where the head is.",
                               NEEDLE_OUT_HELD, "Look at the cameras; it goes on when they see."},
                              false},
    [CONDITION_HEAD_SLOW] = {{"head slow", "The head moved too fast.", NEEDLE_OUT_HELD,
                              "It goes on when the head is still."},
                             false},
    [CONDITION_HEAD_TRUSTED] = {{"head trusted", "The head's pose jumped or too few tags are seen.",
                                 NEEDLE_OUT_HELD, "Look at the tags; it goes on when they agree."},
                                false},
    [CONDITION_DEADMAN_HELD] = {{"dead-man held", "The dead-man switch was released.",
                                 NEEDLE_OUT_HELD, "Press it again, then resume."},
                                false},
    [CONDITION_CLIENT_PRESENT] = {{"client present", "The client left the head rest.",
                                   NEEDLE_OUT_HELD, "Seat the client, then resume."},
                                  false},
    [CONDITION_JOURNAL_HEALTHY] = {{"journal healthy", "The case file cannot be written.",
                                    NEEDLE_OUT_HELD, "Make room on its disk, start anew."},
                                   false},
    [CONDITION_PIGMENT_READY] = {{"pigment ready", "The pigment is used up.", NEEDLE_OUT_HELD,
                                  "Refill and confirm."},
                                 false},
    [CONDITION_NEEDLE_READY] = {{"needle ready", "The needle is worn or missing.", NEEDLE_OUT_HELD,
                                 "Change the cartridge and confirm."},
                                false},
};

#define BIT CONDITION_BIT
#define NEEDS_LINK (BIT(CONDITION_LINK_UP) | BIT(CONDITION_SETTINGS_MATCH))
#define NEEDS_IDLE                                                     \
    (NEEDS_LINK | BIT(CONDITION_HOMED) | BIT(CONDITION_ESTOP_CLOSED) | \
     BIT(CONDITION_POSITION_AGREES) | BIT(CONDITION_NEEDLE_OUT_IN_TIME))
#define NEEDS_ARMED                                                          \
    (NEEDS_IDLE | BIT(CONDITION_DAEMON_ALIVE) | BIT(CONDITION_FILES_BOUND) | \
     BIT(CONDITION_CALIBRATED) | BIT(CONDITION_REGISTERED) | BIT(CONDITION_CASE_CLEARED))
#define NEEDS_RUNNING                                                                              \
    (NEEDS_ARMED | BIT(CONDITION_BOARD_NOT_HELD) | BIT(CONDITION_GUARD_PROMPT) |                   \
     BIT(CONDITION_NEEDLE_NOT_WAITING) | BIT(CONDITION_NEEDLE_SAFE) | BIT(CONDITION_DOOR_CLOSED) | \
     BIT(CONDITION_POSE_FRESH) | BIT(CONDITION_HEAD_SLOW) | BIT(CONDITION_HEAD_TRUSTED) |          \
     BIT(CONDITION_DEADMAN_HELD) | BIT(CONDITION_CLIENT_PRESENT) |                                 \
     BIT(CONDITION_JOURNAL_HEALTHY) | BIT(CONDITION_PIGMENT_READY) | BIT(CONDITION_NEEDLE_READY))
/* Held and its neighbours keep what latches; the rest may come and go until resume. */
#define NEEDS_HELD (NEEDS_IDLE | BIT(CONDITION_DAEMON_ALIVE) | BIT(CONDITION_FILES_BOUND))
/* A fault is acknowledged when its cause is gone and the needle out. Not asked for: what only
 * connecting and homing anew can mend (homed, position agrees), and a strike that was late, which
 * is over when the needle is safe. */
#define NEEDS_ACKNOWLEDGE                                                       \
    (NEEDS_LINK | BIT(CONDITION_ESTOP_CLOSED) | BIT(CONDITION_BOARD_NOT_HELD) | \
     BIT(CONDITION_NEEDLE_SAFE) | BIT(CONDITION_DAEMON_ALIVE) | BIT(CONDITION_FILES_BOUND))

static const uint64_t needs[SAFETY_STATE_COUNT] = {
    [SAFETY_LOCKED] = NEEDS_LINK,
    [SAFETY_HOMING] = NEEDS_LINK | BIT(CONDITION_ESTOP_CLOSED) | BIT(CONDITION_NEEDLE_OUT_IN_TIME),
    [SAFETY_IDLE] = NEEDS_IDLE,
    [SAFETY_ARMED] = NEEDS_HELD,
    [SAFETY_RUNNING] = NEEDS_RUNNING,
    [SAFETY_HOLDING] = NEEDS_HELD,
    [SAFETY_HELD] = NEEDS_HELD,
    [SAFETY_RETRACTING] = NEEDS_HELD,
};

/* What an event does in a state; the zero value denies. A fault is left by acknowledgement alone,
 * and only to `off`: the board must be connected and homed anew. */
struct transition {
    bool is_allowed;
    enum safety_state next;
    uint64_t also_needs; /* at this moment, beyond what the next state goes on needing */
};
#define TO(next) \
    { true, (next), 0 }
#define TO_WITH(next, bits) \
    { true, (next), (bits) }

static const struct transition transitions[SAFETY_STATE_COUNT][EVENT_COUNT] = {
    [SAFETY_OFF] = {[EVENT_CONNECT] = TO(SAFETY_CONNECTING)},
    [SAFETY_CONNECTING] = {[EVENT_CONNECTED] = TO(SAFETY_LOCKED)},
    [SAFETY_LOCKED] = {[EVENT_HOME] = TO(SAFETY_HOMING)},
    [SAFETY_HOMING] = {[EVENT_HOMED] = TO(SAFETY_IDLE)},
    [SAFETY_IDLE] =
        {[EVENT_ARM] = TO_WITH(SAFETY_ARMED, NEEDS_ARMED), [EVENT_HOME] = TO(SAFETY_HOMING)},
    [SAFETY_ARMED] = {[EVENT_START] = TO(SAFETY_RUNNING),
                      [EVENT_DISARM] = TO(SAFETY_IDLE),
                      [EVENT_ABORT] = TO(SAFETY_IDLE)},
    [SAFETY_RUNNING] = {[EVENT_HOLD] = TO(SAFETY_HOLDING), [EVENT_ABORT] = TO(SAFETY_HOLDING)},
    [SAFETY_HOLDING] = {[EVENT_AT_REST] = TO(SAFETY_HELD),
                        [EVENT_NEEDLE_IN] = TO(SAFETY_RETRACTING),
                        [EVENT_HOLD] = TO(SAFETY_HOLDING)},
    [SAFETY_RETRACTING] = {[EVENT_AT_REST] = TO(SAFETY_HELD)},
    [SAFETY_HELD] = {[EVENT_RESUME] = TO(SAFETY_RUNNING),
                     [EVENT_ABORT] = TO(SAFETY_IDLE),
                     [EVENT_DISARM] = TO(SAFETY_IDLE),
                     [EVENT_HOLD] = TO(SAFETY_HELD)},
    [SAFETY_FAULT] = {[EVENT_ACKNOWLEDGE] = TO_WITH(SAFETY_OFF, NEEDS_ACKNOWLEDGE)},
};
_Static_assert(sizeof transitions / sizeof *transitions == SAFETY_STATE_COUNT, "a row a state");

const struct state_words *safety_state_words(enum safety_state state) {
    return (unsigned)state < SAFETY_STATE_COUNT ? &state_rows[state] : NULL;
}

const char *safety_state_name(enum safety_state state) {
    const struct state_words *words = safety_state_words(state);
    return words ? words->name : "unknown";
}

const char *safety_event_name(enum safety_event event) {
    return (unsigned)event < EVENT_COUNT ? event_names[event] : "unknown";
}

const struct condition_words *safety_condition_words(enum safety_condition condition) {
    return (unsigned)condition < CONDITION_COUNT ? &condition_rows[condition].words : NULL;
}

uint64_t safety_needs(enum safety_state state) {
    return (unsigned)state < SAFETY_STATE_COUNT ? needs[state] : UINT64_MAX;
}

bool safety_latches(enum safety_condition condition) {
    return (unsigned)condition >= CONDITION_COUNT || condition_rows[condition].latches;
}

void supervisor_init(struct supervisor *supervisor) {
    *supervisor = (struct supervisor){.state = SAFETY_OFF};
}

/* The lost condition to name first: a latching one before a holding one. */
static enum safety_condition first_lost(uint64_t lost) {
    enum safety_condition found = CONDITION_COUNT;
    for (unsigned i = 0; i < CONDITION_COUNT; i++) {
        if (!(lost & CONDITION_BIT(i))) continue;
        if (condition_rows[i].latches) return (enum safety_condition)i;
        if (found == CONDITION_COUNT) found = (enum safety_condition)i;
    }
    return found;
}

bool supervisor_update(struct supervisor *supervisor, uint64_t conditions, int64_t now_ns) {
    supervisor->conditions = conditions;
    uint64_t lost = safety_needs(supervisor->state) & ~conditions;
    if (!lost) return false;
    enum safety_condition cause = first_lost(lost);
    enum safety_state next = safety_latches(cause) ? SAFETY_FAULT : SAFETY_HOLDING;
    if (!supervisor->first_cause) {
        supervisor->first_cause = CONDITION_BIT(cause);
        supervisor->tripped_ns = now_ns;
    } else if (next == SAFETY_FAULT && !safety_latches(first_lost(supervisor->first_cause))) {
        /* A fault on top of a hold: the fault is what must be acknowledged. */
        supervisor->first_cause = CONDITION_BIT(cause);
        supervisor->tripped_ns = now_ns;
    }
    supervisor->state = next;
    return true;
}

enum result supervisor_event(struct supervisor *supervisor, enum safety_event event,
                             uint64_t *ret_missing) {
    if ((unsigned)event >= EVENT_COUNT || (unsigned)supervisor->state >= SAFETY_STATE_COUNT)
        return RESULT_REFUSED;
    const struct transition *transition = &transitions[supervisor->state][event];
    if (!transition->is_allowed) {
        if (ret_missing) *ret_missing = 0;
        return RESULT_REFUSED;
    }
    uint64_t missing =
        (safety_needs(transition->next) | transition->also_needs) & ~supervisor->conditions;
    if (missing) {
        if (ret_missing) *ret_missing = missing;
        return RESULT_REFUSED;
    }
    if (transition->next == SAFETY_RUNNING || event == EVENT_ACKNOWLEDGE)
        supervisor->first_cause = 0;
    supervisor->state = transition->next;
    return RESULT_OK;
}

bool supervisor_allows_motion(const struct supervisor *supervisor) {
    return supervisor->state == SAFETY_RUNNING;
}
