/* Figures of the planner's fill on the embedded scan: how even the dots are, and how long it takes.
 *
 * Scene: configs/scans/colin27.ply, configs/designs/crown.yaml, twelve seeds, medians. Distances
 * are straight lines. The radius is the least neighbour distance over that of the hexagonal lattice
 * of the design's density (Lagae and Dutre 2008); its shortfall from 1 is printed, so that less is
 * better in every line. Times are CPU times of one thread, scaled to 20,000 dots. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "plan/fill.h"
#include "plan/scan.h"

#define SEEDS 12

struct look {
    double shortfall, variation, seconds;
};

static void figure(const char *name, double value, const char *unit, double goal) {
    printf("figure %s %.4g %s goal <=%g %s\n", name, value, unit, goal,
           value <= goal ? "ok" : "short");
}

static double cpu_s(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static double median(double *values) {
    qsort(values, SEEDS, sizeof values[0], by_value);
    return values[SEEDS / 2];
}

static double neighbour_mm(const struct dot_plan *plan, size_t of) {
    double best = (double)INFINITY;
    struct vec3 p = plan->dots[of].p_head;
    for (size_t i = 0; i < plan->dot_count; i++) {
        struct vec3 q = plan->dots[i].p_head;
        double d = hypot(hypot(p.x - q.x, p.y - q.y), p.z - q.z);
        if (i != of && d < best) best = d;
    }
    return best;
}

static void look_at(const struct dot_plan *plan, double density_per_cm2, struct look *ret_look) {
    double sum = 0, sum2 = 0, least = (double)INFINITY, n = (double)plan->dot_count;
    for (size_t i = 0; i < plan->dot_count; i++) {
        double d = neighbour_mm(plan, i);
        sum += d, sum2 += d * d, least = fmin(least, d);
    }
    double mean = sum / n, lattice_mm = sqrt(2 / (sqrt(3.0) * density_per_cm2 / 100));
    ret_look->shortfall = 1 - least / lattice_mm;
    ret_look->variation = sqrt(fmax(0, sum2 / n - mean * mean)) / mean;
}

static enum result measure(const struct mesh *mesh, struct design *design, struct error *err) {
    double shortfalls[SEEDS], variations[SEEDS], seconds[SEEDS];
    static const char no_scan[SHA256_HEX_SIZE] = "";
    for (int seed = 0; seed < SEEDS; seed++) {
        struct dot_plan plan = {0};
        struct look look = {0};
        design->seed = seed + 1;
        double start = cpu_s();
        enum result result =
            fill_plan(mesh, design, no_scan, (struct fill_progress){0}, &plan, err);
        if (result != RESULT_OK) return result;
        seconds[seed] = (cpu_s() - start) * 20000 / (double)plan.dot_count;
        look_at(&plan, design->zones[0].density_per_cm2, &look);
        shortfalls[seed] = look.shortfall, variations[seed] = look.variation;
        dot_plan_release(&plan);
    }
    figure("design_radius_shortfall", median(shortfalls), "1", 0.25);
    figure("design_neighbour_variation", median(variations), "1", 0.06);
    figure("design_fill_20000_dots", median(seconds), "s", 1.0);
    return RESULT_OK;
}

int main(void) {
    struct error err = {0};
    struct mesh mesh = {0};
    struct design design = {0};
    enum result result = design_read("configs/designs/crown.yaml", &design, &err);
    if (result == RESULT_OK) result = scan_read("configs/scans/colin27.ply", &mesh, &err);
    if (result == RESULT_OK) result = measure(&mesh, &design, &err);
    if (result != RESULT_OK) fprintf(stderr, "bench-design: %s\n", err.text);
    mesh_release(&mesh);
    design_release(&design);
    return result == RESULT_OK ? 0 : 1;
}
