#include "controller/guard/record_pipe.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "base/file.h"
#include "base/log.h"
#include "controller/guard/guard_record.h"
#include "version.h"

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
    result = spool_start(&record->spool, stream, "guard-record", err);
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
    /* Cut in the middle or not at all: either way what follows would have a gap before it. */
    bool is_whole = spool_put(&pipe->spool, pipe->bytes, pipe->count);
    if (!is_whole && record_is_open(&pipe->writer)) {
        pipe->writer.put = NULL;
        log_warning("guard", "its recording ends here: the disk does not keep up");
    }
    pipe->count = 0;
}

void record_pipe_close(struct record_pipe *pipe, int64_t now_ns, const char *why) {
    if (pipe->spool.fd <= 0) return;
    record_end(&pipe->writer, now_ns, why);
    record_pipe_flush(pipe);
    spool_close(&pipe->spool);
}
