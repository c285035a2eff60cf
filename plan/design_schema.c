/* The schema of design files, and reading by it; plan/design.c checks across keys. */
#include "plan/design_schema.h"

#include "base/config.h"

#define FIELDS(table) table, sizeof(table) / sizeof *(table)

const char *const design_region_words[] = {"anterior", "temporal", "posterior", NULL};
static const char *const follicle_words[] = {"ignore", "between", "match", NULL};

static const struct config_field point_fields[] = {
    CONFIG_OPTIONAL(struct design_point, CONFIG_NUMBERS, p_head_mm, .min = -250, .max = 250,
                    .count_min = 3, .count_max = 3,
                    .is_set_offset = offsetof(struct design_point, has_p_head)),
    CONFIG_OPTIONAL(struct design_point, CONFIG_NUMBERS, polar_deg, .min = -180, .max = 180,
                    .count_min = 2, .count_max = 2,
                    .is_set_offset = offsetof(struct design_point, has_polar)),
    CONFIG_OPTIONAL(struct design_point, CONFIG_STRING, curve),
    {.key = "reversed", .type = CONFIG_BOOL, .offset = offsetof(struct design_point, is_reversed)},
};
static const struct config_schema point_schema = {"point", FIELDS(point_fields),
                                                  sizeof(struct design_point)};

#define LANDMARK(member)                                                                      \
    CONFIG_REQUIRED(struct design_landmarks, CONFIG_NUMBERS, member, .min = -300, .max = 300, \
                    .count_min = 3, .count_max = 3)
static const struct config_field landmark_fields[] = {
    LANDMARK(nasion_mm),
    LANDMARK(brow_mm),
    LANDMARK(ear_left_mm),
    LANDMARK(ear_right_mm),
};
static const struct config_schema landmarks_schema = {"landmarks", FIELDS(landmark_fields),
                                                      sizeof(struct design_landmarks)};

static const struct config_field control_fields[] = {
    CONFIG_REQUIRED(struct design_control, CONFIG_NUMBER, side_mm, .min = -140, .max = 140),
    CONFIG_REQUIRED(struct design_control, CONFIG_NUMBER, height_mm, .min = -60, .max = 160),
};
static const struct config_schema control_schema = {"hairline point", FIELDS(control_fields),
                                                    sizeof(struct design_control)};

#define MEASURE(member, low, high, usual)                                                       \
    CONFIG_OPTIONAL(struct design_hairline, CONFIG_NUMBER, member, .min = (low), .max = (high), \
                    .default_number = (usual))
static const struct config_field hairline_fields[] = {
    MEASURE(height_mm, -60, 130, 68),
    MEASURE(peak_mm, -10, 15, 3),
    MEASURE(corner_mm, 25, 80, 52),
    MEASURE(recession_mm, 0, 45, 14),
    MEASURE(temple_mm, 0, 60, 34),
    MEASURE(asymmetry_mm, -6, 6, 1.5),
    MEASURE(cowlick_side_mm, -60, 60, 0),
    MEASURE(cowlick_height_mm, -15, 15, 0),
    MEASURE(cowlick_width_mm, 4, 40, 14),
    MEASURE(irregularity_mm, 0, 5, 1.6),
    MEASURE(feather_mm, 0, 25, 7),
    CONFIG_OPTIONAL(struct design_hairline, CONFIG_LIST, controls,
                    .count_offset = offsetof(struct design_hairline, control_count), .count_min = 3,
                    .count_max = DESIGN_CONTROLS_MAX, .child = &control_schema),
};
static const struct config_schema hairline_schema = {"hairline", FIELDS(hairline_fields),
                                                     sizeof(struct design_hairline)};

static const struct config_field curve_fields[] = {
    CONFIG_REQUIRED(struct design_curve, CONFIG_STRING, name),
    CONFIG_OPTIONAL(struct design_curve, CONFIG_LIST, points,
                    .count_offset = offsetof(struct design_curve, point_count), .count_min = 2,
                    .count_max = DESIGN_OUTLINE_MAX, .child = &point_schema),
    CONFIG_OPTIONAL(struct design_curve, CONFIG_NUMBERS, pen_rgb, .min = 0, .max = 255,
                    .count_min = 3, .count_max = 3,
                    .is_set_offset = offsetof(struct design_curve, has_pen)),
    CONFIG_OPTIONAL(struct design_curve, CONFIG_NUMBER, feather_mm, .min = 0, .max = 40,
                    .default_number = 0),
    CONFIG_OPTIONAL(struct design_curve, CONFIG_NUMBER, irregularity_mm, .min = 0, .max = 5,
                    .default_number = 0),
};
static const struct config_schema curve_schema = {"curve", FIELDS(curve_fields),
                                                  sizeof(struct design_curve)};

