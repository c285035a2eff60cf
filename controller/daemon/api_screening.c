/* The API's calls before a session: the screening's questions and answers, the client's two
 * identifiers, the session with its lots. What they write is what `smprig case screen` and
 * `smprig case session` write (docs/case.md). */
#include <stdio.h>
#include <time.h>

#include "base/text.h"
#include "controller/daemon/api_calls.h"
#include "controller/daemon/daemon.h"
#include "controller/daemon/record_entry.h"

/* --- what is known --- */

static json_t *answers_json(const struct screening *screening) {
    json_t *list = json_array();
    for (enum screening_question q = 0; q < SCREENING_QUESTION_COUNT; q++) {
        enum screening_answer answer = (enum screening_answer)screening->answers[q];
        bool allows = screening_allows(q, answer);
        json_array_append_new(
            list,
            json_pack("{s:s, s:s, s:s, s:b, s:s, s:b}", "question", screening_question_name(q),
                      "text", screening_question_text(q), "answer", screening_answer_name(answer),
                      "allows", allows, "advice", allows ? "" : screening_advice(q),
                      "physician_may_allow", screening_allows(q, ANSWER_PHYSICIAN)));
    }
    return list;
}

/* The plan's pigments: each has a lot. */
static json_t *shades_json(const struct dot_plan *plan) {
    json_t *list = json_array();
    for (size_t i = 0; i < plan->shade_count; i++)
        json_array_append_new(list, json_string(plan->shade_names[i]));
    return list;
}

json_t *screening_json(const struct daemon *daemon) {
    const struct case_facts *facts = &daemon->opened->facts;
    int64_t until_s = facts->has_session ? facts->session_opened_s + CASE_SESSION_S : 0;
    bool is_open = facts->has_session && until_s > (int64_t)time(NULL);
    return json_pack("{s:b, s:s, s:s, s:b, s:b, s:b, s:b, s:I, s:s, s:o, s:o, s:I}", "is_cleared",
                     daemon->cleared.reason == CASE_CLEARED, "reason",
                     case_reason_name(daemon->cleared.reason), "sentence", daemon->cleared.sentence,
                     "has_identifiers", facts->has_identifiers, "has_consent", facts->has_consent,
                     "is_identified", facts->is_session_identified, "is_cartridge_fresh",
                     facts->is_cartridge_fresh, "signed_unix_s",
                     (json_int_t)(facts->has_screening ? facts->screening.signed_s : 0),
                     "signed_by", facts->has_screening ? facts->screening.signed_by : "", "answers",
                     answers_json(&facts->screening), "shades", shades_json(&daemon->opened->plan),
                     "session_until_unix_s", (json_int_t)(is_open ? until_s : 0));
}

API_RUN(run_screening) {
    const struct daemon *daemon = call->context;
    if (daemon_need_case(daemon, err) != RESULT_OK) return RESULT_REFUSED;
    *ret_result = screening_json(daemon);
    return RESULT_OK;
}

/* --- answers --- */

static enum result take_answer(struct screening *screening, const char *name, const char *word,
                               struct error *err) {
    int question = screening_question_of(name), answer = screening_answer_of(word);
    if (question < 0)
        return error_set(err, RESULT_INVALID, "no question '%.40s': ask `screening` for all", name);
    if (answer <= ANSWER_MISSING)
        return error_set(err, RESULT_INVALID, "%s: the answer is no, yes or physician", name);
    screening->answers[question] = (uint8_t)answer;
    return RESULT_OK;
}

static enum result check_complete(const struct screening *screening, struct error *err) {
    for (enum screening_question q = 0; q < SCREENING_QUESTION_COUNT; q++)
        if (screening->answers[q] == ANSWER_MISSING)
            return error_set(err, RESULT_INVALID, "no answer on %s: %s", screening_question_name(q),
                             screening_question_text(q));
    return RESULT_OK;
}

/* Who signs or operates: whom the caller names, else the caller. */
static const char *by_of(const struct api_call *call) {
    const char *by = api_text(call, "by");
    return by ? by : call->caller->name;
}

API_RUN(run_answer_screening) {
    struct record_entry_words words = {.kind = RECORD_ENTRY_SCREENING,
                                       .screening.signed_s = (int64_t)time(NULL)};
    const char *name;
    json_t *answer;
    enum result result = RESULT_OK;
    (void)ret_result;
    json_object_foreach(json_object_get(call->params, "answers"), name, answer) {
        if (result == RESULT_OK)
            result = take_answer(&words.screening, name, json_string_value(answer), err);
    }
    if (result == RESULT_OK) result = check_complete(&words.screening, err);
    if (result == RESULT_OK &&
        text_copy(words.screening.signed_by, sizeof words.screening.signed_by, by_of(call)) !=
            RESULT_OK)
        result = error_set(err, RESULT_INVALID, "by: the name is too long");
    return result == RESULT_OK ? record_entry_begin(call, &words, err) : result;
}

/* --- identifiers and lots --- */

/* The lengths are the table's to check. */
static struct case_client said_by(const struct api_call *call) {
    struct case_client said = {0};
    snprintf(said.name, sizeof said.name, "%s", api_text(call, "name"));
    snprintf(said.born, sizeof said.born, "%s", api_text(call, "born"));
    return said;
}

API_RUN(run_confirm_client) {
    const struct record_entry_words words = {.kind = RECORD_ENTRY_CONFIRM, .said = said_by(call)};
    (void)ret_result;
    return record_entry_begin(call, &words, err);
}

API_RUN(run_open_session) {
    struct record_entry_words words = {.kind = RECORD_ENTRY_SESSION, .said = said_by(call)};
    struct case_session *session = &words.session;
    const char *shade;
    json_t *lot;
    (void)ret_result;
    session->opened_s = (int64_t)time(NULL);
    snprintf(session->operated_by, sizeof session->operated_by, "%s", by_of(call));
    snprintf(session->cartridge, sizeof session->cartridge, "%s", api_text(call, "cartridge"));
    snprintf(session->needle_lot, sizeof session->needle_lot, "%s", api_text(call, "needle_lot"));
    json_object_foreach(json_object_get(call->params, "pigments"), shade, lot) {
        struct case_pigment *pigment = &session->pigments[session->pigment_count++];
        snprintf(pigment->shade, sizeof pigment->shade, "%s", shade);
        snprintf(pigment->lot, sizeof pigment->lot, "%s", json_string_value(lot));
    }
    return record_entry_begin(call, &words, err);
}
