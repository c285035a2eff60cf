/* The session: from a bound case to the last dot, as a step function. It drives the guard through
 * connecting, homing, arming and running, follows the head, feeds the striker, keeps the journal
 * ahead of the needle, and answers the operator. It never decides what is safe: the guard does.
 *
 *     boot -> connecting -> locked -> homing -> ready -> arming -> running -> parking -> finished
 *                                                  armed -'        ^ |
 *                                                          held <--' '-> serving (a prompt) -> held
 *                 any: -> fault (the guard tripped; acknowledge) or -> failed (cannot go on)
 *
 * It comes up locked and asks: nothing moves before somebody says home, arm or start.
 *
 * Time is an argument, everything that leaves goes through the outbox, so the same code runs in the
 * daemon, in the whole-system simulation and in a replay. */
#ifndef SMPRIG_CONTROLLER_DAEMON_SESSION_H
#define SMPRIG_CONTROLLER_DAEMON_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "controller/daemon/outbox.h"
#include "controller/daemon/prompt_past.h"
#include "controller/daemon/prompts.h"
#include "controller/daemon/striker.h"
#include "controller/daemon/technician.h"

enum session_phase {
    SESSION_BOOT,       /* hello and files go to the guard */
    SESSION_CONNECTING, /* the guard shakes hands with the board */
    SESSION_LOCKED,     /* connected, not homed: waits for home, arm or start */
    SESSION_HOMING,
    SESSION_READY, /* homed, head tracked or awaited; not armed */
    SESSION_ARMING,
    SESSION_ARMED, /* bound for good; waits for start */
    SESSION_RUNNING,
    SESSION_SERVING, /* on the way to the park place: people are asked for something */
    SESSION_HELD,    /* the needle is out, the run can go on */
    SESSION_PARKING, /* all dots have a fate; the needle goes home */
    SESSION_FINISHED,
    SESSION_FAULT,  /* the guard latched a fault */
    SESSION_FAILED, /* refused for good: `reason` */
    SESSION_PHASE_COUNT
};

/* What an operator (or the demo in the operator's place) may ask. */
enum session_call {
    SESSION_CALL_HOME,
    SESSION_CALL_ARM,   /* home if need be, then bind rig, scan and plan until disarmed */
    SESSION_CALL_START, /* home and arm if need be, and run as soon as everything allows it */
    SESSION_CALL_HOLD,
    SESSION_CALL_RESUME,
    SESSION_CALL_ABORT, /* stop, disarm, keep the case resumable */
    /* A latched fault: the guard ends it once its cause is gone and the needle is out, or `reason`
     * says what still stands. */
    SESSION_CALL_ACKNOWLEDGE,
    SESSION_CALL_ACKNOWLEDGE_OUT, /* the same by who has looked at the needle: it is out */
    SESSION_CALL_COUNT
};

#define SESSION_REASON_MAX 192

struct session_setup {
    struct striker_setup striker;
    struct guard_load load;       /* the files that the guard binds by hash */
    uint32_t inputs;              /* enum guard_input that hold from the start */
    const char *uncalibrated_why; /* sentence for a start without GUARD_INPUT_CALIBRATED or
                                     GUARD_INPUT_REGISTERED; the caller's */
    const char *uncleared_why;    /* for one without GUARD_INPUT_CASE_CLEARED; the caller's */
    /* By plan index: hours since the dot was, or may have been, struck; the caller's. NULL: all
     * that is struck belongs to this session. */
    const uint32_t *hours_ago;
    struct prompt_rules prompts;
    struct prompt_past past; /* of the prompts; zero: nothing was struck yet */
};

