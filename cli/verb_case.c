/* smprig case: who is treated, whether they may be, with what. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "base/options.h"
#include "base/text.h"
#include "cli/case_args.h"
#include "cli/verbs.h"
#include "controller/journal/journal.h"

static const char usage[] =
    "Usage: smprig case new CASE --name NAME --born YYYY-MM-DD --scan SCAN.ply --plan "
    "PLAN.ply\n"
    "                       [--design DESIGN.yaml] [--consent FILE --witness WHO] [--photo "
    "FILE]..\n"
    "       smprig case add CASE [--consent FILE --witness WHO] [--photo FILE]..\n"
    "       smprig case screen CASE --by WHO [--answer QUESTION=no|yes|physician].. [--others "
    "no]\n"
    "       smprig case session CASE --name NAME --born YYYY-MM-DD --by WHO --cartridge ID\n"
    "                       --needle-lot LOT --pigment SHADE=LOT..\n"
    "       smprig case next CASE --plan PLAN.ply [--session N]\n"
    "       smprig case touch-up CASE --plan PLAN.ply [--dots LIST.txt] -o TOUCH.ply\n"
    "       smprig case show CASE [--json]\n"
    "       smprig case check CASE [--plan PLAN.ply] [--json]\n"
    "       smprig case export CASE [--csv FOLDER | -o FILE.json]\n"
    "       smprig case erase CASE --yes\n"
    "CASE is a case file or the folder of its case.db. `screen` asks on the terminal for what\n"
    "no option answers; `session` opens a session for 12 hours: the two identifiers as the\n"
    "client says them, and the lots. `next` makes the dots of the next session due, later "
    "ones\n"
    "wait; `touch-up` plans anew the dots that have faded by the model, or those of a list of\n"
    "ids; `check` tells what a damaged case has lost. docs/case.md explains what lets a "
    "session be armed.\n";

static enum result find_case(const char *name, char *path, size_t size, struct error *err) {
    struct stat info;
    bool is_folder = stat(name, &info) == 0 && S_ISDIR(info.st_mode);
    int length = snprintf(path, size, is_folder ? "%s/case.db" : "%s", name);
    if (length > 0 && (size_t)length < size) return RESULT_OK;
    return error_set(err, RESULT_LIMIT, "%s: the path is too long", name);
}

static enum result hash_file(const char *path, const char *by, struct case_file *ret_file,
                             struct error *err) {
    struct case_file file = {.added_s = (int64_t)time(NULL)};
    enum result result = file_sha256(path, file.sha256, err);
    if (result != RESULT_OK) return result;
    if (text_copy(file.file, sizeof file.file, path) != RESULT_OK ||
        text_copy(file.by, sizeof file.by, by ? by : "") != RESULT_OK)
        return error_set(err, RESULT_LIMIT, "%s: the name is too long", path);
    *ret_file = file;
    return RESULT_OK;
}

static enum result copy_client(const struct case_args *args, struct case_client *client,
                               struct error *err) {
    client->made_s = (int64_t)time(NULL);
    if (text_copy(client->name, sizeof client->name, args->name ? args->name : "") != RESULT_OK ||
        text_copy(client->born, sizeof client->born, args->born ? args->born : "") != RESULT_OK)
        return error_set(err, RESULT_LIMIT, "name or date of birth is too long");
    return RESULT_OK;
}

static enum result add_files(struct case_record *record, const struct case_args *args,
                             struct error *err) {
    struct case_file file;
    enum result result = RESULT_OK;
    if (args->consent) {
        result = hash_file(args->consent, args->witness, &file, err);
        if (result == RESULT_OK) result = case_record_add_consent(record, &file, err);
    }
    for (size_t i = 0; result == RESULT_OK && i < args->photo_count; i++) {
        result = hash_file(args->photos[i], NULL, &file, err);
        if (result == RESULT_OK) result = case_record_add_photo(record, &file, err);
    }
    return result;
}

/* The journal first, bound to scan and plan; a case that has one already only gets its client. */
static enum result make_journal(const struct case_args *args, struct error *err) {
    char scan_sha256[SHA256_HEX_SIZE], plan_sha256[SHA256_HEX_SIZE];
    struct dot_plan plan = {0};
    struct journal *journal = NULL;
    enum result result = dot_plan_read(args->plan, &plan, err);
    if (result == RESULT_OK) result = verb_check_scan(&plan, args->plan, args->scan, err);
    if (result == RESULT_OK) result = file_sha256(args->scan, scan_sha256, err);
    if (result == RESULT_OK) result = file_sha256(args->plan, plan_sha256, err);
    if (result == RESULT_OK) {
        struct journal_binding binding = {scan_sha256, plan_sha256};
        result = journal_open(args->path, &plan, binding, &journal, err);
    }
    journal_close(&journal);
    dot_plan_release(&plan);
    return result;
}

