#include "sim/campaign.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "sim/observer.h"
#include "sim/operator.h"

#define GRID_DOTS 10
#define FAULT_GAP_S 4.0              /* mean time between the faults of a random run */
#define QUIET_NS (120 * NS_PER_S)    /* without a fault and without progress: it will not go on */
#define FAULTS_NS (900 * NS_PER_S)   /* a run that long has had its faults: no more come */
#define LONGEST_NS (3600 * NS_PER_S) /* and one that long goes round, whatever it strikes */
#define ROUND_PHASES 4               /* so many phases entered in half of that: it goes round */
#define LOOK_NS (20 * NS_PER_MS)     /* the run is looked at this often at least */
#define LAST_NS (600 * NS_PER_MS)
#define POSE_NOISE_MM 0.002
#define LINK_DELAY_NS (1500 * NS_PER_US)
#define MOMENT_PATIENCE_NS (8 * NS_PER_S) /* a moment that does not come is given up */

/* The fault that comes next, and the one that is there. */
struct plan_of_faults {
    size_t next, now;
    enum moment moment;
    bool has_next, is_there, is_once; /* once: none after it */
    int64_t from_ns, until_ns;        /* next: not before; now: until */
    int64_t quiet_ns;                 /* when the newest fault was over */
};

struct run {
    struct observer eyes;
    struct virtual_rig *rig;
    struct rng rng;
    struct plan_of_faults faults;
    struct sim_operator person;
    bool is_spared;    /* it was so long that no more faults come */
    size_t fault_rows; /* that it draws from */
    size_t done_count;
    int64_t progress_ns; /* when a dot was done last */
    enum session_phase phase;
    int64_t phase_ns[ROUND_PHASES]; /* when it changed, the newest first */
    size_t fault_at_violation;      /* that came last before the first violation */
    enum moment moment_at_violation;
};

/* --- faults --- */

static void plan_next(struct run *run) {
    struct plan_of_faults *plan = &run->faults;
    if (plan->is_once || run->is_spared) return;
    plan->next = rng_below(&run->rng, (uint32_t)run->fault_rows);
    plan->moment =
        rng_below(&run->rng, 2) ? MOMENT_ANY : (enum moment)rng_below(&run->rng, MOMENT_COUNT);
    plan->from_ns = run->rig->now_ns + s_to_ns(-FAULT_GAP_S * log(1.0 - rng_uniform(&run->rng)));
    plan->has_next = true;
}

static void inject(struct run *run, struct campaign_result *sum) {
    struct plan_of_faults *plan = &run->faults;
    const struct fault *fault = &faults[plan->next];
    run->eyes.trace.now_ns = run->rig->now_ns;
    trace_note(&run->eyes.trace, "FAULT", "%s (hazard %d), %s", fault->name, fault->hazard,
               moment_name(plan->moment));
    observer_on_fault(&run->eyes, fault->excuse, true);
    bool had_daemon = run->rig->has_daemon, had_guard = run->rig->has_guard;
    fault->inject(run->rig, &run->rng);
    if (had_daemon && !run->rig->has_daemon) invariants_on_daemon(run->eyes.inv, false);
    if (had_guard && !run->rig->has_guard) invariants_on_guard(run->eyes.inv);
    sum->injected[plan->next]++;
    plan->now = plan->next;
    if (run->eyes.inv->violation_count == 0) {
        run->fault_at_violation = plan->now;
        run->moment_at_violation = plan->moment;
    }
    plan->has_next = false;
    plan->is_there = true;
    plan->until_ns =
        run->rig->now_ns +
        (fault->lasts_ms ? s_to_ns(1e-3 * rng_range(&run->rng, 0.02, 1) * fault->lasts_ms) : 0);
}

