/* smprig calibrate rehearse: the recordings that a technician would take, of the simulated rig: to
 * try the steps, to teach them, to test them. The truth is what the given files say. */
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

#include "base/file.h"
#include "base/options.h"
#include "base/rng.h"
#include "base/share.h"
#include "cli/calibrate/calibrate.h"
#include "plan/scan.h"
#include "sim/render.h"
#include "sim/scenario.h"
#include "vision/calibration/board.h"
#include "vision/opencv_shim.h"

#define PATH_SIZE 1024
#define CAMERA_VIEWS 18
#define STEREO_VIEWS 12
#define RIG_VIEWS 16
#define RING_VIEWS 16
#define TOUCHES 10
#define LANDMARKS 6
#define SURFACE_POINTS 2000
#define RIG_SIGMA_MM 0.01 /* how exact the simulated rig is */
#define RIG_SIGMA_RAD 5e-5
#define TAG_PLACED_MM 0.1 /* how exact the ring was glued */
#define LANDMARK_SIGMA_MM 0.15
#define SURFACE_SIGMA_MM 0.1
#define TOUCH_SIGMA_MM 0.02
#define WORK_DISTANCE_MM 350.0

struct rehearsal {
    struct camera_set cameras;
    struct tag_ring ring, board;
    struct mesh scan;
    struct pose T_rig_head;
    const char *folder;
    struct rng rng;
    struct vec3 work_rig; /* the middle of the ring, where all views look */
};

static double noise(struct rehearsal *r, double sigma) {
    return sigma * rng_normal(&r->rng);
}

static struct vec3 noise3(struct rehearsal *r, double sigma) {
    return vec3_make(noise(r, sigma), noise(r, sigma), noise(r, sigma));
}

static double within(struct rehearsal *r, double most) {
    return rng_range(&r->rng, -most, most);
}

static enum result path_of(const struct rehearsal *r, const char *name, char path[PATH_SIZE],
                           struct error *err) {
    int length = snprintf(path, PATH_SIZE, "%s/%s", r->folder, name);
    return length > 0 && length < PATH_SIZE
               ? RESULT_OK
               : error_set(err, RESULT_LIMIT, "%s: the path is too long", r->folder);
}

/* --- image sequences --- */

struct recording {
    struct renderer *renderers[CAMERA_COUNT_MAX];
    struct camera_set cameras;
    uint8_t *pixels;
    char folder[PATH_SIZE];
    struct file_writer index;
    uint32_t moments;
};

static enum result recording_open(struct rehearsal *r, const char *name,
                                  const struct camera_set *cameras, const struct tag_ring *target,
                                  struct recording *rec, struct error *err) {
    struct render_settings settings = render_settings_default();
    char index[PATH_SIZE + 16];
    *rec = (struct recording){.cameras = *cameras};
    enum result result = path_of(r, name, rec->folder, err);
    if (result == RESULT_OK) result = file_make_folder(rec->folder, err);
    snprintf(index, sizeof index, "%s/index.txt", rec->folder);
    if (result == RESULT_OK) result = file_writer_open(&rec->index, index, err);
    if (result != RESULT_OK) return result;
    fprintf(rec->index.stream, "# t camera_index file\n");
    size_t most = 0;
    for (uint32_t c = 0; c < cameras->count && result == RESULT_OK; c++) {
        const struct camera_model *m = &cameras->cameras[c].model;
        size_t pixels = (size_t)m->width_px * m->height_px;
        settings.seed = rng_u64(&r->rng);
        most = pixels > most ? pixels : most;
        result = renderer_create(&cameras->cameras[c], target, &settings, &rec->renderers[c], err);
    }
    rec->pixels = malloc(most + 1);
    if (result == RESULT_OK && rec->pixels == NULL)
        result = error_set(err, RESULT_NO_MEMORY, "out of memory");
    return result;
}

