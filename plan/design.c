#include "plan/design.h"

#include <stdio.h>

#include "base/config.h"

static const char *const region_words[] = {"anterior", "temporal", "posterior", NULL};

/* Ceilings by region, um: the same numbers as safety/limits.h, refused here with the key's place.
 */
static const double depth_ceiling_um[REGION_COUNT] = {1000, 1150, 1250};

static const struct config_field point_fields[] = {
    CONFIG_REQUIRED(struct design_point, CONFIG_NUMBERS, p_head_mm, .min = -250, .max = 250,
                    .count_min = 3, .count_max = 3),
};
static const struct config_schema point_schema = {"outline point", point_fields,
                                                  sizeof point_fields / sizeof *point_fields,
                                                  sizeof(struct design_point)};

static const struct config_field zone_fields[] = {
    CONFIG_REQUIRED(struct design_zone, CONFIG_STRING, name),
    CONFIG_REQUIRED(struct design_zone, CONFIG_WORD, region, .words = region_words),
    CONFIG_REQUIRED(struct design_zone, CONFIG_LIST, outline,
                    .count_offset = offsetof(struct design_zone, outline_count), .count_min = 3,
                    .count_max = DESIGN_OUTLINE_MAX, .child = &point_schema),
    CONFIG_REQUIRED(struct design_zone, CONFIG_NUMBER, density_per_cm2, .min = 1, .max = 300),
    CONFIG_REQUIRED(struct design_zone, CONFIG_NUMBER, depth_um, .min = 300, .max = 1250),
    CONFIG_OPTIONAL(struct design_zone, CONFIG_NUMBER, depth_jitter_um, .min = 0, .max = 150,
                    .default_number = 0),
    CONFIG_REQUIRED(struct design_zone, CONFIG_NUMBER, diameter_um, .min = 250, .max = 500),
    CONFIG_OPTIONAL(struct design_zone, CONFIG_NUMBER, diameter_jitter_um, .min = 0, .max = 100,
                    .default_number = 0),
};
static const struct config_schema zone_schema = {
    "zone", zone_fields, sizeof zone_fields / sizeof *zone_fields, sizeof(struct design_zone)};

static const struct config_field design_fields[] = {
    CONFIG_REQUIRED(struct design, CONFIG_STRING, name),
    CONFIG_OPTIONAL(struct design, CONFIG_INTEGER, seed, .min = 0, .max = 1e9, .default_number = 1),
    CONFIG_REQUIRED(struct design, CONFIG_LIST, zones,
                    .count_offset = offsetof(struct design, zone_count), .count_min = 1,
                    .count_max = DOT_PLAN_ZONES_MAX, .child = &zone_schema),
};
static const struct config_schema design_schema = {
    "design", design_fields, sizeof design_fields / sizeof *design_fields, sizeof(struct design)};

static enum result check_zone(const char *path, const struct design *design, size_t index,
                              struct error *err) {
    const struct design_zone *zone = &design->zones[index];
    char key[64], where[ERROR_TEXT_MAX / 2];
    double pitch_mm = sqrt(2.0 / (sqrt(3.0) * zone->density_per_cm2 / 100.0));
    if (pitch_mm < DESIGN_PITCH_LEAST_MM) {
        snprintf(key, sizeof key, "zones[%zu].density_per_cm2", index);
        config_where(path, key, where, sizeof where);
        return error_set(err, RESULT_RANGE,
                         "%s: %g dots/cm2 would stand %.2f mm apart, the least is %.2f mm", where,
                         zone->density_per_cm2, pitch_mm, DESIGN_PITCH_LEAST_MM);
    }
    if (zone->depth_um + zone->depth_jitter_um > depth_ceiling_um[zone->region]) {
        snprintf(key, sizeof key, "zones[%zu].depth_um", index);
        config_where(path, key, where, sizeof where);
        return error_set(err, RESULT_RANGE,
                         "%s: %g um with its jitter is deeper than the %s ceiling, %g um", where,
                         zone->depth_um + zone->depth_jitter_um, region_words[zone->region],
                         depth_ceiling_um[zone->region]);
    }
    return RESULT_OK;
}

enum result design_read(const char *path, struct design *ret_design, struct error *err) {
    struct design design;
    enum result result = config_read(path, &design_schema, &design, err);
    if (result != RESULT_OK) return result;
    for (size_t i = 0; result == RESULT_OK && i < design.zone_count; i++)
        result = check_zone(path, &design, i, err);
    if (result != RESULT_OK) {
        design_release(&design);
        return result;
    }
    *ret_design = design;
    return RESULT_OK;
}

void design_release(struct design *design) {
    config_release(&design_schema, design);
}
