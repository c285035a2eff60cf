/* A plan's dots on its scan, each in the colour of the head position that reaches it. */
#ifndef SMPRIG_CLI_REACH_PICTURE_H
#define SMPRIG_CLI_REACH_PICTURE_H

#include "motion/reach.h"
#include "plan/mesh.h"

/* Five views in one PNG, with a legend; written whole or not at all. */
MUST_USE enum result reach_picture_write(const struct mesh *mesh, const struct dot_plan *plan,
                                         const struct reach_plan *reach, const char *path,
                                         struct error *err);

#endif
