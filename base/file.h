/* Files at the edge: read whole with a limit, write whole or not at all, hash. */
#ifndef SMPRIG_BASE_FILE_H
#define SMPRIG_BASE_FILE_H

#include <stddef.h>
#include <stdio.h>

#include "base/result.h"

#define SHA256_HEX_SIZE 65 /* 64 digits and the NUL */

/* Read a whole file into fresh memory (the caller frees it); one NUL is added after the last byte.
 * RESULT_LIMIT when it is longer than max_bytes. */
MUST_USE enum result file_read(const char *path, size_t max_bytes, char **ret_data,
                               size_t *ret_size, struct error *err);

/* There, a file and not a folder, and readable; for libraries whose own words say less.
 * RESULT_NOT_FOUND, RESULT_FORMAT (a folder), RESULT_IO (not permitted). */
MUST_USE enum result file_check(const char *path, struct error *err);

/* SHA-256 of a file or of memory, lower-case hex (FIPS 180-4, libmd). */
MUST_USE enum result file_sha256(const char *path, char ret_hex[SHA256_HEX_SIZE],
                                 struct error *err);
void data_sha256(const void *data, size_t size, char ret_hex[SHA256_HEX_SIZE]);

/* Write whole or not at all: open a temporary file beside `path`, write to `stream`, then commit
 * (flush, fsync, rename, fsync of the folder) or abandon (unlink). One of the two must follow. */
struct file_writer {
    FILE *stream;
    char path[4096], temporary[4096];
};
MUST_USE enum result file_writer_open(struct file_writer *writer, const char *path,
                                      struct error *err);
MUST_USE enum result file_writer_commit(struct file_writer *writer, struct error *err);
void file_writer_abandon(struct file_writer *writer);

/* Copy a file whole (at most max_bytes, else RESULT_LIMIT), by a temporary name. */
MUST_USE enum result file_copy(const char *from, const char *to, size_t max_bytes,
                               struct error *err);

/* Create a folder and its parents, like mkdir -p. */
MUST_USE enum result file_make_folder(const char *path, struct error *err);

#endif
