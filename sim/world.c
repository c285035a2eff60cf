#include "sim/world.h"

#include <string.h>

#include "base/clock.h"
#include "motion/kinematics.h"

#define FINE_STEP_NS (100 * NS_PER_US) /* where the needle meets the skin */
#define SKIN_STEP_NS (1 * NS_PER_MS)   /* within it */
#define COARSE_STEP_NS (20 * NS_PER_MS)
#define RETRACTED_MM 1e-3
#define LOST_MOST 0.3       /* mm or deg */
#define FOUND_SHARE 0.1     /* of a way that homes */
#define HEAD_LEVER_MM 250.0 /* from the neck's turn to the farthest skin */

/* The tool's speed when every positioning axis moves at its speed of `axes` (mm/s or rad/s), the
 * rotary ones with the longest arm, and the needle at needle_mm_s. */
static double tool_speed_mm_s(const struct rig *rig, const struct axes *axes, double needle_mm_s) {
    double linear2 = 0, turned = 0, arm_mm = rig->needle.max;
    struct vec3 next = rig->M_tool.t;
    for (size_t k = rig->axis_count; k-- > 0;) {
        const struct rig_axis *axis = &rig->axes[rig->chain_order[k]];
        double speed = axes->q[rig->chain_order[k]];
        if (axis->is_rotary) {
            arm_mm += vec3_distance(axis->point, next);
            next = axis->point;
            turned += speed * arm_mm;
        } else {
            linear2 += speed * speed;
        }
    }
    return sqrt(linear2) + turned + needle_mm_s;
}

/* Of the block that runs, from what is left of it: no axis is faster before it ends. */
static double running_speed_mm_s(const struct world *world) {
    const struct firmware *board = &world->firmware;
    const struct rig *rig = &world->rig;
    if (!board->is_moving || !board->block_count) return world->tool_speed_mm_s;
    const struct firmware_block *block = &board->blocks[board->block_first];
    double peak =
        fmin(block->rate_max, sqrt(block->entry2 + 2 * block->acceleration * block->length));
    struct axes axes = {0};
    for (size_t i = 0; i < rig->axis_count; i++) {
        double speed = peak * fabs(block->unit[world->board_axes[i]]);
        axes.q[i] = rig->axes[i].is_rotary ? speed * RAD_PER_DEG : speed;
    }
    return tool_speed_mm_s(rig, &axes, peak * fabs(block->unit[world->board_needle]));
}

void world_init(struct world *world, const struct rig *rig, const struct scenario *scenario,
                const struct field_view *field, int64_t now_ns) {
    *world =
        (struct world){.rig = *rig, .scenario = *scenario, .start_ns = now_ns, .now_ns = now_ns};
    struct axes fastest = {0};
    for (size_t i = 0; i < rig->axis_count; i++) {
        fastest.q[i] = rig->axes[i].speed_max;
        world->board_axes[i] = firmware_axis(rig->axes[i].letter);
    }
    world->board_needle = firmware_axis(rig->needle.letter);
    world->tool_speed_mm_s = tool_speed_mm_s(rig, &fastest, rig->needle.speed_max);
    world->head_speed_mm_s = scenario_speed_bound(scenario, HEAD_LEVER_MM);
    world->T_rig_tool = kinematics_forward(rig, &world->axes);
    firmware_init(&world->firmware, rig, now_ns);
    skin_init(&world->skin, field);
}

void world_open_truth(struct world *world, FILE *truth) {
    world->truth = truth;
    world->clearance = (struct world_clearance){INFINITY, INFINITY};
    fputs(
        "index,t_s,line,x,y,z,nx,ny,nz,depth_um,drag_um,in_skin_ms,uncorrected_um,stroke_mm,"
        "force_n,tip_clear_mm,body_clear_mm\n",
        truth);
}

static struct vec3 jolted_mm(const struct world_jolt *jolt, int64_t at_ns) {
    if (jolt->duration_ns <= 0 || at_ns <= jolt->start_ns) return vec3_make(0, 0, 0);
    double s = fmin(1.0, (double)(at_ns - jolt->start_ns) / (double)jolt->duration_ns);
    double part = jolt->returns ? sin(PI * s) * sin(PI * s)
                                : s * s * s * (10 + s * (6 * s - 15)); /* Flash and Hogan 1985 */
    return vec3_scale(jolt->shift_mm, part);
}

