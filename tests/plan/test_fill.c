/* Dots: density, spacing, place and normal on the shipped scan; the plan file read back by planner
 * and guard alike; zones that cannot be filled. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/rng.h"
#include "base/text.h"
#include "controller/guard/case_ply.h"
#include "plan/field.h"
#include "plan/fill.h"
#include "plan/scan.h"
#include "tests/plan/designs.h"

static int by_x(const void *a, const void *b) {
    double x = ((const struct vec3 *)a)->x, y = ((const struct vec3 *)b)->x;
    return (x > y) - (x < y);
}

static struct mesh mesh;
static char hash[SHA256_HEX_SIZE];

static int set_up(void **state) {
    struct error err = {0};
    (void)state;
    return scan_read("configs/scans/colin27.ply", &mesh, &err) == RESULT_OK &&
                   file_sha256("configs/scans/colin27.ply", hash, &err) == RESULT_OK
               ? 0
               : -1;
}

static int tear_down(void **state) {
    (void)state;
    mesh_release(&mesh);
    return 0;
}

static struct dot_plan fill_file(const char *path) {
    struct design design;
    struct dot_plan plan;
    struct error err = {0};
    if (design_read(path, &design, &err) != RESULT_OK) fail_msg("%s", err.text);
    if (fill_plan(&mesh, &design, hash, (struct fill_progress){0}, &plan, &err) != RESULT_OK)
        fail_msg("%s", err.text);
    design_release(&design);
    return plan;
}

static void dots_are_blue_noise_on_the_skin(void **state) {
    (void)state;
    struct dot_plan plan = fill_file("configs/designs/crown.yaml");
    struct field field;
    struct error err = {0};
    assert_int_equal(field_of_mesh(&mesh, 1.5, &field, &err), RESULT_OK);
    double least = INFINITY, sum = 0;
    assert_true(plan.dot_count >= 1500 && plan.dot_count < 2000);
    for (size_t i = 0; i < plan.dot_count; i++) {
        double nearest = INFINITY;
        for (size_t j = 0; j < plan.dot_count; j++)
            if (j != i)
                nearest = fmin(nearest, vec3_distance(plan.dots[i].p_head, plan.dots[j].p_head));
        least = fmin(least, nearest);
        sum += nearest;
        assert_true(fabs(field_view_sample(&field.view, plan.dots[i].p_head)) < 0.1);
        assert_true(vec3_dot(plan.dots[i].n_head,
                             field_view_gradient(&field.view, plan.dots[i].p_head)) > 0.8);
        assert_true(plan.dots[i].depth_um >= 640 && plan.dots[i].depth_um <= 760);
    }
    /* 52 dots/cm2 in a hexagonal lattice would stand 1.49 mm apart. */
    printf("least %.2f mm, mean %.2f mm of 1.49\n", least, sum / (double)plan.dot_count);
    assert_true(least / 1.49 > 0.75);
    field_release(&field);
    dot_plan_release(&plan);
}

static void the_same_seed_gives_the_same_dots(void **state) {
    (void)state;
    struct dot_plan one = fill_file("configs/designs/patch.yaml"),
                    two = fill_file("configs/designs/patch.yaml");
    assert_int_equal(one.dot_count, two.dot_count);
    assert_memory_equal(one.dots, two.dots, one.dot_count * sizeof *one.dots);
    dot_plan_release(&one);
    dot_plan_release(&two);
}

