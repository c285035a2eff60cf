#include "controller/journal/case_record.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "controller/journal/case_neighbours.h"
#include "controller/journal/case_sql.h"
#include "controller/journal/record_chain.h"

static const char record_sql[] =
    "CREATE TABLE client(id INTEGER PRIMARY KEY CHECK(id=1), name TEXT, born TEXT,"
    " design_sha256 TEXT NOT NULL, made_s INTEGER NOT NULL, erased_s INTEGER) STRICT;"
    "CREATE TABLE screenings(number INTEGER PRIMARY KEY, signed_s INTEGER NOT NULL,"
    " signed_by TEXT NOT NULL CHECK(signed_by<>'')) STRICT;"
    "CREATE TABLE answers(screening INTEGER NOT NULL REFERENCES screenings, question TEXT NOT NULL,"
    " answer TEXT NOT NULL CHECK(answer IN('no','yes','physician')),"
    " PRIMARY KEY(screening, question)) STRICT;"
    "CREATE TABLE consents(number INTEGER PRIMARY KEY, added_s INTEGER NOT NULL, file TEXT,"
    " sha256 TEXT, witnessed_by TEXT NOT NULL) STRICT;"
    "CREATE TABLE photos(number INTEGER PRIMARY KEY, added_s INTEGER NOT NULL, file TEXT NOT NULL,"
    " sha256 TEXT NOT NULL) STRICT;"
    "CREATE TABLE sessions(number INTEGER PRIMARY KEY, opened_s INTEGER NOT NULL,"
    " operated_by TEXT NOT NULL CHECK(operated_by<>''),"
    " cartridge TEXT NOT NULL UNIQUE CHECK(cartridge<>''), needle_lot TEXT NOT NULL,"
    " plan_sha256 TEXT NOT NULL, is_identified INTEGER NOT NULL) STRICT;"
    "CREATE TABLE pigments(session INTEGER NOT NULL REFERENCES sessions, shade TEXT NOT NULL,"
    " lot TEXT NOT NULL CHECK(lot<>''), PRIMARY KEY(session, shade)) STRICT;";

const char *const case_tables[] = {"meta",     "client", "screenings", "answers",
                                   "consents", "photos", "sessions",   "pigments",
                                   "dots",     "events", NULL};

static enum result end_transaction(struct case_record *record, enum result result,
                                   struct error *err) {
    if (result == RESULT_OK) result = record_chain_append(record->db, err);
    if (result == RESULT_OK) result = case_sql_run(record, "COMMIT", err);
    if (result != RESULT_OK) sqlite3_exec(record->db, "ROLLBACK", NULL, NULL, NULL);
    return result;
}

static bool is_date(const char *text) {
    struct tm parts = {0}, same;
    const char *end = strptime(text, "%Y-%m-%d", &parts);
    if (!end || *end || strlen(text) != 10) return false;
    same = parts;
    timegm(&same);
    return same.tm_mday == parts.tm_mday && same.tm_mon == parts.tm_mon;
}

static bool has_letter(const char *text) {
    for (; *text; text++)
        if (!isspace((unsigned char)*text)) return true;
    return false;
}

enum result case_client_check(const struct case_client *client, struct error *err) {
    if (!has_letter(client->name))
        return error_set(err, RESULT_INVALID,
                         "the client's name is empty: two identifiers are "
                         "needed, name and date of birth");
    if (!is_date(client->born))
        return error_set(err, RESULT_INVALID, "born is '%s', not a date as 1980-12-31",
                         client->born);
    return RESULT_OK;
}

enum result case_record_begin(struct case_record *record, const struct case_client *client,
                              struct error *err) {
    enum result result = case_client_check(client, err);
    if (result != RESULT_OK) return result;
    if (case_sql_has_table(record, "client"))
        return error_set(err, RESULT_REFUSED,
                         "%s: the case has its client already; a new client "
                         "is a new case",
                         record->path);
    result = case_sql_run(record, "BEGIN IMMEDIATE", err);
    if (result != RESULT_OK) return result;
    result = case_sql_run(record, record_sql, err);
    if (result == RESULT_OK)
        result = case_sql_bind(record, err, "INSERT INTO client VALUES(1,?,?,?,?,NULL)", "ttti",
                               client->name, client->born, client->design_sha256, client->made_s);
    return end_transaction(record, result, err);
}

static enum result begin_addition(struct case_record *record, struct error *err) {
    if (!case_sql_has_table(record, "client"))
        return error_set(err, RESULT_REFUSED, "%s: the case has no client yet: 'smprig case new'",
                         record->path);
    if (case_sql_number(record, "SELECT erased_s FROM client", 0) != 0)
        return error_set(err, RESULT_REFUSED, "%s: the client's data was erased", record->path);
    return case_sql_run(record, "BEGIN IMMEDIATE", err);
}

enum result case_record_add_screening(struct case_record *record, const struct screening *screening,
                                      struct error *err) {
    for (int i = 0; i < SCREENING_QUESTION_COUNT; i++)
        if (screening->answers[i] == ANSWER_MISSING || screening->answers[i] >= ANSWER_COUNT)
            return error_set(err, RESULT_INVALID, "no answer on %s: %s",
                             screening_question_name((enum screening_question)i),
                             screening_question_text((enum screening_question)i));
    if (!has_letter(screening->signed_by))
        return error_set(err, RESULT_INVALID, "nobody has signed the screening");
    enum result result = begin_addition(record, err);
    if (result != RESULT_OK) return result;
    result = case_sql_bind(record, err, "INSERT INTO screenings VALUES(NULL,?,?)", "it",
                           screening->signed_s, screening->signed_by);
    int64_t number = sqlite3_last_insert_rowid(record->db);
    for (int i = 0; result == RESULT_OK && i < SCREENING_QUESTION_COUNT; i++)
        result = case_sql_bind(record, err, "INSERT INTO answers VALUES(?,?,?)", "itt", number,
                               screening_question_name((enum screening_question)i),
                               screening_answer_name((enum screening_answer)screening->answers[i]));
    return end_transaction(record, result, err);
}

