/* The single steps of plan/prepare.h; between its own files. */
#ifndef SMPRIG_PLAN_PREPARE_STEPS_H
#define SMPRIG_PLAN_PREPARE_STEPS_H

#include "plan/prepare.h"

/* Drop the triangles that lie wholly below; how many. */
size_t prepare_cut(struct mesh *mesh, double z_mm);
/* Keep the piece with the most triangles. */
MUST_USE enum result prepare_drop_pieces(struct mesh *mesh, size_t *ret_pieces,
                                         size_t *ret_triangles);
/* Take out vertices that stand far off their neighbours: tufts and stray points. */
MUST_USE enum result prepare_drop_spikes(struct mesh *mesh, size_t *ret_count);
/* Close holes whose rim is at most rim_mm long with a fan from the rim's middle. */
MUST_USE enum result prepare_fill_holes(struct mesh *mesh, double rim_mm,
                                        struct prepare_report *report);
/* Taubin 1995 ("A signal processing approach to fair surface design"): no shrinking; each vertex
 * stays within most_mm of where it was. */
MUST_USE enum result prepare_smooth(struct mesh *mesh, double most_mm,
                                    struct prepare_report *report);

#endif
