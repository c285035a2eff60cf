#include "controller/daemon/errand.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/give_way.h"

static void *run(void *context) {
    const struct errand *errand = context;
    uint64_t one = 1;
    thread_give_way();
    errand->work(errand->context);
    if (write(errand->event_fd, &one, sizeof one) < 0) abort();
    return NULL;
}

enum result errand_begin(struct errand *errand, void (*work)(void *context), void *context,
                         struct error *err) {
    *errand = (struct errand){
        .work = work, .context = context, .event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
    if (errand->event_fd < 0) return error_set(err, RESULT_IO, "eventfd: %s", strerror(errno));
    int failure = pthread_create(&errand->thread, NULL, run, errand);
    if (failure == 0) return RESULT_OK;
    close(errand->event_fd);
    return error_set(err, RESULT_IO, "cannot start a thread: %s", strerror(failure));
}

bool errand_is_done(const struct errand *errand) {
    uint64_t ignored;
    return read(errand->event_fd, &ignored, sizeof ignored) > 0;
}

void errand_end(struct errand *errand) {
    pthread_join(errand->thread, NULL);
    close(errand->event_fd);
}
