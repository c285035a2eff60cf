/* Command-line options by a table: what each is called, what it takes, where its value goes. All
 * verbs complain in the same words, and --help works anywhere.
 *
 * getopt_long(3) does the scanning, so long names may be shortened and words may stand between
 * options. */
#ifndef SMPRIG_BASE_OPTIONS_H
#define SMPRIG_BASE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/result.h"

#define OPTION_ROWS_MAX 48

/* Values in the order given; the caller's array. */
struct option_list {
    const char **items;
    size_t most, count;
};

/* One option, or one word of its own. Exactly one target is set; texts stay argv's. */
struct option_row {
    const char *name; /* of an option without its dashes; of a word as the help calls it */
    char letter;      /* of -o; 0: none. -h is taken */
    bool is_word;     /* words are taken in the table's order, a list takes all that are left */
    bool is_needed;

    bool *flag; /* takes no value */
    const char **text;
    struct option_list *list;
    double *number;   /* finite, from low to high */
    int64_t *integer; /* whole, from low to high */
    double low, high; /* of both; high 0: none; both 0: any number, whole ones from 0 on */
    bool (*take)(const char *value, void *into); /* false: not understood */
    void *into;

    const char *choices;  /* of a text: "still|breathing"; NULL: any */
    const char *expected; /* of `take`, for the complaint: "X,Y,Z in mm" */
};

struct options {
    const char *program; /* what stands before argv[0] in the command: "smprig", "smprig plan" */
    const char *usage;   /* the whole help; an option that it does not name is not taken, so that
                            verbs may share a table */
    const struct option_row *rows;
    size_t row_count;
};

/* Both members of a table in sight: {"smprig", usage, OPTION_ROWS(rows)}. */
#define OPTION_ROWS(rows) (rows), sizeof(rows) / sizeof *(rows)

/* Fill the targets from argv[1] on; argv[0] is the verb. False: the program ends with *ret_exit,
 * for the help was asked (stdout, 0) or a complaint was made (stderr, EX_USAGE; nothing given where
 * something is needed: the help instead). */
bool options_parse(const struct options *options, int argc, char **argv, int *ret_exit);

/* For a rule that the table cannot tell: print `smprig VERB: sentence; smprig VERB --help tells the
 * options` to stderr and return EX_USAGE. */
int options_complain(const struct options *options, const char *verb, const char *format, ...)
    PRINTF_LIKE(3, 4);

#endif
