#include "plan/scan.h"

#include <assimp/cimport.h>
#include <assimp/postprocess.h>
#include <assimp/scene.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/text.h"

#define HEADER_MAX 65536

/* Assimp reads a truncated PLY without a word: compare what came with what the header promises. */
static enum result check_ply_promise(const char *path, size_t vertices, struct error *err) {
    char line[1024];
    FILE *stream = fopen(path, "rbe");
    enum result result = RESULT_OK;
    if (!stream) return error_set(err, RESULT_NOT_FOUND, "%s: cannot be opened", path);
    bool is_ply = fgets(line, sizeof line, stream) && strncmp(line, "ply", 3) == 0;
    for (long at = 0; is_ply && at < HEADER_MAX && fgets(line, sizeof line, stream);
         at = ftell(stream)) {
        unsigned long long promised = 0;
        if (strncmp(line, "end_header", 10) == 0) break;
        if (sscanf(line, "element vertex %llu", &promised) == 1 && promised != vertices)
            result =
                error_set(err, RESULT_FORMAT,
                          "%s: the header promises %llu vertices, %zu came: the file is cut or "
                          "damaged; export it again",
                          path, promised, vertices);
    }
    fclose(stream);
    return result;
}

static size_t count_triangles(const struct aiMesh *part) {
    size_t count = 0;
    for (unsigned i = 0; i < part->mNumFaces; i++) count += part->mFaces[i].mNumIndices == 3;
    return count;
}

static enum result allocate(const struct aiScene *scene, struct mesh *mesh, struct error *err) {
    bool has_colours = scene->mNumMeshes > 0;
    for (unsigned m = 0; m < scene->mNumMeshes; m++) {
        mesh->vertex_count += scene->mMeshes[m]->mNumVertices;
        mesh->triangle_count += count_triangles(scene->mMeshes[m]);
        has_colours = has_colours && scene->mMeshes[m]->mColors[0];
    }
    if (mesh->vertex_count > MESH_VERTICES_MAX || mesh->triangle_count > MESH_TRIANGLES_MAX)
        return error_set(err, RESULT_LIMIT, "more than %u triangles", MESH_TRIANGLES_MAX);
    mesh->positions = calloc(3 * mesh->vertex_count + 1, sizeof *mesh->positions);
    mesh->triangles = calloc(3 * mesh->triangle_count + 1, sizeof *mesh->triangles);
    if (has_colours) mesh->colours = calloc(3 * mesh->vertex_count + 1, 1);
    if (!mesh->positions || !mesh->triangles || (has_colours && !mesh->colours))
        return error_set(err, RESULT_NO_MEMORY, "out of memory");
    return RESULT_OK;
}

static void copy_part(const struct aiMesh *part, struct mesh *mesh, size_t *vertex,
                      size_t *triangle) {
    size_t first = *vertex;
    for (unsigned i = 0; i < part->mNumVertices; i++, (*vertex)++) {
        float *p = mesh->positions + 3 * *vertex;
        p[0] = part->mVertices[i].x, p[1] = part->mVertices[i].y, p[2] = part->mVertices[i].z;
        if (!mesh->colours) continue;
        const struct aiColor4D *c = &part->mColors[0][i];
        uint8_t *rgb = mesh->colours + 3 * *vertex;
        rgb[0] = (uint8_t)(c->r * 255.0F), rgb[1] = (uint8_t)(c->g * 255.0F);
        rgb[2] = (uint8_t)(c->b * 255.0F);
    }
    for (unsigned i = 0; i < part->mNumFaces; i++) {
        const struct aiFace *face = &part->mFaces[i];
        if (face->mNumIndices != 3) continue;
        for (int k = 0; k < 3; k++)
            mesh->triangles[3 * *triangle + (size_t)k] = (uint32_t)(first + face->mIndices[k]);
        (*triangle)++;
    }
}

static enum result check_numbers(const struct mesh *mesh, struct error *err) {
    if (mesh->vertex_count == 0 || mesh->triangle_count == 0)
        return error_set(err, RESULT_FORMAT, "there is no surface in it (no triangles)");
    for (size_t i = 0; i < 3 * mesh->vertex_count; i++)
        if (!isfinite(mesh->positions[i]))
            return error_set(err, RESULT_FORMAT, "vertex %zu is not a finite position", i / 3);
    for (size_t i = 0; i < 3 * mesh->triangle_count; i++)
        if (mesh->triangles[i] >= mesh->vertex_count)
            return error_set(err, RESULT_FORMAT, "triangle %zu names a vertex that is not there",
                             i / 3);
    return RESULT_OK;
}

