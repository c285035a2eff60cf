/* Moments of a session at which a fault can come. */
#include <string.h>

#include "sim/faults.h"

static const char *const names[MOMENT_COUNT] = {
    [MOMENT_ANY] = "at any tick",
    [MOMENT_CONNECTING] = "connecting",
    [MOMENT_LOCKED] = "locked",
    [MOMENT_HOMING] = "homing",
    [MOMENT_IDLE] = "idle",
    [MOMENT_ARMED] = "armed",
    [MOMENT_WAITING] = "running, nothing under way",
    [MOMENT_TRAVEL] = "on the way to a dot",
    [MOMENT_DECIDED] = "strike sent, needle retracted",
    [MOMENT_PLUNGE] = "going down, not at the skin",
    [MOMENT_IN_DOWN] = "in the skin, going down",
    [MOMENT_IN_UP] = "in the skin, going up",
    [MOMENT_WITHDRAW] = "out of the skin, not retracted",
    [MOMENT_HOLDING] = "holding",
    [MOMENT_HELD] = "held",
    [MOMENT_FAULT] = "fault",
    [MOMENT_PARKING] = "parking",
};

const char *moment_name(enum moment moment) {
    return (unsigned)moment < MOMENT_COUNT ? names[moment] : "unknown";
}

bool moment_find(const char *name, int *ret_moment) {
    for (int i = 0; i < MOMENT_COUNT; i++)
        if (strcmp(names[i], name) == 0) {
            *ret_moment = i;
            return true;
        }
    return false;
}

bool fault_find(const char *name, size_t *ret_row) {
    for (size_t i = 0; i < fault_count; i++)
        if (strcmp(faults[i].name, name) == 0) {
            *ret_row = i;
            return true;
        }
    return false;
}

/* The phase of a strike, from the truth. */
static enum moment strike_phase(const struct virtual_rig *rig) {
    const struct world *world = &rig->world;
    const struct firmware *board = &world->firmware;
    double stroke_mm = -board->position[firmware_axis(world->rig.needle.letter)];
    bool has_strike = rig->guard.strike_line != 0;
    bool goes_down = world->skin.current.depth_mm <= -world->skin.last_distance_mm + 1e-9;
    if (world->skin.is_in) return goes_down ? MOMENT_IN_DOWN : MOMENT_IN_UP;
    if (stroke_mm > 1e-4)
        return world->last.line && world->last.line == board->running_line ? MOMENT_WITHDRAW
                                                                           : MOMENT_PLUNGE;
    if (has_strike) return MOMENT_DECIDED;
    return rig->guard.travel_line ? MOMENT_TRAVEL : MOMENT_WAITING;
}

bool moment_is_now(const struct virtual_rig *rig, enum moment moment) {
    enum safety_state state = rig->has_guard ? rig->guard.supervisor.state : SAFETY_OFF;
    switch (moment) {
        case MOMENT_ANY:
            return true;
        case MOMENT_CONNECTING:
            return state == SAFETY_CONNECTING;
        case MOMENT_LOCKED:
            return state == SAFETY_LOCKED;
        case MOMENT_HOMING:
            return state == SAFETY_HOMING;
        case MOMENT_IDLE:
            return state == SAFETY_IDLE;
        case MOMENT_ARMED:
            return state == SAFETY_ARMED;
        case MOMENT_WAITING:
        case MOMENT_TRAVEL:
        case MOMENT_DECIDED:
        case MOMENT_PLUNGE:
        case MOMENT_IN_DOWN:
        case MOMENT_IN_UP:
        case MOMENT_WITHDRAW:
            return state == SAFETY_RUNNING && rig->world.puncture_count > 2 &&
                   rig->session.phase == SESSION_RUNNING && strike_phase(rig) == moment;
        case MOMENT_HOLDING:
            return state == SAFETY_HOLDING;
        case MOMENT_HELD:
            return state == SAFETY_HELD;
        case MOMENT_FAULT:
            return state == SAFETY_FAULT;
        case MOMENT_PARKING:
            return rig->session.phase == SESSION_PARKING;
        case MOMENT_COUNT:
            break;
    }
    return false;
}
