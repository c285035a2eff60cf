#include "controller/guard/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/give_way.h"
#include "base/log.h"

#define LAST_MS 2000 /* the writer gets so long to end */
#define READ_BYTES 65536

/* All that the writing process does: read until the guard has ended, write, end. */
static _Noreturn void write_all(int fd, FILE *stream, const char *what) {
    static unsigned char bytes[READ_BYTES];
    ssize_t got;
    bool is_good = true;
    prctl(PR_SET_NAME, what, 0, 0, 0);
    thread_give_way();
    while ((got = read(fd, bytes, sizeof bytes)) > 0 || (got < 0 && errno == EINTR)) {
        /* Flushed, so that what a killed guard leaves is as long as can be. */
        if (got > 0 && is_good)
            is_good = fwrite(bytes, (size_t)got, 1, stream) == 1 && fflush(stream) == 0;
        if (!is_good) log_warning("guard", "%s cannot be written: disk full, or failed", what);
        if (!is_good) break;
    }
    fclose(stream);
    _exit(0);
}

enum result spool_start(struct spool *spool, FILE *stream, const char *what, struct error *err) {
    int bytes[2], done[2];
    if (pipe2(bytes, O_CLOEXEC) != 0 || pipe2(done, O_CLOEXEC) != 0)
        return error_set(err, RESULT_IO, "no pipe for %s: %s", what, strerror(errno));
    fcntl(bytes[1], F_SETPIPE_SZ, SPOOL_BYTES);
    fflush(stream);
    pid_t pid = fork();
    if (pid < 0) return error_set(err, RESULT_IO, "no process for %s: %s", what, strerror(errno));
    if (pid == 0) {
        close(bytes[1]);
        close(done[0]);
        write_all(bytes[0], stream, what);
    }
    close(bytes[0]);
    close(done[1]);
    fcntl(bytes[1], F_SETFL, O_NONBLOCK);
    *spool = (struct spool){bytes[1], done[0]};
    return RESULT_OK;
}

bool spool_put(const struct spool *spool, const void *bytes, size_t count) {
    return spool->fd > 0 && write(spool->fd, bytes, count) == (ssize_t)count;
}

void spool_close(struct spool *spool) {
    if (spool->fd <= 0) return;
    close(spool->fd);
    struct pollfd done = {.fd = spool->done_fd, .events = POLLIN};
    (void)poll(&done, 1, LAST_MS);
    close(spool->done_fd);
    *spool = (struct spool){0};
}
