/* One piece of work in a thread of its own, which gives way to the loop and tells it by a
 * descriptor when it is done. What the work reads and writes is the thread's until then. */
#ifndef SMPRIG_CONTROLLER_DAEMON_ERRAND_H
#define SMPRIG_CONTROLLER_DAEMON_ERRAND_H

#include <pthread.h>
#include <stdbool.h>

#include "base/result.h"

/* On caller's memory, which must stay where it is until errand_end(). */
struct errand {
    void (*work)(void *context);
    void *context;
    pthread_t thread;
    int event_fd; /* readable when the work is done */
};

/* Begin the work; RESULT_IO when there is no descriptor or no thread, and then there is nothing to
 * end. */
MUST_USE enum result errand_begin(struct errand *errand, void (*work)(void *context), void *context,
                                  struct error *err);
/* Whether it is done; true once. Waits for nothing. */
bool errand_is_done(const struct errand *errand);
/* Wait for the work if it is not done, and free what the errand holds. */
void errand_end(struct errand *errand);

#endif
