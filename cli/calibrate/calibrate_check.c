/* smprig calibrate check: how old and how good each calibration is, and whether the rig may be
 * armed. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "base/options.h"
#include "cli/calibrate/calibrate.h"
#include "vision/calibration/check.h"

#define PATH_SIZE 1024

static const char usage[] =
    "Usage: smprig calibrate check FOLDER [options]\n"
    "Say how old and how good each calibration in FOLDER is (cameras.yaml, ring.yaml,\n"
    "needle.yaml, depth.yaml, registration.yaml). Exit code 0: the rig may be armed.\n\n"
    "  --cameras FILE   instead of FOLDER/cameras.yaml\n"
    "  --ring FILE      instead of FOLDER/ring.yaml\n"
    "  --scan FILE      the registration must be of this scan\n"
    "  --rig FILE       the needle's record must be of this rig file\n"
    "  --simulated      records of the simulated rig count\n"
    "  --json           for programs\n";

static void print_table(const struct calibration_status *status) {
    printf("  %-9s %-10s %-9s %s\n", "step", "of", "verdict", "");
    for (uint32_t i = 0; i < status->count; i++) {
        const struct calibration_finding *f = &status->findings[i];
        printf("  %-9s %-10s %-9s %s\n", calibration_step_name(f->step), f->subject,
               calibration_verdict_name(f->verdict), f->sentence);
    }
    printf("\n%s, %s\n", status->is_calibrated ? "calibrated" : "NOT calibrated",
           status->is_registered ? "registered" : "NOT registered");
}

static void print_json(const struct calibration_status *status, int64_t now_s) {
    json_t *list = json_array();
    for (uint32_t i = 0; i < status->count; i++) {
        const struct calibration_finding *f = &status->findings[i];
        json_t *item = json_pack("{s:s, s:s, s:s, s:s}", "step", calibration_step_name(f->step),
                                 "subject", f->subject, "verdict",
                                 calibration_verdict_name(f->verdict), "text", f->sentence);
        if (f->has_record && item != NULL) {
            const struct calibration_limits *limit = calibration_limits_of(f->step);
            json_object_set_new(item, "age_h",
                                json_real((double)(now_s - f->record.made_s) / 3600.0));
            json_object_set_new(item, "age_max_h", json_real(limit->age_max_h));
            json_object_set_new(item, "residual", json_real(f->record.residual));
            json_object_set_new(item, "residual_max", json_real(limit->residual_max));
            json_object_set_new(item, "unit", json_string(calibration_step_unit(f->step)));
            json_object_set_new(item, "error_um", json_real(f->record.error_um));
            json_object_set_new(item, "error_max_um", json_real(limit->error_max_um));
            json_object_set_new(item, "samples", json_integer((json_int_t)f->record.samples));
        }
        json_array_append_new(list, item);
    }
    json_t *root = json_pack("{s:b, s:b, s:o}", "is_calibrated", (int)status->is_calibrated,
                             "is_registered", (int)status->is_registered, "findings", list);
    json_dumpf(root, stdout, JSON_INDENT(2));
    putchar('\n');
    json_decref(root);
}

int calibrate_check(int argc, char **argv) {
    struct calibration_files files = {0};
    struct calibration_status status;
    char cameras[PATH_SIZE], ring[PATH_SIZE];
    bool allows_simulated = false, is_json = false;
    const struct option_row rows[] = {
        {"FOLDER", .is_word = true, .text = &files.folder, .is_needed = true},
        {"cameras", .text = &files.cameras_path},
        {"ring", .text = &files.ring_path},
        {"scan", .text = &files.scan_path},
        {"rig", .text = &files.rig_path},
        {"simulated", .flag = &allows_simulated},
        {"json", .flag = &is_json},
    };
    const struct options options = {"smprig calibrate", usage, OPTION_ROWS(rows)};
    int code;
    if (!options_parse(&options, argc, argv, &code)) return code;
    if (strlen(files.folder) > PATH_SIZE - 32)
        return options_complain(&options, argv[0], "%s: the path is too long", files.folder);
    snprintf(cameras, sizeof cameras, "%s/cameras.yaml", files.folder);
    snprintf(ring, sizeof ring, "%s/ring.yaml", files.folder);
    if (files.cameras_path == NULL) files.cameras_path = cameras;
    if (files.ring_path == NULL) files.ring_path = ring;
    int64_t now_s = time(NULL);
    calibration_check(&files, now_s, allows_simulated, &status);
    if (is_json)
        print_json(&status, now_s);
    else
        print_table(&status);
    return status.is_calibrated && status.is_registered ? EX_OK : EX_UNAVAILABLE;
}
