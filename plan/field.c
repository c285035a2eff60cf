#include "plan/field.h"

#include <stdlib.h>

#include "plan/scan.h"

enum result field_of_mesh(const struct mesh *mesh, double spacing_mm, struct field *ret_field,
                          struct error *err) {
    struct surface_view surface = mesh_view(mesh);
    struct field field = {0};
    enum result result = field_shape(&surface, spacing_mm, FIELD_SAMPLES_MAX, &field.view);
    if (result != RESULT_OK)
        return error_set(err, result, "the scan is too large for a field of %g mm", spacing_mm);
    size_t samples = field_sample_count(&field.view);
    field.values = calloc(samples, sizeof *field.values);
    int32_t *nearest = calloc(samples, sizeof *nearest);
    float *normals = calloc(3 * mesh->vertex_count + 1, sizeof *normals);
    if (field.values && nearest && normals) {
        field_build(&surface, &field.view, field.values, nearest, normals);
        field.view.values = field.values;
        *ret_field = field;
    } else {
        free(field.values);
        result = error_set(err, RESULT_NO_MEMORY, "out of memory for the scan's field");
    }
    free(nearest);
    free(normals);
    return result;
}

enum result field_of_scan(const char *path, struct field *ret_field, struct error *err) {
    struct mesh mesh;
    enum result result = scan_read(path, &mesh, err);
    if (result != RESULT_OK) return result;
    result = field_of_mesh(&mesh, FIELD_SPACING_MM, ret_field, err);
    mesh_release(&mesh);
    return result;
}

void field_release(struct field *field) {
    free(field->values);
    *field = (struct field){0};
}