#define ZONE_NUMBER(member, low, high, usual)                                               \
    CONFIG_OPTIONAL(struct design_zone, CONFIG_NUMBER, member, .min = (low), .max = (high), \
                    .default_number = (usual))
static const struct config_field zone_fields[] = {
    CONFIG_REQUIRED(struct design_zone, CONFIG_STRING, name),
    CONFIG_REQUIRED(struct design_zone, CONFIG_WORD, region, .words = design_region_words),
    CONFIG_OPTIONAL(struct design_zone, CONFIG_LIST, outline,
                    .count_offset = offsetof(struct design_zone, outline_count), .count_min = 1,
                    .count_max = DESIGN_OUTLINE_MAX, .child = &point_schema),
    CONFIG_OPTIONAL(struct design_zone, CONFIG_STRING, band),
    ZONE_NUMBER(band_width_mm, 1, 80, 12),
    CONFIG_REQUIRED(struct design_zone, CONFIG_NUMBER, density_per_cm2, .min = 1, .max = 300),
    CONFIG_REQUIRED(struct design_zone, CONFIG_NUMBER, depth_um, .min = 300, .max = 1250),
    ZONE_NUMBER(depth_jitter_um, 0, 150, 0),
    CONFIG_REQUIRED(struct design_zone, CONFIG_NUMBER, diameter_um, .min = 250, .max = 500),
    ZONE_NUMBER(diameter_jitter_um, 0, 100, 0),
    ZONE_NUMBER(feather_mm, 0, 40, 0),
    ZONE_NUMBER(irregularity_mm, 0, 5, 0),
    ZONE_NUMBER(edge_diameter_share, 0.5, 1, 1),
    CONFIG_OPTIONAL(struct design_zone, CONFIG_WORD, follicles, .words = follicle_words,
                    .default_number = FOLLICLES_IGNORE),
    CONFIG_OPTIONAL(struct design_zone, CONFIG_INTEGER, seed, .min = 0, .max = 1e9,
                    .default_number = 0),
};
static const struct config_schema zone_schema = {"zone", FIELDS(zone_fields),
                                                 sizeof(struct design_zone)};

static const struct config_field shade_fields[] = {
    CONFIG_REQUIRED(struct design_shade, CONFIG_STRING, name),
    CONFIG_REQUIRED(struct design_shade, CONFIG_NUMBERS, rgb, .min = 0, .max = 255, .count_min = 3,
                    .count_max = 3),
};
static const struct config_schema shade_schema = {"shade", FIELDS(shade_fields),
                                                  sizeof(struct design_shade)};

static const struct config_field share_fields[] = {
    CONFIG_REQUIRED(struct design_shade_share, CONFIG_STRING, shade),
    CONFIG_OPTIONAL(struct design_shade_share, CONFIG_NUMBER, share, .min = 0.01, .max = 1,
                    .default_number = 1),
};
static const struct config_schema share_schema = {"layer's shade", FIELDS(share_fields),
                                                  sizeof(struct design_shade_share)};

static const struct config_field layer_fields[] = {
    CONFIG_REQUIRED(struct design_layer, CONFIG_STRING, name),
    CONFIG_REQUIRED(struct design_layer, CONFIG_NUMBER, share, .min = 0.05, .max = 1),
    CONFIG_OPTIONAL(struct design_layer, CONFIG_NUMBER, diameter_share, .min = 0.6, .max = 1.2,
                    .default_number = 1),
    CONFIG_OPTIONAL(struct design_layer, CONFIG_NUMBER, depth_share, .min = 0.7, .max = 1.1,
                    .default_number = 1),
    CONFIG_OPTIONAL(struct design_layer, CONFIG_LIST, shades,
                    .count_offset = offsetof(struct design_layer, shade_count), .count_min = 1,
                    .count_max = DOT_PLAN_SHADES_MAX, .child = &share_schema),
};
static const struct config_schema layer_schema = {"layer", FIELDS(layer_fields),
                                                  sizeof(struct design_layer)};

