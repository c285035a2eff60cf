#include "console/audit.h"

#include <errno.h>
#include <jansson.h>
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

void audit_note(struct audit *audit, const char *peer, const char *who, const char *what,
                const char *refusal) {
    char when[32];
    struct tm utc;
    time_t now = time(NULL);
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
