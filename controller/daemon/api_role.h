/* Who may ask what: roles from least to most, each may all that the ones before it may. */
#ifndef SMPRIG_CONTROLLER_DAEMON_API_ROLE_H
#define SMPRIG_CONTROLLER_DAEMON_API_ROLE_H

#include <stdbool.h>

enum api_role {
    ROLE_OBSERVER,   /* watches, and may always hold */
    ROLE_OPERATOR,   /* runs a session */
    ROLE_SUPERVISOR, /* may take command from another, and decide about doubtful dots */
    ROLE_TECHNICIAN, /* jogs, calibrates */
    ROLE_COUNT
};

/* "operator"; "unknown" outside the enum. */
const char *api_role_name(enum api_role role);
/* False, and *ret_role untouched, when there is no such role. */
bool api_role_from_name(const char *name, enum api_role *ret_role);

#endif
