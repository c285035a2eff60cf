/* Host, guard, lossy link, firmware and journal, with everything that may go wrong between any two of
 * their steps; checked exhaustively by Spin (Holzmann, The SPIN Model Checker, 2004). `./dev model`.
 *
 * The supervisor is the shipped one: safety/supervisor.c is compiled into the verifier and called, so
 * table and model can't drift apart. Around it stand, as small as they can be:
 *
 *   Operator  connects, homes, arms, starts, resumes, draws a stuck needle out by hand, acknowledges and
 *             says that it is out
 *   Daemon    intent -> travel -> (intent on the disk) -> strike -> done or doubtful; the next dot's
 *             travel goes out while a strike runs; may die between any two steps, comes up again
 *   Disk      applies the journal's writes in order; a dead daemon's queue is lost
 *   guard     asks the supervisor before every line; takes lines as executed by reports, never by `ok`
 *   link      a line or an answer may take one tick more, be dropped; an answer may be doubled
 *   Tick      one step of the firmware (a travel takes 2, a strike 3: in, in, out) and one poll of the
 *             guard; everybody else runs at any speed
 *   Nature    spends FAULTS faults of any kind at any moment
 *
 * A serial line has no store that could repeat a line, so only answers are doubled. run.py checks each
 * property against a planted bug (-DBUG_...) that this very property must find. */

#ifndef DOTS
#define DOTS 2
#endif
#ifndef FAULTS
#define FAULTS 2
#endif
#ifndef BOUND
#define BOUND 7 /* ticks from a lost permissive to needle out, at most; 6 are too few */
#endif
#define NONE 0 /* no dot; dots count from 1 */

c_decl {
\#include "safety/supervisor.h"
_Static_assert(SAFETY_OFF == 0 && SAFETY_LOCKED == 2 && SAFETY_IDLE == 4 && SAFETY_RUNNING == 6 &&
                   SAFETY_HELD == 8 && SAFETY_FAULT == 10 && SAFETY_STATE_COUNT == 11,
               "the states as numbered below");
};
#define OFF 0
#define CONNECTING 1
#define LOCKED 2
#define HOMING 3
#define IDLE 4
#define ARMED 5
#define RUNNING 6
#define HOLDING 7
#define HELD 8
#define FAULT 10

/* The conditions that move here; all others of the supervisor hold throughout. */
#define LINK 1
#define HOMED 2
#define ESTOP 4
#define DEADMAN 8
#define TRACKED 16
#define DAEMON 32
#define DISK 64
#define NEEDLE 128 /* known to be out; looked at when a fault is acknowledged, holds else */
#define ALL_CONDITIONS 255

c_code {
static uint64_t conditions_of(unsigned char bits) {
    static const int map[] = {CONDITION_LINK_UP,      CONDITION_HOMED,
                              CONDITION_ESTOP_CLOSED, CONDITION_DEADMAN_HELD,
                              CONDITION_HEAD_TRUSTED, CONDITION_DAEMON_ALIVE,
                              CONDITION_JOURNAL_HEALTHY, CONDITION_NEEDLE_SAFE};
    uint64_t all = (UINT64_C(1) << CONDITION_COUNT) - 1;
    for (int i = 0; i < 8; i++)
        if (!(bits & 1 << i)) all &= ~CONDITION_BIT(map[i]);
    return all;
}
};

mtype = {TRAVEL, STRIKE, PENDING, INTENT, VOID, DONE, DOUBTFUL};

