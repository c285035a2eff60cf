/* smprig scan prepare: a scan as it comes, made into one that the planner takes. */
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/clock.h"
#include "base/progress.h"
#include "base/text.h"
#include "cli/verbs.h"
#include "plan/prepare.h"
#include "plan/scan.h"

struct prepare_options {
    struct prepare_setup setup;
    const char *output;
    int landmarks; /* given so far */
};

static bool take_number(const char *text, double least, double *ret_value) {
    return text_to_double(text, ret_value) == RESULT_OK && *ret_value >= least;
}

static bool take_point(const char *text, struct vec3 *ret_p) {
    char copy[96], *rest = copy;
    double v[3];
    if (text_copy(copy, sizeof copy, text) != RESULT_OK) return false;
    for (int k = 0; k < 3; k++) {
        const char *part = strsep(&rest, ",");
        if (!part || text_to_double(part, &v[k]) != RESULT_OK) return false;
    }
    *ret_p = vec3_make(v[0], v[1], v[2]);
    return rest == NULL;
}

static bool take_options(int argc, char **argv, struct prepare_options *options) {
    static const struct option table[] = {
        {"output", required_argument, NULL, 'o'},    {"scale", required_argument, NULL, 's'},
        {"cut", required_argument, NULL, 'c'},       {"hole", required_argument, NULL, 'h'},
        {"smooth", required_argument, NULL, 'm'},    {"vertices", required_argument, NULL, 'v'},
        {"nasion", required_argument, NULL, 'n'},    {"ear-left", required_argument, NULL, 'l'},
        {"ear-right", required_argument, NULL, 'r'}, {0}};
    struct prepare_setup *setup = &options->setup;
    int64_t vertices = 0;
    bool is_good = true;
    for (int option; is_good && (option = getopt_long(argc, argv, "o:", table, NULL)) != -1;) {
        if (option == 'o') options->output = optarg;
        if (option == 's') is_good = take_number(optarg, 1e-6, &setup->scale);
        if (option == 'c') is_good = take_number(optarg, -1000, &setup->cut_z_mm);
        if (option == 'h') is_good = take_number(optarg, 0, &setup->hole_mm);
        if (option == 'm') is_good = take_number(optarg, 0, &setup->smooth_mm);
        if (option == 'v') is_good = text_to_int64(optarg, 100, 8000000, &vertices) == RESULT_OK;
        if (option == 'n') is_good = take_point(optarg, &setup->nasion);
        if (option == 'l') is_good = take_point(optarg, &setup->ear_left);
        if (option == 'r') is_good = take_point(optarg, &setup->ear_right);
        options->landmarks += option == 'n' || option == 'l' || option == 'r';
        if (option == '?') is_good = false;
    }
    if (vertices) setup->vertices = (size_t)vertices;
    setup->has_landmarks = options->landmarks == 3;
    return is_good && options->output && argc - optind == 1 &&
           (options->landmarks == 0 || options->landmarks == 3);
}

static void tell(void *context, double fraction) {
    progress_update(context, fraction, 1.0, clock_now_ns());
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
    if (!take_options(argc, argv, &options)) {
        fputs("smprig scan prepare: see smprig scan --help; landmarks come three at a time\n",
              stderr);
        return EX_USAGE;
    }
    const char *path = argv[optind];
    enum result result = scan_read_raw(path, &mesh, &err);
    if (result != RESULT_OK) return verb_fail("scan", &err);
    progress_begin(&progress, "prepare", NULL, clock_now_ns());
    result =
        prepare_scan(&mesh, &options.setup, (struct fill_progress){tell, &progress}, &report, &err);
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
