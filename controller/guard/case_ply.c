#include "controller/guard/case_ply.h"

#include <string.h>

#define PLAN_VERTEX_BYTES 39u
#define PLAN_KEEP_OUT_BYTES 16u
_Static_assert(sizeof(struct gate_keep_out) == PLAN_KEEP_OUT_BYTES, "read as they lie");
#define FACE_BYTES 13u
#define NORMAL_TOLERANCE 1e-3

/* A cursor over the header's lines. */
struct header {
    const char *data;
    size_t size, at;
};

static const char plan_properties[] =
    "property uint id\nproperty float x\nproperty float y\nproperty float z\n"
    "property float nx\nproperty float ny\nproperty float nz\n"
    "property ushort depth_um\nproperty ushort diameter_um\nproperty uchar zone\n"
    "property uchar region\nproperty uchar layer\nproperty uchar shade\n"
    "property uchar red\nproperty uchar green\nproperty uchar blue\n";
static const char keep_out_properties[] =
    "property float x\nproperty float y\nproperty float z\nproperty float radius_mm\n"
    "end_header\n";
static const char scan_vertex_properties[] =
    "property float x\nproperty float y\nproperty float z\n";
static const char scan_face_property[] = "property list uchar int vertex_indices\nend_header\n";

/* Skip exactly this text. */
static bool skip(struct header *header, const char *text) {
    size_t length = strlen(text);
    if (header->size - header->at < length || memcmp(header->data + header->at, text, length) != 0)
        return false;
    header->at += length;
    return true;
}

static bool skip_line(struct header *header) {
    const char *end = memchr(header->data + header->at, '\n', header->size - header->at);
    if (!end) return false;
    header->at = (size_t)(end - header->data) + 1;
    return true;
}

static bool skip_comments(struct header *header) {
    for (int i = 0; i < PLY_HEADER_LINES_MAX; i++) {
        if (header->size - header->at < 8 || memcmp(header->data + header->at, "comment ", 8) != 0)
            return true;
        if (!skip_line(header)) return false;
    }
    return false;
}

/* "<digits>\n", from `least` to `most`. */
static bool take_count(struct header *header, size_t least, size_t most, size_t *ret_count) {
    size_t count = 0, digits = 0;
    while (header->at < header->size && header->data[header->at] >= '0' &&
           header->data[header->at] <= '9') {
        count = count * 10 + (size_t)(header->data[header->at++] - '0');
        if (++digits > 7) return false;
    }
    *ret_count = count;
    return digits > 0 && count >= least && count <= most && skip(header, "\n");
}

static bool take_scan_header(struct header *header, size_t *vertices, size_t *triangles) {
    return skip(header, "ply\nformat binary_little_endian 1.0\n") && skip_comments(header) &&
           skip(header, "element vertex ") && take_count(header, 1, PLY_VERTICES_MAX, vertices) &&
           skip(header, scan_vertex_properties) && skip(header, "element face ") &&
           take_count(header, 1, PLY_TRIANGLES_MAX, triangles) &&
           skip(header, scan_face_property) &&
           header->size - header->at == *vertices * 12 + *triangles * FACE_BYTES;
}

enum result scan_ply_count(const void *data, size_t size, size_t *ret_vertices,
                           size_t *ret_triangles) {
    struct header header = {data, size, 0};
    size_t vertices = 0, triangles = 0;
    if (!take_scan_header(&header, &vertices, &triangles)) return RESULT_FORMAT;
    *ret_vertices = vertices;
    *ret_triangles = triangles;
    return RESULT_OK;
}

enum result scan_ply_read(const void *data, size_t size, float *positions, uint32_t *triangles) {
    struct header header = {data, size, 0};
    size_t vertex_count = 0, triangle_count = 0;
    if (!take_scan_header(&header, &vertex_count, &triangle_count)) return RESULT_FORMAT;
    memcpy(positions, header.data + header.at, vertex_count * 12);
    for (size_t i = 0; i < 3 * vertex_count; i++)
        if (!isfinite(positions[i])) return RESULT_FORMAT;
    const char *face = header.data + header.at + vertex_count * 12;
    for (size_t i = 0; i < triangle_count; i++, face += FACE_BYTES) {
        if (face[0] != 3) return RESULT_FORMAT;
        memcpy(triangles + 3 * i, face + 1, 12);
        for (int k = 0; k < 3; k++)
            if (triangles[3 * i + (size_t)k] >= vertex_count) return RESULT_FORMAT;
    }
    return RESULT_OK;
}

static bool take_hash(struct header *header, char ret_scan_sha256[65]) {
    if (!skip(header, "comment scan_sha256 ") || header->size - header->at < 65) return false;
    for (int i = 0; i < 64; i++) {
        char c = header->data[header->at + (size_t)i];
        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) return false;
        ret_scan_sha256[i] = c;
    }
    ret_scan_sha256[64] = '\0';
    header->at += 64;
    return skip(header, "\n");
}

