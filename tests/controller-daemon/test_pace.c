/* The pace: so many dots a second of what the plan allows, and never more. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/clock.h"
#include "controller/daemon/striker_pace.h"

#define PERIOD_NS (80 * NS_PER_MS) /* dots following each other */
#define ALONE_NS (110 * NS_PER_MS) /* a dot with nothing before it */

/* Strike dots for ten seconds as the striker does; how many. */
static int strike(struct striker_pace *pace, int percent) {
    int64_t now_ns = pace->done_ns + NS_PER_S, end_ns = now_ns + 10 * NS_PER_S;
    int count = 0;
    pace->percent = percent;
    for (; now_ns < end_ns; count++) {
        while (pace_rests(pace, false, now_ns)) now_ns += NS_PER_MS;
        pace_begin(pace, now_ns);
        now_ns += percent == STRIKER_PACE_WHOLE ? PERIOD_NS : ALONE_NS;
        pace_end(pace, now_ns);
    }
    return count;
}

static void as_many_as_the_percentage_says(void **state) {
    (void)state;
    struct striker_pace pace = {.percent = STRIKER_PACE_WHOLE};
    int whole = strike(&pace, STRIKER_PACE_WHOLE);
    assert_int_equal(whole, 10 * NS_PER_S / PERIOD_NS);
    for (int percent = STRIKER_PACE_LEAST; percent < STRIKER_PACE_WHOLE; percent += 10) {
        int count = strike(&pace, percent), wanted = whole * percent / 100;
        int most_alone = (int)(10 * NS_PER_S / ALONE_NS) + 1;
        if (wanted > most_alone) wanted = most_alone;
        assert_in_range(count, wanted - 2, wanted + 2);
    }
}

static void a_session_that_begins_slowly_is_never_faster_than_asked(void **state) {
    (void)state;
    struct striker_pace pace = {.percent = 50};
    assert_in_range(strike(&pace, 50), 1, 10 * NS_PER_S / PERIOD_NS / 2 + 2);
}

static void below_the_whole_pace_dots_do_not_overlap(void **state) {
    (void)state;
    struct striker_pace pace = {.percent = STRIKER_PACE_WHOLE};
    assert_false(pace_rests(&pace, true, 0));
    pace.percent = 90;
    assert_true(pace_rests(&pace, true, 0));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_many_as_the_percentage_says),
        cmocka_unit_test(a_session_that_begins_slowly_is_never_faster_than_asked),
        cmocka_unit_test(below_the_whole_pace_dots_do_not_overlap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
