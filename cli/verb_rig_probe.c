/* smprig rig probe needle|skin: the guard's program touches, here the touches are judged, shown,
 * and after a yes written where the session reads them (docs/link.md, "Probing"). */
#include <limits.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/options.h"
#include "base/process.h"
#include "cli/calibrate/calibrate.h"
#include "cli/verbs.h"
#include "motion/kinematics.h"
#include "motion/rig_needle.h"
#include "vision/calibration/number_table.h"
#include "vision/calibration/setter.h"
#include "vision/calibration/small_files.h"

#define GUARD_WORDS_MAX 24
#define WORTH_WRITING_MM 1e-4 /* the last digit of the file */

static const char usage[] =
    "Usage: smprig rig probe --port PORT --rig RIG.yaml --rig-is-empty\n"
    "         the stroke at which the needle touches, where the rig stands now; writes nothing\n"
    "       smprig rig probe needle --port PORT --rig RIG.yaml --rig-is-empty [--calibration DIR]\n"
    "         touch the rig file's needle_setter six times; the needle's length goes into the rig\n"
    "         file, its record into DIR/needle.yaml\n"
    "       smprig rig probe skin --port PORT --rig RIG.yaml --head-is-watched --scan SCAN.ply\n"
    "                             --poses HEAD.csv --calibration DIR\n"
    "         over a head at rest, a blunt probe in the holder: keys jog slowly, t touches, q "
    "ends;\n"
    "         five places or more. HEAD.csv is what `smprig track` writes meanwhile. The skin's\n"
    "         zero goes into DIR/depth.yaml\n"
    "  --write, --yes   write without asking; the old files stay beside the new, with their date\n"
    "  --touches FILE   keep where it touched\n"
    "  --depth MM       search so far at most (the whole stroke)\n"
    "  --simulated      the record is of a simulated rig\n"
    "  --baud RATE, --wire-log FILE   as for the other tasks\n";

struct probe_options {
    const char *what, *port, *rig, *baud, *wire_log, *depth, *calibration, *scan, *poses, *touches;
    bool is_rig_empty, is_head_watched, writes, is_simulated;
};

static bool take_options(int argc, char **argv, struct probe_options *o, int *ret_exit) {
    const struct option_row rows[] = {
        {"what", .is_word = true, .text = &o->what, .choices = "needle|skin", .is_needed = true},
        {"port", .text = &o->port, .is_needed = true},
        {"rig", .text = &o->rig, .is_needed = true},
        {"baud", .text = &o->baud},
        {"wire-log", .text = &o->wire_log},
        {"depth", .text = &o->depth},
        {"calibration", .text = &o->calibration},
        {"scan", .text = &o->scan},
        {"poses", .text = &o->poses},
        {"touches", .text = &o->touches},
        {"rig-is-empty", .flag = &o->is_rig_empty},
        {"head-is-watched", .flag = &o->is_head_watched},
        {"write", .flag = &o->writes},
        {"yes", .flag = &o->writes},
        {"simulated", .flag = &o->is_simulated},
    };
    const struct options options = {"smprig rig", usage, OPTION_ROWS(rows)};
    if (!options_parse(&options, argc, argv, ret_exit)) return false;
    if (strcmp(o->what, "needle") == 0 || (o->scan && o->poses && o->calibration)) return true;
    *ret_exit = options_complain(&options, argv[0], "skin wants --scan, --poses and --calibration");
    return false;
}

/* The guard's program does the moving, with the same words; it reads the keys and prints. */
static enum result touch(const struct probe_options *o, const char *touches, struct error *err) {
    const char *words[GUARD_WORDS_MAX] = {"smprig-guard", "service", "probe", o->what,     "--port",
                                          o->port,        "--rig",   o->rig,  "--touches", touches};
    const struct {
        const char *name, *value;
    } more[] = {{"--baud", o->baud}, {"--wire-log", o->wire_log}, {"--depth", o->depth}};
    size_t count = 10;
    struct process process;
    for (size_t i = 0; i < sizeof more / sizeof *more; i++) {
        if (!more[i].value) continue;
        words[count++] = more[i].name;
        words[count++] = more[i].value;
    }
    if (o->is_rig_empty) words[count++] = "--rig-is-empty";
    if (o->is_head_watched) words[count++] = "--head-is-watched";
    enum result result = process_start(words, NULL, &process, err);
    if (result != RESULT_OK) return result;
    /* A Ctrl-C is for the program that moves: it stops the rig, and we go on when it has ended. */
    signal(SIGINT, SIG_IGN);
    result = process_wait(&process, err);
    signal(SIGINT, SIG_DFL);
    return result;
}

