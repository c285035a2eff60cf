#include "controller/record/record.h"

#include <string.h>

#include "base/clock.h"

#define HEAD_BYTES_MAX 30 /* three varints */
static const char magic[8] = {'S', 'M', 'P', 'R', 'E', 'C', '1', '\n'};

const char *record_kind_name(enum record_kind kind) {
    static const char *const names[RECORD_KIND_COUNT] = {
        [RECORD_ABOUT] = "about",
        [RECORD_END] = "end",
        [RECORD_FATES] = "fates",
        [RECORD_BEGIN] = "begin",
        [RECORD_LOOK] = "look",
        [RECORD_NEWS] = "news",
        [RECORD_RESULT] = "result",
        [RECORD_REQUEST] = "request",
        [RECORD_ENTRY] = "entry",
        [RECORD_WAITING] = "waiting",
        [RECORD_GUARD_BEGIN] = "guard begin",
        [RECORD_GUARD_NEWS] = "guard news",
        [RECORD_PORT_OPENED] = "port opened",
        [RECORD_LOADED] = "loaded",
        [RECORD_EVENT] = "event",
        [RECORD_BYTES] = "bytes",
    };
    return (unsigned)kind < RECORD_KIND_COUNT && names[kind] ? names[kind] : "unknown";
}

void codec_record_about(struct codec *codec, struct record_about *about) {
    codec_u32(codec, &about->version, UINT32_MAX);
    if (about->version != RECORD_VERSION) return;
    codec_bool(codec, &about->is_guard);
    codec_bool(codec, &about->is_simulated);
    codec_text(codec, about->program, sizeof about->program);
    codec_text(codec, about->made, sizeof about->made);
    codec_text(codec, about->scan, sizeof about->scan);
}

/* --- writing --- */

void record_begin(struct record_writer *writer, const struct record_about *about, int64_t now_ns) {
    unsigned char bytes[512];
    struct codec codec = codec_to_write(bytes, sizeof bytes);
    struct record_about written = *about;
    written.version = RECORD_VERSION;
    codec_record_about(&codec, &written);
    writer->put(writer->context, magic, sizeof magic);
    writer->written = sizeof magic;
    writer->last_ns = 0; /* the first record's time is the clock's own */
    record_put_coded(writer, RECORD_ABOUT, now_ns, bytes, &codec);
}

static void put(struct record_writer *writer, enum record_kind kind, int64_t now_ns,
                const void *payload, size_t count) {
    unsigned char bytes[HEAD_BYTES_MAX + RECORD_PAYLOAD_MAX];
    struct codec codec = codec_to_write(bytes, sizeof bytes);
    uint32_t number = (uint32_t)kind;
    int64_t gap_ns = now_ns - writer->last_ns;
    uint64_t length = count;
    codec_u32(&codec, &number, UINT32_MAX);
    codec_i64(&codec, &gap_ns);
    codec_u64(&codec, &length);
    if (count) memcpy(codec.to, payload, count);
    size_t whole = (size_t)(codec.to - bytes) + count;
    writer->last_ns = now_ns;
    writer->written += (int64_t)whole;
    writer->put(writer->context, bytes, whole);
}

void record_put(struct record_writer *writer, enum record_kind kind, int64_t now_ns,
                const void *payload, size_t count) {
    if (!record_is_open(writer)) return;
    if (count > RECORD_PAYLOAD_MAX)
        record_end(writer, now_ns, "a record was larger than it may be");
    else if (writer->written + (int64_t)count + HEAD_BYTES_MAX > writer->most)
        record_end(writer, now_ns, "the largest size that was allowed is reached");
    else
        put(writer, kind, now_ns, payload, count);
}

void record_put_coded(struct record_writer *writer, enum record_kind kind, int64_t now_ns,
                      const unsigned char *payload, const struct codec *codec) {
    if (codec->is_whole)
        record_put(writer, kind, now_ns, payload, (size_t)(codec->to - payload));
    else
        record_end(writer, now_ns, "a record was larger than it may be");
}

void record_end(struct record_writer *writer, int64_t now_ns, const char *why) {
    if (!record_is_open(writer)) return;
    size_t length = strnlen(why, RECORD_TEXT_MAX - 1);
    put(writer, RECORD_END, now_ns, why, length);
    writer->put = NULL;
}

/* --- reading --- */

enum result record_error(const struct record_reader *reader, const struct record *record,
                         enum result code, const char *words, struct error *err) {
    return error_set(err, code, "%s: byte %llu, record %llu, %.6f s: %s", reader->path,
                     (unsigned long long)record->place, (unsigned long long)record->number,
                     ns_to_s(record->at_ns - reader->start_ns), words);
}

