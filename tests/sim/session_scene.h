/* A case ready for sessions on the virtual clock: rig, scenario, scan, field, a plan in the order
 * of striking; and what the truth file says about each dot afterwards. For tests and benches. */
#ifndef SMPRIG_TESTS_SIM_SESSION_SCENE_H
#define SMPRIG_TESTS_SIM_SESSION_SCENE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "motion/kinematics.h"
#include "motion/order.h"
#include "plan/field.h"
#include "plan/fill.h"
#include "plan/scan.h"
#include "sim/virtual.h"

struct session_scene {
    struct rig rig;
    struct scenario scenario;
    struct field field;
    struct dot_plan plan;
    uint8_t *fates;
};

/* Where the truth file says that a dot was met. */
struct met_dot {
    size_t dot;
    double t_s, placement_um, depth_um, uncorrected_um, in_skin_ms;
    unsigned line;
};

/* What is worth reading of a session's journal. */
static inline void scene_print_entry(void *context, const struct journal_entry *entry) {
    (void)context;
    if (entry->kind == JOURNAL_DONE || entry->kind == JOURNAL_INTENT) return;
    printf("%s dot %d: %s\n", journal_kind_name(entry->kind), (int)entry->dot, entry->text);
}

/* A session of the whole plan, every dot pending. truth NULL: not wanted. */
static inline struct virtual_setup scene_setup(const struct session_scene *scene, uint64_t seed,
                                               FILE *truth) {
    memset(scene->fates, FATE_PENDING, scene->plan.dot_count);
    printf("seed %d\n", (int)seed);
    return (struct virtual_setup){.rig = &scene->rig,
                                  .scenario = &scene->scenario,
                                  .field = &scene->field.view,
                                  .plan = &scene->plan,
                                  .fates = scene->fates,
                                  .seed = seed,
                                  .pose_noise_mm = 0.002,
                                  .link_delay_ns = 2500 * NS_PER_US,
                                  .watch = {.on_entry = scene_print_entry},
                                  .truth = truth};
}

static inline bool scene_order(struct session_scene *scene) {
    struct order_result result;
    struct dot_plan *plan = &scene->plan;
    struct axes *stops = calloc(plan->dot_count, sizeof *stops);
    uint32_t *order = calloc(plan->dot_count, sizeof *order);
    struct dot *sorted = calloc(plan->dot_count, sizeof *sorted);
    bool is_fine = stops && order && sorted;
    for (size_t i = 0; is_fine && i < plan->dot_count; i++) {
        struct vec3 n = pose_rotate(scene->scenario.T_rig_head, plan->dots[i].n_head);
        struct vec3 p = pose_apply(scene->scenario.T_rig_head, plan->dots[i].p_head);
        is_fine = kinematics_inverse(&scene->rig, p, n, &stops[i]) == REACH_OK;
    }
    struct order_setup setup = {
        .rig = &scene->rig, .stops = stops, .stop_count = plan->dot_count, .kicks = 5000};
    memcpy(setup.start.q, scene->rig.park, sizeof setup.start.q);
    is_fine = is_fine && order_stops(&setup, order, &result) == RESULT_OK;
    for (size_t i = 0; is_fine && i < plan->dot_count; i++) sorted[i] = plan->dots[order[i]];
    if (is_fine) memcpy(plan->dots, sorted, plan->dot_count * sizeof *sorted);
    free(stops);
    free(order);
    free(sorted);
    return is_fine;
}

/* False with a line on stderr. */
static inline bool scene_init(struct session_scene *scene, const char *rig_path,
                              const char *design_path) {
    struct mesh mesh;
    struct design design;
    struct error err = {0};
    char hash[SHA256_HEX_SIZE] = "";
    if (rig_read(rig_path, &scene->rig, &err) != RESULT_OK ||
        scenario_read("configs/scenarios/demo.yaml", &scene->scenario, &err) != RESULT_OK ||
        scan_read("configs/scans/colin27.ply", &mesh, &err) != RESULT_OK ||
        design_read(design_path, &design, &err) != RESULT_OK ||
        field_of_mesh(&mesh, 1.5, &scene->field, &err) != RESULT_OK ||
        fill_plan(&mesh, &design, hash, (struct fill_progress){0}, &scene->plan, &err) !=
            RESULT_OK) {
        fprintf(stderr, "%s\n", err.text);
        return false;
    }
    mesh_release(&mesh);
    design_release(&design);
    scene->fates = calloc(scene->plan.dot_count, 1);
    if (scene->fates && scene_order(scene)) return true;
    fputs("a dot is out of reach\n", stderr);
    return false;
}

static inline void scene_release(struct session_scene *scene) {
    field_release(&scene->field);
    dot_plan_release(&scene->plan);
    free(scene->fates);
}

/* Reads the truth's CSV into ret_met (plan.dot_count entries), in the order of striking. Returns
 * the number of punctures, or SIZE_MAX when a line is not understood or there are too many. */
static inline size_t scene_judge(const struct session_scene *scene, char *truth,
                                 struct met_dot *ret_met) {
    char *rest = truth, *line;
    size_t count = 0;
    (void)strsep(&rest, "\n");
    while ((line = strsep(&rest, "\n")) && *line) {
        struct met_dot met = {.placement_um = INFINITY};
        struct vec3 p, n;
        unsigned index;
        double drag;
        if (count == scene->plan.dot_count ||
            sscanf(line, "%u,%lf,%u,%lf,%lf,%lf,%lf,%lf,%lf,%lf,%lf,%lf,%lf", &index, &met.t_s,
                   &met.line, &p.x, &p.y, &p.z, &n.x, &n.y, &n.z, &met.depth_um, &drag,
                   &met.in_skin_ms, &met.uncorrected_um) != 13)
            return SIZE_MAX;
        for (size_t i = 0; i < scene->plan.dot_count; i++) {
            double d = vec3_distance(scene->plan.dots[i].p_head, p) * 1e3;
            if (d < met.placement_um) met.placement_um = d, met.dot = i;
        }
        ret_met[count++] = met;
    }
    return count;
}

#endif
