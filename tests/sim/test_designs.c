/* Three designs from YAML to struck dots: planned whole, and of each the dots around one place
 * struck in the simulated rig, session by session as their layers say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/sim/session_scene.h"

#define AROUND_MM 3.2
#define LONGEST_NS (300 * NS_PER_S)
#define PLACES 200 /* tried */

static bool is_reached(const struct session_scene *scene, const struct dot *dot) {
    struct axes stop;
    struct vec3 n = pose_rotate(scene->scenario.T_rig_head, dot->n_head);
    struct vec3 p = pose_apply(scene->scenario.T_rig_head, dot->p_head);
    return kinematics_inverse(&scene->rig, p, n, &stop) == REACH_OK;
}

/* Turn the head about the place, and move it, so that it lies where the crown lay: as the operator
 * seats the client for each part of the work. */
static void seat_head(struct session_scene *scene, struct vec3 p_head, struct vec3 n_head) {
    static const struct vec3 crown_head = {0, -26, 103}, up = {0, 0, 1};
    struct pose *T = &scene->scenario.T_rig_head;
    struct vec3 to_rig = pose_apply(*T, crown_head), n = pose_rotate(*T, n_head);
    struct vec3 axis = vec3_unit(vec3_cross(n, up));
    T->R = mat3_mul(mat3_exp(vec3_scale(axis, vec3_angle(n, up))), T->R);
    T->t = vec3_sub(to_rig, mat3_apply(T->R, p_head));
}

static size_t dots_near(const struct dot_plan *whole, size_t middle, struct dot *ret) {
    size_t count = 0;
    for (size_t i = 0; i < whole->dot_count; i++) {
        if (vec3_distance(whole->dots[i].p_head, whole->dots[middle].p_head) > AROUND_MM) continue;
        if (ret) ret[count] = whole->dots[i];
        count++;
    }
    return count;
}

/* The dots around the densest place tried, the head seated for them. */
static struct dot_plan dots_around(struct session_scene *scene) {
    const struct dot_plan *whole = &scene->plan;
    struct dot_plan part = {.dots = calloc(whole->dot_count, sizeof *part.dots)};
    size_t best = 0, most = 0;
    for (size_t i = 0; i < whole->dot_count; i += whole->dot_count / PLACES + 1) {
        size_t count = dots_near(whole, i, NULL);
        if (count > most) most = count, best = i;
    }
    part.dot_count = dots_near(whole, best, part.dots);
    seat_head(scene, whole->dots[best].p_head, whole->dots[best].n_head);
    for (size_t i = 0; i < part.dot_count; i++) assert_true(is_reached(scene, &part.dots[i]));
    return part;
}

/* One session: the layer's dots are to be struck, the last session's stand in the skin already. On
 * the virtual clock no days pass: to the guard all struck dots are today's, of which it lets two
 * layers be in a zone, so those of the session before the last stay out. */
static void strike_layer(struct session_scene *scene, const struct dot_plan *part, int layer,
                         uint64_t seed) {
    struct virtual_rig *virtual = NULL;
    struct error err = {0};
    size_t size = 0, due = 0;
    char *truth = NULL;
    FILE *stream = open_memstream(&truth, &size);
    scene->plan = (struct dot_plan){.dots = calloc(part->dot_count, sizeof *part->dots)};
    for (size_t i = 0; i < part->dot_count; i++)
        if (part->dots[i].layer == layer || part->dots[i].layer + 1 == layer)
            scene->plan.dots[scene->plan.dot_count++] = part->dots[i];
    assert_true(scene_order(scene));
    scene->fates = calloc(scene->plan.dot_count, 1);
    for (size_t i = 0; i < scene->plan.dot_count; i++) {
        bool is_due = scene->plan.dots[i].layer == layer;
        scene->fates[i] = is_due ? FATE_PENDING : FATE_DONE;
        due += is_due;
    }
    struct virtual_setup setup = {.rig = &scene->rig,
                                  .scenario = &scene->scenario,
                                  .field = &scene->field.view,
                                  .plan = &scene->plan,
                                  .fates = scene->fates,
                                  .seed = seed,
                                  .pose_noise_mm = 0.002,
                                  .link_delay_ns = 2500 * NS_PER_US,
                                  .truth = stream};
    if (virtual_create(&setup, &virtual, &err) != RESULT_OK) fail_msg("%s", err.text);
    for (int64_t ran_ns = 0; !virtual_is_over(virtual) && ran_ns < LONGEST_NS; ran_ns += NS_PER_S)
        virtual_run(virtual, NS_PER_S);
    if (virtual->session.phase != SESSION_FINISHED)
        fail_msg("%s: %s", session_phase_name(virtual->session.phase), virtual->session.reason);
    virtual_destroy(&virtual);
    fclose(stream);
    struct met_dot *met = calloc(scene->plan.dot_count + 1, sizeof *met);
    size_t punctures = scene_judge(scene, truth, met);
    assert_int_equal(punctures, due);
    for (size_t i = 0; i < punctures; i++) {
        assert_int_equal(scene->plan.dots[met[i].dot].layer, layer);
        assert_true(met[i].placement_um < 250);
    }
    for (size_t i = 0; i < scene->plan.dot_count; i++) assert_int_equal(scene->fates[i], FATE_DONE);
    printf("  session %d: %zu dots struck between %zu\n", layer + 1, due,
           scene->plan.dot_count - due);
    free(met);
    free(truth);
    free(scene->fates);
    free(scene->plan.dots);
    scene->plan = (struct dot_plan){0};
}

static void run_design(const char *name, int layers) {
    struct session_scene scene = {0};
    struct mesh mesh;
    struct design design;
    struct error err = {0};
    char path[64];
    static const char hash[SHA256_HEX_SIZE] = "";
    snprintf(path, sizeof path, "configs/designs/%s.yaml", name);
    if (rig_read("configs/rigs/gantry.yaml", &scene.rig, &err) != RESULT_OK ||
        scenario_read("configs/scenarios/demo.yaml", &scene.scenario, &err) != RESULT_OK ||
        scan_read("configs/scans/colin27.ply", &mesh, &err) != RESULT_OK ||
        design_read(path, &design, &err) != RESULT_OK ||
        field_of_mesh(&mesh, 1.5, &scene.field, &err) != RESULT_OK ||
        fill_plan(&mesh, &design, hash, (struct fill_progress){0}, &scene.plan, &err) != RESULT_OK)
        fail_msg("%s", err.text);
    printf("%s: %zu dots\n", name, scene.plan.dot_count);
    assert_int_equal(design.layer_count, layers);
    struct dot_plan whole = scene.plan, part = dots_around(&scene);
    assert_true(part.dot_count > 12);
    for (int layer = 0; layer < layers; layer++)
        strike_layer(&scene, &part, layer, 31 + (uint64_t)layer);
    free(part.dots);
    dot_plan_release(&whole);
    field_release(&scene.field);
    design_release(&design);
    mesh_release(&mesh);
}

static void the_shaved_look_in_three_sessions(void **state) {
    (void)state;
    run_design("shaved", 3);
}

static void the_edge_up_in_two_sessions(void **state) {
    (void)state;
    run_design("edge_up", 2);
}

static void the_part_line_in_two_sessions(void **state) {
    (void)state;
    run_design("part_line", 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_shaved_look_in_three_sessions),
        cmocka_unit_test(the_edge_up_in_two_sessions),
        cmocka_unit_test(the_part_line_in_two_sessions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
