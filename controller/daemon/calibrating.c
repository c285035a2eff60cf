#include "controller/daemon/calibrating.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "controller/daemon/daemon.h"
#include "vision/calibration/check.h"
#include "vision/camera_name.h"

/* A view that has not come by then never will: a camera is dark. */
#define TAKE_NS (2 * NS_PER_S)
#define BOARD_FILE "board.yaml"

struct step_words {
    const char *name, *guidance;
    uint32_t needed;
    bool has_images, has_poses;
    enum calibration_step record;
};

static const struct step_words words[CALIBRATING_STEP_COUNT] = {
    [CALIBRATING_NONE] = {"", "", 0, false, false, CALIBRATION_STEP_COUNT},
    [CALIBRATING_RING] =
        {"ring",
         "Hold the ring before the cameras, turned 20 to 30 deg to another side for "
         "each view; 10 or more.",
         10, true, false, CALIBRATION_RING},
    [CALIBRATING_RIG] =
        {"rig",
         "Fix the board to the tool. Jog to another pose for each view, tilting about "
         "both axes; 6 or more.",
         6, true, true, CALIBRATION_RIG},
    [CALIBRATING_NEEDLE] =
        {"needle",
         "Jog the tip onto the reference point, leaning to another side for each "
         "view; 6 or more.",
         6, false, true, CALIBRATION_NEEDLE},
    [CALIBRATING_BOARD] =
        {"board", "Print the sheet at 100 %, glue it onto glass or aluminium, measure a tag.", 0,
         false, false, CALIBRATION_STEP_COUNT},
};

/* Steps of the command line alone, and how. */
static const struct {
    const char *name, *command;
} elsewhere[] = {
    {"camera", "smprig calibrate camera --images DIR --board board.yaml -o CAMERA.yaml"},
    {"stereo",
     "smprig calibrate stereo --images DIR --cameras LEFT.yaml --cameras RIGHT.yaml --board "
     "board.yaml -o CAMERAS.yaml"},
    {"depth",
     "smprig calibrate depth --touches TOUCHES.txt --poses HEAD.csv --scan SCAN.ply -o "
     "depth.yaml"},
    {"register", "smprig register (docs/calibration.md)"},
};

const char *calibrating_step_name(enum calibrating_step step) {
    return (unsigned)step < CALIBRATING_STEP_COUNT ? words[step].name : "unknown";
}

static enum result find_step(const char *name, enum calibrating_step *ret_step, struct error *err) {
    for (size_t i = 0; i < sizeof elsewhere / sizeof *elsewhere; i++)
        if (strcmp(name, elsewhere[i].name) == 0)
            return error_set(err, RESULT_REFUSED, "%s is done by the command line: %s", name,
                             elsewhere[i].command);
    for (int i = CALIBRATING_NONE + 1; i < CALIBRATING_STEP_COUNT; i++) {
        if (strcmp(name, words[i].name) != 0) continue;
        *ret_step = (enum calibrating_step)i;
        return RESULT_OK;
    }
    return error_set(err, RESULT_INVALID, "step must be ring, rig, needle or board");
}

/* Where the accepted file belongs. */
static void file_of(const struct daemon *daemon, enum calibrating_step step, char *ret_path,
                    size_t size) {
    const char *folder = daemon->options.calibration_path;
    const char *path = step == CALIBRATING_RING  ? daemon->options.ring_path
                       : step == CALIBRATING_RIG ? daemon->options.cameras_path
                                                 : NULL;
    if (path)
        snprintf(ret_path, size, "%s", path);
    else
        snprintf(ret_path, size, "%s/%s", folder,
                 step == CALIBRATING_NEEDLE ? NEEDLE_FILE : BOARD_FILE);
}

