#include "controller/guard/service.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "controller/guard/guard_bind.h"
#include "controller/guard/service_private.h"
#include "safety/limits.h"

#define TICK_NS (5 * NS_PER_MS)
#define ROUND_TRIPS 20

void service_say(struct service *service, const char *format, ...) {
    if (service->line_count == SERVICE_LINES_MAX) return; /* the oldest say most */
    size_t at = (service->line_first + service->line_count++) % SERVICE_LINES_MAX;
    va_list args;
    va_start(args, format);
    vsnprintf(service->lines[at], LINK_TEXT_MAX, format, args);
    va_end(args);
}

bool service_take_line(struct service *service, char ret_line[LINK_TEXT_MAX]) {
    if (service->line_count == 0) return false;
    memcpy(ret_line, service->lines[service->line_first], LINK_TEXT_MAX);
    service->line_first = (service->line_first + 1) % SERVICE_LINES_MAX;
    service->line_count--;
    return true;
}

void service_end(struct service *service, enum result outcome, const char *format, ...) {
    if (service->phase == SERVICE_ENDED) return; /* the first reason stays */
    va_list args;
    va_start(args, format);
    vsnprintf(service->text, sizeof service->text, format, args);
    va_end(args);
    service->outcome = outcome;
    service->phase = SERVICE_ENDED;
}

void service_init(struct service *service, const struct service_setup *setup, int64_t now_ns) {
    const struct rig *rig = setup->rig;
    memset(service, 0, sizeof *service);
    service->setup = *setup;
    if (setup->task == SERVICE_TASK_SKIN) service->setup.is_rig_empty = false;
    service->now_ns = now_ns;
    service->gate_rig = guard_gate_rig(rig);
    service->limits = (struct service_rig){.axis_count = (int)rig->axis_count,
                                           .stroke_max_mm = fmin(rig->needle.max, LIMIT_STROKE_MM)};
    for (size_t i = 0; i < rig->axis_count; i++) {
        service->limits.axes[i] =
            (struct gate_axis){.min = rig->axes[i].min, .max = rig->axes[i].max};
        service->limits.is_rotary[i] = rig->axes[i].is_rotary;
    }
    link_init(&service->link, rig);
}

void service_enter(struct service *service, enum service_phase phase) {
    service->phase = phase;
    service->phase_ns = service->now_ns;
}

void service_open(struct service *service, int64_t now_ns) {
    service->now_ns = now_ns;
    service_enter(service, SERVICE_CONNECTING);
    link_open(&service->link, now_ns);
}

double service_board_value(const struct service *service, int number) {
    const struct board_setting *all = NULL;
    size_t count = link_all_settings(&service->link, &all);
    for (size_t i = 0; i < count; i++)
        if (all[i].number == number) return all[i].value;
    return (double)NAN;
}

/* A board that wants homing at start and stands idle has been homed. */
bool service_is_homed(const struct service *service) {
    double homing = service_board_value(service, 22);
    return isfinite(homing) && ((int)homing & 5) == 5 &&
           link_status(&service->link)->state != MACHINE_ALARM;
}

static enum service_reason clear(struct service *service, const struct service_command *command,
                                 const struct cleared_service **ret_cleared) {
    const struct machine_status *status = link_status(&service->link);
    struct service_facts facts = {.is_rig_empty = service->setup.is_rig_empty,
                                  .is_head_watched = service->setup.is_head_watched,
                                  .is_homed = service_is_homed(service),
                                  .is_idle = status->state == MACHINE_IDLE,
                                  .is_jogging = status->state == MACHINE_JOG,
                                  .needle_mm = status->needle_mm};
    memcpy(facts.q, status->q, sizeof facts.q);
    return service_clear(&service->clearance, &service->limits, &facts, command, ret_cleared);
}

/* Clear it and send it; a refusal ends the task. */
void service_do_motion(struct service *service, const struct service_command *command) {
    const struct cleared_service *cleared = NULL;
    enum service_reason reason = clear(service, command, &cleared);
    if (reason != SERVICE_CLEARED)
        service_end(service, RESULT_REFUSED, "%s%s", service_reason_text(reason),
                    reason == SERVICE_NOT_HOMED   ? ": smprig rig home"
                    : reason != SERVICE_NOT_EMPTY ? ""
                    : service->setup.task == SERVICE_TASK_SKIN
                        ? " or the head watched: say so with --head-is-watched"
                        : ": say so with --rig-is-empty");
    else if (link_send_service(&service->link, cleared, service->now_ns) == RESULT_OK)
        service->has_asked = true;
}

/* The handshake is over, well or not. */
static void on_connected(struct service *service, bool is_ready, const char *why) {
    if (service->phase == SERVICE_ENDED) return; /* the handshake after a stop begins nothing */
    service_begin_steps(service);
    if (service->setup.task == SERVICE_TASK_SETUP)
        service_setup_on_connected(service, is_ready, why);
    else if (!is_ready)
        service_end(service, RESULT_REFUSED, "%s", why);
    else if (service->setup.task > SERVICE_TASK_HOME && !service_is_homed(service))
        service_end(service, RESULT_REFUSED, "%s: smprig rig home",
                    service_reason_text(SERVICE_NOT_HOMED));
    else
        service_enter(service, SERVICE_WORKING);
}

