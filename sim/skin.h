/* The skin as the needle meets it: true punctures in the head's frame. */
#ifndef SMPRIG_SIM_SKIN_H
#define SMPRIG_SIM_SKIN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/field_view.h"

struct puncture {
    int64_t entry_ns, exit_ns;
    uint32_t line;          /* N word that the firmware was executing */
    double entry_stroke_mm; /* of the needle out of its sleeve then; 0: the skin came to it */
    struct vec3 p_head;     /* where the tip met the skin, mm */
    struct vec3 n_head;     /* outward normal there */
    double depth_mm;        /* deepest, along the field */
    double drag_mm;         /* farthest lateral way of the tip within the skin */
    double force_n;         /* greatest on the needle, by skin_force_n() */
    struct pose T_rig_head; /* at entry */
};

struct skin {
    const struct field_view *field; /* the caller's, head frame */
    double height_mm;               /* the true skin stands so far above the scan: a fault */
    double next_height_mm;          /* and will, once the needle is away from it */
    bool is_in, has_last;
    struct vec3 last_p_head;
    double last_distance_mm; /* positive outside */
    int64_t last_ns;
    struct puncture current;
};

/* What the skin does to a needle of 0.3 mm (Okamura, Simone and O'Leary 2004, IEEE Trans. Biomed.
 * Eng. 51(10): stiffness before the puncture, friction and cutting after it), axially, and a
 * spring sideways:
 *
 *     not yet punctured:  (depth / 0.1 mm)^2 * 0.30 N      up to the puncture at 0.1 mm
 *     going in:           0.10 N + 0.08 N/mm * depth       cutting, friction along the shaft
 *     going out:          0.08 N/mm * depth                friction alone
 *     sideways:           0.5 N/mm * drag
 *
 * The shape is the paper's; the numbers are assumptions of the right order for fine needles, not
 * measured on scalps (docs/sim.md). goes_in: deeper than ever before. */
double skin_force_n(double depth_mm, double drag_mm, bool is_punctured, bool goes_in);

void skin_init(struct skin *skin, const struct field_view *field);
/* The tip's place now; true when a puncture has just ended: *ret_puncture is filled. The entry and
 * the exit are put where the distance, taken as linear between two calls, goes through zero: calls
 * 0.1 ms apart or less near the skin give them to a micrometre. */
bool skin_step(struct skin *skin, struct pose T_rig_head, struct vec3 tip_rig, int64_t now_ns,
               struct puncture *ret_puncture);

#endif
