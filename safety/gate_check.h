/* The gate's questions, as predicates over what the gate knows: nothing here makes a command or
 * changes anything. Shared by gate.c and its tests. */
#ifndef SMPRIG_SAFETY_GATE_CHECK_H
#define SMPRIG_SAFETY_GATE_CHECK_H

#include "safety/gate.h"

/* Whether rig and dots are within the compiled ceilings; NaN is not. */
bool gate_rig_is_sane(const struct gate_rig *rig);
bool gate_dots_are_sane(struct gate_dots dots);
/* NULL when there is none. */
struct gate_dot *gate_find_dot(const struct gate *gate, uint32_t id);

/* Finite and within each axis's travel. */
enum gate_reason gate_check_target(const struct gate *gate, const double q[GATE_AXES_MAX]);
enum gate_reason gate_check_travel(const struct gate *gate, const struct gate_travel *travel,
                                   int64_t now_ns);
enum gate_reason gate_check_strike(const struct gate *gate, const struct gate_strike *strike,
                                   int64_t now_ns);
/* No sooner can a strike that is cleared now have ended: down and up, each from rest to rest. */
int64_t gate_earliest_end_ns(const struct gate *gate, const struct gate_strike *strike,
                             int64_t now_ns);
/* When a travel to q that is cleared now has arrived: after the strike in flight, one straight way
 * for all axes at what the slowest allows, from rest to rest (d <= v^2/a: 2 sqrt(d/a), else
 * d/v + v/a). A board's corner between the needle's way and the travel's saves 2 ms of it. */
int64_t gate_arrival_ns(const struct gate *gate, const double q[GATE_AXES_MAX], int64_t now_ns);

#endif
