#include "controller/daemon/readiness.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "vision/camera_name.h"

static bool is_simulated_rig(const struct daemon *daemon) {
    return camera_name_is_simulated(daemon->options.frames);
}

static void say_why(struct daemon *daemon) {
    const struct calibration_finding *wrong = calibration_first_wrong(&daemon->calibration, false);
    if (wrong == NULL) wrong = calibration_first_wrong(&daemon->calibration, true);
    daemon->uncalibrated_why[0] = '\0';
    if (wrong != NULL)
        snprintf(daemon->uncalibrated_why, sizeof daemon->uncalibrated_why,
                 "not %s: %s%s%s: %.120s",
                 wrong->step == CALIBRATION_REGISTER ? "registered" : "calibrated",
                 calibration_step_name(wrong->step), wrong->subject[0] ? " " : "", wrong->subject,
                 wrong->sentence);
}

/* The case's own word: screened, fit, rested, with a fresh needle. */
static void judge(struct daemon *daemon, int64_t now_s) {
    const enum case_reason before = daemon->cleared.reason;
    daemon->cleared = case_readiness(&daemon->opened->facts, now_s);
    if (daemon->cleared.reason != CASE_CLEARED && daemon->cleared.reason != before)
        log_warning("smprigd", "the case may not be armed: %s", daemon->cleared.sentence);
}

void readiness_check(struct daemon *daemon, int64_t now_s) {
    const struct daemon_options *options = &daemon->options;
    const struct calibration_files files = {
        options->cameras_path, options->ring_path, options->calibration_path,
        daemon->opened->load.scan_path, daemon->opened->load.rig_path};
    calibration_check(&files, now_s, is_simulated_rig(daemon), &daemon->calibration);
    for (uint32_t i = 0; i < daemon->calibration.count; i++) {
        const struct calibration_finding *f = &daemon->calibration.findings[i];
        if (f->verdict != CALIBRATION_GOOD)
            log_warning("calibration", "%s %s: %s", calibration_step_name(f->step), f->subject,
                        f->sentence);
    }
    say_why(daemon);
    judge(daemon, now_s);
}

double readiness_surface_zero_mm(const struct daemon *daemon) {
    return daemon->calibration.is_calibrated ? 1e-3 * daemon->calibration.surface_zero_um : 0;
}

uint32_t readiness_inputs(const struct daemon *daemon) {
    return (daemon->calibration.is_calibrated ? (uint32_t)GUARD_INPUT_CALIBRATED : 0u) |
           (daemon->calibration.is_registered ? (uint32_t)GUARD_INPUT_REGISTERED : 0u) |
           (daemon->cleared.reason == CASE_CLEARED ? (uint32_t)GUARD_INPUT_CASE_CLEARED : 0u);
}

void readiness_judge_case(struct daemon *daemon, int64_t now_s) {
    judge(daemon, now_s);
    if (daemon->session.phase > SESSION_READY) return;
    daemon_set_input(daemon, GUARD_INPUT_CASE_CLEARED, daemon->cleared.reason == CASE_CLEARED);
}

void readiness_age(struct daemon *daemon, int64_t now_s) {
    if (daemon->session.phase > SESSION_READY) return;
    calibration_age(&daemon->calibration, now_s, is_simulated_rig(daemon));
    say_why(daemon);
    readiness_judge_case(daemon, now_s);
    daemon_set_input(daemon, GUARD_INPUT_CALIBRATED, daemon->calibration.is_calibrated);
    daemon_set_input(daemon, GUARD_INPUT_REGISTERED, daemon->calibration.is_registered);
}
