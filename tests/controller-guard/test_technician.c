/* A technician's motions through the guard: only while idle, only by the technician's word, never
 * longer than they are held, and never beside a session's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/controller-guard/guard_scene.h"

/* From a jog's last renewal to rest: the limit, a tick, and the ramp down. */
#define REST_NS ((GUARD_JOG_RENEW_MS + 60) * NS_PER_MS)
#define RENEW_NS (100 * NS_PER_MS)

static struct guard_service jog(int32_t direction) {
    return (struct guard_service){
        .kind = SERVICE_JOG, .is_rig_empty = 1, .axis = 0, .direction = direction, .speed = 10};
}

static void serve(struct guard_service service) {
    struct guard_request request = {.kind = GUARD_SERVICE};
    request.as.service = service;
    tell(request);
}

/* Renewed ten times a second. */
static void hold(struct guard_service service, int64_t duration_ns) {
    serve(service);
    service.renews = 1;
    for (int64_t held_ns = 0; held_ns < duration_ns; held_ns += RENEW_NS) {
        run_for(RENEW_NS);
        serve(service);
    }
}

static void expect_at_rest(void) {
    double before = the.board.position[0];
    run_for(300 * NS_PER_MS);
    assert_true(fabs(the.board.position[0] - before) < 1e-9);
    assert_false(the.guard.service.is_running);
}

static void a_jog_lasts_as_long_as_it_is_renewed(void **state) {
    (void)state;
    get_idle();
    double before = the.board.position[0];
    hold(jog(1), NS_PER_S);
    double after = the.board.position[0];
    assert_in_range((uintmax_t)(1e3 * (after - before)), 9000, 11000);
    run_for(REST_NS);
    assert_true(the.board.position[0] - after < 10 * 1e-9 * (double)REST_NS);
    run_for(200 * NS_PER_MS);
    expect_at_rest();
    assert_int_equal(the.seen[GUARD_EVENT_SERVICE_DONE], 1);
    assert_int_equal(state_now(), SAFETY_IDLE);
}

static void a_renewal_alone_begins_nothing(void **state) {
    (void)state;
    struct guard_service late = jog(1);
    late.renews = 1;
    get_idle();
    serve(late);
    assert_non_null(strstr(the.newest_refusal.text, "has ended"));
    expect_at_rest();
}

static void nothing_moves_without_the_word_or_while_not_idle(void **state) {
    (void)state;
    struct guard_service unsaid = jog(1);
    unsaid.is_rig_empty = 0;
    get_idle();
    serve(unsaid);
    assert_non_null(strstr(the.newest_refusal.text, "nobody said"));
    ask(GUARD_ARM);
    serve(jog(1));
    assert_non_null(strstr(the.newest_refusal.text, "must be idle"));
    ask(GUARD_START);
    serve((struct guard_service){.kind = SERVICE_PARK, .is_rig_empty = 1});
    assert_non_null(strstr(the.newest_refusal.text, "must be idle"));
}

static void nonsense_is_refused(void **state) {
    (void)state;
    static const struct guard_service cases[] = {
        {.kind = SERVICE_KIND_COUNT, .is_rig_empty = 1},
        {.kind = SERVICE_JOG, .is_rig_empty = 1, .axis = -1, .direction = 1, .speed = 5},
        {.kind = SERVICE_JOG, .is_rig_empty = 1, .axis = 99, .direction = 1, .speed = 5},
        {.kind = SERVICE_JOG, .is_rig_empty = 1, .axis = 0, .direction = 7, .speed = 5},
        {.kind = SERVICE_JOG, .is_rig_empty = 1, .axis = 0, .direction = 1, .speed = NAN},
        {.kind = SERVICE_JOG, .is_rig_empty = 1, .axis = 0, .direction = 1, .speed = 1e9},
        {.kind = SERVICE_JOG, .is_rig_empty = 1, .axis = 0, .direction = 1, .speed = -5},
        {.kind = SERVICE_PROBE, .is_rig_empty = 1, .speed = 1, .distance_mm = NAN},
        {.kind = SERVICE_PROBE, .is_rig_empty = 1, .speed = 1, .distance_mm = 9},
    };
    get_idle();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t refused = the.seen[GUARD_EVENT_REFUSED];
        serve(cases[i]);
        if (the.seen[GUARD_EVENT_REFUSED] != refused + 1) fail_msg("case %zu was not refused", i);
        expect_at_rest();
    }
}

static void a_jog_ends_when_its_daemon_falls_silent(void **state) {
    (void)state;
    get_idle();
    serve(jog(1));
    run_for(50 * NS_PER_MS);
    the.daemon.is_beating = false; /* longer than the heartbeat's limit, shorter than the jog's */
    run_for(200 * NS_PER_MS);
    assert_true(the.guard.service.is_ending || !the.guard.service.is_running);
    run_for(200 * NS_PER_MS);
    expect_at_rest();
}

static void a_jog_ends_when_the_emergency_stop_opens(void **state) {
    (void)state;
    get_idle();
    serve(jog(1));
    run_for(50 * NS_PER_MS);
    the.levels.present |= SENSOR_ESTOP_A | SENSOR_ESTOP_B; /* wired, and open */
    run_for(REST_NS);
    assert_int_equal(state_now(), SAFETY_FAULT);
    expect_at_rest();
}

static void a_session_waits_for_the_end_of_a_motion(void **state) {
    (void)state;
    get_idle();
    serve(jog(1));
    ask(GUARD_ARM);
    assert_non_null(strstr(the.newest_refusal.text, "under way"));
    ask(GUARD_HOME);
    assert_non_null(strstr(the.newest_refusal.text, "under way"));
    ask(GUARD_SERVICE_STOP);
    run_for(300 * NS_PER_MS);
    expect_at_rest();
    ask(GUARD_ARM);
    assert_int_equal(state_now(), SAFETY_ARMED);
}

static void the_board_is_where_the_gate_thinks_after_a_jog(void **state) {
    (void)state;
    get_idle();
    hold(jog(1), 500 * NS_PER_MS);
    ask(GUARD_SERVICE_STOP);
    run_for(NS_PER_S);
    assert_true(fabs(the.guard.gate.q[0] - link_status(&the.guard.link)->q[0]) < 1e-6);
}

static void the_doctor_tells_every_setting(void **state) {
    (void)state;
    const struct link_setting *settings = NULL;
    get_idle();
    ask(GUARD_DOCTOR);
    assert_int_equal(the.seen[GUARD_EVENT_SETTING], link_settings(&the.guard.link, &settings));
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_jog_lasts_as_long_as_it_is_renewed),
        TEST(a_renewal_alone_begins_nothing),
        TEST(nothing_moves_without_the_word_or_while_not_idle),
        TEST(nonsense_is_refused),
        TEST(a_jog_ends_when_its_daemon_falls_silent),
        TEST(a_jog_ends_when_the_emergency_stop_opens),
        TEST(a_session_waits_for_the_end_of_a_motion),
        TEST(the_board_is_where_the_gate_thinks_after_a_jog),
        TEST(the_doctor_tells_every_setting),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
