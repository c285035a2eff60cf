/* The needle's length in the rig file: rewritten alone, on both kinds of rig;
 * the setter's place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/file.h"
#include "motion/kinematics.h"
#include "motion/rig_needle.h"

static char *read_text(const char *path) {
    char *text = NULL;
    size_t size = 0;
    struct error err = {0};
    if (file_read(path, RIG_FILE_BYTES_MAX, &text, &size, &err) != RESULT_OK)
        fail_msg("%s", err.text);
    return text;
}

/* How many lines differ, and the first that does. */
static size_t lines_changed(const char *a, const char *b, const char **ret_line) {
    size_t count = 0;
    while (*a && *b) {
        size_t m = strcspn(a, "\n"), n = strcspn(b, "\n");
        if (m != n || memcmp(a, b, m) != 0) {
            if (count++ == 0) *ret_line = b;
        }
        a += m + (a[m] == '\n');
        b += n + (b[n] == '\n');
    }
    assert_true(*a == *b);
    return count;
}

static void one_line_changes_and_the_tip_with_it(void **state) {
    (void)state;
    const char *const paths[] = {"configs/rigs/gantry.yaml", "configs/rigs/arm6.yaml"};
    const double longer_mm[] = {0.2375, -0.4, 0, 1.1};
    for (size_t k = 0; k < 2; k++) {
        char *text = read_text(paths[k]);
        for (size_t i = 0; i < sizeof longer_mm / sizeof *longer_mm; i++) {
            struct error err = {0};
            struct rig before, after;
            struct axes at = {{10, 20, 0.1, -0.2, -30}};
            char *changed = NULL;
            const char *line = "";
            /* The plate would be out of the new needle's stroke: that is another matter. */
            char *setter = strstr(text, "needle_setter:");
            if (setter) memcpy(setter, "#", 1);
            if (setter) memcpy(strstr(text, "  at:"), "#", 1);
            if (setter) memcpy(strstr(text, "  surface_mm:"), "#", 1);
            assert_int_equal(rig_text_with_needle(paths[k], text, longer_mm[i], &changed, &err),
                             RESULT_OK);
            assert_true(lines_changed(text, changed, &line) <= 1);
            assert_int_equal(rig_parse("a", text, strlen(text), &before, &err), RESULT_OK);
            assert_int_equal(rig_parse("b", changed, strlen(changed), &after, &err), RESULT_OK);
            struct pose was = kinematics_forward(&before, &at),
                        is = kinematics_forward(&after, &at);
            struct vec3 wanted =
                vec3_mad(was.t, -longer_mm[i], pose_rotate(was, vec3_make(0, 0, 1)));
            assert_true(vec3_distance(is.t, wanted) < 1e-3);
            free(changed);
        }
        free(text);
    }
}

static void what_it_cannot_rewrite_is_refused(void **state) {
    (void)state;
    char *text = read_text("configs/rigs/gantry.yaml"), *changed = (char *)"untouched";
    struct error err = {0};
    assert_int_equal(rig_text_with_needle("r", text, 1000, &changed, &err), RESULT_RANGE);
    assert_string_equal(changed, "untouched");
    assert_int_equal(rig_text_with_needle("r", "{}", 0.1, &changed, &err), RESULT_FORMAT);
    assert_string_equal(changed, "untouched");
    free(text);
}

static void the_setter_must_lie_within_the_stroke(void **state) {
    (void)state;
    static const struct {
        const char *value, *says;
    } cases[] = {
        {"[15, 15, -80.8]", NULL},          {"[15, 15, -80.0]", "within the stroke"},
        {"[15, 15, -81.5]", "within the"},  {"[15, 15, -60.8]", "within the stroke"},
        {"[45, 15, -80.8]", "lies beside"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *text = read_text("configs/rigs/gantry.yaml");
        char *value = strstr(text, "[15, 15, -80.8]");
        struct error err = {0};
        struct rig rig;
        memcpy(value, cases[i].value, strlen(cases[i].value));
        enum result result = rig_parse("rig", text, strlen(text), &rig, &err);
        if ((result == RESULT_OK) != !cases[i].says) fail_msg("case %zu: %s", i, err.text);
        if (cases[i].says) assert_non_null(strstr(err.text, cases[i].says));
        free(text);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_line_changes_and_the_tip_with_it),
        cmocka_unit_test(what_it_cannot_rewrite_is_refused),
        cmocka_unit_test(the_setter_must_lie_within_the_stroke),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
