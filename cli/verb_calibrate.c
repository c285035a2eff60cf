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
    {"check", "how old and how good each calibration is", calibrate_check},
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