static void planner_and_guard_read_the_same_file(void **state) {
    (void)state;
    char path[] = "/tmp/plan.XXXXXX", scan_sha256[65], *data = NULL;
    struct dot_plan plan = fill_file("configs/designs/patch.yaml"), back;
    struct error err = {0};
    size_t size = 0, count = 0;
    struct keep_out mole = {{1, 2, 103}, 3.5};
    assert_true(plan.keep_out_count > 0);
    plan.keep_outs[0] = mole, plan.keep_out_count = 1;
    close(mkstemp(path));
    assert_int_equal(dot_plan_write(&plan, path, &err), RESULT_OK);
    assert_int_equal(dot_plan_read(path, &back, &err), RESULT_OK);
    assert_int_equal(file_read(path, 1 << 24, &data, &size, &err), RESULT_OK);
    assert_int_equal(plan_ply_count(data, size, &count), RESULT_OK);
    struct gate_dot *dots = calloc(count, sizeof *dots);
    assert_int_equal(plan_ply_read(data, size, dots, scan_sha256), RESULT_OK);
    assert_string_equal(scan_sha256, hash);
    assert_string_equal(back.zone_names[0], "patch");
    assert_int_equal(count, plan.dot_count);
    assert_int_equal(back.keep_out_count, 1);
    assert_true(vec3_distance(back.keep_outs[0].p_head, mole.p_head) < 1e-5);
    assert_int_equal(dot_plan_keep_out_at(&back, vec3_make(1, 2, 99.6)), 0);
    assert_int_equal(dot_plan_keep_out_at(&back, vec3_make(1, 2, 99.4)), -1);
    assert_int_equal(dot_plan_keep_out_at(&back, vec3_make(NAN, 2, 99)), 0);
    assert_memory_equal(back.shade_rgb, plan.shade_rgb, sizeof back.shade_rgb);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(back.dots[i].id, plan.dots[i].id);
        assert_int_equal(dots[i].id, plan.dots[i].id); /* ids rise as they are made: sorted */
        assert_int_equal(dots[i].depth_um, plan.dots[i].depth_um);
        assert_int_equal(dots[i].region, REGION_POSTERIOR);
        assert_true(fabs((double)dots[i].p[0] - plan.dots[i].p_head.x) < 1e-4);
    }
    /* Every cut and every flipped header byte is refused by both, or reads as a plan of the same
     * size. */
    struct rng rng;
    rng_init(&rng, 71);
    printf("seed 71\n");
    for (int i = 0; i < 2000; i++) {
        size_t at = rng_below(&rng, 500);
        char flipped = (char)(1 << rng_below(&rng, 8)), hash_of_flipped[65];
        data[at] ^= flipped;
        if (plan_ply_read(data, size, dots, hash_of_flipped) == RESULT_OK)
            assert_int_equal(plan_ply_count(data, size, &count), RESULT_OK);
        data[at] ^= flipped;
        assert_int_equal(plan_ply_count(data, size - 1 - at, &count), RESULT_FORMAT);
    }
    free(dots);
    free(data);
    unlink(path);
    dot_plan_release(&plan);
    dot_plan_release(&back);
}

/* The least distance between two dots, by sorting along x. */
static double least_pitch(const struct dot_plan *plan) {
    struct vec3 *p = calloc(plan->dot_count + 1, sizeof *p);
    double least = INFINITY;
    for (size_t i = 0; i < plan->dot_count; i++) p[i] = plan->dots[i].p_head;
    qsort(p, plan->dot_count, sizeof *p, by_x);
    for (size_t i = 0; i < plan->dot_count; i++)
        for (size_t j = i + 1; j < plan->dot_count && p[j].x - p[i].x < least; j++)
            least = fmin(least, vec3_distance(p[i], p[j]));
    free(p);
    return least;
}

static const char two_zones[] =
    "name: two\nseed: 5\n"
    "shades: [{name: light, rgb: [110, 100, 94]}, {name: dark, rgb: [50, 46, 44]}]\n"
    "layers:\n"
    "  - {name: first, share: 0.5, shades: [{shade: light}]}\n"
    "  - {name: second, share: 0.3, shades: [{shade: light, share: 0.75}, {shade: dark, share: "
    "0.25}]}\n"
    "  - {name: third, share: 0.2, shades: [{shade: dark}]}\n"
    "zones:\n"
    "  - {name: a, region: posterior, density_per_cm2: %g, depth_um: 700, diameter_um: 380, "
    "feather_mm: 4, outline: [{polar_deg: [0, 80]}, {polar_deg: [0, 60]}, {polar_deg: [60, 60]}, "
    "{polar_deg: [90, 80]}]}\n"
    "  - {name: b, region: posterior, density_per_cm2: 80, depth_um: 700, diameter_um: 380, "
    "outline: [{polar_deg: [0, 82]}, {polar_deg: [0, 58]}, {polar_deg: [-60, 60]}, {polar_deg: "
    "[-90, 80]}]}\n";

