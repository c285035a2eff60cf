/* smprig track: poses of the head from recorded images, as a table. */
#include <stdio.h>
#include <sysexits.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/options.h"
#include "base/progress.h"
#include "cli/track_table.h"
#include "cli/verbs.h"
#include "vision/calibration/small_files.h"
#include "vision/camera_sequence.h"
#include "vision/frame_set.h"
#include "vision/head_tracker.h"

struct track_options {
    const char *cameras, *ring, *registration, *frames, *output;
    bool is_filtered;
};

static const char usage[] =
    "Usage: smprig track --cameras C.yaml --ring R.yaml --frames DIR [-o poses.csv]\n"
    "Follow the tag ring through a recorded sequence (docs/formats.md).\n\n"
    "  -c, --cameras FILE  calibrated cameras\n"
    "  -r, --ring FILE     tag ring\n"
    "  -g, --registration FILE  how the ring stands to the scan (else as RING says)\n"
    "  -f, --frames DIR    folder of images with index.txt\n"
    "  -o, --output FILE   CSV, a line a set of frames (else to standard output)\n"
    "      --filtered      the filter's pose instead of each set's own fit\n";

static bool take_options(int argc, char **argv, struct track_options *o, int *ret_exit) {
    const struct option_row rows[] = {
        {"cameras", 'c', .text = &o->cameras, .is_needed = true},
        {"ring", 'r', .text = &o->ring, .is_needed = true},
        {"registration", 'g', .text = &o->registration},
        {"frames", 'f', .text = &o->frames, .is_needed = true},
        {"output", 'o', .text = &o->output},
        {"filtered", .flag = &o->is_filtered},
    };
    const struct options options = {"smprig", usage, OPTION_ROWS(rows)};
    return options_parse(&options, argc, argv, ret_exit);
}

struct track_counts {
    uint64_t sets, posed;
};

static enum result follow(struct head_tracker *tracker, struct camera_source *source,
                          const struct track_options *o, FILE *out, struct track_counts *counts,
                          struct error *err) {
    struct frame_grouper grouper;
    struct frame_set set;
    enum result result;
    struct progress progress;
    double done = 0, total = (double)camera_sequence_length(source);
    frame_grouper_init(&grouper, source);
    progress_begin(&progress, "tracking", "frames", clock_now_ns());
    track_table_heading(out);
    while ((result = frame_set_next(&grouper, 0, &set, err)) == RESULT_OK) {
        struct head_pose pose;
        struct tracked tracked;
        head_tracker_step_raw(tracker, set.frames, set.count, &pose, &tracked);
        if (o->is_filtered) {
            track_table_line(out, &pose, pose.T_rig_head, pose.covariance);
        } else {
            track_table_line(out, &pose, tracked.T_rig_head, tracked.covariance);
        }
        counts->sets++;
        counts->posed += pose.state != HEAD_LOST;
        done += set.count;
        frame_set_release(&set);
        progress_update(&progress, done, total, clock_now_ns());
    }
    progress_end(&progress, clock_now_ns());
    frame_grouper_finish(&grouper);
    return result == RESULT_CLOSED ? RESULT_OK : result;
}

static enum result write_table(struct head_tracker *tracker, struct camera_source *source,
                               const struct track_options *o, struct track_counts *counts,
                               struct error *err) {
    struct file_writer writer;
    if (o->output == NULL) return follow(tracker, source, o, stdout, counts, err);
    enum result result = file_writer_open(&writer, o->output, err);
    if (result != RESULT_OK) return result;
    result = follow(tracker, source, o, writer.stream, counts, err);
    if (result == RESULT_OK) return file_writer_commit(&writer, err);
    file_writer_abandon(&writer);
    return result;
}

int verb_track(int argc, char **argv) {
    struct track_options o = {0};
    struct camera_set cameras;
    struct tag_ring ring;
    struct registration_file registration;
    struct camera_source *source = NULL;
    struct head_tracker *tracker = NULL;
    struct track_counts counts = {0};
    struct error err = {0};
    int code = EX_OK;
    if (!take_options(argc, argv, &o, &code)) return code;
    enum result result = camera_set_read(o.cameras, &cameras, &err);
    if (result == RESULT_OK) result = tag_ring_read(o.ring, &ring, &err);
    if (result == RESULT_OK && o.registration != NULL) {
        result = registration_file_read(o.registration, &registration, &err);
        if (result == RESULT_OK) ring.T_head_ring = registration.T_head_ring;
    }
    if (result == RESULT_OK) result = camera_sequence_open(o.frames, &source, &err);
    if (result == RESULT_OK && source->camera_count > cameras.count) {
        result = error_set(&err, RESULT_RANGE, "%s: frames of %u cameras, but %s has %u", o.frames,
                           source->camera_count, o.cameras, cameras.count);
    }
    if (result == RESULT_OK) result = head_tracker_create(&cameras, &ring, &tracker, &err);
    if (result == RESULT_OK) result = write_table(tracker, source, &o, &counts, &err);
    if (result == RESULT_OK) {
        fprintf(stderr, "%llu sets, %llu with a pose\n", (unsigned long long)counts.sets,
                (unsigned long long)counts.posed);
    } else {
        err.code = result;
        code = verb_fail("track", &err);
    }
    head_tracker_destroy(&tracker);
    camera_close(&source);
    return code;
}
