#include "sim/operator.h"

#include <string.h>

#include "base/clock.h"

#define LOOKS_NS (300 * NS_PER_MS)  /* a person's time to see and to press */
#define HANDS_NS (1000 * NS_PER_MS) /* and to look at the needle after a fault */
#define SIT_BACK_MM 5.0
#define SIT_BACK_NS (800 * NS_PER_MS)
#define DOTS_BEFORE 3 /* struck before the operator does something for once */

/* True when the cable was pulled. */
static bool do_once(struct sim_operator *person, struct virtual_rig *rig) {
    if (rig->session.phase != SESSION_RUNNING || rig->world.puncture_count < DOTS_BEFORE)
        return false;
    bool pulls_cable = person->faults_once;
    if (person->holds_once) virtual_call(rig, SESSION_CALL_HOLD);
    if (pulls_cable) {
        virtual_pull_cable(rig);
        virtual_plug_cable(rig);
    }
    person->holds_once = person->faults_once = false;
    return pulls_cable;
}

/* The client sits back from a needle that touches the skin. */
static void sit_back(struct virtual_rig *rig) {
    struct vec3 out = pose_rotate(rig->world.T_rig_tool, vec3_make(0, 0, 1));
    struct world_jolt jolt = {rig->now_ns, SIT_BACK_NS, vec3_scale(out, -SIT_BACK_MM), false};
    world_jolt(&rig->world, &jolt, rig->now_ns);
}

/* A person does what the alarm says: nothing at its first time, the marks when it comes back. */
static bool sets_marks(struct sim_operator *person, struct virtual_rig *rig) {
    bool is_said = strstr(rig->session.reason, "Homing does not reach it") != NULL;
    if (!is_said || ++person->marks_read < 2) return false;
    person->marks_read = 0;
    world_set_at_marks(&rig->world, rig->now_ns);
    return true;
}

/* The alarm says so: a needle that stays in is drawn out by hand before anything else. True when
 * axes were set to their marks. */
static bool tend_fault(struct sim_operator *person, struct virtual_rig *rig) {
    if (!person->fault_ns) person->fault_ns = rig->now_ns;
    if (rig->now_ns - person->fault_ns < HANDS_NS) return false;
    world_draw_needle(&rig->world, rig->now_ns);
    if (fabs(rig->world.skin.last_distance_mm) < SIT_BACK_MM && !person->has_asked) {
        sit_back(rig);
        person->has_asked = true;
        person->fault_ns = rig->now_ns;
        return false;
    }
    bool has_set = sets_marks(person, rig);
    virtual_call(rig, SESSION_CALL_ACKNOWLEDGE_OUT);
    return has_set;
}

struct operator_news operator_act(struct sim_operator *person, struct virtual_rig *rig) {
    struct operator_news news = {.has_pulled_cable = do_once(person, rig)};
    if (rig->now_ns < person->next_ns) return news;
    person->next_ns = rig->now_ns + LOOKS_NS;
    if (!rig->has_guard) {
        virtual_start_guard(rig);
        news.has_new_guard = true;
        return news;
    }
    bool is_lost = !rig->has_daemon || rig->session.phase == SESSION_FAILED ||
                   (rig->disk.is_broken && rig->session.phase != SESSION_FINISHED);
    if (is_lost) {
        if (rig->has_daemon) virtual_kill_daemon(rig);
        virtual_start_daemon(rig);
        news.has_new_daemon = true;
        return news;
    }
    if (rig->session.phase == SESSION_FAULT)
        news.has_set_marks = tend_fault(person, rig);
    else
        person->fault_ns = 0, person->has_asked = false;
    if (rig->session.phase == SESSION_READY || rig->session.phase == SESSION_LOCKED ||
        rig->session.phase == SESSION_ARMED)
        virtual_call(rig, SESSION_CALL_START);
    if (rig->session.phase == SESSION_HELD) virtual_call(rig, SESSION_CALL_RESUME);
    return news;
}
