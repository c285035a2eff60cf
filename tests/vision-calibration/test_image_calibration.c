/* Camera, stereo, ring and rig calibrated from rendered views with known truth: the numbers come
 * back, and sets that cannot tell them are refused with the reason. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/linalg.h"
#include "tests/vision-calibration/board_scene.h"

static struct rng rng;

static struct camera_set one_camera(void) {
    struct camera_set set;
    struct error err = {0};
    assert_int_equal(camera_set_read("configs/cameras/stereo.yaml", &set, &err), RESULT_OK);
    set.count = 1;
    set.cameras[0].T_rig_camera = pose_identity();
    return set;
}

/* A pattern of views as docs/calibration.md asks for. */
static struct pose good_pose(const struct camera_model *m, int i) {
    static const double places[][2] = {{0.5, 0.5}, {0.3, 0.3}, {0.7, 0.3}, {0.3, 0.7}, {0.7, 0.7}};
    static const double leans_deg[][2] = {{25, 0},  {-25, 0},  {0, 25}, {0, -25},
                                          {18, 18}, {-18, 18}, {0, 0}};
    const double *p = places[i % 5], *l = leans_deg[i % 7];
    return board_pose(m, p[0], p[1], 330 + 20 * (i % 4),
                      (l[0] + rng_range(&rng, -4, 4)) * RAD_PER_DEG,
                      (l[1] + rng_range(&rng, -4, 4)) * RAD_PER_DEG);
}

static void camera_comes_back(void **state) {
    (void)state;
    static struct board_scene scene;
    struct camera_set truth = one_camera();
    struct tag_ring board = board_of(8, 6, 8);
    const struct intrinsics_options options = {.board = &board, .name = "left"};
    struct views views = {0};
    struct image_calibration c;
    struct error err = {0};
    board_scene_init(&scene, &truth, &board, render_settings_default());
    for (int i = 0; i < 18; i++)
        board_scene_shoot(&scene, good_pose(&truth.cameras[0].model, i), &views);
    if (calibrate_intrinsics(&views, &options, &c, &err) != RESULT_OK) fail_msg("%s", err.text);
    const struct camera_model *a = &c.bundle.cameras.cameras[0].model, *b = &truth.cameras[0].model;
    printf(
        "f %.3f %.3f (%.0f) c %.3f %.3f (%.1f %.1f) k %.5f %.5f (%.3f %.3f) p %.6f %.6f\n"
        "rms %.4f px, sigma f %.3f c %.3f, leaves %.2f um, %u looks, blur %.2f, steps %u\n",
        a->fx_px, a->fy_px, b->fx_px, a->cx_px, a->cy_px, b->cx_px, b->cy_px, a->k1, a->k2, b->k1,
        b->k2, a->p1, a->p2, c.outcome.rms_px, sqrt(c.outcome.covariance[0]),
        sqrt(c.outcome.covariance[2 * 9 + 2]), c.error_um, c.quality.looks, c.quality.blur_px,
        c.outcome.steps);
    assert_true(fabs(a->fx_px - b->fx_px) < 0.5);
    assert_true(fabs(a->fy_px - b->fy_px) < 0.5);
    assert_true(fabs(a->cx_px - b->cx_px) < 0.5);
    assert_true(fabs(a->cy_px - b->cy_px) < 0.5);
    image_calibration_release(&c);
    views_release(&views);
    board_scene_finish(&scene);
}

static struct camera_set stereo_pair(void) {
    struct camera_set set;
    struct error err = {0};
    assert_int_equal(camera_set_read("configs/cameras/stereo.yaml", &set, &err), RESULT_OK);
    return set;
}

/* A pose given before camera 0, in the rig's frame. */
static struct pose in_rig(const struct camera_set *cameras, struct pose T_camera_target) {
    return pose_mul(cameras->cameras[0].T_rig_camera, T_camera_target);
}

static struct pose nudge(double mm, double rad) {
    struct twist xi = {
        {rng_range(&rng, -mm, mm), rng_range(&rng, -mm, mm), rng_range(&rng, -mm, mm)},
        {rng_range(&rng, -rad, rad), rng_range(&rng, -rad, rad), rng_range(&rng, -rad, rad)}};
    return pose_exp(xi);
}

