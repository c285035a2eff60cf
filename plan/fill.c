#include "plan/fill.h"

#include <stdlib.h>
#include <string.h>

#include "base/rng.h"

/* Candidates a dot: more are better and slower; 10 gives a normalised radius of about 0.73. */
#define CANDIDATES_A_DOT 10
#define IDS_A_ZONE 100000u
/* An outline point may stand so far off the skin. */
#define OUTLINE_OFF_MM 6.0

/* A zone's outline in its own plane: the plane through its points' centre, along their mean normal.
 */
struct zone_frame {
    struct vec3 centre, u, v, n;
    double (*outline)[2]; /* owned */
    size_t outline_count;
};

static struct vec3 outline_point(const struct design_zone *zone, size_t i) {
    const double *p = zone->outline[i % zone->outline_count].p_head_mm;
    return vec3_make(p[0], p[1], p[2]);
}

static void flatten(const struct zone_frame *frame, struct vec3 p, double ret[2]) {
    struct vec3 d = vec3_sub(p, frame->centre);
    ret[0] = vec3_dot(d, frame->u);
    ret[1] = vec3_dot(d, frame->v);
}

static bool segments_cross(const double a[2], const double b[2], const double c[2],
                           const double d[2]) {
    double abc = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
    double abd = (b[0] - a[0]) * (d[1] - a[1]) - (b[1] - a[1]) * (d[0] - a[0]);
    double cda = (d[0] - c[0]) * (a[1] - c[1]) - (d[1] - c[1]) * (a[0] - c[0]);
    double cdb = (d[0] - c[0]) * (b[1] - c[1]) - (d[1] - c[1]) * (b[0] - c[0]);
    return abc * abd < 0 && cda * cdb < 0;
}

static bool outline_crosses_itself(const struct zone_frame *frame) {
    size_t n = frame->outline_count;
    for (size_t i = 0; i < n; i++)
        for (size_t j = i + 1; j < n; j++)
            if (segments_cross(frame->outline[i], frame->outline[(i + 1) % n], frame->outline[j],
                               frame->outline[(j + 1) % n]))
                return true;
    return false;
}

/* Crossing number (Shimrat 1962). */
static bool is_inside(const struct zone_frame *frame, const double q[2]) {
    bool is_in = false;
    size_t n = frame->outline_count;
    for (size_t i = 0, j = n - 1; i < n; j = i++) {
        const double *a = frame->outline[i], *b = frame->outline[j];
        if ((a[1] > q[1]) != (b[1] > q[1]) &&
            q[0] < (b[0] - a[0]) * (q[1] - a[1]) / (b[1] - a[1]) + a[0])
            is_in = !is_in;
    }
    return is_in;
}

static enum result make_frame(const struct design_zone *zone, struct zone_frame *ret_frame,
                              struct error *err) {
    struct zone_frame frame = {.outline_count = zone->outline_count};
    struct vec3 doubled_area = {0};
    for (size_t i = 0; i < zone->outline_count; i++)
        frame.centre =
            vec3_mad(frame.centre, 1.0 / (double)zone->outline_count, outline_point(zone, i));
    /* Each piece's normal is turned outward (away from the head's middle, near the frame's origin),
     * so that neither the outline's sense nor a crossing cancels them. */
    for (size_t i = 0; i < zone->outline_count; i++) {
        struct vec3 piece = vec3_cross(vec3_sub(outline_point(zone, i), frame.centre),
                                       vec3_sub(outline_point(zone, i + 1), frame.centre));
        double sign = vec3_dot(piece, frame.centre) < 0 ? -1.0 : 1.0;
        doubled_area = vec3_mad(doubled_area, sign, piece);
    }
    frame.n = vec3_unit(doubled_area);
    frame.u = vec3_any_perpendicular(frame.n);
    frame.v = vec3_cross(frame.n, frame.u);
    frame.outline = calloc(zone->outline_count, sizeof *frame.outline);
    if (!frame.outline) return error_set(err, RESULT_NO_MEMORY, "out of memory");
    for (size_t i = 0; i < zone->outline_count; i++)
        flatten(&frame, outline_point(zone, i), frame.outline[i]);
    if (vec3_norm(doubled_area) < 2.0 || outline_crosses_itself(&frame)) {
        free(frame.outline);
        return error_set(err, RESULT_RANGE, "zone %s: its outline %s", zone->name,
                         vec3_norm(doubled_area) < 2.0 ? "encloses nothing" : "crosses itself");
    }
    *ret_frame = frame;
    return RESULT_OK;
}

