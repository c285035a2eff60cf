/* The gate's own geometry: its kinematics against motion/'s, retreats, and the proof of clearance
 * against a dense sampling of the same motion. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/rng.h"
#include "controller/guard/retreat_target.h"
#include "safety/clearance.h"
#include "safety/limits.h"
#include "safety/retreat.h"
#include "tests/safety/gate_scene.h"

static struct gate_scene scene;
static struct gate_rig rig;
static struct rng rng;

static int set_up(void **state) {
    (void)state;
    if (!scene_init(&scene)) return -1;
    rig = guard_gate_rig(&scene.rig);
    rng_init(&rng, 51);
    return 0;
}

static void random_axes(double q[GATE_AXES_MAX]) {
    for (int i = 0; i < GATE_AXES_MAX; i++)
        q[i] = i < rig.axis_count ? rng_range(&rng, rig.axes[i].min, rig.axes[i].max) : 0;
}

static void two_kinematics_agree(void **state) {
    (void)state;
    for (int i = 0; i < 200; i++) {
        struct axes axes = {0};
        random_axes(axes.q);
        struct pose ours = chain_forward(&rig.chain, axes.q);
        struct pose theirs = kinematics_forward(&scene.rig, &axes);
        assert_true(vec3_distance(ours.t, theirs.t) < 1e-9);
        for (int r = 0; r < 3; r++)
            for (int c = 0; c < 3; c++)
                assert_true(fabs(ours.R.m[r][c] - theirs.R.m[r][c]) < 1e-12);
    }
}

static void a_retreat_is_straight_out(void **state) {
    (void)state;
    for (int i = 0; i < 300; i++) {
        double q[GATE_AXES_MAX], to[GATE_AXES_MAX];
        random_axes(q);
        q[0] = q[1] = 150;
        q[4] = rng_range(&rng, -140, -20); /* away from the ends, so that there is a way */
        assert_true(retreat_target(&rig, q, 8, to));
        assert_true(retreat_is_axial(&rig, q, to));
        struct pose before = chain_forward(&rig.chain, q), after = chain_forward(&rig.chain, to);
        struct vec3 up = pose_rotate(before, vec3_make(0, 0, 1));
        assert_true(vec3_distance(after.t, vec3_mad(before.t, 8, up)) < 1e-9);
        assert_true(fabs(to[2] - q[2]) + fabs(to[3] - q[3]) < 1e-9);
    }
}

static void what_is_not_straight_out_is_no_retreat(void **state) {
    (void)state;
    const double start[GATE_AXES_MAX] = {150, 150, 0.2, -0.1, -80, 0};
    double to[GATE_AXES_MAX], wrong[GATE_AXES_MAX];
    assert_true(retreat_target(&rig, start, 8, to));
    assert_false(retreat_is_axial(&rig, to, start)); /* inward */
    assert_true(retreat_is_axial(&rig, start, start));
    for (int axis = 0; axis < 5; axis++)
        for (int k = -1; k <= 1; k += 2) {
            memcpy(wrong, to, sizeof wrong);
            wrong[axis] += k * (axis == 2 || axis == 3 ? 1e-5 : 0.05);
            assert_false(retreat_is_axial(&rig, start, wrong));
            memcpy(wrong, to, sizeof wrong);
            wrong[axis] += k * (axis == 2 || axis == 3 ? 1e-10 : 0.001);
            assert_true(retreat_is_axial(&rig, start, wrong));
        }
    /* As far as 40 mm, and no farther; 0.01 mm sideways, and no more. */
    const double low[GATE_AXES_MAX] = {150, 150, 0, 0, -100, 0};
    const struct {
        double out_mm, sideways_mm;
        bool is_retreat;
    } cases[] = {{40, 0, true},    {40.001, 0, false}, {0, 0, true},      {-0.001, 0, false},
                 {8, 0.009, true}, {8, 0.011, false},  {0, 0.011, false}, {8, -0.011, false}};
    memcpy(to, low, sizeof to);
    to[0] += 0.0099;
    assert_true(retreat_is_axial(&rig, low, to));
    memcpy(to, low, sizeof to);
    to[2] += 5e-7; /* rad: as good as none */
    assert_true(retreat_is_axial(&rig, low, to));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        memcpy(to, low, sizeof to);
        to[4] += cases[i].out_mm;
        to[0] += cases[i].sideways_mm;
        if (retreat_is_axial(&rig, low, to) != cases[i].is_retreat) fail_msg("case %zu", i);
    }
}

