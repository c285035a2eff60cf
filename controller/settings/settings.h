/* What a machine is told of its rig: /etc/smprig/smprig.yaml, with drop-ins in conf.d/ beside
 * it, read by smprigd, smprig-guard and smprig-console alike, so that a socket or a user stands in
 * one place. Options of the command line go over it. Nothing is read that was not asked for by
 * --config; man/smprig.yaml.5.scd tells each key. */
#ifndef SMPRIG_CONTROLLER_SETTINGS_SETTINGS_H
#define SMPRIG_CONTROLLER_SETTINGS_SETTINGS_H

#include <argp.h>

#include "base/config_layers.h"

#define SETTINGS_PATH "/etc/smprig/smprig.yaml"
#define SETTINGS_DROP_INS "conf.d"
#define SETTING_TEXT_MAX 256
#define SETTING_USER_MAX 33 /* useradd's 32 */
#define SETTINGS_GIVEN_MAX 24

struct settings {
    /* the rig and its cases */
    char rig[SETTING_TEXT_MAX], cameras[SETTING_TEXT_MAX], ring[SETTING_TEXT_MAX];
    char calibration[SETTING_TEXT_MAX], cases[SETTING_TEXT_MAX], frames[SETTING_TEXT_MAX];
    char recordings[SETTING_TEXT_MAX];
    int64_t dots_per_load;                   /* 0: the plan's own stops alone */
    int log_level;                           /* index into error, warning, info, debug */
    int64_t guard_priority, daemon_priority; /* real time; 0: ordinary (base/give_way.h) */
    /* the guard */
    char board_port[SETTING_TEXT_MAX], switches[SETTING_TEXT_MAX], wire_log[SETTING_TEXT_MAX];
    int64_t board_baud;
    char guard_socket[SETTING_TEXT_MAX];
    /* the daemon's API */
    char api_socket[SETTING_TEXT_MAX], daemon_user[SETTING_USER_MAX];
    char console_user[SETTING_USER_MAX];
    /* the console */
    char console_listen[SETTING_TEXT_MAX], console_page[SETTING_TEXT_MAX];
    int64_t console_port;
    char console_accounts[SETTING_TEXT_MAX], console_audit[SETTING_TEXT_MAX];
    char console_certificate[SETTING_TEXT_MAX], console_key[SETTING_TEXT_MAX];
    char console_public_name[SETTING_TEXT_MAX];
    struct {
        bool rig, cameras, ring, calibration, cases, recordings, frames, dots_per_load, log_level;
        bool guard_priority, daemon_priority;
        bool board_port, switches, wire_log, board_baud, guard_socket;
        bool api_socket, daemon_user, console_user;
        bool console_listen, console_page, console_port, console_accounts, console_audit;
        bool console_certificate, console_key, console_public_name;
    } has; /* given by a file or an option */
};

extern const struct config_schema settings_schema;

/* What the command line gave; the texts are argv's. */
struct settings_given {
    const char *config_path; /* NULL: no file */
    bool checks, dumps;      /* --check-config, --dump-config */
    struct {
        const char *option, *key, *text;
    } values[SETTINGS_GIVEN_MAX];
    size_t count;
};

/* --config, --check-config and --dump-config as an argp child; its input is a struct
 * settings_given. */
extern const struct argp settings_argp;

/* An option that stands for a key. */
void settings_give(struct settings_given *given, const char *option, const char *key,
                   const char *text);
/* All layers. RESULT_FORMAT and so on with `file:line:column: ...` or the option's name. */
MUST_USE enum result settings_read(const struct settings_given *given,
                                   struct settings *ret_settings,
                                   struct config_origins *ret_origins, struct error *err);
/* NULL for "": a text that was not given. */
const char *settings_text(const char *text);
/* Take the real-time priority of this key's setting; not to get it is told in the log, no more. */
void settings_go_first(const char *who, int64_t priority);
/* enum log_level of log_level. */
void settings_apply_log_level(const struct settings *settings);
/* A user's number by name. RESULT_NOT_FOUND: no such user; the sentence names the key. */
MUST_USE enum result settings_user(const char *key, const char *name, unsigned *ret_uid,
                                   struct error *err);

/* --- --check-config: every file that the settings name is read; all that is wrong is told --- */

struct settings_check {
    const struct config_origins *origins;
    int problems;
};

/* Prints "ok KEY: TEXT" to stdout or "wrong KEY: sentence (origin)" to stderr. */
void settings_check_note(struct settings_check *check, const char *key, const char *text,
                         enum result result, const struct error *err);
/* The exit code, after a last line. */
int settings_check_end(const struct settings_check *check);

#endif
