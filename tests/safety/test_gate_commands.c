/* What the gate makes, and what it remembers of it until the board has done it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "safety/gate_check.h"
#include "tests/safety/gate_asks.h"

static void the_line_numbers_end(void **state) {
    (void)state;
    const struct cleared_command *command = NULL;
    struct gate_travel t = scene_travel(&scene, 0);
    /* A travel takes two: its second copy has the last one. */
    scene.gate.last_line = 99999997;
    assert_int_equal(travel(&t, SCENE_NOW_NS), GATE_LINES_USED_UP);
    scene.gate.last_line = 99999996;
    assert_int_equal(gate_clear_travel(&scene.gate, &t, SCENE_NOW_NS, &command), GATE_CLEARED);
    assert_int_equal(cleared_line(command), 99999997);
    gate_on_executed(&scene.gate, 99999997);
    assert_int_equal(travel(&t, SCENE_NOW_NS), GATE_LINES_USED_UP);
    assert_int_equal(strike(0), GATE_LINES_USED_UP);
    assert_int_equal(gate_clear_retreat(&scene.gate, t.q, &command), GATE_LINES_USED_UP);
    assert_int_equal(gate_clear_withdraw(&scene.gate, &command), GATE_LINES_USED_UP);
}

/* What the guard itself may send: alone, from a known place, straight out; or the needle alone. */
static void retreats_and_withdrawals_are_made_alone(void **state) {
    (void)state;
    const struct cleared_command *command = NULL;
    double out[GATE_AXES_MAX];
    assert_int_equal(scene_arrive(&scene, 0), GATE_CLEARED);
    memcpy(out, scene.gate.q, sizeof out);
    out[4] += 8;
    assert_int_equal(gate_clear_retreat(&scene.gate, out, &command), GATE_CLEARED);
    assert_int_equal(cleared_kind(command), CLEARED_TRAVEL);
    assert_true(cleared_axis(command, 4) == out[4] && scene.gate.q[4] == out[4]);
    assert_false(scene.gate.is_at_dot);
    assert_int_equal(gate_clear_retreat(&scene.gate, out, &command), GATE_TRAVEL_IN_FLIGHT);
    assert_int_equal(gate_clear_withdraw(&scene.gate, &command), GATE_TRAVEL_IN_FLIGHT);
    gate_on_unsent(&scene.gate); /* back where it was */
    assert_true(scene.gate.q[4] == out[4] - 8);
    assert_int_equal(gate_clear_withdraw(&scene.gate, &command), GATE_CLEARED);
    assert_int_equal(cleared_kind(command), CLEARED_WITHDRAW);
    gate_on_unsent(&scene.gate); /* nothing to go back to */
    assert_true(scene.gate.q[4] == out[4] - 8);
    assert_int_equal(scene_arrive(&scene, 0), GATE_CLEARED);
    assert_int_equal(strike(0), GATE_CLEARED);
    assert_int_equal(gate_clear_retreat(&scene.gate, out, &command), GATE_STRIKE_IN_FLIGHT);
    assert_int_equal(gate_clear_withdraw(&scene.gate, &command), GATE_STRIKE_IN_FLIGHT);
    gate_on_executed(&scene.gate, scene.gate.last_line);
    out[0] += 1; /* not straight out */
    assert_int_equal(gate_clear_retreat(&scene.gate, out, &command), GATE_CLEARANCE);
    out[0] = 1e6;
    assert_int_equal(gate_clear_retreat(&scene.gate, out, &command), GATE_AXIS_LIMIT);
    out[0] = NAN;
    assert_int_equal(gate_clear_retreat(&scene.gate, out, &command), GATE_NUMBER);
    gate_on_lost(&scene.gate);
    out[0] = scene.gate.q[0];
    assert_int_equal(gate_clear_retreat(&scene.gate, out, &command), GATE_NEEDLE_IN);
    assert_int_equal(gate_clear_withdraw(&scene.gate, &command), GATE_CLEARED);
    memset(&scene.gate, 0, sizeof scene.gate);
    assert_int_equal(gate_clear_retreat(&scene.gate, out, &command), GATE_NOT_BOUND);
    assert_int_equal(gate_clear_withdraw(&scene.gate, &command), GATE_NOT_BOUND);
}

/* What leads straight out needs neither pose nor room; what leads to a dot does,
 * wherever it goes. */
static void a_way_out_needs_no_pose(void **state) {
    (void)state;
    struct gate_travel out = {.arrive_ns = 0};
    assert_int_equal(scene_arrive(&scene, 0), GATE_CLEARED);
    memcpy(out.q, scene.gate.q, sizeof out.q);
    out.q[4] += 6;
    gate_on_pose(&scene.gate, &(struct gate_pose){0});
    assert_int_equal(travel(&out, SCENE_NOW_NS), GATE_CLEARED);
    gate_on_unsent(&scene.gate);
    out.leads_to_dot = true;
    out.dot = 10;
    assert_int_equal(travel(&out, SCENE_NOW_NS), GATE_NO_POSE);
    out.leads_to_dot = false;
    out.q[4] -= 7;
    assert_int_equal(travel(&out, SCENE_NOW_NS), GATE_NO_POSE);
}

