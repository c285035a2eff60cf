/* Jogging by a held key. A terminal tells no release: a held key repeats, so the jog goes on while
 * repeats come and is cancelled (0x85) as soon as they are late. One touch is one small step. */
#include <ctype.h>

#include "base/clock.h"
#include "controller/guard/service_private.h"

/* With a head in the rig everything is five times slower. */
#define NEAR_PART 0.2
#define STEP_MM 0.2
#define STEP_RAD 0.002
#define SPEED_MM_S 10.0
#define SPEED_RAD_S 0.1
#define PIECE_S 0.2                   /* of motion in one line, while a key is held */
#define AHEAD_NS (100 * NS_PER_MS)    /* the next line is sent so long before the last one ends */
#define HELD_NS (150 * NS_PER_MS)     /* without a repeat the key counts as released */
#define REPEATED_NS (700 * NS_PER_MS) /* two touches within this are a held key */

static int axis_of_key(const struct service *service, char key) {
    const struct rig *rig = service->setup.rig;
    for (size_t i = 0; i < rig->axis_count; i++)
        if (rig->axes[i].letter == toupper((unsigned char)key)) return (int)i;
    return -1;
}

static void release(struct service *service) {
    bool is_running = service->jog_end_ns > service->now_ns;
    service->key = '\0';
    service->is_key_repeated = false;
    service->jog_end_ns = 0;
    if (is_running && link_ask(&service->link, LINK_JOG_CANCEL, service->now_ns) != RESULT_OK)
        service_say(service, "the jog could not be cancelled: it ends by itself");
}

void service_on_key(struct service *service, char key, int64_t now_ns) {
    service->now_ns = now_ns;
    bool is_skin = service->setup.task == SERVICE_TASK_SKIN;
    if (service->phase != SERVICE_WORKING || service_has_steps(service)) return;
    if (key == 'q') {
        release(service);
        if (is_skin)
            service_end(service, RESULT_OK, "%zu touches", service->touch_count);
        else
            service_end(service, RESULT_OK, "done");
        return;
    }
    if (is_skin && key == 't') {
        release(service);
        service_begin_steps(service);
        service->is_touching = true;
        return;
    }
    if (axis_of_key(service, key) < 0) {
        release(service);
        return;
    }
    bool is_same = key == service->key && now_ns - service->key_ns < REPEATED_NS;
    if (!is_same && service->key) release(service);
    service->is_key_repeated = is_same;
    if (!is_same) service->jog_end_ns = 0;
    service->key = key;
    service->key_ns = now_ns;
}

static void send_piece(struct service *service) {
    int axis = axis_of_key(service, service->key);
    bool is_rotary = service->setup.rig->axes[axis].is_rotary;
    double part = service->setup.is_rig_empty ? 1 : NEAR_PART;
    double speed = part * (is_rotary ? SPEED_RAD_S : SPEED_MM_S);
    double step = is_rotary ? STEP_RAD : STEP_MM;
    double distance = service->is_key_repeated ? speed * PIECE_S : step;
    double sign = isupper((unsigned char)service->key) ? 1 : -1;
    struct service_command command = {
        .kind = SERVICE_JOG, .axis = axis, .distance = sign * distance, .speed = speed};
    int64_t begin_ns =
        service->jog_end_ns > service->now_ns ? service->jog_end_ns : service->now_ns;
    service_do_motion(service, &command);
    service->jog_end_ns = begin_ns + s_to_ns(distance / speed);
}

void service_jog_work(struct service *service) {
    int64_t since_ns = service->now_ns - service->key_ns;
    if (!service->key) return;
    if (service->is_key_repeated && since_ns > HELD_NS) {
        release(service);
        return;
    }
    bool is_first = service->jog_end_ns == 0;
    bool is_due =
        is_first || (service->is_key_repeated && service->jog_end_ns - service->now_ns < AHEAD_NS);
    if (is_due && link_in_flight(&service->link) == 0) send_piece(service);
}
