#include "sim/render.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "sim/render_raster.h"
#include "vision/tag_pattern.h"

#define FIXED_ONE 256    /* frames are composed in 8.8 fixed point */
#define NOISE_SCALE 32.0 /* the tile holds normal deviates times this in int8 */
#define NOISE_TILE_BYTES (1u << 20)
#define FACING_COSINE_MIN 0.05
#define SUBFRAME_SMEAR_PX 0.5 /* one sub-frame for each half pixel of smear */
#define AMBIENT 0.6           /* share of the light that does not depend on the angle */

/* One tag, ready to draw: its pose and its borders in cells of the tag frame. */
struct drawn_tag {
    struct pose T_head_tag;
    double cell_mm;
    struct tag_border borders[TAG_BORDERS_MAX];
    uint32_t border_count;
};

struct renderer {
    struct camera_calibration camera;
    struct pose T_camera_rig;
    struct render_settings settings;
    struct drawn_tag tags[RING_TAGS_MAX];
    uint32_t tag_count;
    struct render_mark marks[RENDER_MARKS_MAX];
    size_t mark_count;
    struct raster_kernel kernel;
    struct rng rng;
    uint8_t *background_levels; /* at gain 1 */
    uint16_t *background;       /* fixed point, gain applied */
    uint16_t *frame;            /* fixed point, without noise */
    int8_t *noise;
    uint16_t sigma_by_level[256]; /* noise standard deviation * FIXED_ONE / NOISE_SCALE */
    float *paper, *ink, *scratch; /* patch rasters: coverage of the whole tag, of its black cells */
};

struct render_settings render_settings_default(void) {
    return (struct render_settings){.psf_sigma_px = 0.7,
                                    .exposure_s = 0.002,
                                    .gain = 1.0,
                                    .white = 200,
                                    .black = 30,
                                    .skin = 120,
                                    .read_noise = 1.0,
                                    .electrons_per_level = 50,
                                    .seed = 1};
}

/* Skin: a soft random relief (value noise on a coarse lattice, smoothly interpolated) and fine
 * grain, so that nothing is constant and nothing looks like a tag. */
static void draw_skin(const struct renderer *renderer, struct rng *rng) {
    enum { LATTICE_PX = 24, SIDE_MAX = CAMERA_SIDE_PX_MAX / LATTICE_PX + 2 };
    uint32_t width = renderer->camera.model.width_px, height = renderer->camera.model.height_px;
    uint32_t columns = width / LATTICE_PX + 2;
    double rows[2][SIDE_MAX];
    for (uint32_t i = 0; i < columns; i++) rows[1][i] = rng_normal(rng);
    for (uint32_t y = 0; y < height; y++) {
        if (y % LATTICE_PX == 0) {
            memcpy(rows[0], rows[1], sizeof rows[0]);
            for (uint32_t i = 0; i < columns; i++) rows[1][i] = rng_normal(rng);
        }
        double fy = (double)(y % LATTICE_PX) / LATTICE_PX, sy = fy * fy * (3 - 2 * fy);
        for (uint32_t x = 0; x < width; x++) {
            double fx = (double)(x % LATTICE_PX) / LATTICE_PX, sx = fx * fx * (3 - 2 * fx);
            uint32_t i = x / LATTICE_PX;
            double top = rows[0][i] + sx * (rows[0][i + 1] - rows[0][i]);
            double bottom = rows[1][i] + sx * (rows[1][i + 1] - rows[1][i]);
            double level =
                renderer->settings.skin + 6 * (top + sy * (bottom - top)) + rng_range(rng, -2, 2);
            renderer->background_levels[(size_t)y * width + x] = (uint8_t)fmin(fmax(level, 0), 255);
        }
    }
}

/* Gain and noise into the tables that the drawing uses. */
static void apply_settings(struct renderer *renderer) {
    const struct render_settings *s = &renderer->settings;
    size_t count = (size_t)renderer->camera.model.width_px * renderer->camera.model.height_px;
    for (size_t i = 0; i < count; i++)
        renderer->background[i] =
            (uint16_t)fmin(renderer->background_levels[i] * s->gain * FIXED_ONE, 65535);
    for (int level = 0; level < 256; level++) {
        double shot = s->electrons_per_level > 0 ? level / s->electrons_per_level : 0;
        double sigma = sqrt(shot + s->read_noise * s->read_noise);
        renderer->sigma_by_level[level] = (uint16_t)(sigma * FIXED_ONE / NOISE_SCALE + 0.5);
    }
    renderer->kernel = raster_kernel_make(s->psf_sigma_px);
}

