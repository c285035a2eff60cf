/* Corners of the ring's tags in the cameras: what libapriltag finds, in our order and pixel
 * convention. */
#ifndef SMPRIG_VISION_TAG_CORNERS_H
#define SMPRIG_VISION_TAG_CORNERS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/geom.h"
#include "base/result.h"
#include "vision/camera.h"
#include "vision/camera_file.h"
#include "vision/ring_file.h"

#define TAG_SIGHTINGS_MAX (CAMERA_COUNT_MAX * RING_TAGS_MAX)

/* One tag in one camera. Corners of the black square in the tag frame's order
 * (-,-), (+,-), (+,+), (-,+): bottom left, bottom right, top right, top left as printed. */
struct tag_sighting {
    uint32_t camera_index;
    uint32_t tag_index; /* in the ring; UINT32_MAX: an id that is not in it */
    int32_t id;
    double margin; /* libapriltag's decision margin: above 30 is clear */
    struct pixel corners[4];
};

/* Half side times this is corner i in the tag frame. */
extern const double tag_corner_signs[4][2];

/* A window of an image to search; width 0: the whole image. */
struct tag_window {
    uint32_t left, top, width, height;
};

struct tag_finder;

/* quad_decimate 1: every pixel, 2: twice as coarse for the search (edges are refined at full
 * resolution anyway; PLATFORM.md's measured choice). ring NULL: every id is reported, tag_index
 * UINT32_MAX. One instance a thread. */
MUST_USE enum result tag_finder_create(const struct tag_ring *ring, double quad_decimate,
                                       struct tag_finder **ret_finder, struct error *err);
void tag_finder_destroy(struct tag_finder **finder);

/* Find tags in a window of one image. An id seen twice in one image is dropped altogether (a
 * reflection or a second ring: nobody can say which is real). Returns the number written, at most
 * capacity. */
uint32_t tag_finder_find(struct tag_finder *finder, const struct image *image,
                         struct tag_window window, struct tag_sighting *ret_sightings,
                         uint32_t capacity);

#endif
