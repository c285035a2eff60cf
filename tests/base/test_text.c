/* text_append_decimal() against printf: ties, signs, carries, and random numbers;
 * lists of numbers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "base/text.h"

static void check(double value, int decimals) {
    char expected[64], text[64];
    struct text_builder builder;
    snprintf(expected, sizeof expected, "%.*f", decimals, value);
    text_builder_init(&builder, text, sizeof text);
    text_append_decimal(&builder, value, decimals);
    if (!builder.is_whole) fail_msg("%s did not fit", expected);
    assert_string_equal(text, expected);
}

static void decimals_are_as_printf_writes_them(void **state) {
    (void)state;
    static const double values[] = {0,      -0.0,       0.5,     1.5,    2.5,
                                    0.0005, 0.0015,     12.0125, 0.9995, 999.9996,
                                    1e-9,   -268.68249, 1e8,     1e12,   5e-324};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        for (int decimals = 0; decimals <= 7; decimals++) check(values[i], decimals);
}

static void random_and_stepped_numbers_too(void **state) {
    (void)state;
    struct rng rng;
    rng_init(&rng, 4);
    print_message("seed 4\n");
    for (int i = 0; i < 200000; i++) {
        check(rng_range(&rng, -500, 500), i % 7);
        check((double)rng_below(&rng, 100000) / 80.0, 3); /* whole steps: half of them are ties */
        check((double)rng_below(&rng, 1000000) / 128.0, 4);
    }
}

static void what_does_not_fit_is_left_out(void **state) {
    (void)state;
    char text[8];
    struct text_builder builder;
    text_builder_init(&builder, text, sizeof text);
    text_append_decimal(&builder, 12.345, 3);
    text_append_decimal(&builder, 12.345, 3);
    assert_false(builder.is_whole);
    assert_string_equal(text, "12.345");
}

static void several_numbers_are_taken_whole_or_not_at_all(void **state) {
    (void)state;
    static const struct {
        const char *text;
        enum result result;
        size_t count;
        double last;
    } cases[] = {
        {"1 2 3", RESULT_OK, 3, 3},       {"1,-2.5", RESULT_OK, 2, -2.5},
        {" 1,  2 ", RESULT_OK, 2, 2},     {"", RESULT_OK, 0, -7},
        {"1 2 3 4", RESULT_LIMIT, 9, -7}, {"1 2x", RESULT_FORMAT, 9, -7},
        {"1 nan", RESULT_FORMAT, 9, -7},  {"1e999", RESULT_RANGE, 9, -7},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double values[3] = {-7, -7, -7};
        size_t count = 9;
        assert_int_equal(text_to_doubles(cases[i].text, values, 3, &count), cases[i].result);
        assert_int_equal(count, cases[i].count);
        assert_true(values[count > 0 && count < 4 ? count - 1 : 0] == cases[i].last);
    }
    char text[TEXT_NUMBERS_MAX + 2];
    memset(text, ' ', sizeof text);
    text[sizeof text - 1] = '\0';
    size_t count = 9;
    assert_int_equal(text_to_doubles(text, NULL, 0, &count), RESULT_LIMIT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decimals_are_as_printf_writes_them),
        cmocka_unit_test(random_and_stepped_numbers_too),
        cmocka_unit_test(what_does_not_fit_is_left_out),
        cmocka_unit_test(several_numbers_are_taken_whole_or_not_at_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
