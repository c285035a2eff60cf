/* Camera, ring and index files: what is read, and each bad file with the error it must give. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "tests/bad_files.h"
#include "vision/camera_file.h"
#include "vision/camera_sequence.h"
#include "vision/ring_file.h"

static enum result read_cameras(const char *path, struct error *err) {
    struct camera_set set;
    return camera_set_read(path, &set, err);
}

static enum result read_ring(const char *path, struct error *err) {
    struct tag_ring ring;
    return tag_ring_read(path, &ring, err);
}

static void bad_files_give_their_errors(void **state) {
    (void)state;
    check_folder("configs/bad/cameras", read_cameras);
    check_folder("configs/bad/rings", read_ring);
}

static enum result parse_cameras(const char *text, struct camera_set *set, struct error *err) {
    struct yaml_tree tree;
    char *copy = strdup(text);
    enum result result = yaml_tree_parse("test", copy, strlen(copy), &tree, err);
    if (result == RESULT_OK) {
        result = camera_set_parse(&tree, set, err);
        yaml_tree_release(&tree);
    }
    free(copy);
    return result;
}

static void one_ros_document_is_a_camera(void **state) {
    (void)state;
    struct camera_set set;
    struct error err = {0};
    const char *text =
        "image_width: 640\nimage_height: 480\ncamera_name: head\ncamera_matrix:\n  rows: 3\n"
        "  cols: 3\n  data: [500.5, 0, 320, 0, 501, 240, 0, 0, 1]\ndistortion_model: plumb_bob\n"
        "distortion_coefficients:\n  rows: 1\n  cols: 5\n  data: [0.1, -0.2, 0.001, 0.002, 0]\n"
        "rectification_matrix:\n  rows: 3\n  cols: 3\n  data: [1, 0, 0, 0, 1, 0, 0, 0, 1]\n"
        "projection_matrix:\n  rows: 3\n  cols: 4\n  data: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0]\n";
    assert_int_equal(parse_cameras(text, &set, &err), RESULT_OK);
    assert_int_equal(set.count, 1);
    assert_true(set.cameras[0].model.fx_px == 500.5 && set.cameras[0].model.p2 == 0.002);
    assert_string_equal(set.cameras[0].name, "head");
}

static void opencv_file_storage_is_read(void **state) {
    (void)state;
    struct camera_set set;
    struct error err = {0};
    const char *text =
        "%YAML:1.0\n---\nimage_width: 1280\nimage_height: 1024\ncamera_matrix: !!opencv-matrix\n"
        "   rows: 3\n   cols: 3\n   dt: d\n   data: [ 3500., 0., 640., 0., 3.5e+03, 512., 0., 0.,\n"
        "       1. ]\ndistortion_coefficients: !!opencv-matrix\n   rows: 1\n   cols: 5\n   dt: d\n"
        "   data: [ -8.0000000000000002e-02, 0.1, 0., 0., 0. ]\n";
    enum result result = parse_cameras(text, &set, &err);
    if (result != RESULT_OK) printf("%s\n", err.text);
    assert_int_equal(result, RESULT_OK);
    assert_true(set.cameras[0].model.fy_px == 3500 && set.cameras[0].model.k1 == -0.08);
}

static void opencv_xml_is_read(void **state) {
    (void)state;
    static const struct {
        const char *matrix, *words; /* words NULL: it reads */
    } cases[] = {
        {"<camera_matrix type_id=\"opencv-matrix\"><rows>3</rows><cols>3</cols><dt>d</dt>"
         "<data>3500. 0. 640. 0. 3501. 512. 0. 0. 1.</data></camera_matrix>",
         NULL},
        {"<camera_matrix type_id=\"opencv-matrix\"><rows>3</rows><cols>3</cols><dt>d</dt>"
         "<data>.Nan 0. 640. 0. 3501. 512. 0. 0. 1.</data></camera_matrix>",
         "expected a finite number"},
        {"<camera_matrix><rows>3</rows>", "not OpenCV's"},
        {"", "not OpenCV's"},
    };
    char path[] = "/tmp/smprig-xml-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct camera_set set;
        struct calibration_records records = {.count = 9};
        struct error err = {0};
        FILE *out = fopen(path, "w");
        assert_non_null(out);
        fprintf(out,
                "<?xml version=\"1.0\"?>\n<opencv_storage>\n<image_width>1280</image_width>\n"
                "<image_height>1024</image_height>\n%s\n<distortion_coefficients "
                "type_id=\"opencv-matrix\"><rows>1</rows><cols>5</cols><dt>d</dt><data>-0.08 0.1 "
                "0. 0. 0.</data></distortion_coefficients>\n</opencv_storage>\n",
                cases[i].matrix);
        fclose(out);
        enum result result = camera_set_read(path, &set, &err);
        if (cases[i].words != NULL) {
            assert_int_not_equal(result, RESULT_OK);
            if (strstr(err.text, cases[i].words) == NULL) fail_msg("%s", err.text);
            continue;
        }
        if (result != RESULT_OK) fail_msg("%s", err.text);
        assert_true(set.cameras[0].model.fy_px == 3501 && set.cameras[0].model.k1 == -0.08);
        assert_int_equal(calibration_records_read(path, &records, &err), RESULT_OK);
        assert_int_equal(records.count, 0);
    }
    unlink(path);
}