static enum result recording_shoot(struct recording *rec, struct pose T_rig_target,
                                   struct error *err) {
    for (uint32_t c = 0; c < rec->cameras.count; c++) {
        const struct camera_model *m = &rec->cameras.cameras[c].model;
        const struct image image = {rec->pixels, m->width_px, m->height_px, m->width_px};
        char path[PATH_SIZE + 32];
        renderer_draw(rec->renderers[c], &(struct render_view){.T_rig_head = T_rig_target},
                      rec->pixels);
        snprintf(path, sizeof path, "%s/%u_%04u.pgm", rec->folder, c, rec->moments);
        enum result result = opencv_write_image(path, &image, err);
        if (result != RESULT_OK) return result;
        fprintf(rec->index.stream, "%u.000000 %u %u_%04u.pgm\n", rec->moments, c, c, rec->moments);
    }
    rec->moments++;
    return RESULT_OK;
}

static enum result recording_close(struct recording *rec, enum result result, struct error *err) {
    for (uint32_t c = 0; c < CAMERA_COUNT_MAX; c++) renderer_destroy(&rec->renderers[c]);
    free(rec->pixels);
    if (rec->index.stream == NULL) return result;
    if (result == RESULT_OK) return file_writer_commit(&rec->index, err);
    file_writer_abandon(&rec->index);
    return result;
}

/* --- what the views look like --- */

/* The board before a camera, leaning, its middle at shares of the image. */
static struct pose board_before(struct rehearsal *r, const struct camera_model *m, uint32_t i,
                                double spread) {
    static const double places[][2] = {{0, 0}, {-1, -1}, {1, -1}, {-1, 1}, {1, 1}};
    static const double leans_deg[][2] = {{25, 0},  {-25, 0},  {0, 25}, {0, -25},
                                          {18, 18}, {-18, 18}, {0, 0}};
    const double *p = places[i % 5], *l = leans_deg[i % 7];
    double distance = WORK_DISTANCE_MM + 20.0 * ((double)(i % 4) - 1.5);
    struct mat3 lean = mat3_mul(mat3_exp(vec3_make((l[0] + within(r, 4)) * RAD_PER_DEG, 0, 0)),
                                mat3_exp(vec3_make(0, (l[1] + within(r, 4)) * RAD_PER_DEG, 0)));
    struct pose T;
    T.R = mat3_mul(lean, (struct mat3){{{1, 0, 0}, {0, -1, 0}, {0, 0, -1}}});
    T.t = vec3_make(spread * p[0] * m->width_px / m->fx_px * distance,
                    spread * p[1] * m->height_px / m->fy_px * distance, distance);
    return T;
}

static enum result record_cameras(struct rehearsal *r, struct error *err) {
    for (uint32_t c = 0; c < r->cameras.count; c++) {
        struct camera_set alone = {.cameras = {r->cameras.cameras[c]}, .count = 1};
        struct recording rec;
        char name[64];
        snprintf(name, sizeof name, "camera_%s", alone.cameras[0].name);
        alone.cameras[0].T_rig_camera = pose_identity();
        enum result result = recording_open(r, name, &alone, &r->board, &rec, err);
        for (uint32_t i = 0; i < CAMERA_VIEWS && result == RESULT_OK; i++)
            result = recording_shoot(&rec, board_before(r, &alone.cameras[0].model, i, 0.2), err);
        result = recording_close(&rec, result, err);
        if (result != RESULT_OK) return result;
    }
    return RESULT_OK;
}

static enum result record_stereo(struct rehearsal *r, struct error *err) {
    struct recording rec;
    enum result result = recording_open(r, "stereo", &r->cameras, &r->board, &rec, err);
    const struct camera_calibration *first = &r->cameras.cameras[0];
    for (uint32_t i = 0; i < STEREO_VIEWS && result == RESULT_OK; i++) {
        struct pose T_camera_board = board_before(r, &first->model, i, 0.06);
        result = recording_shoot(&rec, pose_mul(first->T_rig_camera, T_camera_board), err);
    }
    return recording_close(&rec, result, err);
}