static enum result check_settings(const struct render_settings *s, struct error *err) {
    bool is_sane = s->psf_sigma_px >= 0 && s->psf_sigma_px <= 4 && s->exposure_s >= 0 &&
                   s->exposure_s <= 1 && s->gain >= 0 && s->gain <= 100 && s->white >= 0 &&
                   s->white <= 255 && s->black >= 0 && s->black <= s->white && s->skin >= 0 &&
                   s->skin <= 255 && s->read_noise >= 0 && s->read_noise <= 50 &&
                   s->electrons_per_level >= 0;
    if (is_sane) return RESULT_OK;
    return error_set(err, RESULT_RANGE, "renderer: a setting is out of range");
}

enum result renderer_adjust(struct renderer *renderer, const struct render_settings *settings,
                            struct error *err) {
    enum result result = check_settings(settings, err);
    if (result != RESULT_OK) return result;
    renderer->settings = *settings;
    apply_settings(renderer);
    return RESULT_OK;
}

static enum result prepare_tags(struct renderer *renderer, const struct tag_ring *ring,
                                struct error *err) {
    struct tag_pattern patterns[RING_TAGS_MAX];
    int32_t ids[RING_TAGS_MAX];
    for (uint32_t k = 0; k < ring->count; k++) ids[k] = ring->tags[k].id;
    enum result result = tag_patterns_make(ids, ring->count, patterns);
    if (result != RESULT_OK) return error_set(err, result, "renderer: a tag id is not tag36h11's");
    for (uint32_t k = 0; k < ring->count; k++) {
        struct drawn_tag *tag = &renderer->tags[k];
        tag->T_head_tag = tag_ring_pose_head(ring, k);
        tag->cell_mm = ring->tags[k].size_mm / TAG_BLACK_CELLS;
        tag->border_count = tag_pattern_borders(&patterns[k], tag->borders);
    }
    renderer->tag_count = ring->count;
    return RESULT_OK;
}

static bool allocate(struct renderer *renderer) {
    size_t pixels = (size_t)renderer->camera.model.width_px * renderer->camera.model.height_px;
    size_t patch = (size_t)RENDER_PATCH_SIDE_MAX * RENDER_PATCH_SIDE_MAX * sizeof(float);
    renderer->background_levels = malloc(pixels);
    renderer->background = malloc(pixels * sizeof(uint16_t));
    renderer->frame = malloc(pixels * sizeof(uint16_t));
    renderer->noise = malloc(NOISE_TILE_BYTES);
    renderer->paper = malloc(patch);
    renderer->ink = malloc(patch);
    renderer->scratch = calloc(1, patch);
    return renderer->background_levels != NULL && renderer->background != NULL &&
           renderer->frame != NULL && renderer->noise != NULL && renderer->paper != NULL &&
           renderer->ink != NULL && renderer->scratch != NULL;
}

enum result renderer_create(const struct camera_calibration *camera, const struct tag_ring *ring,
                            const struct render_settings *settings, struct renderer **ret_renderer,
                            struct error *err) {
    enum result result = check_settings(settings, err);
    if (result != RESULT_OK) return result;
    struct renderer *renderer = calloc(1, sizeof *renderer);
    if (renderer == NULL) return error_set(err, RESULT_NO_MEMORY, "renderer: no memory");
    renderer->camera = *camera;
    renderer->T_camera_rig = pose_inverse(camera->T_rig_camera);
    renderer->settings = *settings;
    result = allocate(renderer) ? prepare_tags(renderer, ring, err)
                                : error_set(err, RESULT_NO_MEMORY, "renderer: no memory");
    if (result != RESULT_OK) {
        renderer_destroy(&renderer);
        return result;
    }
    rng_init(&renderer->rng, settings->seed);
    for (uint32_t i = 0; i < NOISE_TILE_BYTES; i++)
        renderer->noise[i] =
            (int8_t)fmin(fmax(round(rng_normal(&renderer->rng) * NOISE_SCALE), -127), 127);
    draw_skin(renderer, &renderer->rng);
    apply_settings(renderer);
    *ret_renderer = renderer;
    return RESULT_OK;
}

