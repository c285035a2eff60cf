/* Rig, scan and plan as the guard reads them again by itself: each is the very file that was named,
 * or nothing is bound (hazards 18, 19). Real files, any byte of them changed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/rng.h"
#include "controller/guard/case_loader.h"
#include "plan/dot.h"

#define RIG "configs/rigs/gantry.yaml"
#define SCAN "configs/scans/colin27.ply"
#define FLIPS 40
#define FILE_MAX (4 << 20)

static struct case_loader *loader;
static struct guard_load right;
static char folder[] = "/tmp/case-loader.XXXXXX", plan_path[64], changed_path[64];

static void name_file(const char *path, char *to_path, char *to_sha256) {
    snprintf(to_path, GUARD_PATH_MAX, "%s", path);
    assert_int_equal(file_sha256(path, to_sha256, NULL), RESULT_OK);
}

static void write_plan(const char *scan_sha256) {
    struct dot dots[] = {
        {.id = 7, .p_head = {1, 2, 90}, .n_head = {0, 0, 1}, .depth_um = 500, .diameter_um = 150},
        {.id = 9, .p_head = {3, 2, 90}, .n_head = {0, 0, 1}, .depth_um = 500, .diameter_um = 150}};
    struct dot_plan plan = {.dots = dots,
                            .dot_count = 2,
                            .zone_count = 1,
                            .shade_count = 1,
                            .zone_names = {"z"},
                            .shade_names = {"s"}};
    struct error err = {0};
    snprintf(plan.scan_sha256, sizeof plan.scan_sha256, "%s", scan_sha256);
    if (dot_plan_write(&plan, plan_path, &err) != RESULT_OK) fail_msg("%s", err.text);
    name_file(plan_path, right.plan_path, right.plan_sha256);
}

static int set_up(void **state) {
    (void)state;
    loader = case_loader_create();
    if (!loader || !mkdtemp(folder)) return -1;
    snprintf(plan_path, sizeof plan_path, "%s/plan.ply", folder);
    snprintf(changed_path, sizeof changed_path, "%s/changed", folder);
    name_file(RIG, right.rig_path, right.rig_sha256);
    name_file(SCAN, right.scan_path, right.scan_sha256);
    write_plan(right.scan_sha256);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    case_loader_destroy(&loader);
    unlink(plan_path);
    unlink(changed_path);
    return rmdir(folder);
}

static void expect_refused(const struct guard_load *load, enum result result, const char *says) {
    struct guard_case loaded = {.dots = {.count = 77}};
    struct error err = {0};
    assert_int_equal(case_loader_load(loader, load, &loaded, &err), result);
    if (!strstr(err.text, says)) fail_msg("%s", err.text);
    assert_int_equal(loaded.dots.count, 77); /* untouched */
}

static void the_named_files_are_bound(void **state) {
    (void)state;
    struct guard_case loaded;
    struct error err = {0};
    if (case_loader_load(loader, &right, &loaded, &err) != RESULT_OK) fail_msg("%s", err.text);
    assert_int_equal(loaded.dots.count, 2);
    assert_int_equal(loaded.dots.dots[1].id, 9);
    assert_string_equal(loaded.rig.name, "gantry");
    assert_non_null(loaded.field.values);
}

/* One bit, anywhere in the file, after it was chosen. */
static void flip_bits(const char *path, char *load_path, struct guard_load *load, int flips) {
    char *data = NULL;
    size_t size = 0;
    struct rng rng;
    rng_init(&rng, 23);
    assert_int_equal(file_read(path, FILE_MAX, &data, &size, NULL), RESULT_OK);
    snprintf(load_path, GUARD_PATH_MAX, "%s", changed_path);
    for (int i = 0; i < flips; i++) {
        size_t at = i == 0 ? 0 : i == 1 ? size - 1 : rng_below(&rng, (uint32_t)size);
        data[at] ^= (char)(1 << rng_below(&rng, 8));
        FILE *file = fopen(changed_path, "wb");
        assert_int_equal(fwrite(data, 1, size, file), size);
        fclose(file);
        expect_refused(load, RESULT_REFUSED, "changed since it was chosen");
    }
    free(data);
}

static void a_changed_bit_is_refused(void **state) {
    (void)state;
    struct guard_load load = right;
    flip_bits(RIG, load.rig_path, &load, FLIPS);
    load = right;
    flip_bits(SCAN, load.scan_path, &load, FLIPS);
    load = right;
    flip_bits(plan_path, load.plan_path, &load, 3); /* the scan's field is built before each */
}

static void swapped_and_missing_files_are_refused(void **state) {
    (void)state;
    struct guard_load load = right;
    snprintf(load.scan_path, sizeof load.scan_path, "%s", plan_path);
    expect_refused(&load, RESULT_REFUSED, "changed since it was chosen");
    load = right;
    snprintf(load.rig_path, sizeof load.rig_path, "%s", "/nowhere");
    expect_refused(&load, RESULT_NOT_FOUND, "/nowhere");
    load = right; /* as named, and not what it should be */
    name_file(RIG, load.scan_path, load.scan_sha256);
    expect_refused(&load, RESULT_FORMAT, "not a canonical scan");
    load = right;
    name_file(RIG, load.plan_path, load.plan_sha256);
    expect_refused(&load, RESULT_FORMAT, "not a dot plan");
    load = right;
    memset(load.rig_path, 'x', sizeof load.rig_path); /* without an end */
    expect_refused(&load, RESULT_NOT_FOUND, "xxx");
}

static void a_plan_for_another_scan_is_refused(void **state) {
    (void)state;
    char other[SHA256_HEX_SIZE];
    memset(other, '0', sizeof other - 1);
    other[sizeof other - 1] = '\0';
    write_plan(other);
    expect_refused(&right, RESULT_REFUSED, "made for another scan");
    write_plan(right.scan_sha256);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_named_files_are_bound),
        cmocka_unit_test(a_changed_bit_is_refused),
        cmocka_unit_test(swapped_and_missing_files_are_refused),
        cmocka_unit_test(a_plan_for_another_scan_is_refused),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
