/* smprigd: runs one session. Files and sockets by settings and options; everything else is the
 * daemon's. */
#include <argp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"
#include "controller/daemon/daemon_settings.h"
#include "version.h"
#include "vision/camera_name.h"

const char *argp_program_version = "smprigd " SMPRIG_VERSION " (" SMPRIG_REVISION ")";

enum option_key {
    KEY_RIG = 0x100, /* from here: settings, in the order of setting_of */
    KEY_CAMERAS,
    KEY_RING,
    KEY_FRAMES,
    KEY_GUARD,
    KEY_API,
    KEY_CALIBRATION,
    KEY_CASES,
    KEY_RECORDINGS,
    KEY_DOTS_PER_LOAD,
    KEY_CONSOLE_USER,
    KEY_SCAN, /* from here: of this run alone */
    KEY_PLAN,
    KEY_CASE,
    KEY_DESIGN,
    KEY_START,
    KEY_EXIT,
    KEY_PRINT_API,
    KEY_RECORD,
    KEY_RECORD_FRAMES,
    KEY_RECORD_MOST,
    KEY_VERBOSE,
};

static const struct argp_option option_table[] = {
    {"rig", KEY_RIG, "FILE", 0, "The rig's YAML file", 0},
    {"scan", KEY_SCAN, "FILE", 0, "The canonical scan (PLY)", 0},
    {"plan", KEY_PLAN, "FILE", 0, "The dot plan, in the order of striking", 0},
    {"cameras", KEY_CAMERAS, "FILE", 0, "The calibrated cameras", 0},
    {"ring", KEY_RING, "FILE", 0, "The tag ring on the head", 0},
    {"frames", KEY_FRAMES, "SOURCE", 0,
     "The cameras: " CAMERA_NAME_SHAPES
     ", both with ,rate=HZ,exposure_us=N as needed (man smprig.yaml)",
     0},
    {"guard", KEY_GUARD, "SOCKET", 0, "Where smprig-guard listens", 0},
    {"api", KEY_API, "SOCKET", 0, "Where to listen for the API", 0},
    {"case", KEY_CASE, "FILE", 0, "The case file; made when there is none, taken up otherwise", 0},
    {"design", KEY_DESIGN, "FILE", 0, "What the plan was made of, for previews with changes", 0},
    {"calibration", KEY_CALIBRATION, "FOLDER", 0,
     "Of needle.yaml, depth.yaml and registration.yaml; without it the rig cannot be armed", 0},
    {"cases", KEY_CASES, "FOLDER", 0, "Where the API's `load` finds cases", 0},
    {"dots-per-load", KEY_DOTS_PER_LOAD, "N", 0, "Ask for pigment after so many dots", 0},
    {"console-user", KEY_CONSOLE_USER, "USER", 0,
     "The user that smprig-console runs as: it may speak for the page's users", 0},
    {"print-api", KEY_PRINT_API, NULL, 0, "Print the API's page (docs/api.md) and end", 1},
    {"start", KEY_START, NULL, 0, "Start at once instead of waiting for the API's `start`", 1},
    {"exit-when-done", KEY_EXIT, NULL, 0, "End when every dot has a fate", 1},
    {"record", KEY_RECORD, "FOLDER", 0,
     "Record the first session there, for smprig replay (docs/sim.md)", 0},
    {"recordings", KEY_RECORDINGS, "FOLDER", 0, "Where smprig record makes its recordings", 0},
    {"record-frames", KEY_RECORD_FRAMES, "HZ", 0,
     "With --record: keep frames too, so many a second", 0},
    {"record-most", KEY_RECORD_MOST, "MB", 0, "A recording's largest size (1024)", 0},
    {"verbose", KEY_VERBOSE, NULL, 0, "Say more", 1},
    {0},
};

static const struct {
    const char *option, *key;
} setting_of[] = {
    [KEY_RIG - KEY_RIG] = {"--rig", "rig"},
    [KEY_CAMERAS - KEY_RIG] = {"--cameras", "cameras"},
    [KEY_RING - KEY_RIG] = {"--ring", "ring"},
    [KEY_FRAMES - KEY_RIG] = {"--frames", "frames"},
    [KEY_GUARD - KEY_RIG] = {"--guard", "guard_socket"},
    [KEY_API - KEY_RIG] = {"--api", "api_socket"},
    [KEY_CALIBRATION - KEY_RIG] = {"--calibration", "calibration"},
    [KEY_CASES - KEY_RIG] = {"--cases", "cases"},
    [KEY_RECORDINGS - KEY_RIG] = {"--recordings", "recordings"},
    [KEY_DOTS_PER_LOAD - KEY_RIG] = {"--dots-per-load", "dots_per_load"},
    [KEY_CONSOLE_USER - KEY_RIG] = {"--console-user", "console_user"},
};

struct arguments {
    struct daemon_options options;
    struct settings_given given;
};

