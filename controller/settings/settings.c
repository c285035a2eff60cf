#include "controller/settings/settings.h"

#include <assert.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/give_way.h"
#include "base/log.h"
#include "base/text.h"

static const char *const log_levels[] = {"error", "warning", "info", "debug", NULL};
#define LOG_LEVEL_INFO_INDEX 2

#define SETTING(kind, member, ...)                 \
    CONFIG_OPTIONAL(struct settings, kind, member, \
                    .is_set_offset = offsetof(struct settings, has.member), __VA_ARGS__)

static const struct config_field fields[] = {
    SETTING(CONFIG_STRING, rig, .help = "the rig's file"),
    SETTING(CONFIG_STRING, cameras, .help = "the calibrated cameras"),
    SETTING(CONFIG_STRING, ring, .help = "the calibrated tag ring"),
    SETTING(CONFIG_STRING, calibration, .help = "folder of needle, depth and registration"),
    SETTING(CONFIG_STRING, cases, .help = "folder of cases"),
    SETTING(CONFIG_STRING, recordings, .help = "folder of recordings, for smprig record"),
    SETTING(CONFIG_STRING, frames, .help = "shm:, sequence:, v4l2: or genicam: cameras"),
    SETTING(CONFIG_INTEGER, dots_per_load, .min = 0, .max = 200000,
            .help = "ask for pigment after so many dots"),
    SETTING(CONFIG_WORD, log_level, .words = log_levels, .default_number = LOG_LEVEL_INFO_INDEX,
            .help = "error, warning, info or debug"),
    SETTING(CONFIG_INTEGER, guard_priority, .min = 0, .max = REAL_TIME_PRIORITY_MAX,
            .default_number = 50, .help = "real time, 0: ordinary; a unit's own stays"),
    SETTING(CONFIG_INTEGER, daemon_priority, .min = 0, .max = REAL_TIME_PRIORITY_MAX,
            .default_number = 2, .help = "the same of smprigd; below the guard's"),
    SETTING(CONFIG_STRING, board_port, .default_string = "/dev/smprig-rig",
            .help = "the motor board"),
    SETTING(CONFIG_INTEGER, board_baud, .min = 1200, .max = 4000000, .default_number = 115200,
            .help = "of a serial port"),
    SETTING(CONFIG_STRING, switches, .help = "gpio:CHIP:NAME=LINE,... or sim:FILE"),
    SETTING(CONFIG_STRING, wire_log, .help = "keeps every byte of the wire"),
    SETTING(CONFIG_STRING, guard_socket, .default_string = "/run/smprig-guard/guard.sock",
            .help = "between guard and daemon"),
    SETTING(CONFIG_STRING, daemon_user, .help = "whom the guard obeys"),
    SETTING(CONFIG_STRING, api_socket, .default_string = "/run/smprig/api.sock",
            .help = "the daemon's API"),
    SETTING(CONFIG_STRING, console_user, .help = "who may speak for the page's users"),
    SETTING(CONFIG_STRING, console_listen, .default_string = "127.0.0.1",
            .help = "address; beyond loopback a certificate is needed"),
    SETTING(CONFIG_INTEGER, console_port, .min = 0, .max = 65535, .default_number = 8400,
            .help = "0: any free one"),
    SETTING(CONFIG_STRING, console_page, .help = "folder of the page's files"),
    SETTING(CONFIG_STRING, console_accounts, .help = "who may log in"),
    SETTING(CONFIG_STRING, console_audit, .help = "who did what"),
    SETTING(CONFIG_STRING, console_certificate, .help = "PEM, for https"),
    SETTING(CONFIG_STRING, console_key, .help = "PEM, the certificate's"),
    SETTING(CONFIG_STRING, console_public_name, .help = "the host name that browsers use"),
};

const struct config_schema settings_schema = {
    "settings file", fields, sizeof fields / sizeof *fields, sizeof(struct settings)};

enum { KEY_CONFIG = 0x400, KEY_CHECK, KEY_DUMP };

