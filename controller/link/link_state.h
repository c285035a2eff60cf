/* The link's own memory, shared by its files. Nobody else includes this. */
#ifndef SMPRIG_CONTROLLER_LINK_LINK_STATE_H
#define SMPRIG_CONTROLLER_LINK_LINK_STATE_H

#include "base/clock.h"
#include "controller/link/answer.h"
#include "controller/link/link.h"
#include "controller/link/wire.h"

#define RX_LINE_MAX 512 /* longest answer; a longer one is garbled */
#define OUTPUT_MAX 4096 /* bytes not yet taken by the port */
#define EVENTS_MAX 128
#define IN_FLIGHT_MAX 64      /* lines without an answer or not yet executed */
#define RX_BYTES_SMALLEST 127 /* classic Grbl; until $I says more */

#define BANNER_WAIT_NS (300 * NS_PER_MS) /* a board that resets on open says so in this time */
#define LOOK_WAIT_NS (300 * NS_PER_MS)   /* for a report before the reset */
#define MOVING_WAIT_NS (10 * NS_PER_S)   /* what still moves at connect is let end */
#define RESET_WAIT_NS (3 * NS_PER_S)     /* a boot loader takes up to two */
#define STEP_WAIT_NS (2 * NS_PER_S)      /* for an answer of the handshake */
#define ANSWER_WAIT_NS (1 * NS_PER_S)    /* for `ok` to a motion line or a query */
#define SLOW_WAIT_NS (20 * NS_PER_S)     /* for `ok` to a probe, or to a setting's write */
#define HOMING_WAIT_NS (90 * NS_PER_S)
#define STATUS_WAIT_NS (500 * NS_PER_MS)  /* for a report */
#define REPORT_AGAIN_NS (100 * NS_PER_MS) /* a report that has not come is asked for again */
#define FLUSH_WAIT_NS (2 * NS_PER_S)      /* from the hold to standstill */
#define FLUSH_SETTLE_NS (5 * NS_PER_MS)   /* from its banner to the first line */
#define FLUSH_IDLE_REPORTS 3              /* that show nothing to flush */
#define READ_NS (20 * NS_PER_MS) /* a board at rest has read a line that came so long ago */
#define STUCK_REPORTS 2          /* that show it at rest and the line still unanswered */
#define POLL_BUSY_NS (8 * NS_PER_MS)
#define POLL_IDLE_NS (50 * NS_PER_MS)
#define NEARLY_NS (3 * NS_PER_MS) /* before a strike's end */
#define BEGUN_NS (1 * NS_PER_MS)  /* after it: the travel behind has begun, as a report tells */
#define POLL_WAKING_NS (100 * NS_PER_MS)
#define POSITION_TOLERANCE 0.1 /* mm or deg */
#define OFFSET_TOLERANCE 1e-3  /* mm or deg: a work offset at all */

enum line_kind {
    LINE_QUERY,   /* of the handshake, unlock, outputs off */
    LINE_SYNC,    /* the blank line that clears an error's latch */
    LINE_SETTING, /* a write */
    LINE_TRAVEL,
    LINE_ECHO, /* a travel's line again: see executed_confirm() */
    LINE_STRIKE,
    LINE_SERVICE,
    LINE_JOG,
    LINE_HOMING,
    LINE_HOMED_MODES, /* the modes again, after homing */
};

struct line_entry {
    enum line_kind kind;
    uint32_t line; /* N word; 0 for all but travels and strikes */
    size_t bytes;
    bool is_accepted;
    /* A strike: how far it goes, and how far reports have shown it go; 0: none has shown it. */
    double stroke_mm, shown_mm;
    bool is_seen, has_gap; /* has_gap: no report for so long that it may have gone farther */
    bool has_lost_report;
    int64_t sent_ns, accepted_ns;
};

enum wake_step {
    WAKE_BANNER, /* opened: does it say something by itself? */
    WAKE_LOOK,   /* is something still moving? */
    WAKE_RESET,
    WAKE_SETTLE, /* after a banner */
    WAKE_INFO,
    WAKE_SETTINGS,
    WAKE_OFFSETS,
    WAKE_MODES,
    WAKE_STATUS
};

enum flush_step { FLUSH_NONE, FLUSH_WAITING, FLUSH_HOLDING, FLUSH_RESETTING };

struct link_state_data {
    struct rig rig;
    enum link_state state;
    enum wake_step step;
    int64_t step_ns, look_ns; /* when the step began; when to ask for a report while waking */
    int64_t heard_ns;         /* the newest report while waking */
    size_t unreadable;        /* answers while waking that no Grbl gives */
    bool is_estop_seen, is_homing_seen;

    char rx[RX_LINE_MAX];
    size_t rx_length;
    bool is_rx_overlong;

    unsigned char output[OUTPUT_MAX];
    size_t output_first, output_count;

    struct link_event events[EVENTS_MAX];
    size_t event_first, event_count;

    struct line_entry lines[IN_FLIGHT_MAX];
    size_t line_count;       /* oldest first */
    size_t unanswered_bytes; /* of lines the board has not answered */
    bool is_stop_asked;      /* 0x19: the board will say so */
    bool is_override_asked;  /* since the board was reset */
    bool is_erred;           /* an error is latched: nothing but the blank line is sent */
    bool is_jog_cancelled;
    int64_t jog_cancelled_ns;

