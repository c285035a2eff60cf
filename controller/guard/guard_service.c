/* A technician's motions through the guard: retract, park, probe and hold-to-move jog, each cleared
 * by safety/service.h, and only while the rig is idle: homed, not armed. The daemon asks for one
 * motion at a time; this begins it, watches it, and stops it by itself when its asker falls silent,
 * a condition falls, or a jog is not renewed in time. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "controller/guard/guard_private.h"
#include "controller/link/words.h"
#include "safety/limits.h"

#define RENEW_NS (GUARD_JOG_RENEW_MS * NS_PER_MS)
#define JOG_PIECE_S 0.2                /* of motion in one line */
#define JOG_AHEAD_NS (100 * NS_PER_MS) /* before the last line ends, the next one is sent */
#define IDLE_REPORTS 2                 /* that must say Idle: one may come before it has begun */
#define OFFSET_TOLERANCE 1e-3

static bool is_axis_of(const struct guard *guard, int32_t axis) {
    return axis >= 0 && (size_t)axis < guard->loaded.rig.axis_count;
}

static struct service_rig limits_of(const struct rig *rig) {
    struct service_rig limits = {.axis_count = (int)rig->axis_count,
                                 .stroke_max_mm = fmin(rig->needle.max, LIMIT_STROKE_MM)};
    for (size_t i = 0; i < rig->axis_count; i++) {
        limits.axes[i] = (struct gate_axis){.min = rig->axes[i].min, .max = rig->axes[i].max};
        limits.is_rotary[i] = rig->axes[i].is_rotary;
    }
    return limits;
}

static struct service_command command_of(const struct guard *guard,
                                         const struct guard_service *asked) {
    struct service_command command = {.kind = (enum service_kind)asked->kind,
                                      .speed = asked->speed};
    if (command.kind == SERVICE_JOG) {
        command.axis = asked->axis;
        command.distance = asked->speed * JOG_PIECE_S * (asked->direction < 0 ? -1 : 1);
    }
    if (command.kind == SERVICE_PROBE) command.distance = asked->distance_mm;
    if (command.kind == SERVICE_PARK) memcpy(command.q, guard->loaded.rig.park, sizeof command.q);
    return command;
}

/* Clear it and send it. */
static enum service_reason send(struct guard *guard) {
    struct guard_service_run *run = &guard->service;
    const struct machine_status *machine = link_status(&guard->link);
    const struct service_rig limits = limits_of(&guard->loaded.rig);
    const struct service_command command = command_of(guard, &run->asked);
    const struct cleared_service *cleared = NULL;
    struct service_facts facts = {.is_rig_empty = run->asked.is_rig_empty != 0,
                                  .is_homed = guard->is_homed,
                                  .is_idle = machine->state == MACHINE_IDLE,
                                  .is_jogging = machine->state == MACHINE_JOG,
                                  .needle_mm = machine->needle_mm};
    memcpy(facts.q, machine->q, sizeof facts.q);
    enum service_reason reason =
        service_clear(&run->clearance, &limits, &facts, &command, &cleared);
    if (reason != SERVICE_CLEARED) return reason;
    if (link_send_service(&guard->link, cleared, guard->now_ns) != RESULT_OK)
        return SERVICE_NOT_IDLE;
    run->is_sent = true;
    run->idle_reports = 0;
    if (command.kind == SERVICE_JOG) {
        int64_t begin_ns = run->piece_end_ns > guard->now_ns ? run->piece_end_ns : guard->now_ns;
        run->piece_end_ns = begin_ns + s_to_ns(JOG_PIECE_S);
    }
    return SERVICE_CLEARED;
}

static void finish(struct guard *guard) {
    struct guard_service_run *run = &guard->service;
    struct guard_event *event = guard_emit(guard, GUARD_EVENT_SERVICE_DONE);
    event->sequence = run->sequence;
    event->reason = run->why[0] != '\0';
    event->probed_mm = run->probed_mm;
    snprintf(event->text, sizeof event->text, "%s", run->why);
    if (guard->supervisor.state == SAFETY_IDLE)
        gate_on_rest(&guard->gate, link_status(&guard->link)->q);
    *run = (struct guard_service_run){0};
}

/* What runs is ended: a jog is cancelled, a park or probe stopped and flushed. That takes a new
 * handshake, so the rig is locked afterwards and homes, the needle first. */
