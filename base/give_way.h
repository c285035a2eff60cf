/* Who goes first on a busy machine: the guard, then what tracks and strikes,
 * then everything else. */
#ifndef SMPRIG_BASE_GIVE_WAY_H
#define SMPRIG_BASE_GIVE_WAY_H

#include "base/result.h"

#define REAL_TIME_PRIORITY_MAX 98 /* the kernel's own threads are at 99 */

/* For threads whose work can wait (pictures, drawings, cases being opened): the calling thread
 * alone runs when the others leave time: no real-time class, nice 10. */
void thread_give_way(void);

/* The calling thread and those that it starts run before everything ordinary (SCHED_RR; 1 is the
 * least, 0 changes nothing). A thread that is in a real-time class already stays as its unit or
 * chrt(1) put it. RESULT_REFUSED when the system does not allow it: what is asked for goes on
 * without, and the sentence says what that means. */
MUST_USE enum result thread_go_first(int priority, struct error *err);
/* One step behind who started it, if there is one in the real-time class: for long work that has a
 * deadline, beside a loop that beats. */
void thread_step_behind(void);

#endif
