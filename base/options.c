#include "base/options.h"

#include <assert.h>
#include <ctype.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/text.h"

#define LONG_FIRST 256 /* getopt's value of row 0: no letter has it */
#define NAME_LETTERS_MAX 40
#define FAR_LETTERS 3 /* a name with as many wrong letters is no slip of the finger */

PRINTF_LIKE(3, 0)
static int complain(const struct options *options, const char *verb, const char *format,
                    va_list args) {
    fprintf(stderr, "%s %s: ", options->program, verb);
    vfprintf(stderr, format, args);
    fprintf(stderr, "; %s %s --help tells the options\n", options->program, verb);
    return EX_USAGE;
}

int options_complain(const struct options *options, const char *verb, const char *format, ...) {
    va_list args;
    va_start(args, format);
    int code = complain(options, verb, format, args);
    va_end(args);
    return code;
}

/* Whether value stands between the bars of "still|breathing". */
static bool is_choice(const char *choices, const char *value) {
    size_t length = strlen(value);
    for (const char *at = choices; *at; at += *at == '|') {
        size_t choice = strcspn(at, "|");
        if (choice == length && strncmp(at, value, length) == 0) return true;
        at += choice;
    }
    return false;
}

static bool is_within(const struct option_row *row, double number) {
    bool has_low = row->low != 0 || row->high != 0;
    return (!has_low || number >= row->low) && (row->high == 0 || number <= row->high);
}

static bool take_value(const struct option_row *row, const char *value) {
    double number;
    int64_t high = row->high != 0 ? (int64_t)row->high : INT64_MAX;
    if (row->integer)
        return text_to_int64(value, (int64_t)row->low, high, row->integer) == RESULT_OK;
    if (row->number) {
        if (text_to_double(value, &number) != RESULT_OK || !is_within(row, number)) return false;
        *row->number = number;
    } else if (row->text) {
        if (row->choices && !is_choice(row->choices, value)) return false;
        *row->text = value;
    } else if (row->list) {
        if (row->list->count == row->list->most) return false;
        row->list->items[row->list->count++] = value;
    } else {
        return row->take(value, row->into);
    }
    return true;
}

/* "one of still, breathing". */
static void print_choices(const char *choices, char *text, size_t size) {
    struct text_builder builder;
    const char *at = choices;
    text_builder_init(&builder, text, size);
    if (strchr(choices, '|')) text_append(&builder, "one of ");
    for (size_t length; (length = strcspn(at, "|")) > 0; at += length + (at[length] == '|'))
        text_append(&builder, "%s%.*s", at == choices ? "" : ", ", (int)length, at);
}

/* What a row takes, in words. */
static void print_expected(const struct option_row *row, char *text, size_t size) {
    const char *what = row->integer ? "a whole number" : "a number";
    if (row->list)
        snprintf(text, size, "at most %zu of them", row->list->most);
    else if (row->text)
        print_choices(row->choices, text, size);
    else if (row->take)
        snprintf(text, size, "%s", row->expected);
    else if (row->high != 0)
        snprintf(text, size, "%s from %.15g to %.15g", what, row->low, row->high);
    else if (row->integer || row->low != 0)
        snprintf(text, size, "%s from %.15g on", what, row->low);
    else
        snprintf(text, size, "%s", what);
}

static bool is_letter(char c) {
    return isalnum((unsigned char)c) || c == '-';
}

/* Whether the word stands in the text, not as a part of another. */
static bool has_word(const char *text, const char *word) {
    size_t length = strlen(word);
    for (const char *at = text; (at = strstr(at, word)) != NULL; at += length)
        if ((at == text || !is_letter(at[-1])) && !is_letter(at[length])) return true;
    return false;
}

/* An option, and one that the help names. */
static bool is_option(const struct options *options, const struct option_row *row) {
    char word[NAME_LETTERS_MAX], letter[] = {'-', row->letter, '\0'};
    if (row->is_word) return false;
    snprintf(word, sizeof word, "--%s", row->name);
    return has_word(options->usage, word) || (row->letter && has_word(options->usage, letter));
}

static const char *dashes(const struct option_row *row) {
    return row->is_word ? "" : "--";
}

static int refuse_value(const struct options *options, const char *verb,
                        const struct option_row *row, const char *value) {
    char expected[256];
    print_expected(row, expected, sizeof expected);
    return options_complain(options, verb, "%s%s: expected %s, not '%s'", dashes(row), row->name,
                            expected, value);
}

