#include "vision/edge_view.h"

#define ANSWER_MIN 0.3

double edge_answer(double blur_px, double reach_px) {
    if (!(blur_px > 0.3)) return 1;
    double h = reach_px / blur_px;
    double density = exp(-0.5 * h * h) / sqrt(2 * PI), step = erf(h / sqrt(2));
    return fmax(1 - 2 * h * density / step, ANSWER_MIN);
}

bool edge_view_predict(const struct camera_model *model, struct pose T_camera_model,
                       const struct edge_point *point, double cell_mm, struct edge_view *ret_view) {
    struct edge_view view = {0};
    struct vec3 p_camera = pose_apply(T_camera_model, point->p_head);
    if (!camera_project_jacobian(model, p_camera, &view.line.at, &view.J)) return false;
    struct vec3 along = pose_rotate(T_camera_model, point->along_head);
    struct vec3 bright = pose_rotate(T_camera_model, point->bright_head);
    double tu = vec3_dot(view.J.du, along), tv = vec3_dot(view.J.dv, along);
    double length = sqrt(tu * tu + tv * tv);
    double bu = vec3_dot(view.J.du, bright), bv = vec3_dot(view.J.dv, bright);
    if (!(length > 1e-9)) return false;
    view.line.nu = -tv / length;
    view.line.nv = tu / length;
    view.cell_px = (bu * view.line.nu + bv * view.line.nv) * cell_mm;
    if (view.cell_px < 0) {
        view.line.nu = -view.line.nu;
        view.line.nv = -view.line.nv;
        view.cell_px = -view.cell_px;
    }
    *ret_view = view;
    return true;
}