static const struct config_field keep_out_fields[] = {
    CONFIG_REQUIRED(struct design_keep_out, CONFIG_STRING, name),
    CONFIG_REQUIRED(struct design_keep_out, CONFIG_LIST, points,
                    .count_offset = offsetof(struct design_keep_out, point_count), .count_min = 1,
                    .count_max = DESIGN_OUTLINE_MAX, .child = &point_schema),
    CONFIG_OPTIONAL(struct design_keep_out, CONFIG_NUMBER, radius_mm, .min = 0, .max = 60,
                    .default_number = 0),
    CONFIG_OPTIONAL(struct design_keep_out, CONFIG_NUMBER, margin_mm, .min = 0, .max = 20,
                    .default_number = 2),
    {.key = "closed", .type = CONFIG_BOOL, .offset = offsetof(struct design_keep_out, is_closed)},
};
static const struct config_schema keep_out_schema = {"keep-out", FIELDS(keep_out_fields),
                                                     sizeof(struct design_keep_out)};

static const struct config_field hair_fields[] = {
    CONFIG_REQUIRED(struct design_hair, CONFIG_NUMBERS, whorl_polar_deg, .min = -180, .max = 180,
                    .count_min = 2, .count_max = 2),
    CONFIG_OPTIONAL(struct design_hair, CONFIG_NUMBER, turn_deg, .min = -90, .max = 90,
                    .default_number = 55),
    CONFIG_OPTIONAL(struct design_hair, CONFIG_NUMBER, lean_deg, .min = 0, .max = 4,
                    .default_number = 0),
};
static const struct config_schema hair_schema = {"hair", FIELDS(hair_fields),
                                                 sizeof(struct design_hair)};

static const struct config_field follicle_fields[] = {
    CONFIG_REQUIRED(struct design_follicle_file, CONFIG_STRING, file),
    CONFIG_OPTIONAL(struct design_follicle_file, CONFIG_NUMBER, spacing_mm, .min = 0.3, .max = 3,
                    .default_number = DESIGN_PITCH_LEAST_MM),
};
static const struct config_schema follicle_schema = {"follicles", FIELDS(follicle_fields),
                                                     sizeof(struct design_follicle_file)};

#define OBJECT(member, schema, flag)                                          \
    CONFIG_OPTIONAL(struct design, CONFIG_OBJECT, member, .child = &(schema), \
                    .is_set_offset = offsetof(struct design, flag))
#define LIST(member, counter, most, schema)                                           \
    CONFIG_OPTIONAL(struct design, CONFIG_LIST, member,                               \
                    .count_offset = offsetof(struct design, counter), .count_min = 1, \
                    .count_max = (most), .child = &(schema))
static const struct config_field design_fields[] = {
    CONFIG_REQUIRED(struct design, CONFIG_STRING, name),
    CONFIG_OPTIONAL(struct design, CONFIG_INTEGER, seed, .min = 0, .max = 1e9, .default_number = 1),
    CONFIG_OPTIONAL(struct design, CONFIG_NUMBER, pitch_least_mm, .min = DESIGN_PITCH_LEAST_MM,
                    .max = 3, .default_number = DESIGN_PITCH_LEAST_MM),
    {.key = "standard_keep_outs",
     .type = CONFIG_BOOL,
     .offset = offsetof(struct design, has_standard_keep_outs),
     .default_number = 1},
    OBJECT(landmarks, landmarks_schema, landmarks.are_given),
    OBJECT(hairline, hairline_schema, hairline.is_given),
    OBJECT(hair, hair_schema, hair.is_given),
    OBJECT(follicles, follicle_schema, follicles.is_given),
    LIST(curves, curve_count, DESIGN_CURVES_MAX, curve_schema),
    CONFIG_REQUIRED(struct design, CONFIG_LIST, zones,
                    .count_offset = offsetof(struct design, zone_count), .count_min = 1,
                    .count_max = DOT_PLAN_ZONES_MAX, .child = &zone_schema),
    LIST(shades, shade_count, DOT_PLAN_SHADES_MAX, shade_schema),
    LIST(layers, layer_count, DESIGN_LAYERS_MAX, layer_schema),
    LIST(keep_outs, keep_out_count, DESIGN_KEEP_OUTS_MAX, keep_out_schema),
};
const struct config_schema design_schema = {"design", FIELDS(design_fields), sizeof(struct design)};
