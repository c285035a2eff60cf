/* smprig order: the plan's dots in the shortest order for a rig, unreachable ones left out by name.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/clock.h"
#include "base/progress.h"
#include "base/text.h"
#include "cli/verbs.h"
#include "motion/kinematics.h"
#include "motion/order.h"
#include "motion/time_model.h"
#include "plan/dot.h"
#include "sim/scenario.h"

#define NAMED_MAX 10 /* unreachable dots that are named; the rest is counted */

struct order_options {
    const char *plan, *rig, *scenario, *output;
    double seconds;
    int64_t seed;
};

static void print_help(void) {
    puts(
        "Usage: smprig order --plan PLAN.ply --rig RIG.yaml --pose SCENARIO.yaml -o ORDERED.ply\n"
        "       [--seconds S] [--seed N]\n"
        "--pose takes the head's nominal pose from a scenario file. Dots that the rig can't reach\n"
        "there are named and left out. The search's length depends on the number of dots alone, "
        "so\n"
        "that the same seed (1) gives the same order; --seconds S ends it early, on the clock.");
}

struct budget {
    struct progress progress;
    int64_t end_ns;
    uint64_t kicks;
};

static bool goes_on(void *context, uint64_t kicks_done) {
    struct budget *budget = context;
    int64_t now_ns = clock_now_ns();
    progress_update(&budget->progress, (double)kicks_done, (double)budget->kicks, now_ns);
    return now_ns < budget->end_ns;
}

/* Axes hovering over each reachable dot; kept dots are moved to the front of the plan. */
static size_t find_stops(struct dot_plan *plan, const struct rig *rig, struct pose T_rig_head,
                         struct axes *stops) {
    size_t kept = 0, left_out = 0;
    for (size_t i = 0; i < plan->dot_count; i++) {
        struct dot dot = plan->dots[i];
        struct vec3 n = pose_rotate(T_rig_head, dot.n_head);
        struct vec3 p = vec3_mad(pose_apply(T_rig_head, dot.p_head), rig->hover_mm, n);
        enum reach reach = kinematics_inverse(rig, p, n, &stops[kept]);
        if (reach == REACH_OK) {
            plan->dots[kept++] = dot;
        } else if (left_out++ < NAMED_MAX) {
            fprintf(stderr, "dot %u (zone %s) is left out: %s\n", dot.id,
                    plan->zone_names[dot.zone], reach_name(reach));
        }
    }
    if (left_out > NAMED_MAX) fprintf(stderr, "... and %zu more\n", left_out - NAMED_MAX);
    return kept;
}

static double strikes_s(const struct dot_plan *plan, const struct rig *rig) {
    double sum = 0;
    for (size_t i = 0; i < plan->dot_count; i++)
        sum += time_model_strike_s(rig, rig->hover_mm + plan->dots[i].depth_um * 1e-3,
                                   rig->plunge_mm_s);
    return sum;
}

static enum result put_in_order(struct dot_plan *plan, const struct rig *rig,
                                const struct axes *stops, const struct order_options *options,
                                struct error *err) {
    struct order_result found;
    struct budget budget = {
        .end_ns = options->seconds > 0 ? clock_now_ns() + s_to_ns(options->seconds) : INT64_MAX,
        .kicks = order_kicks(plan->dot_count)};
    struct order_setup setup = {.rig = rig,
                                .stops = stops,
                                .stop_count = plan->dot_count,
                                .seed = (uint64_t)options->seed,
                                .kicks = budget.kicks,
                                .goes_on = goes_on,
                                .context = &budget};
    memcpy(setup.start.q, rig->park, sizeof setup.start.q);
    uint32_t *order = calloc(plan->dot_count + 1, sizeof *order);
    struct dot *sorted = calloc(plan->dot_count + 1, sizeof *sorted);
    enum result result = order && sorted ? RESULT_OK : RESULT_NO_MEMORY;
    progress_begin(&budget.progress, "order", "kicks", clock_now_ns());
    if (result == RESULT_OK) result = order_stops(&setup, order, &found);
    progress_end(&budget.progress, clock_now_ns());
    if (result == RESULT_OK) {
        for (size_t i = 0; i < plan->dot_count; i++) sorted[i] = plan->dots[order[i]];
        memcpy(plan->dots, sorted, plan->dot_count * sizeof *sorted);
        double strikes = strikes_s(plan, rig), whole = found.travel_s + strikes;
        printf(
            "travel %.1f s (%.1f %% below nearest neighbour), strikes %.1f s: %.0f s, %.1f "
            "dots/s\n",
            found.travel_s, 100 * (1 - found.travel_s / found.nearest_neighbour_s), strikes, whole,
            (double)plan->dot_count / whole);
    } else {
        error_set(err, result, "out of memory");
    }
    free(order);
    free(sorted);
    return result;
}

static enum result order_plan(const struct order_options *options, struct error *err) {
    struct rig rig;
    struct scenario scenario;
    struct dot_plan plan = {0};
    enum result result = rig_read(options->rig, &rig, err);
    if (result == RESULT_OK) result = scenario_read(options->scenario, &scenario, err);
    if (result == RESULT_OK) result = dot_plan_read(options->plan, &plan, err);
    if (result != RESULT_OK) return result;
    struct axes *stops = calloc(plan.dot_count + 1, sizeof *stops);
    if (!stops) {
        result = error_set(err, RESULT_NO_MEMORY, "out of memory");
        goto out;
    }
    plan.dot_count = find_stops(&plan, &rig, scenario.T_rig_head, stops);
    if (plan.dot_count == 0) {
        result = error_set(err, RESULT_RANGE, "the rig reaches none of the dots: move the head");
        goto out;
    }
    result = put_in_order(&plan, &rig, stops, options, err);
    if (result == RESULT_OK) result = dot_plan_write(&plan, options->output, err);
out:
    free(stops);
    dot_plan_release(&plan);
    return result;
}

int verb_order(int argc, char **argv) {
    static const struct option table[] = {
        {"plan", required_argument, NULL, 'p'},    {"rig", required_argument, NULL, 'r'},
        {"pose", required_argument, NULL, 's'},    {"output", required_argument, NULL, 'o'},
        {"seconds", required_argument, NULL, 't'}, {"seed", required_argument, NULL, 'n'},
        {"help", no_argument, NULL, 'h'},          {0}};
    struct order_options options = {.seed = 1};
    for (int option; (option = getopt_long(argc, argv, "o:h", table, NULL)) != -1;) {
        bool is_right = option != '?';
        if (option == 'p') options.plan = optarg;
        if (option == 'r') options.rig = optarg;
        if (option == 's') options.scenario = optarg;
        if (option == 'o') options.output = optarg;
        if (option == 't') is_right = text_to_double(optarg, &options.seconds) == RESULT_OK;
        if (option == 'n')
            is_right = text_to_int64(optarg, 0, INT64_MAX, &options.seed) == RESULT_OK;
        if (option == 'h') {
            print_help();
            return EX_OK;
        }
        if (!is_right) {
            fprintf(stderr, "smprig order: '%s' is not a number that fits\n", optarg ? optarg : "");
            return EX_USAGE;
        }
    }
    if (!options.plan || !options.rig || !options.scenario || !options.output) {
        print_help();
        return EX_USAGE;
    }
    struct error err = {0};
    return order_plan(&options, &err) == RESULT_OK ? EX_OK : verb_fail("order", &err);
}
