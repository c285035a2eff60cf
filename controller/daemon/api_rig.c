/* The rig's build as the page draws it. */
#include "controller/daemon/api_rig.h"

json_t *vector_json(struct vec3 v) {
    return json_pack("[f, f, f]", v.x, v.y, v.z);
}

json_t *pose_json(struct pose T) {
    json_t *rows = json_array();
    const double t[3] = {T.t.x, T.t.y, T.t.z};
    for (int row = 0; row < 3; row++) {
        for (int column = 0; column < 3; column++)
            json_array_append_new(rows, json_real(T.R.m[row][column]));
        json_array_append_new(rows, json_real(t[row]));
    }
    return rows;
}

static json_t *axis_json(const struct rig_axis *axis) {
    const char letter[2] = {axis->letter, '\0'};
    return json_pack("{s:s, s:f, s:f, s:b, s:o, s:o}", "letter", letter, "min", axis->min, "max",
                     axis->max, "is_rotary", axis->is_rotary, "direction",
                     vector_json(axis->direction), "point_mm", vector_json(axis->point));
}

json_t *rig_json(const struct rig *rig) {
    json_t *axes = json_array(), *chain = json_array(), *capsules = json_array();
    for (size_t i = 0; i < rig->axis_count; i++) {
        json_array_append_new(axes, axis_json(&rig->axes[i]));
        json_array_append_new(chain, json_integer((json_int_t)rig->chain_order[i]));
    }
    for (size_t i = 0; i < rig->capsule_count; i++)
        json_array_append_new(
            capsules,
            json_pack("{s:o, s:o, s:f}", "a_mm", vector_json(rig->capsules[i].a), "b_mm",
                      vector_json(rig->capsules[i].b), "radius_mm", rig->capsules[i].radius_mm));
    return json_pack("{s:s, s:s, s:o, s:o, s:o, s:o}", "name", rig->name, "kind",
                     rig->kind == RIG_GANTRY5 ? "gantry5" : "arm6", "axes", axes, "chain", chain,
                     "T_rig_tool_zero", pose_json(rig->M_tool), "capsules", capsules);
}
