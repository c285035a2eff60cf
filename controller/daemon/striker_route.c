#include "controller/daemon/striker_route.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "motion/kinematics.h"
#include "motion/order.h"

/* Averaging over so long leaves an eighth of a breath's sway. */
#define AVERAGE_S 5.0
/* Beyond the reach of any breath: the head lies elsewhere now. */
#define SHIFT_MM 8.0
#define SHIFT_RAD 0.1
/* Dots of one new order, and tries to better it: some milliseconds of one core, well within the
 * guard's patience with a silent daemon. Those beyond keep their order, which a shift hardly
 * changes. */
#define RENEW_DOTS_MAX 400
#define RENEW_KICKS 400

void route_init(struct striker *striker) {
    const struct dot_plan *plan = striker->setup.plan;
    struct vec3 sum = {0, 0, 0};
    for (size_t i = 0; i < plan->dot_count; i++) sum = vec3_add(sum, plan->dots[i].p_head);
    striker->route = (struct striker_route){
        .centre_head = vec3_scale(sum, 1.0 / (double)(plan->dot_count ? plan->dot_count : 1))};
}

void route_on_pose(struct striker *striker, const struct head_pose *head) {
    struct striker_route *route = &striker->route;
    if (head->state == HEAD_LOST || !pose_is_finite(head->T_rig_head)) return;
    if (!route->has_average) {
        route->T_average = route->T_ordered = route->T_first = head->T_rig_head;
        route->has_average = true;
    }
    double part = fmin(1.0, fmax(0.0, ns_to_s(head->stamp_ns - route->average_ns)) / AVERAGE_S);
    route->average_ns = head->stamp_ns;
    struct pose *average = &route->T_average;
    struct vec3 centre = vec3_mad(vec3_scale(pose_apply(*average, route->centre_head), 1.0 - part),
                                  part, pose_apply(head->T_rig_head, route->centre_head));
    struct vec3 turn = mat3_log(mat3_mul(head->T_rig_head.R, mat3_transpose(average->R)));
    average->R = mat3_mul(mat3_exp(vec3_scale(turn, part)), average->R);
    average->t = vec3_sub(centre, mat3_apply(average->R, route->centre_head));
}

static bool is_left(const struct striker *striker, uint32_t index) {
    bool is_running = striker->strike.is_running && striker->strike.index == index;
    return striker->fates[index] == FATE_PENDING && !is_running;
}

/* Position in the order of the next dot that is left, order_count when none is. */
static size_t next_position(const struct striker *striker) {
    size_t at = striker->next;
    while (at < striker->setup.order_count && !is_left(striker, striker->setup.order[at])) at++;
    return at;
}

size_t striker_next_dot(const struct striker *striker) {
    size_t at = next_position(striker);
    return at < striker->setup.order_count ? striker->setup.order[at]
                                           : striker->setup.plan->dot_count;
}

bool route_next(struct striker *striker, uint32_t *ret_index) {
    striker->next = next_position(striker);
    if (striker->next == striker->setup.order_count) return false;
    *ret_index = striker->setup.order[striker->next];
    return true;
}

static size_t left_count(const struct striker *striker) {
    return striker->setup.order_count - striker->next;
}

void route_put_off(struct striker *striker) {
    uint32_t *order = striker->setup.order + striker->next, index = order[0];
    size_t left = left_count(striker);
    memmove(order, order + 1, (left - 1) * sizeof *order);
    order[left - 1] = index;
    striker->route.put_off = striker->route.put_off < left ? striker->route.put_off + 1 : left;
}

bool route_is_put_off(const struct striker *striker) {
    return striker->route.put_off >= left_count(striker);
}

/* From one place of the head to another, as a part of what is borne. */
static double apart(const struct striker_route *route, struct pose a, struct pose b) {
    double way_mm =
        vec3_distance(pose_apply(a, route->centre_head), pose_apply(b, route->centre_head));
    double turn_rad = vec3_norm(mat3_log(mat3_mul(a.R, mat3_transpose(b.R))));
    return fmax(way_mm / SHIFT_MM, turn_rad / SHIFT_RAD);
}

bool route_is_shifted(const struct striker *striker) {
    const struct striker_route *route = &striker->route;
    return route->has_average && apart(route, route->T_average, route->T_ordered) > 1.0 &&
           apart(route, route->T_average, striker->head.T_rig_head) < 0.5;
}

/* Hovering over the dot of a head that lies so. */
static bool reaches(const struct striker *striker, struct pose T_rig_head, const struct dot *dot,
                    struct axes *ret_axes) {
    const struct rig *rig = striker->setup.rig;
    struct vec3 n = pose_rotate(T_rig_head, dot->n_head);
    struct vec3 p = vec3_mad(pose_apply(T_rig_head, dot->p_head), rig->hover_mm, n);
    return kinematics_inverse(rig, p, n, ret_axes) == REACH_OK;
}

bool route_was_reachable(const struct striker *striker, uint32_t index) {
    struct axes axes;
    return reaches(striker, striker->route.T_first, &striker->setup.plan->dots[index], &axes);
}

/* Plan index of the dot that the session stops before next: no order leads across it. */
static size_t block_end(const struct dot_plan *plan, size_t index) {
    for (size_t i = 0; i < plan->stop_count; i++)
        if (plan->stops[i].before > index) return plan->stops[i].before;
    return plan->dot_count;
}

/* The dots that may change places: those left from `next` on, of one zone and shade, before the
 * plan's next stop, in reach. */
static size_t gather(const struct striker *striker, uint32_t *ret_at, struct axes *ret_stops) {
    const struct striker_setup *setup = &striker->setup;
    const struct dot *first = &setup->plan->dots[setup->order[striker->next]];
    size_t count = 0, end = block_end(setup->plan, setup->order[striker->next]);
    for (size_t i = striker->next; i < setup->order_count && count < RENEW_DOTS_MAX; i++) {
        const struct dot *dot = &setup->plan->dots[setup->order[i]];
        if (dot->zone != first->zone || dot->shade != first->shade || setup->order[i] >= end) break;
        if (!is_left(striker, setup->order[i])) continue;
        if (!reaches(striker, striker->route.T_average, dot, &ret_stops[count])) continue;
        ret_at[count++] = (uint32_t)i;
    }
    return count;
}

void route_renew(struct striker *striker) {
    uint32_t index, at[RENEW_DOTS_MAX], dots[RENEW_DOTS_MAX], order[RENEW_DOTS_MAX];
    struct order_result result;
    striker->route.T_ordered = striker->route.T_average;
    striker->route.put_off = 0;
    if (!route_next(striker, &index)) return;
    struct axes *stops = calloc(RENEW_DOTS_MAX, sizeof *stops);
    size_t count = stops ? gather(striker, at, stops) : 0;
    struct order_setup setup = {.rig = striker->setup.rig,
                                .start = striker->at,
                                .stops = stops,
                                .stop_count = count,
                                .kicks = RENEW_KICKS};
    if (count > 1 && order_stops(&setup, order, &result) == RESULT_OK) {
        for (size_t i = 0; i < count; i++) dots[i] = striker->setup.order[at[i]];
        for (size_t i = 0; i < count; i++) striker->setup.order[at[i]] = dots[order[i]];
        striker->route.renewals++;
    }
    free(stops);
}