/* Each outline point must lie on the scan: within OUTLINE_OFF_MM of some vertex. */
static enum result check_on_scan(const struct mesh *mesh, const struct design_zone *zone,
                                 struct error *err) {
    for (size_t i = 0; i < zone->outline_count; i++) {
        struct vec3 p = outline_point(zone, i);
        double nearest2 = INFINITY;
        for (size_t v = 0; v < mesh->vertex_count; v++)
            nearest2 = fmin(nearest2, vec3_norm2(vec3_sub(mesh_vertex(mesh, (uint32_t)v), p)));
        if (!(nearest2 <= OUTLINE_OFF_MM * OUTLINE_OFF_MM))
            return error_set(
                err, RESULT_RANGE,
                "zone %s: outline point %zu (%.1f, %.1f, %.1f) is %.1f mm off the scan", zone->name,
                i + 1, p.x, p.y, p.z, sqrt(nearest2));
    }
    return RESULT_OK;
}

/* Triangles of the zone's side of the head whose middle is inside, with running areas. */
struct zone_area {
    uint32_t *triangles; /* owned */
    double *area_until;  /* owned; mm2 */
    size_t count;
    double inside_mm2; /* estimated by the candidates */
};

static enum result collect(const struct mesh *mesh, const struct zone_frame *frame,
                           struct zone_area *ret_area, struct error *err) {
    struct zone_area area = {calloc(mesh->triangle_count + 1, sizeof(uint32_t)),
                             calloc(mesh->triangle_count + 1, sizeof(double)), 0, 0};
    double sum = 0, low[2] = {INFINITY, INFINITY}, high[2] = {-INFINITY, -INFINITY};
    if (!area.triangles || !area.area_until) {
        free(area.triangles);
        free(area.area_until);
        return error_set(err, RESULT_NO_MEMORY, "out of memory");
    }
    for (size_t i = 0; i < frame->outline_count; i++)
        for (int k = 0; k < 2; k++) {
            low[k] = fmin(low[k], frame->outline[i][k] - 3.0);
            high[k] = fmax(high[k], frame->outline[i][k] + 3.0);
        }
    for (size_t t = 0; t < mesh->triangle_count; t++) {
        struct vec3 cross = mesh_triangle_cross(mesh, t);
        double q[2];
        flatten(frame, mesh_vertex(mesh, mesh->triangles[3 * t]), q);
        bool is_near = q[0] > low[0] && q[0] < high[0] && q[1] > low[1] && q[1] < high[1];
        if (!is_near || vec3_dot(cross, frame->n) <= 0) continue;
        sum += 0.5 * vec3_norm(cross);
        area.triangles[area.count] = (uint32_t)t;
        area.area_until[area.count++] = sum;
    }
    *ret_area = area;
    return RESULT_OK;
}

