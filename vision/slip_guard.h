/* The slip watch in its turn: a look now and then, and no pose of a ring that may have slipped is
 * let through as the head's.
 *
 * A ring that slides looks to the tracker like a head that jumps, and is still again a tenth of a
 * second later, long before three looks in a row have told the slip. So once the skin has been
 * seen, after a jump or a loss and after a look that does not find the skin where it was (beyond
 * the limit, unclear, or hidden), poses are denied and each is looked at, until one
 * look finds it. */
#ifndef SMPRIG_VISION_SLIP_GUARD_H
#define SMPRIG_VISION_SLIP_GUARD_H

#include "base/clock.h"
#include "vision/camera.h"
#include "vision/head_pose.h"
#include "vision/slip.h"

#define SLIP_GUARD_LOOK_NS (200 * NS_PER_MS)

struct slip_guard {
    struct slip_watch *watch; /* the caller's; NULL: nothing is watched */
    int64_t looked_ns;
    enum slip_state state;     /* SLIP_SLIPPED stays */
    bool is_suspect, has_seen; /* has_seen: a look has found the skin where it was */
    struct slip_report report; /* of the newest look */
};

/* One pose and its frames. It becomes HEAD_LOST when the ring has slipped or may have. True when
 * the guard's state has changed. */
bool slip_guard_look(struct slip_guard *guard, const struct camera_frame *frames, uint32_t count,
                     struct head_pose *pose);

/* The same in two steps, for looks that come from elsewhere than frames (the simulation's). */
bool slip_guard_is_due(struct slip_guard *guard, const struct head_pose *pose);
/* report NULL: there was no look. */
bool slip_guard_judge(struct slip_guard *guard, const struct slip_report *report,
                      struct head_pose *pose);

#endif
