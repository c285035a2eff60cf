/* Damaged case files, real ones: what is lost is named, nothing is made worse, and no dot that was
 * struck ever passes for pending. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "base/file.h"
#include "base/rng.h"
#include "controller/journal/journal.h"
#include "controller/journal/journal_loss.h"

#define DOTS 300
#define STRUCK 120
#define FILE_MAX (4 << 20)
#define PAGE 4096
#define RANDOM_DAMAGES 400

struct bytes {
    char *data;
    size_t size;
};

struct fixture {
    char folder[64], path[96], log[100], shared[100];
    struct dot dots[DOTS];
    struct dot_plan plan;
    struct journal_binding binding;
    struct bytes file, wal; /* of a session that was killed: all it knew is in them */
    uint8_t truth[DOTS];    /* by index: enum dot_fate, an open intent being doubtful */
};

static struct bytes take(const char *path) {
    struct bytes bytes = {0};
    if (access(path, F_OK) == 0)
        assert_int_equal(file_read(path, FILE_MAX, &bytes.data, &bytes.size, NULL), RESULT_OK);
    return bytes;
}

static void put(const char *path, struct bytes bytes) {
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes.data, 1, bytes.size, file), bytes.size);
    assert_int_equal(fclose(file), 0);
}

/* The file as the killed session left it. */
static void restore(struct fixture *f) {
    unlink(f->shared);
    put(f->path, f->file);
    put(f->log, f->wal);
}

static void note(struct journal *journal, enum journal_kind kind, uint32_t dot) {
    struct journal_entry entry = {.kind = kind, .dot = dot, .stamp_ns = 5, .text = "as it was"};
    assert_int_equal(journal_append(journal, &entry, 1, NULL), RESULT_OK);
}

/* Half of it in the file, half in its log, the last intent without an outcome. */
static void live(struct fixture *f) {
    struct journal *journal = NULL;
    for (size_t i = 0; i < STRUCK; i++) {
        if (i % (STRUCK / 2) == 0) {
            journal_close(&journal);
            assert_int_equal(journal_open(f->path, &f->plan, f->binding, &journal, NULL), 0);
        }
        note(journal, JOURNAL_INTENT, f->dots[i].id);
        note(journal, JOURNAL_DONE, f->dots[i].id);
        f->truth[i] = FATE_DONE;
    }
    note(journal, JOURNAL_INTENT, f->dots[STRUCK].id);
    f->truth[STRUCK] = FATE_DOUBTFUL;
    f->file = take(f->path);
    f->wal = take(f->log);
    journal_close(&journal);
}

static int set_up(void **state) {
    struct fixture *f = calloc(1, sizeof *f);
    if (!f) return -1;
    snprintf(f->folder, sizeof f->folder, "/tmp/loss.XXXXXX");
    if (!mkdtemp(f->folder)) return -1;
    snprintf(f->path, sizeof f->path, "%s/case.db", f->folder);
    snprintf(f->log, sizeof f->log, "%s-wal", f->path);
    snprintf(f->shared, sizeof f->shared, "%s-shm", f->path);
    for (uint32_t i = 0; i < DOTS; i++) f->dots[i].id = 100 + 3 * i;
    f->plan = (struct dot_plan){.dots = f->dots, .dot_count = DOTS};
    f->binding = (struct journal_binding){"scan-hash", "plan-hash"};
    live(f);
    *state = f;
    return 0;
}

static int tear_down(void **state) {
    struct fixture *f = *state;
    unlink(f->path);
    unlink(f->log);
    unlink(f->shared);
    rmdir(f->folder);
    free(f->file.data);
    free(f->wal.data);
    free(f);
    return 0;
}

static bool is_unknown(const struct journal_loss *loss, uint32_t dot) {
    for (size_t i = 0; i < loss->unknown_count; i++)
        if (loss->unknown[i] == dot) return true;
    return false;
}

/* How many of the plan's dots have this true fate. */
static size_t true_count(const struct fixture *f, enum dot_fate fate) {
    size_t count = 0;
    for (size_t i = 0; i < DOTS; i++) count += f->truth[i] == fate;
    return count;
}

static void expect_same_bytes(const char *path, struct bytes before) {
    struct bytes after = take(path);
    assert_int_equal(after.size, before.size);
    if (before.size) assert_memory_equal(after.data, before.data, before.size);
    free(after.data);
}

