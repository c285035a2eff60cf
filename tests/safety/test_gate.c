/* Each reason of the gate, one case each: from a scene in which everything passes, one thing is
 * made wrong and exactly that is named. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/rng.h"
#include "tests/safety/gate_scene.h"

#define MS INT64_C(1000000)

static struct gate_scene scene;

static int set_up(void **state) {
    (void)state;
    return scene_init(&scene) ? 0 : -1;
}

static enum gate_reason strike(struct gate_strike wanted, int64_t now_ns) {
    const struct cleared_command *command = NULL;
    uint32_t line = scene.gate.last_line;
    enum gate_reason reason = gate_clear_strike(&scene.gate, &wanted, now_ns, &command);
    /* Refused: nothing came out and no line number was used. */
    assert_true((reason == GATE_CLEARED) == (command != NULL));
    assert_int_equal(scene.gate.last_line, reason == GATE_CLEARED ? line + 1 : line);
    return reason;
}

static enum gate_reason travel(struct gate_travel wanted, int64_t now_ns) {
    const struct cleared_command *command = NULL;
    enum gate_reason reason = gate_clear_travel(&scene.gate, &wanted, now_ns, &command);
    assert_true((reason == GATE_CLEARED) == (command != NULL));
    return reason;
}

static void a_good_dot_passes(void **state) {
    (void)state;
    assert_int_equal(scene_arrive(&scene, 0), GATE_CLEARED);
    assert_int_equal(strike(scene_strike(0), SCENE_NOW_NS), GATE_CLEARED);
    gate_on_executed(&scene.gate, scene.gate.last_line);
    assert_int_equal(scene_arrive(&scene, 1), GATE_CLEARED);
    assert_int_equal(strike(scene_strike(1), SCENE_NOW_NS), GATE_CLEARED);
}

static void the_zero_gate_denies(void **state) {
    (void)state;
    memset(&scene.gate, 0, sizeof scene.gate);
    assert_int_equal(travel(scene_travel(&scene, 0), SCENE_NOW_NS), GATE_NOT_BOUND);
    assert_int_equal(strike(scene_strike(0), SCENE_NOW_NS), GATE_NOT_BOUND);
}

/* What can be wrong with a strike's own numbers, with the needle over its dot. */
static void strikes_out_of_limits_are_refused(void **state) {
    (void)state;
    const double bad[] = {NAN, INFINITY, -INFINITY};
    struct {
        double stroke_mm, plunge_mm_s, dwell_s;
        enum gate_reason reason;
    } cases[] = {
        {0, 80, 0, GATE_STROKE},        {-1, 80, 0, GATE_STROKE},   {1.51, 80, 0, GATE_STROKE},
        {1.1, 30, 0, GATE_STROKE},      {1.1, 201, 0, GATE_STROKE}, {1.1, 80, 0.001, GATE_STROKE},
        {1.1, 80, -0.001, GATE_STROKE}, {1.17, 80, 0, GATE_DEPTH},  {1.03, 80, 0, GATE_DEPTH},
        {1.15, 80, 0, GATE_CLEARED},
    };
    assert_int_equal(scene_arrive(&scene, 0), GATE_CLEARED);
    for (size_t i = 0; i < 3; i++) {
        struct gate_strike s = scene_strike(0);
        s.stroke_mm = bad[i];
        assert_int_equal(strike(s, SCENE_NOW_NS), GATE_NUMBER);
        s = scene_strike(0);
        s.plunge_mm_s = bad[i];
        assert_int_equal(strike(s, SCENE_NOW_NS), GATE_NUMBER);
        s = scene_strike(0);
        s.dwell_s = bad[i];
        assert_int_equal(strike(s, SCENE_NOW_NS), GATE_NUMBER);
    }
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct gate_strike s = scene_strike(0);
        s.stroke_mm = cases[i].stroke_mm;
        s.plunge_mm_s = cases[i].plunge_mm_s;
        s.dwell_s = cases[i].dwell_s;
        assert_int_equal(strike(s, SCENE_NOW_NS), cases[i].reason);
    }
}

