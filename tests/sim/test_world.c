/* The simulated rig as a whole: one strike on a still head is one puncture, as deep as commanded
 * and where the needle points; travels at hover height touch nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "motion/kinematics.h"
#include "plan/field.h"
#include "plan/scan.h"
#include "sim/world.h"

struct fixture {
    struct rig rig;
    struct scenario scenario;
    struct mesh mesh;
    float *normals;
    struct field field;
    struct world world;
    int64_t now_ns;
};

static int set_up(void **state) {
    struct fixture *f = calloc(1, sizeof *f);
    struct error err = {0};
    if (rig_read("configs/rigs/gantry.yaml", &f->rig, &err) != RESULT_OK ||
        scenario_read("configs/scenarios/demo.yaml", &f->scenario, &err) != RESULT_OK ||
        scan_read("configs/scans/colin27.ply", &f->mesh, &err) != RESULT_OK ||
        field_of_mesh(&f->mesh, 1.0, &f->field, &err) != RESULT_OK) {
        printf("%s\n", err.text);
        return -1;
    }
    f->normals = mesh_vertex_normals(&f->mesh);
    f->scenario.breathing_mm = f->scenario.drift_mm_s = f->scenario.breathing_rad = 0;
    f->scenario.heartbeat_mm = f->scenario.tremor_mm = 0;
    *state = f;
    return 0;
}

static int tear_down(void **state) {
    struct fixture *f = *state;
    field_release(&f->field);
    mesh_release(&f->mesh);
    free(f->normals);
    free(f);
    return 0;
}

static void run_ms(struct fixture *f, int ms) {
    unsigned char sink[4096];
    for (int i = 0; i < ms; i++) {
        f->now_ns += NS_PER_MS;
        world_step(&f->world, f->now_ns);
        while (firmware_take_output(&f->world.firmware, sink, sizeof sink)) continue;
    }
}

static void say(struct fixture *f, const char *line) {
    world_on_bytes(&f->world, line, strlen(line), f->now_ns);
}

static void start(struct fixture *f) {
    world_init(&f->world, &f->rig, &f->scenario, &f->field.view, 0);
    f->now_ns = 0;
    firmware_power_up(&f->world.firmware);
    say(f, "$H\n");
    run_ms(f, 2100);
}

/* A vertex of the crown and a travel line that hovers over it. */
static uint32_t vertex_near(const struct fixture *f, struct vec3 p) {
    uint32_t best = 0;
    double best2 = INFINITY;
    for (uint32_t i = 0; i < f->mesh.vertex_count; i++) {
        double d2 = vec3_norm2(vec3_sub(mesh_vertex(&f->mesh, i), p));
        if (d2 < best2) best2 = d2, best = i;
    }
    return best;
}

static void hover_line(const struct fixture *f, uint32_t vertex, char *line, size_t size) {
    const float *n = f->normals + 3 * (size_t)vertex;
    struct vec3 n_head = vec3_make((double)n[0], (double)n[1], (double)n[2]);
    struct vec3 n_rig = pose_rotate(f->scenario.T_rig_head, n_head);
    struct vec3 p_rig = vec3_mad(pose_apply(f->scenario.T_rig_head, mesh_vertex(&f->mesh, vertex)),
                                 f->rig.hover_mm, n_rig);
    struct axes axes = {0};
    assert_int_equal(kinematics_inverse(&f->rig, p_rig, n_rig, &axes), REACH_OK);
    snprintf(line, size, "N7 G0 X%.4f Y%.4f A%.4f B%.4f C%.4f\n", axes.q[0], axes.q[1],
             axes.q[2] * DEG_PER_RAD, axes.q[3] * DEG_PER_RAD, axes.q[4]);
}

static void one_strike_is_one_true_puncture(void **state) {
    struct fixture *f = *state;
    char line[128];
    struct vec3 places[] = {{0, -36, 103}, {25, -40, 96}, {-20, -10, 97}};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        start(f);
        uint32_t vertex = vertex_near(f, places[i]);
        hover_line(f, vertex, line, sizeof line);
        say(f, line);
        run_ms(f, 3000);
        assert_int_equal(f->world.puncture_count, 0);
        say(f, "N8 G81 Z-1.100 R0 F4800\n");
        run_ms(f, 100);
        assert_int_equal(f->world.puncture_count, 1);
        assert_true(fabs(f->world.skin.current.depth_mm - 0.7) < 0.03);
        assert_true(vec3_distance(f->world.skin.current.p_head, mesh_vertex(&f->mesh, vertex)) <
                    0.05);
        assert_true(f->world.skin.current.drag_mm < 0.05);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(one_strike_is_one_true_puncture, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
