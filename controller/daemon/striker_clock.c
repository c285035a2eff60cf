#include "controller/daemon/striker_clock.h"

#include <math.h>

#include "base/clock.h"
#include "controller/daemon/striker_aim.h"

static int64_t made_ns(const struct machine_status *machine) {
    return machine->asked_ns + (machine->stamp_ns - machine->asked_ns) / 2;
}

/* Where the needle is tells when its strike will end. Down from rest to plunge speed, z = a t^2 / 2
 * and then v t - v^2 / 2a; up it brakes to rest at the end. */
static void follow_strike(struct striker *striker, const struct machine_status *machine) {
    struct striker_strike *strike = &striker->strike;
    const struct rig *rig = striker->setup.rig;
    double z = machine->needle_mm, a = rig->needle.acceleration_max, v = rig->plunge_mm_s;
    if (!strike->is_running || machine->line != strike->line || !(z > 0)) return;
    int64_t at_ns = made_ns(machine);
    double down_s = z < v * v / (2 * a) ? sqrt(2 * z / a) : z / v + v / (2 * a);
    strike->end_ns = z < strike->needle_mm ? at_ns + s_to_ns(sqrt(2 * z / a))
                                           : at_ns - s_to_ns(down_s) + strike->duration_ns;
    strike->needle_mm = z;
}

/* The firmware's word on what it executes now corrects the estimate of the travel's end: from where
 * it is the rest of the way takes a known time. The report was made about half way between its
 * question and its coming in; at the latest when it came. */
static void follow_travel(struct striker *striker, const struct machine_status *machine) {
    struct striker_aim *aim = &striker->aim;
    if (aim->stage != AIM_TRAVELLING) return;
    aim->is_confirmed = aim->is_confirmed || machine->confirmed_line == aim->line;
    if (machine->line != aim->line || aim->has_arrived) return;
    aim->arrival_ns = made_ns(machine) + aim_leg_left_ns(striker, aim, machine->q);
}

void clock_on_machine(struct striker *striker, const struct machine_status *machine) {
    striker->answer_ns = machine->stamp_ns - machine->asked_ns;
    if (striker->answer_ns <= ANSWER_MOST_NS) striker->prompt_ns = machine->stamp_ns;
    follow_strike(striker, machine);
    follow_travel(striker, machine);
}

bool clock_is_prompt(struct striker *striker) {
    if (striker->answer_ns <= ANSWER_MOST_NS) return true;
    striker->waiting_for = "the board, whose answers come late";
    return false;
}
