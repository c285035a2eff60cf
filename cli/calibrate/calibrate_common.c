/* What all steps share: options, tables, records, failures as a sentence and an exit code. */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "base/options.h"
#include "base/text.h"
#include "cli/calibrate/calibrate.h"
#include "vision/calibration/check.h"

#define EXPECTED_BOARD "COLUMNSxROWS inner corners, 3 to 60 each"

int calibrate_fail(const char *step, const struct error *err) {
    fprintf(stderr, "smprig calibrate %s: %s\n", step, err->text);
    return result_exit_code(err->code);
}

/* "9x6": inner corners. */
static bool take_chessboard(const char *text, void *into) {
    struct chessboard *board = into;
    char columns[16] = "";
    const char *cross = strchr(text, 'x');
    int64_t c = 0, r = 0;
    if (cross == NULL || (size_t)(cross - text) >= sizeof columns) return false;
    memcpy(columns, text, (size_t)(cross - text));
    if (text_to_int64(columns, 3, 60, &c) != RESULT_OK ||
        text_to_int64(cross + 1, 3, 60, &r) != RESULT_OK || c * r > CHESSBOARD_CORNERS_MAX)
        return false;
    board->columns = (uint32_t)c;
    board->rows = (uint32_t)r;
    return true;
}

/* "out/left.yaml" gives "out/left.png". */
static bool name_picture(struct calibrate_options *o) {
    const char *slash = strrchr(o->output, '/'), *dot = strrchr(o->output, '.');
    size_t length = dot != NULL && (slash == NULL || dot > slash) ? (size_t)(dot - o->output)
                                                                  : strlen(o->output);
    int written = snprintf(o->picture, sizeof o->picture, "%.*s.png", (int)length, o->output);
    return written < (int)sizeof o->picture;
}

static bool take_picture(const char *text, void *into) {
    struct calibrate_options *o = into;
    return text_copy(o->picture, sizeof o->picture, text) == RESULT_OK;
}

static bool take_name(const char *text, void *into) {
    const char **name = into;
    if (strlen(text) >= CAMERA_NAME_MAX) return false;
    *name = text;
    return true;
}

/* Whether the name is among the words. */
static bool is_among(const char *words, const char *name) {
    size_t length = strlen(name);
    for (const char *at = words; *at; at += strcspn(at, " "), at += strspn(at, " "))
        if (strcspn(at, " ") == length && strncmp(at, name, length) == 0) return true;
    return false;
}

static bool take_options(int argc, char **argv, const char *usage, const char *needed,
                         struct calibrate_options *o, int *ret_exit) {
    struct option_list cameras = {o->cameras, CALIBRATE_INPUTS_MAX, 0};
    struct option_row rows[] = {
        {"images", .text = &o->images},
        {"board", .text = &o->board},
        {"ring", .text = &o->ring},
        {"poses", .text = &o->poses},
        {"scan", .text = &o->scan},
        {"touches", .text = &o->touches},
        {"cameras", 'c', .list = &cameras},
        {"output", 'o', .text = &o->output},
        {"name", .take = take_name, .into = &o->name, .expected = "a name of at most 31 letters"},
        {"picture", .take = take_picture, .into = o, .expected = "a shorter path"},
        {"chessboard", .take = take_chessboard, .into = &o->chessboard, .expected = EXPECTED_BOARD},
        {"square-mm", .number = &o->chessboard.square_mm, .low = 0.1, .high = 500},
        {"sigma-um", .number = &o->sigma_um, .low = 0.1, .high = 1e4},
        {"sigma-urad", .number = &o->sigma_urad, .low = 0.1, .high = 1e5},
        {"k3", .flag = &o->has_k3},
        {"simulated", .flag = &o->is_simulated},
    };
    const struct options options = {"smprig calibrate", usage, OPTION_ROWS(rows)};
    for (size_t i = 0; i < options.row_count; i++)
        rows[i].is_needed = is_among(needed, rows[i].name);
    if (!options_parse(&options, argc, argv, ret_exit)) return false;
    o->cameras_count = cameras.count;
    if (o->picture[0] || name_picture(o)) return true;
    *ret_exit = options_complain(&options, argv[0], "%s: the path is too long", o->output);
    return false;
}

