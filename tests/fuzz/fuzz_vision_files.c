/* Camera files, ring files, sequence indexes and cameras' names: the first byte says which; an
 * index is taken for a name too. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "vision/camera_file.h"
#include "vision/camera_name.h"
#include "vision/camera_sequence.h"
#include "vision/ring_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fuzz_yaml(uint8_t kind, char *text, size_t size) {
    struct yaml_tree tree;
    struct camera_set set;
    struct tag_ring ring;
    struct error err;
    enum result result = yaml_tree_parse("fuzz", text, size, &tree, &err);
    if (result != RESULT_OK) return;
    result =
        kind % 3 == 0 ? camera_set_parse(&tree, &set, &err) : tag_ring_parse(&tree, &ring, &err);
    if (result == RESULT_OK && kind % 3 == 0) {
        /* What was accepted must be usable: a ray of the centre comes back to it. */
        for (uint32_t i = 0; i < set.count; i++)
            if (!pose_is_finite(set.cameras[i].T_rig_camera)) abort();
    }
    if (result == RESULT_OK && kind % 3 == 1) {
        for (uint32_t k = 0; k < ring.count; k++)
            if (!pose_is_finite(tag_ring_pose_head(&ring, k))) abort();
    }
    yaml_tree_release(&tree);
}

/* What was accepted names one to CAMERA_COUNT_MAX devices, none of them empty. */
static void fuzz_name(const char *text) {
    struct camera_name name;
    struct error err;
    if (camera_name_parse(text, &name, &err) != RESULT_OK) return;
    if (name.device_count < 1 || name.device_count > CAMERA_COUNT_MAX) abort();
    for (uint32_t i = 0; i < name.device_count; i++)
        if (name.devices[i][0] == '\0') abort();
    if (!(name.rate_hz >= 0 && name.exposure_us >= 0)) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 1) return 0;
    char *text = malloc(size);
    if (text == NULL) return 0;
    memcpy(text, data + 1, size - 1);
    text[size - 1] = '\0';
    if (data[0] % 3 == 2) {
        struct sequence_index index;
        struct error err;
        if (sequence_index_parse("fuzz", text, size - 1, &index, &err) == RESULT_OK) {
            sequence_index_release(&index);
        }
        fuzz_name(text);
    } else {
        fuzz_yaml(data[0], text, size - 1);
    }
    free(text);
    return 0;
}