enum result case_record_add_consent(struct case_record *record, const struct case_file *consent,
                                    struct error *err) {
    if (!has_letter(consent->by))
        return error_set(err, RESULT_INVALID, "nobody has witnessed the consent");
    enum result result = begin_addition(record, err);
    if (result == RESULT_OK)
        result = end_transaction(
            record,
            case_sql_bind(record, err, "INSERT INTO consents VALUES(NULL,?,?,?,?)", "ittt",
                          consent->added_s, consent->file, consent->sha256, consent->by),
            err);
    return result;
}

enum result case_record_add_photo(struct case_record *record, const struct case_file *photo,
                                  struct error *err) {
    enum result result = begin_addition(record, err);
    if (result == RESULT_OK)
        result = end_transaction(record,
                                 case_sql_bind(record, err, "INSERT INTO photos VALUES(NULL,?,?,?)",
                                               "itt", photo->added_s, photo->file, photo->sha256),
                                 err);
    return result;
}

/* Whether a row of `sql` holds both texts. */
static bool has_row(struct case_record *record, const char *sql, const char *a, const char *b) {
    sqlite3_stmt *statement = NULL;
    bool has = sqlite3_prepare_v2(record->db, sql, -1, &statement, NULL) == SQLITE_OK &&
               sqlite3_bind_text(statement, 1, a, -1, SQLITE_STATIC) == SQLITE_OK &&
               (!b || sqlite3_bind_text(statement, 2, b, -1, SQLITE_STATIC) == SQLITE_OK) &&
               sqlite3_step(statement) == SQLITE_ROW;
    sqlite3_finalize(statement);
    return has;
}

enum result case_record_confirm(struct case_record *record, const struct case_client *said,
                                struct error *err) {
    if (has_row(record, "SELECT 1 FROM client WHERE name=? AND born=?", said->name, said->born))
        return RESULT_OK;
    return error_set(err, RESULT_REFUSED, /* told to logs too: it names nobody */
                     "this is not the case's client: name and date of birth must be those of the "
                     "case, letter by letter");
}

static enum result check_session(struct case_record *record, const struct case_session *session,
                                 const struct case_client *said, struct error *err) {
    char elsewhere[4096];
    enum result result = case_record_confirm(record, said, err);
    if (result != RESULT_OK) return result;
    if (!has_letter(session->operated_by))
        return error_set(err, RESULT_INVALID, "who operates the rig is missing");
    if (!has_letter(session->cartridge) || !has_letter(session->needle_lot))
        return error_set(err, RESULT_INVALID, "the needle cartridge's id and its lot are needed");
    if (session->pigment_count == 0)
        return error_set(err, RESULT_INVALID, "no pigment's lot: give one a shade, SHADE=LOT");
    for (size_t i = 0; i < session->pigment_count; i++)
        if (!has_letter(session->pigments[i].shade) || !has_letter(session->pigments[i].lot))
            return error_set(err, RESULT_INVALID, "pigment '%s' has no lot",
                             session->pigments[i].shade);
    if (has_row(record, "SELECT 1 FROM sessions WHERE cartridge=?", session->cartridge, NULL))
        return error_set(err, RESULT_REFUSED,
                         "needle cartridge %s was used in this case already: take a new one",
                         session->cartridge);
    if (case_cartridge_elsewhere(record->path, session->cartridge, elsewhere, sizeof elsewhere))
        return error_set(err, RESULT_REFUSED,
                         "needle cartridge %s was used in %s already: take a new one",
                         session->cartridge, elsewhere);
    return RESULT_OK;
}

enum result case_record_add_session(struct case_record *record, const struct case_session *session,
                                    const struct case_client *said, struct error *err) {
    enum result result = begin_addition(record, err);
    if (result != RESULT_OK) return result;
    result = check_session(record, session, said, err);
    if (result == RESULT_OK)
        result = case_sql_bind(record, err,
                               "INSERT INTO sessions SELECT NULL,?,?,?,?,value,1 FROM meta WHERE "
                               "key='plan'",
                               "ittt", session->opened_s, session->operated_by, session->cartridge,
                               session->needle_lot);
    int64_t number = sqlite3_last_insert_rowid(record->db);
    for (size_t i = 0; result == RESULT_OK && i < session->pigment_count; i++)
        result = case_sql_bind(record, err, "INSERT INTO pigments VALUES(?,?,?)", "itt", number,
                               session->pigments[i].shade, session->pigments[i].lot);
    return end_transaction(record, result, err);
}

enum result case_record_erase(struct case_record *record, int64_t now_s, struct error *err) {
    enum result result = begin_addition(record, err);
    if (result != RESULT_OK) return result;
    result = case_sql_bind(record, err, "UPDATE client SET name=NULL, born=NULL, erased_s=?", "i",
                           now_s);
    if (result == RESULT_OK)
        result = case_sql_run(record,
                              "DELETE FROM answers; DELETE FROM photos;"
                              "UPDATE consents SET file=NULL, sha256=NULL;",
                              err);
    result = end_transaction(record, result, err);
    /* The erased bytes leave the free pages and the log too. */
    if (result == RESULT_OK)
        result = case_sql_run(record, "VACUUM; PRAGMA wal_checkpoint(TRUNCATE);", err);
    return result;
}