    struct link_board board;
    int planner_empty; /* Bf: with nothing queued; -1 when the board does not tell */
    struct link_setting wants[SETTING_WANTS_MAX];
    size_t want_count;
    struct board_setting all[LINK_SETTINGS_MAX];
    size_t all_count;
    int differences;
    double work_offset; /* largest seen */

    enum flush_step flush;
    int64_t flush_ns;
    int flush_idle_reports, stuck_reports;
    struct machine_status held; /* where a flush stood */

    bool is_report_awaited;
    int64_t report_asked_ns, next_poll_ns;
    int64_t asked_before_ns; /* when the report before the newest was asked for */
    int64_t report_again_ns; /* when it was last asked for */
    struct machine_status status;
    double offset[LINK_AXES_MAX];
    double probed_mm;
    double before[RIG_AXES_MAX], commanded[RIG_AXES_MAX]; /* the newest travel, from and to */
    bool is_commanded;                                    /* they are known */
    bool is_off_path;                                     /* told once a travel */
    uint32_t travel_line, newest_line; /* N words: of that travel, and of any line ever sent */
    int64_t echoed_ns;                 /* when the travel's second copy was accepted; 0: not yet */
};

_Static_assert(sizeof(struct link_state_data) <= LINK_STORAGE_BYTES,
               "LINK_STORAGE_BYTES is too small");

static inline struct link_state_data *link_data(struct link *link) {
    return (struct link_state_data *)(void *)link->storage;
}
static inline const struct link_state_data *link_const_data(const struct link *link) {
    return (const struct link_state_data *)(const void *)link->storage;
}

static inline bool line_is_motion(const struct line_entry *entry) {
    return entry->kind == LINE_TRAVEL || entry->kind == LINE_STRIKE;
}

/* link.c */
void link_emit(struct link_state_data *link, enum link_event_kind kind, uint32_t line, int code,
               const char *format, ...) PRINTF_LIKE(5, 6);
void link_put_bytes(struct link_state_data *link, const void *bytes, size_t count);
void link_ask_report(struct link_state_data *link, int64_t now_ns);
/* Everything in flight is lost. */
void link_lose_lines(struct link_state_data *link);
/* The same, and the link goes down to `state`. */
void link_drop(struct link_state_data *link, enum link_state state);
/* Say why, then drop. */
void link_break(struct link_state_data *link, enum link_event_kind kind, int code,
                const char *format, ...) PRINTF_LIKE(4, 5);
/* Say why, lose what is in flight, and begin anew with a board that still answers: once it stands
 * (stops.c). */
void link_recover(struct link_state_data *link, int64_t now_ns, enum link_event_kind kind, int code,
                  const char *format, ...) PRINTF_LIKE(5, 6);
/* Index of a letter in the board's reports, -1 when it has no such axis. */
int link_axis_index(const struct link_state_data *link, char letter);

/* link_send.c */
bool link_put_line(struct link_state_data *link, enum line_kind kind, uint32_t number,
                   const char *text, int64_t now_ns);
void link_remove_line(struct link_state_data *link, size_t index);
/* The oldest line without an answer, or line_count. */
size_t link_first_unanswered(const struct link_state_data *link);

/* handshake.c */
extern const char handshake_modes_line[];
void handshake_begin(struct link_state_data *link, int64_t now_ns);
void handshake_expect_banner(struct link_state_data *link, int64_t now_ns);
void handshake_on_answer(struct link_state_data *link, const struct answer *answer, int64_t now_ns);
void handshake_tick(struct link_state_data *link, int64_t now_ns);
int64_t handshake_next_ns(const struct link_state_data *link);

/* stream.c: answers and reports while the link is ready */
void stream_on_answer(struct link_state_data *link, const struct answer *answer, int64_t now_ns);
void stream_on_setting_answer(struct link_state_data *link, const struct answer *answer);
void stream_take_status(struct link_state_data *link, const struct answer_status *report,
                        int64_t now_ns);
void stream_tick(struct link_state_data *link, int64_t now_ns);

/* executed.c: what a report proves */
void executed_find(struct link_state_data *link, const struct answer_status *report);
void executed_compare(struct link_state_data *link, const struct answer_status *report);
/* Whether the newest travel is in the board as it was sent: status.confirmed_line. */
void executed_confirm(struct link_state_data *link, const struct answer_status *report);
bool executed_is_at_rest(const struct link_state_data *link, const struct answer_status *report);

/* stops.c */
void flush_begin(struct link_state_data *link, int64_t now_ns);
/* The board has lost count of the lines, or we have: let it come to rest by itself. */
void flush_wait(struct link_state_data *link, int64_t now_ns);
/* The board was stopped by nobody of ours, maybe with half a line left that it will run, and maybe
 * with the needle out: held at once, whatever it does, then begun anew. */
void flush_stopped(struct link_state_data *link, int64_t now_ns);
/* A line was sent and the board stands without ever having read it: told, and begun anew. */
void flush_stuck(struct link_state_data *link, const struct answer_status *report, int64_t now_ns);
void flush_on_status(struct link_state_data *link, const struct answer_status *report,
                     int64_t now_ns);
/* The handshake after a flush is done. */
void flush_end(struct link_state_data *link);
void flush_tick(struct link_state_data *link, int64_t now_ns);
void jog_cancel(struct link_state_data *link, int64_t now_ns);
void jog_on_status(struct link_state_data *link);

#endif
