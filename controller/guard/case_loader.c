#include "controller/guard/case_loader.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/field_build.h"
#include "base/file.h"
#include "controller/guard/case_ply.h"

#define FIELD_SAMPLES_MAX 4000000u

struct case_loader {
    unsigned char file[CASE_FILE_BYTES_MAX];
    float positions[3 * PLY_VERTICES_MAX], normals[3 * PLY_VERTICES_MAX];
    uint32_t triangles[3 * PLY_TRIANGLES_MAX];
    float values[FIELD_SAMPLES_MAX];
    int32_t nearest[FIELD_SAMPLES_MAX];
    struct gate_dot dots[PLY_DOTS_MAX];
    struct gate_keep_out keep_outs[PLY_KEEP_OUTS_MAX];
};

struct case_loader *case_loader_create(void) {
    void *memory = mmap(NULL, sizeof(struct case_loader), PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

void case_loader_destroy(struct case_loader **loader) {
    if (*loader) munmap(*loader, sizeof **loader);
    *loader = NULL;
}

/* Read a file and check that it is the one that was named: one read, so what was hashed is what is
 * used. */
static enum result read_bound(struct case_loader *loader, const char *path, const char *sha256,
                              size_t *ret_size, struct error *err) {
    char found[SHA256_HEX_SIZE];
    size_t size = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return error_set(err, RESULT_NOT_FOUND, "%s: %s", path, strerror(errno));
    for (ssize_t got; size < CASE_FILE_BYTES_MAX; size += (size_t)got) {
        got = read(fd, loader->file + size, CASE_FILE_BYTES_MAX - size);
        if (got < 0) {
            close(fd);
            return error_set(err, RESULT_IO, "%s: %s", path, strerror(errno));
        }
        if (got == 0) break;
    }
    close(fd);
    if (size == CASE_FILE_BYTES_MAX)
        return error_set(err, RESULT_LIMIT, "%s: larger than the guard takes", path);
    data_sha256(loader->file, size, found);
    if (strncmp(found, sha256, SHA256_HEX_SIZE) != 0)
        return error_set(err, RESULT_REFUSED, "%s: changed since it was chosen (its hash differs)",
                         path);
    *ret_size = size;
    return RESULT_OK;
}

static enum result load_scan(struct case_loader *loader, const struct guard_load *load,
                             struct guard_case *loaded, struct error *err) {
    size_t size = 0, vertices = 0, triangles = 0;
    enum result result = read_bound(loader, load->scan_path, load->scan_sha256, &size, err);
    if (result != RESULT_OK) return result;
    if (scan_ply_count(loader->file, size, &vertices, &triangles) != RESULT_OK ||
        scan_ply_read(loader->file, size, loader->positions, loader->triangles) != RESULT_OK)
        return error_set(err, RESULT_FORMAT,
                         "%s: not a canonical scan; make one with smprig scan decimate",
                         load->scan_path);
    struct surface_view surface = {loader->positions, vertices, loader->triangles, triangles};
    if (field_shape(&surface, CASE_FIELD_SPACING_MM, FIELD_SAMPLES_MAX, &loaded->field) !=
        RESULT_OK)
        return error_set(err, RESULT_RANGE, "%s: too large for a head in mm", load->scan_path);
    field_build(&surface, &loaded->field, loader->values, loader->nearest, loader->normals);
    loaded->field.values = loader->values;
    return RESULT_OK;
}

static enum result load_plan(struct case_loader *loader, const struct guard_load *load,
                             struct guard_case *loaded, struct error *err) {
    char scan_sha256[SHA256_HEX_SIZE];
    size_t size = 0, count = 0, keep_out_count = 0;
    enum result result = read_bound(loader, load->plan_path, load->plan_sha256, &size, err);
    if (result != RESULT_OK) return result;
    if (plan_ply_count(loader->file, size, &count) != RESULT_OK ||
        plan_ply_read(loader->file, size, loader->dots, scan_sha256) != RESULT_OK ||
        plan_ply_keep_outs(loader->file, size, loader->keep_outs, &keep_out_count) != RESULT_OK)
        return error_set(err, RESULT_FORMAT, "%s: not a dot plan", load->plan_path);
    if (strcmp(scan_sha256, load->scan_sha256) != 0)
        return error_set(err, RESULT_REFUSED, "%s: made for another scan", load->plan_path);
    loaded->dots = (struct gate_dots){loader->dots, count, loader->keep_outs, keep_out_count};
    return RESULT_OK;
}

enum result case_loader_load(struct case_loader *loader, const struct guard_load *load,
                             struct guard_case *ret_case, struct error *err) {
    struct guard_case loaded = {0};
    struct guard_load names = *load;
    size_t rig_size = 0;
    names.rig_path[GUARD_PATH_MAX - 1] = names.scan_path[GUARD_PATH_MAX - 1] = '\0';
    names.plan_path[GUARD_PATH_MAX - 1] = '\0';
    names.rig_sha256[SHA256_HEX_SIZE - 1] = names.scan_sha256[SHA256_HEX_SIZE - 1] = '\0';
    names.plan_sha256[SHA256_HEX_SIZE - 1] = '\0';
    enum result result = read_bound(loader, names.rig_path, names.rig_sha256, &rig_size, err);
    if (result == RESULT_OK)
        result = rig_parse(names.rig_path, (const char *)loader->file, rig_size, &loaded.rig, err);
    if (result == RESULT_OK) result = load_scan(loader, &names, &loaded, err);
    if (result == RESULT_OK) result = load_plan(loader, &names, &loaded, err);
    if (result == RESULT_OK) *ret_case = loaded;
    return result;
}
