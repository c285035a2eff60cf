#include "cli/sim_record.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "controller/daemon/session_record.h"
#include "controller/guard/guard_record.h"
#include "sim/rerun.h"
#include "version.h"

#define COPY_BYTES_MAX (256u << 20)

static void put(void *context, const void *bytes, size_t count) {
    fwrite(bytes, 1, count, context); /* a failure stays in the stream and shows at the end */
}

/* The scan keeps the end of its name: that tells readers what kind of file it is. */
static void name_scan(const char *scan_path, char *ret_name, size_t size) {
    const char *slash = strrchr(scan_path, '/'), *dot = strrchr(slash ? slash : scan_path, '.');
    snprintf(ret_name, size, "scan%.16s", dot ? dot : ".ply");
}

static enum result begin_one(const char *folder, const char *name, const struct record_about *about,
                             FILE **ret_stream, struct record_writer *writer, struct error *err) {
    char path[RERUN_PATH_MAX];
    enum result result = rerun_path(folder, name, path, sizeof path, err);
    if (result != RESULT_OK) return result;
    FILE *stream = fopen(path, "wbe");
    if (!stream) return error_set(err, RESULT_IO, "%s: %s", path, strerror(errno));
    *ret_stream = stream;
    *writer = (struct record_writer){.put = put, .context = stream, .most = RECORD_BYTES_DEFAULT};
    record_begin(writer, about, NS_PER_S); /* when the virtual clock starts */
    return RESULT_OK;
}

enum result sim_record_begin(struct sim_record *record, const char *folder, const char *rig_path,
                             const char *scan_path, struct error *err) {
    struct record_about about = {.is_simulated = true,
                                 .program = "smprig " SMPRIG_VERSION " (" SMPRIG_REVISION ")"};
    char rig[RERUN_PATH_MAX], scan[RERUN_PATH_MAX];
    *record = (struct sim_record){0};
    name_scan(scan_path, about.scan, sizeof about.scan);
    enum result result = rerun_path(folder, RERUN_RIG_FILE, rig, sizeof rig, err);
    if (result == RESULT_OK) result = rerun_path(folder, about.scan, scan, sizeof scan, err);
    if (result == RESULT_OK) result = file_copy(rig_path, rig, COPY_BYTES_MAX, err);
    if (result == RESULT_OK) result = file_copy(scan_path, scan, COPY_BYTES_MAX, err);
    if (result == RESULT_OK)
        result = begin_one(folder, SESSION_RECORD_FILE, &about, &record->session_stream,
                           &record->session, err);
    about.is_guard = true;
    if (result == RESULT_OK)
        result = begin_one(folder, GUARD_RECORD_FILE, &about, &record->guard_stream, &record->guard,
                           err);
    return result;
}

static bool close_one(FILE *stream) {
    if (!stream) return true;
    bool is_whole = !ferror(stream);
    return fclose(stream) == 0 && is_whole;
}

enum result sim_record_end(struct sim_record *record, struct error *err) {
    record_end(&record->session, record->session.last_ns, "the session has ended");
    record_end(&record->guard, record->guard.last_ns, "the session has ended");
    bool is_session_whole = close_one(record->session_stream);
    bool is_guard_whole = close_one(record->guard_stream);
    if (is_session_whole && is_guard_whole) return RESULT_OK;
    return error_set(err, RESULT_IO, "the recording cannot be written: %s", strerror(errno));
}
