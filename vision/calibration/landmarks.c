#include <stdlib.h>
#include <string.h>

#include "base/config.h"
#include "vision/calibration/registration.h"

struct landmarks_file {
    struct landmark *landmarks;
    size_t landmarks_count;
};

static const struct config_field landmark_fields[] = {
    CONFIG_REQUIRED(struct landmark, CONFIG_STRING, name),
    CONFIG_REQUIRED(struct landmark, CONFIG_NUMBERS, p_head_mm, .min = -1000, .max = 1000,
                    .count_min = 3, .count_max = 3),
    CONFIG_REQUIRED(struct landmark, CONFIG_NUMBERS, p_ring_mm, .min = -1000, .max = 1000,
                    .count_min = 3, .count_max = 3),
};
static const struct config_schema landmark_schema = {
    "landmark", landmark_fields, sizeof landmark_fields / sizeof *landmark_fields,
    sizeof(struct landmark)};

static const struct config_field file_fields[] = {
    CONFIG_REQUIRED(struct landmarks_file, CONFIG_LIST, landmarks,
                    .count_offset = offsetof(struct landmarks_file, landmarks_count),
                    .count_min = LANDMARKS_MIN, .count_max = LANDMARKS_MAX,
                    .child = &landmark_schema),
};
static const struct config_schema file_schema = {"landmarks file", file_fields,
                                                 sizeof file_fields / sizeof *file_fields,
                                                 sizeof(struct landmarks_file)};

static enum result activate(const char *name, struct landmarks_file *file,
                            struct landmarks *ret_landmarks, struct error *err) {
    struct landmarks out = {.count = (uint32_t)file->landmarks_count};
    enum result result = RESULT_OK;
    memcpy(out.list, file->landmarks, out.count * sizeof *out.list);
    for (uint32_t i = 0; i < out.count && result == RESULT_OK; i++)
        for (uint32_t k = 0; k < i && result == RESULT_OK; k++)
            if (strcmp(out.list[i].name, out.list[k].name) == 0)
                result = error_set(err, RESULT_FORMAT, "%s: the landmark %s stands twice", name,
                                   out.list[i].name);
    config_release(&file_schema, file);
    if (result == RESULT_OK) *ret_landmarks = out;
    return result;
}

enum result landmarks_read(const char *path, struct landmarks *ret_landmarks, struct error *err) {
    struct landmarks_file file;
    enum result result = config_read(path, &file_schema, &file, err);
    return result == RESULT_OK ? activate(path, &file, ret_landmarks, err) : result;
}

enum result landmarks_parse(const char *name, const char *text, size_t size,
                            struct landmarks *ret_landmarks, struct error *err) {
    struct landmarks_file file;
    enum result result = config_parse(name, text, size, &file_schema, &file, err);
    return result == RESULT_OK ? activate(name, &file, ret_landmarks, err) : result;
}
