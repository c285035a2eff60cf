/* The records of calibration files, and the check that the daemon's arming rests on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>
#include <unistd.h>

#include "tests/bad_files.h"
#include "vision/calibration/check.h"
#include "vision/camera_file.h"
#include "vision/ring_file.h"

#define NOW_S 1800000000
#define HOUR_S 3600

static char folder[] = "/tmp/smprig-check.XXXXXX";

static struct calibration_record good(enum calibration_step step, const char *subject) {
    const struct calibration_limits *limit = calibration_limits_of(step);
    struct calibration_record r = {.step = step,
                                   .made_s = NOW_S - HOUR_S,
                                   .samples = limit->samples_min,
                                   .residual = limit->residual_max / 2,
                                   .error_um = limit->error_max_um / 2};
    snprintf(r.subject, sizeof r.subject, "%s", subject);
    return r;
}

static void judges_each_limit(void **state) {
    (void)state;
    for (int step = 0; step < CALIBRATION_STEP_COUNT; step++) {
        const struct calibration_limits *limit = calibration_limits_of((enum calibration_step)step);
        const struct calibration_record fine = good((enum calibration_step)step, "");
        int64_t oldest_s = (int64_t)(limit->age_max_h * HOUR_S);
        struct calibration_record r = fine;
        assert_int_equal(calibration_judge(&r, NOW_S, false), CALIBRATION_GOOD);
        r.made_s = NOW_S - oldest_s;
        assert_int_equal(calibration_judge(&r, NOW_S, false), CALIBRATION_GOOD);
        r.made_s = NOW_S - oldest_s - 1;
        assert_int_equal(calibration_judge(&r, NOW_S, false), CALIBRATION_STALE);
        r.made_s = NOW_S + HOUR_S;
        assert_int_equal(calibration_judge(&r, NOW_S, false), CALIBRATION_BAD);
        r = fine;
        r.residual = limit->residual_max * 1.001;
        assert_int_equal(calibration_judge(&r, NOW_S, false), CALIBRATION_BAD);
        r.residual = (double)NAN;
        assert_int_equal(calibration_judge(&r, NOW_S, false), CALIBRATION_BAD);
        r = fine;
        r.error_um = limit->error_max_um * 1.001;
        assert_int_equal(calibration_judge(&r, NOW_S, false), CALIBRATION_BAD);
        r = fine;
        r.samples = limit->samples_min - 1;
        assert_int_equal(calibration_judge(&r, NOW_S, false), CALIBRATION_BAD);
        r = fine;
        r.is_simulated = true;
        assert_int_equal(calibration_judge(&r, NOW_S, false), CALIBRATION_PRETENCE);
        assert_int_equal(calibration_judge(&r, NOW_S, true), CALIBRATION_GOOD);
    }
}

static char *in_folder(const char *name) {
    static char path[4][128];
    static int turn;
    turn = (turn + 1) % 4;
    snprintf(path[turn], sizeof path[turn], "%s/%s", folder, name);
    return path[turn];
}

/* A whole set of files, good in all points. */
static void write_set(void) {
    struct error err = {0};
    struct camera_set cameras;
    struct tag_ring ring;
    struct calibration_records records = {0}, ring_records = {{good(CALIBRATION_RING, "")}, 1};
    struct needle_file needle = {.records = {{good(CALIBRATION_NEEDLE, "")}, 1}};
    struct depth_file depth = {.records = {{good(CALIBRATION_DEPTH, "")}, 1}, .surface_zero_um = 7};
    struct registration_file registration = {.records = {{good(CALIBRATION_REGISTER, "")}, 1},
                                             .T_head_ring = pose_identity()};
    registration.T_head_ring.t = vec3_make(1, 2, 3);
    assert_int_equal(camera_set_read("configs/cameras/stereo.yaml", &cameras, &err), RESULT_OK);
    assert_int_equal(tag_ring_read("configs/rings/crown12.yaml", &ring, &err), RESULT_OK);
    records.list[records.count++] = good(CALIBRATION_CAMERA, "left");
    records.list[records.count++] = good(CALIBRATION_CAMERA, "right");
    records.list[records.count++] = good(CALIBRATION_STEREO, "");
    records.list[records.count++] = good(CALIBRATION_RIG, "");
    assert_int_equal(camera_set_write(&cameras, &records, in_folder("cameras.yaml"), &err), 0);
    assert_int_equal(tag_ring_write(&ring, &ring_records, in_folder("ring.yaml"), &err), 0);
    assert_int_equal(file_sha256(in_folder("ring.yaml"), registration.ring_sha256, &err), 0);
    assert_int_equal(file_sha256("configs/scans/colin27.ply", registration.scan_sha256, &err), 0);
    assert_int_equal(needle_file_write(&needle, in_folder(NEEDLE_FILE), &err), RESULT_OK);
    assert_int_equal(depth_file_write(&depth, in_folder(DEPTH_FILE), &err), RESULT_OK);
    assert_int_equal(registration_file_write(&registration, in_folder(REGISTRATION_FILE), &err), 0);
}

