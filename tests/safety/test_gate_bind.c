/* What rig, scan and plan the gate binds to: each number just within, and just beyond. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/safety/gate_asks.h"

/* Each of the rig's numbers just within, and just beyond. */
static void what_a_rig_may_ask_for(void **state) {
    (void)state;
    const struct gate_rig good = guard_gate_rig(&scene.rig);
    const struct {
        size_t offset;
        double allowed, refused;
    } cases[] = {
#define FIELD(name) offsetof(struct gate_rig, name)
        {FIELD(stroke_max_mm), 2.0, nextafter(2.0, 3)},
        {FIELD(stroke_max_mm), 1e-6, 0},
        {FIELD(needle_speed_mm_s), 1e-6, 0},
        {FIELD(needle_acceleration_mm_s2), 1e-6, 0},
        {FIELD(tip_clearance_mm), 0.1, nextafter(0.1, 0)},
        {FIELD(body_clearance_mm), 0.5, nextafter(0.5, 0)},
        {FIELD(tilt_tolerance_rad), 0.0873, nextafter(0.0873, 1)},
        {FIELD(tilt_tolerance_rad), 1e-6, 0},
        {FIELD(axes[0].speed_max), 500, nextafter(500, 999)},
        {FIELD(axes[0].speed_max), 1e-6, 0},
        {FIELD(axes[1].acceleration_max), 10000, nextafter(10000, 99999)},
        {FIELD(axes[1].acceleration_max), 1e-6, 0},
        {FIELD(axes[2].speed_max), 12, nextafter(12, 99)},
        {FIELD(axes[3].acceleration_max), 200, nextafter(200, 999)},
        {FIELD(axes[4].speed_max), 500, nextafter(500, 999)}, /* the last one too */
        {FIELD(axes[2].min), good.axes[2].max - 1, good.axes[2].max},
        {FIELD(axes[4].max), good.axes[4].min + 1, good.axes[4].min},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int k = 0; k < 3; k++) {
            struct gate_rig rig = good;
            const double values[] = {cases[i].allowed, cases[i].refused, NAN};
            double value = values[k];
            memcpy((char *)&rig + cases[i].offset, &value, sizeof value);
            gate_bind(&scene.gate, &rig, &scene.field,
                      (struct gate_dots){.dots = scene.dots, .count = SCENE_DOTS});
            if (scene.gate.is_bound != (k == 0)) fail_msg("case %zu, %g", i, value);
        }
}

static void what_binds_at_all(void **state) {
    (void)state;
    const struct gate_rig good = guard_gate_rig(&scene.rig);
    const struct gate_keep_out ball = {{0, 0, 0}, 1};
    for (int i = 0; i <= 21; i++) {
        set_up(NULL);
        struct gate_rig rig = good;
        struct field_view field = scene.field;
        struct gate_dots dots = {.dots = scene.dots, .count = SCENE_DOTS};
        bool is_right = i == 0 || i == 11 || i == 14 || i == 15 || i == 20 || i == 21;
        if (i == 1) rig.axis_count = rig.chain.joint_count = 0;
        if (i == 2) rig.axis_count = rig.chain.joint_count = 7;
        if (i == 3) rig.chain.joint_count = 4;
        if (i == 4) rig.capsule_count = -1;
        if (i == 5) rig.capsule_count = 9;
        if (i == 6) rig.chain.joints[1].axis = -1;
        if (i == 7) rig.chain.joints[4].axis = 5, rig.axes[5] = rig.axes[0];
        if (i == 8) field.values = NULL;
        if (i == 9) dots.count = 0;
        if (i == 10) dots.dots = NULL;
        if (i == 11) scene.dots[4].layer = 31;
        if (i == 12) scene.dots[4].layer = 32;
        if (i == 13) dots.keep_out_count = 1; /* and no balls */
        if (i == 14) dots.keep_out_count = 1, dots.keep_outs = &ball;
        if (i == 15) rig.capsule_count = 8;
        if (i == 16) scene.dots[0].layer = 32;
        if (i == 17) scene.dots[4].id = scene.dots[3].id;
        if (i == 18) scene.dots[0].id = scene.dots[1].id;
        if (i == 19) scene.dots[2].id = 9;
        if (i == 20) rig.capsule_count = 0;
        if (i == 21) dots.count = 1;
        gate_bind(&scene.gate, &rig, &field, dots);
        if (scene.gate.is_bound != is_right) fail_msg("case %d", i);
    }
    gate_bind(&scene.gate, NULL, &scene.field, (struct gate_dots){.dots = scene.dots, .count = 1});
    assert_false(scene.gate.is_bound);
}

