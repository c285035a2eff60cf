#include "safety/sensors.h"

#include "safety/limits.h"
#include "safety/supervisor.h"

#define MS_NS INT64_C(1000000)
#define ESTOP_CHANNELS ((uint32_t)(SENSOR_ESTOP_A | SENSOR_ESTOP_B))

/* Both channels closed, and neither was ever left alone for long: a welded contact or a broken wire
 * shows when the button is pressed or released, and stays known until both are seen open. */
static bool is_estop_closed(struct sensors *sensors, uint32_t levels, int64_t now_ns) {
    uint32_t closed = levels & ESTOP_CHANNELS;
    bool agrees = closed == 0 || closed == ESTOP_CHANNELS;
    if (agrees)
        sensors->differ_since_ns = 0;
    else if (!sensors->differ_since_ns)
        sensors->differ_since_ns = now_ns;
    else if (now_ns - sensors->differ_since_ns > LIMIT_ESTOP_DIFFER_MS * MS_NS)
        sensors->is_estop_doubtful = true;
    if (closed == 0) sensors->is_estop_doubtful = false;
    return closed == ESTOP_CHANNELS && !sensors->is_estop_doubtful;
}

/* Pressed after it was seen up, and not longer ago than anybody holds it without tape. */
static bool is_deadman_held(struct sensors *sensors, bool is_down, int64_t now_ns) {
    if (!is_down) {
        sensors->was_released = true;
        return false;
    }
    if (sensors->was_released) {
        sensors->was_released = false;
        sensors->pressed_ns = now_ns;
    }
    return sensors->pressed_ns &&
           now_ns - sensors->pressed_ns <= LIMIT_DEADMAN_HOLD_S * 1000 * MS_NS;
}

static bool is_needle_in_time(struct sensors *sensors, bool is_retracted, bool is_strike_in_flight,
                              int64_t now_ns) {
    int64_t limit_ms = is_strike_in_flight ? LIMIT_NEEDLE_AWAY_MS : LIMIT_NEEDLE_LATE_MS;
    if (is_retracted)
        sensors->away_since_ns = 0;
    else if (!sensors->away_since_ns)
        sensors->away_since_ns = now_ns;
    return is_retracted || now_ns - sensors->away_since_ns <= limit_ms * MS_NS;
}

static uint64_t when(bool holds, enum safety_condition condition) {
    return holds ? CONDITION_BIT(condition) : 0;
}

uint64_t sensors_step(struct sensors *sensors, struct sensor_levels now, bool is_strike_in_flight,
                      int64_t now_ns) {
    uint32_t levels = now.levels | ~now.present; /* an absent sensor reads good */
    bool is_estop = is_estop_closed(sensors, levels, now_ns);
    bool is_held = is_deadman_held(sensors, levels & SENSOR_DEADMAN, now_ns);
    bool is_in_time =
        is_needle_in_time(sensors, levels & SENSOR_NEEDLE, is_strike_in_flight, now_ns);
    return when(is_estop, CONDITION_ESTOP_CLOSED) |
           when(levels & SENSOR_DOOR, CONDITION_DOOR_CLOSED) |
           when(is_held || !(now.present & SENSOR_DEADMAN), CONDITION_DEADMAN_HELD) |
           when(levels & SENSOR_CLIENT, CONDITION_CLIENT_PRESENT) |
           when(is_in_time, CONDITION_NEEDLE_OUT_IN_TIME);
}
