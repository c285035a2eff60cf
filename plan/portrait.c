#include "plan/portrait.h"

#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "plan/noise.h"

#define REDNESS_REACH_MM 1.1
#define MOTTLING_MM 9.0
#define PORES_MM 0.55
#define UPTAKE_VARIES 0.4
#define SPREAD_VARIES 0.15
#define HAIR_OPACITY 0.9
#define BUST_FADE_MM 34.0

/* Skin by Fitzpatrick type, as displayed (sRGB). */
static const struct preview_colour skins[PORTRAIT_SKINS] = {
    {0.93, 0.78, 0.70}, {0.89, 0.72, 0.61}, {0.82, 0.63, 0.50},
    {0.70, 0.50, 0.37}, {0.53, 0.36, 0.26}, {0.34, 0.23, 0.18},
};

/* Pigment in each pixel: its colour (linear) and how much of it covers the skin. */
struct ink {
    float *rgb, *cover; /* owned */
    float *redness;     /* owned */
};

static double to_linear(double c) {
    return c <= 0.04045 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4); /* IEC 61966-2-1 */
}

static double to_display(double c) {
    c = fmin(1, fmax(0, c));
    return c <= 0.0031308 ? 12.92 * c : 1.055 * pow(c, 1 / 2.4) - 0.055;
}

#define DISPLAY_STEPS 4096

/* to_display() by table: it is asked for every pixel. */
struct display {
    float value[DISPLAY_STEPS + 1];
};

static void display_init(struct display *display) {
    for (int i = 0; i <= DISPLAY_STEPS; i++)
        display->value[i] = (float)to_display((double)i / DISPLAY_STEPS);
}

static float display_at(const struct display *display, float linear) {
    float x = linear * DISPLAY_STEPS;
    if (!(x > 0)) return 0;
    if (x >= DISPLAY_STEPS) return 1;
    int i = (int)x;
    return display->value[i] + (x - (float)i) * (display->value[i + 1] - display->value[i]);
}

static enum result ink_create(size_t count, struct ink *ret) {
    struct ink ink = {calloc(3 * count + 1, sizeof(float)), calloc(count + 1, sizeof(float)),
                      calloc(count + 1, sizeof(float))};
    *ret = ink;
    return ink.rgb && ink.cover && ink.redness ? RESULT_OK : RESULT_NO_MEMORY;
}

static void ink_release(struct ink *ink) {
    free(ink->rgb);
    free(ink->cover);
    free(ink->redness);
}

struct stain {
    struct ink *ink;
    struct fade_look look;
    double rgb[3]; /* linear */
};

static void stain_pixel(void *context, size_t pixel, struct preview_hit hit) {
    const struct stain *stain = context;
    double edge = fmax(stain->look.softness, 1 / hit.radius_px);
    double t = fmin(1, fmax(0, (1 + edge / 2 - hit.radii) / edge));
    double cover = stain->look.opacity * hit.share * t * t * (3 - 2 * t);
    double before = (double)stain->ink->cover[pixel], after = before + cover * (1 - before);
    if (!(after > 0)) return;
    float *rgb = stain->ink->rgb + 3 * pixel;
    for (int c = 0; c < 3; c++)
        rgb[c] += (float)((stain->rgb[c] - (double)rgb[c]) * (1 - before / after));
    stain->ink->cover[pixel] = (float)after;
}

static void redden_pixel(void *context, size_t pixel, struct preview_hit hit) {
    const struct stain *stain = context;
    stain->ink->redness[pixel] += (float)(stain->look.redness * exp(-2 * hit.radii * hit.radii));
}

/* The pigment's colour as it is seen through the skin above it: blue-grey when deep. */
static void pigment_colour(const struct dot_plan *plan, uint8_t shade, double blue, double rgb[3]) {
    static const double deep[3] = {0.16, 0.20, 0.25};
    for (int c = 0; c < 3; c++) {
        double own = to_linear(plan->shade_rgb[shade][c] / 255.0);
        rgb[c] = own + 0.6 * blue * (deep[c] - own);
    }
}

/* No two dots heal alike: some keep more pigment, some spread more. The same dot
 * always the same. */
static void vary_uptake(uint32_t id, struct fade_time time, struct fade_look *look) {
    struct rng rng;
    if (time.stage != FADE_HEALED) return;
    rng_init(&rng, id);
    look->opacity =
        fmin(1, look->opacity * (1 + UPTAKE_VARIES * (rng_uniform(&rng) - rng_uniform(&rng))));
    look->diameter_scale *= 1 + SPREAD_VARIES * (rng_uniform(&rng) - rng_uniform(&rng));
}

