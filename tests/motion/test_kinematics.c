/* Both rigs' kinematics: forward of inverse is the pose, over all postures; the free turn about the
 * needle is used; what is out of reach is named and leaves the result alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "controller/guard/guard_bind.h"
#include "controller/guard/retreat_target.h"
#include "motion/arm.h"
#include "motion/arm_posture.h"
#include "motion/kinematics.h"
#include "motion/time_model.h"
#include "safety/retreat.h"

#define POSES 1000000

static const struct vec3 along_z = {0, 0, 1};

static int read_into(const char *path, struct rig *ret_rig) {
    struct error err = {0};
    if (rig_read(path, ret_rig, &err) == RESULT_OK) return 0;
    print_message("%s\n", err.text);
    return -1;
}

static struct rig arm, gantry;

static int set_up(void **state) {
    (void)state;
    return read_into("configs/rigs/arm6.yaml", &arm) ||
           read_into("configs/rigs/gantry.yaml", &gantry);
}

static struct axes random_axes(const struct rig *rig, struct rng *rng) {
    struct axes axes = {0};
    for (size_t i = 0; i < rig->axis_count; i++)
        axes.q[i] = rng_range(rng, rig->axes[i].min, rig->axes[i].max);
    return axes;
}

static double largest_off(const struct rig *rig, const struct axes *a, const struct axes *b) {
    double off = 0;
    for (size_t i = 0; i < rig->axis_count; i++) off = fmax(off, fabs(a->q[i] - b->q[i]));
    return off;
}

static double pose_off(struct pose a, struct pose b) {
    double off = vec3_distance(a.t, b.t);
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++) off = fmax(off, fabs(a.R.m[i][j] - b.R.m[i][j]));
    return off;
}

/* Every posture that comes back puts the tool there, in its own branch, and one of them is the one
 * that the pose was made from. */
static void all_postures_of_a_million_poses(void **state) {
    (void)state;
    struct rng rng;
    rng_init(&rng, 61);
    print_message("seed 61\n");
    double worst_mm = 0;
    size_t postures = 0, made_from = 0, singular = 0;
    for (int i = 0; i < POSES; i++) {
        struct axes q = random_axes(&arm, &rng);
        if (arm_is_singular(&arm, &q)) {
            singular++;
            continue;
        }
        struct pose T = kinematics_forward(&arm, &q);
        struct arm_posture found[ARM_BRANCHES];
        size_t count = arm_inverse(&arm, T, &q, found);
        bool is_there = false;
        for (size_t k = 0; k < count; k++) {
            double off = pose_off(kinematics_forward(&arm, &found[k].axes), T);
            worst_mm = fmax(worst_mm, off);
            is_there = is_there || largest_off(&arm, &found[k].axes, &q) < 1e-9;
            assert_int_equal(found[k].branch, arm_branch_of(&arm, &found[k].axes));
        }
        struct axes one;
        assert_true(arm_inverse_branch(&arm, T, &q, arm_branch_of(&arm, &q), &one));
        assert_true(largest_off(&arm, &one, &q) < 1e-9);
        postures += count;
        made_from += is_there;
    }
    print_message("%zu postures, %zu poses singular, worst %.2g mm\n", postures, singular,
                  worst_mm);
    assert_int_equal(made_from, POSES - singular);
    assert_true(postures > made_from + made_from / 20);
    assert_true(worst_mm < 1e-9);
}

/* A head's cap under the rig. */
static void random_dot(struct rng *rng, struct vec3 *ret_p, struct vec3 *ret_n) {
    *ret_n = vec3_unit(vec3_make(rng_range(rng, -0.6, 0.6), rng_range(rng, -0.6, 0.6), 1.0));
    *ret_p = vec3_mad(vec3_make(150, 160, -260), 85, *ret_n);
}

static void the_needle_is_where_it_should(void **state) {
    (void)state;
    const struct rig *rigs[] = {&gantry, &arm};
    struct rng rng;
    rng_init(&rng, 62);
    print_message("seed 62\n");
    for (int i = 0; i < 20000; i++)
        for (int k = 0; k < 2; k++) {
            struct vec3 p, n;
            struct axes best, near, there = {0};
            random_dot(&rng, &p, &n);
            memcpy(there.q, rigs[k]->park, sizeof there.q);
            assert_int_equal(kinematics_inverse(rigs[k], p, n, &best), REACH_OK);
            assert_int_equal(kinematics_inverse_near(rigs[k], p, n, &there, &near), REACH_OK);
            for (int m = 0; m < 2; m++) {
                struct pose T = kinematics_forward(rigs[k], m ? &near : &best);
                assert_true(vec3_distance(T.t, p) < 1e-9);
                assert_true(vec3_distance(pose_rotate(T, along_z), n) < 1e-12);
            }
        }
}

