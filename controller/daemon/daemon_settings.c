#include "controller/daemon/daemon_settings.h"

#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"
#include "motion/rig.h"
#include "vision/camera_file.h"
#include "vision/camera_open.h"
#include "vision/ring_file.h"

static enum result take_options(const struct settings *settings, struct daemon_options *options,
                                struct error *err) {
    unsigned console_uid = (unsigned)-1;
    const struct {
        const char *key, *value;
    } needed[] = {{"rig", settings->rig},
                  {"cameras", settings->cameras},
                  {"ring", settings->ring},
                  {"frames", settings->frames}};
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
        if (!needed[i].value[0])
            return error_set(err, RESULT_INVALID,
                             "%s is missing; give it in the settings or as --%s", needed[i].key,
                             needed[i].key);
    enum result result = RESULT_OK;
    if (settings->console_user[0])
        result = settings_user("console_user", settings->console_user, &console_uid, err);
    if (result != RESULT_OK) return result;
    options->rig_path = settings->rig;
    options->cameras_path = settings->cameras;
    options->ring_path = settings->ring;
    options->frames = settings->frames;
    options->guard_path = settings->guard_socket;
    options->api_path = settings->api_socket;
    options->cases_path = settings_text(settings->cases);
    options->recordings_path = settings_text(settings->recordings);
    options->calibration_path = settings_text(settings->calibration);
    options->prompts.dots_per_load = (uint32_t)settings->dots_per_load;
    options->console_uid = (uid_t)console_uid;
    return RESULT_OK;
}

enum result daemon_options_of(const struct settings *settings, struct daemon_options *options,
                              struct error *err) {
    struct camera_name name;
    enum result result = take_options(settings, options, err);
    return result == RESULT_OK ? camera_name_parse(settings->frames, &name, err) : result;
}

/* Read for every case that is opened, or at any time. All else is bound when the daemon starts:
 * the rig with the guard, sockets with their clients. */
static const char *const reloadable[] = {"cameras",    "ring",   "calibration",   "cases",
                                         "recordings", "frames", "dots_per_load", "log_level"};

static bool is_reloadable(const char *key) {
    for (size_t i = 0; i < sizeof reloadable / sizeof *reloadable; i++)
        if (strcmp(key, reloadable[i]) == 0) return true;
    return false;
}

/* Keys that smprigd does not read are the other programs' business. */
static bool is_ours(const char *key) {
    static const char *const ours[] = {"rig", "guard_socket", "api_socket", "console_user"};
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
        if (strcmp(key, ours[i]) == 0) return true;
    return is_reloadable(key);
}

static void tell(struct text_builder *list, const char *key) {
    text_append(list, "%s%s", list->length ? ", " : "", key);
}

/* Take over one layer's values; `live` is what the daemon's options point into. */
static void take_over(struct settings *live, const struct settings *fresh, char *ret_sentence,
                      size_t size) {
    char taken_text[256], waiting_text[256];
    struct text_builder taken, waiting;
    text_builder_init(&taken, taken_text, sizeof taken_text);
    text_builder_init(&waiting, waiting_text, sizeof waiting_text);
    for (size_t i = 0; i < settings_schema.field_count; i++) {
        const struct config_field *field = &settings_schema.fields[i];
        if (!is_ours(field->key) || config_field_equal(field, live, fresh)) continue;
        if (is_reloadable(field->key))
            memcpy((char *)live + field->offset, (const char *)fresh + field->offset, field->size);
        tell(is_reloadable(field->key) ? &taken : &waiting, field->key);
    }
    snprintf(ret_sentence, size, "settings read again; changed: %s%s%s%s",
             taken.length ? taken_text : "nothing", waiting.length ? "; needs a restart: " : "",
             waiting_text, taken.length ? "; the next case that is loaded uses them" : "");
}

enum result daemon_reload(struct daemon *daemon, char *ret_sentence, size_t size,
                          struct error *err) {
    struct settings fresh;
    static struct config_origins origins; /* large: not on the stack */
    if (daemon->opening)
        return error_set(err, RESULT_REFUSED, "settings not read: a case is being opened");
    if (!daemon_may_change_case(daemon))
        return error_set(err, RESULT_REFUSED,
                         "settings not read: the session is %s; abort it or let it end first",
                         session_phase_name(daemon->session.phase));
    enum result result = settings_read(daemon->options.given, &fresh, &origins, err);
    struct daemon_options options = daemon->options;
    if (result == RESULT_OK) result = daemon_options_of(&fresh, &options, err);
    if (result != RESULT_OK) return result;
    struct settings *live = daemon->options.settings;
    take_over(live, &fresh, ret_sentence, size);
    settings_apply_log_level(live);
    daemon->options.cases_path = settings_text(live->cases);
    daemon->options.recordings_path = settings_text(live->recordings);
    daemon->options.calibration_path = settings_text(live->calibration);
    daemon->options.prompts.dots_per_load = (uint32_t)live->dots_per_load;
    return RESULT_OK;
}

static enum result readable(const char *path, int mode, struct error *err) {
    if (access(path, mode) == 0) return RESULT_OK;
    return error_set(err, RESULT_NOT_FOUND, "%s: %s", path, strerror(errno));
}

/* Ages and qualities change from day to day, and a rig that is not calibrated can be served: told,
 * not counted. */
static void tell_calibration(const struct settings *settings) {
    static struct calibration_status status;
    const struct calibration_files files = {settings->cameras, settings->ring,
                                            settings_text(settings->calibration), NULL,
                                            settings_text(settings->rig)};
    calibration_check(&files, time(NULL), camera_name_is_simulated(settings->frames), &status);
    for (uint32_t i = 0; i < status.count; i++)
        if (status.findings[i].verdict != CALIBRATION_GOOD)
            fprintf(stderr, "note   calibration: %s: %s\n",
                    calibration_step_name(status.findings[i].step), status.findings[i].sentence);
}

int daemon_check_settings(const struct settings *settings, const struct config_origins *origins) {
    struct settings_check check = {.origins = origins};
    struct daemon_options options = {0};
    struct error err = {0};
    static struct rig rig;
    static struct camera_set cameras;
    static struct tag_ring ring;
    enum result result = take_options(settings, &options, &err);
    settings_check_note(&check, "users and needed keys", "all there", result, &err);
    if (settings->rig[0])
        settings_check_note(&check, "rig", settings->rig, rig_read(settings->rig, &rig, &err),
                            &err);
    bool has_cameras = false;
    if (settings->cameras[0]) {
        result = camera_set_read(settings->cameras, &cameras, &err);
        has_cameras = result == RESULT_OK;
        settings_check_note(&check, "cameras", settings->cameras, result, &err);
    }
    if (settings->ring[0])
        settings_check_note(&check, "ring", settings->ring,
                            tag_ring_read(settings->ring, &ring, &err), &err);
    if (settings->frames[0])
        settings_check_note(
            &check, "frames", settings->frames,
            camera_open_check(settings->frames, has_cameras ? &cameras : NULL, &err), &err);
    settings_check_note(&check, "cases", settings->cases,
                        settings->cases[0] ? readable(settings->cases, R_OK | X_OK, &err)
                                           : error_set(&err, RESULT_INVALID, "no folder is given"),
                        &err);
    if (settings->cameras[0] && settings->ring[0]) tell_calibration(settings);
    return settings_check_end(&check);
}
