#include "controller/journal/case_neighbours.h"

#include <glob.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "controller/journal/case_sql.h"

static bool has_used(const char *path, const char *cartridge) {
    struct case_record *record = NULL;
    sqlite3_stmt *statement = NULL;
    if (case_record_open(path, false, &record, NULL) != RESULT_OK) return false;
    bool has = sqlite3_prepare_v2(record->db, "SELECT 1 FROM sessions WHERE cartridge=?", -1,
                                  &statement, NULL) == SQLITE_OK &&
               sqlite3_bind_text(statement, 1, cartridge, -1, SQLITE_STATIC) == SQLITE_OK &&
               sqlite3_step(statement) == SQLITE_ROW;
    sqlite3_finalize(statement);
    case_record_close(&record);
    return has;
}

bool case_cartridge_elsewhere(const char *path, const char *cartridge, char *found, size_t size) {
    char own[4096], pattern[4200];
    struct stat self, other;
    glob_t list;
    bool has = false;
    if (stat(path, &self) != 0 || strlen(path) >= sizeof own) return false;
    snprintf(own, sizeof own, "%s", path);
    snprintf(pattern, sizeof pattern, "%s/../*/case.db", dirname(own));
    if (glob(pattern, 0, NULL, &list) != 0) return false;
    for (size_t i = 0; !has && i < list.gl_pathc && i < CASE_NEIGHBOURS_MAX; i++) {
        if (stat(list.gl_pathv[i], &other) != 0 ||
            (other.st_ino == self.st_ino && other.st_dev == self.st_dev))
            continue;
        has = has_used(list.gl_pathv[i], cartridge);
        if (has) snprintf(found, size, "%s", list.gl_pathv[i]);
    }
    globfree(&list);
    return has;
}
