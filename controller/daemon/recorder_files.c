#include "controller/daemon/recorder_files.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"

#define COPY_BYTES_MAX (64u << 20) /* the guard takes scans and plans up to half of that */
#define PATH_SIZE (GUARD_PATH_MAX + 80)

static void add(struct recorder_files *files, const char *from, const char *name,
                const char *sha256) {
    struct recorder_file *file = &files->files[files->count++];
    snprintf(file->from, sizeof file->from, "%s", from);
    snprintf(file->name, sizeof file->name, "%s", name);
    snprintf(file->sha256, sizeof file->sha256, "%s", sha256);
    file->is_needed = sha256[0] != '\0';
}

void recorder_files_name(struct recorder_files *files, const struct recorder_setup *setup,
                         const char *program, const char *made) {
    static const char *const calibrations[] = {"needle.yaml", "depth.yaml", "registration.yaml"};
    char path[GUARD_PATH_MAX];
    *files =
        (struct recorder_files){.most_bytes = setup->most_bytes, .frames_hz = setup->frames_hz};
    snprintf(files->program, sizeof files->program, "%s", program);
    snprintf(files->made, sizeof files->made, "%s", made);
    add(files, setup->load.rig_path, "rig.yaml", setup->load.rig_sha256);
    add(files, setup->load.scan_path, RECORDER_SCAN_FILE, setup->load.scan_sha256);
    add(files, setup->load.plan_path, "plan.ply", setup->load.plan_sha256);
    add(files, setup->cameras_path, "cameras.yaml", "");
    add(files, setup->ring_path, "ring.yaml", "");
    for (size_t i = 0; setup->calibration_path && i < 3; i++) {
        snprintf(path, sizeof path, "%s/%s", setup->calibration_path, calibrations[i]);
        add(files, path, calibrations[i], "");
    }
}

static enum result copy_one(struct recorder_file *file, const char *folder, struct error *err) {
    char to[PATH_SIZE], sha256[SHA256_HEX_SIZE];
    snprintf(to, sizeof to, "%s/%s", folder, file->name);
    if (!file->is_needed && access(file->from, R_OK) != 0) {
        file->name[0] = '\0'; /* not there: nothing to keep */
        return RESULT_OK;
    }
    enum result result = file_copy(file->from, to, COPY_BYTES_MAX, err);
    if (result == RESULT_OK) result = file_sha256(to, sha256, err);
    if (result != RESULT_OK) return result;
    if (file->is_needed && strcmp(sha256, file->sha256) != 0)
        return error_set(err, RESULT_REFUSED, "%s has changed since the session was bound to it",
                         file->from);
    memcpy(file->sha256, sha256, sizeof sha256);
    return RESULT_OK;
}

static enum result write_list(const struct recorder_files *files, const char *folder,
                              struct error *err) {
    char path[PATH_SIZE];
    struct file_writer writer;
    json_t *list = json_object();
    for (size_t i = 0; i < files->count; i++)
        if (files->files[i].name[0])
            json_object_set_new(list, files->files[i].name,
                                json_pack("{s:s, s:s}", "from", files->files[i].from, "sha256",
                                          files->files[i].sha256));
    json_t *json =
        json_pack("{s:i, s:s, s:s, s:I, s:f, s:o}", "format", (int)RECORD_VERSION, "program",
                  files->program, "made", files->made, "most_bytes", (json_int_t)files->most_bytes,
                  "frames_hz", files->frames_hz, "files", list);
    if (!json) return error_set(err, RESULT_NO_MEMORY, "recording.json: out of memory");
    snprintf(path, sizeof path, "%s/recording.json", folder);
    enum result result = file_writer_open(&writer, path, err);
    if (result == RESULT_OK) {
        json_dumpf(json, writer.stream, JSON_INDENT(2));
        fputc('\n', writer.stream);
        result = file_writer_commit(&writer, err);
    }
    json_decref(json);
    return result;
}

enum result recorder_files_copy(struct recorder_files *files, const char *folder,
                                struct error *err) {
    enum result result = RESULT_OK;
    for (size_t i = 0; result == RESULT_OK && i < files->count; i++)
        result = copy_one(&files->files[i], folder, err);
    return result == RESULT_OK ? write_list(files, folder, err) : result;
}
