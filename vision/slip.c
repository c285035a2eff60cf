#include "vision/slip.h"
#include "base/spread.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/linalg.h"
#include "vision/opencv_shim.h"
#include "vision/slip_points.h"

#define POINTS_A_CAMERA (SLIP_POINTS_MAX / CAMERA_COUNT_MAX)
#define POINTS_MIN 8
#define WINDOW_PX 15
#define STRAY_PX 15.0 /* a point found farther from its place is another point */
#define TURNS 6       /* of reweighting */
#define HUBER_SIGMAS 1.5
#define SIGMA_FLOOR_PX 0.05
#define LIMIT_SIGMAS 4.0 /* a shift below so many of its own sigmas is noise */

struct view {
    struct opencv_pyramid *first; /* the first look's picture; owned; NULL: none */
    uint32_t width, height;
    struct slip_point points[POINTS_A_CAMERA];
    uint32_t count;
};

struct slip_watch {
    struct slip_scene scene;
    struct slip_settings settings;
    struct view views[CAMERA_COUNT_MAX];
    uint8_t *mask;
    struct pose T_first;      /* rig from head at the first look */
    bool has_first, has_seen; /* has_seen: a look found the skin where it was */
    uint32_t first_points;    /* followed in the first look's own picture */
    /* What had slipped before the present first look, in the plane: it does not forget. */
    double carried[3], shift[3];
    int looks_over;
    bool is_slipped;
};

/* One followed point: where it was found against where it should be. */
struct row {
    double along[2][3]; /* px by the plane's motion (mm, mm, rad) */
    double off[2];      /* px */
};

struct slip_settings slip_settings_default(void) {
    return (struct slip_settings){.limit_mm = 0.15, .looks_over_limit = 3, .turn_max_rad = 0.12};
}

const char *slip_state_name(enum slip_state state) {
    static const char *const names[SLIP_STATE_COUNT] = {
        [SLIP_BLIND] = "blind", [SLIP_STILL] = "still", [SLIP_SLIPPED] = "slipped"};
    return (unsigned)state < SLIP_STATE_COUNT ? names[state] : "unknown";
}

static void measure_ring(struct slip_scene *scene) {
    struct vec3 centre = {0, 0, 0};
    for (uint32_t k = 0; k < scene->ring.count; k++)
        centre = vec3_mad(centre, 1.0 / scene->ring.count, tag_ring_pose_head(&scene->ring, k).t);
    scene->centre_head = centre;
    for (uint32_t k = 0; k < scene->ring.count; k++)
        scene->radius_mm =
            fmax(scene->radius_mm, vec3_distance(centre, tag_ring_pose_head(&scene->ring, k).t));
}

enum result slip_watch_create(const struct camera_set *cameras, const struct tag_ring *ring,
                              const struct field_view *field, const struct slip_settings *settings,
                              struct slip_watch **ret_watch, struct error *err) {
    if (!(settings->limit_mm > 0 && settings->limit_mm <= 1 && settings->looks_over_limit >= 1 &&
          settings->turn_max_rad > 0 && settings->turn_max_rad <= 0.5))
        return error_set(err, RESULT_RANGE, "slip watch: a setting is out of range");
    struct slip_watch *w = calloc(1, sizeof *w);
    if (w == NULL) return error_set(err, RESULT_NO_MEMORY, "slip watch: no memory");
    w->settings = *settings;
    w->scene.cameras = *cameras;
    w->scene.ring = *ring;
    w->scene.field = field;
    measure_ring(&w->scene);
    size_t largest = 0;
    for (uint32_t c = 0; c < cameras->count; c++) {
        struct view *view = &w->views[c];
        view->width = cameras->cameras[c].model.width_px;
        view->height = cameras->cameras[c].model.height_px;
        size_t pixels = (size_t)view->width * view->height;
        largest = pixels > largest ? pixels : largest;
    }
    w->mask = malloc(largest);
    if (w->mask == NULL) {
        slip_watch_destroy(&w);
        return error_set(err, RESULT_NO_MEMORY, "slip watch: no memory");
    }
    *ret_watch = w;
    return RESULT_OK;
}

void slip_watch_destroy(struct slip_watch **watch) {
    if (*watch == NULL) return;
    for (uint32_t c = 0; c < CAMERA_COUNT_MAX; c++)
        opencv_pyramid_destroy(&(*watch)->views[c].first);
    free((*watch)->mask);
    free(*watch);
    *watch = NULL;
}

void slip_watch_reset(struct slip_watch *w) {
    w->has_first = w->has_seen = false;
    memset(w->carried, 0, sizeof w->carried);
    memset(w->shift, 0, sizeof w->shift);
    w->looks_over = 0;
    w->is_slipped = false;
}

