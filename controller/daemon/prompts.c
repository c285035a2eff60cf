#include "controller/daemon/prompts.h"

#include <stdio.h>
#include <string.h>

static const char *const names[PROMPT_KIND_COUNT] = {
    [PROMPT_PIGMENT] = "pigment",
    [PROMPT_NEEDLE] = "needle",
    [PROMPT_WIPE] = "wipe",
    [PROMPT_BREAK] = "break",
};

const char *prompt_name(enum prompt_kind kind) {
    return (unsigned)kind < PROMPT_KIND_COUNT ? names[kind] : "unknown";
}

bool prompt_from_name(const char *name, enum prompt_kind *ret_kind) {
    for (unsigned i = 0; i < PROMPT_KIND_COUNT; i++) {
        if (strcmp(name, names[i]) != 0) continue;
        *ret_kind = (enum prompt_kind)i;
        return true;
    }
    return false;
}

uint32_t prompt_limit(const struct prompts *prompts, enum prompt_kind kind) {
    switch (kind) {
        case PROMPT_PIGMENT:
            return prompts->rules.dots_per_load;
        case PROMPT_NEEDLE:
            return prompts->rules.dots_per_needle;
        case PROMPT_WIPE:
            return prompts->rules.dots_per_wipe;
        case PROMPT_BREAK:
            return (uint32_t)prompts->rules.break_after_s;
        case PROMPT_KIND_COUNT:
            break;
    }
    return 0;
}

void prompts_init(struct prompts *prompts, const struct prompt_rules *rules) {
    *prompts = (struct prompts){.rules = *rules};
}

void prompts_update(struct prompts *prompts, size_t dots_done, double running_s) {
    uint32_t more = (uint32_t)(dots_done - prompts->dots_counted);
    prompts->dots_counted = dots_done;
    prompts->used[PROMPT_PIGMENT] += more;
    prompts->used[PROMPT_NEEDLE] += more;
    prompts->used[PROMPT_WIPE] += more;
    prompts->used[PROMPT_BREAK] = (uint32_t)(running_s - prompts->break_from_s);
    for (enum prompt_kind kind = 0; kind < PROMPT_KIND_COUNT; kind++) {
        uint32_t limit = prompt_limit(prompts, kind);
        if (limit && prompts->used[kind] >= limit) prompts->is_open[kind] = true;
    }
}

void prompts_open(struct prompts *prompts, enum prompt_kind kind, const char *text) {
    prompts->is_open[kind] = true;
    snprintf(prompts->text[kind], sizeof prompts->text[kind], "%s", text);
}

bool prompts_any_open(const struct prompts *prompts) {
    for (size_t i = 0; i < PROMPT_KIND_COUNT; i++)
        if (prompts->is_open[i]) return true;
    return false;
}

enum result prompts_answer(struct prompts *prompts, enum prompt_kind kind, double running_s,
                           struct error *err) {
    if (!prompts->is_open[kind])
        return error_set(err, RESULT_REFUSED, "the session does not ask for %s now",
                         prompt_name(kind));
    prompts->is_open[kind] = false;
    prompts->text[kind][0] = '\0';
    prompts->used[kind] = 0;
    prompts->answered[kind]++;
    /* A pause for any reason is a break too. */
    prompts->break_from_s = running_s;
    return RESULT_OK;
}
