#include "sim/scenario.h"

#include <string.h>

#include <math.h>
#include <stdlib.h>

#include "base/config.h"
#include "base/text.h"
#include "sim/faults.h"
#include "vision/calibration/number_table.h"

struct head_file {
    double t_mm[3], q_xyzw[4];
    double breathing_mm, breathing_hz, breathing_direction[3], breathing_deg;
    double drift_mm_per_min, drift_direction[3], heartbeat_um, tremor_um;
    double ring_slip_um, ring_slip_at_s;
    double restless_mm, restless_every_s;
    char recording[SCENARIO_PATH_MAX];
    bool recording_repeats;
};

struct cameras_file {
    double frame_rate_hz, latency_ms;
    int sensors; /* index into scenario_sensor_words */
    char file[SCENARIO_PATH_MAX], ring[SCENARIO_PATH_MAX];
};

#define FAULT_NAME_MAX 48

struct fault_file {
    char fault[FAULT_NAME_MAX], moment[FAULT_NAME_MAX];
    double at_s, lasts_s;
    int64_t after_dots;
};

struct fault_list {
    struct fault_file *faults;
    size_t fault_count;
};

struct scenario_file {
    char name[SCENARIO_NAME_MAX];
    struct head_file head;
    struct cameras_file cameras;
    struct scenario_run run;
    struct scenario_shows shows;
    struct fault_list list;
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
    CONFIG_OPTIONAL(struct head_file, CONFIG_NUMBER, restless_mm, .min = 0, .max = 30),
    CONFIG_OPTIONAL(struct head_file, CONFIG_NUMBER, restless_every_s, .min = 1, .max = 600,
                    .default_number = 8),
    CONFIG_OPTIONAL(struct head_file, CONFIG_STRING, recording),
    CONFIG_OPTIONAL(struct head_file, CONFIG_BOOL, recording_repeats),
};
static const struct config_schema head_schema = {
    "head", head_fields, sizeof head_fields / sizeof *head_fields, sizeof(struct head_file)};

const char *const scenario_sensor_words[] = {"noise", "rendered", NULL};

static const struct config_field cameras_fields[] = {
    CONFIG_OPTIONAL(struct cameras_file, CONFIG_NUMBER, frame_rate_hz, .min = 1, .max = 240,
                    .default_number = 30),
    CONFIG_OPTIONAL(struct cameras_file, CONFIG_NUMBER, latency_ms, .min = 0, .max = 200,
                    .default_number = 6),
    CONFIG_OPTIONAL(struct cameras_file, CONFIG_WORD, sensors, .words = scenario_sensor_words),
    CONFIG_OPTIONAL(struct cameras_file, CONFIG_STRING, file,
                    .default_string = "configs/cameras/stereo.yaml"),
    CONFIG_OPTIONAL(struct cameras_file, CONFIG_STRING, ring,
                    .default_string = "configs/rings/crown12.yaml"),
};
static const struct config_schema cameras_schema = {"cameras", cameras_fields,
                                                    sizeof cameras_fields / sizeof *cameras_fields,
                                                    sizeof(struct cameras_file)};

static const struct config_field run_fields[] = {
    CONFIG_OPTIONAL(struct scenario_run, CONFIG_STRING, rig),
    CONFIG_OPTIONAL(struct scenario_run, CONFIG_STRING, scan),
    CONFIG_OPTIONAL(struct scenario_run, CONFIG_STRING, design),
    CONFIG_OPTIONAL(struct scenario_run, CONFIG_STRING, short_design),
    CONFIG_OPTIONAL(struct scenario_run, CONFIG_INTEGER, dots, .min = 0, .max = 200000),
    CONFIG_OPTIONAL(struct scenario_run, CONFIG_INTEGER, short_dots, .min = 0, .max = 200000),
    CONFIG_OPTIONAL(struct scenario_run, CONFIG_INTEGER, stop_after_dots, .min = 0, .max = 200000),
};
static const struct config_schema run_schema = {
    "run", run_fields, sizeof run_fields / sizeof *run_fields, sizeof(struct scenario_run)};

