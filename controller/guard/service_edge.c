#include "controller/guard/service_edge.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/text.h"
#include "controller/guard/service_run.h"

static const char usage[] =
    "Usage: smprig rig TASK --port PORT --rig RIG.yaml [OPTIONS]\n"
    "  doctor           shake hands with the board, compare it with the rig file, change nothing\n"
    "  setup            the same, and with --write write what differs and read it back\n"
    "  home             home, the needle first\n"
    "  park             retract the needle and go to the rig file's park position\n"
    "  jog              move by held keys: arrows and page keys, or the axes' letters\n"
    "  probe            find where the needle touches, twice\n"
    "  probe needle     the needle's length, at the rig file's setter; written after a yes\n"
    "  probe skin       where the skin is: jog over it by keys and touch; written after a yes\n"
    "  conformance DIR  run the dialect's transcripts against the board\n"
    "  ports            the ports of this machine (no --port)\n"
    "  replay LOG       a wire log through parser and link again (no --port)\n"
    "PORT is a path, usb:VID:PID, auto, or tcp:HOST:PORT.\n"
    "  --baud RATE      of a serial port (115200)\n"
    "  --rig-is-empty   your word that no head is in the rig: home, park, jog and probe need it\n"
    "  --head-is-watched  probe skin: your word that a head rests in the rig, a blunt probe is in\n"
    "                   the holder, and your hand is at the emergency stop\n"
    "  --calibration DIR, --scan, --poses, --simulated   probe needle, skin: smprig rig probe "
    "--help\n"
    "  --touches FILE   probe: keep where it touched\n"
    "  --write, --yes   setup: write; without asking\n"
    "  --old FILE       setup: where the old settings go (board-settings-DATE.txt)\n"
    "  --depth MM       probe: how far to search (the whole stroke)\n"
    "  --json           doctor: for programs\n"
    "  --moves          conformance: transcripts that move the machine too\n"
    "  --wire-log FILE  keep every byte\n";

static const struct {
    const char *name;
    enum service_task task;
} tasks[] = {{"doctor", SERVICE_TASK_DOCTOR}, {"setup", SERVICE_TASK_SETUP},
             {"home", SERVICE_TASK_HOME},     {"park", SERVICE_TASK_PARK},
             {"jog", SERVICE_TASK_JOG},       {"probe", SERVICE_TASK_PROBE}};
/* What `probe` is to find. */
static const char *const probe_words[] = {"needle", "skin"};
static const enum service_task probe_tasks[] = {SERVICE_TASK_NEEDLE, SERVICE_TASK_SKIN};

static bool take_options(int argc, char **argv, struct service_options *options) {
    static const struct option table[] = {{"port", required_argument, NULL, 'p'},
                                          {"rig", required_argument, NULL, 'r'},
                                          {"baud", required_argument, NULL, 'b'},
                                          {"rig-is-empty", no_argument, NULL, 'e'},
                                          {"write", no_argument, NULL, 'w'},
                                          {"yes", no_argument, NULL, 'y'},
                                          {"old", required_argument, NULL, 'o'},
                                          {"depth", required_argument, NULL, 'd'},
                                          {"json", no_argument, NULL, 'j'},
                                          {"moves", no_argument, NULL, 'm'},
                                          {"wire-log", required_argument, NULL, 'l'},
                                          {"touches", required_argument, NULL, 't'},
                                          {"head-is-watched", no_argument, NULL, 'h'},
                                          {0}};
    int64_t baud = 0;
    for (int option; (option = getopt_long(argc, argv, "", table, NULL)) != -1;) {
        if (option == 'p') options->port = optarg;
        if (option == 'r') options->rig_path = optarg;
        if (option == 'e') options->is_rig_empty = true;
        if (option == 'h') options->is_head_watched = true;
        if (option == 't') options->touches_path = optarg;
        if (option == 'w') options->writes = true;
        if (option == 'y') options->is_confirmed = true;
        if (option == 'o') options->old_path = optarg;
        if (option == 'j') options->is_json = true;
        if (option == 'm') options->moves = true;
        if (option == 'l') options->wire_log = optarg;
        if (option == '?') return false;
        if (option == 'b' && text_to_int64(optarg, 1200, 4000000, &baud) != RESULT_OK) return false;
        if (option == 'd' && text_to_double(optarg, &options->depth_mm) != RESULT_OK) return false;
    }
    if (baud) options->baud = (int)baud;
    options->argument = optind < argc ? argv[optind] : NULL;
    return true;
}

/* False when `probe` is followed by a word that it does not know. */
static bool take_probe(const struct service_options *options, enum service_task *task) {
    if (*task != SERVICE_TASK_PROBE || !options->argument) return true;
    for (size_t i = 0; i < sizeof probe_words / sizeof *probe_words; i++)
        if (strcmp(options->argument, probe_words[i]) == 0) {
            *task = probe_tasks[i];
            return true;
        }
    return false;
}

static int run(const char *name, const struct service_options *options) {
    struct error err = {0};
    if (strcmp(name, "conformance") == 0) return service_run_conformance(options);
    for (size_t i = 0; i < sizeof tasks / sizeof *tasks; i++) {
        if (strcmp(name, tasks[i].name) != 0) continue;
        struct rig rig;
        enum service_task task = tasks[i].task;
        if (!take_probe(options, &task)) {
            error_set(&err, RESULT_INVALID, "probe what? `probe`, `probe needle` or `probe skin`");
            return service_fail(&err);
        }
        if (!options->rig_path) {
            error_set(&err, RESULT_INVALID, "--rig is missing");
            return service_fail(&err);
        }
        if (rig_read(options->rig_path, &rig, &err) != RESULT_OK) return service_fail(&err);
        return service_run(task, options, &rig);
    }
    error_set(&err, RESULT_INVALID, "no task '%s' (smprig rig --help lists them)", name);
    return service_fail(&err);
}

int service_edge_main(int argc, char **argv) {
    struct service_options options = {.baud = PORT_BAUD_DEFAULT};
    bool wants_help = argc < 2 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0;
    if (wants_help) {
        fputs(usage, argc < 2 ? stderr : stdout);
        return argc < 2 ? EX_USAGE : EX_OK;
    }
    const char *name = argv[1];
    if (!take_options(argc - 1, argv + 1, &options)) {
        fputs(usage, stderr);
        return EX_USAGE;
    }
    if (!options.port) {
        fputs("smprig rig: --port is missing (smprig rig ports lists them)\n", stderr);
        return EX_USAGE;
    }
    return run(name, &options);
}
