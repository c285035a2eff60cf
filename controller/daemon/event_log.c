#include "controller/daemon/event_log.h"

#include <stdio.h>

const char *event_level_name(enum event_level level) {
    static const char *const names[] = {"info", "warning", "alarm", "command"};
    return (size_t)level < sizeof names / sizeof *names ? names[level] : "unknown";
}

void event_log_add(struct event_log *log, enum event_level level, int64_t unix_ms,
                   const char *text) {
    struct event_line *line = &log->lines[++log->last_number % EVENT_LOG_MAX];
    *line = (struct event_line){.number = log->last_number, .unix_ms = unix_ms, .level = level};
    snprintf(line->text, sizeof line->text, "%s", text);
}

const struct event_line *event_log_at(const struct event_log *log, uint64_t number) {
    const struct event_line *line = &log->lines[number % EVENT_LOG_MAX];
    return number && line->number == number ? line : NULL;
}

uint64_t event_log_first(const struct event_log *log) {
    return log->last_number <= EVENT_LOG_MAX ? 1 : log->last_number - EVENT_LOG_MAX + 1;
}
