/* Draws what a camera sees of the tag ring on a head, fast and exactly.
 *
 * The background is drawn once; each tag is drawn where it is, its cells' area on every pixel
 * computed exactly (no sampling, so no aliasing) between corners that go through the exact
 * distorted projection; then the lens blurs, the exposure smears, shot and read noise come from a
 * precomputed tile. Geometric error: the borders are chords of the distorted curve, under 0.001 px
 * for lenses like the demo's. About 3 ms for a 1280x1024 frame with twelve tags of 125 px on one
 * core. */
#ifndef SMPRIG_SIM_RENDER_H
#define SMPRIG_SIM_RENDER_H

#include <stddef.h>
#include <stdint.h>

#include "base/geom.h"
#include "base/result.h"
#include "vision/camera_file.h"
#include "vision/ring_file.h"

/* Largest side of a tag's patch in the image; a tag that appears larger is not drawn. */
#define RENDER_PATCH_SIDE_MAX 1024
#define RENDER_SUBFRAMES_MAX 64

/* Grey levels are at gain 1. */
struct render_settings {
    double psf_sigma_px;       /* Gaussian blur of lens and focus */
    double exposure_s;         /* motion smear over this time around the frame's pose; 0: none */
    double gain;               /* exposure: 1 as given, 0.125 an eighth of the light, 2 saturates */
    double white, black, skin; /* grey levels of paper, ink and skin */
    double read_noise;         /* standard deviation, grey levels */
    double electrons_per_level; /* shot noise: variance = level / electrons_per_level; 0: none */
    uint64_t seed;
};

/* PSF 0.7 px, 2 ms exposure, white 200, black 30, skin 120, read noise 1.0, 50
 * electrons a level. */
struct render_settings render_settings_default(void);

/* A pore, a mole, a freckle: a round dark spot on the skin. */
struct render_mark {
    struct vec3 p_head;
    double sigma_mm; /* of its Gaussian profile */
    double depth;    /* darker than the skin by so many grey levels, at gain 1 */
};
#define RENDER_MARKS_MAX 256

/* One moment to draw. */
struct render_view {
    struct pose T_rig_head; /* at mid-exposure */
    struct twist ring_slip; /* head frame: the tags are moved by exp of it, the skin is not */
    struct twist velocity;  /* rig frame, left twist, during the exposure */
    uint64_t hidden_tags;   /* bit k set: tag k of the ring is covered */
};

struct renderer;

/* Builds patterns, background and noise tile (about 20 ms, 12 MB). Copies what it needs.
 * RESULT_RANGE: a setting out of range; RESULT_NO_MEMORY. */
MUST_USE enum result renderer_create(const struct camera_calibration *camera,
                                     const struct tag_ring *ring,
                                     const struct render_settings *settings,
                                     struct renderer **ret_renderer, struct error *err);
void renderer_destroy(struct renderer **renderer);

/* Draw one frame into width * height bytes. Deterministic: same seed and calls, same pixels. No
 * allocation. */
void renderer_draw(struct renderer *renderer, const struct render_view *view, uint8_t *ret_pixels);

/* Change the exposure gain, blur or exposure time between frames (faults, tests). */
MUST_USE enum result renderer_adjust(struct renderer *renderer,
                                     const struct render_settings *settings, struct error *err);

/* The skin's marks (none at first), drawn where the head is, under the tags. Copied; those beyond
 * RENDER_MARKS_MAX are left out. */
void renderer_set_marks(struct renderer *renderer, const struct render_mark *marks, size_t count);

#endif
