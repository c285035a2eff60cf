#include "vision/calibration/check.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "vision/camera_file.h"

#define HOURS_PER_DAY 24.0
#define SECONDS_PER_HOUR 3600.0
#define CLOCK_SLACK_S 300 /* a record may be this far ahead: clocks of two machines */
#define PATH_SIZE 1024

/* Residuals beyond these are wrong images or wrong data, not noise; errors are shares of the 0.25
 * mm that a dot may be off (docs/calibration.md). */
static const struct calibration_limits limits[CALIBRATION_STEP_COUNT] = {
    [CALIBRATION_CAMERA] = {180 * HOURS_PER_DAY, 0.35, 40, 8},
    [CALIBRATION_STEREO] = {30 * HOURS_PER_DAY, 0.35, 20, 6},
    [CALIBRATION_RIG] = {30 * HOURS_PER_DAY, 60, 50, 6},
    [CALIBRATION_RING] = {30 * HOURS_PER_DAY, 0.35, 10, 10},
    [CALIBRATION_NEEDLE] = {24, 40, 40, 6},
    [CALIBRATION_DEPTH] = {24, 80, 50, 5},
    [CALIBRATION_REGISTER] = {24, 500, 150, 4},
};

const struct calibration_limits *calibration_limits_of(enum calibration_step step) {
    return (unsigned)step < CALIBRATION_STEP_COUNT ? &limits[step] : NULL;
}

const char *calibration_verdict_name(enum calibration_verdict verdict) {
    static const char *const names[] = {[CALIBRATION_MISSING] = "missing",
                                        [CALIBRATION_STALE] = "stale",
                                        [CALIBRATION_BAD] = "bad",
                                        [CALIBRATION_PRETENCE] = "simulated",
                                        [CALIBRATION_GOOD] = "good"};
    return (unsigned)verdict <= CALIBRATION_GOOD ? names[verdict] : "unknown";
}

enum calibration_verdict calibration_judge(const struct calibration_record *record, int64_t now_s,
                                           bool allows_simulated) {
    const struct calibration_limits *limit = &limits[record->step];
    double age_s = (double)(now_s - record->made_s);
    bool is_good = record->residual <= limit->residual_max &&
                   record->error_um <= limit->error_max_um &&
                   record->samples >= limit->samples_min && age_s >= -CLOCK_SLACK_S;
    if (record->is_simulated && !allows_simulated) return CALIBRATION_PRETENCE;
    if (!is_good) return CALIBRATION_BAD;
    return age_s <= limit->age_max_h * SECONDS_PER_HOUR ? CALIBRATION_GOOD : CALIBRATION_STALE;
}

/* "3.2 h" or "12 d" */
static const char *age_text(double age_s, char *buffer, size_t size) {
    double hours = age_s / SECONDS_PER_HOUR;
    if (hours < 2 * HOURS_PER_DAY)
        snprintf(buffer, size, "%.1f h", hours);
    else
        snprintf(buffer, size, "%.0f d", hours / HOURS_PER_DAY);
    return buffer;
}

static void say(struct calibration_finding *finding, int64_t now_s) {
    const struct calibration_record *r = &finding->record;
    const struct calibration_limits *limit = &limits[finding->step];
    const char *name = calibration_step_name(finding->step),
               *unit = calibration_step_unit(finding->step);
    char age[32], most[32], *out = finding->sentence;
    size_t size = sizeof finding->sentence;
    age_text((double)(now_s - r->made_s), age, sizeof age);
    age_text(limit->age_max_h * SECONDS_PER_HOUR, most, sizeof most);
    switch (finding->verdict) {
        case CALIBRATION_MISSING:
            snprintf(out, size, "no record: run `smprig calibrate %s`", name);
            break;
        case CALIBRATION_STALE:
            snprintf(out, size, "%s old, at most %s: run `smprig calibrate %s` again", age, most,
                     name);
            break;
        case CALIBRATION_PRETENCE:
            snprintf(out, size, "made for the simulated rig: run `smprig calibrate %s` on this one",
                     name);
            break;
        case CALIBRATION_BAD:
            if (r->made_s > now_s + CLOCK_SLACK_S)
                snprintf(out, size, "made in the future: set this machine's clock, or do it again");
            else if (r->samples < limit->samples_min)
                snprintf(out, size, "only %u samples, at least %u: do it again with more",
                         r->samples, limit->samples_min);
            else if (!(r->residual <= limit->residual_max))
                snprintf(out, size, "residual %.3g %s, at most %.3g: do it again", r->residual,
                         unit, limit->residual_max);
            else
                snprintf(out, size, "leaves %.3g um at the skin, at most %.3g: do it again",
                         r->error_um, limit->error_max_um);
            break;
        case CALIBRATION_GOOD:
            snprintf(out, size, "%s old, residual %.3g %s, leaves %.3g um", age, r->residual, unit,
                     r->error_um);
            break;
    }
    if (finding->step == CALIBRATION_REGISTER) { /* its verb is a word of its own */
        char *verb = strstr(out, "calibrate register");
        if (verb != NULL)
            memmove(verb, verb + strlen("calibrate "), strlen(verb + strlen("calibrate ")) + 1);
    }
}

struct checking {
    struct calibration_status *status;
    int64_t now_s;
    bool allows_simulated;
};

/* The finding for a step; why: the sentence of an unreadable file, or NULL. */
static struct calibration_finding *find(const struct checking *c,
                                        const struct calibration_records *records,
                                        enum calibration_step step, const char *subject,
                                        const char *why) {
    struct calibration_finding *finding = &c->status->findings[c->status->count++];
    const struct calibration_record *record = calibration_records_find(records, step, subject);
    *finding = (struct calibration_finding){.step = step};
    if (text_copy(finding->subject, sizeof finding->subject, subject) != RESULT_OK)
        finding->subject[0] = '\0';
    if (why == NULL && record != NULL) {
        finding->has_record = true;
        finding->record = *record;
        finding->verdict = calibration_judge(record, c->now_s, c->allows_simulated);
    }
    say(finding, c->now_s);
    if (why != NULL) snprintf(finding->sentence, sizeof finding->sentence, "%.300s", why);
    return finding;
}

