#include "controller/daemon/technician.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "safety/limits.h"
#include "safety/service.h"
#include "safety/supervisor.h"

#define PROBE_FAST_MM_S 5.0
#define PROBE_SLOW_MM_S 1.0
#define PROBE_SLOW_BEYOND_MM 0.2 /* the second touch is looked for so far below the first */

/* What the tasks consist of, one cleared motion after the other. */
enum { DO_RETRACT, DO_PARK, DO_PROBE_FAST, DO_PROBE_SLOW, DO_END };
#define STEPS_MAX 6
#define PROBE_LAST_RETRACT 4 /* where a probe that touched nothing goes on */
static const unsigned char steps[TECHNICIAN_TASK_COUNT][STEPS_MAX] = {
    [TECHNICIAN_PARK] = {DO_RETRACT, DO_PARK, DO_END},
    [TECHNICIAN_PROBE] = {DO_RETRACT, DO_PROBE_FAST, DO_RETRACT, DO_PROBE_SLOW, DO_RETRACT, DO_END},
};

const char *technician_task_name(enum technician_task task) {
    static const char *const names[TECHNICIAN_TASK_COUNT] = {[TECHNICIAN_NONE] = "",
                                                             [TECHNICIAN_JOG] = "jog",
                                                             [TECHNICIAN_PARK] = "park",
                                                             [TECHNICIAN_PROBE] = "probe"};
    return (unsigned)task < TECHNICIAN_TASK_COUNT ? names[task] : "unknown";
}

void technician_init(struct technician *technician) {
    *technician = (struct technician){.contacts_mm = {(double)NAN, (double)NAN}};
}

static void end(struct technician *technician, bool has_failed) {
    technician->last_task = technician->task;
    technician->task = TECHNICIAN_NONE;
    technician->asked = 0;
    technician->has_failed = has_failed;
}

static void end_saying(struct technician *technician, bool has_failed, const char *text) {
    end(technician, has_failed);
    snprintf(technician->text, sizeof technician->text, "%s", text);
}

static void ask(struct technician *technician, const struct guard_service *service,
                struct outbox *outbox) {
    struct guard_request request = {.kind = GUARD_SERVICE};
    request.as.service = *service;
    technician->asked = outbox_request(outbox, request);
}

enum result technician_jog(struct technician *technician, const struct guard_service *jog,
                           struct outbox *outbox, struct error *err) {
    bool is_under_way = technician->task == TECHNICIAN_JOG;
    if (technician->task != TECHNICIAN_NONE && !is_under_way)
        return error_set(err, RESULT_REFUSED, "a %s is under way: stop it first",
                         technician_task_name(technician->task));
    if (jog->renews && !is_under_way)
        return error_set(err, RESULT_REFUSED, "the jog has ended%s%s: let go, then press again",
                         technician->text[0] ? ": " : "", technician->text);
    if (!outbox_has_room(outbox, 1)) return error_set(err, RESULT_LIMIT, "too busy; try again");
    uint64_t begun = technician->asked;
    ask(technician, jog, outbox);
    if (is_under_way) technician->asked = begun; /* its end is told by the one that began it */
    technician->task = TECHNICIAN_JOG;
    return RESULT_OK;
}

enum result technician_begin(struct technician *technician, enum technician_task task,
                             double probe_mm, struct error *err) {
    if (technician->task != TECHNICIAN_NONE)
        return error_set(err, RESULT_REFUSED, "a %s is under way: stop it first",
                         technician_task_name(technician->task));
    technician->task = task;
    technician->step = 0;
    technician->asked = 0;
    technician->has_failed = false;
    technician->text[0] = '\0';
    technician->probe_mm = probe_mm;
    technician->contacts_mm[0] = technician->contacts_mm[1] = (double)NAN;
    return RESULT_OK;
}

void technician_stop(struct technician *technician, struct outbox *outbox) {
    if (technician->task == TECHNICIAN_NONE || !outbox_has_room(outbox, 1)) return;
    outbox_request(outbox, (struct guard_request){.kind = GUARD_SERVICE_STOP});
    if (!technician->asked) end_saying(technician, true, "stopped by the technician");
}

static void ask_step(struct technician *technician, const struct rig *rig, struct outbox *outbox) {
    double whole_mm = fmin(rig->needle.max, LIMIT_STROKE_MM);
    double most_mm = technician->probe_mm > 0 ? fmin(technician->probe_mm, whole_mm) : whole_mm;
    struct guard_service service = {.kind = SERVICE_RETRACT, .is_rig_empty = 1};
    switch (steps[technician->task][technician->step]) {
        case DO_PARK:
            service.kind = SERVICE_PARK;
            break;
        case DO_PROBE_FAST:
            service.kind = SERVICE_PROBE;
            service.distance_mm = most_mm;
            service.speed = PROBE_FAST_MM_S;
            break;
        case DO_PROBE_SLOW:
            service.kind = SERVICE_PROBE;
            service.distance_mm = fmin(most_mm, technician->contacts_mm[0] + PROBE_SLOW_BEYOND_MM);
            service.speed = PROBE_SLOW_MM_S;
            break;
        default: /* DO_RETRACT */
            break;
    }
    ask(technician, &service, outbox);
}

