/* The gate's limits at their edges, just allowed and just refused; what the skin may bear. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/safety/gate_asks.h"

static void the_lease_runs_out(void **state) {
    (void)state;
    struct gate_travel t = scene_travel(&scene, 0);
    gate_on_lease(&scene.gate, SCENE_NOW_NS - 1);
    assert_int_equal(travel(&t, SCENE_NOW_NS), GATE_LEASE);
    gate_on_lease(&scene.gate, SCENE_NOW_NS);
    assert_int_equal(scene_arrive(&scene, 0), GATE_CLEARED);
    gate_on_lease(&scene.gate, SCENE_NOW_NS - 1);
    assert_int_equal(strike(0), GATE_LEASE);
    gate_on_lease(&scene.gate, SCENE_NOW_NS);
    assert_int_equal(strike(0), GATE_CLEARED);
}

static void a_strike_begins_within_sixty_milliseconds(void **state) {
    (void)state;
    const struct {
        int64_t ahead_ns;
        enum gate_reason reason;
    } cases[] = {{-1, GATE_CONTACT},
                 {60 * MS + 1, GATE_CONTACT},
                 {0, GATE_CLEARED},
                 {60 * MS, GATE_CLEARED}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        set_up(NULL);
        assert_int_equal(scene_arrive(&scene, 0), GATE_CLEARED);
        struct gate_strike s = scene_strike(0);
        s.contact_ns = SCENE_NOW_NS + cases[i].ahead_ns;
        assert_int_equal(strike_at(s, SCENE_NOW_NS), cases[i].reason);
    }
}

/* The aim is taken for the head as it will be at contact, not as it is. */
static void the_aim_is_for_the_moment_of_contact(void **state) {
    (void)state;
    for (int i = 0; i < 2; i++) {
        set_up(NULL);
        assert_int_equal(scene_arrive(&scene, 0), GATE_CLEARED);
        struct gate_strike s = scene_strike(0);
        s.contact_ns = SCENE_NOW_NS + 50 * MS;
        scene.pose.stamp_ns = SCENE_NOW_NS;
        scene.pose.velocity.v = vec3_make(4, 0, 0); /* 0.2 mm by then */
        if (i == 1) scene.pose.T_rig_head.t.x -= 0.2;
        gate_on_pose(&scene.gate, &scene.pose);
        assert_int_equal(strike_at(s, SCENE_NOW_NS), i == 0 ? GATE_AIM : GATE_CLEARED);
    }
}

/* A head that comes on is reckoned with until the arrival, at most a quarter of a second ahead. */
static void travels_are_clear_at_their_arrival(void **state) {
    (void)state;
    const struct {
        double up_mm_s;
        int64_t arrive_ms;
        enum gate_reason reason;
    } cases[] = {{2, 40, GATE_CLEARED},       {2, 150, GATE_CLEARANCE},
                 {0.7, 250, GATE_CLEARED},    {0.7, 999, GATE_CLEARED},
                 {0.9, 999, GATE_CLEARANCE},  {-4, 40, GATE_CLEARED},
                 {1.9, -500, GATE_CLEARED},   {-4, -500, GATE_CLEARED},
                 {0.7905, 999, GATE_CLEARED}, {0.7935, 999, GATE_CLEARANCE}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        set_up(NULL);
        struct gate_travel t = scene_travel(&scene, 0);
        t.arrive_ns = SCENE_NOW_NS + cases[i].arrive_ms * MS;
        scene.pose.stamp_ns = SCENE_NOW_NS;
        scene.pose.velocity.v = vec3_make(0, 0, cases[i].up_mm_s);
        gate_on_pose(&scene.gate, &scene.pose);
        assert_int_equal(travel(&t, SCENE_NOW_NS), cases[i].reason);
    }
}

