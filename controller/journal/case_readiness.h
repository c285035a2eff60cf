/* Whether a case may be armed today: screened, fit, consented, rested, with a fresh needle (hazards
 * 18, 37, 38). Pure: facts and the time in, a reason out. */
#ifndef SMPRIG_CONTROLLER_JOURNAL_CASE_READINESS_H
#define SMPRIG_CONTROLLER_JOURNAL_CASE_READINESS_H

#include <stddef.h>

#include "controller/journal/screening.h"

/* Strikes nearer than this belong to one session; a session is opened for that long (the guard's
 * own LIMIT_SESSION_H). */
#define CASE_SESSION_S (12 * 3600)
/* Skin rests a week at least (guides: 7-28 days), at most three sessions in twelve months. */
#define CASE_REST_S (7 * 86400)
#define CASE_YEAR_S (365 * 86400)
#define CASE_SESSIONS_A_YEAR 3
/* Answers age: four weeks, the longest usual time between two sessions. */
#define CASE_SCREENING_S (28 * 86400)
/* The newest sessions that are remembered. */
#define CASE_SPANS_MAX 32

/* First and last strike of one session, UTC seconds since 1970. */
struct case_span {
    int64_t first_s, last_s;
};

struct case_facts {
    bool has_record; /* made by `smprig case new` */
    bool is_kept;    /* the client's data was not erased */
    bool has_identifiers, has_screening, has_consent, has_session;
    struct screening screening;             /* newest */
    int64_t session_opened_s;               /* newest */
    bool is_session_identified;             /* both identifiers were confirmed at its opening */
    bool is_cartridge_fresh;                /* its needle cartridge is in no other case */
    struct case_span spans[CASE_SPANS_MAX]; /* oldest first */
    size_t span_count;
};

enum case_reason {
    CASE_CLEARED,
    CASE_NO_RECORD,
    CASE_ERASED,
    CASE_NO_IDENTIFIERS,
    CASE_NOT_SCREENED,
    CASE_SCREENING_OLD,
    CASE_CONTRAINDICATED,
    CASE_NO_CONSENT,
    CASE_CLOCK_WRONG,
    CASE_TOO_EARLY,
    CASE_TOO_MANY,
    CASE_NO_SESSION,
    CASE_NOT_IDENTIFIED,
    CASE_CARTRIDGE_REUSED,
    CASE_REASON_COUNT
};

#define CASE_SENTENCE_MAX 160

struct case_verdict {
    enum case_reason reason;
    char sentence[CASE_SENTENCE_MAX]; /* what is missing and what to do; "cleared" */
};

/* The word of --json: "not-screened". */
const char *case_reason_name(enum case_reason reason);

/* Take one strike into the spans; strikes come in the order of time. One that lies before the
 * newest span (a clock that was set back) is taken as its time. */
void case_facts_add_strike(struct case_facts *facts, int64_t at_s);

/* The first reason that forbids arming, in the order of the enum. */
struct case_verdict case_readiness(const struct case_facts *facts, int64_t now_s);

#endif