static void depth_ceilings_hold_by_region(void **state) {
    (void)state;
    const struct {
        uint8_t region;
        uint16_t depth_um;
        enum gate_reason reason;
    } cases[] = {{0, 1000, GATE_CLEARED}, {0, 1001, GATE_DEPTH},   {1, 1150, GATE_STROKE},
                 {1, 1100, GATE_CLEARED}, {2, 1100, GATE_CLEARED}, {7, 1001, GATE_DEPTH}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_true(scene_init(&scene));
        scene.dots[0].region = cases[i].region;
        scene.dots[0].depth_um = cases[i].depth_um;
        assert_int_equal(scene_arrive(&scene, 0), GATE_CLEARED);
        struct gate_strike s = scene_strike(0);
        s.stroke_mm = 0.4 + cases[i].depth_um * 1e-3;
        assert_int_equal(strike(s, SCENE_NOW_NS), cases[i].reason);
    }
}

static void the_head_must_be_known_and_still(void **state) {
    (void)state;
    const struct {
        int64_t age_ms;
        bool is_trusted;
        double sigma;
        uint32_t tags;
        double speed_mm_s;
        enum gate_reason reason;
    } cases[] = {
        {80, true, 1, 12, 0, GATE_CLEARED},       {81, true, 1, 12, 0, GATE_POSE_OLD},
        {-1, true, 1, 12, 0, GATE_POSE_OLD},      {30, false, 1, 12, 0, GATE_HEAD_UNSURE},
        {30, true, 5.1, 12, 0, GATE_HEAD_UNSURE}, {30, true, NAN, 12, 0, GATE_HEAD_UNSURE},
        {30, true, 1, 2, 0, GATE_HEAD_UNSURE},    {30, true, 1, 3, 0, GATE_CLEARED},
        {1, true, 1, 12, 4.9, GATE_CLEARED},      {1, true, 1, 12, 5.1, GATE_HEAD_FAST},
        {1, true, 1, 12, NAN, GATE_NUMBER},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_true(scene_init(&scene));
        assert_int_equal(scene_arrive(&scene, 0), GATE_CLEARED);
        scene.pose.stamp_ns = SCENE_NOW_NS - cases[i].age_ms * MS;
        scene.pose.is_trusted = cases[i].is_trusted;
        scene.pose.innovation_sigma = cases[i].sigma;
        scene.pose.tags_used = cases[i].tags;
        scene.pose.velocity.v = vec3_make(cases[i].speed_mm_s, 0, 0);
        gate_on_pose(&scene.gate, &scene.pose);
        assert_int_equal(strike(scene_strike(0), SCENE_NOW_NS), cases[i].reason);
    }
    assert_true(scene_init(&scene));
    assert_int_equal(scene_arrive(&scene, 0), GATE_CLEARED);
    gate_on_pose(&scene.gate, &(struct gate_pose){0});
    assert_int_equal(strike(scene_strike(0), SCENE_NOW_NS), GATE_NO_POSE);
}

static void the_tip_must_stand_over_its_dot(void **state) {
    (void)state;
    const struct {
        struct vec3 shift_mm;
        double tilt_rad;
        enum gate_reason reason;
    } cases[] = {
        {{0.14, 0, 0}, 0, GATE_CLEARED}, {{0.16, 0, 0}, 0, GATE_AIM},
        {{0, -0.16, 0}, 0, GATE_AIM},    {{0, 0, 0.1}, 0, GATE_DEPTH},
        {{0, 0, -0.1}, 0, GATE_DEPTH},   {{0, 0, 0.5}, 0, GATE_NEEDLE_IN},
        {{0, 0, 0}, 0.06, GATE_TILT},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_true(scene_init(&scene));
        assert_int_equal(scene_arrive(&scene, 0), GATE_CLEARED);
        scene.pose.T_rig_head.t = vec3_add(scene.pose.T_rig_head.t, cases[i].shift_mm);
        /* Tilted about the dot itself, so that nothing else changes. */
        scene.pose.T_rig_head.R = mat3_exp(vec3_make(cases[i].tilt_rad, 0, 0));
        gate_on_pose(&scene.gate, &scene.pose);
        assert_int_equal(strike(scene_strike(0), SCENE_NOW_NS), cases[i].reason);
    }
}

static void only_a_pending_dot_that_was_travelled_to(void **state) {
    (void)state;
    assert_int_equal(strike(scene_strike(0), SCENE_NOW_NS), GATE_NOT_AT_DOT);
    assert_int_equal(scene_arrive(&scene, 0), GATE_CLEARED);
    assert_int_equal(strike(scene_strike(1), SCENE_NOW_NS), GATE_NOT_AT_DOT);
    assert_int_equal(
        strike((struct gate_strike){.dot = 99, .stroke_mm = 1.1, .plunge_mm_s = 80}, SCENE_NOW_NS),
        GATE_DOT_UNKNOWN);
    gate_exclude(&scene.gate, 10);
    assert_int_equal(strike(scene_strike(0), SCENE_NOW_NS), GATE_DOT_NOT_PENDING);
    assert_int_equal(travel(scene_travel(&scene, 0), SCENE_NOW_NS), GATE_DOT_NOT_PENDING);
}

