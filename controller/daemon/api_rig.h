/* The rig's build as the page draws it: axes, the chain from base to tool, the tool's envelope. All
 * returned values are new references; NULL without memory. */
#ifndef SMPRIG_CONTROLLER_DAEMON_API_RIG_H
#define SMPRIG_CONTROLLER_DAEMON_API_RIG_H

#include <jansson.h>

#include "base/geom.h"
#include "motion/rig.h"

/* name, kind, axes (rig order), chain (indexes of axes from base to tool), T_rig_tool_zero (at zero
 * configuration), capsules (tool frame). */
json_t *rig_json(const struct rig *rig);
/* The upper three rows of the 4 x 4 matrix, row by row: 12 numbers, mm. */
json_t *vector_json(struct vec3 v);
json_t *pose_json(struct pose T);

#endif
