/* Folders of bad files: each *.yaml beside a *.error with the very sentence that it must give. */
#ifndef SMPRIG_TESTS_BAD_FILES_H
#define SMPRIG_TESTS_BAD_FILES_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"

/* Every *.yaml of the folder must fail with the sentence of its *.error. */
/* SMPRIG_WRITE_EXPECTED=1 in the environment writes the sentences anew: read them before
 * committing. */
static inline void check_folder(const char *folder,
                                enum result (*read)(const char *, struct error *)) {
    DIR *dir = opendir(folder);
    struct dirent *entry;
    int files = 0, wrong = 0;
    assert_non_null(dir);
    while ((entry = readdir(dir)) != NULL) {
        char path[600], expected_path[600], *expected = NULL;
        size_t size = 0;
        struct error err = {0};
        if (strstr(entry->d_name, ".yaml") == NULL) continue;
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        snprintf(expected_path, sizeof expected_path, "%.*s.error", (int)strlen(path) - 5, path);
        assert_int_not_equal(read(path, &err), RESULT_OK);
        files++;
        if (getenv("SMPRIG_WRITE_EXPECTED") != NULL) {
            FILE *out = fopen(expected_path, "w");
            assert_non_null(out);
            fprintf(out, "%s\n", err.text);
            fclose(out);
        }
        assert_int_equal(file_read(expected_path, 4096, &expected, &size, &err), RESULT_OK);
        expected[strcspn(expected, "\n")] = '\0';
        assert_int_not_equal(read(path, &err), RESULT_OK);
        if (strcmp(expected, err.text) != 0) {
            printf("%s: \"%s\", expected \"%s\"\n", path, err.text, expected);
            wrong++;
        }
        free(expected);
    }
    closedir(dir);
    assert_true(files > 5);
    assert_int_equal(wrong, 0);
}

#endif