static error_t parse_recording_option(int key, char *value, struct argp_state *state) {
    struct daemon_options *options = &((struct arguments *)state->input)->options;
    switch (key) {
        case KEY_RECORD:
            options->record_path = value;
            return 0;
        case KEY_RECORD_FRAMES:
            if (text_to_double(value, &options->record_frames_hz) != RESULT_OK ||
                !(options->record_frames_hz >= 0 &&
                  options->record_frames_hz <= RECORDER_FRAMES_HZ_MAX))
                argp_error(state, "--record-frames %s: expected 0 to %.0f", value,
                           RECORDER_FRAMES_HZ_MAX);
            return 0;
        case KEY_RECORD_MOST:
            if (text_to_int64(value, 1, RECORDER_MOST_MB_MAX, &options->record_most_mb) !=
                RESULT_OK)
                argp_error(state, "--record-most %s: expected 1 to %d MB", value,
                           RECORDER_MOST_MB_MAX);
            return 0;
        default:
            return ARGP_ERR_UNKNOWN;
    }
}

static error_t parse_option(int key, char *value, struct argp_state *state) {
    struct arguments *arguments = state->input;
    struct daemon_options *options = &arguments->options;
    if (key >= KEY_RIG && key < KEY_SCAN) {
        settings_give(&arguments->given, setting_of[key - KEY_RIG].option,
                      setting_of[key - KEY_RIG].key, value);
        return 0;
    }
    switch (key) {
        case ARGP_KEY_INIT:
            state->child_inputs[0] = &arguments->given;
            return 0;
        case KEY_SCAN:
            options->scan_path = value;
            return 0;
        case KEY_PLAN:
            options->plan_path = value;
            return 0;
        case KEY_CASE:
            options->case_path = value;
            return 0;
        case KEY_DESIGN:
            options->design_path = value;
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
            settings_give(&arguments->given, "--verbose", "log_level", "debug");
            return 0;
        default:
            return parse_recording_option(key, value, state);
    }
}

static enum result check_case(const struct daemon_options *options, struct error *err) {
    bool has_one = options->scan_path || options->plan_path || options->case_path;
    bool has_all = options->scan_path && options->plan_path && options->case_path;
    if (has_one && !has_all)
        return error_set(err, RESULT_INVALID, "one of --scan, --plan and --case is missing");
    if (!has_one && !options->cases_path)
        return error_set(err, RESULT_INVALID, "--cases (or --scan, --plan and --case) is missing");
    return RESULT_OK;
}

static int serve(const struct daemon_options *options) {
    static struct daemon daemon; /* large queues: not on the stack */
    struct error err = {0};
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGHUP);
    sigprocmask(SIG_BLOCK, &signals, NULL); /* before any thread starts: all inherit it */
    int signal_fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
    enum result result = daemon_open(&daemon, options, &err);
    if (result == RESULT_OK) {
        result = daemon_run(&daemon, signal_fd, &err);
        daemon_close(&daemon);
    }
    if (result != RESULT_OK) log_error("smprigd", "%s", err.text);
    close(signal_fd);
    /* Ended by a signal, as asked: the case can be taken up again. */
    return result == RESULT_CLOSED ? EX_OK : result_exit_code(result);
}

int main(int argc, char **argv) {
    static const struct argp_child children[] = {{&settings_argp, 0, NULL, 0}, {0}};
    static const struct argp argp = {option_table,
                                     parse_option,
                                     NULL,
                                     "Runs one session: follows the head, feeds the guard, keeps "
                                     "the case file. Research software, no certified device.",
                                     children,
                                     NULL,
                                     NULL};
    static struct settings settings;
    static struct config_origins origins;
    static struct arguments arguments = {.options.record_most_mb = RECORDER_MOST_MB_DEFAULT};
    struct error err = {0};
    log_open(LOG_JOURNAL_SOCKET);
    if (argp_parse(&argp, argc, argv, 0, NULL, &arguments) != 0) return EX_USAGE;
    enum result result = settings_read(&arguments.given, &settings, &origins, &err);
    if (result == RESULT_OK && arguments.given.dumps) {
        config_layers_dump(&settings_schema, &settings, &origins, stdout);
        return EX_OK;
    }
    if (result == RESULT_OK && arguments.given.checks)
        return daemon_check_settings(&settings, &origins);
    struct daemon_options *options = &arguments.options;
    options->settings = &settings;
    options->given = &arguments.given;
    if (result == RESULT_OK) result = daemon_options_of(&settings, options, &err);
    if (result == RESULT_OK) result = check_case(options, &err);
    if (result != RESULT_OK) {
        log_error("smprigd", "%s; see smprigd --help", err.text);
        return arguments.given.config_path ? EX_CONFIG : EX_USAGE;
    }
    settings_apply_log_level(&settings);
    settings_go_first("smprigd", settings.daemon_priority);
    return serve(options);
}