/* Ends that are exact and a way between them that is not: a joint that turns full circle. */
static void a_bow_between_the_ends_is_seen(void **state) {
    (void)state;
    struct gate_rig bent = rig;
    double from[GATE_AXES_MAX] = {150, 150, 0, 0, -80, 0}, to[GATE_AXES_MAX];
    for (int turns = 0; turns <= 1; turns++) {
        memcpy(to, from, sizeof to);
        to[2] += turns * 2 * PI;
        to[4] += 8;
        assert_int_equal(retreat_is_axial(&bent, from, to), turns == 0);
    }
}

/* Skewed linear axes, as of a frame that is out of square. */
static void a_retreat_on_skewed_axes_is_straight_too(void **state) {
    (void)state;
    double q[GATE_AXES_MAX] = {150, 150, 0.1, 0.2, -80, 0}, to[GATE_AXES_MAX];
    struct gate_rig skewed = rig;
    for (int k = 0; k < 5; k++) {
        struct chain_joint *joint = &skewed.chain.joints[k];
        if (joint->axis == 0) joint->direction = vec3_unit(vec3_make(1, 0.3, 0.1));
        if (joint->axis == 1) joint->direction = vec3_unit(vec3_make(-0.2, 1, 0.2));
    }
    assert_true(retreat_target(&skewed, q, 8, to));
    struct pose before = chain_forward(&skewed.chain, q);
    struct vec3 up = pose_rotate(before, vec3_make(0, 0, 1));
    struct vec3 tip = chain_forward(&skewed.chain, to).t;
    assert_true(vec3_distance(tip, vec3_mad(before.t, 8, up)) < 1e-9);
    assert_true(retreat_is_axial(&skewed, q, to));
}

/* --- clearance --- */

/* The least room along the way by dense sampling: the skin is the plane z = 0 of the head. */
static double sampled_margin_mm(const double *from, const double *to, struct pose T_head_rig) {
    double least = INFINITY;
    for (int k = 0; k <= 400; k++) {
        double q[GATE_AXES_MAX] = {0};
        for (int i = 0; i < rig.axis_count; i++) q[i] = from[i] + k / 400.0 * (to[i] - from[i]);
        struct pose T = pose_mul(T_head_rig, chain_forward(&rig.chain, q));
        least = fmin(least, T.t.z - rig.tip_clearance_mm);
        for (int c = 0; c < rig.capsule_count; c++) {
            const struct gate_capsule *capsule = &rig.capsules[c];
            double z = fmin(pose_apply(T, capsule->a).z, pose_apply(T, capsule->b).z);
            least = fmin(least, z - capsule->radius_mm - rig.body_clearance_mm);
        }
    }
    return least;
}

/* Between two places of the tool near the skin, tilted any way. */
static void random_way(double from[GATE_AXES_MAX], double to[GATE_AXES_MAX]) {
    double *ends[2] = {from, to};
    for (int e = 0; e < 2; e++) {
        memset(ends[e], 0, sizeof(double) * GATE_AXES_MAX);
        ends[e][2] = rng_range(&rng, -0.5, 0.5);
        ends[e][3] = rng_range(&rng, -0.5, 0.5);
        struct vec3 tip = chain_forward(&rig.chain, ends[e]).t;
        struct vec3 wanted = {rng_range(&rng, 120, 180), rng_range(&rng, 120, 180),
                              -160 + rng_range(&rng, -2, 5)};
        ends[e][0] = wanted.x - tip.x;
        ends[e][1] = wanted.y - tip.y;
        ends[e][4] = wanted.z - tip.z;
    }
}

