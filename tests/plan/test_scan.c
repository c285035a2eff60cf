/* Scans: the shipped one, the formats that come, and what is wrong with the others. */
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
#include "controller/guard/case_ply.h"
#include "plan/decimate.h"
#include "plan/scan.h"

static char folder[64];

static int make_folder(void **state) {
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/scan.XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state) {
    char command[96];
    (void)state;
    snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command);
}

/* A box as a head: 160 x 200 x 180 mm times `scale`, as OBJ, ASCII PLY, ASCII STL or glTF. */
static const double corners[8][3] = {{-80, -100, -90}, {80, -100, -90}, {80, 100, -90},
                                     {-80, 100, -90},  {-80, -100, 90}, {80, -100, 90},
                                     {80, 100, 90},    {-80, 100, 90}};
static const int faces[12][3] = {{0, 2, 1}, {0, 3, 2}, {4, 5, 6}, {4, 6, 7}, {0, 1, 5}, {0, 5, 4},
                                 {1, 2, 6}, {1, 6, 5}, {2, 3, 7}, {2, 7, 6}, {3, 0, 4}, {3, 4, 7}};

static const char *path_of(const char *name) {
    static char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static const char *write_obj(double scale) {
    const char *path = path_of("box.obj");
    FILE *f = fopen(path, "w");
    for (int i = 0; i < 8; i++)
        fprintf(f, "v %g %g %g\n", corners[i][0] * scale, corners[i][1] * scale,
                corners[i][2] * scale);
    for (int i = 0; i < 12; i++)
        fprintf(f, "f %d %d %d\n", faces[i][0] + 1, faces[i][1] + 1, faces[i][2] + 1);
    fclose(f);
    return path;
}

static const char *write_stl(void) {
    const char *path = path_of("box.stl");
    FILE *f = fopen(path, "w");
    fputs("solid box\n", f);
    for (int i = 0; i < 12; i++) {
        fputs("facet normal 0 0 0\nouter loop\n", f);
        for (int k = 0; k < 3; k++)
            fprintf(f, "vertex %g %g %g\n", corners[faces[i][k]][0], corners[faces[i][k]][1],
                    corners[faces[i][k]][2]);
        fputs("endloop\nendfacet\n", f);
    }
    fputs("endsolid box\n", f);
    fclose(f);
    return path;
}

static const char *write_ply(const char *first_x, int promised) {
    const char *path = path_of("box.ply");
    FILE *f = fopen(path, "w");
    fprintf(
        f,
        "ply\nformat ascii 1.0\nelement vertex %d\nproperty float x\nproperty float y\n"
        "property float z\nelement face 12\nproperty list uchar int vertex_indices\nend_header\n",
        promised);
    for (int i = 0; i < 8; i++)
        if (i == 0 && first_x)
            fprintf(f, "%s %g %g\n", first_x, corners[i][1], corners[i][2]);
        else
            fprintf(f, "%g %g %g\n", corners[i][0], corners[i][1], corners[i][2]);
    for (int i = 0; i < 12; i++) fprintf(f, "3 %d %d %d\n", faces[i][0], faces[i][1], faces[i][2]);
    fclose(f);
    return path;
}

/* glTF's binary form: a header, a JSON chunk, a chunk with positions and indexes. */
static const char *write_glb(void) {
    const char *path = path_of("box.glb");
    char json[1024];
    float positions[24];
    uint16_t indexes[36];
    for (int i = 0; i < 24; i++) positions[i] = (float)corners[i / 3][i % 3];
    for (int i = 0; i < 36; i++) indexes[i] = (uint16_t)faces[i / 3][i % 3];
    int length = snprintf(
        json, sizeof json,
        "{\"asset\":{\"version\":\"2.0\"},\"scene\":0,\"scenes\":[{\"nodes\":[0]}],"
        "\"nodes\":[{\"mesh\":0}],\"meshes\":[{\"primitives\":[{\"attributes\":{\"POSITION\":0},"
        "\"indices\":1}]}],\"buffers\":[{\"byteLength\":168}],\"bufferViews\":[{\"buffer\":0,"
        "\"byteLength\":96},{\"buffer\":0,\"byteOffset\":96,\"byteLength\":72}],\"accessors\":["
        "{\"bufferView\":0,\"componentType\":5126,\"count\":8,\"type\":\"VEC3\","
        "\"min\":[-80,-100,-90],\"max\":[80,100,90]},"
        "{\"bufferView\":1,\"componentType\":5123,\"count\":36,\"type\":\"SCALAR\"}]}");
    while (length % 4) json[length++] = ' ';
    uint32_t head[] = {0x46546C67, 2, (uint32_t)(12 + 8 + length + 8 + 168), (uint32_t)length,
                       0x4E4F534A};
    uint32_t chunk[] = {168, 0x004E4942};
    FILE *f = fopen(path, "wb");
    fwrite(head, sizeof head, 1, f);
    fwrite(json, (size_t)length, 1, f);
    fwrite(chunk, sizeof chunk, 1, f);
    fwrite(positions, sizeof positions, 1, f);
    fwrite(indexes, sizeof indexes, 1, f);
    fclose(f);
    return path;
}

static void every_format_gives_the_same_box(void **state) {
    (void)state;
    for (int format = 0; format < 4; format++) {
        const char *path = format == 0   ? write_obj(1)
                           : format == 1 ? write_stl()
                           : format == 2 ? write_ply(NULL, 8)
                                         : write_glb();
        struct mesh mesh;
        struct mesh_survey survey;
        struct error err = {0};
        if (scan_read(path, &mesh, &err) != RESULT_OK) fail_msg("%s", err.text);
        assert_int_equal(mesh.vertex_count, 8); /* welded, also from STL's 36 */
        assert_int_equal(mesh.triangle_count, 12);
        assert_int_equal(mesh_examine(&mesh, &survey), RESULT_OK);
        assert_int_equal(survey.boundary_loops, 0);
        assert_int_equal(survey.components, 1);
        assert_int_equal(survey.flipped_edges, 0);
        assert_true(fabs(survey.area_mm2 - 2 * (160 * 200 + 200 * 180 + 160 * 180)) < 1);
        mesh_release(&mesh);
    }
}

static void wrong_scales_are_named(void **state) {
    (void)state;
    const struct {
        double scale;
        const char *hint;
    } cases[] = {{0.001, "metres"},
                 {0.1, "centimetres"},
                 {1 / 25.4, "inches"},
                 {1000, "micrometres"},
                 {3, "not the size of a head"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct mesh mesh;
        struct error err = {0};
        assert_int_equal(scan_read(write_obj(cases[i].scale), &mesh, &err), RESULT_RANGE);
        if (!strstr(err.text, cases[i].hint)) fail_msg("%s", err.text);
    }
}

static void broken_files_are_refused(void **state) {
    (void)state;
    struct mesh mesh;
    struct error err = {0};
    assert_int_equal(scan_read("/nonexistent.ply", &mesh, &err), RESULT_NOT_FOUND);
    assert_int_equal(scan_read("configs/scans", &mesh, &err), RESULT_FORMAT); /* a folder */
    assert_int_not_equal(scan_read(write_ply("nan", 8), &mesh, &err), RESULT_OK);
    assert_int_not_equal(scan_read(write_ply(NULL, 9), &mesh, &err), RESULT_OK);
    FILE *f = fopen(path_of("empty.obj"), "w");
    fputs("# nothing\n", f);
    fclose(f);
    assert_int_not_equal(scan_read(path_of("empty.obj"), &mesh, &err), RESULT_OK);
    assert_true(strlen(err.text) > 10);
}

static void the_shipped_scan_is_canonical(void **state) {
    (void)state;
    char *data = NULL;
    size_t size = 0, vertices = 0, triangles = 0;
    struct mesh mesh;
    struct mesh_survey survey;
    struct error err = {0};
    assert_int_equal(file_read("configs/scans/colin27.ply", 1 << 24, &data, &size, &err),
                     RESULT_OK);
    assert_true(size > 1000000 && size < 2000000);
    assert_int_equal(scan_ply_count(data, size, &vertices, &triangles), RESULT_OK);
    assert_int_equal(scan_read("configs/scans/colin27.ply", &mesh, &err), RESULT_OK);
    assert_int_equal(mesh.vertex_count, vertices);
    assert_int_equal(mesh_examine(&mesh, &survey), RESULT_OK);
    assert_int_equal(survey.non_manifold_edges, 0);
    assert_int_equal(survey.boundary_loops, 1); /* the neck */
    assert_true(survey.highest_boundary_z < 20);
    /* The guard's reader refuses it at any cut, and with a byte more. */
    for (size_t cut = 1; cut < size; cut = cut * 3 + 1)
        assert_int_equal(scan_ply_count(data, size - cut, &vertices, &triangles), RESULT_FORMAT);
    mesh_release(&mesh);
    free(data);
}

static void decimation_keeps_the_shape(void **state) {
    (void)state;
    struct mesh mesh;
    struct mesh_survey before, after;
    struct error err = {0};
    double error_mm = 0;
    assert_int_equal(scan_read("configs/scans/colin27.ply", &mesh, &err), RESULT_OK);
    assert_int_equal(mesh_examine(&mesh, &before), RESULT_OK);
    assert_int_equal(mesh_decimate(&mesh, 9000, (struct fill_progress){0}, &error_mm), RESULT_OK);
    assert_int_equal(mesh.vertex_count, 9000);
    assert_int_equal(mesh_examine(&mesh, &after), RESULT_OK);
    assert_int_equal(after.non_manifold_edges, 0);
    assert_int_equal(after.flipped_edges, 0);
    assert_int_equal(after.boundary_loops, 1);
    assert_true(fabs(after.area_mm2 / before.area_mm2 - 1) < 0.01);
    mesh_release(&mesh);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_format_gives_the_same_box, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(wrong_scales_are_named, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(broken_files_are_refused, make_folder, remove_folder),
        cmocka_unit_test(the_shipped_scan_is_canonical),
        cmocka_unit_test(decimation_keeps_the_shape),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
