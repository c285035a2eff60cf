#include "controller/guard/guard_bind.h"

#include <math.h>

#include "safety/limits.h"

struct gate_rig guard_gate_rig(const struct rig *rig) {
    struct gate_rig out = {.axis_count = (int)rig->axis_count,
                           .stroke_max_mm = fmin(rig->needle.max, LIMIT_STROKE_MM),
                           .needle_speed_mm_s = rig->needle.speed_max,
                           .needle_acceleration_mm_s2 = rig->needle.acceleration_max,
                           .tip_clearance_mm = rig->tip_clearance_mm,
                           .body_clearance_mm = rig->body_clearance_mm,
                           .tilt_tolerance_rad = fmin(rig->tilt_tolerance_rad, LIMIT_TILT_RAD),
                           .capsule_count = (int)rig->capsule_count};
    out.chain = (struct chain){.joint_count = (int)rig->axis_count, .tip = rig->M_tool.t};
    out.chain.up = mat3_apply(rig->M_tool.R, vec3_make(0, 0, 1));
    out.chain.side = mat3_apply(rig->M_tool.R, vec3_make(1, 0, 0));
    for (size_t i = 0; i < rig->axis_count; i++) {
        const struct rig_axis *axis = &rig->axes[rig->chain_order[i]];
        out.axes[i] = (struct gate_axis){rig->axes[i].min, rig->axes[i].max, rig->axes[i].speed_max,
                                         rig->axes[i].acceleration_max};
        out.chain.joints[i] = (struct chain_joint){axis->is_rotary, axis->direction, axis->point,
                                                   (int)rig->chain_order[i]};
    }
    for (size_t i = 0; i < rig->capsule_count; i++)
        out.capsules[i] = (struct gate_capsule){rig->capsules[i].a, rig->capsules[i].b,
                                                rig->capsules[i].radius_mm};
    return out;
}
