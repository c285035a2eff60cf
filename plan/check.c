#include "plan/check.h"
#include "base/spread.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "plan/near.h"

#define INSIDE_SHARE 0.15

/* Mean thickness of the scalp's skin (docs/hazards.md), by enum scalp_region. */
static const double thickness_um[REGION_COUNT] = {1180, 1380, 1480};

static const char *const names[PLAN_FAULT_COUNT] = {
    [PLAN_FAULT_PITCH] = "pitch",       [PLAN_FAULT_KEEP_OUT] = "keep-out",
    [PLAN_FAULT_DEEP] = "deep",         [PLAN_FAULT_SHALLOW] = "shallow",
    [PLAN_FAULT_DIAMETER] = "diameter", [PLAN_FAULT_OFF_SKIN] = "off-skin",
    [PLAN_FAULT_TILT] = "tilt",         [PLAN_FAULT_LAYER] = "layer",
};

static const char *const texts[PLAN_FAULT_COUNT] = {
    [PLAN_FAULT_PITCH] = "mm from another dot",
    [PLAN_FAULT_KEEP_OUT] = "inside a keep-out",
    [PLAN_FAULT_DEEP] = "um deep, beyond the region's ceiling",
    [PLAN_FAULT_SHALLOW] = "um deep, within the epidermis: it would be shed",
    [PLAN_FAULT_DIAMETER] = "um wide",
    [PLAN_FAULT_OFF_SKIN] = "mm off the scan's skin",
    [PLAN_FAULT_TILT] = "deg off the skin's normal",
    [PLAN_FAULT_LAYER] = "is no session a plan may have",
};

const char *plan_fault_name(enum plan_fault_kind kind) {
    return (unsigned)kind < PLAN_FAULT_COUNT ? names[kind] : "unknown";
}

const char *plan_fault_text(enum plan_fault_kind kind) {
    return (unsigned)kind < PLAN_FAULT_COUNT ? texts[kind] : "";
}

double plan_skin_thickness_um(uint8_t region) {
    return region < REGION_COUNT ? thickness_um[region] : 0;
}

/* One dot's own numbers, sorted later for medians. */
struct measure {
    double pitch_mm, share, density_per_cm2;
    uint8_t zone;
    bool is_inside; /* dots on all sides: at an edge the density around says nothing */
};

struct checking {
    const struct dot_plan *plan;
    const struct field_view *skin;
    struct near_grid grid;
    struct measure *measures;
    struct plan_check *check;
};

static void blame(struct checking *c, const struct dot *dot, struct plan_fault fault) {
    struct plan_check *check = c->check;
    fault.dot = dot->id;
    check->fault_counts[fault.kind]++;
    check->zones[dot->zone].faults++;
    if (check->fault_count < PLAN_CHECK_FAULTS_MAX) check->faults[check->fault_count++] = fault;
}

static void check_numbers(struct checking *c, const struct dot *dot) {
    const double ceiling = dot->region < REGION_COUNT ? dot_depth_ceiling_um[dot->region] : 0;
    if (!(dot->depth_um <= ceiling))
        blame(c, dot, (struct plan_fault){PLAN_FAULT_DEEP, 0, UINT32_MAX, dot->depth_um, ceiling});
    if (dot->depth_um < PLAN_CHECK_DEPTH_LEAST_UM)
        blame(c, dot,
              (struct plan_fault){PLAN_FAULT_SHALLOW, 0, UINT32_MAX, dot->depth_um,
                                  PLAN_CHECK_DEPTH_LEAST_UM});
    if (dot->diameter_um > PLAN_CHECK_DIAMETER_UM)
        blame(c, dot,
              (struct plan_fault){PLAN_FAULT_DIAMETER, 0, UINT32_MAX, dot->diameter_um,
                                  PLAN_CHECK_DIAMETER_UM});
    if (dot->layer >= PLAN_CHECK_LAYERS_MAX)
        blame(c, dot,
              (struct plan_fault){PLAN_FAULT_LAYER, 0, UINT32_MAX, dot->layer + 1.0,
                                  PLAN_CHECK_LAYERS_MAX});
}

