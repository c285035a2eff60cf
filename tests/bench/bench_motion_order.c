/* Figures of the order of striking.
 *
 * Tours: ../shared/data/tour_20000.csv where it lies beside the checkout, else as many blue-noise
 * points made from configs/scans/colin27.ply; closed tour, chord distance, one thread's CPU time.
 * The reference, 27,938 mm, is LKH-3.0.8's after 64 s on those shared points.
 * Machine time: those of the same points that the gantry reaches at the demo's pose, with the
 * scan's normals; open path from the park position.
 * --long: 50,000 and 100,000 points of the same kind, each also with ten times the
 * time (11 min). */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/rng.h"
#include "motion/kinematics.h"
#include "motion/order.h"
#include "motion/tour.h"
#include "plan/eliminate.h"
#include "plan/field.h"
#include "plan/scan.h"
#include "sim/scenario.h"
#include "tests/bench/figure.h"

#define SHARED_TOUR "../shared/data/tour_20000.csv"
#define SHARED_COUNT 20000u
#define SHARED_LKH_MM 27938.0
#define SCAN "configs/scans/colin27.ply"
#define LOWEST_Z_MM 25.0
#define CANDIDATES 5u /* a point */
#define NO_GOAL ((double)INFINITY)

/* Without a goal: for information. */
static void figure(const char *name, double value, const char *unit, double goal) {
    if (isfinite(goal))
        figure_most(name, value, unit, goal);
    else
        printf("info %s %.6g %s\n", name, value, unit);
    fflush(stdout);
}

struct deadline {
    double end_s;
};

static bool goes_on(void *context, uint64_t kicks_done) {
    (void)kicks_done;
    return cpu_s() < ((struct deadline *)context)->end_s;
}

/* --- points --- */

static size_t read_shared(struct vec3 *points) {
    FILE *file = fopen(SHARED_TOUR, "r");
    size_t count = 0;
    if (!file) return 0;
    while (count < SHARED_COUNT &&
           fscanf(file, "%lf,%lf,%lf", &points[count].x, &points[count].y, &points[count].z) == 3)
        count++;
    fclose(file);
    return count == SHARED_COUNT ? count : 0;
}

static struct vec3 point_in(const struct mesh *mesh, size_t triangle, struct rng *rng) {
    const uint32_t *t = mesh->triangles + 3 * triangle;
    struct vec3 a = mesh_vertex(mesh, t[0]), b = mesh_vertex(mesh, t[1]),
                c = mesh_vertex(mesh, t[2]);
    double u = rng_uniform(rng), v = rng_uniform(rng);
    if (u + v > 1) u = 1 - u, v = 1 - v;
    return vec3_mad(vec3_mad(a, u, vec3_sub(b, a)), v, vec3_sub(c, a));
}

/* Triangles above LOWEST_Z_MM with their areas summed up; the area. */
static double sum_areas(const struct mesh *mesh, double *sums) {
    double area_mm2 = 0;
    for (size_t t = 0; t < mesh->triangle_count; t++) {
        double lowest = (double)INFINITY;
        for (size_t k = 0; k < 3; k++)
            lowest = fmin(lowest, mesh_vertex(mesh, mesh->triangles[3 * t + k]).z);
        if (lowest > LOWEST_Z_MM) area_mm2 += 0.5 * vec3_norm(mesh_triangle_cross(mesh, t));
        sums[t] = area_mm2;
    }
    return area_mm2;
}

/* Blue noise on the scan by sample elimination, as a plan's dots are made. */
static bool make_points(const struct mesh *mesh, size_t count, struct vec3 *points) {
    size_t many = count * CANDIDATES, kept = 0;
    struct vec3 *all = calloc(many, sizeof *all);
    double *sums = calloc(mesh->triangle_count, sizeof *sums);
    double *reach_mm = calloc(many, sizeof *reach_mm);
    bool *keep = calloc(many, sizeof *keep);
    struct rng rng;
    rng_init(&rng, 5);
    bool is_made = all && sums && reach_mm && keep;
    if (is_made) {
        double area_mm2 = sum_areas(mesh, sums);
        for (size_t i = 0; i < many; i++) {
            double wanted = rng_uniform(&rng) * area_mm2;
            size_t low = 0, high = mesh->triangle_count - 1;
            while (low < high) {
                size_t middle = (low + high) / 2;
                if (sums[middle] > wanted)
                    high = middle;
                else
                    low = middle + 1;
            }
            all[i] = point_in(mesh, low, &rng);
        }
        for (size_t i = 0; i < many; i++)
            reach_mm[i] = 2 * sqrt(area_mm2 / (2 * sqrt(3.0) * (double)count));
        is_made = eliminate(all, reach_mm, many, count, keep) == RESULT_OK;
    }
    for (size_t i = 0; is_made && i < many; i++)
        if (keep[i] && kept < count) points[kept++] = all[i];
    free(all);
    free(sums);
    free(reach_mm);
    free(keep);
    return is_made && kept == count;
}

/* --- tours --- */

