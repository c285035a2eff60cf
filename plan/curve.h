/* Curves on the skin: points of a design turned into closely spaced places on the chart. */
#ifndef SMPRIG_PLAN_CURVE_H
#define SMPRIG_PLAN_CURVE_H

#include "plan/chart.h"
#include "plan/design.h"

#define CURVE_HAIRLINE "hairline" /* the name of the curve that the hairline's rule makes */
#define CURVE_STEP_MM 2.0
#define CURVE_NODES_MAX 4096

struct curve_node {
    struct map_point q;
    struct vec3 p_head;
    double feather_mm, irregularity_mm; /* of the edge from here to the next node */
};

struct curve {
    struct curve_node *nodes; /* owned */
    size_t count, capacity;
};

/* What curves are made on. */
struct curve_ground {
    const struct chart *chart;
    const struct mesh *mesh;
    const struct design *design;
    const struct curve *named; /* design->curve_count of them, then the hairline; NULL: none yet */
};

void curve_release(struct curve *curve);
/* Add the place at q; RESULT_RANGE where the scan has no skin there. */
MUST_USE enum result curve_add(const struct chart *chart, struct map_point q, double feather_mm,
                               struct curve *curve);
/* Length along the skin, mm. */
double curve_length_mm(const struct curve *curve);

/* A single place of a design. `key` is where it stands in the file, for the message when it is off
 * the scan. */
MUST_USE enum result curve_place(const struct curve_ground *ground,
                                 const struct design_point *point, const char *key,
                                 struct map_point *ret_q, struct error *err);
/* Points about CURVE_STEP_MM apart on a smooth line through the given ones (centripetal
 * Catmull-Rom, Yuksel et al. 2011), in any plane; at most `most`. Returns how many. */
size_t curve_spline(const struct map_point *points, size_t count, struct map_point *out,
                    size_t most);
/* The same as a curve on the skin, open. */
MUST_USE enum result curve_through(const struct chart *chart, const struct map_point *points,
                                   size_t count, struct curve *ret_curve);
/* A zone's closed outline: points joined straight over the skin, named curves taken in. */
MUST_USE enum result curve_outline(const struct curve_ground *ground,
                                   const struct design_point *points, size_t count, const char *key,
                                   struct curve *ret_curve, struct error *err);
/* The closed outline of a band of `width_mm` along a curve, tapering at its ends. */
MUST_USE enum result curve_band(const struct chart *chart, const struct curve *line,
                                double width_mm, struct curve *ret_curve);
bool curve_crosses_itself(const struct curve *closed);

#endif
