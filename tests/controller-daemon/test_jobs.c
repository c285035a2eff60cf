/* Work in processes of its own: ends well, fails with its last words, gives way to a newer one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "controller/daemon/jobs.h"

static struct jobs jobs;

static void begin(const char *script) {
    struct job_commands commands = {0};
    job_command(&commands, "sh");
    job_word(&commands, "-c");
    job_word(&commands, "%s", script);
    assert_int_equal(jobs_begin(&jobs, JOB_PREVIEW, &commands, clock_now_ns(), NULL), RESULT_OK);
}

static const struct job *wait_for_end(void) {
    for (int i = 0; i < 2000 && !jobs_tick(&jobs, clock_now_ns()); i++)
        nanosleep(&(struct timespec){0, 10 * NS_PER_MS}, NULL);
    return &jobs.list[JOB_PREVIEW];
}

static void it_ends_well_or_with_its_last_words(void **state) {
    (void)state;
    begin("echo first; echo fine");
    assert_int_equal(wait_for_end()->state, JOB_DONE);
    begin("echo first; echo the disk is full; exit 3");
    assert_int_equal(wait_for_end()->state, JOB_FAILED);
    assert_string_equal(jobs.list[JOB_PREVIEW].text, "the disk is full");
}

static void the_second_command_follows_the_first(void **state) {
    (void)state;
    char path[JOB_PATH_MAX];
    struct job_commands commands = {0};
    assert_int_equal(jobs_path(&jobs, "made", path, NULL), RESULT_OK);
    job_command(&commands, "touch");
    job_word(&commands, "%s", path);
    job_command(&commands, "rm");
    job_word(&commands, "%s", path);
    assert_int_equal(jobs_begin(&jobs, JOB_PREVIEW, &commands, clock_now_ns(), NULL), RESULT_OK);
    assert_int_equal(wait_for_end()->state, JOB_DONE);
    assert_int_not_equal(access(path, F_OK), 0);
}

static void a_newer_one_takes_its_place(void **state) {
    (void)state;
    enum job_kind kind;
    begin("sleep 60");
    uint32_t older = jobs.last_number;
    begin("true");
    assert_null(jobs_find(&jobs, older, &kind));
    assert_int_equal(wait_for_end()->state, JOB_DONE);
    assert_non_null(jobs_find(&jobs, jobs.last_number, &kind));
}

static void one_that_takes_too_long_is_ended(void **state) {
    (void)state;
    begin("sleep 60");
    assert_true(jobs_tick(&jobs, clock_now_ns() + (JOB_SECONDS_MAX + 1) * NS_PER_S));
    assert_int_equal(jobs.list[JOB_PREVIEW].state, JOB_FAILED);
    assert_non_null(strstr(jobs.list[JOB_PREVIEW].text, "too long"));
}

static void too_many_words_begin_nothing(void **state) {
    (void)state;
    struct job_commands commands = {0};
    job_command(&commands, "true");
    for (int i = 0; i < JOB_ARGS_MAX + 1; i++) job_word(&commands, "word");
    assert_int_equal(jobs_begin(&jobs, JOB_PREVIEW, &commands, 0, NULL), RESULT_LIMIT);
}

static int tear_down(void **state) {
    (void)state;
    char folder[JOB_PATH_MAX];
    memcpy(folder, jobs.folder, sizeof folder);
    jobs_finish(&jobs);
    return folder[0] && access(folder, F_OK) == 0 ? -1 : 0; /* nothing is left behind */
}

#define TEST(name) cmocka_unit_test_teardown(name, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(it_ends_well_or_with_its_last_words), TEST(the_second_command_follows_the_first),
        TEST(a_newer_one_takes_its_place),         TEST(one_that_takes_too_long_is_ended),
        TEST(too_many_words_begin_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
