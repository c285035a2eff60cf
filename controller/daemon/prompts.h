/* What the session asks of people now and then: pigment, needle, a wipe, a break. Counts of dots
 * and of running time make a prompt due; the session takes the needle to the park place, holds, and
 * goes on when every open prompt is answered. A step function on caller's memory. */
#ifndef SMPRIG_CONTROLLER_DAEMON_PROMPTS_H
#define SMPRIG_CONTROLLER_DAEMON_PROMPTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/result.h"

#define PROMPT_TEXT_MAX 96
/* Behind a prompt's name, in the journal's event of its answer. */
#define PROMPT_ANSWERED ": done, number "

enum prompt_kind {
    PROMPT_PIGMENT, /* the load is used up (hazard 36) */
    PROMPT_NEEDLE,  /* the cartridge has made its strikes (hazard 13) */
    PROMPT_WIPE,    /* wipe and look at what was done */
    PROMPT_BREAK,   /* a rest for the client */
    PROMPT_KIND_COUNT
};

/* When each is due; 0: never. */
struct prompt_rules {
    uint32_t dots_per_load, dots_per_needle, dots_per_wipe;
    double break_after_s; /* of running */
};

struct prompts {
    struct prompt_rules rules;
    size_t dots_counted;                  /* of this run, already in `used` */
    uint32_t used[PROMPT_KIND_COUNT];     /* dots since the last answer; seconds for the break */
    uint32_t answered[PROMPT_KIND_COUNT]; /* how often */
    double break_from_s;                  /* running time at the last break */
    bool is_open[PROMPT_KIND_COUNT];
    char text[PROMPT_KIND_COUNT][PROMPT_TEXT_MAX]; /* of the plan's stop; "": none */
};

/* "pigment" */
const char *prompt_name(enum prompt_kind kind);
bool prompt_from_name(const char *name, enum prompt_kind *ret_kind);
/* The limit of a kind in its own unit (dots or seconds); 0: never due. */
uint32_t prompt_limit(const struct prompts *prompts, enum prompt_kind kind);

void prompts_init(struct prompts *prompts, const struct prompt_rules *rules);
/* Newest counts of this run. Opens what has become due; never closes. */
void prompts_update(struct prompts *prompts, size_t dots_done, double running_s);
/* Due for another reason than a count: the plan has a stop here, with these words. */
void prompts_open(struct prompts *prompts, enum prompt_kind kind, const char *text);
bool prompts_any_open(const struct prompts *prompts);
/* Done as asked. RESULT_REFUSED when that prompt is not open. */
MUST_USE enum result prompts_answer(struct prompts *prompts, enum prompt_kind kind,
                                    double running_s, struct error *err);

#endif
