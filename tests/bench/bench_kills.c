/* kill -9 at random moments of a session, again and again, over one case file after the other:
 * bench-kills [KILLS [SEED]]. Session, guard, board and skin run on the virtual clock in a process
 * of their own with the real case file on the real disk; a second process kills it and starts the
 * next, which takes the case up. What truly went out to the board is noted in memory that outlives
 * the killed; afterwards it and the case file must agree about every dot. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/rng.h"
#include "controller/journal/journal.h"
#include "tests/sim/session_scene.h"

#define KILLS_DEFAULT 100
#define KILL_WITHIN_US 60000 /* a session of this plan takes about that long */
#define OPEN_FAILURES_MAX 3
#define SESSION_NS (600 * NS_PER_S)

/* By plan index, shared with the processes that get killed. */
struct truth {
    uint32_t sent, executed;
};

struct setting {
    struct session_scene scene;
    struct truth *truth;
    char path[64];
    struct journal_binding binding;
};

struct tally {
    size_t kills, cases, dots, done, doubtful, doubled, lost, phantom, failed_opens;
};

struct witness {
    struct setting *setting;
    struct journal *journal;
};

static void die(const char *what) {
    fprintf(stderr, "bench-kills: %s\n", what);
    exit(1);
}

static size_t index_of(const struct dot_plan *plan, uint32_t id) {
    for (size_t i = 0; i < plan->dot_count; i++)
        if (plan->dots[i].id == id) return i;
    return SIZE_MAX;
}

static void on_event(void *context, const struct guard_event *event) {
    struct witness *witness = context;
    if (event->command != CLEARED_STRIKE || event->line == 0) return;
    size_t i = index_of(&witness->setting->scene.plan, event->dot);
    if (i == SIZE_MAX) return;
    if (event->kind == GUARD_EVENT_ACCEPTED) witness->setting->truth[i].sent++;
    if (event->kind == GUARD_EVENT_EXECUTED) witness->setting->truth[i].executed++;
}

/* Called before the session hears that the entry is durable: after this it is. */
static void on_entry(void *context, const struct journal_entry *entry) {
    struct witness *witness = context;
    struct error err = {0};
    if (journal_append(witness->journal, entry, 1, &err) != RESULT_OK) die(err.text);
}

/* What the killed process does: open the case, strike what is pending, end. */
static void run_session(struct setting *setting, uint64_t seed) {
    struct witness witness = {setting, NULL};
    struct dot_plan *plan = &setting->scene.plan;
    struct virtual_rig *rig = NULL;
    struct error err = {0};
    if (journal_open(setting->path, plan, setting->binding, &witness.journal, &err) != RESULT_OK) {
        fprintf(stderr, "%s\n", err.text);
        _exit(2);
    }
    for (size_t i = 0; i < plan->dot_count; i++)
        setting->scene.fates[i] = (uint8_t)journal_fate(witness.journal, plan->dots[i].id);
    struct virtual_setup setup = {
        .rig = &setting->scene.rig,
        .scenario = &setting->scene.scenario,
        .field = &setting->scene.field.view,
        .plan = plan,
        .fates = setting->scene.fates,
        .seed = seed,
        .pose_noise_mm = 0.002,
        .link_delay_ns = 2500 * NS_PER_US,
        .watch = {.context = &witness, .on_event = on_event, .on_entry = on_entry}};
    if (virtual_create(&setup, &rig, &err) != RESULT_OK) die(err.text);
    for (int64_t ran_ns = 0; !virtual_is_over(rig) && ran_ns < SESSION_NS; ran_ns += NS_PER_S)
        virtual_run(rig, NS_PER_S);
    bool is_whole = rig->session.phase == SESSION_FINISHED;
    journal_close(&witness.journal);
    _exit(is_whole ? 0 : 3);
}

static void remove_case(const struct setting *setting) {
    static const char *const suffixes[] = {"", "-wal", "-shm", ".making"};
    char path[80];
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
        snprintf(path, sizeof path, "%s%s", setting->path, suffixes[i]);
        unlink(path);
    }
}

