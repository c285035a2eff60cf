/* smprig record: record the running daemon's session, for smprig replay. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/options.h"
#include "cli/api_client.h"
#include "cli/verbs.h"

#define CONNECT_MS 500

#define FRAMES_HZ_MAX 10

static const char usage[] =
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
    "again.\n";

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
    const char *socket_path = API_SOCKET, *what = "", *name = NULL;
    double frames_hz = 0;
    const struct option_row rows[] = {
        {"what", .is_word = true, .text = &what, .choices = "start|stop|status", .is_needed = true},
        {"NAME", .is_word = true, .text = &name},
        {"frames", .number = &frames_hz, .low = 0, .high = FRAMES_HZ_MAX},
        {"api", .text = &socket_path},
    };
    const struct options options = {"smprig", usage, OPTION_ROWS(rows)};
    int code;
    if (!options_parse(&options, argc, argv, &code)) return code;
    bool is_start = strcmp(what, "start") == 0;
    if (is_start != (name != NULL))
        return options_complain(&options, argv[0],
                                is_start ? "start wants a NAME" : "%s wants no NAME", what);
    json_t *params =
        is_start ? json_pack("{s:s, s:f}", "name", name, "frames_hz", frames_hz) : NULL;
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