/* --- the whole state: guard ------------------------------------------------------------------- */
bool is_guard_up = true;
byte state;      /* enum safety_state */
byte conditions; /* as they are */
byte before;     /* state before the newest step of the supervisor */
byte g_travel, g_strike, at_dot;
bool travel_accepted, strike_accepted, is_strike_first;
bool may_strike[DOTS + 1];
/* --- what it told the daemon, until taken */
byte told_done, told_lost, told_yes;
bool told_no, is_guard_lost;
/* --- link: lines down, the newest may have one tick more; `ok`s up; one report */
bool is_cable_in = true;
chan down = [2] of {mtype, byte};
bool is_down_late;
byte oks, late_oks;
bool has_report, report_idle, asked_travel_accepted, asked_strike_accepted;
mtype report_kind;
bool has_banner;
/* --- firmware: two lines */
mtype q_kind0, q_kind1;
byte q_dot0, q_dot1, q_length, progress;
bool is_locked = true; /* since a reset, until homed: lines are refused */
bool is_needle_in, is_stuck; /* stuck: stopped in the skin, its place lost */
byte hits[DOTS + 1];
/* --- daemon and journal */
bool is_daemon_up, is_disk_whole = true;
byte aim, strike;
bool is_travel_sent, is_strike_asked;
mtype fate[DOTS + 1];
mtype disk[DOTS + 1];
chan writes = [3] of {mtype, byte};
/* --- nature and clockwork */
byte faults_left = FAULTS;
byte since_loss;
/* A dropped line and a doubled answer together deceive every count: Grbl has no checksum. Not both. */
bool is_dropped, is_doubled;

/* Each property by its number; ONLY checks that one alone. */
#define P_nothing_sideways_in_the_skin 1
#define P_needle_out_in_time 2
#define P_no_strike_after_loss 3
#define P_no_dot_twice 4
#define P_no_phantom_done 5
#define P_nothing_silently_lost 6
#define P_struck_is_journalled 7
#define P_faults_latch 8
#define P_nothing_starts_by_itself 9
#define P_faults_end_needle_out 10
#ifndef ONLY
#define ONLY 0
#endif
#define MUST(name, holds) if :: (ONLY == 0 || ONLY == P_##name) && !(holds) -> assert(false) :: else fi

/* --- supervisor: the shipped code ------------------------------------------------------------- */
inline update() {
    before = state;
    c_code {
        struct supervisor s = {.state = now.state};
        supervisor_update(&s, conditions_of(now.conditions), 0);
        now.state = s.state;
#ifdef BUG_AUTO_RESUME
        if (now.before == SAFETY_HELD && now.conditions == ALL_CONDITIONS) now.state = SAFETY_RUNNING;
#endif
    };
    MUST(faults_latch, before != FAULT || state == FAULT);
    MUST(nothing_starts_by_itself, state != RUNNING || before == RUNNING)
}

#define ASK(event) before = state; c_code { \
        struct supervisor s = {.state = now.state, .conditions = conditions_of(now.conditions)}; \
        if (supervisor_event(&s, event, NULL) == RESULT_OK) now.state = s.state; \
    }
/* Events but the operator's start, resume and acknowledge. */
#define EVENT(event) ASK(event); \
    MUST(faults_latch, before != FAULT || state == FAULT); \
    MUST(nothing_starts_by_itself, state != RUNNING || before == RUNNING)

inline firmware_flush() {
    q_length = 0; progress = 0; q_dot0 = NONE; q_dot1 = NONE; q_kind0 = PENDING; q_kind1 = PENDING
}

/* --- guard ------------------------------------------------------------------------------------ */
inline lose_lines() {
#ifdef BUG_LOST_IS_NOT_TOLD
    g_strike = NONE;
#else
    if :: g_strike != NONE -> told_lost = g_strike; g_strike = NONE :: else fi;
#endif
    g_travel = NONE; at_dot = NONE; is_strike_first = false;
    travel_accepted = false; strike_accepted = false;
    has_report = false; oks = 0; late_oks = 0
}

inline lose_link() {
    conditions = conditions & ~(LINK | HOMED);
    lose_lines()
}

