/* Median and quantiles of a few numbers, and of one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/spread.h"

static void numbers_are_asked_by_rank(void **state) {
    (void)state;
    double five[] = {3, -1, 2, 2, 10}, four[] = {4, 1, 3, 2}, one[] = {7}, hundred[100];
    spread_sort(five, 5);
    assert_true(five[0] == -1 && five[4] == 10);
    assert_true(spread_median(five, 5) == 2);
    spread_sort(four, 4);
    assert_true(spread_median(four, 4) == 2.5);
    assert_true(spread_quantile(four, 4, 0.5) == 2 && spread_quantile(four, 4, 0.51) == 3);
    assert_true(spread_median(one, 1) == 7);
    assert_true(spread_quantile(one, 1, 0) == 7 && spread_quantile(one, 1, 1) == 7);
    for (int i = 0; i < 100; i++) hundred[i] = 100 - i;
    spread_sort(hundred, 100);
    assert_true(spread_quantile(hundred, 100, 0.95) == 95);
    assert_true(spread_quantile(hundred, 100, 0) == 1 && spread_quantile(hundred, 100, 1) == 100);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(numbers_are_asked_by_rank)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
