/* The API's `work`: looks of a close-up camera through the shipped table; many bad ones hold. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "controller/daemon/daemon.h"

static struct daemon the_daemon;
static struct daemon_case the_case;
static struct dot dots[2] = {{.id = 7, .diameter_um = 400}, {.id = 9, .diameter_um = 300}};
static const struct api_table table = {daemon_methods, &daemon_policy, &the_daemon};

static json_t *ask(const char *params) {
    struct api_peer peer = {.caller = {.name = "close-up", .role = ROLE_OPERATOR}};
    char line[256];
    snprintf(line, sizeof line, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"work\",\"params\":%s}",
             params);
    return api_dispatch(&table, &peer, line, strlen(line), NS_PER_S);
}

static const char *finding_of(const json_t *reply) {
    return json_string_value(json_object_get(json_object_get(reply, "result"), "finding"));
}

static int open_case(void **state) {
    (void)state;
    const struct work_limits limits = work_limits_default();
    memset(&the_daemon, 0, sizeof the_daemon);
    the_case.plan = (struct dot_plan){.dots = dots, .dot_count = 2};
    the_daemon.opened = &the_case;
    the_daemon.session.wants_run = true;
    work_watch_init(&the_daemon.work, &limits);
    return 0;
}

static void good_dots_hold_nothing(void **state) {
    (void)state;
    for (int i = 0; i < 40; i++) {
        json_t *reply =
            ask("{\"dot\":7,\"seen\":true,\"off_u_um\":10,\"off_v_um\":-20,\"diameter_um\":410}");
        assert_string_equal(finding_of(reply), "fine");
        json_decref(reply);
    }
    assert_true(the_daemon.session.wants_run);
}

static void blooming_dots_hold_the_session(void **state) {
    (void)state;
    int looks = 0;
    for (const char *finding = "fine"; strcmp(finding, "fine") == 0 && looks < 40; looks++) {
        json_t *reply = ask("{\"dot\":9,\"seen\":true,\"diameter_um\":420}");
        finding = strcmp(finding_of(reply), "fine") == 0 ? "fine" : "else";
        if (strcmp(finding, "else") == 0) assert_string_equal(finding_of(reply), "too wide");
        json_decref(reply);
    }
    assert_in_range(looks, 2, 20);
    assert_false(the_daemon.session.wants_run);
}

static void nonsense_is_refused(void **state) {
    (void)state;
    static const char *const bad[] = {"{\"dot\":8,\"seen\":true,\"diameter_um\":400}",
                                      "{\"dot\":7,\"seen\":true}", "{\"dot\":7}",
                                      "{\"dot\":7,\"seen\":true,\"diameter_um\":1e9}"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        json_t *reply = ask(bad[i]);
        assert_non_null(json_object_get(reply, "error"));
        json_decref(reply);
    }
    assert_int_equal(the_daemon.work.looked, 0);
    the_daemon.opened = NULL;
    json_t *reply = ask("{\"dot\":7,\"seen\":false}");
    assert_non_null(json_object_get(reply, "error"));
    json_decref(reply);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(good_dots_hold_nothing, open_case),
        cmocka_unit_test_setup(blooming_dots_hold_the_session, open_case),
        cmocka_unit_test_setup(nonsense_is_refused, open_case),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
