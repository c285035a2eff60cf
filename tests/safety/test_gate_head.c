/* What the gate asks of the head before a strike, and before a way to a dot: its pose, its calm,
 * its speed, each just allowed and just refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/safety/gate_asks.h"

/* A way beside the dots, to nothing in particular. */
static struct gate_travel beside(void) {
    struct gate_travel t = scene_travel(&scene, 2);
    t.leads_to_dot = false;
    return t;
}

/* A pose so far off its prediction, or lost, and after it calm ones: no strike for so long, and no
 * way to a dot. */
static void after_a_jolt_no_strike_for_a_while(void **state) {
    (void)state;
    const struct {
        double sigma;
        bool is_trusted;
        int64_t ago_ns;
        enum gate_reason reason;
    } cases[] = {{2.0, true, 40 * MS, GATE_CLEARED},       {2.01, true, 40 * MS, GATE_HEAD_JOLTED},
                 {2.01, true, 150 * MS, GATE_HEAD_JOLTED}, {2.01, true, 150 * MS + 1, GATE_CLEARED},
                 {0.1, false, 150 * MS, GATE_HEAD_JOLTED}, {0.1, false, 150 * MS + 1, GATE_CLEARED},
                 {NAN, true, 150 * MS, GATE_HEAD_JOLTED}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        set_up(NULL);
        assert_int_equal(scene_arrive(&scene, 0), GATE_CLEARED);
        struct gate_pose jolt = scene_pose(), older = scene_pose();
        jolt.innovation_sigma = cases[i].sigma;
        jolt.is_trusted = cases[i].is_trusted;
        jolt.stamp_ns = SCENE_NOW_NS - cases[i].ago_ns;
        older.is_trusted = false; /* one that comes late does not make it older */
        older.stamp_ns = jolt.stamp_ns - MS;
        gate_on_pose(&scene.gate, &jolt);
        if (cases[i].reason != GATE_CLEARED) gate_on_pose(&scene.gate, &older);
        gate_on_pose(&scene.gate, &scene.pose);
        assert_int_equal(strike(0), cases[i].reason);
        struct gate_travel to_dot = scene_travel(&scene, 1), other = beside();
        assert_int_equal(travel(&to_dot, SCENE_NOW_NS), cases[i].reason);
        if (cases[i].reason != GATE_CLEARED)
            assert_int_equal(travel(&other, SCENE_NOW_NS), GATE_CLEARED);
    }
}

static void poses_age(void **state) {
    (void)state;
    const struct {
        int64_t age_ns;
        enum gate_reason reason;
    } cases[] = {{0, GATE_CLEARED},
                 {-1, GATE_POSE_OLD},
                 {80 * MS, GATE_CLEARED},
                 {80 * MS + 1, GATE_POSE_OLD}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int leads_to_dot = 0; leads_to_dot <= 1; leads_to_dot++) {
            set_up(NULL);
            struct gate_travel t = leads_to_dot ? scene_travel(&scene, 1) : beside();
            assert_int_equal(scene_arrive(&scene, 0), GATE_CLEARED);
            scene.pose.stamp_ns = SCENE_NOW_NS - cases[i].age_ns;
            gate_on_pose(&scene.gate, &scene.pose);
            assert_int_equal(strike(0), cases[i].reason);
            assert_int_equal(travel(&t, SCENE_NOW_NS), cases[i].reason);
        }
}

static void poses_are_believed_or_not(void **state) {
    (void)state;
    for (int i = 0; i < 6; i++) {
        set_up(NULL);
        assert_int_equal(scene_arrive(&scene, 0), GATE_CLEARED);
        if (i == 0) scene.pose.innovation_sigma = 5;
        if (i == 1) scene.pose.innovation_sigma = nextafter(5, 6);
        if (i == 2) scene.pose.velocity.w.y = NAN;
        if (i == 3) scene.pose.T_rig_head.t.z = INFINITY;
        if (i == 4) scene.pose.velocity.v.x = INFINITY;
        if (i == 5) scene.pose.is_trusted = false;
        gate_on_pose(&scene.gate, &scene.pose);
        const enum gate_reason wanted[] = {GATE_HEAD_JOLTED, GATE_HEAD_UNSURE, GATE_NUMBER,
                                           GATE_NUMBER,      GATE_NUMBER,      GATE_HEAD_UNSURE};
        assert_int_equal(strike(0), wanted[i]);
        struct gate_travel to_dot = scene_travel(&scene, 1), other = beside();
        assert_int_equal(travel(&to_dot, SCENE_NOW_NS), wanted[i]);
        assert_int_equal(travel(&other, SCENE_NOW_NS), i == 0 ? GATE_CLEARED : wanted[i]);
    }
    assert_true(isinf(gate_head_speed_mm_s(&scene.gate, vec3_make(0, 0, 0))));
}

/* Speed at the tip, turning included: the same twist is slow at its axis and fast far off. On the
 * way to a dot it is the dot's speed that counts, not that of the head where the needle comes from:
 * its park lies so far off the axis that both cases would be fast there. */
static void the_heads_speed_is_taken_at_the_tip(void **state) {
    (void)state;
    const struct {
        double turn_rad_s;
        enum gate_reason reason;
    } cases[] = {{0.04, GATE_CLEARED}, {0.06, GATE_HEAD_FAST}};
    for (size_t i = 0; i < 2; i++) {
        set_up(NULL);
        scene.pose.stamp_ns = SCENE_NOW_NS;
        scene.pose.velocity.w = vec3_make(0, 0, cases[i].turn_rad_s);
        /* About an axis 100 mm beside the tip. */
        scene.pose.velocity.v = vec3_cross(vec3_make(250, 150, 0), scene.pose.velocity.w);
        gate_on_pose(&scene.gate, &scene.pose);
        assert_int_equal(scene_arrive(&scene, 0), cases[i].reason);
        const struct gate_pose turning = scene.pose, still = scene_pose();
        gate_on_pose(&scene.gate, &still);
        if (cases[i].reason != GATE_CLEARED)
            assert_int_equal(scene_arrive(&scene, 0), GATE_CLEARED);
        gate_on_pose(&scene.gate, &turning);
        struct gate_strike s = scene_strike(0);
        s.contact_ns = SCENE_NOW_NS;
        assert_int_equal(strike_at(s, SCENE_NOW_NS), cases[i].reason);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(after_a_jolt_no_strike_for_a_while, set_up),
        cmocka_unit_test_setup(poses_age, set_up),
        cmocka_unit_test_setup(poses_are_believed_or_not, set_up),
        cmocka_unit_test_setup(the_heads_speed_is_taken_at_the_tip, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
