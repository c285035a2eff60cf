#include "sim/scenario.h"

#include <string.h>

#include "base/config.h"

struct head_file {
    double t_mm[3], q_xyzw[4];
    double breathing_mm, breathing_hz, breathing_direction[3], breathing_deg;
    double drift_mm_per_min, drift_direction[3], heartbeat_um, tremor_um;
    double ring_slip_um, ring_slip_at_s;
};

struct cameras_file {
    double frame_rate_hz, latency_ms;
};

struct scenario_file {
    char name[SCENARIO_NAME_MAX];
    struct head_file head;
    struct cameras_file cameras;
};

static const struct config_field head_fields[] = {
    CONFIG_REQUIRED(struct head_file, CONFIG_NUMBERS, t_mm, .min = -2000, .max = 2000,
                    .count_min = 3, .count_max = 3),
    CONFIG_REQUIRED(struct head_file, CONFIG_NUMBERS, q_xyzw, .min = -1, .max = 1, .count_min = 4,
                    .count_max = 4),
    CONFIG_OPTIONAL(struct head_file, CONFIG_NUMBER, breathing_mm, .min = 0, .max = 20),
    CONFIG_OPTIONAL(struct head_file, CONFIG_NUMBER, breathing_hz, .min = 0.05, .max = 2,
                    .default_number = 0.25),
    CONFIG_OPTIONAL(struct head_file, CONFIG_NUMBERS, breathing_direction, .min = -1, .max = 1,
                    .count_min = 3, .count_max = 3, .default_number = 1),
    CONFIG_OPTIONAL(struct head_file, CONFIG_NUMBER, breathing_deg, .min = 0, .max = 5),
    CONFIG_OPTIONAL(struct head_file, CONFIG_NUMBER, drift_mm_per_min, .min = 0, .max = 60),
    CONFIG_OPTIONAL(struct head_file, CONFIG_NUMBERS, drift_direction, .min = -1, .max = 1,
                    .count_min = 3, .count_max = 3, .default_number = 1),
    CONFIG_OPTIONAL(struct head_file, CONFIG_NUMBER, heartbeat_um, .min = 0, .max = 1000),
    CONFIG_OPTIONAL(struct head_file, CONFIG_NUMBER, tremor_um, .min = 0, .max = 1000),
    CONFIG_OPTIONAL(struct head_file, CONFIG_NUMBER, ring_slip_um, .min = 0, .max = 5000),
    CONFIG_OPTIONAL(struct head_file, CONFIG_NUMBER, ring_slip_at_s, .min = 0, .max = 36000),
};
static const struct config_schema head_schema = {
    "head", head_fields, sizeof head_fields / sizeof *head_fields, sizeof(struct head_file)};

static const struct config_field cameras_fields[] = {
    CONFIG_OPTIONAL(struct cameras_file, CONFIG_NUMBER, frame_rate_hz, .min = 1, .max = 240,
                    .default_number = 30),
    CONFIG_OPTIONAL(struct cameras_file, CONFIG_NUMBER, latency_ms, .min = 0, .max = 200,
                    .default_number = 6),
};
static const struct config_schema cameras_schema = {"cameras", cameras_fields,
                                                    sizeof cameras_fields / sizeof *cameras_fields,
                                                    sizeof(struct cameras_file)};

static const struct config_field scenario_fields[] = {
    CONFIG_REQUIRED(struct scenario_file, CONFIG_STRING, name),
    CONFIG_REQUIRED(struct scenario_file, CONFIG_OBJECT, head, .child = &head_schema),
    CONFIG_OPTIONAL(struct scenario_file, CONFIG_OBJECT, cameras, .child = &cameras_schema),
};
static const struct config_schema scenario_schema = {
    "scenario", scenario_fields, sizeof scenario_fields / sizeof *scenario_fields,
    sizeof(struct scenario_file)};

static struct vec3 vec3_of(const double v[3]) {
    return vec3_make(v[0], v[1], v[2]);
}

