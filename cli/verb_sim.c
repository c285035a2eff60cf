/* smprig sim: a whole session offline, on a virtual clock: the case file, the report and the traces
 * of a real one, and the truth beside them. */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/options.h"
#include "base/progress.h"
#include "base/share.h"
#include "cli/report/report.h"
#include "cli/sim_from.h"
#include "cli/sim_record.h"
#include "cli/verbs.h"
#include "controller/journal/journal.h"
#include "sim/faults.h"
#include "sim/simulate.h"

#define PATH_SIZE 512
#define BATCH 256u /* journal entries written at once */
#define POSE_NOISE_MM 0.002
#define RIG_DEFAULT "configs/rigs/gantry.yaml"
#define SCAN_DEFAULT "configs/scans/colin27.ply"

struct sim_options {
    const char *scenario, *rig, *scan, *design, *plan, *motion, *faults, *from, *cameras, *output;
    int64_t seed, dots;
    bool is_recorded;
    bool is_short, is_bare; /* bare: only result.json is left, for sweeps */
};

/* As the command line, a recording or the scenario names them. */
struct sim_inputs {
    struct sim_from from;
    const char *rig, *scan;
};

struct sim_paths {
    char plan[PATH_SIZE], case_file[PATH_SIZE], truth[PATH_SIZE], trace[PATH_SIZE],
        poses[PATH_SIZE];
    char report_json[PATH_SIZE], report_png[PATH_SIZE], result[PATH_SIZE];
};

/* Where journal entries go, a batch at a time. */
struct notebook {
    struct journal *journal;
    struct journal_entry entries[BATCH];
    size_t count;
    enum result result;
    struct error err;
    struct progress progress;
};

static const char usage[] =
    "Usage: smprig sim [--scenario S.yaml] [--rig R.yaml] [--scan S.ply] [--design D.yaml |\n"
    "       --plan P.ply] [--motion still|breathing|restless|sneeze|POSES.txt]\n"
    "       [--faults F.yaml] [--from FOLDER] [--cameras noise|rendered] [--seed N]\n"
    "       [--dots N | --short] [--record] [--bare] [-o FOLDER]\n"
    "Runs a whole session on a virtual clock and writes case.db, plan.ply, truth.csv,\n"
    "trace.txt, poses.txt, report.json, report.png and result.json into FOLDER (out/sim). What "
    "is not\n"
    "given comes from the scenario (configs/scenarios/, docs/sim.md). POSES.txt is a TUM\n"
    "trajectory of the head in the rig frame: t tx ty tz qx qy qz qw, s and mm.\n"
    "--cameras rendered draws every frame and tracks it; noise models what the tracker says.\n"
    "--bare leaves result.json, truth.csv and the case alone, for sweeps.\n"
    "--record keeps session.rec and guard.rec too, for smprig replay FOLDER.\n"
    "--from takes the head's motion, scan, plan and rig of a recording (smprig record, or an\n"
    "earlier run with --record), unless others are given; of a run without a recording the\n"
    "motion alone. A recorded head goes on back and forth when the session takes longer.\n"
    "Exit code 1 when an invariant was violated or the scenario did not show what it must.\n";

/* --- what is simulated --- */

static const char *or_else(const char *given, const char *scenario, const char *otherwise) {
    return given ? given : share_path(scenario[0] ? scenario : otherwise);
}

static enum result take_motion(struct scenario *scenario, const char *motion, struct error *err) {
    bool is_still = strcmp(motion, "still") == 0, is_sneeze = strcmp(motion, "sneeze") == 0;
    bool is_restless = strcmp(motion, "restless") == 0;
    if (!is_still && !is_sneeze && !is_restless && strcmp(motion, "breathing") != 0)
        return scenario_take_recording(scenario, motion, err);
    if (is_still)
        scenario->breathing_mm = scenario->breathing_rad = scenario->drift_mm_s =
            scenario->heartbeat_mm = scenario->tremor_mm = 0;
    if (is_restless) scenario->restless_mm = 4;
    if (is_sneeze && scenario->fault_count < SCENARIO_FAULTS_MAX) {
        struct scenario_fault *fault = &scenario->faults[scenario->fault_count++];
        *fault = (struct scenario_fault){.moment = MOMENT_IN_DOWN, .after_dots = 5};
        (void)!fault_find("a sneeze", &fault->row);
    }
    return RESULT_OK;
}

