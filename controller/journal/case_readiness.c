#include "controller/journal/case_readiness.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const names[CASE_REASON_COUNT] = {
    [CASE_CLEARED] = "cleared",
    [CASE_NO_RECORD] = "no-record",
    [CASE_ERASED] = "erased",
    [CASE_NO_IDENTIFIERS] = "no-identifiers",
    [CASE_NOT_SCREENED] = "not-screened",
    [CASE_SCREENING_OLD] = "screening-old",
    [CASE_CONTRAINDICATED] = "contraindicated",
    [CASE_NO_CONSENT] = "no-consent",
    [CASE_CLOCK_WRONG] = "clock-wrong",
    [CASE_TOO_EARLY] = "too-early",
    [CASE_TOO_MANY] = "too-many-sessions",
    [CASE_NO_SESSION] = "no-session",
    [CASE_NOT_IDENTIFIED] = "not-identified",
    [CASE_CARTRIDGE_REUSED] = "cartridge-reused",
};

const char *case_reason_name(enum case_reason reason) {
    return (unsigned)reason < CASE_REASON_COUNT ? names[reason] : "unknown";
}

void case_facts_add_strike(struct case_facts *facts, int64_t at_s) {
    struct case_span *newest = facts->span_count ? &facts->spans[facts->span_count - 1] : NULL;
    if (newest && at_s - newest->last_s < CASE_SESSION_S) {
        if (at_s > newest->last_s) newest->last_s = at_s;
        return;
    }
    if (facts->span_count == CASE_SPANS_MAX)
        memmove(facts->spans, facts->spans + 1, --facts->span_count * sizeof *facts->spans);
    facts->spans[facts->span_count++] = (struct case_span){at_s, at_s};
}

static struct case_verdict __attribute__((format(printf, 2, 3)))
say(enum case_reason reason, const char *format, ...) {
    struct case_verdict verdict = {.reason = reason};
    va_list list;
    va_start(list, format);
    vsnprintf(verdict.sentence, sizeof verdict.sentence, format, list);
    va_end(list);
    return verdict;
}

/* The sessions that are over: without the one that `now_s` still belongs to. */
static size_t earlier_spans(const struct case_facts *facts, int64_t now_s) {
    size_t count = facts->span_count;
    bool goes_on = count > 0 && now_s - facts->spans[count - 1].last_s < CASE_SESSION_S;
    return goes_on ? count - 1 : count;
}

static struct case_verdict judge_screening(const struct case_facts *facts, int64_t now_s) {
    const struct screening *screening = &facts->screening;
    const size_t earlier = earlier_spans(facts, now_s);
    if (!facts->has_screening || screening->signed_by[0] == '\0')
        return say(CASE_NOT_SCREENED, "not screened: ask and sign off with 'smprig case screen'");
    for (int i = 0; i < SCREENING_QUESTION_COUNT; i++)
        if (screening->answers[i] == ANSWER_MISSING)
            return say(CASE_NOT_SCREENED, "not screened: no answer on %s; 'smprig case screen'",
                       screening_question_name((enum screening_question)i));
    if (now_s - screening->signed_s > CASE_SCREENING_S || now_s < screening->signed_s)
        return say(CASE_SCREENING_OLD,
                   "the screening is %lld days old: ask again, 'smprig case "
                   "screen'",
                   (long long)((now_s - screening->signed_s) / 86400));
    if (earlier > 0 && facts->spans[earlier - 1].last_s > screening->signed_s)
        return say(
            CASE_SCREENING_OLD,
            "the screening is from before the last session: ask again, 'smprig case screen'");
    for (int i = 0; i < SCREENING_QUESTION_COUNT; i++) {
        enum screening_question q = (enum screening_question)i;
        if (!screening_allows(q, (enum screening_answer)screening->answers[i]))
            return say(CASE_CONTRAINDICATED, "contraindicated: %s: %s", screening_question_name(q),
                       screening_advice(q));
    }
    return say(CASE_CLEARED, "cleared");
}

static struct case_verdict judge_rest(const struct case_facts *facts, int64_t now_s) {
    const size_t earlier = earlier_spans(facts, now_s);
    const bool goes_on = earlier < facts->span_count;
    size_t within_year = 0;
    if (facts->span_count > 0 && now_s < facts->spans[facts->span_count - 1].last_s)
        return say(CASE_CLOCK_WRONG,
                   "dots were struck later than it is now: set this machine's clock right");
    if (earlier > 0) {
        /* A session that goes on is judged by the time it began. */
        int64_t begin_s = goes_on ? facts->spans[earlier].first_s : now_s;
        int64_t since_s = begin_s - facts->spans[earlier - 1].last_s;
        if (since_s < CASE_REST_S)
            return say(CASE_TOO_EARLY,
                       "too early: %lld days since the last session, the skin rests %d; in %lld "
                       "hours",
                       (long long)(since_s / 86400), CASE_REST_S / 86400,
                       (long long)((CASE_REST_S - since_s + 3599) / 3600));
    }
    for (size_t i = 0; i < earlier; i++)
        within_year += now_s - facts->spans[i].last_s < CASE_YEAR_S;
    if (within_year >= CASE_SESSIONS_A_YEAR)
        return say(CASE_TOO_MANY, "%zu sessions in twelve months are enough: %d at most",
                   within_year, CASE_SESSIONS_A_YEAR);
    return say(CASE_CLEARED, "cleared");
}

struct case_verdict case_readiness(const struct case_facts *facts, int64_t now_s) {
    if (!facts->has_record)
        return say(CASE_NO_RECORD, "the case has no client: make one with 'smprig case new'");
    if (!facts->is_kept) return say(CASE_ERASED, "the client's data was erased: begin a new case");
    if (!facts->has_identifiers)
        return say(CASE_NO_IDENTIFIERS,
                   "the client has no two identifiers: name and date of birth");
    struct case_verdict verdict = judge_screening(facts, now_s);
    if (verdict.reason != CASE_CLEARED) return verdict;
    if (!facts->has_consent)
        return say(CASE_NO_CONSENT, "no signed consent: 'smprig case add --consent FILE'");
    verdict = judge_rest(facts, now_s);
    if (verdict.reason != CASE_CLEARED) return verdict;
    int64_t open_s = now_s - facts->session_opened_s;
    if (!facts->has_session || open_s < 0 || open_s >= CASE_SESSION_S)
        return say(CASE_NO_SESSION, "no session is opened: 'smprig case session' takes the lots");
    if (!facts->is_session_identified)
        return say(CASE_NOT_IDENTIFIED, "name and date of birth were not confirmed");
    if (!facts->is_cartridge_fresh)
        return say(CASE_CARTRIDGE_REUSED,
                   "the needle cartridge was used on another case: take a new one, 'smprig case "
                   "session'");
    return verdict;
}
