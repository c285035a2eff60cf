#include "cli/follow.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/progress.h"
#include "cli/api_client.h"

#define CONNECT_MS 60000
#define SILENCE_MS 15000 /* the daemon tells its state ten times a second */

struct follower {
    struct progress progress;
    struct follow_result result;
    json_t *state; /* the whole, put together from what has changed */
    char phase[32];
    bool is_attended, is_over;
};

static void tell_phase(struct follower *f, const json_t *state) {
    const char *phase = json_string_value(json_object_get(state, "phase"));
    const char *reason = json_string_value(json_object_get(state, "reason"));
    if (!phase || strcmp(phase, f->phase) == 0) return;
    fprintf(stderr, "%ssession: %s%s%s\n", f->progress.is_terminal ? "\r\033[K" : "", phase,
            reason && *reason ? ": " : "", reason ? reason : "");
    snprintf(f->phase, sizeof f->phase, "%s", phase);
    if (strcmp(phase, "running") == 0 && f->progress.start_ns == 0)
        progress_begin(&f->progress, "strike", "dots", clock_now_ns());
}

static void take_state(struct follower *f, json_t *changes) {
    json_object_update(f->state, changes);
    const json_t *state = f->state;
    tell_phase(f, state);
    f->result.running_s = json_number_value(json_object_get(state, "running_s"));
    f->result.dots_pending = json_integer_value(json_object_get(state, "dots_pending"));
    f->result.dots_planned = json_integer_value(json_object_get(state, "dots_planned"));
    if (strcmp(f->phase, "running") == 0)
        progress_update(&f->progress, (double)(f->result.dots_planned - f->result.dots_pending),
                        (double)f->result.dots_planned, clock_now_ns());
    f->result.ended_in_failure =
        strcmp(f->phase, "failed") == 0 || (strcmp(f->phase, "fault") == 0 && !f->is_attended);
    f->is_over = f->result.ended_in_failure || strcmp(f->phase, "finished") == 0;
}

enum result follow_session(const char *api_socket, bool is_attended,
                           struct follow_result *ret_result, struct error *err) {
    struct api_client_connection connection;
    struct follower f = {.is_attended = is_attended};
    json_t *value = NULL;
    enum result result = api_client_open(api_socket, CONNECT_MS, &connection, err);
    if (result != RESULT_OK) return result;
    f.state = json_object();
    result = api_client_call(&connection, "subscribe", NULL, &value, err);
    if (result == RESULT_OK) take_state(&f, value);
    json_decref(value);
    while (result == RESULT_OK && !f.is_over) {
        json_t *message = NULL;
        result = api_client_next(&connection, SILENCE_MS, &message, err);
        if (result == RESULT_OK) take_state(&f, json_object_get(message, "params"));
        json_decref(message);
    }
    api_client_close(&connection);
    json_decref(f.state);
    if (f.progress.start_ns) progress_end(&f.progress, clock_now_ns());
    /* The daemon closes the connection when it ends: after the last dot that is no failure. */
    bool is_complete = f.result.dots_planned > 0 && f.result.dots_pending == 0;
    if (result == RESULT_CLOSED && is_complete) result = RESULT_OK;
    if (result == RESULT_OK) *ret_result = f.result;
    return result;
}