void renderer_destroy(struct renderer **renderer) {
    struct renderer *r = *renderer;
    if (r == NULL) return;
    free(r->background_levels);
    free(r->background);
    free(r->frame);
    free(r->noise);
    free(r->paper);
    free(r->ink);
    free(r->scratch);
    free(r);
    *renderer = NULL;
}

/* The lattice of cell corners of a tag in the image. */
struct corners {
    struct pixel at[TAG_CELLS + 1][TAG_CELLS + 1]; /* [y][x], y up */
};

static bool project_corners(const struct renderer *renderer, const struct drawn_tag *tag,
                            struct pose T_rig_head, struct corners *ret_corners) {
    struct pose T = pose_mul(pose_mul(renderer->T_camera_rig, T_rig_head), tag->T_head_tag);
    struct vec3 normal = pose_rotate(T, vec3_make(0, 0, 1));
    if (!(-vec3_dot(normal, T.t) > FACING_COSINE_MIN * vec3_norm(T.t))) return false;
    for (int j = 0; j <= TAG_CELLS; j++)
        for (int i = 0; i <= TAG_CELLS; i++) {
            struct vec3 p = {(i - TAG_CELLS / 2) * tag->cell_mm, (j - TAG_CELLS / 2) * tag->cell_mm,
                             0};
            if (!camera_project(&renderer->camera.model, pose_apply(T, p),
                                &ret_corners->at[j][i])) {
                return false;
            }
        }
    return true;
}

static struct pixel corner_at(const struct corners *corners, double x, double y) {
    return corners->at[(int)(y + TAG_CELLS / 2)][(int)(x + TAG_CELLS / 2)];
}

/* Where a tag's patch lies in the image. */
struct patch {
    int left, top, width, height;
};

static bool patch_around(const struct renderer *renderer, const struct corners *corners,
                         double smear_px, struct patch *ret_patch) {
    double u0 = INFINITY, v0 = INFINITY, u1 = -INFINITY, v1 = -INFINITY;
    for (int j = 0; j <= TAG_CELLS; j += TAG_CELLS)
        for (int i = 0; i <= TAG_CELLS; i += TAG_CELLS) {
            struct pixel c = corners->at[j][i];
            u0 = fmin(u0, c.u);
            v0 = fmin(v0, c.v);
            u1 = fmax(u1, c.u);
            v1 = fmax(v1, c.v);
        }
    double margin = 2 * renderer->kernel.radius + smear_px + 3;
    if (!(u1 - u0 + 2 * margin < RENDER_PATCH_SIDE_MAX - 2) ||
        !(v1 - v0 + 2 * margin < RENDER_PATCH_SIDE_MAX - 2)) {
        return false;
    }
    if (u1 + margin < 0 || v1 + margin < 0 || u0 - margin > renderer->camera.model.width_px ||
        v0 - margin > renderer->camera.model.height_px) {
        return false;
    }
    ret_patch->left = (int)floor(u0 - margin);
    ret_patch->top = (int)floor(v0 - margin);
    ret_patch->width = (int)ceil(u1 + margin) - ret_patch->left + 2;
    ret_patch->height = (int)ceil(v1 + margin) - ret_patch->top + 2;
    return true;
}

static void add_border(const struct raster *raster, struct patch patch, struct pixel from,
                       struct pixel to, double weight) {
    /* Pixel i covers [i - 0.5, i + 0.5) in the image, [i, i + 1) in the raster. */
    raster_add(raster,
               (struct raster_border){from.u - patch.left + 0.5, from.v - patch.top + 0.5,
                                      to.u - patch.left + 0.5, to.v - patch.top + 0.5, weight});
}

