/* Cameras on the virtual clock: the frames of a moment are drawn when they are due, and go through
 * the real tracker and the real slip watch. */
#ifndef SMPRIG_SIM_VIRTUAL_CAMERAS_H
#define SMPRIG_SIM_VIRTUAL_CAMERAS_H

#include "base/field_view.h"
#include "base/result.h"
#include "sim/render.h"
#include "vision/filter.h"
#include "vision/head_pose.h"

struct virtual_cameras;

/* Cameras and ring from their files; `field` is the scan's, kept by the caller: where the skin's
 * pores and moles lie. Noise and skin come from the seed. */
struct virtual_cameras_setup {
    const char *cameras, *ring;
    const struct field_view *field;
    uint64_t seed;
};
MUST_USE enum result virtual_cameras_create(const struct virtual_cameras_setup *setup,
                                            struct virtual_cameras **ret_cameras,
                                            struct error *err);
void virtual_cameras_destroy(struct virtual_cameras **cameras);

/* Draw what is seen in `view`, track it, watch the ring. stamp_ns: what the frames say. */
void virtual_cameras_look(struct virtual_cameras *cameras, const struct render_view *view,
                          int64_t stamp_ns, struct head_pose *ret_head);
/* What the newest look gave the filter, and the filter after it. */
const struct head_look *virtual_cameras_newest(const struct virtual_cameras *cameras);
const struct head_filter *virtual_cameras_filter(const struct virtual_cameras *cameras);
/* A fresh program: it knows of no head, and takes the ring to sit where it sits now. */
void virtual_cameras_reset(struct virtual_cameras *cameras);

#endif
