#include "console/audit.h"

#include <errno.h>
#include <jansson.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

#include "base/log.h"

/* A flood of refusals must not fill the disk. */
#define AUDIT_BYTES_MAX (256u << 20)

enum result audit_open(struct audit *audit, const char *path, struct error *err) {
    *audit = (struct audit){0};
    if (!path) return RESULT_OK;
    audit->stream = fopen(path, "ae");
    if (!audit->stream) return error_set(err, RESULT_IO, "%s: %s", path, strerror(errno));
    setvbuf(audit->stream, NULL, _IOLBF, 0);
    long at = ftell(audit->stream);
    audit->bytes = at > 0 ? (size_t)at : 0;
    return RESULT_OK;
}

void audit_close(struct audit *audit) {
    if (audit->stream) fclose(audit->stream);
    audit->stream = NULL;
}

/* Peer, who, what, and the refusal or NULL. */
static void keep(struct audit *audit, time_t now, const char *const words[4]) {
    const char *peer = words[0], *who = words[1], *what = words[2], *refusal = words[3];
    char when[32];
    struct tm utc;
    strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));
    if (refusal)
        log_warning("console", "%s %s: %s: %s", peer, who, what, refusal);
    else
        log_info("console", "%s %s: %s", peer, who, what);
    if (!audit->stream || audit->bytes > AUDIT_BYTES_MAX) return;
    json_t *line = json_pack("{s:s, s:s, s:s, s:s, s:s*}", "time", when, "peer", peer, "who", who,
                             "what", what, "refused", refusal);
    char *text = line ? json_dumps(line, JSON_COMPACT) : NULL;
    if (text) {
        audit->bytes += strlen(text) + 1;
        fprintf(audit->stream, "%s\n", text);
    }
    free(text);
    json_decref(line);
}

/* A flood of refusals must not hide the rest, nor cost what it is refused for. */
static bool is_flood(struct audit *audit, time_t now) {
    if (now != audit->second) {
        char text[64];
        unsigned unkept = audit->unkept;
        audit->second = now;
        audit->refusals = audit->unkept = 0;
        snprintf(text, sizeof text, "%u more within a second", unkept);
        if (unkept) keep(audit, now, (const char *const[4]){"", "", "refusals", text});
    }
    if (++audit->refusals <= AUDIT_REFUSALS_A_SECOND) return false;
    audit->unkept++;
    return true;
}

void audit_note(struct audit *audit, const char *peer, const char *who, const char *what,
                const char *refusal) {
    time_t now = time(NULL);
    if (refusal && is_flood(audit, now)) return;
    keep(audit, now, (const char *const[4]){peer, who, what, refusal});
}
