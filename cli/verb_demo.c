/* smprig demo: a whole session on the simulated rig. Plan and order, then three programs as in the
 * clinic - rigsim, guard, daemon - over a real pty, and the report at the end. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/options.h"
#include "base/process.h"
#include "base/share.h"
#include "base/text.h"
#include "cli/follow.h"
#include "cli/report/report.h"
#include "cli/verbs.h"

#define PATH_SIZE 512
#define START_MS 60000
#define END_MS 3000
#define CONSOLE_MS 3000
#define DEMO_CLIENT "Simulated Client"
#define DEMO_BORN "2000-01-01"
#define DEMO_OPERATOR "demo"

struct demo_options {
    const char *configs, *design, *output;
    const char *tcp_port, *mood;        /* the board on the network; misbehaving; NULL: neither */
    const char *record, *record_frames; /* folder for a recording, frames a second; or NULL */
    bool keeps_case;                    /* take up the case that is there */
    bool is_practice;                   /* of a calibration: no session runs */
};

/* Every file of the demo by its name in the output folder. */
struct demo_paths {
    char scan[PATH_SIZE], design[PATH_SIZE], rig[PATH_SIZE], cameras[PATH_SIZE], ring[PATH_SIZE];
    char scenario[PATH_SIZE], plan[PATH_SIZE], ordered[PATH_SIZE], truth[PATH_SIZE];
    char case_file[PATH_SIZE], port[PATH_SIZE], frames[PATH_SIZE], guard[PATH_SIZE], api[PATH_SIZE];
    char frames_source[PATH_SIZE + 8], rigsim_log[PATH_SIZE], guard_log[PATH_SIZE];
    char console_log[PATH_SIZE], daemon_log[PATH_SIZE], case_log[PATH_SIZE];
    char report_json[PATH_SIZE], report_png[PATH_SIZE], report_pdf[PATH_SIZE];
    char calibration[PATH_SIZE], calibrated_cameras[PATH_SIZE], calibrated_ring[PATH_SIZE];
    char record[PATH_SIZE], wire_log[PATH_SIZE]; /* of a recording; "": none */
    char record_frames[16];
    char host_port[PATH_SIZE]; /* the same port as the guard names it */
    char mood[64];
    bool is_practice;
    char sockets[64]; /* a short folder: socket paths are limited to 107 characters */
};

static bool join(char out[PATH_SIZE], const char *folder, const char *name) {
    int length = snprintf(out, PATH_SIZE, "%s/%s", folder, name);
    return length > 0 && length < PATH_SIZE;
}

static bool name_paths(const struct demo_options *options, struct demo_paths *paths) {
    const char *in = options->configs, *out = options->output, *sockets = paths->sockets;
    bool fits = join(paths->scan, in, "scans/colin27.ply") &&
                join(paths->rig, in, "rigs/gantry.yaml") &&
                join(paths->cameras, in, "cameras/stereo.yaml") &&
                join(paths->ring, in, "rings/crown12.yaml") &&
                join(paths->scenario, in,
                     options->is_practice ? "practice/ring_in_hand.yaml" : "scenarios/demo.yaml") &&
                text_copy(paths->design, PATH_SIZE, options->design) == RESULT_OK;
    fits = fits && join(paths->plan, out, "plan.ply") && join(paths->ordered, out, "ordered.ply") &&
           join(paths->truth, out, "truth.csv") && join(paths->case_file, out, "case.db") &&
           join(paths->rigsim_log, out, "rigsim.log") && join(paths->guard_log, out, "guard.log") &&
           join(paths->daemon_log, out, "smprigd.log") && join(paths->case_log, out, "case.log") &&
           join(paths->console_log, out, "console.log") &&
           join(paths->report_json, out, "report.json") &&
           join(paths->report_png, out, "report.png") &&
           join(paths->report_pdf, out, "report.pdf") &&
           join(paths->calibration, out, "calibration") &&
           join(paths->calibrated_cameras, out, "calibration/cameras.yaml") &&
           join(paths->calibrated_ring, out, "calibration/ring.yaml");
    fits = fits && join(paths->port, sockets, "port") && join(paths->frames, sockets, "frames") &&
           join(paths->guard, sockets, "guard") && join(paths->api, sockets, "api");
    snprintf(paths->frames_source, sizeof paths->frames_source, "shm:%s", paths->frames);
    if (options->record)
        fits = fits && text_copy(paths->record, PATH_SIZE, options->record) == RESULT_OK &&
               join(paths->wire_log, options->record, "wire.log");
    snprintf(paths->record_frames, sizeof paths->record_frames, "%s",
             options->record_frames ? options->record_frames : "0");
    paths->is_practice = options->is_practice;
    snprintf(paths->mood, sizeof paths->mood, "%s", options->mood ? options->mood : "good");
    snprintf(paths->host_port, PATH_SIZE, "%s", paths->port);
    if (options->tcp_port) {
        snprintf(paths->port, PATH_SIZE, "tcp:%.8s", options->tcp_port);
        snprintf(paths->host_port, PATH_SIZE, "tcp:127.0.0.1:%.8s", options->tcp_port);
    }
    return fits;
}

