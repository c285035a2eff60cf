#include "controller/daemon/daemon_case.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"
#include "controller/journal/case_record.h"
#include "controller/journal/layers_due.h"
#include "controller/journal/struck.h"

static enum result bind_file(const char *path, char *ret_path, char ret_sha256[SHA256_HEX_SIZE],
                             struct error *err) {
    char whole[PATH_MAX];
    if (!realpath(path, whole))
        return error_set(err, RESULT_NOT_FOUND, "%s: %s", path, strerror(errno));
    if (text_copy(ret_path, GUARD_PATH_MAX, whole) != RESULT_OK)
        return error_set(err, RESULT_LIMIT, "%s: the path is too long for the guard", whole);
    return file_sha256(path, ret_sha256, err);
}

/* As it is now: a needle's length may have been written since the program began. */
static enum result read_rig(struct daemon_case *c, const char *rig_path, struct error *err) {
    char sha256[SHA256_HEX_SIZE];
    struct guard_load *load = &c->load;
    enum result result = bind_file(rig_path, load->rig_path, load->rig_sha256, err);
    if (result == RESULT_OK) result = rig_read(rig_path, &c->rig, err);
    if (result == RESULT_OK) result = file_sha256(rig_path, sha256, err);
    if (result == RESULT_OK && strcmp(sha256, load->rig_sha256) != 0)
        result =
            error_set(err, RESULT_REFUSED, "%s: changed while it was read: try again", rig_path);
    return result;
}

static enum result read_files(struct daemon_case *c, const char *rig_path, struct error *err) {
    const struct case_files *files = &c->files;
    struct guard_load *load = &c->load;
    enum result result = dot_plan_read(files->plan_path, &c->plan, err);
    if (result == RESULT_OK) result = read_rig(c, rig_path, err);
    if (result == RESULT_OK)
        result = bind_file(files->scan_path, load->scan_path, load->scan_sha256, err);
    if (result == RESULT_OK)
        result = bind_file(files->plan_path, load->plan_path, load->plan_sha256, err);
    if (result == RESULT_OK && strcmp(c->plan.scan_sha256, load->scan_sha256) != 0)
        result = error_set(err, RESULT_REFUSED,
                           "%s was made for another scan than %s: make the plan anew, or give the "
                           "scan that it was made for",
                           files->plan_path, files->scan_path);
    if (result == RESULT_OK) result = field_of_scan(files->scan_path, &c->field, err);
    return result;
}

static enum result open_journal(struct daemon_case *c, struct error *err) {
    struct journal_binding binding = {c->load.scan_sha256, c->load.plan_sha256};
    size_t count = c->plan.dot_count;
    enum result result = journal_open(c->files.case_path, &c->plan, binding, &c->journal, err);
    if (result != RESULT_OK) return result;
    c->fates = calloc(count + 1, sizeof *c->fates);
    c->is_later = calloc(count + 1, sizeof *c->is_later);
    c->order = calloc(count + 1, sizeof *c->order);
    c->hours_ago = calloc(count + 1, sizeof *c->hours_ago);
    if (!c->fates || !c->is_later || !c->order || !c->hours_ago)
        return error_set(err, RESULT_NO_MEMORY, "out of memory for %zu dots", count);
    for (size_t i = 0; i < count; i++) {
        c->fates[i] = (uint8_t)journal_fate(c->journal, c->plan.dots[i].id);
        c->order[i] = (uint32_t)i; /* the plan file is in the order of striking */
    }
    log_info("smprigd", "case %s: %zu dots, %zu done, %zu skipped, %zu doubtful",
             c->files.case_path, count, journal_count(c->journal, FATE_DONE),
             journal_count(c->journal, FATE_SKIPPED), journal_count(c->journal, FATE_DOUBTFUL));
    result = journal_struck_hours(c->journal, &c->plan, (int64_t)time(NULL), c->hours_ago, err);
    if (result == RESULT_OK) result = journal_waiting(c->journal, &c->plan, c->is_later, err);
    if (result == RESULT_OK) result = case_facts_read(c->files.case_path, &c->facts, err);
    if (result == RESULT_OK)
        result =
            prompt_past_read(c->journal, &c->plan,
                             c->facts.has_session ? c->facts.session_opened_s : 0, &c->past, err);
    if (result != RESULT_OK) return result;
    return journal_writer_create(c->journal, &c->writer, err);
}

enum result daemon_case_open(const struct case_files *files, const char *rig_path,
                             struct daemon_case **ret_case, struct error *err) {
    struct daemon_case *opened = calloc(1, sizeof *opened);
    if (!opened) return error_set(err, RESULT_NO_MEMORY, "out of memory");
    opened->files = *files;
    enum result result = read_files(opened, rig_path, err);
    if (result == RESULT_OK) result = open_journal(opened, err);
    if (result == RESULT_OK)
        *ret_case = opened;
    else
        daemon_case_close(&opened);
    return result;
}

void daemon_case_close(struct daemon_case **opened) {
    struct daemon_case *c = *opened;
    if (!c) return;
    journal_writer_destroy(&c->writer);
    journal_close(&c->journal);
    field_release(&c->field);
    dot_plan_release(&c->plan);
    free(c->fates);
    free(c->is_later);
    free(c->order);
    free(c->hours_ago);
    free(c);
    *opened = NULL;
}

static bool is_plain(const char *name) {
    size_t length = strlen(name);
    if (length == 0 || length >= CASE_NAME_MAX || name[0] == '.') return false;
    for (size_t i = 0; i < length; i++)
        if (!isalnum((unsigned char)name[i]) && !strchr("-_.", name[i])) return false;
    return true;
}

enum result case_files_of(const char *folder, const char *name, struct case_files *ret_files,
                          struct error *err) {
    struct case_files files = {0};
    if (!is_plain(name))
        return error_set(err, RESULT_INVALID,
                         "'%.64s' is no case's name: letters, digits, dashes, no folder", name);
    int longest = snprintf(files.scan_path, sizeof files.scan_path, "%s/%s/scan.ply", folder, name);
    snprintf(files.plan_path, sizeof files.plan_path, "%s/%s/plan.ply", folder, name);
    snprintf(files.case_path, sizeof files.case_path, "%s/%s/case.db", folder, name);
    if (longest < 0 || (size_t)longest >= sizeof files.scan_path)
        return error_set(err, RESULT_LIMIT, "%s: the path is too long", folder);
    int length =
        snprintf(files.design_path, sizeof files.design_path, "%s/%s/design.yaml", folder, name);
    if (length >= (int)sizeof files.design_path || access(files.design_path, R_OK) != 0)
        files.design_path[0] = '\0';
    snprintf(files.name, sizeof files.name, "%s", name);
    *ret_files = files;
    return RESULT_OK;
}
