/* smprig record: record the running daemon's session, for smprig replay. */
#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/text.h"
#include "cli/api_client.h"
#include "cli/verbs.h"

#define CONNECT_MS 500

static void print_help(void) {
    puts(
        "Usage: smprig record start NAME [--frames HZ] [--api SOCKET]\n"
        "       smprig record stop | status [--api SOCKET]\n"
        "Records the running daemon's session into the new folder NAME among its recordings\n"
        "(smprigd --recordings FOLDER): each pose, each message between session and guard, each\n"
        "decision, the operators' commands, and copies of rig, scan, plan and calibration.\n"
        "A recording begins with its session: a session that waits to be armed begins anew, one\n"
        "that is armed is refused. It ends with the session, at its largest size, or by stop.\n\n"
        "  --frames HZ    keep so many frames a second of each camera too (at most 10)\n"
        "  --api SOCKET   the daemon's (/run/smprig/api.sock)\n\n"
        "smprig-guard --record FOLDER keeps the guard's half. smprig replay FOLDER runs both "
        "again.");
}

static void print_recording(const json_t *recording) {
    const char *note = json_string_value(json_object_get(recording, "note"));
    if (!json_is_object(recording)) {
        puts("no recording");
        return;
    }
    printf("%s: %s, %lld MB, %lld frames (%lld dropped)%s%s\n",
           json_string_value(json_object_get(recording, "folder")),
           json_is_true(json_object_get(recording, "is_running")) ? "recording" : "ended",
           (long long)json_integer_value(json_object_get(recording, "megabytes")),
           (long long)json_integer_value(json_object_get(recording, "frames")),
           (long long)json_integer_value(json_object_get(recording, "frames_dropped")),
           note && *note ? ": " : "", note ? note : "");
}

static enum result record(struct api_client_connection *connection, const char *what,
                          json_t *params, struct error *err) {
    json_t *value = NULL;
    bool is_start = strcmp(what, "start") == 0, is_stop = strcmp(what, "stop") == 0;
    const char *method = is_start ? "record_start" : is_stop ? "record_stop" : "state";
    enum result result = api_client_call(connection, method, params, &value, err);
    if (result == RESULT_OK && is_start)
        printf("%s: records the session from its begin\n", json_string_value(value));
    else if (result == RESULT_OK)
        print_recording(is_stop ? value : json_object_get(value, "recording"));
    json_decref(value);
    return result;
}

int verb_record(int argc, char **argv) {
    static const struct option table[] = {{"frames", required_argument, NULL, 'f'},
                                          {"api", required_argument, NULL, 'a'},
                                          {"help", no_argument, NULL, 'h'},
                                          {0}};
    const char *socket_path = "/run/smprig/api.sock";
    double frames_hz = 0;
    bool is_good = true;
    for (int option; (option = getopt_long(argc, argv, "h", table, NULL)) != -1;) {
        if (option == 'f') is_good = text_to_double(optarg, &frames_hz) == RESULT_OK && is_good;
        if (option == 'a') socket_path = optarg;
        if (option == 'h') {
            print_help();
            return EX_OK;
        }
        if (option == '?') return EX_USAGE;
    }
    const char *what = optind < argc ? argv[optind] : "";
    bool is_start = strcmp(what, "start") == 0;
    bool is_known = is_start || strcmp(what, "stop") == 0 || strcmp(what, "status") == 0;
    if (!is_good || !is_known || optind + 1 + is_start != argc) {
        fputs("smprig record: expected start NAME, stop, or status; smprig record --help\n",
              stderr);
        return EX_USAGE;
    }
    json_t *params =
        is_start ? json_pack("{s:s, s:f}", "name", argv[optind + 1], "frames_hz", frames_hz) : NULL;
    struct api_client_connection connection;
    struct error err = {0};
    enum result result = api_client_open(socket_path, CONNECT_MS, &connection, &err);
    if (result == RESULT_OK) {
        result = record(&connection, what, params, &err);
        api_client_close(&connection);
    }
    json_decref(params);
    return result == RESULT_OK ? EX_OK : verb_fail("record", &err);
}