enum result scenario_read(const char *path, struct scenario *ret_scenario, struct error *err) {
    struct scenario_file file;
    enum result result = config_read(path, &scenario_schema, &file, err);
    if (result != RESULT_OK) return result;
    const struct head_file *head = &file.head;
    struct quat q = {head->q_xyzw[0], head->q_xyzw[1], head->q_xyzw[2], head->q_xyzw[3]};
    double norm = sqrt(q.x * q.x + q.y * q.y + q.z * q.z + q.w * q.w);
    if (!(fabs(norm - 1.0) < 1e-3)) {
        char where[ERROR_TEXT_MAX / 2];
        config_where(path, "head.q_xyzw", where, sizeof where);
        return error_set(err, RESULT_RANGE, "%s: head.q_xyzw has length %.4f, expected 1", where,
                         norm);
    }
    struct scenario scenario = {
        .breathing_mm = head->breathing_mm,
        .breathing_hz = head->breathing_hz,
        .breathing_rad = head->breathing_deg * RAD_PER_DEG,
        .breathing_direction = vec3_unit(vec3_of(head->breathing_direction)),
        .drift_mm_s = head->drift_mm_per_min / 60.0,
        .drift_direction = vec3_unit(vec3_of(head->drift_direction)),
        .heartbeat_mm = head->heartbeat_um * 1e-3,
        .tremor_mm = head->tremor_um * 1e-3,
        .ring_slip_mm = head->ring_slip_um * 1e-3,
        .ring_slip_s = head->ring_slip_at_s,
        .frame_rate_hz = file.cameras.frame_rate_hz,
        .latency_s = file.cameras.latency_ms * 1e-3};
    memcpy(scenario.name, file.name, sizeof scenario.name);
    scenario.T_rig_head = (struct pose){mat3_from_quat(q), vec3_of(head->t_mm)};
    *ret_scenario = scenario;
    return RESULT_OK;
}

/* One beat: a quick rise and a slower fall, 70 a minute, as ballistocardiography shows it. */
static double heartbeat(double t_s) {
    double phase = fmod(t_s * 70.0 / 60.0, 1.0) - 0.2;
    return exp(-0.5 * (phase / 0.05) * (phase / 0.05));
}

/* Physiological tremor, 8 to 12 Hz: three tones that do not repeat together. */
static struct vec3 tremor(double t_s) {
    return vec3_make(sin(2 * PI * 8.3 * t_s), sin(2 * PI * 9.7 * t_s + 1),
                     sin(2 * PI * 11.9 * t_s));
}

struct pose scenario_head_at(const struct scenario *s, double t_s) {
    double sway = sin(2 * PI * s->breathing_hz * t_s);
    struct vec3 shift = vec3_scale(s->breathing_direction, s->breathing_mm * sway);
    shift = vec3_mad(shift, s->drift_mm_s * t_s, s->drift_direction);
    shift = vec3_mad(shift, s->heartbeat_mm * heartbeat(t_s), vec3_make(0, 0, 1));
    shift = vec3_mad(shift, s->tremor_mm, tremor(t_s));
    struct vec3 turn = {s->breathing_rad * sway, 0, 0};
    return (struct pose){mat3_mul(mat3_exp(turn), s->T_rig_head.R),
                         vec3_add(s->T_rig_head.t, shift)};
}

double scenario_speed_bound(const struct scenario *s, double lever_mm) {
    double sway = 2 * PI * s->breathing_hz * (s->breathing_mm + s->breathing_rad * lever_mm);
    /* The beat's steepest slope is exp(-1/2) / 0.05 a period of 6/7 s. */
    double beat = s->heartbeat_mm * 0.6065307 / 0.05 * 70.0 / 60.0;
    return sway + fabs(s->drift_mm_s) + beat + s->tremor_mm * 2 * PI * (8.3 + 9.7 + 11.9);
}

struct twist scenario_head_velocity(const struct scenario *s, double t_s) {
    const double h = 5e-4;
    struct pose before = scenario_head_at(s, t_s - h), after = scenario_head_at(s, t_s + h);
    struct twist xi = pose_log(pose_mul(after, pose_inverse(before)));
    return (struct twist){vec3_scale(xi.v, 0.5 / h), vec3_scale(xi.w, 0.5 / h)};
}

struct twist scenario_ring_slip(const struct scenario *s, double t_s) {
    double slid_mm = t_s >= s->ring_slip_s ? s->ring_slip_mm : 0;
    return (struct twist){.v = vec3_make(slid_mm, 0, 0)};
}
