#include "vision/calibration_record.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/file.h"
#include "base/text.h"

#define RESIDUAL_MAX 1e6
#define SAMPLES_MAX 1000000
#define TIME_FORMAT "%Y-%m-%dT%H:%M:%SZ"
#define TIME_TEXT_MAX 32

static const struct {
    const char *name, *unit;
} steps[CALIBRATION_STEP_COUNT] = {
    [CALIBRATION_CAMERA] = {"camera", "px"},     [CALIBRATION_STEREO] = {"stereo", "px"},
    [CALIBRATION_RIG] = {"rig", "um"},           [CALIBRATION_RING] = {"ring", "px"},
    [CALIBRATION_NEEDLE] = {"needle", "um"},     [CALIBRATION_DEPTH] = {"depth", "um"},
    [CALIBRATION_REGISTER] = {"register", "um"},
};

const char *calibration_step_name(enum calibration_step step) {
    return (unsigned)step < CALIBRATION_STEP_COUNT ? steps[step].name : "unknown";
}

const char *calibration_step_unit(enum calibration_step step) {
    return (unsigned)step < CALIBRATION_STEP_COUNT ? steps[step].unit : "?";
}

static enum result read_step(struct yaml_item map, struct calibration_record *record,
                             struct error *err) {
    const char *name = yaml_text(yaml_at(map, "step"));
    for (int i = 0; name != NULL && i < CALIBRATION_STEP_COUNT; i++)
        if (strcmp(name, steps[i].name) == 0) {
            record->step = (enum calibration_step)i;
            return RESULT_OK;
        }
    return yaml_complain(map, err, RESULT_FORMAT,
                         "`step` is %s%s%s, expected camera, stereo, rig, ring, needle, depth or "
                         "register",
                         name ? "`" : "", name ? name : "missing", name ? "`" : "");
}

static enum result read_time(struct yaml_item map, int64_t *ret_made_s, struct error *err) {
    struct yaml_item item = yaml_at(map, "made");
    const char *text = yaml_text(item);
    struct tm parts = {0};
    char again[TIME_TEXT_MAX] = "";
    const char *end = text != NULL ? strptime(text, TIME_FORMAT, &parts) : NULL;
    time_t made = end != NULL && *end == '\0' ? timegm(&parts) : (time_t)-1;
    /* strptime takes the 31st of any month: what does not come back is no date. */
    if (made > 0) strftime(again, sizeof again, TIME_FORMAT, gmtime_r(&made, &parts));
    if (text == NULL || strcmp(text, again) != 0) {
        return yaml_complain(yaml_exists(item) ? item : map, err, RESULT_FORMAT,
                             "`made` is %s, expected a time like 2026-01-31T12:00:00Z",
                             text != NULL ? text : "missing");
    }
    *ret_made_s = made;
    return RESULT_OK;
}

static enum result read_required(struct yaml_item map, const char *key, double *ret_value,
                                 struct error *err) {
    struct yaml_item item = yaml_at(map, key);
    if (!yaml_exists(item)) return yaml_complain_missing(map, key, "a number", err);
    return yaml_number(item, 0, RESIDUAL_MAX, ret_value, err);
}

static enum result read_record(struct yaml_item map, struct calibration_record *ret_record,
                               struct error *err) {
    struct calibration_record record = {0};
    const char *subject = yaml_text(yaml_at(map, "subject"));
    const char *simulated = yaml_text(yaml_at(map, "is_simulated"));
    char key[24];
    int64_t samples = 0;
    enum result result = read_step(map, &record, err);
    if (result == RESULT_OK) result = read_time(map, &record.made_s, err);
    if (result != RESULT_OK) return result;
    if (subject != NULL && text_copy(record.subject, sizeof record.subject, subject) != RESULT_OK) {
        return yaml_complain(yaml_at(map, "subject"), err, RESULT_LIMIT,
                             "a name of at most %d letters was expected",
                             CALIBRATION_SUBJECT_MAX - 1);
    }
    snprintf(key, sizeof key, "residual_%s", steps[record.step].unit);
    result = read_required(map, key, &record.residual, err);
    if (result == RESULT_OK) result = read_required(map, "error_um", &record.error_um, err);
    if (result == RESULT_OK)
        result = yaml_exists(yaml_at(map, "samples"))
                     ? yaml_integer(yaml_at(map, "samples"), 0, SAMPLES_MAX, &samples, err)
                     : yaml_complain_missing(map, "samples", "a whole number", err);
    if (result != RESULT_OK) return result;
    record.samples = (uint32_t)samples;
    record.is_simulated = simulated != NULL && strcmp(simulated, "false") != 0;
    *ret_record = record;
    return RESULT_OK;
}

