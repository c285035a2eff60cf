#include "vision/closeup/follicle_finder.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/geom.h"
#include "vision/closeup/blob.h"
#include "vision/closeup/darkness.h"
#include "vision/closeup/ridge.h"
#include "vision/opencv_shim.h"

#define DETAIL_UM 500.0     /* anything smaller is a mark, not the skin's shading */
#define HAIR_RADIUS_UM 40.0 /* of a terminal hair of the scalp */
#define SHAFT_MAX_UM 1500.0 /* a longer line is no stubble */
#define DOT_MAX_UM 900.0    /* no dot is wider */
#define ROUND_RATIO 1.55    /* a mark up to so many widths long is a spot */
#define DOT_ROUNDNESS_MIN 0.6
#define FILLED_MOST 1.12    /* of the middle's darkness */
#define EDGE_PX 1.4         /* blur of a shaft's side in the smooth plane, standard deviation */
#define LEFT_LEAST 0.5      /* of a seed's darkness, after the hairs found before were taken out */
#define NEIGHBOUR_UM 2000.0 /* within which hair grows in one direction */
#define REMNANT_OFF 1.0     /* widths beside a shaft's axis */
#define VOTE_MAX 0.12       /* share of the shaft's darkness */
#define VOTE_TURNS 3
#define NOISE_SIGMAS 5.0
#define UM_PER_PX_MIN 2.0
#define UM_PER_PX_MAX 40.0

struct seed {
    struct pixel at;
    double strength;
};

struct finding {
    const struct follicle_settings *settings;
    struct darkness raw, smooth; /* as seen; blurred by about half a hair's radius */
    float *wide;                 /* scratch plane */
    struct seed *seeds;
    size_t seed_count;
    double *votes; /* a sighting: > 0 the direction is right as it stands */
    struct follicle_sighting *sightings;
    size_t count, capacity;
};

struct follicle_settings follicle_settings_default(void) {
    return (struct follicle_settings){.um_per_px = 20, .contrast_min = 12, .dot_diameter_um = 240};
}

const char *follicle_kind_name(enum follicle_kind kind) {
    static const char *const names[FOLLICLE_KIND_COUNT] = {
        [FOLLICLE_SHAVED] = "shaved", [FOLLICLE_STUBBLE] = "stubble", [FOLLICLE_DOT] = "dot"};
    return (unsigned)kind < FOLLICLE_KIND_COUNT ? names[kind] : "unknown";
}

static double px(const struct finding *f, double um) {
    return um / f->settings->um_per_px;
}

static bool is_peak(const float *values, uint32_t width, size_t i) {
    float v = values[i];
    for (long dy = -1; dy <= 1; dy++)
        for (long dx = -1; dx <= 1; dx++) {
            if (dx == 0 && dy == 0) continue;
            float w = values[(long)i + dy * (long)width + dx];
            if (w > v || (w == v && dy * 3 + dx < 0)) return false;
        }
    return true;
}

static int stronger(const void *a, const void *b) {
    double x = ((const struct seed *)a)->strength, y = ((const struct seed *)b)->strength;
    return (x < y) - (x > y);
}

/* Peaks of a plane above a level, strongest first. Replaces the seeds. */
static enum result find_peaks(struct finding *f, const float *plane, double level) {
    uint32_t width = f->raw.width, height = f->raw.height;
    f->seed_count = 0;
    for (uint32_t y = 2; y + 2 < height; y++)
        for (uint32_t x = 2; x + 2 < width; x++) {
            size_t i = (size_t)y * width + x;
            if (!((double)plane[i] > level) || !is_peak(plane, width, i)) continue;
            if (f->seed_count == FOLLICLE_SIGHTINGS_MAX) return RESULT_LIMIT;
            f->seeds[f->seed_count++] = (struct seed){{(double)x, (double)y}, (double)plane[i]};
        }
    qsort(f->seeds, f->seed_count, sizeof *f->seeds, stronger);
    return RESULT_OK;
}

static enum result blur(struct finding *f, const struct darkness *in, double sigma_px,
                        float *ret_values) {
    struct opencv_plane plane = {in->values, f->raw.width, f->raw.height};
    return opencv_blur(&plane, sigma_px, ret_values);
}

static bool is_near(struct pixel a, struct pixel b, double distance) {
    return hypot(a.u - b.u, a.v - b.v) <= distance;
}

