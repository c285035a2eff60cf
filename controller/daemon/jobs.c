#include "controller/daemon/jobs.h"

#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"

#define END_MS 200
#define FILES_MAX 64

const char *job_kind_name(enum job_kind kind) {
    static const char *const names[JOB_KIND_COUNT] = {[JOB_PREVIEW] = "preview",
                                                      [JOB_REACH] = "reach",
                                                      [JOB_CALIBRATION] = "calibration",
                                                      [JOB_REPORT] = "report"};
    return (unsigned)kind < JOB_KIND_COUNT ? names[kind] : "unknown";
}

const char *job_state_name(enum job_state state) {
    static const char *const names[] = {[JOB_NONE] = "none",
                                        [JOB_RUNNING] = "running",
                                        [JOB_DONE] = "done",
                                        [JOB_FAILED] = "failed"};
    return (unsigned)state < sizeof names / sizeof *names ? names[state] : "unknown";
}

void job_word(struct job_commands *commands, const char *format, ...) {
    va_list args;
    size_t stage = commands->stage_count - 1, room = sizeof commands->store - commands->stored;
    char *word = commands->store + commands->stored;
    va_start(args, format);
    int length = vsnprintf(word, room, format, args);
    va_end(args);
    if (length < 0 || (size_t)length >= room || commands->counts[stage] == JOB_ARGS_MAX) {
        commands->is_whole = false;
        return;
    }
    commands->argv[stage][commands->counts[stage]++] = word;
    commands->stored += (size_t)length + 1;
}

void job_command(struct job_commands *commands, const char *program) {
    if (commands->stage_count == 0) commands->is_whole = true;
    if (commands->stage_count == JOB_STAGES_MAX) {
        commands->is_whole = false;
        return;
    }
    commands->stage_count++;
    job_word(commands, "%s", program);
}

static enum result make_folder(struct jobs *jobs, struct error *err) {
    char folder[] = "/tmp/smprigd.XXXXXX";
    if (jobs->folder[0]) return RESULT_OK;
    if (!mkdtemp(folder))
        return error_set(err, RESULT_IO, "/tmp: cannot make a folder there: %s", strerror(errno));
    snprintf(jobs->folder, sizeof jobs->folder, "%s", folder);
    return RESULT_OK;
}

enum result jobs_path(struct jobs *jobs, const char *name, char ret_path[JOB_PATH_MAX],
                      struct error *err) {
    enum result result = make_folder(jobs, err);
    if (result == RESULT_OK) snprintf(ret_path, JOB_PATH_MAX, "%.80s/%.40s", jobs->folder, name);
    return result;
}

void jobs_log_path(const struct jobs *jobs, enum job_kind kind, char ret_path[JOB_PATH_MAX]) {
    snprintf(ret_path, JOB_PATH_MAX, "%.80s/%s.log", jobs->folder, job_kind_name(kind));
}

static enum result start_stage(struct jobs *jobs, enum job_kind kind, struct error *err) {
    struct job *job = &jobs->list[kind];
    char log_path[JOB_PATH_MAX];
    jobs_log_path(jobs, kind, log_path);
    const struct process_manner manner = {.log_path = log_path, .is_gentle = true};
    return process_start_as(job->commands.argv[job->stage], &manner, &job->process, err);
}

/* The words point into their own store: a copy must point into its own. */
static void take_commands(struct job_commands *to, const struct job_commands *from) {
    *to = *from;
    for (size_t s = 0; s < to->stage_count; s++)
        for (size_t i = 0; i < to->counts[s]; i++)
            to->argv[s][i] = to->store + (from->argv[s][i] - from->store);
}

enum result jobs_begin(struct jobs *jobs, enum job_kind kind, const struct job_commands *commands,
                       int64_t now_ns, struct error *err) {
    struct job *job = &jobs->list[kind];
    if (!commands->is_whole) return error_set(err, RESULT_LIMIT, "a path is too long");
    enum result result = make_folder(jobs, err);
    if (result != RESULT_OK) return result;
    if (job->state == JOB_RUNNING) process_end(&job->process, END_MS);
    *job = (struct job){.number = ++jobs->last_number, .state = JOB_RUNNING, .begun_ns = now_ns};
    take_commands(&job->commands, commands);
    result = start_stage(jobs, kind, err);
    if (result != RESULT_OK) job->state = JOB_NONE;
    return result;
}

/* The last line that says something. */
static void take_last_words(const struct jobs *jobs, enum job_kind kind, struct job *job) {
    char path[JOB_PATH_MAX], line[JOB_TEXT_MAX];
    jobs_log_path(jobs, kind, path);
    FILE *log = fopen(path, "re");
    while (log && fgets(line, sizeof line, log)) {
        line[strcspn(line, "\n")] = '\0';
        if (line[0]) snprintf(job->text, sizeof job->text, "%s", line);
    }
    if (log) fclose(log);
}

static void fail(struct job *job, const char *why) {
    job->state = JOB_FAILED;
    snprintf(job->text, sizeof job->text, "%.200s", why);
}

static void take_end(struct jobs *jobs, enum job_kind kind) {
    struct job *job = &jobs->list[kind];
    struct error err = {0};
    if (job->process.exit_code != 0) {
        job->state = JOB_FAILED;
        take_last_words(jobs, kind, job);
    } else if (++job->stage == job->commands.stage_count) {
        job->state = JOB_DONE;
    } else if (start_stage(jobs, kind, &err) != RESULT_OK) {
        fail(job, err.text);
    }
}

bool jobs_tick(struct jobs *jobs, int64_t now_ns) {
    bool has_ended = false;
    for (enum job_kind kind = 0; kind < JOB_KIND_COUNT; kind++) {
        struct job *job = &jobs->list[kind];
        if (job->state != JOB_RUNNING) continue;
        if (now_ns - job->begun_ns > JOB_SECONDS_MAX * NS_PER_S) {
            process_end(&job->process, 0);
            fail(job, "it took too long and was ended");
        } else if (process_has_ended(&job->process)) {
            take_end(jobs, kind);
        }
        if (job->state == JOB_RUNNING) continue;
        job->ended_ns = now_ns;
        has_ended = true;
    }
    return has_ended;
}

const struct job *jobs_find(const struct jobs *jobs, uint32_t number, enum job_kind *ret_kind) {
    for (enum job_kind kind = 0; kind < JOB_KIND_COUNT; kind++) {
        if (!jobs->list[kind].state || jobs->list[kind].number != number) continue;
        *ret_kind = kind;
        return &jobs->list[kind];
    }
    return NULL;
}

void jobs_finish(struct jobs *jobs) {
    for (enum job_kind kind = 0; kind < JOB_KIND_COUNT; kind++)
        if (jobs->list[kind].state == JOB_RUNNING) process_end(&jobs->list[kind].process, END_MS);
    DIR *listing = jobs->folder[0] ? opendir(jobs->folder) : NULL;
    const struct dirent *item;
    for (int i = 0; listing && i < FILES_MAX && (item = readdir(listing)); i++) {
        char path[JOB_PATH_MAX + 256];
        snprintf(path, sizeof path, "%s/%s", jobs->folder, item->d_name);
        if (item->d_name[0] != '.') unlink(path);
    }
    if (listing) closedir(listing);
    if (jobs->folder[0] && rmdir(jobs->folder) != 0)
        log_warning("smprigd", "%s: not removed: %s", jobs->folder, strerror(errno));
    *jobs = (struct jobs){0};
}
