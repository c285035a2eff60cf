/* What the journal tells of the prompts when a case is opened again: the strikes that a needle and
 * a load of pigment have made, and the stops of the plan that nobody has answered. A daemon that
 * was killed must not make a worn needle new (hazards 13 and 36). */
#ifndef SMPRIG_CONTROLLER_DAEMON_PROMPT_PAST_H
#define SMPRIG_CONTROLLER_DAEMON_PROMPT_PAST_H

#include "controller/daemon/prompts.h"
#include "controller/journal/journal.h"

struct prompt_past {
    uint32_t used[PROMPT_KIND_COUNT]; /* strikes since the newest answer; the break's: 0 */
    uint32_t answered[PROMPT_KIND_COUNT];
    bool is_open[PROMPT_KIND_COUNT]; /* a stop of the plan that was not answered */
    bool has_begun;                  /* something was struck */
    uint32_t stops_passed;           /* of the plan's stops, with has_begun */
};

/* Since the client's session was opened (seconds of the wall clock, UTC; it brings a new cartridge
 * and fresh pigment), or since ever with 0. A strike that is doubtful counts as one. RESULT_FORMAT:
 * an event's time cannot be read. */
MUST_USE enum result prompt_past_read(struct journal *journal, const struct dot_plan *plan,
                                      int64_t opened_s, struct prompt_past *ret_past,
                                      struct error *err);

/* The prompt that a stop of the plan becomes. */
enum prompt_kind prompt_of_stop(enum plan_stop_kind kind);

#endif
