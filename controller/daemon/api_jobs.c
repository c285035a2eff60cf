/* The API's calls that take seconds: previews and reach reports, made by `smprig` in a process of
 * its own (jobs.h), and fetched by `job`. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/base64.h"
#include "base/clock.h"
#include "controller/daemon/api_calls.h"
#include "controller/daemon/daemon.h"

#define PREVIEW_SIZE "800x600"
/* Between the beginnings of two previews: sliders are dragged. */
#define PREVIEW_PERIOD_NS (500 * NS_PER_MS)
/* Unreached dots that are named one by one. */
#define UNREACHED_TOLD_MAX 1000

/* The processor is the session's while the needle works. */
static enum result need_rest(const struct daemon *daemon, struct error *err) {
    if (daemon_need_case(daemon, err) != RESULT_OK) return RESULT_REFUSED;
    enum session_phase phase = daemon->session.phase;
    if (phase != SESSION_RUNNING && phase != SESSION_SERVING && phase != SESSION_PARKING)
        return RESULT_OK;
    return error_set(err, RESULT_REFUSED, "not while the session is %s: hold it first",
                     session_phase_name(phase));
}

static json_t *begun(const struct jobs *jobs, enum job_kind kind) {
    return json_pack("{s:I}", "job", (json_int_t)jobs->list[kind].number);
}

static bool has(const struct api_call *call, const char *name) {
    return json_object_get(call->params, name) != NULL;
}

/* The design with the sliders' changes, as a plan for the picture alone. */
static enum result add_plan(const struct api_call *call, struct job_commands *commands,
                            const char *plan_path, struct error *err) {
    const struct daemon *daemon = call->context;
    const char *design_path = daemon->opened->files.design_path;
    if (!design_path[0])
        return error_set(err, RESULT_REFUSED,
                         "the case has no design.yaml beside its plan: density, hairline and shade "
                         "cannot be tried");
    job_command(commands, "smprig");
    job_word(commands, "plan");
    job_word(commands, "--scan");
    job_word(commands, "%s", daemon->opened->load.scan_path);
    job_word(commands, "--design");
    job_word(commands, "%s", design_path);
    job_word(commands, "--density-percent");
    job_word(commands, "%g",
             has(call, "density_percent") ? api_number(call, "density_percent") : 100);
    job_word(commands, "--hairline-mm");
    job_word(commands, "%g", api_number(call, "hairline_mm"));
    job_word(commands, "--shade-percent");
    job_word(commands, "%g", has(call, "shade_percent") ? api_number(call, "shade_percent") : 100);
    job_word(commands, "-o");
    job_word(commands, "%s", plan_path);
    return RESULT_OK;
}

static void add_picture(const struct api_call *call, struct job_commands *commands,
                        const char *plan_path, const char *picture_path) {
    static const char *const texts[] = {"from", "when", "zone"};
    static const char *const numbers[] = {"session", "skin"};
    const struct daemon *daemon = call->context;
    job_command(commands, "smprig");
    job_word(commands, "preview");
    job_word(commands, "--scan");
    job_word(commands, "%s", daemon->opened->load.scan_path);
    job_word(commands, "--plan");
    job_word(commands, "%s", plan_path);
    job_word(commands, "--size");
    job_word(commands, PREVIEW_SIZE);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (!has(call, texts[i])) continue;
        job_word(commands, "--%s=%s", texts[i], api_text(call, texts[i]));
    }
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        if (!has(call, numbers[i])) continue;
        job_word(commands, "--%s=%d", numbers[i], (int)api_number(call, numbers[i]));
    }
    job_word(commands, "-o");
    job_word(commands, "%s", picture_path);
}

API_RUN(run_preview) {
    struct daemon *daemon = call->context;
    struct jobs *jobs = &daemon->jobs;
    char plan_path[JOB_PATH_MAX], picture_path[JOB_PATH_MAX];
    struct job_commands commands = {0};
    enum result result = need_rest(daemon, err);
    const struct job *last = &jobs->list[JOB_PREVIEW];
    if (result == RESULT_OK && last->state && call->now_ns - last->begun_ns < PREVIEW_PERIOD_NS)
        return error_set(err, RESULT_LIMIT, "two previews a second at most");
    if (result == RESULT_OK) result = jobs_path(jobs, "preview.ply", plan_path, err);
    if (result == RESULT_OK) result = jobs_path(jobs, "preview.png", picture_path, err);
    if (result != RESULT_OK) return result;
    bool changes =
        has(call, "density_percent") || has(call, "hairline_mm") || has(call, "shade_percent");
    if (changes) result = add_plan(call, &commands, plan_path, err);
    if (result != RESULT_OK) return result;
    add_picture(call, &commands, changes ? plan_path : daemon->opened->load.plan_path,
                picture_path);
    unlink(picture_path);
    result = jobs_begin(jobs, JOB_PREVIEW, &commands, call->now_ns, err);
    if (result == RESULT_OK) *ret_result = begun(jobs, JOB_PREVIEW);
    return result;
}

