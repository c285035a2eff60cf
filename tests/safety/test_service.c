/* The technician's motions: each limit just within and just beyond, each fact that forbids. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "safety/limits.h"
#include "safety/service.h"

static const struct service_rig rig = {
    .axis_count = 3,
    .stroke_max_mm = 1.5,
    .axes = {{.min = -10, .max = 10}, {.min = -1, .max = 1}, {.min = 0, .max = 5}},
    .is_rotary = {false, true, false}};
static const struct service_facts ready = {
    .is_rig_empty = true, .is_homed = true, .is_idle = true, .q = {1, 0.1, 2}};

static enum service_reason clear(const struct service_facts *facts,
                                 struct service_command command) {
    struct service_clearance clearance = {0};
    const struct cleared_service *cleared = NULL;
    enum service_reason reason = service_clear(&clearance, &rig, facts, &command, &cleared);
    assert_true((reason == SERVICE_CLEARED) == (cleared != NULL));
    if (cleared) assert_memory_equal(service_cleared_command(cleared), &command, sizeof command);
    return reason;
}

static struct service_command jog(int axis, double distance, double speed) {
    return (struct service_command){
        .kind = SERVICE_JOG, .axis = axis, .distance = distance, .speed = speed};
}

static struct service_command probe(double distance, double speed) {
    return (struct service_command){.kind = SERVICE_PROBE, .distance = distance, .speed = speed};
}

static void jogs_keep_their_limits(void **state) {
    (void)state;
    const struct {
        struct service_command command;
        enum service_reason reason;
    } cases[] = {
        {jog(0, 0.5, 0.5), SERVICE_CLEARED},
        {jog(0, 9, 1), SERVICE_CLEARED}, /* to the very end of the axis */
        {jog(0, 9.001, 1), SERVICE_AXIS_LIMIT},
        {jog(0, -10, 1), LIMIT_JOG_MM >= 10 ? SERVICE_CLEARED : SERVICE_TOO_FAR},
        {jog(2, -2, 1), SERVICE_CLEARED},
        {jog(2, -2.001, 1), SERVICE_AXIS_LIMIT},
        {jog(2, 3, 1), SERVICE_CLEARED},
        {jog(2, 3.001, 1), SERVICE_AXIS_LIMIT},
        {jog(-1, 1, 1), SERVICE_NUMBER},
        {jog(3, 1, 1), SERVICE_NUMBER},
        {jog(0, (double)NAN, 1), SERVICE_NUMBER},
        {jog(0, 1, (double)INFINITY), SERVICE_NUMBER},
        {jog(0, nextafter(LIMIT_JOG_MM, 1e9), 1), SERVICE_TOO_FAR},
        {jog(0, -nextafter(LIMIT_JOG_MM, 1e9), 1), SERVICE_TOO_FAR},
        {jog(1, nextafter(LIMIT_JOG_RAD, 1e9), 0.01), SERVICE_TOO_FAR},
        {jog(0, 1, 0), SERVICE_TOO_FAST},
        {jog(0, 1, -1), SERVICE_TOO_FAST},
        {jog(0, 1, LIMIT_JOG_MM_S), SERVICE_CLEARED},
        {jog(0, 1, nextafter(LIMIT_JOG_MM_S, 1e9)), SERVICE_TOO_FAST},
        {jog(1, 0.01, LIMIT_JOG_RAD_S), SERVICE_CLEARED},
        {jog(1, 0.01, nextafter(LIMIT_JOG_RAD_S, 1e9)), SERVICE_TOO_FAST},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (clear(&ready, cases[i].command) != cases[i].reason) fail_msg("case %zu", i);
}

/* As far as a jog may go and no farther, on axes with room for it. */
static void the_farthest_jog_is_allowed(void **state) {
    (void)state;
    struct service_rig wide = rig;
    struct service_clearance clearance = {0};
    const struct cleared_service *cleared = NULL;
    struct service_facts facts = ready;
    wide.axes[0] = (struct gate_axis){.min = -1e6, .max = 1e6};
    wide.axes[1] = (struct gate_axis){.min = -1e6, .max = 1e6};
    struct service_command command = jog(0, -LIMIT_JOG_MM, 1);
    assert_int_equal(service_clear(&clearance, &wide, &facts, &command, &cleared), SERVICE_CLEARED);
    command = jog(1, LIMIT_JOG_RAD, 0.01);
    assert_int_equal(service_clear(&clearance, &wide, &facts, &command, &cleared), SERVICE_CLEARED);
}

