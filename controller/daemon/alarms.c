#include "controller/daemon/alarms.h"

#include <stdio.h>
#include <string.h>

#include "safety/supervisor.h"

const char *alarm_priority_name(enum alarm_priority priority) {
    static const char *const names[ALARM_PRIORITY_COUNT] = {
        [ALARM_LOW] = "low", [ALARM_MEDIUM] = "medium", [ALARM_HIGH] = "high"};
    return (unsigned)priority < ALARM_PRIORITY_COUNT ? names[priority] : "unknown";
}

static struct alarm *find(struct alarms *alarms, const char *cause) {
    for (size_t i = 0; i < alarms->count; i++)
        if (strcmp(alarms->list[i].cause, cause) == 0) return &alarms->list[i];
    return NULL;
}

static void remove_at(struct alarms *alarms, size_t index) {
    alarms->count--;
    memmove(&alarms->list[index], &alarms->list[index + 1],
            (alarms->count - index) * sizeof alarms->list[0]);
}

/* Gone for good: the cause has gone and somebody said that he saw it, or needed not. */
static bool sweep(struct alarms *alarms) {
    size_t before = alarms->count;
    for (size_t i = alarms->count; i-- > 0;) {
        const struct alarm *alarm = &alarms->list[i];
        bool is_seen = alarm->acknowledged_by[0] || alarm->priority == ALARM_LOW;
        if (!alarm->is_present && is_seen) remove_at(alarms, i);
    }
    return alarms->count != before;
}

static struct alarm *append(struct alarms *alarms, enum alarm_priority priority,
                            const struct alarm_words *words, int64_t now_ns) {
    if (alarms->count == ALARMS_MAX) remove_at(alarms, ALARMS_MAX - 1); /* the first stay */
    struct alarm *alarm = &alarms->list[alarms->count++];
    *alarm = (struct alarm){.number = ++alarms->last_number,
                            .priority = priority,
                            .raised_ns = now_ns,
                            .is_present = true};
    snprintf(alarm->cause, sizeof alarm->cause, "%s", words->cause);
    snprintf(alarm->happened, sizeof alarm->happened, "%s", words->happened);
    snprintf(alarm->safe, sizeof alarm->safe, "%s", words->safe);
    snprintf(alarm->remedy, sizeof alarm->remedy, "%s", words->remedy);
    return alarm;
}

void alarms_raise(struct alarms *alarms, enum alarm_priority priority,
                  const struct alarm_words *words, int64_t now_ns) {
    struct alarm *alarm = find(alarms, words->cause);
    if (alarm && alarm->is_present) return;
    if (alarm) remove_at(alarms, (size_t)(alarm - alarms->list));
    append(alarms, priority, words, now_ns);
}

void alarms_clear(struct alarms *alarms, const char *cause) {
    struct alarm *alarm = find(alarms, cause);
    if (alarm) alarm->is_present = false;
    sweep(alarms);
}

static enum safety_condition first_of(uint64_t bits) {
    enum safety_condition condition = 0;
    while (condition < CONDITION_COUNT && !(bits & CONDITION_BIT(condition))) condition++;
    return condition;
}

static bool raise_condition(struct alarms *alarms, const struct guard_state_report *report,
                            const char *text, bool goes_on_by_itself, int64_t now_ns) {
    enum safety_condition condition = first_of(report->first_cause);
    const struct condition_words *row = safety_condition_words(condition);
    struct alarm *known = row ? find(alarms, row->name) : NULL;
    if (!row || (known && known->is_present)) return false;
    if (known) remove_at(alarms, (size_t)(known - alarms->list));
    /* The guard's sentence may say more than the table; when it only repeats it, the table's. */
    bool says_more = text[0] && !strstr(text, row->lost);
    const struct alarm_words words = {row->name, says_more ? text : row->lost, row->safe,
                                      row->remedy};
    enum alarm_priority priority = safety_latches(condition) ? ALARM_HIGH
                                   : goes_on_by_itself       ? ALARM_LOW
                                                             : ALARM_MEDIUM;
    struct alarm *alarm = append(alarms, priority, &words, now_ns);
    alarm->condition = CONDITION_BIT(condition);
    alarm->followers = safety_needs(SAFETY_RUNNING) & ~report->conditions & ~alarm->condition;
    return true;
}

bool alarms_on_guard(struct alarms *alarms, const struct guard_state_report *report,
                     const char *words, bool goes_on_by_itself, int64_t now_ns) {
    bool is_faulty = report->state == SAFETY_FAULT, is_running = report->state == SAFETY_RUNNING;
    bool has_changed = false;
    uint64_t lost = safety_needs(SAFETY_RUNNING) & ~report->conditions;
    for (size_t i = 0; i < alarms->count; i++) {
        struct alarm *alarm = &alarms->list[i];
        if (!alarm->condition) continue;
        bool is_latched = alarm->priority == ALARM_HIGH && is_faulty;
        bool is_present = is_latched || (!is_running && !(report->conditions & alarm->condition));
        uint64_t followers = is_present ? lost & ~alarm->condition : alarm->followers;
        has_changed |= is_present != alarm->is_present || followers != alarm->followers;
        alarm->is_present = is_present;
        alarm->followers = followers;
    }
    /* The cause stands in the report until the run goes on: one alarm for it, even when the
     * condition came back at once and the alarm is gone by itself. */
    bool is_new = report->first_cause != alarms->told_cause;
    alarms->told_cause = is_running ? 0 : report->first_cause;
    if (report->first_cause && !is_running && (is_new || (lost & report->first_cause)))
        has_changed |= raise_condition(alarms, report, words, goes_on_by_itself, now_ns);
    return sweep(alarms) || has_changed;
}

enum result alarms_acknowledge(struct alarms *alarms, uint32_t number, const char *who,
                               struct error *err) {
    bool is_found = false;
    for (size_t i = 0; i < alarms->count; i++) {
        struct alarm *alarm = &alarms->list[i];
        if (number && alarm->number != number) continue;
        is_found = true;
        snprintf(alarm->acknowledged_by, sizeof alarm->acknowledged_by, "%s", who);
    }
    if (!is_found) return error_set(err, RESULT_NOT_FOUND, "there is no such alarm");
    sweep(alarms);
    return RESULT_OK;
}