static void stop(struct guard *guard, const char *why) {
    struct guard_service_run *run = &guard->service;
    if (!run->is_running || run->is_ending) return;
    enum link_request request = run->asked.kind == SERVICE_JOG ? LINK_JOG_CANCEL : LINK_FLUSH;
    bool may_move = run->is_sent;
    run->is_ending = true;
    run->idle_reports = 0;
    snprintf(run->why, sizeof run->why, "%s", why);
    if (may_move && link_ask(&guard->link, request, guard->now_ns) != RESULT_OK)
        snprintf(run->why, sizeof run->why, "%s, and the link is lost: use the emergency stop",
                 why);
    if (!may_move || request == LINK_FLUSH) finish(guard);
}

bool guard_service_forbids(const struct guard *guard, uint32_t request_kind) {
    switch ((enum guard_request_kind)request_kind) {
        case GUARD_LOAD:
        case GUARD_CONNECT:
        case GUARD_HOME:
        case GUARD_ARM:
            return guard->service.is_running;
        default:
            return false;
    }
}

static bool is_renewal(const struct guard_service_run *run, const struct guard_service *asked) {
    return run->is_running && !run->is_ending && run->asked.kind == SERVICE_JOG &&
           asked->kind == SERVICE_JOG && asked->is_rig_empty && asked->axis == run->asked.axis &&
           asked->direction == run->asked.direction;
}

static void on_service(struct guard *guard, const struct guard_request *request) {
    struct guard_service_run *run = &guard->service;
    const struct guard_service *asked = &request->as.service;
    bool is_jog = asked->kind == SERVICE_JOG;
    if (is_renewal(run, asked)) {
        run->renewed_ns = guard->now_ns;
        guard_accept(guard, request->sequence);
        return;
    }
    if (asked->renews) {
        guard_refuse(guard, request->sequence, 0, "the jog has ended: let go, then press again");
        return;
    }
    guard_update(guard); /* ask permission again, last, right before the output */
    if (guard->supervisor.state != SAFETY_IDLE || run->is_running || !guard->is_loaded) {
        guard_refuse(guard, request->sequence, 0,
                     run->is_running ? "a technician's motion is under way"
                                     : "the rig must be idle: homed, and not armed");
        return;
    }
    if (asked->kind >= SERVICE_KIND_COUNT || asked->kind == SERVICE_APPROACH ||
        (is_jog && !is_axis_of(guard, asked->axis)) ||
        (is_jog && asked->direction != 1 && asked->direction != -1)) {
        guard_refuse(guard, request->sequence, SERVICE_NUMBER, "no such motion");
        return;
    }
    *run = (struct guard_service_run){.asked = *asked,
                                      .sequence = request->sequence,
                                      .renewed_ns = guard->now_ns,
                                      .probed_mm = (double)NAN};
    enum service_reason reason = send(guard);
    if (reason != SERVICE_CLEARED) {
        guard_refuse(guard, request->sequence, (uint32_t)reason, "%s", service_reason_text(reason));
        return;
    }
    run->is_running = true;
    guard_accept(guard, request->sequence);
}

static void on_service_stop(struct guard *guard, const struct guard_request *request) {
    guard_accept(guard, request->sequence);
    stop(guard, guard->service.asked.kind == SERVICE_JOG ? "" : "stopped by the technician");
}

static const char *why_to_stop(const struct guard *guard) {
    if (guard->supervisor.state != SAFETY_IDLE) return "the rig is no longer idle";
    if (!guard->has_daemon ||
        guard->now_ns - guard->heartbeat_ns > GUARD_HEARTBEAT_LIMIT_MS * NS_PER_MS)
        return "smprigd has gone or hangs";
    return NULL;
}

static void go_on_jogging(struct guard *guard) {
    struct guard_service_run *run = &guard->service;
    if (guard->now_ns - run->renewed_ns > RENEW_NS) {
        stop(guard, "");
        return;
    }
    if (run->piece_end_ns - guard->now_ns >= JOG_AHEAD_NS || link_in_flight(&guard->link)) return;
    enum service_reason reason = send(guard);
    if (reason != SERVICE_CLEARED) stop(guard, service_reason_text(reason));
}