static void draw_dots(const struct portrait *portrait, const struct preview *preview,
                      struct ink *ink) {
    const struct dot_plan *plan = portrait->plan;
    for (size_t i = 0; i < plan->dot_count; i++) {
        const struct dot *dot = &plan->dots[i];
        if (portrait->last_session >= 0 && dot->layer > portrait->last_session) continue;
        struct stain stain = {.ink = ink, .look = fade_look_at(portrait->time, dot->depth_um)};
        vary_uptake(dot->id, portrait->time, &stain.look);
        if (!(stain.look.opacity > 0)) continue;
        pigment_colour(plan, dot->shade, stain.look.blue, stain.rgb);
        struct preview_splat splat = {
            .p_head = dot->p_head,
            .n_head = dot->n_head,
            .radius_mm = dot->diameter_um * 5e-4 * stain.look.diameter_scale,
            .reach = 1 + stain.look.softness / 2,
            .each = stain_pixel,
            .context = &stain};
        preview_splat(preview, &splat);
        if (!(stain.look.redness > 0)) continue;
        splat.radius_mm = REDNESS_REACH_MM, splat.reach = 1.5, splat.each = redden_pixel;
        preview_splat(preview, &splat);
    }
}

/* Own hairs: rows of small discs along each. */
static void draw_hairs(const struct portrait *portrait, const struct preview *preview,
                       struct ink *ink) {
    struct stain stain = {.ink = ink, .look = {.opacity = HAIR_OPACITY, .softness = 0.3}};
    for (int c = 0; c < 3; c++) stain.rgb[c] = to_linear(portrait->hair_rgb[c] / 255.0);
    for (size_t i = 0; i < portrait->hair_node_count; i++) {
        const struct portrait_hair_node *node = &portrait->hair_nodes[i];
        struct preview_splat splat = {.p_head = node->p_head,
                                      .n_head = node->n_head,
                                      .radius_mm = node->radius_mm,
                                      .reach = 1.2,
                                      .each = stain_pixel,
                                      .context = &stain};
        preview_splat(preview, &splat);
    }
}

/* Lights stand with the viewer: a large soft one above the left, a weaker one right,
 * sky and floor. */
struct lights {
    struct vec3 key, fill, up, viewer, half; /* half: between key and viewer */
    double skin[3];                          /* linear */
    double low_z_mm;                         /* the scan's lower end */
};

static struct lights lights_of(const struct portrait *portrait, const struct preview *preview) {
    const struct preview_colour *skin = &skins[portrait->skin - 1];
    struct vec3 v = preview->view.towards_viewer, r = preview->right, d = preview->down;
    struct lights lights = {.key = vec3_unit(vec3_add(vec3_mad(v, -0.75, r), vec3_scale(d, -0.9))),
                            .fill = vec3_unit(vec3_mad(vec3_mad(v, 1.3, r), -0.1, d)),
                            .up = vec3_scale(d, -1),
                            .viewer = v,
                            .skin = {to_linear(skin->r), to_linear(skin->g), to_linear(skin->b)},
                            .low_z_mm = INFINITY};
    lights.half = vec3_unit(vec3_add(lights.key, v));
    for (size_t i = 0; i < portrait->mesh->vertex_count; i++)
        lights.low_z_mm = fmin(lights.low_z_mm, mesh_vertex(portrait->mesh, (uint32_t)i).z);
    return lights;
}

/* Light wraps around skin, red farthest: it comes out beside where it went in. */
static double wrapped(double cosine, double wrap) {
    return fmax(0, (cosine + wrap) / (1 + wrap));
}

static void shade_skin(const struct lights *lights, struct vec3 n, const double albedo[3],
                       double rgb[3]) {
    static const double wrap[3] = {0.42, 0.28, 0.22}, sky[3] = {0.30, 0.31, 0.33};
    static const double floor_light[3] = {0.20, 0.17, 0.15};
    double key = vec3_dot(n, lights->key), fill = vec3_dot(n, lights->fill);
    double up = 0.5 + 0.5 * vec3_dot(n, lights->up), facing = fmax(0, vec3_dot(n, lights->viewer));
    double away = 1 - facing, away2 = away * away, fresnel = 0.04 + 0.5 * away2 * away2 * away;
    double s = fmax(0, vec3_dot(n, lights->half)), s5 = s * s * s * s * s, s20 = s5 * s5 * s5 * s5;
    double gloss = 1.6 * s20 * s * s + 0.35 * s5;
    /* Where skin turns away, less of the room is seen from it. */
    double open = 0.72 + 0.28 * facing;
    for (int c = 0; c < 3; c++) {
        double light = 0.80 * wrapped(key, wrap[c]) + 0.20 * wrapped(fill, wrap[c]);
        light += open * (up * sky[c] + (1 - up) * floor_light[c]);
        rgb[c] = albedo[c] * light + fresnel * (gloss * 0.9 + 0.10 * up);
    }
}

/* Skin is never of one colour: patches of more or less blood, pores. */
static void vary_skin(const struct portrait *portrait, struct vec3 p, double albedo[3]) {
    double patches = noise_at(vec3_scale(p, 1 / MOTTLING_MM), 11);
    albedo[0] *= 1 + 0.05 * patches, albedo[1] *= 1 + 0.13 * patches,
        albedo[2] *= 1 + 0.12 * patches;
    if (!portrait->is_fine) return;
    double pores = noise_at(vec3_scale(p, 1 / PORES_MM), 12);
    for (int c = 0; c < 3; c++) albedo[c] *= 1 + 0.10 * pores;
}

