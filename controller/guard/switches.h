/* The switches that are wired to the guard's own machine: e-stop contacts, door, dead-man, client,
 * needle out. Two sources behind one interface:
 *
 *     gpio:/dev/gpiochip0:estop_a=5,estop_b=6,door=7,deadman=~8     lines; ~ for active low
 *     sim:FILE                                                      shared memory of the
 *                                                                   simulated rig */
#ifndef SMPRIG_CONTROLLER_GUARD_SWITCHES_H
#define SMPRIG_CONTROLLER_GUARD_SWITCHES_H

#include "base/result.h"
#include "safety/sensors.h"

struct gpiod_chip;
struct gpiod_line;
#define SWITCHES_MAX 6

/* What FILE of sim: holds; written by the simulator at any time. */
struct switches_shared {
    volatile uint32_t present, levels; /* enum sensor */
};

struct switches {
    const struct switches_shared *shared; /* sim: */
    struct gpiod_chip *chip;              /* gpio: */
    struct gpiod_line *lines[SWITCHES_MAX];
    uint32_t sensors[SWITCHES_MAX]; /* enum sensor of each line */
    int count;
};

/* Open the source. RESULT_FORMAT: `spec` is none of the above; RESULT_NOT_FOUND, RESULT_IO: no such
 * chip, line or file. Takes heap; reading takes none. */
MUST_USE enum result switches_open(const char *spec, struct switches *ret_switches,
                                   struct error *err);
void switches_close(struct switches *switches);
/* Levels now. A line that cannot be read counts as open: the bad thing. */
struct sensor_levels switches_read(struct switches *switches);

#endif