static void end_well(struct technician *technician) {
    char text[GUARD_TEXT_MAX] = "parked, the needle retracted";
    if (technician->task == TECHNICIAN_PROBE)
        snprintf(text, sizeof text,
                 "touched at a stroke of %.3f mm (%.3f at the first, faster touch)",
                 technician->contacts_mm[1], technician->contacts_mm[0]);
    end_saying(technician, false, text);
}

void technician_tick(struct technician *technician, const struct rig *rig, struct outbox *outbox) {
    if (technician->wants_doctor && outbox_has_room(outbox, 1)) {
        technician->wants_doctor = false;
        technician->rows_coming = 0;
        technician->doctor_asked =
            outbox_request(outbox, (struct guard_request){.kind = GUARD_DOCTOR});
    }
    if (technician->task <= TECHNICIAN_JOG || technician->asked || !outbox_has_room(outbox, 1))
        return;
    if (steps[technician->task][technician->step] != DO_END)
        ask_step(technician, rig, outbox);
    else if (technician->has_failed)
        end(technician, true);
    else
        end_well(technician);
}

/* --- what the guard tells --- */

static void take_row(struct technician *technician, const struct guard_event *event) {
    if (technician->rows_coming == DOCTOR_ROWS_MAX) return;
    struct doctor_row *row = &technician->rows[technician->rows_coming++];
    row->setting = event->setting;
    row->setting.name[sizeof row->setting.name - 1] = '\0';
    snprintf(row->why, sizeof row->why, "%s", event->text);
}

static void take_doctors_end(struct technician *technician, const struct guard_event *event) {
    technician->doctor_asked = 0;
    if (event->kind != GUARD_EVENT_ACCEPTED) return;
    technician->row_count = technician->rows_coming;
    technician->has_offsets = event->reason != 0;
    technician->doctor_answers++;
    snprintf(technician->board, sizeof technician->board, "%s", event->text);
}

/* A probe that touched nothing still draws its needle out; all else ends at the first failure. */
static void take_done(struct technician *technician, const struct guard_event *event) {
    unsigned char what = steps[technician->task][technician->step];
    bool is_probe =
        technician->task == TECHNICIAN_PROBE && (what == DO_PROBE_FAST || what == DO_PROBE_SLOW);
    bool has_touched = is_probe && event->reason == 0 && isfinite(event->probed_mm);
    technician->asked = 0;
    if (technician->task == TECHNICIAN_JOG) {
        end_saying(technician, event->reason != 0, event->text);
    } else if (is_probe && !has_touched) {
        technician->has_failed = true;
        snprintf(technician->text, sizeof technician->text, "%s",
                 event->text[0] ? event->text : "the needle touched nothing");
        technician->step = PROBE_LAST_RETRACT;
    } else if (event->reason != 0) {
        end_saying(technician, true, event->text);
    } else {
        if (is_probe) technician->contacts_mm[what == DO_PROBE_SLOW] = event->probed_mm;
        technician->step++;
    }
}

/* The board tells its settings when it is connected. */
static void take_state(struct technician *technician, uint32_t state) {
    bool was_connected = technician->guard_state >= SAFETY_LOCKED;
    technician->guard_state = state;
    if (!was_connected && state >= SAFETY_LOCKED) technician->wants_doctor = true;
}

void technician_on_guard(struct technician *technician, const struct guard_event *event) {
    bool is_doctors = technician->doctor_asked && event->sequence == technician->doctor_asked;
    bool is_steps = technician->asked && event->sequence == technician->asked;
    switch ((enum guard_event_kind)event->kind) {
        case GUARD_EVENT_STATE:
            take_state(technician, event->state.state);
            break;
        case GUARD_EVENT_SETTING:
            if (is_doctors) take_row(technician, event);
            break;
        case GUARD_EVENT_ACCEPTED:
            if (is_doctors) take_doctors_end(technician, event);
            break;
        case GUARD_EVENT_REFUSED:
            if (is_doctors) take_doctors_end(technician, event);
            if (is_steps) end_saying(technician, true, event->text);
            break;
        case GUARD_EVENT_SERVICE_DONE:
            if (is_steps) take_done(technician, event);
            break;
        default:
            break;
    }
}
