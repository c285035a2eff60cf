/* The switches' logic, one moment after the other: what each level sequence makes
 * of a condition. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "safety/sensors.h"
#include "safety/supervisor.h"

#define MS INT64_C(1000000)
#define T0 (INT64_C(5000) * MS)
#define A SENSOR_ESTOP_A
#define B SENSOR_ESTOP_B
#define SENSED                                                                         \
    (CONDITION_BIT(CONDITION_ESTOP_CLOSED) | CONDITION_BIT(CONDITION_DOOR_CLOSED) |    \
     CONDITION_BIT(CONDITION_DEADMAN_HELD) | CONDITION_BIT(CONDITION_CLIENT_PRESENT) | \
     CONDITION_BIT(CONDITION_NEEDLE_OUT_IN_TIME))

static struct sensors sensors;

static int set_up(void **state) {
    (void)state;
    sensors = (struct sensors){0};
    return 0;
}

/* Whether the condition holds with these levels of these sensors. */
static bool holds(enum safety_condition condition, uint32_t present, uint32_t levels,
                  int64_t at_ms) {
    uint64_t bits =
        sensors_step(&sensors, (struct sensor_levels){present, levels}, false, T0 + at_ms * MS);
    assert_true((bits & ~SENSED) == 0);
    return bits & CONDITION_BIT(condition);
}

static void absent_sensors_hold_nothing_back(void **state) {
    (void)state;
    assert_true(sensors_step(&sensors, (struct sensor_levels){0, 0}, false, T0) == SENSED);
    assert_true(sensors_step(&sensors, (struct sensor_levels){0, 0}, false, T0 + 999999 * MS) ==
                SENSED);
}

static void each_sensor_takes_its_own_condition_away(void **state) {
    (void)state;
    const struct {
        uint32_t sensor;
        enum safety_condition condition;
    } cases[] = {{A, CONDITION_ESTOP_CLOSED},
                 {B, CONDITION_ESTOP_CLOSED},
                 {SENSOR_DOOR, CONDITION_DOOR_CLOSED},
                 {SENSOR_DEADMAN, CONDITION_DEADMAN_HELD},
                 {SENSOR_CLIENT, CONDITION_CLIENT_PRESENT}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        set_up(NULL);
        uint64_t bits =
            sensors_step(&sensors, (struct sensor_levels){cases[i].sensor, 0}, false, T0);
        assert_true(bits == (SENSED & ~CONDITION_BIT(cases[i].condition)));
        /* And a set level of a sensor that is not there says nothing. */
        bits = sensors_step(&sensors, (struct sensor_levels){0, cases[i].sensor}, false, T0);
        assert_true(bits == SENSED);
    }
}

static void the_channels_may_differ_for_a_tenth_of_a_second(void **state) {
    (void)state;
    enum safety_condition estop = CONDITION_ESTOP_CLOSED;
    assert_true(holds(estop, A | B, A | B, 0));
    assert_false(holds(estop, A | B, A, 10)); /* one is enough to stop, at once */
    assert_false(holds(estop, A | B, A, 110));
    assert_true(holds(estop, A | B, A | B, 111)); /* 100 ms apart: a slow hand */
    assert_false(holds(estop, A | B, B, 200));
    assert_false(holds(estop, A | B, B, 301));
    assert_false(holds(estop, A | B, A | B, 302)); /* 101 ms: a welded contact or a broken wire */
    assert_false(holds(estop, A | B, A | B, 9999));
    assert_false(holds(estop, A | B, 0, 10000)); /* both seen open: the button works */
    assert_true(holds(estop, A | B, A | B, 10001));
    /* Differing is counted from its own beginning each time. */
    assert_false(holds(estop, A | B, A, 10050));
    assert_true(holds(estop, A | B, A | B, 10060));
    assert_false(holds(estop, A | B, A, 10140));
    assert_true(holds(estop, A | B, A | B, 10160));
    /* Whichever of the two it is. */
    assert_false(holds(estop, A | B, A, 11000));
    assert_false(holds(estop, A | B, A, 11101));
    assert_false(holds(estop, A | B, A | B, 11102));
}

static void a_taped_dead_man_does_not_count(void **state) {
    (void)state;
    enum safety_condition held = CONDITION_DEADMAN_HELD;
    uint32_t d = SENSOR_DEADMAN;
    assert_false(holds(held, d, d, 0)); /* down from the start: never seen up */
    assert_false(holds(held, d, d, 1000));
    assert_false(holds(held, d, 0, 1001));
    assert_true(holds(held, d, d, 2000));
    assert_true(holds(held, d, d, 2000 + 120000));
    assert_false(holds(held, d, d, 2000 + 120001)); /* longer than anybody holds it */
    assert_false(holds(held, d, d, 2000 + 240000));
    assert_false(holds(held, d, 0, 300000));
    assert_true(holds(held, d, d, 300001));
    assert_true(holds(held, d, d, 300001 + 120000));
    assert_false(holds(held, d, 0, 420002));
}

static void the_needle_is_out_in_time_or_late(void **state) {
    (void)state;
    enum safety_condition in_time = CONDITION_NEEDLE_OUT_IN_TIME;
    const struct {
        bool is_strike;
        int64_t limit_ms;
    } cases[] = {{false, 30}, {true, 100}};
    for (size_t i = 0; i < 2; i++) {
        const struct sensor_levels out = {SENSOR_NEEDLE, SENSOR_NEEDLE}, in = {SENSOR_NEEDLE, 0};
        uint64_t bit = CONDITION_BIT(in_time);
        bool strike = cases[i].is_strike;
        set_up(NULL);
        assert_true(sensors_step(&sensors, out, strike, T0) & bit);
        assert_true(sensors_step(&sensors, in, strike, T0 + 7 * MS) & bit);
        assert_true(sensors_step(&sensors, in, strike, T0 + (7 + cases[i].limit_ms) * MS) & bit);
        assert_false(sensors_step(&sensors, in, strike, T0 + (8 + cases[i].limit_ms) * MS) & bit);
        assert_true(sensors_step(&sensors, out, strike, T0 + 900 * MS) & bit);
        assert_true(sensors_step(&sensors, in, strike, T0 + 950 * MS) & bit); /* counted anew */
    }
    /* A strike that has ended while the needle stays away: late by the shorter limit. */
    const struct sensor_levels in = {SENSOR_NEEDLE, 0};
    set_up(NULL);
    assert_true(sensors_step(&sensors, in, true, T0) & CONDITION_BIT(in_time));
    assert_true(sensors_step(&sensors, in, true, T0 + 60 * MS) & CONDITION_BIT(in_time));
    assert_false(sensors_step(&sensors, in, false, T0 + 61 * MS) & CONDITION_BIT(in_time));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(absent_sensors_hold_nothing_back, set_up),
        cmocka_unit_test_setup(each_sensor_takes_its_own_condition_away, set_up),
        cmocka_unit_test_setup(the_channels_may_differ_for_a_tenth_of_a_second, set_up),
        cmocka_unit_test_setup(a_taped_dead_man_does_not_count, set_up),
        cmocka_unit_test_setup(the_needle_is_out_in_time_or_late, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
