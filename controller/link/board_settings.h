/* Which settings a board must have to be the rig of the file, and why. One table, read by the
 * handshake (which refuses), by `smprig rig doctor` (which explains) and by `smprig rig setup`
 * (which writes, in this order). */
#ifndef SMPRIG_CONTROLLER_LINK_BOARD_SETTINGS_H
#define SMPRIG_CONTROLLER_LINK_BOARD_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>

#include "motion/rig.h"

enum setting_level {
    SETTING_MUST,   /* the handshake refuses the board */
    SETTING_SHOULD, /* the doctor says so */
};

enum setting_rule {
    SETTING_EQUALS,    /* within 0.1 % */
    SETTING_HAS_BITS,  /* all bits of `value` */
    SETTING_LACKS_BITS /* none of them */
};

struct setting_want {
    int number;
    double value;
    enum setting_rule rule;
    enum setting_level level;
    char axis; /* letter of a per-axis setting, '\0' for others */
    const char *why;
};

#define SETTING_WANTS_MAX 64

/* Fill the table for a rig; the count. `axes` are the board's letters in its own order: per-axis
 * settings are numbered by them. */
size_t settings_wanted(const struct rig *rig, const char *axes,
                       struct setting_want wants[SETTING_WANTS_MAX]);
bool setting_agrees(const struct setting_want *want, double value);
/* What to write so that it agrees, given what stands there. */
double setting_mended(const struct setting_want *want, double value);

#endif
