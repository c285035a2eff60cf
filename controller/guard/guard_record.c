#include "controller/guard/guard_record.h"

#include <string.h>

#include "controller/record/message_codec.h"

static void codec_packet(struct codec *codec, struct guard_news *news,
                         struct guard_news_memory *memory) {
    uint64_t count = news->count;
    codec_u64(codec, &count);
    news->count = (size_t)count;
    news->bytes = &memory->request;
    /* Of a packet with another length nothing but that is looked at. */
    if (count == sizeof memory->request) codec_guard_request(codec, &memory->request);
}

static void codec_port(struct codec *codec, struct guard_news *news,
                       struct guard_news_memory *memory) {
    uint32_t count = (uint32_t)news->count;
    codec_u32(codec, &count, GUARD_RECORD_BYTES_MAX);
    if (!codec->is_whole) count = 0;
    codec_bytes(codec, memory->bytes, count);
    news->count = count;
    news->bytes = memory->bytes;
}

void codec_guard_news(struct codec *codec, struct guard_news *news,
                      struct guard_news_memory *memory) {
    CODEC_ENUM(codec, news->kind, GUARD_NEWS_KIND_COUNT - 1);
    switch (news->kind) {
        case GUARD_NEWS_DAEMON:
            codec_bool(codec, &news->is_connected);
            break;
        case GUARD_NEWS_REQUEST:
            codec_packet(codec, news, memory);
            break;
        case GUARD_NEWS_PORT:
            codec_port(codec, news, memory);
            break;
        case GUARD_NEWS_SENSORS:
            codec_u32(codec, &news->levels.present, UINT32_MAX);
            codec_u32(codec, &news->levels.levels, UINT32_MAX);
            break;
        case GUARD_NEWS_TICK:
        case GUARD_NEWS_PORT_CLOSED:
        case GUARD_NEWS_KIND_COUNT:
            break;
    }
}

void guard_record_begin(struct record_writer *writer, int64_t now_ns) {
    if (record_is_open(writer)) record_put(writer, RECORD_GUARD_BEGIN, now_ns, NULL, 0);
}

void guard_record_news(struct record_writer *writer, const struct guard_news *news) {
    unsigned char payload[RECORD_PAYLOAD_MAX];
    struct codec codec = codec_to_write(payload, sizeof payload);
    struct guard_news copy = *news;
    struct guard_news_memory memory;
    if (!record_is_open(writer)) return;
    if (news->kind == GUARD_NEWS_REQUEST && news->count == sizeof memory.request)
        memcpy(&memory.request, news->bytes, news->count);
    if (news->kind == GUARD_NEWS_PORT && news->count <= sizeof memory.bytes)
        memcpy(memory.bytes, news->bytes, news->count);
    codec_guard_news(&codec, &copy, &memory);
    record_put_coded(writer, RECORD_GUARD_NEWS, news->now_ns, payload, &codec);
}

void guard_record_port_opened(struct record_writer *writer, int64_t now_ns, bool is_open) {
    unsigned char payload = is_open;
    if (record_is_open(writer)) record_put(writer, RECORD_PORT_OPENED, now_ns, &payload, 1);
}

void guard_record_loaded(struct record_writer *writer, int64_t now_ns, enum result result,
                         const struct error *err) {
    unsigned char payload[sizeof err->text + 16];
    struct codec codec = codec_to_write(payload, sizeof payload);
    struct error copy = *err;
    if (!record_is_open(writer)) return;
    codec_result(&codec, &result, &copy);
    record_put_coded(writer, RECORD_LOADED, now_ns, payload, &codec);
}

void guard_record_event(struct record_writer *writer, int64_t now_ns,
                        const struct guard_event *event) {
    unsigned char payload[MESSAGE_BYTES_MAX];
    struct codec codec = codec_to_write(payload, sizeof payload);
    struct guard_event copy = *event;
    if (!record_is_open(writer)) return;
    codec_guard_event(&codec, &copy);
    record_put_coded(writer, RECORD_EVENT, now_ns, payload, &codec);
}

void guard_record_bytes(struct record_writer *writer, int64_t now_ns, const void *bytes,
                        size_t count) {
    if (record_is_open(writer) && count) record_put(writer, RECORD_BYTES, now_ns, bytes, count);
}