static void add_command(struct daemon *daemon, struct job_commands *commands) {
    const struct calibrating *c = &daemon->calibrating;
    const struct daemon_options *options = &daemon->options;
    const char *folder = daemon->jobs.folder;
    job_command(commands, "smprig");
    job_word(commands, "calibrate");
    job_word(commands, "%s", words[c->step].name);
    if (words[c->step].has_images) {
        job_word(commands, "--images");
        job_word(commands, "%s", folder);
        job_word(commands, "--cameras");
        job_word(commands, "%s", options->cameras_path);
    }
    if (words[c->step].has_poses) {
        job_word(commands, "--poses");
        job_word(commands, "%s/poses.txt", folder);
    }
    if (c->step == CALIBRATING_RING) {
        job_word(commands, "--ring");
        job_word(commands, "%s", options->ring_path);
    }
    if (c->step == CALIBRATING_RIG) {
        job_word(commands, "--board");
        job_word(commands, "%s/" BOARD_FILE, options->calibration_path);
    }
    if (c->step == CALIBRATING_BOARD) {
        job_word(commands, "--print");
        job_word(commands, "%s/board.pdf", options->calibration_path);
    } else if (camera_name_is_simulated(options->frames)) {
        job_word(commands, "--simulated");
    }
    job_word(commands, "-o");
    job_word(commands, "%s/calibrated.yaml", folder);
}

static enum result judge(struct daemon *daemon, int64_t now_ns, struct error *err) {
    struct calibrating *c = &daemon->calibrating;
    struct job_commands commands = {0};
    char path[JOB_PATH_MAX];
    enum result result = jobs_path(&daemon->jobs, "calibrated.yaml", path, err);
    if (result != RESULT_OK) return result;
    unlink(path);
    c->is_judged = false;
    add_command(daemon, &commands);
    result = jobs_begin(&daemon->jobs, JOB_CALIBRATION, &commands, now_ns, err);
    if (result == RESULT_OK) c->job = daemon->jobs.list[JOB_CALIBRATION].number;
    return result;
}

/* The lists that the views are added to. */
static enum result begin_lists(struct daemon *daemon, struct error *err) {
    static const char *const lists[] = {"index.txt", "poses.txt"};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        char path[JOB_PATH_MAX];
        enum result result = jobs_path(&daemon->jobs, lists[i], path, err);
        FILE *list = result == RESULT_OK ? fopen(path, "we") : NULL;
        if (!list) return error_set(err, RESULT_IO, "%s: %s", lists[i], strerror(errno));
        fclose(list);
    }
    return RESULT_OK;
}

enum result calibrating_start(struct daemon *daemon, const char *step, int64_t now_ns,
                              struct error *err) {
    enum calibrating_step which = CALIBRATING_NONE;
    enum result result = find_step(step, &which, err);
    if (result != RESULT_OK) return result;
    if (daemon->calibrating.step != CALIBRATING_NONE)
        return error_set(err, RESULT_REFUSED,
                         "the calibration of the %s is under way: accept or "
                         "cancel it first",
                         calibrating_step_name(daemon->calibrating.step));
    if (!daemon_may_change_case(daemon))
        return error_set(err, RESULT_REFUSED, "not while the rig is armed or moves");
    if (!daemon->options.calibration_path)
        return error_set(err, RESULT_REFUSED, "smprigd was started without --calibration FOLDER");
    result = begin_lists(daemon, err);
    if (result != RESULT_OK) return result;
    daemon->calibrating = (struct calibrating){.step = which};
    if (words[which].needed == 0) result = judge(daemon, now_ns, err);
    if (result != RESULT_OK) daemon->calibrating.step = CALIBRATING_NONE;
    return result;
}

enum result calibrating_take(struct daemon *daemon, int64_t now_ns, struct error *err) {
    struct calibrating *c = &daemon->calibrating;
    if (words[c->step].needed == 0)
        return error_set(err, RESULT_REFUSED, "no calibration that takes views is under way");
    if (c->is_taking) return error_set(err, RESULT_REFUSED, "a view is being taken");
    if (c->views == CALIBRATING_VIEWS_MAX)
        return error_set(err, RESULT_LIMIT, "%d views are enough", CALIBRATING_VIEWS_MAX);
    if (words[c->step].has_poses && daemon->session.machine.state != MACHINE_IDLE)
        return error_set(err, RESULT_REFUSED, "the rig must stand still for a view");
    for (size_t i = 0; i < RIG_AXES_MAX; i++) c->axes.q[i] = daemon->session.machine.q[i];
    c->is_taking = true;
    c->asked_ns = now_ns;
    if (words[c->step].has_images) frame_grab_ask(vision_thread_grab(daemon->vision));
    return RESULT_OK;
}

