/* The case's record beside its journal, in the same SQLite file (docs/case.md): who, screening,
 * consent, photos by hash, sessions with their lots.
 *
 * Unlike the journal it is written by the command line and by the page, while the rig is not armed;
 * SQLite's locks keep both whole. Times are UTC seconds since 1970. */
#ifndef SMPRIG_CONTROLLER_JOURNAL_CASE_RECORD_H
#define SMPRIG_CONTROLLER_JOURNAL_CASE_RECORD_H

#include "base/file.h"
#include "base/result.h"
#include "controller/journal/case_readiness.h"

#define CASE_TEXT_MAX 96
#define CASE_PIGMENTS_MAX 16
/* Cases beside this one that are asked for its cartridge. */
#define CASE_NEIGHBOURS_MAX 20000

struct case_client {
    char name[CASE_TEXT_MAX], born[16]; /* the two identifiers; born: YYYY-MM-DD */
    char design_sha256[SHA256_HEX_SIZE];
    int64_t made_s;
};

/* A file that belongs to the case, by its hash. */
struct case_file {
    int64_t added_s;
    char file[256], sha256[SHA256_HEX_SIZE];
    char by[CASE_TEXT_MAX]; /* who witnessed it; may be "" for a photo */
};

struct case_pigment {
    char shade[CASE_TEXT_MAX], lot[CASE_TEXT_MAX];
};

struct case_session {
    int64_t opened_s;
    char operated_by[CASE_TEXT_MAX], cartridge[CASE_TEXT_MAX], needle_lot[CASE_TEXT_MAX];
    struct case_pigment pigments[CASE_PIGMENTS_MAX];
    size_t pigment_count;
};

struct case_record;

/* RESULT_NOT_FOUND: no such file. RESULT_FORMAT: not a case file. */
MUST_USE enum result case_record_open(const char *path, bool is_writing,
                                      struct case_record **ret_record, struct error *err);
void case_record_close(struct case_record **record);

/* RESULT_INVALID: no name, or born is no date. */
MUST_USE enum result case_client_check(const struct case_client *client, struct error *err);
/* Make the record's tables and its client. RESULT_INVALID: an identifier is missing or is no date.
 * RESULT_REFUSED: the case has a client already. */
MUST_USE enum result case_record_begin(struct case_record *record, const struct case_client *client,
                                       struct error *err);
/* Each is refused when the case has no client, or an erased one. */
MUST_USE enum result case_record_add_screening(struct case_record *record,
                                               const struct screening *screening,
                                               struct error *err);
MUST_USE enum result case_record_add_consent(struct case_record *record,
                                             const struct case_file *consent, struct error *err);
MUST_USE enum result case_record_add_photo(struct case_record *record,
                                           const struct case_file *photo, struct error *err);
/* Whether the client is who the case is of, by the two identifiers as they say them: RESULT_REFUSED
 * when not. */
MUST_USE enum result case_record_confirm(struct case_record *record, const struct case_client *said,
                                         struct error *err);
/* Open a session. name and born as the client says them: RESULT_REFUSED when they are not the
 * case's, or the cartridge was used before, here or in a case beside this one. */
MUST_USE enum result case_record_add_session(struct case_record *record,
                                             const struct case_session *session,
                                             const struct case_client *said, struct error *err);
/* Honour a wish for deletion: identifiers, answers, notes, names and hashes of photos and consents
 * go, from the file's free pages too. Signatures' dates, sessions, lots and the journal stay. */
MUST_USE enum result case_record_erase(struct case_record *record, int64_t now_s,
                                       struct error *err);

/* What case_readiness() asks for; a file without a record gives facts that deny. Reads the
 * journal's intents for the sessions so far, and the cases beside this one for the cartridge. */
MUST_USE enum result case_facts_read(const char *path, struct case_facts *ret_facts,
                                     struct error *err);

/* The tables of an export, ended by NULL. */
extern const char *const case_tables[];
/* One row: values NULL where SQL is NULL; numbers as text, is_number says so. */
struct case_row {
    int count;
    const char *const *names, *const *values;
    const bool *is_number;
};
/* Call `each` for every row of one of case_tables in order; none when the table is not there. */
MUST_USE enum result case_record_each(struct case_record *record, const char *table,
                                      void (*each)(void *context, const struct case_row *row),
                                      void *context, struct error *err);

#endif
