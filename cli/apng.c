#include "cli/apng.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define SIGNATURE_BYTES 8u
#define CHUNK_OVERHEAD 12u /* length, name, CRC */

static void put32(unsigned char *out, uint32_t value) {
    for (int i = 0; i < 4; i++) out[i] = (unsigned char)(value >> (24 - 8 * i));
}

static uint32_t get32(const unsigned char *in) {
    return (uint32_t)in[0] << 24 | (uint32_t)in[1] << 16 | (uint32_t)in[2] << 8 | in[3];
}

/* A chunk of two pieces of data, the second may be empty. */
static void write_chunk(FILE *stream, const char name[4], const unsigned char *head,
                        uint32_t head_size, const unsigned char *data, uint32_t size) {
    unsigned char word[4];
    uLong crc = crc32(0, (const Bytef *)name, 4);
    if (head_size > 0) crc = crc32(crc, head, head_size);
    if (size > 0) crc = crc32(crc, data, size);
    put32(word, head_size + size);
    fwrite(word, 4, 1, stream);
    fwrite(name, 4, 1, stream);
    if (head_size > 0) fwrite(head, head_size, 1, stream);
    if (size > 0) fwrite(data, size, 1, stream);
    put32(word, (uint32_t)crc);
    fwrite(word, 4, 1, stream);
}

struct memory {
    unsigned char *data;
    size_t size;
};

static cairo_status_t collect(void *context, const unsigned char *data, unsigned length) {
    struct memory *memory = context;
    unsigned char *grown = realloc(memory->data, memory->size + length);
    if (!grown) return CAIRO_STATUS_NO_MEMORY;
    memcpy(grown + memory->size, data, length);
    memory->data = grown, memory->size += length;
    return CAIRO_STATUS_SUCCESS;
}

enum result apng_open(struct apng *apng, const char *path, int frames, int frame_ms,
                      struct error *err) {
    *apng = (struct apng){.frames = (uint32_t)frames, .frame_ms = (uint32_t)frame_ms};
    return file_writer_open(&apng->writer, path, err);
}

/* Frame control: the whole picture, shown for frame_ms, drawn over. */
static void write_control(struct apng *apng, const unsigned char *header) {
    unsigned char control[26] = {0};
    put32(control, apng->sequence++);
    memcpy(control + 4, header, 8); /* width and height */
    control[20] = (unsigned char)(apng->frame_ms >> 8), control[21] = (unsigned char)apng->frame_ms;
    control[22] = 1000 >> 8, control[23] = 1000 & 255;
    write_chunk(apng->writer.stream, "fcTL", control, sizeof control, NULL, 0);
}

static void add_chunk(struct apng *apng, const unsigned char *chunk, uint32_t size,
                      const unsigned char *header) {
    FILE *stream = apng->writer.stream;
    const unsigned char *name = chunk + 4, *data = chunk + 8;
    unsigned char number[4];
    if (memcmp(name, "IHDR", 4) == 0) {
        if (apng->added == 0) {
            unsigned char animation[8] = {0};
            put32(animation, apng->frames);
            write_chunk(stream, "IHDR", data, size, NULL, 0);
            write_chunk(stream, "acTL", animation, sizeof animation, NULL, 0);
        }
        write_control(apng, header);
    } else if (memcmp(name, "IDAT", 4) == 0 && apng->added == 0) {
        write_chunk(stream, "IDAT", data, size, NULL, 0);
    } else if (memcmp(name, "IDAT", 4) == 0) {
        put32(number, apng->sequence++);
        write_chunk(stream, "fdAT", number, sizeof number, data, size);
    }
}

enum result apng_add(struct apng *apng, cairo_surface_t *frame, struct error *err) {
    struct memory png = {0};
    cairo_status_t status = cairo_surface_write_to_png_stream(frame, collect, &png);
    if (status != CAIRO_STATUS_SUCCESS || png.size < SIGNATURE_BYTES + CHUNK_OVERHEAD + 8) {
        free(png.data);
        return error_set(err, RESULT_IO, "%s: %s", apng->writer.path,
                         cairo_status_to_string(status));
    }
    if (apng->added == 0) fwrite(png.data, SIGNATURE_BYTES, 1, apng->writer.stream);
    const unsigned char *header = png.data + SIGNATURE_BYTES + 8; /* IHDR comes first */
    for (size_t at = SIGNATURE_BYTES; at + CHUNK_OVERHEAD <= png.size;) {
        uint32_t size = get32(png.data + at);
        if (size > png.size - at - CHUNK_OVERHEAD) break;
        add_chunk(apng, png.data + at, size, header);
        at += CHUNK_OVERHEAD + size;
    }
    apng->added++;
    free(png.data);
    return RESULT_OK;
}

enum result apng_commit(struct apng *apng, struct error *err) {
    write_chunk(apng->writer.stream, "IEND", NULL, 0, NULL, 0);
    return file_writer_commit(&apng->writer, err);
}

void apng_abandon(struct apng *apng) {
    file_writer_abandon(&apng->writer);
}