static void probes_keep_their_limits(void **state) {
    (void)state;
    const struct {
        struct service_command command;
        enum service_reason reason;
    } cases[] = {
        {probe(0.5, 0.5), SERVICE_CLEARED},
        {probe(1.5, LIMIT_PROBE_MM_S), SERVICE_CLEARED},
        {probe(nextafter(1.5, 9), 1), SERVICE_TOO_FAR},
        {probe(0, 1), SERVICE_TOO_FAR},
        {probe(-1, 1), SERVICE_TOO_FAR},
        {probe(1, 0), SERVICE_TOO_FAST},
        {probe(1, -1), SERVICE_TOO_FAST},
        {probe(1, nextafter(LIMIT_PROBE_MM_S, 1e9)), SERVICE_TOO_FAST},
        {probe((double)NAN, 1), SERVICE_NUMBER},
        {probe(1, (double)NAN), SERVICE_NUMBER},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (clear(&ready, cases[i].command) != cases[i].reason) fail_msg("case %zu", i);
    /* A rig that claims more stroke than the ceiling gets the ceiling. */
    struct service_rig longer = rig;
    struct service_clearance clearance = {0};
    const struct cleared_service *cleared = NULL;
    longer.stroke_max_mm = 9;
    struct service_command command = probe(LIMIT_STROKE_MM, 1);
    assert_int_equal(service_clear(&clearance, &longer, &ready, &command, &cleared),
                     SERVICE_CLEARED);
    command.distance = nextafter(LIMIT_STROKE_MM, 9);
    assert_int_equal(service_clear(&clearance, &longer, &ready, &command, &cleared),
                     SERVICE_TOO_FAR);
}

static void parking_stays_on_its_axes(void **state) {
    (void)state;
    for (int axis = 0; axis < 3; axis++) {
        const double at[] = {rig.axes[axis].min, rig.axes[axis].max,
                             nextafter(rig.axes[axis].min, -1e9),
                             nextafter(rig.axes[axis].max, 1e9), (double)NAN};
        const enum service_reason wanted[] = {SERVICE_CLEARED, SERVICE_CLEARED, SERVICE_AXIS_LIMIT,
                                              SERVICE_AXIS_LIMIT, SERVICE_NUMBER};
        for (int i = 0; i < 5; i++) {
            struct service_command park = {.kind = SERVICE_PARK};
            park.q[axis] = at[i];
            park.q[3] = 1e9; /* no axis of this rig */
            assert_int_equal(clear(&ready, park), wanted[i]);
        }
    }
}

static void each_fact_forbids(void **state) {
    (void)state;
    const struct service_command commands[] = {
        {.kind = SERVICE_RETRACT}, {.kind = SERVICE_PARK}, jog(0, 1, 1), probe(1, 1)};
    for (size_t i = 0; i < 4; i++) {
        bool is_retract = i == 0, is_jog = i == 2;
        struct service_facts facts = ready;
        facts.is_idle = false;
        assert_int_equal(clear(&facts, commands[i]), SERVICE_NOT_IDLE);
        facts.is_jogging = true;
        assert_int_equal(clear(&facts, commands[i]), is_jog ? SERVICE_CLEARED : SERVICE_NOT_IDLE);
        facts = ready;
        facts.is_jogging = true;
        assert_int_equal(clear(&facts, commands[i]), SERVICE_CLEARED);
        facts = ready;
        facts.is_rig_empty = false;
        assert_int_equal(clear(&facts, commands[i]),
                         is_retract ? SERVICE_CLEARED : SERVICE_NOT_EMPTY);
        facts = ready;
        facts.is_homed = false;
        assert_int_equal(clear(&facts, commands[i]),
                         is_retract ? SERVICE_CLEARED : SERVICE_NOT_HOMED);
        const double needle[] = {LIMIT_POSITION_MM, -LIMIT_POSITION_MM,
                                 nextafter(LIMIT_POSITION_MM, 1), (double)NAN};
        for (int k = 0; k < 4; k++) {
            facts = ready;
            facts.needle_mm = needle[k];
            assert_int_equal(clear(&facts, commands[i]),
                             is_retract || k < 2 ? SERVICE_CLEARED : SERVICE_NEEDLE_OUT);
        }
    }
    assert_int_equal(clear(&ready, (struct service_command){.kind = SERVICE_KIND_COUNT}),
                     SERVICE_NUMBER);
}

static void reasons_have_words(void **state) {
    (void)state;
    for (int i = 0; i < SERVICE_REASON_COUNT; i++)
        assert_true(strlen(service_reason_text((enum service_reason)i)) > 5);
    assert_string_equal(service_reason_text(SERVICE_REASON_COUNT), "unknown");
}

/* To a plate and away from it: slowly and not far. */
static void an_approach_keeps_its_limits(void **state) {
    (void)state;
    const struct {
        double q[3], speed;
        enum service_reason reason;
    } cases[] = {
        {{1, 0.1, 2}, LIMIT_APPROACH_PER_S, SERVICE_CLEARED},
        {{10, 0.4, 5}, 1, SERVICE_CLEARED},
        {{1, 0.1 + 1.01 * LIMIT_JOG_RAD, 2}, 1, SERVICE_TOO_FAR},
        {{10.001, 0.1, 2}, 1, SERVICE_AXIS_LIMIT},
        {{1, 0.1, (double)NAN}, 1, SERVICE_NUMBER},
        {{1, 0.1, 2}, (double)NAN, SERVICE_NUMBER},
        {{1, 0.1, 2}, 0, SERVICE_TOO_FAST},
        {{1, 0.1, 2}, nextafter(LIMIT_APPROACH_PER_S, 1e9), SERVICE_TOO_FAST},
    };
    struct service_facts facts = ready;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct service_command command = {.kind = SERVICE_APPROACH, .speed = cases[i].speed};
        memcpy(command.q, cases[i].q, sizeof cases[i].q);
        if (clear(&facts, command) != cases[i].reason) fail_msg("case %zu", i);
    }
    /* Each axis by itself, the first and the last too. */
    for (int i = 0; i < rig.axis_count; i++) {
        double most = rig.is_rotary[i] ? LIMIT_JOG_RAD : LIMIT_JOG_MM;
        struct service_command command = {.kind = SERVICE_APPROACH, .speed = 1};
        memcpy(command.q, ready.q, sizeof command.q);
        facts = ready;
        facts.q[i] = command.q[i] - 0.999 * most;
        assert_int_equal(clear(&facts, command), SERVICE_CLEARED);
        facts.q[i] = command.q[i] - 1.001 * most;
        assert_int_equal(clear(&facts, command), SERVICE_TOO_FAR);
        facts.q[i] = command.q[i] + 1.001 * most;
        assert_int_equal(clear(&facts, command), SERVICE_TOO_FAR);
    }
    facts = ready;
    facts.needle_mm = 2 * LIMIT_POSITION_MM;
    assert_int_equal(clear(&facts, (struct service_command){.kind = SERVICE_APPROACH, .speed = 1}),
                     SERVICE_NEEDLE_OUT);
}

