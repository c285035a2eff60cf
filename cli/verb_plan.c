/* smprig plan: scan and design in, dot plan out. */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/clock.h"
#include "base/options.h"
#include "base/progress.h"
#include "cli/verbs.h"
#include "plan/design_adjust.h"
#include "plan/fill.h"
#include "plan/scan.h"

static const char usage[] =
    "Usage: smprig plan --scan SCAN.ply --design DESIGN.yaml -o PLAN.ply\n"
    "                   [--colours COLOURED.ply] [--keep OLD.ply --redo ZONE]\n"
    "                   [--csv DOTS.csv] [--density-percent P] [--hairline-mm D]\n"
    "                   [--shade-percent P]\n"
    "Fills the design's zones with dots on the scan. SCAN.ply must be canonical: the plan is\n"
    "bound to it by its hash (make one with smprig scan decimate).\n"
    "  --colours   the scan with its vertex colours, to trace pen strokes on (pen_rgb)\n"
    "  --keep      a plan of this design and scan whose dots stay where they are, but for\n"
    "  --redo      the zone to fill anew\n"
    "  --density-percent, --hairline-mm, --shade-percent\n"
    "              the design with these changes, to look at: 50 is half as dense, 5 a front\n"
    "              hairline 5 mm higher, 120 a fifth darker\n"
    "  --csv       the dots as x,y,z,diameter_um too, as smprig follicles writes hairs\n"
    "smprig plan check --help: what a plan is, and which dots must not be struck.\n"
    "docs/design.md explains the design file.\n";

struct plan_options {
    const char *scan, *design, *output, *colours, *keep, *redo, *csv;
    struct design_adjust adjust;
};

static void print_zones(const struct dot_plan *plan, const struct fill_zone_report *zones) {
    for (size_t i = 0; i < plan->zone_count; i++) {
        const struct fill_zone_report *z = &zones[i];
        if (z->wanted == 0) continue;
        printf("%-16s %6.1f cm2 %6zu dots %6.1f/cm2", plan->zone_names[i], z->area_cm2, z->placed,
               (double)z->placed / z->area_cm2);
        if (z->left_out > 0) printf("  (%zu left out: no room at the pitch)", z->left_out);
        putchar('\n');
    }
}

static enum result write_csv(const struct dot_plan *plan, const char *path, struct error *err) {
    struct file_writer writer;
    enum result result = file_writer_open(&writer, path, err);
    if (result != RESULT_OK) return result;
    fprintf(writer.stream, "# scan_sha256 %s\nx,y,z,diameter_um\n", plan->scan_sha256);
    for (size_t i = 0; i < plan->dot_count; i++) {
        const struct dot *dot = &plan->dots[i];
        fprintf(writer.stream, "%.2f,%.2f,%.2f,%u\n", dot->p_head.x, dot->p_head.y, dot->p_head.z,
                dot->diameter_um);
    }
    return file_writer_commit(&writer, err);
}

static enum result read_inputs(const struct plan_options *options, struct design *design,
                               struct mesh *mesh, struct mesh *coloured, struct dot_plan *kept,
                               struct error *err) {
    enum result result = design_read(options->design, design, err);
    if (result == RESULT_OK) result = design_adjust(design, &options->adjust, err);
    if (result == RESULT_OK) result = scan_read(options->scan, mesh, err);
    if (result == RESULT_OK && options->colours)
        result = scan_read(options->colours, coloured, err);
    if (result == RESULT_OK && options->keep) result = dot_plan_read(options->keep, kept, err);
    return result;
}

static enum result make_plan(const struct plan_options *options, struct error *err) {
    char sha256[SHA256_HEX_SIZE];
    struct mesh mesh = {0}, coloured = {0};
    struct design design = {0};
    struct dot_plan plan = {0}, kept = {0};
    struct progress progress;
    struct fill_zone_report zones[DOT_PLAN_ZONES_MAX] = {{0}};
    progress_begin(&progress, "plan", NULL, clock_now_ns());
    enum result result = read_inputs(options, &design, &mesh, &coloured, &kept, err);
    if (result == RESULT_OK) result = file_sha256(options->scan, sha256, err);
    if (result == RESULT_OK) {
        struct fill_request request = {.mesh = &mesh,
                                       .coloured = options->colours ? &coloured : NULL,
                                       .design = &design,
                                       .scan_sha256 = sha256,
                                       .kept = options->keep ? &kept : NULL,
                                       .redo_zone = options->redo,
                                       .progress = {verb_tell_progress, &progress},
                                       .zones = zones};
        result = fill(&request, &plan, err);
    }
    if (result == RESULT_OK) result = dot_plan_write(&plan, options->output, err);
    if (result == RESULT_OK && options->csv) result = write_csv(&plan, options->csv, err);
    if (result == RESULT_OK) {
        print_zones(&plan, zones);
        printf("%s: %zu dots in %zu zone%s\n", options->output, plan.dot_count, plan.zone_count,
               plan.zone_count == 1 ? "" : "s");
        if (!design.landmarks.are_given)
            puts(
                "landmarks are estimated from the scan's shape; give them in the design to be "
                "exact");
    }
    dot_plan_release(&plan);
    dot_plan_release(&kept);
    mesh_release(&mesh);
    mesh_release(&coloured);
    design_release(&design);
    return result;
}

int verb_plan(int argc, char **argv) {
    struct plan_options o = {.adjust = DESIGN_ADJUST_NONE};
    const struct option_row rows[] = {
        {"scan", .text = &o.scan, .is_needed = true},
        {"design", .text = &o.design, .is_needed = true},
        {"output", 'o', .text = &o.output, .is_needed = true},
        {"colours", .text = &o.colours},
        {"keep", .text = &o.keep},
        {"redo", .text = &o.redo},
        {"csv", .text = &o.csv},
        {"density-percent", .number = &o.adjust.density_percent},
        {"hairline-mm", .number = &o.adjust.hairline_mm},
        {"shade-percent", .number = &o.adjust.shade_percent},
    };
    const struct options options = {"smprig", usage, OPTION_ROWS(rows)};
    struct error err = {0};
    int code;
    if (argc > 1 && strcmp(argv[1], "check") == 0) return verb_plan_check(argc - 1, argv + 1);
    if (!options_parse(&options, argc, argv, &code)) return code;
    if (!o.keep != !o.redo)
        return options_complain(&options, argv[0], "--keep and --redo go together");
    return make_plan(&o, &err) == RESULT_OK ? EX_OK : verb_fail("plan", &err);
}
