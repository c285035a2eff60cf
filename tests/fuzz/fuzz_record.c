/* A recording of any bytes: read and each record taken apart, and a guard driven by what comes out;
 * survived, bounded in time and memory. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controller/daemon/session_record.h"
#include "controller/guard/guard_record.h"
#include "controller/record/message_codec.h"
#include "sim/message_words.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool opens(void *context) {
    (void)context;
    return true;
}

static void closes(void *context) {
    (void)context;
}

static enum result loads(void *context, const struct guard_load *load, struct guard_case *ret_case,
                         struct error *err) {
    (void)context;
    (void)load;
    (void)ret_case;
    return error_set(err, RESULT_REFUSED, "no files here");
}

static struct guard guard;

static void take_guard_news(const struct record *record) {
    static struct guard_news_memory memory;
    unsigned char bytes[4096];
    struct guard_event event;
    struct guard_news news = {0};
    struct codec codec = codec_to_read(record->payload, record->count);
    memset(&memory, 0, sizeof memory);
    codec_guard_news(&codec, &news, &memory);
    if (!codec_is_at_end(&codec)) return;
    news.now_ns = record->at_ns;
    guard_take(&guard, &news);
    (void)!guard_take_port_bytes(&guard, bytes, sizeof bytes);
    while (guard_take_event(&guard, &event)) continue;
}

static void take_words(const struct record *record) {
    char words[MESSAGE_WORDS_MAX];
    struct codec codec = codec_to_read(record->payload, record->count);
    struct guard_request request = {0};
    struct guard_event event = {0};
    struct journal_entry entry = {0};
    codec_guard_request(&codec, &request);
    if (codec.is_whole) guard_request_words(&request, record->at_ns, words, sizeof words);
    codec = codec_to_read(record->payload, record->count);
    codec_guard_event(&codec, &event);
    if (codec.is_whole) guard_event_words(&event, words, sizeof words);
    codec = codec_to_read(record->payload, record->count);
    codec_journal_entry(&codec, &entry);
    if (codec.is_whole) journal_entry_words(&entry, words, sizeof words);
    wire_words(record->payload, record->count, words, sizeof words);
}

/* What a codec reads, it writes and finds the same. */
static void take_session_news(const struct record *record) {
    unsigned char bytes[RECORD_PAYLOAD_MAX];
    struct session_news news, again;
    struct codec codec = codec_to_read(record->payload, record->count);
    memset(&news, 0, sizeof news);
    codec_session_news(&codec, &news);
    if (!codec_is_at_end(&codec)) return;
    codec = codec_to_write(bytes, sizeof bytes);
    again = news;
    codec_session_news(&codec, &again);
    if (!codec.is_whole) abort();
    codec = codec_to_compare(bytes, (size_t)(codec.to - bytes));
    codec_session_news(&codec, &news);
    if (!codec.is_same || !codec_is_at_end(&codec)) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct record_reader reader;
    const struct guard_edge edge = {NULL, opens, closes, loads};
    struct error err;
    struct record record;
    if (size == 0) return 0;
    FILE *stream = fmemopen((void *)data, size, "rb");
    if (!stream) return 0;
    guard_init(&guard, &edge, 1);
    enum result result = record_open(&reader, stream, "fuzz", &err);
    while (result == RESULT_OK && (result = record_next(&reader, &record, &err)) == RESULT_OK) {
        take_words(&record);
        if (record.kind == RECORD_GUARD_NEWS) take_guard_news(&record);
        if (record.kind == RECORD_NEWS) take_session_news(&record);
    }
    fclose(stream);
    return 0;
}