/* The board must have shown that it has this very travel as it was sent. */
static void a_strike_waits_for_its_travels_word(void **state) {
    (void)state;
    struct gate_travel t = scene_travel(&scene, 0);
    assert_int_equal(travel(&t, SCENE_NOW_NS), GATE_CLEARED);
    uint32_t line = scene.gate.target_line;
    gate_on_executed(&scene.gate, line);
    assert_int_equal(strike(0), GATE_NOT_CONFIRMED);
    gate_on_confirmed(&scene.gate, line - 1);
    gate_on_confirmed(&scene.gate, line + 1);
    assert_int_equal(strike(0), GATE_NOT_CONFIRMED);
    gate_on_confirmed(&scene.gate, line);
    gate_on_confirmed(&scene.gate, line - 1); /* an older report takes nothing back */
    t = scene_travel(&scene, 1);
    assert_int_equal(strike(0), GATE_CLEARED);
    /* What holds for one travel says nothing of the next. */
    assert_int_equal(travel(&t, SCENE_NOW_NS), GATE_CLEARED);
    gate_on_executed(&scene.gate, scene.gate.last_line);
    gate_on_confirmed(&scene.gate, line);
    assert_int_equal(strike(1), GATE_NOT_CONFIRMED);
}

/* Lines end in order: a later one's end says that the earlier ones have ended. */
static void what_is_in_flight_ends_in_order(void **state) {
    (void)state;
    struct gate_travel t = scene_travel(&scene, 1);
    assert_int_equal(scene_arrive(&scene, 0), GATE_CLEARED);
    assert_int_equal(strike(0), GATE_CLEARED);
    uint32_t strike_line = scene.gate.last_line;
    assert_int_equal(travel(&t, SCENE_NOW_NS), GATE_CLEARED);
    gate_on_executed(&scene.gate, strike_line - 1);
    assert_true(scene.gate.strike_line == strike_line && scene.gate.travel_line);
    gate_on_executed(&scene.gate, strike_line);
    assert_true(scene.gate.strike_line == 0 && scene.gate.travel_line == strike_line + 1);
    gate_on_executed(&scene.gate, strike_line + 1);
    assert_true(scene.gate.travel_line == 0);
    gate_on_confirmed(&scene.gate, strike_line + 1);
    /* A travel that was not sent leaves neither its place nor its dot. */
    assert_int_equal(strike(1), GATE_CLEARED);
    gate_on_unsent(&scene.gate);
    assert_true(scene.gate.strike_line == 0 && scene.gate.is_at_dot);
    t = scene_travel(&scene, 2);
    assert_int_equal(travel(&t, SCENE_NOW_NS), GATE_CLEARED);
    gate_on_unsent(&scene.gate);
    assert_true(scene.gate.travel_line == 0 && !scene.gate.is_at_dot);
    /* A skipped number clears nothing that came later. */
    assert_int_equal(travel(&t, SCENE_NOW_NS), GATE_CLEARED);
    gate_on_executed(&scene.gate, scene.gate.last_line + 5);
    assert_true(scene.gate.travel_line == 0);
    double q[GATE_AXES_MAX] = {1, 2, 3, 4, 5, 6};
    gate_on_rest(&scene.gate, q);
    assert_true(memcmp(scene.gate.q, q, sizeof q) == 0 && !scene.gate.is_at_dot);
}

/* A travel that was not sent, behind a strike that was: the strike stays in flight. */
static void what_was_not_sent_leaves_the_rest(void **state) {
    (void)state;
    struct gate_travel t = scene_travel(&scene, 1);
    double before[GATE_AXES_MAX];
    assert_int_equal(scene_arrive(&scene, 0), GATE_CLEARED);
    assert_int_equal(strike(0), GATE_CLEARED);
    memcpy(before, scene.gate.q, sizeof before);
    t.q[0] += 3;
    assert_int_equal(travel(&t, SCENE_NOW_NS), GATE_CLEARED);
    gate_on_unsent(&scene.gate);
    assert_true(scene.gate.strike_line != 0 && scene.gate.travel_line == 0);
    assert_memory_equal(before, scene.gate.q, sizeof before);
    /* Lost, or at rest: nothing is in flight, and the needle is at no dot. */
    for (int i = 0; i < 2; i++) {
        assert_true(scene_init(&scene));
        assert_int_equal(scene_arrive(&scene, 0), GATE_CLEARED);
        assert_int_equal(strike(0), GATE_CLEARED);
        t = scene_travel(&scene, 1);
        assert_int_equal(travel(&t, SCENE_NOW_NS), GATE_CLEARED);
        if (i == 0) gate_on_lost(&scene.gate);
        if (i == 1) gate_on_rest(&scene.gate, before);
        assert_true(!scene.gate.strike_line && !scene.gate.travel_line && !scene.gate.is_at_dot);
        assert_int_equal(scene.gate.is_placed, i == 1);
    }
}

