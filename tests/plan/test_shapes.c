/* Designs on heads of other shapes: balls and eggs, coarse and fine, noisy, with holes; hairlines
 * by rule and by pen; hairs to keep clear of; keep-outs of every head. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "plan/fill.h"
#include "plan/hairline.h"
#include "tests/plan/designs.h"

static const char hash[SHA256_HEX_SIZE] =
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

static double nearest_mm(const struct dot_plan *plan, size_t of) {
    double best = INFINITY;
    for (size_t i = 0; i < plan->dot_count; i++)
        if (i != of) best = fmin(best, vec3_distance(plan->dots[i].p_head, plan->dots[of].p_head));
    return best;
}

/* How far a point of the egg's rim is off it, as a share of its radius. */
static double off_egg(const struct designs_egg *egg, struct vec3 p) {
    struct vec3 d = vec3_sub(p, egg->centre);
    return fabs(sqrt(d.x * d.x / 76 / 76 + d.y * d.y / 98 / 98 + d.z * d.z / 92 / 92) - 1);
}

static void shipped_designs_fit_other_heads(void **state) {
    (void)state;
    static const char *const designs[] = {"shaved", "edge_up", "part_line"};
    static const struct designs_egg eggs[] = {
        {{0, 0, 0}, 160, 200, 0, 0, 1},       /* fine */
        {{12, -30, 40}, 40, 48, 0, 0, 2},     /* coarse, elsewhere: triangles of 6 mm and more */
        {{-5, 8, -20}, 160, 200, 0.25, 0, 3}, /* a scanner's noise */
        {{0, 0, 0}, 160, 200, 0, 3, 4},       /* a hole on the crown */
    };
    for (size_t d = 0; d < 3; d++)
        for (size_t e = 0; e < sizeof eggs / sizeof *eggs; e++) {
            char path[64];
            struct error err = {0};
            struct design design;
            struct dot_plan plan;
            struct mesh mesh = designs_make_egg(eggs[e]);
            snprintf(path, sizeof path, "configs/designs/%s.yaml", designs[d]);
            if (design_read(path, &design, &err) != RESULT_OK) fail_msg("%s", err.text);
            if (fill_plan(&mesh, &design, hash, (struct fill_progress){0}, &plan, &err) !=
                RESULT_OK)
                fail_msg("%s on egg %zu: %s", designs[d], e, err.text);
            assert_true(plan.dot_count > 1000);
            for (size_t i = 0; i < plan.dot_count; i += 97) {
                assert_true(nearest_mm(&plan, i) >= DESIGN_PITCH_LEAST_MM);
                assert_true(off_egg(&eggs[e], plan.dots[i].p_head) < 0.02);
                struct vec3 out = vec3_sub(plan.dots[i].p_head, eggs[e].centre);
                out = vec3_make(out.x / 76 / 76, out.y / 98 / 98, out.z / 92 / 92);
                /* A scan's noise may not tilt the needle: 12 deg with the lean in it. */
                assert_true(vec3_angle(vec3_unit(out), plan.dots[i].n_head) < 0.21);
                assert_int_equal(dot_plan_keep_out_at(&plan, plan.dots[i].p_head), -1);
            }
            dot_plan_release(&plan);
            design_release(&design);
            mesh_release(&mesh);
        }
}

static struct chart whole_chart(const struct mesh *mesh) {
    struct landmarks landmarks = landmarks_estimate(mesh);
    struct head_axes axes;
    struct chart chart;
    assert_int_equal(head_axes_from_landmarks(&landmarks, &axes), RESULT_OK);
    assert_int_equal(chart_build(mesh, &axes, chart_whole(&axes), 1.0, &chart), RESULT_OK);
    return chart;
}

