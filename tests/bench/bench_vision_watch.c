/* Figures of the watches beside the tracker: the ring's slip on the skin (the demo's ring and
 * cameras, 256 marks on the skin, head within 2 mm and 0.02 rad, five looks a second), and the head
 * followed by its surface alone (4,000 points with 0.1 mm of noise in each direction, z
 * > -20 mm). */
#include <stdio.h>

#include "base/clock.h"
#include "sim/skin_marks.h"
#include "tests/bench/figure.h"
#include "tests/vision-surface/patch_scene.h"
#include "tests/vision/ring_scene.h"
#include "vision/slip.h"
#include "vision/surface/surface_tracker.h"

#define LOOK_S 0.2
#define TRIALS 6
#define POINTS 4000

static struct ring_scene scene;
static struct patch_scene patch;
static struct render_mark marks[RENDER_MARKS_MAX];
static struct vec3 p_rig[POINTS];

static struct slip_report look(struct slip_watch *watch, struct twist slip, double *ms) {
    struct image images[CAMERA_COUNT_MAX];
    struct slip_report report;
    struct render_view view = {.T_rig_head = ring_scene_random(&scene, &patch.rng, 2, 0.02),
                               .ring_slip = slip};
    ring_scene_draw(&scene, &view, images);
    double start = cpu_s();
    slip_watch_look(watch, images, pose_mul(view.T_rig_head, pose_exp(slip)), &report);
    *ms = fmax(*ms, 1e3 * (cpu_s() - start));
    return report;
}

static void slip(void) {
    struct slip_settings settings = slip_settings_default();
    double slowest_s = 0, still_mm = 0, ms = 0, first_ms = 0;
    size_t count =
        skin_marks_make(&patch.field.view, &scene.ring, &patch.rng, marks, RENDER_MARKS_MAX);
    for (int c = 0; c < 2; c++) renderer_set_marks(scene.renderers[c], marks, count);
    for (int trial = 0; trial < TRIALS; trial++) {
        struct slip_watch *watch;
        struct error err;
        double angle = rng_range(&patch.rng, 0, 2 * PI);
        struct twist none = {0}, slid = {.v = {0.2 * cos(angle), 0.2 * sin(angle), 0}};
        struct slip_report report = {0};
        if (slip_watch_create(&scene.cameras, &scene.ring, &patch.field.view, &settings, &watch,
                              &err) != RESULT_OK)
            return;
        look(watch, none, &first_ms);
        for (int i = 0; i < 6; i++) still_mm = fmax(still_mm, look(watch, none, &ms).shift_mm);
        int looks = 0;
        while (looks < 20 && report.state != SLIP_SLIPPED) {
            report = look(watch, slid, &ms);
            looks++;
        }
        /* The slip may have come just after a look. */
        slowest_s = fmax(slowest_s, (looks + 1) * LOOK_S);
        slip_watch_destroy(&watch);
    }
    figure_most("vision.slip_200um_told", slowest_s, "s", 1);
    figure_most("vision.slip_seen_without", 1e3 * still_mm, "um", 100);
    printf("beside: a look %.1f ms at most, the first %.1f ms\n", ms, first_ms);
}

static void surface(void) {
    struct surface_tracker tracker;
    double sum2 = 0, told2 = 0;
    int count = 0;
    surface_tracker_init(&tracker, &patch.field.view, patch.T_nominal, patch.zone_head);
    for (int i = 0; i < 60; i++) {
        struct pose T = patch_scene_pose(&patch, i / 15.0);
        struct surface_measurement m;
        struct head_pose pose;
        patch_scene_points(&patch, T, -20, 1000, 0.1, p_rig, POINTS);
        if (surface_tracker_step(&tracker, p_rig, POINTS, s_to_ns(i / 15.0), &pose, &m, NULL) !=
            RESULT_OK) {
            continue;
        }
        sum2 += patch_scene_error2(&patch, m.T_rig_head, T);
        told2 += pow(surface_error_at(&m, patch.zone_head), 2);
        count++;
    }
    figure_most("vision.surface_only", count == 60 ? 1e3 * sqrt(sum2 / count) : (double)INFINITY,
                "um", 60);
    printf("beside: told %.0f um\n", 1e3 * sqrt(told2 / count));
}

int main(void) {
    printf("seed 2026\n");
    ring_scene_init(&scene);
    if (!patch_scene_init(&patch, 2026)) return 1;
    slip();
    surface();
    ring_scene_finish(&scene);
    patch_scene_finish(&patch);
    return 0;
}
