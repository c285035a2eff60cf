/* smprig campaign: whole sessions under faults on a virtual clock, all invariants checked on every
 * trace; a violation comes with the command that plays it again. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/options.h"
#include "base/progress.h"
#include "base/share.h"
#include "cli/verbs.h"
#include "sim/campaign.h"

#define JOBS_MAX 64
#define DOTS_MAX 1e12
#define CHUNK_RUNS 8u
#define DOTS_A_RUN 100
/* What a million dots should take on two cores, and the budget from a trip to the
 * needle out (I3). */
#define CAMPAIGN_S 300
#define TRIP_MS 60

struct campaign_options {
    struct stage_files files;
    int64_t seed, dots, jobs, replay; /* replay: a run's number; -1: none */
};

struct worker {
    pid_t pid;
    int fd;
    bool is_done;
};

static const char usage[] =
    "Usage: smprig campaign [--seed N] [--dots M] [--jobs J]\n"
    "       smprig campaign --seed N --replay RUN\n"
    "       [--rig RIG.yaml] [--scan SCAN.ply] [--design DESIGN.yaml] [--scenario S.yaml]\n"
    "Runs sessions under faults on a virtual clock until about M dots (20000) are struck: "
    "first\n"
    "every fault at every moment, then random ones. --replay runs one of them again and "
    "writes\n"
    "its trace to stdout. Exit code 1 when an invariant was violated.\n";

/* Every jobs-th run from `first` on, in chunks down the pipe. */
static int work(const struct campaign_setup *setup, uint64_t first, uint64_t step, uint64_t end,
                int fd) {
    struct campaign_result part = {0};
    struct error err = {0};
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (uint64_t run = first; run < end; run += step) {
        if (campaign_run(setup, run, &part, NULL, &err) != RESULT_OK) {
            fprintf(stderr, "smprig campaign: run %llu: %s\n", (unsigned long long)run, err.text);
            return EX_SOFTWARE;
        }
        if (part.runs < CHUNK_RUNS && run + step < end) continue;
        if (write(fd, &part, sizeof part) != (ssize_t)sizeof part) return EX_IOERR;
        part = (struct campaign_result){0};
    }
    return EX_OK;
}

static enum result start_workers(const struct campaign_setup *setup, size_t jobs, uint64_t runs,
                                 struct worker *workers, struct error *err) {
    for (size_t i = 0; i < jobs; i++) {
        int ends[2];
        if (pipe(ends) != 0) return error_set(err, RESULT_IO, "pipe: %s", strerror(errno));
        workers[i] = (struct worker){.fd = ends[0], .pid = fork()};
        if (workers[i].pid == 0) {
            close(ends[0]);
            _exit(work(setup, i, jobs, runs, ends[1]));
        }
        close(ends[1]);
        if (workers[i].pid < 0) return error_set(err, RESULT_IO, "fork: %s", strerror(errno));
    }
    return RESULT_OK;
}

static bool read_part(int fd, struct campaign_result *part) {
    char *to = (char *)part;
    for (size_t have = 0; have < sizeof *part;) {
        ssize_t got = read(fd, to + have, sizeof *part - have);
        if (got <= 0) return false;
        have += (size_t)got;
    }
    return true;
}

static void gather(struct worker *workers, size_t jobs, uint64_t runs,
                   struct campaign_result *sum) {
    struct progress progress;
    progress_begin(&progress, "campaign", "runs", clock_now_ns());
    for (size_t open = jobs; open > 0;) {
        struct pollfd set[JOBS_MAX];
        for (size_t i = 0; i < jobs; i++)
            set[i] = (struct pollfd){workers[i].is_done ? -1 : workers[i].fd, POLLIN, 0};
        (void)poll(set, (nfds_t)jobs, -1);
        for (size_t i = 0; i < jobs; i++) {
            struct campaign_result part;
            if (!(set[i].revents & (POLLIN | POLLHUP))) continue;
            workers[i].is_done = !read_part(workers[i].fd, &part);
            if (workers[i].is_done)
                open--;
            else
                campaign_add(sum, &part);
        }
        progress_update(&progress, (double)sum->runs, (double)runs, clock_now_ns());
    }
    progress_end(&progress, clock_now_ns());
}

