/* Prometheus text: states, dots, rates, the head, alarms, and the console itself. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "console/console.h"

static double number_at(const json_t *object, const char *key) {
    return json_number_value(json_object_get(object, key));
}

static void put(FILE *out, const char *name, const char *type, const char *help, double value) {
    fprintf(out, "# HELP smprig_%s %s\n# TYPE smprig_%s %s\nsmprig_%s %.10g\n", name, help, name,
            type, name, value);
}

/* A label's value: backslash, quote and line end are escaped (Prometheus' text format). */
static void put_label(FILE *out, const char *value) {
    for (; *value; value++) {
        if (*value == '\\' || *value == '"') fputc('\\', out);
        fputs(*value == '\n' ? "\\n" : (char[]){*value, '\0'}, out);
    }
}

static void put_state(FILE *out, const json_t *state) {
    static const char *const phases[] = {
        "no case", "opening", "boot",    "connecting", "locked",  "homing",   "ready", "arming",
        "armed",   "running", "serving", "held",       "parking", "finished", "fault", "failed"};
    const char *phase = json_string_value(json_object_get(state, "phase"));
    fputs(
        "# HELP smprig_phase The session's phase, 1 for the one it is in\n"
        "# TYPE smprig_phase gauge\n",
        out);
    for (size_t i = 0; phase && i < sizeof phases / sizeof *phases; i++)
        fprintf(out, "smprig_phase{phase=\"%s\"} %d\n", phases[i], strcmp(phases[i], phase) == 0);
}

static void put_dots(FILE *out, const json_t *state) {
    size_t at;
    json_t *zone;
    static const char *const fates[] = {"pending", "done", "skipped", "doubtful", "later"};
    fputs("# HELP smprig_dots Dots by zone and fate\n# TYPE smprig_dots gauge\n", out);
    json_array_foreach(json_object_get(state, "zones"), at, zone) {
        const char *name = json_string_value(json_object_get(zone, "name"));
        for (size_t i = 0; name && i < sizeof fates / sizeof *fates; i++) {
            fputs("smprig_dots{zone=\"", out);
            put_label(out, name);
            fprintf(out, "\",fate=\"%s\"} %.0f\n", fates[i], number_at(zone, fates[i]));
        }
    }
    put(out, "dots_done_run_total", "counter", "Dots struck since the session began",
        number_at(state, "dots_done_now"));
    put(out, "pace_percent", "gauge", "Of the plan's dots a second, as the operator set it",
        number_at(state, "pace_percent"));
    put(out, "rate_dots_per_second", "gauge", "Over the last seconds",
        number_at(state, "rate_dots_s"));
    put(out, "running_seconds_total", "counter", "Time spent running",
        number_at(state, "running_s"));
}

static void put_head(FILE *out, const json_t *head) {
    if (!head) return;
    put(out, "head_speed_mm_per_second", "gauge", "Of the skin under the needle",
        number_at(head, "speed_mm_s"));
    put(out, "pose_age_seconds", "gauge", "Of the newest pose of the head",
        1e-3 * number_at(head, "age_ms"));
    put(out, "pose_residual_pixels", "gauge", "Rms of the pose fit",
        number_at(head, "residual_px"));
    put(out, "pose_sigma_micrometres", "gauge", "Standard deviation of the pose's position",
        number_at(head, "sigma_um"));
    put(out, "pose_tags", "gauge", "Tags used", number_at(head, "tags"));
}

static void put_times(FILE *out, const json_t *times) {
    const char *cause;
    json_t *count;
    if (!times) return;
    put(out, "board_answer_seconds", "gauge", "From a status query to its report",
        1e-3 * number_at(times, "board_answer_ms"));
    put(out, "board_planner_free_blocks", "gauge", "Free blocks of the board's planner",
        number_at(times, "planner_free"));
    put(out, "board_receive_free_bytes", "gauge", "Free bytes of the board's receive buffer",
        number_at(times, "rx_free"));
    put(out, "journal_waiting_entries", "gauge", "Entries that are not on the disk yet",
        number_at(times, "journal_waiting"));
    put(out, "daemon_step_worst_seconds", "gauge", "Longest step of the daemon's loop lately",
        1e-3 * number_at(times, "step_worst_ms"));
    put(out, "alarms_raised_total", "counter", "Alarms since smprigd began",
        number_at(times, "alarms_raised"));
    fputs(
        "# HELP smprig_trips_total Stops by their first cause\n"
        "# TYPE smprig_trips_total counter\n",
        out);
    json_object_foreach(json_object_get(times, "trips"), cause, count)
        fprintf(out, "smprig_trips_total{cause=\"%s\"} %.0f\n", cause, json_number_value(count));
}

static void put_interlocks(FILE *out, const json_t *state) {
    size_t at;
    json_t *lamp;
    fputs("# HELP smprig_interlock 1 while the condition holds\n# TYPE smprig_interlock gauge\n",
          out);
    json_array_foreach(json_object_get(state, "interlocks"), at, lamp) {
        const char *name = json_string_value(json_object_get(lamp, "name"));
        if (name)
            fprintf(out, "smprig_interlock{name=\"%s\"} %d\n", name,
                    json_is_true(json_object_get(lamp, "holds")));
    }
}

static void put_alarms(FILE *out, const json_t *state) {
    static const char *const priorities[] = {"low", "medium", "high"};
    size_t at;
    json_t *alarm;
    fputs("# HELP smprig_alarms Alarms that are shown\n# TYPE smprig_alarms gauge\n", out);
    for (size_t i = 0; i < sizeof priorities / sizeof *priorities; i++) {
        int count = 0;
        json_array_foreach(json_object_get(state, "alarms"), at, alarm) {
            const char *priority = json_string_value(json_object_get(alarm, "priority"));
            count += priority && strcmp(priority, priorities[i]) == 0;
        }
        fprintf(out, "smprig_alarms{priority=\"%s\"} %d\n", priorities[i], count);
    }
}

char *console_metrics(const struct console *console, size_t *ret_size) {
    char *text = NULL;
    const json_t *state = console->mirror.state;
    FILE *out = open_memstream(&text, ret_size);
    if (!out) return NULL;
    put(out, "up", "gauge", "1 while smprigd answers", state != NULL);
    if (state) {
        put_state(out, state);
        put_dots(out, state);
        put_head(out, json_object_get(state, "head"));
        put_interlocks(out, state);
        put_times(out, json_object_get(state, "times"));
        put_alarms(out, state);
    }
    put(out, "console_pages", "gauge", "Pages connected", (double)console->page_count);
    put(out, "console_logins_failed_total", "counter", "Wrong names or passwords",
        (double)console->logins_failed);
    put(out, "console_calls_refused_total", "counter", "Calls refused",
        (double)console->calls_refused);
    put(out, "console_pages_dropped_total", "counter", "Pages closed for what they did",
        (double)console->pages_dropped);
    fclose(out);
    return text;
}