/* Length after so much CPU time, the neighbour lists included; 0 when out of memory. */
static double solve(const struct vec3 *points, size_t count, double seconds, double *ret_cpu_s) {
    struct deadline deadline = {cpu_s() + seconds};
    struct tour_point *at = calloc(count, sizeof *at);
    uint32_t *order = calloc(count, sizeof *order);
    struct tour_result result = {0};
    struct tour_setup setup = {.metric = TOUR_CHORD,
                               .points = at,
                               .count = count,
                               .is_closed = true,
                               .seed = 1,
                               .kicks = UINT64_MAX,
                               .goes_on = goes_on,
                               .context = &deadline};
    double begin_s = cpu_s();
    for (size_t i = 0; at && i < count; i++)
        at[i].x[0] = (float)points[i].x, at[i].x[1] = (float)points[i].y,
        at[i].x[2] = (float)points[i].z;
    if (!at || !order || tour_solve(&setup, order, &result) != RESULT_OK) result.length = 0;
    *ret_cpu_s = cpu_s() - begin_s;
    free(at);
    free(order);
    return result.length;
}

static void measure_tours(const struct vec3 *points, bool is_shared) {
    const struct {
        const char *name;
        double seconds, goal_percent;
    } runs[] = {{"motion_tour_20000_1s_over_lkh", 1, 1.0},
                {"motion_tour_20000_5s_over_lkh", 5, 0.3}};
    for (size_t i = 0; i < sizeof runs / sizeof *runs; i++) {
        double took_s, length = solve(points, SHARED_COUNT, runs[i].seconds, &took_s);
        printf("info %.0f mm after %.2f s\n", length, took_s);
        if (is_shared)
            figure(runs[i].name, 100 * (length / SHARED_LKH_MM - 1), "%", runs[i].goal_percent);
    }
}

static void measure_large(const struct mesh *mesh, size_t count, double seconds) {
    struct vec3 *points = calloc(count, sizeof *points);
    char name[64];
    if (points && make_points(mesh, count, points)) {
        double took_s, long_s;
        double length = solve(points, count, seconds, &took_s);
        double best = solve(points, count, 10 * seconds, &long_s);
        printf("info %zu points: %.0f mm after %.1f s, %.0f mm after %.1f s\n", count, length,
               took_s, best, long_s);
        snprintf(name, sizeof name, "motion_tour_%zu_over_ten_times", count);
        figure(name, 100 * (length / best - 1), "%", 1.0);
    }
    free(points);
}

/* --- machine time --- */

static enum result measure_time(const struct mesh *mesh, const struct vec3 *points,
                                struct error *err) {
    struct rig rig;
    struct field field;
    struct order_result found;
    struct deadline deadline;
    struct scenario scenario;
    enum result result = rig_read("configs/rigs/gantry.yaml", &rig, err);
    if (result == RESULT_OK) result = scenario_read("configs/scenarios/demo.yaml", &scenario, err);
    if (result == RESULT_OK) result = field_of_mesh(mesh, FIELD_SPACING_MM, &field, err);
    if (result != RESULT_OK) return result;
    struct axes *stops = calloc(SHARED_COUNT, sizeof *stops);
    uint32_t *order = calloc(SHARED_COUNT, sizeof *order);
    size_t count = 0;
    if (!stops || !order) result = error_set(err, RESULT_NO_MEMORY, "out of memory");
    for (size_t i = 0; result == RESULT_OK && i < SHARED_COUNT; i++) {
        struct vec3 n = pose_rotate(scenario.T_rig_head,
                                    vec3_unit(field_view_gradient(&field.view, points[i])));
        struct vec3 p = pose_apply(scenario.T_rig_head, points[i]);
        count += kinematics_inverse(&rig, p, n, &stops[count]) == REACH_OK;
    }
    struct order_setup setup = {.rig = &rig,
                                .stops = stops,
                                .stop_count = count,
                                .seed = 1,
                                .kicks = UINT64_MAX,
                                .goes_on = goes_on,
                                .context = &deadline};
    memcpy(setup.start.q, rig.park, sizeof setup.start.q);
    deadline.end_s = cpu_s() + 8;
    if (result == RESULT_OK) result = order_stops(&setup, order, &found);
    if (result == RESULT_OK) {
        printf("info %zu stops: travel %.2f s, nearest neighbour %.2f s\n", count, found.travel_s,
               found.nearest_neighbour_s);
        figure("motion_order_over_nearest_neighbour",
               100 * (found.travel_s / found.nearest_neighbour_s - 1), "%", -6);
    }
    free(stops);
    free(order);
    field_release(&field);
    return result;
}

int main(int argc, char **argv) {
    bool is_long = argc > 1 && strcmp(argv[1], "--long") == 0;
    struct error err = {0};
    struct mesh mesh = {0};
    struct vec3 *points = calloc(SHARED_COUNT, sizeof *points);
    enum result result = scan_read(SCAN, &mesh, &err);
    if (!points) result = error_set(&err, RESULT_NO_MEMORY, "out of memory");
    if (result == RESULT_OK) {
        bool is_shared = read_shared(points) == SHARED_COUNT;
        printf("info points: %s\n", is_shared ? SHARED_TOUR : "own, no reference length");
        if (!is_shared && !make_points(&mesh, SHARED_COUNT, points))
            result = error_set(&err, RESULT_NO_MEMORY, "the points cannot be made");
        if (result == RESULT_OK) measure_tours(points, is_shared);
    }
    if (result == RESULT_OK) result = measure_time(&mesh, points, &err);
    if (result == RESULT_OK && is_long) {
        measure_large(&mesh, 50000, 15);
        measure_large(&mesh, 100000, 40);
    }
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    if (result == RESULT_OK)
        figure("motion_order_memory", (double)usage.ru_maxrss / 1024, "MB", 200);
    if (result != RESULT_OK) fprintf(stderr, "bench-motion-order: %s\n", err.text);
    mesh_release(&mesh);
    free(points);
    return result == RESULT_OK ? 0 : 1;
}
