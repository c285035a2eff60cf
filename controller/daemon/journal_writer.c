#include "controller/daemon/journal_writer.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* Entries of one transaction: a second's worth of a fast session. */
#define BATCH_MAX 64u

struct journal_writer {
    struct journal *journal;
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t has_work;
    struct journal_entry queue[JOURNAL_WRITER_QUEUE_MAX];
    size_t first, count;
    bool is_ending;
    struct journal_writer_news news;
    int event_fd;
};

/* Wait for entries and copy a batch out; 0 when the thread should end. */
static size_t take_batch(struct journal_writer *writer, struct journal_entry *batch) {
    pthread_mutex_lock(&writer->mutex);
    while (writer->count == 0 && !writer->is_ending)
        pthread_cond_wait(&writer->has_work, &writer->mutex);
    size_t count = writer->count < BATCH_MAX ? writer->count : BATCH_MAX;
    for (size_t i = 0; i < count; i++)
        batch[i] = writer->queue[(writer->first + i) % JOURNAL_WRITER_QUEUE_MAX];
    writer->first = (writer->first + count) % JOURNAL_WRITER_QUEUE_MAX;
    writer->count -= count;
    pthread_mutex_unlock(&writer->mutex);
    return count;
}

static void tell(struct journal_writer *writer, size_t written, const struct error *err) {
    uint64_t one = 1;
    pthread_mutex_lock(&writer->mutex);
    writer->news.durable += written;
    if (err && writer->news.is_healthy) {
        writer->news.is_healthy = false;
        snprintf(writer->news.why, sizeof writer->news.why, "%.*s", JOURNAL_TEXT_MAX - 1,
                 err->text);
    }
    pthread_mutex_unlock(&writer->mutex);
    if (write(writer->event_fd, &one, sizeof one) < 0 && errno != EAGAIN) abort();
}

static void *run(void *context) {
    struct journal_writer *writer = context;
    pthread_setname_np(pthread_self(), "journal");
    struct journal_entry batch[BATCH_MAX];
    size_t count;
    while ((count = take_batch(writer, batch)) > 0) {
        struct error err = {0};
        bool is_written = journal_append(writer->journal, batch, count, &err) == RESULT_OK;
        tell(writer, is_written ? count : 0, is_written ? NULL : &err);
    }
    return NULL;
}

enum result journal_writer_create(struct journal *journal, struct journal_writer **ret_writer,
                                  struct error *err) {
    struct journal_writer *writer = calloc(1, sizeof *writer);
    if (!writer) return error_set(err, RESULT_NO_MEMORY, "journal writer: out of memory");
    writer->journal = journal;
    writer->news.is_healthy = true;
    pthread_mutex_init(&writer->mutex, NULL);
    pthread_cond_init(&writer->has_work, NULL);
    writer->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (writer->event_fd < 0 || pthread_create(&writer->thread, NULL, run, writer) != 0) {
        if (writer->event_fd >= 0) close(writer->event_fd);
        free(writer);
        return error_set(err, RESULT_IO, "journal writer: cannot start its thread: %s",
                         strerror(errno));
    }
    *ret_writer = writer;
    return RESULT_OK;
}

void journal_writer_destroy(struct journal_writer **writer) {
    struct journal_writer *w = *writer;
    if (!w) return;
    pthread_mutex_lock(&w->mutex);
    w->is_ending = true;
    pthread_cond_signal(&w->has_work);
    pthread_mutex_unlock(&w->mutex);
    pthread_join(w->thread, NULL);
    close(w->event_fd);
    pthread_mutex_destroy(&w->mutex);
    pthread_cond_destroy(&w->has_work);
    free(w);
    *writer = NULL;
}

enum result journal_writer_post(struct journal_writer *writer, const struct journal_entry *entry) {
    enum result result = RESULT_LIMIT;
    pthread_mutex_lock(&writer->mutex);
    if (writer->count < JOURNAL_WRITER_QUEUE_MAX) {
        writer->queue[(writer->first + writer->count++) % JOURNAL_WRITER_QUEUE_MAX] = *entry;
        pthread_cond_signal(&writer->has_work);
        result = RESULT_OK;
    }
    pthread_mutex_unlock(&writer->mutex);
    return result;
}

int journal_writer_descriptor(const struct journal_writer *writer) {
    return writer->event_fd;
}

void journal_writer_read(struct journal_writer *writer, struct journal_writer_news *ret_news) {
    uint64_t ignored;
    if (read(writer->event_fd, &ignored, sizeof ignored) < 0 && errno != EAGAIN) abort();
    pthread_mutex_lock(&writer->mutex);
    *ret_news = writer->news;
    pthread_mutex_unlock(&writer->mutex);
}
