/* The proof of clearance of long parts of the tool: it leaves out samples, and
 * never an obstacle. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "safety/clearance.h"
#include "tests/safety/gate_scene.h"

static struct gate_scene scene;
static struct gate_rig rig;

static int set_up(void **state) {
    (void)state;
    if (!scene_init(&scene)) return -1;
    rig = guard_gate_rig(&scene.rig);
    return 0;
}

#define NODE(x, y, z) (((z)*SCENE_SIDE + (y)) * SCENE_SIDE + (x))

/* The head is a ball of 1 mm there, and nothing else. */
static void make_ball(struct vec3 centre) {
    for (int z = 0; z < SCENE_SIDE; z++)
        for (int y = 0; y < SCENE_SIDE; y++)
            for (int x = 0; x < SCENE_SIDE; x++) {
                struct vec3 node =
                    vec3_mad(scene.field.origin, scene.field.spacing_mm, vec3_make(x, y, z));
                scene.values[NODE(x, y, z)] = (float)(vec3_distance(node, centre) - 1);
            }
}

/* A capsule of 60 mm above the tip, lifted by so much. */
static bool lift_is_clear(double lift_mm) {
    struct gate_rig one = rig;
    double from[GATE_AXES_MAX], to[GATE_AXES_MAX];
    one.capsule_count = 1;
    one.capsules[0] = (struct gate_capsule){{0, 0, 4}, {0, 0, 64}, 1};
    scene_axes(&scene, vec3_make(0, 0, 0), 2, from);
    scene_axes(&scene, vec3_make(0, 0, 0), 2 + lift_mm, to);
    struct clearance_segment way = {from, to, pose_inverse(scene.pose.T_rig_head)};
    return clearance_holds(&one, &scene.field, &way);
}

/* Anywhere along a long capsule, however long the way: samples are left out only where the field's
 * slope says that they have room. */
static void a_ball_beside_a_long_capsule_is_found(void **state) {
    (void)state;
    for (int lift_mm = 0; lift_mm <= 10; lift_mm += 5) {
        for (int height_mm = 8; height_mm <= 60; height_mm += 4) {
            make_ball(vec3_make(0, 0, height_mm));
            assert_false(lift_is_clear(lift_mm));
            make_ball(vec3_make(2.5, 0, height_mm));
            assert_false(lift_is_clear(lift_mm));
        }
        make_ball(vec3_make(40, 0, 30));
        assert_true(lift_is_clear(lift_mm));
    }
}

static void a_hole_in_the_field_is_no_room(void **state) {
    (void)state;
    make_ball(vec3_make(12, 0, 30));
    assert_true(lift_is_clear(10));
    for (int height_mm = 8; height_mm <= 60; height_mm += 4) {
        int z = (int)((height_mm - scene.field.origin.z) / scene.field.spacing_mm);
        int middle = (int)(-scene.field.origin.x / scene.field.spacing_mm);
        float *value = &scene.values[NODE(middle, middle, z)], kept = *value;
        *value = NAN;
        assert_false(lift_is_clear(10));
        *value = kept;
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_ball_beside_a_long_capsule_is_found, set_up),
        cmocka_unit_test_setup(a_hole_in_the_field_is_no_room, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