static void check_cameras(const struct checking *c, const char *path) {
    struct calibration_records records = {0};
    struct camera_set set = {0};
    struct error err = {.text = "no cameras' file was given"};
    enum result result = path != NULL ? camera_set_read(path, &set, &err) : RESULT_NOT_FOUND;
    if (result == RESULT_OK) result = calibration_records_read(path, &records, &err);
    const char *why = result == RESULT_OK ? NULL : err.text;
    uint32_t count = result == RESULT_OK ? set.count : 1;
    for (uint32_t i = 0; i < count; i++)
        find(c, &records, CALIBRATION_CAMERA, set.cameras[i].name, why);
    if (count > 1) find(c, &records, CALIBRATION_STEREO, "", why);
    find(c, &records, CALIBRATION_RIG, "", why);
}

static void check_ring(const struct checking *c, const char *path) {
    struct calibration_records records = {0};
    struct error err = {.text = "no ring's file was given"};
    enum result result =
        path != NULL ? calibration_records_read(path, &records, &err) : RESULT_NOT_FOUND;
    find(c, &records, CALIBRATION_RING, "", result == RESULT_OK ? NULL : err.text);
}

static bool join(char path[PATH_SIZE], const char *folder, const char *name) {
    int length = folder != NULL ? snprintf(path, PATH_SIZE, "%s/%s", folder, name) : -1;
    return length > 0 && length < PATH_SIZE;
}

/* Whether the file at path has this hash; NULL path: yes. */
static bool is_of(const char *path, const char *sha256) {
    char found[SHA256_HEX_SIZE];
    return path == NULL ||
           (file_sha256(path, found, NULL) == RESULT_OK && strcmp(found, sha256) == 0);
}

static void check_needle(const struct checking *c, const struct calibration_files *files) {
    char path[PATH_SIZE];
    struct needle_file needle = {0};
    struct error err = {.text = "no folder of calibrations was given"};
    enum result result = join(path, files->folder, NEEDLE_FILE)
                             ? needle_file_read(path, &needle, &err)
                             : RESULT_NOT_FOUND;
    const char *why = result == RESULT_OK ? NULL : err.text;
    if (!why && needle.rig_sha256[0] && !is_of(files->rig_path, needle.rig_sha256))
        why = "the rig file has changed since: run `smprig rig probe needle` again";
    find(c, &needle.records, CALIBRATION_NEEDLE, "", why);
}

static void check_depth(const struct checking *c, const char *folder) {
    char path[PATH_SIZE];
    struct depth_file depth = {0};
    struct error err = {.text = "no folder of calibrations was given"};
    enum result result =
        join(path, folder, DEPTH_FILE) ? depth_file_read(path, &depth, &err) : RESULT_NOT_FOUND;
    find(c, &depth.records, CALIBRATION_DEPTH, "", result == RESULT_OK ? NULL : err.text);
    c->status->surface_zero_um = result == RESULT_OK ? depth.surface_zero_um : 0;
}

static void check_registration(const struct checking *c, const struct calibration_files *files) {
    char path[PATH_SIZE];
    struct registration_file file = {0};
    struct error err = {.text = "no folder of calibrations was given"};
    const char *why = NULL;
    enum result result = join(path, files->folder, REGISTRATION_FILE)
                             ? registration_file_read(path, &file, &err)
                             : RESULT_NOT_FOUND;
    if (result != RESULT_OK) {
        why = err.text;
    } else if (!is_of(files->scan_path, file.scan_sha256)) {
        why = "made for another scan: run `smprig register` with this one";
    } else if (!is_of(files->ring_path, file.ring_sha256)) {
        why =
            "made for another ring, or before the ring was calibrated: run `smprig register` "
            "again";
    }
    find(c, &file.records, CALIBRATION_REGISTER, "", why);
    c->status->has_registration = why == NULL;
    c->status->registration = file;
}

static void conclude(struct calibration_status *status) {
    status->is_calibrated = calibration_first_wrong(status, false) == NULL;
    status->is_registered = calibration_first_wrong(status, true) == NULL;
}

void calibration_check(const struct calibration_files *files, int64_t now_s, bool allows_simulated,
                       struct calibration_status *ret_status) {
    struct checking c = {ret_status, now_s, allows_simulated};
    *ret_status = (struct calibration_status){0};
    check_cameras(&c, files->cameras_path);
    check_ring(&c, files->ring_path);
    check_needle(&c, files);
    check_depth(&c, files->folder);
    check_registration(&c, files);
    conclude(ret_status);
}

void calibration_age(struct calibration_status *status, int64_t now_s, bool allows_simulated) {
    for (uint32_t i = 0; i < status->count; i++) {
        struct calibration_finding *finding = &status->findings[i];
        if (finding->verdict != CALIBRATION_GOOD) continue;
        finding->verdict = calibration_judge(&finding->record, now_s, allows_simulated);
        say(finding, now_s);
    }
    conclude(status);
}

const struct calibration_finding *calibration_first_wrong(const struct calibration_status *status,
                                                          bool of_registration) {
    for (uint32_t i = 0; i < status->count; i++) {
        const struct calibration_finding *f = &status->findings[i];
        if ((f->step == CALIBRATION_REGISTER) == of_registration && f->verdict != CALIBRATION_GOOD)
            return f;
    }
    return NULL;
}
