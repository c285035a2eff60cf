/* smprig scan prepare: a scan as it comes, made into one that the planner takes. */
#include <math.h>
#include <stdio.h>
#include <sysexits.h>

#include "base/clock.h"
#include "base/options.h"
#include "base/progress.h"
#include "cli/verbs.h"
#include "plan/prepare.h"
#include "plan/scan.h"

static const char usage[] =
    "Usage: smprig scan prepare FILE -o FILE [--scale MM] [--cut Z] [--hole MM] [--smooth MM]\n"
    "              [--vertices N] [--nasion X,Y,Z --ear-left X,Y,Z --ear-right X,Y,Z]\n"
    "Makes a canonical PLY (mm, RAS) of a raw scan: PLY, OBJ, STL or GLB.\n\n"
    "  --scale MM      mm a unit of the file (found out when not given)\n"
    "  --cut Z         leave out what is below, mm\n"
    "  --hole MM       fill holes with a rim up to so long (60)\n"
    "  --smooth MM     move no vertex further (0.3)\n"
    "  --vertices N    make it so small\n"
    "  --nasion, --ear-left, --ear-right\n"
    "                  three landmarks in the file's own coordinates, to turn it by\n";

struct prepare_options {
    struct prepare_setup setup;
    const char *input, *output;
};

static bool take_options(int argc, char **argv, struct prepare_options *o, int *ret_exit) {
    static const char expected[] = "X,Y,Z";
    struct prepare_setup *setup = &o->setup;
    const struct vec3 none = vec3_make((double)NAN, 0, 0);
    int64_t vertices = 0;
    const struct option_row rows[] = {
        {"FILE", .is_word = true, .text = &o->input, .is_needed = true},
        {"output", 'o', .text = &o->output, .is_needed = true},
        {"scale", .number = &setup->scale, .low = 1e-6},
        {"cut", .number = &setup->cut_z_mm, .low = -1000},
        {"hole", .number = &setup->hole_mm, .high = 1000},
        {"smooth", .number = &setup->smooth_mm, .high = 1000},
        {"vertices", .integer = &vertices, .low = 100, .high = 8000000},
        {"nasion", .take = verb_take_point, .into = &setup->nasion, .expected = expected},
        {"ear-left", .take = verb_take_point, .into = &setup->ear_left, .expected = expected},
        {"ear-right", .take = verb_take_point, .into = &setup->ear_right, .expected = expected},
    };
    const struct options options = {"smprig scan", usage, OPTION_ROWS(rows)};
    setup->nasion = setup->ear_left = setup->ear_right = none;
    if (!options_parse(&options, argc, argv, ret_exit)) return false;
    int landmarks =
        !isnan(setup->nasion.x) + !isnan(setup->ear_left.x) + !isnan(setup->ear_right.x);
    if (vertices) setup->vertices = (size_t)vertices;
    setup->has_landmarks = landmarks == 3;
    if (landmarks == 0 || landmarks == 3) return true;
    *ret_exit = options_complain(&options, argv[0], "landmarks come three at a time");
    return false;
}

static void print_report(const struct prepare_report *r, const struct prepare_setup *setup) {
    printf("unit                 %s: %g mm each\n", r->unit, r->scale);
    printf("axes                 %s\n",
           setup->has_landmarks ? "turned to RAS by the landmarks" : "taken as RAS, as they stand");
    printf("cut                  %zu triangles\n", r->cut_triangles);
    printf("loose pieces         %zu dropped, %zu triangles\n", r->pieces_dropped,
           r->piece_triangles);
    printf("spikes               %zu taken out\n", r->spikes);
    printf("holes                %zu filled (longest rim %.1f mm), %zu left open\n",
           r->holes_filled, r->longest_rim_filled_mm, r->holes_left);
    printf("smoothing            moved by %.3f mm rms, %.3f mm at most\n", r->moved_rms_mm,
           r->moved_max_mm);
    printf("decimation           largest error %.3f mm\n", r->decimate_mm);
    printf("vertices             %zu of %zu; triangles %zu of %zu\n", r->vertices_after,
           r->vertices_before, r->triangles_after, r->triangles_before);
}

static enum result write_prepared(const char *path, const struct mesh *mesh, const char *output,
                                  const struct prepare_report *report, struct error *err) {
    char comment[160];
    struct mesh_survey survey;
    snprintf(comment, sizeof comment,
             "prepared: %g mm a unit, %zu holes filled, smoothed within %.3f mm, decimated within "
             "%.3f mm",
             report->scale, report->holes_filled, report->moved_max_mm, report->decimate_mm);
    const char *const comments[] = {comment, NULL};
    enum result result = mesh_examine(mesh, &survey);
    if (result != RESULT_OK) return error_set(err, result, "out of memory");
    result = scan_validate(path, mesh, &survey, err);
    return result == RESULT_OK ? scan_write(mesh, output, comments, err) : result;
}

int verb_scan_prepare(int argc, char **argv) {
    struct prepare_options options = {
        .setup = {.cut_z_mm = (double)NAN, .hole_mm = 60, .smooth_mm = 0.3}};
    struct error err = {0};
    struct mesh mesh;
    struct progress progress;
    struct prepare_report report;
    int code;
    if (!take_options(argc, argv, &options, &code)) return code;
    const char *path = options.input;
    enum result result = scan_read_raw(path, &mesh, &err);
    if (result != RESULT_OK) return verb_fail("scan", &err);
    progress_begin(&progress, "prepare", NULL, clock_now_ns());
    result = prepare_scan(&mesh, &options.setup,
                          (struct fill_progress){verb_tell_progress, &progress}, &report, &err);
    progress_end(&progress, clock_now_ns());
    if (result == RESULT_OK) {
        print_report(&report, &options.setup);
        result = write_prepared(path, &mesh, options.output, &report, &err);
    }
    mesh_release(&mesh);
    if (result != RESULT_OK) return verb_fail("scan", &err);
    printf("%s\n", options.output);
    return EX_OK;
}
