#include "sim/operator.h"

#include "base/clock.h"

#define LOOKS_NS (300 * NS_PER_MS) /* a person's time to see and to press */
#define DOTS_BEFORE 3              /* struck before the operator does something for once */

static void do_once(struct operator* operator, struct virtual_rig * rig) {
    if (rig->session.phase != SESSION_RUNNING || rig->world.puncture_count < DOTS_BEFORE) return;
    if (operator->holds_once) virtual_call(rig, SESSION_CALL_HOLD);
    if (operator->faults_once) {
        virtual_pull_cable(rig);
        virtual_plug_cable(rig);
    }
    operator->holds_once = operator->faults_once = false;
}

struct operator_news operator_act(struct operator* operator, struct virtual_rig * rig) {
    struct operator_news news = {0};
    do_once(operator, rig);
    if (rig->now_ns < operator->next_ns) return news;
    operator->next_ns = rig->now_ns + LOOKS_NS;
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
    if (rig->session.phase == SESSION_FAULT) virtual_call(rig, SESSION_CALL_ACKNOWLEDGE);
    if (rig->session.phase == SESSION_READY || rig->session.phase == SESSION_LOCKED)
        virtual_call(rig, SESSION_CALL_START);
    if (rig->session.phase == SESSION_HELD) virtual_call(rig, SESSION_CALL_RESUME);
    return news;
}