static void a_dot_is_cleared_once(void **state) {
    (void)state;
    assert_int_equal(scene_arrive(&scene, 0), GATE_CLEARED);
    assert_int_equal(strike(scene_strike(0), SCENE_NOW_NS), GATE_CLEARED);
    assert_int_equal(strike(scene_strike(0), SCENE_NOW_NS), GATE_STRIKE_IN_FLIGHT);
    gate_on_executed(&scene.gate, scene.gate.last_line);
    assert_int_equal(strike(scene_strike(0), SCENE_NOW_NS), GATE_DOT_NOT_PENDING);
    /* Not even when the command was not sent: a doubt is settled towards not striking. */
    assert_int_equal(scene_arrive(&scene, 1), GATE_CLEARED);
    assert_int_equal(strike(scene_strike(1), SCENE_NOW_NS), GATE_CLEARED);
    gate_on_unsent(&scene.gate);
    assert_int_equal(strike(scene_strike(1), SCENE_NOW_NS), GATE_DOT_NOT_PENDING);
}

static void strikes_are_just_in_time(void **state) {
    (void)state;
    assert_int_equal(scene_arrive(&scene, 0), GATE_CLEARED);
    struct gate_strike s = scene_strike(0);
    s.contact_ns = SCENE_NOW_NS - 1;
    assert_int_equal(strike(s, SCENE_NOW_NS), GATE_CONTACT);
    s.contact_ns = SCENE_NOW_NS + 61 * MS;
    assert_int_equal(strike(s, SCENE_NOW_NS), GATE_CONTACT);
}

static void crowded_dots_are_refused(void **state) {
    (void)state;
    scene.dots[1].p[0] = 0.45F; /* nearer to dot 0 than the least pitch */
    scene.dots[0].fate = GATE_FATE_STRUCK;
    struct gate_travel t = scene_travel(&scene, 1);
    scene_axes(&scene, vec3_make(0.45, 0, 0), 0.4, t.q);
    assert_int_equal(travel(t, SCENE_NOW_NS), GATE_CLEARED);
    gate_on_executed(&scene.gate, scene.gate.last_line);
    gate_on_confirmed(&scene.gate, scene.gate.target_line);
    assert_int_equal(strike(scene_strike(1), SCENE_NOW_NS), GATE_PITCH);
}

static void travels_keep_clear_of_the_head(void **state) {
    (void)state;
    struct gate_travel t = scene_travel(&scene, 0);
    scene_axes(&scene, vec3_make(0, 0, 0), 0.15, t.q); /* below the tip's clearance */
    assert_int_equal(travel(t, SCENE_NOW_NS), GATE_CLEARANCE);
    scene_axes(&scene, vec3_make(0, 0, 0), -5, t.q);
    assert_int_equal(travel(t, SCENE_NOW_NS), GATE_CLEARANCE);
    /* Both ends clear, the head in between: a ridge across the way. */
    for (int z = 0; z < SCENE_SIDE; z++)
        for (int x = 0; x < SCENE_SIDE; x++)
            for (int y = 12; y < 16; y++) scene.values[(z * SCENE_SIDE + y) * SCENE_SIDE + x] -= 30;
    double beyond[GATE_AXES_MAX];
    scene_axes(&scene, vec3_make(0, -60, 0), 0.4, beyond);
    gate_on_rest(&scene.gate, beyond);
    assert_int_equal(travel(scene_travel(&scene, 0), SCENE_NOW_NS), GATE_CLEARANCE);
}

