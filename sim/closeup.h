/* A close-up picture of skin with hairs and dots whose truth is known: what the follicle finder and
 * the look at the work are measured on.
 *
 * Marks are drawn with hard edges on a three times finer grid, blurred by the lens, and given shot
 * and read noise: nothing here knows how they will be found. A stubble's shaft is paler towards its
 * tip, and the hair shines through the skin for a while below its exit (Blume-Peytavi et al. 2011,
 * on phototrichograms: hair below the skin is seen as a grey shadow). */
#ifndef SMPRIG_SIM_CLOSEUP_H
#define SMPRIG_SIM_CLOSEUP_H

#include <stddef.h>

#include "base/result.h"
#include "base/rng.h"
#include "vision/camera_model.h"

struct closeup_mark {
    struct pixel at;    /* where it leaves the skin; a dot's centre */
    double diameter_um; /* of shaft or dot */
    double length_um;   /* exit to tip as seen from above; 0: shaved, or a dot */
    double direction_rad;
    double contrast; /* grey levels below the skin */
    double bloom_um; /* a dot's pigment spread beyond its edge, standard deviation */
};

struct closeup_settings {
    uint32_t width_px, height_px;
    double um_per_px;
    double skin; /* grey level */
    double psf_sigma_px, read_noise, electrons_per_level;
};

/* 1280 x 1024 at 20 um a pixel, skin 150, PSF 0.8 px, read noise 1.5, 50 electrons a level. */
struct closeup_settings closeup_settings_default(void);

/* Draw into width * height bytes. RESULT_NO_MEMORY. */
MUST_USE enum result closeup_draw(const struct closeup_settings *settings,
                                  const struct closeup_mark *marks, size_t count, struct rng *rng,
                                  uint8_t *ret_pixels);

/* Hairs on a patch: units of 1 to 3 hairs, at least 0.55 mm apart (about 80 units and 150 hairs a
 * cm^2), growing in one direction that turns slowly; length 0 is shaved. Returns the number. */
struct closeup_growth {
    double length_um;
    double direction_rad;
    double units_per_cm2;
};
size_t closeup_grow(const struct closeup_settings *settings, const struct closeup_growth *growth,
                    struct rng *rng, struct closeup_mark *ret_marks, size_t capacity);

#endif
