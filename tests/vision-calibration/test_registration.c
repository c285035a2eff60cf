/* Registration: landmarks and surface points with known truth; wrong sets and their reasons; the
 * expected error against what really happens. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/bad_files.h"
#include "tests/vision-calibration/registration_scene.h"

#define ABOVE_EARS_Z_MM 20.0

static struct pose random_pose(void) {
    struct twist xi = {vec3_scale(noise(1), 20), vec3_scale(noise(1), 0.3)};
    return pose_exp(xi);
}

static void exact_landmarks_give_the_exact_pose(void **state) {
    (void)state;
    for (int i = 0; i < 200; i++) {
        struct pose T = random_pose();
        struct landmarks set = landmarks_of(T, 4 + (uint32_t)i % 3, 0);
        struct registration r;
        struct error err = {0};
        if (register_landmarks(&set, &r, &err) != RESULT_OK) fail_msg("%s", err.text);
        assert_true(vec3_distance(pose_apply(r.T_head_ring, zone_middle),
                                  pose_apply(T, zone_middle)) < 1e-9);
        assert_true(fabs(mat3_det(r.T_head_ring.R) - 1) < 1e-9);
    }
}

/* The zone_middle error that is told is the one that happens (Fitzpatrick 1998): over many trials
 * its square is the mean of the squared errors. */
static void the_told_error_is_the_true_one(void **state) {
    (void)state;
    double told = 0, happened = 0;
    int used = 0;
    for (int i = 0; i < 2000; i++) {
        struct pose T = random_pose();
        struct landmarks set = landmarks_of(T, 6, 0.15);
        struct registration r;
        if (register_landmarks(&set, &r, NULL) != RESULT_OK) continue;
        struct vec3 p_ring = pose_apply(pose_inverse(T), zone_middle);
        happened += vec3_norm2(vec3_sub(pose_apply(r.T_head_ring, p_ring), zone_middle));
        told += pow(register_error_at(&r, zone_middle), 2);
        used++;
    }
    assert_true(used > 1800);
    printf("zone_middle error: told %.1f um rms, happened %.1f\n", 1e3 * sqrt(told / used),
           1e3 * sqrt(happened / used));
    assert_true(fabs(told / happened - 1) < 0.12);
}

static void wrong_landmarks_are_refused_with_the_reason(void **state) {
    (void)state;
    struct pose T = random_pose();
    const struct landmarks good = landmarks_of(T, 6, 0.1);
    struct landmarks set = good;
    struct registration r = {.landmarks_used = 77};
    struct error err = {0};
    for (uint32_t i = 0; i < set.count; i++) set.list[i].p_head_mm[0] *= -1;
    assert_int_equal(register_landmarks(&set, &r, &err), RESULT_REFUSED);
    assert_non_null(strstr(err.text, "mirrored"));
    set = good;
    memcpy(set.list[1].p_ring_mm, good.list[4].p_ring_mm, sizeof good.list[4].p_ring_mm);
    memcpy(set.list[4].p_ring_mm, good.list[1].p_ring_mm, sizeof good.list[1].p_ring_mm);
    assert_int_equal(register_landmarks(&set, &r, &err), RESULT_REFUSED);
    assert_non_null(strstr(err.text, "mark2 and mark5 are exchanged"));
    set = good;
    set.list[3].p_ring_mm[2] += 4;
    assert_int_equal(register_landmarks(&set, &r, &err), RESULT_REFUSED);
    assert_non_null(strstr(err.text, "without mark4"));
    set = good;
    for (uint32_t i = 0; i < set.count; i++)
        for (int k = 0; k < 3; k++) set.list[i].p_ring_mm[k] *= 25.4;
    assert_int_equal(register_landmarks(&set, &r, &err), RESULT_REFUSED);
    set = good;
    for (uint32_t i = 0; i < set.count; i++)
        memcpy(set.list[i].p_head_mm, (double[]){10.0 * i, 0, 0}, 3 * sizeof(double));
    assert_int_equal(register_landmarks(&set, &r, &err), RESULT_REFUSED);
    assert_non_null(strstr(err.text, "on a line"));
    set = good;
    set.count = 3;
    assert_int_equal(register_landmarks(&set, &r, &err), RESULT_REFUSED);
    set = good;
    set.list[0].p_ring_mm[0] = (double)NAN;
    assert_int_not_equal(register_landmarks(&set, &r, &err), RESULT_OK);
    assert_int_equal(r.landmarks_used, 77); /* untouched by all of them */
}

/* Every permutation of the touches but the right one is refused. */
static void permuted_landmarks_never_pass(void **state) {
    (void)state;
    struct pose T = random_pose();
    const struct landmarks good = landmarks_of(T, 5, 0.1);
    int passed = 0;
    for (int code = 0; code < 120; code++) {
        struct landmarks set = good;
        int left[5] = {0, 1, 2, 3, 4}, rest = code;
        for (int i = 0; i < 5; i++) {
            int pick = rest % (5 - i);
            rest /= 5 - i;
            memcpy(set.list[i].p_ring_mm, good.list[left[pick]].p_ring_mm, 3 * sizeof(double));
            memmove(left + pick, left + pick + 1, (size_t)(4 - pick) * sizeof *left);
        }
        struct registration r;
        passed += register_landmarks(&set, &r, NULL) == RESULT_OK;
    }
    assert_int_equal(passed, 1);
}

