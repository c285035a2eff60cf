/* The API's table: one row a method. `methods` answers with this very table, the dispatcher checks
 * requests against it, and docs/api.md is made from it. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "controller/daemon/api_calls.h"
#include "controller/daemon/api_rig.h"
#include "controller/daemon/daemon.h"
#include "controller/journal/case_record.h"
#include "safety/limits.h"
#include "version.h"

static enum result run_methods(const struct api_call *call, json_t **ret_result,
                               struct error *err) {
    (void)call;
    (void)err;
    json_t *list = json_array();
    for (const struct api_method *m = daemon_methods; list && m->name; m++) {
        json_t *params = json_array();
        for (const struct api_param *p = m->params; p && p->name; p++) {
            char type[96];
            api_describe_param(p, type, sizeof type);
            json_array_append_new(params,
                                  json_pack("{s:s, s:s, s:b, s:s}", "name", p->name, "type", type,
                                            "is_required", p->is_required, "help", p->help));
        }
        json_array_append_new(
            list, json_pack("{s:s, s:s, s:b, s:b, s:o, s:s, s:s}", "name", m->name, "role",
                            api_role_name(m->role), "commands", (m->flags & API_COMMANDS) != 0,
                            "is_private", (m->flags & API_PRIVATE) != 0, "params", params,
                            "returns", m->returns, "help", m->help));
    }
    *ret_result = list;
    return RESULT_OK;
}

static enum result run_info(const struct api_call *call, json_t **ret_result, struct error *err) {
    const struct daemon *daemon = call->context;
    (void)err;
    *ret_result =
        json_pack("{s:s, s:s, s:o, s:{s:f, s:f, s:i, s:i, s:i}}", "version", SMPRIG_VERSION,
                  "revision", SMPRIG_REVISION, "rig", rig_json(&daemon->rig), "limits",
                  "strike_speed_mm_s", LIMIT_STRIKE_SPEED_MM_S, "trip_speed_mm_s",
                  LIMIT_TRIP_SPEED_MM_S, "pose_age_ms", (int)LIMIT_POSE_AGE_MS, "pose_gone_ms",
                  (int)LIMIT_POSE_GONE_MS, "command_silence_ms", COMMAND_SILENCE_MAX_MS);
    return RESULT_OK;
}

static enum result run_state(const struct api_call *call, json_t **ret_result, struct error *err) {
    (void)err;
    *ret_result = daemon_state_json(call->context, call->now_ns);
    return RESULT_OK;
}

static enum result run_subscribe(const struct api_call *call, json_t **ret_result,
                                 struct error *err) {
    static const struct {
        const char *name;
        enum api_topic topic;
    } topics[] = {{"dots", API_TOPIC_DOTS}, {"log", API_TOPIC_LOG}, {"camera", API_TOPIC_CAMERA}};
    struct daemon *daemon = call->context;
    uint32_t wanted = API_TOPIC_STATE;
    for (size_t i = 0; i < sizeof topics / sizeof *topics; i++)
        if (json_is_true(json_object_get(call->params, topics[i].name))) wanted |= topics[i].topic;
    *call->topics = wanted;
    daemon_forget_told(daemon); /* the next notification is whole: nothing is missed in between */
    return run_state(call, ret_result, err);
}

#define TEXT(name_, most, help_)                                                           \
    {                                                                                      \
        .name = (name_), .type = API_STRING, .is_required = true, .min = 1, .max = (most), \
        .help = (help_)                                                                    \
    }
#define FLAG(name_, help_) \
    { .name = (name_), .type = API_BOOL, .help = (help_) }

static const struct api_param subscribe_params[] = {
    FLAG("dots", "`dots` notifications: fates as they change"),
    FLAG("log", "`log` notifications: events in words"),
    FLAG("camera", "`camera` notifications: pictures with what is drawn on them"),
    {0}};
static const struct api_param events_params[] = {
    {"after", API_INTEGER, false, 0, 9e15, "only events with a higher number"}, {0}};
static const struct api_param dots_params[] = {
    {"first", API_INTEGER, true, 0, DOT_PLAN_DOTS_MAX, "the first dot's index"}, {0}};
static const struct api_param head_params[] = {
    TEXT("part", 16, "`positions` (x y z a vertex, mm) or `triangles` (three indexes each)"),
    {"first", API_INTEGER, true, 0, 1e7, "the first number's place"},
    {0}};
static const struct api_param load_params[] = {
    TEXT("case", CASE_NAME_MAX - 1, "a folder's name among the cases"), {0}};
static const struct api_param take_params[] = {
    FLAG("by_force", "a supervisor takes it from who holds it; the session is held first"), {0}};
static const struct api_param answer_params[] = {
    TEXT("prompt", 16, "its kind: pigment, needle, wipe or break"), {0}};
