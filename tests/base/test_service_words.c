/* What a program tells the service manager and the journal, heard at their sockets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/notify.h"

#define HEARD_MAX 4096

static int listen_at(char path[64]) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(path, 64, "/tmp/smprig-test-%d", (int)getpid());
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    unlink(path);
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

/* The next datagram as a string, "" when there is none. */
static const char *heard(int fd) {
    static char text[HEARD_MAX];
    ssize_t got = recv(fd, text, sizeof text - 1, 0);
    text[got < 0 ? 0 : got] = '\0';
    return text;
}

static void a_manager_hears_each_step(void **state) {
    (void)state;
    char path[64], pid[16];
    int fd = listen_at(path);
    struct notifier notifier;
    snprintf(pid, sizeof pid, "%d", (int)getpid());
    setenv("NOTIFY_SOCKET", path, 1);
    setenv("WATCHDOG_USEC", "3000000", 1);
    setenv("WATCHDOG_PID", pid, 1);
    notify_open(&notifier);
    notify_ready(&notifier, "up");
    assert_string_equal(heard(fd), "READY=1\nSTATUS=up");
    notify_alive(&notifier, NS_PER_S);
    assert_string_equal(heard(fd), "WATCHDOG=1");
    notify_alive(&notifier, NS_PER_S + 999 * NS_PER_MS); /* not due */
    assert_string_equal(heard(fd), "");
    assert_int_equal(notify_next_ns(&notifier), 2 * NS_PER_S);
    notify_alive(&notifier, 2 * NS_PER_S);
    assert_string_equal(heard(fd), "WATCHDOG=1");
    notify_reloading(&notifier, 5000 * NS_PER_US);
    assert_string_equal(heard(fd), "RELOADING=1\nMONOTONIC_USEC=5000");
    notify_stopping(&notifier, "bye");
    assert_string_equal(heard(fd), "STOPPING=1\nSTATUS=bye");
    notify_close(&notifier);
    setenv("WATCHDOG_PID", "1", 1); /* of another process */
    notify_open(&notifier);
    assert_int_equal(notify_next_ns(&notifier), INT64_MAX);
    notify_close(&notifier);
    close(fd);
    unlink(path);
}

static void a_manager_that_is_not_there_costs_nothing(void **state) {
    (void)state;
    const char *const names[] = {NULL, "", "relative", "/nonexistent/socket", "@smprig-nobody"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct notifier notifier;
        if (names[i])
            setenv("NOTIFY_SOCKET", names[i], 1);
        else
            unsetenv("NOTIFY_SOCKET");
        notify_open(&notifier);
        notify_ready(&notifier, "up");
        notify_alive(&notifier, NS_PER_S);
        notify_close(&notifier);
    }
}

/* A manager that does not read: the queue fills, and nobody waits. */
static void a_manager_that_does_not_read_delays_nobody(void **state) {
    (void)state;
    char path[64];
    int fd = listen_at(path);
    struct notifier notifier;
    setenv("NOTIFY_SOCKET", path, 1);
    notify_open(&notifier);
    for (int i = 0; i < 10000; i++) notify_status(&notifier, "again");
    notify_close(&notifier);
    close(fd);
    unlink(path);
}

static void set_journal_stream(const struct stat *status) {
    char stream[64];
    snprintf(stream, sizeof stream, "%llu:%llu", (unsigned long long)status->st_dev,
             (unsigned long long)status->st_ino);
    setenv("JOURNAL_STREAM", stream, 1);
}

static void the_journal_gets_fields(void **state) {
    (void)state;
    char path[64];
    int fd = listen_at(path);
    struct stat status;
    const struct log_field fields[] = {
        {"STATE", "held"}, {"REASON", "two\nlines"}, {"CASE", ""}, {NULL, NULL}};
    assert_int_equal(fstat(STDERR_FILENO, &status), 0);
    status.st_ino++; /* stderr is not the journal's stream: nothing goes to the socket */
    set_journal_stream(&status);
    log_open(path);
    log_info("test", "to stderr");
    assert_string_equal(heard(fd), "");
    status.st_ino--;
    set_journal_stream(&status);
    log_open(path);
    log_event(LOG_LEVEL_WARNING, "guard", fields, "head moved %d mm/s", 8);
    const char *entry = heard(fd);
    assert_non_null(strstr(entry, "PRIORITY=4\nSYSLOG_IDENTIFIER="));
    assert_non_null(strstr(entry, "\nSMPRIG_MODULE=guard\nMESSAGE=head moved 8 mm/s\n"));
    assert_non_null(strstr(entry, "\nSMPRIG_STATE=held\nSMPRIG_REASON=two lines\n"));
    assert_null(strstr(entry, "CASE"));
    log_debug("test", "not wanted");
    assert_string_equal(heard(fd), "");
    for (int i = 0; i < 10000; i++) log_info("test", "a journal that does not read");
    close(fd);
    unlink(path);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_manager_hears_each_step),
        cmocka_unit_test(a_manager_that_is_not_there_costs_nothing),
        cmocka_unit_test(a_manager_that_does_not_read_delays_nobody),
        cmocka_unit_test(the_journal_gets_fields),
    };
    return cmocka_run_group_tests_name("base/service_words", tests, NULL, NULL);
}