static void a_proof_of_clearance_is_right_and_nearly_always_found(void **state) {
    (void)state;
    int held = 0, missed = 0, refused = 0;
    struct pose T_head_rig = pose_inverse(scene.pose.T_rig_head);
    for (int i = 0; i < 400; i++) {
        double from[GATE_AXES_MAX], to[GATE_AXES_MAX];
        random_way(from, to);
        bool holds =
            clearance_holds(&rig, &scene.field, &(struct clearance_segment){from, to, T_head_rig});
        double margin_mm = sampled_margin_mm(from, to, T_head_rig);
        if (holds) assert_true(margin_mm >= 0);
        /* A capsule's axis is sampled half a millimetre apart: that much is given away. */
        if (margin_mm > 0.45) assert_true(holds);
        held += holds;
        refused += margin_mm < 0;
        missed += !holds && margin_mm >= 0;
    }
    print_message("seed 51: %d clear, %d not, %d clear but not proven\n", held, refused, missed);
    assert_true(held > 80 && refused > 80 && missed < 30);
}

/* The tip's room alone, to a hair; nothing else of the tool is near. */
static void the_tips_room_is_exact(void **state) {
    (void)state;
    const struct {
        double height_mm;
        bool holds;
    } cases[] = {{0.2021, true}, {0.2019, false}, {0.1, false}, {-1, false}, {0.3, true}};
    /* A clearance of 0.2, and two micrometres without which no step of the proof is made. */
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double at[GATE_AXES_MAX];
        scene_axes(&scene, vec3_make(-20, 0, 0), cases[i].height_mm, at);
        struct clearance_segment way = {at, at, pose_inverse(scene.pose.T_rig_head)};
        if (clearance_holds(&rig, &scene.field, &way) != cases[i].holds) fail_msg("case %zu", i);
    }
    double from[GATE_AXES_MAX], to[GATE_AXES_MAX];
    scene_axes(&scene, vec3_make(-20, 0, 0), 0.3, from);
    scene_axes(&scene, vec3_make(20, 5, 0), 0.3, to);
    struct clearance_segment way = {from, to, pose_inverse(scene.pose.T_rig_head)};
    assert_true(clearance_holds(&rig, &scene.field, &way));
}

/* One capsule of the tool above the skin, standing upright: its lower end counts. */
static void a_capsules_room_is_its_own(void **state) {
    (void)state;
    struct gate_rig one = rig;
    const struct {
        double lower_mm, radius_mm, clearance_mm, height_mm;
        bool holds;
    } cases[] = {{4, 3, 2, 1.5, true},  {4, 3, 2, 0.9, false}, {4, 5, 2, 3.5, true},
                 {4, 5, 2, 2.9, false}, {4, 3, 4, 3.5, true},  {4, 3, 4, 2.9, false}};
    one.capsule_count = 1;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int turned = 0; turned < 2; turned++) {
            double q[GATE_AXES_MAX];
            struct vec3 ends[2] = {{0, 0, cases[i].lower_mm}, {0, 0, cases[i].lower_mm + 30}};
            one.capsules[0] =
                (struct gate_capsule){ends[turned], ends[1 - turned], cases[i].radius_mm};
            one.body_clearance_mm = cases[i].clearance_mm;
            scene_axes(&scene, vec3_make(0, 0, 0), cases[i].height_mm, q);
            struct clearance_segment way = {q, q, pose_inverse(scene.pose.T_rig_head)};
            if (clearance_holds(&one, &scene.field, &way) != cases[i].holds)
                fail_msg("case %zu, %d", i, turned);
        }
}

/* Sampled 30/61 mm apart: what lies between is given away, and no more than that. */
static void a_capsules_room_is_exact(void **state) {
    (void)state;
    struct gate_rig one = rig;
    const double given_away_mm = FIELD_SLOPE_MAX * 0.5 * 30 / 61 + 0.002;
    one.capsule_count = 1;
    one.body_clearance_mm = 2;
    for (int turned = 0; turned < 2; turned++)
        for (int above = -1; above <= 1; above += 2) {
            double q[GATE_AXES_MAX];
            struct vec3 ends[2] = {{0, 0, 4}, {0, 0, 34}};
            one.capsules[0] = (struct gate_capsule){ends[turned], ends[1 - turned], 3};
            scene_axes(&scene, vec3_make(0, 0, 0), 1 + given_away_mm + above * 1e-4, q);
            struct clearance_segment way = {q, q, pose_inverse(scene.pose.T_rig_head)};
            assert_int_equal(clearance_holds(&one, &scene.field, &way), above > 0);
        }
}

