#include "controller/daemon/recorder.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/give_way.h"
#include "base/log.h"
#include "controller/daemon/recorder_files.h"
#include "controller/daemon/recorder_frames.h"
#include "controller/daemon/session_record.h"
#include "version.h"

#define QUEUE_BYTES (8u << 20) /* more than a minute */
#define QUEUE_RESERVE 1024u    /* for the record that ends it */
#define BATCH_BYTES 65536u

struct recorder {
    struct recorder_files files;
    char folder[GUARD_PATH_MAX];
    struct record_writer writer; /* the loop's */
    bool is_ending;              /* the loop's: its last record is being put */
    bool is_overrun;             /* and it did not fit */
    struct recorder_frames frames;
    pthread_t thread;
    bool is_running;
    FILE *stream; /* the thread's */

    pthread_mutex_t mutex; /* guards what follows */
    pthread_cond_t has_work;
    unsigned char *queue;
    size_t first, count;
    bool is_over;               /* nothing more will be put */
    char note[RECORD_TEXT_MAX]; /* why the recording has ended, or must */
    bool has_failed;            /* the thread cannot go on */
};

/* --- the loop's side --- */

static bool enqueue(struct recorder *recorder, const unsigned char *bytes, size_t count) {
    size_t room = QUEUE_BYTES - (recorder->is_ending ? 0 : QUEUE_RESERVE);
    pthread_mutex_lock(&recorder->mutex);
    bool fits = count <= room - (recorder->count < room ? recorder->count : room);
    for (size_t i = 0; fits && i < count;) {
        size_t at = (recorder->first + recorder->count) % QUEUE_BYTES;
        size_t piece = count - i < QUEUE_BYTES - at ? count - i : QUEUE_BYTES - at;
        memcpy(recorder->queue + at, bytes + i, piece);
        recorder->count += piece;
        i += piece;
    }
    pthread_cond_signal(&recorder->has_work);
    pthread_mutex_unlock(&recorder->mutex);
    return fits;
}

static void put(void *context, const void *bytes, size_t count) {
    struct recorder *recorder = context;
    if (recorder->is_overrun || enqueue(recorder, bytes, count)) return;
    recorder->is_overrun = true; /* what follows would have a gap before it */
}

void recorder_end(struct recorder *recorder, int64_t now_ns, const char *why) {
    if (!recorder || recorder->is_ending) return;
    recorder->is_ending = true;
    recorder->is_overrun = false;
    record_end(&recorder->writer, now_ns, why);
    recorder->writer.put = NULL;
    pthread_mutex_lock(&recorder->mutex);
    recorder->is_over = true;
    if (!recorder->note[0]) snprintf(recorder->note, sizeof recorder->note, "%s", why);
    pthread_cond_signal(&recorder->has_work);
    pthread_mutex_unlock(&recorder->mutex);
    log_info("recorder", "the recording in %s has ended: %s", recorder->folder, why);
}

void recorder_look(struct recorder *recorder, int64_t now_ns) {
    char why[RECORD_TEXT_MAX];
    if (!recorder || recorder->is_ending) return;
    pthread_mutex_lock(&recorder->mutex);
    bool has_failed = recorder->has_failed;
    snprintf(why, sizeof why, "%s", recorder->note);
    pthread_mutex_unlock(&recorder->mutex);
    if (has_failed) recorder_end(recorder, now_ns, why);
    if (recorder->is_overrun)
        recorder_end(recorder, now_ns, "the disk did not keep up: the queue was full");
    if (!record_is_open(&recorder->writer)) /* it has its last record already */
        recorder_end(recorder, now_ns, "the largest size that was allowed is reached");
}

void recorder_read(struct recorder *recorder, struct recorder_state *ret_state) {
    *ret_state = (struct recorder_state){.is_open = !recorder->is_ending};
    snprintf(ret_state->folder, sizeof ret_state->folder, "%s", recorder->folder);
    pthread_mutex_lock(&recorder->mutex);
    snprintf(ret_state->note, sizeof ret_state->note, "%s", recorder->note);
    pthread_mutex_unlock(&recorder->mutex);
    pthread_mutex_lock(&recorder->frames.mutex);
    ret_state->bytes = recorder->writer.written + recorder->frames.bytes;
    ret_state->frames = recorder->frames.written;
    ret_state->frames_dropped = recorder->frames.dropped;
    pthread_mutex_unlock(&recorder->frames.mutex);
}

struct record_writer *recorder_writer(struct recorder *recorder) {
    return recorder ? &recorder->writer : NULL;
}

void recorder_follow(struct recorder *recorder, const struct camera_set *cameras,
                     const struct tag_ring *ring) {
    if (!recorder) return;
    recorder->frames.cameras = cameras;
    recorder->frames.ring = ring;
}

void recorder_offer(struct recorder *recorder, const struct camera_frame *frames, uint32_t count,
                    const struct head_pose *head) {
    if (!recorder || !recorder_frames_offer(&recorder->frames, frames, count, head)) return;
    pthread_mutex_lock(&recorder->mutex);
    pthread_cond_signal(&recorder->has_work);
    pthread_mutex_unlock(&recorder->mutex);
}

/* --- the thread's side --- */

static void fail(struct recorder *recorder, const char *why) {
    pthread_mutex_lock(&recorder->mutex);
    if (!recorder->note[0])
        snprintf(recorder->note, sizeof recorder->note, "%.*s", RECORD_TEXT_MAX - 1, why);
    recorder->has_failed = true;
    pthread_mutex_unlock(&recorder->mutex);
}

