/* A design as its YAML file says it: zones of the scalp and the dots wanted in them (docs/design.md
 * explains every key and where its default comes from). */
#ifndef SMPRIG_PLAN_DESIGN_H
#define SMPRIG_PLAN_DESIGN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/geom.h"
#include "base/result.h"
#include "plan/dot.h"

#define DESIGN_OUTLINE_MAX 512
#define DESIGN_CURVES_MAX 32
#define DESIGN_LAYERS_MAX 6
#define DESIGN_KEEP_OUTS_MAX 64
#define DESIGN_CONTROLS_MAX 32
#define DESIGN_PATH_MAX 512

/* A place: exactly one of a scan's own point, a direction that fits every head, or a whole curve by
 * its name. */
struct design_point {
    double p_head_mm[3];
    double polar_deg[2]; /* azimuth (0 front, 90 right, 180 back, -90 left), elevation (90 top) */
    char curve[DOT_PLAN_NAME_MAX];
    bool is_reversed;
    bool has_p_head, has_polar;
};

struct design_landmarks {
    double nasion_mm[3], brow_mm[3], ear_left_mm[3], ear_right_mm[3];
    bool are_given;
};

struct design_control {
    double side_mm, height_mm; /* right of the middle; above the brow, along the skin */
};

/* The front hairline by rule; docs/design.md says what the measures are. */
struct design_hairline {
    double height_mm, peak_mm, corner_mm, recession_mm, temple_mm, asymmetry_mm;
    double cowlick_side_mm, cowlick_height_mm, cowlick_width_mm;
    double irregularity_mm, feather_mm;
    struct design_control *controls; /* owned; instead of the rule when there are any */
    size_t control_count;
    bool is_given;
};

struct design_curve {
    char name[DOT_PLAN_NAME_MAX];
    struct design_point *points; /* owned */
    size_t point_count;
    double pen_rgb[3]; /* traced from the scan's colours instead of points */
    double feather_mm, irregularity_mm;
    bool has_pen;
};

struct design_zone {
    char name[DOT_PLAN_NAME_MAX];
    int region;                   /* enum scalp_region */
    struct design_point *outline; /* owned by the design; closed, on or near the scan */
    size_t outline_count;
    char band[DOT_PLAN_NAME_MAX]; /* instead of an outline: along this curve, */
    double band_width_mm;         /* so wide */
    double density_per_cm2, depth_um, depth_jitter_um, diameter_um, diameter_jitter_um;
    double feather_mm, irregularity_mm, edge_diameter_share;
    int follicles; /* enum design_follicles */
    int64_t seed;
};

enum design_follicles { FOLLICLES_IGNORE, FOLLICLES_BETWEEN, FOLLICLES_MATCH };

struct design_shade {
    char name[DOT_PLAN_NAME_MAX];
    double rgb[3]; /* 0..255, the pigment in the bottle */
};

struct design_shade_share {
    char shade[DOT_PLAN_NAME_MAX];
    double share;
    size_t shade_index; /* found while checking */
};

/* A session's dots. */
struct design_layer {
    char name[DOT_PLAN_NAME_MAX];
    double share, diameter_share, depth_share;
    struct design_shade_share *shades; /* owned */
    size_t shade_count;
};

struct design_keep_out {
    char name[DOT_PLAN_NAME_MAX];
    struct design_point *points; /* owned; one: a spot; more: a line, closed: what it encloses */
    size_t point_count;
    double radius_mm, margin_mm;
    bool is_closed;
};

struct design_hair {
    double whorl_polar_deg[2], turn_deg, lean_deg;
    bool is_given;
};

struct design_follicle_file {
    char file[DESIGN_PATH_MAX]; /* beside the design's file */
    double spacing_mm;          /* nearest a dot may stand to a hair */
    bool is_given;
};

struct design {
    char name[DOT_PLAN_NAME_MAX];
    char path[DESIGN_PATH_MAX]; /* of the file, for messages; "" when made by a program */
    int64_t seed;
    double pitch_least_mm;
    bool has_standard_keep_outs;
    struct design_landmarks landmarks;
    struct design_hairline hairline;
    struct design_hair hair;
    struct design_follicle_file follicles;
    struct design_curve *curves; /* all lists owned */
    size_t curve_count;
    struct design_zone *zones;
    size_t zone_count;
    struct design_shade *shades;
    size_t shade_count;
    struct design_layer *layers;
    size_t layer_count;
    struct design_keep_out *keep_outs;
    size_t keep_out_count;
};

/* Least pitch that any plan may ask for. */
#define DESIGN_PITCH_LEAST_MM 0.7

/* Read and check: what can be said without a scan is said here, each with `file:line:column`. */
MUST_USE enum result design_read(const char *path, struct design *ret_design, struct error *err);
/* The same from memory; messages then name no line of what spans several keys. */
MUST_USE enum result design_parse(const char *name, const char *text, size_t size,
                                  struct design *ret_design, struct error *err);
void design_release(struct design *design);

/* Refuse with the place of a key ("zones[2].outline") in front of the sentence. */
MUST_USE enum result design_refuse(const struct design *design, struct error *err, const char *key,
                                   const char *format, ...) PRINTF_LIKE(4, 5);

#endif