/* An `ok` is for the oldest line without one. */
inline take_ok() {
    if
    :: g_strike != NONE && !strike_accepted && (is_strike_first || g_travel == NONE || travel_accepted) ->
        strike_accepted = true;
#ifdef BUG_OK_IS_DONE
        told_done = g_strike; g_strike = NONE; strike_accepted = false; is_strike_first = false
#endif
    :: else ->
        if
        :: g_travel != NONE && !travel_accepted -> travel_accepted = true
        :: else -> lose_link() /* one too many: the count is lost */
        fi
    fi
}

/* Executed: accepted before the report was asked for, no line without its answer (or a dropped line's
 * `ok` would be another's), and the firmware idle or at a later line. */
#ifdef BUG_UNANSWERED
#define ALL_ANSWERED (true)
#else
#define ALL_ANSWERED ((g_travel == NONE || travel_accepted) && (g_strike == NONE || strike_accepted))
#endif
inline take_report() {
    if
    :: g_strike != NONE && asked_strike_accepted && ALL_ANSWERED &&
       (report_idle || (is_strike_first && report_kind == TRAVEL)) ->
        told_done = g_strike; g_strike = NONE; strike_accepted = false; is_strike_first = false
    :: else fi;
    if
    :: g_travel != NONE && asked_travel_accepted && ALL_ANSWERED &&
       (report_idle || (!is_strike_first && report_kind == STRIKE)) ->
        g_travel = NONE; travel_accepted = false
    :: else fi;
    has_report = false
}

/* The report as the firmware gives it now; heard at the next poll. */
inline ask_report() {
    has_report = true;
    report_idle = (q_length == 0);
    report_kind = q_kind0;
    asked_travel_accepted = travel_accepted;
    asked_strike_accepted = strike_accepted
}

inline guard_poll() {
    if :: is_daemon_up -> conditions = conditions | DAEMON :: else -> conditions = conditions & ~DAEMON fi;
    if :: has_banner -> has_banner = false; lose_link() :: else fi;
    if :: !is_cable_in && (conditions & LINK) -> lose_link() :: else fi;
    if
    :: conditions & LINK ->
        do :: late_oks > 0 -> late_oks--; take_ok() :: else -> break od;
        do
        :: oks > 0 -> oks--; take_ok()
        :: oks > 0 -> late_oks = oks; oks = 0; break
        :: oks == 0 -> break
        od;
        if :: has_report && (told_done == NONE) -> take_report() :: else fi;
        /* A line that nothing is on its way for any more: silence. */
        if
        :: ((g_travel != NONE && !travel_accepted) || (g_strike != NONE && !strike_accepted)) &&
           oks == 0 && late_oks == 0 && len(down) == 0 && q_length == 0 -> lose_link()
        :: else fi;
        if :: (conditions & LINK) && !has_report -> ask_report() :: else fi
    :: else fi;
    update();
#ifdef BUG_HOLD_IN_A_STRIKE
    /* Hold and reset at once, wherever the needle is. */
    if
    :: (state == HOLDING || state == FAULT) && q_length > 0 -> firmware_flush(); lose_lines()
    :: else
    fi;
#endif
    /* A travel alone in the board is held and flushed, at this poll or at a later one: no strike is
     * there, so the needle is known to be out. What is on its way to the board is dropped with it. */
    if
    :: (state == HOLDING || state == FAULT) && (conditions & LINK) && g_travel != NONE && g_strike == NONE ->
        if
        :: do :: len(down) > 0 -> down?_, _ :: else -> break od; firmware_flush(); lose_lines()
        :: skip
        fi
    :: else
    fi;
    if
    :: state == HOLDING && g_travel == NONE && g_strike == NONE && q_length == 0 ->
        EVENT(EVENT_AT_REST)
    :: else fi
}

inline guard_travel_asked(d) {
#ifndef BUG_STALE_PERMISSION
    update();
#endif
    if
    :: state == RUNNING && g_travel == NONE && may_strike[d] ->
        down!TRAVEL, d;
        g_travel = d; at_dot = d; travel_accepted = false; is_strike_first = (g_strike != NONE);
        is_travel_sent = true
    :: else fi
}

