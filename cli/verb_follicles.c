/* smprig follicles: hairs and dots in a close-up image, as points that the designer avoids or
 * matches. */
#include <cairo.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/field_ray.h"
#include "base/file.h"
#include "base/options.h"
#include "cli/verbs.h"
#include "plan/field.h"
#include "vision/camera_file.h"
#include "vision/closeup/follicle_finder.h"
#include "vision/opencv_shim.h"

#define REACH_MM 1000.0
#define PICTURE_SCALE 2

struct follicle_options {
    const char *image, *output, *picture, *cameras, *camera, *pose, *scan;
    struct follicle_settings settings;
    bool is_json;
};

struct follicle_work {
    struct camera_frame frame;
    struct follicle_sighting *sightings;
    size_t count;
    /* Of the head; only with a camera, a pose and a scan. */
    bool has_head;
    struct camera_calibration camera;
    struct pose T_head_camera;
    struct field field;
    char scan_sha256[SHA256_HEX_SIZE];
};

static const char usage[] =
    "Usage: smprig follicles IMAGE [--um-per-px 20] [-o FOLLICLES.csv] [--picture MARKS.png]\n"
    "Finds hairs (shaved or stubble, at their exit) and pigment dots in a close-up of the "
    "skin.\n\n"
    "      --um-per-px N    scale of the image (20)\n"
    "      --contrast N     grey levels that a mark is darker than skin, at least (12)\n"
    "      --dot-diameter N um from which a mark is a dot, not a hair (240)\n"
    "  -o, --output FILE    CSV: in the image, or on the head with the four below\n"
    "      --picture FILE   the image with its marks drawn in\n"
    "      --json           the counts as JSON on standard output\n\n"
    "Onto the head, for `follicles: {file: ...}` of a design (docs/formats.md):\n"
    "      --cameras FILE   calibrated cameras      --camera NAME  the close-up one\n"
    "      --pose 'x y z qx qy qz qw'  T_rig_head at the exposure, as smprig track prints it\n"
    "      --scan FILE      the scan\n";

static bool take_options(int argc, char **argv, struct follicle_options *o, int *ret_exit) {
    const struct option_row rows[] = {
        {"IMAGE", .is_word = true, .text = &o->image, .is_needed = true},
        {"um-per-px", .number = &o->settings.um_per_px},
        {"contrast", .number = &o->settings.contrast_min},
        {"dot-diameter", .number = &o->settings.dot_diameter_um},
        {"output", 'o', .text = &o->output},
        {"picture", .text = &o->picture},
        {"json", .flag = &o->is_json},
        {"cameras", .text = &o->cameras},
        {"camera", .text = &o->camera},
        {"pose", .text = &o->pose},
        {"scan", .text = &o->scan},
    };
    const struct options options = {"smprig", usage, OPTION_ROWS(rows)};
    if (!options_parse(&options, argc, argv, ret_exit)) return false;
    int head = !!o->cameras + !!o->pose + !!o->scan;
    if (head == 0 || head == 3) return true;
    *ret_exit = options_complain(&options, argv[0],
                                 "marks come onto the head with --cameras, --pose and --scan, "
                                 "all three");
    return false;
}

static enum result find_camera(const struct follicle_options *o, struct camera_calibration *ret,
                               struct error *err) {
    struct camera_set set;
    enum result result = camera_set_read(o->cameras, &set, err);
    if (result != RESULT_OK) return result;
    for (uint32_t c = 0; c < set.count; c++) {
        if (o->camera ? strcmp(set.cameras[c].name, o->camera) == 0 : set.count == 1) {
            *ret = set.cameras[c];
            return RESULT_OK;
        }
    }
    return error_set(err, RESULT_NOT_FOUND, "%s: %s%s%s", o->cameras,
                     o->camera ? "no camera named '" : "several cameras: say which with --camera",
                     o->camera ? o->camera : "", o->camera ? "'" : "");
}

