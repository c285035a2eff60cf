#include "base/give_way.h"

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/resource.h>

#define NICE 10

void thread_give_way(void) {
    const struct sched_param none = {0};
    (void)sched_setscheduler(0, SCHED_BATCH, &none); /* 0: this thread, on Linux, as below */
    (void)setpriority(PRIO_PROCESS, 0, NICE);
}

enum result thread_go_first(int priority, struct error *err) {
    const struct sched_param wanted = {.sched_priority = priority};
    int now = sched_getscheduler(0) & ~SCHED_RESET_ON_FORK;
    if (priority == 0 || now == SCHED_FIFO || now == SCHED_RR) return RESULT_OK;
    if (sched_setscheduler(0, SCHED_RR, &wanted) == 0) return RESULT_OK;
    return error_set(err, RESULT_REFUSED,
                     "no real-time priority %d: %s; when the machine is busy the session may hold "
                     "by itself (docs/install.md, \"Who goes first\")",
                     priority, strerror(errno));
}

void thread_step_behind(void) {
    struct sched_param param;
    int policy = sched_getscheduler(0);
    if (policy != SCHED_FIFO && policy != SCHED_RR) return;
    if (sched_getparam(0, &param) != 0 || param.sched_priority < 2) return;
    param.sched_priority--;
    (void)sched_setscheduler(0, policy, &param);
}
