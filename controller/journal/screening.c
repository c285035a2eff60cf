#include "controller/journal/screening.h"

#include <stddef.h>
#include <string.h>

struct question {
    const char *name, *text, *advice;
    bool physician_may_allow;
};

static const struct question questions[SCREENING_QUESTION_COUNT] = {
    [SCREENING_DIABETES] = {"diabetes", "Diabetes?",
                            "a physician's letter is needed: it heals slowly", true},
    [SCREENING_BLOOD_THINNERS] = {"blood-thinners", "Blood thinners, aspirin included?",
                                  "a physician's letter is needed: bleeding washes pigment out",
                                  true},
    [SCREENING_BLEEDING_DISORDER] = {"bleeding-disorder", "A disorder of blood clotting?",
                                     "it is not treated", false},
    [SCREENING_EPILEPSY] = {"epilepsy", "Epilepsy or seizures?",
                            "a physician's letter is needed: a seizure under the needle", true},
    [SCREENING_CANCER_TREATMENT] = {"cancer-treatment", "Treatment for cancer, now or this year?",
                                    "a physician's letter is needed", true},
    [SCREENING_AUTOIMMUNE] = {"autoimmune", "A disease of the immune system?",
                              "a physician's letter is needed", true},
    [SCREENING_KELOIDS] = {"keloids", "Scars that grow (keloids)?",
                           "it is not treated: each puncture may scar", false},
    [SCREENING_PSORIASIS] = {"psoriasis", "Psoriasis breaking out on the scalp?",
                             "wait until the skin is calm", false},
    [SCREENING_ACNE] = {"acne", "Acne breaking out on the scalp?", "wait until the skin is calm",
                        false},
    [SCREENING_PIGMENT_ALLERGY] = {"pigment-allergy", "Allergy to pigment or tattoo colour?",
                                   "it is not treated", false},
    [SCREENING_BOTOX_FILLERS] = {"botox-fillers",
                                 "Botox or fillers at the head in the last 4 weeks?",
                                 "wait four weeks after it", false},
    [SCREENING_SUNBURN] = {"sunburn", "Sunburn on the scalp?", "wait until the skin has healed",
                           false},
    [SCREENING_OPEN_SKIN] = {"open-skin", "Open, infected or irritated skin on the scalp?",
                             "wait until the skin has healed", false},
};

static const char *const answers[ANSWER_COUNT] = {
    [ANSWER_MISSING] = "missing",
    [ANSWER_NO] = "no",
    [ANSWER_YES] = "yes",
    [ANSWER_PHYSICIAN] = "physician",
};

static const struct question *find(enum screening_question question) {
    return (unsigned)question < SCREENING_QUESTION_COUNT ? &questions[question] : NULL;
}

const char *screening_question_name(enum screening_question question) {
    return find(question) ? find(question)->name : "unknown";
}

const char *screening_question_text(enum screening_question question) {
    return find(question) ? find(question)->text : "";
}

const char *screening_advice(enum screening_question question) {
    return find(question) ? find(question)->advice : "";
}

const char *screening_answer_name(enum screening_answer answer) {
    return (unsigned)answer < ANSWER_COUNT ? answers[answer] : "unknown";
}

int screening_question_of(const char *name) {
    for (int i = 0; name && i < SCREENING_QUESTION_COUNT; i++)
        if (strcmp(questions[i].name, name) == 0) return i;
    return -1;
}

int screening_answer_of(const char *name) {
    for (int i = 0; name && i < ANSWER_COUNT; i++)
        if (strcmp(answers[i], name) == 0) return i;
    return -1;
}

bool screening_allows(enum screening_question question, enum screening_answer answer) {
    if (!find(question)) return false;
    return answer == ANSWER_NO ||
           (answer == ANSWER_PHYSICIAN && questions[question].physician_may_allow);
}
