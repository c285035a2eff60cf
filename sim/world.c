#include "sim/world.h"

#include <string.h>

#include "base/clock.h"
#include "motion/kinematics.h"

#define FINE_STEP_NS (100 * NS_PER_US) /* while the needle is on its way */
#define COARSE_STEP_NS (2 * NS_PER_MS)

void world_init(struct world *world, const struct rig *rig, const struct scenario *scenario,
                const struct field_view *field, int64_t now_ns) {
    *world =
        (struct world){.rig = *rig, .scenario = *scenario, .start_ns = now_ns, .now_ns = now_ns};
    firmware_init(&world->firmware, rig, now_ns);
    skin_init(&world->skin, field);
}

void world_open_truth(struct world *world, FILE *truth) {
    world->truth = truth;
    fputs("index,t_s,line,x,y,z,nx,ny,nz,depth_um,drag_um,in_skin_ms,uncorrected_um\n", truth);
}

struct pose world_head_at(const struct world *world, int64_t at_ns) {
    struct pose T = scenario_head_at(&world->scenario, ns_to_s(at_ns - world->start_ns));
    T.t = vec3_add(T.t, world->jolt);
    return T;
}

/* The tip in the rig frame, needle stroke included. */
static struct vec3 tip_rig(const struct world *world) {
    const struct rig *rig = &world->rig;
    struct axes axes = {0};
    for (size_t i = 0; i < rig->axis_count; i++) {
        double value = world->firmware.position[firmware_axis(rig->axes[i].letter)];
        axes.q[i] = rig->axes[i].is_rotary ? value * RAD_PER_DEG : value;
    }
    double stroke_mm = -world->firmware.position[firmware_axis(rig->needle.letter)];
    struct pose T = kinematics_forward(rig, &axes);
    return vec3_mad(T.t, -stroke_mm, pose_rotate(T, vec3_make(0, 0, 1)));
}

/* How far the strike would have missed, along the skin, with the aim frozen at the first pose. */
static double uncorrected_mm(const struct world *world, const struct puncture *p) {
    struct vec3 frozen_rig = pose_apply(world->T_first, p->p_head);
    struct vec3 miss = vec3_sub(pose_apply(pose_inverse(p->T_rig_head), frozen_rig), p->p_head);
    return vec3_norm(vec3_mad(miss, -vec3_dot(miss, p->n_head), p->n_head));
}

static void record(struct world *world, const struct puncture *p) {
    if (world->puncture_count++ == 0) world->T_first = p->T_rig_head;
    if (!world->truth) return;
    fprintf(world->truth, "%zu,%.6f,%u,%.4f,%.4f,%.4f,%.5f,%.5f,%.5f,%.1f,%.1f,%.2f,%.1f\n",
            world->puncture_count, ns_to_s(p->entry_ns - world->start_ns), p->line, p->p_head.x,
            p->p_head.y, p->p_head.z, p->n_head.x, p->n_head.y, p->n_head.z, p->depth_mm * 1e3,
            p->drag_mm * 1e3, (double)(p->exit_ns - p->entry_ns) / (double)NS_PER_MS,
            uncorrected_mm(world, p) * 1e3);
    fflush(world->truth);
}

void world_step(struct world *world, int64_t now_ns) {
    int needle = firmware_axis(world->rig.needle.letter);
    while (world->now_ns < now_ns) {
        bool is_out = world->firmware.position[needle] < -1e-4;
        bool is_near = world->skin.has_last && world->skin.last_distance_mm < 2.0;
        int64_t step_ns = is_out || is_near ? FINE_STEP_NS : COARSE_STEP_NS;
        int64_t next_ns = world->now_ns + step_ns < now_ns ? world->now_ns + step_ns : now_ns;
        struct puncture puncture;
        uint32_t line = world->firmware.running_line;
        firmware_step(&world->firmware, next_ns);
        if (skin_step(&world->skin, world_head_at(world, next_ns), tip_rig(world), next_ns,
                      &puncture)) {
            puncture.line = line;
            record(world, &puncture);
        }
        world->now_ns = next_ns;
    }
}

void world_on_bytes(struct world *world, const void *bytes, size_t count, int64_t now_ns) {
    world_step(world, now_ns);
    firmware_on_bytes(&world->firmware, bytes, count, now_ns);
}