static enum result read_head(const struct follicle_options *o, struct follicle_work *w,
                             struct error *err) {
    struct pose T_rig_head;
    if (!o->scan) return RESULT_OK;
    enum result result = find_camera(o, &w->camera, err);
    if (result == RESULT_OK) result = verb_parse_pose(o->pose, &T_rig_head, err);
    if (result == RESULT_OK) result = file_sha256(o->scan, w->scan_sha256, err);
    if (result == RESULT_OK) result = field_of_scan(o->scan, &w->field, err);
    if (result != RESULT_OK) return result;
    const struct camera_model *model = &w->camera.model;
    if (model->width_px != w->frame.image.width || model->height_px != w->frame.image.height)
        return error_set(err, RESULT_RANGE, "%s: %u x %u px, but camera %s has %u x %u", o->image,
                         w->frame.image.width, w->frame.image.height, w->camera.name,
                         model->width_px, model->height_px);
    w->T_head_camera = pose_mul(pose_inverse(T_rig_head), w->camera.T_rig_camera);
    w->has_head = true;
    return RESULT_OK;
}

static bool on_head(const struct follicle_work *w, struct pixel at, struct vec3 *ret_p_head) {
    struct vec3 ray;
    if (!camera_unproject(&w->camera.model, at, &ray)) return false;
    struct vec3 direction = vec3_unit(pose_rotate(w->T_head_camera, ray));
    return field_ray(&w->field.view, w->T_head_camera.t, direction, REACH_MM, ret_p_head);
}

static size_t write_rows(FILE *out, const struct follicle_work *w) {
    size_t written = 0;
    if (w->has_head)
        fprintf(out, "# scan_sha256 %s\nx,y,z,diameter_um\n", w->scan_sha256);
    else
        fputs("u_px,v_px,diameter_um,length_um,direction_deg,contrast,kind\n", out);
    for (size_t i = 0; i < w->count; i++) {
        const struct follicle_sighting *s = &w->sightings[i];
        struct vec3 p;
        if (!w->has_head) {
            fprintf(out, "%.2f,%.2f,%.1f,%.0f,%.1f,%.1f,%s\n", s->at.u, s->at.v, s->diameter_um,
                    s->length_um, s->direction_rad * DEG_PER_RAD, s->contrast,
                    follicle_kind_name(s->kind));
        } else if (on_head(w, s->at, &p)) {
            fprintf(out, "%.4f,%.4f,%.4f,%.1f\n", p.x, p.y, p.z, s->diameter_um);
        } else {
            continue;
        }
        written++;
    }
    return written;
}

static enum result write_csv(const struct follicle_options *o, const struct follicle_work *w,
                             size_t *ret_written, struct error *err) {
    struct file_writer writer;
    if (!o->output) return RESULT_OK;
    enum result result = file_writer_open(&writer, o->output, err);
    if (result != RESULT_OK) return result;
    *ret_written = write_rows(writer.stream, w);
    return file_writer_commit(&writer, err);
}

static void draw_marks(cairo_t *cr, const struct follicle_work *w, double um_per_px) {
    static const double colours[FOLLICLE_KIND_COUNT][3] = {[FOLLICLE_SHAVED] = {0.1, 0.6, 0.2},
                                                           [FOLLICLE_STUBBLE] = {0.9, 0.4, 0},
                                                           [FOLLICLE_DOT] = {0.1, 0.3, 0.9}};
    cairo_set_line_width(cr, 1);
    for (size_t i = 0; i < w->count; i++) {
        const struct follicle_sighting *s = &w->sightings[i];
        const double *c = colours[s->kind];
        double x = (s->at.u + 0.5) * PICTURE_SCALE, y = (s->at.v + 0.5) * PICTURE_SCALE;
        double length = s->length_um / um_per_px * PICTURE_SCALE;
        cairo_set_source_rgb(cr, c[0], c[1], c[2]);
        cairo_new_sub_path(cr);
        cairo_arc(cr, x, y, 0.5 * s->diameter_um / um_per_px * PICTURE_SCALE + 2, 0, 2 * PI);
        cairo_move_to(cr, x, y);
        cairo_line_to(cr, x + length * cos(s->direction_rad), y + length * sin(s->direction_rad));
        cairo_stroke(cr);
    }
}

