/* Figures of a whole session on the virtual clock: how near it comes to the kinematic bound, and
 * how well its length is predicted.
 *
 * Scene: configs/scans/colin27.ply, the given design (configs/designs/patch.yaml), the gantry, the
 * demo's head (breathing, drifting), a link of 5 ms round trip; strikes sent just in time. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "motion/kinematics.h"
#include "motion/order.h"
#include "motion/session_time.h"
#include "plan/field.h"
#include "plan/fill.h"
#include "plan/scan.h"
#include "sim/virtual.h"
#include "tests/bench/figure.h"

#define LONGEST_NS (3600 * NS_PER_S)

struct scene {
    struct rig rig;
    struct scenario scenario;
    struct mesh mesh;
    struct field field;
    struct design design;
    struct dot_plan plan;
    struct axes *axes; /* one a dot */
    uint8_t *fates;
};

static enum result read_scene(const char *design, struct scene *scene, struct error *err) {
    char hash[SHA256_HEX_SIZE] = "";
    enum result result = rig_read("configs/rigs/gantry.yaml", &scene->rig, err);
    if (result == RESULT_OK)
        result = scenario_read("configs/scenarios/demo.yaml", &scene->scenario, err);
    if (result == RESULT_OK) result = scan_read("configs/scans/colin27.ply", &scene->mesh, err);
    if (result == RESULT_OK)
        result = field_of_mesh(&scene->mesh, FIELD_SPACING_MM, &scene->field, err);
    if (result == RESULT_OK) result = design_read(design, &scene->design, err);
    if (result == RESULT_OK)
        result = fill_plan(&scene->mesh, &scene->design, hash, (struct fill_progress){0},
                           &scene->plan, err);
    return result;
}

/* Dots out of reach are left out, the others put in order. */
static enum result put_in_order(struct scene *scene, struct error *err) {
    struct dot_plan *plan = &scene->plan;
    struct axes *stops = calloc(plan->dot_count + 1, sizeof *stops);
    uint32_t *order = calloc(plan->dot_count + 1, sizeof *order);
    struct dot *sorted = calloc(plan->dot_count + 1, sizeof *sorted);
    scene->axes = calloc(plan->dot_count + 1, sizeof *scene->axes);
    scene->fates = calloc(plan->dot_count + 1, 1);
    size_t kept = 0;
    if (!stops || !order || !sorted || !scene->axes || !scene->fates)
        return error_set(err, RESULT_NO_MEMORY, "out of memory");
    for (size_t i = 0; i < plan->dot_count; i++) {
        struct vec3 n = pose_rotate(scene->scenario.T_rig_head, plan->dots[i].n_head);
        struct vec3 p = pose_apply(scene->scenario.T_rig_head, plan->dots[i].p_head);
        p = vec3_mad(p, scene->rig.hover_mm, n);
        if (kinematics_inverse(&scene->rig, p, n, &stops[kept]) == REACH_OK)
            plan->dots[kept++] = plan->dots[i];
    }
    plan->dot_count = kept;
    struct order_setup setup = {.rig = &scene->rig, .stops = stops, .stop_count = kept, .seed = 1};
    struct order_result found;
    memcpy(setup.start.q, scene->rig.park, sizeof setup.start.q);
    enum result result = order_stops(&setup, order, &found);
    for (size_t i = 0; i < kept; i++) {
        sorted[i] = plan->dots[order[i]];
        scene->axes[i] = stops[order[i]];
    }
    memcpy(plan->dots, sorted, kept * sizeof *sorted);
    free(stops);
    free(order);
    free(sorted);
    return result;
}

/* Seconds from the first dot's travel to the last dot. */
static enum result simulate(struct scene *scene, double *ret_running_s, struct error *err) {
    struct virtual_setup setup = {.rig = &scene->rig,
                                  .scenario = &scene->scenario,
                                  .field = &scene->field.view,
                                  .plan = &scene->plan,
                                  .fates = scene->fates,
                                  .seed = 1,
                                  .pose_noise_mm = 0.002,
                                  .link_delay_ns = 2500 * NS_PER_US};
    struct virtual_rig *rig = NULL;
    enum result result = virtual_create(&setup, &rig, err);
    if (result != RESULT_OK) return result;
    for (int64_t ran_ns = 0; !virtual_is_over(rig) && ran_ns < LONGEST_NS; ran_ns += NS_PER_S)
        virtual_run(rig, NS_PER_S);
    if (rig->session.phase != SESSION_FINISHED)
        result = error_set(err, RESULT_REFUSED, "the session ended %s: %s",
                           session_phase_name(rig->session.phase), rig->session.reason);
    *ret_running_s = session_running_s(&rig->session, rig->now_ns);
    virtual_destroy(&rig);
    return result;
}

static enum result measure(const char *design, struct error *err) {
    struct scene scene = {0};
    struct session_time time;
    double running_s = 0;
    enum result result = read_scene(design, &scene, err);
    if (result == RESULT_OK) result = put_in_order(&scene, err);
    struct session_time_setup setup = {.rig = &scene.rig,
                                       .field = &scene.field.view,
                                       .T_rig_head = scene.scenario.T_rig_head,
                                       .plan = &scene.plan,
                                       .axes = scene.axes};
    if (result == RESULT_OK) result = session_time_predict(&setup, &time);
    if (result == RESULT_OK) result = simulate(&scene, &running_s, err);
    if (result == RESULT_OK) {
        double dots = (double)scene.plan.dot_count;
        printf(
            "info %s: %.0f dots, %.2f s simulated, %.2f s predicted, bound %.2f s, %.1f dots/s\n",
            design, dots, running_s, time.running_s, time.bound_s, dots / running_s);
        figure_most("motion_session_over_bound", running_s / time.bound_s, "1", 1.05);
        figure_most("motion_session_prediction_error", 100 * fabs(time.running_s / running_s - 1),
                    "%", 3);
    }
    free(scene.axes);
    free(scene.fates);
    dot_plan_release(&scene.plan);
    design_release(&scene.design);
    field_release(&scene.field);
    mesh_release(&scene.mesh);
    return result;
}

int main(int argc, char **argv) {
    struct error err = {0};
    const char *design = argc > 1 ? argv[1] : "configs/designs/patch.yaml";
    if (measure(design, &err) == RESULT_OK) return 0;
    fprintf(stderr, "bench-motion-session: %s\n", err.text);
    return 1;
}