/* How far a point before camera 0 at 350 mm lies off when camera 1 is where the estimate says. */
static double relative_error_um(const struct camera_set *a, const struct camera_set *b) {
    struct pose A = pose_mul(pose_inverse(a->cameras[0].T_rig_camera), a->cameras[1].T_rig_camera);
    struct pose B = pose_mul(pose_inverse(b->cameras[0].T_rig_camera), b->cameras[1].T_rig_camera);
    struct vec3 p = pose_apply(pose_inverse(B), vec3_make(0, 0, 350));
    return 1e3 * vec3_distance(pose_apply(A, p), pose_apply(B, p));
}

static void stereo_comes_back(void **state) {
    (void)state;
    static struct board_scene scene;
    struct camera_set truth = stereo_pair(), given = truth;
    struct tag_ring board = board_of(6, 5, 8);
    struct views views = {0};
    struct image_calibration c;
    struct error err = {0};
    board_scene_init(&scene, &truth, &board, render_settings_default());
    for (int i = 0; i < 12; i++) {
        struct pose T = good_pose(&truth.cameras[0].model, i);
        T.t.x *= 0.4;
        T.t.y *= 0.6;
        board_scene_shoot(&scene, in_rig(&truth, T), &views);
    }
    given.cameras[1].T_rig_camera = pose_mul(nudge(20, 0.1), given.cameras[1].T_rig_camera);
    if (calibrate_stereo(&views, &given, &board, &c, &err) != RESULT_OK) fail_msg("%s", err.text);
    double error_um = relative_error_um(&c.bundle.cameras, &truth);
    printf("stereo: off by %.2f um at 350 mm (said %.2f), rms %.4f px, %u views\n", error_um,
           c.error_um, c.outcome.rms_px, c.views_used);
    assert_true(error_um < 5);
    image_calibration_release(&c);
    views_release(&views);
    board_scene_finish(&scene);
}

static struct tag_ring ring_truth(struct tag_ring nominal, double mm, double rad) {
    for (uint32_t k = 0; k < nominal.count; k++) {
        struct pose *T = &nominal.tags[k].T_ring_tag;
        struct pose d = nudge(mm, rad);
        T->R = mat3_mul(d.R, T->R);
        T->t = vec3_add(T->t, d.t);
    }
    return nominal;
}

static struct vec3 ring_middle(const struct tag_ring *ring) {
    struct vec3 sum = {0, 0, 0};
    for (uint32_t k = 0; k < ring->count; k++) sum = vec3_add(sum, ring->tags[k].T_ring_tag.t);
    return vec3_scale(sum, 1.0 / ring->count);
}

/* The ring turned to all sides under the cameras. */
static struct pose ring_pose(const struct tag_ring *ring, int i) {
    static const double leans_deg[][2] = {{0, 0},   {22, 0},  {-22, 0},  {0, 22},
                                          {0, -22}, {15, 15}, {-15, 15}, {15, -15}};
    struct vec3 axis = {0, -0.24957608, 0.96835519}, e1 = {1, 0, 0}, e2 = vec3_cross(axis, e1);
    struct pose T = pose_identity(), turn;
    T.R = (struct mat3){{{e1.x, e1.y, e1.z}, {e2.x, e2.y, e2.z}, {axis.x, axis.y, axis.z}}};
    const double *l = leans_deg[i % 8];
    turn.R = mat3_mul(mat3_exp(vec3_make(l[0] * RAD_PER_DEG, l[1] * RAD_PER_DEG, 0)),
                      mat3_exp(vec3_make(0, 0, 0.7 * i)));
    T.R = mat3_mul(turn.R, T.R);
    struct vec3 at = {150 + rng_range(&rng, -4, 4), 150 + rng_range(&rng, -4, 4),
                      -160 + rng_range(&rng, -10, 10)};
    T.t = vec3_sub(at, mat3_apply(T.R, ring_middle(ring)));
    return T;
}

/* Rms of the tags' places after the best rigid fit of the one ring onto the other. */
static double ring_error_um(const struct tag_ring *a, const struct tag_ring *b) {
    struct vec3 ca = ring_middle(a), cb = ring_middle(b);
    struct mat3 M = {{{0}}}, R;
    double sum = 0;
    for (uint32_t k = 0; k < a->count; k++) {
        struct vec3 p = vec3_sub(a->tags[k].T_ring_tag.t, ca),
                    q = vec3_sub(b->tags[k].T_ring_tag.t, cb);
        const double x[3] = {p.x, p.y, p.z}, y[3] = {q.x, q.y, q.z};
        for (int i = 0; i < 3; i++)
            for (int j = 0; j < 3; j++) M.m[i][j] += x[i] * y[j];
    }
    assert_int_equal(linalg_fit_rotation(M, &R), RESULT_OK);
    for (uint32_t k = 0; k < a->count; k++) {
        struct vec3 p = vec3_sub(a->tags[k].T_ring_tag.t, ca),
                    q = vec3_sub(b->tags[k].T_ring_tag.t, cb);
        sum += vec3_norm2(vec3_sub(mat3_apply(R, p), q));
    }
    return 1e3 * sqrt(sum / a->count);
}