/* Where the head is now, as a scenario's file says it. */
static enum result write_pose(const struct daemon *daemon, const char *path, struct error *err) {
    const struct head_pose *head = &daemon->session.striker.head;
    struct file_writer writer;
    if (head->state == HEAD_LOST)
        return error_set(err, RESULT_REFUSED,
                         "the head is not seen: reach is reckoned from where it is");
    struct vec3 t = head->T_rig_head.t;
    struct quat q = quat_from_mat3(head->T_rig_head.R);
    enum result result = file_writer_open(&writer, path, err);
    if (result != RESULT_OK) return result;
    fprintf(writer.stream, "name: now\nhead:\n  t_mm: [%.4f, %.4f, %.4f]\n", t.x, t.y, t.z);
    fprintf(writer.stream, "  q_xyzw: [%.8f, %.8f, %.8f, %.8f]\n", q.x, q.y, q.z, q.w);
    return file_writer_commit(&writer, err);
}

API_RUN(run_reach) {
    struct daemon *daemon = call->context;
    char pose_path[JOB_PATH_MAX];
    struct job_commands commands = {0};
    enum result result = need_rest(daemon, err);
    if (result == RESULT_OK) result = jobs_path(&daemon->jobs, "pose.yaml", pose_path, err);
    if (result == RESULT_OK) result = write_pose(daemon, pose_path, err);
    if (result != RESULT_OK) return result;
    const struct guard_load *load = &daemon->opened->load;
    const char *const words[] = {"reach",         "--plan", load->plan_path, "--rig",
                                 load->rig_path,  "--pose", pose_path,       "--scan",
                                 load->scan_path, "--json"};
    job_command(&commands, "smprig");
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) job_word(&commands, "%s", words[i]);
    result = jobs_begin(&daemon->jobs, JOB_REACH, &commands, call->now_ns, err);
    if (result == RESULT_OK) *ret_result = begun(&daemon->jobs, JOB_REACH);
    return result;
}

/* The journal's chain first: a report is made of a case that holds alone. */
API_RUN(run_report) {
    static const char *const outputs[] = {"json", "png", "pdf"};
    struct daemon *daemon = call->context;
    struct job_commands commands = {0};
    enum result result = need_rest(daemon, err);
    if (result != RESULT_OK) return result;
    const struct guard_load *load = &daemon->opened->load;
    const char *const words[] = {"report",
                                 "--scan",
                                 load->scan_path,
                                 "--plan",
                                 load->plan_path,
                                 "--case",
                                 daemon->opened->files.case_path};
    job_command(&commands, "smprig");
    job_word(&commands, "report");
    job_word(&commands, "verify");
    job_word(&commands, "--case");
    job_word(&commands, "%s", daemon->opened->files.case_path);
    job_command(&commands, "smprig");
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) job_word(&commands, "%s", words[i]);
    for (size_t i = 0; i < sizeof outputs / sizeof *outputs && result == RESULT_OK; i++) {
        char name[32], path[JOB_PATH_MAX];
        snprintf(name, sizeof name, "report.%s", outputs[i]);
        result = jobs_path(&daemon->jobs, name, path, err);
        if (result != RESULT_OK) break;
        unlink(path);
        job_word(&commands, "--%s", outputs[i]);
        job_word(&commands, "%s", path);
    }
    if (result == RESULT_OK)
        result = jobs_begin(&daemon->jobs, JOB_REPORT, &commands, call->now_ns, err);
    if (result == RESULT_OK) *ret_result = begun(&daemon->jobs, JOB_REPORT);
    return result;
}

/* --- fetching --- */