static error_t parse_common(int key, char *value, struct argp_state *state) {
    struct settings_given *given = state->input;
    switch (key) {
        case KEY_CONFIG:
            given->config_path = value;
            return 0;
        case KEY_CHECK:
            given->checks = true;
            return 0;
        case KEY_DUMP:
            given->dumps = true;
            return 0;
        case ARGP_KEY_END:
            if ((given->checks || given->dumps) && !given->config_path && !given->count)
                given->config_path = SETTINGS_PATH;
            return 0;
        default:
            return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option common_options[] = {
    {"config", KEY_CONFIG, "FILE", 0,
     "Settings, with drop-ins in conf.d/*.yaml beside it; options go over them", 2},
    {"check-config", KEY_CHECK, NULL, 0,
     "Read the settings (" SETTINGS_PATH " without --config) and every file they name, tell all "
     "that is wrong, and end",
     2},
    {"dump-config", KEY_DUMP, NULL, 0, "Print every setting and where it comes from, and end", 2},
    {0},
};

const struct argp settings_argp = {common_options, parse_common, NULL, NULL, NULL, NULL, NULL};

void settings_give(struct settings_given *given, const char *option, const char *key,
                   const char *text) {
    size_t i = 0;
    while (i < given->count && strcmp(given->values[i].key, key) != 0) i++;
    assert(i < SETTINGS_GIVEN_MAX); /* as many as there are keys */
    given->values[i].option = option;
    given->values[i].key = key;
    given->values[i].text = text;
    if (i == given->count) given->count++;
}

/* FILE's folder and conf.d in it. */
static enum result drop_in_folder(const char *path, char *ret_folder, size_t size,
                                  struct error *err) {
    const char *end = strrchr(path, '/');
    int folder = end ? (int)(end - path) + 1 : 0;
    int length = snprintf(ret_folder, size, "%.*s%s", folder, path, SETTINGS_DROP_INS);
    return length >= 0 && (size_t)length < size
               ? RESULT_OK
               : error_set(err, RESULT_LIMIT, "%s: the path is too long", path);
}

enum result settings_read(const struct settings_given *given, struct settings *ret_settings,
                          struct config_origins *ret_origins, struct error *err) {
    char folder[4096] = "";
    struct settings settings;
    enum result result = RESULT_OK;
    if (given->config_path) result = drop_in_folder(given->config_path, folder, sizeof folder, err);
    if (result == RESULT_OK)
        result = config_layers_read(given->config_path, folder, &settings_schema, &settings,
                                    ret_origins, err);
    for (size_t i = 0; result == RESULT_OK && i < given->count; i++)
        result = config_layers_set(&settings_schema, given->values[i].key, given->values[i].text,
                                   given->values[i].option, &settings, ret_origins, err);
    if (result == RESULT_OK) *ret_settings = settings;
    return result;
}

const char *settings_text(const char *text) {
    return text[0] ? text : NULL;
}

void settings_go_first(const char *who, int64_t priority) {
    struct error err = {0};
    if (thread_go_first((int)priority, &err) != RESULT_OK) log_info(who, "%s", err.text);
}

void settings_apply_log_level(const struct settings *settings) {
    static const enum log_level levels[] = {LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO,
                                            LOG_LEVEL_DEBUG};
    log_set_level(levels[settings->log_level]);
}

enum result settings_user(const char *key, const char *name, unsigned *ret_uid, struct error *err) {
    const struct passwd *user = getpwnam(name);
    if (!user) return error_set(err, RESULT_NOT_FOUND, "%s %s: no such user", key, name);
    *ret_uid = user->pw_uid;
    return RESULT_OK;
}

static const char *origin_of(const struct settings_check *check, const char *key) {
    for (size_t i = 0; i < settings_schema.field_count; i++)
        if (strcmp(settings_schema.fields[i].key, key) == 0) return check->origins->of[i];
    return "";
}

void settings_check_note(struct settings_check *check, const char *key, const char *text,
                         enum result result, const struct error *err) {
    if (result == RESULT_OK) {
        printf("ok     %s: %s\n", key, text);
        return;
    }
    check->problems++;
    fprintf(stderr, "wrong  %s: %s (%s)\n", key, err->text, origin_of(check, key));
}

int settings_check_end(const struct settings_check *check) {
    fflush(stdout);
    if (check->problems == 0)
        puts("the settings are good");
    else
        fprintf(stderr, "%d to mend\n", check->problems);
    return check->problems == 0 ? EX_OK : EX_CONFIG;
}
