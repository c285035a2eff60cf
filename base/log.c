#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#define LOG_LINE_MAX 1024

static enum log_level most_verbose_level = LOG_LEVEL_INFO;

void log_set_level(enum log_level most_verbose) {
    most_verbose_level = most_verbose;
}

void log_line(enum log_level level, const char *module, const char *format, ...) {
    if (level > most_verbose_level) return;
    char text[LOG_LINE_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    /* One write per line, so that lines of several threads do not mix. */
    if (isatty(STDERR_FILENO))
        fprintf(stderr, "%s: %s\n", module, text);
    else
        fprintf(stderr, "<%d>%s: %s\n", (int)level, module, text);
}
