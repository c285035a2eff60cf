/* Figures of the planner's dots: how even, how fast, side by side with the two usual ways.
 *
 * The flat patch is a plate of 141 x 141 mm that wants 20,000 dots; the head is the embedded scan.
 * Times are CPU times of one thread, scaled to the number of dots named. The radius is the least
 * neighbour distance over that of the hexagonal lattice of the same density (Lagae and Dutre 2008);
 * its shortfall from 1 is printed, so that less is better in every line. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/rng.h"
#include "plan/eliminate.h"
#include "plan/fill.h"
#include "plan/portrait.h"
#include "plan/scan.h"
#include "tests/bench/dot_quality.h"
#include "tests/bench/figure.h"
#include "tests/plan/designs.h"

#define SIDE_MM 141.42
#define DENSITY_MM2 1.0
#define CANDIDATES 5
#define DART_TRIES 3000 /* per dot wanted, then dart throwing gives up */

static void print_quality(const char *name, const struct vec3 *p, size_t count, double seconds,
                          struct dot_quality *ret) {
    *ret = quality_of_patch(p, count, SIDE_MM, DENSITY_MM2);
    printf(
        "%-22s %6zu dots %.2f s: radius %.3f, neighbour variation %.3f, low power %.4f (peak %.1f "
        "at "
        "%.2f), worst cm2 %.1f %% by cells, %.1f %% by count\n",
        name, count, seconds, ret->radius, ret->variation, ret->low_power, ret->peak_power,
        ret->peak_per_spacing, 100 * ret->cell_error, 100 * ret->count_error);
}

static struct vec3 random_place(struct rng *rng) {
    return vec3_make(rng_range(rng, -SIDE_MM / 2, SIDE_MM / 2),
                     rng_range(rng, -SIDE_MM / 2, SIDE_MM / 2), DESIGNS_PLATE_Z_MM);
}

/* Weighted sample elimination from five candidates a dot, as the public one is used. */
static void by_elimination(size_t wanted) {
    size_t count = wanted * CANDIDATES, kept = 0;
    struct vec3 *p = malloc(count * sizeof *p);
    double *reach = malloc(count * sizeof *reach);
    bool *keep = calloc(count, sizeof *keep);
    struct dot_quality q;
    struct rng rng;
    rng_init(&rng, 1);
    double start = cpu_s(), r_max = sqrt(1 / (2 * sqrt(3.0) * DENSITY_MM2));
    for (size_t i = 0; i < count; i++) p[i] = random_place(&rng), reach[i] = 2 * r_max;
    if (eliminate(p, reach, count, wanted, keep) != RESULT_OK) abort();
    double seconds = cpu_s() - start;
    for (size_t i = 0; i < count; i++)
        if (keep[i]) p[kept++] = p[i];
    print_quality("sample elimination x5", p, kept, seconds, &q);
    free(p);
    free(reach);
    free(keep);
}

/* Dart throwing with the radius that just lets the wanted number in (0.75 of the lattice's, not far
 * from where darts find no more room), over a grid of one dot a cell. */
static void by_darts(size_t wanted) {
    double pitch = 0.75 * HEXAGON_PITCH / sqrt(DENSITY_MM2), cell = pitch / sqrt(2.0);
    int width = (int)(SIDE_MM / cell) + 2;
    int32_t *grid = malloc((size_t)width * (size_t)width * sizeof *grid);
    struct vec3 *p = malloc(wanted * sizeof *p);
    size_t count = 0;
    struct dot_quality q;
    struct rng rng;
    memset(grid, 0xff, (size_t)width * (size_t)width * sizeof *grid);
    rng_init(&rng, 1);
    double start = cpu_s();
    for (size_t tries = 0; count < wanted && tries < wanted * DART_TRIES; tries++) {
        struct vec3 d = random_place(&rng);
        int cx = (int)((d.x + SIDE_MM / 2) / cell), cy = (int)((d.y + SIDE_MM / 2) / cell);
        bool is_free = true;
        for (int y = cy - 2; y <= cy + 2 && is_free; y++)
            for (int x = cx - 2; x <= cx + 2 && is_free; x++) {
                if (x < 0 || y < 0 || x >= width || y >= width) continue;
                int32_t other = grid[y * width + x];
                is_free = other < 0 || vec3_distance(p[other], d) >= pitch;
            }
        if (!is_free) continue;
        grid[cy * width + cx] = (int32_t)count;
        p[count++] = d;
    }
    print_quality("dart throwing", p, count, cpu_s() - start, &q);
    free(grid);
    free(p);
}