static bool fits(const struct view *view, const struct image *image) {
    return image->pixels != NULL && image->width == view->width && image->height == view->height;
}

static void take_first(struct slip_watch *w, const struct image *images, struct pose T_rig_head) {
    w->has_first = true;
    w->first_points = 0;
    w->T_first = T_rig_head;
    memcpy(w->carried, w->shift, sizeof w->carried);
    for (uint32_t c = 0; c < w->scene.cameras.count; c++) {
        struct view *view = &w->views[c];
        opencv_pyramid_destroy(&view->first);
        view->count = 0;
        if (!fits(view, &images[c]) ||
            opencv_pyramid_create(&images[c], WINDOW_PX, &view->first) != RESULT_OK)
            continue;
        view->count = slip_points_choose(&w->scene, c, &images[c], T_rig_head, w->mask,
                                         view->points, POINTS_A_CAMERA);
    }
}

/* The plane at the ring's centre: two tangents and the scan's normal. */
struct plane {
    struct vec3 e1, e2, n, centre;
};

static struct plane ring_plane(const struct slip_scene *scene) {
    struct vec3 n = vec3_unit(field_view_gradient(scene->field, scene->centre_head));
    struct vec3 e1 = vec3_any_perpendicular(n);
    return (struct plane){e1, vec3_cross(n, e1), n, scene->centre_head};
}

/* The rows of one camera. */
static uint32_t follow(const struct slip_watch *w, uint32_t c, const struct image *image,
                       struct pose T_rig_head, const struct plane *plane, struct row *rows) {
    const struct view *view = &w->views[c];
    const struct camera_calibration *camera = &w->scene.cameras.cameras[c];
    struct pose T_camera_head = pose_mul(pose_inverse(camera->T_rig_camera), T_rig_head);
    float from[2 * POINTS_A_CAMERA], to[2 * POINTS_A_CAMERA];
    struct pixel expected[POINTS_A_CAMERA];
    struct pixel_jacobian jacobians[POINTS_A_CAMERA];
    uint8_t is_found[POINTS_A_CAMERA] = {0};
    uint32_t count = 0, kept = 0, index[POINTS_A_CAMERA];
    for (uint32_t i = 0; i < view->count; i++) {
        struct vec3 p = pose_apply(T_camera_head, view->points[i].p_head);
        if (!camera_project_jacobian(&camera->model, p, &expected[count], &jacobians[count]) ||
            !camera_sees(&camera->model, expected[count], WINDOW_PX)) {
            continue;
        }
        from[2 * count] = view->points[i].x;
        from[2 * count + 1] = view->points[i].y;
        to[2 * count] = (float)expected[count].u;
        to[2 * count + 1] = (float)expected[count].v;
        index[count++] = i;
    }
    struct opencv_flow flow = {view->first, *image, from, to, is_found, count, WINDOW_PX};
    if (opencv_follow(&flow) != RESULT_OK) return 0;
    for (uint32_t i = 0; i < count; i++) {
        struct row row = {
            .off = {(double)to[2 * i] - expected[i].u, (double)to[2 * i + 1] - expected[i].v}};
        if (!is_found[i] || !(hypot(row.off[0], row.off[1]) < STRAY_PX)) continue;
        struct vec3 arm = vec3_sub(view->points[index[i]].p_head, plane->centre);
        struct vec3 moves[3] = {plane->e1, plane->e2, vec3_cross(plane->n, arm)};
        for (int k = 0; k < 3; k++) {
            struct vec3 move = pose_rotate(T_camera_head, moves[k]);
            row.along[0][k] = vec3_dot(jacobians[i].du, move);
            row.along[1][k] = vec3_dot(jacobians[i].dv, move);
        }
        rows[kept++] = row;
    }
    return kept;
}

/* Lengths of what a motion leaves, and their robust scatter an axis. */
static double residuals(const struct row *rows, uint32_t count, const double motion[3],
                        double *lengths) {
    double sorted[SLIP_POINTS_MAX] = {0};
    for (uint32_t i = 0; i < count; i++) {
        double rest[2];
        for (int a = 0; a < 2; a++)
            rest[a] = rows[i].off[a] - rows[i].along[a][0] * motion[0] -
                      rows[i].along[a][1] * motion[1] - rows[i].along[a][2] * motion[2];
        lengths[i] = sorted[i] = hypot(rest[0], rest[1]);
    }
    spread_sort(sorted, count);
    /* Median of a Rayleigh distribution: 1.177 sigma. */
    return fmax(sorted[count / 2] / 1.177, SIGMA_FLOOR_PX);
}