struct plan_header {
    size_t dots, keep_outs;
    char scan_sha256[65];
};

static bool take_plan_header(struct header *header, struct plan_header *plan) {
    return skip(header, "ply\nformat binary_little_endian 1.0\ncomment smprig dot plan 2\n") &&
           take_hash(header, plan->scan_sha256) && skip_comments(header) &&
           skip(header, "element vertex ") && take_count(header, 1, PLY_DOTS_MAX, &plan->dots) &&
           skip(header, plan_properties) && skip(header, "element keep_out ") &&
           take_count(header, 0, PLY_KEEP_OUTS_MAX, &plan->keep_outs) &&
           skip(header, keep_out_properties) &&
           header->size - header->at ==
               plan->dots * PLAN_VERTEX_BYTES + plan->keep_outs * PLAN_KEEP_OUT_BYTES;
}

enum result plan_ply_count(const void *data, size_t size, size_t *ret_dots) {
    struct header header = {data, size, 0};
    struct plan_header plan;
    if (!take_plan_header(&header, &plan)) return RESULT_FORMAT;
    *ret_dots = plan.dots;
    return RESULT_OK;
}

enum result plan_ply_keep_outs(const void *data, size_t size, struct gate_keep_out *keep_outs,
                               size_t *ret_count) {
    struct header header = {data, size, 0};
    struct plan_header plan;
    if (!take_plan_header(&header, &plan)) return RESULT_FORMAT;
    memcpy(keep_outs, header.data + header.at + plan.dots * PLAN_VERTEX_BYTES,
           plan.keep_outs * PLAN_KEEP_OUT_BYTES);
    for (size_t i = 0; i < plan.keep_outs; i++) {
        const struct gate_keep_out *ball = &keep_outs[i];
        if (!isfinite(ball->p[0]) || !isfinite(ball->p[1]) || !isfinite(ball->p[2]) ||
            !(ball->radius_mm > 0 && ball->radius_mm <= PLY_KEEP_OUT_RADIUS_MAX_MM))
            return RESULT_FORMAT;
    }
    *ret_count = plan.keep_outs;
    return RESULT_OK;
}

static bool take_dot(const char *bytes, struct gate_dot *dot) {
    memcpy(&dot->id, bytes, 4);
    memcpy(dot->p, bytes + 4, 12);
    memcpy(dot->n, bytes + 16, 12);
    memcpy(&dot->depth_um, bytes + 28, 2);
    dot->zone = (uint8_t)bytes[32];
    dot->region = (uint8_t)bytes[33];
    dot->layer = (uint8_t)bytes[34];
    dot->fate = GATE_FATE_PENDING;
    double norm2 = 0;
    for (int k = 0; k < 3; k++) {
        if (!isfinite(dot->p[k]) || !isfinite(dot->n[k])) return false;
        norm2 += (double)dot->n[k] * (double)dot->n[k];
    }
    return fabs(norm2 - 1.0) <= NORMAL_TOLERANCE && dot->region <= 2;
}

/* Heap sort by id: no recursion, no memory, n log n whatever the order. */
static void sift(struct gate_dot *dots, size_t root, size_t count) {
    for (size_t child; (child = 2 * root + 1) < count; root = child) {
        if (child + 1 < count && dots[child + 1].id > dots[child].id) child++;
        if (dots[root].id >= dots[child].id) return;
        struct gate_dot swap = dots[root];
        dots[root] = dots[child];
        dots[child] = swap;
    }
}

static void sort_by_id(struct gate_dot *dots, size_t count) {
    for (size_t i = count / 2; i-- > 0;) sift(dots, i, count);
    for (size_t end = count; end-- > 1;) {
        struct gate_dot swap = dots[0];
        dots[0] = dots[end];
        dots[end] = swap;
        sift(dots, 0, end);
    }
}

enum result plan_ply_read(const void *data, size_t size, struct gate_dot *dots,
                          char ret_scan_sha256[65]) {
    struct header header = {data, size, 0};
    struct plan_header plan;
    if (!take_plan_header(&header, &plan)) return RESULT_FORMAT;
    for (size_t i = 0; i < plan.dots; i++)
        if (!take_dot(header.data + header.at + i * PLAN_VERTEX_BYTES, &dots[i]))
            return RESULT_FORMAT;
    sort_by_id(dots, plan.dots);
    for (size_t i = 1; i < plan.dots; i++)
        if (dots[i].id == dots[i - 1].id) return RESULT_FORMAT;
    memcpy(ret_scan_sha256, plan.scan_sha256, sizeof plan.scan_sha256);
    return RESULT_OK;
}