static const struct api_param acknowledge_params[] = {
    {"number", API_INTEGER, false, 1, 1e9, "of the alarm; without it all"},
    FLAG("needle_out",
         "you have looked at the needle: it is out; asked for when nothing else tells"),
    {0}};
static const struct api_param skip_params[] = {
    {"dots", API_INTEGERS, true, 1, 100, "the dots' ids"},
    TEXT("why", JOURNAL_TEXT_MAX - 1, "a short sentence for the record"),
    {0}};
static const struct api_param record_params[] = {
    TEXT("name", CASE_NAME_MAX - 1, "a new folder's name among the recordings"),
    {"frames_hz", API_NUMBER, false, 0, RECORDER_FRAMES_HZ_MAX,
     "keep so many frames a second of each camera; 0: none"},
    {0}};
static const struct api_param skip_zone_params[] = {
    TEXT("zone", DOT_PLAN_NAME_MAX - 1, "its name"),
    TEXT("why", JOURNAL_TEXT_MAX - 1, "a short sentence for the record"),
    {0}};

static const struct api_param work_params[] = {
    {"dot", API_INTEGER, true, 0, 4294967295.0, "its id"},
    {"seen", API_BOOL, true, 0, 0, "false: no pigment where it was struck"},
    {"off_u_um", API_NUMBER, false, -1000, 1000, "seen minus planned, along the image's x"},
    {"off_v_um", API_NUMBER, false, -1000, 1000, "and along its y"},
    {"diameter_um", API_NUMBER, false, 0, 3000, "as seen"},
    {0}};

#define EMPTY_RIG \
    { "is_rig_empty", API_BOOL, true, 0, 0, "the technician's word: no head is in the rig" }

static const struct api_param jog_params[] = {
    TEXT("axis", 1, "its letter"),
    {"direction", API_INTEGER, true, -1, 1, "1 or -1"},
    {"speed", API_NUMBER, true, 0.1, 50, "mm/s, of a turning axis deg/s"},
    FLAG("renews", "goes on with a jog under way, never begins one"),
    EMPTY_RIG,
    {0}};
static const struct api_param calibrate_params[] = {
    TEXT("step", 16, "ring, rig, needle or board; of the others the refusal says the command"),
    {0}};
static const struct api_param park_params[] = {EMPTY_RIG, {0}};
static const struct api_param probe_params[] = {
    EMPTY_RIG,
    {"depth_mm", API_NUMBER, false, 0.1, LIMIT_STROKE_MM, "to search at most; the whole stroke"},
    {0}};
static const struct api_param preview_params[] = {
    {"density_percent", API_NUMBER, false, 25, 200, "of the design's"},
    {"hairline_mm", API_NUMBER, false, -30, 30, "the front hairline higher, or lower"},
    {"shade_percent", API_NUMBER, false, 25, 200, "of the pigments' darkness"},
    {"from", API_STRING, false, 1, 24, "top, front, back, left, right, or AZIMUTH,ELEVATION"},
    {"when", API_STRING, false, 1, 16, "before, fresh, healed, or years since"},
    {"zone", API_STRING, false, 1, DOT_PLAN_NAME_MAX - 1, "a zone close up"},
    {"session", API_INTEGER, false, 1, 6, "as after it: later layers are left out"},
    {"skin", API_INTEGER, false, 1, 6, "its type after Fitzpatrick"},
    {0}};
static const struct api_param job_params[] = {
    {"number", API_INTEGER, true, 1, 4294967295.0, "as told when it began"}, {0}};
static const struct api_param override_params[] = {
    {"percent", API_INTEGER, true, 10, 100, "of the dots a second that the plan allows"}, {0}};
static const struct api_param decide_params[] = {
    {"dots", API_INTEGERS, true, 1, 100, "the doubtful dots' ids"},
    TEXT("decision", 8, "struck, skipped or pending"),
    TEXT("why", 100, "what was seen, for the record"),
    {0}};
static const struct api_param answers_params[] = {
    {"answers", API_TEXTS, true, 1, SCREENING_QUESTION_COUNT,
     "each question of `screening` with no, yes, or physician (yes, and a letter allows it)"},
    {"by", API_STRING, false, 1, 63, "who signs; the caller"},
    {0}};

#define CLIENT                                                           \
    TEXT("name", CASE_TEXT_MAX - 1, "the client's, as the client says"), \
        TEXT("born", 10, "YYYY-MM-DD, as the client says")

static const struct api_param client_params[] = {CLIENT, {0}};
static const struct api_param session_params[] = {
    CLIENT,
    TEXT("cartridge", CASE_TEXT_MAX - 1, "the needle cartridge's id; never used before"),
    TEXT("needle_lot", CASE_TEXT_MAX - 1, "its lot"),
    {"pigments", API_TEXTS, true, 1, CASE_PIGMENTS_MAX, "the lot of each pigment by its shade"},
    {"by", API_STRING, false, 1, CASE_TEXT_MAX - 1, "who operates the rig; the caller"},
    {0}};