static enum result run_step(const char *const *argv, struct error *err) {
    struct process process;
    enum result result = process_start(argv, NULL, &process, err);
    return result == RESULT_OK ? process_wait(&process, err) : result;
}

static enum result make_plan(const struct demo_paths *p, struct error *err) {
    const char *const plan[] = {"smprig",  "plan", "--scan", p->scan, "--design",
                                p->design, "-o",   p->plan,  NULL};
    const char *const order[] = {"smprig", "order",    "--plan",    p->plan,  "--rig",
                                 p->rig,   "--pose",   p->scenario, "--scan", p->scan,
                                 "-o",     p->ordered, NULL};
    enum result result = run_step(plan, err);
    return result == RESULT_OK ? run_step(order, err) : result;
}

static enum result make_calibration(const struct demo_paths *p, struct error *err) {
    const char *const calibrate[] = {"smprig",   "calibrate", "simulated",    "--cameras",
                                     p->cameras, "--ring",    p->ring,        "--scan",
                                     p->scan,    "-o",        p->calibration, NULL};
    return run_step(calibrate, err);
}

static enum result run_case(const struct demo_paths *p, const char *const *argv,
                            struct error *err) {
    struct process process;
    enum result result = process_start(argv, p->case_log, &process, err);
    if (result == RESULT_OK) result = process_wait(&process, err);
    if (result != RESULT_OK) error_set(err, result, "the case is not made; see %s", p->case_log);
    return result;
}

/* The case of a client that is only simulated: screened, consented, with a needle of its own. */
static enum result make_case(const struct demo_paths *p, bool is_kept, struct error *err) {
    char cartridge[64];
    snprintf(cartridge, sizeof cartridge, "SIM-%lld", (long long)clock_now_ns());
    const char *const new[] = {"smprig",    "case",      "new",         p->case_file, "--name",
                               DEMO_CLIENT, "--born",    DEMO_BORN,     "--scan",     p->scan,
                               "--plan",    p->ordered,  "--design",    p->design,    "--consent",
                               p->design,   "--witness", DEMO_OPERATOR, NULL};
    const char *const screen[] = {"smprig",      "case",     "screen", p->case_file, "--by",
                                  DEMO_OPERATOR, "--others", "no",     NULL};
    const char *const session[] = {
        "smprig",       "case",      "session",   p->case_file,    "--name",      DEMO_CLIENT,
        "--born",       DEMO_BORN,   "--by",      DEMO_OPERATOR,   "--cartridge", cartridge,
        "--needle-lot", "simulated", "--pigment", "all=simulated", NULL};
    /* A design of several layers is struck in as many sessions: --resume goes on. */
    const char *const next[] = {"smprig", "case", "next", p->case_file, "--plan", p->ordered, NULL};
    enum result result = is_kept ? RESULT_OK : run_case(p, new, err);
    if (result == RESULT_OK && !is_kept) result = run_case(p, screen, err);
    if (result == RESULT_OK) result = run_case(p, session, err);
    return result == RESULT_OK ? run_case(p, next, err) : result;
}

/* The programs of a session, in the order of starting. */
enum { RIGSIM, GUARD, DAEMON, CONSOLE, PROGRAM_COUNT };

static enum result wait_for(const char *path, struct process *process, struct error *err) {
    for (int waited_ms = 0; waited_ms < START_MS; waited_ms += 20) {
        if (access(path, F_OK) == 0) return RESULT_OK;
        if (process_has_ended(process)) break;
        nanosleep(&(struct timespec){0, 20000000}, NULL);
    }
    return error_set(err, RESULT_TIMEOUT, "%s did not start; its log says why", process->name);
}