/* A head in the rig, watched: jogs and touches alone, and slower. */
static void near_a_head_little_is_left(void **state) {
    (void)state;
    struct service_facts facts = ready;
    facts.is_rig_empty = false;
    assert_int_equal(clear(&facts, jog(0, 0.5, 1)), SERVICE_NOT_EMPTY);
    facts.is_head_watched = true;
    const struct {
        struct service_command command;
        enum service_reason reason;
    } cases[] = {
        {jog(0, LIMIT_NEAR_JOG_MM, LIMIT_NEAR_JOG_MM_S), SERVICE_CLEARED},
        {jog(0, nextafter(LIMIT_NEAR_JOG_MM, 9), 1), SERVICE_TOO_FAR},
        {jog(0, 0.5, nextafter(LIMIT_NEAR_JOG_MM_S, 9)), SERVICE_TOO_FAST},
        {jog(1, LIMIT_NEAR_JOG_RAD, LIMIT_NEAR_JOG_RAD_S), SERVICE_CLEARED},
        {jog(1, nextafter(LIMIT_NEAR_JOG_RAD, 9), 0.01), SERVICE_TOO_FAR},
        {jog(1, 0.005, nextafter(LIMIT_NEAR_JOG_RAD_S, 9)), SERVICE_TOO_FAST},
        {probe(1, LIMIT_NEAR_PROBE_MM_S), SERVICE_CLEARED},
        {probe(1, nextafter(LIMIT_NEAR_PROBE_MM_S, 9)), SERVICE_TOO_FAST},
        {{.kind = SERVICE_PARK, .q = {1, 0.1, 2}}, SERVICE_HEAD},
        {{.kind = SERVICE_APPROACH, .speed = 1, .q = {1, 0.1, 2}}, SERVICE_HEAD},
        {{.kind = SERVICE_RETRACT}, SERVICE_CLEARED},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (clear(&facts, cases[i].command) != cases[i].reason) fail_msg("case %zu", i);
    facts.is_homed = false;
    assert_int_equal(clear(&facts, probe(1, 1)), SERVICE_NOT_HOMED);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(jogs_keep_their_limits),
        cmocka_unit_test(the_farthest_jog_is_allowed),
        cmocka_unit_test(probes_keep_their_limits),
        cmocka_unit_test(parking_stays_on_its_axes),
        cmocka_unit_test(each_fact_forbids),
        cmocka_unit_test(reasons_have_words),
        cmocka_unit_test(an_approach_keeps_its_limits),
        cmocka_unit_test(near_a_head_little_is_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