static enum result keep(struct finding *f, struct follicle_sighting sighting, double vote) {
    if (f->count == f->capacity) return RESULT_LIMIT;
    f->votes[f->count] = vote;
    f->sightings[f->count++] = sighting;
    return RESULT_OK;
}

/* A cluster of hairs is palest in its middle, a dot is not. */
static bool is_filled(const struct darkness *d, const struct blob *blob) {
    double brightest = 0, r = 0.3 * blob->diameter_px;
    for (int i = 0; i < BLOB_RAYS; i++) {
        double angle = i * 2 * PI / BLOB_RAYS;
        struct pixel p = {blob->centre.u + r * cos(angle), blob->centre.v + r * sin(angle)};
        brightest = fmax(brightest, darkness_at(d, p));
    }
    return brightest <= FILLED_MOST * blob->contrast + 2 * d->noise;
}

/* Wide round marks: seeds at a dot's own scale, then their outline. */
static enum result find_dots(struct finding *f) {
    const struct follicle_settings *s = f->settings;
    enum result result = blur(f, &f->raw, px(f, s->dot_diameter_um) / (2 * sqrt(2)), f->wide);
    if (result == RESULT_OK) result = find_peaks(f, f->wide, s->contrast_min / 2);
    for (size_t i = 0; i < f->seed_count && result == RESULT_OK; i++) {
        struct blob blob;
        if (!blob_measure(&f->smooth, f->seeds[i].at, px(f, DOT_MAX_UM) / 2, &blob)) continue;
        double diameter_um = blob.diameter_px * s->um_per_px;
        if (diameter_um < s->dot_diameter_um || diameter_um > DOT_MAX_UM ||
            blob.contrast < s->contrast_min || blob.roundness < DOT_ROUNDNESS_MIN ||
            !is_filled(&f->smooth, &blob) || !darkness_holds(&f->raw, blob.centre, 2)) {
            continue;
        }
        bool is_new = true;
        for (size_t k = 0; k < f->count && is_new; k++)
            is_new = !is_near(f->sightings[k].at, blob.centre, blob.diameter_px / 2);
        if (is_new)
            result = keep(f,
                          (struct follicle_sighting){.at = blob.centre,
                                                     .diameter_um = diameter_um,
                                                     .contrast = blob.contrast,
                                                     .kind = FOLLICLE_DOT},
                          0);
    }
    return result;
}

static bool is_in_dot(const struct finding *f, struct pixel at, size_t dots) {
    for (size_t k = 0; k < dots; k++)
        if (is_near(f->sightings[k].at, at, 0.65 * px(f, f->sightings[k].diameter_um) + 1))
            return true;
    return false;
}

static double distance_to_segment(struct pixel p, struct pixel a, struct pixel b) {
    double du = b.u - a.u, dv = b.v - a.v, length2 = du * du + dv * dv;
    double s = length2 > 0 ? ((p.u - a.u) * du + (p.v - a.v) * dv) / length2 : 0;
    s = fmin(fmax(s, 0), 1);
    return hypot(p.u - a.u - s * du, p.v - a.v - s * dv);
}

/* Take a shaft's own darkness out of the smooth plane, so that what is left of its neighbours can
 * be seen: hairs of one unit touch. */
static void erase(struct finding *f, const struct ridge *ridge) {
    struct pixel a = ridge->ends[0], b = ridge->ends[1];
    double radius = ridge->width_px / 2, reach = radius + 2 * EDGE_PX, length = ridge->length_px;
    /* The ends are half levels of a round cap: the axis is a radius shorter. */
    double inset = length > 0 ? fmin(radius / length, 0.5) : 0;
    struct pixel from = {a.u + inset * (b.u - a.u), a.v + inset * (b.v - a.v)};
    struct pixel to = {b.u - inset * (b.u - a.u), b.v - inset * (b.v - a.v)};
    uint32_t width = f->smooth.width, height = f->smooth.height;
    uint32_t left = (uint32_t)fmax(fmin(a.u, b.u) - reach, 0);
    uint32_t top = (uint32_t)fmax(fmin(a.v, b.v) - reach, 0);
    for (uint32_t y = top; y < height && y <= fmax(a.v, b.v) + reach; y++)
        for (uint32_t x = left; x < width && x <= fmax(a.u, b.u) + reach; x++) {
            double off = distance_to_segment((struct pixel){x, y}, from, to);
            double share = 0.5 * erfc((off - radius) / (EDGE_PX * sqrt(2)));
            f->smooth.values[(size_t)y * width + x] -= (float)(share * ridge->level);
        }
}

