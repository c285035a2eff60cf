/* smprig calibrate simulated: calibration files for the simulated rig, which is exactly as its
 * files say. Their records are marked, and count for nothing on a rig that is there. */
#include <stdio.h>
#include <sysexits.h>
#include <time.h>

#include "base/options.h"
#include "cli/calibrate/calibrate.h"
#include "vision/calibration/check.h"
#include "vision/calibration/small_files.h"
#include "vision/camera_file.h"
#include "vision/ring_file.h"

#define PATH_SIZE 1024

struct simulated_options {
    const char *cameras, *ring, *scan, *output;
};

static struct calibration_record record_of(enum calibration_step step, const char *subject) {
    struct calibration_record record = {.step = step,
                                        .made_s = time(NULL),
                                        .samples = calibration_limits_of(step)->samples_min,
                                        .is_simulated = true};
    snprintf(record.subject, sizeof record.subject, "%s", subject);
    return record;
}

static struct calibration_records only(enum calibration_step step) {
    return (struct calibration_records){.list = {record_of(step, "")}, .count = 1};
}

static enum result write_cameras(const char *from, const char *to, struct error *err) {
    struct camera_set set;
    struct calibration_records records = {0};
    enum result result = camera_set_read(from, &set, err);
    if (result != RESULT_OK) return result;
    for (uint32_t i = 0; i < set.count; i++)
        records.list[records.count++] = record_of(CALIBRATION_CAMERA, set.cameras[i].name);
    if (set.count > 1) records.list[records.count++] = record_of(CALIBRATION_STEREO, "");
    records.list[records.count++] = record_of(CALIBRATION_RIG, "");
    return camera_set_write(&set, &records, to, err);
}

static enum result write_ring(const char *from, const char *to, struct error *err) {
    struct tag_ring ring;
    struct calibration_records records = only(CALIBRATION_RING);
    enum result result = tag_ring_read(from, &ring, err);
    return result == RESULT_OK ? tag_ring_write(&ring, &records, to, err) : result;
}

static enum result write_registration(const struct simulated_options *o, const char *ring_path,
                                      const char *to, struct error *err) {
    struct registration_file file = {.records = only(CALIBRATION_REGISTER)};
    struct tag_ring ring;
    enum result result = tag_ring_read(ring_path, &ring, err);
    if (result == RESULT_OK) result = file_sha256(ring_path, file.ring_sha256, err);
    if (result == RESULT_OK) result = file_sha256(o->scan, file.scan_sha256, err);
    if (result != RESULT_OK) return result;
    file.T_head_ring = ring.T_head_ring;
    return registration_file_write(&file, to, err);
}

static enum result write_all(const struct simulated_options *o, struct error *err) {
    char path[PATH_SIZE], ring_path[PATH_SIZE];
    struct needle_file needle = {.records = only(CALIBRATION_NEEDLE)};
    struct depth_file depth = {.records = only(CALIBRATION_DEPTH)};
    enum result result = file_make_folder(o->output, err);
    snprintf(path, sizeof path, "%s/cameras.yaml", o->output);
    if (result == RESULT_OK) result = write_cameras(o->cameras, path, err);
    snprintf(ring_path, sizeof ring_path, "%s/ring.yaml", o->output);
    if (result == RESULT_OK) result = write_ring(o->ring, ring_path, err);
    snprintf(path, sizeof path, "%s/" NEEDLE_FILE, o->output);
    if (result == RESULT_OK) result = needle_file_write(&needle, path, err);
    snprintf(path, sizeof path, "%s/" DEPTH_FILE, o->output);
    if (result == RESULT_OK) result = depth_file_write(&depth, path, err);
    snprintf(path, sizeof path, "%s/" REGISTRATION_FILE, o->output);
    if (result == RESULT_OK) result = write_registration(o, ring_path, path, err);
    return result;
}

static const char usage[] =
    "Usage: smprig calibrate simulated --cameras C.yaml --ring R.yaml --scan SCAN.ply -o FOLDER\n"
    "Write the calibration files of the simulated rig. A real rig refuses them.\n";

int calibrate_simulated(int argc, char **argv) {
    struct simulated_options o = {0};
    const struct option_row rows[] = {
        {"cameras", .text = &o.cameras, .is_needed = true},
        {"ring", .text = &o.ring, .is_needed = true},
        {"scan", .text = &o.scan, .is_needed = true},
        {"output", 'o', .text = &o.output, .is_needed = true},
    };
    const struct options options = {"smprig calibrate", usage, OPTION_ROWS(rows)};
    struct error err = {0};
    int code;
    if (!options_parse(&options, argc, argv, &code)) return code;
    return write_all(&o, &err) == RESULT_OK ? EX_OK : calibrate_fail("simulated", &err);
}
