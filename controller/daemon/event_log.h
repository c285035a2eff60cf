/* The newest events in words, for the page and `smprig watch`: a ring in caller's memory. The whole
 * record is the journal. */
#ifndef SMPRIG_CONTROLLER_DAEMON_EVENT_LOG_H
#define SMPRIG_CONTROLLER_DAEMON_EVENT_LOG_H

#include <stddef.h>
#include <stdint.h>

#define EVENT_LOG_MAX 256u
#define EVENT_TEXT_MAX 192

enum event_level { EVENT_INFO, EVENT_WARNING, EVENT_ALARM, EVENT_COMMAND };

struct event_line {
    uint64_t number; /* from 1, rising by one */
    int64_t unix_ms;
    enum event_level level;
    char text[EVENT_TEXT_MAX];
};

struct event_log {
    struct event_line lines[EVENT_LOG_MAX];
    uint64_t last_number;
};

/* "warning" */
const char *event_level_name(enum event_level level);
void event_log_add(struct event_log *log, enum event_level level, int64_t unix_ms,
                   const char *text);
/* The line with this number, NULL when it is gone or not there yet. */
const struct event_line *event_log_at(const struct event_log *log, uint64_t number);
/* The oldest number that is still there; last_number + 1 when there is none. */
uint64_t event_log_first(const struct event_log *log);

#endif