static int compare_failed(const void *a, const void *b) {
    const struct campaign_failed *x = a, *y = b;
    return (x->run > y->run) - (x->run < y->run);
}

static void print_failed(const struct campaign_options *options, struct campaign_result *sum) {
    size_t kept = sum->failed_count < CAMPAIGN_FAILED_MAX ? sum->failed_count : CAMPAIGN_FAILED_MAX;
    qsort(sum->failed, kept, sizeof *sum->failed, compare_failed);
    for (int i = 1; i <= INVARIANT_COUNT; i++)
        if (sum->violations[i])
            printf("  I%-2d %8llu  %s\n", i, (unsigned long long)sum->violations[i],
                   invariant_words(i));
    for (size_t i = 0; i < kept; i++) {
        const struct campaign_failed *failed = &sum->failed[i];
        printf("  run %llu, %.3f s: I%d: %s\n    after: %s, %s\n", (unsigned long long)failed->run,
               ns_to_s(failed->violation.at_ns - NS_PER_S), failed->violation.number,
               failed->violation.text, faults[failed->fault].name, moment_name(failed->moment));
        printf("    smprig campaign --seed %lld --replay %llu\n", (long long)options->seed,
               (unsigned long long)failed->run);
    }
}

static void print_waiting(const struct campaign_options *options,
                          const struct campaign_result *sum) {
    printf("%llu runs were so long that no more faults came after 900 s\n",
           (unsigned long long)sum->spared);
    printf("%llu runs wait for a person at their end%s\n", (unsigned long long)sum->unfinished,
           sum->unfinished ? ":" : "");
    for (size_t i = 0; i < sum->unfinished && i < CAMPAIGN_WAITING_MAX; i++)
        printf("  run %llu, %s\n    smprig campaign --seed %lld --replay %llu\n",
               (unsigned long long)sum->waiting[i].run, sum->waiting[i].reason,
               (long long)options->seed, (unsigned long long)sum->waiting[i].run);
}

static void print_excused(const struct campaign_result *sum) {
    printf(
        "%llu strikes met a head that jumped after they were sent; a head came to a retracted "
        "needle %llu times\n",
        (unsigned long long)sum->jumped, (unsigned long long)sum->touches);
    for (int e = 1; e < EXCUSE_COUNT; e++) {
        printf("excused, %s:\n", invariant_excuse_words((enum invariant_excuse)e));
        for (int i = 1; i <= INVARIANT_COUNT; i++)
            if (sum->excused[e][i])
                printf("  I%-2d %8llu  %s\n", i, (unsigned long long)sum->excused[e][i],
                       invariant_words(i));
    }
}

static void figure(const char *name, double value, const char *unit, double goal, bool is_most) {
    bool is_met = is_most ? value <= goal : value >= goal;
    printf("figure %s %.6g %s goal %s%g %s\n", name, value, unit, is_most ? "<=" : ">=", goal,
           is_met ? "ok" : "short");
}

static int print_summary(const struct campaign_options *options, struct campaign_result *sum,
                         double wall_s) {
    uint64_t violations = 0, injected = 0, kinds = 0;
    for (int i = 1; i <= INVARIANT_COUNT; i++) violations += sum->violations[i];
    for (size_t i = 0; i < fault_count; i++) injected += sum->injected[i];
    for (size_t i = 0; i < fault_count; i++) kinds += sum->injected[i] > 0;
    printf("dots struck %llu (done %llu, doubtful %llu, skipped %llu, pending %llu) in %llu runs\n",
           (unsigned long long)sum->dots, (unsigned long long)sum->done,
           (unsigned long long)sum->doubtful, (unsigned long long)sum->skipped,
           (unsigned long long)sum->pending, (unsigned long long)sum->runs);
    printf("faults %llu:\n", (unsigned long long)injected);
    for (size_t i = 0; i < fault_count; i++)
        printf("  hazard %-2d %8llu  %s\n", faults[i].hazard, (unsigned long long)sum->injected[i],
               faults[i].name);
    print_waiting(options, sum);
    print_excused(sum);
    printf("violations %llu\n", (unsigned long long)violations);
    print_failed(options, sum);
    figure("campaign_dots", (double)sum->dots, "1", (double)options->dots, false);
    figure("campaign_fault_kinds", (double)kinds, "1", (double)fault_count, false);
    figure("campaign_violations", (double)violations, "1", 0, true);
    figure("campaign_trip_to_needle_out_p99", campaign_trip_ms(sum, 0.99), "ms", TRIP_MS, true);
    figure("campaign_trip_to_needle_out_max", campaign_trip_ms(sum, 1.0), "ms", TRIP_MS, true);
    figure("campaign_time", wall_s, "s", CAMPAIGN_S, true);
    figure("campaign_speed", ns_to_s(sum->virtual_ns) / wall_s, "x_real_time", 140, false);
    figure("campaign_rate", (double)sum->dots / wall_s, "dots/s", 3400, false);
    return violations ? EXIT_FAILURE : EX_OK;
}