static enum result run_new(const struct case_args *args, struct error *err) {
    struct case_client client = {0};
    struct case_record *record = NULL;
    if (!args->name || !args->born || !args->scan || !args->plan)
        return error_set(err, RESULT_INVALID, "--name, --born, --scan and --plan are needed");
    enum result result = copy_client(args, &client, err);
    if (result == RESULT_OK) result = case_client_check(&client, err);
    if (result == RESULT_OK && args->design)
        result = file_sha256(args->design, client.design_sha256, err);
    if (result == RESULT_OK) result = make_journal(args, err);
    if (result == RESULT_OK) result = case_record_open(args->path, true, &record, err);
    if (result == RESULT_OK) result = case_record_begin(record, &client, err);
    if (result == RESULT_OK) result = add_files(record, args, err);
    case_record_close(&record);
    return result;
}

static enum result run_add(const struct case_args *args, struct error *err) {
    struct case_record *record = NULL;
    if (!args->consent && args->photo_count == 0)
        return error_set(err, RESULT_INVALID, "--consent or --photo is needed");
    enum result result = case_record_open(args->path, true, &record, err);
    if (result == RESULT_OK) result = add_files(record, args, err);
    case_record_close(&record);
    return result;
}

static enum result take_answers(const struct case_args *args, struct screening *screening,
                                struct error *err) {
    if (args->others && strcmp(args->others, "no") != 0)
        return error_set(err, RESULT_INVALID, "--others takes 'no' only");
    for (int i = 0; args->others && i < SCREENING_QUESTION_COUNT; i++)
        screening->answers[i] = ANSWER_NO;
    for (size_t i = 0; i < args->answer_count; i++) {
        char name[64];
        const char *equals = strchr(args->answers[i], '=');
        int length = equals ? (int)(equals - args->answers[i]) : (int)strlen(args->answers[i]);
        snprintf(name, sizeof name, "%.*s", length, args->answers[i]);
        int question = screening_question_of(name);
        int answer = screening_answer_of(equals ? equals + 1 : NULL);
        if (question < 0)
            return error_set(err, RESULT_INVALID, "no question '%s'; 'smprig case screen' asks all",
                             name);
        if (answer <= ANSWER_MISSING)
            return error_set(err, RESULT_INVALID, "%s: the answer is no, yes or physician",
                             args->answers[i]);
        screening->answers[question] = (uint8_t)answer;
    }
    return RESULT_OK;
}

static void ask_answers(struct screening *screening) {
    char line[64];
    for (int i = 0; i < SCREENING_QUESTION_COUNT; i++) {
        while (screening->answers[i] == ANSWER_MISSING) {
            printf("%s (no, yes, physician: yes, with a letter that allows it) ",
                   screening_question_text((enum screening_question)i));
            fflush(stdout);
            if (!fgets(line, sizeof line, stdin)) return;
            line[strcspn(line, "\n")] = '\0';
            int answer = screening_answer_of(line);
            if (answer > ANSWER_MISSING) screening->answers[i] = (uint8_t)answer;
        }
    }
}

static enum result run_screen(const struct case_args *args, struct error *err) {
    struct screening screening = {0};
    struct case_record *record = NULL;
    if (!args->by) return error_set(err, RESULT_INVALID, "--by is needed: who signs the screening");
    if (text_copy(screening.signed_by, sizeof screening.signed_by, args->by) != RESULT_OK)
        return error_set(err, RESULT_LIMIT, "--by: the name is too long");
    enum result result = take_answers(args, &screening, err);
    if (result == RESULT_OK) result = case_record_open(args->path, true, &record, err);
    if (result == RESULT_OK && isatty(STDIN_FILENO)) ask_answers(&screening);
    screening.signed_s = (int64_t)time(NULL);
    if (result == RESULT_OK) result = case_record_add_screening(record, &screening, err);
    case_record_close(&record);
    return result;
}

static enum result take_pigments(const struct case_args *args, struct case_session *session,
                                 struct error *err) {
    for (size_t i = 0; i < args->pigment_count; i++) {
        struct case_pigment *pigment = &session->pigments[session->pigment_count];
        const char *equals = strchr(args->pigments[i], '=');
        if (!equals || equals == args->pigments[i] || !equals[1] ||
            session->pigment_count == CASE_PIGMENTS_MAX ||
            equals - args->pigments[i] >= CASE_TEXT_MAX ||
            text_copy(pigment->lot, sizeof pigment->lot, equals + 1) != RESULT_OK)
            return error_set(err, RESULT_INVALID, "--pigment %s: SHADE=LOT is expected, %d at most",
                             args->pigments[i], CASE_PIGMENTS_MAX);
        snprintf(pigment->shade, sizeof pigment->shade, "%.*s", (int)(equals - args->pigments[i]),
                 args->pigments[i]);
        session->pigment_count++;
    }
    return RESULT_OK;
}