static void what_is_written_reads_the_same(void **state) {
    (void)state;
    struct camera_set set, again;
    struct tag_ring ring, ring_again;
    struct error err = {0};
    char path[] = "/tmp/smprig-files-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    assert_int_equal(camera_set_read("configs/cameras/stereo.yaml", &set, &err), RESULT_OK);
    assert_int_equal(camera_set_write(&set, NULL, path, &err), RESULT_OK);
    assert_int_equal(camera_set_read(path, &again, &err), RESULT_OK);
    for (uint32_t i = 0; i < set.count; i++) {
        assert_memory_equal(&set.cameras[i].model, &again.cameras[i].model,
                            sizeof set.cameras[i].model);
        struct pose d =
            pose_mul(pose_inverse(set.cameras[i].T_rig_camera), again.cameras[i].T_rig_camera);
        struct twist xi = pose_log(d);
        assert_true(vec3_norm(xi.v) < 1e-11 && vec3_norm(xi.w) < 1e-14);
    }
    assert_int_equal(tag_ring_read("configs/rings/crown12.yaml", &ring, &err), RESULT_OK);
    assert_int_equal(ring.count, 12);
    assert_int_equal(tag_ring_write(&ring, NULL, path, &err), RESULT_OK);
    assert_int_equal(tag_ring_read(path, &ring_again, &err), RESULT_OK);
    for (uint32_t k = 0; k < ring.count; k++) {
        struct twist xi = pose_log(pose_mul(pose_inverse(tag_ring_pose_head(&ring, k)),
                                            tag_ring_pose_head(&ring_again, k)));
        assert_true(vec3_norm(xi.v) < 1e-11 && vec3_norm(xi.w) < 1e-14);
    }
    unlink(path);
}

static void index_lines_are_read_and_sorted(void **state) {
    (void)state;
    struct sequence_index index;
    struct error err = {0};
    const char *text =
        "t camera_index file\n# comment\n0.2, 1, r/b.png\r\n0.1 0 l/a.png # late\n\n"
        "0.1\t1\tr/a.png\n0.2 l/b.png\n";
    enum result result = sequence_index_parse("index.txt", text, strlen(text), &index, &err);
    if (result != RESULT_OK) printf("%s\n", err.text);
    assert_int_equal(result, RESULT_OK);
    assert_int_equal(index.count, 4);
    assert_int_equal(index.camera_count, 2);
    const char *names[] = {"l/a.png", "r/a.png", "l/b.png", "r/b.png"};
    for (int i = 0; i < 4; i++)
        assert_string_equal(index.names + index.entries[i].name_offset, names[i]);
    assert_true(index.entries[0].stamp_ns == 100000000);
    sequence_index_release(&index);
}

static void bad_index_lines_are_refused(void **state) {
    (void)state;
    static const struct {
        const char *text, *error;
    } cases[] = {
        {"", "i:1: no frame, expected lines `t camera_index file`"},
        {"0 0 a.png\nnan 0 b.png\n", "i:2: the time is no finite number, expected seconds"},
        {"0 7 a.png\n", "i:1: not a camera index, expected 0..3"},
        {"0 0 ../a.png\n",
         "i:1: the file is outside the folder, expected a relative path inside it"},
        {"0 0 /a.png\n", "i:1: the file is outside the folder, expected a relative path inside it"},
        {"0 0 a/../../b.png\n",
         "i:1: the file is outside the folder, expected a relative path inside it"},
        {"0\n", "i:1: not two or three fields, expected `t camera_index file`"},
        {"0 0 a.png x\n", "i:1: not two or three fields, expected `t camera_index file`"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct sequence_index index;
        struct error err = {0};
        assert_int_not_equal(
            sequence_index_parse("i", cases[i].text, strlen(cases[i].text), &index, &err),
            RESULT_OK);
        assert_string_equal(err.text, cases[i].error);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_files_give_their_errors),
        cmocka_unit_test(one_ros_document_is_a_camera),
        cmocka_unit_test(opencv_file_storage_is_read),
        cmocka_unit_test(opencv_xml_is_read),
        cmocka_unit_test(what_is_written_reads_the_same),
        cmocka_unit_test(index_lines_are_read_and_sorted),
        cmocka_unit_test(bad_index_lines_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
