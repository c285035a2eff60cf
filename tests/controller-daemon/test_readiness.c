/* The daemon vouches for calibration and registration only by their files: with one missing, of
 * another rig, or aged, a start is refused with the thing to do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/calibrate/calibrate.h"
#include "controller/daemon/readiness.h"
#include "vision/calibration/small_files.h"

#define BOTH ((uint32_t)(GUARD_INPUT_CALIBRATED | GUARD_INPUT_REGISTERED))
#define DAY_S 86400

static char folder[] = "/tmp/smprig-ready.XXXXXX";
static char cameras[64], ring[64];
static struct daemon clinic; /* large queues: not on the stack */
static struct daemon_case opened;

static void write_files(void) {
    char *argv[] = {"simulated",
                    "--cameras",
                    "configs/cameras/stereo.yaml",
                    "--ring",
                    "configs/rings/crown12.yaml",
                    "--scan",
                    "configs/scans/colin27.ply",
                    "-o",
                    folder,
                    NULL};
    assert_int_equal(calibrate_simulated(9, argv), 0);
    snprintf(cameras, sizeof cameras, "%s/cameras.yaml", folder);
    snprintf(ring, sizeof ring, "%s/ring.yaml", folder);
}

static struct case_facts fit_client(void) {
    const int64_t now_s = time(NULL);
    struct case_facts facts = {.has_record = true,
                               .is_kept = true,
                               .has_identifiers = true,
                               .has_screening = true,
                               .has_consent = true,
                               .has_session = true,
                               .screening = {.signed_s = now_s, .signed_by = "operator"},
                               .session_opened_s = now_s,
                               .is_session_identified = true,
                               .is_cartridge_fresh = true};
    for (int i = 0; i < SCREENING_QUESTION_COUNT; i++) facts.screening.answers[i] = ANSWER_NO;
    return facts;
}

static void open_with(const char *frames, const char *calibration) {
    memset(&clinic, 0, sizeof clinic);
    snprintf(opened.load.scan_path, sizeof opened.load.scan_path, "configs/scans/colin27.ply");
    opened.facts = fit_client();
    clinic.opened = &opened;
    clinic.options.cameras_path = cameras;
    clinic.options.ring_path = ring;
    clinic.options.calibration_path = calibration;
    clinic.options.frames = frames;
    readiness_check(&clinic, time(NULL));
    clinic.session.inputs = readiness_inputs(&clinic) | GUARD_INPUT_JOURNAL_HEALTHY;
    clinic.session.uncalibrated_why = clinic.uncalibrated_why;
    clinic.session.uncleared_why = clinic.cleared.sentence;
    clinic.session.phase = SESSION_READY;
}

static enum result start(struct error *err) {
    return session_call(&clinic.session, SESSION_CALL_START, &clinic.outbox, 0, err);
}

static void a_whole_set_lets_the_session_start(void **state) {
    (void)state;
    struct error err = {0};
    write_files();
    open_with("shm:/tmp/frames", folder);
    assert_int_equal(readiness_inputs(&clinic) & BOTH, BOTH);
    assert_int_equal(start(&err), RESULT_OK);
}

static void what_is_missing_is_said(void **state) {
    (void)state;
    struct error err = {0};
    char needle[64];
    write_files();
    open_with("shm:/tmp/frames", NULL);
    assert_int_equal(readiness_inputs(&clinic) & BOTH, 0);
    assert_int_equal(start(&err), RESULT_REFUSED);
    snprintf(needle, sizeof needle, "%s/" NEEDLE_FILE, folder);
    unlink(needle);
    open_with("shm:/tmp/frames", folder);
    assert_int_equal(readiness_inputs(&clinic) & BOTH, GUARD_INPUT_REGISTERED);
    assert_int_equal(start(&err), RESULT_REFUSED);
    assert_non_null(strstr(err.text, "not calibrated: needle"));
}

static void simulated_records_count_for_nothing_on_a_real_rig(void **state) {
    (void)state;
    struct error err = {0};
    write_files();
    open_with("sequence:/tmp/frames", folder);
    assert_int_equal(readiness_inputs(&clinic) & BOTH, 0);
    assert_int_equal(start(&err), RESULT_REFUSED);
    assert_non_null(strstr(err.text, "simulated rig"));
}

static void records_age_until_the_rig_is_armed(void **state) {
    (void)state;
    write_files();
    open_with("shm:/tmp/frames", folder);
    readiness_age(&clinic, time(NULL) + DAY_S / 2);
    assert_int_equal(clinic.session.inputs & BOTH, BOTH);
    readiness_age(&clinic, time(NULL) + 2 * DAY_S);
    assert_int_equal(clinic.session.inputs & BOTH, 0);
    open_with("shm:/tmp/frames", folder);
    clinic.session.phase = SESSION_RUNNING;
    readiness_age(&clinic, time(NULL) + 2 * DAY_S);
    assert_int_equal(clinic.session.inputs & BOTH, BOTH);
}

static void a_case_that_is_not_cleared_does_not_start(void **state) {
    (void)state;
    struct error err = {0};
    write_files();
    open_with("shm:/tmp/frames", folder);
    assert_true(clinic.session.inputs & GUARD_INPUT_CASE_CLEARED);
    readiness_age(&clinic, time(NULL) + CASE_SESSION_S); /* the session was opened for that long */
    assert_false(clinic.session.inputs & GUARD_INPUT_CASE_CLEARED);
    opened.facts.screening.answers[SCREENING_SUNBURN] = ANSWER_YES;
    readiness_age(&clinic, time(NULL));
    assert_false(clinic.session.inputs & GUARD_INPUT_CASE_CLEARED);
    assert_int_equal(start(&err), RESULT_REFUSED);
    assert_non_null(strstr(err.text, "contraindicated: sunburn"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_set_lets_the_session_start),
        cmocka_unit_test(a_case_that_is_not_cleared_does_not_start),
        cmocka_unit_test(what_is_missing_is_said),
        cmocka_unit_test(simulated_records_count_for_nothing_on_a_real_rig),
        cmocka_unit_test(records_age_until_the_rig_is_armed),
    };
    if (mkdtemp(folder) == NULL) return 1;
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    const char *const names[] = {"cameras.yaml", "ring.yaml", NEEDLE_FILE, DEPTH_FILE,
                                 REGISTRATION_FILE};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[96];
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        unlink(path);
    }
    rmdir(folder);
    return failed;
}