/* A copy beside the file, named after now. Nothing to keep is fine. */
static enum result keep_old(const char *path, struct error *err) {
    char name[PATH_MAX], date[32];
    time_t now = time(NULL);
    struct tm when;
    if (access(path, F_OK) != 0) return RESULT_OK;
    strftime(date, sizeof date, "%Y%m%d-%H%M%S", localtime_r(&now, &when));
    if (snprintf(name, sizeof name, "%s.%s", path, date) >= (int)sizeof name)
        return error_set(err, RESULT_LIMIT, "%s: the path is too long", path);
    enum result result = file_copy(path, name, RIG_FILE_BYTES_MAX, err);
    if (result == RESULT_OK) printf("the old one is kept: %s\n", name);
    return result;
}

static bool is_wanted(const struct probe_options *o, const char *path) {
    char answer[8] = "";
    if (o->writes) return true;
    printf("write %s? [y/N] ", path);
    fflush(stdout);
    bool is_yes = fgets(answer, sizeof answer, stdin) && (answer[0] == 'y' || answer[0] == 'Y');
    if (!is_yes) puts("nothing was written");
    return is_yes;
}

static enum result write_text(const char *path, const char *text, struct error *err) {
    struct file_writer writer;
    enum result result = keep_old(path, err);
    if (result == RESULT_OK) result = file_writer_open(&writer, path, err);
    if (result != RESULT_OK) return result;
    fputs(text, writer.stream);
    return file_writer_commit(&writer, err);
}

/* The tip stands where the rig file says now; the record says how well that is known, and of which
 * rig file. */
static enum result write_record(const struct probe_options *o, const char *rig_path,
                                const struct setter_length *found, struct error *err) {
    struct rig rig;
    enum result result = rig_read(rig_path, &rig, err);
    if (result != RESULT_OK) return result;
    const double step_sigma_mm = 1 / rig.needle.steps_per_unit / sqrt(12); /* of one motor step */
    const struct calibrate_options now = {.is_simulated = o->is_simulated};
    struct calibration_record record = calibrate_record(&now, CALIBRATION_NEEDLE, "");
    struct needle_file file = {0};
    char path[PATH_MAX];
    record.samples = found->count;
    record.residual = 1e3 * found->scatter_mm;
    record.error_um = 1e3 * hypot(found->sigma_mm, step_sigma_mm);
    file.records = (struct calibration_records){{record}, 1};
    if (snprintf(path, sizeof path, "%s/%s", o->calibration, NEEDLE_FILE) >= (int)sizeof path)
        return error_set(err, RESULT_LIMIT, "%s: the path is too long", o->calibration);
    result = file_sha256(rig_path, file.rig_sha256, err);
    if (result == RESULT_OK) result = keep_old(path, err);
    if (result == RESULT_OK) result = needle_file_write(&file, path, err);
    if (result == RESULT_OK)
        printf("%s: leaves %.1f um, good for 24 h and for this rig file\n", path, record.error_um);
    return result;
}

static void print_length(const struct setter_length *found) {
    printf("  touch  longer/um\n");
    for (uint32_t i = 0; i < found->count; i++)
        printf("  %5u  %9.1f\n", i + 1, 1e3 * found->each_mm[i]);
    printf("\n  the needle is %.4f mm %s than the rig file says, +- %.4f\n", fabs(found->longer_mm),
           found->longer_mm < 0 ? "shorter" : "longer", found->sigma_mm);
}

static enum result read_touches(const char *path, struct vec3 *p_rig, uint32_t *ret_count,
                                struct error *err) {
    struct number_table table;
    enum result result = number_table_read(path, 4, &table, err);
    if (result != RESULT_OK) return result;
    *ret_count = (uint32_t)(table.rows < SETTER_TOUCHES_MAX ? table.rows : SETTER_TOUCHES_MAX);
    for (uint32_t i = 0; i < *ret_count; i++) {
        const double *row = table.values + 4 * i;
        p_rig[i] = vec3_make(row[1], row[2], row[3]);
    }
    number_table_release(&table);
    return RESULT_OK;
}

