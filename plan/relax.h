/* Spreads dots over skin: blue noise of the wanted, varying density, measured on the skin itself.
 *
 * Two steps. First every dot is a Gaussian of the width that its density asks for, and all move
 * downhill on the difference between the sum of the Gaussians and the wanted density smoothed the
 * same way (Gaussian blue noise: Ahmed, Ren and Wonka 2022, ACM TOG 41-6; Fattal 2011): that gives
 * the right number everywhere, no low frequencies, and borders without a row of dots along them,
 * since the wanted density ends there too. Then pairs that are still nearer than the pitch push
 * each other apart (position-based dynamics: Mueller et al. 2007). Few steps from a disordered
 * start keep the dots from settling into a lattice.
 *
 * Distances are chords: on skin between dots a few millimetres apart the way along it is longer by
 * less than 0.01 %, never shorter, so a pitch held by chords is held along the skin. */
#ifndef SMPRIG_PLAN_RELAX_H
#define SMPRIG_PLAN_RELAX_H

#include "base/rng.h"
#include "plan/cloud.h"

/* Wanted pitch between neighbours over that of the hexagonal lattice of the same density. Random
 * discs can be packed to 0.96 at most; natural follicles stand nearer 0.75. */
#define RELAX_RADIUS 0.775
/* The most that a density may ask of the least pitch by the same measure. */
#define RELAX_RADIUS_MOST 0.86

/* Where dots may be and how many; by chart cell. */
struct relax_ground {
    const struct chart *chart;
    const float *wanted; /* of this zone, dots a cell; 0: no dot may be there */
    const float
        *surroundings;       /* all that is to stand there, this zone and fixed ones, dots a cell */
    const float *spacing_mm; /* 1 / sqrt(density) of the surroundings; 0 outside */
    double pitch_least_mm;
};

struct relax_fixed {
    struct vec3 p_head;
    bool counts; /* towards this zone's number: a hair or an earlier dot of it */
};

/* Place as many dots as are wanted beyond what counting fixed ones give around them. *ret_cloud:
 * the movable points are the new dots; owned by the caller. Every pair, fixed ones included, is at
 * least pitch_least_mm apart: what does not fit is left out and counted in *ret_left_out. */
MUST_USE enum result relax_fill(const struct relax_ground *ground, const struct relax_fixed *fixed,
                                size_t fixed_count, uint64_t seed, struct cloud *ret_cloud,
                                size_t *ret_left_out);

#endif
