/* An operator on the virtual clock: acknowledges faults after a look, resumes, starts programs that
 * have died, and never overrides anything. */
#ifndef SMPRIG_SIM_OPERATOR_H
#define SMPRIG_SIM_OPERATOR_H

#include "sim/virtual.h"

struct operator{
    int64_t next_ns;              /* when to look again */
    bool holds_once, faults_once; /* still to do: hold in mid-run; cut the board's power */
};

struct operator_news {
    bool has_new_daemon, has_new_guard;
};

struct operator_news operator_act(struct operator* operator, struct virtual_rig * rig);

#endif
