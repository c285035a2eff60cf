/* The case's record: who, screening, sessions, erasing; and whether a case may be armed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "controller/journal/case_record.h"
#include "controller/journal/journal.h"
#include "controller/journal/record_chain.h"

#define DAY 86400
#define NOW (int64_t)1800000000

static struct case_facts fit(void) {
    struct case_facts f = {.has_record = true,
                           .is_kept = true,
                           .has_identifiers = true,
                           .has_screening = true,
                           .has_consent = true,
                           .has_session = true,
                           .screening = {.signed_s = NOW - 600, .signed_by = "operator"},
                           .session_opened_s = NOW - 60,
                           .is_session_identified = true,
                           .is_cartridge_fresh = true};
    for (int i = 0; i < SCREENING_QUESTION_COUNT; i++) f.screening.answers[i] = ANSWER_NO;
    return f;
}

static enum case_reason judge(const struct case_facts *facts) {
    return case_readiness(facts, NOW).reason;
}

static void a_fit_case_is_cleared(void **state) {
    (void)state;
    struct case_facts f = fit();
    assert_int_equal(judge(&f), CASE_CLEARED);
    struct case_facts none = {0};
    assert_int_equal(judge(&none), CASE_NO_RECORD);
}

static void whatever_is_missing_denies(void **state) {
    (void)state;
    static const struct {
        size_t offset;
        enum case_reason reason;
    } rows[] = {
        {offsetof(struct case_facts, has_record), CASE_NO_RECORD},
        {offsetof(struct case_facts, is_kept), CASE_ERASED},
        {offsetof(struct case_facts, has_identifiers), CASE_NO_IDENTIFIERS},
        {offsetof(struct case_facts, has_screening), CASE_NOT_SCREENED},
        {offsetof(struct case_facts, has_consent), CASE_NO_CONSENT},
        {offsetof(struct case_facts, has_session), CASE_NO_SESSION},
        {offsetof(struct case_facts, is_session_identified), CASE_NOT_IDENTIFIED},
        {offsetof(struct case_facts, is_cartridge_fresh), CASE_CARTRIDGE_REUSED},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct case_facts f = fit();
        *(bool *)((char *)&f + rows[i].offset) = false;
        assert_int_equal(judge(&f), rows[i].reason);
    }
}

static void each_contraindication_denies(void **state) {
    (void)state;
    int allowed_by_physician = 0;
    for (int q = 0; q < SCREENING_QUESTION_COUNT; q++) {
        struct case_facts f = fit();
        f.screening.answers[q] = ANSWER_MISSING;
        assert_int_equal(judge(&f), CASE_NOT_SCREENED);
        f.screening.answers[q] = ANSWER_YES;
        struct case_verdict verdict = case_readiness(&f, NOW);
        assert_int_equal(verdict.reason, CASE_CONTRAINDICATED);
        assert_non_null(strstr(verdict.sentence, screening_question_name(q)));
        assert_int_equal(screening_question_of(screening_question_name(q)), q);
        f.screening.answers[q] = ANSWER_COUNT;
        assert_int_equal(judge(&f), CASE_CONTRAINDICATED);
        f.screening.answers[q] = ANSWER_PHYSICIAN;
        allowed_by_physician += judge(&f) == CASE_CLEARED;
    }
    assert_int_equal(allowed_by_physician, 5);
}

static void sessions_keep_their_distance(void **state) {
    (void)state;
    static const struct {
        const char *name;
        int count;
        int64_t strikes[5], screened_s; /* relative to now */
        enum case_reason reason;
    } rows[] = {
        {"goes on after an hour", 1, {-3600}, -7200, CASE_CLEARED},
        {"the next day", 1, {-DAY}, -60, CASE_TOO_EARLY},
        {"a week less a second", 1, {-7 * DAY + 1}, -60, CASE_TOO_EARLY},
        {"a week", 1, {-7 * DAY}, -60, CASE_CLEARED},
        {"screened before the last session", 1, {-8 * DAY}, -9 * DAY, CASE_SCREENING_OLD},
        {"screened long ago", 0, {0}, -28 * DAY - 1, CASE_SCREENING_OLD},
        {"screened tomorrow", 0, {0}, DAY, CASE_SCREENING_OLD},
        {"two before", 2, {-60 * DAY, -30 * DAY}, -60, CASE_CLEARED},
        {"three before", 3, {-90 * DAY, -60 * DAY, -30 * DAY}, -60, CASE_TOO_MANY},
        {"the third goes on", 3, {-60 * DAY, -30 * DAY, -60}, -120, CASE_CLEARED},
        {"one a year ago", 3, {-365 * DAY, -60 * DAY, -30 * DAY}, -60, CASE_CLEARED},
        {"goes on too early", 2, {-3 * DAY, -3600}, -7200, CASE_TOO_EARLY},
        {"struck later than now", 1, {60}, -60, CASE_CLOCK_WRONG},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct case_facts f = fit();
        f.screening.signed_s = NOW + rows[i].screened_s;
        for (int s = 0; s < rows[i].count; s++) case_facts_add_strike(&f, NOW + rows[i].strikes[s]);
        if (judge(&f) != rows[i].reason)
            fail_msg("%s: %s", rows[i].name, case_reason_name(judge(&f)));
    }
}

