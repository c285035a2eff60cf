/* smprigd: runs one session. Files and sockets by options; everything else is the daemon's. */
#include <argp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"
#include "controller/daemon/daemon.h"
#include "version.h"

const char *argp_program_version = "smprigd " SMPRIG_VERSION " (" SMPRIG_REVISION ")";

enum option_key {
    KEY_RIG = 0x100,
    KEY_SCAN,
    KEY_PLAN,
    KEY_CAMERAS,
    KEY_RING,
    KEY_FRAMES,
    KEY_GUARD,
    KEY_API,
    KEY_CASE,
    KEY_DESIGN,
    KEY_CALIBRATION,
    KEY_CASES,
    KEY_START,
    KEY_EXIT,
    KEY_PRINT_API,
    KEY_DOTS_PER_LOAD,
    KEY_VERBOSE,
};

static const struct argp_option option_table[] = {
    {"rig", KEY_RIG, "FILE", 0, "The rig's YAML file", 0},
    {"scan", KEY_SCAN, "FILE", 0, "The canonical scan (PLY)", 0},
    {"plan", KEY_PLAN, "FILE", 0, "The dot plan, in the order of striking", 0},
    {"cameras", KEY_CAMERAS, "FILE", 0, "The calibrated cameras", 0},
    {"ring", KEY_RING, "FILE", 0, "The tag ring on the head", 0},
    {"frames", KEY_FRAMES, "SOURCE", 0, "shm:SOCKET or sequence:FOLDER", 0},
    {"guard", KEY_GUARD, "SOCKET", 0, "Where smprig-guard listens", 0},
    {"api", KEY_API, "SOCKET", 0, "Where to listen for the API", 0},
    {"case", KEY_CASE, "FILE", 0, "The case file; made when there is none, taken up otherwise", 0},
    {"design", KEY_DESIGN, "FILE", 0, "What the plan was made of, for previews with changes", 0},
    {"calibration", KEY_CALIBRATION, "FOLDER", 0,
     "Of needle.yaml, depth.yaml and registration.yaml; without it the rig cannot be armed", 0},
    {"cases", KEY_CASES, "FOLDER", 0, "Where the API's `load` finds cases", 0},
    {"dots-per-load", KEY_DOTS_PER_LOAD, "N", 0, "Ask for pigment after so many dots", 0},
    {"print-api", KEY_PRINT_API, NULL, 0, "Print the API's page (docs/api.md) and end", 1},
    {"start", KEY_START, NULL, 0, "Start at once instead of waiting for the API's `start`", 1},
    {"exit-when-done", KEY_EXIT, NULL, 0, "End when every dot has a fate", 1},
    {"verbose", KEY_VERBOSE, NULL, 0, "Say more", 1},
    {0},
};

static error_t parse_option(int key, char *value, struct argp_state *state) {
    struct daemon_options *options = state->input;
    int64_t number = 0;
    switch (key) {
        case KEY_RIG:
            options->rig_path = value;
            return 0;
        case KEY_SCAN:
            options->scan_path = value;
            return 0;
        case KEY_PLAN:
            options->plan_path = value;
            return 0;
        case KEY_CAMERAS:
            options->cameras_path = value;
            return 0;
        case KEY_RING:
            options->ring_path = value;
            return 0;
        case KEY_FRAMES:
            options->frames = value;
            return 0;
        case KEY_GUARD:
            options->guard_path = value;
            return 0;
        case KEY_API:
            options->api_path = value;
            return 0;
        case KEY_CASE:
            options->case_path = value;
            return 0;
        case KEY_DESIGN:
            options->design_path = value;
            return 0;
        case KEY_CALIBRATION:
            options->calibration_path = value;
            return 0;
        case KEY_CASES:
            options->cases_path = value;
            return 0;
        case KEY_DOTS_PER_LOAD:
            if (text_to_int64(value, 1, DOT_PLAN_DOTS_MAX, &number) != RESULT_OK)
                argp_error(state, "--dots-per-load %s: expected 1 to %u", value, DOT_PLAN_DOTS_MAX);
            options->prompts.dots_per_load = (uint32_t)number;
            return 0;
        case KEY_PRINT_API:
            daemon_write_api_docs(stdout);
            exit(EX_OK);
        case KEY_START:
            options->starts_at_once = true;
            return 0;
        case KEY_EXIT:
            options->exits_when_done = true;
            return 0;
        case KEY_VERBOSE:
            log_set_level(LOG_LEVEL_DEBUG);
            return 0;
        default:
            return ARGP_ERR_UNKNOWN;
    }
}

/* The first needed option that is missing, NULL when all are there. */
static const char *missing_option(const struct daemon_options *options) {
    const struct {
        const char *name, *value;
    } needed[] = {
        {"--rig", options->rig_path},     {"--cameras", options->cameras_path},
        {"--ring", options->ring_path},   {"--frames", options->frames},
        {"--guard", options->guard_path}, {"--api", options->api_path},
    };
    bool has_one = options->scan_path || options->plan_path || options->case_path;
    bool has_all = options->scan_path && options->plan_path && options->case_path;
    if (has_one && !has_all) return "one of --scan, --plan and --case";
    if (!has_one && !options->cases_path) return "--cases (or --scan, --plan and --case)";
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
        if (!needed[i].value) return needed[i].name;
    return NULL;
}

int main(int argc, char **argv) {
    static const struct argp argp = {option_table,
                                     parse_option,
                                     NULL,
                                     "Runs one session: follows the head, feeds the guard, keeps "
                                     "the case file. Research software, no certified device.",
                                     NULL,
                                     NULL,
                                     NULL};
    static struct daemon daemon; /* large queues: not on the stack */
    struct daemon_options options = {.console_uid = (uid_t)-1};
    struct error err = {0};
    if (argp_parse(&argp, argc, argv, 0, NULL, &options) != 0) return EX_USAGE;
    const char *missing = missing_option(&options);
    if (missing) {
        fprintf(stderr, "smprigd: %s is missing; see smprigd --help\n", missing);
        return EX_USAGE;
    }
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigprocmask(SIG_BLOCK, &signals, NULL); /* before any thread starts: all inherit it */
    int signal_fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
    enum result result = daemon_open(&daemon, &options, &err);
    if (result == RESULT_OK) {
        result = daemon_run(&daemon, signal_fd, &err);
        daemon_close(&daemon);
    }
    if (result != RESULT_OK) log_error("smprigd", "%s", err.text);
    close(signal_fd);
    /* Ended by a signal, as asked: the case can be taken up again. */
    return result == RESULT_CLOSED ? EX_OK : result_exit_code(result);
}
