/* Tasks that move: home, park, and all that probes, one cleared motion after the other, each when
 * the board stands idle again.
 *
 *     probe   retract, search fast, retract, touch slowly, retract
 *     needle  ... at the setter: 10 mm over it, slowly down, the probe with six slow touches,
 * slowly up skin    at a key: retract, touch very slowly, retract
 *
 * A probe that meets nothing, or touched before it began, goes on with what follows: the needle
 * retracts and leaves. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "controller/guard/retreat_target.h"
#include "controller/guard/service_private.h"
#include "safety/limits.h"

#define PROBE_FAST_MM_S LIMIT_PROBE_MM_S
#define PROBE_SLOW_MM_S LIMIT_NEAR_PROBE_MM_S
#define PROBE_SLOW_BEYOND_MM 0.2 /* the second contact is looked for so far below the first */
#define OVERSHOOT_MOST_MM 0.25   /* past a contact; the real board stops after 0.1 mm at F300 */
#define SETTER_ABOVE_MM 10.0     /* the approach begins so far out along the needle */
#define IDLE_REPORTS 2           /* that must say Idle: one may come before the board has begun */

enum step {
    DO_NOTHING,
    DO_HOME,
    DO_RETRACT,
    DO_PARK,
    DO_ABOVE,
    DO_APPROACH,
    DO_FIND,
    DO_TOUCH,
    DO_LEAVE,
    DO_END
};
#define STEPS_MAX 10

static const unsigned char steps[SERVICE_TASK_COUNT][STEPS_MAX] = {
    [SERVICE_TASK_HOME] = {DO_HOME, DO_RETRACT, DO_END},
    [SERVICE_TASK_PARK] = {DO_RETRACT, DO_PARK, DO_END},
    [SERVICE_TASK_PROBE] = {DO_RETRACT, DO_FIND, DO_RETRACT, DO_TOUCH, DO_RETRACT, DO_END},
    [SERVICE_TASK_NEEDLE] = {DO_RETRACT, DO_ABOVE, DO_APPROACH, DO_FIND, DO_RETRACT, DO_TOUCH,
                             DO_RETRACT, DO_LEAVE, DO_END},
    [SERVICE_TASK_SKIN] = {DO_RETRACT, DO_TOUCH, DO_RETRACT, DO_END},
};

static enum step step_at(const struct service *service, int index) {
    return index < 0 ? DO_NOTHING : (enum step)steps[service->setup.task][index];
}

static bool is_probing(enum step step) {
    return step == DO_FIND || step == DO_TOUCH;
}

bool service_has_steps(const struct service *service) {
    bool is_by_keys = service->setup.task == SERVICE_TASK_SKIN && !service->is_touching;
    return !is_by_keys && step_at(service, 0) != DO_NOTHING;
}

void service_begin_steps(struct service *service) {
    service->step = 0;
    service->idle_reports = 0;
    service->has_asked = service->is_fruitless = service->was_touching = false;
}

