/* One call to the running daemon: smprig status, hold, resume, skip and so on, a row each; and
 * smprig call METHOD [NAME=VALUE...] for any call of docs/api.md. Tables for people, --json for
 * programs. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/options.h"
#include "base/text.h"
#include "cli/api_client.h"
#include "cli/json_table.h"
#include "cli/verbs.h"
#include "cli/watch_view.h"

#define CONNECT_MS 500
#define COLUMNS_DEFAULT 120
#define WORDS_MAX 1024 /* dots to skip at once */
#define USAGE_SIZE 512

/* What a verb's words mean. */
enum words_kind { NO_WORDS, ONE_TEXT, ONE_NUMBER, MAYBE_NUMBER, DOTS_OR_ZONE, NAMES_AND_VALUES };

struct call_verb {
    const char *verb, *method;
    enum words_kind words;
    const char *param; /* of ONE_TEXT and the numbers */
    const char *part;  /* of the answer; NULL: all */
    const char *usage, *help;
};

static const struct call_verb call_verbs[] = {
    {"status", "state", NO_WORDS, NULL, NULL, "", "The session's state now."},
    {"prompts", "state", NO_WORDS, NULL, "prompts", "", "What people are asked for, and when."},
    {"alarms", "state", NO_WORDS, NULL, "alarms", "", "What happened, what is safe, what to do."},
    {"cases", "cases", NO_WORDS, NULL, NULL, "", "The cases that can be loaded."},
    {"load", "load", ONE_TEXT, "case", NULL, " CASE", "Open a case; its session begins locked."},
    {"arm", "arm", NO_WORDS, NULL, NULL, "", "Home if need be, then bind rig, scan and plan."},
    {"start", "start", NO_WORDS, NULL, NULL, "", "Home and arm if need be, and run."},
    {"hold", "hold", NO_WORDS, NULL, NULL, "", "Let the running strike end, send nothing more."},
    {"resume", "resume", NO_WORDS, NULL, NULL, "", "Go on after a hold."},
    {"abort", "abort", NO_WORDS, NULL, NULL, "",
     "Hold, then disarm; the case can be taken up again."},
    {"skip", "skip", DOTS_OR_ZONE, NULL, NULL, " DOT... --why TEXT | --zone ZONE --why TEXT",
     "Leave out pending dots by their ids, or all of a zone."},
    {"answer", "answer", ONE_TEXT, "prompt", NULL, " KIND",
     "A prompt was done as asked: pigment, needle, wipe or break."},
    {"pace", "override", ONE_NUMBER, "percent", NULL, " PERCENT",
     "Strike more slowly: 10 to 100 % of the plan's pace."},
    {"acknowledge", "acknowledge", MAYBE_NUMBER, "number", NULL, " [NUMBER] [--needle-out]",
     "An alarm was seen (all without NUMBER); of a fault whose cause is gone, unlock the rig.\n"
     "--needle-out: you have looked at the needle, and it is out."},
    {"ack", "acknowledge", MAYBE_NUMBER, "number", NULL, " [NUMBER] [--needle-out]",
     "The same as acknowledge."},
    {"call", NULL, NAMES_AND_VALUES, NULL, NULL, " METHOD [NAME=VALUE...]",
     "Any call of the API (smprig call methods); a VALUE that is JSON is that, else a text."},
};

struct call_options {
    const char *socket_path, *why, *zone;
    bool wants_json, says_needle_out;
};

static const struct call_verb *find_verb(const char *name) {
    for (size_t i = 0; i < sizeof call_verbs / sizeof *call_verbs; i++)
        if (strcmp(call_verbs[i].verb, name) == 0) return &call_verbs[i];
    return NULL;
}

static json_t *number_of(const char *text) {
    int64_t number = 0;
    return text_to_int64(text, 0, INT32_MAX, &number) == RESULT_OK ? json_integer(number) : NULL;
}

/* name=value words as an object; NULL: a word without '='. */
static json_t *named_values(const char *const *words, size_t count) {
    json_t *params = json_object();
    for (size_t i = 0; i < count; i++) {
        const char *sign = strchr(words[i], '=');
        if (!sign) {
            json_decref(params);
            return NULL;
        }
        json_t *parsed = json_loads(sign + 1, JSON_DECODE_ANY, NULL);
        json_object_setn_new(params, words[i], (size_t)(sign - words[i]),
                             parsed ? parsed : json_string(sign + 1));
    }
    return params;
}

