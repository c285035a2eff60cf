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
};

#endif
