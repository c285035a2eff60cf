/* The time model against closed forms and against the simulated board fed with the same lines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/rng.h"
#include "motion/time_model.h"
#include "sim/firmware.h"
#include "tests/motion/gantry.h"

#define SEQUENCES 200
#define BLOCKS 12

static void one_block_is_the_trapezoid(void **state) {
    (void)state;
    struct axes from = {.q = {150, 150}}, to = {.q = {163, 141, 0.3, -0.1, -20}};
    struct time_block block = {.to = to};
    double straight_s = time_model_travel_s(&rig, &from, &to);
    assert_true(fabs(time_model_blocks_s(&rig, &from, &block, 1) - straight_s) < 1e-12);
    assert_true(time_model_blocks_s(&rig, &from, &block, 0) == 0);
    struct time_block still = {.to = from};
    assert_true(time_model_blocks_s(&rig, &from, &still, 1) == 0);
}

/* 1.5 mm along X, 1 mm in and out at 80 mm/s: from rest to rest at each right angle, as the real
 * firmware was seen to (81 ms). */
static void right_angles_are_taken_from_rest(void **state) {
    (void)state;
    struct axes from = {.q = {150, 150}}, to = {.q = {151.5, 150}};
    const struct time_block blocks[] = {
        {.to = to}, {.to = to, .needle_mm = 1, .feed_mm_s = 80}, {.to = to}};
    double dot_s = time_model_blocks_s(&rig, &from, blocks, 3);
    double rest_s = time_model_travel_s(&rig, &from, &to) + time_model_strike_s(&rig, 1, 80);
    assert_true(fabs(dot_s - rest_s) < 1e-9);
    assert_true(fabs(dot_s - 0.081) < 0.002);
}

/* 2 mm along X, then 2 mm along X and Y: the corner's speed is sqrt(a * 0.01 * s / (1 - s)) with
 * the sine s of half the angle between the two, a as the axes allow along the turn. */
static void corners_carry_the_junction_speed(void **state) {
    (void)state;
    struct axes from = {.q = {150, 150}}, mid = {.q = {152, 150}}, to = {.q = {154, 152}};
    const struct time_block blocks[] = {{.to = mid}, {.to = to}};
    double turn_x = sqrt(0.5) - 1, turn_y = sqrt(0.5);
    double turn = hypot(turn_x, turn_y), half_sine = sqrt(0.5 * (1 + sqrt(0.5)));
    double a = 5000 / (turn_y / turn), v2 = a * 0.01 * half_sine / (1 - half_sine), v = sqrt(v2);
    double first_s = (2 * sqrt(5000 * 2 + v2 / 2) - v) / 5000;
    double a2 = 5000 * sqrt(2), length = sqrt(8);
    double second_s = (2 * sqrt(a2 * length + v2 / 2) - v) / a2;
    assert_true(fabs(time_model_blocks_s(&rig, &from, blocks, 2) - (first_s + second_s)) < 1e-9);
    struct time_block late[2];
    memcpy(late, blocks, sizeof late);
    late[1].is_seen_late = true;
    double rest_s = time_model_travel_s(&rig, &from, &mid) + time_model_travel_s(&rig, &mid, &to);
    assert_true(fabs(time_model_blocks_s(&rig, &from, late, 2) - rest_s) < 1e-9);
}