inline guard_strike_asked(d) {
#ifndef BUG_STALE_PERMISSION
    update();
#endif
    if
    :: state == RUNNING && g_strike == NONE && at_dot == d && may_strike[d] ->
        MUST(no_strike_after_loss, conditions == ALL_CONDITIONS);
        down!STRIKE, d;
        g_strike = d; strike_accepted = false; is_strike_first = false; may_strike[d] = false;
        told_yes = d
    :: else -> told_no = true
    fi
}

/* --- firmware --------------------------------------------------------------------------------- */
#ifdef BUG_LONG_DWELL
#define STRIKE_TICKS 5
#else
#define STRIKE_TICKS 3
#endif

inline firmware_takes() {
    if
    :: len(down) > 0 && q_length < 2 && (is_down_late || true) ->
        if
        :: !is_down_late -> is_down_late = true /* one tick more */
        :: true ->
            is_down_late = false;
            if
            :: is_locked -> down?_, _
            :: !is_locked && q_length == 0 -> down?q_kind0, q_dot0; q_length++; oks++
            :: !is_locked && q_length == 1 -> down?q_kind1, q_dot1; q_length++; oks++
            fi
        fi
    :: else fi
}

inline firmware_steps() {
    if
    :: q_length > 0 ->
        progress++;
        if
        :: q_kind0 == TRAVEL -> MUST(nothing_sideways_in_the_skin, !is_needle_in)
        :: q_kind0 == STRIKE && progress == 1 ->
            is_needle_in = true;
            MUST(struck_is_journalled, disk[q_dot0] == INTENT || disk[q_dot0] == DOUBTFUL);
            MUST(no_dot_twice, hits[q_dot0] == 0);
            hits[q_dot0]++
        :: q_kind0 == STRIKE && progress > 1 && progress < STRIKE_TICKS -> skip
        :: q_kind0 == STRIKE && progress == STRIKE_TICKS -> is_needle_in = false
        fi;
        if
        :: (q_kind0 == TRAVEL && progress == 2) || (q_kind0 == STRIKE && progress == STRIKE_TICKS) ->
            q_kind0 = q_kind1; q_dot0 = q_dot1; q_kind1 = PENDING; q_dot1 = NONE;
            q_length--; progress = 0
        :: else fi
    :: else fi
}

#define STRIKE_ON_ITS_WAY (q_kind0 == STRIKE || q_kind1 == STRIKE || down??[STRIKE, 1] || down??[STRIKE, 2])

proctype Tick() {
    do
    :: d_step {
            firmware_steps();
            if
            :: conditions != ALL_CONDITIONS && !is_stuck && (is_needle_in || STRIKE_ON_ITS_WAY) ->
                since_loss++;
                MUST(needle_out_in_time, since_loss < BOUND || !is_needle_in)
            :: else -> since_loss = 0
            fi
        };
        atomic {
            firmware_takes();
            if :: is_guard_up -> guard_poll() :: else fi
        }
    od
}

/* --- daemon ----------------------------------------------------------------------------------- */
inline note(kind, d) {
    writes!kind, d
}

#define IS_NEXT(d) (fate[d] == PENDING && strike != d)
#if DOTS == 1
#define HAS_NEXT IS_NEXT(1)
#else
#define HAS_NEXT (IS_NEXT(1) || IS_NEXT(2)) /* two dots at most */
#endif

