/* smprig sweep: many simulated sessions, one process and one result file each; what has its result
 * is not run again, so a sweep that was killed anywhere goes on where it was. */
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
#include "base/progress.h"
#include "base/text.h"
#include "cli/sweep_file.h"
#include "cli/verbs.h"

#define SWEEP_BYTES_MAX (1u << 20)
#define JOBS_MAX 256
#define PATH_SIZE 512
#define FAILED_NAMED_MAX 20 /* in the list at the end; the rest is counted */
#define END_MS 2000

struct sweep_options {
    const char *file, *output;
    int64_t jobs, shard, shards;
};

/* One running cell. */
struct job {
    struct process process;
    struct sweep_cell cell;
    size_t index;
    bool is_running;
};

struct tally {
    size_t ran, kept, failed; /* kept: had their result already */
    size_t first_failed[FAILED_NAMED_MAX];
};

static const char usage[] =
    "Usage: smprig sweep SWEEP.yaml -o FOLDER [--jobs N] [--shard K/N]\n"
    "       smprig sweep report FOLDER\n"
    "Runs every combination that SWEEP.yaml lists (docs/sweep.md), each as a process with its\n"
    "own result file in FOLDER; cells that have their result are left alone. --shard runs the\n"
    "K-th of N parts (K from 0). `report` writes a table, FOLDER/sweep.csv and sweep.html.\n"
    "Exit code 1 when a cell failed; the others are run all the same.\n";

static void path_in(char out[PATH_SIZE], const char *folder, const char *name) {
    snprintf(out, PATH_SIZE, "%s/%s", folder, name);
}

static bool has_result(const struct sweep_cell *cell) {
    char path[PATH_SIZE];
    path_in(path, cell->folder, "result.json");
    return access(path, F_OK) == 0;
}

static enum result start(struct job *job, struct error *err) {
    const char *argv[SWEEP_ARGUMENTS_MAX + 1];
    char log[PATH_SIZE];
    size_t n = 0;
    while (job->cell.argv[n]) {
        argv[n] = job->cell.argv[n];
        n++;
    }
    argv[n++] = "--bare";
    argv[n] = NULL;
    enum result result = file_make_folder(job->cell.folder, err);
    path_in(log, job->cell.folder, "log.txt");
    if (result == RESULT_OK) result = process_start(argv, log, &job->process, err);
    job->is_running = result == RESULT_OK;
    return result;
}

/* A cell has failed when it ends without a result, or with one that did not pass. */
static void finish(struct job *job, struct tally *tally) {
    job->is_running = false;
    tally->ran++;
    if (has_result(&job->cell) && job->process.exit_code == EX_OK) return;
    if (tally->failed < FAILED_NAMED_MAX) tally->first_failed[tally->failed] = job->index;
    tally->failed++;
}

static void reap(struct job *jobs, size_t count, struct tally *tally) {
    for (size_t i = 0; i < count; i++)
        if (jobs[i].is_running && process_has_ended(&jobs[i].process)) finish(&jobs[i], tally);
}

static struct job *idle_job(struct job *jobs, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (!jobs[i].is_running) return &jobs[i];
    return NULL;
}

static size_t running(const struct job *jobs, size_t count) {
    size_t busy = 0;
    for (size_t i = 0; i < count; i++) busy += jobs[i].is_running;
    return busy;
}

static enum result run_cells(const struct sweep *sweep, const struct sweep_options *options,
                             struct job *jobs, struct tally *tally, struct error *err) {
    struct progress progress;
    size_t count = (size_t)options->jobs, next = (size_t)options->shard;
    size_t whole = sweep->cell_count / (size_t)options->shards + 1;
    enum result result = RESULT_OK;
    progress_begin(&progress, sweep->name, "cells", clock_now_ns());
    while (result == RESULT_OK && (next < sweep->cell_count || running(jobs, count))) {
        struct job *job = next < sweep->cell_count ? idle_job(jobs, count) : NULL;
        if (job) {
            job->index = next;
            sweep_cell_at(sweep, options->output, next, &job->cell);
            next += (size_t)options->shards;
            if (has_result(&job->cell))
                tally->kept++;
            else
                result = start(job, err);
        } else {
            nanosleep(&(struct timespec){0, 10000000}, NULL);
        }
        reap(jobs, count, tally);
        progress_update(&progress, (double)(tally->ran + tally->kept), (double)whole,
                        clock_now_ns());
    }
    progress_end(&progress, clock_now_ns());
    for (size_t i = 0; i < count; i++)
        if (jobs[i].is_running) process_end(&jobs[i].process, END_MS);
    return result;
}

