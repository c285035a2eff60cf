/* What a crowd may cost: a login whose pages misbehave waits, and a flood of refusals is counted,
 * not kept one by one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "console/audit.h"
#include "console/logins.h"

static void a_login_whose_pages_misbehave_waits(void **state) {
    (void)state;
    static struct logins logins;
    const struct login *anna, *bert;
    char token[TOKEN_SIZE], other[TOKEN_SIZE];
    int64_t now_ns = 100 * NS_PER_S;
    assert_int_equal(logins_begin(&logins, "anna", ROLE_OPERATOR, now_ns, token, &anna), RESULT_OK);
    assert_int_equal(logins_begin(&logins, "bert", ROLE_OPERATOR, now_ns, other, &bert), RESULT_OK);
    for (int i = 0; i < 5 * LOGIN_FAULTS_MAX; i++) { /* now and then one: nothing */
        now_ns += (LOGIN_FAULTS_S / 2 + 1) * NS_PER_S;
        logins_note_fault(&logins, token, now_ns);
        assert_true(now_ns >= anna->waits_ns);
    }
    now_ns += 2 * LOGIN_FAULTS_S * NS_PER_S;
    for (int i = 0; i < LOGIN_FAULTS_MAX; i++) {
        assert_true(now_ns >= anna->waits_ns);
        logins_note_fault(&logins, token, now_ns += NS_PER_MS);
    }
    assert_true(anna->waits_ns == now_ns + LOGIN_WAITS_S * NS_PER_S);
    assert_true(bert->waits_ns == 0);
    logins_note_fault(&logins, "nobody's", now_ns);
    assert_ptr_equal(logins_find(&logins, token, now_ns), anna); /* it is still logged in */
}

static void a_flood_of_refusals_is_counted(void **state) {
    (void)state;
    char path[] = "/tmp/smprig-audit-XXXXXX", *text = NULL;
    size_t size = 0, lines = 0, accepted = 0;
    struct audit audit;
    struct error err = {0};
    close(mkstemp(path));
    log_set_level(LOG_LEVEL_ERROR);
    assert_int_equal(audit_open(&audit, path, &err), RESULT_OK);
    time_t begun = time(NULL), ended;
    for (int i = 0; i < 5000; i++) audit_note(&audit, "peer", "olga", "arm", "your role may not");
    for (int i = 0; i < 50; i++) audit_note(&audit, "peer", "anna", "hold", NULL);
    ended = time(NULL);
    while (time(NULL) == ended) usleep(10000);
    audit_note(&audit, "peer", "olga", "arm", "your role may not");
    audit_close(&audit);
    assert_int_equal(file_read(path, 1 << 20, &text, &size, &err), RESULT_OK);
    for (const char *line = text, *end; (end = strchr(line, '\n')); line = end + 1) {
        const char *held = strstr(line, "\"hold\"");
        lines++;
        accepted += held && held < end;
    }
    size_t seconds = (size_t)(ended - begun) + 1;
    assert_true(accepted == 50); /* what was done is kept always */
    assert_in_range(lines, 50 + AUDIT_REFUSALS_A_SECOND + 2,
                    50 + seconds * (AUDIT_REFUSALS_A_SECOND + 1) + 2);
    free(text);
    unlink(path);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_login_whose_pages_misbehave_waits),
        cmocka_unit_test(a_flood_of_refusals_is_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