/* Up again: what the disk says is all there is. */
inline daemon_starts() {
    byte k = 1;
    do
    :: k <= DOTS ->
#ifdef BUG_NO_DOUBT
        if :: disk[k] == INTENT -> disk[k] = PENDING :: else fi;
#else
        if :: disk[k] == INTENT -> disk[k] = DOUBTFUL :: else fi;
#endif
        fate[k] = disk[k];
        may_strike[k] = (disk[k] == PENDING);
        k++
    :: else -> break
    od;
    k = 0;
    told_done = NONE; told_lost = NONE; told_yes = NONE; told_no = false; is_guard_lost = false;
    is_disk_whole = true;
    conditions = conditions | DISK;
#ifdef BUG_FAULT_FORGETS
    before = state; state = 0;
    MUST(faults_latch, before != FAULT || state == FAULT);
#endif
    is_daemon_up = true
}

#define CAN_WRITE (len(writes) < 3)
#ifdef BUG_NO_SYNC
#define IS_DURABLE(d) (true)
#else
#define IS_DURABLE(d) (disk[d] == INTENT && len(writes) == 0)
#endif

proctype Daemon() {
    do
    /* Files are bound only where nothing runs: before that the guard takes no new daemon's word. */
    :: atomic { !is_daemon_up && is_guard_up && g_strike == NONE && g_travel == NONE &&
                (state == OFF || state == LOCKED || state == IDLE || state == FAULT) -> daemon_starts() }
    :: atomic { is_daemon_up && told_done != NONE && told_yes == NONE && CAN_WRITE ->
                if
                :: strike == told_done -> note(DONE, strike); fate[strike] = DONE; strike = NONE
                :: else
                fi;
                told_done = NONE }
    :: atomic { is_daemon_up && told_lost != NONE && told_yes == NONE && CAN_WRITE ->
                if
#ifdef BUG_LOST_IS_VOID
                :: strike == told_lost -> note(VOID, strike); fate[strike] = PENDING; strike = NONE
#else
                :: strike == told_lost -> note(DOUBTFUL, strike); fate[strike] = DOUBTFUL; strike = NONE
#endif
                :: else
                fi;
                told_lost = NONE }
    :: atomic { is_daemon_up && told_yes != NONE ->
                strike = aim; aim = NONE; is_strike_asked = false; is_travel_sent = false; told_yes = NONE }
    :: atomic { is_daemon_up && told_no && CAN_WRITE -> note(VOID, aim);
                aim = NONE; is_travel_sent = false; is_strike_asked = false; told_no = false }
    :: atomic { is_daemon_up && is_guard_lost && len(writes) < 2 ->
                if :: strike != NONE -> note(DOUBTFUL, strike); fate[strike] = DOUBTFUL; strike = NONE
                :: else fi;
                if
                :: aim != NONE && is_strike_asked -> note(DOUBTFUL, aim); fate[aim] = DOUBTFUL
                :: aim != NONE && !is_strike_asked -> note(VOID, aim)
                :: else
                fi;
                aim = NONE; is_strike_asked = false; is_travel_sent = false;
                told_yes = NONE; told_no = false; is_guard_lost = false }
    :: atomic { is_daemon_up && !is_guard_lost && aim == NONE && state == RUNNING && CAN_WRITE &&
                HAS_NEXT -> if :: IS_NEXT(1) -> aim = 1 :: else -> aim = 2 fi;
                note(INTENT, aim) }
    :: atomic { is_daemon_up && !is_guard_lost && aim != NONE && !is_travel_sent && state == RUNNING &&
                g_travel == NONE && len(down) < 2 -> guard_travel_asked(aim) }
    :: atomic { is_daemon_up && !is_guard_lost && aim != NONE && is_travel_sent && !is_strike_asked &&
                strike == NONE && told_yes == NONE && state == RUNNING && len(down) < 2 && is_guard_up &&
                IS_DURABLE(aim) -> is_strike_asked = true; guard_strike_asked(aim) }
    /* Stopped: the aim is dropped before its strike was asked for. */
    :: atomic { is_daemon_up && aim != NONE && !is_strike_asked && told_yes == NONE && state != RUNNING && CAN_WRITE ->
                note(VOID, aim); aim = NONE; is_travel_sent = false }
    od
}