static void tend_faults(struct run *run, struct campaign_result *sum) {
    struct plan_of_faults *plan = &run->faults;
    int64_t now_ns = run->rig->now_ns;
    if (plan->is_there && now_ns >= plan->until_ns) {
        const struct fault *fault = &faults[plan->now];
        if (fault->clear) fault->clear(run->rig);
        observer_on_fault(&run->eyes, fault->excuse, false);
        run->eyes.trace.now_ns = now_ns;
        trace_note(&run->eyes.trace, "FAULT", "%s: over", fault->name);
        plan->is_there = false;
        plan->quiet_ns = now_ns;
        plan_next(run);
    }
    if (!plan->has_next || plan->is_there || now_ns < plan->from_ns) return;
    if (plan->moment != MOMENT_ANY) world_step(&run->rig->world, now_ns);
    if (moment_is_now(run->rig, plan->moment))
        inject(run, sum);
    else if (now_ns - plan->from_ns > MOMENT_PATIENCE_NS && !plan->is_once)
        plan_next(run);
}

/* --- one run --- */

static bool is_over(const struct run *run, int64_t begin_ns) {
    const struct virtual_rig *rig = run->rig;
    int64_t now_ns = rig->now_ns, progress_ns = run->progress_ns;
    bool is_finished = rig->has_daemon && rig->session.phase == SESSION_FINISHED;
    int64_t since_ns = run->faults.quiet_ns > progress_ns ? run->faults.quiet_ns : progress_ns;
    if (since_ns < begin_ns) since_ns = begin_ns;
    if (is_finished && !run->faults.is_there && now_ns - run->faults.quiet_ns > LAST_NS)
        return true;
    return now_ns - since_ns > QUIET_NS || now_ns - begin_ns > LONGEST_NS;
}

static void note_progress(struct run *run, int64_t begin_ns) {
    const struct virtual_rig *rig = run->rig;
    if (rig->session.striker.done_count > run->done_count) {
        run->progress_ns = rig->now_ns;
        run->done_count = rig->session.striker.done_count;
    }
    if (rig->session.phase != run->phase) {
        memmove(&run->phase_ns[1], run->phase_ns, sizeof run->phase_ns - sizeof run->phase_ns[0]);
        run->phase_ns[0] = rig->now_ns;
    }
    run->phase = rig->session.phase;
    run->is_spared = run->is_spared || rig->now_ns - begin_ns > FAULTS_NS;
    if (run->is_spared) run->faults.has_next = false;
}

static void run_to_the_end(struct run *run, struct campaign_result *sum) {
    struct virtual_rig *rig = run->rig;
    int64_t begin_ns = rig->now_ns;
    while (!is_over(run, begin_ns)) {
        virtual_step(rig, rig->now_ns + LOOK_NS);
        observer_look(&run->eyes);
        note_progress(run, begin_ns);
        tend_faults(run, sum);
        struct operator_news news = operator_act(&run->person, rig);
        /* As "cable out" does: the guard does not open its port again by itself, so nobody draws
         * the needle back from a head that comes to it, until the rig runs again. */
        if (news.has_pulled_cable) observer_on_fault(&run->eyes, EXCUSE_HELPLESS, true);
        if (news.has_set_marks) {
            invariants_on_hand(run->eyes.inv);
            observer_on_fault(&run->eyes, EXCUSE_HELPLESS, true);
        }
        if (news.has_new_guard) invariants_on_guard(run->eyes.inv);
        if (news.has_new_daemon) invariants_on_daemon(run->eyes.inv, true);
    }
    /* What was under way, and the disk. */
    for (int64_t end_ns = rig->now_ns + LAST_NS; rig->now_ns < end_ns; observer_look(&run->eyes))
        virtual_step(rig, end_ns);
    sum->virtual_ns += rig->now_ns - begin_ns;
}

/* Without faults and without a dot for long: a run that still goes from phase to phase does not
 * wait, it goes round. */
