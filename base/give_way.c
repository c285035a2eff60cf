#include "base/give_way.h"

#include <sched.h>
#include <sys/resource.h>

#define NICE 10

void thread_give_way(void) {
    const struct sched_param none = {0};
    (void)sched_setscheduler(0, SCHED_BATCH, &none); /* 0: this thread, on Linux, as below */
    (void)setpriority(PRIO_PROCESS, 0, NICE);
}