static void write_pose(FILE *out, double t_s, struct pose T) {
    struct quat q = quat_from_mat3(T.R);
    fprintf(out, "%.6f %.6f %.6f %.6f %.9f %.9f %.9f %.9f\n", t_s, T.t.x, T.t.y, T.t.z, q.x, q.y,
            q.z, q.w);
}

/* What the rig reports of a pose. */
static struct pose reported(struct rehearsal *r, struct pose T) {
    return (struct pose){mat3_mul(mat3_exp(noise3(r, RIG_SIGMA_RAD)), T.R),
                         vec3_add(T.t, noise3(r, RIG_SIGMA_MM))};
}

/* Two tilts, as a gantry has them. */
static struct mat3 two_tilts(struct rehearsal *r, double most_rad) {
    return mat3_mul(mat3_exp(vec3_make(0, within(r, most_rad), 0)),
                    mat3_exp(vec3_make(within(r, most_rad), 0, 0)));
}

static enum result record_rig(struct rehearsal *r, struct error *err) {
    struct recording rec;
    struct file_writer poses;
    char path[PATH_SIZE];
    struct pose T_tool_board = {mat3_exp(vec3_make(0.05, -0.08, 0.6)), vec3_make(1.5, -2, 0.8)};
    enum result result = path_of(r, "rig_poses.txt", path, err);
    if (result == RESULT_OK) result = file_writer_open(&poses, path, err);
    if (result != RESULT_OK) return result;
    fprintf(poses.stream, "# t tx ty tz qx qy qz qw: T_rig_tool as the rig reports it\n");
    result = recording_open(r, "rig", &r->cameras, &r->board, &rec, err);
    for (uint32_t i = 0; i < RIG_VIEWS && result == RESULT_OK; i++) {
        struct pose T = {
            two_tilts(r, 0.4),
            vec3_add(r->work_rig, vec3_make(within(r, 12), within(r, 8), within(r, 15)))};
        result = recording_shoot(&rec, pose_mul(T, T_tool_board), err);
        write_pose(poses.stream, i, reported(r, T));
    }
    result = recording_close(&rec, result, err);
    if (result == RESULT_OK) return file_writer_commit(&poses, err);
    file_writer_abandon(&poses);
    return result;
}

static struct vec3 middle_of(const struct tag_ring *ring) {
    struct vec3 sum = {0, 0, 0};
    for (uint32_t k = 0; k < ring->count; k++)
        sum = vec3_mad(sum, 1.0 / ring->count, tag_ring_pose_head(ring, k).t);
    return sum;
}

/* The ring held under the cameras and turned to all sides. */
static enum result record_ring(struct rehearsal *r, struct error *err) {
    static const double leans_deg[][2] = {{0, 0},   {22, 0},  {-22, 0},  {0, 22},
                                          {0, -22}, {15, 15}, {-15, 15}, {15, -15}};
    struct recording rec;
    struct tag_ring nominal = r->ring;
    char path[PATH_SIZE];
    enum result result = recording_open(r, "ring", &r->cameras, &r->ring, &rec, err);
    struct vec3 middle = middle_of(&r->ring);
    for (uint32_t i = 0; i < RING_VIEWS && result == RESULT_OK; i++) {
        const double *l = leans_deg[i % 8];
        struct mat3 lean = mat3_exp(vec3_make(l[0] * RAD_PER_DEG, l[1] * RAD_PER_DEG, 0));
        struct pose T = {
            mat3_mul(mat3_mul(lean, mat3_exp(vec3_make(0, 0, 0.7 * i))), r->T_rig_head.R),
            {0, 0, 0}};
        struct vec3 at =
            vec3_add(r->work_rig, vec3_make(within(r, 4), within(r, 4), within(r, 10)));
        T.t = vec3_sub(at, mat3_apply(T.R, middle));
        result = recording_shoot(&rec, T, err);
    }
    result = recording_close(&rec, result, err);
    for (uint32_t k = 0; k < nominal.count; k++) {
        struct pose *T = &nominal.tags[k].T_ring_tag;
        T->t = vec3_add(T->t, vec3_make(within(r, TAG_PLACED_MM), within(r, TAG_PLACED_MM),
                                        within(r, TAG_PLACED_MM)));
    }
    if (result == RESULT_OK) result = path_of(r, "ring_nominal.yaml", path, err);
    return result == RESULT_OK ? tag_ring_write(&nominal, NULL, path, err) : result;
}

