/* smprig: the command line. Each verb is a row here and a file of its own. */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "cli/verbs.h"
#include "version.h"

struct verb {
    const char *name, *help;
    int (*run)(int argc, char **argv);
};

static const struct verb verbs[] = {
    {"scan", "check a scan, or make it smaller", verb_scan},
    {"plan", "make a dot plan from a scan and a design", verb_plan},
    {"preview", "draw a plan on its scan", verb_preview},
    {"order", "put a plan's dots in the shortest order for a rig", verb_order},
    {"reach", "which dots a rig reaches, and how to turn the head for the others", verb_reach},
    {"track", "follow the head through recorded frames", verb_track},
    {"calibrate", "calibrate cameras, ring, needle and depth, or check them", verb_calibrate},
    {"register", "how the ring stands to the scan, and the error to expect", verb_register},
    {"ring", "lay a ring of tags onto a scan", verb_ring},
    {"track-surface", "follow the head by points of its surface, without a ring",
     verb_track_surface},
    {"testdots", "the depth for a wanted diameter, from measured test dots", verb_testdots},
    {"follicles", "find hairs and dots in a close-up of the skin", verb_follicles},
    {"case", "the client's record: who, screening, sessions, lots", verb_case},
    {"rig", "a technician at the board: doctor, setup, home, jog, park, probe", verb_rig},
    {"demo", "run a whole session on the simulated rig", verb_demo},
    {"sim", "run a whole session offline, on a virtual clock", verb_sim},
    {"record", "record the running session, for replay", verb_record},
    {"replay", "run a recording again through the present code", verb_replay},
    {"sweep", "simulate every combination of rigs, scans, motions, faults and seeds", verb_sweep},
    {"campaign", "sessions under faults on a virtual clock, invariants checked", verb_campaign},
    {"report", "tell and draw how a session went", verb_report},
    {"watch", "follow a running session", verb_watch},
    {"status", "the running session's state", verb_call},
    {"prompts", "what people are asked for, and when", verb_call},
    {"alarms", "what happened, what is safe, what to do", verb_call},
    {"cases", "the cases that can be loaded", verb_call},
    {"load", "open a case; its session begins locked", verb_call},
    {"arm", "home if need be, then bind rig, scan and plan", verb_call},
    {"start", "start the session", verb_call},
    {"hold", "let the running strike end and send nothing more", verb_call},
    {"resume", "go on after a hold", verb_call},
    {"abort", "hold, then disarm; the case can be taken up again", verb_call},
    {"skip", "leave out pending dots, or a zone", verb_call},
    {"answer", "a prompt was done as asked", verb_call},
    {"pace", "strike more slowly", verb_call},
    {"acknowledge", "acknowledge an alarm, or a fault whose cause is gone", verb_call},
    {"ack", "the same as acknowledge", verb_call},
    {"call", "any call of the daemon's API", verb_call},
};
#define VERB_COUNT (sizeof verbs / sizeof *verbs)

static void print_help(FILE *stream) {
    fputs(
        "Usage: smprig VERB [OPTIONS]\n"
        "Controls a robotic scalp-micropigmentation rig. Research software, no certified "
        "device.\n\n",
        stream);
    for (size_t i = 0; i < VERB_COUNT; i++)
        fprintf(stream, "  %-12s %s\n", verbs[i].name, verbs[i].help);
    fputs("\n  smprig VERB --help tells a verb's options; smprig --version the version.\n", stream);
}

/* Letters that two words share at their begin: good enough to name a neighbour. */
static size_t common_prefix(const char *a, const char *b) {
    size_t n = 0;
    while (a[n] && a[n] == b[n]) n++;
    return n;
}

static int unknown_verb(const char *name) {
    const struct verb *nearest = &verbs[0];
    for (size_t i = 1; i < VERB_COUNT; i++)
        if (common_prefix(name, verbs[i].name) > common_prefix(name, nearest->name))
            nearest = &verbs[i];
    fprintf(stderr, "smprig: no verb '%s'", name);
    if (common_prefix(name, nearest->name) > 0)
        fprintf(stderr, "; did you mean %s?", nearest->name);
    fputs(" (smprig --help lists them)\n", stderr);
    return EX_USAGE;
}

int main(int argc, char **argv) {
    if (argc < 2) {
        print_help(stderr);
        return EX_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0) {
        print_help(stdout);
        return EX_OK;
    }
    if (strcmp(argv[1], "--version") == 0) {
        puts("smprig " SMPRIG_VERSION " (" SMPRIG_REVISION ")");
        return EX_OK;
    }
    for (size_t i = 0; i < VERB_COUNT; i++)
        if (strcmp(argv[1], verbs[i].name) == 0) return verbs[i].run(argc - 1, argv + 1);
    return unknown_verb(argv[1]);
}