static void flat_patch(void) {
    struct mesh plate = designs_plate(SIDE_MM);
    struct design design = designs_square(SIDE_MM, 100 * DENSITY_MM2);
    struct dot_plan plan = {0};
    struct error err = {0};
    struct dot_quality q;
    double start = cpu_s();
    if (fill_plan(&plate, &design, "", (struct fill_progress){0}, &plan, &err) != RESULT_OK) {
        fprintf(stderr, "%s\n", err.text);
        abort();
    }
    double seconds = cpu_s() - start;
    struct vec3 *p = malloc((plan.dot_count + 1) * sizeof *p);
    for (size_t i = 0; i < plan.dot_count; i++) p[i] = plan.dots[i].p_head;
    print_quality("smprig", p, plan.dot_count, seconds, &q);
    by_darts(plan.dot_count);
    by_elimination(plan.dot_count);
    figure_most("design_patch_radius_shortfall", 1 - q.radius, "1", 0.25);
    figure_most("design_patch_neighbour_variation", q.variation, "1", 0.06);
    figure_most("design_patch_low_power", q.low_power, "1", 0.05);
    figure_most("design_patch_density_worst_cm2", q.cell_error, "1", 0.03);
    free(p);
    dot_plan_release(&plan);
    designs_release(&design);
    mesh_release(&plate);
}

/* Dots of varying density on the whole scalp. */
static void head(const struct mesh *mesh, double density_per_cm2, const char *name, double dots,
                 double goal_s) {
    struct design design = designs_scalp(density_per_cm2);
    struct dot_plan plan = {0};
    struct error err = {0};
    double start = cpu_s();
    if (fill_plan(mesh, &design, "", (struct fill_progress){0}, &plan, &err) != RESULT_OK) {
        fprintf(stderr, "%s\n", err.text);
        abort();
    }
    double seconds = cpu_s() - start;
    printf("%zu dots of varying density in %.2f s\n", plan.dot_count, seconds);
    figure_most(name, seconds * dots / (double)plan.dot_count, "s", goal_s);
    dot_plan_release(&plan);
    designs_release(&design);
}

/* The client's picture at 1280 x 960, fast and fine (cli/verb_preview.c: once and nine times the
 * pixels). */
static void preview(const struct mesh *mesh, int oversample, const char *name, double goal_s) {
    struct design design = designs_scalp(90);
    struct dot_plan plan = {0};
    struct error err = {0};
    struct preview picture = {0};
    if (fill_plan(mesh, &design, "", (struct fill_progress){0}, &plan, &err) != RESULT_OK) abort();
    struct preview_view view = {.towards_viewer = {0, 0.82, 0.57},
                                .up = {0, 0, 1},
                                .centre = {0, -15, 28},
                                .mm_per_px = 0.24 / oversample,
                                .distance_mm = 900,
                                .background = {0.7, 0.7, 0.7}};
    double start = cpu_s();
    float *normals = mesh_vertex_normals(mesh);
    struct portrait portrait = {.mesh = mesh,
                                .normals = normals,
                                .plan = &plan,
                                .time = {FADE_HEALED, 0},
                                .skin = 2,
                                .last_session = -1,
                                .is_fine = oversample > 1};
    if (preview_create(1280 * oversample, 960 * oversample, &view, &picture) != RESULT_OK ||
        portrait_draw(&portrait, &picture) != RESULT_OK)
        abort();
    figure_most(name, cpu_s() - start, "s", goal_s);
    preview_release(&picture);
    free(normals);
    dot_plan_release(&plan);
    designs_release(&design);
}

int main(void) {
    struct error err = {0};
    struct mesh mesh = {0};
    if (scan_read("configs/scans/colin27.ply", &mesh, &err) != RESULT_OK) {
        fprintf(stderr, "bench-design: %s\n", err.text);
        return 1;
    }
    flat_patch();
    head(&mesh, 43, "design_20000_dots", 20000, 1.0);
    head(&mesh, 165, "design_100000_dots", 100000, 6.0);
    preview(&mesh, 1, "design_preview_fast", 1);
    preview(&mesh, 3, "design_preview_fine", 10);
    mesh_release(&mesh);
    return 0;
}
