/* The API's calls of a technician: motions at the empty rig, the board's settings, the
 * calibrations' state. */
#include <math.h>
#include <stdio.h>
#include <time.h>

#include "controller/daemon/api_calls.h"
#include "controller/daemon/daemon.h"
#include "safety/service.h"
#include "vision/calibration/check.h"

/* The board's settings are mended by hand and eye, at the rig. */
#define SETUP_COMMAND "stop smprigd and smprig-guard, then: smprig rig setup --write"

static enum result need_empty_rig(const struct api_call *call, struct error *err) {
    if (json_is_true(json_object_get(call->params, "is_rig_empty"))) return RESULT_OK;
    return error_set(err, RESULT_REFUSED,
                     "say that no head is in the rig: look first, then is_rig_empty");
}

static int axis_of(const struct rig *rig, const char *letter) {
    for (size_t i = 0; i < rig->axis_count; i++)
        if (letter[0] == rig->axes[i].letter && letter[1] == '\0') return (int)i;
    return -1;
}

/* The first of a held key is kept in the record, its renewals are not. */
static void note_jog(struct daemon *daemon, const struct api_call *call, const char *letter,
                     int direction) {
    daemon_say(daemon, EVENT_COMMAND, "%.40s (%s): jog %s%s", call->caller->name,
               api_role_name(call->caller->role), direction > 0 ? "+" : "-", letter);
    const struct event_line *line = event_log_at(&daemon->log, daemon->log.last_number);
    struct session_news note = {.kind = SESSION_NEWS_NOTE,
                                .as.note = {JOURNAL_EVENT, call->now_ns}};
    snprintf(note.text, sizeof note.text, "%s", line->text);
    if (outbox_has_room(&daemon->outbox, 2)) daemon_hear(daemon, note);
}

API_RUN(run_jog) {
    struct daemon *daemon = call->context;
    const struct rig *rig = &daemon->rig;
    const char *letter = api_text(call, "axis");
    int direction = (int)json_integer_value(json_object_get(call->params, "direction"));
    double speed = api_number(call, "speed");
    bool renews = json_is_true(json_object_get(call->params, "renews"));
    int axis = axis_of(rig, letter);
    enum result result = daemon_need_case(daemon, err);
    if (result == RESULT_OK) result = need_empty_rig(call, err);
    if (result != RESULT_OK) return result;
    if (axis < 0) return error_set(err, RESULT_INVALID, "the rig has no axis %s", letter);
    if (direction != 1 && direction != -1)
        return error_set(err, RESULT_INVALID, "direction must be 1 or -1");
    struct guard_service jog = {.kind = SERVICE_JOG,
                                .is_rig_empty = 1,
                                .axis = axis,
                                .direction = direction,
                                .renews = renews,
                                .speed = rig->axes[axis].is_rotary ? speed / DEG_PER_RAD : speed};
    bool is_new = !renews && daemon->session.technician.task != TECHNICIAN_JOG;
    struct session_news news = {.kind = SESSION_NEWS_JOG, .as.service = jog};
    result = daemon_take(daemon, &news, err);
    if (result != RESULT_OK) return result;
    if (is_new) note_jog(daemon, call, letter, direction);
    *ret_result = json_true();
    return RESULT_OK;
}

static enum result begin(const struct api_call *call, enum technician_task task, double probe_mm,
                         json_t **ret_result, struct error *err) {
    struct daemon *daemon = call->context;
    enum result result = daemon_need_case(daemon, err);
    if (result == RESULT_OK) result = need_empty_rig(call, err);
    struct session_news news = {.kind = SESSION_NEWS_SERVE, .as.task = {task, probe_mm}};
    if (result == RESULT_OK) result = daemon_take(daemon, &news, err);
    if (result == RESULT_OK) *ret_result = json_true();
    daemon->notify_ns = call->now_ns;
    return result;
}

API_RUN(run_park) {
    return begin(call, TECHNICIAN_PARK, 0, ret_result, err);
}

API_RUN(run_probe) {
    double probe_mm = api_number(call, "depth_mm");
    return begin(call, TECHNICIAN_PROBE, probe_mm, ret_result, err);
}

API_RUN(run_service_stop) {
    struct daemon *daemon = call->context;
    (void)err;
    if (daemon->opened)
        daemon_hear(daemon, (struct session_news){.kind = SESSION_NEWS_SERVICE_STOP});
    daemon->notify_ns = call->now_ns;
    *ret_result = json_true();
    return RESULT_OK;
}

/* --- the doctor --- */

static const char *verdict_of(const struct guard_setting *setting) {
    if (setting->agrees) return "good";
    if (!setting->is_listed) return "absent";
    return setting->level == SETTING_MUST ? "wrong" : "better otherwise";
}

static json_t *row_json(const struct doctor_row *row) {
    static const char *const rules[] = {"equals", "has bits", "lacks bits"};
    const struct guard_setting *s = &row->setting;
    char axis[2] = {s->axis, '\0'};
    return json_pack("{s:i, s:s, s:s, s:o, s:f, s:s, s:s, s:s, s:s}", "number", (int)s->number,
                     "meaning", s->name, "axis", axis, "board",
                     s->is_listed ? json_real(s->board) : json_null(), "wanted", s->wanted, "rule",
                     rules[s->rule % 3], "verdict", verdict_of(s), "why", row->why, "remedy",
                     s->agrees ? "" : SETUP_COMMAND);
}

