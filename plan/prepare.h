/* A scan as it comes, made into one that the planner takes: units, axes, loose pieces, spikes, a
 * cut, small holes, noise, size. Each step says what it changed (docs/sim.md, "Scans as they
 * come").
 *
 * Memory: about 120 bytes a triangle at most beyond what the reader needs. */
#ifndef SMPRIG_PLAN_PREPARE_H
#define SMPRIG_PLAN_PREPARE_H

#include <stdbool.h>

#include "plan/fill.h"
#include "plan/mesh.h"

struct prepare_setup {
    double scale; /* mm a unit of the file; 0: guessed from the bounding box */
    /* Landmarks in the file's own axes and units: root of the nose, and in front of each ear. With
     * them the scan is turned to RAS, its origin between the ears and ORIGIN_UP_MM above, near the
     * anterior commissure. */
    bool has_landmarks;
    struct vec3 nasion, ear_left, ear_right;
    double cut_z_mm;  /* what lies wholly below, after turning, is cut; NaN: nothing */
    double hole_mm;   /* holes with a rim up to this are filled; 0: none */
    double smooth_mm; /* no vertex is moved farther by smoothing; 0: no smoothing */
    size_t vertices;  /* at most so many are left; 0: no decimation */
};

struct prepare_report {
    double scale;
    const char *unit; /* "m", "cm", "inch", "mm" */
    size_t vertices_before, triangles_before, vertices_after, triangles_after;
    size_t pieces_dropped, piece_triangles, spikes, cut_triangles;
    size_t holes_filled, holes_left; /* left: wider than hole_mm, open ends included */
    double longest_rim_filled_mm;
    double moved_max_mm, moved_rms_mm; /* by smoothing */
    double decimate_mm;                /* largest error of a collapse */
};

/* RESULT_RANGE: no unit makes it a head, or the landmarks are none. The mesh is as it was on
 * failure of the first two steps, else partly changed. */
MUST_USE enum result prepare_scan(struct mesh *mesh, const struct prepare_setup *setup,
                                  struct fill_progress progress, struct prepare_report *ret_report,
                                  struct error *err);

#endif