void service_end_in_flush(struct service *service, const char *format, ...) {
    char text[LINK_TEXT_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    service->is_stopping = true;
    if (link_ask(&service->link, LINK_FLUSH, service->now_ns) != RESULT_OK)
        service_say(service, "the stop could not be sent: use the emergency stop");
    service_end(service, RESULT_REFUSED, "%s", text);
}

static void do_home(struct service *service) {
    enum machine_state state = link_status(&service->link)->state;
    if (!service->setup.is_rig_empty) {
        service_end(service, RESULT_REFUSED, "%s: say so with --rig-is-empty",
                    service_reason_text(SERVICE_NOT_EMPTY));
    } else if (state != MACHINE_IDLE && state != MACHINE_ALARM) {
        service_end(service, RESULT_REFUSED, "%s", service_reason_text(SERVICE_NOT_IDLE));
    } else if (link_ask(&service->link, LINK_HOME, service->now_ns) == RESULT_OK) {
        service_say(service, "homing, the needle first");
        service->has_asked = true;
    }
}

static double most_mm(const struct service *service) {
    return service->setup.probe_mm > 0 ? service->setup.probe_mm : service->limits.stroke_max_mm;
}

static struct service_command touch(const struct service *service) {
    bool is_found = service->setup.task != SERVICE_TASK_SKIN;
    double far_mm = is_found ? service->found_mm + PROBE_SLOW_BEYOND_MM : most_mm(service);
    return (struct service_command){.kind = SERVICE_PROBE,
                                    .distance = fmin(most_mm(service), far_mm),
                                    .speed = PROBE_SLOW_MM_S};
}

static void do_step(struct service *service) {
    const struct rig *rig = service->setup.rig;
    struct service_command command = {.kind = SERVICE_RETRACT};
    service->has_touched = false;
    switch (step_at(service, service->step)) {
        case DO_HOME:
            do_home(service);
            return;
        case DO_PARK:
            command.kind = SERVICE_PARK;
            memcpy(command.q, rig->park, sizeof command.q);
            break;
        case DO_ABOVE:
        case DO_LEAVE:
            command.kind =
                step_at(service, service->step) == DO_ABOVE ? SERVICE_PARK : SERVICE_APPROACH;
            command.speed = LIMIT_APPROACH_PER_S;
            if (!retreat_target(&service->gate_rig, rig->setter.q, SETTER_ABOVE_MM, command.q)) {
                service_end(service, RESULT_REFUSED, "the rig cannot stand %g mm over the setter",
                            SETTER_ABOVE_MM);
                return;
            }
            break;
        case DO_APPROACH:
            command =
                (struct service_command){.kind = SERVICE_APPROACH, .speed = LIMIT_APPROACH_PER_S};
            memcpy(command.q, rig->setter.q, sizeof command.q);
            break;
        case DO_FIND:
            command = (struct service_command){
                .kind = SERVICE_PROBE, .distance = most_mm(service), .speed = PROBE_FAST_MM_S};
            break;
        case DO_TOUCH:
            command = touch(service);
            break;
        case DO_NOTHING:
        case DO_RETRACT:
        case DO_END:
            break;
    }
    service_do_motion(service, &command);
}

static const char *why_fruitless(const struct service *service) {
    if (service->setup.task == SERVICE_TASK_SKIN)
        return service->was_touching
                   ? "the probe touches before it moves: jog it up a little, or mend the wire"
                   : "nothing was touched within the stroke: jog nearer, or mend the wire";
    return service->was_touching
               ? "the needle touches before it moves: is a wire loose, or the plate too high?"
               : "the needle touched nothing: is the plate there, and wired?";
}

/* A touch of the skin is over; keys count again. */
static void end_touch(struct service *service) {
    service->is_touching = service->has_asked = false;
    if (service->is_fruitless)
        service_say(service, "%s", why_fruitless(service));
    else
        service_say(service, "touch %zu; jog on, t touches, q ends", service->touch_count);
}

static void end_task(struct service *service) {
    const struct service_touch *last =
        service->touch_count ? &service->touches[service->touch_count - 1] : NULL;
    enum service_task task = service->setup.task;
    if (task == SERVICE_TASK_SKIN)
        end_touch(service);
    else if (service->is_fruitless)
        service_end(service, RESULT_REFUSED, "%s", why_fruitless(service));
    else if (service->overshoot_mm > OVERSHOOT_MOST_MM)
        service_end(
            service, RESULT_REFUSED,
            "the board stopped only %.3f mm past a contact: look whether the needle is bent",
            service->overshoot_mm);
    else if (last)
        service_end(service, RESULT_OK,
                    "touched at a stroke of %.3f mm (%.3f at the first, faster touch); stopped "
                    "%.3f mm past a contact at most",
                    last->stroke_mm, service->found_mm, service->overshoot_mm);
    else
        service_end(service, RESULT_OK, "%s, the needle at %.3f mm",
                    task == SERVICE_TASK_HOME ? "homed" : "parked",
                    link_status(&service->link)->needle_mm);
}

void service_work_steps(struct service *service) {
    bool is_jogging = link_status(&service->link)->state == MACHINE_JOG; /* cancelled, slowing */
    if (service->setup.task == SERVICE_TASK_NEEDLE && !service->setup.rig->has_setter)
        service_end(service, RESULT_REFUSED,
                    "the rig file has no needle_setter: where the plate is must stand there");
    else if (service->needs_unlock && link_in_flight(&service->link) == 0)
        service->needs_unlock = link_ask(&service->link, LINK_UNLOCK, service->now_ns) != RESULT_OK;
    else if (step_at(service, service->step) == DO_END)
        end_task(service);
    else if (!service->has_asked && link_in_flight(&service->link) == 0 && !is_jogging)
        do_step(service);
}

static void next_step(struct service *service) {
    bool is_lifted = step_at(service, service->step) == DO_RETRACT &&
                     step_at(service, service->step - 1) == DO_TOUCH;
    if (is_probing(step_at(service, service->step))) {
        double past_mm = link_status(&service->link)->needle_mm - link_probed_mm(&service->link);
        if (service->has_touched)
            service->overshoot_mm = fmax(service->overshoot_mm, past_mm);
        else
            service->is_fruitless = true;
    }
    service->has_asked = false;
    service->idle_reports = 0;
    service->step++;
    if (service->is_fruitless)
        while (is_probing(step_at(service, service->step))) service->step++;
    else if (is_lifted && service->setup.task == SERVICE_TASK_NEEDLE &&
             service->touch_count < SERVICE_NEEDLE_TOUCHES)
        service->step -= 2; /* touch again */
}

/* On its way to the plate the needle must not meet anything. */
static bool has_met_something(const struct service *service) {
    enum step step = step_at(service, service->step);
    return (step == DO_ABOVE || step == DO_APPROACH) && service->has_asked &&
           link_status(&service->link)->pins & PIN_PROBE;
}

void service_steps_on_status(struct service *service) {
    const struct machine_status *status = link_status(&service->link);
    if (!service_has_steps(service) || service->phase != SERVICE_WORKING || !service->has_asked)
        return;
    if (has_met_something(service)) {
        service_end_in_flush(
            service,
            "the needle touched on its way to the plate: it is longer than the rig "
            "file says, or the plate is higher; jog it up, change one of them");
        return;
    }
    if (link_in_flight(&service->link)) return;
    service->idle_reports = status->state == MACHINE_IDLE ? service->idle_reports + 1 : 0;
    if (service->idle_reports >= IDLE_REPORTS) next_step(service);
}

void service_steps_on_probe(struct service *service, const struct link_event *event) {
    const struct machine_status *status = link_status(&service->link);
    if (!event->code || !service_has_steps(service)) return;
    double stroke_mm = link_probed_mm(&service->link);
    service->has_touched = true;
    service_say(service, "%s", event->text);
    if (step_at(service, service->step) == DO_FIND) {
        service->found_mm = stroke_mm;
    } else if (service->touch_count < SERVICE_TOUCHES_MAX) {
        struct pose tool = chain_forward(&service->gate_rig.chain, status->q);
        service->touches[service->touch_count++] = (struct service_touch){
            service->now_ns, stroke_mm,
            vec3_mad(tool.t, -stroke_mm, pose_rotate(tool, vec3_make(0, 0, 1)))};
    }
}

void service_steps_on_alarm(struct service *service, const struct link_event *event) {
    if ((event->code != 4 && event->code != 5) || !service_has_steps(service)) {
        service_end(service, RESULT_REFUSED, "%s", event->text);
        return;
    }
    service_say(service, "%s", event->text);
    service->was_touching = event->code == 4;
    service->needs_unlock = true; /* once its `ok` has come */
}
