/* A dot and a plan of dots, in the head frame (the scan's frame: mm, RAS).
 *
 * The file (docs/formats.md) is a binary PLY point cloud that MeshLab and CloudCompare open. The
 * guard reads the same file with a reader of its own (safety/), so the layout is fixed. */
#ifndef SMPRIG_PLAN_DOT_H
#define SMPRIG_PLAN_DOT_H

#include <stddef.h>
#include <stdint.h>

#include "base/file.h"
#include "base/geom.h"
#include "base/result.h"
#include "plan/stop.h"

#define DOT_PLAN_DOTS_MAX 200000u
#define DOT_PLAN_ZONES_MAX 32u
#define DOT_PLAN_SHADES_MAX 16u
#define DOT_PLAN_NAME_MAX 32u
#define DOT_PLAN_KEEP_OUTS_MAX 4096u

/* Where on the scalp: sets the depth ceiling (1.00 / 1.15 / 1.25 mm). */
enum scalp_region { REGION_ANTERIOR, REGION_TEMPORAL, REGION_POSTERIOR, REGION_COUNT };

/* The compiled depth ceilings by region, um (docs/hazards.md); the guard has its own, written
 * apart. */
extern const double dot_depth_ceiling_um[REGION_COUNT];

struct dot {
    uint32_t id;        /* stable within a case: later edits of other zones do not change it */
    struct vec3 p_head; /* on the skin, mm */
    struct vec3 n_head; /* outward unit normal; the needle enters along -n */
    uint16_t depth_um;  /* wanted depth below the skin */
    uint16_t diameter_um;
    uint8_t zone;   /* index into dot_plan.zone_names */
    uint8_t region; /* enum scalp_region */
    uint8_t layer;  /* 0-based session of the dot */
    uint8_t shade;  /* index into dot_plan.shade_names */
};

/* Where no needle may go: no dot's place inside the ball. Brows, ears, moles and lesions are unions
 * of balls, margin included, so that planner and guard ask the same few numbers. */
struct keep_out {
    struct vec3 p_head; /* mm */
    double radius_mm;
};

struct dot_plan {
    struct dot *dots; /* owned; in file order (the order of striking once ordered) */
    size_t dot_count;
    struct keep_out *keep_outs; /* owned */
    size_t keep_out_count;
    char scan_sha256[SHA256_HEX_SIZE]; /* of the canonical scan PLY that the dots lie on */
    size_t zone_count, shade_count;
    char zone_names[DOT_PLAN_ZONES_MAX][DOT_PLAN_NAME_MAX];
    char shade_names[DOT_PLAN_SHADES_MAX][DOT_PLAN_NAME_MAX];
    uint8_t shade_rgb[DOT_PLAN_SHADES_MAX][3]; /* the pigment in the bottle */
    struct plan_stop *stops;                   /* owned; by rising `before` */
    size_t stop_count;
};

/* Read and validate a plan file: finite numbers, unit normals, ids unique, indexes in range. */
MUST_USE enum result dot_plan_read(const char *path, struct dot_plan *ret_plan, struct error *err);
/* Write whole or not at all. */
MUST_USE enum result dot_plan_write(const struct dot_plan *plan, const char *path,
                                    struct error *err);
void dot_plan_release(struct dot_plan *plan);
/* The index of the dot with this id, dot_count when there is none. */
size_t dot_plan_find(const struct dot_plan *plan, int64_t id);
/* The index of a keep-out that the place lies in, -1 when it is free. NaN counts as kept out. */
int dot_plan_keep_out_at(const struct dot_plan *plan, struct vec3 p_head);

#endif