static int replay(const struct campaign_options *options, const struct campaign_setup *setup) {
    struct campaign_result sum = {0};
    struct error err = {0};
    enum result result = campaign_run(setup, (uint64_t)options->replay, &sum, stdout, &err);
    if (result != RESULT_OK) return verb_fail("campaign", &err);
    return sum.failed_count ? EXIT_FAILURE : EX_OK;
}

static int run_campaign(struct campaign_options *options) {
    struct stage stage;
    struct error err = {0};
    struct worker workers[JOBS_MAX] = {0};
    struct campaign_result *sum = calloc(1, sizeof *sum);
    if (!sum) return EX_OSERR;
    enum result result = stage_read(&options->files, &stage, &err);
    if (result != RESULT_OK) {
        free(sum);
        return verb_fail("campaign", &err);
    }
    const struct campaign_setup setup = {&stage, (uint64_t)options->seed, DOTS_A_RUN, 0};
    int code = EX_OK;
    if (options->replay >= 0) {
        code = replay(options, &setup);
    } else {
        uint64_t runs = campaign_grid_size(&setup) + (uint64_t)options->dots / DOTS_A_RUN;
        int64_t begin_ns = clock_now_ns();
        fflush(NULL);
        result = start_workers(&setup, (size_t)options->jobs, runs, workers, &err);
        if (result == RESULT_OK) gather(workers, (size_t)options->jobs, runs, sum);
        for (size_t i = 0; i < (size_t)options->jobs; i++)
            if (workers[i].pid > 0) waitpid(workers[i].pid, NULL, 0);
        if (result == RESULT_OK && sum->runs != runs)
            result = error_set(&err, RESULT_IO, "a worker died: %llu of %llu runs are known",
                               (unsigned long long)sum->runs, (unsigned long long)runs);
        code = result == RESULT_OK ? print_summary(options, sum, ns_to_s(clock_now_ns() - begin_ns))
                                   : verb_fail("campaign", &err);
    }
    stage_release(&stage);
    free(sum);
    return code;
}

int verb_campaign(int argc, char **argv) {
    struct campaign_options o = {.files = {.rig = share_path("configs/rigs/gantry.yaml"),
                                           .scenario = share_path("configs/scenarios/demo.yaml"),
                                           .scan = share_path("configs/scans/colin27.ply"),
                                           .design = share_path("configs/designs/crown.yaml")},
                                 .seed = 1,
                                 .dots = 20000,
                                 .jobs = sysconf(_SC_NPROCESSORS_ONLN),
                                 .replay = -1};
    const struct option_row rows[] = {
        {"seed", .integer = &o.seed},
        {"dots", .integer = &o.dots, .high = DOTS_MAX},
        {"jobs", .integer = &o.jobs, .low = 1, .high = JOBS_MAX},
        {"replay", .integer = &o.replay},
        {"rig", .text = &o.files.rig},
        {"scan", .text = &o.files.scan},
        {"design", .text = &o.files.design},
        {"scenario", .text = &o.files.scenario},
    };
    const struct options options = {"smprig", usage, OPTION_ROWS(rows)};
    int code;
    if (o.jobs > JOBS_MAX) o.jobs = JOBS_MAX;
    return options_parse(&options, argc, argv, &code) ? run_campaign(&o) : code;
}
