/* The stamp clock against made-up devices: drift, jitter, jumps, and what it must notice. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/rng.h"
#include "vision/stamp_clock.h"

#define PERIOD_NS (NS_PER_S / 120)

/* A device whose clock started somewhere and runs 40 ppm fast; delays of 1 ms and an exponential
 * tail. */
struct device {
    struct rng rng;
    double phase_ns, rate;
    int64_t extra_ns;
};

static double true_ns(int i) {
    return 5e9 + i * (double)PERIOD_NS;
}

static int64_t device_stamp(const struct device *d, int i) {
    return (int64_t)(d->phase_ns + true_ns(i) * d->rate);
}

static int64_t arrival(struct device *d, int i) {
    double tail_ns = -2e6 * log(1 - rng_uniform(&d->rng));
    return (int64_t)(true_ns(i) + 1e6 + fmin(tail_ns, 20e6)) + d->extra_ns;
}

static void drift_and_jitter_leave_half_a_millisecond(void **state) {
    (void)state;
    struct device d = {.phase_ns = 7.7e11, .rate = 1 + 40e-6};
    struct stamp_clock clock;
    struct stamp_clock_settings settings = stamp_clock_settings_default();
    struct stamp_reading reading;
    int64_t last_arrival = 0;
    rng_init(&d.rng, 41);
    printf("seed 41\n");
    stamp_clock_init(&clock, &settings);
    for (int i = 0; i < 20000; i++) {
        int64_t at = arrival(&d, i);
        if (at <= last_arrival) at = last_arrival + 1;
        last_arrival = at;
        enum stamp_verdict verdict = stamp_clock_update(&clock, device_stamp(&d, i), at, &reading);
        if (i < 19) {
            assert_int_equal(verdict, STAMP_LEARNING);
        } else if (i > 200) {
            assert_int_equal(verdict, STAMP_GOOD);
            assert_true(fabs((double)reading.stamp_ns - true_ns(i)) < 0.5e6);
        }
    }
}

static void jumps_and_latency_steps_are_told(void **state) {
    (void)state;
    struct device d = {.phase_ns = 0, .rate = 1};
    struct stamp_clock clock;
    struct stamp_clock_settings settings = stamp_clock_settings_default();
    struct stamp_reading reading;
    int i = 0, told = 0;
    rng_init(&d.rng, 42);
    printf("seed 42\n");
    stamp_clock_init(&clock, &settings);
    for (; i < 100; i++)
        (void)stamp_clock_update(&clock, device_stamp(&d, i), arrival(&d, i) + i * 1000, &reading);
    d.phase_ns = 50e6; /* the device's clock steps ahead: frames seem to come too early */
    assert_int_equal(stamp_clock_update(&clock, device_stamp(&d, i), arrival(&d, i), &reading),
                     STAMP_JUMP);
    for (i++; i < 200; i++)
        (void)stamp_clock_update(&clock, device_stamp(&d, i), arrival(&d, i), &reading);
    d.extra_ns = 100 * NS_PER_MS; /* a link that stalls: late first, a jump if it stays so */
    for (int k = 0; k < 5; k++, i++) {
        enum stamp_verdict verdict =
            stamp_clock_update(&clock, device_stamp(&d, i), arrival(&d, i), &reading);
        assert_true(verdict == STAMP_LATE || verdict == STAMP_JUMP || verdict == STAMP_BACKWARD);
        told += verdict == STAMP_JUMP;
    }
    assert_int_equal(told, 1);
    assert_int_equal(stamp_clock_update(&clock, device_stamp(&d, i - 10), arrival(&d, i), &reading),
                     STAMP_BACKWARD);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(drift_and_jitter_leave_half_a_millisecond),
        cmocka_unit_test(jumps_and_latency_steps_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