/* The case file against what truly went out. */
static void judge(struct setting *setting, struct tally *tally) {
    struct journal *journal = NULL;
    struct error err = {0};
    struct dot_plan *plan = &setting->scene.plan;
    if (journal_open(setting->path, plan, setting->binding, &journal, &err) != RESULT_OK ||
        journal_verify(journal, &err) != RESULT_OK)
        die(err.text);
    for (size_t i = 0; i < plan->dot_count; i++) {
        enum dot_fate fate = journal_fate(journal, plan->dots[i].id);
        const struct truth *truth = &setting->truth[i];
        tally->dots++;
        tally->done += fate == FATE_DONE;
        tally->doubtful += fate == FATE_DOUBTFUL;
        tally->doubled += truth->sent > 1;
        tally->lost += truth->sent && fate != FATE_DONE && fate != FATE_DOUBTFUL;
        tally->phantom += fate == FATE_DONE && !truth->executed;
    }
    tally->cases++;
    journal_close(&journal);
    remove_case(setting);
    memset(setting->truth, 0, plan->dot_count * sizeof *setting->truth);
}

/* True when the session came to its end before it was killed. */
static bool run_and_kill(struct setting *setting, struct tally *tally, struct rng *rng) {
    int status = 0;
    uint64_t seed = rng_u64(rng);
    int64_t wait_us = (int64_t)rng_below(rng, KILL_WITHIN_US);
    pid_t child = fork();
    if (child < 0) die(strerror(errno));
    if (child == 0) run_session(setting, seed);
    nanosleep(&(struct timespec){0, wait_us * 1000}, NULL);
    kill(child, SIGKILL);
    if (waitpid(child, &status, 0) != child) die(strerror(errno));
    if (WIFSIGNALED(status)) {
        tally->kills++;
        return false;
    }
    if (WEXITSTATUS(status) == 2 && ++tally->failed_opens > OPEN_FAILURES_MAX)
        die("the case file cannot be opened any more");
    if (WEXITSTATUS(status) == 3) die("a session did not come to its end");
    return WEXITSTATUS(status) == 0;
}

static void print_figure(const char *name, size_t value, size_t goal) {
    printf("figure %s %zu 1 goal <=%zu %s\n", name, value, goal, value <= goal ? "ok" : "short");
}

int main(int argc, char **argv) {
    static struct setting setting;
    static const char hash[] = "0000000000000000000000000000000000000000000000000000000000000000";
    size_t wanted = argc > 1 ? strtoul(argv[1], NULL, 10) : KILLS_DEFAULT;
    uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    struct tally tally = {0};
    struct rng rng;
    char folder[] = "/var/tmp/smprig-kills.XXXXXX"; /* a real disk, for real syncs */
    rng_init(&rng, seed);
    if (!mkdtemp(folder)) die(strerror(errno));
    snprintf(setting.path, sizeof setting.path, "%s/case.db", folder);
    setting.binding = (struct journal_binding){hash, hash};
    if (!scene_init(&setting.scene, "configs/rigs/gantry.yaml", "configs/designs/patch.yaml"))
        die("the case cannot be made");
    size_t bytes = setting.scene.plan.dot_count * sizeof *setting.truth;
    setting.truth = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (setting.truth == MAP_FAILED) die(strerror(errno));
    while (tally.kills < wanted)
        if (run_and_kill(&setting, &tally, &rng)) judge(&setting, &tally);
    while (!run_and_kill(&setting, &tally, &rng)) continue;
    judge(&setting, &tally);
    rmdir(folder);
    munmap(setting.truth, bytes);
    scene_release(&setting.scene);
    printf("seed %llu: %zu kills over %zu cases of %zu dots: %zu done, %zu doubtful\n",
           (unsigned long long)seed, tally.kills, tally.cases, tally.dots, tally.done,
           tally.doubtful);
    print_figure("kills_doubled", tally.doubled, 0);
    print_figure("kills_silently_lost", tally.lost, 0);
    print_figure("kills_phantom_done", tally.phantom, 0);
    print_figure("kills_cases_not_opened", tally.failed_opens, 0);
    return 0;
}