static void judge_end(struct run *run, uint64_t number, struct campaign_result *sum) {
    const struct virtual_rig *rig = run->rig;
    const char *reason = NULL;
    sum->spared += run->is_spared;
    int64_t round_ns = run->phase_ns[ROUND_PHASES - 1];
    run->eyes.goes_round = (round_ns && rig->now_ns - round_ns < QUIET_NS / 2 &&
                            rig->now_ns - run->progress_ns > QUIET_NS) ||
                           rig->now_ns > LONGEST_NS;
    if (observer_judge_end(&run->eyes, &reason)) return;
    if (sum->unfinished < CAMPAIGN_WAITING_MAX) {
        struct campaign_waiting *waiting = &sum->waiting[sum->unfinished];
        waiting->run = number;
        snprintf(waiting->reason, sizeof waiting->reason, "%s: %s",
                 session_phase_name(rig->session.phase),
                 reason && reason[0] ? reason : "no reason");
    }
    sum->unfinished++;
}

static void sum_up(const struct run *run, uint64_t number, struct campaign_result *sum) {
    const struct invariants *inv = run->eyes.inv;
    const struct virtual_rig *rig = run->rig;
    size_t kept = inv->violation_count < VIOLATIONS_MAX ? inv->violation_count : VIOLATIONS_MAX;
    sum->runs++;
    sum->dots += rig->world.puncture_count;
    sum->jumped += inv->excused_count;
    for (int e = 0; e < EXCUSE_COUNT; e++)
        for (int i = 0; i <= INVARIANT_COUNT; i++) sum->excused[e][i] += inv->excused[e][i];
    sum->touches += inv->touch_count;
    for (size_t i = 0; i < rig->setup.plan->dot_count; i++) {
        sum->done += rig->setup.fates[i] == FATE_DONE;
        sum->doubtful += rig->setup.fates[i] == FATE_DOUBTFUL;
        sum->skipped += rig->setup.fates[i] == FATE_SKIPPED;
        sum->pending += rig->setup.fates[i] == FATE_PENDING;
    }
    for (size_t i = 0; i <= 100; i++) {
        sum->trips_by_ms[i] += inv->trips_by_ms[i];
        sum->trips += inv->trips_by_ms[i];
    }
    for (size_t i = 0; i < kept; i++) sum->violations[inv->violations[i].number]++;
    if (kept == 0) return;
    if (sum->failed_count < CAMPAIGN_FAILED_MAX)
        sum->failed[sum->failed_count] = (struct campaign_failed){
            number, inv->violations[0], run->fault_at_violation, run->moment_at_violation};
    sum->failed_count++;
}

static size_t rows_of(const struct campaign_setup *setup) {
    return setup->faults && setup->faults < fault_count ? setup->faults : fault_count;
}

uint64_t campaign_grid_size(const struct campaign_setup *setup) {
    return rows_of(setup) * (MOMENT_COUNT - 1);
}

/* What is different from run to run: where on the head, how it moves, which faults come. */
static void vary(const struct campaign_setup *setup, uint64_t number, struct run *run,
                 struct scenario *scenario) {
    bool is_grid = number < campaign_grid_size(setup);
    *scenario = setup->stage->scenario;
    scenario->breathing_mm *= rng_range(&run->rng, 0.2, 1.2);
    scenario->breathing_hz *= rng_range(&run->rng, 0.8, 1.3);
    scenario->drift_mm_s *= rng_range(&run->rng, -2, 2);
    if (!is_grid) return;
    run->faults = (struct plan_of_faults){.next = number / (MOMENT_COUNT - 1),
                                          .moment = (enum moment)(1 + number % (MOMENT_COUNT - 1)),
                                          .has_next = true,
                                          .is_once = true};
    /* These moments come by an operator's hand, or by another fault. */
    run->person.holds_once =
        run->faults.moment == MOMENT_HOLDING || run->faults.moment == MOMENT_HELD;
    run->person.faults_once = run->faults.moment == MOMENT_FAULT;
}

