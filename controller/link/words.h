/* Every code that a Grbl board says, in words: what it means for this rig, and what to do. Complete
 * for Grbl 1.1 and grblHAL (codes from their public documentation; the sentences are ours). */
#ifndef SMPRIG_CONTROLLER_LINK_WORDS_H
#define SMPRIG_CONTROLLER_LINK_WORDS_H

#include <stddef.h>

struct code_words {
    int code;
    const char *what, *remedy;
};

/* Never NULL: a code that nobody documented is said to be unknown. */
const struct code_words *words_of_alarm(int code);
const struct code_words *words_of_error(int code);
/* What a setting is for, with its unit; NULL when it is not in the table. Per-axis settings
 * ($100..$199) are found by their group. */
const char *words_of_setting(int number);

#endif