static void ring_comes_back(void **state) {
    (void)state;
    static struct board_scene scene;
    struct camera_set cameras = stereo_pair();
    struct tag_ring nominal, truth;
    struct views views = {0};
    struct image_calibration c;
    struct error err = {0};
    assert_int_equal(tag_ring_read("configs/rings/crown12.yaml", &nominal, &err), RESULT_OK);
    truth = ring_truth(nominal, 0.15, 0.005);
    board_scene_init(&scene, &cameras, &truth, render_settings_default());
    for (int i = 0; i < 16; i++) board_scene_shoot(&scene, ring_pose(&truth, i), &views);
    if (calibrate_ring(&views, &cameras, &nominal, &c, &err) != RESULT_OK) fail_msg("%s", err.text);
    double before_um = ring_error_um(&nominal, &truth);
    double error_um = ring_error_um(&c.bundle.ring, &truth);
    printf("ring: tags off by %.2f um (before %.1f), leaves %.2f um, rms %.4f px, %u views\n",
           error_um, before_um, c.error_um, c.outcome.rms_px, c.views_used);
    assert_true(before_um > 80);
    assert_true(error_um < 3);
    image_calibration_release(&c);
    views_release(&views);
    board_scene_finish(&scene);
}

static void rig_comes_back(void **state) {
    (void)state;
    static struct board_scene scene;
    struct camera_set truth = stereo_pair(), given = truth;
    struct tag_ring board = board_of(3, 3, 8);
    struct views views = {0};
    struct image_calibration c;
    struct error err = {0};
    struct pose T_tool_board = pose_mul(nudge(10, 0.3), pose_identity());
    struct pose reported[14];
    board_scene_init(&scene, &truth, &board, render_settings_default());
    for (int i = 0; i < 14; i++) {
        /* Tilts about x and y alone, as a gantry with two tilts makes them. */
        struct pose T = {.R = mat3_mul(mat3_exp(vec3_make(0, rng_range(&rng, -0.4, 0.4), 0)),
                                       mat3_exp(vec3_make(rng_range(&rng, -0.4, 0.4), 0, 0))),
                         .t = {150 + rng_range(&rng, -12, 12), 150 + rng_range(&rng, -8, 8),
                               -160 + rng_range(&rng, -10, 20)}};
        struct pose noise = {
            .R = mat3_exp(vec3_make(5e-5 * rng_normal(&rng), 5e-5 * rng_normal(&rng), 0)),
            .t = {0.01 * rng_normal(&rng), 0.01 * rng_normal(&rng), 0.01 * rng_normal(&rng)}};
        board_scene_shoot(&scene, pose_mul(T, T_tool_board), &views);
        reported[i] = (struct pose){mat3_mul(noise.R, T.R), vec3_add(T.t, noise.t)};
    }
    for (uint32_t k = 0; k < 2; k++) {
        struct pose T_new_rig = pose_inverse(truth.cameras[0].T_rig_camera);
        given.cameras[k].T_rig_camera = pose_mul(T_new_rig, truth.cameras[k].T_rig_camera);
    }
    const struct rig_poses poses = {reported, 0.01, 5e-5};
    if (calibrate_rig(&views, &given, &board, &poses, &c, &err) != RESULT_OK)
        fail_msg("%s", err.text);
    double worst_um = 0;
    for (uint32_t k = 0; k < 2; k++) {
        struct vec3 p =
            pose_apply(pose_inverse(truth.cameras[k].T_rig_camera), vec3_make(150, 150, -160));
        struct vec3 q = pose_apply(c.bundle.cameras.cameras[k].T_rig_camera, p);
        worst_um = fmax(worst_um, 1e3 * vec3_distance(q, vec3_make(150, 150, -160)));
    }
    printf(
        "rig: off by %.1f um at the work (said %.1f), rig's poses off %.1f um rms, rms %.4f px\n",
        worst_um, c.error_um, c.residual_um, c.outcome.rms_px);
    assert_true(worst_um < 30);
    image_calibration_release(&c);
    views_release(&views);
    board_scene_finish(&scene);
}