/* The sweep's own copy of its file, by which `report` and a later run know its cells. */
static enum result keep_file(const struct sweep_options *options, struct error *err) {
    char kept[PATH_SIZE], before[SHA256_HEX_SIZE], now[SHA256_HEX_SIZE];
    path_in(kept, options->output, "sweep.yaml");
    enum result result = file_make_folder(options->output, err);
    if (result == RESULT_OK) result = file_sha256(options->file, now, err);
    if (result != RESULT_OK) return result;
    if (access(kept, F_OK) == 0) {
        result = file_sha256(kept, before, err);
        if (result == RESULT_OK && strcmp(before, now) != 0)
            result = error_set(err, RESULT_REFUSED,
                               "%s holds another sweep than %s: give another folder",
                               options->output, options->file);
        return result;
    }
    return file_copy(options->file, kept, SWEEP_BYTES_MAX, err);
}

static int print_tally(const struct sweep *sweep, const struct sweep_options *options,
                       const struct tally *tally) {
    printf("%s: %zu cells run, %zu had their result, %zu failed\n", sweep->name, tally->ran,
           tally->kept, tally->failed);
    for (size_t i = 0; i < tally->failed && i < FAILED_NAMED_MAX; i++) {
        struct sweep_cell cell;
        sweep_cell_at(sweep, options->output, tally->first_failed[i], &cell);
        printf("  failed: %s/log.txt\n", cell.folder);
    }
    return tally->failed ? EXIT_FAILURE : EX_OK;
}

static int run_sweep(const struct sweep_options *options) {
    struct sweep sweep;
    struct error err = {0};
    struct tally tally = {0};
    enum result result = sweep_read(options->file, &sweep, &err);
    if (result != RESULT_OK) return verb_fail("sweep", &err);
    struct job *jobs = calloc((size_t)options->jobs, sizeof *jobs);
    result = jobs ? keep_file(options, &err) : error_set(&err, RESULT_NO_MEMORY, "out of memory");
    if (result == RESULT_OK) result = run_cells(&sweep, options, jobs, &tally, &err);
    int code =
        result == RESULT_OK ? print_tally(&sweep, options, &tally) : verb_fail("sweep", &err);
    free(jobs);
    sweep_release(&sweep);
    return code;
}

static int report(const char *folder) {
    struct sweep sweep;
    struct error err = {0};
    char kept[PATH_SIZE];
    path_in(kept, folder, "sweep.yaml");
    enum result result = sweep_read(kept, &sweep, &err);
    if (result != RESULT_OK) return verb_fail("sweep", &err);
    result = sweep_report(&sweep, folder, &err);
    sweep_release(&sweep);
    return result == RESULT_OK ? EX_OK : verb_fail("sweep", &err);
}

static bool take_shard(const char *text, void *into) {
    struct sweep_options *options = into;
    char first[24];
    const char *slash = strchr(text, '/');
    if (!slash || (size_t)(slash - text) >= sizeof first) return false;
    memcpy(first, text, (size_t)(slash - text));
    first[slash - text] = '\0';
    return text_to_int64(slash + 1, 1, 1000000, &options->shards) == RESULT_OK &&
           text_to_int64(first, 0, options->shards - 1, &options->shard) == RESULT_OK;
}

static int sweep_report_verb(int argc, char **argv) {
    const char *folder;
    const struct option_row rows[] = {
        {"FOLDER", .is_word = true, .text = &folder, .is_needed = true},
    };
    const struct options options = {"smprig sweep", usage, OPTION_ROWS(rows)};
    int code;
    return options_parse(&options, argc, argv, &code) ? report(folder) : code;
}

int verb_sweep(int argc, char **argv) {
    struct sweep_options o = {.jobs = sysconf(_SC_NPROCESSORS_ONLN), .shards = 1};
    const struct option_row rows[] = {
        {"SWEEP.yaml", .is_word = true, .text = &o.file, .is_needed = true},
        {"output", 'o', .text = &o.output, .is_needed = true},
        {"jobs", .integer = &o.jobs, .low = 1, .high = JOBS_MAX},
        {"shard", .take = take_shard, .into = &o, .expected = "K/N, K from 0 to N - 1"},
    };
    const struct options options = {"smprig", usage, OPTION_ROWS(rows)};
    int code;
    if (argc > 1 && strcmp(argv[1], "report") == 0) return sweep_report_verb(argc - 1, argv + 1);
    return options_parse(&options, argc, argv, &code) ? run_sweep(&o) : code;
}