proctype Journal() {
    mtype kind;
    byte d;
    do
    :: atomic { is_disk_whole && len(writes) > 0 ->
                writes?kind, d;
                if
                :: kind == DONE -> MUST(no_phantom_done, hits[d] == 1); disk[d] = DONE
                :: kind == VOID ->
                    MUST(nothing_silently_lost, hits[d] == 0 && !(down??[STRIKE, eval(d)]) &&
                                                !(q_kind0 == STRIKE && q_dot0 == d) &&
                                                !(q_kind1 == STRIKE && q_dot1 == d));
                    disk[d] = PENDING
                :: else -> disk[d] = kind
                fi;
                kind = PENDING; d = 0 }
    od
}

/* --- what dies -------------------------------------------------------------------------- */
inline daemon_dies() {
    is_daemon_up = false;
    do :: len(writes) > 0 -> writes?_, _ :: else -> break od;
    aim = NONE; strike = NONE; is_travel_sent = false; is_strike_asked = false;
    told_yes = NONE; told_no = false; told_done = NONE; told_lost = NONE; is_guard_lost = false
}

inline guard_dies() {
    is_guard_up = false;
    state = 0; before = 0;
    conditions = conditions & ~(LINK | HOMED);
    g_travel = NONE; g_strike = NONE; at_dot = NONE; is_strike_first = false;
    travel_accepted = false; strike_accepted = false;
    has_report = false; oks = 0; late_oks = 0;
    is_guard_lost = is_daemon_up;
    told_done = NONE; told_lost = NONE
}

inline firmware_resets() {
    if :: is_needle_in -> is_stuck = true :: else fi;
    firmware_flush();
    do :: len(down) > 0 -> down?_, _ :: else -> break od;
    has_banner = true; is_locked = true
}

/* --- operator --------------------------------------------------------------------------------- */
/* Out by the count of a board that is homed and at rest, or by the operator's word. */
#define IS_COUNTED_OUT ((conditions & LINK) && (conditions & HOMED) && !is_needle_in && !is_stuck && \
                        g_strike == NONE && g_travel == NONE && q_length == 0 && len(down) == 0)

#define MENDED ((conditions & (LINK | ESTOP | DAEMON)) == (LINK | ESTOP | DAEMON))

inline acknowledge(says_needle_out) {
    if
    :: says_needle_out || IS_COUNTED_OUT -> skip
    :: else -> conditions = conditions & ~NEEDLE
    fi;
    before = state;
#ifdef BUG_BLIND_ACKNOWLEDGE
    state = OFF;
#else
    ASK(EVENT_ACKNOWLEDGE);
#endif
    if
    :: state != FAULT ->
        MUST(faults_end_needle_out, !is_needle_in && !is_stuck && (conditions & ESTOP) && (conditions & LINK));
        conditions = conditions & ~(LINK | HOMED);
        lose_lines()
    :: else
    fi;
    conditions = conditions | NEEDLE
}

