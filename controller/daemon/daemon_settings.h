/* The daemon's part of the settings: its options from them, what may change while it runs, and
 * --check-config. */
#ifndef SMPRIG_CONTROLLER_DAEMON_DAEMON_SETTINGS_H
#define SMPRIG_CONTROLLER_DAEMON_DAEMON_SETTINGS_H

#include "controller/daemon/daemon.h"
#include "controller/settings/settings.h"

/* The daemon's options point into `settings`, which must outlive it. RESULT_INVALID: a needed one
 * is missing; RESULT_NOT_FOUND: console_user does not exist. */
MUST_USE enum result daemon_options_of(const struct settings *settings,
                                       struct daemon_options *options, struct error *err);

/* SIGHUP: read the files again and take over what is read anew for every case (the keys of
 * `reloadable`) or at any time; the sentence tells what was taken and what waits for a restart.
 * RESULT_REFUSED, and nothing is changed, unless the session is idle; the files' errors, and
 * nothing is changed. */
MUST_USE enum result daemon_reload(struct daemon *daemon, char *ret_sentence, size_t size,
                                   struct error *err);

/* Read every file that the settings name and tell what is wrong; the exit code. */
int daemon_check_settings(const struct settings *settings, const struct config_origins *origins);

#endif