void guard_service_tick(struct guard *guard) {
    struct guard_service_run *run = &guard->service;
    if (!run->is_running) return;
    const char *why = why_to_stop(guard);
    if (link_state(&guard->link) != LINK_READY) { /* whatever ran there has ended or is lost */
        if (!run->why[0]) snprintf(run->why, sizeof run->why, "the link was lost on the way");
        finish(guard);
    } else if (why) {
        stop(guard, why);
    } else if (run->needs_unlock && link_in_flight(&guard->link) == 0) {
        run->needs_unlock = link_ask(&guard->link, LINK_UNLOCK, guard->now_ns) != RESULT_OK;
    } else if (run->asked.kind == SERVICE_JOG && !run->is_ending) {
        go_on_jogging(guard);
    }
}

void guard_service_on_status(struct guard *guard) {
    struct guard_service_run *run = &guard->service;
    bool is_held_key = run->asked.kind == SERVICE_JOG && !run->is_ending;
    if (!run->is_running || is_held_key || run->needs_unlock || link_in_flight(&guard->link))
        return;
    bool is_idle = link_status(&guard->link)->state == MACHINE_IDLE;
    run->idle_reports = is_idle ? run->idle_reports + 1 : 0;
    if (run->idle_reports >= IDLE_REPORTS) finish(guard);
}

void guard_service_on_probe(struct guard *guard, bool has_touched) {
    if (guard->service.is_running && has_touched)
        guard->service.probed_mm = link_probed_mm(&guard->link);
}

bool guard_service_takes_alarm(struct guard *guard, const struct link_event *event) {
    struct guard_service_run *run = &guard->service;
    bool is_probes_own = event->code == 4 || event->code == 5;
    if (!run->is_running || run->asked.kind != SERVICE_PROBE || !is_probes_own) return false;
    run->needs_unlock = true; /* once its `ok` has come */
    run->idle_reports = 0;
    snprintf(run->why, sizeof run->why, "%s",
             event->code == 4
                 ? "the needle touches before it moves: is a wire loose, or the plate too high?"
                 : "the needle touched nothing: is the plate there, and wired?");
    return true;
}

/* --- the doctor --- */

static void tell_setting(struct guard *guard, uint64_t sequence,
                         const struct link_setting *setting) {
    const struct setting_want *want = &setting->want;
    const char *name = words_of_setting(want->number);
    struct guard_event *event = guard_emit(guard, GUARD_EVENT_SETTING);
    event->sequence = sequence;
    event->setting = (struct guard_setting){.number = want->number,
                                            .rule = (uint32_t)want->rule,
                                            .level = (uint32_t)want->level,
                                            .is_listed = setting->is_listed,
                                            .agrees = setting->agrees,
                                            .board = setting->value,
                                            .wanted = want->value,
                                            .axis = want->axis};
    snprintf(event->setting.name, sizeof event->setting.name, "%s", name ? name : "?");
    snprintf(event->text, sizeof event->text, "%s", want->why);
}

static void on_doctor(struct guard *guard, const struct guard_request *request) {
    const struct link_setting *settings = NULL;
    const struct link_board *board = link_board(&guard->link);
    size_t count = guard->is_loaded ? link_settings(&guard->link, &settings) : 0;
    if (count == 0 || guard->event_count + count + 2 > GUARD_EVENTS_MAX) {
        guard_refuse(guard, request->sequence, 0, "the board has not been asked for its settings");
        return;
    }
    for (size_t i = 0; i < count; i++) tell_setting(guard, request->sequence, &settings[i]);
    struct guard_event *event = guard_emit(guard, GUARD_EVENT_ACCEPTED);
    event->sequence = request->sequence;
    event->reason = link_work_offset(&guard->link) > OFFSET_TOLERANCE;
    snprintf(event->text, sizeof event->text,
             "%s %s, axes %s, %d planner blocks, %d bytes of receive buffer",
             board->is_grblhal ? "grblHAL" : "Grbl", board->version, board->axes,
             board->planner_blocks, board->rx_bytes);
}

void guard_on_technician(struct guard *guard, const struct guard_request *request) {
    if (request->kind == GUARD_SERVICE)
        on_service(guard, request);
    else if (request->kind == GUARD_SERVICE_STOP)
        on_service_stop(guard, request);
    else
        on_doctor(guard, request);
}
