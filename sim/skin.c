#include "sim/skin.h"

#define HEIGHT_CHANGES_MM 0.25 /* farther than it ever changes by */

#define PUNCTURE_MM 0.1 /* of indentation: the epidermis */
#define PUNCTURE_N 0.30
#define CUTTING_N 0.10
#define FRICTION_N_MM 0.08
#define SIDEWAYS_N_MM 0.5

double skin_force_n(double depth_mm, double drag_mm, bool is_punctured, bool goes_in) {
    double part = fmin(depth_mm / PUNCTURE_MM, 1), friction_n = FRICTION_N_MM * depth_mm;
    double axial_n = !is_punctured ? PUNCTURE_N * part * part
                     : goes_in     ? CUTTING_N + friction_n
                                   : friction_n;
    return hypot(axial_n, SIDEWAYS_N_MM * drag_mm);
}

void skin_init(struct skin *skin, const struct field_view *field) {
    *skin = (struct skin){.field = field};
}

/* When the distance, linear between the last step and this one, goes through zero. */
static double crossing(const struct skin *skin, double distance_mm) {
    return skin->last_distance_mm / (skin->last_distance_mm - distance_mm);
}

static int64_t time_at(const struct skin *skin, double part, int64_t now_ns) {
    return skin->last_ns + (int64_t)(part * (double)(now_ns - skin->last_ns));
}

static void enter(struct skin *skin, struct pose T_rig_head, struct vec3 p_head, double distance_mm,
                  int64_t now_ns) {
    double part = crossing(skin, distance_mm);
    struct vec3 way = vec3_sub(p_head, skin->last_p_head);
    skin->is_in = true;
    skin->current = (struct puncture){.entry_ns = time_at(skin, part, now_ns),
                                      .p_head = vec3_mad(skin->last_p_head, part, way),
                                      .T_rig_head = T_rig_head};
    skin->current.n_head = vec3_unit(field_view_gradient(skin->field, skin->current.p_head));
}

static void dwell(struct skin *skin, struct vec3 p_head, double distance_mm) {
    struct puncture *current = &skin->current;
    struct vec3 way = vec3_sub(p_head, current->p_head);
    double along = vec3_dot(way, current->n_head), depth_mm = -distance_mm;
    double drag_mm = vec3_norm(vec3_mad(way, -along, current->n_head));
    bool goes_in = depth_mm > current->depth_mm, is_punctured = current->depth_mm > PUNCTURE_MM;
    current->depth_mm = fmax(current->depth_mm, depth_mm);
    current->drag_mm = fmax(current->drag_mm, drag_mm);
    current->force_n =
        fmax(current->force_n, skin_force_n(depth_mm, drag_mm, is_punctured, goes_in));
}

bool skin_step(struct skin *skin, struct pose T_rig_head, struct vec3 tip_rig, int64_t now_ns,
               struct puncture *ret_puncture) {
    struct vec3 p_head = pose_apply(pose_inverse(T_rig_head), tip_rig);
    double distance_mm = field_view_sample(skin->field, p_head) - skin->height_mm;
    bool has_ended = false;
    if (distance_mm > HEIGHT_CHANGES_MM) skin->height_mm = skin->next_height_mm;
    if (!skin->is_in && skin->has_last && distance_mm < 0)
        enter(skin, T_rig_head, p_head, distance_mm, now_ns);
    if (skin->is_in && distance_mm < 0) dwell(skin, p_head, distance_mm);
    if (skin->is_in && distance_mm >= 0) {
        skin->current.exit_ns = time_at(skin, crossing(skin, distance_mm), now_ns);
        *ret_puncture = skin->current;
        skin->is_in = false;
        has_ended = true;
    }
    skin->last_p_head = p_head;
    skin->last_distance_mm = distance_mm;
    skin->last_ns = now_ns;
    skin->has_last = true;
    return has_ended;
}