double world_jolt_speed_mm_s(const struct world *world) {
    const struct world_jolt *jolt = &world->jolt;
    if (jolt->duration_ns <= 0 || world->now_ns > jolt->start_ns + jolt->duration_ns) return 0;
    double peak = jolt->returns ? PI : 1.875; /* of ds/dt, in lengths a duration */
    return peak * vec3_norm(jolt->shift_mm) / ns_to_s(jolt->duration_ns);
}

void world_jolt(struct world *world, const struct world_jolt *jolt, int64_t now_ns) {
    world->offset_mm = vec3_add(world->offset_mm, jolted_mm(&world->jolt, now_ns));
    world->jolt = *jolt;
}

void world_draw_needle(struct world *world, int64_t now_ns) {
    world_step(world, now_ns);
    if (firmware_next_ns(&world->firmware) == INT64_MAX)
        world->firmware.position[world->board_needle] =
            world->firmware.planned[world->board_needle] = 0;
    world_step(world, now_ns + 1);
}

void world_set_at_marks(struct world *world, int64_t now_ns) {
    struct firmware *board = &world->firmware;
    world_step(world, now_ns);
    for (size_t i = 0; i < world->rig.axis_count; i++) {
        int k = world->board_axes[i];
        if (!rig_axis_is_homed(&world->rig.axes[i]))
            board->position[k] = board->planned[k] = board->lost[k] = 0;
    }
    firmware_power_up(board);
    world_step(world, now_ns + 1);
}

struct pose world_head_at(const struct world *world, int64_t at_ns) {
    struct pose T = scenario_head_at(&world->scenario, ns_to_s(at_ns - world->start_ns));
    T.t = vec3_add(T.t, vec3_add(world->offset_mm, jolted_mm(&world->jolt, at_ns)));
    return T;
}

void world_lose_steps(struct world *world, int axis, double share, int64_t now_ns) {
    world_step(world, now_ns);
    world->losing_axis = axis;
    world->losing_share = share;
}

/* The board's count has gone on from `before`. */
static void lose_steps(struct world *world, const double before[FIRMWARE_AXES]) {
    struct firmware *board = &world->firmware;
    for (size_t i = 0; i < world->rig.axis_count; i++) {
        int k = world->board_axes[i];
        double way = board->position[k] - before[k], *lost = &board->lost[k];
        if (board->state == FIRMWARE_HOME)
            *lost -= copysign(fmin(fabs(*lost), FOUND_SHARE * fabs(way)), *lost);
        else if ((int)i == world->losing_axis && world->losing_share != 0)
            *lost = fmin(LOST_MOST, fmax(-LOST_MOST, *lost + world->losing_share * way));
    }
}

double world_lost_mm(const struct world *world) {
    struct axes told = world->axes;
    bool is_lost = false;
    for (size_t i = 0; i < world->rig.axis_count; i++) {
        double lost = world->firmware.lost[world->board_axes[i]];
        told.q[i] += world->rig.axes[i].is_rotary ? lost * RAD_PER_DEG : lost;
        is_lost = is_lost || lost != 0;
    }
    if (!is_lost) return 0;
    return vec3_distance(kinematics_forward(&world->rig, &told).t, world->T_rig_tool.t);
}

/* Where everything is now, and the tip with the needle's stroke. */
static struct vec3 place_tool(struct world *world) {
    const struct rig *rig = &world->rig;
    bool has_moved = false; /* in a strike only the needle moves */
    for (size_t i = 0; i < rig->axis_count; i++) {
        int k = world->board_axes[i];
        double value = world->firmware.position[k] - world->firmware.lost[k];
        if (rig->axes[i].is_rotary) value *= RAD_PER_DEG;
        has_moved = has_moved || value != world->axes.q[i];
        world->axes.q[i] = value;
    }
    world->stroke_mm = -world->firmware.position[world->board_needle];
    if (has_moved) world->T_rig_tool = kinematics_forward(rig, &world->axes);
    return vec3_mad(world->T_rig_tool.t, -world->stroke_mm,
                    pose_rotate(world->T_rig_tool, vec3_make(0, 0, 1)));
}

/* How far the strike would have missed, along the skin, with the aim frozen at the first pose. */
static double uncorrected_mm(const struct world *world, const struct puncture *p) {
    struct vec3 frozen_rig = pose_apply(world->T_first, p->p_head);
    struct vec3 miss = vec3_sub(pose_apply(pose_inverse(p->T_rig_head), frozen_rig), p->p_head);
    return vec3_norm(vec3_mad(miss, -vec3_dot(miss, p->n_head), p->n_head));
}