static void a_hairline_keeps_its_measures(void **state) {
    (void)state;
    struct mesh mesh = designs_make_egg((struct designs_egg){{0, 0, 0}, 160, 200, 0, 0, 1});
    struct chart chart = whole_chart(&mesh);
    struct design design = designs_must_parse(
        "name: h\nhairline: {height_mm: 66, peak_mm: 0, recession_mm: 15, asymmetry_mm: 4, "
        "cowlick_side_mm: 20, cowlick_height_mm: 6, cowlick_width_mm: 8}\nzones:\n"
        "  - {name: z, region: anterior, density_per_cm2: 50, depth_um: 700, diameter_um: 400, "
        "band: hairline}\n");
    struct curve line = {0};
    struct error err = {0};
    struct map_point expected;
    double height[2] = {0, 0}, highest = 0;
    assert_int_equal(hairline_make(&chart, &design, &line, &err), RESULT_OK);
    assert_true(line.nodes[0].p_head.x < -40 && line.nodes[line.count - 1].p_head.x > 40);
    /* In the middle it stands 66 mm along the skin above the brow's level. */
    assert_int_equal(hairline_climb(&chart, 0, 66, &expected), RESULT_OK);
    double nearest = INFINITY;
    for (size_t i = 0; i < line.count; i++) {
        struct vec3 p = line.nodes[i].p_head;
        nearest =
            fmin(nearest, hypot(line.nodes[i].q.u - expected.u, line.nodes[i].q.v - expected.v));
        /* The cowlick: higher 20 mm right of the middle than left of it. */
        if (fabs(p.x - 20) < 2) height[1] = p.z;
        if (fabs(p.x + 20) < 2) height[0] = p.z;
        highest = fmax(highest, p.z);
    }
    assert_true(nearest < 2.5);
    assert_true(height[1] > height[0] + 3);
    assert_true(highest > height[0]);
    curve_release(&line);
    design_release(&design);
    chart_release(&chart);
    mesh_release(&mesh);
}

/* Paint a stroke over the forehead: |elevation - wave| small, blue on skin. */
static void paint(struct mesh *mesh) {
    mesh->colours = malloc(3 * mesh->vertex_count);
    assert_non_null(mesh->colours);
    for (size_t i = 0; i < mesh->vertex_count; i++) {
        struct vec3 p = mesh_vertex(mesh, (uint32_t)i);
        double azimuth = atan2(p.x, p.y), elevation = atan2(p.z, hypot(p.x, p.y));
        double middle = 0.85 + 0.08 * cos(3 * azimuth);
        bool is_pen = fabs(azimuth) < 0.9 && fabs(elevation - middle) < 0.02;
        const uint8_t skin[3] = {214, 170, 150}, pen[3] = {70, 80, 160};
        memcpy(mesh->colours + 3 * i, is_pen ? pen : skin, 3);
    }
}

static void a_pen_stroke_becomes_a_hairline(void **state) {
    (void)state;
    struct mesh mesh = designs_make_egg((struct designs_egg){{0, 0, 0}, 220, 400, 0, 0, 1});
    struct error err = {0};
    struct dot_plan plan;
    struct design design = designs_must_parse(
        "name: pen\ncurves: [{name: drawn, pen_rgb: [40, 50, 170]}]\nzones:\n"
        "  - {name: z, region: anterior, density_per_cm2: 60, depth_um: 700, diameter_um: 400, "
        "outline: [{curve: drawn}, {polar_deg: [50, 75]}, {polar_deg: [-50, 75]}]}\n");
    assert_int_equal(fill_plan(&mesh, &design, hash, (struct fill_progress){0}, &plan, &err),
                     RESULT_RANGE);
    assert_non_null(strstr(err.text, "no colours"));
    paint(&mesh);
    if (fill_plan(&mesh, &design, hash, (struct fill_progress){0}, &plan, &err) != RESULT_OK)
        fail_msg("%s", err.text);
    /* The zone begins at the stroke's middle: no dot below it, some within 2 mm. */
    double lowest = INFINITY;
    for (size_t i = 0; i < plan.dot_count; i++) {
        struct vec3 p = plan.dots[i].p_head;
        double azimuth = atan2(p.x, p.y), above = atan2(p.z, hypot(p.x, p.y));
        above -= 0.85 + 0.08 * cos(3 * azimuth);
        if (fabs(azimuth) < 0.8) lowest = fmin(lowest, above * vec3_norm(p));
    }
    printf("lowest dot %.2f mm over the stroke's middle\n", lowest);
    assert_true(lowest > -1.2 && lowest < 2);
    dot_plan_release(&plan);
    design_release(&design);
    mesh_release(&mesh);
}

