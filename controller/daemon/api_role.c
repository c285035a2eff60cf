#include "controller/daemon/api_role.h"

#include <string.h>

static const char *const names[ROLE_COUNT] = {
    [ROLE_OBSERVER] = "observer",
    [ROLE_OPERATOR] = "operator",
    [ROLE_SUPERVISOR] = "supervisor",
    [ROLE_TECHNICIAN] = "technician",
};

const char *api_role_name(enum api_role role) {
    return (unsigned)role < ROLE_COUNT ? names[role] : "unknown";
}

bool api_role_from_name(const char *name, enum api_role *ret_role) {
    for (unsigned i = 0; name && i < ROLE_COUNT; i++) {
        if (strcmp(name, names[i]) != 0) continue;
        *ret_role = (enum api_role)i;
        return true;
    }
    return false;
}
