/* Figures of the whole-session simulation on a virtual clock: the checks of session, guard and link
 * as they are. A session's time is the CPU time of one thread from the first step to the last;
 * reading the scan, building its field, filling and ordering the plan come before it and are told
 * apart. The sweep's scaling is wall time: on a machine that others use too it falls short. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/process.h"
#include "sim/stage.h"
#include "sim/virtual.h"
#include "tests/bench/figure.h"

#define LONGEST_NS (4000 * NS_PER_S)
#define MANY_DOTS 20000u
#define DRAWN_DOTS 60u
#define CELLS 4

/* Resident memory now, MB. */
static double resident_mb(void) {
    long pages = 0;
    FILE *stream = fopen("/proc/self/statm", "re");
    if (!stream || fscanf(stream, "%*d %ld", &pages) != 1) pages = 0;
    if (stream) fclose(stream);
    return (double)pages * (double)sysconf(_SC_PAGESIZE) / 1048576.0;
}

struct run {
    double cpu_s, virtual_s, grown_mb; /* grown: from a tenth of the dots to the end */
    size_t struck;
};

static void fail(const struct error *err) {
    fprintf(stderr, "bench-sim: %s\n", err->text);
    exit(1);
}

static struct run run_session(const struct stage *stage, const struct dot_plan *plan,
                              struct virtual_cameras *cameras) {
    struct virtual_rig *rig = NULL;
    struct error err = {0};
    uint8_t *fates = calloc(plan->dot_count, 1);
    struct virtual_setup setup = {.rig = &stage->rig,
                                  .scenario = &stage->scenario,
                                  .field = &stage->field.view,
                                  .plan = plan,
                                  .fates = fates,
                                  .seed = 1,
                                  .pose_noise_mm = 0.002,
                                  .cameras = cameras,
                                  .link_delay_ns = 1500 * NS_PER_US,
                                  .journal_delay_ns = NS_PER_MS};
    double begin_s = cpu_s(), early_mb = 0;
    if (virtual_create(&setup, &rig, &err) != RESULT_OK) fail(&err);
    int64_t begin_ns = rig->now_ns;
    while (!virtual_is_over(rig) && rig->now_ns < LONGEST_NS) {
        virtual_step(rig, INT64_MAX);
        if (early_mb <= 0 && rig->session.striker.done_count * 10 > plan->dot_count)
            early_mb = resident_mb();
    }
    struct run run = {.cpu_s = cpu_s() - begin_s,
                      .virtual_s = ns_to_s(rig->now_ns - begin_ns),
                      .grown_mb = resident_mb() - early_mb};
    for (size_t i = 0; i < plan->dot_count; i++) run.struck += fates[i] == FATE_DONE;
    virtual_destroy(&rig);
    free(fates);
    printf("# %zu of %zu dots in %.0f virtual s, %.2f CPU s\n", run.struck, plan->dot_count,
           run.virtual_s, run.cpu_s);
    return run;
}

static void read_stage(const char *design, struct stage *stage) {
    const struct stage_files files = {.rig = "configs/rigs/gantry.yaml",
                                      .scenario = "configs/scenarios/demo.yaml",
                                      .scan = "configs/scans/colin27.ply",
                                      .design = design};
    struct error err = {0};
    double begin_s = cpu_s();
    if (stage_read(&files, stage, &err) != RESULT_OK) fail(&err);
    printf("# %s: field, plan and order in %.1f CPU s\n", design, cpu_s() - begin_s);
}

