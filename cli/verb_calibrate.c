/* smprig calibrate: dispatches to the steps. */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "cli/calibrate/calibrate.h"
#include "cli/verbs.h"

static const struct {
    const char *name, *help;
    int (*run)(int argc, char **argv);
} steps[] = {
    {"board", "make and print a board of tags", calibrate_board},
    {"camera", "one camera's focal length, principal point, distortion", calibrate_camera},
    {"stereo", "how the cameras stand to each other", calibrate_stereo_step},
    {"rig", "the cameras against the rig (hand-eye)", calibrate_rig_step},
    {"ring", "where each tag is on its ring", calibrate_ring_step},
    {"needle", "where the tip is on its holder", calibrate_needle},
    {"depth", "where the skin is against the scan", calibrate_depth},
    {"check", "how old and how good each calibration is", calibrate_check},
    {"rehearse", "recordings of the simulated rig, to try the steps on", calibrate_rehearse},
    {"simulated", "the records of the simulated rig, which is as its files say",
     calibrate_simulated},
};
#define STEP_COUNT (sizeof steps / sizeof *steps)

static void print_help(FILE *out) {
    fputs(
        "Usage: smprig calibrate STEP [OPTIONS]\nIn the order of doing them "
        "(docs/calibration.md):\n\n",
        out);
    for (size_t i = 0; i < STEP_COUNT; i++)
        fprintf(out, "  %-10s %s\n", steps[i].name, steps[i].help);
    fputs("\n  smprig calibrate STEP --help tells a step's options.\n", out);
}

int verb_calibrate(int argc, char **argv) {
    if (argc >= 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
        print_help(stdout);
        return EX_OK;
    }
    for (size_t i = 0; argc >= 2 && i < STEP_COUNT; i++)
        if (strcmp(argv[1], steps[i].name) == 0) return steps[i].run(argc - 1, argv + 1);
    if (argc >= 2) fprintf(stderr, "smprig calibrate: no step '%s'\n", argv[1]);
    print_help(stderr);
    return EX_USAGE;
}