/* Add one moment of a tag to the patch: the outline to `paper`, black cells to `ink`. */
static void add_tag(const struct renderer *renderer, const struct drawn_tag *tag,
                    const struct corners *corners, struct patch patch, double weight) {
    struct raster paper = {renderer->paper, patch.width, patch.height, patch.width};
    struct raster ink = {renderer->ink, patch.width, patch.height, patch.width};
    const double h = TAG_CELLS / 2;
    struct pixel outline[4] = {corner_at(corners, -h, h), corner_at(corners, -h, -h),
                               corner_at(corners, h, -h), corner_at(corners, h, h)};
    for (int i = 0; i < 4; i++) add_border(&paper, patch, outline[i], outline[(i + 1) % 4], weight);
    for (uint32_t i = 0; i < tag->border_count; i++) {
        const struct tag_border *b = &tag->borders[i];
        /* Bright on the left of the walk as printed (y up), so ink is on its right; the outline
         * above walks with the paper on its left. */
        add_border(&ink, patch, corner_at(corners, b->from_x, b->from_y),
                   corner_at(corners, b->to_x, b->to_y), -weight);
    }
}

static void compose(const struct renderer *renderer, struct patch patch, double light) {
    const struct render_settings *s = &renderer->settings;
    int width = (int)renderer->camera.model.width_px,
        height = (int)renderer->camera.model.height_px;
    float white = (float)(s->white * light * s->gain * FIXED_ONE);
    float step = (float)((s->white - s->black) * light * s->gain * FIXED_ONE);
    int x0 = patch.left < 0 ? -patch.left : 0;
    int x1 = patch.left + patch.width > width ? width - patch.left : patch.width;
    for (int y = 0; y < patch.height; y++) {
        if (patch.top + y < 0 || patch.top + y >= height) continue;
        const float *paper = renderer->paper + (long)y * patch.width;
        const float *ink = renderer->ink + (long)y * patch.width;
        uint16_t *row = renderer->frame + (long)(patch.top + y) * width + patch.left;
        for (int x = x0; x < x1; x++) {
            float level = (float)row[x] * (1 - paper[x]) + white * paper[x] - step * ink[x];
            level = level < 0 ? 0 : level > 65535 ? 65535 : level;
            row[x] = (uint16_t)(level + 0.5f);
        }
    }
}

/* Longest way of a tag's corner in the image during the exposure, px. */
static double smear_of(const struct corners *a, const struct corners *b) {
    double longest = 0;
    for (int j = 0; j <= TAG_CELLS; j += TAG_CELLS)
        for (int i = 0; i <= TAG_CELLS; i += TAG_CELLS)
            longest =
                fmax(longest, hypot(a->at[j][i].u - b->at[j][i].u, a->at[j][i].v - b->at[j][i].v));
    return longest;
}

static void draw_tag(struct renderer *renderer, const struct drawn_tag *tag,
                     const struct render_view *view) {
    struct corners corners, start, end;
    struct patch patch;
    double half_s = 0.5 * renderer->settings.exposure_s;
    struct pose first = pose_advance(view->T_rig_head, view->velocity, -half_s);
    struct pose last = pose_advance(view->T_rig_head, view->velocity, half_s);
    if (!project_corners(renderer, tag, view->T_rig_head, &corners)) return;
    if (!project_corners(renderer, tag, first, &start)) return;
    if (!project_corners(renderer, tag, last, &end)) return;
    double smear_px = smear_of(&start, &end);
    if (!patch_around(renderer, &corners, smear_px, &patch)) return;
    size_t bytes = (size_t)patch.width * (size_t)patch.height * sizeof(float);
    memset(renderer->paper, 0, bytes);
    memset(renderer->ink, 0, bytes);
    int moments = 1 + (int)fmin(smear_px / SUBFRAME_SMEAR_PX, RENDER_SUBFRAMES_MAX - 1);
    for (int i = 0; i < moments; i++) {
        double dt_s = ((i + 0.5) / moments - 0.5) * renderer->settings.exposure_s;
        struct pose T = pose_advance(view->T_rig_head, view->velocity, dt_s);
        if (moments > 1 && !project_corners(renderer, tag, T, &corners)) return;
        add_tag(renderer, tag, &corners, patch, 1.0 / moments);
    }
    struct raster paper = {renderer->paper, patch.width, patch.height, patch.width};
    struct raster ink = {renderer->ink, patch.width, patch.height, patch.width};
    struct raster scratch = {renderer->scratch, patch.width, patch.height, patch.width};
    raster_integrate(&paper);
    raster_integrate(&ink);
    raster_blur(&paper, &scratch, &renderer->kernel);
    raster_blur(&ink, &scratch, &renderer->kernel);
    struct pose T = pose_mul(pose_mul(renderer->T_camera_rig, view->T_rig_head), tag->T_head_tag);
    double facing = -vec3_dot(pose_rotate(T, vec3_make(0, 0, 1)), vec3_unit(T.t));
    compose(renderer, patch, AMBIENT + (1 - AMBIENT) * facing);
}