static void a_session_is_open_for_half_a_day(void **state) {
    (void)state;
    struct case_facts f = fit();
    f.session_opened_s = NOW - CASE_SESSION_S;
    assert_int_equal(judge(&f), CASE_NO_SESSION);
    f.session_opened_s = NOW + 1;
    assert_int_equal(judge(&f), CASE_NO_SESSION);
}

static void many_strikes_are_one_span(void **state) {
    (void)state;
    struct case_facts f = {0};
    for (int day = 0; day < CASE_SPANS_MAX + 5; day++)
        for (int i = 0; i < 100; i++) case_facts_add_strike(&f, NOW + day * DAY + i * 60);
    assert_int_equal(f.span_count, CASE_SPANS_MAX);
    assert_true(f.spans[CASE_SPANS_MAX - 1].last_s == NOW + (CASE_SPANS_MAX + 4) * DAY + 99 * 60);
    case_facts_add_strike(&f, NOW); /* the clock was set back */
    assert_int_equal(f.span_count, CASE_SPANS_MAX);
    assert_true(f.spans[CASE_SPANS_MAX - 1].last_s == NOW + (CASE_SPANS_MAX + 4) * DAY + 99 * 60);
}

/* --- files --- */

struct folder {
    char root[64], paths[2][96]; /* two cases beside each other */
};

static int set_up(void **state) {
    struct folder *f = calloc(1, sizeof *f);
    struct dot dots[3] = {{.id = 1}, {.id = 2}, {.id = 3}};
    struct dot_plan plan = {.dots = dots, .dot_count = 3};
    snprintf(f->root, sizeof f->root, "/tmp/cases.XXXXXX");
    if (!mkdtemp(f->root)) return -1;
    for (int i = 0; i < 2; i++) {
        struct journal *journal = NULL;
        snprintf(f->paths[i], sizeof f->paths[i], "%s/%d", f->root, i);
        mkdir(f->paths[i], 0700);
        snprintf(f->paths[i], sizeof f->paths[i], "%s/%d/case.db", f->root, i);
        if (journal_open(f->paths[i], &plan, (struct journal_binding){"s", "p"}, &journal, NULL))
            return -1;
        journal_close(&journal);
    }
    *state = f;
    return 0;
}

static int tear_down(void **state) {
    struct folder *f = *state;
    char command[96];
    snprintf(command, sizeof command, "rm -r %s", f->root);
    int code = system(command);
    free(f);
    return code;
}

static const struct case_client client = {"Client Number Seven", "1980-02-29", "", NOW};

static struct case_record *begin(const char *path) {
    struct case_record *record = NULL;
    assert_int_equal(case_record_open(path, true, &record, NULL), RESULT_OK);
    assert_int_equal(case_record_begin(record, &client, NULL), RESULT_OK);
    return record;
}

static struct case_session session_with(const char *cartridge) {
    struct case_session session = {.opened_s = NOW - 60,
                                   .operated_by = "operator",
                                   .needle_lot = "N7",
                                   .pigments = {{"dark", "P3"}},
                                   .pigment_count = 1};
    snprintf(session.cartridge, sizeof session.cartridge, "%s", cartridge);
    return session;
}

static void add_all(struct case_record *record, const char *cartridge) {
    struct case_facts f = fit();
    struct case_file file = {NOW, "consent-scan.pdf", "abcd", "operator"};
    struct case_session session = session_with(cartridge);
    assert_int_equal(case_record_add_screening(record, &f.screening, NULL), RESULT_OK);
    assert_int_equal(case_record_add_consent(record, &file, NULL), RESULT_OK);
    assert_int_equal(case_record_add_photo(record, &file, NULL), RESULT_OK);
    assert_int_equal(case_record_add_session(record, &session, &client, NULL), RESULT_OK);
}

