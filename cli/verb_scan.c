/* smprig scan check|decimate: what a scan is, and a smaller canonical copy of it. */
#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/clock.h"
#include "base/progress.h"
#include "cli/verbs.h"
#include "plan/decimate.h"
#include "plan/scan.h"

/* Dots stand above this height (mm over the anterior commissure): the treated region. */
#define TREATED_Z_MM 20.0

static void print_help(void) {
    puts(
        "Usage: smprig scan check FILE [--json]\n"
        "       smprig scan decimate FILE -o FILE --vertices N [--comment TEXT]...\n"
        "       smprig scan prepare FILE -o FILE [--scale MM] [--cut Z] [--hole MM] [--smooth MM]\n"
        "              [--vertices N] [--nasion X,Y,Z --ear-left X,Y,Z --ear-right X,Y,Z]\n"
        "FILE is PLY, OBJ, STL or GLB; `decimate` and `prepare` write the canonical PLY (mm, "
        "RAS).\n"
        "`prepare` finds the unit (or takes --scale, mm a unit), turns the scan by three landmarks "
        "in\n"
        "its own coordinates, cuts below Z mm, drops loose pieces and spikes, fills holes with a "
        "rim\n"
        "up to --hole (60), smooths by at most --smooth (0.3), and says what it changed.");
}

static json_t *survey_json(const struct mesh *mesh, const struct mesh_survey *s, bool is_closed) {
    return json_pack("{s:I, s:I, s:[fff], s:[fff], s:f, s:I, s:I, s:I, s:I, s:b}", "vertices",
                     (json_int_t)mesh->vertex_count, "triangles", (json_int_t)mesh->triangle_count,
                     "low_mm", s->low.x, s->low.y, s->low.z, "high_mm", s->high.x, s->high.y,
                     s->high.z, "area_cm2", s->area_mm2 / 100, "components",
                     (json_int_t)s->components, "boundary_loops", (json_int_t)s->boundary_loops,
                     "non_manifold_edges", (json_int_t)s->non_manifold_edges, "flipped_edges",
                     (json_int_t)s->flipped_edges, "treated_region_closed", is_closed);
}

static void print_survey(const struct mesh *mesh, const struct mesh_survey *s, bool is_closed) {
    printf("vertices             %zu\n", mesh->vertex_count);
    printf("triangles            %zu\n", mesh->triangle_count);
    printf("bounds x             %.1f .. %.1f mm\n", s->low.x, s->high.x);
    printf("bounds y             %.1f .. %.1f mm\n", s->low.y, s->high.y);
    printf("bounds z             %.1f .. %.1f mm\n", s->low.z, s->high.z);
    printf("area                 %.0f cm2\n", s->area_mm2 / 100);
    printf("pieces               %zu\n", s->components);
    printf("holes and open ends  %zu (%zu edges)\n", s->boundary_loops, s->boundary_edges);
    printf("non-manifold edges   %zu\n", s->non_manifold_edges);
    printf("flipped edges        %zu\n", s->flipped_edges);
    printf("treated region       %s (z > %.0f mm)\n", is_closed ? "closed" : "OPEN", TREATED_Z_MM);
}

static int check(const char *path, bool wants_json) {
    struct error err = {0};
    struct mesh mesh;
    struct mesh_survey survey;
    enum result result = scan_read_raw(path, &mesh, &err);
    if (result != RESULT_OK) return verb_fail("scan", &err);
    result = mesh_examine(&mesh, &survey);
    if (result == RESULT_OK) {
        bool is_closed = survey.highest_boundary_z < TREATED_Z_MM;
        if (wants_json) {
            json_t *json = survey_json(&mesh, &survey, is_closed);
            json_dumpf(json, stdout, JSON_INDENT(2));
            putchar('\n');
            json_decref(json);
        } else {
            print_survey(&mesh, &survey, is_closed);
        }
        result = scan_validate(path, &mesh, &survey, &err);
    }
    mesh_release(&mesh);
    return result == RESULT_OK ? EX_OK : verb_fail("scan", &err);
}

#define COMMENTS_MAX 8

struct decimate_options {
    const char *output, *comments[COMMENTS_MAX + 1];
    size_t comment_count;
    long vertices;
};

static void tell(void *context, double fraction) {
    progress_update(context, fraction, 1.0, clock_now_ns());
}

static int decimate(const char *path, const struct decimate_options *options) {
    struct error err = {0};
    struct mesh mesh;
    struct progress progress;
    double error_mm = 0;
    enum result result = scan_read(path, &mesh, &err);
    if (result != RESULT_OK) return verb_fail("scan", &err);
    progress_begin(&progress, "decimate", NULL, clock_now_ns());
    result = mesh_decimate(&mesh, (size_t)options->vertices,
                           (struct fill_progress){tell, &progress}, &error_mm);
    progress_end(&progress, clock_now_ns());
    if (result != RESULT_OK) error_set(&err, result, "%s: out of memory", path);
    if (result == RESULT_OK) result = scan_write(&mesh, options->output, options->comments, &err);
    if (result == RESULT_OK)
        printf("%s: %zu vertices, %zu triangles, largest error %.3f mm\n", options->output,
               mesh.vertex_count, mesh.triangle_count, error_mm);
    mesh_release(&mesh);
    return result == RESULT_OK ? EX_OK : verb_fail("scan", &err);
}

int verb_scan(int argc, char **argv) {
    if (argc > 1 && strcmp(argv[1], "prepare") == 0) return verb_scan_prepare(argc - 1, argv + 1);
    static const struct option options[] = {
        {"json", no_argument, NULL, 'j'},           {"output", required_argument, NULL, 'o'},
        {"vertices", required_argument, NULL, 'n'}, {"comment", required_argument, NULL, 'c'},
        {"help", no_argument, NULL, 'h'},           {0}};
    struct decimate_options wanted = {0};
    bool wants_json = false;
    for (int option; (option = getopt_long(argc, argv, "o:h", options, NULL)) != -1;) {
        if (option == 'j') wants_json = true;
        if (option == 'o') wanted.output = optarg;
        if (option == 'n') wanted.vertices = strtol(optarg, NULL, 10);
        if (option == 'c' && wanted.comment_count < COMMENTS_MAX)
            wanted.comments[wanted.comment_count++] = optarg;
        if (option == 'h') {
            print_help();
            return EX_OK;
        }
        if (option == '?') return EX_USAGE;
    }
    if (argc - optind == 2 && strcmp(argv[optind], "check") == 0)
        return check(argv[optind + 1], wants_json);
    if (argc - optind == 2 && strcmp(argv[optind], "decimate") == 0 && wanted.output &&
        wanted.vertices >= 100)
        return decimate(argv[optind + 1], &wanted);
    print_help();
    return EX_USAGE;
}