static const struct api_param journal_params[] = {
    {"before", API_INTEGER, false, 1, 9e15, "only rows with a lower number"},
    FLAG("strikes", "each strike's rows too"),
    {0}};

#define AUDITED_COMMAND (API_COMMANDS | API_AUDITED)

const struct api_method daemon_methods[] = {
    {"methods", ROLE_OBSERVER, 0, NULL, "array of methods", "What can be asked.", run_methods},
    {"info", ROLE_OBSERVER, 0, NULL, "version, rig, limits", "The program and the rig.", run_info},
    {"state", ROLE_OBSERVER, 0, NULL, "state", "The session's state now.", run_state},
    {"subscribe", ROLE_OBSERVER, 0, subscribe_params, "state",
     "The state, then a `state` notification with what has changed, ten times a second and at each "
     "change of phase.",
     run_subscribe},
    {"events", ROLE_OBSERVER, 0, events_params, "array of events",
     "The newest events in words, oldest first.", run_events},
    {"dots", ROLE_OBSERVER, 0, dots_params, "count, first, columns, dots",
     "The plan's dots in the order of striking, some hundred an answer.", run_dots},
    {"fates", ROLE_OBSERVER, 0, NULL, "string",
     "One letter a dot in the plan's order: p pending, d done, s skipped, x doubtful, l waits for "
     "a "
     "later session.",
     run_fates},
    {"head", ROLE_OBSERVER, 0, head_params, "count, first, numbers",
     "The scan thinned out for drawing, some thousand numbers an answer.", run_head},
    {"cases", ROLE_OBSERVER, 0, NULL, "array of names", "The cases that can be loaded.", run_cases},
    {"hold", ROLE_OBSERVER, API_AUDITED, NULL, "true",
     "Let the running strike end and send nothing more. Anybody may, always.", run_hold},
    {"heartbeat", ROLE_OBSERVER, 0, NULL, "true",
     "The page is alive; silence of who is in command holds the session.", run_heartbeat},
    {"take_command", ROLE_OPERATOR, API_AUDITED, take_params, "true",
     "Sit down in command, or ask who sits there to hand it over.", run_take_command},
    {"give_command", ROLE_OPERATOR, API_AUDITED, NULL, "true",
     "Hand command to who asks for it, or leave the seat.", run_give_command},
    {"load", ROLE_OPERATOR, AUDITED_COMMAND, load_params, "true",
     "Open a case; its session begins locked.", run_load},
    {"home", ROLE_OPERATOR, AUDITED_COMMAND, NULL, "true", "Home the rig.", run_home},
    {"arm", ROLE_OPERATOR, AUDITED_COMMAND, NULL, "true",
     "Home if need be, then bind rig, scan and plan until disarmed.", run_arm},
    {"start", ROLE_OPERATOR, AUDITED_COMMAND, NULL, "true",
     "Home and arm if need be, and run as soon as everything allows it.", run_start},
    {"resume", ROLE_OPERATOR, AUDITED_COMMAND, NULL, "true",
     "Go on after a hold, when everything allows it.", run_resume},
    {"abort", ROLE_OPERATOR, AUDITED_COMMAND, NULL, "true",
     "Hold, then disarm; the case can be taken up again.", run_abort},
    {"acknowledge", ROLE_OPERATOR, AUDITED_COMMAND, acknowledge_params, "true",
     "An alarm was seen; of a fault whose cause is gone, with the needle out, unlock the rig.",
     run_acknowledge},
    {"answer", ROLE_OPERATOR, AUDITED_COMMAND, answer_params, "true",
     "A prompt was done as asked; the run goes on when it was the last.", run_answer},
    {"skip", ROLE_OPERATOR, AUDITED_COMMAND, skip_params, "array of fates",
     "Leave out pending dots.", run_skip},
    {"work", ROLE_OPERATOR, 0, work_params, "finding and the weighted means",
     "What a close-up camera saw of a struck dot; dots that drift, bloom or do not appear hold the "
     "session.",
     run_work},
    {"skip_zone", ROLE_SUPERVISOR, AUDITED_COMMAND, skip_zone_params, "true",
     "Leave out all pending dots of a zone.", run_skip_zone},
    {"override", ROLE_OPERATOR, AUDITED_COMMAND, override_params, "true",
     "Slow the session down, or up to the plan's pace again: a rest after each dot, the needle "
     "away "
     "from the skin. Speeds and limits stay as they are.",
     run_override},
    {"decide_doubtful", ROLE_SUPERVISOR, AUDITED_COMMAND, decide_params, "how many",
     "Say of doubtful dots that they were struck, are left out, or may be struck (the case is then "
     "bound anew; only while not armed). They are never struck again by themselves.",
     run_decide_doubtful},
    {"screening", ROLE_OPERATOR, 0, NULL,
     "is_cleared, reason, sentence, answers, shades, session_until_unix_s, signed_by and more",
     "Whether the case may be armed today, the questions with their answers, the pigments that "
     "need a lot.",
     run_screening},
    {"answer_screening", ROLE_OPERATOR, AUDITED_COMMAND | API_PRIVATE, answers_params, "screening",
     "Sign off the client's answers to all questions; only while the rig is not armed.",
     run_answer_screening},
    {"confirm_client", ROLE_OPERATOR, API_AUDITED | API_PRIVATE, client_params, "true",
     "Whether this client is the case's, by two identifiers as the client says them. Writes "
     "nothing.",
     run_confirm_client},
    {"open_session", ROLE_OPERATOR, AUDITED_COMMAND | API_PRIVATE, session_params, "screening",
     "Open a session for 12 hours: both identifiers, the needle's cartridge and lot, a lot for "
     "each pigment; only while the rig is not armed.",
     run_open_session},
    {"records", ROLE_OPERATOR, 0, NULL, "tables of rows",
     "The case's record: client, screenings, consents, photos, sessions, pigment lots.",
     run_records},
    {"journal", ROLE_OPERATOR, 0, journal_params, "array of rows, newest first",
     "The journal's newest rows, some hundred an answer; ask on with `before`.", run_journal},
    {"preview", ROLE_OPERATOR, 0, preview_params, "job",
     "Begin a picture of the client: the plan as it is, or the design with changes, as a plan for "
     "the picture alone. Not while the needle works; two a second at most.",
     run_preview},
    {"reach", ROLE_OPERATOR, 0, NULL, "job",
     "Begin the report on which dots are reached with the head where it is, and how to turn it for "
     "the others. Not while the needle works.",
     run_reach},
    {"report", ROLE_OPERATOR, 0, NULL, "job",
     "Begin the session's report: the journal's hash chain is checked, then the PDF, a picture and "
     "the JSON are made. Not while the needle works.",
     run_report},
    {"job", ROLE_OPERATOR, 0, job_params,
     "kind, state, text, seconds; png and pdf (base64), report",
     "How a job stands; once it is done, its result.", run_job},
    {"calibration", ROLE_OBSERVER, 0, NULL, "is_calibrated, is_registered, findings",
     "Each calibration: when it was made, how good, until when it is valid, in which file.",
     run_calibration},
    {"calibrate_start", ROLE_TECHNICIAN, AUDITED_COMMAND, calibrate_params, "calibrating",
     "Begin a calibration from the daemon's cameras and rig; the state's `calibrating` says what "
     "to "
     "do, how many views there are, and how good they are.",
     run_calibrate_start},
    {"calibrate_take", ROLE_TECHNICIAN, API_COMMANDS, NULL, "calibrating",
     "Take a view; from the least number on, all of them are judged anew.", run_calibrate_take},
    {"calibrate_accept", ROLE_TECHNICIAN, AUDITED_COMMAND, NULL, "null",
     "Put the judged file in the old one's place (kept as FILE.old); the case is bound anew.",
     run_calibrate_accept},
    {"calibrate_cancel", ROLE_TECHNICIAN, AUDITED_COMMAND, NULL, "null",
     "Forget the views; no file is changed.", run_calibrate_cancel},
    {"doctor", ROLE_OPERATOR, 0, NULL, "board, settings",
     "The board's settings beside the rig file's, as it told them when it was connected.",
     run_doctor},
    {"jog", ROLE_TECHNICIAN, API_COMMANDS, jog_params, "true",
     "Hold to move: one axis, while the call is renewed at least each 250 ms (ten times a second "
     "is "
     "well); the guard cancels it by itself. Only while the rig is homed and not armed.",
     run_jog},
    {"park", ROLE_TECHNICIAN, AUDITED_COMMAND, park_params, "true",
     "Retract the needle and go to the park place.", run_park},
    {"probe", ROLE_TECHNICIAN, AUDITED_COMMAND, probe_params, "true",
     "Find where the needle touches, fast, then slowly; the state's `service` tells.", run_probe},
    {"record_start", ROLE_OPERATOR, AUDITED_COMMAND, record_params, "the recording's folder",
     "Record the session from its begin: one that waits to be armed begins anew, any other is "
     "refused. The state's `recording` tells how it goes.",
     run_record_start},
    {"record_stop", ROLE_OPERATOR, AUDITED_COMMAND, NULL, "recording", "End the recording.",
     run_record_stop},
    {"service_stop", ROLE_OBSERVER, API_AUDITED, NULL, "true",
     "End a jog, a park, a probe. Anybody may, always. After a stopped park or probe the rig homes "
     "anew.",
     run_service_stop},
    {0},
};