static struct design make_two(double density) {
    char text[DESIGNS_TEXT_MAX];
    snprintf(text, sizeof text, two_zones, density);
    return designs_must_parse(text);
}

static void a_zone_is_redone_without_moving_the_others(void **state) {
    (void)state;
    struct error err = {0};
    struct design design = make_two(60), denser = make_two(90);
    struct dot_plan before, after;
    if (fill_plan(&mesh, &design, hash, (struct fill_progress){0}, &before, &err) != RESULT_OK)
        fail_msg("%s", err.text);
    struct fill_request request = {
        .mesh = &mesh, .design = &denser, .scan_sha256 = hash, .kept = &before, .redo_zone = "a"};
    if (fill(&request, &after, &err) != RESULT_OK) fail_msg("%s", err.text);
    size_t kept = 0, redone = 0, had = 0;
    for (size_t i = 0; i < before.dot_count; i++) had += before.dots[i].zone == 0;
    for (size_t i = 0; i < after.dot_count; i++) {
        redone += after.dots[i].zone == 0;
        if (after.dots[i].zone == 0) continue;
        while (before.dots[kept].zone == 0) kept++;
        assert_memory_equal(&after.dots[i], &before.dots[kept], sizeof(struct dot));
        kept++;
    }
    assert_int_equal(kept, before.dot_count);
    assert_true((double)redone > 1.4 * (double)had && (double)redone < 1.6 * (double)had);
    assert_true(least_pitch(&after) >= DESIGN_PITCH_LEAST_MM);
    request.redo_zone = "c";
    struct dot_plan none;
    assert_int_equal(fill(&request, &none, &err), RESULT_NOT_FOUND);
    dot_plan_release(&before);
    dot_plan_release(&after);
    design_release(&design);
    design_release(&denser);
}

/* What earlier sessions really placed, a little off the plan, is where the next one starts. */
static void dots_in_the_skin_count_and_are_kept_clear_of(void **state) {
    (void)state;
    struct error err = {0};
    struct design design = make_two(60);
    struct dot_plan whole, rest;
    struct dot *struck;
    size_t count = 0;
    struct rng rng;
    rng_init(&rng, 8);
    assert_int_equal(fill_plan(&mesh, &design, hash, (struct fill_progress){0}, &whole, &err),
                     RESULT_OK);
    struck = calloc(whole.dot_count, sizeof *struck);
    assert_non_null(struck);
    for (size_t i = 0; i < whole.dot_count; i++) {
        if (whole.dots[i].layer != 0) continue;
        struck[count] = whole.dots[i];
        struck[count].p_head.x += rng_range(&rng, -0.15, 0.15);
        struck[count++].p_head.y += rng_range(&rng, -0.15, 0.15);
    }
    struct fill_request request = {.mesh = &mesh,
                                   .design = &design,
                                   .scan_sha256 = hash,
                                   .around = struck,
                                   .around_count = count};
    if (fill(&request, &rest, &err) != RESULT_OK) fail_msg("%s", err.text);
    printf("%zu dots, %zu in the skin, %zu more\n", whole.dot_count, count, rest.dot_count);
    assert_true(fabs((double)(rest.dot_count + count) / (double)whole.dot_count - 1) < 0.02);
    for (size_t i = 0; i < rest.dot_count; i++)
        for (size_t k = 0; k < count; k++)
            assert_true(vec3_distance(rest.dots[i].p_head, struck[k].p_head) >=
                        DESIGN_PITCH_LEAST_MM);
    free(struck);
    dot_plan_release(&whole);
    dot_plan_release(&rest);
    design_release(&design);
}