static enum result find_length(const char *touches, const struct rig *rig,
                               struct setter_length *ret_length, struct error *err) {
    struct vec3 p_rig[SETTER_TOUCHES_MAX];
    struct axes at = {{0}};
    uint32_t count = 0;
    memcpy(at.q, rig->setter.q, sizeof at.q);
    struct pose tool = kinematics_forward(rig, &at);
    const struct setter_plate plate = {rig->setter.p_rig, pose_rotate(tool, vec3_make(0, 0, 1))};
    enum result result = read_touches(touches, p_rig, &count, err);
    if (result != RESULT_OK) return result;
    return setter_find_length(&plate, p_rig, count, ret_length, err);
}

static enum result needle(const struct probe_options *o, const char *touches, struct error *err) {
    char path[PATH_MAX], *text = NULL, *changed = NULL;
    size_t size = 0;
    struct rig rig;
    struct setter_length found;
    if (!realpath(o->rig, path)) return error_set(err, RESULT_NOT_FOUND, "%s: not there", o->rig);
    enum result result = rig_read(path, &rig, err);
    if (result == RESULT_OK) result = find_length(touches, &rig, &found, err);
    if (result == RESULT_OK) print_length(&found);
    if (result == RESULT_OK) result = file_read(path, RIG_FILE_BYTES_MAX, &text, &size, err);
    if (result == RESULT_OK)
        result = rig_text_with_needle(path, text, found.longer_mm, &changed, err);
    if (result == RESULT_OK && is_wanted(o, path)) {
        if (fabs(found.longer_mm) >= WORTH_WRITING_MM) result = write_text(path, changed, err);
        if (result == RESULT_OK) printf("%s: sessions opened from now on use it\n", path);
        if (result == RESULT_OK && o->calibration) result = write_record(o, path, &found, err);
        if (result == RESULT_OK && !o->calibration)
            puts("without --calibration no record was written: sessions want one of today");
    }
    free(changed);
    free(text);
    return result;
}

/* `smprig calibrate depth` judges and draws; its file takes the old one's place after a yes. */
static int skin(const struct probe_options *o, const char *touches) {
    char path[PATH_MAX], fresh[PATH_MAX + 8], picture[PATH_MAX];
    struct error err = {0};
    if (snprintf(path, sizeof path, "%s/%s", o->calibration, DEPTH_FILE) >= (int)sizeof path ||
        snprintf(picture, sizeof picture, "%s/depth.png", o->calibration) >= (int)sizeof picture) {
        error_set(&err, RESULT_LIMIT, "%s: the path is too long", o->calibration);
        return verb_fail("rig probe", &err);
    }
    (void)snprintf(fresh, sizeof fresh, "%s.new", path);
    const char *words[] = {"depth",  "--touches", touches, "--poses",
                           o->poses, "--scan",    o->scan, "-o",
                           fresh,    "--picture", picture, o->is_simulated ? "--simulated" : NULL,
                           NULL};
    int code = calibrate_depth(o->is_simulated ? 12 : 11, (char **)words);
    if (code != EX_OK) return code;
    if (!is_wanted(o, path)) {
        unlink(fresh);
        return EX_OK;
    }
    if (keep_old(path, &err) != RESULT_OK) return verb_fail("rig probe", &err);
    if (rename(fresh, path) == 0) return EX_OK;
    error_set(&err, RESULT_IO, "%s: cannot be put into the old one's place", path);
    return verb_fail("rig probe", &err);
}

static int judge(const struct probe_options *o, const char *touches) {
    struct error err = {0};
    if (strcmp(o->what, "skin") == 0) return skin(o, touches);
    return needle(o, touches, &err) == RESULT_OK ? EX_OK : verb_fail("rig probe", &err);
}

int verb_rig_probe(int argc, char **argv) {
    struct probe_options o = {0};
    struct error err = {0};
    char temporary[] = "/tmp/smprig-touches-XXXXXX";
    int code;
    if (!take_options(argc, argv, &o, &code)) return code;
    int fd = o.touches ? -1 : mkstemp(temporary);
    const char *touches = o.touches ? o.touches : temporary;
    if (fd >= 0) close(fd);
    code = touch(&o, touches, &err) == RESULT_OK ? judge(&o, touches) : EX_UNAVAILABLE;
    if (!o.touches) unlink(temporary);
    return code;
}
