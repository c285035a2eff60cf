/* One line a message. In a service whose stderr is the journal (JOURNAL_STREAM, systemd.exec(5)),
 * an entry with fields, so that `journalctl SMPRIG_MODULE=guard` finds it; anywhere else a line on
 * stderr, `<level>module: text` (sd-daemon(3)), without the prefix on a terminal. */
#ifndef SMPRIG_BASE_LOG_H
#define SMPRIG_BASE_LOG_H

#include "base/result.h"

enum log_level {
    LOG_LEVEL_ERROR = 3,
    LOG_LEVEL_WARNING = 4,
    LOG_LEVEL_INFO = 6,
    LOG_LEVEL_DEBUG = 7
};

/* A field of a journal entry beside the message: SMPRIG_<name>=<value>. */
struct log_field {
    const char *name;  /* capital letters, digits, underscore; NULL ends a list */
    const char *value; /* NULL or "": left out */
};

/* Where the journal's native socket is (https://systemd.io/JOURNAL_NATIVE_PROTOCOL/). */
#define LOG_JOURNAL_SOCKET "/run/systemd/journal/socket"

/* Find out where lines go; before threads and before a sandbox. Without it: stderr. A journal that
 * does not read loses lines: sd_journal_send() would wait for it, and the needle for that. */
void log_open(const char *journal_socket);
/* Messages above this level are dropped; LOG_LEVEL_INFO at the start. */
void log_set_level(enum log_level most_verbose);
void log_line(enum log_level level, const char *module, const char *format, ...) PRINTF_LIKE(3, 4);
/* The same with fields; on stderr the words alone. */
void log_event(enum log_level level, const char *module, const struct log_field *fields,
               const char *format, ...) PRINTF_LIKE(4, 5);

#define log_error(module, ...) log_line(LOG_LEVEL_ERROR, module, __VA_ARGS__)
#define log_warning(module, ...) log_line(LOG_LEVEL_WARNING, module, __VA_ARGS__)
#define log_info(module, ...) log_line(LOG_LEVEL_INFO, module, __VA_ARGS__)
#define log_debug(module, ...) log_line(LOG_LEVEL_DEBUG, module, __VA_ARGS__)

#endif