static void strokes_at_their_edges(void **state) {
    (void)state;
    struct {
        double stroke_mm, plunge_mm_s, dwell_s, needle_mm_s, needle_mm_s2;
        enum gate_reason reason;
    } cases[] = {
        {1.1, 200, 0, 200, 20000, GATE_CLEARED},
        {1.1, nextafter(200, 999), 0, 250, 20000, GATE_STROKE},
        {1.1, 100, 0, 100, 8000, GATE_CLEARED},
        {1.1, 101, 0, 100, 8000, GATE_STROKE},
        {1.1, 80, nextafter(0, 1), 200, 8000, GATE_STROKE}, /* no dwell at all */
        /* 0.7 mm at v down, 0.7 mm at 200 up, (v + 200) / 2a: 40 ms is the most. */
        {1.1, 32, 0, 200, 8000, GATE_CLEARED},
        {1.1, 31.5, 0, 200, 8000, GATE_STROKE},
        {1.1, 80, 0, 200, 5200, GATE_CLEARED},
        {1.1, 80, 0, 200, 4900, GATE_STROKE},
        {1.1, 80, 0, 85, 8000, GATE_CLEARED},
        {0, 80, 0, 200, 8000, GATE_STROKE},
        {1.1, 0, 0, 200, 8000, GATE_STROKE},
        {1.1, -80, 0, 200, 8000, GATE_STROKE},
        {-1.1, 80, 0, 200, 8000, GATE_STROKE},
        {1.6, 80, 0, 200, 8000, GATE_STROKE},
        {1.1, 80, -0.001, 200, 8000, GATE_STROKE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        set_up(NULL);
        scene.gate.rig.needle_speed_mm_s = cases[i].needle_mm_s;
        scene.gate.rig.needle_acceleration_mm_s2 = cases[i].needle_mm_s2;
        assert_int_equal(scene_arrive(&scene, 0), GATE_CLEARED);
        struct gate_strike s = scene_strike(0);
        s.stroke_mm = cases[i].stroke_mm;
        s.plunge_mm_s = cases[i].plunge_mm_s;
        s.dwell_s = cases[i].dwell_s;
        if (strike_at(s, SCENE_NOW_NS) != cases[i].reason) fail_msg("case %zu", i);
    }
    /* Up to the rig's whole stroke, and not a hair more. */
    set_up(NULL);
    scene.dots[0].depth_um = 1100;
    assert_int_equal(scene_arrive(&scene, 0), GATE_CLEARED);
    struct gate_strike s = scene_strike(0);
    s.stroke_mm = nextafter(1.5, 2);
    assert_int_equal(strike_at(s, SCENE_NOW_NS), GATE_STROKE);
    s.stroke_mm = 1.5;
    assert_int_equal(strike_at(s, SCENE_NOW_NS), GATE_CLEARED);
}

static void planned_depths_keep_their_ceiling(void **state) {
    (void)state;
    const struct {
        uint8_t region;
        uint16_t depth_um;
        double stroke_mm;
        enum gate_reason reason;
    } cases[] = {{0, 1000, 1.39, GATE_CLEARED}, {0, 1001, 1.395, GATE_DEPTH},
                 {1, 1090, 1.49, GATE_CLEARED}, {2, 1050, 1.45, GATE_CLEARED},
                 {0, 990, 1.41, GATE_DEPTH}, /* the plan allows it, the stroke goes below */
                 {3, 1001, 1.395, GATE_DEPTH}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        set_up(NULL);
        scene.dots[0].region = cases[i].region;
        scene.dots[0].depth_um = cases[i].depth_um;
        assert_int_equal(scene_arrive(&scene, 0), GATE_CLEARED);
        struct gate_strike s = scene_strike(0);
        s.stroke_mm = cases[i].stroke_mm;
        if (strike_at(s, SCENE_NOW_NS) != cases[i].reason) fail_msg("case %zu", i);
    }
}

/* The stroke may miss the planned depth by sixty micrometres, deeper or shallower. */
static void the_depth_is_the_planned_one(void **state) {
    (void)state;
    const double off_mm[] = {0.0595, -0.0595, 0.0605, -0.0605};
    for (size_t i = 0; i < 4; i++) {
        set_up(NULL);
        struct gate_strike s = scene_strike(0);
        s.stroke_mm += off_mm[i];
        assert_int_equal(scene_arrive(&scene, 0), GATE_CLEARED);
        assert_int_equal(strike_at(s, SCENE_NOW_NS), i < 2 ? GATE_CLEARED : GATE_DEPTH);
    }
}

static void deep_regions_have_their_own_ceilings(void **state) {
    (void)state;
    for (uint8_t region = 1; region <= 2; region++)
        for (int over = 0; over <= 1; over++) {
            set_up(NULL);
            uint16_t ceiling_um = region == 1 ? 1150 : 1250;
            scene.gate.rig.stroke_max_mm = 2;
            scene.dots[0].region = region;
            scene.dots[0].depth_um = (uint16_t)(ceiling_um + over);
            assert_int_equal(scene_arrive(&scene, 0), GATE_CLEARED);
            struct gate_strike s = scene_strike(0);
            s.stroke_mm = 0.4 + ceiling_um * 1e-3 - 0.005;
            s.plunge_mm_s = 150;
            assert_int_equal(strike_at(s, SCENE_NOW_NS), over ? GATE_DEPTH : GATE_CLEARED);
        }
}

static void keep_outs_are_kept_out(void **state) {
    (void)state;
    const struct {
        struct gate_keep_out ball;
        enum gate_reason reason;
    } cases[] = {{{{0, 0, 0}, 0.1F}, GATE_KEEP_OUT},
                 {{{2, 0, 0}, 2}, GATE_KEEP_OUT}, /* on its rim is inside */
                 {{{2, 0, 0}, 1.99F}, GATE_CLEARED},
                 {{{0, -3, 0}, 3.1F}, GATE_KEEP_OUT},
                 {{{0, 0, 4}, 3.9F}, GATE_CLEARED},
                 {{{0, 0, 4}, 4.1F}, GATE_KEEP_OUT},
                 {{{NAN, 0, 0}, 1}, GATE_KEEP_OUT}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct gate_keep_out balls[2] = {{{50, 50, 0}, 1}, cases[i].ball};
        set_up(NULL);
        scene.gate.dots.keep_outs = balls;
        scene.gate.dots.keep_out_count = 2;
        assert_int_equal(scene_arrive(&scene, 0), GATE_CLEARED);
        if (strike(0) != cases[i].reason) fail_msg("case %zu", i);
    }
}

/* The first ball counts like the last. */
static void every_keep_out_counts(void **state) {
    (void)state;
    for (size_t k = 0; k < 3; k++) {
        struct gate_keep_out balls[3] = {{{50, 50, 0}, 1}, {{60, 50, 0}, 1}, {{70, 50, 0}, 1}};
        balls[k] = (struct gate_keep_out){{0, 0, 0}, 1};
        set_up(NULL);
        scene.gate.dots.keep_outs = balls;
        scene.gate.dots.keep_out_count = 3;
        assert_int_equal(scene_arrive(&scene, 0), GATE_CLEARED);
        assert_int_equal(strike(0), GATE_KEEP_OUT);
    }
}

/* A dot anywhere, its normal leaning, near another that was struck: every coordinate counts. */
static void dots_are_anywhere(void **state) {
    (void)state;
    for (int i = 0; i < 6; i++) {
        set_up(NULL);
        struct vec3 p = {7.5, -12.25, 3.5}, n = vec3_unit(vec3_make(0.25, -0.3, 1));
        struct gate_keep_out ball = {{7.5F, -12.25F, 5.5F}, 1.9F};
        struct axes axes = {0};
        scene.dots[0].p[0] = 7.5F, scene.dots[0].p[1] = -12.25F, scene.dots[0].p[2] = 3.5F;
        scene.dots[0].n[0] = (float)n.x, scene.dots[0].n[1] = (float)n.y;
        scene.dots[0].n[2] = (float)n.z;
        scene.dots[1] = scene.dots[0];
        scene.dots[1].id = 11;
        scene.dots[1].fate = GATE_FATE_STRUCK;
        scene.dots[1].p[1] = i == 1 ? -12.7F : -12.76F;
        if (i == 2) ball.p[2] = 5.3F;
        scene.gate.dots.keep_outs = &ball;
        scene.gate.dots.keep_out_count = 1;
        struct vec3 tip = vec3_add(vec3_make(150, 150, -160), vec3_mad(p, 0.4, n));
        if (i == 3) tip.y += 0.16;
        if (i == 4) tip.z += 0.1;
        if (i == 5) n = vec3_unit(vec3_make(0.32, -0.3, 1)); /* four degrees off */
        assert_int_equal(kinematics_inverse(&scene.rig, tip, n, &axes), REACH_OK);
        gate_on_rest(&scene.gate, axes.q);
        scene.gate.is_at_dot = scene.gate.is_confirmed = true;
        scene.gate.at_dot = 10;
        const enum gate_reason wanted[] = {GATE_CLEARED, GATE_PITCH, GATE_KEEP_OUT,
                                           GATE_AIM,     GATE_DEPTH, GATE_TILT};
        if (strike(0) != wanted[i]) fail_msg("case %d", i);
    }
}

static void speeds_and_axes_at_their_very_edge(void **state) {
    (void)state;
    struct gate_strike s = scene_strike(0);
    assert_int_equal(scene_arrive(&scene, 0), GATE_CLEARED);
    s.contact_ns = scene.pose.stamp_ns = SCENE_NOW_NS;
    scene.pose.velocity.v = vec3_make(5, 0, 0);
    gate_on_pose(&scene.gate, &scene.pose);
    assert_int_equal(strike_at(s, SCENE_NOW_NS), GATE_CLEARED);
    for (int axis = 0; axis < 5; axis++)
        for (int end = 0; end < 2; end++) {
            set_up(NULL);
            struct gate_travel t = {.arrive_ns = SCENE_NOW_NS};
            memcpy(t.q, scene.rig.park, sizeof t.q);
            t.q[axis] = end ? scene.rig.axes[axis].max : scene.rig.axes[axis].min;
            enum gate_reason reason = travel(&t, SCENE_NOW_NS);
            assert_true(reason == GATE_CLEARED || reason == GATE_CLEARANCE);
        }
    /* A short stroke is one too. */
    set_up(NULL);
    scene.dots[0].depth_um = 400;
    assert_int_equal(scene_arrive(&scene, 0), GATE_CLEARED);
    s = scene_strike(0);
    s.stroke_mm = 0.8;
    assert_int_equal(strike_at(s, SCENE_NOW_NS), GATE_CLEARED);
}

static void the_pitch_is_measured_in_space(void **state) {
    (void)state;
    for (int axis = 0; axis < 3; axis++)
        for (int near = 0; near <= 1; near++) {
            set_up(NULL);
            scene.dots[4] = scene.dots[0];
            scene.dots[4].id = 14;
            scene.dots[4].p[axis] = near ? -0.49F : -0.5F;
            scene.dots[4].fate = GATE_FATE_STRUCK;
            assert_int_equal(scene_arrive(&scene, 0), GATE_CLEARED);
            assert_int_equal(strike(0), near ? GATE_PITCH : GATE_CLEARED);
        }
    set_up(NULL); /* one that was only skipped is no neighbour */
    scene.dots[1].p[0] = 0.3F;
    gate_exclude(&scene.gate, 11);
    assert_int_equal(do_dot(0), GATE_CLEARED);
}

/* Two layers over one zone in a session, and a week between sessions. */
static void skin_has_its_passes_and_its_rest(void **state) {
    (void)state;
    for (uint8_t i = 0; i < 4; i++) scene.dots[i].layer = i;
    scene.dots[3].zone = 1;
    scene.dots[4].layer = 1;
    assert_int_equal(do_dot(0), GATE_CLEARED);
    assert_int_equal(do_dot(1), GATE_CLEARED);
    assert_int_equal(do_dot(2), GATE_PASSES);  /* the third layer of zone 0 */
    assert_int_equal(do_dot(3), GATE_CLEARED); /* another zone */
    assert_int_equal(do_dot(4), GATE_CLEARED); /* a layer that was begun */
    const struct {
        uint32_t hours_ago;
        uint8_t zone;
        enum gate_reason reason;
    } cases[] = {{0, 0, GATE_CLEARED},  {12, 0, GATE_CLEARED},  {13, 0, GATE_REST},
                 {167, 0, GATE_REST},   {168, 0, GATE_CLEARED}, {UINT32_MAX, 0, GATE_CLEARED},
                 {100, 5, GATE_CLEARED}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        set_up(NULL);
        scene.dots[4].zone = cases[i].zone;
        gate_on_struck(&scene.gate, 14, cases[i].hours_ago);
        assert_int_equal(scene_arrive(&scene, 4), GATE_DOT_NOT_PENDING);
        if (do_dot(0) != cases[i].reason) fail_msg("case %zu", i);
    }
    set_up(NULL); /* what this session struck before counts as its passes */
    for (uint8_t i = 0; i < 3; i++) scene.dots[i].layer = i;
    gate_on_struck(&scene.gate, 11, 3);
    gate_on_struck(&scene.gate, 12, 3);
    assert_int_equal(do_dot(0), GATE_PASSES);
    gate_on_struck(&scene.gate, 99, 3); /* unknown: ignored */
    gate_exclude(&scene.gate, 99);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_lease_runs_out, set_up),
        cmocka_unit_test_setup(a_strike_begins_within_sixty_milliseconds, set_up),
        cmocka_unit_test_setup(the_aim_is_for_the_moment_of_contact, set_up),
        cmocka_unit_test_setup(travels_are_clear_at_their_arrival, set_up),
        cmocka_unit_test_setup(strokes_at_their_edges, set_up),
        cmocka_unit_test_setup(planned_depths_keep_their_ceiling, set_up),
        cmocka_unit_test_setup(the_depth_is_the_planned_one, set_up),
        cmocka_unit_test_setup(deep_regions_have_their_own_ceilings, set_up),
        cmocka_unit_test_setup(keep_outs_are_kept_out, set_up),
        cmocka_unit_test_setup(every_keep_out_counts, set_up),
        cmocka_unit_test_setup(dots_are_anywhere, set_up),
        cmocka_unit_test_setup(speeds_and_axes_at_their_very_edge, set_up),
        cmocka_unit_test_setup(the_pitch_is_measured_in_space, set_up),
        cmocka_unit_test_setup(skin_has_its_passes_and_its_rest, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
