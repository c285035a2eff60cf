/* The alarms: what happened, what is safe now, what to do, with the priorities of IEC 60601-1-8
 * (high: acts at once, medium: acts soon, low: be aware). A step function on caller's memory.
 *
 * The first cause stays first: what fell after it is counted in its `followers`. An acknowledged
 * alarm whose cause is still there is still shown; a low one, which mends itself, goes with its
 * cause. */
#ifndef SMPRIG_CONTROLLER_DAEMON_ALARMS_H
#define SMPRIG_CONTROLLER_DAEMON_ALARMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "controller/daemon/api.h"
#include "controller/guard/protocol.h"

#define ALARMS_MAX 8
#define ALARM_TEXT_MAX 160

enum alarm_priority { ALARM_LOW, ALARM_MEDIUM, ALARM_HIGH, ALARM_PRIORITY_COUNT };

struct alarm_words {
    const char *cause, *happened, *safe, *remedy;
};

struct alarm {
    uint32_t number; /* rises */
    enum alarm_priority priority;
    char cause[48]; /* its short name, told by interlocks too */
    char happened[ALARM_TEXT_MAX], safe[ALARM_TEXT_MAX], remedy[ALARM_TEXT_MAX];
    char acknowledged_by[API_NAME_MAX]; /* "": not yet */
    int64_t raised_ns;
    uint64_t condition; /* the guard's bit, 0: not one of its */
    uint64_t followers; /* bits that fell after it */
    bool is_present;    /* its cause is still there */
};

struct alarms {
    struct alarm list[ALARMS_MAX]; /* oldest first */
    size_t count;
    uint32_t last_number;
    uint64_t
        told_cause; /* the guard's first cause that an alarm was raised for, 0 when none stands */
};

/* "high" */
const char *alarm_priority_name(enum alarm_priority priority);

/* A new state of the guard. `goes_on_by_itself`: nobody needs to act for the run to go on. True
 * when the list changed. */
bool alarms_on_guard(struct alarms *alarms, const struct guard_state_report *report,
                     const char *words, bool goes_on_by_itself, int64_t now_ns);
/* One that does not come from the guard; present until alarms_clear(). No effect when
 * it is there. */
void alarms_raise(struct alarms *alarms, enum alarm_priority priority,
                  const struct alarm_words *words, int64_t now_ns);
/* Its cause is gone. */
void alarms_clear(struct alarms *alarms, const char *cause);
/* Number 0: all. RESULT_NOT_FOUND when there is none. */
MUST_USE enum result alarms_acknowledge(struct alarms *alarms, uint32_t number, const char *who,
                                        struct error *err);

#endif