static void write_hairs(const char *path, const char *hash_of, double off_mm) {
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fprintf(file, "# scan_sha256 %s\nx,y,z,diameter_um\n", hash_of);
    for (int i = 0; i < 400; i++) {
        /* About 40 hairs a cm2 around the top. */
        double r = 17.8 * sqrt(i / 400.0), angle = i * 2.399963, x = r * cos(angle);
        double y = r * sin(angle);
        double z = 92 * sqrt(1 - x * x / 76 / 76 - y * y / 98 / 98);
        fprintf(file, "%.3f,%.3f,%.3f,%d\n", x, y, z + off_mm, i % 2 ? 60 : 90);
    }
    fclose(file);
}

static void dots_go_between_hairs(void **state) {
    (void)state;
    struct mesh mesh = designs_make_egg((struct designs_egg){{0, 0, 0}, 160, 200, 0, 0, 1});
    char path[] = "/tmp/hairs.XXXXXX", text[DESIGNS_TEXT_MAX], other[SHA256_HEX_SIZE];
    struct error err = {0};
    struct dot_plan plan;
    close(mkstemp(path));
    snprintf(text, sizeof text,
             "name: between\nfollicles: {file: %s}\nzones:\n  - {name: z, region: posterior, "
             "density_per_cm2: 90, depth_um: 700, diameter_um: 400, follicles: match, outline: "
             "[{p_head_mm: [10, 10, 90.6]}, {p_head_mm: [-10, 10, 90.6]}, {p_head_mm: [-10, -10, "
             "90.6]}, {p_head_mm: [10, -10, 90.6]}]}\n",
             path);
    struct design design = designs_must_parse(text);
    write_hairs(path, hash, 0);
    if (fill_plan(&mesh, &design, hash, (struct fill_progress){0}, &plan, &err) != RESULT_OK)
        fail_msg("%s", err.text);
    /* 4 cm2 at 90, of which the hairs give 160. */
    printf("%zu dots between the hairs\n", plan.dot_count);
    assert_true(plan.dot_count > 160 && plan.dot_count < 225);
    size_t thin = 0;
    for (size_t i = 0; i < plan.dot_count; i++) {
        thin += plan.dots[i].diameter_um == 320; /* 400 * 60 / 75, or 480 */
        assert_true(plan.dots[i].diameter_um == 320 || plan.dots[i].diameter_um == 480);
        for (int k = 0; k < 400; k++) {
            double r = 17.8 * sqrt(k / 400.0), angle = k * 2.399963;
            assert_true(hypot(plan.dots[i].p_head.x - r * cos(angle),
                              plan.dots[i].p_head.y - r * sin(angle)) > 0.65);
        }
    }
    assert_true(thin > plan.dot_count / 4 && thin < 3 * plan.dot_count / 4);
    dot_plan_release(&plan);
    memcpy(other, hash, sizeof other);
    other[0] = 'f';
    write_hairs(path, other, 0);
    assert_int_equal(fill_plan(&mesh, &design, hash, (struct fill_progress){0}, &plan, &err),
                     RESULT_RANGE);
    assert_non_null(strstr(err.text, "another scan"));
    write_hairs(path, hash, 8);
    assert_int_equal(fill_plan(&mesh, &design, hash, (struct fill_progress){0}, &plan, &err),
                     RESULT_RANGE);
    if (!strstr(err.text, ":3: the hair at")) fail_msg("%s", err.text);
    unlink(path);
    design_release(&design);
    mesh_release(&mesh);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shipped_designs_fit_other_heads),
        cmocka_unit_test(a_hairline_keeps_its_measures),
        cmocka_unit_test(a_pen_stroke_becomes_a_hairline),
        cmocka_unit_test(dots_go_between_hairs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