/* Either the ids of dots, or a zone's name; always a reason. */
static json_t *skipped(const struct call_options *options, const char *const *words, size_t count) {
    if (!options->why || (count == 0) != (options->zone != NULL)) return NULL;
    if (options->zone) return json_pack("{s:s, s:s}", "zone", options->zone, "why", options->why);
    json_t *dots = json_array();
    for (size_t i = 0; i < count; i++) {
        json_t *id = number_of(words[i]);
        if (!id) {
            json_decref(dots);
            return NULL;
        }
        json_array_append_new(dots, id);
    }
    return json_pack("{s:o, s:s}", "dots", dots, "why", options->why);
}

static json_t *maybe_number(const struct call_verb *verb, const struct call_options *options,
                            const char *const *words, size_t count) {
    json_t *number = count == 1 ? number_of(words[0]) : NULL;
    if (count > 1 || (count == 1 && !number)) return NULL;
    json_t *params = json_object();
    if (number) json_object_set_new(params, verb->param, number);
    if (options->says_needle_out) json_object_set_new(params, "needle_out", json_true());
    return params;
}

/* The call's parameters, an empty object for none; NULL: the words make no sense. */
static json_t *params_of(const struct call_verb *verb, const struct call_options *options,
                         const char *const *words, size_t count) {
    json_t *number;
    switch (verb->words) {
        case NO_WORDS:
            return count == 0 ? json_object() : NULL;
        case ONE_TEXT:
            return count == 1 ? json_pack("{s:s}", verb->param, words[0]) : NULL;
        case ONE_NUMBER:
            number = count == 1 ? number_of(words[0]) : NULL;
            return number ? json_pack("{s:o}", verb->param, number) : NULL;
        case MAYBE_NUMBER:
            return maybe_number(verb, options, words, count);
        case DOTS_OR_ZONE:
            return skipped(options, words, count);
        case NAMES_AND_VALUES:
            return count > 0 ? named_values(words + 1, count - 1) : NULL;
    }
    return NULL;
}

/* One frame of `smprig watch`, as long as it gets. */
static void print_state(const json_t *state) {
    char frame[WATCH_FRAME_MAX];
    struct winsize size = {0};
    bool is_terminal = isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0;
    const struct watch_screen screen = {.columns = is_terminal && size.ws_col ? size.ws_col
                                                                              : COLUMNS_DEFAULT};
    const struct watch_news news = {.state = state};
    watch_draw(&news, &screen, frame);
    fputs(frame, stdout);
}

static void print_answer(const struct call_verb *verb, const json_t *value, bool wants_json) {
    if (verb->part) value = json_object_get(value, verb->part);
    if (wants_json) {
        json_dumpf(value, stdout, JSON_ENCODE_ANY | JSON_INDENT(2));
        putchar('\n');
    } else if (strcmp(verb->verb, "status") == 0) {
        print_state(value);
    } else {
        json_table_print(verb->part && !value ? json_null() : value, stdout);
    }
}

static int call(const struct call_verb *verb, const struct call_options *options,
                const char *method, json_t *params) {
    struct api_client_connection connection;
    struct error err = {0};
    json_t *value = NULL;
    enum result result = api_client_open(options->socket_path, CONNECT_MS, &connection, &err);
    if (result != RESULT_OK) return verb_fail(verb->verb, &err);
    result = api_client_call(&connection, method, json_object_size(params) ? params : NULL, &value,
                             &err);
    if (result == RESULT_OK) print_answer(verb, value, options->wants_json);
    json_decref(value);
    api_client_close(&connection);
    return result == RESULT_OK ? EX_OK : verb_fail(verb->verb, &err);
}

int verb_call(int argc, char **argv) {
    const struct call_verb *verb = find_verb(argv[0]);
    struct call_options o = {.socket_path = API_SOCKET};
    const char *items[WORDS_MAX];
    char usage[USAGE_SIZE];
    struct option_list words = {items, WORDS_MAX, 0};
    const struct option_row rows[] = {
        {"word", .is_word = true, .list = &words},
        {"api", .text = &o.socket_path},
        {"json", .flag = &o.wants_json},
        {"why", .text = &o.why},
        {"needle-out", .flag = &o.says_needle_out},
        {"zone", .text = &o.zone},
    };
    const struct options options = {"smprig", usage, OPTION_ROWS(rows)};
    int code;
    snprintf(usage, sizeof usage, "Usage: smprig %s%s [--api SOCKET] [--json]\n%s\n", verb->verb,
             verb->usage, verb->help);
    if (!options_parse(&options, argc, argv, &code)) return code;
    json_t *params = params_of(verb, &o, items, words.count);
    if (!params) {
        fputs(usage, stderr);
        return EX_USAGE;
    }
    const char *method = verb->words == NAMES_AND_VALUES ? items[0] : verb->method;
    if (o.zone && verb->words == DOTS_OR_ZONE) method = "skip_zone";
    code = call(verb, &o, method, params);
    json_decref(params);
    return code;
}
