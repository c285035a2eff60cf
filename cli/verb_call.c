/* smprig status|start|hold|resume|abort|acknowledge: one call to the running daemon. */
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

int verb_call(int argc, char **argv) {
    static const struct option options[] = {{"api", required_argument, NULL, 'a'},
                                            {"json", no_argument, NULL, 'j'},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    const char *socket_path = "/run/smprig/api.sock";
    bool wants_json = false, is_status = strcmp(argv[0], "status") == 0;
    for (int option; (option = getopt_long(argc, argv, "h", options, NULL)) != -1;) {
        if (option == 'a') socket_path = optarg;
        if (option == 'j') wants_json = true;
        if (option == 'h') {
            printf("Usage: smprig %s [--api SOCKET] [--json]\n", argv[0]);
            return EX_OK;
        }
        if (option == '?') return EX_USAGE;
    }
    struct api_client_connection connection;
    struct error err = {0};
    json_t *value = NULL;
    enum result result = api_client_open(socket_path, CONNECT_MS, &connection, &err);
    if (result != RESULT_OK) return verb_fail(argv[0], &err);
    result = api_client_call(&connection, is_status ? "state" : argv[0], NULL, &value, &err);
    if (result == RESULT_OK && wants_json) {
        json_dumpf(value, stdout, JSON_ENCODE_ANY | JSON_INDENT(2));
        putchar('\n');
    } else if (result == RESULT_OK && is_status) {
        print_state(value);
    }
    json_decref(value);
    api_client_close(&connection);
    return result == RESULT_OK ? EX_OK : verb_fail(argv[0], &err);
}