static void each_session_is_even_by_itself(void **state) {
    (void)state;
    struct error err = {0};
    struct design design = make_two(90);
    struct dot_plan plan;
    assert_int_equal(fill_plan(&mesh, &design, hash, (struct fill_progress){0}, &plan, &err),
                     RESULT_OK);
    size_t count[3] = {0}, dark[3] = {0}, of_b = 0;
    for (size_t i = 0; i < plan.dot_count; i++) {
        if (plan.dots[i].zone != 1) continue;
        of_b++, count[plan.dots[i].layer]++, dark[plan.dots[i].layer] += plan.dots[i].shade == 1;
    }
    assert_int_equal(count[0], lround(0.5 * (double)of_b));
    assert_int_equal(count[0] + count[1], lround(0.8 * (double)of_b));
    assert_int_equal(dark[0], 0);
    assert_int_equal(dark[1], count[1] - (size_t)lround(0.75 * (double)count[1]));
    assert_int_equal(dark[2], count[2]);
    /* The first session's dots alone stand as far apart as their own number allows. */
    struct dot_plan first = {.dots = calloc(plan.dot_count, sizeof *first.dots)};
    for (size_t i = 0; i < plan.dot_count; i++)
        if (plan.dots[i].zone == 1 && plan.dots[i].layer == 0)
            first.dots[first.dot_count++] = plan.dots[i];
    double lattice = 10.7457 / sqrt(0.5 * 80);
    printf("first session: least %.2f of %.2f mm\n", least_pitch(&first), lattice);
    assert_true(least_pitch(&first) > 0.58 * lattice);
    free(first.dots);
    dot_plan_release(&plan);
    design_release(&design);
}

/* A design of one to three random zones and keep-outs, some of which fade into each other. */
static void random_design(struct rng *rng, char *text, size_t size) {
    struct text_builder b;
    text_builder_init(&b, text, size);
    text_append(&b, "name: random\nseed: %u\n", rng_below(rng, 1000000));
    text_append(&b, "layers: [{name: one, share: 0.6}, {name: two, share: 0.4}]\nzones:\n");
    double azimuth = rng_range(rng, -180, 180), elevation = rng_range(rng, 45, 80);
    int zones = 1 + (int)rng_below(rng, 3);
    for (int z = 0; z < zones; z++) {
        double turn = rng_range(rng, -12, 12), size_deg = rng_range(rng, 6, 12);
        text_append(&b,
                    "  - {name: z%d, region: temporal, density_per_cm2: %.3g, depth_um: 700, "
                    "diameter_um: 350, feather_mm: %.3g, irregularity_mm: %.3g, outline: [",
                    z, rng_range(rng, 10, 160), rng_below(rng, 2) ? rng_range(rng, 1, 12) : 0.0,
                    rng_range(rng, 0, 2));
        for (int k = 0; k < 6; k++) {
            double angle = k * PI / 3, r = size_deg * rng_range(rng, 0.6, 1);
            text_append(
                &b, "%s{polar_deg: [%.2f, %.2f]}", k ? ", " : "",
                remainder(azimuth + turn + r * cos(angle) / cos(elevation * RAD_PER_DEG), 360),
                elevation + r * sin(angle));
        }
        text_append(&b, "]}\n");
    }
    text_append(&b,
                "keep_outs: [{name: mole, radius_mm: %.2f, points: [{polar_deg: [%.2f, %.2f]}]}, "
                "{name: scar, radius_mm: 1, points: [{polar_deg: [%.2f, %.2f]}, {polar_deg: "
                "[%.2f, %.2f]}]}]\n",
                rng_range(rng, 0.5, 6), azimuth, elevation, azimuth, elevation - 5,
                remainder(azimuth + 8, 360), elevation + 3);
    assert_true(b.is_whole);
}

