#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <sha256.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum result file_read(const char *path, size_t max_bytes, char **ret_data, size_t *ret_size,
                      struct error *err) {
    enum result result = RESULT_IO;
    char *data = NULL;
    size_t size = 0, capacity = 0;
    FILE *stream = fopen(path, "rbe");
    if (!stream)
        return error_set(err, errno == ENOENT ? RESULT_NOT_FOUND : RESULT_IO, "%s: %s", path,
                         strerror(errno));
    for (;;) {
        if (size + 1 >= capacity) {
            capacity = capacity ? capacity * 2 : 65536;
            char *grown = realloc(data, capacity);
            if (!grown) {
                result = error_set(err, RESULT_NO_MEMORY, "%s: out of memory", path);
                goto out;
            }
            data = grown;
        }
        size_t got = fread(data + size, 1, capacity - size - 1, stream);
        size += got;
        if (size > max_bytes) {
            result = error_set(err, RESULT_LIMIT, "%s: longer than %zu bytes, the most allowed",
                               path, max_bytes);
            goto out;
        }
        if (got == 0) break;
    }
    if (ferror(stream)) {
        result = error_set(err, RESULT_IO, "%s: %s", path, strerror(errno));
        goto out;
    }
    data[size] = '\0';
    *ret_data = data;
    *ret_size = size;
    data = NULL;
    result = RESULT_OK;
out:
    free(data);
    fclose(stream);
    return result;
}

enum result file_check(const char *path, struct error *err) {
    struct stat status;
    if (stat(path, &status) != 0 || access(path, R_OK) != 0)
        return error_set(err, errno == ENOENT ? RESULT_NOT_FOUND : RESULT_IO, "%s: %s", path,
                         strerror(errno));
    if (S_ISDIR(status.st_mode))
        return error_set(err, RESULT_FORMAT, "%s: a folder; name a file", path);
    return RESULT_OK;
}

enum result file_sha256(const char *path, char ret_hex[SHA256_HEX_SIZE], struct error *err) {
    char hex[SHA256_DIGEST_STRING_LENGTH];
    if (!SHA256File(path, hex))
        return error_set(err, errno == ENOENT ? RESULT_NOT_FOUND : RESULT_IO, "%s: %s", path,
                         strerror(errno));
    memcpy(ret_hex, hex, SHA256_HEX_SIZE);
    return RESULT_OK;
}

void data_sha256(const void *data, size_t size, char ret_hex[SHA256_HEX_SIZE]) {
    SHA256Data(data, size, ret_hex);
}

enum result file_writer_open(struct file_writer *writer, const char *path, struct error *err) {
    int length = snprintf(writer->path, sizeof writer->path, "%s", path);
    int longer = snprintf(writer->temporary, sizeof writer->temporary, "%s.XXXXXX", path);
    if (length < 0 || longer < 0 || (size_t)longer >= sizeof writer->temporary)
        return error_set(err, RESULT_LIMIT, "%s: the path is too long", path);
    int fd = mkostemp(writer->temporary, O_CLOEXEC);
    if (fd < 0)
        return error_set(err, RESULT_IO, "%s: cannot write there: %s", path, strerror(errno));
    (void)fchmod(fd, 0644);
    writer->stream = fdopen(fd, "wb");
    if (!writer->stream) {
        close(fd);
        unlink(writer->temporary);
        return error_set(err, RESULT_IO, "%s: %s", path, strerror(errno));
    }
    return RESULT_OK;
}

static void sync_folder_of(const char *path) {
    char copy[4096];
    snprintf(copy, sizeof copy, "%s", path);
    int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return;
    (void)fsync(fd);
    close(fd);
}

enum result file_writer_commit(struct file_writer *writer, struct error *err) {
    bool is_written = fflush(writer->stream) == 0 && !ferror(writer->stream) &&
                      fsync(fileno(writer->stream)) == 0;
    int saved = errno;
    if (fclose(writer->stream) != 0) {
        saved = is_written ? errno : saved;
        is_written = false;
    }
    writer->stream = NULL;
    if (is_written && rename(writer->temporary, writer->path) == 0) {
        sync_folder_of(writer->path);
        return RESULT_OK;
    }
    if (is_written) saved = errno;
    unlink(writer->temporary);
    return error_set(err, RESULT_IO, "%s: cannot write it: %s", writer->path, strerror(saved));
}

void file_writer_abandon(struct file_writer *writer) {
    if (!writer->stream) return;
    fclose(writer->stream);
    writer->stream = NULL;
    unlink(writer->temporary);
}

enum result file_make_folder(const char *path, struct error *err) {
    char copy[4096];
    int length = snprintf(copy, sizeof copy, "%s", path);
    if (length < 0 || (size_t)length >= sizeof copy)
        return error_set(err, RESULT_LIMIT, "%s: the path is too long", path);
    for (char *slash = copy + 1; (slash = strchr(slash, '/')); slash++) {
        *slash = '\0';
        if (mkdir(copy, 0755) != 0 && errno != EEXIST)
            return error_set(err, RESULT_IO, "%s: %s", copy, strerror(errno));
        *slash = '/';
    }
    if (mkdir(copy, 0755) != 0 && errno != EEXIST)
        return error_set(err, RESULT_IO, "%s: %s", copy, strerror(errno));
    return RESULT_OK;
}

enum result file_copy(const char *from, const char *to, size_t max_bytes, struct error *err) {
    char *data = NULL;
    size_t size = 0;
    struct file_writer writer;
    enum result result = file_read(from, max_bytes, &data, &size, err);
    if (result != RESULT_OK) return result;
    result = file_writer_open(&writer, to, err);
    if (result == RESULT_OK) {
        fwrite(data, 1, size, writer.stream); /* the commit tells of a failure */
        result = file_writer_commit(&writer, err);
    }
    free(data);
    return result;
}