static const struct config_field shows_fields[] = {
    CONFIG_REQUIRED(struct scenario_shows, CONFIG_STRING, sentence),
    CONFIG_OPTIONAL(struct scenario_shows, CONFIG_BOOL, finishes, .default_number = 1),
    CONFIG_OPTIONAL(struct scenario_shows, CONFIG_INTEGER, holds_least, .min = 0, .max = 1000),
    CONFIG_OPTIONAL(struct scenario_shows, CONFIG_INTEGER, faults_least, .min = 0, .max = 1000),
    CONFIG_OPTIONAL(struct scenario_shows, CONFIG_INTEGER, doubtful_most, .min = 0, .max = 1000),
    CONFIG_OPTIONAL(struct scenario_shows, CONFIG_INTEGER, done_least, .min = 0, .max = 200000),
    CONFIG_OPTIONAL(struct scenario_shows, CONFIG_NUMBER, placement_max_um, .min = 0, .max = 1000),
};
static const struct config_schema shows_schema = {"shows", shows_fields,
                                                  sizeof shows_fields / sizeof *shows_fields,
                                                  sizeof(struct scenario_shows)};

static const struct config_field fault_fields[] = {
    CONFIG_REQUIRED(struct fault_file, CONFIG_STRING, fault),
    CONFIG_OPTIONAL(struct fault_file, CONFIG_STRING, moment, .default_string = "at any tick"),
    CONFIG_OPTIONAL(struct fault_file, CONFIG_NUMBER, at_s, .min = 0, .max = 1e5),
    CONFIG_OPTIONAL(struct fault_file, CONFIG_NUMBER, lasts_s, .min = 0, .max = 1e5),
    CONFIG_OPTIONAL(struct fault_file, CONFIG_INTEGER, after_dots, .min = 0, .max = 200000),
};
static const struct config_schema fault_schema = {
    "fault", fault_fields, sizeof fault_fields / sizeof *fault_fields, sizeof(struct fault_file)};

/* The key `faults`, filling a struct fault_list within the type. */
#define FAULT_LIST(type_, within)                                                       \
    {                                                                                   \
        .key = "faults", .type = CONFIG_LIST, .offset = offsetof(type_, within faults), \
        .count_offset = offsetof(type_, within fault_count), .child = &fault_schema,    \
        .count_max = SCENARIO_FAULTS_MAX                                                \
    }

static const struct config_field list_fields[] = {FAULT_LIST(struct fault_list, )};
static const struct config_schema list_schema = {"fault script", list_fields,
                                                 sizeof list_fields / sizeof *list_fields,
                                                 sizeof(struct fault_list)};

static const struct config_field scenario_fields[] = {
    CONFIG_REQUIRED(struct scenario_file, CONFIG_STRING, name),
    CONFIG_REQUIRED(struct scenario_file, CONFIG_OBJECT, head, .child = &head_schema),
    CONFIG_OPTIONAL(struct scenario_file, CONFIG_OBJECT, cameras, .child = &cameras_schema),
    CONFIG_OPTIONAL(struct scenario_file, CONFIG_OBJECT, run, .child = &run_schema),
    CONFIG_OPTIONAL(struct scenario_file, CONFIG_OBJECT, shows, .child = &shows_schema),
    FAULT_LIST(struct scenario_file, list.),
};
static const struct config_schema scenario_schema = {
    "scenario", scenario_fields, sizeof scenario_fields / sizeof *scenario_fields,
    sizeof(struct scenario_file)};

static struct vec3 vec3_of(const double v[3]) {
    return vec3_make(v[0], v[1], v[2]);
}

/* A name that is none, with the one nearest to it. */
static enum result refuse(const char *path, const char *key, const char *what, const char *value,
                          const char *nearest, struct error *err) {
    char where[ERROR_TEXT_MAX / 2];
    config_where(path, key, where, sizeof where);
    return error_set(err, RESULT_INVALID,
                     "%s: there is no %s '%.40s'; did you mean '%s'? docs/sim.md lists them", where,
                     what, value, nearest);
}

static const char *nearest_fault(const char *name) {
    size_t best = 0;
    for (size_t i = 1; i < fault_count; i++)
        if (text_edit_distance(name, faults[i].name) < text_edit_distance(name, faults[best].name))
            best = i;
    return faults[best].name;
}

static const char *nearest_moment(const char *name) {
    int best = 0;
    for (int i = 1; i < MOMENT_COUNT; i++)
        if (text_edit_distance(name, moment_name((enum moment)i)) <
            text_edit_distance(name, moment_name((enum moment)best)))
            best = i;
    return moment_name((enum moment)best);
}