/* A printed chessboard of 10 x 7 squares before the camera, by 4 x 4 samples a pixel. */
static void draw_chessboard(const struct camera_model *m, struct pose T_camera_board,
                            double square_mm, uint8_t *pixels) {
    enum { COLUMNS = 10, ROWS = 7, SAMPLES = 4 };
    struct pose T = pose_inverse(T_camera_board);
    for (uint32_t y = 0; y < m->height_px; y++)
        for (uint32_t x = 0; x < m->width_px; x++) {
            double level = 0;
            for (int k = 0; k < SAMPLES * SAMPLES; k++) {
                double du = (k % SAMPLES + 0.5) / SAMPLES - 0.5,
                       dv = (k / SAMPLES + 0.5) / SAMPLES - 0.5;
                struct vec3 ray;
                struct pixel at = {x + du, y + dv};
                if (!camera_unproject(m, at, &ray)) continue;
                struct vec3 d = pose_rotate(T, ray);
                struct vec3 p = vec3_mad(T.t, -T.t.z / d.z, d);
                /* Inner corner (0, 0) at the origin, columns along x, rows along -y. */
                int i = (int)floor(p.x / square_mm + 1), j = (int)floor(-p.y / square_mm + 1);
                bool is_on = i >= 0 && i < COLUMNS && j >= 0 && j < ROWS;
                level += is_on && (i + j) % 2 == 0 ? 30 : 200;
            }
            pixels[(size_t)y * m->width_px + x] =
                (uint8_t)(level / (SAMPLES * SAMPLES) + rng_range(&rng, -1, 1));
        }
}

static void a_chessboard_serves_too(void **state) {
    (void)state;
    struct camera_set truth = one_camera();
    struct camera_model *m = &truth.cameras[0].model;
    const struct intrinsics_options options = {.chessboard = {9, 6, 8}, .name = "left"};
    struct views views = {.list = calloc(BUNDLE_VIEWS_MAX, sizeof *views.list), .camera_count = 1};
    struct image_calibration c;
    struct error err = {0};
    /* Half the demo's resolution: the drawing is by samples. */
    m->width_px /= 2;
    m->height_px /= 2;
    m->fx_px /= 2;
    m->fy_px /= 2;
    m->cx_px /= 2;
    m->cy_px /= 2;
    for (int i = 0; i < 10; i++) {
        struct pose T = good_pose(m, i);
        struct view_images *view = &views.list[views.count++];
        uint8_t *pixels = malloc((size_t)m->width_px * m->height_px);
        T.t.x *= 0.6;
        T.t.y *= 0.6;
        T = pose_mul(T, (struct pose){mat3_exp(vec3_make(0, 0, 0)), vec3_make(-32, 20, 0)});
        draw_chessboard(m, T, 8, pixels);
        view->set.frames[0] =
            (struct camera_frame){.image = {pixels, m->width_px, m->height_px, m->width_px},
                                  .status = FRAME_GOOD,
                                  .release = board_release,
                                  .owner = pixels};
        view->set.count = 1;
        view->images[0] = view->set.frames[0].image;
    }
    if (calibrate_intrinsics(&views, &options, &c, &err) != RESULT_OK) fail_msg("%s", err.text);
    const struct camera_model *a = &c.bundle.cameras.cameras[0].model;
    printf("chessboard: f %.2f %.2f (%.0f), rms %.3f px, %u views\n", a->fx_px, a->fy_px, m->fx_px,
           c.outcome.rms_px, c.views_used);
    assert_true(fabs(a->fx_px - m->fx_px) < 4);
    assert_true(c.outcome.rms_px < 0.15);
    image_calibration_release(&c);
    views_release(&views);
}

/* --- sets that cannot tell --- */

struct bad_set {
    const char *name, *words; /* of the refusal */
    int views;
    double lean, spread, psf_px, gain;
    bool is_bent;
};

