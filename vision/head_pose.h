/* The target header: what vision tells everybody else about the head. Plain data, no OpenCV. */
#ifndef SMPRIG_VISION_HEAD_POSE_H
#define SMPRIG_VISION_HEAD_POSE_H

#include <stdint.h>

#include "base/geom.h"

enum head_state {
    HEAD_LOST,   /* no trustworthy pose; the zero value denies */
    HEAD_FLINCH, /* the innovation gate tripped: the head jumped */
    HEAD_MOVING, /* tracked, but too fast to strike */
    HEAD_STILL,  /* tracked, slow enough */
    HEAD_STATE_COUNT
};

/* Why the state is what it is; for people and the record. */
enum head_reason {
    HEAD_REASON_NONE,             /* no frame yet */
    HEAD_REASON_TRACKED,          /* all is well */
    HEAD_REASON_SPEED,            /* moving: faster than allowed at the ring */
    HEAD_REASON_INNOVATION,       /* flinch: not where the filter expected it */
    HEAD_REASON_SETTLING,         /* flinch: calm again, but not for long enough */
    HEAD_REASON_NO_IMAGE,         /* lost: no readable image of the right size */
    HEAD_REASON_FROZEN,           /* lost: the same picture again, or one without noise */
    HEAD_REASON_TOO_FEW_TAGS,     /* lost */
    HEAD_REASON_SATURATED,        /* lost: too bright */
    HEAD_REASON_BAD_FIT,          /* lost: the image does not show this ring sharply */
    HEAD_REASON_NOT_CONVERGED,    /* lost */
    HEAD_REASON_CAMERAS_DISAGREE, /* lost: a camera was knocked, or is not the one of its file */
    HEAD_REASON_RING_SLIPPED,     /* lost: the ring no longer sits where it was registered */
    HEAD_REASON_COUNT
};

struct head_pose {
    uint64_t sequence;       /* rises with each frame set used */
    int64_t stamp_ns;        /* monotonic time at mid-exposure of the newest measurement */
    struct pose T_rig_head;  /* filtered pose at stamp_ns */
    struct twist velocity;   /* rig frame, mm/s and rad/s, at the rig's origin: left twist */
    double covariance[36];   /* of the left perturbation (v, w), mm^2, mm rad, rad^2, row-major */
    double innovation_sigma; /* Mahalanobis distance of the newest measurement, sigmas */
    double residual_px;      /* rms of the pose fit */
    enum head_state state;
    uint32_t tags_used;
    enum head_reason reason;
};

/* For people: "still", "too few tags". */
const char *head_state_name(enum head_state state);
const char *head_reason_name(enum head_reason reason);

#endif