enum result campaign_run(const struct campaign_setup *setup, uint64_t number,
                         struct campaign_result *sum, FILE *trace, struct error *err) {
    struct run *run = calloc(1, sizeof *run);
    struct scenario scenario;
    size_t whole = setup->stage->plan.dot_count;
    size_t count = number < campaign_grid_size(setup) ? GRID_DOTS : setup->dots_a_run;
    if (count > whole) count = whole;
    uint8_t *fates = calloc(count + 1, 1);
    enum result result = run && fates ? RESULT_OK : error_set(err, RESULT_NO_MEMORY, "no memory");
    if (result == RESULT_OK) {
        run->fault_rows = rows_of(setup);
        rng_init(&run->rng, setup->seed * UINT64_C(1000003) + number);
        struct dot_plan plan =
            stage_window(setup->stage, rng_below(&run->rng, (uint32_t)(whole - count + 1)), count);
        vary(setup, number, run, &scenario);
        result = invariants_create(&setup->stage->rig, &plan, &run->eyes.inv);
        invariants_on_guard(run->eyes.inv);
        invariants_on_daemon(run->eyes.inv, true);
        trace_begin(&run->eyes.trace, trace, NS_PER_S);
        const struct virtual_setup rig_setup = {.rig = &setup->stage->rig,
                                                .scenario = &scenario,
                                                .field = &setup->stage->field.view,
                                                .plan = &plan,
                                                .fates = fates,
                                                .seed = rng_u64(&run->rng),
                                                .pose_noise_mm = POSE_NOISE_MM,
                                                .link_delay_ns = LINK_DELAY_NS,
                                                .journal_delay_ns = NS_PER_MS,
                                                .watch = observer_watch(&run->eyes)};
        if (result == RESULT_OK) result = virtual_create(&rig_setup, &run->rig, err);
        run->eyes.rig = run->rig;
        if (result == RESULT_OK) {
            if (!run->faults.has_next) plan_next(run);
            run_to_the_end(run, sum);
            judge_end(run, number, sum);
            sum_up(run, number, sum);
        }
        virtual_destroy(&run->rig);
        invariants_destroy(&run->eyes.inv);
    }
    free(fates);
    free(run);
    return result;
}

void campaign_add(struct campaign_result *sum, const struct campaign_result *part) {
    sum->runs += part->runs;
    sum->dots += part->dots;
    sum->done += part->done;
    sum->doubtful += part->doubtful;
    sum->skipped += part->skipped;
    sum->pending += part->pending;
    sum->trips += part->trips;
    for (size_t i = 0; i < part->unfinished && i < CAMPAIGN_WAITING_MAX; i++)
        if (sum->unfinished + i < CAMPAIGN_WAITING_MAX)
            sum->waiting[sum->unfinished + i] = part->waiting[i];
    sum->unfinished += part->unfinished;
    sum->spared += part->spared;
    sum->jumped += part->jumped;
    for (int e = 0; e < EXCUSE_COUNT; e++)
        for (int i = 0; i <= INVARIANT_COUNT; i++) sum->excused[e][i] += part->excused[e][i];
    sum->touches += part->touches;
    sum->virtual_ns += part->virtual_ns;
    for (size_t i = 0; i < CAMPAIGN_FAULTS_MAX; i++) sum->injected[i] += part->injected[i];
    for (size_t i = 0; i <= INVARIANT_COUNT; i++) sum->violations[i] += part->violations[i];
    for (size_t i = 0; i <= 100; i++) sum->trips_by_ms[i] += part->trips_by_ms[i];
    for (size_t i = 0; i < part->failed_count && i < CAMPAIGN_FAILED_MAX; i++)
        if (sum->failed_count + i < CAMPAIGN_FAILED_MAX)
            sum->failed[sum->failed_count + i] = part->failed[i];
    sum->failed_count += part->failed_count;
}

int campaign_trip_ms(const struct campaign_result *sum, double share) {
    uint64_t wanted = (uint64_t)ceil(share * (double)sum->trips), seen = 0;
    for (int ms = 0; ms <= 100; ms++) {
        seen += sum->trips_by_ms[ms];
        if (seen >= wanted) return ms;
    }
    return 100;
}
