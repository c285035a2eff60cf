/* Existing hairs and dots in a close-up image of the skin (about 20 um a pixel).
 *
 *     grey -> darkness (flattened) -> dots: wide blobs -> hairs: narrow blobs, followed along
 *     their ridge to both ends -> which end is at the skin -> sightings
 *
 * A shaved hair is a small round spot and its centre is where it leaves the skin. Stubble is a
 * short shaft: a blob detector fires anywhere along it, so blobs on one ridge are one hair and its
 * place is the end at the skin. That end is told by its surroundings (the hair shines through the
 * skin for a while below the exit, and the cut tip does not), and by the neighbours: hair grows in
 * one direction over a few millimetres.
 *
 * Scale space of blobs: Lindeberg 1998, "Feature detection with automatic scale selection"; ridges
 * by the Hessian: Steger 1998, "An unbiased detector of curvilinear structures". */
#ifndef SMPRIG_VISION_CLOSEUP_FOLLICLE_FINDER_H
#define SMPRIG_VISION_CLOSEUP_FOLLICLE_FINDER_H

#include <stddef.h>

#include "base/result.h"
#include "vision/camera.h"
#include "vision/camera_model.h"

#define FOLLICLE_SIGHTINGS_MAX 20000u

enum follicle_kind {
    FOLLICLE_SHAVED,  /* a round spot: cut at the skin */
    FOLLICLE_STUBBLE, /* a shaft; the place is its end at the skin */
    FOLLICLE_DOT,     /* a pigment dot: wider than any hair */
    FOLLICLE_KIND_COUNT
};

struct follicle_sighting {
    struct pixel at; /* where it leaves the skin; a dot's centre */
    double diameter_um;
    double length_um;     /* of a shaft as seen, exit to tip; 0 for the others */
    double direction_rad; /* exit to tip, from x towards y; 0 for the others */
    double contrast;      /* grey levels darker than the skin around */
    enum follicle_kind kind;
};

struct follicle_settings {
    double um_per_px;
    double contrast_min;    /* grey levels; weaker marks are skin */
    double dot_diameter_um; /* from this width on a mark is a dot, not a hair */
};

/* 20 um a pixel, 12 grey levels, 240 um. */
struct follicle_settings follicle_settings_default(void);

/* All marks of the image whose place is at least a hair's width inside it. ret_sightings is the
 * caller's, `capacity` long. RESULT_RANGE: a setting out of range, or an image so blurred, dark or
 * flat that nothing can be said (the sentence tells); RESULT_LIMIT: more marks than capacity;
 * RESULT_NO_MEMORY. */
MUST_USE enum result follicles_find(const struct image *image,
                                    const struct follicle_settings *settings,
                                    struct follicle_sighting *ret_sightings, size_t capacity,
                                    size_t *ret_count, struct error *err);

const char *follicle_kind_name(enum follicle_kind kind);

#endif
