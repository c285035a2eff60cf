/* smprig track-surface: poses of the head from recorded patches of surface points,
 * without a ring. */
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/options.h"
#include "base/progress.h"
#include "cli/track_table.h"
#include "cli/verbs.h"
#include "plan/field.h"
#include "vision/calibration/number_table.h"
#include "vision/camera_sequence.h"
#include "vision/surface/surface_tracker.h"

#define PATH_MAX_LENGTH 4096

struct surface_options {
    const char *scan, *points, *start, *output;
};

static const char usage[] =
    "Usage: smprig track-surface --scan SCAN.ply --points DIR --start 'x y z qx qy qz qw'\n"
    "                            [-o poses.csv]\n"
    "Follow the head by points of its surface (a depth camera's patches) against its scan: "
    "for\n"
    "rigs without a tag ring, some 50 um at best and told with each pose.\n\n"
    "  -s, --scan FILE    the scan, mm\n"
    "  -p, --points DIR   index.txt of `t file`; each file has lines `x y z`, mm, rig frame\n"
    "  -b, --start POSE   T_rig_head at the begin, within 5 mm and 3 degrees\n"
    "  -o, --output FILE  CSV, a line a patch (else to standard output; docs/formats.md)\n";

static bool take_options(int argc, char **argv, struct surface_options *o, int *ret_exit) {
    const struct option_row rows[] = {
        {"scan", 's', .text = &o->scan, .is_needed = true},
        {"points", 'p', .text = &o->points, .is_needed = true},
        {"start", 'b', .text = &o->start, .is_needed = true},
        {"output", 'o', .text = &o->output},
    };
    const struct options options = {"smprig", usage, OPTION_ROWS(rows)};
    return options_parse(&options, argc, argv, ret_exit);
}

static enum result read_index(const char *folder, struct sequence_index *ret, struct error *err) {
    char path[PATH_MAX_LENGTH], *text;
    size_t size;
    snprintf(path, sizeof path, "%s/index.txt", folder);
    enum result result = file_read(path, SEQUENCE_INDEX_BYTES_MAX, &text, &size, err);
    if (result != RESULT_OK) return result;
    result = sequence_index_parse(path, text, size, ret, err);
    free(text);
    return result;
}

/* A patch that cannot be read or fitted is a lost line with its reason on stderr, not the end. */
static bool follow_patch(struct surface_tracker *tracker, const char *path, int64_t stamp_ns,
                         FILE *out) {
    struct number_table table = {0};
    struct surface_measurement m = {.T_rig_head = pose_identity()};
    struct head_pose pose = {.stamp_ns = stamp_ns};
    struct error err = {0};
    struct vec3 *points = NULL;
    enum result result = number_table_read(path, 3, &table, &err);
    if (result == RESULT_OK) points = malloc((table.rows + 1) * sizeof *points);
    if (points) {
        for (size_t i = 0; i < table.rows; i++) {
            const double *v = table.values + table.columns * i;
            points[i] = vec3_make(v[0], v[1], v[2]);
        }
        result = surface_tracker_step(tracker, points, table.rows, stamp_ns, &pose, &m, &err);
    }
    bool is_found = points && result == RESULT_OK;
    if (!is_found) fprintf(stderr, "smprig track-surface: %s: %s\n", path, err.text);
    track_table_line(out, &pose, m.T_rig_head, m.covariance);
    number_table_release(&table);
    free(points);
    return is_found;
}

static void follow(struct surface_tracker *tracker, const struct sequence_index *index,
                   const char *folder, FILE *out) {
    struct progress progress;
    size_t found = 0;
    progress_begin(&progress, "tracking", "patches", clock_now_ns());
    track_table_heading(out);
    for (size_t i = 0; i < index->count; i++) {
        char path[PATH_MAX_LENGTH];
        snprintf(path, sizeof path, "%s/%s", folder, index->names + index->entries[i].name_offset);
        found += follow_patch(tracker, path, index->entries[i].stamp_ns, out);
        progress_update(&progress, (double)i + 1, (double)index->count, clock_now_ns());
    }
    progress_end(&progress, clock_now_ns());
    fprintf(stderr, "%zu patches, %zu with a pose\n", index->count, found);
}

static enum result run(const struct surface_options *o, struct surface_tracker *tracker,
                       const struct sequence_index *index, struct error *err) {
    struct file_writer writer;
    if (!o->output) {
        follow(tracker, index, o->points, stdout);
        return RESULT_OK;
    }
    enum result result = file_writer_open(&writer, o->output, err);
    if (result != RESULT_OK) return result;
    follow(tracker, index, o->points, writer.stream);
    return file_writer_commit(&writer, err);
}

/* The middle of what a rig treats: the top of the head. */
static struct vec3 crown(const struct field_view *field) {
    struct vec3 low = field->origin;
    return vec3_make(low.x + 0.5 * field->spacing_mm * (field->size[0] - 1),
                     low.y + 0.5 * field->spacing_mm * (field->size[1] - 1),
                     low.z + 0.9 * field->spacing_mm * (field->size[2] - 1));
}

int verb_track_surface(int argc, char **argv) {
    struct surface_options o = {0};
    struct field field = {0};
    struct sequence_index index = {0};
    struct pose T_rig_head;
    struct error err = {0};
    int code;
    if (!take_options(argc, argv, &o, &code)) return code;
    enum result result = verb_parse_pose(o.start, &T_rig_head, &err);
    if (result == RESULT_OK) result = read_index(o.points, &index, &err);
    if (result == RESULT_OK) result = field_of_scan(o.scan, &field, &err);
    if (result == RESULT_OK) {
        struct surface_tracker *tracker = malloc(sizeof *tracker);
        if (tracker) {
            surface_tracker_init(tracker, &field.view, T_rig_head, crown(&field.view));
            result = run(&o, tracker, &index, &err);
        } else {
            result = error_set(&err, RESULT_NO_MEMORY, "out of memory");
        }
        free(tracker);
    }
    sequence_index_release(&index);
    field_release(&field);
    err.code = result;
    return result == RESULT_OK ? EX_OK : verb_fail("track-surface", &err);
}
