/* smprig rig: a technician at the board. Tasks that open the port run in the guard's program, the
 * only one that does; listing ports and replaying a wire log are done here. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/options.h"
#include "base/process.h"
#include "cli/verbs.h"
#include "controller/link/port_find.h"
#include "controller/link/replay.h"
#include "controller/link/wirelog.h"

static int list_ports(void) {
    struct port_info ports[PORT_LIST_MAX];
    size_t count = port_list(ports);
    for (size_t i = 0; i < count; i++) {
        char usb[64] = "";
        if (ports[i].is_usb)
            snprintf(usb, sizeof usb, "usb:%04x:%04x%s%.40s", (unsigned)ports[i].vid,
                     (unsigned)ports[i].pid, ports[i].serial[0] ? ":" : "", ports[i].serial);
        printf("%-16s %-32s %s\n", ports[i].path, usb, ports[i].description);
        if (ports[i].by_id[0]) printf("%16s %s\n", "", ports[i].by_id);
    }
    if (count == 0)
        puts("no serial ports: is the board plugged in, and may you use it (group dialout)?");
    return EX_OK;
}

static void print_event(void *context, int64_t at_ns, const struct link_event *event) {
    (void)context;
    if (event->kind == LINK_EVENT_ACCEPTED || event->kind == LINK_EVENT_EXECUTED) return;
    printf("%9.3f s  %s\n", ns_to_s(at_ns - NS_PER_S), event->text);
}

static int replay(int argc, char **argv) {
    static const char usage[] = "Usage: smprig rig replay LOG --rig RIG.yaml\n";
    const char *rig_path, *path;
    const struct option_row rows[] = {
        {"LOG", .is_word = true, .text = &path, .is_needed = true},
        {"rig", .text = &rig_path, .is_needed = true},
    };
    const struct options options = {"smprig rig", usage, OPTION_ROWS(rows)};
    struct error err = {0};
    struct rig rig;
    struct replay_report report;
    char *log = NULL;
    size_t size = 0;
    int code;
    if (!options_parse(&options, argc, argv, &code)) return code;
    if (rig_read(rig_path, &rig, &err) != RESULT_OK) return verb_fail("rig", &err);
    if (file_read(path, WIRELOG_FILE_BYTES_MAX, &log, &size, &err) != RESULT_OK)
        return verb_fail("rig", &err);
    enum result result = replay_run(log, size, &rig, print_event, NULL, &report);
    free(log);
    if (result != RESULT_OK) {
        error_set(&err, RESULT_FORMAT, "%s: no wire log", path);
        return verb_fail("rig", &err);
    }
    printf("%zu records, %.1f s, %zu bytes to the board, %zu from it%s\n", report.records,
           ns_to_s(report.duration_ns), report.bytes_to_board, report.bytes_to_host,
           report.is_cut ? "; the log is cut" : "");
    printf("%zu lines accepted, %zu executed, %zu lost; %zu reports\n",
           report.events[LINK_EVENT_ACCEPTED], report.events[LINK_EVENT_EXECUTED],
           report.events[LINK_EVENT_LOST], report.events[LINK_EVENT_STATUS]);
    if (report.is_same) {
        puts("the link would send the same again");
        return EX_OK;
    }
    printf("it differs at %.3f s: %s\n", ns_to_s(report.differs_ns - NS_PER_S), report.difference);
    return EX_DATAERR;
}

/* The same words to the guard's program, in our place. */
static int become_guard(char **argv) {
    char folder[PATH_MAX], program[PATH_MAX + 16];
    struct error err = {0};
    if (process_own_folder(folder, sizeof folder, &err) != RESULT_OK) return verb_fail("rig", &err);
    snprintf(program, sizeof program, "%s/smprig-guard", folder);
    argv[-1] = program; /* argv[0] is "rig", before it stood "smprig" */
    argv[0] = (char[]){"service"};
    execv(program, argv - 1);
    execvp("smprig-guard", argv - 1);
    error_set(&err, RESULT_NOT_FOUND, "smprig-guard: %s", strerror(errno));
    return verb_fail("rig", &err);
}

static bool has_word(int argc, char **argv, const char *word) {
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], word) == 0) return true;
    return false;
}

int verb_rig(int argc, char **argv) {
    static char help[] = "--help";
    const char *task = argc > 1 ? argv[1] : "";
    bool asks_help = has_word(argc, argv, "--help");
    if (strcmp(task, "ports") == 0 && !asks_help) return list_ports();
    if (strcmp(task, "replay") == 0) return replay(argc - 1, argv + 1);
    /* The bare probe is the guard's own. */
    if (strcmp(task, "probe") == 0 &&
        (asks_help || has_word(argc, argv, "needle") || has_word(argc, argv, "skin")))
        return verb_rig_probe(argc - 1, argv + 1);
    if (asks_help) argv[1] = help, argv[2] = NULL;
    return become_guard(argv);
}