static struct follicle_sighting sighting_of(const struct finding *f, const struct ridge *ridge,
                                            double *ret_vote) {
    double um = f->settings->um_per_px, radius_px = ridge->width_px / 2;
    struct pixel a = ridge->ends[0], b = ridge->ends[1];
    struct follicle_sighting s = {.at = {(a.u + b.u) / 2, (a.v + b.v) / 2},
                                  .diameter_um = ridge->width_px * um,
                                  .contrast = ridge->level,
                                  .kind = FOLLICLE_SHAVED};
    *ret_vote = 0;
    if (ridge->length_px <= ROUND_RATIO * ridge->width_px) return s;
    /* The shaft's axis ends a radius before the half level of its round end. */
    double angle = atan2(b.v - a.v, b.u - a.u);
    s.kind = FOLLICLE_STUBBLE;
    s.at = (struct pixel){a.u + radius_px * cos(angle), a.v + radius_px * sin(angle)};
    s.direction_rad = angle;
    s.length_um = (ridge->length_px - ridge->width_px) * um;
    /* A neighbour past an end would shout: no vote is louder than a hair's own shadow. */
    double vote = ridge->beyond[0] - ridge->beyond[1];
    *ret_vote = fmin(fmax(vote, -VOTE_MAX), VOTE_MAX);
    return s;
}

static enum result find_hairs(struct finding *f) {
    const struct follicle_settings *s = f->settings;
    size_t dots = f->count;
    double sigma_px = px(f, HAIR_RADIUS_UM) / 2;
    /* Difference of Gaussians: a blob of a hair's size, whatever the shading around. */
    struct darkness narrow = f->raw;
    narrow.values = malloc((size_t)f->raw.width * f->raw.height * sizeof(float));
    enum result result = narrow.values ? RESULT_OK : RESULT_NO_MEMORY;
    if (result == RESULT_OK) result = blur(f, &f->raw, sigma_px, narrow.values);
    if (result == RESULT_OK) result = blur(f, &f->raw, 2.5 * sigma_px, f->wide);
    if (result == RESULT_OK) {
        size_t pixels = (size_t)f->raw.width * f->raw.height;
        for (size_t i = 0; i < pixels; i++) narrow.values[i] -= f->wide[i];
        double noise = f->raw.noise / (2 * sqrt(PI) * sigma_px);
        result = find_peaks(f, narrow.values, fmax(s->contrast_min / 3, NOISE_SIGMAS * noise));
    }
    for (size_t i = 0; i < f->seed_count && result == RESULT_OK; i++) {
        struct pixel at = f->seeds[i].at;
        double left = darkness_at(&f->smooth, at), told = darkness_at(&f->raw, at);
        if (!(left > LEFT_LEAST * told) || is_in_dot(f, at, dots)) continue;
        struct ridge ridge = ridge_follow(&f->smooth, at, px(f, SHAFT_MAX_UM));
        erase(f, &ridge);
        double vote, width_um = ridge.width_px * s->um_per_px;
        struct follicle_sighting sighting = sighting_of(f, &ridge, &vote);
        if (ridge.level < s->contrast_min || width_um > s->dot_diameter_um ||
            sighting.length_um > SHAFT_MAX_UM || !darkness_holds(&f->raw, sighting.at, 2)) {
            continue;
        }
        result = keep(f, sighting, vote);
    }
    free(narrow.values);
    return result;
}

static void turn_round(struct follicle_sighting *s, double um_per_px) {
    double length_px = s->length_um / um_per_px;
    s->at.u += length_px * cos(s->direction_rad);
    s->at.v += length_px * sin(s->direction_rad);
    s->direction_rad = remainder(s->direction_rad + PI, 2 * PI);
}

/* Each shaft's own vote and its neighbours' give one direction; who disagrees turns round. */
static void agree_on_directions(struct finding *f) {
    double reach = px(f, NEIGHBOUR_UM);
    for (int turn = 0; turn < VOTE_TURNS; turn++) {
        for (size_t i = 0; i < f->count; i++) {
            struct follicle_sighting *s = &f->sightings[i];
            if (s->kind != FOLLICLE_STUBBLE) continue;
            double c = cos(s->direction_rad), d = sin(s->direction_rad), sum = f->votes[i];
            for (size_t k = 0; k < f->count; k++) {
                const struct follicle_sighting *other = &f->sightings[k];
                if (k == i || other->kind != FOLLICLE_STUBBLE || !is_near(s->at, other->at, reach))
                    continue;
                sum +=
                    f->votes[k] * (c * cos(other->direction_rad) + d * sin(other->direction_rad));
            }
            if (sum >= 0) continue;
            turn_round(s, f->settings->um_per_px);
            f->votes[i] = -f->votes[i];
        }
    }
}