static bool take(struct record_reader *reader, void *bytes, size_t count) {
    size_t got = fread(bytes, 1, count, reader->stream);
    reader->place += got;
    return got == count;
}

/* False at the file's end; *ret_is_sane turns false when the number has more than 64 bits. */
static bool take_varint(struct record_reader *reader, uint64_t *ret_value, bool *ret_is_sane) {
    unsigned char bytes[10];
    size_t count = 0;
    do {
        if (count == sizeof bytes) {
            *ret_is_sane = false;
            return true;
        }
        if (!take(reader, &bytes[count], 1)) return false;
    } while (bytes[count++] & 0x80);
    struct codec codec = codec_to_read(bytes, count);
    codec_u64(&codec, ret_value);
    *ret_is_sane = *ret_is_sane && codec.is_whole;
    return true;
}

static int64_t unzigzag(uint64_t bits) {
    return (int64_t)(bits >> 1) ^ -(int64_t)(bits & 1);
}

/* The file stops before its end was written: good up to here. */
static enum result stops_half_way(struct record_reader *reader, const struct record *record) {
    snprintf(reader->end, sizeof reader->end,
             "it stops half-way, after record %llu at %.3f s (byte %llu)",
             (unsigned long long)record->number, ns_to_s(reader->now_ns - reader->start_ns),
             (unsigned long long)record->place);
    return RESULT_NOT_FOUND;
}

enum result record_next(struct record_reader *reader, struct record *ret_record,
                        struct error *err) {
    uint64_t kind = 0, gap = 0, count = 0;
    bool is_sane = true;
    struct record record = {
        .at_ns = reader->now_ns, .number = reader->number, .place = reader->place};
    if (reader->is_ended) return RESULT_NOT_FOUND;
    if (!take_varint(reader, &kind, &is_sane) || !take_varint(reader, &gap, &is_sane) ||
        !take_varint(reader, &count, &is_sane))
        return stops_half_way(reader, &record);
    int64_t gap_ns = unzigzag(gap);
    if (!is_sane || kind == 0 || kind >= RECORD_KIND_COUNT || count > RECORD_PAYLOAD_MAX ||
        gap_ns > INT64_MAX - reader->now_ns)
        return record_error(reader, &record, RESULT_FORMAT, "damaged: no such record", err);
    if (gap_ns < 0) {
        char words[96];
        snprintf(words, sizeof words, "the clock runs backwards, by %.6f s", -ns_to_s(gap_ns));
        return record_error(reader, &record, RESULT_RANGE, words, err);
    }
    if (!take(reader, reader->payload, (size_t)count)) return stops_half_way(reader, &record);
    record.kind = (enum record_kind)kind;
    record.at_ns = reader->now_ns += gap_ns;
    record.payload = reader->payload;
    record.count = (size_t)count;
    reader->number++;
    if (record.kind == RECORD_END) {
        size_t length = record.count < sizeof reader->end ? record.count : sizeof reader->end - 1;
        memcpy(reader->end, record.payload, length);
        reader->end[length] = '\0';
        reader->is_ended = true;
    }
    *ret_record = record;
    return RESULT_OK;
}

enum result record_open(struct record_reader *reader, FILE *stream, const char *path,
                        struct error *err) {
    char begin[sizeof magic];
    struct record record;
    *reader = (struct record_reader){.stream = stream, .path = path};
    if (!take(reader, begin, sizeof begin) || memcmp(begin, magic, sizeof magic) != 0)
        return error_set(err, RESULT_FORMAT, "%s: no recording of smprig", path);
    enum result result = record_next(reader, &record, err);
    if (result == RESULT_NOT_FOUND)
        return error_set(err, RESULT_FORMAT, "%s: %s: nothing is in it", path, reader->end);
    if (result != RESULT_OK) return result;
    reader->start_ns = record.at_ns;
    struct codec codec = codec_to_read(record.payload, record.count);
    codec_record_about(&codec, &reader->about);
    if (record.kind == RECORD_ABOUT && codec.is_whole && reader->about.version != RECORD_VERSION)
        return error_set(err, RESULT_FORMAT,
                         "%s: a recording of version %u; this smprig reads version %u", path,
                         reader->about.version, RECORD_VERSION);
    bool is_inside = !strchr(reader->about.scan, '/'); /* a file of the folder */
    if (record.kind != RECORD_ABOUT || !codec_is_at_end(&codec) || !is_inside)
        return record_error(reader, &record, RESULT_FORMAT, "damaged: no begin", err);
    return RESULT_OK;
}