proctype Operator() {
    do
    :: atomic { is_guard_up && is_daemon_up && state == OFF && is_cable_in && !(conditions & LINK) ->
                EVENT(EVENT_CONNECT) }
    /* The handshake waits longer than a line takes before it resets the board. */
    :: atomic { is_guard_up && state == CONNECTING && is_cable_in && q_length == 0 && len(down) == 0 ->
                has_banner = false; oks = 0; late_oks = 0; is_locked = true;
                conditions = conditions | LINK; EVENT(EVENT_CONNECTED) }
    /* Nobody homes with a needle in sight of the skin that is in it. */
    :: atomic { is_guard_up && state == LOCKED && (conditions & ESTOP) && !is_stuck ->
                EVENT(EVENT_HOME);
                MUST(nothing_sideways_in_the_skin, !is_needle_in || state != HOMING) }
    :: atomic { is_guard_up && state == HOMING && q_length == 0 -> is_locked = false; conditions = conditions | HOMED;
                EVENT(EVENT_HOMED) }
    :: atomic { is_guard_up && state == IDLE && (conditions & DAEMON) -> EVENT(EVENT_ARM) }
    :: atomic { state == ARMED && conditions == ALL_CONDITIONS -> ASK(EVENT_START) }
    :: atomic { state == HELD && conditions == ALL_CONDITIONS -> ASK(EVENT_RESUME) }
    /* A board that is not heard is looked at before a fault is acknowledged: its handshake waits too. */
    :: atomic { is_guard_up && state == FAULT && !(conditions & LINK) && is_cable_in && q_length == 0 &&
                len(down) == 0 ->
                has_banner = false; oks = 0; late_oks = 0; is_locked = true; conditions = conditions | LINK }
    :: atomic { is_guard_up && state == FAULT && MENDED && IS_COUNTED_OUT -> acknowledge(false) }
    :: atomic { is_guard_up && state == FAULT && MENDED && q_length == 0 && len(down) == 0 ->
                is_stuck = false; is_needle_in = false; acknowledge(true) } /* drawn out by hand, and said so */
    :: atomic { is_stuck && state != FAULT -> is_stuck = false; is_needle_in = false } /* by hand */
    od
}

/* Causes go away again. */
proctype Mending() {
    do
    :: atomic { !(conditions & ESTOP) -> conditions = conditions | ESTOP }
    :: atomic { !(conditions & DEADMAN) -> conditions = conditions | DEADMAN }
    :: atomic { !(conditions & TRACKED) -> conditions = conditions | TRACKED }
    :: atomic { !is_cable_in && !(conditions & LINK) -> is_cable_in = true }
    :: atomic { !is_guard_up && q_length == 0 && len(down) == 0 -> is_guard_up = true }
    /* Room is made on the disk, and the daemon started anew. */
    :: atomic { !is_disk_whole && state != RUNNING && is_daemon_up && g_strike == NONE -> daemon_dies() }
    od
}


proctype Nature() {
    do
    :: atomic { faults_left > 0 -> faults_left--;
        if
        :: conditions = conditions & ~ESTOP
        :: conditions = conditions & ~DEADMAN
        :: conditions = conditions & ~TRACKED
        :: is_guard_up && state == FAULT -> acknowledge(false) /* keys mashed, whatever stands */
        :: is_daemon_up -> daemon_dies()
        :: is_guard_up -> guard_dies()
        :: firmware_resets()
        :: is_cable_in -> is_cable_in = false; do :: len(down) > 0 -> down?_, _ :: else -> break od; oks = 0; late_oks = 0
        :: len(down) > 0 && !is_doubled -> down?_, _; is_dropped = true /* a line dropped */
        :: oks > 0 -> oks-- /* an answer dropped */
        :: oks > 0 && !is_dropped -> oks++; is_doubled = true
        :: has_report -> has_report = false
        :: is_disk_whole -> is_disk_whole = false; conditions = conditions & ~DISK
        fi }
    od
}

init {
    byte i = 0;
    d_step {
        do
        :: i <= DOTS -> disk[i] = PENDING; fate[i] = PENDING; i++
        :: else -> break
        od;
        i = 0;
        q_kind0 = PENDING; q_kind1 = PENDING; report_kind = PENDING;
        conditions = ESTOP | DEADMAN | TRACKED | DISK | NEEDLE
    };
    atomic { run Tick(); run Daemon(); run Journal(); run Operator(); run Mending(); run Nature() }
}

#ifdef COMPLETES
#define HAS_FATE(d) (disk[d] == DONE || disk[d] == DOUBTFUL)
#if DOTS == 1
#define FINISHED HAS_FATE(1)
#else
#define FINISHED (HAS_FATE(1) && HAS_FATE(2))
#endif
/* When the faults are used up, every dot gets its fate. */
ltl completes { <> FINISHED }
#endif
