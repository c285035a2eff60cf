#include "controller/daemon/in_force.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "version.h"

static void note(struct daemon *daemon, const char *format, ...) PRINTF_LIKE(2, 3);

static void note(struct daemon *daemon, const char *format, ...) {
    struct session_news news = {.kind = SESSION_NEWS_NOTE,
                                .as.note = {JOURNAL_EVENT, daemon->now_ns}};
    va_list args;
    va_start(args, format);
    vsnprintf(news.text, sizeof news.text, format, args);
    va_end(args);
    daemon_hear(daemon, news);
}

static void note_file(struct daemon *daemon, const char *path) {
    char sha256[SHA256_HEX_SIZE];
    struct error err = {0};
    const char *name = strrchr(path, '/');
    if (file_sha256(path, sha256, &err) == RESULT_OK)
        note(daemon, IN_FORCE_WORD "%.60s SHA-256 %s", name ? name + 1 : path, sha256);
}

static void note_calibration(struct daemon *daemon, const struct calibration_finding *finding) {
    const struct calibration_record *r = &finding->record;
    char made[24];
    struct tm parts;
    time_t made_s = (time_t)r->made_s;
    if (!finding->has_record) return;
    strftime(made, sizeof made, "%Y-%m-%dT%H:%MZ", gmtime_r(&made_s, &parts));
    note(daemon,
         IN_FORCE_WORD
         "calibration %s%s%s, made %s, residual %.3f %s, expected error %.1f um, %u samples%s",
         calibration_step_name(r->step), r->subject[0] ? " " : "", r->subject, made, r->residual,
         calibration_step_unit(r->step), r->error_um, r->samples,
         r->is_simulated ? ", of the simulated rig" : "");
}

void in_force_note(struct daemon *daemon) {
    static const char *const names[] = {NEEDLE_FILE, DEPTH_FILE, REGISTRATION_FILE};
    const struct daemon_options *options = &daemon->options;
    note(daemon, IN_FORCE_WORD "smprigd " SMPRIG_VERSION " (" SMPRIG_REVISION ")");
    note_file(daemon, options->rig_path);
    note_file(daemon, options->cameras_path);
    note_file(daemon, options->ring_path);
    for (size_t i = 0; options->calibration_path && i < sizeof names / sizeof *names; i++) {
        char path[GUARD_PATH_MAX];
        snprintf(path, sizeof path, "%s/%s", options->calibration_path, names[i]);
        note_file(daemon, path);
    }
    for (uint32_t i = 0; i < daemon->calibration.count; i++)
        note_calibration(daemon, &daemon->calibration.findings[i]);
}

void alarms_note_new(struct daemon *daemon) {
    for (size_t i = 0; i < daemon->alarms.count; i++) {
        const struct alarm *alarm = &daemon->alarms.list[i];
        if (alarm->number <= daemon->noted_alarm) continue;
        daemon->noted_alarm = alarm->number;
        note(daemon, ALARM_WORD "%u %s: %s", alarm->number, alarm_priority_name(alarm->priority),
             alarm->happened);
    }
}

void alarms_note_acknowledged(struct daemon *daemon, uint32_t number, const char *who) {
    for (size_t i = 0; i < daemon->alarms.count; i++) {
        const struct alarm *alarm = &daemon->alarms.list[i];
        if (alarm->acknowledged_by[0] || (number && alarm->number != number)) continue;
        note(daemon, ALARM_WORD "%u acknowledged by %s", alarm->number, who);
    }
}
