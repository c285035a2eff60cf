#include "vision/camera_join.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/text.h"

#define NAME_MAX_BYTES 512

struct part {
    struct camera_source *source;
    struct camera_frame waiting;
    bool has_waiting;
    bool has_failed, is_silent;
    int64_t heard_ns; /* of its last frame */
    uint64_t sequence;
};

struct joined {
    struct camera_source source; /* first: the interface */
    struct part parts[CAMERA_COUNT_MAX];
    uint32_t turn;
    enum result last_result; /* of the camera that failed last */
    struct error last_error;
    char name[NAME_MAX_BYTES];
};

static bool is_missing(const struct part *part) {
    return part->has_failed || part->is_silent;
}

static void fail(struct joined *joined, struct part *part, enum result result,
                 const struct error *err) {
    part->has_failed = true;
    joined->last_result = result;
    joined->last_error = *err;
    log_error("camera", "%s", err->text[0] ? err->text : part->source->name);
}

/* Listen to one camera that has nothing waiting. */
static void listen_to(struct joined *joined, uint32_t index, int64_t wait_ns) {
    struct part *part = &joined->parts[index];
    struct camera_frame frame;
    struct error err = {0};
    if (part->has_waiting || part->has_failed) return;
    enum result result = camera_next(part->source, wait_ns, &frame, &err);
    if (result == RESULT_TIMEOUT) return;
    if (result != RESULT_OK) {
        fail(joined, part, result, &err);
        return;
    }
    if (part->is_silent) log_info("camera", "%s: gives frames again", part->source->name);
    part->is_silent = false;
    part->heard_ns = clock_now_ns();
    frame.camera_index = index;
    part->sequence = frame.sequence;
    part->waiting = frame;
    part->has_waiting = true;
}

static struct part *oldest_waiting(struct joined *joined) {
    struct part *oldest = NULL;
    for (uint32_t i = 0; i < joined->source.camera_count; i++) {
        struct part *part = &joined->parts[i];
        if (!part->has_waiting) continue;
        if (oldest == NULL || part->waiting.stamp_ns < oldest->waiting.stamp_ns) oldest = part;
    }
    return oldest;
}

static void look_for_silent(struct joined *joined, int64_t now_ns) {
    for (uint32_t i = 0; i < joined->source.camera_count; i++) {
        struct part *part = &joined->parts[i];
        if (is_missing(part) || part->has_waiting ||
            now_ns - part->heard_ns <= CAMERA_JOIN_SILENT_NS)
            continue;
        part->is_silent = true;
        log_error("camera", "%s: no frame for %lld ms", part->source->name,
                  (long long)((now_ns - part->heard_ns) / NS_PER_MS));
    }
}

/* With a frame of the first camera that lives, one in the name of each that is missing. */
static void stand_in(struct joined *joined, const struct camera_frame *frame) {
    uint32_t first = 0;
    while (is_missing(&joined->parts[first])) first++;
    if (frame->camera_index != first) return;
    for (uint32_t i = 0; i < joined->source.camera_count; i++) {
        struct part *part = &joined->parts[i];
        if (!is_missing(part) || part->has_waiting) continue;
        part->waiting = (struct camera_frame){.status = FRAME_UNREADABLE,
                                              .stamp_ns = frame->stamp_ns,
                                              .arrival_ns = frame->arrival_ns,
                                              .sequence = part->sequence,
                                              .camera_index = i};
        part->has_waiting = true;
    }
}

static bool has_all_failed(const struct joined *joined) {
    for (uint32_t i = 0; i < joined->source.camera_count; i++)
        if (!joined->parts[i].has_failed) return false;
    return true;
}

static enum result join_next(struct camera_source *source, int64_t timeout_ns,
                             struct camera_frame *ret_frame, struct error *err) {
    struct joined *joined = (struct joined *)source;
    int64_t end_ns = clock_now_ns() + timeout_ns;
    struct part *oldest = NULL;
    for (;;) {
        for (uint32_t i = 0; i < source->camera_count; i++) listen_to(joined, i, 0);
        oldest = oldest_waiting(joined);
        if (oldest != NULL) break;
        if (has_all_failed(joined)) {
            if (err != NULL) *err = joined->last_error;
            return joined->last_result;
        }
        if (clock_now_ns() >= end_ns)
            return error_set(err, RESULT_TIMEOUT, "%s: no frame in time", source->name);
        joined->turn = (joined->turn + 1) % source->camera_count;
        listen_to(joined, joined->turn, CAMERA_JOIN_TURN_NS);
    }
    look_for_silent(joined, clock_now_ns()); /* all have just been listened to */
    *ret_frame = oldest->waiting;
    oldest->waiting = (struct camera_frame){0};
    oldest->has_waiting = false;
    if (!is_missing(oldest)) stand_in(joined, ret_frame);
    return RESULT_OK;
}

static void join_close(struct camera_source *source) {
    struct joined *joined = (struct joined *)source;
    for (uint32_t i = 0; i < source->camera_count; i++) {
        if (joined->parts[i].has_waiting) camera_frame_release(&joined->parts[i].waiting);
        camera_close(&joined->parts[i].source);
    }
    free(joined);
}

static const struct camera_operations join_operations = {join_next, join_close};

enum result camera_join(struct camera_source *const *parts, uint32_t count,
                        struct camera_source **ret_source, struct error *err) {
    assert(count >= 1 && count <= CAMERA_COUNT_MAX);
    struct text_builder name;
    struct joined *joined = calloc(1, sizeof *joined);
    if (joined == NULL) {
        for (uint32_t i = 0; i < count; i++) {
            struct camera_source *part = parts[i];
            camera_close(&part);
        }
        return error_set(err, RESULT_NO_MEMORY, "cameras: no memory");
    }
    text_builder_init(&name, joined->name, sizeof joined->name);
    for (uint32_t i = 0; i < count; i++) {
        assert(parts[i]->camera_count == 1);
        joined->parts[i] = (struct part){.source = parts[i], .heard_ns = clock_now_ns()};
        text_append(&name, "%s%s", i > 0 ? " + " : "", parts[i]->name);
    }
    joined->source = (struct camera_source){&join_operations, joined->name, count};
    *ret_source = &joined->source;
    return RESULT_OK;
}