static void record(struct world *world, const struct puncture *p) {
    if (world->puncture_count++ == 0) world->T_first = p->T_rig_head;
    world->last = *p;
    if (!world->truth) return;
    fprintf(world->truth,
            "%zu,%.6f,%u,%.4f,%.4f,%.4f,%.5f,%.5f,%.5f,%.1f,%.1f,%.2f,%.1f,%.3f,"
            "%.3f,%.3f,%.3f\n",
            world->puncture_count, ns_to_s(p->entry_ns - world->start_ns), p->line, p->p_head.x,
            p->p_head.y, p->p_head.z, p->n_head.x, p->n_head.y, p->n_head.z, p->depth_mm * 1e3,
            p->drag_mm * 1e3, (double)(p->exit_ns - p->entry_ns) / (double)NS_PER_MS,
            uncorrected_mm(world, p) * 1e3, p->entry_stroke_mm, p->force_n, world->clearance.tip_mm,
            world->clearance.body_mm);
    fflush(world->truth);
    world->clearance = (struct world_clearance){INFINITY, INFINITY};
}

static void watch_clearance(struct world *world) {
    const struct field_view *field = world->skin.field;
    struct world_clearance *least = &world->clearance;
    if (world->skin.is_in || world->stroke_mm > RETRACTED_MM) return;
    struct pose T_head_tool = pose_mul(pose_inverse(world->T_rig_head), world->T_rig_tool);
    least->tip_mm = fmin(least->tip_mm, world->skin.last_distance_mm);
    for (size_t i = 0; i < world->rig.capsule_count; i++)
        for (int k = 0; k <= 2; k++) {
            const struct rig_capsule *capsule = &world->rig.capsules[i];
            struct vec3 p = vec3_mad(capsule->a, 0.5 * k, vec3_sub(capsule->b, capsule->a));
            double gap_mm = field_view_sample(field, pose_apply(T_head_tool, p));
            least->body_mm = fmin(least->body_mm, gap_mm - capsule->radius_mm);
        }
}

/* How long the tip cannot reach the skin (nor, within it, leave it): the field's slope and all
 * speeds are bounded. */
static int64_t clear_ns(const struct world *world) {
    const struct skin *skin = &world->skin;
    if (!skin->has_last) return FINE_STEP_NS;
    double speed_mm_s = world->head_speed_mm_s + world_jolt_speed_mm_s(world);
    if (firmware_next_ns(&world->firmware) != INT64_MAX) speed_mm_s += running_speed_mm_s(world);
    double clear_s = fabs(skin->last_distance_mm) / (FIELD_SLOPE_MAX * fmax(speed_mm_s, 1e-3));
    int64_t most_ns = skin->is_in ? SKIN_STEP_NS : COARSE_STEP_NS;
    if (clear_s >= ns_to_s(most_ns)) return most_ns;
    int64_t step_ns = s_to_ns(clear_s);
    return step_ns > FINE_STEP_NS ? step_ns : FINE_STEP_NS;
}

void world_step(struct world *world, int64_t now_ns) {
    while (world->now_ns < now_ns) {
        int64_t next_ns = world->now_ns + clear_ns(world);
        int64_t block_ns = firmware_next_ns(&world->firmware); /* the deepest point ends a block */
        struct puncture puncture;
        if (block_ns > world->now_ns && block_ns < next_ns) next_ns = block_ns;
        if (next_ns > now_ns) next_ns = now_ns;
        uint32_t line = world->firmware.running_line;
        double before[FIRMWARE_AXES];
        memcpy(before, world->firmware.position, sizeof before);
        firmware_step(&world->firmware, next_ns);
        lose_steps(world, before);
        world->T_rig_head = world_head_at(world, next_ns);
        bool was_in = world->skin.is_in;
        if (skin_step(&world->skin, world->T_rig_head, place_tool(world), next_ns, &puncture))
            record(world, &puncture);
        if (world->skin.is_in && !was_in) {
            world->skin.current.line = line;
            world->skin.current.entry_stroke_mm = -world->firmware.position[world->board_needle];
        }
        world->now_ns = next_ns;
        if (world->truth) watch_clearance(world);
        if (world->on_step) world->on_step(world->on_step_context, world);
    }
}

void world_on_bytes(struct world *world, const void *bytes, size_t count, int64_t now_ns) {
    world_step(world, now_ns);
    firmware_on_bytes(&world->firmware, bytes, count, now_ns);
}
