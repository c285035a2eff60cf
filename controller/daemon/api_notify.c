/* What subscribers hear: the changed part of the state ten times a second and at each change of
 * phase, fates of dots as they change, log lines as they come. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "controller/daemon/daemon.h"

#define NOTIFY_PERIOD_NS (100 * NS_PER_MS)
#define RATE_PERIOD_NS NS_PER_S
/* Fates told in one notification. */
#define FATES_A_NOTIFICATION 1000

void daemon_say(struct daemon *daemon, enum event_level level, const char *format, ...) {
    char text[EVENT_TEXT_MAX];
    struct timespec wall;
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    clock_gettime(CLOCK_REALTIME, &wall); /* for people only: nothing is decided by it */
    event_log_add(&daemon->log, level, (int64_t)wall.tv_sec * 1000 + wall.tv_nsec / NS_PER_MS,
                  text);
    const struct log_field fields[] = {
        {"CASE", daemon->opened ? daemon->opened->files.name : ""},
        {"PHASE", daemon->opened ? session_phase_name(daemon->session.phase) : "no case"},
        {"EVENT", event_level_name(level)},
        {NULL, NULL}};
    log_event(level == EVENT_ALARM || level == EVENT_WARNING ? LOG_LEVEL_WARNING : LOG_LEVEL_INFO,
              "session", fields, "%s", text);
}

void daemon_forget_told(struct daemon *daemon) {
    json_decref(daemon->told_state);
    daemon->told_state = NULL;
    daemon->notify_ns = 0;
}

/* Keep in `changes` what differs from what was told. Keys that are gone are told as null. */
static json_t *changes_since(const json_t *told, json_t *state) {
    const char *key;
    json_t *value, *changes = json_object();
    json_object_foreach(state, key, value) {
        if (!json_equal(value, json_object_get(told, key))) json_object_set(changes, key, value);
    }
    json_object_foreach((json_t *)told, key, value) {
        if (!json_object_get(state, key)) json_object_set_new(changes, key, json_null());
    }
    return changes;
}

static void tell_state(struct daemon *daemon, int64_t now_ns) {
    json_t *state = daemon_state_json(daemon, now_ns);
    json_t *changes = changes_since(daemon->told_state, state);
    json_object_set_new(changes, "sequence", json_integer((json_int_t)++daemon->state_sequence));
    api_server_notify(daemon->api, API_TOPIC_STATE, "state", changes);
    json_decref(changes);
    json_decref(daemon->told_state);
    daemon->told_state = state;
    daemon->step_worst_ns = 0;
}

static void tell_fates(struct daemon *daemon) {
    const uint8_t *fates = daemon->opened->fates;
    uint8_t *told = daemon->told_fates;
    size_t count = daemon->opened->plan.dot_count;
    if (memcmp(fates, told, count) == 0) return;
    json_t *list = json_array();
    for (size_t i = 0; i < count && json_array_size(list) < FATES_A_NOTIFICATION; i++) {
        if (fates[i] == told[i]) continue;
        told[i] = fates[i];
        if (fates[i] == FATE_DONE)
            daemon->recent[daemon->recent_count++ % RECENT_DOTS] = (uint32_t)i;
        json_array_append_new(
            list, json_pack("[I, s]", (json_int_t)i, dot_fate_name((enum dot_fate)fates[i])));
    }
    json_t *params = json_pack("{s:o}", "fates", list);
    api_server_notify(daemon->api, API_TOPIC_DOTS, "dots", params);
    json_decref(params);
}

static void tell_lines(struct daemon *daemon) {
    if (daemon->told_line + 1 < event_log_first(&daemon->log))
        daemon->told_line = event_log_first(&daemon->log) - 1;
    while (daemon->told_line < daemon->log.last_number) {
        const struct event_line *line = event_log_at(&daemon->log, ++daemon->told_line);
        json_t *params = json_pack("{s:I, s:I, s:s, s:s}", "number", (json_int_t)line->number,
                                   "unix_ms", (json_int_t)line->unix_ms, "level",
                                   event_level_name(line->level), "text", line->text);
        api_server_notify(daemon->api, API_TOPIC_LOG, "log", params);
        json_decref(params);
    }
}

/* By running time, so that a hold does not count as slowness. */
static void sample_rate(struct daemon *daemon, int64_t now_ns) {
    struct rate_window *rate = &daemon->rate;
    int64_t running_ns = s_to_ns(session_running_s(&daemon->session, now_ns));
    if (running_ns - rate->running_ns[rate->newest] < RATE_PERIOD_NS) return;
    if (rate->running_ns[rate->newest]) rate->newest = (rate->newest + 1) % RATE_SAMPLES;
    rate->running_ns[rate->newest] = running_ns;
    rate->done[rate->newest] = daemon->session.striker.done_count;
}

void daemon_notify(struct daemon *daemon, int64_t now_ns) {
    bool is_new = daemon->opened && daemon->session.phase != daemon->told;
    tell_lines(daemon);
    if (daemon->opened) sample_rate(daemon, now_ns);
    if (now_ns < daemon->notify_ns && !is_new) return;
    daemon->notify_ns = now_ns + NOTIFY_PERIOD_NS;
    if (daemon->opened) daemon->told = daemon->session.phase;
    if (api_server_has_subscribers(daemon->api, API_TOPIC_STATE)) tell_state(daemon, now_ns);
    if (daemon->opened) tell_fates(daemon);
}