static void add_noise_row(const struct renderer *renderer, const uint16_t *row, const int8_t *noise,
                          uint8_t *pixels, uint32_t width) {
    for (uint32_t x = 0; x < width; x++) {
        int level =
            row[x] + noise[x] * renderer->sigma_by_level[row[x] / FIXED_ONE] + FIXED_ONE / 2;
        level = level < 0 ? 0 : level / FIXED_ONE;
        pixels[x] = (uint8_t)(level > 255 ? 255 : level);
    }
}

void renderer_set_marks(struct renderer *renderer, const struct render_mark *marks, size_t count) {
    renderer->mark_count = count < RENDER_MARKS_MAX ? count : RENDER_MARKS_MAX;
    for (size_t i = 0; i < renderer->mark_count; i++) renderer->marks[i] = marks[i];
}

static void draw_mark(struct renderer *renderer, const struct render_mark *mark,
                      struct pose T_rig_head) {
    struct pixel at;
    int width = (int)renderer->camera.model.width_px,
        height = (int)renderer->camera.model.height_px;
    struct vec3 p = pose_apply(renderer->T_camera_rig, pose_apply(T_rig_head, mark->p_head));
    if (!camera_project(&renderer->camera.model, p, &at)) return;
    double psf = renderer->settings.psf_sigma_px;
    double own = mark->sigma_mm * renderer->camera.model.fx_px / p.z;
    double sigma = hypot(own, psf), depth = mark->depth * renderer->settings.gain;
    /* Blurred, a spot is wider and paler. */
    depth *= own * own / (sigma * sigma) * FIXED_ONE;
    int left = (int)fmax(at.u - 3 * sigma, 0), right = (int)fmin(at.u + 3 * sigma, width - 1);
    int top = (int)fmax(at.v - 3 * sigma, 0), bottom = (int)fmin(at.v + 3 * sigma, height - 1);
    for (int y = top; y <= bottom; y++)
        for (int x = left; x <= right; x++) {
            double r2 = (x - at.u) * (x - at.u) + (y - at.v) * (y - at.v);
            uint16_t *pixel = &renderer->frame[(size_t)y * (size_t)width + (size_t)x];
            *pixel = (uint16_t)fmax(*pixel - depth * exp(-r2 / (2 * sigma * sigma)), 0);
        }
}

void renderer_draw(struct renderer *renderer, const struct render_view *view, uint8_t *ret_pixels) {
    uint32_t width = renderer->camera.model.width_px, height = renderer->camera.model.height_px;
    assert(pose_is_finite(view->T_rig_head));
    memcpy(renderer->frame, renderer->background, (size_t)width * height * sizeof(uint16_t));
    for (size_t i = 0; i < renderer->mark_count; i++)
        draw_mark(renderer, &renderer->marks[i], view->T_rig_head);
    struct render_view tags = *view;
    tags.T_rig_head = pose_mul(view->T_rig_head, pose_exp(view->ring_slip));
    for (uint32_t k = 0; k < renderer->tag_count; k++)
        if ((view->hidden_tags >> k & 1) == 0) draw_tag(renderer, &renderer->tags[k], &tags);
    for (uint32_t y = 0; y < height; y++) {
        uint32_t offset = rng_below(&renderer->rng, NOISE_TILE_BYTES - CAMERA_SIDE_PX_MAX);
        add_noise_row(renderer, renderer->frame + (size_t)y * width, renderer->noise + offset,
                      ret_pixels + (size_t)y * width, width);
    }
}
