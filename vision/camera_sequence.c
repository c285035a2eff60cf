#include "vision/camera_sequence.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/log.h"
#include "vision/opencv_shim.h"

struct camera_sequence {
    struct camera_source source;
    struct sequence_index index;
    size_t next;
    uint64_t sequence[CAMERA_COUNT_MAX];
    char folder[SEQUENCE_PATH_MAX], name[SEQUENCE_PATH_MAX + 16];
};

static enum result sequence_next(struct camera_source *source, int64_t timeout_ns,
                                 struct camera_frame *ret_frame, struct error *err) {
    struct camera_sequence *s = (struct camera_sequence *)source;
    (void)timeout_ns;
    if (s->next >= s->index.count) {
        return error_set(err, RESULT_CLOSED, "%s: the end of the recording", source->name);
    }
    const struct sequence_entry *entry = &s->index.entries[s->next++];
    char path[2 * SEQUENCE_PATH_MAX];
    struct camera_frame frame = {0};
    struct error trouble;
    snprintf(path, sizeof path, "%s/%s", s->folder, s->index.names + entry->name_offset);
    if (opencv_read_image(path, &frame, &trouble) != RESULT_OK) {
        log_warning("sequence", "%s", trouble.text);
        frame = (struct camera_frame){.status = FRAME_UNREADABLE};
    }
    frame.stamp_ns = entry->stamp_ns;
    frame.camera_index = entry->camera_index;
    frame.sequence = ++s->sequence[entry->camera_index];
    *ret_frame = frame;
    return RESULT_OK;
}

static void sequence_close(struct camera_source *source) {
    struct camera_sequence *s = (struct camera_sequence *)source;
    sequence_index_release(&s->index);
    free(s);
}

static const struct camera_operations sequence_operations = {sequence_next, sequence_close};

static bool is_folder(const char *path) {
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* The index file of a folder, and the folder of an index file. */
static enum result locate(const char *path, struct camera_sequence *s, char *ret_index, size_t size,
                          struct error *err) {
    static const char *const names[] = {"index.txt", "index.csv", "frames.txt", "images.txt",
                                        "rgb.txt"};
    if (strlen(path) >= SEQUENCE_PATH_MAX - 16) {
        return error_set(err, RESULT_LIMIT, "%.100s...: the path is too long", path);
    }
    snprintf(s->folder, sizeof s->folder, "%s", path);
    if (!is_folder(path)) {
        char *slash = strrchr(s->folder, '/');
        if (slash != NULL)
            *slash = '\0';
        else
            snprintf(s->folder, sizeof s->folder, ".");
        snprintf(ret_index, size, "%s", path);
        return RESULT_OK;
    }
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct stat st;
        snprintf(ret_index, size, "%s/%s", path, names[i]);
        if (stat(ret_index, &st) == 0) return RESULT_OK;
    }
    return error_set(err, RESULT_NOT_FOUND,
                     "%s: no index.txt, expected lines `t camera_index file` (docs/formats.md)",
                     path);
}

enum result camera_sequence_open(const char *path, struct camera_source **ret_source,
                                 struct error *err) {
    char index_path[2 * SEQUENCE_PATH_MAX];
    char *text = NULL;
    size_t size = 0;
    struct camera_sequence *s = calloc(1, sizeof *s);
    if (s == NULL) return error_set(err, RESULT_NO_MEMORY, "%s: no memory", path);
    enum result result = locate(path, s, index_path, sizeof index_path, err);
    if (result == RESULT_OK) {
        result = file_read(index_path, SEQUENCE_INDEX_BYTES_MAX, &text, &size, err);
    }
    if (result == RESULT_OK) result = sequence_index_parse(index_path, text, size, &s->index, err);
    free(text);
    if (result != RESULT_OK) {
        free(s);
        return result;
    }
    snprintf(s->name, sizeof s->name, "sequence %s", path);
    s->source = (struct camera_source){
        .operations = &sequence_operations, .name = s->name, .camera_count = s->index.camera_count};
    *ret_source = &s->source;
    return RESULT_OK;
}

size_t camera_sequence_length(const struct camera_source *source) {
    return ((const struct camera_sequence *)source)->index.count;
}
