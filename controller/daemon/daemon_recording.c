/* Recordings as the daemon and its API know them: one is of one session, from its begin. */
#include <stdio.h>
#include <unistd.h>

#include "base/text.h"
#include "controller/daemon/api_calls.h"
#include "controller/daemon/daemon.h"
#include "controller/daemon/session_record.h"

enum result daemon_begin_recording(struct daemon *daemon, const struct daemon_case *opened,
                                   struct error *err) {
    const struct daemon_options *options = &daemon->options;
    const char *first = options->record_path;
    if (!daemon->record_next[0] && !first) return RESULT_OK;
    struct recorder_setup setup = {
        .folder = daemon->record_next[0] ? daemon->record_next : first,
        .frames_hz = daemon->record_next[0] ? daemon->record_next_hz : options->record_frames_hz,
        .most_bytes = options->record_most_mb << 20,
        .load = opened->load,
        .cameras_path = options->cameras_path,
        .ring_path = options->ring_path,
        .calibration_path = options->calibration_path};
    enum result result = recorder_create(&setup, daemon->now_ns, &daemon->recorder, err);
    daemon->record_next[0] = '\0';
    daemon->options.record_path = NULL; /* it was for the first session */
    return result;
}

void daemon_record_looks(struct daemon *daemon) {
    const struct head_look *looks;
    size_t count;
    if (!daemon->recorder) return;
    bool are_all = vision_thread_looks(daemon->vision, &looks, &count);
    for (size_t i = 0; i < count; i++)
        session_record_look(recorder_writer(daemon->recorder), daemon->now_ns, &looks[i]);
    if (!are_all)
        recorder_end(daemon->recorder, daemon->now_ns, "the loop did not keep up with the cameras");
}

json_t *daemon_recording_json(const struct daemon *daemon) {
    struct recorder_state state;
    if (!daemon->recorder) return json_null();
    recorder_read(daemon->recorder, &state);
    return json_pack("{s:s, s:b, s:I, s:I, s:I, s:s}", "folder", state.folder, "is_running",
                     state.is_open, "megabytes", (json_int_t)(state.bytes >> 20), "frames",
                     (json_int_t)state.frames, "frames_dropped", (json_int_t)state.frames_dropped,
                     "note", state.note);
}

/* A name within the recordings' folder: who may call is not thereby let write anywhere. */
static enum result name_next(struct daemon *daemon, const char *name, struct error *err) {
    struct case_files plain;
    if (!daemon->options.recordings_path)
        return error_set(err, RESULT_REFUSED,
                         "this smprigd was started without --recordings FOLDER");
    enum result result = case_files_of(daemon->options.recordings_path, name, &plain, err);
    if (result != RESULT_OK) return result;
    char begun[GUARD_PATH_MAX + CASE_NAME_MAX + sizeof SESSION_RECORD_FILE];
    snprintf(begun, sizeof begun, "%s/%s/" SESSION_RECORD_FILE, daemon->options.recordings_path,
             name);
    if (access(begun, F_OK) == 0)
        return error_set(err, RESULT_REFUSED, "there is a recording %s already: another name",
                         name);
    int length = snprintf(daemon->record_next, sizeof daemon->record_next, "%s/%s",
                          daemon->options.recordings_path, name);
    if (length > 0 && (size_t)length < sizeof daemon->record_next) return RESULT_OK;
    daemon->record_next[0] = '\0';
    return error_set(err, RESULT_LIMIT, "%s: the path is too long", name);
}

API_RUN(run_record_start) {
    struct daemon *daemon = call->context;
    if (daemon->recorder && record_is_open(recorder_writer(daemon->recorder)))
        return error_set(err, RESULT_REFUSED, "this session is being recorded already");
    enum result result = name_next(daemon, api_text(call, "name"), err);
    if (result != RESULT_OK) return result;
    daemon->record_next_hz = api_number(call, "frames_hz");
    /* A recording begins with its session: one that waits to be armed begins anew. */
    struct case_files files;
    if (daemon->opened) files = daemon->opened->files;
    if (daemon->opened) result = daemon_load(daemon, &files, err);
    if (result != RESULT_OK)
        daemon->record_next[0] = '\0';
    else
        *ret_result = json_string(daemon->record_next);
    return result;
}

API_RUN(run_record_stop) {
    struct daemon *daemon = call->context;
    bool was_asked = daemon->record_next[0] != '\0';
    daemon->record_next[0] = '\0';
    if (!was_asked && (!daemon->recorder || !record_is_open(recorder_writer(daemon->recorder))))
        return error_set(err, RESULT_REFUSED, "nothing is being recorded");
    recorder_end(daemon->recorder, daemon->now_ns, "stopped by an operator");
    *ret_result = daemon_recording_json(daemon);
    return RESULT_OK;
}