static size_t pick_triangle(const struct zone_area *area, double at) {
    size_t low = 0, high = area->count - 1;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (area->area_until[middle] < at)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct candidate {
    struct vec3 p, n;
};

static struct candidate pick(const struct mesh *mesh, const float *normals,
                             const struct zone_area *area, struct rng *rng) {
    double whole = area->area_until[area->count - 1];
    size_t t = area->triangles[pick_triangle(area, rng_uniform(rng) * whole)];
    double s = sqrt(rng_uniform(rng)), r = rng_uniform(rng);
    double w[3] = {1 - s, s * (1 - r), s * r}; /* uniform on the triangle (Osada et al. 2002) */
    struct candidate c = {{0, 0, 0}, {0, 0, 0}};
    for (int k = 0; k < 3; k++) {
        uint32_t v = mesh->triangles[3 * t + (size_t)k];
        const float *n = normals + 3 * (size_t)v;
        c.p = vec3_mad(c.p, w[k], mesh_vertex(mesh, v));
        c.n = vec3_mad(c.n, w[k], vec3_make((double)n[0], (double)n[1], (double)n[2]));
    }
    c.n = vec3_unit(c.n);
    return c;
}

/* Uniform candidates inside the outline; count is what was asked or fewer when little is inside. */
static size_t scatter(const struct mesh *mesh, const float *normals, struct zone_area *area,
                      const struct zone_frame *frame, struct candidate *out, size_t wanted,
                      struct rng *rng) {
    size_t count = 0, tries = 0;
    for (; count < wanted && tries < 40 * wanted; tries++) {
        double q[2];
        struct candidate c = pick(mesh, normals, area, rng);
        flatten(frame, c.p, q);
        if (is_inside(frame, q)) out[count++] = c;
    }
    area->inside_mm2 = area->area_until[area->count - 1] * (double)count / (double)tries;
    return count;
}

static uint16_t jittered(double value, double jitter, struct rng *rng) {
    return (uint16_t)lround(value + jitter * rng_range(rng, -1.0, 1.0));
}

/* Append the kept candidates as dots of the zone. */
static enum result append_dots(struct dot_plan *plan, const struct design_zone *zone,
                               const struct candidate *candidates, size_t count, const bool *keep,
                               struct rng *rng) {
    size_t kept = 0, zone_index = plan->zone_count - 1;
    for (size_t i = 0; i < count; i++) kept += keep[i];
    struct dot *grown = realloc(plan->dots, (plan->dot_count + kept + 1) * sizeof *grown);
    if (!grown) return RESULT_NO_MEMORY;
    plan->dots = grown;
    for (size_t i = 0, number = 0; i < count; i++) {
        if (!keep[i]) continue;
        plan->dots[plan->dot_count++] =
            (struct dot){.id = (uint32_t)(zone_index * IDS_A_ZONE + ++number),
                         .p_head = candidates[i].p,
                         .n_head = candidates[i].n,
                         .depth_um = jittered(zone->depth_um, zone->depth_jitter_um, rng),
                         .diameter_um = jittered(zone->diameter_um, zone->diameter_jitter_um, rng),
                         .zone = (uint8_t)zone_index,
                         .region = (uint8_t)zone->region};
    }
    return RESULT_OK;
}

static enum result fill_area(const struct mesh *mesh, const float *normals,
                             const struct design_zone *zone, const struct zone_frame *frame,
                             uint64_t seed, struct zone_area *area, struct dot_plan *plan,
                             struct error *err) {
    struct rng rng;
    rng_init(&rng, seed);
    if (area->count == 0)
        return error_set(err, RESULT_RANGE, "zone %s: no skin inside its outline", zone->name);
    double box_mm2 = area->area_until[area->count - 1];
    size_t most = (size_t)(box_mm2 / 100.0 * zone->density_per_cm2 * CANDIDATES_A_DOT) + 64;
    struct candidate *candidates = calloc(most, sizeof *candidates);
    struct vec3 *points = calloc(most, sizeof *points);
    bool *keep = calloc(most, sizeof *keep);
    enum result result = RESULT_NO_MEMORY;
    if (!candidates || !points || !keep) goto out;
    size_t count = scatter(mesh, normals, area, frame, candidates, most, &rng);
    size_t wanted = (size_t)lround(area->inside_mm2 / 100.0 * zone->density_per_cm2);
    if (wanted < 1 || wanted >= IDS_A_ZONE || wanted > count) {
        result = error_set(err, RESULT_RANGE, "zone %s: %zu dots in %.1f cm2: %s", zone->name,
                           wanted, area->inside_mm2 / 100.0,
                           wanted < 1 ? "too small for one dot" : "too many for one zone");
        goto out;
    }
    /* Elimination works best from a fixed number of candidates a dot. */
    if (count > wanted * CANDIDATES_A_DOT) count = wanted * CANDIDATES_A_DOT;
    for (size_t i = 0; i < count; i++) points[i] = candidates[i].p;
    double r_max = sqrt(area->inside_mm2 / (double)wanted / (2.0 * sqrt(3.0)));
    result = fill_eliminate(points, count, wanted, r_max, keep);
    if (result == RESULT_OK) result = append_dots(plan, zone, candidates, count, keep, &rng);
out:
    free(candidates);
    free(points);
    free(keep);
    if (result == RESULT_NO_MEMORY) error_set(err, result, "zone %s: out of memory", zone->name);
    return result;
}

static enum result fill_zone(const struct mesh *mesh, const float *normals,
                             const struct design_zone *zone, uint64_t seed, struct dot_plan *plan,
                             struct error *err) {
    struct zone_frame frame = {0};
    struct zone_area area = {0};
    enum result result = check_on_scan(mesh, zone, err);
    if (result == RESULT_OK) result = make_frame(zone, &frame, err);
    if (result == RESULT_OK) result = collect(mesh, &frame, &area, err);
    if (result == RESULT_OK) {
        memcpy(plan->zone_names[plan->zone_count++], zone->name, DOT_PLAN_NAME_MAX);
        result = fill_area(mesh, normals, zone, &frame, seed, &area, plan, err);
    }
    free(frame.outline);
    free(area.triangles);
    free(area.area_until);
    return result;
}

enum result fill_plan(const struct mesh *mesh, const struct design *design, const char *scan_sha256,
                      struct fill_progress progress, struct dot_plan *ret_plan, struct error *err) {
    struct dot_plan plan = {.shade_count = 1, .shade_names = {"base"}, .shade_rgb = {{70, 62, 58}}};
    enum result result = RESULT_OK;
    float *normals = mesh_vertex_normals(mesh);
    if (!normals) return error_set(err, RESULT_NO_MEMORY, "out of memory");
    memcpy(plan.scan_sha256, scan_sha256, SHA256_HEX_SIZE);
    for (size_t i = 0; result == RESULT_OK && i < design->zone_count; i++) {
        uint64_t seed = (uint64_t)design->seed * 1000003u + i;
        result = fill_zone(mesh, normals, &design->zones[i], seed, &plan, err);
        if (progress.tell)
            progress.tell(progress.context, (double)(i + 1) / (double)design->zone_count);
    }
    free(normals);
    if (result == RESULT_OK)
        *ret_plan = plan;
    else
        dot_plan_release(&plan);
    return result;
}
