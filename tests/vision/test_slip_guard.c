/* After a jump no pose is let through before a look has found the skin where it was. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "vision/slip_guard.h"

static const struct slip_report within = {.state = SLIP_STILL, .is_within = true};
static const struct slip_report over = {.state = SLIP_STILL, .shift_mm = 1.5};
static const struct slip_report blind = {.state = SLIP_BLIND};
static const struct slip_report slipped = {.state = SLIP_SLIPPED, .shift_mm = 1.5};

/* One pose 33 ms after the one before; the look is taken when the guard wants one. */
static enum head_state pass(struct slip_guard *guard, enum head_state state,
                            const struct slip_report *report, bool *ret_is_due) {
    static int64_t stamp_ns;
    struct head_pose pose = {.stamp_ns = stamp_ns += 33 * NS_PER_MS, .state = state};
    *ret_is_due = slip_guard_is_due(guard, &pose);
    (void)slip_guard_judge(guard, *ret_is_due ? report : NULL, &pose);
    if (pose.state != state) assert_int_equal(pose.reason, HEAD_REASON_RING_SLIPPED);
    return pose.state;
}

static struct slip_guard seen(void) {
    struct slip_guard guard = {.looked_ns = INT64_MIN / 2};
    bool is_due;
    assert_int_equal(pass(&guard, HEAD_STILL, &within, &is_due), HEAD_STILL);
    assert_true(is_due);
    return guard;
}

static void quiet_poses_are_looked_at_now_and_then(void **state) {
    (void)state;
    struct slip_guard guard = seen();
    int looks = 0;
    for (int i = 0; i < 60; i++) {
        bool is_due;
        assert_int_equal(pass(&guard, HEAD_STILL, &within, &is_due), HEAD_STILL);
        looks += is_due;
    }
    assert_in_range(looks, 8, 10);
}

static void a_jump_is_looked_at_before_it_is_trusted(void **state) {
    (void)state;
    struct slip_guard guard = seen();
    bool is_due;
    assert_int_equal(pass(&guard, HEAD_FLINCH, &within, &is_due), HEAD_FLINCH);
    assert_false(is_due);
    assert_int_equal(pass(&guard, HEAD_STILL, &over, &is_due), HEAD_LOST);
    assert_true(is_due);
    assert_int_equal(pass(&guard, HEAD_STILL, &within, &is_due), HEAD_STILL);
    assert_true(is_due);
    assert_int_equal(guard.state, SLIP_STILL);
}

static void a_slip_stays_told(void **state) {
    (void)state;
    struct slip_guard guard = seen();
    bool is_due;
    (void)pass(&guard, HEAD_FLINCH, NULL, &is_due);
    assert_int_equal(pass(&guard, HEAD_STILL, &over, &is_due), HEAD_LOST);
    assert_int_equal(pass(&guard, HEAD_STILL, &slipped, &is_due), HEAD_LOST);
    for (int i = 0; i < 20; i++)
        assert_int_equal(pass(&guard, HEAD_STILL, &within, &is_due), HEAD_LOST);
}

/* After a jump, or in the midst of quiet poses: no pose until it is there again. */
static void skin_that_is_gone_is_waited_for(void **state) {
    (void)state;
    for (int has_jumped = 0; has_jumped <= 1; has_jumped++) {
        struct slip_guard guard = seen();
        bool is_due = false;
        if (has_jumped) (void)pass(&guard, HEAD_LOST, NULL, &is_due);
        while (!is_due && !has_jumped) (void)pass(&guard, HEAD_STILL, &blind, &is_due);
        for (int i = 0; i < 20; i++) {
            assert_int_equal(pass(&guard, HEAD_STILL, &blind, &is_due), HEAD_LOST);
            assert_true(is_due);
        }
        assert_int_equal(pass(&guard, HEAD_STILL, &within, &is_due), HEAD_STILL);
        assert_int_equal(guard.state, SLIP_STILL);
    }
}

static void what_was_never_seen_is_not_asked_for(void **state) {
    (void)state;
    struct slip_guard guard = {.looked_ns = INT64_MIN / 2};
    bool is_due;
    for (int i = 0; i < 20; i++) {
        (void)pass(&guard, HEAD_FLINCH, NULL, &is_due);
        assert_int_equal(pass(&guard, HEAD_STILL, &blind, &is_due), HEAD_STILL);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quiet_poses_are_looked_at_now_and_then),
        cmocka_unit_test(a_jump_is_looked_at_before_it_is_trusted),
        cmocka_unit_test(a_slip_stays_told),
        cmocka_unit_test(skin_that_is_gone_is_waited_for),
        cmocka_unit_test(what_was_never_seen_is_not_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