static void travel_targets_are_checked(void **state) {
    (void)state;
    for (int axis = 0; axis < 5; axis++) {
        const struct rig_axis *a = &scene.rig.axes[axis];
        const double bad[] = {a->min - 0.01, a->max + 0.01, NAN, INFINITY};
        for (size_t i = 0; i < 4; i++) {
            struct gate_travel t = scene_travel(&scene, 0);
            t.q[axis] = bad[i];
            assert_int_equal(travel(t, SCENE_NOW_NS), i < 2 ? GATE_AXIS_LIMIT : GATE_NUMBER);
        }
    }
    assert_int_equal(travel(scene_travel(&scene, 0), SCENE_NOW_NS), GATE_CLEARED);
    assert_int_equal(travel(scene_travel(&scene, 1), SCENE_NOW_NS), GATE_TRAVEL_IN_FLIGHT);
    gate_on_lost(&scene.gate);
    assert_int_equal(travel(scene_travel(&scene, 1), SCENE_NOW_NS), GATE_NEEDLE_IN);
    assert_int_equal(strike(scene_strike(0), SCENE_NOW_NS), GATE_NEEDLE_IN);
}

static void a_loose_rig_file_leaves_the_gate_denying(void **state) {
    (void)state;
    struct gate_rig good = guard_gate_rig(&scene.rig), rig;
    struct gate_dots dots = {.dots = scene.dots, .count = SCENE_DOTS};
    for (int i = 0; i < 7; i++) {
        rig = good;
        if (i == 0) rig.stroke_max_mm = 2.1;
        if (i == 1) rig.tip_clearance_mm = 0.05;
        if (i == 2) rig.body_clearance_mm = 0.4;
        if (i == 3) rig.tilt_tolerance_rad = 0.2;
        if (i == 4) rig.axes[0].max = rig.axes[0].min;
        if (i == 5) rig.axis_count = 0;
        if (i == 6) rig.stroke_max_mm = NAN;
        gate_bind(&scene.gate, &rig, &scene.field, dots);
        assert_int_equal(travel(scene_travel(&scene, 0), SCENE_NOW_NS), GATE_NOT_BOUND);
    }
    gate_bind(&scene.gate, &good, NULL, dots);
    assert_false(scene.gate.is_bound);
    scene.dots[1].id = scene.dots[0].id;
    gate_bind(&scene.gate, &good, &scene.field, dots);
    assert_false(scene.gate.is_bound);
}

/* Whatever is asked: a cleared strike is within all limits, checked here in plain arithmetic. */
static void random_strikes_never_pass_the_limits(void **state) {
    (void)state;
    struct rng rng;
    size_t cleared = 0;
    rng_init(&rng, 21);
    print_message("seed 21\n");
    for (int i = 0; i < 4000; i++) {
        scene.dots[0].fate = GATE_FATE_PENDING;
        assert_true(scene_bind(&scene));
        assert_int_equal(scene_arrive(&scene, 0), GATE_CLEARED);
        struct vec3 shift = {rng_range(&rng, -0.3, 0.3), rng_range(&rng, -0.3, 0.3),
                             rng_range(&rng, -0.1, 0.1)};
        scene.pose.T_rig_head.t = vec3_add(scene.pose.T_rig_head.t, shift);
        gate_on_pose(&scene.gate, &scene.pose);
        struct gate_strike s = scene_strike(0);
        s.stroke_mm = rng_range(&rng, 0.9, 1.3);
        if (strike(s, SCENE_NOW_NS) != GATE_CLEARED) continue;
        cleared++;
        double depth_mm = s.stroke_mm - (0.4 - shift.z);
        assert_true(sqrt(shift.x * shift.x + shift.y * shift.y) <= 0.15 + 1e-6);
        assert_true(fabs(depth_mm - 0.7) <= 0.06 + 1e-6);
    }
    assert_true(cleared > 50);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_good_dot_passes, set_up),
        cmocka_unit_test_setup(the_zero_gate_denies, set_up),
        cmocka_unit_test_setup(strikes_out_of_limits_are_refused, set_up),
        cmocka_unit_test_setup(depth_ceilings_hold_by_region, set_up),
        cmocka_unit_test_setup(the_head_must_be_known_and_still, set_up),
        cmocka_unit_test_setup(the_tip_must_stand_over_its_dot, set_up),
        cmocka_unit_test_setup(only_a_pending_dot_that_was_travelled_to, set_up),
        cmocka_unit_test_setup(a_dot_is_cleared_once, set_up),
        cmocka_unit_test_setup(strikes_are_just_in_time, set_up),
        cmocka_unit_test_setup(crowded_dots_are_refused, set_up),
        cmocka_unit_test_setup(travels_keep_clear_of_the_head, set_up),
        cmocka_unit_test_setup(travel_targets_are_checked, set_up),
        cmocka_unit_test_setup(a_loose_rig_file_leaves_the_gate_denying, set_up),
        cmocka_unit_test_setup(random_strikes_never_pass_the_limits, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