static enum result start_programs(const struct demo_paths *p,
                                  struct process programs[PROGRAM_COUNT], struct error *err) {
    const char *const rigsim[] = {"smprig-rigsim", "--rig",     p->rig,      "--scan",   p->scan,
                                  "--scenario",    p->scenario, "--cameras", p->cameras, "--ring",
                                  p->ring,         "--frames",  p->frames,   "--port",   p->port,
                                  "--truth",       p->truth,    "--mood",    p->mood,    NULL};
    const char *const guard[] = {"smprig-guard", "--port",
                                 p->host_port,   "--socket",
                                 p->guard,       p->record[0] ? "--record" : NULL,
                                 p->record,      "--wire-log",
                                 p->wire_log,    NULL};
    const char *const daemon[] = {"smprigd",
                                  "--rig",
                                  p->rig,
                                  "--scan",
                                  p->scan,
                                  "--plan",
                                  p->ordered,
                                  "--cameras",
                                  p->calibrated_cameras,
                                  "--ring",
                                  p->calibrated_ring,
                                  "--calibration",
                                  p->calibration,
                                  "--frames",
                                  p->frames_source,
                                  "--guard",
                                  p->guard,
                                  "--api",
                                  p->api,
                                  "--case",
                                  p->case_file,
                                  "--design",
                                  p->design,
                                  p->is_practice ? NULL : "--start",
                                  p->record[0] ? "--record" : NULL,
                                  p->record,
                                  "--record-frames",
                                  p->record_frames,
                                  NULL};
    enum result result = process_start(rigsim, p->rigsim_log, &programs[RIGSIM], err);
    if (result == RESULT_OK) result = wait_for(p->frames, &programs[RIGSIM], err);
    if (result == RESULT_OK) result = process_start(guard, p->guard_log, &programs[GUARD], err);
    if (result == RESULT_OK) result = wait_for(p->guard, &programs[GUARD], err);
    if (result == RESULT_OK) result = process_start(daemon, p->daemon_log, &programs[DAEMON], err);
    if (result == RESULT_OK) result = wait_for(p->api, &programs[DAEMON], err);
    return result;
}

/* The console's first line is its address with a login that works once. */
static bool read_address(const char *log_path, char *ret_address, size_t size) {
    FILE *log = fopen(log_path, "re");
    bool is_found = false;
    if (!log) return false;
    while (!is_found && fgets(ret_address, (int)size, log))
        is_found = strncmp(ret_address, "http", 4) == 0 && strchr(ret_address, '\n');
    fclose(log);
    return is_found;
}

/* The operator's page; whether it is open. A session runs without one too: a failure is told, no
 * more. */
static bool start_console(const struct demo_paths *p, struct process *console) {
    const char *const argv[] = {"smprig-console",
                                "--api",
                                p->api,
                                "--port",
                                "0",
                                "--one-time",
                                "--role",
                                p->is_practice ? "technician" : "supervisor",
                                NULL};
    struct error err = {0};
    char address[PATH_SIZE];
    if (process_start(argv, p->console_log, console, &err) != RESULT_OK) {
        fprintf(stderr, "the console does not start: %s\n", err.text);
        return false;
    }
    for (int waited_ms = 0; waited_ms < CONSOLE_MS && !process_has_ended(console);
         waited_ms += 20) {
        if (read_address(p->console_log, address, sizeof address)) {
            fprintf(stderr, "the page:  %s           (this address logs in once)\n", address);
            return true;
        }
        nanosleep(&(struct timespec){0, 20000000}, NULL);
    }
    fprintf(stderr, "the console does not start; %s says why\n", p->console_log);
    return false;
}

/* The page lives as long as the demo: who looks at it says when it may go. */
static void wait_for_enter(const char *sentence) {
    fprintf(stderr, "\n%s Enter ends the demo. ", sentence);
    for (int key = getchar(); key != '\n' && key != EOF;) key = getchar();
}

/* A technician's page over a rig in whose cameras a ring is turned by hand. */
static enum result run_practice(const struct demo_paths *p, struct error *err) {
    struct process programs[PROGRAM_COUNT] = {0};
    enum result result = start_programs(p, programs, err);
    if (result == RESULT_OK && start_console(p, &programs[CONSOLE]))
        wait_for_enter(
            "On the page: Take command, Technician, Calibrate, Ring; take a view whenever the "
            "ring is still.");
    for (int i = PROGRAM_COUNT - 1; i >= 0; i--)
        if (programs[i].pid) process_end(&programs[i], END_MS);
    return result;
}