static enum result write_picture(const struct follicle_options *o, const struct follicle_work *w,
                                 struct error *err) {
    const struct image *image = &w->frame.image;
    if (!o->picture) return RESULT_OK;
    cairo_surface_t *grey =
        cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)image->width, (int)image->height);
    uint8_t *data = cairo_image_surface_get_data(grey);
    for (uint32_t y = 0; y < image->height && data; y++) {
        uint32_t *row =
            (uint32_t *)(void *)(data + (size_t)y * (size_t)cairo_image_surface_get_stride(grey));
        for (uint32_t x = 0; x < image->width; x++)
            row[x] = 0x010101u * image->pixels[(size_t)y * image->stride + x];
    }
    cairo_surface_mark_dirty(grey);
    cairo_surface_t *picture = cairo_image_surface_create(
        CAIRO_FORMAT_RGB24, (int)image->width * PICTURE_SCALE, (int)image->height * PICTURE_SCALE);
    cairo_t *cr = cairo_create(picture);
    cairo_scale(cr, PICTURE_SCALE, PICTURE_SCALE);
    cairo_set_source_surface(cr, grey, 0, 0);
    cairo_paint(cr);
    cairo_identity_matrix(cr);
    draw_marks(cr, w, o->settings.um_per_px);
    cairo_status_t status = cairo_surface_write_to_png(picture, o->picture);
    cairo_destroy(cr);
    cairo_surface_destroy(picture);
    cairo_surface_destroy(grey);
    if (status == CAIRO_STATUS_SUCCESS) return RESULT_OK;
    return error_set(err, RESULT_IO, "%s: %s", o->picture, cairo_status_to_string(status));
}

static void print_counts(const struct follicle_options *o, const struct follicle_work *w,
                         size_t written) {
    size_t kinds[FOLLICLE_KIND_COUNT] = {0};
    double width_um = 0, cm = o->settings.um_per_px * 1e-4;
    double area_cm2 = w->frame.image.width * cm * w->frame.image.height * cm;
    for (size_t i = 0; i < w->count; i++) {
        kinds[w->sightings[i].kind]++;
        if (w->sightings[i].kind != FOLLICLE_DOT) width_um += w->sightings[i].diameter_um;
    }
    size_t hairs = kinds[FOLLICLE_SHAVED] + kinds[FOLLICLE_STUBBLE];
    double mean_um = hairs ? width_um / (double)hairs : 0, density = (double)hairs / area_cm2;
    if (o->is_json) {
        printf(
            "{\"shaved\": %zu, \"stubble\": %zu, \"dots\": %zu, \"hairs_per_cm2\": %.1f, "
            "\"hair_diameter_um\": %.1f, \"written\": %zu}\n",
            kinds[FOLLICLE_SHAVED], kinds[FOLLICLE_STUBBLE], kinds[FOLLICLE_DOT], density, mean_um,
            written);
        return;
    }
    printf("shaved hairs   %6zu\nstubble        %6zu\ndots           %6zu\n",
           kinds[FOLLICLE_SHAVED], kinds[FOLLICLE_STUBBLE], kinds[FOLLICLE_DOT]);
    printf("hairs / cm^2   %6.0f   (%.2f cm^2)\nhair diameter  %6.0f um\n", density, area_cm2,
           mean_um);
    if (w->has_head && o->output && written < w->count)
        printf("%zu marks lie beside the scan and were left out\n", w->count - written);
}

int verb_follicles(int argc, char **argv) {
    struct follicle_options o = {.settings = follicle_settings_default()};
    struct follicle_work w = {0};
    struct error err = {0};
    size_t written = 0;
    int code;
    if (!take_options(argc, argv, &o, &code)) return code;
    w.sightings = malloc(FOLLICLE_SIGHTINGS_MAX * sizeof *w.sightings);
    enum result result = w.sightings ? RESULT_OK : error_set(&err, RESULT_NO_MEMORY, "no memory");
    if (result == RESULT_OK) result = opencv_read_image(o.image, &w.frame, &err);
    if (result == RESULT_OK) result = read_head(&o, &w, &err);
    if (result == RESULT_OK)
        result = follicles_find(&w.frame.image, &o.settings, w.sightings, FOLLICLE_SIGHTINGS_MAX,
                                &w.count, &err);
    if (result == RESULT_OK) result = write_csv(&o, &w, &written, &err);
    if (result == RESULT_OK) result = write_picture(&o, &w, &err);
    if (result == RESULT_OK) print_counts(&o, &w, written);
    camera_frame_release(&w.frame);
    field_release(&w.field);
    free(w.sightings);
    err.code = result;
    return result == RESULT_OK ? EX_OK : verb_fail("follicles", &err);
}