/* --- touches --- */

static enum result record_needle(struct rehearsal *r, struct error *err) {
    struct file_writer out;
    char path[PATH_SIZE];
    enum result result = path_of(r, "needle_poses.txt", path, err);
    if (result == RESULT_OK) result = file_writer_open(&out, path, err);
    if (result != RESULT_OK) return result;
    fprintf(out.stream, "# t tx ty tz qx qy qz qw: T_rig_tool, the tip on the reference\n");
    for (uint32_t i = 0; i < TOUCHES; i++)
        write_pose(out.stream, i,
                   reported(r, (struct pose){two_tilts(r, 0.5), vec3_make(40, 30, -90)}));
    return file_writer_commit(&out, err);
}

/* A vertex of the scan near the ring's middle: the treated skin and what is around it. */
static struct vec3 skin_point(struct rehearsal *r, double radius_mm) {
    struct vec3 middle = middle_of(&r->ring), p;
    do {
        p = mesh_vertex(&r->scan, rng_below(&r->rng, (uint32_t)r->scan.vertex_count));
    } while (vec3_distance(p, middle) > radius_mm);
    return p;
}

static struct vec3 to_ring(const struct rehearsal *r, struct vec3 p_head) {
    return pose_apply(pose_inverse(r->ring.T_head_ring), p_head);
}

static enum result record_registration(struct rehearsal *r, struct error *err) {
    struct file_writer out;
    char path[PATH_SIZE];
    enum result result = path_of(r, "landmarks.yaml", path, err);
    if (result == RESULT_OK) result = file_writer_open(&out, path, err);
    if (result != RESULT_OK) return result;
    fprintf(out.stream,
            "# Named points in the scan, and touched on the head in the ring's frame.\n"
            "landmarks:\n");
    for (uint32_t i = 0; i < LANDMARKS; i++) {
        struct vec3 p = skin_point(r, 120);
        struct vec3 q = vec3_add(to_ring(r, p), noise3(r, LANDMARK_SIGMA_MM));
        fprintf(
            out.stream,
            "  - {name: mark%u, p_head_mm: [%.4f, %.4f, %.4f], p_ring_mm: [%.4f, %.4f, %.4f]}\n",
            i + 1, p.x, p.y, p.z, q.x, q.y, q.z);
    }
    result = file_writer_commit(&out, err);
    if (result == RESULT_OK) result = path_of(r, "surface.txt", path, err);
    if (result == RESULT_OK) result = file_writer_open(&out, path, err);
    if (result != RESULT_OK) return result;
    fprintf(out.stream, "# x y z: points of the skin in the ring's frame\n");
    for (uint32_t i = 0; i < SURFACE_POINTS; i++) {
        struct vec3 q = vec3_add(to_ring(r, skin_point(r, 110)), noise3(r, SURFACE_SIGMA_MM));
        fprintf(out.stream, "%.4f %.4f %.4f\n", q.x, q.y, q.z);
    }
    return file_writer_commit(&out, err);
}

