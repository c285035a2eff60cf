/* Figures of the whole-session simulation on a virtual clock: one core, noise-model sensors, the
 * checks of session, guard and link as they are. Times are CPU times of one thread. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#include "base/clock.h"
#include "sim/stage.h"
#include "sim/virtual.h"

#define LONGEST_NS (4000 * NS_PER_S)

static double cpu_s(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void figure_least(const char *name, double value, const char *unit, double goal) {
    printf("figure %s %.5g %s goal >=%g %s\n", name, value, unit, goal,
           value >= goal ? "ok" : "short");
}

static void figure_most(const char *name, double value, const char *unit, double goal) {
    printf("figure %s %.5g %s goal <=%g %s\n", name, value, unit, goal,
           value <= goal ? "ok" : "short");
}

struct run {
    double cpu_s, virtual_s;
    size_t struck;
};

static struct run run_session(const struct stage *stage, const struct dot_plan *plan) {
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
                                  .link_delay_ns = 1500 * NS_PER_US,
                                  .journal_delay_ns = NS_PER_MS};
    double begin_s = cpu_s();
    if (virtual_create(&setup, &rig, &err) != RESULT_OK) {
        fprintf(stderr, "%s\n", err.text);
        exit(1);
    }
    int64_t begin_ns = rig->now_ns;
    while (!virtual_is_over(rig) && rig->now_ns < LONGEST_NS) virtual_step(rig, INT64_MAX);
    struct run run = {cpu_s() - begin_s, ns_to_s(rig->now_ns - begin_ns), 0};
    for (size_t i = 0; i < plan->dot_count; i++) run.struck += fates[i] == FATE_DONE;
    virtual_destroy(&rig);
    free(fates);
    return run;
}

int main(void) {
    const struct stage_files files = {.rig = "configs/rigs/gantry.yaml",
                                      .scenario = "configs/scenarios/demo.yaml",
                                      .scan = "configs/scans/colin27.ply",
                                      .design = "configs/designs/crown.yaml"};
    struct stage stage;
    struct error err = {0};
    struct rusage usage;
    if (stage_read(&files, &stage, &err) != RESULT_OK) {
        fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    struct run run = run_session(&stage, &stage.plan);
    printf("# %zu of %zu dots in %.0f virtual s, %.2f CPU s\n", run.struck, stage.plan.dot_count,
           run.virtual_s, run.cpu_s);
    figure_least("session_speed", run.virtual_s / run.cpu_s, "x_real_time", 1000);
    figure_least("session_rate", (double)run.struck / run.cpu_s, "dots/s", 10000);
    getrusage(RUSAGE_SELF, &usage);
    figure_most("memory", (double)usage.ru_maxrss / 1024, "MB", 300);
    stage_release(&stage);
    return 0;
}
