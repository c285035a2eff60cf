/* The console's own record: who logged in, what was asked, what was refused and why. JSON lines,
 * appended; commands that reach the daemon are in the case's journal too. */
#ifndef SMPRIG_CONSOLE_AUDIT_H
#define SMPRIG_CONSOLE_AUDIT_H

#include <stdio.h>
#include <time.h>

#include "base/result.h"

/* Refusals that are kept one by one each second; of more only how many. */
#define AUDIT_REFUSALS_A_SECOND 20

struct audit {
    FILE *stream; /* NULL: the log alone */
    size_t bytes;
    time_t second;
    unsigned refusals, unkept; /* of that second */
};

/* NULL path: to the log alone. */
MUST_USE enum result audit_open(struct audit *audit, const char *path, struct error *err);
void audit_close(struct audit *audit);
/* who: "" when nobody is logged in; refusal: NULL when it was done. */
void audit_note(struct audit *audit, const char *peer, const char *who, const char *what,
                const char *refusal);

#endif