/* Touches of the treated skin, and images of the ring at those moments. */
static enum result record_depth(struct rehearsal *r, struct error *err) {
    struct recording rec;
    struct file_writer out;
    char path[PATH_SIZE];
    enum result result = path_of(r, "touches.txt", path, err);
    if (result == RESULT_OK) result = file_writer_open(&out, path, err);
    if (result != RESULT_OK) return result;
    fprintf(out.stream, "# t x y z: the tip in the rig frame when the probe touched\n");
    result = recording_open(r, "depth", &r->cameras, &r->ring, &rec, err);
    for (uint32_t i = 0; i < TOUCHES && result == RESULT_OK; i++) {
        struct pose T = r->T_rig_head;
        T.t = vec3_add(T.t, noise3(r, 1));
        result = recording_shoot(&rec, T, err);
        struct vec3 p = vec3_add(pose_apply(T, skin_point(r, 45)), noise3(r, TOUCH_SIGMA_MM));
        fprintf(out.stream, "%u.000000 %.4f %.4f %.4f\n", i, p.x, p.y, p.z);
    }
    result = recording_close(&rec, result, err);
    if (result == RESULT_OK) return file_writer_commit(&out, err);
    file_writer_abandon(&out);
    return result;
}

/* --- the verb --- */

struct rehearse_files {
    const char *cameras, *ring, *scan, *scenario;
};

static enum result prepare(struct rehearsal *r, const struct rehearse_files *files,
                           struct error *err) {
    const struct board_layout layout = {8, 6, 8, 100};
    struct scenario scenario;
    char path[PATH_SIZE];
    enum result result = file_make_folder(r->folder, err);
    if (result == RESULT_OK) result = camera_set_read(files->cameras, &r->cameras, err);
    if (result == RESULT_OK) result = tag_ring_read(files->ring, &r->ring, err);
    if (result == RESULT_OK) result = scenario_read(files->scenario, &scenario, err);
    if (result == RESULT_OK) result = scan_read(files->scan, &r->scan, err);
    if (result == RESULT_OK) result = board_make(&layout, &r->board, err);
    if (result == RESULT_OK) result = path_of(r, "board.yaml", path, err);
    if (result == RESULT_OK) result = tag_ring_write(&r->board, NULL, path, err);
    if (result != RESULT_OK) return result;
    r->T_rig_head = scenario.T_rig_head;
    r->work_rig = pose_apply(r->T_rig_head, middle_of(&r->ring));
    return RESULT_OK;
}

static enum result rehearse(struct rehearsal *r, const struct rehearse_files *files,
                            struct error *err) {
    enum result result = prepare(r, files, err);
    if (result == RESULT_OK) result = record_cameras(r, err);
    if (result == RESULT_OK) result = record_stereo(r, err);
    if (result == RESULT_OK) result = record_rig(r, err);
    if (result == RESULT_OK) result = record_ring(r, err);
    if (result == RESULT_OK) result = record_needle(r, err);
    if (result == RESULT_OK) result = record_registration(r, err);
    if (result == RESULT_OK) result = record_depth(r, err);
    mesh_release(&r->scan);
    return result;
}

static const char usage[] =
    "Usage: smprig calibrate rehearse -o DIR [--cameras C.yaml] [--ring R.yaml] [--scan S.ply]\n"
    "           [--scenario S.yaml] [--seed N]\n"
    "The recordings that all steps need, of the simulated rig; the truth is what the files say\n"
    "(default: those of the demo, under configs/).\n";

int calibrate_rehearse(int argc, char **argv) {
    static struct rehearsal r; /* rings are large: not on the stack */
    struct rehearse_files files = {
        share_path("configs/cameras/stereo.yaml"), share_path("configs/rings/crown12.yaml"),
        share_path("configs/scans/colin27.ply"), share_path("configs/scenarios/demo.yaml")};
    int64_t seed = 1;
    const struct option_row rows[] = {
        {"cameras", .text = &files.cameras}, {"ring", .text = &files.ring},
        {"scan", .text = &files.scan},       {"scenario", .text = &files.scenario},
        {"seed", .integer = &seed},          {"output", 'o', .text = &r.folder, .is_needed = true},
    };
    const struct options options = {"smprig calibrate", usage, OPTION_ROWS(rows)};
    struct error err = {0};
    int code;
    if (!options_parse(&options, argc, argv, &code)) return code;
    rng_init(&r.rng, (uint64_t)seed);
    return rehearse(&r, &files, &err) == RESULT_OK ? EX_OK : calibrate_fail("rehearse", &err);
}
