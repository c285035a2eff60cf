/* What the switches say, made into conditions: two-channel e-stop, dead-man, door, client, needle
 * out. Pure: levels and time in, condition bits out. A sensor that the rig does not have holds
 * nothing back here; the firmware's pins and the operator's word then stand alone. One that it has
 * can only take a condition away. */
#ifndef SMPRIG_SAFETY_SENSORS_H
#define SMPRIG_SAFETY_SENSORS_H

#include <stdbool.h>
#include <stdint.h>

/* Bits; a set level says the good thing. */
enum sensor {
    SENSOR_ESTOP_A = 1 << 0, /* normally closed contact, first channel: closed */
    SENSOR_ESTOP_B = 1 << 1, /* second channel: closed */
    SENSOR_DOOR = 1 << 2,    /* closed */
    SENSOR_DEADMAN = 1 << 3, /* held */
    SENSOR_CLIENT = 1 << 4,  /* present */
    SENSOR_NEEDLE = 1 << 5,  /* retracted */
    SENSOR_ALL = (1 << 6) - 1,
};

struct sensor_levels {
    uint32_t present, levels; /* enum sensor */
};

/* The zero value: nothing seen yet, so the dead-man does not count as held. */
struct sensors {
    bool is_estop_doubtful;  /* the channels disagreed too long: both must be seen open first */
    int64_t differ_since_ns; /* 0: the channels agree */
    bool was_released;       /* the dead-man has been seen up */
    int64_t pressed_ns;      /* 0: not pressed since it was seen up */
    int64_t away_since_ns;   /* 0: the needle is retracted */
};

/* The condition bits (supervisor.h) that no sensor speaks against. now_ns > 0. */
uint64_t sensors_step(struct sensors *sensors, struct sensor_levels now, bool is_strike_in_flight,
                      int64_t now_ns);

#endif