static enum result add_line(const struct daemon *daemon, const char *list, const char *line,
                            struct error *err) {
    char path[JOB_PATH_MAX];
    snprintf(path, sizeof path, "%.80s/%s", daemon->jobs.folder, list);
    FILE *stream = fopen(path, "ae");
    bool is_written = stream && fputs(line, stream) >= 0;
    if (stream && fclose(stream) != 0) is_written = false;
    return is_written ? RESULT_OK : error_set(err, RESULT_IO, "%s: %s", path, strerror(errno));
}

static enum result add_pose(const struct daemon *daemon, struct error *err) {
    const struct calibrating *c = &daemon->calibrating;
    struct pose T = kinematics_forward(&daemon->rig, &c->axes);
    struct quat q = quat_from_mat3(T.R);
    char line[256];
    snprintf(line, sizeof line, "%u.000000 %.6f %.6f %.6f %.9f %.9f %.9f %.9f\n", c->views, T.t.x,
             T.t.y, T.t.z, q.x, q.y, q.z, q.w);
    return add_line(daemon, "poses.txt", line, err);
}

/* *ret_is_there: the cameras have given it. */
static enum result add_images(struct daemon *daemon, bool *ret_is_there, struct error *err) {
    const struct calibrating *c = &daemon->calibrating;
    char prefix[16], line[64];
    uint32_t count = 0;
    snprintf(prefix, sizeof prefix, "view%02u", c->views);
    enum result result = frame_grab_write(vision_thread_grab(daemon->vision), daemon->jobs.folder,
                                          prefix, &count, err);
    for (uint32_t i = 0; i < count && result == RESULT_OK; i++) {
        snprintf(line, sizeof line, "%u.000000 %u %s_%u.pgm\n", c->views, i, prefix, i);
        result = add_line(daemon, "index.txt", line, err);
    }
    *ret_is_there = count > 0;
    return result;
}

static void take_view(struct daemon *daemon, int64_t now_ns) {
    struct calibrating *c = &daemon->calibrating;
    struct error err = {0};
    bool is_there = true;
    enum result result = RESULT_OK;
    if (words[c->step].has_images) result = add_images(daemon, &is_there, &err);
    if (result == RESULT_OK && !is_there && now_ns - c->asked_ns < TAKE_NS) return;
    c->is_taking = false;
    if (result == RESULT_OK && !is_there)
        result = error_set(&err, RESULT_TIMEOUT, "the cameras gave no whole picture: try again");
    if (result == RESULT_OK && words[c->step].has_poses) result = add_pose(daemon, &err);
    if (result == RESULT_OK && ++c->views >= words[c->step].needed)
        result = judge(daemon, now_ns, &err);
    snprintf(c->text, sizeof c->text, "%.200s", result == RESULT_OK ? "" : err.text);
    daemon->notify_ns = now_ns;
}

static void take_judgement(struct daemon *daemon) {
    struct calibrating *c = &daemon->calibrating;
    const struct job *job = &daemon->jobs.list[JOB_CALIBRATION];
    struct calibration_records records = {0};
    struct error err = {0};
    char path[JOB_PATH_MAX];
    if (c->job != job->number || job->state == JOB_RUNNING) return;
    c->job = 0;
    snprintf(c->text, sizeof c->text, "%s", job->text);
    if (job->state != JOB_DONE) return;
    snprintf(path, sizeof path, "%.80s/calibrated.yaml", daemon->jobs.folder);
    if (c->step == CALIBRATING_BOARD) {
        c->is_judged = true;
    } else if (calibration_records_read(path, &records, &err) != RESULT_OK) {
        snprintf(c->text, sizeof c->text, "%.200s", err.text);
    } else {
        const struct calibration_record *record =
            calibration_records_find(&records, words[c->step].record, NULL);
        c->is_judged = record != NULL;
        if (record) c->record = *record;
    }
}