static struct calibration_status check(int64_t now_s, const char *scan) {
    struct calibration_status status;
    const struct calibration_files files = {in_folder("cameras.yaml"), in_folder("ring.yaml"),
                                            folder, scan, "configs/rigs/gantry.yaml"};
    calibration_check(&files, now_s, false, &status);
    return status;
}

static void a_whole_set_is_good(void **state) {
    (void)state;
    write_set();
    struct calibration_status status = check(NOW_S, "configs/scans/colin27.ply");
    assert_true(status.is_calibrated);
    assert_true(status.is_registered);
    assert_int_equal(status.count, 2 + CALIBRATION_STEP_COUNT - 1);
    assert_true(fabs(status.registration.T_head_ring.t.z - 3) < 1e-12);
    assert_true(fabs(status.surface_zero_um - 7) < 1e-12);
    calibration_age(&status, NOW_S + 24 * HOUR_S, false);
    assert_false(status.is_calibrated); /* needle and depth last a day */
    assert_false(status.is_registered);
    assert_string_equal(calibration_first_wrong(&status, false)->sentence,
                        "25.0 h old, at most 24.0 h: run `smprig calibrate needle` again");
    assert_string_equal(calibration_first_wrong(&status, true)->sentence,
                        "25.0 h old, at most 24.0 h: run `smprig register` again");
}

static void each_missing_file_denies(void **state) {
    (void)state;
    const char *const names[] = {"cameras.yaml", "ring.yaml", NEEDLE_FILE, DEPTH_FILE,
                                 REGISTRATION_FILE};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        write_set();
        unlink(in_folder(names[i]));
        struct calibration_status status = check(NOW_S, NULL);
        assert_false(status.is_calibrated && status.is_registered);
    }
    write_set();
    const struct calibration_files none = {0};
    struct calibration_status status;
    calibration_check(&none, NOW_S, true, &status);
    assert_false(status.is_calibrated);
    assert_false(status.is_registered);
}

/* A needle's length stands in the rig file: its record is of that very file. */
static void a_needle_of_another_rig_file_denies(void **state) {
    (void)state;
    struct error err = {0};
    struct needle_file needle = {.records = {{good(CALIBRATION_NEEDLE, "")}, 1}}, read = {0};
    write_set();
    assert_int_equal(file_sha256("configs/rigs/gantry.yaml", needle.rig_sha256, &err), RESULT_OK);
    assert_int_equal(needle_file_write(&needle, in_folder(NEEDLE_FILE), &err), RESULT_OK);
    assert_int_equal(needle_file_read(in_folder(NEEDLE_FILE), &read, &err), RESULT_OK);
    assert_string_equal(read.rig_sha256, needle.rig_sha256);
    assert_true(check(NOW_S, NULL).is_calibrated);
    needle.rig_sha256[0] = needle.rig_sha256[0] == '0' ? '1' : '0';
    assert_int_equal(needle_file_write(&needle, in_folder(NEEDLE_FILE), &err), RESULT_OK);
    struct calibration_status status = check(NOW_S, NULL);
    assert_false(status.is_calibrated);
    assert_non_null(strstr(calibration_first_wrong(&status, false)->sentence, "rig file has"));
}

static void files_without_records_deny(void **state) {
    (void)state;
    struct error err = {0};
    write_set();
    struct calibration_status status;
    struct calibration_files files = {"configs/cameras/stereo.yaml", in_folder("ring.yaml"), folder,
                                      NULL, NULL};
    calibration_check(&files, NOW_S, true, &status);
    assert_false(status.is_calibrated);
    assert_string_equal(calibration_first_wrong(&status, false)->sentence,
                        "no record: run `smprig calibrate camera`");
    struct registration_file registration;
    assert_int_equal(registration_file_read(in_folder(REGISTRATION_FILE), &registration, &err), 0);
    registration.scan_sha256[0] = registration.scan_sha256[0] == '0' ? '1' : '0';
    assert_int_equal(registration_file_write(&registration, in_folder(REGISTRATION_FILE), &err), 0);
    status = check(NOW_S, "configs/scans/colin27.ply");
    assert_true(status.is_calibrated);
    assert_false(status.is_registered);
    assert_false(status.has_registration);
}

static enum result read_records(const char *path, struct error *err) {
    struct calibration_records records;
    return calibration_records_read(path, &records, err);
}

static void bad_records_give_their_errors(void **state) {
    (void)state;
    check_folder("configs/bad/calibrations", read_records);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(judges_each_limit),
        cmocka_unit_test(a_whole_set_is_good),
        cmocka_unit_test(each_missing_file_denies),
        cmocka_unit_test(a_needle_of_another_rig_file_denies),
        cmocka_unit_test(files_without_records_deny),
        cmocka_unit_test(bad_records_give_their_errors),
    };
    if (mkdtemp(folder) == NULL) return 1;
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    const char *const names[] = {"cameras.yaml", "ring.yaml", NEEDLE_FILE, DEPTH_FILE,
                                 REGISTRATION_FILE};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) unlink(in_folder(names[i]));
    rmdir(folder);
    return failed;
}
