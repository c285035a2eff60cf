/* The page's files, all in memory before anybody is served: what is not in this table cannot be
 * asked for, so no path can lead elsewhere. */
#ifndef SMPRIG_CONSOLE_PAGE_FILES_H
#define SMPRIG_CONSOLE_PAGE_FILES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/result.h"

#define PAGE_FILES_MAX 128
#define PAGE_BYTES_MAX (16u << 20)

struct page_file {
    char path[128]; /* "/app/main.js"; "/" for index.html */
    const char *type;
    char etag[20]; /* quoted, from the content's hash */
    char *data;    /* owned */
    size_t size;
};

struct page_files {
    struct page_file list[PAGE_FILES_MAX];
    size_t count;
    char import_map_sha256[64]; /* base64, for the content security policy; "" when there is none */
};

/* Read a folder and the folders in it. RESULT_NOT_FOUND when there is
 * no index.html, RESULT_LIMIT. */
MUST_USE enum result page_files_read(const char *folder, struct page_files *files,
                                     struct error *err);
/* A page of one sentence, for a console without its page. */
MUST_USE enum result page_files_notice(const char *sentence, struct page_files *files);
void page_files_release(struct page_files *files);
const struct page_file *page_files_find(const struct page_files *files, const char *path);

#endif