/* Short pieces beside the far part of a shaft are what erasing left of it, no hair. */
static bool is_remnant(const struct finding *f, const struct follicle_sighting *s) {
    for (size_t k = 0; k < f->count; k++) {
        const struct follicle_sighting *t = &f->sightings[k];
        if (t == s || t->kind != FOLLICLE_STUBBLE || t->length_um < 2 * s->length_um) continue;
        double du = (s->at.u - t->at.u) * f->settings->um_per_px, c = cos(t->direction_rad);
        double dv = (s->at.v - t->at.v) * f->settings->um_per_px, d = sin(t->direction_rad);
        double along = du * c + dv * d, off = fabs(dv * c - du * d);
        if (along > 0.25 * t->length_um && along < t->length_um + 1.5 * t->diameter_um &&
            off < REMNANT_OFF * t->diameter_um) {
            return true;
        }
    }
    return false;
}

static void drop_remnants(struct finding *f) {
    size_t kept = 0;
    bool is_left_out[FOLLICLE_SIGHTINGS_MAX];
    assert(f->count <= FOLLICLE_SIGHTINGS_MAX);
    for (size_t i = 0; i < f->count; i++)
        is_left_out[i] = f->sightings[i].kind != FOLLICLE_DOT && is_remnant(f, &f->sightings[i]);
    for (size_t i = 0; i < f->count; i++)
        if (!is_left_out[i]) f->sightings[kept++] = f->sightings[i];
    f->count = kept;
}

static enum result check_settings(const struct follicle_settings *s, struct error *err) {
    if (!(s->um_per_px >= UM_PER_PX_MIN && s->um_per_px <= UM_PER_PX_MAX))
        return error_set(err, RESULT_RANGE,
                         "close-up: %g um a pixel, expected %g to %g (a hair is 80 um wide)",
                         s->um_per_px, UM_PER_PX_MIN, UM_PER_PX_MAX);
    if (!(s->contrast_min > 0 && s->contrast_min < 255 && s->dot_diameter_um > 2 * HAIR_RADIUS_UM))
        return error_set(err, RESULT_RANGE, "close-up: contrast or dot diameter out of range");
    return RESULT_OK;
}

static enum result prepare(struct finding *f, const struct image *image, struct error *err) {
    size_t pixels = (size_t)image->width * image->height;
    enum result result = darkness_make(image, px(f, DETAIL_UM), &f->raw, err);
    if (result != RESULT_OK) return result;
    f->smooth = f->raw;
    f->smooth.values = malloc(pixels * sizeof(float));
    f->wide = malloc(pixels * sizeof(float));
    f->seeds = malloc(FOLLICLE_SIGHTINGS_MAX * sizeof *f->seeds);
    f->votes = malloc(f->capacity * sizeof *f->votes);
    if (!f->smooth.values || !f->wide || !f->seeds || !f->votes)
        return error_set(err, RESULT_NO_MEMORY, "close-up: no memory");
    return blur(f, &f->raw, px(f, HAIR_RADIUS_UM) / 4, f->smooth.values);
}

enum result follicles_find(const struct image *image, const struct follicle_settings *settings,
                           struct follicle_sighting *ret_sightings, size_t capacity,
                           size_t *ret_count, struct error *err) {
    struct finding f = {.settings = settings, .sightings = ret_sightings, .capacity = capacity};
    enum result result = check_settings(settings, err);
    if (result != RESULT_OK) return result;
    if (f.capacity > FOLLICLE_SIGHTINGS_MAX) f.capacity = FOLLICLE_SIGHTINGS_MAX;
    result = prepare(&f, image, err);
    if (result == RESULT_OK) {
        result = find_dots(&f);
        if (result == RESULT_OK) result = find_hairs(&f);
        if (result == RESULT_OK) {
            agree_on_directions(&f);
            drop_remnants(&f);
        }
        if (result == RESULT_OK) *ret_count = f.count;
        if (result == RESULT_LIMIT)
            error_set(err, result, "close-up: more than %zu marks: is this skin, and in focus?",
                      capacity);
    }
    free(f.raw.values);
    free(f.smooth.values);
    free(f.wide);
    free(f.seeds);
    free(f.votes);
    return result;
}
