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
#define IN_FLIGHT_MAX 32      /* lines without an answer or not yet executed */
#define RX_BYTES_SMALLEST 127 /* classic Grbl; until $I says more */

#define BANNER_WAIT_NS (300 * NS_PER_MS) /* a board that resets on open says so in this time */
#define RESET_WAIT_NS (2 * NS_PER_S)
#define ANSWER_WAIT_NS (1 * NS_PER_S) /* for `ok` to a motion line or a query */
#define HOMING_WAIT_NS (90 * NS_PER_S)
#define STATUS_WAIT_NS (500 * NS_PER_MS) /* for a report */
#define POLL_BUSY_NS (8 * NS_PER_MS)
#define POLL_IDLE_NS (50 * NS_PER_MS)
#define POSITION_TOLERANCE 0.1 /* mm or deg, at rest */

enum line_kind { LINE_QUERY, LINE_TRAVEL, LINE_STRIKE, LINE_HOMING };

struct line_entry {
    enum line_kind kind;
    uint32_t line; /* N word; 0 for queries */
    size_t bytes;
    bool is_accepted;
    int64_t sent_ns, accepted_ns;
    double q[RIG_AXES_MAX]; /* travel: where it leads */
};

enum wake_step { WAKE_BANNER, WAKE_RESET, WAKE_INFO, WAKE_SETTINGS, WAKE_MODES, WAKE_STATUS };

struct link_state_data {
    struct rig rig;
    enum link_state state;
    enum wake_step step;
    int64_t step_ns; /* when the step began */

    char rx[RX_LINE_MAX];
    size_t rx_length;
    bool is_rx_overlong;

    unsigned char output[OUTPUT_MAX];
    size_t output_first, output_count;

    struct link_event events[EVENTS_MAX];
    size_t event_first, event_count;

    struct line_entry lines[IN_FLIGHT_MAX];
    size_t line_count; /* oldest first */

    int rx_size, planner_size, differences;
    uint64_t settings_seen; /* bit per checked setting */

    bool is_report_awaited;
    int64_t report_asked_ns, next_poll_ns;
    struct machine_status status;
    double offset[ANSWER_AXES_MAX];
    double commanded[RIG_AXES_MAX];
    bool is_commanded; /* `commanded` is where the rig should be at rest */
};

_Static_assert(sizeof(struct link_state_data) <= LINK_STORAGE_BYTES,
               "LINK_STORAGE_BYTES is too small");

/* link.c */
void link_emit(struct link_state_data *link, enum link_event_kind kind, uint32_t line, int code,
               const char *format, ...) PRINTF_LIKE(5, 6);
void link_put_bytes(struct link_state_data *link, const void *bytes, size_t count);
bool link_put_line(struct link_state_data *link, const struct line_entry *entry, const char *text,
                   int64_t now_ns);
/* Everything in flight is lost; the link goes down to `state`. */
void link_drop(struct link_state_data *link, enum link_state state);

/* handshake.c */
void handshake_begin(struct link_state_data *link, int64_t now_ns);
void handshake_on_answer(struct link_state_data *link, const struct answer *answer, int64_t now_ns);
void handshake_tick(struct link_state_data *link, int64_t now_ns);

/* stream.c: answers and reports while the link is ready */
void stream_on_answer(struct link_state_data *link, const struct answer *answer, int64_t now_ns);
void stream_take_status(struct link_state_data *link, const struct answer_status *report,
                        int64_t now_ns);
void stream_tick(struct link_state_data *link, int64_t now_ns);

/* Letters of the firmware in the order of its reports. */
int link_firmware_index(char letter);

#endif
