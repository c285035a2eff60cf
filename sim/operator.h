/* An operator on the virtual clock: after a fault looks at the needle, draws it out by hand when it
 * is in, and acknowledges; sets axes to their zero marks when the fault says so and comes back;
 * resumes, starts programs that have died, and
 * never overrides anything. */
#ifndef SMPRIG_SIM_OPERATOR_H
#define SMPRIG_SIM_OPERATOR_H

#include "sim/virtual.h"

struct sim_operator {
    int64_t next_ns;  /* when to look again */
    int64_t fault_ns; /* when the fault was first seen; 0: there is none */
    bool has_asked;   /* the client to sit back from the needle */
    int marks_read;   /* faults that said to look at an axis's zero mark, since it was */
    bool holds_once, faults_once; /* still to do: hold in mid-run; pull the cable for a moment */
};

struct operator_news {
    bool has_new_daemon, has_new_guard, has_pulled_cable, has_set_marks;
};

struct operator_news operator_act(struct sim_operator *person, struct virtual_rig *rig);

#endif
