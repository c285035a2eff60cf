/* Whether the ring of tags still sits where it was put: the skin beside it, followed by its own
 * texture.
 *
 *     first looks: corners of the skin between and around the tags -> places on the scan (head
 * frame) later looks: where those places should appear by the ring's pose, and where KLT finds them
 *     -> the skin's motion against the ring, in the tangent plane at the ring's centre
 *
 * The ring's pose says where the head is; if the ring slides on the skin, everything that was
 * registered to it slides along, and no residual of the tag fit tells. Pores, moles and hairs stay
 * with the skin. Corners by Shi and Tomasi 1994, following by pyramidal Lucas-Kanade (Bouguet 2000)
 * always against the first look, so errors do not add up; the motion is a rigid one in the plane
 * (two shifts and a turn), fitted with Huber weights: new dots and specular spots are outliers. */
#ifndef SMPRIG_VISION_SLIP_H
#define SMPRIG_VISION_SLIP_H

#include <stdbool.h>

#include "base/field_view.h"
#include "base/result.h"
#include "vision/camera.h"
#include "vision/camera_file.h"
#include "vision/ring_file.h"

#define SLIP_POINTS_MAX 320 /* of all cameras */

enum slip_state {
    SLIP_BLIND, /* too little texture: nothing can be said */
    SLIP_STILL,
    SLIP_SLIPPED, /* latched until slip_watch_reset() */
    SLIP_STATE_COUNT
};

struct slip_settings {
    double limit_mm;      /* shift of the skin anywhere within the ring */
    int looks_over_limit; /* one after the other, before it is told */
    double turn_max_rad;  /* of the head since the first look; beyond it a new first look */
};
/* 0.15 mm (so that a slip of 0.2 mm is told), 3 looks, 0.12 rad. */
struct slip_settings slip_settings_default(void);

struct slip_report {
    enum slip_state state;
    double shift_mm; /* greatest within the ring; 0 while blind */
    double sigma_mm; /* of the shift at the centre */
    uint32_t points; /* followed at this look */
    bool is_within; /* this look saw the skin, and knows that it has not shifted beyond the limit */
};

struct slip_watch;

/* `field` is the scan's, head frame, kept by the caller. Copies cameras and ring. */
MUST_USE enum result slip_watch_create(const struct camera_set *cameras,
                                       const struct tag_ring *ring, const struct field_view *field,
                                       const struct slip_settings *settings,
                                       struct slip_watch **ret_watch, struct error *err);
void slip_watch_destroy(struct slip_watch **watch);

/* One look, a few times a second: images by camera index (pixels NULL: none) and the ring's pose in
 * them. About 10 ms a look. */
void slip_watch_look(struct slip_watch *watch, const struct image *images, struct pose T_rig_head,
                     struct slip_report *ret_report);

/* The ring was put on anew, or registered anew. */
void slip_watch_reset(struct slip_watch *watch);

const char *slip_state_name(enum slip_state state);

#endif