static void the_record_becomes_facts(void **state) {
    struct folder *f = *state;
    struct case_facts facts;
    assert_int_equal(case_facts_read(f->paths[0], &facts, NULL), RESULT_OK);
    assert_int_equal(judge(&facts), CASE_NO_RECORD);
    struct case_record *record = begin(f->paths[0]);
    assert_int_equal(case_facts_read(f->paths[0], &facts, NULL), RESULT_OK);
    assert_int_equal(judge(&facts), CASE_NOT_SCREENED);
    add_all(record, "A1");
    assert_int_equal(case_facts_read(f->paths[0], &facts, NULL), RESULT_OK);
    assert_int_equal(judge(&facts), CASE_CLEARED);
    assert_int_equal(case_record_begin(record, &client, NULL), RESULT_REFUSED);
    case_record_close(&record);
}

static void a_cartridge_is_used_once(void **state) {
    struct folder *f = *state;
    struct error err = {0};
    struct case_facts facts;
    struct case_record *first = begin(f->paths[0]), *second = begin(f->paths[1]);
    struct case_session again = session_with("A1");
    add_all(first, "A1");
    assert_int_equal(case_record_add_session(first, &again, &client, &err), RESULT_REFUSED);
    assert_non_null(strstr(err.text, "in this case already"));
    assert_int_equal(case_record_add_session(second, &again, &client, &err), RESULT_REFUSED);
    assert_non_null(strstr(err.text, "/0/case.db already"));
    add_all(second, "B1");
    assert_int_equal(case_facts_read(f->paths[1], &facts, NULL), RESULT_OK);
    assert_int_equal(judge(&facts), CASE_CLEARED);
    case_record_close(&first);
    case_record_close(&second);
}

static void wrong_records_are_refused(void **state) {
    struct folder *f = *state;
    static const char *const dates[] = {"",           "1980",        "1980-02-30",
                                        "31.12.1980", "1980-12-31 ", NULL};
    struct case_record *record = NULL;
    assert_int_equal(case_record_open(f->paths[0], true, &record, NULL), RESULT_OK);
    for (size_t i = 0; dates[i]; i++) {
        struct case_client wrong = client;
        snprintf(wrong.born, sizeof wrong.born, "%s", dates[i]);
        assert_int_equal(case_record_begin(record, &wrong, NULL), RESULT_INVALID);
    }
    struct case_client nobody = client;
    snprintf(nobody.name, sizeof nobody.name, "  ");
    assert_int_equal(case_record_begin(record, &nobody, NULL), RESULT_INVALID);
    struct screening screening = fit().screening;
    assert_int_equal(case_record_add_screening(record, &screening, NULL), RESULT_REFUSED);
    assert_int_equal(case_record_begin(record, &client, NULL), RESULT_OK);
    screening.answers[SCREENING_SUNBURN] = ANSWER_MISSING;
    assert_int_equal(case_record_add_screening(record, &screening, NULL), RESULT_INVALID);
    screening = fit().screening;
    screening.signed_by[0] = '\0';
    assert_int_equal(case_record_add_screening(record, &screening, NULL), RESULT_INVALID);
    struct case_session session = session_with("A1");
    struct case_client other = client;
    snprintf(other.born, sizeof other.born, "1980-03-01");
    assert_int_equal(case_record_add_session(record, &session, &other, NULL), RESULT_REFUSED);
    session.pigment_count = 0;
    assert_int_equal(case_record_add_session(record, &session, &client, NULL), RESULT_INVALID);
    case_record_close(&record);
    assert_int_equal(case_record_open("/nonexistent.db", false, &record, NULL), RESULT_NOT_FOUND);
    assert_int_not_equal(case_record_open("README.md", false, &record, NULL), RESULT_OK);
}

/* Whether a file, its log included, holds the words. */
static bool holds(const char *path, const char *words) {
    char command[256];
    snprintf(command, sizeof command, "cat %s* | grep -qa '%s'", path, words);
    return system(command) == 0;
}