/* Of a recording, or of a run that left its poses alone. */
static enum result take_recorded_motion(const struct sim_options *options, struct sim_from *from,
                                        struct scenario *scenario, struct error *err) {
    char poses[PATH_SIZE];
    if (from->poses.count) return scenario_take_poses(scenario, &from->poses, err);
    snprintf(poses, sizeof poses, "%s/poses.txt", options->from);
    return scenario_take_recording(scenario, poses, err);
}

static enum result take_cameras(struct scenario *scenario, const char *word, struct error *err) {
    for (int i = 0; scenario_sensor_words[i]; i++)
        if (strcmp(scenario_sensor_words[i], word) == 0) {
            scenario->has_drawn_frames = i == 1;
            return RESULT_OK;
        }
    return error_set(err, RESULT_INVALID, "--cameras %s: expected noise or rendered", word);
}

/* The stage with the scenario as the command line changes it; its plan cut to the dots wanted. */
static enum result set_stage(const struct sim_options *options, struct stage *stage,
                             struct sim_inputs *ret_inputs, struct error *err) {
    struct scenario scenario;
    struct sim_from *from = &ret_inputs->from;
    enum result result = options->from ? sim_from_read(options->from, from, err) : RESULT_OK;
    bool has_poses_alone = result == RESULT_NOT_FOUND; /* a run that was not recorded */
    if (result != RESULT_OK && !has_poses_alone) return result;
    result = scenario_read(options->scenario, &scenario, err);
    if (result != RESULT_OK) return result;
    const struct scenario_run *run = &scenario.run;
    const char *design =
        options->is_short && run->short_design[0] ? run->short_design : run->design;
    const char *plan = options->plan ? options->plan : options->design ? NULL : from->plan;
    const struct stage_files files = {
        .rig = or_else(options->rig, from->rig, or_else(NULL, run->rig, RIG_DEFAULT)),
        .scenario = options->scenario,
        .scan = or_else(options->scan, from->scan, or_else(NULL, run->scan, SCAN_DEFAULT)),
        .design = or_else(options->design, design, "configs/designs/crown.yaml"),
        .plan = plan && plan[0] ? plan : NULL};
    result = stage_read(&files, stage, err);
    scenario_release(&scenario);
    if (result != RESULT_OK) {
        pose_list_release(&from->poses);
        return result;
    }
    run = &stage->scenario.run;
    ret_inputs->rig = or_else(options->rig, from->rig, or_else(NULL, run->rig, RIG_DEFAULT));
    ret_inputs->scan = or_else(options->scan, from->scan, or_else(NULL, run->scan, SCAN_DEFAULT));
    if (options->from) result = take_recorded_motion(options, from, &stage->scenario, err);
    if (result == RESULT_OK && options->motion)
        result = take_motion(&stage->scenario, options->motion, err);
    if (result == RESULT_OK && options->faults)
        result = scenario_take_faults(&stage->scenario, options->faults, err);
    if (result == RESULT_OK && options->cameras)
        result = take_cameras(&stage->scenario, options->cameras, err);
    int64_t dots = options->dots       ? options->dots
                   : options->is_short ? stage->scenario.run.short_dots
                                       : stage->scenario.run.dots;
    if (dots && (size_t)dots < stage->plan.dot_count) stage->plan.dot_count = (size_t)dots;
    if (result != RESULT_OK) stage_release(stage);
    return result;
}

/* --- the case file --- */

static void flush(struct notebook *notebook) {
    if (notebook->count && notebook->result == RESULT_OK)
        notebook->result =
            journal_append(notebook->journal, notebook->entries, notebook->count, &notebook->err);
    notebook->count = 0;
}

static void on_entry(void *context, const struct journal_entry *entry) {
    struct notebook *notebook = context;
    notebook->entries[notebook->count++] = *entry;
    if (notebook->count == BATCH) flush(notebook);
}

static void on_progress(void *context, size_t done, size_t whole) {
    struct notebook *notebook = context;
    progress_update(&notebook->progress, (double)done, (double)whole, clock_now_ns());
}

static bool name_paths(const char *folder, struct sim_paths *paths) {
    const struct {
        char *to;
        const char *name;
    } names[] = {{paths->plan, "plan.ply"},         {paths->case_file, "case.db"},
                 {paths->truth, "truth.csv"},       {paths->poses, "poses.txt"},
                 {paths->trace, "trace.txt"},       {paths->report_json, "report.json"},
                 {paths->report_png, "report.png"}, {paths->result, "result.json"}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        int length = snprintf(names[i].to, PATH_SIZE, "%s/%s", folder, names[i].name);
        if (length < 0 || length >= PATH_SIZE) return false;
    }
    return true;
}

static void remove_all_but_result(const struct sim_paths *paths) {
    verb_remove_case(paths->case_file);
    unlink(paths->plan);
    unlink(paths->truth);
}