void calibrating_tick(struct daemon *daemon, int64_t now_ns) {
    struct calibrating *c = &daemon->calibrating;
    if (c->step == CALIBRATING_NONE) return;
    if (c->is_taking) take_view(daemon, now_ns);
    if (c->job) take_judgement(daemon);
}

static bool is_good(const struct daemon *daemon) {
    const struct calibrating *c = &daemon->calibrating;
    if (c->step == CALIBRATING_BOARD) return c->is_judged;
    bool allows_simulated = camera_name_is_simulated(daemon->options.frames);
    return c->is_judged &&
           calibration_judge(&c->record, (int64_t)time(NULL), allows_simulated) == CALIBRATION_GOOD;
}

/* Copied, for a rename goes not across file systems. The old one is kept beside it. */
static enum result move_into_place(const char *from, const char *to, struct error *err) {
    char old[GUARD_PATH_MAX + 8];
    enum result result = RESULT_OK;
    snprintf(old, sizeof old, "%.511s.old", to);
    if (access(to, F_OK) == 0) result = file_copy(to, old, JOB_RESULT_MAX, err);
    return result == RESULT_OK ? file_copy(from, to, JOB_RESULT_MAX, err) : result;
}

enum result calibrating_accept(struct daemon *daemon, struct error *err) {
    struct calibrating *c = &daemon->calibrating;
    char from[JOB_PATH_MAX], to[GUARD_PATH_MAX];
    if (c->step == CALIBRATING_NONE)
        return error_set(err, RESULT_REFUSED, "no calibration is under way");
    if (!is_good(daemon))
        return error_set(err, RESULT_REFUSED, "it is not good enough yet: take more views");
    if (!daemon_may_change_case(daemon))
        return error_set(err, RESULT_REFUSED, "not while the rig is armed or moves");
    snprintf(from, sizeof from, "%.80s/calibrated.yaml", daemon->jobs.folder);
    file_of(daemon, c->step, to, sizeof to);
    enum result result = move_into_place(from, to, err);
    if (result != RESULT_OK) return result;
    daemon_say(daemon, EVENT_INFO, "calibration of the %s accepted: %s",
               calibrating_step_name(c->step), to);
    daemon->wants_reload = c->step != CALIBRATING_BOARD; /* cameras and case by the new file */
    *c = (struct calibrating){0};
    return RESULT_OK;
}

void calibrating_cancel(struct daemon *daemon) {
    daemon->calibrating = (struct calibrating){0};
}

json_t *calibrating_json(const struct daemon *daemon) {
    const struct calibrating *c = &daemon->calibrating;
    if (c->step == CALIBRATING_NONE) return json_null();
    json_t *json =
        json_pack("{s:s, s:s, s:i, s:i, s:b, s:b, s:b, s:b, s:s}", "step", words[c->step].name,
                  "guidance", words[c->step].guidance, "views", (int)c->views, "needed",
                  (int)words[c->step].needed, "is_taking", c->is_taking, "is_judging", c->job != 0,
                  "is_judged", c->is_judged, "is_good", is_good(daemon), "text", c->text);
    if (!c->is_judged || c->step == CALIBRATING_BOARD) return json;
    const struct calibration_limits *limits = calibration_limits_of(c->record.step);
    json_object_update_new(
        json, json_pack("{s:f, s:f, s:s, s:f, s:f}", "residual", c->record.residual, "residual_max",
                        limits->residual_max, "unit", calibration_step_unit(c->record.step),
                        "error_um", c->record.error_um, "error_max_um", limits->error_max_um));
    return json;
}
