/* One line a message to stderr: `<level> module: text`. In a service, journald reads the <n> prefix
 * as its priority (sd-daemon(3)); on a terminal the prefix is left out. */
#ifndef SMPRIG_BASE_LOG_H
#define SMPRIG_BASE_LOG_H

#include "base/result.h"

enum log_level {
    LOG_LEVEL_ERROR = 3,
    LOG_LEVEL_WARNING = 4,
    LOG_LEVEL_INFO = 6,
    LOG_LEVEL_DEBUG = 7
};

/* Messages above this level are dropped; LOG_LEVEL_INFO at the start. */
void log_set_level(enum log_level most_verbose);
void log_line(enum log_level level, const char *module, const char *format, ...) PRINTF_LIKE(3, 4);

#define log_error(module, ...) log_line(LOG_LEVEL_ERROR, module, __VA_ARGS__)
#define log_warning(module, ...) log_line(LOG_LEVEL_WARNING, module, __VA_ARGS__)
#define log_info(module, ...) log_line(LOG_LEVEL_INFO, module, __VA_ARGS__)
#define log_debug(module, ...) log_line(LOG_LEVEL_DEBUG, module, __VA_ARGS__)

#endif