static void check_place(struct checking *c, const struct dot *dot) {
    struct vec3 gradient;
    double off_mm = field_view_sample_gradient(c->skin, dot->p_head, &gradient);
    double tilt_deg = vec3_angle(vec3_unit(gradient), dot->n_head) * DEG_PER_RAD;
    int keep_out = dot_plan_keep_out_at(c->plan, dot->p_head);
    if (!(fabs(off_mm) <= PLAN_CHECK_OFF_SKIN_MM))
        blame(c, dot,
              (struct plan_fault){PLAN_FAULT_OFF_SKIN, 0, UINT32_MAX, off_mm,
                                  PLAN_CHECK_OFF_SKIN_MM});
    else if (!(tilt_deg <= PLAN_CHECK_TILT_DEG))
        blame(c, dot,
              (struct plan_fault){PLAN_FAULT_TILT, 0, UINT32_MAX, tilt_deg, PLAN_CHECK_TILT_DEG});
    if (keep_out >= 0)
        blame(c, dot, (struct plan_fault){PLAN_FAULT_KEEP_OUT, 0, (uint32_t)keep_out, 0, 0});
}

/* Half a neighbour is added: the circle through the last one lies between it and the next. */
static double density_around(const struct near_dots *near) {
    const bool is_full = near->count == NEAR_COUNT;
    double radius_mm = is_full ? near->distance_mm[NEAR_COUNT - 1] : NEAR_REACH_MM;
    double inside = (double)near->count + (is_full ? 0.5 : 1.0);
    return radius_mm > 0 ? 100 * inside / (PI * radius_mm * radius_mm) : 0;
}

/* Whether the neighbours' middle is near the dot; half a disc's middle is 0.42 radii off. */
static bool is_inside(const struct checking *c, size_t i, const struct near_dots *near) {
    struct vec3 sum = {0};
    if (near->count < NEAR_COUNT) return false;
    for (size_t n = 0; n < near->count; n++)
        sum = vec3_add(sum, vec3_sub(c->plan->dots[near->dots[n]].p_head, c->plan->dots[i].p_head));
    return vec3_norm(sum) / NEAR_COUNT < INSIDE_SHARE * near->distance_mm[NEAR_COUNT - 1];
}

static void check_neighbours(struct checking *c, size_t i) {
    const struct dot *dot = &c->plan->dots[i];
    struct plan_check_zone *zone = &c->check->zones[dot->zone];
    struct near_dots near;
    near_find(&c->grid, i, &near);
    double pitch_mm = near.count ? near.distance_mm[0] : NEAR_REACH_MM;
    double density = density_around(&near);
    double lattice_mm = density > 0 ? sqrt(200 / (sqrt(3.0) * density)) : NEAR_REACH_MM;
    size_t bin = (size_t)(pitch_mm / PLAN_CHECK_BIN_MM);
    zone->pitch_bins[bin < PLAN_CHECK_BINS ? bin : PLAN_CHECK_BINS - 1]++;
    if (zone->dots == 0 || pitch_mm < zone->pitch_least_mm) zone->pitch_least_mm = pitch_mm;
    c->measures[i] = (struct measure){pitch_mm, pitch_mm / lattice_mm, density, dot->zone,
                                      is_inside(c, i, &near)};
    if (near.count && pitch_mm < PLAN_CHECK_PITCH_MM)
        blame(c, dot,
              (struct plan_fault){PLAN_FAULT_PITCH, 0, c->plan->dots[near.dots[0]].id, pitch_mm,
                                  PLAN_CHECK_PITCH_MM});
}