static void raise_wall(void) {
    for (int z = 0; z < SCENE_SIDE; z++)
        for (int y = 0; y < SCENE_SIDE; y++)
            for (int x = 0; x < SCENE_SIDE; x++) {
                /* Distance to the wall x = 4 of the head, from -80 in steps of 4. */
                float wall = (float)abs(4 * x - 84) - 0.5F;
                float *value = &scene.values[(z * SCENE_SIDE + y) * SCENE_SIDE + x];
                if (wall < *value) *value = wall;
            }
}

/* Each tilt alone carries the tip, and farther still a capsule, through the wall. */
static void a_tilt_through_a_wall_is_found(void **state) {
    (void)state;
    raise_wall();
    struct gate_rig needle_only = rig, with_arm = rig;
    needle_only.capsule_count = 0;
    with_arm.capsule_count = 1;
    for (int i = 0; i < 60; i++) {
        double from[GATE_AXES_MAX] = {154 + rng_range(&rng, -3, 3), 150, 0, 0, 0, 0};
        double to[GATE_AXES_MAX];
        double tilt = rng_range(&rng, 0.2, 0.8);
        bool is_arm = i % 2;
        memcpy(to, from, sizeof to);
        from[3] = -tilt, to[3] = tilt;
        with_arm.capsules[0] = (struct gate_capsule){{0, 0, -60}, {0, 0, -62}, 0.1};
        struct clearance_segment way = {from, to, pose_inverse(scene.pose.T_rig_head)};
        assert_false(clearance_holds(is_arm ? &with_arm : &needle_only, &scene.field, &way));
        way.to = from;
        assert_true(clearance_holds(is_arm ? &with_arm : &needle_only, &scene.field, &way));
    }
}

static struct gate_rig rig_of(int joint_count, struct vec3 tip) {
    struct gate_rig made = {
        .axis_count = joint_count,
        .tip_clearance_mm = 0.2,
        .body_clearance_mm = 0.5,
        .chain = {.joint_count = joint_count, .tip = tip, .up = {0, 0, 1}, .side = {1, 0, 0}}};
    for (int k = 0; k < joint_count; k++) {
        made.axes[k] = (struct gate_axis){.min = -50, .max = 50};
        made.chain.joints[k] = (struct chain_joint){
            .is_rotary = true, .direction = {0, 0, 1}, .point = tip, .axis = k};
    }
    return made;
}

/* Chains whose far parts move much while the tip's own distance to a joint says little: a turn
 * beneath a slide, a turn beneath a turned arm, a turn that only a capsule feels. */
static void what_a_turn_carries_far_is_found(void **state) {
    (void)state;
    raise_wall();
    for (int kind = 0; kind < 3; kind++)
        for (int i = 0; i < 40; i++) {
            double half = rng_range(&rng, 0.5, 0.9), from[GATE_AXES_MAX] = {-half},
                   to[GATE_AXES_MAX] = {half};
            struct vec3 foot = {kind == 2 ? 14 : 4, rng_range(&rng, -10, 10), 20};
            struct gate_rig made = rig_of(kind == 2 ? 1 : 2, foot);
            if (kind == 0) { /* slid out along y by 45 mm */
                made.chain.joints[1] =
                    (struct chain_joint){.direction = {0, 1, 0}, .point = foot, .axis = 1};
                from[1] = to[1] = 45;
            }
            if (kind == 1) { /* elbow 25 mm out, turned over: the tip at its foot comes to 50 */
                made.chain.joints[1].point = vec3_make(foot.x, foot.y + 25, foot.z);
                from[1] = to[1] = PI;
            }
            if (kind ==
                2) { /* the tip at the turn itself, clear of the wall; a capsule 45 mm out */
                made.capsule_count = 1;
                made.capsules[0] = (struct gate_capsule){{0, 45, 0}, {0, 45, 1}, 0.2};
            }
            struct clearance_segment way = {from, to, pose_identity()};
            assert_false(clearance_holds(&made, &scene.field, &way));
            way.to = from;
            assert_true(clearance_holds(&made, &scene.field, &way));
        }
}

