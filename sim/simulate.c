#include "sim/simulate.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "sim/faults.h"
#include "sim/observer.h"
#include "sim/operator.h"

#define LOOK_NS (20 * NS_PER_MS)
#define QUIET_NS (120 * NS_PER_S) /* without a dot done: it will not go on */
#define LAST_NS (600 * NS_PER_MS) /* what was under way at the end, and the disk */
#define BREAK_NS (2 * NS_PER_S)   /* between a first session and the second */
#define LINK_DELAY_NS (1500 * NS_PER_US)

enum fault_stage { FAULT_WAITS, FAULT_IS_THERE, FAULT_IS_OVER };

struct play {
    const struct simulate_setup *setup;
    struct observer eyes;
    struct virtual_rig *rig;
    struct virtual_cameras *cameras; /* NULL: a noise model in their place */
    struct rng rng;
    struct sim_operator person;
    enum fault_stage stages[SCENARIO_FAULTS_MAX];
    int64_t until_ns[SCENARIO_FAULTS_MAX];
    int64_t begin_ns, progress_ns, second_ns;
    size_t done;
    bool has_stopped_once;
};

static void begin_fault(struct play *play, size_t i) {
    const struct scenario_fault *planned = &play->setup->stage->scenario.faults[i];
    const struct fault *fault = &faults[planned->row];
    struct virtual_rig *rig = play->rig;
    bool had_daemon = rig->has_daemon, had_guard = rig->has_guard;
    double lasts_s = planned->lasts_s > 0 ? planned->lasts_s : 1e-3 * fault->lasts_ms;
    trace_note(&play->eyes.trace, "FAULT", "%s (hazard %d)", fault->name, fault->hazard);
    observer_on_fault(&play->eyes, fault->excuse, true);
    fault->inject(rig, &play->rng);
    if (had_daemon && !rig->has_daemon) invariants_on_daemon(play->eyes.inv, false);
    if (had_guard && !rig->has_guard) invariants_on_guard(play->eyes.inv);
    play->stages[i] = FAULT_IS_THERE;
    play->until_ns[i] = rig->now_ns + s_to_ns(lasts_s);
}

static void tend_faults(struct play *play) {
    const struct scenario *scenario = &play->setup->stage->scenario;
    int64_t now_ns = play->rig->now_ns;
    play->eyes.trace.now_ns = now_ns;
    for (size_t i = 0; i < scenario->fault_count; i++) {
        const struct scenario_fault *planned = &scenario->faults[i];
        const struct fault *fault = &faults[planned->row];
        if (play->stages[i] == FAULT_IS_THERE && now_ns >= play->until_ns[i]) {
            if (fault->clear) fault->clear(play->rig);
            observer_on_fault(&play->eyes, fault->excuse, false);
            trace_note(&play->eyes.trace, "FAULT", "%s: over", fault->name);
            play->stages[i] = FAULT_IS_OVER;
        }
        if (play->stages[i] != FAULT_WAITS || now_ns - play->begin_ns < s_to_ns(planned->at_s) ||
            play->done < (size_t)planned->after_dots)
            continue;
        if (planned->moment != MOMENT_ANY) world_step(&play->rig->world, now_ns);
        if (moment_is_now(play->rig, (enum moment)planned->moment)) begin_fault(play, i);
    }
}

/* A first session is aborted after so many dots, its daemon ends; another takes the case up. */
static void tend_sessions(struct play *play) {
    const struct scenario_run *run = &play->setup->stage->scenario.run;
    struct virtual_rig *rig = play->rig;
    if (run->stop_after_dots && !play->has_stopped_once &&
        play->done >= (size_t)run->stop_after_dots) {
        play->has_stopped_once = true;
        trace_note(&play->eyes.trace, "SESSION", "the first one ends after %zu dots", play->done);
        virtual_call(rig, SESSION_CALL_ABORT);
        play->second_ns = rig->now_ns + BREAK_NS;
        play->person.next_ns = play->second_ns;
    }
    if (play->second_ns && rig->now_ns >= play->second_ns) {
        play->second_ns = 0;
        virtual_kill_daemon(rig);
        virtual_start_daemon(rig);
        invariants_on_daemon(play->eyes.inv, false);
        invariants_on_daemon(play->eyes.inv, true);
        play->person.next_ns = 0;
    }
}

static void look(struct play *play) {
    struct virtual_rig *rig = play->rig;
    observer_look(&play->eyes);
    size_t done = rig->session.striker.done_count;
    if (done == play->done) return;
    play->progress_ns = rig->now_ns;
    play->done = done;
    if (play->setup->on_progress && done % 64 == 0)
        play->setup->on_progress(play->setup->context, done, play->setup->plan->dot_count);
}

static bool is_over(const struct play *play) {
    const struct virtual_rig *rig = play->rig;
    if (rig->has_daemon && rig->session.phase == SESSION_FINISHED) return true;
    return rig->now_ns - play->progress_ns > QUIET_NS;
}

static enum result run(struct play *play, struct error *err) {
    struct virtual_rig *rig = play->rig;
    double end_s = scenario_end_s(&play->setup->stage->scenario);
    while (!is_over(play)) {
        virtual_step(rig, rig->now_ns + LOOK_NS);
        look(play);
        tend_faults(play);
        tend_sessions(play);
        struct operator_news news = operator_act(&play->person, rig);
        if (news.has_new_guard) invariants_on_guard(play->eyes.inv);
        if (news.has_new_daemon) invariants_on_daemon(play->eyes.inv, true);
        if (ns_to_s(rig->now_ns - play->begin_ns) > end_s)
            return error_set(err, RESULT_RANGE,
                             "the recording of the head ends at %.1f s, when %zu of %zu dots are "
                             "done: give a longer one, or fewer dots",
                             end_s, play->done, play->setup->plan->dot_count);
    }
    for (int64_t last_ns = rig->now_ns + LAST_NS; rig->now_ns < last_ns; look(play))
        virtual_step(rig, last_ns);
    return RESULT_OK;
}

