/* smprig preview: what the client will look like, as PNG. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/options.h"
#include "base/text.h"
#include "cli/preview_hair.h"
#include "cli/preview_photo.h"
#include "cli/preview_picture.h"
#include "cli/verbs.h"
#include "plan/scan.h"

#define WIDTH_PX 1280
#define HEIGHT_PX 960
#define SIDE_MOST_PX 4096
#define FINE_OVERSAMPLE 3
#define FRAMES_MOST 180
#define EXPECTED_SIDE "top, front, back, left, right, or AZIMUTH,ELEVATION in degrees"
#define EXPECTED_TIME "before, fresh, healed, or years since, 1 to 20"
#define EXPECTED_SIZE "WIDTHxHEIGHT of 64 to 4096 pixels"

static const char usage[] =
    "Usage: smprig preview --scan SCAN.ply --plan PLAN.ply -o PICTURE.png [OPTION]...\n"
    "  --from SIDE        top, front, back, left, right, or AZIMUTH,ELEVATION in degrees\n"
    "                     (0,0 is the front, 90,0 the right ear, 0,90 the top); default 0,35\n"
    "  --zone NAME        look at one zone, close up\n"
    "  --when TIME        before, fresh, healed (4 weeks; default), or years since: 1 .. 20\n"
    "  --session N        as after the Nth session: later layers are left out\n"
    "  --skin 1..6        skin type (Fitzpatrick), default 2\n"
    "  --hair HAIRS.csv   draw the client's own hairs (smprig follicles finds them)\n"
    "  --hair-mm LENGTH   so long; default 0.5, shaved yesterday\n"
    "  --fine             smooth edges and pores, a few seconds; without it under a second\n"
    "  --size WxH         pixels, default 1280x960\n"
    "  --sheet            before, fresh, healed and faded side by side\n"
    "  --turn FRAMES      an animated PNG that turns around the head\n"
    "  --photo P.png --camera CAMERA.yaml --pose tx,ty,tz,qx,qy,qz,qw\n"
    "                     put the dots on a photo of the client; the pose maps head to camera\n"
    "The picture is a picture: what skin and pigment do on a client is known after healing.\n";

struct preview_options {
    const char *scan, *plan, *output, *zone, *hair;
    double hair_mm;
    struct photo_files photo;
    struct picture_aim aim;
    struct fade_time time;
    int64_t session, skin, frames;
    int width, height;
    bool is_fine, is_sheet;
};

static bool take_side(const char *text, void *into) {
    struct picture_aim *aim = into;
    static const struct {
        const char *name;
        double azimuth_deg, elevation_deg;
    } sides[] = {
        {"top", 0, 90}, {"front", 0, 0}, {"back", 180, 0}, {"left", -90, 0}, {"right", 90, 0}};
    double angles_deg[2];
    size_t count;
    for (size_t i = 0; i < sizeof sides / sizeof *sides; i++)
        if (strcmp(text, sides[i].name) == 0) {
            aim->azimuth_rad = sides[i].azimuth_deg * RAD_PER_DEG;
            aim->elevation_rad = sides[i].elevation_deg * RAD_PER_DEG;
            return true;
        }
    if (text_to_doubles(text, angles_deg, 2, &count) != RESULT_OK || count != 2 ||
        fabs(angles_deg[1]) > 90)
        return false;
    aim->azimuth_rad = angles_deg[0] * RAD_PER_DEG;
    aim->elevation_rad = angles_deg[1] * RAD_PER_DEG;
    return true;
}

static bool take_size(const char *text, void *into) {
    struct preview_options *options = into;
    int64_t width = 0, height = 0;
    char first[16];
    const char *cross = strchr(text, 'x');
    if (!cross || (size_t)(cross - text) >= sizeof first) return false;
    snprintf(first, sizeof first, "%.*s", (int)(cross - text), text);
    if (text_to_int64(first, 64, SIDE_MOST_PX, &width) != RESULT_OK ||
        text_to_int64(cross + 1, 64, SIDE_MOST_PX, &height) != RESULT_OK)
        return false;
    options->width = (int)width, options->height = (int)height;
    return true;
}

static bool take_time(const char *text, void *into) {
    return fade_time_parse(text, into);
}

static enum result find_zone(const struct dot_plan *plan, const char *name, int *ret_zone,
                             struct error *err) {
    for (size_t i = 0; i < plan->zone_count; i++)
        if (strcmp(plan->zone_names[i], name) == 0) {
            *ret_zone = (int)i;
            return RESULT_OK;
        }
    return error_set(err, RESULT_NOT_FOUND, "the plan has no zone '%s'", name);
}

/* A zone is looked at from over its middle unless a side was asked for. */
static void face_zone(const struct dot_plan *plan, struct picture_aim *aim) {
    struct vec3 n = {0, 0, 0};
    for (size_t i = 0; i < plan->dot_count; i++)
        if (plan->dots[i].zone == aim->zone) n = vec3_add(n, plan->dots[i].n_head);
    aim->azimuth_rad = atan2(n.x, n.y);
    aim->elevation_rad = atan2(n.z, hypot(n.x, n.y));
}