struct fit {
    double motion[3]; /* mm, mm, rad */
    double covariance[9];
};

/* Iteratively reweighted least squares with Huber weights (Huber 1964). */
static enum result solve(const struct row *rows, uint32_t count, struct fit *ret_fit) {
    struct fit fit = {{0}, {0}};
    double lengths[SLIP_POINTS_MAX];
    for (int turn = 0; turn < TURNS; turn++) {
        double A[9] = {0}, b[3] = {0};
        double sigma = residuals(rows, count, fit.motion, lengths);
        for (uint32_t i = 0; i < count; i++) {
            double reach = HUBER_SIGMAS * sigma;
            double weight = (lengths[i] > reach ? reach / lengths[i] : 1) / (sigma * sigma);
            for (int a = 0; a < 2; a++)
                for (int k = 0; k < 3; k++) {
                    for (int l = 0; l < 3; l++)
                        A[3 * k + l] += weight * rows[i].along[a][k] * rows[i].along[a][l];
                    b[k] += weight * rows[i].along[a][k] * rows[i].off[a];
                }
        }
        if (linalg_invert_spd(A, 3, fit.covariance) != RESULT_OK) return RESULT_SINGULAR;
        for (int k = 0; k < 3; k++)
            fit.motion[k] = fit.covariance[3 * k] * b[0] + fit.covariance[3 * k + 1] * b[1] +
                            fit.covariance[3 * k + 2] * b[2];
    }
    *ret_fit = fit;
    return RESULT_OK;
}

static double greatest_shift(const struct slip_watch *w, const double shift[3]) {
    return hypot(shift[0], shift[1]) + fabs(shift[2]) * w->scene.radius_mm;
}

static void judge(struct slip_watch *w, const struct fit *fit, struct slip_report *report) {
    for (int k = 0; k < 3; k++) w->shift[k] = w->carried[k] + fit->motion[k];
    report->shift_mm = greatest_shift(w, w->shift);
    report->sigma_mm = sqrt(fit->covariance[0] + fit->covariance[4]);
    double turn_sigma_mm = sqrt(fit->covariance[8]) * w->scene.radius_mm;
    double noise_mm = LIMIT_SIGMAS * hypot(report->sigma_mm, turn_sigma_mm);
    bool is_over = report->shift_mm > w->settings.limit_mm && report->shift_mm > noise_mm;
    w->looks_over = is_over ? w->looks_over + 1 : 0;
    w->is_slipped = w->is_slipped || w->looks_over >= w->settings.looks_over_limit;
    report->state = SLIP_STILL;
    /* A ring that has slid farther than the points are looked for finds others in their place,
     * which agree in nothing: a shift known so badly is not known to be within. */
    report->is_within =
        report->shift_mm <= w->settings.limit_mm && noise_mm <= w->settings.limit_mm;
    w->has_seen = w->has_seen || report->is_within;
}

/* Seen from too far round, or few points are left: a new first look, which keeps what had slipped;
 * but only from a look that knows that. Skin that has gone out of sight is waited for, unless none
 * was ever seen. */
static bool needs_new_first(const struct slip_watch *w, const struct slip_report *report,
                            struct pose T_rig_head) {
    if (!w->has_seen) return report->points < POINTS_MIN;
    struct vec3 turned = mat3_log(mat3_mul(T_rig_head.R, mat3_transpose(w->T_first.R)));
    bool is_worn =
        vec3_norm(turned) > w->settings.turn_max_rad || report->points < w->first_points / 2;
    return report->is_within && is_worn;
}

void slip_watch_look(struct slip_watch *w, const struct image *images, struct pose T_rig_head,
                     struct slip_report *ret_report) {
    struct row rows[SLIP_POINTS_MAX];
    struct slip_report report = {.state = SLIP_BLIND};
    struct plane plane = ring_plane(&w->scene);
    struct fit fit;
    if (!w->has_first) take_first(w, images, T_rig_head);
    for (uint32_t c = 0; c < w->scene.cameras.count; c++)
        if (w->views[c].first && fits(&w->views[c], &images[c]))
            report.points += follow(w, c, &images[c], T_rig_head, &plane, rows + report.points);
    if (report.points >= POINTS_MIN && solve(rows, report.points, &fit) == RESULT_OK)
        judge(w, &fit, &report);
    if (!w->first_points) w->first_points = report.points;
    if (needs_new_first(w, &report, T_rig_head)) take_first(w, images, T_rig_head);
    if (w->is_slipped) report.state = SLIP_SLIPPED;
    *ret_report = report;
}