/* One axis or six bind: the loops go from the first to the last. */
static void rigs_of_one_and_of_six_axes_bind(void **state) {
    (void)state;
    struct gate_rig rig = guard_gate_rig(&scene.rig);
    struct gate_dots dots = {.dots = scene.dots, .count = SCENE_DOTS};
    rig.axis_count = rig.chain.joint_count = 6;
    rig.axes[5] = rig.axes[0];
    rig.chain.joints[5] = rig.chain.joints[0];
    rig.chain.joints[5].axis = 5;
    gate_bind(&scene.gate, &rig, &scene.field, dots);
    assert_true(scene.gate.is_bound);
    rig.axes[5].max = rig.axes[5].min;
    gate_bind(&scene.gate, &rig, &scene.field, dots);
    assert_false(scene.gate.is_bound);
    rig.axis_count = rig.chain.joint_count = 1;
    gate_bind(&scene.gate, &rig, &scene.field, dots);
    assert_true(scene.gate.is_bound);
}

/* What stands behind the last dot is no dot: neither found nor a neighbour. */
static void dots_end_where_their_count_says(void **state) {
    (void)state;
    struct gate_rig rig = guard_gate_rig(&scene.rig);
    struct gate_travel t = scene_travel(&scene, 4);
    scene.dots[4].p[0] = 0.1F; /* struck, right beside dot 0 */
    scene.dots[4].fate = GATE_FATE_STRUCK;
    gate_bind(&scene.gate, &rig, &scene.field,
              (struct gate_dots){.dots = scene.dots, .count = SCENE_DOTS - 1});
    gate_on_pose(&scene.gate, &scene.pose);
    gate_on_lease(&scene.gate, SCENE_LEASE_NS);
    gate_on_rest(&scene.gate, scene.rig.park);
    assert_int_equal(travel(&t, SCENE_NOW_NS), GATE_DOT_UNKNOWN);
    t.dot = 9; /* before the first */
    assert_int_equal(travel(&t, SCENE_NOW_NS), GATE_DOT_UNKNOWN);
    t.dot = UINT32_MAX;
    assert_int_equal(travel(&t, SCENE_NOW_NS), GATE_DOT_UNKNOWN);
    for (uint32_t i = 0; i < SCENE_DOTS - 1; i++) assert_int_equal(do_dot(i), GATE_CLEARED);
}

static void numbers_go_on_over_a_new_binding(void **state) {
    (void)state;
    struct gate_rig rig = guard_gate_rig(&scene.rig);
    assert_int_equal(do_dot(0), GATE_CLEARED);
    uint32_t line = scene.gate.last_line;
    gate_bind(&scene.gate, &rig, &scene.field,
              (struct gate_dots){.dots = scene.dots, .count = SCENE_DOTS});
    assert_int_equal(scene.gate.last_line, line);
    assert_true(scene.gate.is_bound && !scene.gate.is_placed);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(what_a_rig_may_ask_for, set_up),
        cmocka_unit_test_setup(what_binds_at_all, set_up),
        cmocka_unit_test_setup(rigs_of_one_and_of_six_axes_bind, set_up),
        cmocka_unit_test_setup(dots_end_where_their_count_says, set_up),
        cmocka_unit_test_setup(numbers_go_on_over_a_new_binding, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