/* A thin wall across the way, which no sampling of fixed steps would be sure to meet. */
static void a_wall_between_is_found(void **state) {
    (void)state;
    raise_wall();
    struct gate_rig needle_only = rig;
    needle_only.capsule_count = 0;
    for (int i = 0; i < 40; i++) {
        double from[GATE_AXES_MAX], to[GATE_AXES_MAX];
        double y = rng_range(&rng, -40, 40), height_mm = rng_range(&rng, 5, 30);
        scene_axes(&scene, vec3_make(rng_range(&rng, -60, -1), y, 0), height_mm, from);
        scene_axes(&scene, vec3_make(rng_range(&rng, 6, 60), y, 0), height_mm, to);
        struct clearance_segment way = {from, to, pose_inverse(scene.pose.T_rig_head)};
        assert_false(clearance_holds(&needle_only, &scene.field, &way));
        way.to = from;
        assert_true(clearance_holds(&needle_only, &scene.field, &way));
    }
}

/* Turning about the tip carries the holder through what the tip itself stays clear of. */
static void turning_sweeps_the_holder(void **state) {
    (void)state;
    double from[GATE_AXES_MAX], to[GATE_AXES_MAX];
    struct gate_rig long_arm = rig;
    long_arm.capsule_count = 1;
    long_arm.capsules[0] = (struct gate_capsule){{60, 0, 20}, {60, 0, 30}, 2};
    scene_axes(&scene, vec3_make(0, 0, 0), 2, from);
    memcpy(to, from, sizeof to);
    from[3] = -0.8; /* on the way over zero the bracket dips to the skin, at neither end */
    to[3] = 0.8;
    struct pose T_head_rig = pose_inverse(scene.pose.T_rig_head);
    for (int k = 0; k < 2; k++) {
        struct clearance_segment end = {k ? to : from, k ? to : from, T_head_rig};
        bool is_clear = clearance_holds(&long_arm, &scene.field, &end);
        rig = long_arm;
        assert_int_equal(is_clear, sampled_margin_mm(end.from, end.to, T_head_rig) > 0.45);
    }
    struct clearance_segment way = {from, to, T_head_rig};
    assert_int_equal(clearance_holds(&long_arm, &scene.field, &way),
                     sampled_margin_mm(from, to, T_head_rig) > 0.45);
}

static void a_way_of_nonsense_is_refused(void **state) {
    (void)state;
    double from[GATE_AXES_MAX], to[GATE_AXES_MAX];
    scene_axes(&scene, vec3_make(0, 0, 0), 5, from);
    memcpy(to, from, sizeof to);
    to[0] = NAN;
    struct clearance_segment way = {from, to, pose_inverse(scene.pose.T_rig_head)};
    assert_false(clearance_holds(&rig, &scene.field, &way));
    memcpy(to, from, sizeof to);
    way.T_head_rig.t.z = NAN;
    assert_false(clearance_holds(&rig, &scene.field, &way));
    /* So far at so little room that the proof would never end: it gives up. */
    way.T_head_rig = pose_inverse(scene.pose.T_rig_head);
    scene_axes(&scene, vec3_make(-60, -60, 0), 0.2025, from);
    scene_axes(&scene, vec3_make(60, 60, 0), 0.2025, to);
    assert_false(clearance_holds(&rig, &scene.field, &way));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(two_kinematics_agree, set_up),
        cmocka_unit_test_setup(a_retreat_is_straight_out, set_up),
        cmocka_unit_test_setup(what_is_not_straight_out_is_no_retreat, set_up),
        cmocka_unit_test_setup(a_bow_between_the_ends_is_seen, set_up),
        cmocka_unit_test_setup(a_retreat_on_skewed_axes_is_straight_too, set_up),
        cmocka_unit_test_setup(a_proof_of_clearance_is_right_and_nearly_always_found, set_up),
        cmocka_unit_test_setup(the_tips_room_is_exact, set_up),
        cmocka_unit_test_setup(a_capsules_room_is_its_own, set_up),
        cmocka_unit_test_setup(a_capsules_room_is_exact, set_up),
        cmocka_unit_test_setup(a_tilt_through_a_wall_is_found, set_up),
        cmocka_unit_test_setup(what_a_turn_carries_far_is_found, set_up),
        cmocka_unit_test_setup(a_wall_between_is_found, set_up),
        cmocka_unit_test_setup(turning_sweeps_the_holder, set_up),
        cmocka_unit_test_setup(a_way_of_nonsense_is_refused, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
