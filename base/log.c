#include "base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/text.h"

#define LOG_LINE_MAX 1024
#define LOG_ENTRY_MAX 2048

static enum log_level most_verbose_level = LOG_LEVEL_INFO;
static int journal_fd = -1; /* -1: stderr */
static struct sockaddr_un journal_address;

/* JOURNAL_STREAM is "device:inode" of the stream that the manager connected to the journal; stderr
 * may have been redirected since. */
static bool stderr_is_journal(void) {
    const char *stream = getenv("JOURNAL_STREAM");
    char own[64];
    struct stat status;
    if (!stream || fstat(STDERR_FILENO, &status) != 0) return false;
    snprintf(own, sizeof own, "%llu:%llu", (unsigned long long)status.st_dev,
             (unsigned long long)status.st_ino);
    return strcmp(stream, own) == 0;
}

void log_open(const char *journal_socket) {
    journal_address = (struct sockaddr_un){.sun_family = AF_UNIX};
    if (!stderr_is_journal() || text_copy(journal_address.sun_path, sizeof journal_address.sun_path,
                                          journal_socket) != RESULT_OK)
        return;
    journal_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

void log_set_level(enum log_level most_verbose) {
    most_verbose_level = most_verbose;
}

/* One "NAME=value" line; a newline in the value would begin another field. */
static void add_field(struct text_builder *entry, const char *prefix, const char *name,
                      const char *value) {
    size_t begin = entry->length;
    text_append(entry, "%s%s=%s", prefix, name, value);
    for (char *c = entry->buffer + begin; *c; c++)
        if (*c == '\n') *c = ' ';
    text_append(entry, "\n");
}

/* False when the journal is not there: then stderr must do. */
static bool send_entry(enum log_level level, const char *module, const struct log_field *fields,
                       const char *text) {
    char buffer[LOG_ENTRY_MAX], priority[8];
    struct text_builder entry;
    if (journal_fd < 0) return false;
    text_builder_init(&entry, buffer, sizeof buffer);
    snprintf(priority, sizeof priority, "%d", (int)level);
    add_field(&entry, "", "PRIORITY", priority);
    add_field(&entry, "", "SYSLOG_IDENTIFIER", program_invocation_short_name);
    add_field(&entry, "SMPRIG_", "MODULE", module);
    add_field(&entry, "", "MESSAGE", text);
    for (; fields && fields->name; fields++)
        if (fields->value && fields->value[0])
            add_field(&entry, "SMPRIG_", fields->name, fields->value);
    ssize_t sent = sendto(journal_fd, buffer, entry.length, MSG_NOSIGNAL | MSG_DONTWAIT,
                          (const struct sockaddr *)&journal_address, sizeof journal_address);
    return sent >= 0 || errno == EAGAIN || errno == ENOBUFS;
}

static void write_line(enum log_level level, const char *module, const struct log_field *fields,
                       const char *format, va_list args) PRINTF_LIKE(4, 0);

static void write_line(enum log_level level, const char *module, const struct log_field *fields,
                       const char *format, va_list args) {
    char text[LOG_LINE_MAX];
    if (level > most_verbose_level) return;
    vsnprintf(text, sizeof text, format, args);
    for (char *c = text; *c; c++) /* what a stranger sent must not begin a line of its own */
        if ((unsigned char)*c < ' ' || *c == 0x7f) *c = ' ';
    if (send_entry(level, module, fields, text)) return;
    /* One write per line, so that lines of several threads do not mix. */
    if (isatty(STDERR_FILENO))
        fprintf(stderr, "%s: %s\n", module, text);
    else
        fprintf(stderr, "<%d>%s: %s\n", (int)level, module, text);
}

void log_line(enum log_level level, const char *module, const char *format, ...) {
    va_list args;
    va_start(args, format);
    write_line(level, module, NULL, format, args);
    va_end(args);
}

void log_event(enum log_level level, const char *module, const struct log_field *fields,
               const char *format, ...) {
    va_list args;
    va_start(args, format);
    write_line(level, module, fields, format, args);
    va_end(args);
}