static void bad_camera_sets_are_refused(void **state) {
    (void)state;
    static const struct bad_set sets[] = {
        {"parallel", "too little tilt", 9, 0.05, 1, 0.7, 1, false},
        {"few", "8 are needed", 5, 1, 1, 0.7, 1, false},
        {"middle", "image's width", 9, 1, 0, 0.7, 1, false},
        {"blurred", "blurred", 9, 1, 1, 3.5, 1, false},
        {"bright", "too bright", 9, 1, 1, 0.7, 1.6, false},
        {"bent", "not where the target's file puts them", 9, 1, 1, 0.7, 1, true},
    };
    for (size_t k = 0; k < sizeof sets / sizeof *sets; k++) {
        static struct board_scene scene;
        const struct bad_set *set = &sets[k];
        struct camera_set truth = one_camera();
        struct tag_ring board = set->spread > 0 ? board_of(8, 6, 8) : board_of(4, 3, 8);
        struct tag_ring true_board = board;
        struct render_settings settings = render_settings_default();
        const struct intrinsics_options options = {.board = &board, .name = "left"};
        struct views views = {0};
        struct image_calibration c;
        struct error err = {0};
        settings.psf_sigma_px = set->psf_px;
        settings.gain = set->gain;
        for (uint32_t i = 0; set->is_bent && i < board.count; i += 3)
            true_board.tags[i].T_ring_tag.R = mat3_exp(vec3_make(0.25, 0, 0));
        board_scene_init(&scene, &truth, &true_board, settings);
        for (int i = 0; i < set->views; i++) {
            struct pose T = good_pose(&truth.cameras[0].model, i);
            struct mat3 flat = {{{1, 0, 0}, {0, -1, 0}, {0, 0, -1}}};
            struct vec3 lean = mat3_log(mat3_mul(T.R, mat3_transpose(flat)));
            T.R = mat3_mul(mat3_exp(vec3_scale(lean, set->lean)), flat);
            T.t.x *= set->spread;
            T.t.y *= set->spread;
            board_scene_shoot(&scene, T, &views);
        }
        assert_int_not_equal(calibrate_intrinsics(&views, &options, &c, &err), RESULT_OK);
        printf("%-9s %s\n", set->name, err.text);
        assert_non_null(strstr(err.text, set->words));
        views_release(&views);
        board_scene_finish(&scene);
    }
}

static void bad_ring_sets_are_refused(void **state) {
    (void)state;
    static struct board_scene scene;
    struct camera_set cameras = stereo_pair();
    struct tag_ring ring, other;
    struct views views = {0}, none = {0};
    struct image_calibration c;
    struct error err = {0};
    assert_int_equal(tag_ring_read("configs/rings/crown12.yaml", &ring, &err), RESULT_OK);
    board_scene_init(&scene, &cameras, &ring, render_settings_default());
    for (int i = 0; i < 11; i++) board_scene_shoot(&scene, ring_pose(&ring, 0), &views);
    assert_int_equal(calibrate_ring(&views, &cameras, &ring, &c, &err), RESULT_REFUSED);
    printf("still     %s\n", err.text);
    assert_non_null(strstr(err.text, "too little tilt"));
    other = ring;
    for (uint32_t k = 0; k < other.count; k++) other.tags[k].id += 50;
    assert_int_equal(calibrate_ring(&views, &cameras, &other, &c, &err), RESULT_REFUSED);
    printf("other ids %s\n", err.text);
    assert_non_null(strstr(err.text, "only 0 of 11 views"));
    assert_int_equal(calibrate_ring(&none, &cameras, &ring, &c, &err), RESULT_REFUSED);
    views_release(&views);
    board_scene_finish(&scene);
}

static void a_rig_that_only_slides_is_refused(void **state) {
    (void)state;
    static struct board_scene scene;
    struct camera_set cameras = stereo_pair();
    struct tag_ring board = board_of(3, 3, 8);
    struct views views = {0};
    struct image_calibration c;
    struct error err = {0};
    struct pose reported[8];
    board_scene_init(&scene, &cameras, &board, render_settings_default());
    for (int i = 0; i < 8; i++) {
        /* One axis of tilt alone. */
        reported[i] =
            (struct pose){mat3_exp(vec3_make(0.08 * i - 0.3, 0, 0)), vec3_make(145 + i, 150, -160)};
        board_scene_shoot(&scene, reported[i], &views);
    }
    const struct rig_poses poses = {reported, 0.01, 5e-5};
    assert_int_equal(calibrate_rig(&views, &cameras, &board, &poses, &c, &err), RESULT_REFUSED);
    printf("one axis  %s\n", err.text);
    assert_non_null(strstr(err.text, "degenerate motion"));
    views_release(&views);
    board_scene_finish(&scene);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(camera_comes_back),
        cmocka_unit_test(a_chessboard_serves_too),
        cmocka_unit_test(stereo_comes_back),
        cmocka_unit_test(ring_comes_back),
        cmocka_unit_test(rig_comes_back),
        cmocka_unit_test(bad_camera_sets_are_refused),
        cmocka_unit_test(bad_ring_sets_are_refused),
        cmocka_unit_test(a_rig_that_only_slides_is_refused),
    };
    rng_init(&rng, 5);
    printf("seed 5\n");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