/* The session strikes the plan of the file, as a real one does: its numbers are rounded. */
static enum result open_case(const struct sim_paths *paths, struct dot_plan *plan,
                             struct notebook *notebook, struct error *err) {
    char plan_sha256[SHA256_HEX_SIZE];
    verb_remove_case(paths->case_file);
    enum result result = dot_plan_write(plan, paths->plan, err);
    if (result == RESULT_OK) result = file_sha256(paths->plan, plan_sha256, err);
    struct dot_plan written;
    if (result == RESULT_OK) result = dot_plan_read(paths->plan, &written, err);
    if (result != RESULT_OK) return result;
    dot_plan_release(plan);
    *plan = written;
    struct journal_binding binding = {plan->scan_sha256, plan_sha256};
    return journal_open(paths->case_file, plan, binding, &notebook->journal, err);
}

/* --- the result --- */

static void set_spread(json_t *json, const char *name, const struct report_spread *spread) {
    json_t *values = json_object();
    const double numbers[] = {spread->median, spread->p95, spread->max};
    const char *const names[] = {"median", "p95", "max"};
    for (size_t i = 0; i < 3; i++)
        json_object_set_new(values, names[i],
                            isfinite(numbers[i]) ? json_real(numbers[i]) : json_null());
    json_object_set_new(json, name, values);
}

static json_t *result_json(const struct simulate_result *result, const struct report *report,
                           const char *failure) {
    json_t *violations = json_array();
    for (size_t i = 0; i < result->violation_count && i < VIOLATIONS_MAX; i++)
        json_array_append_new(
            violations, json_pack("{s:i, s:f, s:s}", "invariant", result->violations[i].number,
                                  "at_s", ns_to_s(result->violations[i].at_ns - NS_PER_S), "text",
                                  result->violations[i].text));
    json_t *json = json_pack(
        "{s:b, s:s, s:I, s:I, s:I, s:I, s:I, s:f, s:I, s:I, s:I, s:I, s:I, s:o}", "passed",
        failure[0] == '\0', "why", failure, "dots", (json_int_t)report->plan.dot_count, "done",
        (json_int_t)report->done, "skipped", (json_int_t)report->skipped, "doubtful",
        (json_int_t)report->doubtful, "pending", (json_int_t)report->pending, "session_s",
        result->virtual_s, "holds", (json_int_t)result->holds, "faults", (json_int_t)result->faults,
        "jumped_under_a_strike", (json_int_t)result->jumped, "touches_of_a_retracted_needle",
        (json_int_t)result->touches, "violation_count", (json_int_t)result->violation_count,
        "violations", violations);
    set_spread(json, "placement_um", &report->placement_um);
    set_spread(json, "depth_error_um", &report->depth_error_um);
    set_spread(json, "drag_um", &report->drag_um);
    set_spread(json, "in_skin_ms", &report->in_skin_ms);
    return json;
}

static enum result write_result(const char *path, json_t *json, struct error *err) {
    struct file_writer writer;
    if (!json) return error_set(err, RESULT_NO_MEMORY, "%s: out of memory", path);
    enum result result = file_writer_open(&writer, path, err);
    if (result == RESULT_OK) {
        json_dumpf(json, writer.stream, JSON_INDENT(2) | JSON_REAL_PRECISION(8));
        fputc('\n', writer.stream);
        result = file_writer_commit(&writer, err);
    }
    json_decref(json);
    return result;
}

/* Tell, draw, and judge. */
static int conclude(const struct stage *stage, const struct sim_paths *paths, const char *scan,
                    const struct simulate_result *result, bool is_bare) {
    struct error err = {0}, failure = {0};
    struct report report;
    const struct report_inputs inputs = {.scan_path = scan,
                                         .plan_path = paths->plan,
                                         .case_path = paths->case_file,
                                         .truth_path = paths->truth,
                                         .json_path = paths->report_json,
                                         .png_path = paths->report_png};
    enum result made = is_bare ? RESULT_OK : report_make(&inputs, &err);
    if (made == RESULT_OK) made = report_gather(&inputs, &report, &err);
    if (made != RESULT_OK) return verb_fail("sim", &err);
    const struct simulate_outcome outcome = {
        report.done, report.doubtful, report.punctures ? report.placement_um.max : (double)NAN};
    enum result shown = simulate_shows(&stage->scenario, result, &outcome, &failure);
    made = write_result(paths->result,
                        result_json(result, &report, shown == RESULT_OK ? "" : failure.text), &err);
    report_release(&report);
    if (made != RESULT_OK) return verb_fail("sim", &err);
    if (is_bare) remove_all_but_result(paths);
    if (!is_bare)
        printf("  %s\n  %s\n\n  %s: %.1f s, %d holds, %d faults; %s\n", paths->truth, paths->trace,
               stage->scenario.name, result->virtual_s, (int)result->holds, (int)result->faults,
               stage->scenario.shows.sentence);
    if (shown == RESULT_OK) return EX_OK;
    fprintf(stderr, "smprig sim: %s\n", failure.text);
    return EXIT_FAILURE;
}

