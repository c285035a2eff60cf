/* Options by a table: what is taken, and in what words the rest is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/options.h"

#define WORDS_MAX 20

struct place {
    double x;
};

struct taken {
    const char *scan, *when, *image;
    struct option_list names, rest;
    double size_mm, lift_mm, shift_mm;
    int64_t count, seed;
    bool is_json;
    struct place place;
};

static const char *name_items[2], *rest_items[2];

static bool take_place(const char *value, void *into) {
    return sscanf(value, "x%lf", &((struct place *)into)->x) == 1;
}

/* The words of a command line, split at blanks, through a table with a row of each kind. */
static bool parse(const char *line, struct taken *t, int *ret_exit) {
    static char copy[256]; /* what is taken points into it */
    char *argv[WORDS_MAX + 1], *left = copy;
    int argc = 0;
    snprintf(copy, sizeof copy, "%s", line);
    for (char *word; (word = strsep(&left, " ")) != NULL && argc < WORDS_MAX;) argv[argc++] = word;
    argv[argc] = NULL;
    *t = (struct taken){.count = -1, .names = {name_items, 2, 0}, .rest = {rest_items, 2, 0}};
    const struct option_row rows[] = {
        {"scan", 's', .text = &t->scan, .is_needed = true},
        {"when", .text = &t->when, .choices = "fresh|healed"},
        {"name", .list = &t->names},
        {"size-mm", .number = &t->size_mm, .low = 1, .high = 100},
        {"lift-mm", .number = &t->lift_mm, .low = 0.5},
        {"shift-mm", .number = &t->shift_mm},
        {"count", .integer = &t->count, .low = 3, .high = 64},
        {"seed", .integer = &t->seed},
        {"place", .take = take_place, .into = &t->place, .expected = "x and a number"},
        {"json", .flag = &t->is_json},
        {"secret", .flag = &t->is_json}, /* the help does not name it */
        {"IMAGE", .is_word = true, .text = &t->image, .is_needed = true},
        {"MORE", .is_word = true, .list = &t->rest},
    };
    const struct options options = {
        "smprig",
        "Usage: smprig v -s SCAN IMAGE MORE [--when TIME] [--name N] [--size-mm S]\n"
        "  --lift-mm --shift-mm --count, --seed --place [--json] --secretly\n",
        rows,
        sizeof rows / sizeof *rows,
    };
    return options_parse(&options, argc, argv, ret_exit);
}

/* What is written to a stream meanwhile, as text. */
static void parse_heard(const char *line, FILE *stream, struct taken *t, bool *ret_goes_on,
                        int *ret_exit, char *ret_said, size_t size) {
    FILE *heard = tmpfile();
    fflush(stream);
    int kept = dup(fileno(stream));
    dup2(fileno(heard), fileno(stream));
    *ret_goes_on = parse(line, t, ret_exit);
    fflush(stream);
    dup2(kept, fileno(stream));
    close(kept);
    rewind(heard);
    ret_said[fread(ret_said, 1, size - 1, heard)] = '\0';
    fclose(heard);
}

static void each_kind_is_taken(void **state) {
    (void)state;
    struct taken t;
    int code = -1;
    assert_true(
        parse("v pic -s a.ply --when healed --name A --name=B --size-mm 2.5 --lift-mm 7 "
              "--shift-mm -3 more",
              &t, &code));
    assert_string_equal(t.scan, "a.ply");
    assert_string_equal(t.when, "healed");
    assert_string_equal(t.image, "pic");
    assert_int_equal(t.names.count, 2);
    assert_string_equal(t.names.items[1], "B");
    assert_int_equal(t.rest.count, 1);
    assert_string_equal(t.rest.items[0], "more");
    assert_true(t.size_mm == 2.5 && t.lift_mm == 7 && t.shift_mm == -3);
    assert_true(
        parse("v --sc a --count 64 --seed 9223372036854775807 --place x4 --json pic", &t, &code));
    assert_true(t.count == 64 && t.seed == INT64_MAX && t.place.x == 4 && t.is_json);
    assert_true(parse("v -s a -- -pic", &t, &code));
    assert_string_equal(t.image, "-pic");
}

static void the_rest_is_refused_in_words(void **state) {
    (void)state;
    static const struct {
        const char *line, *said;
    } cases[] = {
        {"v", "Usage: "},
        {"v pic", "smprig v: --scan is missing; smprig v --help tells the options\n"},
        {"v -s a", "IMAGE is missing"},
        {"v -s a pic b c d", "MORE: expected at most 2 of them, not 'd'"},
        {"v pic --scna a", "no option '--scna' (did you mean --scan?)"},
        {"v pic --nothing", "no option '--nothing'; "},
        {"v pic --secret", "no option '--secret'; "},
        {"v pic -x", "no option '-x'"},
        {"v pic --json=1", "--json takes no value"},
        {"v pic -s", "--scan wants a value"},
        {"v pic --scan", "--scan wants a value"},
        {"v pic -s a --count 2", "--count: expected a whole number from 3 to 64, not '2'"},
        {"v pic -s a --count 3.5", "not '3.5'"},
        {"v pic -s a --seed -1", "--seed: expected a whole number from 0 on, not '-1'"},
        {"v pic -s a --seed 99999999999999999999", "--seed: expected"},
        {"v pic -s a --size-mm nan", "--size-mm: expected a number from 1 to 100, not 'nan'"},
        {"v pic -s a --size-mm 100.5", "not '100.5'"},
        {"v pic -s a --lift-mm 0.4", "--lift-mm: expected a number from 0.5 on, not '0.4'"},
        {"v pic -s a --shift-mm 1mm", "--shift-mm: expected a number, not '1mm'"},
        {"v pic -s a --when heal", "--when: expected one of fresh, healed, not 'heal'"},
        {"v pic -s a --when fresh|healed", "--when: expected one of"},
        {"v pic -s a --when=", "--when: expected one of"},
        {"v pic -s a --place 4", "--place: expected x and a number, not '4'"},
        {"v pic -s a --name A --name B --name C", "--name: expected at most 2 of them, not 'C'"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct taken t;
        char said[512];
        bool goes_on;
        int code = -1;
        parse_heard(cases[i].line, stderr, &t, &goes_on, &code, said, sizeof said);
        if (goes_on || code != EX_USAGE || !strstr(said, cases[i].said))
            fail_msg("%s: %d, %d: %s", cases[i].line, goes_on, code, said);
    }
}

static void help_is_told_wherever_it_is_asked(void **state) {
    (void)state;
    static const char *const lines[] = {"v --help", "v -h", "v --count 2 --help pic",
                                        "v -x --help"};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        struct taken t;
        char said[512];
        bool goes_on;
        int code = -1;
        parse_heard(lines[i], stdout, &t, &goes_on, &code, said, sizeof said);
        if (goes_on || code != EX_OK || strncmp(said, "Usage", 5) != 0)
            fail_msg("%s: %d, %d: %s", lines[i], goes_on, code, said);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_is_taken),
        cmocka_unit_test(the_rest_is_refused_in_words),
        cmocka_unit_test(help_is_told_wherever_it_is_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