static int refuse_unknown(const struct options *options, const char *verb, const char *word) {
    size_t nearest = FAR_LETTERS;
    const char *name = NULL, *given = word + strspn(word, "-");
    for (size_t i = 0; i < options->row_count; i++) {
        const struct option_row *row = &options->rows[i];
        size_t letters = text_edit_distance(given, row->name);
        if (letters >= nearest || !is_option(options, row)) continue;
        nearest = letters;
        name = row->name;
    }
    if (name)
        return options_complain(options, verb, "no option '%s' (did you mean --%s?)", word, name);
    return options_complain(options, verb, "no option '%s'", word);
}

/* Once getopt said '?': a letter, a long name, or a flag with a value (optopt is its row). */
static int refuse_option(const struct options *options, const char *verb, const char *word) {
    char letter[] = {'-', (char)optopt, '\0'};
    if (optopt >= LONG_FIRST)
        return options_complain(options, verb, "--%s takes no value",
                                options->rows[optopt - LONG_FIRST].name);
    return refuse_unknown(options, verb, optopt ? letter : word);
}

struct getopt_tables {
    struct option longs[OPTION_ROWS_MAX + 2];
    char letters[2 * OPTION_ROWS_MAX + 4];
};

static void make_tables(const struct options *options, struct getopt_tables *tables) {
    size_t count = 0, length = 0;
    tables->letters[length++] = ':';
    tables->letters[length++] = 'h';
    for (size_t i = 0; i < options->row_count; i++) {
        const struct option_row *row = &options->rows[i];
        if (!is_option(options, row)) continue;
        tables->longs[count++] = (struct option){
            row->name, row->flag ? no_argument : required_argument, NULL, LONG_FIRST + (int)i};
        if (!row->letter) continue;
        tables->letters[length++] = row->letter;
        if (!row->flag) tables->letters[length++] = ':';
    }
    tables->longs[count++] = (struct option){"help", no_argument, NULL, 'h'};
    tables->longs[count] = (struct option){0};
    tables->letters[length] = '\0';
}

static const struct option_row *row_of(const struct options *options, int option) {
    if (option >= LONG_FIRST) return &options->rows[option - LONG_FIRST];
    for (size_t i = 0; i < options->row_count; i++)
        if (options->rows[i].letter == option) return &options->rows[i];
    return NULL;
}

/* All options; EX_OK, or the complaint's code. `is_given` by row. */
static int take_options(const struct options *options, int argc, char **argv, bool *is_given) {
    struct getopt_tables tables;
    make_tables(options, &tables);
    optind = 0; /* glibc: from the begin, whatever was parsed before */
    opterr = 0;
    for (int c; (c = getopt_long(argc, argv, tables.letters, tables.longs, NULL)) != -1;) {
        const struct option_row *row = row_of(options, c == ':' ? optopt : c);
        if (c == '?') return refuse_option(options, argv[0], argv[optind - 1]);
        if (c == ':') return options_complain(options, argv[0], "--%s wants a value", row->name);
        is_given[row - options->rows] = true;
        if (row->flag)
            *row->flag = true;
        else if (!take_value(row, optarg))
            return refuse_value(options, argv[0], row, optarg);
    }
    return EX_OK;
}

static int take_words(const struct options *options, int argc, char **argv, bool *is_given) {
    int at = optind;
    for (size_t i = 0; i < options->row_count; i++) {
        const struct option_row *row = &options->rows[i];
        for (int taken = 0; row->is_word && at < argc && (row->list || !taken); taken++, at++) {
            is_given[i] = true;
            if (!take_value(row, argv[at])) return refuse_value(options, argv[0], row, argv[at]);
        }
    }
    if (at < argc) return options_complain(options, argv[0], "'%s' is a word too many", argv[at]);
    return EX_OK;
}

static const struct option_row *first_missing(const struct options *options, const bool *is_given) {
    for (size_t i = 0; i < options->row_count; i++)
        if (options->rows[i].is_needed && !is_given[i]) return &options->rows[i];
    return NULL;
}

static bool asks_help(int argc, char **argv) {
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) return true;
    return false;
}

bool options_parse(const struct options *options, int argc, char **argv, int *ret_exit) {
    bool is_given[OPTION_ROWS_MAX] = {false};
    assert(options->row_count <= OPTION_ROWS_MAX);
    if (asks_help(argc, argv)) {
        fputs(options->usage, stdout);
        *ret_exit = EX_OK;
        return false;
    }
    *ret_exit = take_options(options, argc, argv, is_given);
    if (*ret_exit == EX_OK) *ret_exit = take_words(options, argc, argv, is_given);
    if (*ret_exit != EX_OK) return false;
    const struct option_row *missing = first_missing(options, is_given);
    if (!missing) return true;
    *ret_exit = EX_USAGE;
    if (argc == 1)
        fputs(options->usage, stderr);
    else
        options_complain(options, argv[0], "%s%s is missing", dashes(missing), missing->name);
    return false;
}