struct session {
    struct striker striker;
    struct technician technician;
    struct guard_load load;
    const uint32_t *hours_ago;
    enum session_phase phase;
    struct guard_state_report guard; /* newest */
    bool has_guard_state;
    bool wants_run; /* the operator's word: start or resume; hold and abort take it back */
    bool wants_abort, wants_home, wants_arm;
    struct prompts prompts;
    size_t stops_passed; /* of the plan's stops: those that the run has been at */
    bool has_begun;      /* the first dot's own stops are what the operator has set up already */
    char guard_words[GUARD_TEXT_MAX]; /* the guard's sentence on its state */
    bool is_positioned;               /* striker knows where the rig stands */
    uint32_t inputs, inputs_sent;
    int64_t inputs_ns; /* when they are due again */
    int64_t heard_ns;  /* the guard's newest event */
    uint64_t asked;    /* sequence of the phase's request that waits for an answer; 0: none */
    int64_t asked_ns;
    uint32_t asked_kind;
    uint64_t stop_asked; /* sequence of the phase's newest hold or disarm; 0: none, or refused,
                            since the guard had stopped by itself */
    const char *uncalibrated_why, *uncleared_why;
    size_t fates_sent;    /* dots told to the guard at load */
    int64_t heartbeat_ns; /* when the next one is due */
    uint64_t progress;
    struct machine_status machine; /* newest */
    uint32_t park_line;
    int64_t running_ns, running_since_ns; /* time spent running, for the rate */
    char reason[SESSION_REASON_MAX];      /* why it is held, at fault or failed; "" otherwise */
};

const char *session_phase_name(enum session_phase phase);

/* `fates`: plan->dot_count values from the journal; kept by the caller. */
void session_init(struct session *session, const struct session_setup *setup, uint8_t *fates,
                  int64_t now_ns);

void session_on_guard(struct session *session, const struct guard_event *event,
                      struct outbox *outbox, int64_t now_ns);
void session_on_guard_gone(struct session *session, struct outbox *outbox, int64_t now_ns);
void session_on_pose(struct session *session, const struct head_pose *head, struct outbox *outbox,
                     int64_t now_ns);
void session_on_durable(struct session *session, uint64_t entry);
/* The journal failed: nothing more is struck. */
void session_on_journal_failed(struct session *session, const char *why, struct outbox *outbox,
                               int64_t now_ns);
/* RESULT_REFUSED with the reason when the call makes no sense now. */
MUST_USE enum result session_call(struct session *session, enum session_call call,
                                  struct outbox *outbox, int64_t now_ns, struct error *err);
/* A prompt was done as asked; the run goes on when it was the last one and nobody held. */
MUST_USE enum result session_answer(struct session *session, enum prompt_kind kind,
                                    struct outbox *outbox, int64_t now_ns, struct error *err);
/* Hold for a reason that is not the operator's: a lost page, a closed case. */
void session_hold_for(struct session *session, const char *why, struct outbox *outbox,
                      int64_t now_ns);
/* A permissive that the operator or the daemon vouches for (enum guard_input) comes or goes. */
void session_set_input(struct session *session, uint32_t input, bool holds);
void session_skip(struct session *session, uint32_t index, const char *why, struct outbox *outbox,
                  int64_t now_ns);

/* session_technician.c: motions at the empty rig (technician.h). RESULT_REFUSED unless the rig is
 * homed and not armed. */
MUST_USE enum result session_jog(struct session *session, const struct guard_service *jog,
                                 struct outbox *outbox, struct error *err);
MUST_USE enum result session_serve(struct session *session, enum technician_task task,
                                   double probe_mm, struct error *err);
/* 10 to 100 % of the dots a second that the plan allows. */
void session_set_pace(struct session *session, int percent);
/* What an operator decided about a doubtful dot: FATE_DONE, FATE_SKIPPED, or FATE_PENDING, which
 * the guard hears of when the case is bound anew. */
void session_decide(struct session *session, uint32_t index, enum dot_fate fate, const char *note,
                    struct outbox *outbox, int64_t now_ns);

void session_tick(struct session *session, struct outbox *outbox, int64_t now_ns);
int64_t session_next_ns(const struct session *session, int64_t now_ns);
bool session_is_over(const struct session *session);
/* What it waits for by itself, after "waits for"; NULL: for nothing, or for somebody's word, of
 * which `reason` and the phase tell (session_waiting.c). */
const char *session_waiting_for(const struct session *session, int64_t now_ns);
/* Seconds spent running so far. */
double session_running_s(const struct session *session, int64_t now_ns);

#endif