/* From dot to dot: soonest there with the turn chosen for it, never a jump, never near a stop. */
static void the_turn_about_the_needle_is_used(void **state) {
    (void)state;
    struct rng rng;
    rng_init(&rng, 63);
    print_message("seed 63\n");
    struct vec3 p, n;
    struct axes at, best;
    random_dot(&rng, &p, &n);
    assert_int_equal(kinematics_inverse(&arm, p, n, &at), REACH_OK);
    double near_s = 0, best_s = 0, held_s = 0, least = 1, jump = 0;
    for (int i = 0; i < 20000; i++) {
        struct vec3 way = vec3_make(rng_normal(&rng), rng_normal(&rng), rng_normal(&rng));
        struct vec3 m = vec3_unit(vec3_mad(n, 0.018, vec3_unit(way)));
        if (m.z < 0.75) continue;
        struct axes from, next, held;
        assert_int_equal(kinematics_inverse(&arm, p, n, &from), REACH_OK);
        p = vec3_mad(vec3_make(150, 160, -260), 85, m);
        assert_int_equal(kinematics_inverse(&arm, p, m, &best), REACH_OK);
        assert_int_equal(kinematics_inverse_near(&arm, p, m, &at, &next), REACH_OK);
        /* The same without a turn: the orientation carried over. */
        struct pose T = kinematics_forward(&arm, &at);
        struct vec3 z = pose_rotate(T, along_z), about = vec3_unit(vec3_cross(z, m));
        T.R = mat3_mul(mat3_exp(vec3_scale(about, vec3_angle(z, m))), T.R);
        T.t = p;
        assert_true(arm_inverse_branch(&arm, T, &at, arm_branch_of(&arm, &at), &held));
        near_s += time_model_travel_s(&arm, &at, &next);
        held_s += time_model_travel_s(&arm, &at, &held);
        best_s += time_model_travel_s(&arm, &from, &best);
        struct arm_margins margins = arm_margins(&arm, &next);
        least = fmin(least, fmin(fmin(margins.limits, margins.shoulder),
                                 fmin(margins.elbow, margins.wrist)));
        jump = fmax(jump, largest_off(&arm, &from, &best));
        n = m, at = next;
    }
    print_message(
        "1.5 mm hops: %.0f s with the turn chosen, %.0f s without a turn, %.0f s in the best "
        "posture; least margin %.2f; longest hop of the best posture %.2f rad\n",
        near_s, held_s, best_s, least, jump);
    assert_true(near_s < 0.9 * held_s);
    assert_true(near_s < best_s);
    assert_true(least > 0.3);
    assert_true(jump < 0.2); /* the best posture is smooth along the skin */
}

static void a_lift_keeps_the_needles_line(void **state) {
    (void)state;
    const struct rig *rigs[] = {&gantry, &arm};
    struct rng rng;
    rng_init(&rng, 64);
    print_message("seed 64\n");
    for (int i = 0; i < 5000; i++)
        for (int k = 0; k < 2; k++) {
            struct gate_rig gate_rig = guard_gate_rig(rigs[k]);
            struct vec3 p, n;
            struct axes q, up;
            random_dot(&rng, &p, &n);
            assert_int_equal(kinematics_inverse(rigs[k], p, n, &q), REACH_OK);
            assert_int_equal(kinematics_lift(rigs[k], &q, 6, &up), REACH_OK);
            struct pose before = kinematics_forward(rigs[k], &q);
            struct pose after = kinematics_forward(rigs[k], &up);
            before.t = vec3_mad(before.t, 6, n);
            assert_true(pose_off(before, after) < 1e-9);
            /* And the gate takes it for what it is, its own retreat too. */
            double out[GATE_AXES_MAX];
            assert_true(retreat_is_axial(&gate_rig, q.q, up.q));
            assert_true(retreat_target(&gate_rig, q.q, 8, out));
            assert_true(retreat_is_axial(&gate_rig, q.q, out));
            up.q[0] += k ? 1e-4 : 0.05;
            assert_false(retreat_is_axial(&gate_rig, q.q, up.q));
        }
}

static void the_gates_own_chain_agrees(void **state) {
    (void)state;
    struct gate_rig gate_rig = guard_gate_rig(&arm);
    struct rng rng;
    rng_init(&rng, 65);
    print_message("seed 65\n");
    for (int i = 0; i < 20000; i++) {
        struct axes q = random_axes(&arm, &rng);
        assert_true(pose_off(chain_forward(&gate_rig.chain, q.q), kinematics_forward(&arm, &q)) <
                    1e-9);
    }
}

static void what_the_arm_cannot_reach_is_refused(void **state) {
    (void)state;
    const struct {
        struct vec3 p, n;
    } cases[] = {
        {{150, 1500, -160}, {0, 0, 1}}, /* too far */
        {{150, -290, -160}, {0, 0, 1}}, /* on the foot */
        {{150, 160, -1200}, {0, 0, 1}}, /* under the floor */
        {{NAN, 160, -160}, {0, 0, 1}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct axes axes = {.q = {1, 2, 3, 4, 5, 6}}, before = axes;
        assert_int_equal(kinematics_inverse(&arm, cases[i].p, cases[i].n, &axes), REACH_POSTURE);
        assert_memory_equal(&axes, &before, sizeof axes);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_postures_of_a_million_poses),
        cmocka_unit_test(the_needle_is_where_it_should),
        cmocka_unit_test(the_turn_about_the_needle_is_used),
        cmocka_unit_test(a_lift_keeps_the_needles_line),
        cmocka_unit_test(the_gates_own_chain_agrees),
        cmocka_unit_test(what_the_arm_cannot_reach_is_refused),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