static enum result run_session(const struct case_args *args, struct error *err) {
    struct case_session session = {.opened_s = (int64_t)time(NULL)};
    struct case_client said = {0};
    struct case_record *record = NULL;
    if (!args->name || !args->born || !args->by || !args->cartridge || !args->needle_lot)
        return error_set(err, RESULT_INVALID,
                         "--name, --born, --by, --cartridge, --needle-lot and --pigment are "
                         "needed");
    if (text_copy(session.operated_by, CASE_TEXT_MAX, args->by) != RESULT_OK ||
        text_copy(session.cartridge, CASE_TEXT_MAX, args->cartridge) != RESULT_OK ||
        text_copy(session.needle_lot, CASE_TEXT_MAX, args->needle_lot) != RESULT_OK)
        return error_set(err, RESULT_LIMIT, "a name or lot has more than %d letters",
                         CASE_TEXT_MAX - 1);
    enum result result = copy_client(args, &said, err);
    if (result == RESULT_OK) result = take_pigments(args, &session, err);
    if (result == RESULT_OK) result = case_record_open(args->path, true, &record, err);
    if (result == RESULT_OK) result = case_record_add_session(record, &session, &said, err);
    case_record_close(&record);
    return result;
}

static enum result run_erase(const struct case_args *args, struct error *err) {
    struct case_record *record = NULL;
    if (!args->is_confirmed)
        return error_set(err, RESULT_REFUSED,
                         "this erases the client's data for good; say --yes, and export first what "
                         "the client asks for");
    enum result result = case_record_open(args->path, true, &record, err);
    if (result == RESULT_OK) result = case_record_erase(record, (int64_t)time(NULL), err);
    case_record_close(&record);
    if (result == RESULT_OK)
        printf(
            "%s: name, date of birth, answers, photos' and consents' names and hashes are gone; "
            "sessions, lots, signatures' dates and the journal stay.\nDelete beside it: scan, "
            "plans, designs, photos, signed papers, exports and backups.\n",
            args->path);
    return result;
}

/* `what` is one of CASE_PARTS. */
#define CASE_PARTS "new|add|screen|session|next|touch-up|show|check|export|erase"
static enum result run(const char *what, const struct case_args *args, struct error *err) {
    static const struct {
        const char *name;
        enum result (*run)(const struct case_args *args, struct error *err);
        bool shows_after;
    } parts[] = {{"new", run_new, true},         {"add", run_add, true},
                 {"screen", run_screen, true},   {"session", run_session, true},
                 {"show", case_show, false},     {"check", case_check, false},
                 {"export", case_export, false}, {"erase", run_erase, false},
                 {"next", case_next, false},     {"touch-up", case_touch_up, false}};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (strcmp(parts[i].name, what) != 0) continue;
        enum result result = parts[i].run(args, err);
        return result == RESULT_OK && parts[i].shows_after ? case_show(args, err) : result;
    }
    return RESULT_INVALID; /* no word of CASE_PARTS */
}

int verb_case(int argc, char **argv) {
    struct case_args args = {0};
    const char *what, *name;
    struct option_list photos = {args.photos, CASE_ARGS_LIST_MAX, 0};
    struct option_list answers = {args.answers, CASE_ARGS_LIST_MAX, 0};
    struct option_list pigments = {args.pigments, CASE_ARGS_LIST_MAX, 0};
    const struct option_row rows[] = {
        {"what", .is_word = true, .text = &what, .choices = CASE_PARTS, .is_needed = true},
        {"CASE", .is_word = true, .text = &name, .is_needed = true},
        {"name", .text = &args.name},
        {"born", .text = &args.born},
        {"scan", .text = &args.scan},
        {"plan", .text = &args.plan},
        {"design", .text = &args.design},
        {"consent", .text = &args.consent},
        {"witness", .text = &args.witness},
        {"by", .text = &args.by},
        {"cartridge", .text = &args.cartridge},
        {"needle-lot", .text = &args.needle_lot},
        {"csv", .text = &args.csv},
        {"output", 'o', .text = &args.output},
        {"others", .text = &args.others},
        {"session", .text = &args.session},
        {"dots", .text = &args.dots},
        {"photo", .list = &photos},
        {"answer", .list = &answers},
        {"pigment", .list = &pigments},
        {"json", .flag = &args.is_json},
        {"yes", .flag = &args.is_confirmed},
    };
    const struct options options = {"smprig", usage, OPTION_ROWS(rows)};
    struct error err = {0};
    int code;
    if (!options_parse(&options, argc, argv, &code)) return code;
    args.photo_count = photos.count;
    args.answer_count = answers.count;
    args.pigment_count = pigments.count;
    enum result result = find_case(name, args.path, sizeof args.path, &err);
    if (result == RESULT_OK) result = run(what, &args, &err);
    return result == RESULT_OK ? EX_OK : verb_fail("case", &err);
}