API_RUN(run_doctor) {
    struct daemon *daemon = call->context;
    const struct technician *technician = &daemon->session.technician;
    enum result result = daemon_need_case(daemon, err);
    if (result != RESULT_OK) return result;
    /* the next call has what stands there then */
    daemon_hear(daemon, (struct session_news){.kind = SESSION_NEWS_DOCTOR});
    if (technician->doctor_answers == 0)
        return error_set(err, RESULT_REFUSED,
                         "the board has not told its settings yet; ask again in a second");
    json_t *rows = json_array();
    int wrong = technician->has_offsets, better = 0;
    for (size_t i = 0; i < technician->row_count; i++) {
        const struct guard_setting *setting = &technician->rows[i].setting;
        wrong += !setting->agrees && setting->level == SETTING_MUST;
        better += !setting->agrees && setting->level != SETTING_MUST;
        json_array_append_new(rows, row_json(&technician->rows[i]));
    }
    *ret_result =
        json_pack("{s:s, s:i, s:i, s:b, s:o}", "board", technician->board, "wrong", wrong, "better",
                  better, "has_work_offsets", technician->has_offsets, "settings", rows);
    return RESULT_OK;
}

/* --- calibrations --- */

static const char *file_of(const struct daemon *daemon, enum calibration_step step) {
    switch (step) {
        case CALIBRATION_CAMERA:
        case CALIBRATION_STEREO:
        case CALIBRATION_RIG:
            return daemon->options.cameras_path;
        case CALIBRATION_RING:
            return daemon->options.ring_path;
        case CALIBRATION_NEEDLE:
            return NEEDLE_FILE;
        case CALIBRATION_DEPTH:
            return DEPTH_FILE;
        case CALIBRATION_REGISTER:
            return REGISTRATION_FILE;
        case CALIBRATION_STEP_COUNT:
            break;
    }
    return "";
}

static json_t *finding_json(const struct daemon *daemon, const struct calibration_finding *f) {
    const struct calibration_limits *limits = calibration_limits_of(f->step);
    json_t *json = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "step",
                             calibration_step_name(f->step), "subject", f->subject, "verdict",
                             calibration_verdict_name(f->verdict), "text", f->sentence, "file",
                             file_of(daemon, f->step), "unit", calibration_step_unit(f->step));
    if (!f->has_record) return json;
    const struct calibration_record *r = &f->record;
    int64_t until_s = r->made_s + (int64_t)(3600 * limits->age_max_h);
    json_object_update_new(
        json,
        json_pack("{s:I, s:I, s:f, s:f, s:f, s:f, s:i, s:i, s:b}", "made_unix_s",
                  (json_int_t)r->made_s, "valid_until_unix_s", (json_int_t)until_s, "residual",
                  r->residual, "residual_max", limits->residual_max, "error_um", r->error_um,
                  "error_max_um", limits->error_max_um, "samples", (int)r->samples, "samples_min",
                  (int)limits->samples_min, "is_simulated", r->is_simulated));
    return json;
}

API_RUN(run_calibration) {
    const struct daemon *daemon = call->context;
    const struct calibration_status *status = &daemon->calibration;
    enum result result = daemon_need_case(daemon, err);
    if (result != RESULT_OK) return result;
    json_t *list = json_array();
    for (uint32_t i = 0; i < status->count; i++)
        json_array_append_new(list, finding_json(daemon, &status->findings[i]));
    *ret_result =
        json_pack("{s:b, s:b, s:s, s:s, s:o}", "is_calibrated", status->is_calibrated,
                  "is_registered", status->is_registered, "folder",
                  daemon->options.calibration_path ? daemon->options.calibration_path : "", "text",
                  daemon->uncalibrated_why, "findings", list);
    return RESULT_OK;
}

static enum result calibrated(const struct api_call *call, enum result result,
                              json_t **ret_result) {
    struct daemon *daemon = call->context;
    daemon->notify_ns = call->now_ns;
    if (result == RESULT_OK) *ret_result = calibrating_json(daemon);
    return result;
}

API_RUN(run_calibrate_start) {
    struct daemon *daemon = call->context;
    const char *step = api_text(call, "step");
    enum result result = daemon_need_case(daemon, err);
    if (result == RESULT_OK) result = calibrating_start(daemon, step, call->now_ns, err);
    return calibrated(call, result, ret_result);
}

API_RUN(run_calibrate_take) {
    struct daemon *daemon = call->context;
    enum result result = daemon_need_case(daemon, err);
    if (result == RESULT_OK) result = calibrating_take(daemon, call->now_ns, err);
    return calibrated(call, result, ret_result);
}

API_RUN(run_calibrate_accept) {
    struct daemon *daemon = call->context;
    enum result result = daemon_need_case(daemon, err);
    if (result == RESULT_OK) result = calibrating_accept(daemon, err);
    return calibrated(call, result, ret_result);
}

API_RUN(run_calibrate_cancel) {
    (void)err;
    calibrating_cancel(call->context);
    return calibrated(call, RESULT_OK, ret_result);
}
