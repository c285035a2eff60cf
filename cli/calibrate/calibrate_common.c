/* What all steps share: options, tables, records, failures as a sentence and an exit code. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "base/text.h"
#include "cli/calibrate/calibrate.h"
#include "vision/calibration/check.h"

int calibrate_fail(const char *step, const struct error *err) {
    fprintf(stderr, "smprig calibrate %s: %s\n", step, err->text);
    return result_exit_code(err->code);
}

static const struct option longs[] = {{"images", required_argument, NULL, 'i'},
                                      {"board", required_argument, NULL, 'b'},
                                      {"ring", required_argument, NULL, 'r'},
                                      {"poses", required_argument, NULL, 'p'},
                                      {"scan", required_argument, NULL, 's'},
                                      {"touches", required_argument, NULL, 't'},
                                      {"cameras", required_argument, NULL, 'c'},
                                      {"output", required_argument, NULL, 'o'},
                                      {"name", required_argument, NULL, 'n'},
                                      {"picture", required_argument, NULL, 'P'},
                                      {"chessboard", required_argument, NULL, 'C'},
                                      {"square-mm", required_argument, NULL, 'q'},
                                      {"sigma-um", required_argument, NULL, 'u'},
                                      {"sigma-urad", required_argument, NULL, 'U'},
                                      {"k3", no_argument, NULL, 'k'},
                                      {"simulated", no_argument, NULL, 'S'},
                                      {"help", no_argument, NULL, 'h'},
                                      {NULL, 0, NULL, 0}};

static bool parse_number(const char *text, double low, double high, double *value) {
    return text_to_double(text, value) == RESULT_OK && *value >= low && *value <= high;
}

/* "9x6": inner corners. */
static bool parse_chessboard(const char *text, struct chessboard *board) {
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

static bool take_option(int c, const char *value, struct calibrate_options *o) {
    switch (c) {
        case 'i':
            o->images = value;
            return true;
        case 'b':
            o->board = value;
            return true;
        case 'r':
            o->ring = value;
            return true;
        case 'p':
            o->poses = value;
            return true;
        case 's':
            o->scan = value;
            return true;
        case 't':
            o->touches = value;
            return true;
        case 'c':
            if (o->cameras_count == CALIBRATE_INPUTS_MAX) return false;
            o->cameras[o->cameras_count++] = value;
            return true;
        case 'o':
            o->output = value;
            return true;
        case 'n':
            o->name = value;
            return strlen(value) < CAMERA_NAME_MAX;
        case 'P':
            return text_copy(o->picture, sizeof o->picture, value) == RESULT_OK;
        case 'C':
            return parse_chessboard(value, &o->chessboard);
        case 'q':
            return parse_number(value, 0.1, 500, &o->chessboard.square_mm);
        case 'u':
            return parse_number(value, 0.1, 10000, &o->sigma_um);
        case 'U':
            return parse_number(value, 0.1, 100000, &o->sigma_urad);
        case 'k':
            o->has_k3 = true;
            return true;
        case 'S':
            o->is_simulated = true;
            return true;
        default:
            return false;
    }
}

/* "out/left.yaml" gives "out/left.png". */
static void name_picture(struct calibrate_options *o) {
    const char *slash = strrchr(o->output, '/'), *dot = strrchr(o->output, '.');
    size_t length = dot != NULL && (slash == NULL || dot > slash) ? (size_t)(dot - o->output)
                                                                  : strlen(o->output);
    snprintf(o->picture, sizeof o->picture, "%.*s.png", (int)length, o->output);
}

bool calibrate_parse(int argc, char **argv, const char *usage,
                     struct calibrate_options *ret_options, int *ret_exit) {
    struct calibrate_options o = {.sigma_um = 10, .sigma_urad = 50};
    bool is_good = true;
    optind = 1;
    for (int c; (c = getopt_long(argc, argv, "c:o:h", longs, NULL)) != -1;) {
        if (c == 'h') {
            fputs(usage, stdout);
            *ret_exit = EX_OK;
            return false;
        }
        is_good = is_good && take_option(c, optarg, &o);
    }
    if (!is_good || optind != argc) {
        fputs(usage, stderr);
        *ret_exit = EX_USAGE;
        return false;
    }
    if (o.output != NULL && o.picture[0] == '\0') name_picture(&o);
    *ret_options = o;
    return true;
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
    for (uint32_t i = 0; i < options->cameras_count; i++) {
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
