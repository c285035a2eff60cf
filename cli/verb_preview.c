/* smprig preview: a plan's dots drawn on its scan, as a PNG. */
#include <cairo.h>
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "cli/verbs.h"
#include "plan/dot.h"
#include "plan/preview.h"
#include "plan/scan.h"

#define SIDE_PX 900
#define OVERSAMPLE 2
#define MARGIN 1.05 /* of the head's largest side */

struct side {
    const char *name;
    struct vec3 towards_viewer, up;
};

static const struct side sides[] = {
    {"top", {0, 0, 1}, {0, 1, 0}},   {"front", {0, 1, 0}, {0, 0, 1}},
    {"back", {0, -1, 0}, {0, 0, 1}}, {"left", {-1, 0, 0}, {0, 0, 1}},
    {"right", {1, 0, 0}, {0, 0, 1}},
};

struct preview_files {
    const char *scan, *plan, *output;
};

static void print_help(void) {
    puts(
        "Usage: smprig preview --scan SCAN.ply --plan PLAN.ply -o PICTURE.png [--from SIDE]\n"
        "Draws the plan's dots on the scan. SIDE is top (default), front, back, left or right.");
}

static const struct side *find_side(const char *name) {
    for (size_t i = 0; i < sizeof sides / sizeof *sides; i++)
        if (strcmp(sides[i].name, name) == 0) return &sides[i];
    return NULL;
}

static struct preview_view view_of(const struct mesh_survey *survey, const struct side *side) {
    struct vec3 low = survey->low, high = survey->high;
    double largest = fmax(high.x - low.x, fmax(high.y - low.y, high.z - low.z));
    return (struct preview_view){
        .towards_viewer = side->towards_viewer,
        .up = side->up,
        .centre = {(low.x + high.x) / 2, (low.y + high.y) / 2, (low.z + high.z) / 2},
        .mm_per_px = MARGIN * largest / (SIDE_PX * OVERSAMPLE),
        .skin = {0.87, 0.68, 0.56},
        .background = {1, 1, 1},
    };
}

static enum result save(const struct preview *preview, const char *path, struct error *err) {
    cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, SIDE_PX, SIDE_PX);
    cairo_status_t status = cairo_surface_status(surface);
    if (status == CAIRO_STATUS_SUCCESS) {
        preview_copy(preview, OVERSAMPLE, cairo_image_surface_get_data(surface),
                     cairo_image_surface_get_stride(surface));
        cairo_surface_mark_dirty(surface);
        status = cairo_surface_write_to_png(surface, path);
    }
    cairo_surface_destroy(surface);
    if (status == CAIRO_STATUS_SUCCESS) return RESULT_OK;
    return error_set(err, RESULT_IO, "%s: %s", path, cairo_status_to_string(status));
}

static enum result draw(const struct mesh *mesh, const struct dot_plan *plan,
                        const struct side *side, const char *output, struct error *err) {
    struct mesh_survey survey;
    struct preview preview = {0};
    float *normals = mesh_vertex_normals(mesh);
    enum result result = normals ? mesh_examine(mesh, &survey) : RESULT_NO_MEMORY;
    if (result == RESULT_OK) {
        struct preview_view view = view_of(&survey, side);
        result = preview_create(SIDE_PX * OVERSAMPLE, SIDE_PX * OVERSAMPLE, &view, &preview);
    }
    if (result != RESULT_OK) {
        free(normals);
        return error_set(err, result, "%s: the picture does not fit into memory", output);
    }
    preview_draw_mesh(&preview, mesh, normals);
    for (size_t i = 0; i < plan->dot_count; i++) {
        const struct dot *dot = &plan->dots[i];
        struct preview_disc disc = {
            dot->p_head, dot->n_head, dot->diameter_um / 2000.0, {0.24, 0.20, 0.19}};
        preview_draw_disc(&preview, &disc);
    }
    result = save(&preview, output, err);
    preview_release(&preview);
    free(normals);
    return result;
}

static enum result make_preview(const struct preview_files *files, const struct side *side,
                                struct error *err) {
    char sha256[SHA256_HEX_SIZE];
    struct mesh mesh = {0};
    struct dot_plan plan = {0};
    enum result result = dot_plan_read(files->plan, &plan, err);
    if (result != RESULT_OK) return result;
    result = file_sha256(files->scan, sha256, err);
    if (result == RESULT_OK && strcmp(sha256, plan.scan_sha256) != 0)
        result = error_set(err, RESULT_RANGE, "%s: made for another scan than %s", files->plan,
                           files->scan);
    if (result == RESULT_OK) result = scan_read(files->scan, &mesh, err);
    if (result == RESULT_OK) result = draw(&mesh, &plan, side, files->output, err);
    if (result == RESULT_OK) printf("%s: %zu dots\n", files->output, plan.dot_count);
    mesh_release(&mesh);
    dot_plan_release(&plan);
    return result;
}

int verb_preview(int argc, char **argv) {
    static const struct option options[] = {
        {"scan", required_argument, NULL, 's'},   {"plan", required_argument, NULL, 'p'},
        {"output", required_argument, NULL, 'o'}, {"from", required_argument, NULL, 'f'},
        {"help", no_argument, NULL, 'h'},         {0}};
    struct preview_files files = {0};
    const struct side *side = &sides[0];
    for (int option; (option = getopt_long(argc, argv, "o:h", options, NULL)) != -1;) {
        if (option == 's') files.scan = optarg;
        if (option == 'p') files.plan = optarg;
        if (option == 'o') files.output = optarg;
        if (option == 'f') side = find_side(optarg);
        if (option == 'h') {
            print_help();
            return EX_OK;
        }
        if (option == '?') return EX_USAGE;
    }
    if (!files.scan || !files.plan || !files.output || !side) {
        print_help();
        return EX_USAGE;
    }
    struct error err = {0};
    return make_preview(&files, side, &err) == RESULT_OK ? EX_OK : verb_fail("preview", &err);
}