static void sum_up(struct play *play, struct simulate_result *result) {
    const struct invariants *inv = play->eyes.inv;
    const char *reason = NULL;
    result->is_finished = observer_judge_end(&play->eyes, &reason);
    snprintf(result->reason, sizeof result->reason, "%s: %.100s",
             session_phase_name(play->rig->session.phase), reason ? reason : "");
    result->punctures = play->rig->world.puncture_count;
    result->virtual_s = ns_to_s(play->rig->now_ns - play->begin_ns);
    result->holds = play->eyes.holds;
    result->faults = play->eyes.faults;
    result->jumped = inv->excused_count;
    result->touches = inv->touch_count;
    result->violation_count = inv->violation_count;
    memcpy(result->violations, inv->violations, sizeof result->violations);
}

static enum result open_cameras(struct play *play, struct error *err) {
    const struct scenario *scenario = &play->setup->stage->scenario;
    const struct virtual_cameras_setup setup = {.cameras = scenario->cameras,
                                                .ring = scenario->ring,
                                                .field = &play->setup->stage->field.view,
                                                .seed = play->setup->seed};
    if (!scenario->has_drawn_frames) return RESULT_OK;
    return virtual_cameras_create(&setup, &play->cameras, err);
}

static enum result open_rig(struct play *play, struct error *err) {
    const struct simulate_setup *setup = play->setup;
    const struct virtual_setup rig_setup = {.rig = &setup->stage->rig,
                                            .scenario = &setup->stage->scenario,
                                            .field = &setup->stage->field.view,
                                            .plan = setup->plan,
                                            .fates = setup->fates,
                                            .seed = setup->seed,
                                            .pose_noise_mm = setup->pose_noise_mm,
                                            .cameras = play->cameras,
                                            .link_delay_ns = LINK_DELAY_NS,
                                            .journal_delay_ns = NS_PER_MS,
                                            .truth = setup->truth,
                                            .session_record = setup->session_record,
                                            .guard_record = setup->guard_record,
                                            .watch = observer_watch(&play->eyes)};
    invariants_on_guard(play->eyes.inv);
    invariants_on_daemon(play->eyes.inv, true);
    enum result result = virtual_create(&rig_setup, &play->rig, err);
    if (result != RESULT_OK) return result;
    play->eyes.rig = play->rig;
    play->begin_ns = play->progress_ns = play->rig->now_ns;
    trace_begin(&play->eyes.trace, setup->trace, play->begin_ns);
    return RESULT_OK;
}

enum result simulate(const struct simulate_setup *setup, struct simulate_result *ret_result,
                     struct error *err) {
    struct play *play = calloc(1, sizeof *play);
    if (!play) return error_set(err, RESULT_NO_MEMORY, "out of memory");
    play->setup = setup;
    play->eyes.on_entry = setup->on_entry;
    play->eyes.context = setup->context;
    play->eyes.poses = setup->poses;
    rng_init(&play->rng, setup->seed + 1);
    enum result result = invariants_create(&setup->stage->rig, setup->plan, &play->eyes.inv);
    if (result != RESULT_OK)
        error_set(err, result, "out of memory for %zu dots", setup->plan->dot_count);
    if (result == RESULT_OK) result = open_cameras(play, err);
    if (result == RESULT_OK) result = open_rig(play, err);
    if (result == RESULT_OK) {
        result = run(play, err);
        *ret_result = (struct simulate_result){0};
        sum_up(play, ret_result);
    }
    virtual_destroy(&play->rig);
    virtual_cameras_destroy(&play->cameras);
    invariants_destroy(&play->eyes.inv);
    free(play);
    return result;
}

enum result simulate_shows(const struct scenario *scenario, const struct simulate_result *result,
                           const struct simulate_outcome *outcome, struct error *err) {
    const struct scenario_shows *shows = &scenario->shows;
    if (result->violation_count)
        return error_set(err, RESULT_REFUSED, "I%d was violated: %s", result->violations[0].number,
                         result->violations[0].text);
    if (!shows->sentence[0]) return RESULT_OK;
    if (shows->finishes != result->is_finished)
        return error_set(err, RESULT_REFUSED, "must show: %s; the session is %s", shows->sentence,
                         result->reason);
    if (result->holds < (uint64_t)shows->holds_least ||
        result->faults < (uint64_t)shows->faults_least ||
        outcome->doubtful > (size_t)shows->doubtful_most)
        return error_set(
            err, RESULT_REFUSED, "must show: %s; there were %d holds, %d faults, %d doubtful dots",
            shows->sentence, (int)result->holds, (int)result->faults, (int)outcome->doubtful);
    if (outcome->done < (size_t)shows->done_least)
        return error_set(err, RESULT_REFUSED, "must show: %s; only %zu dots are done",
                         shows->sentence, outcome->done);
    if (shows->placement_max_um > 0 && !(outcome->placement_max_um <= shows->placement_max_um))
        return error_set(err, RESULT_REFUSED, "must show: %s; a strike missed its dot by %.0f um",
                         shows->sentence, outcome->placement_max_um);
    return RESULT_OK;
}
