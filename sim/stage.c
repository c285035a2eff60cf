#include "sim/stage.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "motion/kinematics.h"
#include "motion/order.h"
#include "plan/fill.h"
#include "plan/scan.h"

#define ROOM_MM 5.0 /* a head moves by so much while its dots must stay within reach */
#define KICKS 300u  /* an order that a rig may run; not the shortest */

/* Within reach there, and with the head shifted a little along each axis of the rig. */
static bool stays_in_reach(const struct rig *rig, struct vec3 p, struct vec3 n) {
    static const struct vec3 ways[] = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}};
    struct axes ignored;
    for (size_t k = 0; k < 3; k++)
        if (kinematics_inverse(rig, vec3_mad(p, ROOM_MM, ways[k]), n, &ignored) != REACH_OK ||
            kinematics_inverse(rig, vec3_mad(p, -ROOM_MM, ways[k]), n, &ignored) != REACH_OK)
            return false;
    return true;
}

/* Axes hovering over each dot within reach; those dots are moved to the front of the plan. */
static void find_stops(const struct stage *stage, struct dot_plan *plan, struct axes *stops) {
    const struct rig *rig = &stage->rig;
    size_t kept = 0;
    for (size_t i = 0; i < plan->dot_count; i++) {
        struct dot dot = plan->dots[i];
        struct vec3 n = pose_rotate(stage->scenario.T_rig_head, dot.n_head);
        struct vec3 p =
            vec3_mad(pose_apply(stage->scenario.T_rig_head, dot.p_head), rig->hover_mm, n);
        if (kinematics_inverse(rig, p, n, &stops[kept]) == REACH_OK && stays_in_reach(rig, p, n))
            plan->dots[kept++] = dot;
    }
    plan->dot_count = kept;
}

static enum result put_in_order(const struct stage *stage, struct dot_plan *plan,
                                struct error *err) {
    size_t count = plan->dot_count;
    struct order_result found;
    struct axes *stops = calloc(count + 1, sizeof *stops);
    uint32_t *order = calloc(count + 1, sizeof *order);
    struct dot *sorted = calloc(count + 1, sizeof *sorted);
    enum result result = stops && order && sorted ? RESULT_OK : RESULT_NO_MEMORY;
    if (result == RESULT_OK) {
        find_stops(stage, plan, stops);
        struct order_setup setup = {.rig = &stage->rig,
                                    .stops = stops,
                                    .stop_count = plan->dot_count,
                                    .seed = 1,
                                    .kicks = KICKS};
        memcpy(setup.start.q, stage->rig.park, sizeof setup.start.q);
        result = order_stops(&setup, order, &found);
    }
    for (size_t i = 0; result == RESULT_OK && i < plan->dot_count; i++)
        sorted[i] = plan->dots[order[i]];
    if (result == RESULT_OK) memcpy(plan->dots, sorted, plan->dot_count * sizeof *sorted);
    free(stops);
    free(order);
    free(sorted);
    return result == RESULT_OK ? RESULT_OK : error_set(err, result, "ordering the plan failed");
}

static enum result make_plan(const struct stage_files *files, const struct mesh *mesh,
                             struct stage *stage, struct error *err) {
    struct design design;
    char scan_sha256[SHA256_HEX_SIZE];
    enum result result = design_read(files->design, &design, err);
    if (result != RESULT_OK) return result;
    result = file_sha256(files->scan, scan_sha256, err);
    if (result == RESULT_OK)
        result =
            fill_plan(mesh, &design, scan_sha256, (struct fill_progress){0}, &stage->plan, err);
    design_release(&design);
    return result == RESULT_OK ? put_in_order(stage, &stage->plan, err) : result;
}

static enum result read_plan(const struct stage_files *files, struct stage *stage,
                             struct error *err) {
    char scan_sha256[SHA256_HEX_SIZE];
    enum result result = dot_plan_read(files->plan, &stage->plan, err);
    if (result == RESULT_OK) result = file_sha256(files->scan, scan_sha256, err);
    if (result == RESULT_OK && strcmp(scan_sha256, stage->plan.scan_sha256) != 0)
        result = error_set(err, RESULT_REFUSED,
                           "%s was made for another scan than %s: make the plan anew, or give the "
                           "scan that it was made for",
                           files->plan, files->scan);
    return result;
}

enum result stage_read(const struct stage_files *files, struct stage *ret_stage,
                       struct error *err) {
    struct stage stage = {0};
    struct mesh mesh = {0};
    enum result result = rig_read(files->rig, &stage.rig, err);
    if (result == RESULT_OK) result = scenario_read(files->scenario, &stage.scenario, err);
    if (result == RESULT_OK) result = scan_read(files->scan, &mesh, err);
    if (result == RESULT_OK) result = field_of_mesh(&mesh, FIELD_SPACING_MM, &stage.field, err);
    if (result == RESULT_OK)
        result = files->plan ? read_plan(files, &stage, err) : make_plan(files, &mesh, &stage, err);
    mesh_release(&mesh);
    if (result == RESULT_OK)
        *ret_stage = stage;
    else
        stage_release(&stage);
    return result;
}

void stage_release(struct stage *stage) {
    field_release(&stage->field);
    dot_plan_release(&stage->plan);
}

struct dot_plan stage_window(const struct stage *stage, size_t first, size_t count) {
    struct dot_plan window = stage->plan;
    window.dots += first;
    window.dot_count = count;
    return window;
}