/* Up to BATCH_BYTES that wait; 0 with *ret_is_over when none will come any more. */
static size_t take_batch(struct recorder *recorder, unsigned char *batch, bool *ret_is_over) {
    pthread_mutex_lock(&recorder->mutex);
    size_t at = recorder->first,
           count = recorder->count < BATCH_BYTES ? recorder->count : BATCH_BYTES;
    size_t piece = count < QUEUE_BYTES - at ? count : QUEUE_BYTES - at;
    memcpy(batch, recorder->queue + at, piece);
    memcpy(batch + piece, recorder->queue, count - piece);
    recorder->first = (at + count) % QUEUE_BYTES;
    recorder->count -= count;
    *ret_is_over = count == 0 && recorder->is_over;
    pthread_mutex_unlock(&recorder->mutex);
    return count;
}

static void wait_for_work(struct recorder *recorder) {
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec++; /* a frame's signal may have come in between */
    pthread_mutex_lock(&recorder->mutex);
    if (recorder->count == 0 && !recorder->is_over)
        pthread_cond_timedwait(&recorder->has_work, &recorder->mutex, &until);
    pthread_mutex_unlock(&recorder->mutex);
}

static void *run(void *context) {
    struct recorder *recorder = context;
    static const char disk_words[] = "it cannot be written: the disk is full, or failed";
    unsigned char *batch = malloc(BATCH_BYTES);
    struct error err = {0};
    bool is_over = false;
    thread_give_way();
    if (!batch || recorder_files_copy(&recorder->files, recorder->folder, &err) != RESULT_OK)
        fail(recorder, batch ? err.text : "out of memory");
    while (batch && !is_over) {
        size_t count = take_batch(recorder, batch, &is_over);
        /* Flushed, so that what a killed daemon leaves is as long as can be. */
        if (count &&
            (fwrite(batch, 1, count, recorder->stream) != count || fflush(recorder->stream) != 0))
            fail(recorder, disk_words);
        bool has_frame = recorder_frames_write(&recorder->frames, recorder->folder);
        if (!count && !has_frame && !is_over) wait_for_work(recorder);
    }
    free(batch);
    return NULL;
}

/* --- both --- */

static enum result open_all(struct recorder *recorder, const struct recorder_setup *setup,
                            struct error *err) {
    char path[GUARD_PATH_MAX + sizeof SESSION_RECORD_FILE + 1];
    enum result result = file_make_folder(setup->folder, err);
    if (result != RESULT_OK) return result;
    snprintf(path, sizeof path, "%s/" SESSION_RECORD_FILE, recorder->folder);
    recorder->stream = fopen(path, "wbxe");
    if (!recorder->stream && errno == EEXIST)
        return error_set(err, RESULT_REFUSED,
                         "%s holds a recording already: give it another folder", setup->folder);
    if (!recorder->stream) return error_set(err, RESULT_IO, "%s: %s", path, strerror(errno));
    recorder->queue = malloc(QUEUE_BYTES);
    if (!recorder->queue) return error_set(err, RESULT_NO_MEMORY, "recorder: out of memory");
    int64_t frames_bytes = setup->frames_hz > 0 ? setup->most_bytes / 2 : 0;
    result = recorder_frames_init(&recorder->frames, recorder->folder, setup->frames_hz,
                                  frames_bytes, err);
    recorder->writer = (struct record_writer){
        .put = put, .context = recorder, .most = setup->most_bytes - frames_bytes};
    return result;
}

enum result recorder_create(const struct recorder_setup *setup, int64_t now_ns,
                            struct recorder **ret_recorder, struct error *err) {
    struct record_about about = {.program = "smprigd " SMPRIG_VERSION " (" SMPRIG_REVISION ")",
                                 .scan = RECORDER_SCAN_FILE};
    struct recorder *recorder = calloc(1, sizeof *recorder);
    time_t now_s = time(NULL);
    struct tm utc;
    if (!recorder) return error_set(err, RESULT_NO_MEMORY, "recorder: out of memory");
    pthread_mutex_init(&recorder->mutex, NULL);
    pthread_cond_init(&recorder->has_work, NULL);
    snprintf(recorder->folder, sizeof recorder->folder, "%s", setup->folder);
    strftime(about.made, sizeof about.made, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now_s, &utc));
    recorder_files_name(&recorder->files, setup, about.program, about.made);
    enum result result = open_all(recorder, setup, err);
    if (result == RESULT_OK) record_begin(&recorder->writer, &about, now_ns);
    if (result == RESULT_OK && pthread_create(&recorder->thread, NULL, run, recorder) != 0)
        result = error_set(err, RESULT_IO, "recorder: cannot start its thread");
    recorder->is_running = result == RESULT_OK;
    if (result != RESULT_OK) {
        recorder_destroy(&recorder);
        return result;
    }
    log_info("recorder", "recording to %s, %lld MB at most", recorder->folder,
             (long long)(setup->most_bytes >> 20));
    *ret_recorder = recorder;
    return RESULT_OK;
}

void recorder_destroy(struct recorder **recorder) {
    struct recorder *r = *recorder;
    if (!r) return;
    if (r->is_running) {
        recorder_end(r, r->writer.last_ns, "the session was closed");
        pthread_join(r->thread, NULL);
    }
    if (r->stream) fclose(r->stream);
    recorder_frames_finish(&r->frames);
    pthread_mutex_destroy(&r->mutex);
    pthread_cond_destroy(&r->has_work);
    free(r->queue);
    free(r);
    *recorder = NULL;
}