/* A file of the jobs' folder, as base64 under `key`. */
static enum result take_file(const struct jobs *jobs, const char *name, const char *key,
                             json_t *answer, struct error *err) {
    char path[JOB_PATH_MAX], *data = NULL;
    size_t size = 0;
    snprintf(path, sizeof path, "%.80s/%s", jobs->folder, name);
    enum result result = file_read(path, JOB_RESULT_MAX, &data, &size, err);
    if (result != RESULT_OK) return result;
    char *encoded = malloc(BASE64_SIZE(size));
    if (encoded) {
        size_t length = base64_encode((const uint8_t *)data, size, encoded);
        json_object_set_new(answer, key, json_stringn(encoded, length));
    }
    free(encoded);
    free(data);
    return RESULT_OK;
}

/* `smprig reach --json` ends with its object; before it stand lines of progress. */
static enum result take_reach(const struct jobs *jobs, json_t *answer, struct error *err) {
    char path[JOB_PATH_MAX], *data = NULL;
    size_t size = 0;
    jobs_log_path(jobs, JOB_REACH, path);
    enum result result = file_read(path, 8 * JOB_RESULT_MAX, &data, &size, err);
    if (result != RESULT_OK) return result;
    const char *object = data[0] == '{' ? data : strstr(data, "\n{");
    json_t *report = object ? json_loads(object, JSON_DISABLE_EOF_CHECK, NULL) : NULL;
    free(data);
    if (!report) return error_set(err, RESULT_FORMAT, "smprig reach did not answer in JSON");
    json_t *unreached = json_object_get(report, "unreached");
    size_t count = json_array_size(unreached);
    json_object_set_new(report, "unreached_count", json_integer((json_int_t)count));
    while (json_array_size(unreached) > UNREACHED_TOLD_MAX)
        json_array_remove(unreached, json_array_size(unreached) - 1);
    json_object_set_new(answer, "report", report);
    return RESULT_OK;
}

static enum result take_report(const struct jobs *jobs, json_t *answer, struct error *err) {
    char path[JOB_PATH_MAX], *data = NULL;
    size_t size = 0;
    enum result result = take_file(jobs, "report.png", "png", answer, err);
    if (result == RESULT_OK) result = take_file(jobs, "report.pdf", "pdf", answer, err);
    snprintf(path, sizeof path, "%.80s/report.json", jobs->folder);
    if (result == RESULT_OK) result = file_read(path, JOB_RESULT_MAX, &data, &size, err);
    if (result != RESULT_OK) return result;
    json_t *report = json_loadb(data, size, 0, NULL);
    free(data);
    if (!report) return error_set(err, RESULT_FORMAT, "smprig report did not write JSON");
    json_object_set_new(answer, "report", report);
    return RESULT_OK;
}

static enum result take_result(const struct jobs *jobs, enum job_kind kind, json_t *answer,
                               struct error *err) {
    switch (kind) {
        case JOB_PREVIEW:
            return take_file(jobs, "preview.png", "png", answer, err);
        case JOB_REACH:
            return take_reach(jobs, answer, err);
        case JOB_REPORT:
            return take_report(jobs, answer, err);
        case JOB_CALIBRATION: /* told by the state's `calibrating` */
        case JOB_KIND_COUNT:
            break;
    }
    return RESULT_OK;
}

API_RUN(run_job) {
    struct daemon *daemon = call->context;
    enum job_kind kind = JOB_KIND_COUNT;
    const struct job *job = jobs_find(&daemon->jobs, (uint32_t)api_number(call, "number"), &kind);
    if (!job) return error_set(err, RESULT_NOT_FOUND, "no such job, or a newer one has its place");
    int64_t until_ns = job->state == JOB_RUNNING ? call->now_ns : job->ended_ns;
    json_t *answer = json_pack("{s:I, s:s, s:s, s:s, s:f}", "number", (json_int_t)job->number,
                               "kind", job_kind_name(kind), "state", job_state_name(job->state),
                               "text", job->text, "seconds", ns_to_s(until_ns - job->begun_ns));
    enum result result = RESULT_OK;
    if (job->state == JOB_DONE) result = take_result(&daemon->jobs, kind, answer, err);
    if (result == RESULT_OK)
        *ret_result = answer;
    else
        json_decref(answer);
    return result;
}

json_t *daemon_jobs_json(const struct daemon *daemon) {
    json_t *list = json_array();
    for (enum job_kind kind = 0; kind < JOB_KIND_COUNT; kind++) {
        const struct job *job = &daemon->jobs.list[kind];
        if (job->state == JOB_NONE) continue;
        json_array_append_new(
            list, json_pack("{s:I, s:s, s:s}", "number", (json_int_t)job->number, "kind",
                            job_kind_name(kind), "state", job_state_name(job->state)));
    }
    return list;
}
