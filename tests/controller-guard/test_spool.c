/* Bytes from the guard's loop to a process that writes them: all of them arrive, and a disk that
 * stands still costs the loop no time. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/file.h"
#include "controller/guard/spool.h"

static char folder[] = "/tmp/smprig-spool-XXXXXX";
static char path[64];

static int set_up(void **state) {
    (void)state;
    if (!mkdtemp(folder)) return -1;
    snprintf(path, sizeof path, "%s/out", folder);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    return rmdir(folder);
}

static void everything_is_written(void **state) {
    (void)state;
    struct error err = {0};
    struct spool spool = {0};
    char *text = NULL;
    size_t size = 0;
    assert_false(spool_put(&spool, "a", 1)); /* not started */
    FILE *stream = fopen(path, "wbe");
    assert_non_null(stream);
    fputs("head\n", stream);
    assert_int_equal(spool_start(&spool, stream, "test-spool", &err), RESULT_OK);
    fclose(stream);
    for (int i = 0; i < 1000; i++) assert_true(spool_put(&spool, "0123456789", 10));
    spool_close(&spool);
    assert_int_equal(spool.fd, 0);
    assert_int_equal(file_read(path, 1 << 20, &text, &size, &err), RESULT_OK);
    assert_int_equal(size, 5 + 10000);
    assert_int_equal(strncmp(text, "head\n0123456789012", 18), 0);
    free(text);
    unlink(path);
}

/* What takes nothing: a pipe that nobody reads stands for the disk. */
static void a_disk_that_stands_costs_no_time(void **state) {
    (void)state;
    static char piece[SPOOL_WHOLE_BYTES / 2];
    struct error err = {0};
    struct spool spool = {0};
    int64_t worst_ns = 0;
    size_t taken = 0, refused = 0;
    assert_int_equal(mkfifo(path, 0600), 0);
    int unread_fd = open(path, O_RDWR | O_CLOEXEC);
    FILE *stream = fopen(path, "wbe");
    assert_non_null(stream);
    assert_int_equal(spool_start(&spool, stream, "test-spool", &err), RESULT_OK);
    fclose(stream);
    for (int i = 0; i < 2000; i++) {
        struct timespec from, to;
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &from);
        if (spool_put(&spool, piece, sizeof piece))
            taken += sizeof piece;
        else
            refused++;
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &to);
        int64_t took_ns = (to.tv_sec - from.tv_sec) * NS_PER_S + (to.tv_nsec - from.tv_nsec);
        if (took_ns > worst_ns) worst_ns = took_ns;
    }
    print_message("%zu bytes taken, %zu pieces refused, %.3f ms at most\n", taken, refused,
                  (double)worst_ns / NS_PER_MS);
    assert_true(taken >= SPOOL_BYTES / 2 && refused > 100);
    assert_true(worst_ns < 20 * NS_PER_MS);
    for (size_t drained = 0; drained < taken;) {
        ssize_t got = read(unread_fd, piece, sizeof piece);
        assert_true(got > 0);
        drained += (size_t)got;
    }
    spool_close(&spool); /* all was written: it has ended */
    assert_int_equal(waitpid(-1, NULL, 0) > 0, true);
    close(unread_fd);
    unlink(path);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_is_written),
        cmocka_unit_test(a_disk_that_stands_costs_no_time),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