static void one_session(void) {
    struct stage stage;
    read_stage("configs/designs/crown.yaml", &stage);
    struct run run = run_session(&stage, &stage.plan, NULL);
    figure_least("session_speed", run.virtual_s / run.cpu_s, "x_real_time", 1000);
    figure_least("session_rate", (double)run.struck / run.cpu_s, "dots/s", 10000);
    struct virtual_cameras *cameras = NULL;
    struct error err = {0};
    const struct virtual_cameras_setup setup = {.cameras = "configs/cameras/stereo.yaml",
                                                .ring = "configs/rings/crown12.yaml",
                                                .field = &stage.field.view,
                                                .seed = 1};
    if (virtual_cameras_create(&setup, &cameras, &err) != RESULT_OK) fail(&err);
    const struct dot_plan few = stage_window(&stage, 0, DRAWN_DOTS);
    run = run_session(&stage, &few, cameras);
    figure_least("rendered_speed", run.virtual_s / run.cpu_s, "x_real_time", 1);
    virtual_cameras_destroy(&cameras);
    stage_release(&stage);
}

static void many_dots(void) {
    struct stage stage;
    struct rusage usage;
    read_stage("configs/designs/whole_scalp.yaml", &stage);
    stage.scenario.drift_mm_s = 0; /* half an hour of it carries the rim out of reach */
    const struct dot_plan plan = stage_window(
        &stage, 0, stage.plan.dot_count < MANY_DOTS ? stage.plan.dot_count : MANY_DOTS);
    struct run run = run_session(&stage, &plan, NULL);
    figure_most("session_of_20000_dots", run.cpu_s * MANY_DOTS / (double)run.struck, "s", 3);
    figure_most("memory_grown_while_striking", run.grown_mb, "MB", 1);
    getrusage(RUSAGE_SELF, &usage);
    figure_most("memory", (double)usage.ru_maxrss / 1024, "MB", 300);
    stage_release(&stage);
}

/* --- a sweep, by the program itself --- */

struct sweep_run {
    double wall_s;
    char sha256[CELLS][SHA256_HEX_SIZE]; /* of each cell's result */
};

static struct sweep_run run_sweep(const char *folder, const char *jobs) {
    char sweep[256], out[256], log[256];
    struct process process;
    struct error err = {0};
    struct sweep_run run = {0};
    snprintf(sweep, sizeof sweep, "%s/sweep.yaml", folder);
    snprintf(out, sizeof out, "%s/jobs-%s", folder, jobs);
    snprintf(log, sizeof log, "%s/jobs-%s.log", folder, jobs);
    const char *const argv[] = {"../bin/smprig", "sweep", sweep, "-o", out, "--jobs", jobs, NULL};
    int64_t begin_ns = clock_now_ns();
    if (process_start(argv, log, &process, &err) != RESULT_OK) fail(&err);
    if (process_wait(&process, &err) != RESULT_OK) fail(&err);
    run.wall_s = ns_to_s(clock_now_ns() - begin_ns);
    for (int i = 0; i < CELLS; i++) {
        char path[300];
        snprintf(path, sizeof path, "%s/%06d/result.json", out, i);
        if (file_sha256(path, run.sha256[i], &err) != RESULT_OK) fail(&err);
    }
    return run;
}

static void one_sweep(void) {
    char folder[] = "/tmp/bench-sim-XXXXXX", path[64];
    if (!mkdtemp(folder)) exit(1);
    snprintf(path, sizeof path, "%s/sweep.yaml", folder);
    FILE *stream = fopen(path, "we");
    if (!stream) exit(1);
    fprintf(stream,
            "name: bench\nscenarios: [{file: configs/scenarios/quiet_head.yaml}]\n"
            "designs: [{file: configs/designs/patch.yaml}]\nseed_count: %d\ndots: 60\n",
            CELLS);
    fclose(stream);
    struct sweep_run one = run_sweep(folder, "1"), two = run_sweep(folder, "2");
    printf("# %d cells: %.1f s with one job, %.1f s with two; left in %s\n", CELLS, one.wall_s,
           two.wall_s, folder);
    figure_least("sweep_scaling_of_two_jobs", one.wall_s / two.wall_s, "", 1.8);
    figure_most("cells_that_differ_by_jobs", memcmp(one.sha256, two.sha256, sizeof one.sha256) != 0,
                "", 0);
}

int main(void) {
    one_session();
    many_dots();
    one_sweep();
    return 0;
}
