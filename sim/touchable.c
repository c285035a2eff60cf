#include "sim/touchable.h"

#include <math.h>
#include <string.h>

#include "motion/kinematics.h"

#define PLATE_RADIUS_MM 20.0
#define PLATE_THICK_MM 5.0 /* a tip deeper below its face than that is beside it */
#define SKIN_NEAR_MM 3.0   /* the head is looked at from here on */
#define TRACE_STEPS 32
#define TRACE_DONE_MM 1e-4

void touchable_lengthen_needle(struct rig *rig, double longer_mm) {
    struct vec3 up = mat3_apply(rig->M_tool.R, vec3_make(0, 0, 1));
    rig->M_tool.t = vec3_mad(rig->M_tool.t, -longer_mm, up);
}

/* Along the needle from the retracted tip to the plate; infinite beside it. The plate faces the
 * needle of a rig that stands at the setter. */
static double to_plate_mm(const struct world *world) {
    const struct rig *rig = &world->rig;
    struct axes at = {{0}};
    if (!rig->has_setter) return INFINITY;
    memcpy(at.q, rig->setter.q, sizeof at.q);
    struct vec3 normal = pose_rotate(kinematics_forward(rig, &at), vec3_make(0, 0, 1));
    struct vec3 up = pose_rotate(world->T_rig_tool, vec3_make(0, 0, 1));
    double facing = vec3_dot(up, normal);
    if (!(facing > 0.5)) return INFINITY;
    struct vec3 off = vec3_sub(world->T_rig_tool.t, rig->setter.p_rig);
    double stroke_mm = vec3_dot(off, normal) / facing;
    double beside_mm = vec3_norm(vec3_mad(off, -stroke_mm, up));
    return beside_mm <= PLATE_RADIUS_MM && stroke_mm > -PLATE_THICK_MM ? stroke_mm
                                                                       : (double)INFINITY;
}

/* The same to the skin, by sphere tracing through the distance field (Hart 1996). */
static double to_skin_mm(const struct world *world) {
    struct pose T_head_rig = pose_inverse(world->T_rig_head);
    struct vec3 p = pose_apply(T_head_rig, world->T_rig_tool.t);
    struct vec3 along =
        pose_rotate(T_head_rig, pose_rotate(world->T_rig_tool, vec3_make(0, 0, -1)));
    double way_mm = 0;
    for (int i = 0; i < TRACE_STEPS; i++) {
        double off_mm = field_view_sample(world->skin.field, vec3_mad(p, way_mm, along)) -
                        world->skin.height_mm;
        if (!(off_mm <= SKIN_NEAR_MM)) break;
        way_mm += off_mm;
        if (fabs(off_mm) < TRACE_DONE_MM) return way_mm;
    }
    return INFINITY;
}

void touchable_step(struct world *world) {
    int needle = firmware_axis(world->rig.needle.letter);
    double stroke_mm = fmin(to_plate_mm(world), to_skin_mm(world));
    firmware_set_probe_surface(&world->firmware, isfinite(stroke_mm) ? needle : -1, -stroke_mm);
}