static enum result run_session(const struct demo_paths *p, struct error *err) {
    struct process programs[PROGRAM_COUNT] = {0};
    struct follow_result followed = {0};
    enum result result = start_programs(p, programs, err);
    if (result == RESULT_OK) {
        bool is_attended = start_console(p, &programs[CONSOLE]) && isatty(STDIN_FILENO);
        fprintf(stderr,
                "watch it:  smprig watch --api %s\nhold it:   smprig hold --api %s\n"
                "go on:     smprig resume --api %s\n",
                p->api, p->api, p->api);
        result = follow_session(p->api, is_attended, &followed, err);
        if (result == RESULT_OK && !followed.ended_in_failure && is_attended)
            wait_for_enter("finished: the page stays open, and After shows what was done.");
    }
    if (result == RESULT_OK && followed.ended_in_failure)
        result = error_set(err, RESULT_REFUSED, "the session failed; see %s", p->daemon_log);
    for (int i = PROGRAM_COUNT - 1; i >= 0; i--)
        if (programs[i].pid) process_end(&programs[i], END_MS);
    if (result == RESULT_OK)
        printf("\n  memory, at most: daemon %ld MB, guard %ld MB, simulator %ld MB\n",
               programs[DAEMON].peak_memory_kb / 1024, programs[GUARD].peak_memory_kb / 1024,
               programs[RIGSIM].peak_memory_kb / 1024);
    return result;
}

static enum result run_demo(const struct demo_options *options, struct error *err) {
    struct demo_paths paths = {.sockets = "/tmp/smprig-demo.XXXXXX"};
    enum result result = file_make_folder(options->output, err);
    if (result != RESULT_OK) return result;
    if (!mkdtemp(paths.sockets))
        return error_set(err, RESULT_IO, "/tmp: cannot make a folder there");
    if (!name_paths(options, &paths)) return error_set(err, RESULT_LIMIT, "a path is too long");
    if (!options->keeps_case) verb_remove_case(paths.case_file);
    result = make_plan(&paths, err);
    if (result == RESULT_OK) result = make_calibration(&paths, err);
    if (result == RESULT_OK) result = make_case(&paths, options->keeps_case, err);
    if (result == RESULT_OK && !options->is_practice) result = run_session(&paths, err);
    if (result == RESULT_OK && options->is_practice) result = run_practice(&paths, err);
    struct report_inputs inputs = {paths.scan,      paths.ordered,     paths.case_file,
                                   paths.truth,     paths.report_json, paths.report_png,
                                   paths.report_pdf};
    if (result == RESULT_OK && !options->is_practice) result = report_make(&inputs, err);
    rmdir(paths.sockets);
    return result;
}

static const char usage[] =
    "Usage: smprig demo [--configs FOLDER] [--design DESIGN.yaml] [-o FOLDER] [--resume]\n"
    "                   [--tcp PORT] [--mood NAME[@SECONDS]]\n"
    "                   [--record FOLDER [--record-frames HZ]] [--practice]\n"
    "Runs a whole session on the simulated rig and leaves its report in FOLDER (out/demo); with\n"
    "--tcp the board is on the network, with --mood its wire misbehaves (sim/moods.h); with\n"
    "--record FOLDER the session is recorded for smprig replay. At a terminal the page stays open\n"
    "after the last dot. With --practice no session runs: a technician's page calibrates a ring "
    "that\n"
    "is turned before the cameras.\n";

int verb_demo(int argc, char **argv) {
    struct demo_options o = {.configs = share_path("configs"),
                             .design = share_path("configs/designs/crown.yaml"),
                             .output = "out/demo"};
    const struct option_row rows[] = {
        {"configs", .text = &o.configs},      {"design", .text = &o.design},
        {"tcp", .text = &o.tcp_port},         {"mood", .text = &o.mood},
        {"record", .text = &o.record},        {"record-frames", .text = &o.record_frames},
        {"output", 'o', .text = &o.output},   {"resume", .flag = &o.keeps_case},
        {"practice", .flag = &o.is_practice},
    };
    const struct options options = {"smprig", usage, OPTION_ROWS(rows)};
    struct error err = {0};
    int code;
    if (!options_parse(&options, argc, argv, &code)) return code;
    return run_demo(&o, &err) == RESULT_OK ? EX_OK : verb_fail("demo", &err);
}