static void surface_points_refine(void **state) {
    (void)state;
    enum { POINTS = 10000 };
    static struct vec3 p_ring[POINTS];
    double before = 0, after = 0, told = 0;
    const int trials = 16;
    for (int i = 0; i < trials; i++) {
        struct pose T = random_pose();
        struct landmarks set = landmarks_of(T, 6, 0.15);
        struct registration r;
        struct error err = {0};
        struct vec3 target_ring = pose_apply(pose_inverse(T), zone_middle);
        for (int k = 0; k < POINTS; k++)
            p_ring[k] = pose_apply(pose_inverse(T),
                                   vec3_add(skin(ABOVE_EARS_Z_MM, (double)INFINITY), noise(0.1)));
        if (register_landmarks(&set, &r, &err) != RESULT_OK) fail_msg("%s", err.text);
        before += vec3_norm2(vec3_sub(pose_apply(r.T_head_ring, target_ring), zone_middle));
        if (register_surface(&set, &field.view, p_ring, POINTS, &r, &err) != RESULT_OK)
            fail_msg("%s", err.text);
        after += vec3_norm2(vec3_sub(pose_apply(r.T_head_ring, target_ring), zone_middle));
        told += pow(register_error_at(&r, zone_middle), 2);
    }
    printf("surface: zone_middle error %.1f um before, %.1f after, told %.1f\n",
           1e3 * sqrt(before / trials), 1e3 * sqrt(after / trials), 1e3 * sqrt(told / trials));
    assert_true(sqrt(after / trials) < 0.030);
    assert_true(told >= 0.5 * after); /* honest, on the careful side */
}

static void foreign_surfaces_are_refused(void **state) {
    (void)state;
    enum { POINTS = 500 };
    static struct vec3 p_ring[POINTS];
    struct landmarks set = landmarks_of(pose_identity(), 6, 0.1);
    struct registration r, before;
    struct error err = {0};
    assert_int_equal(register_landmarks(&set, &r, &err), RESULT_OK);
    before = r;
    for (int k = 0; k < POINTS; k++)
        p_ring[k] = vec3_scale(skin(ABOVE_EARS_Z_MM, (double)INFINITY), 1.2);
    assert_int_equal(register_surface(&set, &field.view, p_ring, POINTS, &r, &err), RESULT_REFUSED);
    assert_int_equal(register_surface(&set, &field.view, p_ring, 20, &r, &err), RESULT_REFUSED);
    for (int k = 0; k < POINTS; k++) p_ring[k].x = (double)NAN;
    assert_int_equal(register_surface(&set, &field.view, p_ring, POINTS, &r, &err), RESULT_REFUSED);
    assert_memory_equal(&r, &before, sizeof r);
}

/* Flat landmarks fit mirrored as well: only the tags' faces tell. */
static void the_ring_must_face_outwards(void **state) {
    (void)state;
    struct tag_ring ring;
    struct error err = {0};
    struct registration r = {.T_head_ring = pose_identity()};
    assert_int_equal(tag_ring_read("configs/rings/crown12.yaml", &ring, &err), RESULT_OK);
    assert_int_equal(register_check_side(&field.view, &ring, &r, &err), RESULT_OK);
    for (uint32_t k = 0; k < ring.count; k++)
        ring.tags[k].T_ring_tag.R =
            mat3_mul(ring.tags[k].T_ring_tag.R, mat3_exp(vec3_make(PI, 0, 0)));
    assert_int_equal(register_check_side(&field.view, &ring, &r, &err), RESULT_REFUSED);
    assert_non_null(strstr(err.text, "mirrored"));
    assert_int_equal(tag_ring_read("configs/rings/crown12.yaml", &ring, &err), RESULT_OK);
    r.T_head_ring.t.z = 60;
    assert_int_equal(register_check_side(&field.view, &ring, &r, &err), RESULT_REFUSED);
    assert_non_null(strstr(err.text, "above the skin"));
}

static enum result read_landmarks(const char *path, struct error *err) {
    struct landmarks set;
    return landmarks_read(path, &set, err);
}

static void bad_landmark_files_give_their_errors(void **state) {
    (void)state;
    check_folder("configs/bad/landmarks", read_landmarks);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_landmarks_give_the_exact_pose),
        cmocka_unit_test(the_told_error_is_the_true_one),
        cmocka_unit_test(wrong_landmarks_are_refused_with_the_reason),
        cmocka_unit_test(permuted_landmarks_never_pass),
        cmocka_unit_test(surface_points_refine),
        cmocka_unit_test(foreign_surfaces_are_refused),
        cmocka_unit_test(the_ring_must_face_outwards),
        cmocka_unit_test(bad_landmark_files_give_their_errors),
    };
    struct error err = {0};
    rng_init(&rng, 98);
    printf("seed 98\n");
    if (scan_read("configs/scans/colin27.ply", &scan, &err) != RESULT_OK ||
        field_of_mesh(&scan, FIELD_SPACING_MM, &field, &err) != RESULT_OK) {
        fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    mesh_release(&scan);
    field_release(&field);
    return failed;
}
