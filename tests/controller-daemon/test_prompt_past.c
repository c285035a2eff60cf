/* A daemon that was killed: how worn the needle is and how much of the pigment is gone, from the
 * journal that it left. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "controller/daemon/session.h"

#define DOTS 40u
#define LONG_AGO 0

struct fixture {
    char folder[32], path[64];
    struct dot dots[DOTS];
    struct plan_stop stops[3];
    struct dot_plan plan;
};

static const struct journal_binding binding = {"scan-hash", "plan-hash"};

static int set_up(void **state) {
    struct fixture *f = calloc(1, sizeof *f);
    if (!f) return -1;
    snprintf(f->folder, sizeof f->folder, "/tmp/smprig-past-XXXXXX");
    if (!mkdtemp(f->folder)) return -1;
    snprintf(f->path, sizeof f->path, "%s/case.db", f->folder);
    for (uint32_t i = 0; i < DOTS; i++) f->dots[i].id = 100 + 3 * i;
    f->plan = (struct dot_plan){.dots = f->dots, .dot_count = DOTS};
    *state = f;
    return 0;
}

static int tear_down(void **state) {
    struct fixture *f = *state;
    char path[80];
    for (const char *const *end = (const char *const[]){"", "-wal", "-shm", NULL}; *end; end++) {
        snprintf(path, sizeof path, "%s%s", f->path, *end);
        unlink(path);
    }
    rmdir(f->folder);
    free(f);
    return 0;
}

static struct journal *open_case(const struct fixture *f) {
    struct journal *journal = NULL;
    assert_int_equal(journal_open(f->path, &f->plan, binding, &journal, NULL), RESULT_OK);
    return journal;
}

static void write_entry(struct journal *journal, enum journal_kind kind, uint32_t dot,
                        const char *text) {
    struct journal_entry entry = {.kind = kind, .dot = dot, .stamp_ns = 1};
    snprintf(entry.text, sizeof entry.text, "%s", text);
    if (journal_append(journal, &entry, 1, NULL) != RESULT_OK) abort();
}

static void strike(const struct fixture *f, struct journal *journal, uint32_t from, uint32_t to) {
    for (uint32_t i = from; i < to; i++) {
        write_entry(journal, JOURNAL_INTENT, f->dots[i].id, "");
        write_entry(journal, JOURNAL_DONE, f->dots[i].id, "");
    }
}

/* Written by a process that is killed in the middle of a strike, and read by the next one. */
static struct prompt_past past_of_killed(const struct fixture *f,
                                         void (*work)(const struct fixture *f, struct journal *),
                                         int64_t opened_s) {
    struct prompt_past past;
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        struct journal *journal = NULL;
        if (journal_open(f->path, &f->plan, binding, &journal, NULL) != RESULT_OK) abort();
        work(f, journal);
        raise(SIGKILL);
    }
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    struct journal *journal = open_case(f);
    assert_int_equal(prompt_past_read(journal, &f->plan, opened_s, &past, NULL), RESULT_OK);
    journal_close(&journal);
    return past;
}

static void work_with_an_answer(const struct fixture *f, struct journal *journal) {
    strike(f, journal, 0, 10);
    write_entry(journal, JOURNAL_EVENT, JOURNAL_NO_DOT, "pigment: done, number 1");
    strike(f, journal, 10, 14);
    write_entry(journal, JOURNAL_SKIPPED, f->dots[14].id, "a mole");
    write_entry(journal, JOURNAL_INTENT, f->dots[15].id, "");
}

static void strikes_since_each_answer_are_counted(void **state) {
    const struct fixture *f = *state;
    struct prompt_past past = past_of_killed(f, work_with_an_answer, LONG_AGO);
    /* The strike that was under way may have been made: doubtful, and the needle is worn by it. */
    assert_int_equal(past.used[PROMPT_NEEDLE], 15);
    assert_int_equal(past.used[PROMPT_WIPE], 15);
    assert_int_equal(past.used[PROMPT_PIGMENT], 5);
    assert_int_equal(past.used[PROMPT_BREAK], 0);
    assert_int_equal(past.answered[PROMPT_PIGMENT], 1);
    assert_true(past.has_begun);
}

static void a_new_session_of_the_client_begins_anew(void **state) {
    const struct fixture *f = *state;
    int64_t tomorrow_s = (int64_t)time(NULL) + 86400;
    struct prompt_past past = past_of_killed(f, work_with_an_answer, tomorrow_s);
    assert_int_equal(past.used[PROMPT_NEEDLE], 0);
    assert_int_equal(past.answered[PROMPT_PIGMENT], 0);
    assert_false(past.has_begun);
}