int calibrate_run(int argc, char **argv, const char *usage, const char *needed,
                  enum result (*run)(const struct calibrate_options *options, struct error *err)) {
    struct calibrate_options o = {.sigma_um = 10, .sigma_urad = 50};
    struct error err = {0};
    int code;
    if (!take_options(argc, argv, usage, needed, &o, &code)) return code;
    return run(&o, &err) == RESULT_OK ? EX_OK : calibrate_fail(argv[0], &err);
}

struct calibration_record calibrate_record(const struct calibrate_options *options,
                                           enum calibration_step step, const char *subject) {
    struct calibration_record record = {
        .step = step, .made_s = time(NULL), .is_simulated = options->is_simulated};
    snprintf(record.subject, sizeof record.subject, "%s", subject);
    return record;
}

struct calibration_record calibrate_image_record(const struct calibrate_options *options,
                                                 enum calibration_step step, const char *subject,
                                                 const struct image_calibration *calibration) {
    struct calibration_record record = calibrate_record(options, step, subject);
    record.samples = calibration->views_used;
    record.residual =
        step == CALIBRATION_RIG ? calibration->residual_um : calibration->outcome.rms_px;
    record.error_um = calibration->error_um;
    return record;
}

void calibrate_print_views(const struct image_calibration *c) {
    printf("  view  tags  tilt/deg  residual/px\n");
    for (uint32_t v = 0; v < c->bundle.view_count; v++) {
        uint32_t looks;
        double rms = image_calibration_view_rms(c, v, &looks);
        if (looks == 0)
            printf("  %4u     -         -  not found\n", v + 1);
        else
            printf("  %4u  %4u  %8.1f  %11.4f\n", v + 1, looks,
                   image_calibration_view_tilt(c, v, 0) * DEG_PER_RAD, rms);
    }
    printf("  all   %4zu            %11.4f\n", c->bundle.look_count, c->outcome.rms_px);
}

void calibrate_print_verdict(const struct calibrate_options *options,
                             const struct calibration_record *record) {
    const struct calibration_limits *limit = calibration_limits_of(record->step);
    const char *unit = calibration_step_unit(record->step);
    enum calibration_verdict verdict = calibration_judge(record, record->made_s, true);
    printf("\n  residual %.4g %s (at most %.3g), leaves %.3g um at the skin (at most %.3g): %s\n",
           record->residual, unit, limit->residual_max, record->error_um, limit->error_max_um,
           calibration_verdict_name(verdict));
    printf("  %s\n  %s\n", options->output, options->picture);
}

enum result calibrate_read_cameras(const struct calibrate_options *options,
                                   struct camera_set *ret_set,
                                   struct calibration_records *ret_records, struct error *err) {
    struct camera_set set = {0};
    struct calibration_records records = {0};
    for (size_t i = 0; i < options->cameras_count; i++) {
        struct camera_set part;
        struct calibration_records part_records;
        enum result result = camera_set_read(options->cameras[i], &part, err);
        if (result == RESULT_OK)
            result = calibration_records_read(options->cameras[i], &part_records, err);
        if (result != RESULT_OK) return result;
        for (uint32_t k = 0; k < part.count; k++) {
            if (set.count == CAMERA_COUNT_MAX)
                return error_set(err, RESULT_LIMIT, "more than %d cameras", CAMERA_COUNT_MAX);
            set.cameras[set.count++] = part.cameras[k];
        }
        for (uint32_t k = 0; k < part_records.count; k++)
            if (calibration_records_put(&records, &part_records.list[k]) != RESULT_OK)
                return error_set(err, RESULT_LIMIT, "%s: too many records", options->cameras[i]);
    }
    *ret_set = set;
    *ret_records = records;
    return RESULT_OK;
}
