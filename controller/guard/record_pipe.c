#include "controller/guard/record_pipe.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "controller/guard/guard_record.h"
#include "version.h"

#define PIPE_BYTES (1 << 20) /* many seconds */
#define LAST_MS 2000         /* the writer gets so long to end */
#define WRITER_NICE 10

/* All that the writing process does: read until the guard has ended, write, end. */
static _Noreturn void write_all(int fd, FILE *stream) {
    static unsigned char bytes[RECORD_PIPE_STEP_MAX];
    ssize_t got;
    bool is_good = true;
    prctl(PR_SET_NAME, "guard-record", 0, 0, 0);
    setpriority(PRIO_PROCESS, 0, WRITER_NICE);
    while ((got = read(fd, bytes, sizeof bytes)) > 0 || (got < 0 && errno == EINTR)) {
        /* Flushed, so that what a killed guard leaves is as long as can be. */
        if (got > 0 && is_good)
            is_good = fwrite(bytes, (size_t)got, 1, stream) == 1 && fflush(stream) == 0;
        if (!is_good) log_warning("guard", "its recording cannot be written: disk full, or failed");
        if (!is_good) break;
    }
    fclose(stream);
    _exit(0);
}

static void put(void *context, const void *bytes, size_t count) {
    struct record_pipe *pipe = context;
    if (count <= sizeof pipe->bytes - pipe->count) {
        memcpy(pipe->bytes + pipe->count, bytes, count);
        pipe->count += count;
        return;
    }
    pipe->writer.put = NULL; /* a step that says more than this is none of ours */
}

static enum result open_file(const char *folder, FILE **ret_stream, struct error *err) {
    char path[4096];
    enum result result = file_make_folder(folder, err);
    if (result != RESULT_OK) return result;
    int length = snprintf(path, sizeof path, "%s/" GUARD_RECORD_FILE, folder);
    if (length < 0 || (size_t)length >= sizeof path)
        return error_set(err, RESULT_LIMIT, "%s: the path is too long", folder);
    *ret_stream = fopen(path, "wbxe");
    if (*ret_stream) return RESULT_OK;
    if (errno == EEXIST)
        return error_set(err, RESULT_REFUSED, "%s is there already: record to another folder",
                         path);
    return error_set(err, RESULT_IO, "%s: %s", path, strerror(errno));
}

static enum result start_writer(struct record_pipe *record, FILE *stream, struct error *err) {
    int bytes[2], done[2];
    if (pipe2(bytes, O_CLOEXEC) != 0 || pipe2(done, O_CLOEXEC) != 0)
        return error_set(err, RESULT_IO, "no pipe for the recording: %s", strerror(errno));
    fcntl(bytes[1], F_SETPIPE_SZ, PIPE_BYTES);
    pid_t pid = fork();
    if (pid < 0)
        return error_set(err, RESULT_IO, "no process for the recording: %s", strerror(errno));
    if (pid == 0) {
        close(bytes[1]);
        close(done[0]);
        write_all(bytes[0], stream);
    }
    close(bytes[0]);
    close(done[1]);
    fcntl(bytes[1], F_SETFL, O_NONBLOCK);
    record->fd = bytes[1];
    record->done_fd = done[0];
    return RESULT_OK;
}

enum result record_pipe_open(struct record_pipe *record, const char *folder, int64_t now_ns,
                             struct error *err) {
    struct record_about about = {.is_guard = true,
                                 .program = "smprig-guard " SMPRIG_VERSION " (" SMPRIG_REVISION ")",
                                 .scan = "scan.ply"};
    FILE *stream = NULL;
    time_t now_s = time(NULL);
    struct tm utc;
    enum result result = open_file(folder, &stream, err);
    if (result != RESULT_OK) return result;
    result = start_writer(record, stream, err);
    fclose(stream);
    if (result != RESULT_OK) return result;
    strftime(about.made, sizeof about.made, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now_s, &utc));
    record->count = 0;
    record->writer =
        (struct record_writer){.put = put, .context = record, .most = RECORD_BYTES_DEFAULT};
    record_begin(&record->writer, &about, now_ns);
    return RESULT_OK;
}

void record_pipe_flush(struct record_pipe *pipe) {
    if (!pipe->count) return;
    ssize_t written = write(pipe->fd, pipe->bytes, pipe->count);
    /* Cut in the middle or not at all: either way what follows would have a gap before it. */
    if (written != (ssize_t)pipe->count && record_is_open(&pipe->writer)) {
        pipe->writer.put = NULL;
        log_warning("guard", "its recording ends here: the disk does not keep up");
    }
    pipe->count = 0;
}

void record_pipe_close(struct record_pipe *pipe, int64_t now_ns, const char *why) {
    if (pipe->fd <= 0) return;
    record_end(&pipe->writer, now_ns, why);
    record_pipe_flush(pipe);
    close(pipe->fd);
    struct pollfd done = {.fd = pipe->done_fd, .events = POLLIN};
    (void)poll(&done, 1, LAST_MS);
    close(pipe->done_fd);
    pipe->fd = 0;
}
