/* What a plan is, zone by zone and session by session, and which of its dots must not be struck
 * (`smprig plan check`). The guard refuses the same dots later (safety/gate_check.c); this says so
 * beforehand, with their numbers. */
#ifndef SMPRIG_PLAN_CHECK_H
#define SMPRIG_PLAN_CHECK_H

#include "base/field_view.h"
#include "plan/dot.h"

#define PLAN_CHECK_BIN_MM 0.1
#define PLAN_CHECK_BINS 25 /* the last one holds all that is wider */
#define PLAN_CHECK_LAYERS_MAX 6
#define PLAN_CHECK_FAULTS_MAX 10000u
/* Limits, each as strict as the guard's (hazards 10, 15, 17, 20). */
#define PLAN_CHECK_PITCH_MM 0.5
#define PLAN_CHECK_OFF_SKIN_MM 0.5
#define PLAN_CHECK_TILT_DEG 30.0
#define PLAN_CHECK_DIAMETER_UM 500    /* a bigger dot is no hair: the field's guides */
#define PLAN_CHECK_DEPTH_LEAST_UM 100 /* the epidermis: what stays in it is shed */
/* A strike with its travel, for an estimate; `smprig order` reckons with the rig. */
#define PLAN_CHECK_DOT_S 0.17
/* Pigment to prepare over what stays in the skin: wiping and the cartridge take most. */
#define PLAN_CHECK_PIGMENT_FACTOR 20.0

enum plan_fault_kind {
    PLAN_FAULT_PITCH,    /* nearer than the pitch to `other` (hazard 15) */
    PLAN_FAULT_KEEP_OUT, /* inside keep-out number `other` (hazard 17) */
    PLAN_FAULT_DEEP,     /* deeper than the region's ceiling (hazard 10) */
    PLAN_FAULT_SHALLOW,  /* within the epidermis */
    PLAN_FAULT_DIAMETER,
    PLAN_FAULT_OFF_SKIN, /* not on the scan (hazards 18, 20) */
    PLAN_FAULT_TILT,     /* the needle would not enter along the skin's normal */
    PLAN_FAULT_LAYER,    /* more sessions than a plan may have */
    PLAN_FAULT_COUNT
};

struct plan_fault {
    enum plan_fault_kind kind;
    uint32_t dot;   /* id */
    uint32_t other; /* id of the other dot, or the keep-out's number; UINT32_MAX: none */
    double value, limit;
};

/* All of it NaN-free for a zone with dots; zeros for one without. */
struct plan_check_zone {
    size_t dots, faults;
    double density_per_cm2;             /* of the middle dot by its 24 neighbours, edges left out */
    size_t pitch_bins[PLAN_CHECK_BINS]; /* distance to the nearest dot of all sessions */
    double pitch_least_mm, pitch_median_mm;
    /* Blue noise: nearest neighbour over the hexagonal lattice's pitch of the density around (Lagae
     * and Dutre 2008), as 99 of 100 dots exceed it: random dots are near 0.1, a lattice 1. */
    double radius;
    double variation; /* standard deviation of that share over its mean: random 0.52, lattice 0 */
    uint8_t region;   /* of the deepest dot against its skin */
    uint16_t depth_least_um, depth_most_um;
    double skin_share_most; /* deepest depth over the thickness of the skin there */
};

struct plan_check_layer {
    size_t dots;
    size_t shades[DOT_PLAN_SHADES_MAX]; /* dots of each */
    double length_s, pigment_ul;        /* of all shades, to prepare */
};

struct plan_check {
    struct plan_check_zone zones[DOT_PLAN_ZONES_MAX];
    struct plan_check_layer layers[PLAN_CHECK_LAYERS_MAX];
    size_t layer_count;
    size_t fault_counts[PLAN_FAULT_COUNT]; /* all of them */
    struct plan_fault *faults;             /* owned; the first PLAN_CHECK_FAULTS_MAX */
    size_t fault_count;
};

/* The word of --json, and a sentence's end for people ("nearer than the pitch"). */
const char *plan_fault_name(enum plan_fault_kind kind);
const char *plan_fault_text(enum plan_fault_kind kind);
/* Thickness of the scalp's skin, um; 0 for an unknown region (docs/hazards.md has the source). */
double plan_skin_thickness_um(uint8_t region);

/* skin: the scan's distance field. RESULT_NO_MEMORY only: what is wrong with the plan is in the
 * faults. */
MUST_USE enum result plan_check(const struct dot_plan *plan, const struct field_view *skin,
                                struct plan_check *ret_check, struct error *err);
void plan_check_release(struct plan_check *check);

#endif