static enum result take_faults(const char *path, const struct fault_list *list,
                               struct scenario *scenario, struct error *err) {
    for (size_t i = 0; i < list->fault_count; i++) {
        const struct fault_file *from = &list->faults[i];
        struct scenario_fault *to = &scenario->faults[i];
        char key[64];
        *to = (struct scenario_fault){
            .at_s = from->at_s, .after_dots = from->after_dots, .lasts_s = from->lasts_s};
        snprintf(key, sizeof key, "faults[%zu].fault", i);
        if (!fault_find(from->fault, &to->row))
            return refuse(path, key, "fault", from->fault, nearest_fault(from->fault), err);
        snprintf(key, sizeof key, "faults[%zu].moment", i);
        if (!moment_find(from->moment, &to->moment))
            return refuse(path, key, "moment", from->moment, nearest_moment(from->moment), err);
    }
    scenario->fault_count = list->fault_count;
    return RESULT_OK;
}

/* A recording named without a folder stands beside its scenario. */
static enum result take_recording(const char *scenario_path, const struct head_file *head,
                                  struct scenario *scenario, struct error *err) {
    char path[2 * SCENARIO_PATH_MAX];
    const char *slash = strrchr(scenario_path, '/');
    bool is_beside = slash && !strchr(head->recording, '/');
    int length =
        snprintf(path, sizeof path, "%.*s%s", is_beside ? (int)(slash - scenario_path) + 1 : 0,
                 scenario_path, head->recording);
    if (length < 0 || (size_t)length >= sizeof path)
        return error_set(err, RESULT_LIMIT, "%s: the path is too long", scenario_path);
    enum result result = scenario_take_recording(scenario, path, err);
    if (result == RESULT_OK) scenario->goes_on = head->recording_repeats;
    return result;
}

static enum result take_file(const char *path, const struct scenario_file *file,
                             struct scenario *ret_scenario, struct error *err) {
    const struct head_file *head = &file->head;
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
        .frame_rate_hz = file->cameras.frame_rate_hz,
        .latency_s = file->cameras.latency_ms * 1e-3,
        .has_drawn_frames = file->cameras.sensors == 1};
    memcpy(scenario.name, file->name, sizeof scenario.name);
    memcpy(scenario.cameras, file->cameras.file, sizeof scenario.cameras);
    memcpy(scenario.ring, file->cameras.ring, sizeof scenario.ring);
    scenario.T_rig_head = (struct pose){mat3_from_quat(q), vec3_of(head->t_mm)};
    scenario.restless_mm = head->restless_mm;
    scenario.restless_every_s = head->restless_every_s;
    scenario.run = file->run;
    scenario.shows = file->shows;
    enum result result = take_faults(path, &file->list, &scenario, err);
    if (result == RESULT_OK && head->recording[0])
        result = take_recording(path, head, &scenario, err);
    if (result == RESULT_OK) *ret_scenario = scenario;
    return result;
}

enum result scenario_read(const char *path, struct scenario *ret_scenario, struct error *err) {
    struct scenario_file file;
    enum result result = config_read(path, &scenario_schema, &file, err);
    if (result != RESULT_OK) return result;
    result = take_file(path, &file, ret_scenario, err);
    config_release(&scenario_schema, &file);
    return result;
}

enum result scenario_take_poses(struct scenario *scenario, struct pose_list *poses,
                                struct error *err) {
    struct pose_list *list = calloc(1, sizeof *list);
    if (!list) return error_set(err, RESULT_NO_MEMORY, "out of memory");
    *list = *poses;
    *poses = (struct pose_list){0};
    scenario_release(scenario);
    scenario->recording = list;
    scenario->goes_on = true;
    scenario->T_rig_head = list->poses[0].T;
    return RESULT_OK;
}

enum result scenario_take_recording(struct scenario *scenario, const char *path,
                                    struct error *err) {
    struct pose_list *list = calloc(1, sizeof *list);
    if (!list) return error_set(err, RESULT_NO_MEMORY, "%s: out of memory", path);
    enum result result = pose_list_read(path, list, err);
    if (result == RESULT_OK && list->count < 2) {
        pose_list_release(list);
        result = error_set(err, RESULT_FORMAT, "%s: one pose is no motion", path);
    }
    if (result != RESULT_OK) {
        free(list);
        return result;
    }
    scenario_release(scenario);
    scenario->recording = list;
    scenario->goes_on = false;
    return RESULT_OK;
}

void scenario_release(struct scenario *scenario) {
    if (scenario->recording) pose_list_release(scenario->recording);
    free(scenario->recording);
    scenario->recording = NULL;
}

enum result scenario_take_faults(struct scenario *scenario, const char *path, struct error *err) {
    struct fault_list list;
    struct scenario taken = *scenario;
    enum result result = config_read(path, &list_schema, &list, err);
    if (result != RESULT_OK) return result;
    result = take_faults(path, &list, &taken, err);
    config_release(&list_schema, &list);
    if (result == RESULT_OK) *scenario = taken;
    return result;
}