static struct session session_after(const struct fixture *f, const struct prompt_past *past,
                                    const struct prompt_rules *rules, uint8_t *fates) {
    static struct session session;
    static struct rig rig;
    struct session_setup setup = {
        .striker = striker_setup_default(), .inputs = 0xff, .prompts = *rules, .past = *past};
    setup.striker.rig = &rig;
    setup.striker.plan = &f->plan;
    session_init(&session, &setup, fates, NS_PER_S);
    return session;
}

static void a_worn_needle_is_asked_for_before_anything_moves(void **state) {
    const struct fixture *f = *state;
    uint8_t fates[DOTS] = {0};
    struct outbox outbox = {0};
    struct error err = {0};
    const struct prompt_rules rules = {
        .dots_per_load = 6, .dots_per_needle = 15, .dots_per_wipe = 100};
    struct prompt_past past = past_of_killed(f, work_with_an_answer, LONG_AGO);
    struct session session = session_after(f, &past, &rules, fates);
    assert_true(session.prompts.is_open[PROMPT_NEEDLE]);
    assert_false(session.prompts.is_open[PROMPT_PIGMENT]); /* 5 of 6 */
    assert_false(session.inputs & GUARD_INPUT_NEEDLE_READY);
    assert_true(session.inputs & GUARD_INPUT_PIGMENT_READY);
    session.phase = SESSION_READY;
    assert_int_equal(session_call(&session, SESSION_CALL_START, &outbox, 0, &err), RESULT_REFUSED);
    assert_non_null(strstr(err.text, "needle"));
    assert_int_equal(session_answer(&session, PROMPT_NEEDLE, &outbox, 0, NULL), RESULT_OK);
    assert_true(session.inputs & GUARD_INPUT_NEEDLE_READY);
    assert_int_equal(session_call(&session, SESSION_CALL_START, &outbox, 0, NULL), RESULT_OK);
    prompts_update(&session.prompts, 1, 0); /* the sixth of its load */
    assert_true(session.prompts.is_open[PROMPT_PIGMENT]);
}

static void work_up_to_a_stop(const struct fixture *f, struct journal *journal) {
    strike(f, journal, 0, 10);
    write_entry(journal, JOURNAL_EVENT, JOURNAL_NO_DOT, "a new needle");
    write_entry(journal, JOURNAL_EVENT, JOURNAL_NO_DOT, "needle: done, number 1");
    strike(f, journal, 10, 20);
    write_entry(journal, JOURNAL_EVENT, JOURNAL_NO_DOT, "a new needle");
}

/* The plan says where; one stop was answered, one was asked and not answered, one is due. */
static void a_stop_of_the_plan_is_asked_until_it_is_answered(void **state) {
    struct fixture *f = *state;
    uint8_t fates[DOTS] = {0};
    const struct prompt_rules rules = {.dots_per_needle = 5};
    f->stops[0] = (struct plan_stop){.before = 10, .kind = PLAN_STOP_NEEDLE};
    f->stops[1] = (struct plan_stop){.before = 20, .kind = PLAN_STOP_NEEDLE};
    f->stops[2] = (struct plan_stop){.before = 20, .kind = PLAN_STOP_LOAD};
    snprintf(f->stops[0].text, sizeof f->stops[0].text, "a new needle");
    snprintf(f->stops[1].text, sizeof f->stops[1].text, "a new needle");
    snprintf(f->stops[2].text, sizeof f->stops[2].text, "the dark pigment");
    f->plan.stops = f->stops;
    f->plan.stop_count = 3;
    struct prompt_past past = past_of_killed(f, work_up_to_a_stop, LONG_AGO);
    assert_true(past.is_open[PROMPT_NEEDLE]);
    assert_false(past.is_open[PROMPT_PIGMENT]);
    assert_int_equal(past.stops_passed, 2); /* the third is asked when the run comes to it */
    struct session session = session_after(f, &past, &rules, fates);
    assert_true(session.prompts.is_open[PROMPT_NEEDLE]);
    assert_string_equal(session.prompts.text[PROMPT_NEEDLE], "a new needle");
    assert_true(session.has_begun);
    past.stops_passed = 99; /* of a recording that lies */
    assert_int_equal(session_after(f, &past, &rules, fates).stops_passed, 3);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(strikes_since_each_answer_are_counted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_new_session_of_the_client_begins_anew, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_worn_needle_is_asked_for_before_anything_moves, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_stop_of_the_plan_is_asked_until_it_is_answered, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