static void put_ink(const struct ink *ink, size_t pixel, double albedo[3]) {
    double cover = (double)ink->cover[pixel], red = 1 - exp(-0.35 * (double)ink->redness[pixel]);
    static const double inflamed[3] = {1.05, 0.62, 0.60};
    for (int c = 0; c < 3; c++) {
        albedo[c] *= 1 + red * (inflamed[c] - 1);
        albedo[c] += cover * ((double)ink->rgb[3 * pixel + (size_t)c] - albedo[c]);
    }
}

/* A skin point for the noise: exact enough, from the pixel and its depth. */
static struct vec3 place_of(const struct preview *preview, size_t pixel) {
    const struct preview_view *view = &preview->view;
    double x = ((double)(pixel % (size_t)preview->width) - preview->width / 2.0) * view->mm_per_px;
    double y = ((double)(pixel / (size_t)preview->width) - preview->height / 2.0) * view->mm_per_px;
    double z = (double)preview->depth[pixel];
    if (view->distance_mm > 0) {
        x /= z, y /= z;
        z = view->distance_mm * (1 - 1 / z);
    }
    struct vec3 p = vec3_mad(view->centre, x, preview->right);
    return vec3_mad(vec3_mad(p, y, preview->down), z, view->towards_viewer);
}

static void shade_pixel(const struct portrait *portrait, const struct lights *lights,
                        const struct ink *ink, struct preview *preview, size_t i) {
    const float *n = preview->normal + 3 * i;
    double albedo[3] = {lights->skin[0], lights->skin[1], lights->skin[2]}, rgb[3];
    struct vec3 p = place_of(preview, i);
    vary_skin(portrait, p, albedo);
    put_ink(ink, i, albedo);
    shade_skin(lights, vec3_unit(vec3_make((double)n[0], (double)n[1], (double)n[2])), albedo, rgb);
    /* The scan's lower end fades away: a bust, not a cut. */
    double t = fmin(1, fmax(0, (p.z - lights->low_z_mm) / BUST_FADE_MM)),
           shown = t * t * (3 - 2 * t);
    float *out = preview->rgb + 3 * i;
    for (int c = 0; c < 3; c++) out[c] += (float)(shown * (rgb[c] - (double)out[c]));
}

static void stain_photo(const struct portrait *portrait, const struct ink *ink,
                        struct preview *preview, size_t i) {
    double rgb[3];
    /* The photo's light is in the skin already: put the pigment in as bright as the skin is lit. */
    const struct preview_colour *skin = &skins[portrait->skin - 1];
    const float *seen = portrait->photo + 3 * i;
    for (int c = 0; c < 3; c++) rgb[c] = to_linear((double)seen[c]);
    double albedo =
        0.2126 * to_linear(skin->r) + 0.7152 * to_linear(skin->g) + 0.0722 * to_linear(skin->b);
    double lit = (0.2126 * rgb[0] + 0.7152 * rgb[1] + 0.0722 * rgb[2]) / albedo;
    double cover = (double)ink->cover[i], red = 1 - exp(-0.35 * (double)ink->redness[i]);
    for (int c = 0; c < 3; c++) {
        rgb[c] *= 1 - red * (c == 0 ? 0 : 0.35);
        rgb[c] += cover * (lit * (double)ink->rgb[3 * i + (size_t)c] - rgb[c]);
        preview->rgb[3 * i + (size_t)c] = (float)rgb[c];
    }
}

/* From light to the screen's numbers. */
static void develop(const struct portrait *portrait, const struct lights *lights,
                    const struct ink *ink, struct preview *preview) {
    size_t count = (size_t)preview->width * (size_t)preview->height;
    struct display display;
    display_init(&display);
    uint32_t dither = 1;
    for (size_t i = 0; i < count; i++) {
        float *rgb = preview->rgb + 3 * i;
        double y = (double)(i / (size_t)preview->width) / preview->height;
        for (int c = 0; c < 3; c++) rgb[c] *= (float)(1 - 0.35 * y); /* the backdrop, linear */
        if (portrait->photo)
            stain_photo(portrait, ink, preview, i);
        else if (preview->depth[i] != -INFINITY)
            shade_pixel(portrait, lights, ink, preview, i);
        /* Half a grey step of noise, or smooth shading shows bands. */
        dither = dither * 1664525U + 1013904223U;
        float grain = ((float)(dither >> 8) / 16777216.0F - 0.5F) / 255;
        for (int c = 0; c < 3; c++) rgb[c] = display_at(&display, rgb[c]) + grain;
    }
}

enum result portrait_draw(const struct portrait *portrait, struct preview *preview) {
    size_t count = (size_t)preview->width * (size_t)preview->height;
    struct lights lights = lights_of(portrait, preview);
    struct ink ink;
    enum result result = ink_create(count, &ink);
    if (result == RESULT_OK) {
        preview_rasterise(preview, portrait->mesh, portrait->normals);
        draw_dots(portrait, preview, &ink);
        draw_hairs(portrait, preview, &ink);
        develop(portrait, &lights, &ink, preview);
    }
    ink_release(&ink);
    return result;
}
