/* A disk that fails: the nth write or sync of the case file is refused, by a file system of our own
 * beneath SQLite. What failed is told, nothing is tried again, and the case is whole afterwards. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "controller/journal/journal.h"

#define DOTS 20
#define MOMENTS 40

enum trouble { NO_TROUBLE, SYNC_FAILS, DISK_FULL };

/* The disk: counts, and fails at `failing_at` of the kind in trouble. */
static struct {
    sqlite3_vfs vfs, *real;
    enum trouble trouble;
    int failing_at, seen;
    int touched_after; /* writes and syncs after the failure */
    bool has_failed;
} disk;

struct file {
    sqlite3_file base;
    sqlite3_io_methods methods;
    const sqlite3_io_methods *real;
};

/* Our methods lie behind the real file's own memory. */
static struct file *of(sqlite3_file *file) {
    return (struct file *)(void *)((char *)file + disk.real->szOsFile);
}

static bool fails(enum trouble kind) {
    disk.touched_after += disk.has_failed;
    if (disk.trouble != kind || disk.seen++ != disk.failing_at) return false;
    disk.has_failed = true;
    return true;
}

static int on_sync(sqlite3_file *file, int flags) {
    return fails(SYNC_FAILS) ? SQLITE_IOERR_FSYNC : of(file)->real->xSync(file, flags);
}

static int on_write(sqlite3_file *file, const void *data, int size, sqlite3_int64 at) {
    return fails(DISK_FULL) ? SQLITE_FULL : of(file)->real->xWrite(file, data, size, at);
}

static int on_open(sqlite3_vfs *vfs, sqlite3_filename name, sqlite3_file *file, int flags,
                   int *out_flags) {
    (void)vfs;
    int result = disk.real->xOpen(disk.real, name, file, flags, out_flags);
    if (result != SQLITE_OK || !file->pMethods) return result;
    struct file *own = of(file);
    own->real = file->pMethods;
    own->methods = *file->pMethods;
    own->methods.xSync = on_sync;
    own->methods.xWrite = on_write;
    file->pMethods = &own->methods;
    return SQLITE_OK;
}

struct fixture {
    char folder[64], path[96];
    struct dot dots[DOTS];
    struct dot_plan plan;
};

static int set_up(void **state) {
    struct fixture *f = calloc(1, sizeof *f);
    if (!f) return -1;
    snprintf(f->folder, sizeof f->folder, "/tmp/disk.XXXXXX");
    if (!mkdtemp(f->folder)) return -1;
    for (uint32_t i = 0; i < DOTS; i++) f->dots[i].id = i;
    f->plan = (struct dot_plan){.dots = f->dots, .dot_count = DOTS};
    disk.real = sqlite3_vfs_find(NULL);
    disk.vfs = *disk.real;
    disk.vfs.zName = "failing";
    disk.vfs.szOsFile = disk.real->szOsFile + (int)sizeof(struct file);
    disk.vfs.xOpen = on_open;
    if (sqlite3_vfs_register(&disk.vfs, 1) != SQLITE_OK) return -1;
    *state = f;
    return 0;
}

static int tear_down(void **state) {
    struct fixture *f = *state;
    char command[128];
    sqlite3_vfs_unregister(&disk.vfs);
    snprintf(command, sizeof command, "rm -rf '%s'", f->folder);
    if (system(command) != 0) return -1;
    free(f);
    return 0;
}

static enum result open_case(struct fixture *f, struct journal **ret_journal) {
    return journal_open(f->path, &f->plan, (struct journal_binding){"s", "p"}, ret_journal, NULL);
}

static enum result note(struct journal *journal, enum journal_kind kind, uint32_t dot,
                        struct error *err) {
    struct journal_entry entry = {.kind = kind, .dot = dot};
    return journal_append(journal, &entry, 1, err);
}

/* Until the disk fails: how many dots had a durable intent, and a durable outcome. */
static void work(struct fixture *f, struct journal *journal, size_t *ret_intended,
                 size_t *ret_done) {
    struct error err = {0};
    size_t intended = 0, done = 0;
    for (uint32_t dot = 0; dot < DOTS; dot++) {
        if (note(journal, JOURNAL_INTENT, f->dots[dot].id, &err) != RESULT_OK) break;
        intended++;
        if (note(journal, JOURNAL_DONE, f->dots[dot].id, &err) != RESULT_OK) break;
        done++;
    }
    if (disk.has_failed) {
        assert_int_equal(err.code, RESULT_IO);
        assert_true(strlen(err.text) > 10);
    }
    *ret_intended = intended;
    *ret_done = done;
}

static void fail_at_every_moment(struct fixture *f, enum trouble trouble) {
    int failures = 0;
    for (int moment = 0; moment < MOMENTS; moment++) {
        struct journal *journal = NULL;
        size_t intended, done;
        snprintf(f->path, sizeof f->path, "%s/%d-%d.db", f->folder, trouble, moment);
        disk.trouble = NO_TROUBLE;
        assert_int_equal(open_case(f, &journal), RESULT_OK);
        disk.has_failed = false;
        disk.seen = disk.touched_after = 0;
        disk.failing_at = moment;
        disk.trouble = trouble;
        work(f, journal, &intended, &done);
        failures += disk.has_failed;
        /* The disk works again, and yet nothing more is asked of it. */
        disk.trouble = NO_TROUBLE;
        int touched = disk.touched_after;
        if (disk.has_failed) assert_int_equal(note(journal, JOURNAL_EVENT, 0, NULL), RESULT_IO);
        journal_close(&journal);
        if (disk.has_failed) assert_int_equal(disk.touched_after, touched);
        if (disk.has_failed && trouble == SYNC_FAILS) assert_int_equal(touched, 0);
        /* Begun anew: what was durable stands; the one in between is doubtful or as it was. */
        disk.has_failed = false;
        assert_int_equal(open_case(f, &journal), RESULT_OK);
        assert_int_equal(journal_verify(journal, NULL), RESULT_OK);
        assert_in_range(journal_count(journal, FATE_DONE), done, done + 1);
        for (uint32_t dot = 0; dot < intended; dot++)
            assert_int_not_equal(journal_fate(journal, dot), FATE_PENDING);
        assert_true(journal_count(journal, FATE_DOUBTFUL) <= 1);
        journal_close(&journal);
    }
    assert_true(failures > MOMENTS / 2);
}

static void a_failed_sync_is_never_tried_again(void **state) {
    fail_at_every_moment(*state, SYNC_FAILS);
}

static void a_full_disk_ends_the_writing(void **state) {
    fail_at_every_moment(*state, DISK_FULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_failed_sync_is_never_tried_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_full_disk_ends_the_writing, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
