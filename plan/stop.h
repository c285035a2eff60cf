/* Where a session stops for the operator: to wipe and look, to take up pigment, to change the
 * needle. Written by `smprig order` into the plan, one comment line each (docs/formats.md):
 *
 *     comment stop 340 look park wipe and look; sector 2 of 12 is next
 *     comment stop 340 load cup:150,20,-30,0,0 pigment for 150 dots: load 3 of 20 */
#ifndef SMPRIG_PLAN_STOP_H
#define SMPRIG_PLAN_STOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define PLAN_STOPS_MAX 8192u
#define PLAN_STOP_TEXT_MAX 96u
#define PLAN_STOP_AXES_MAX 6u

enum plan_stop_kind {
    PLAN_STOP_LOOK, /* a new sector: wipe, look at what is done */
    PLAN_STOP_LOAD, /* pigment */
    PLAN_STOP_NEEDLE,
    PLAN_STOP_KIND_COUNT
};

enum plan_stop_place {
    PLAN_STOP_HERE, /* the needle lifted where it is */
    PLAN_STOP_PARK, /* at the park position, out of the operator's way */
    PLAN_STOP_CUP,  /* at `cup`: the rig takes up pigment by itself */
    PLAN_STOP_PLACE_COUNT
};

struct plan_stop {
    uint32_t before;                /* index into the plan's dots: stop before striking it */
    uint8_t kind;                   /* enum plan_stop_kind */
    uint8_t place;                  /* enum plan_stop_place */
    double cup[PLAN_STOP_AXES_MAX]; /* axes in the rig file's order, mm or deg */
    size_t cup_count;
    char text[PLAN_STOP_TEXT_MAX]; /* for the operator, one line */
};

const char *plan_stop_kind_name(enum plan_stop_kind kind);
const char *plan_stop_place_name(enum plan_stop_place place);

void plan_stop_print(const struct plan_stop *stop, FILE *stream);
/* From a header's line without its newline; false, and nothing changed, when it is no stop. */
bool plan_stop_parse(const char *line, struct plan_stop *ret_stop);

#endif
