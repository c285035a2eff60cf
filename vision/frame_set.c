#include "vision/frame_set.h"

#include <stdlib.h>

void frame_grouper_init(struct frame_grouper *grouper, struct camera_source *source) {
    *grouper = (struct frame_grouper){.source = source, .tolerance_ns = FRAME_SET_TOLERANCE_NS};
}

void frame_grouper_finish(struct frame_grouper *grouper) {
    if (grouper->has_pending) camera_frame_release(&grouper->pending);
    grouper->has_pending = false;
}

void frame_set_release(struct frame_set *set) {
    for (uint32_t i = 0; i < set->count; i++) camera_frame_release(&set->frames[i]);
    set->count = 0;
}

static bool belongs(const struct frame_grouper *grouper, const struct frame_set *set,
                    const struct camera_frame *frame) {
    if (set->count == 0) return true;
    if (llabs(frame->stamp_ns - set->frames[0].stamp_ns) > grouper->tolerance_ns) return false;
    for (uint32_t i = 0; i < set->count; i++)
        if (set->frames[i].camera_index == frame->camera_index) return false;
    return true;
}

static void close_set(struct frame_set *set) {
    int64_t sum = 0, first = set->frames[0].stamp_ns;
    for (uint32_t i = 0; i < set->count; i++) sum += set->frames[i].stamp_ns - first;
    set->stamp_ns = first + sum / set->count;
}

enum result frame_set_next(struct frame_grouper *grouper, int64_t timeout_ns,
                           struct frame_set *ret_set, struct error *err) {
    struct frame_set set = {0};
    while (set.count < grouper->source->camera_count) {
        enum result result = RESULT_OK;
        if (!grouper->has_pending) {
            result = camera_next(grouper->source, timeout_ns, &grouper->pending, err);
            grouper->has_pending = result == RESULT_OK;
        }
        if (result != RESULT_OK) {
            /* What has come stands; the source will say the same again on the next call. */
            if (set.count > 0) break;
            return result;
        }
        if (!belongs(grouper, &set, &grouper->pending)) break;
        set.frames[set.count++] = grouper->pending;
        grouper->has_pending = false;
    }
    close_set(&set);
    *ret_set = set;
    return RESULT_OK;
}
