#include "console/page_files.h"

#include <dirent.h>
#include <errno.h>
#include <sha2.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/base64.h"
#include "base/file.h"
#include "base/text.h"

#define FOLDER_DEPTH_MAX 4

static const struct {
    const char *suffix, *type;
} types[] = {
    {".html", "text/html; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".json", "application/json"},
    {".svg", "image/svg+xml"},
    {".png", "image/png"},
};

static const char *type_of(const char *name) {
    const char *dot = strrchr(name, '.');
    for (size_t i = 0; dot && i < sizeof types / sizeof *types; i++)
        if (strcmp(dot, types[i].suffix) == 0) return types[i].type;
    return NULL;
}

/* The inline import map is the one script that stands in the page itself. */
static void hash_import_map(const struct page_file *index, char *ret_base64) {
    static const char open_tag[] = "<script type=\"importmap\">";
    const char *begin = strstr(index->data, open_tag);
    const char *end = begin ? strstr(begin, "</script>") : NULL;
    uint8_t digest[SHA256_DIGEST_LENGTH];
    SHA2_CTX context;
    if (!end) return;
    begin += sizeof open_tag - 1;
    SHA256Init(&context);
    SHA256Update(&context, (const uint8_t *)begin, (size_t)(end - begin));
    SHA256Final(digest, &context);
    (void)base64_encode(digest, sizeof digest, ret_base64);
}

static enum result keep(struct page_files *files, const char *url, const char *type, char *data,
                        size_t size) {
    char hash[SHA256_HEX_SIZE];
    struct page_file *file = &files->list[files->count];
    if (files->count == PAGE_FILES_MAX ||
        text_copy(file->path, sizeof file->path, url) != RESULT_OK)
        return RESULT_LIMIT;
    data_sha256(data, size, hash);
    snprintf(file->etag, sizeof file->etag, "\"%.16s\"", hash);
    file->type = type;
    file->data = data;
    file->size = size;
    files->count++;
    return RESULT_OK;
}

static enum result read_file(struct page_files *files, const char *path, const char *url,
                             struct error *err) {
    const char *type = type_of(path);
    char *data = NULL;
    size_t size = 0;
    if (!type) return RESULT_OK; /* not for browsers */
    enum result result = file_read(path, PAGE_BYTES_MAX, &data, &size, err);
    if (result != RESULT_OK) return result;
    result = keep(files, strcmp(url, "/index.html") == 0 ? "/" : url, type, data, size);
    if (result == RESULT_OK) return result;
    free(data);
    return error_set(err, result, "%s: more than %d files, or too long a name", path,
                     PAGE_FILES_MAX);
}

static enum result read_folder(struct page_files *files, const char *folder, const char *url,
                               int depth, struct error *err) {
    DIR *listing = opendir(folder);
    const struct dirent *item;
    enum result result = RESULT_OK;
    if (!listing) return error_set(err, RESULT_NOT_FOUND, "%s: %s", folder, strerror(errno));
    while (result == RESULT_OK && (item = readdir(listing))) {
        char path[4096], its_url[512];
        struct stat about;
        if (item->d_name[0] == '.') continue;
        snprintf(path, sizeof path, "%.3000s/%s", folder, item->d_name);
        snprintf(its_url, sizeof its_url, "%.200s/%s", url, item->d_name);
        if (stat(path, &about) != 0) continue;
        if (S_ISDIR(about.st_mode) && depth < FOLDER_DEPTH_MAX)
            result = read_folder(files, path, its_url, depth + 1, err);
        else if (S_ISREG(about.st_mode))
            result = read_file(files, path, its_url, err);
    }
    closedir(listing);
    return result;
}

enum result page_files_read(const char *folder, struct page_files *files, struct error *err) {
    *files = (struct page_files){0};
    enum result result = read_folder(files, folder, "", 0, err);
    const struct page_file *index = page_files_find(files, "/");
    if (result == RESULT_OK && !index)
        result = error_set(err, RESULT_NOT_FOUND, "%s: no index.html there", folder);
    if (result == RESULT_OK)
        hash_import_map(index, files->import_map_sha256);
    else
        page_files_release(files);
    return result;
}

enum result page_files_notice(const char *sentence, struct page_files *files) {
    char *page = NULL;
    *files = (struct page_files){0};
    int size = asprintf(&page, "<!doctype html><title>smprig</title><p>%s</p>", sentence);
    return size < 0 ? RESULT_NO_MEMORY : keep(files, "/", types[0].type, page, (size_t)size);
}

void page_files_release(struct page_files *files) {
    for (size_t i = 0; i < files->count; i++) free(files->list[i].data);
    *files = (struct page_files){0};
}

const struct page_file *page_files_find(const struct page_files *files, const char *path) {
    for (size_t i = 0; i < files->count; i++)
        if (strcmp(files->list[i].path, path) == 0) return &files->list[i];
    return NULL;
}
