/* The questions that a client answers before a session, and which answers let a session be armed
 * (hazard 38). Design choices after the field's own guides, no clinical advice: docs/case.md. */
#ifndef SMPRIG_CONTROLLER_JOURNAL_SCREENING_H
#define SMPRIG_CONTROLLER_JOURNAL_SCREENING_H

#include <stdbool.h>
#include <stdint.h>

enum screening_question {
    SCREENING_DIABETES,
    SCREENING_BLOOD_THINNERS,
    SCREENING_BLEEDING_DISORDER,
    SCREENING_EPILEPSY,
    SCREENING_CANCER_TREATMENT,
    SCREENING_AUTOIMMUNE,
    SCREENING_KELOIDS,
    SCREENING_PSORIASIS,
    SCREENING_ACNE,
    SCREENING_PIGMENT_ALLERGY,
    SCREENING_BOTOX_FILLERS,
    SCREENING_SUNBURN,
    SCREENING_OPEN_SKIN,
    SCREENING_QUESTION_COUNT
};

enum screening_answer {
    ANSWER_MISSING,
    ANSWER_NO,
    ANSWER_YES,
    ANSWER_PHYSICIAN, /* yes, and a physician's letter allows the treatment */
    ANSWER_COUNT
};

struct screening {
    int64_t signed_s;                          /* UTC seconds since 1970 */
    char signed_by[64];                        /* who vouches for the answers */
    uint8_t answers[SCREENING_QUESTION_COUNT]; /* enum screening_answer */
};

/* Words of files and the command line: "blood-thinners", "physician". */
const char *screening_question_name(enum screening_question question);
const char *screening_answer_name(enum screening_answer answer);
/* As it is put to the client. */
const char *screening_question_text(enum screening_question question);
/* Index of the word, or -1. */
int screening_question_of(const char *name);
int screening_answer_of(const char *name);

/* Whether the treatment may go on with this answer: "no", or "physician" where a physician can
 * judge it at all. Missing and unknown answers deny. */
bool screening_allows(enum screening_question question, enum screening_answer answer);
/* What to do about an answer that denies. */
const char *screening_advice(enum screening_question question);

#endif
