/* smprig scan check|decimate: what a scan is, and a smaller canonical copy of it. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/clock.h"
#include "base/options.h"
#include "base/progress.h"
#include "cli/verbs.h"
#include "plan/decimate.h"
#include "plan/scan.h"

/* Dots stand above this height (mm over the anterior commissure): the treated region. */
#define TREATED_Z_MM 20.0

static const char usage[] =
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
    "up to --hole (60), smooths by at most --smooth (0.3), and says what it changed.\n";

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
#define VERTICES_MAX 8000000
#define SCAN_PARTS "check|decimate|prepare"

struct decimate_options {
    const char *output, *comments[COMMENTS_MAX + 1]; /* NULL-ended */
    int64_t vertices;
};

static int decimate(const char *path, const struct decimate_options *options) {
    struct error err = {0};
    struct mesh mesh;
    struct progress progress;
    double error_mm = 0;
    enum result result = scan_read(path, &mesh, &err);
    if (result != RESULT_OK) return verb_fail("scan", &err);
    progress_begin(&progress, "decimate", NULL, clock_now_ns());
    result = mesh_decimate(&mesh, (size_t)options->vertices,
                           (struct fill_progress){verb_tell_progress, &progress}, &error_mm);
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
    struct decimate_options wanted = {0};
    struct option_list comments = {wanted.comments, COMMENTS_MAX, 0};
    const char *what, *path;
    bool wants_json = false;
    const struct option_row rows[] = {
        {"what", .is_word = true, .text = &what, .choices = SCAN_PARTS, .is_needed = true},
        {"FILE", .is_word = true, .text = &path, .is_needed = true},
        {"json", .flag = &wants_json},
        {"output", 'o', .text = &wanted.output},
        {"vertices", .integer = &wanted.vertices, .low = 100, .high = VERTICES_MAX},
        {"comment", .list = &comments},
    };
    const struct options options = {"smprig", usage, OPTION_ROWS(rows)};
    int code;
    if (argc > 1 && strcmp(argv[1], "prepare") == 0) return verb_scan_prepare(argc - 1, argv + 1);
    if (!options_parse(&options, argc, argv, &code)) return code;
    if (strcmp(what, "check") == 0) return check(path, wants_json);
    if (!wanted.output || wanted.vertices == 0)
        return options_complain(&options, argv[0], "decimate wants --output and --vertices");
    return decimate(path, &wanted);
}
