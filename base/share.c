#include "base/share.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/process.h"

/* From the folder of our own binary. */
static const char *const places[] = {"/../share/smprig/", "/../../../"};

const char *share_path(const char *name) {
    char own[PATH_MAX], path[PATH_MAX + 256];
    if (access(name, R_OK) == 0 || process_own_folder(own, sizeof own, NULL) != RESULT_OK)
        return name;
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        int length = snprintf(path, sizeof path, "%s%s%s", own, places[i], name);
        char *whole = length > 0 && (size_t)length < sizeof path ? realpath(path, NULL) : NULL;
        if (whole) return whole; /* for the program's life */
    }
    return name;
}