/* Refused with a sentence, not a byte changed, and the struck dots known or told unknown. */
static void expect_refused_untouched(struct fixture *f, const char *what) {
    struct bytes file = take(f->path), wal = take(f->log);
    struct journal *journal = NULL;
    struct journal_loss loss;
    struct error err = {0};
    if (journal_open(f->path, &f->plan, f->binding, &journal, &err) == RESULT_OK)
        fail_msg("%s: opened", what);
    if (!strstr(err.text, "damaged") || !strstr(err.text, "case check"))
        fail_msg("%s: %s", what, err.text);
    assert_int_equal(journal_assess(f->path, &f->plan, &loss, NULL), RESULT_OK);
    assert_false(loss.is_whole);
    print_message("%s: %s; %zu events whole, %zu unsure, %zu dots unknown\n", what, loss.found,
                  loss.events_whole, loss.events_unsure, loss.unknown_count);
    for (size_t i = 0; i < DOTS; i++)
        if (f->truth[i] == FATE_DOUBTFUL && !is_unknown(&loss, f->dots[i].id))
            fail_msg("%s: an intent without outcome passes for known", what);
    assert_true(loss.known[FATE_DONE] <= true_count(f, FATE_DONE));
    assert_true(loss.known[FATE_PENDING] <= true_count(f, FATE_PENDING));
    expect_same_bytes(f->path, file);
    expect_same_bytes(f->log, wal);
    journal_loss_release(&loss);
    free(file.data);
    free(wal.data);
}