/* At any moment of a motion on the board, what is left of it by the place that it reports. */
static void the_rest_of_the_way_is_known_by_the_place(void **state) {
    (void)state;
    static const struct axes ends[] = {{{151.5, 150}},
                                       {{163, 141, 0.3, -0.1, -20}},
                                       {{150, 150.02, 0.001}},
                                       {{220, 80, -0.5, 0.4, -90}}};
    const struct axes from = {{150, 150, 0, 0, -10}};
    double worst_s = 0;
    for (size_t k = 0; k < sizeof ends / sizeof *ends; k++) {
        double whole_s = time_model_travel_s(&rig, &from, &ends[k]);
        assert_true(fabs(time_model_left_s(&rig, &from, &ends[k], &from) - whole_s) < 1e-12);
        assert_true(time_model_left_s(&rig, &from, &ends[k], &ends[k]) < 1e-12);
        for (int i = 1; i < 100; i++) {
            /* The trapezoid from its end: as far as a motion of twice the rest would get. */
            double left_s = whole_s * i / 100, way = 0, at_s = whole_s - left_s;
            double speed_s = 0, ramp_s2 = 0;
            for (size_t a = 0; a < rig.axis_count; a++) {
                speed_s = fmax(speed_s, fabs(ends[k].q[a] - from.q[a]) / rig.axes[a].speed_max);
                ramp_s2 =
                    fmax(ramp_s2, fabs(ends[k].q[a] - from.q[a]) / rig.axes[a].acceleration_max);
            }
            double ramp_s = fmin(ramp_s2 / speed_s, whole_s / 2), top = ramp_s / ramp_s2;
            if (at_s < ramp_s)
                way = at_s * at_s / (2 * ramp_s2);
            else if (left_s < ramp_s)
                way = 1 - left_s * left_s / (2 * ramp_s2);
            else
                way = ramp_s * top / 2 + (at_s - ramp_s) * top;
            struct axes at = from;
            for (size_t a = 0; a < rig.axis_count; a++) at.q[a] += way * (ends[k].q[a] - from.q[a]);
            double off_s = fabs(time_model_left_s(&rig, &from, &ends[k], &at) - left_s);
            worst_s = fmax(worst_s, off_s);
        }
    }
    print_message("off by %.3g ms at most\n", 1e3 * worst_s);
    assert_true(worst_s < 1e-6);
    struct axes beyond = {{160, 150, 0, 0, -10}}, to = {{151.5, 150, 0, 0, -10}};
    assert_true(time_model_left_s(&rig, &from, &to, &beyond) == 0);
    assert_true(time_model_left_s(&rig, &from, &from, &from) == 0);
}

/* Seconds that the board takes for the blocks, all of them in its planner before it begins. */
static double board_s(const struct axes *from, const struct time_block *blocks, size_t count) {
    static struct firmware board;
    char lines[4096];
    size_t length = 0;
    int64_t now_ns = NS_PER_S;
    firmware_init(&board, &rig, now_ns);
    firmware_on_bytes(&board, "$H\n", 3, now_ns);
    firmware_step(&board, now_ns += 60 * NS_PER_S);
    for (size_t i = 0; i <= count; i++) {
        const struct axes *to = i ? &blocks[i - 1].to : from;
        length += (size_t)snprintf(lines + length, sizeof lines - length,
                                   "G0 X%.9f Y%.9f A%.9f B%.9f C%.9f\n", to->q[0], to->q[1],
                                   to->q[2] * DEG_PER_RAD, to->q[3] * DEG_PER_RAD, to->q[4]);
        if (i == 0) { /* to the begin, and rest there */
            firmware_on_bytes(&board, lines, length, now_ns);
            firmware_step(&board, now_ns += 60 * NS_PER_S);
            length = 0;
        }
    }
    int64_t begin_ns = now_ns;
    firmware_on_bytes(&board, lines, length, now_ns);
    while (now_ns < begin_ns + 60 * NS_PER_S) {
        int64_t next_ns = firmware_next_ns(&board);
        if (next_ns == INT64_MAX) break;
        firmware_step(&board, now_ns = next_ns > now_ns ? next_ns : now_ns + 1);
    }
    return ns_to_s(now_ns - begin_ns);
}

static void the_board_takes_as_long(void **state) {
    (void)state;
    struct rng rng;
    rng_init(&rng, 71);
    printf("seed 71\n");
    double worst = 0;
    for (int s = 0; s < SEQUENCES; s++) {
        struct time_block blocks[BLOCKS] = {{.feed_mm_s = 0}};
        struct axes from = {.q = {150, 150, 0, 0, -75}}, at = from;
        double step = rng_range(&rng, 0.5, 40);
        for (int i = 0; i < BLOCKS; i++) {
            for (int k = 0; k < 5; k++) {
                double most = rig.axes[k].is_rotary ? step * 0.01 : step;
                double q = at.q[k] + rng_range(&rng, -most, most);
                at.q[k] = fmin(fmax(q, rig.axes[k].min), rig.axes[k].max);
            }
            blocks[i].to = at;
        }
        double model_s = time_model_blocks_s(&rig, &from, blocks, BLOCKS);
        double took_s = board_s(&from, blocks, BLOCKS);
        worst = fmax(worst, fabs(model_s / took_s - 1));
    }
    printf("worst difference %.4f %%\n", 100 * worst);
    assert_true(worst < 0.002);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_block_is_the_trapezoid),
        cmocka_unit_test(the_rest_of_the_way_is_known_by_the_place),
        cmocka_unit_test(right_angles_are_taken_from_rest),
        cmocka_unit_test(corners_carry_the_junction_speed),
        cmocka_unit_test(the_board_takes_as_long),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
