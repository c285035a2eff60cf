/* smprig status|start|hold|resume|abort|acknowledge: one call to the running daemon; smprig call
 * METHOD [NAME=VALUE...]: any call of docs/api.md. */
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "cli/api_client.h"
#include "cli/verbs.h"

#define CONNECT_MS 500

static void print_state(const json_t *state) {
    const char *reason = json_string_value(json_object_get(state, "reason"));
    const char *waiting = json_string_value(json_object_get(state, "waiting_for"));
    const json_t *head = json_object_get(state, "head");
    printf("session   %s%s%s\n", json_string_value(json_object_get(state, "phase")),
           reason && *reason ? ": " : "", reason ? reason : "");
    printf("guard     %s\n", json_string_value(json_object_get(state, "guard")));
    printf("dots      %lld of %lld, %.1f/s\n",
           (long long)json_integer_value(json_object_get(state, "dots_done")),
           (long long)json_integer_value(json_object_get(state, "dots_planned")),
           json_number_value(json_object_get(state, "dots_per_s")));
    printf("head      %s, %.1f mm/s, pose %.0f ms old\n",
           json_string_value(json_object_get(head, "state")),
           json_number_value(json_object_get(head, "speed_mm_s")),
           json_number_value(json_object_get(head, "age_ms")));
    if (waiting && *waiting) printf("waits for %s\n", waiting);
}

/* name=value words as an object; a value that is JSON is that, any other a string. NULL: bad word.
 */
static json_t *params_of(char **words, int count) {
    json_t *params = json_object();
    for (int i = 0; i < count; i++) {
        char *value = strchr(words[i], '=');
        if (!value) {
            json_decref(params);
            return NULL;
        }
        *value++ = '\0';
        json_t *parsed = json_loads(value, JSON_DECODE_ANY, NULL);
        json_object_set_new(params, words[i], parsed ? parsed : json_string(value));
    }
    return params;
}

int verb_call(int argc, char **argv) {
    static const struct option options[] = {{"api", required_argument, NULL, 'a'},
                                            {"json", no_argument, NULL, 'j'},
                                            {"needle-out", no_argument, NULL, 'n'},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    const char *socket_path = "/run/smprig/api.sock";
    bool wants_json = false, says_needle_out = false, is_status = strcmp(argv[0], "status") == 0;
    bool is_any = strcmp(argv[0], "call") == 0, is_ack = strcmp(argv[0], "acknowledge") == 0;
    for (int option; (option = getopt_long(argc, argv, "h", options, NULL)) != -1;) {
        if (option == 'a') socket_path = optarg;
        if (option == 'j') wants_json = true;
        if (option == 'n') says_needle_out = true;
        if (option == 'h') {
            printf("Usage: smprig %s%s [--api SOCKET] [--json]\n%s", argv[0],
                   is_any   ? " METHOD [NAME=VALUE...]"
                   : is_ack ? " [--needle-out]"
                            : "",
                   is_ack ? "--needle-out: you have looked at the needle, and it is out\n" : "");
            return EX_OK;
        }
        if (option == '?') return EX_USAGE;
    }
    const char *method = is_any ? argv[optind] : is_status ? "state" : argv[0];
    json_t *params = is_any && method ? params_of(argv + optind + 1, argc - optind - 1) : NULL;
    if (says_needle_out && is_ack) params = json_pack("{s:b}", "needle_out", 1);
    if (is_any && !params) {
        fputs("smprig call: expected METHOD [NAME=VALUE...]; docs/api.md lists them\n", stderr);
        return EX_USAGE;
    }
    struct api_client_connection connection;
    struct error err = {0};
    json_t *value = NULL;
    enum result result = api_client_open(socket_path, CONNECT_MS, &connection, &err);
    if (result != RESULT_OK) return verb_fail(argv[0], &err);
    result = api_client_call(&connection, method, params, &value, &err);
    if (result == RESULT_OK && (wants_json || is_any)) {
        json_dumpf(value, stdout, JSON_ENCODE_ANY | JSON_INDENT(2));
        putchar('\n');
    } else if (result == RESULT_OK && is_status) {
        print_state(value);
    }
    json_decref(value);
    json_decref(params);
    api_client_close(&connection);
    return result == RESULT_OK ? EX_OK : verb_fail(argv[0], &err);
}
