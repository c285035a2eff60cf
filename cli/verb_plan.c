/* smprig plan: scan and design in, dot plan out. */
#include <getopt.h>
#include <stdio.h>
#include <sysexits.h>

#include "base/clock.h"
#include "base/progress.h"
#include "cli/verbs.h"
#include "plan/fill.h"
#include "plan/scan.h"

static void print_help(void) {
    puts(
        "Usage: smprig plan --scan SCAN.ply --design DESIGN.yaml -o PLAN.ply\n"
        "Fills the design's zones with dots on the scan. SCAN.ply must be canonical: the plan is "
        "bound\n"
        "to it by its hash (make one with smprig scan decimate).");
}

static void tell(void *context, double fraction) {
    progress_update(context, fraction, 1.0, clock_now_ns());
}

static enum result make_plan(const char *scan, const char *design_path, const char *output,
                             struct error *err) {
    char sha256[SHA256_HEX_SIZE];
    struct mesh mesh = {0};
    struct design design = {0};
    struct dot_plan plan = {0};
    struct progress progress;
    enum result result = design_read(design_path, &design, err);
    if (result != RESULT_OK) return result;
    progress_begin(&progress, "plan", NULL, clock_now_ns());
    result = file_sha256(scan, sha256, err);
    if (result == RESULT_OK) result = scan_read(scan, &mesh, err);
    if (result == RESULT_OK)
        result =
            fill_plan(&mesh, &design, sha256, (struct fill_progress){tell, &progress}, &plan, err);
    if (result == RESULT_OK) result = dot_plan_write(&plan, output, err);
    if (result == RESULT_OK)
        printf("%s: %zu dots in %zu zone%s\n", output, plan.dot_count, plan.zone_count,
               plan.zone_count == 1 ? "" : "s");
    dot_plan_release(&plan);
    mesh_release(&mesh);
    design_release(&design);
    return result;
}

int verb_plan(int argc, char **argv) {
    static const struct option options[] = {{"scan", required_argument, NULL, 's'},
                                            {"design", required_argument, NULL, 'd'},
                                            {"output", required_argument, NULL, 'o'},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    const char *scan = NULL, *design = NULL, *output = NULL;
    for (int option; (option = getopt_long(argc, argv, "o:h", options, NULL)) != -1;) {
        if (option == 's') scan = optarg;
        if (option == 'd') design = optarg;
        if (option == 'o') output = optarg;
        if (option == 'h') {
            print_help();
            return EX_OK;
        }
        if (option == '?') return EX_USAGE;
    }
    if (!scan || !design || !output) {
        print_help();
        return EX_USAGE;
    }
    struct error err = {0};
    return make_plan(scan, design, output, &err) == RESULT_OK ? EX_OK : verb_fail("plan", &err);
}