static enum result draw(const struct preview_options *options, const struct mesh *mesh,
                        const struct dot_plan *plan, const float *normals, struct error *err) {
    struct photo photo = {0};
    struct preview_hair hair = {0};
    struct picture_aim aim = options->aim;
    enum result result = RESULT_OK;
    struct picture_setup setup = {.portrait = {.mesh = mesh,
                                               .normals = normals,
                                               .plan = plan,
                                               .time = options->time,
                                               .skin = (int)options->skin,
                                               .last_session = (int)options->session - 1,
                                               .is_fine = options->is_fine},
                                  .width = options->width,
                                  .height = options->height,
                                  .oversample = options->is_fine ? FINE_OVERSAMPLE : 1};
    if (options->zone) {
        result = find_zone(plan, options->zone, &aim.zone, err);
        if (result == RESULT_OK && isnan(aim.azimuth_rad)) face_zone(plan, &aim);
    }
    if (isnan(aim.azimuth_rad)) aim.azimuth_rad = 0, aim.elevation_rad = 35 * RAD_PER_DEG;
    if (result == RESULT_OK) setup.view = picture_view(&setup, aim);
    if (result == RESULT_OK && aim.zone < 0) picture_fit(&setup, &setup.view);
    if (result == RESULT_OK && options->hair)
        result = preview_hair_grow(options->hair, options->hair_mm, &setup.portrait, &hair, err);
    if (result == RESULT_OK && options->photo.photo)
        result = photo_open(&options->photo, &photo, &setup, err);
    if (result == RESULT_OK && options->is_sheet) {
        result = picture_sheet(&setup, options->output, err);
    } else if (result == RESULT_OK && options->frames > 0) {
        result = picture_turn(&setup, aim, (int)options->frames, options->output, err);
    } else if (result == RESULT_OK) {
        cairo_surface_t *picture = NULL;
        result = picture_draw(&setup, &picture, err);
        if (result == RESULT_OK) result = picture_save(picture, options->output, err);
        if (picture) cairo_surface_destroy(picture);
    }
    photo_close(&photo);
    preview_hair_release(&hair);
    return result;
}

static enum result make_preview(const struct preview_options *options, struct error *err) {
    char sha256[SHA256_HEX_SIZE];
    struct mesh mesh = {0};
    struct dot_plan plan = {0};
    float *normals = NULL;
    enum result result = dot_plan_read(options->plan, &plan, err);
    if (result != RESULT_OK) return result;
    result = file_sha256(options->scan, sha256, err);
    if (result == RESULT_OK && strcmp(sha256, plan.scan_sha256) != 0)
        result = error_set(err, RESULT_RANGE,
                           "%s: made for another scan than %s (hash %.12s..., the file's %.12s...)",
                           options->plan, options->scan, plan.scan_sha256, sha256);
    if (result == RESULT_OK) result = scan_read(options->scan, &mesh, err);
    if (result == RESULT_OK) {
        normals = mesh_vertex_normals(&mesh);
        if (!normals) result = error_set(err, RESULT_NO_MEMORY, "out of memory");
    }
    if (result == RESULT_OK) result = draw(options, &mesh, &plan, normals, err);
    if (result == RESULT_OK) printf("%s: %zu dots\n", options->output, plan.dot_count);
    free(normals);
    mesh_release(&mesh);
    dot_plan_release(&plan);
    return result;
}

int verb_preview(int argc, char **argv) {
    struct preview_options o = {.aim = {.azimuth_rad = NAN, .zone = -1},
                                .time = {FADE_HEALED, 0},
                                .skin = 2,
                                .hair_mm = 0.5,
                                .width = WIDTH_PX,
                                .height = HEIGHT_PX};
    const struct option_row rows[] = {
        {"scan", .text = &o.scan, .is_needed = true},
        {"plan", .text = &o.plan, .is_needed = true},
        {"output", 'o', .text = &o.output, .is_needed = true},
        {"from", .take = take_side, .into = &o.aim, .expected = EXPECTED_SIDE},
        {"zone", .text = &o.zone},
        {"when", .take = take_time, .into = &o.time, .expected = EXPECTED_TIME},
        {"session", .integer = &o.session, .low = 1, .high = 255},
        {"skin", .integer = &o.skin, .low = 1, .high = PORTRAIT_SKINS},
        {"hair", .text = &o.hair},
        {"hair-mm", .number = &o.hair_mm, .low = 0.01, .high = PREVIEW_HAIR_MOST_MM},
        {"fine", .flag = &o.is_fine},
        {"size", .take = take_size, .into = &o, .expected = EXPECTED_SIZE},
        {"sheet", .flag = &o.is_sheet},
        {"turn", .integer = &o.frames, .low = 2, .high = FRAMES_MOST},
        {"photo", .text = &o.photo.photo},
        {"camera", .text = &o.photo.camera},
        {"pose", .text = &o.photo.pose},
    };
    const struct options options = {"smprig", usage, OPTION_ROWS(rows)};
    struct error err = {0};
    int code;
    if (!options_parse(&options, argc, argv, &code)) return code;
    int photo = !!o.photo.photo + !!o.photo.camera + !!o.photo.pose;
    if (photo != 0 && photo != 3)
        return options_complain(&options, argv[0], "--photo, --camera and --pose go together");
    return make_preview(&o, &err) == RESULT_OK ? EX_OK : verb_fail("preview", &err);
}
