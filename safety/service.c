#include "safety/service.h"

#include "safety/limits.h"

struct cleared_service {
    struct service_command command;
};
_Static_assert(sizeof(struct cleared_service) <= SERVICE_CLEARED_BYTES, "room for it");

static const char *const reason_texts[SERVICE_REASON_COUNT] = {
    [SERVICE_CLEARED] = "cleared",
    [SERVICE_NOT_EMPTY] = "nobody said that the rig is empty",
    [SERVICE_HEAD] = "no such motion with a head in the rig",
    [SERVICE_NOT_HOMED] = "the rig is not homed",
    [SERVICE_NOT_IDLE] = "the board does not stand idle",
    [SERVICE_NEEDLE_OUT] = "the needle is not retracted",
    [SERVICE_NUMBER] = "a number is not finite",
    [SERVICE_AXIS_LIMIT] = "it would leave the axis's travel",
    [SERVICE_TOO_FAST] = "it is faster than a service motion may be",
    [SERVICE_TOO_FAR] = "it is longer than one service motion may be",
};

const char *service_reason_text(enum service_reason reason) {
    return (unsigned)reason < SERVICE_REASON_COUNT ? reason_texts[reason] : "unknown";
}

const struct service_command *service_cleared_command(const struct cleared_service *cleared) {
    return &cleared->command;
}

static bool is_within(const struct gate_axis *axis, double value) {
    return value >= axis->min && value <= axis->max;
}

/* What a jog or a touch may do at most; less with a head in the rig. */
struct most {
    double mm, mm_s, rad, rad_s, probe_mm_s;
};

static const struct most empty_rig = {LIMIT_JOG_MM, LIMIT_JOG_MM_S, LIMIT_JOG_RAD, LIMIT_JOG_RAD_S,
                                      LIMIT_PROBE_MM_S};
static const struct most near_head = {LIMIT_NEAR_JOG_MM, LIMIT_NEAR_JOG_MM_S, LIMIT_NEAR_JOG_RAD,
                                      LIMIT_NEAR_JOG_RAD_S, LIMIT_NEAR_PROBE_MM_S};

static enum service_reason check_jog(const struct service_rig *rig,
                                     const struct service_facts *facts,
                                     const struct service_command *command,
                                     const struct most *most) {
    int i = command->axis;
    if (i < 0 || i >= rig->axis_count) return SERVICE_NUMBER;
    double farthest = rig->is_rotary[i] ? most->rad : most->mm;
    double fastest = rig->is_rotary[i] ? most->rad_s : most->mm_s;
    if (!isfinite(command->distance) || !isfinite(command->speed)) return SERVICE_NUMBER;
    if (!(fabs(command->distance) <= farthest)) return SERVICE_TOO_FAR;
    if (!(command->speed > 0 && command->speed <= fastest)) return SERVICE_TOO_FAST;
    return is_within(&rig->axes[i], facts->q[i] + command->distance) ? SERVICE_CLEARED
                                                                     : SERVICE_AXIS_LIMIT;
}

static enum service_reason check_probe(const struct service_rig *rig,
                                       const struct service_command *command,
                                       const struct most *most) {
    if (!isfinite(command->distance) || !isfinite(command->speed)) return SERVICE_NUMBER;
    if (!(command->distance > 0 && command->distance <= rig->stroke_max_mm &&
          command->distance <= LIMIT_STROKE_MM))
        return SERVICE_TOO_FAR;
    return command->speed > 0 && command->speed <= most->probe_mm_s ? SERVICE_CLEARED
                                                                    : SERVICE_TOO_FAST;
}

static enum service_reason check_park(const struct service_rig *rig,
                                      const struct service_command *command) {
    for (int i = 0; i < rig->axis_count; i++) {
        if (!isfinite(command->q[i])) return SERVICE_NUMBER;
        if (!is_within(&rig->axes[i], command->q[i])) return SERVICE_AXIS_LIMIT;
    }
    return SERVICE_CLEARED;
}

static enum service_reason check_approach(const struct service_rig *rig,
                                          const struct service_facts *facts,
                                          const struct service_command *command) {
    enum service_reason reason = check_park(rig, command);
    if (reason != SERVICE_CLEARED) return reason;
    if (!isfinite(command->speed)) return SERVICE_NUMBER;
    for (int i = 0; i < rig->axis_count; i++)
        if (!(fabs(command->q[i] - facts->q[i]) <=
              (rig->is_rotary[i] ? LIMIT_JOG_RAD : LIMIT_JOG_MM)))
            return SERVICE_TOO_FAR;
    return command->speed > 0 && command->speed <= LIMIT_APPROACH_PER_S ? SERVICE_CLEARED
                                                                        : SERVICE_TOO_FAST;
}

static enum service_reason check_motion(const struct service_rig *rig,
                                        const struct service_facts *facts,
                                        const struct service_command *command) {
    const struct most *most = facts->is_rig_empty ? &empty_rig : &near_head;
    if (command->kind == SERVICE_JOG) return check_jog(rig, facts, command, most);
    if (command->kind == SERVICE_PROBE) return check_probe(rig, command, most);
    if (command->kind != SERVICE_PARK && command->kind != SERVICE_APPROACH) return SERVICE_NUMBER;
    if (!facts->is_rig_empty) return SERVICE_HEAD;
    return command->kind == SERVICE_PARK ? check_park(rig, command)
                                         : check_approach(rig, facts, command);
}

static enum service_reason check(const struct service_rig *rig, const struct service_facts *facts,
                                 const struct service_command *command) {
    bool may_follow = command->kind == SERVICE_JOG && facts->is_jogging;
    if (!facts->is_idle && !may_follow) return SERVICE_NOT_IDLE;
    if (command->kind == SERVICE_RETRACT) return SERVICE_CLEARED;
    if (!facts->is_rig_empty && !facts->is_head_watched) return SERVICE_NOT_EMPTY;
    if (!facts->is_homed) return SERVICE_NOT_HOMED;
    if (!(fabs(facts->needle_mm) <= LIMIT_POSITION_MM)) return SERVICE_NEEDLE_OUT;
    return check_motion(rig, facts, command);
}

enum service_reason service_clear(struct service_clearance *clearance,
                                  const struct service_rig *rig, const struct service_facts *facts,
                                  const struct service_command *command,
                                  const struct cleared_service **ret_cleared) {
    enum service_reason reason = check(rig, facts, command);
    if (reason != SERVICE_CLEARED) return reason;
    struct cleared_service *cleared = (struct cleared_service *)(void *)clearance->storage;
    cleared->command = *command;
    *ret_cleared = cleared;
    return SERVICE_CLEARED;
}