/* The command carries just what was cleared. */
static void a_command_is_what_was_asked(void **state) {
    (void)state;
    const struct cleared_command *command = NULL;
    struct gate_travel t = scene_travel(&scene, 0);
    t.q[5] = 7; /* no axis of this rig */
    assert_int_equal(gate_clear_travel(&scene.gate, &t, SCENE_NOW_NS, &command), GATE_CLEARED);
    assert_int_equal(cleared_kind(command), CLEARED_TRAVEL);
    assert_int_equal(cleared_line(command), 1);
    for (int i = 0; i < 5; i++) assert_true(cleared_axis(command, i) == t.q[i]);
    assert_true(cleared_axis(command, 5) == 0);
    gate_on_executed(&scene.gate, 1);
    gate_on_confirmed(&scene.gate, 1);
    struct gate_strike s = scene_strike(0);
    assert_int_equal(gate_clear_strike(&scene.gate, &s, SCENE_NOW_NS, &command), GATE_CLEARED);
    assert_int_equal(cleared_kind(command), CLEARED_STRIKE);
    assert_int_equal(cleared_line(command), 3);
    assert_true(cleared_stroke_mm(command) == 1.1 && cleared_plunge_mm_s(command) == 80);
    assert_int_equal(scene.gate.strike_dot, 10);
}

/* However soon its asker says the contact will be: a strike waits for the travel before it, and
 * that for the strike before it. */
static void a_strike_is_not_sent_long_before_its_travel_can_end(void **state) {
    /* 1.1 mm down at 80 mm/s (reached) and up at 200 mm/s (not), 8000 mm/s^2. */
    const double strike_ms = 1e3 * (1.1 / 80 + 80.0 / 8000 + 2 * sqrt(1.1 / 8000));
    const struct {
        double way_mm; /* of axis 0: 200 mm/s, 5000 mm/s^2 */
        double way_1;  /* of axis 1: 20 mm/s here, 5000 mm/s^2 */
        bool has_strike;
        double wanted_ms;
    } cases[] = {{0, 0, false, 0},
                 {1.6, 0, false, 2e3 * sqrt(1.6 / 5000)},
                 {-20, 0, false, 1e3 * (20.0 / 200 + 200.0 / 5000)},
                 {20, 0, true, 140 + strike_ms},
                 /* One way: axis 1 has it take 250 ms, axis 0 has it speed up at 250 /s^2. */
                 {20, 5, false, 1e3 * (5.0 / 20 + 20.0 / 5 / 250)}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double q[GATE_AXES_MAX];
        set_up(state);
        assert_int_equal(scene_arrive(&scene, 0), GATE_CLEARED);
        if (cases[i].has_strike) assert_int_equal(strike(0), GATE_CLEARED);
        memcpy(q, scene.gate.q, sizeof q);
        q[0] += cases[i].way_mm;
        q[1] += cases[i].way_1;
        scene.gate.rig.axes[1].speed_max = 20;
        int64_t ns = gate_arrival_ns(&scene.gate, q, SCENE_NOW_NS) - SCENE_NOW_NS;
        assert_true(fabs((double)ns * 1e-6 - cases[i].wanted_ms) < 1e-3);
    }
    set_up(state);
    struct gate_travel t = scene_travel(&scene, 0);
    memcpy(scene.gate.q, t.q, sizeof scene.gate.q);
    scene.gate.q[0] -= 3; /* 49 ms */
    assert_int_equal(travel(&t, SCENE_NOW_NS), GATE_CLEARED);
    gate_on_confirmed(&scene.gate, scene.gate.target_line);
    assert_int_equal(strike(0), GATE_CONTACT);
    scene.gate.arrival_ns = SCENE_NOW_NS + 15000001;
    assert_int_equal(strike(0), GATE_CONTACT);
    scene.gate.arrival_ns = SCENE_NOW_NS + 15000000;
    assert_int_equal(strike(0), GATE_CLEARED);
}

static void reasons_have_words(void **state) {
    (void)state;
    for (int i = 0; i < GATE_REASON_COUNT; i++)
        assert_true(strlen(gate_reason_text((enum gate_reason)i)) > 5);
    assert_string_equal(gate_reason_text(GATE_REASON_COUNT), "unknown");
    assert_string_equal(gate_reason_text((enum gate_reason) - 1), "unknown");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_line_numbers_end, set_up),
        cmocka_unit_test_setup(a_strike_is_not_sent_long_before_its_travel_can_end, set_up),
        cmocka_unit_test_setup(retreats_and_withdrawals_are_made_alone, set_up),
        cmocka_unit_test_setup(a_way_out_needs_no_pose, set_up),
        cmocka_unit_test_setup(a_strike_waits_for_its_travels_word, set_up),
        cmocka_unit_test_setup(what_is_in_flight_ends_in_order, set_up),
        cmocka_unit_test_setup(what_was_not_sent_leaves_the_rest, set_up),
        cmocka_unit_test_setup(a_command_is_what_was_asked, set_up),
        cmocka_unit_test_setup(reasons_have_words, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
