/* The case file: fates, binding, crashes, damage, the chain. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "base/rng.h"
#include "controller/journal/fates.h"
#include "controller/journal/journal.h"
#include "controller/journal/journal_loss.h"

#define DOTS 50

struct fixture {
    char folder[64], path[96];
    struct dot dots[DOTS];
    struct dot_plan plan;
    struct journal_binding binding;
};

static int set_up(void **state) {
    struct fixture *f = calloc(1, sizeof *f);
    snprintf(f->folder, sizeof f->folder, "/tmp/journal.XXXXXX");
    if (!f || !mkdtemp(f->folder)) return -1;
    snprintf(f->path, sizeof f->path, "%s/case.db", f->folder);
    for (uint32_t i = 0; i < DOTS; i++) f->dots[i].id = 100 + 3 * i;
    f->plan = (struct dot_plan){.dots = f->dots, .dot_count = DOTS};
    f->binding = (struct journal_binding){"scan-hash", "plan-hash"};
    *state = f;
    return 0;
}

static void remove_case(const struct fixture *f) {
    char command[160];
    for (const char *const *suffix = (const char *const[]){"", "-wal", "-shm", NULL}; *suffix;
         suffix++) {
        snprintf(command, sizeof command, "%s%s", f->path, *suffix);
        unlink(command);
    }
}

static int tear_down(void **state) {
    struct fixture *f = *state;
    remove_case(f);
    rmdir(f->folder);
    free(f);
    return 0;
}

static struct journal *open_case(struct fixture *f) {
    struct journal *journal = NULL;
    struct error err = {0};
    enum result result = journal_open(f->path, &f->plan, f->binding, &journal, &err);
    if (result != RESULT_OK) printf("%s\n", err.text);
    assert_int_equal(result, RESULT_OK);
    return journal;
}

static enum result append(struct journal *journal, enum journal_kind kind, uint32_t dot) {
    struct journal_entry entry = {.kind = kind, .dot = dot, .stamp_ns = 5};
    return journal_append(journal, &entry, 1, NULL);
}

static void outcomes_survive_a_restart(void **state) {
    struct fixture *f = *state;
    struct journal *journal = open_case(f);
    assert_int_equal(journal_count(journal, FATE_PENDING), DOTS);
    assert_int_equal(append(journal, JOURNAL_INTENT, 100), RESULT_OK);
    assert_int_equal(append(journal, JOURNAL_DONE, 100), RESULT_OK);
    assert_int_equal(append(journal, JOURNAL_SKIPPED, 103), RESULT_OK);
    assert_int_equal(append(journal, JOURNAL_INTENT, 106), RESULT_OK);
    assert_int_equal(append(journal, JOURNAL_VOID, 106), RESULT_OK);
    journal_close(&journal);
    journal = open_case(f);
    assert_int_equal(journal_fate(journal, 100), FATE_DONE);
    assert_int_equal(journal_fate(journal, 103), FATE_SKIPPED);
    assert_int_equal(journal_fate(journal, 106), FATE_PENDING);
    assert_int_equal(journal_fate(journal, 101), FATE_SKIPPED); /* not in the case: denied */
    assert_int_equal(journal_verify(journal, NULL), RESULT_OK);
    journal_close(&journal);
}

static void a_dangling_intent_becomes_doubtful(void **state) {
    struct fixture *f = *state;
    struct journal *journal = open_case(f);
    assert_int_equal(append(journal, JOURNAL_INTENT, 109), RESULT_OK);
    journal_close(&journal);
    journal = open_case(f);
    assert_int_equal(journal_fate(journal, 109), FATE_DOUBTFUL);
    assert_int_equal(append(journal, JOURNAL_CONFIRMED, 109), RESULT_OK);
    assert_int_equal(journal_fate(journal, 109), FATE_DONE);
    journal_close(&journal);
}

static void contradictions_are_refused_and_stop_the_journal(void **state) {
    struct fixture *f = *state;
    static const enum journal_kind forbidden_when_done[] = {
        JOURNAL_INTENT,  JOURNAL_VOID,     JOURNAL_DONE,     JOURNAL_DOUBTFUL,
        JOURNAL_SKIPPED, JOURNAL_REOPENED, JOURNAL_CONFIRMED};
    for (size_t i = 0; i < sizeof forbidden_when_done / sizeof *forbidden_when_done; i++) {
        struct journal *journal = open_case(f);
        if (i == 0) {
            assert_int_equal(append(journal, JOURNAL_INTENT, 100), RESULT_OK);
            assert_int_equal(append(journal, JOURNAL_DONE, 100), RESULT_OK);
        }
        assert_int_equal(append(journal, forbidden_when_done[i], 100), RESULT_REFUSED);
        assert_int_equal(append(journal, JOURNAL_EVENT, JOURNAL_NO_DOT), RESULT_IO);
        journal_close(&journal);
    }
}

static void another_scan_or_plan_is_refused(void **state) {
    struct fixture *f = *state;
    struct journal *journal = open_case(f);
    struct error err = {0};
    journal_close(&journal);
    struct journal_binding other = {"scan-hash", "other"};
    assert_int_equal(journal_open(f->path, &f->plan, other, &journal, &err), RESULT_REFUSED);
    assert_non_null(strstr(err.text, "another plan"));
    other = (struct journal_binding){"other", "plan-hash"};
    assert_int_equal(journal_open(f->path, &f->plan, other, &journal, &err), RESULT_REFUSED);
    assert_null(journal);
}

