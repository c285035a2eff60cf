/* Registration on the demo's scan: 10,000 points of the skin from forehead to neck with 0.1 mm of
 * noise in each direction, six landmarks touched to 0.15 mm, random poses of the ring. */
#include <stdlib.h>

#include "base/spread.h"
#include "tests/bench/figure.h"
#include "tests/vision-calibration/registration_scene.h"

#define POINTS 10000
#define TRIALS 60
#define TARGETS 9
#define LOWEST_Z_MM 0.0
#define NOISE_MM 0.1
#define TOUCH_MM 0.15

struct sums {
    double landmarks, surface, told, ms[TRIALS];
    int failed;
};

static void trial(int i, double lowest_z, double radius_mm, struct sums *sums) {
    static struct vec3 p_ring[POINTS];
    struct twist xi = {vec3_scale(noise(1), 20), vec3_scale(noise(1), 0.3)};
    struct pose T = pose_exp(xi), T_ring_head = pose_inverse(T);
    struct landmarks set = landmarks_of(T, LANDMARKS, TOUCH_MM);
    struct registration r, before;
    for (int k = 0; k < POINTS; k++)
        p_ring[k] = pose_apply(T_ring_head, vec3_add(skin(lowest_z, radius_mm), noise(NOISE_MM)));
    if (register_landmarks(&set, &r, NULL) != RESULT_OK) {
        sums->failed++;
        return;
    }
    before = r;
    double start = cpu_s();
    sums->failed += register_surface(&set, &field.view, p_ring, POINTS, &r, NULL) != RESULT_OK;
    sums->ms[i] = 1e3 * (cpu_s() - start);
    for (int k = 0; k < TARGETS; k++) {
        double angle = k * PI / 4, radius = k == TARGETS - 1 ? 0 : 30;
        struct vec3 p =
            vec3_add(zone_middle, vec3_make(radius * cos(angle), radius * sin(angle), 0));
        struct vec3 q = pose_apply(T_ring_head, p);
        sums->landmarks += vec3_norm2(vec3_sub(pose_apply(before.T_head_ring, q), p)) / TARGETS;
        sums->surface += vec3_norm2(vec3_sub(pose_apply(r.T_head_ring, q), p)) / TARGETS;
        sums->told += pow(register_error_at(&r, p), 2) / TARGETS;
    }
}

static struct sums run(double lowest_z, double radius_mm) {
    struct sums sums = {0};
    for (int i = 0; i < TRIALS; i++) trial(i, lowest_z, radius_mm, &sums);
    spread_sort(sums.ms, TRIALS);
    return sums;
}

static double rms_um(double sum) {
    return 1e3 * sqrt(sum / TRIALS);
}

int main(void) {
    struct error err = {0};
    rng_init(&rng, 2026);
    printf("seed 2026\n");
    if (scan_read("configs/scans/colin27.ply", &scan, &err) != RESULT_OK ||
        field_of_mesh(&scan, REGISTER_FIELD_MM, &field, &err) != RESULT_OK) {
        fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    struct sums whole = run(LOWEST_Z_MM, 1000), crown = run(0, 60);
    figure_most("register.field_target_rms", rms_um(whole.surface), "um", 20);
    figure_most("register.field_10k_points", whole.ms[TRIALS / 2], "ms", 5);
    figure_most("register.failed", whole.failed + crown.failed, "registrations", 0);
    figure_most("register.told_over_happened",
                fabs(rms_um(whole.told) / rms_um(whole.surface) - 1) * 100, "%", 25);
    printf(
        "beside: six landmarks alone %.0f um; told with the points %.1f um; points of the crown "
        "alone %.1f um (told %.1f)\n",
        rms_um(whole.landmarks), rms_um(whole.told), rms_um(crown.surface), rms_um(crown.told));
    mesh_release(&scan);
    field_release(&field);
    return 0;
}