static void count_in(struct checking *c, const struct dot *dot) {
    struct plan_check_zone *zone = &c->check->zones[dot->zone];
    const double thickness = plan_skin_thickness_um(dot->region);
    const double share = thickness > 0 ? dot->depth_um / thickness : 1;
    if (zone->dots == 0 || dot->depth_um < zone->depth_least_um)
        zone->depth_least_um = dot->depth_um;
    if (dot->depth_um > zone->depth_most_um) zone->depth_most_um = dot->depth_um;
    if (zone->dots == 0 || share > zone->skin_share_most) {
        zone->skin_share_most = share;
        zone->region = dot->region;
    }
    zone->dots++;
    if (dot->layer >= PLAN_CHECK_LAYERS_MAX) return;
    struct plan_check_layer *layer = &c->check->layers[dot->layer];
    layer->dots++;
    layer->shades[dot->shade]++;
    layer->length_s += PLAN_CHECK_DOT_S;
    /* A column of pigment as wide as the dot and as deep as the needle goes, mm^3 = ul. */
    layer->pigment_ul += PLAN_CHECK_PIGMENT_FACTOR * PI / 4 * 1e-9 * dot->diameter_um *
                         dot->diameter_um * dot->depth_um;
    if (dot->layer >= c->check->layer_count) c->check->layer_count = dot->layer + 1u;
}

static double quantile(double *values, size_t count, double share) {
    spread_sort(values, count);
    return spread_quantile(values, count, share);
}

/* Which number of a dot is asked for. */
enum number { NUMBER_PITCH, NUMBER_SHARE, NUMBER_DENSITY };

static size_t gather(const struct checking *c, uint8_t zone, enum number number, bool wants_inside,
                     double *values) {
    size_t count = 0;
    for (size_t i = 0; i < c->plan->dot_count; i++) {
        const struct measure *m = &c->measures[i];
        if (m->zone != zone || (wants_inside && !m->is_inside)) continue;
        values[count++] = number == NUMBER_PITCH   ? m->pitch_mm
                          : number == NUMBER_SHARE ? m->share
                                                   : m->density_per_cm2;
    }
    return count;
}

static double spread_over_mean(const double *values, size_t count) {
    double sum = 0, square = 0;
    for (size_t i = 0; i < count; i++) {
        sum += values[i];
        square += values[i] * values[i];
    }
    const double mean = sum / (double)count;
    return mean > 0 ? sqrt(fmax(0, square / (double)count - mean * mean)) / mean : 0;
}

/* Medians and spread of one zone; `values` has room for all its dots. A zone so small or thin that
 * all its dots stand at an edge is measured by all of them. */
static void sum_up(const struct checking *c, uint8_t index, double *values) {
    struct plan_check_zone *zone = &c->check->zones[index];
    if (zone->dots == 0) return;
    const bool has_inside = gather(c, index, NUMBER_PITCH, true, values) > 0;
    size_t count = gather(c, index, NUMBER_SHARE, has_inside, values);
    zone->radius = quantile(values, count, 0.01);
    zone->variation = spread_over_mean(values, count);
    count = gather(c, index, NUMBER_DENSITY, has_inside, values);
    zone->density_per_cm2 = quantile(values, count, 0.5);
    count = gather(c, index, NUMBER_PITCH, false, values);
    zone->pitch_median_mm = quantile(values, count, 0.5);
}

enum result plan_check(const struct dot_plan *plan, const struct field_view *skin,
                       struct plan_check *ret_check, struct error *err) {
    struct plan_check check = {.faults = calloc(PLAN_CHECK_FAULTS_MAX, sizeof *check.faults)};
    struct checking c = {plan, skin, {0}, calloc(plan->dot_count + 1, sizeof *c.measures), &check};
    double *values = calloc(plan->dot_count + 1, sizeof *values);
    enum result result = near_create(plan->dots, plan->dot_count, &c.grid);
    if (!check.faults || !c.measures || !values) result = RESULT_NO_MEMORY;
    for (size_t i = 0; result == RESULT_OK && i < plan->dot_count; i++) {
        check_numbers(&c, &plan->dots[i]);
        check_place(&c, &plan->dots[i]);
        check_neighbours(&c, i);
        count_in(&c, &plan->dots[i]);
    }
    for (size_t i = 0; result == RESULT_OK && i < plan->zone_count; i++)
        sum_up(&c, (uint8_t)i, values);
    near_release(&c.grid);
    free(c.measures);
    free(values);
    if (result != RESULT_OK) {
        free(check.faults);
        return error_set(err, result, "out of memory for %zu dots", plan->dot_count);
    }
    *ret_check = check;
    return RESULT_OK;
}

void plan_check_release(struct plan_check *check) {
    free(check->faults);
    *check = (struct plan_check){0};
}
