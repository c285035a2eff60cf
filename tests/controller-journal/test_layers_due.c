/* The next session by the journal: layers wait and take their turn, what was placed stays. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "controller/journal/layers_due.h"

#define DOTS 30 /* ids 100.., layer i % 3 */

struct fixture {
    char path[64];
    struct dot dots[DOTS];
    struct dot_plan plan;
    struct journal *journal;
};

static int set_up(void **state) {
    struct fixture *f = calloc(1, sizeof *f);
    snprintf(f->path, sizeof f->path, "/tmp/layers-%ld.db", (long)getpid());
    unlink(f->path);
    for (uint32_t i = 0; i < DOTS; i++)
        f->dots[i] = (struct dot){.id = 100 + i, .layer = (uint8_t)(i % 3)};
    f->plan = (struct dot_plan){.dots = f->dots, .dot_count = DOTS};
    *state = f;
    return journal_open(f->path, &f->plan, (struct journal_binding){"s", "p"}, &f->journal, NULL) !=
           RESULT_OK;
}

static int tear_down(void **state) {
    struct fixture *f = *state;
    journal_close(&f->journal);
    unlink(f->path);
    free(f);
    return 0;
}

static void add(struct fixture *f, enum journal_kind kind, uint32_t dot, const char *text) {
    struct journal_entry entry = {.kind = kind, .dot = dot};
    snprintf(entry.text, sizeof entry.text, "%s", text);
    assert_int_equal(journal_append(f->journal, &entry, 1, NULL), RESULT_OK);
}

static void strike_all_pending(struct fixture *f) {
    for (uint32_t id = 100; id < 100 + DOTS; id++) {
        if (journal_fate(f->journal, id) != FATE_PENDING) continue;
        add(f, JOURNAL_INTENT, id, "");
        add(f, JOURNAL_DONE, id, "");
    }
}

static struct layers_due next(struct fixture *f, int layer) {
    struct layers_due due;
    assert_int_equal(journal_make_due(f->journal, &f->plan, layer, &due, NULL), RESULT_OK);
    assert_int_equal(journal_verify(f->journal, NULL), RESULT_OK);
    return due;
}

static void layers_take_their_turn(void **state) {
    struct fixture *f = *state;
    struct layers_due due;
    for (int layer = 0; layer < 3; layer++) {
        due = next(f, -1);
        assert_int_equal(due.layer, layer);
        assert_int_equal(due.due, DOTS / 3);
        assert_int_equal(due.done, layer * DOTS / 3);
        assert_int_equal(due.waiting, (2 - layer) * DOTS / 3);
        assert_int_equal(due.skipped, 0);
        due = next(f, -1); /* asked again, nothing changes */
        assert_int_equal(due.due, DOTS / 3);
        for (uint32_t i = 0; i < DOTS; i++)
            assert_true((journal_fate(f->journal, 100 + i) == FATE_PENDING) ==
                        (f->dots[i].layer == layer));
        strike_all_pending(f);
    }
    assert_int_equal(journal_make_due(f->journal, &f->plan, -1, &due, NULL), RESULT_NOT_FOUND);
}

static void what_happened_stays(void **state) {
    struct fixture *f = *state;
    next(f, 0);
    add(f, JOURNAL_INTENT, 100, "");
    add(f, JOURNAL_DOUBTFUL, 100, "");
    add(f, JOURNAL_SKIPPED, 103, "the operator's word");
    add(f, JOURNAL_INTENT, 106, "");
    add(f, JOURNAL_DONE, 106, "");
    struct layers_due due = next(f, 1);
    assert_int_equal(journal_fate(f->journal, 100), FATE_DOUBTFUL);
    assert_int_equal(journal_fate(f->journal, 103), FATE_SKIPPED);
    assert_int_equal(journal_fate(f->journal, 106), FATE_DONE);
    assert_int_equal(journal_fate(f->journal, 109), FATE_PENDING); /* left over from session 1 */
    assert_int_equal(due.due, 7 + 10);
    assert_int_equal(due.waiting, 10);
    assert_int_equal(due.doubtful, 1);
    assert_int_equal(due.skipped, 1);
    assert_int_equal(due.done, 1);
    due = next(f, 0); /* and back: session 2 waits again */
    assert_int_equal(due.due, 7);
    assert_int_equal(due.waiting, 20);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(layers_take_their_turn, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_happened_stays, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
