/* A recording's file: read as written, its largest size, its end, and what is wrong told with the
 * place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "controller/record/record.h"

#define FILE_MAX 65536

struct tape {
    unsigned char bytes[FILE_MAX];
    size_t count;
};

static void put(void *context, const void *bytes, size_t count) {
    struct tape *tape = context;
    assert_true(tape->count + count <= sizeof tape->bytes);
    memcpy(tape->bytes + tape->count, bytes, count);
    tape->count += count;
}

static struct record_writer begin(struct tape *tape, int64_t most) {
    const struct record_about about = {.program = "test", .scan = "scan.ply"};
    struct record_writer writer = {.put = put, .context = tape, .most = most};
    tape->count = 0;
    record_begin(&writer, &about, NS_PER_S);
    return writer;
}

/* Reads all; the result that ended it. */
static enum result read_all(const struct tape *tape, struct record_reader *reader,
                            size_t *ret_count, struct error *err) {
    FILE *stream = fmemopen((void *)tape->bytes, tape->count, "rb");
    struct record record;
    enum result result = record_open(reader, stream, "x.rec", err);
    for (*ret_count = 0; result == RESULT_OK; *ret_count += result == RESULT_OK)
        result = record_next(reader, &record, err);
    fclose(stream);
    return result;
}

static void test_reads_what_was_written(void **state) {
    (void)state;
    static struct tape tape;
    static struct record_reader reader;
    struct record_writer writer = begin(&tape, FILE_MAX);
    struct error err = {0};
    size_t count;
    for (int i = 0; i < 100; i++)
        record_put(&writer, RECORD_NEWS, NS_PER_S + i * NS_PER_MS, "payload", (size_t)i % 8);
    record_end(&writer, 2 * NS_PER_S, "as told");
    record_put(&writer, RECORD_NEWS, 3 * NS_PER_S, "late", 4); /* after the end: nothing */
    assert_int_equal(read_all(&tape, &reader, &count, &err), RESULT_NOT_FOUND);
    assert_int_equal(count, 101);
    assert_true(reader.is_ended);
    assert_string_equal(reader.end, "as told");
    assert_string_equal(reader.about.program, "test");
    assert_true(reader.start_ns == NS_PER_S && reader.now_ns == 2 * NS_PER_S);
}

static void test_ends_at_its_largest_size(void **state) {
    (void)state;
    static struct tape tape;
    static struct record_reader reader;
    struct record_writer writer = begin(&tape, 4096);
    struct error err = {0};
    size_t count;
    for (int i = 0; i < 10000; i++)
        record_put(&writer, RECORD_NEWS, NS_PER_S + i, "0123456789", 10);
    assert_false(record_is_open(&writer));
    assert_true(tape.count <= 4096 + 256);
    assert_int_equal(read_all(&tape, &reader, &count, &err), RESULT_NOT_FOUND);
    assert_true(reader.is_ended && count > 100);
    assert_non_null(strstr(reader.end, "largest size"));
}

static void test_is_good_up_to_where_it_stops(void **state) {
    (void)state;
    static struct tape tape;
    static struct record_reader reader;
    struct record_writer writer = begin(&tape, FILE_MAX);
    struct error err = {0};
    size_t first = tape.count, count, last = 0;
    for (int i = 0; i < 20; i++)
        record_put(&writer, RECORD_NEWS, NS_PER_S + i * NS_PER_MS, "0123456789", 10);
    for (size_t whole = tape.count; tape.count >= first; tape.count--) {
        assert_int_equal(read_all(&tape, &reader, &count, &err), RESULT_NOT_FOUND);
        assert_false(reader.is_ended);
        assert_non_null(strstr(reader.end, "stops half-way"));
        assert_true(tape.count == whole || count <= last);
        last = count;
    }
    assert_int_equal(count, 0);
    assert_int_equal(read_all(&tape, &reader, &count, &err), RESULT_FORMAT); /* not even a begin */
}

static void test_names_the_place(void **state) {
    (void)state;
    static struct tape tape;
    static struct record_reader reader;
    struct record_writer writer = begin(&tape, FILE_MAX);
    struct error err = {0};
    size_t count;
    record_put(&writer, RECORD_NEWS, NS_PER_S + 2 * NS_PER_MS, "a", 1);
    record_put(&writer, RECORD_NEWS, NS_PER_S + NS_PER_MS, "b", 1);
    assert_int_equal(read_all(&tape, &reader, &count, &err), RESULT_RANGE);
    assert_int_equal(count, 1);
    assert_non_null(strstr(err.text, "x.rec: byte "));
    assert_non_null(
        strstr(err.text, "record 2, 0.002000 s: the clock runs backwards, by 0.001000"));
    writer = begin(&tape, FILE_MAX);
    record_put(&writer, (enum record_kind)RECORD_KIND_COUNT, NS_PER_S, "a", 1);
    assert_int_equal(read_all(&tape, &reader, &count, &err), RESULT_FORMAT);
    assert_non_null(strstr(err.text, "damaged"));
}

static void test_refuses_what_is_none(void **state) {
    (void)state;
    static struct tape tape;
    static struct record_reader reader;
    struct error err = {0};
    size_t count;
    put(&tape, "no recording at all", 19);
    assert_int_equal(read_all(&tape, &reader, &count, &err), RESULT_FORMAT);
    struct record_about outside = {.program = "test", .scan = "../scan.ply"};
    struct record_writer writer = {.put = put, .context = &tape, .most = FILE_MAX};
    tape.count = 0;
    record_begin(&writer, &outside, 0);
    assert_int_equal(read_all(&tape, &reader, &count, &err), RESULT_FORMAT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads_what_was_written),
        cmocka_unit_test(test_ends_at_its_largest_size),
        cmocka_unit_test(test_is_good_up_to_where_it_stops),
        cmocka_unit_test(test_names_the_place),
        cmocka_unit_test(test_refuses_what_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