static void erasing_leaves_no_trace_of_the_client(void **state) {
    struct folder *f = *state;
    struct case_facts facts;
    struct case_record *record = begin(f->paths[0]);
    struct journal *journal = NULL;
    add_all(record, "A1");
    assert_true(holds(f->paths[0], "Number Seven"));
    assert_true(holds(f->paths[0], "consent-scan"));
    assert_int_equal(case_record_erase(record, NOW, NULL), RESULT_OK);
    case_record_close(&record);
    assert_false(holds(f->paths[0], "Number Seven"));
    assert_false(holds(f->paths[0], "1980-02-29"));
    assert_false(holds(f->paths[0], "consent-scan"));
    assert_false(holds(f->paths[0], "diabetes"));
    assert_true(holds(f->paths[0], "A1"));
    assert_int_equal(case_facts_read(f->paths[0], &facts, NULL), RESULT_OK);
    assert_int_equal(judge(&facts), CASE_ERASED);
    assert_int_equal(journal_open_to_read(f->paths[0], &journal, NULL), RESULT_OK);
    assert_int_equal(journal_count(journal, FATE_PENDING), 3);
    assert_int_equal(journal_verify(journal, NULL), RESULT_OK);
    journal_close(&journal);
    assert_int_equal(case_record_open(f->paths[0], true, &record, NULL), RESULT_OK);
    struct case_session session = session_with("A2");
    assert_int_equal(case_record_add_session(record, &session, &client, NULL), RESULT_REFUSED);
    case_record_close(&record);
}

static enum result verify(const char *path) {
    struct journal *journal = NULL;
    assert_int_equal(journal_open_to_read(path, &journal, NULL), RESULT_OK);
    enum result result = journal_verify(journal, NULL);
    journal_close(&journal);
    return result;
}

/* Lots, answers and signatures are under the journal's chain; an erased client still verifies. */
static void a_changed_record_is_found(void **state) {
    struct folder *f = *state;
    static const char *const changes[] = {
        "UPDATE pigments SET lot='P9'",
        "UPDATE sessions SET operated_by='somebody'",
        "DELETE FROM consents",
        "UPDATE answers SET answer='yes' WHERE question='keloids'",
        "INSERT INTO photos VALUES(NULL,1,'a','b')",
        "UPDATE client SET name='Another'",
    };
    struct case_record *record = begin(f->paths[0]);
    add_all(record, "C1");
    case_record_close(&record);
    assert_int_equal(verify(f->paths[0]), RESULT_OK);
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        char sql[160];
        snprintf(sql, sizeof sql, "SAVEPOINT s; %s", changes[i]);
        sqlite3 *db = NULL;
        assert_int_equal(sqlite3_open(f->paths[0], &db), SQLITE_OK);
        assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
        if (record_chain_verify(db, NULL) != RESULT_FORMAT) fail_msg("%s: not found", changes[i]);
        sqlite3_exec(db, "ROLLBACK TO s; RELEASE s", NULL, NULL, NULL);
        sqlite3_close(db);
    }
    assert_int_equal(case_record_open(f->paths[0], true, &record, NULL), RESULT_OK);
    assert_int_equal(case_record_erase(record, NOW, NULL), RESULT_OK);
    case_record_close(&record);
    assert_int_equal(verify(f->paths[0]), RESULT_OK);
}

/* A photo is added by the command line while the daemon has the case open: the chain goes on. */
static void the_record_may_grow_beside_an_open_journal(void **state) {
    struct folder *f = *state;
    struct dot dots[3] = {{.id = 1}, {.id = 2}, {.id = 3}};
    struct dot_plan plan = {.dots = dots, .dot_count = 3};
    const struct journal_entry entry = {.kind = JOURNAL_EVENT, .dot = JOURNAL_NO_DOT, .text = "x"};
    struct journal *journal = NULL;
    assert_int_equal(
        journal_open(f->paths[0], &plan, (struct journal_binding){"s", "p"}, &journal, NULL),
        RESULT_OK);
    assert_int_equal(journal_append(journal, &entry, 1, NULL), RESULT_OK);
    struct case_record *record = begin(f->paths[0]);
    assert_int_equal(journal_append(journal, &entry, 1, NULL), RESULT_OK);
    add_all(record, "C1");
    assert_int_equal(journal_append(journal, &entry, 1, NULL), RESULT_OK);
    case_record_close(&record);
    journal_close(&journal);
    assert_int_equal(verify(f->paths[0]), RESULT_OK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_fit_case_is_cleared),
        cmocka_unit_test(whatever_is_missing_denies),
        cmocka_unit_test(each_contraindication_denies),
        cmocka_unit_test(sessions_keep_their_distance),
        cmocka_unit_test(a_session_is_open_for_half_a_day),
        cmocka_unit_test(many_strikes_are_one_span),
        cmocka_unit_test_setup_teardown(the_record_becomes_facts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_cartridge_is_used_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(wrong_records_are_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(erasing_leaves_no_trace_of_the_client, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_changed_record_is_found, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_record_may_grow_beside_an_open_journal, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