static int run_sim(const struct sim_options *options) {
    struct sim_paths paths;
    struct stage stage;
    struct error err = {0};
    struct simulate_result simulated = {0};
    struct notebook *notebook = calloc(1, sizeof *notebook);
    static struct sim_inputs inputs;
    struct sim_record record = {0};
    if (!notebook) return EX_OSERR;
    enum result result = set_stage(options, &stage, &inputs, &err);
    if (result != RESULT_OK) {
        free(notebook);
        return verb_fail("sim", &err);
    }
    uint8_t *fates = calloc(stage.plan.dot_count + 1, 1);
    FILE *truth = NULL, *trace = NULL, *poses = NULL;
    if (!fates || !name_paths(options->output, &paths))
        result = error_set(&err, RESULT_LIMIT, "%s: a path too long", options->output);
    if (result == RESULT_OK) result = file_make_folder(options->output, &err);
    if (result == RESULT_OK) result = open_case(&paths, &stage.plan, notebook, &err);
    if (result == RESULT_OK && options->is_recorded)
        result = sim_record_begin(&record, options->output, inputs.rig, inputs.scan, &err);
    if (result == RESULT_OK) {
        truth = fopen(paths.truth, "we");
        if (!options->is_bare) trace = fopen(paths.trace, "we");
        if (!options->is_bare) poses = fopen(paths.poses, "we");
        if (!truth || ((!trace || !poses) && !options->is_bare))
            result = error_set(&err, RESULT_IO, "%s: cannot write there", options->output);
    }
    if (result == RESULT_OK) {
        const struct simulate_setup setup = {.stage = &stage,
                                             .plan = &stage.plan,
                                             .fates = fates,
                                             .seed = (uint64_t)options->seed,
                                             .pose_noise_mm = POSE_NOISE_MM,
                                             .truth = truth,
                                             .session_record = &record.session,
                                             .guard_record = &record.guard,
                                             .trace = trace,
                                             .poses = poses,
                                             .on_entry = on_entry,
                                             .on_progress = on_progress,
                                             .context = notebook};
        progress_begin(&notebook->progress, "sim", "dots", clock_now_ns());
        result = simulate(&setup, &simulated, &err);
        progress_end(&notebook->progress, clock_now_ns());
        flush(notebook);
        if (result == RESULT_OK && notebook->result != RESULT_OK) {
            result = notebook->result;
            err = notebook->err;
        }
    }
    enum result recorded = sim_record_end(&record, &err);
    if (result == RESULT_OK) result = recorded;
    if (truth) fclose(truth);
    if (trace) fclose(trace);
    if (poses) fclose(poses);
    journal_close(&notebook->journal);
    int code = result == RESULT_OK
                   ? conclude(&stage, &paths, inputs.scan, &simulated, options->is_bare)
                   : verb_fail("sim", &err);
    scenario_release(&stage.scenario);
    stage_release(&stage);
    free(fates);
    free(notebook);
    return code;
}

int verb_sim(int argc, char **argv) {
    struct sim_options o = {
        .scenario = share_path("configs/scenarios/demo.yaml"), .seed = 1, .output = "out/sim"};
    const struct option_row rows[] = {
        {"scenario", .text = &o.scenario},
        {"rig", .text = &o.rig},
        {"scan", .text = &o.scan},
        {"design", .text = &o.design},
        {"plan", .text = &o.plan},
        {"motion", .text = &o.motion},
        {"faults", .text = &o.faults},
        {"from", .text = &o.from},
        {"cameras", .text = &o.cameras, .choices = "noise|rendered"},
        {"seed", .integer = &o.seed},
        {"dots", .integer = &o.dots, .low = 1, .high = 200000},
        {"short", .flag = &o.is_short},
        {"bare", .flag = &o.is_bare},
        {"record", .flag = &o.is_recorded},
        {"output", 'o', .text = &o.output},
    };
    const struct options options = {"smprig", usage, OPTION_ROWS(rows)};
    int code;
    return options_parse(&options, argc, argv, &code) ? run_sim(&o) : code;
}
