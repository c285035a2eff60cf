#include "vision/tag_corners.h"

#include <apriltag/apriltag.h>
#include <apriltag/tag36h11.h>
#include <stdlib.h>

#define HAMMING_MAX 1
#define MARGIN_MIN 5.0 /* the ring and the fit judge better than the margin in dim light */
/* Grey levels between black and white in a tile of 8x8 pixels for it to be looked at. Skin with its
 * grain stays below the first, which makes the search three times as fast; in dim light the second
 * finds the tags. */
#define CONTRAST_CLEAR 20
#define CONTRAST_DIM 5
#define TAGS_ENOUGH 3

/* libapriltag puts the centre of the top left pixel at (0.5, 0.5), we (OpenCV) at (0, 0). */
#define PIXEL_CENTRE_PX 0.5

const double tag_corner_signs[4][2] = {{-1, -1}, {1, -1}, {1, 1}, {-1, 1}};

struct tag_finder {
    apriltag_detector_t *detector;
    apriltag_family_t *family;
    bool has_ring;
    uint32_t index_by_id[RING_TAG_ID_MAX + 1]; /* UINT32_MAX: not in the ring */
};

enum result tag_finder_create(const struct tag_ring *ring, double quad_decimate,
                              struct tag_finder **ret_finder, struct error *err) {
    struct tag_finder *finder = calloc(1, sizeof *finder);
    if (finder == NULL) return error_set(err, RESULT_NO_MEMORY, "tag finder: no memory");
    for (int id = 0; id <= RING_TAG_ID_MAX; id++) finder->index_by_id[id] = UINT32_MAX;
    finder->has_ring = ring != NULL;
    for (uint32_t k = 0; ring != NULL && k < ring->count; k++)
        finder->index_by_id[ring->tags[k].id] = k;
    finder->family = tag36h11_create();
    finder->detector = apriltag_detector_create();
    if (finder->family == NULL || finder->detector == NULL) {
        tag_finder_destroy(&finder);
        return error_set(err, RESULT_NO_MEMORY, "tag finder: no memory for libapriltag");
    }
    apriltag_detector_add_family_bits(finder->detector, finder->family, HAMMING_MAX);
    finder->detector->quad_decimate = (float)quad_decimate;
    finder->detector->refine_edges = true;
    finder->detector->nthreads = 1;
    *ret_finder = finder;
    return RESULT_OK;
}

void tag_finder_destroy(struct tag_finder **finder) {
    if (*finder == NULL) return;
    if ((*finder)->detector != NULL) apriltag_detector_destroy((*finder)->detector);
    if ((*finder)->family != NULL) tag36h11_destroy((*finder)->family);
    free(*finder);
    *finder = NULL;
}

static void take(const struct tag_finder *finder, const apriltag_detection_t *d,
                 struct tag_window window, struct tag_sighting *ret_sighting) {
    *ret_sighting = (struct tag_sighting){
        .id = d->id, .tag_index = finder->index_by_id[d->id], .margin = (double)d->decision_margin};
    for (int i = 0; i < 4; i++) {
        ret_sighting->corners[i].u = d->p[i][0] - PIXEL_CENTRE_PX + window.left;
        ret_sighting->corners[i].v = d->p[i][1] - PIXEL_CENTRE_PX + window.top;
    }
}

static bool is_doubled(const zarray_t *found, int index) {
    apriltag_detection_t *mine, *other;
    zarray_get(found, index, &mine);
    for (int i = 0; i < zarray_size(found); i++) {
        zarray_get(found, i, &other);
        if (i != index && other->id == mine->id) return true;
    }
    return false;
}

static uint32_t search(struct tag_finder *finder, const struct image *image,
                       struct tag_window window, struct tag_sighting *ret_sightings,
                       uint32_t capacity) {
    /* The library takes its picture by a mutable pointer but only reads it. */
    uint8_t *pixels =
        (uint8_t *)(uintptr_t)image->pixels + (size_t)window.top * image->stride + window.left;
    image_u8_t view = {.width = (int32_t)window.width,
                       .height = (int32_t)window.height,
                       .stride = (int32_t)image->stride,
                       .buf = pixels};
    zarray_t *found = apriltag_detector_detect(finder->detector, &view);
    uint32_t count = 0;
    for (int i = 0; i < zarray_size(found) && count < capacity; i++) {
        apriltag_detection_t *d;
        zarray_get(found, i, &d);
        bool is_ours = d->id >= 0 && d->id <= RING_TAG_ID_MAX &&
                       (!finder->has_ring || finder->index_by_id[d->id] != UINT32_MAX);
        if (!is_ours || !((double)d->decision_margin >= MARGIN_MIN) || is_doubled(found, i)) {
            continue;
        }
        take(finder, d, window, &ret_sightings[count++]);
    }
    apriltag_detections_destroy(found);
    return count;
}

uint32_t tag_finder_find(struct tag_finder *finder, const struct image *image,
                         struct tag_window window, struct tag_sighting *ret_sightings,
                         uint32_t capacity) {
    if (window.width == 0) window = (struct tag_window){0, 0, image->width, image->height};
    if (window.left + window.width > image->width || window.top + window.height > image->height) {
        return 0;
    }
    finder->detector->qtp.min_white_black_diff = CONTRAST_CLEAR;
    uint32_t count = search(finder, image, window, ret_sightings, capacity);
    if (count >= TAGS_ENOUGH) return count;
    finder->detector->qtp.min_white_black_diff = CONTRAST_DIM;
    return search(finder, image, window, ret_sightings, capacity);
}