static void a_changed_row_breaks_the_chain(void **state) {
    struct fixture *f = *state;
    static const char *const forgeries[] = {
        "UPDATE events SET text='nothing happened' WHERE number=2",
        "UPDATE events SET dot=103 WHERE number=1",
        "DELETE FROM events WHERE number=2",
        "UPDATE dots SET fate='pending' WHERE id=100",
    };
    for (size_t i = 0; i < sizeof forgeries / sizeof *forgeries; i++) {
        remove_case(f);
        struct journal *journal = open_case(f);
        assert_int_equal(append(journal, JOURNAL_INTENT, 100), RESULT_OK);
        assert_int_equal(append(journal, JOURNAL_EVENT, JOURNAL_NO_DOT), RESULT_OK);
        assert_int_equal(append(journal, JOURNAL_DONE, 100), RESULT_OK);
        assert_int_equal(journal_verify(journal, NULL), RESULT_OK);
        journal_close(&journal);
        sqlite3 *db = NULL;
        assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
        assert_int_equal(sqlite3_exec(db, forgeries[i], NULL, NULL, NULL), SQLITE_OK);
        sqlite3_close(db);
        struct error err = {0};
        assert_int_equal(journal_open(f->path, &f->plan, f->binding, &journal, &err),
                         RESULT_FORMAT);
        assert_int_equal(journal_open_to_read(f->path, &journal, &err), RESULT_OK);
        assert_int_equal(journal_verify(journal, &err), RESULT_FORMAT);
        journal_close(&journal);
    }
}

/* Random walks through the rule book: the file after a reopen says what the model says. */
static void random_histories_replay(void **state) {
    struct fixture *f = *state;
    struct rng rng;
    rng_init(&rng, 11);
    printf("seed 11\n");
    struct journal *journal = open_case(f);
    struct fates model;
    uint32_t ids[DOTS];
    for (uint32_t i = 0; i < DOTS; i++) ids[i] = f->dots[i].id;
    assert_int_equal(fates_init(&model, ids, DOTS), RESULT_OK);
    for (int step = 0; step < 600; step++) {
        struct journal_entry entry = {
            .kind = (enum journal_kind)(JOURNAL_INTENT + (int)rng_below(&rng, 7)),
            .dot = ids[rng_below(&rng, DOTS)]};
        if (fates_apply(&model, &entry) != RESULT_OK) continue;
        assert_int_equal(journal_append(journal, &entry, 1, NULL), RESULT_OK);
    }
    assert_int_equal(journal_verify(journal, NULL), RESULT_OK);
    journal_close(&journal);
    journal = open_case(f);
    for (size_t i = 0; i < model.count; i++) {
        enum dot_fate expected =
            model.slots[i].has_intent ? FATE_DOUBTFUL : (enum dot_fate)model.slots[i].fate;
        assert_int_equal(journal_fate(journal, model.slots[i].dot), expected);
    }
    journal_close(&journal);
    fates_release(&model);
}

/* Killed in the middle of a transaction without a write-ahead log, as while it was changed to one:
 * half is written, and the rollback journal stands beside. */
static void kill_in_a_transaction(const struct fixture *f) {
    sqlite3 *db = NULL;
    pid_t child = fork();
    if (child == 0) {
        if (sqlite3_open(f->path, &db) == SQLITE_OK &&
            sqlite3_exec(db, "PRAGMA journal_mode=DELETE; BEGIN; UPDATE dots SET fate='done';",
                         NULL, NULL, NULL) == SQLITE_OK)
            sqlite3_db_cacheflush(db);
        _exit(0);
    }
    assert_int_equal(waitpid(child, NULL, 0), child);
}

static void a_killed_transaction_is_taken_back(void **state) {
    struct fixture *f = *state;
    char rollback[128];
    snprintf(rollback, sizeof rollback, "%s-journal", f->path);
    struct journal *journal = open_case(f);
    journal_close(&journal);
    kill_in_a_transaction(f);
    assert_int_equal(access(rollback, F_OK), 0);
    struct journal_loss loss;
    assert_int_equal(journal_assess(f->path, &f->plan, &loss, NULL), RESULT_OK);
    assert_false(loss.is_whole);
    assert_non_null(strstr(loss.found, "open the case")); /* a check only reads */
    journal_loss_release(&loss);
    assert_int_equal(access(rollback, F_OK), 0);
    journal = open_case(f);
    assert_int_equal(journal_count(journal, FATE_PENDING), DOTS);
    assert_int_equal(journal_verify(journal, NULL), RESULT_OK);
    journal_close(&journal);
    assert_int_not_equal(access(rollback, F_OK), 0);
}

/* A kill at any moment of a case's first opening: the next one finds no case yet, or
 * a whole one. */
static void a_kill_while_it_is_made_does_no_harm(void **state) {
    struct fixture *f = *state;
    struct rng rng;
    rng_init(&rng, 11);
    printf("seed 11\n");
    for (int i = 0; i < 40; i++) {
        remove_case(f);
        pid_t child = fork();
        if (child == 0) {
            struct journal *made = NULL;
            _exit(journal_open(f->path, &f->plan, f->binding, &made, NULL) == RESULT_OK ? 0 : 1);
        }
        usleep((useconds_t)rng_below(&rng, 6000));
        kill(child, SIGKILL);
        assert_int_equal(waitpid(child, NULL, 0), child);
        struct journal *journal = open_case(f);
        assert_int_equal(journal_count(journal, FATE_PENDING), DOTS);
        journal_close(&journal);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(outcomes_survive_a_restart, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_dangling_intent_becomes_doubtful, set_up, tear_down),
        cmocka_unit_test_setup_teardown(contradictions_are_refused_and_stop_the_journal, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(another_scan_or_plan_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_changed_row_breaks_the_chain, set_up, tear_down),
        cmocka_unit_test_setup_teardown(random_histories_replay, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_killed_transaction_is_taken_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_kill_while_it_is_made_does_no_harm, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