enum result calibration_records_parse(const struct yaml_tree *tree,
                                      struct calibration_records *ret_records, struct error *err) {
    struct yaml_item list = yaml_at(yaml_root(tree), "calibration");
    struct calibration_records records = {0};
    if (yaml_exists(list) && !yaml_is_list(list)) {
        return yaml_complain(list, err, RESULT_FORMAT, "`calibration` is no list of records");
    }
    if (yaml_count(list) > CALIBRATION_RECORDS_MAX) {
        return yaml_complain(list, err, RESULT_LIMIT, "%zu records, at most %d", yaml_count(list),
                             CALIBRATION_RECORDS_MAX);
    }
    for (size_t i = 0; i < yaml_count(list); i++) {
        struct calibration_record record;
        struct yaml_item item = yaml_nth(list, i);
        enum result result = read_record(item, &record, err);
        if (result != RESULT_OK) return result;
        if (calibration_records_find(&records, record.step, record.subject) != NULL) {
            return yaml_complain(item, err, RESULT_FORMAT, "the step %s stands twice for `%s`",
                                 steps[record.step].name, record.subject);
        }
        records.list[records.count++] = record;
    }
    *ret_records = records;
    return RESULT_OK;
}

enum result calibration_records_read(const char *path, struct calibration_records *ret_records,
                                     struct error *err) {
    struct yaml_tree tree;
    char *text = NULL;
    size_t size = 0;
    enum result result = file_read(path, YAML_TREE_BYTES_MAX, &text, &size, err);
    if (result != RESULT_OK) return result;
    if (strncmp(text, "<?xml", 5) == 0) { /* OpenCV's, which has none */
        *ret_records = (struct calibration_records){0};
        free(text);
        return RESULT_OK;
    }
    result = yaml_tree_parse(path, text, size, &tree, err);
    free(text);
    if (result != RESULT_OK) return result;
    result = calibration_records_parse(&tree, ret_records, err);
    yaml_tree_release(&tree);
    return result;
}

void calibration_records_write(FILE *out, const struct calibration_records *records) {
    if (records == NULL || records->count == 0) return;
    fprintf(out, "calibration:\n");
    for (uint32_t i = 0; i < records->count; i++) {
        const struct calibration_record *r = &records->list[i];
        char made[TIME_TEXT_MAX];
        time_t made_s = (time_t)r->made_s;
        struct tm parts;
        strftime(made, sizeof made, TIME_FORMAT, gmtime_r(&made_s, &parts));
        fprintf(out, "  - {step: %s, ", steps[r->step].name);
        if (r->subject[0] != '\0') fprintf(out, "subject: %s, ", r->subject);
        fprintf(out, "made: '%s', samples: %u, residual_%s: %.6g, error_um: %.6g%s}\n", made,
                r->samples, steps[r->step].unit, r->residual, r->error_um,
                r->is_simulated ? ", is_simulated: true" : "");
    }
}

enum result calibration_records_put(struct calibration_records *records,
                                    const struct calibration_record *record) {
    for (uint32_t i = 0; i < records->count; i++) {
        struct calibration_record *old = &records->list[i];
        if (old->step != record->step || strcmp(old->subject, record->subject) != 0) continue;
        *old = *record;
        return RESULT_OK;
    }
    if (records->count == CALIBRATION_RECORDS_MAX) return RESULT_LIMIT;
    records->list[records->count++] = *record;
    return RESULT_OK;
}

const struct calibration_record *calibration_records_find(const struct calibration_records *records,
                                                          enum calibration_step step,
                                                          const char *subject) {
    for (uint32_t i = 0; i < records->count; i++) {
        const struct calibration_record *r = &records->list[i];
        if (r->step == step && (subject == NULL || strcmp(r->subject, subject) == 0)) return r;
    }
    return NULL;
}
