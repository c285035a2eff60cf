/* base/codec.h: what was written is read, what is compared is the same within its limits, and bytes
 * that cannot be are never whole. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/codec.h"

struct values {
    uint64_t u;
    int64_t i, ns;
    uint32_t small;
    bool holds;
    double f;
    char text[8];
};

static void codec_values(struct codec *codec, struct values *v) {
    codec_u64(codec, &v->u);
    codec_i64(codec, &v->i);
    codec_ns(codec, &v->ns);
    codec_u32(codec, &v->small, 9);
    codec_bool(codec, &v->holds);
    codec_f64(codec, &v->f);
    codec_text(codec, v->text, sizeof v->text);
}

static const struct values table[] = {
    {0},
    {UINT64_MAX, INT64_MIN, INT64_MAX, 9, true, -1.5e-300, "seven.."},
    {300, -1, -5000, 5, false, 1e300, "a"},
};

static size_t write_values(const struct values *values, unsigned char *bytes, size_t size) {
    struct codec codec = codec_to_write(bytes, size);
    struct values copy = *values;
    codec_values(&codec, &copy);
    assert_true(codec.is_whole);
    return (size_t)(codec.to - bytes);
}

static void test_reads_what_was_written(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        unsigned char bytes[128];
        struct values read = {.u = 77};
        size_t count = write_values(&table[i], bytes, sizeof bytes);
        struct codec codec = codec_to_read(bytes, count);
        codec_values(&codec, &read);
        assert_true(codec_is_at_end(&codec));
        assert_true(read.u == table[i].u && read.i == table[i].i && read.ns == table[i].ns);
        assert_true(read.small == table[i].small && read.holds == table[i].holds);
        assert_memory_equal(&read.f, &table[i].f, sizeof read.f);
        assert_string_equal(read.text, table[i].text);
    }
}

static void test_cut_bytes_are_not_whole(void **state) {
    (void)state;
    unsigned char bytes[128];
    size_t count = write_values(&table[1], bytes, sizeof bytes);
    for (size_t cut = 0; cut < count; cut++) {
        struct values read;
        struct codec codec = codec_to_read(bytes, cut);
        codec_values(&codec, &read);
        assert_false(codec.is_whole);
    }
    for (size_t room = 0; room < count; room++) {
        unsigned char short_of[128];
        struct values copy = table[1];
        struct codec codec = codec_to_write(short_of, room);
        codec_values(&codec, &copy);
        assert_false(codec.is_whole);
    }
}

static void test_absurd_bytes_are_not_whole(void **state) {
    (void)state;
    const unsigned char endless[] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                     0xff, 0xff, 0xff, 0xff, 0xff};
    const unsigned char ten[] = {10}, long_text[] = {8, 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a'};
    uint64_t wide = 1;
    uint32_t small = 1;
    char text[8] = "before";
    struct codec codec = codec_to_read(endless, sizeof endless);
    codec_u64(&codec, &wide);
    assert_false(codec.is_whole);
    assert_true(wide == 0);
    codec = codec_to_read(ten, sizeof ten);
    codec_u32(&codec, &small, 9);
    assert_false(codec.is_whole);
    codec = codec_to_read(long_text, sizeof long_text);
    codec_text(&codec, text, sizeof text);
    assert_false(codec.is_whole);
    assert_string_equal(text, "");
}

/* Whether a change of the values is seen. */
static bool is_same(struct values changed) {
    unsigned char bytes[128];
    size_t count = write_values(&table[2], bytes, sizeof bytes);
    struct codec codec = codec_to_compare(bytes, count);
    codec_values(&codec, &changed);
    return codec.is_same && codec_is_at_end(&codec);
}

static void test_compares_within_its_limits(void **state) {
    (void)state;
    struct values v = table[2];
    assert_true(is_same(v));
    v.ns += CODEC_SAME_NS;
    v.f *= 1 + 0.5 * CODEC_SAME;
    assert_true(is_same(v));
    v.f *= 1 + 2 * CODEC_SAME;
    assert_false(is_same(v));
    v = table[2];
    v.ns += CODEC_SAME_NS + 1;
    assert_false(is_same(v));
    v = table[2];
    v.i++;
    assert_false(is_same(v));
    v = table[2];
    v.holds = !v.holds;
    assert_false(is_same(v));
    v = table[2];
    memcpy(v.text, "b", 2);
    assert_false(is_same(v));
    memcpy(v.text, "aa", 3);
    assert_false(is_same(v));
    v = table[2];
    v.f = NAN;
    assert_false(is_same(v));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads_what_was_written),
        cmocka_unit_test(test_cut_bytes_are_not_whole),
        cmocka_unit_test(test_absurd_bytes_are_not_whole),
        cmocka_unit_test(test_compares_within_its_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