static void run_sql(struct fixture *f, const char *sql) {
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

static void a_whole_file_has_lost_nothing(void **state) {
    struct fixture *f = *state;
    struct journal_loss loss;
    restore(f);
    assert_int_equal(journal_assess(f->path, &f->plan, &loss, NULL), RESULT_OK);
    assert_true(loss.is_whole && !loss.lacks_events && !loss.found[0]);
    assert_int_equal(loss.events_whole, 2 * STRUCK + 1);
    assert_int_equal(loss.events_unsure, 0);
    assert_int_equal(loss.known[FATE_DONE], STRUCK);
    assert_int_equal(loss.unknown_count, 1); /* its intent is open */
    assert_int_equal(loss.unknown[0], f->dots[STRUCK].id);
    journal_loss_release(&loss);
    assert_int_equal(journal_assess("/tmp/no-such-case", NULL, &loss, NULL), RESULT_NOT_FOUND);
}

static void rows_that_were_changed_are_named(void **state) {
    struct fixture *f = *state;
    static const struct {
        const char *sql;
        size_t unsure;
        bool lacks;
    } cases[] = {
        {"UPDATE events SET text='nothing' WHERE number=20", 1, false},
        {"UPDATE events SET kind='void' WHERE number=20", 1, false},
        {"UPDATE events SET kind='?' WHERE number=20", 1, false},
        {"UPDATE events SET hash='' WHERE number=20", 3, false},
        {"UPDATE events SET dot=103 WHERE number=20", 1, false},
        {"DELETE FROM events WHERE number=20", 2, true},
        {"DELETE FROM events WHERE number BETWEEN 20 AND 40", 2, true},
        {"UPDATE dots SET fate='pending' WHERE id=106", 0, false},
        {"UPDATE dots SET intent=1 WHERE id=106", 0, false},
        {"DELETE FROM dots WHERE id=106", 0, false},
        {"DROP TABLE events", 0, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct journal_loss loss;
        restore(f);
        run_sql(f, cases[i].sql);
        expect_refused_untouched(f, cases[i].sql);
        assert_int_equal(journal_assess(f->path, &f->plan, &loss, NULL), RESULT_OK);
        assert_int_equal(loss.events_unsure, cases[i].unsure);
        assert_int_equal(loss.lacks_events, cases[i].lacks);
        bool is_dot_named = is_unknown(&loss, f->dots[9].id) || is_unknown(&loss, 106);
        assert_true(is_dot_named);
        if (!cases[i].lacks) assert_in_range(loss.unknown_count, 2, 4);
        journal_loss_release(&loss);
    }
}

/* Without the plan the dots are those that the file still names. */
static void the_file_alone_names_its_dots(void **state) {
    struct fixture *f = *state;
    struct journal_loss loss;
    restore(f);
    run_sql(f, "DELETE FROM dots WHERE id IN (106, 997)");
    assert_int_equal(journal_assess(f->path, NULL, &loss, NULL), RESULT_OK);
    assert_true(is_unknown(&loss, 106)); /* its events speak of it */
    journal_loss_release(&loss);
}

static void pages_and_logs_that_are_damaged(void **state) {
    struct fixture *f = *state;
    const size_t frame = 24 + PAGE, frames = (f->wal.size - 32) / frame;
    const struct {
        const char *what;
        bool in_log;
        size_t at, count; /* bytes overwritten; count 0: the file ends at `at` */
    } cases[] = {
        {"cut off at half", false, f->file.size / 2 / PAGE * PAGE, 0},
        {"cut off in its first page", false, 700, 0},
        {"empty", false, 0, 0},
        {"no database", false, 0, 100},
        {"first pages overwritten", false, PAGE, 6000},
        {"last page overwritten", false, f->file.size - PAGE, PAGE},
        {"log overwritten in the middle", true, 32 + frames / 2 * frame + 500, 20},
        {"the log's head overwritten", true, 8, 4},
        {"the log's first frame overwritten", true, 40, 4},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        restore(f);
        /* Or the log would bring back what the file lost. */
        if (!cases[i].in_log) run_sql(f, "PRAGMA wal_checkpoint(TRUNCATE)");
        const char *path = cases[i].in_log ? f->log : f->path;
        if (!cases[i].count) assert_int_equal(truncate(path, (off_t)cases[i].at), 0);
        FILE *file = fopen(path, "r+b");
        fseek(file, (long)cases[i].at, SEEK_SET);
        for (size_t k = 0; k < cases[i].count; k++) fputc(0x5a, file);
        fclose(file);
        expect_refused_untouched(f, cases[i].what);
    }
}

/* The last change cut off in writing, as a crash leaves it, was not durable: no damage. */
static void a_torn_end_of_the_log_is_no_damage(void **state) {
    struct fixture *f = *state;
    struct journal *journal = NULL;
    restore(f);
    assert_int_equal(truncate(f->log, (off_t)f->wal.size - 100), 0);
    assert_int_equal(journal_open(f->path, &f->plan, f->binding, &journal, NULL), RESULT_OK);
    assert_int_equal(journal_count(journal, FATE_DONE), STRUCK);
    assert_int_equal(journal_count(journal, FATE_DOUBTFUL), 0);
    assert_int_equal(journal_verify(journal, NULL), RESULT_OK);
    journal_close(&journal);
}

/* Bytes changed anywhere: refused and untouched, or opened with every struck dot still struck. */
static void random_damage_never_makes_a_struck_dot_pending(void **state) {
    struct fixture *f = *state;
    struct rng rng;
    size_t opened = 0, refused = 0;
    rng_init(&rng, 17);
    print_message("seed 17\n");
    for (int round = 0; round < RANDOM_DAMAGES; round++) {
        bool in_log = rng_below(&rng, 2);
        struct bytes good = in_log ? f->wal : f->file, bad = {malloc(good.size), good.size};
        size_t at = rng_below(&rng, (uint32_t)good.size), length = 1 + rng_below(&rng, 40);
        memcpy(bad.data, good.data, good.size);
        for (size_t k = at; k < at + length && k < good.size; k++)
            bad.data[k] = (char)rng_below(&rng, 256);
        restore(f);
        put(in_log ? f->log : f->path, bad);
        struct bytes file = take(f->path), wal = take(f->log);
        struct journal *journal = NULL;
        struct journal_loss loss;
        assert_int_equal(journal_assess(f->path, &f->plan, &loss, NULL), RESULT_OK);
        bool is_last = in_log && at + length > good.size - 4 * (PAGE + 24); /* may be torn */
        if (journal_open(f->path, &f->plan, f->binding, &journal, NULL) == RESULT_OK) {
            opened++;
            assert_true(loss.is_whole);
            for (size_t i = 0; i < STRUCK - 1; i++)
                assert_int_not_equal(journal_fate(journal, f->dots[i].id), FATE_PENDING);
            if (!is_last)
                assert_int_equal(journal_fate(journal, f->dots[STRUCK].id), FATE_DOUBTFUL);
            journal_close(&journal);
        } else {
            refused++;
            assert_false(loss.is_whole);
            assert_true(loss.known[FATE_PENDING] <= true_count(f, FATE_PENDING));
            expect_same_bytes(f->path, file);
            expect_same_bytes(f->log, wal);
        }
        journal_loss_release(&loss);
        free(bad.data);
        free(file.data);
        free(wal.data);
    }
    print_message("%zu opened, %zu refused\n", opened, refused);
    assert_true(opened > 20 && refused > 20);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_whole_file_has_lost_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(rows_that_were_changed_are_named, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_file_alone_names_its_dots, set_up, tear_down),
        cmocka_unit_test_setup_teardown(pages_and_logs_that_are_damaged, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_torn_end_of_the_log_is_no_damage, set_up, tear_down),
        cmocka_unit_test_setup_teardown(random_damage_never_makes_a_struck_dot_pending, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