enum result scan_read_raw(const char *path, struct mesh *ret_mesh, struct error *err) {
    struct mesh mesh = {0};
    struct error why = {0};
    enum result there = file_check(path, err);
    if (there != RESULT_OK) return there;
    const struct aiScene *scene =
        aiImportFile(path, aiProcess_Triangulate | aiProcess_PreTransformVertices);
    if (!scene) {
        const char *words = aiGetErrorString();
        return error_set(err, RESULT_FORMAT, "%s: not readable as PLY, OBJ, STL or GLB: %.200s",
                         path, words && *words ? words : "unknown");
    }
    enum result result = allocate(scene, &mesh, &why);
    size_t vertex = 0, triangle = 0;
    for (unsigned m = 0; result == RESULT_OK && m < scene->mNumMeshes; m++)
        copy_part(scene->mMeshes[m], &mesh, &vertex, &triangle);
    aiReleaseImport(scene);
    if (result == RESULT_OK) result = check_numbers(&mesh, &why);
    if (result != RESULT_OK) {
        mesh_release(&mesh);
        return error_set(err, result, "%s: %.400s", path, why.text);
    }
    result = check_ply_promise(path, mesh.vertex_count, err);
    if (result == RESULT_OK && mesh_weld(&mesh) != RESULT_OK)
        result = error_set(err, RESULT_NO_MEMORY, "%s: out of memory", path);
    if (result != RESULT_OK) {
        mesh_release(&mesh);
        return result;
    }
    *ret_mesh = mesh;
    return RESULT_OK;
}

static const char *scale_hint(double side) {
    if (side >= 0.12 && side <= 0.35) return "; it looks like metres: scale it by 1000";
    if (side >= 12 && side <= 35) return "; it looks like centimetres: scale it by 10";
    if (side >= 4.7 && side <= 13.8) return "; it looks like inches: scale it by 25.4";
    if (side >= 120e3 && side <= 350e3) return "; it looks like micrometres: scale it by 0.001";
    return "";
}

enum result scan_validate(const char *path, const struct mesh *mesh,
                          const struct mesh_survey *survey, struct error *err) {
    struct vec3 size = vec3_sub(survey->high, survey->low);
    double least = fmin(size.x, fmin(size.y, size.z)), most = fmax(size.x, fmax(size.y, size.z));
    if (!(least >= SCAN_SIDE_LEAST_MM) || !(most <= SCAN_SIDE_MOST_MM))
        return error_set(
            err, RESULT_RANGE,
            "%s: %.4g x %.4g x %.4g is not the size of a head (%.0f to %.0f mm each)%s", path,
            size.x, size.y, size.z, SCAN_SIDE_LEAST_MM, SCAN_SIDE_MOST_MM, scale_hint(most));
    double edges = 1.5 * (double)mesh->triangle_count;
    if ((double)survey->non_manifold_edges > SCAN_NON_MANIFOLD_MOST * edges)
        return error_set(err, RESULT_FORMAT,
                         "%s: %zu edges are shared by three or more triangles: not a surface; "
                         "remesh it in the scanner's software",
                         path, survey->non_manifold_edges);
    if ((double)survey->flipped_edges > 0.02 * edges)
        return error_set(err, RESULT_FORMAT,
                         "%s: %zu edges have neighbours that disagree about outside; orient the "
                         "faces in the scanner's software",
                         path, survey->flipped_edges);
    return RESULT_OK;
}

enum result scan_read(const char *path, struct mesh *ret_mesh, struct error *err) {
    struct mesh mesh;
    struct mesh_survey survey;
    enum result result = scan_read_raw(path, &mesh, err);
    if (result != RESULT_OK) return result;
    result = mesh_examine(&mesh, &survey);
    if (result != RESULT_OK)
        error_set(err, result, "%s: out of memory", path);
    else
        result = scan_validate(path, &mesh, &survey, err);
    if (result != RESULT_OK) {
        mesh_release(&mesh);
        return result;
    }
    *ret_mesh = mesh;
    return RESULT_OK;
}

enum result scan_write(const struct mesh *mesh, const char *path, const char *const *comments,
                       struct error *err) {
    struct file_writer writer;
    enum result result = file_writer_open(&writer, path, err);
    if (result != RESULT_OK) return result;
    fputs("ply\nformat binary_little_endian 1.0\n", writer.stream);
    for (; *comments; comments++) fprintf(writer.stream, "comment %s\n", *comments);
    fprintf(writer.stream,
            "element vertex %zu\nproperty float x\nproperty float y\nproperty float z\n"
            "element face %zu\nproperty list uchar int vertex_indices\nend_header\n",
            mesh->vertex_count, mesh->triangle_count);
    fwrite(mesh->positions, 3 * sizeof(float), mesh->vertex_count, writer.stream);
    for (size_t t = 0; t < mesh->triangle_count; t++) {
        fputc(3, writer.stream);
        fwrite(mesh->triangles + 3 * t, sizeof(uint32_t), 3, writer.stream);
    }
    return file_writer_commit(&writer, err);
}