static void on_status(struct service *service) {
    const struct machine_status *status = link_status(&service->link);
    if (service->setup.task == SERVICE_TASK_DOCTOR && service->phase == SERVICE_WORKING) {
        service->round_trip_ms[service->round_trips++] =
            (double)(status->stamp_ns - status->asked_ns) / (double)NS_PER_MS;
        if (service->round_trips == ROUND_TRIPS)
            service_end(service, RESULT_OK, "the board is the rig's");
    }
    service_steps_on_status(service);
}

static void on_event(struct service *service, const struct link_event *event) {
    switch (event->kind) {
        case LINK_EVENT_READY:
            service_say(service, "%s", event->text);
            on_connected(service, true, event->text);
            break;
        case LINK_EVENT_REFUSED:
            if (link_state(&service->link) == LINK_REFUSED && service->phase == SERVICE_CONNECTING)
                on_connected(service, false, event->text);
            break;
        case LINK_EVENT_STATUS:
            on_status(service);
            break;
        case LINK_EVENT_PROBE:
            service_steps_on_probe(service, event);
            break;
        case LINK_EVENT_ALARM:
            service_steps_on_alarm(service, event);
            break;
        case LINK_EVENT_WRITTEN:
            service->has_asked = false;
            if (event->code) service_say(service, "  refused: %s", event->text);
            break;
        case LINK_EVENT_NEEDLE_IN:
            service_say(service, "%s", event->text);
            break;
        case LINK_EVENT_ERROR:
        case LINK_EVENT_RESET:
        case LINK_EVENT_SILENT:
        case LINK_EVENT_GARBLED:
        case LINK_EVENT_CLOSED:
        case LINK_EVENT_POSITION:
            service_end(service, RESULT_CLOSED, "%s", event->text);
            break;
        case LINK_EVENT_NONE:
        case LINK_EVENT_ACCEPTED:
        case LINK_EVENT_EXECUTED:
        case LINK_EVENT_LOST:
        case LINK_EVENT_HOMED:
        case LINK_EVENT_SYNCED:
        case LINK_EVENT_FLUSHED:
        case LINK_EVENT_DONE:
        case LINK_EVENT_KIND_COUNT:
            break;
    }
}

static void take_events(struct service *service) {
    struct link_event event;
    while (link_take_event(&service->link, &event)) on_event(service, &event);
}

static void work(struct service *service) {
    switch (service->setup.task) {
        case SERVICE_TASK_SETUP:
            service_setup_work(service);
            break;
        case SERVICE_TASK_SKIN:
        case SERVICE_TASK_JOG:
        case SERVICE_TASK_HOME:
        case SERVICE_TASK_PARK:
        case SERVICE_TASK_PROBE:
        case SERVICE_TASK_NEEDLE:
            if (service_has_steps(service))
                service_work_steps(service);
            else
                service_jog_work(service);
            break;
        case SERVICE_TASK_DOCTOR: /* counts reports */
        case SERVICE_TASK_COUNT:
            break;
    }
}

void service_on_bytes(struct service *service, const void *bytes, size_t count, int64_t now_ns) {
    service->now_ns = now_ns;
    link_on_bytes(&service->link, bytes, count, now_ns);
    take_events(service);
}

void service_on_closed(struct service *service, int64_t now_ns) {
    service->now_ns = now_ns;
    link_on_closed(&service->link, now_ns);
    take_events(service);
}

void service_tick(struct service *service, int64_t now_ns) {
    service->now_ns = now_ns;
    link_tick(&service->link, now_ns);
    take_events(service);
    if (service->phase == SERVICE_WORKING) work(service);
}

void service_stop(struct service *service, int64_t now_ns) {
    service->now_ns = now_ns;
    bool is_homing = service->setup.task == SERVICE_TASK_HOME && service->has_asked;
    bool is_jogging = !service_has_steps(service);
    enum link_request request = is_homing    ? LINK_SOFT_RESET
                                : is_jogging ? LINK_JOG_CANCEL
                                             : LINK_FLUSH;
    service->is_stopping = true;
    if (service->has_asked && link_ask(&service->link, request, now_ns) != RESULT_OK)
        service_say(service, "the stop could not be sent: use the emergency stop");
    service_end(service, RESULT_REFUSED, "stopped by the operator");
}

size_t service_take_port_bytes(struct service *service, void *buffer, size_t size) {
    return link_take_output(&service->link, buffer, size);
}

int64_t service_next_ns(const struct service *service) {
    int64_t link_ns = link_next_ns(&service->link), tick_ns = service->now_ns + TICK_NS;
    return link_ns < tick_ns ? link_ns : tick_ns;
}