static void random_designs_hold_pitch_and_keep_outs(void **state) {
    (void)state;
    const char *asked = getenv("SMPRIG_DESIGNS");
    int64_t many = 25;
    if (asked) assert_int_equal(text_to_int64(asked, 1, 100000, &many), RESULT_OK);
    int count = (int)many, filled = 0;
    size_t dots = 0;
    for (int i = 0; i < count; i++) {
        char text[DESIGNS_TEXT_MAX];
        struct design design;
        struct dot_plan plan;
        struct error err = {0};
        struct rng rng;
        rng_init(&rng, 4000 + (uint64_t)i);
        random_design(&rng, text, sizeof text);
        if (designs_parse(text, &design, &err) != RESULT_OK) fail_msg("%s\n%s", err.text, text);
        enum result result =
            fill_plan(&mesh, &design, hash, (struct fill_progress){0}, &plan, &err);
        design_release(&design);
        if (result == RESULT_RANGE && strstr(err.text, "too small")) continue;
        if (result != RESULT_OK) fail_msg("seed %d: %s\n%s", 4000 + i, err.text, text);
        double least = least_pitch(&plan);
        if (least < DESIGN_PITCH_LEAST_MM) fail_msg("seed %d: pitch %g\n%s", 4000 + i, least, text);
        assert_true(plan.keep_out_count > 10);
        for (size_t k = 0; k < plan.dot_count; k++)
            if (dot_plan_keep_out_at(&plan, plan.dots[k].p_head) >= 0)
                fail_msg("seed %d: dot %u is kept out\n%s", 4000 + i, plan.dots[k].id, text);
        filled++, dots += plan.dot_count;
        dot_plan_release(&plan);
    }
    printf("%d designs, %d filled, %zu dots\n", count, filled, dots);
    assert_true(filled > count / 2);
}

static void bad_zones_are_named_with_their_place(void **state) {
    (void)state;
    static const struct {
        const char *outline, *sentence;
    } cases[] = {
        {"[{polar_deg: [0, 80]}, {polar_deg: [180, 70]}, {polar_deg: [90, 60]}, {polar_deg: [-90, "
         "60]}]",
         "crosses itself"},
        {"[{p_head_mm: [20, -36, 150]}, {p_head_mm: [-20, -36, 150]}, {p_head_mm: [0, -10, 150]}]",
         "(20.0, -36.0, 150.0) is 4"},
        {"[{polar_deg: [0, 50]}, {polar_deg: [30, -30]}, {polar_deg: [-30, 50]}]",
         "leaves the scan"},
        {"[{polar_deg: [0, 50]}, {polar_deg: [20, 5]}, {polar_deg: [-20, 5]}]", "below the brow"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[DESIGNS_TEXT_MAX];
        struct design design;
        struct dot_plan plan;
        struct error err = {0};
        snprintf(text, sizeof text,
                 "name: bad\nzones:\n  - {name: z, region: posterior, density_per_cm2: 50, "
                 "depth_um: 700, diameter_um: 400, outline: %s}\n",
                 cases[i].outline);
        design = designs_must_parse(text);
        assert_int_equal(fill_plan(&mesh, &design, hash, (struct fill_progress){0}, &plan, &err),
                         RESULT_RANGE);
        if (!strstr(err.text, cases[i].sentence)) fail_msg("%s", err.text);
        design_release(&design);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dots_are_blue_noise_on_the_skin),
        cmocka_unit_test(the_same_seed_gives_the_same_dots),
        cmocka_unit_test(planner_and_guard_read_the_same_file),
        cmocka_unit_test(a_zone_is_redone_without_moving_the_others),
        cmocka_unit_test(dots_in_the_skin_count_and_are_kept_clear_of),
        cmocka_unit_test(each_session_is_even_by_itself),
        cmocka_unit_test(random_designs_hold_pitch_and_keep_outs),
        cmocka_unit_test(bad_zones_are_named_with_their_place),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
