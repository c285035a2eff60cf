/* smprig order: the plan's dots in the shortest order for a rig, in sectors and loads; dots that it
 * cannot reach are left out by name. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/clock.h"
#include "base/options.h"
#include "base/progress.h"
#include "cli/verbs.h"
#include "motion/order.h"
#include "motion/reach.h"
#include "motion/schedule.h"
#include "motion/session_time.h"
#include "plan/field.h"
#include "sim/scenario.h"

#define NAMED_MAX 10 /* unreachable dots that are named; the rest is counted */

struct order_options {
    const char *plan, *rig, *scenario, *output, *work, *scan;
    double seconds;
    int64_t seed, kicks;
    bool is_json;
};

/* What the steps hand on. */
struct ordering {
    struct rig rig;
    struct scenario scenario;
    struct work work;
    struct dot_plan plan;
    struct schedule schedule;
    struct field field;
    struct axes *axes; /* one a dot: hovering over it */
};

static const char usage[] =
    "Usage: smprig order --plan PLAN.ply --rig RIG.yaml --pose SCENARIO.yaml -o ORDERED.ply\n"
    "       [--work WORK.yaml] [--scan SCAN.ply] [--seed N] [--kicks N] [--seconds S]\n"
    "       [--json]\n"
    "--pose takes the head's nominal pose from a scenario file. Dots that the rig can't reach\n"
    "there are named and left out; smprig reach tells how to turn the head for them.\n"
    "--work cuts the session into sectors, pigment loads and needles (configs/work/), and "
    "writes\n"
    "its stops into the plan. --scan proves every way over the head and counts the lifted "
    "ones.\n"
    "The search's length depends on the number of dots alone, so that the same seed (1) gives\n"
    "the same order; --kicks sets it, --seconds S ends it early, on the clock.\n";

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
static enum result find_stops(struct ordering *o, struct error *err) {
    size_t kept = 0, left_out = 0;
    struct dot_plan *plan = &o->plan;
    struct reach_scene scene = {&o->rig, o->field.values ? &o->field.view : NULL};
    for (size_t i = 0; i < plan->dot_count; i++) {
        struct dot dot = plan->dots[i];
        enum reach_case reach = reach_dot(&scene, o->scenario.T_rig_head, &dot, &o->axes[kept]);
        if (reach_case_allows(reach)) {
            plan->dots[kept++] = dot;
        } else if (left_out++ < NAMED_MAX) {
            fprintf(stderr, "dot %u (zone %s) is left out: %s\n", dot.id,
                    plan->zone_names[dot.zone], reach_case_text(reach));
        }
    }
    if (left_out > NAMED_MAX) fprintf(stderr, "... and %zu more\n", left_out - NAMED_MAX);
    if (left_out)
        fprintf(stderr, "%zu of %zu dots are left out; smprig reach tells how to reach them\n",
                left_out, plan->dot_count);
    plan->dot_count = kept;
    if (kept) return RESULT_OK;
    return error_set(err, RESULT_RANGE,
                     "the rig reaches none of the %zu dots at this pose of the head: smprig reach "
                     "tells how to turn it",
                     left_out);
}

/* Dots, axes and schedule into the order that was found. */
static enum result rearrange(struct ordering *o, const uint32_t *order) {
    size_t n = o->plan.dot_count;
    struct dot *dots = calloc(n + 1, sizeof *dots);
    struct axes *axes = calloc(n + 1, sizeof *axes);
    uint32_t *sectors = calloc(n + 1, sizeof *sectors), *needles = calloc(n + 1, sizeof *needles);
    bool has_memory = dots && axes && sectors && needles;
    for (size_t i = 0; has_memory && i < n; i++) {
        dots[i] = o->plan.dots[order[i]];
        axes[i] = o->axes[order[i]];
        sectors[i] = o->schedule.sectors[order[i]];
        needles[i] = o->schedule.needles[order[i]];
    }
    if (has_memory) {
        memcpy(o->plan.dots, dots, n * sizeof *dots);
        memcpy(o->axes, axes, n * sizeof *axes);
        memcpy(o->schedule.sectors, sectors, n * sizeof *sectors);
        memcpy(o->schedule.needles, needles, n * sizeof *needles);
    }
    free(dots);
    free(axes);
    free(sectors);
    free(needles);
    return has_memory ? RESULT_OK : RESULT_NO_MEMORY;
}

static enum result search(struct ordering *o, const struct order_options *options,
                          struct order_result *ret_found) {
    size_t n = o->plan.dot_count;
    struct budget budget = {
        .end_ns = options->seconds > 0 ? clock_now_ns() + s_to_ns(options->seconds) : INT64_MAX,
        .kicks = options->kicks ? (uint64_t)options->kicks : order_kicks(n)};
    struct order_setup setup = {.rig = &o->rig,
                                .stops = o->axes,
                                .stop_count = n,
                                .sectors = o->schedule.sectors,
                                .needles = o->schedule.needles,
                                .rest_mm = o->work.rest_mm,
                                .seed = (uint64_t)options->seed,
                                .kicks = budget.kicks,
                                .goes_on = goes_on,
                                .context = &budget};
    memcpy(setup.start.q, o->rig.park, sizeof setup.start.q);
    float(*places)[3] = calloc(n + 1, sizeof *places);
    uint32_t *order = calloc(n + 1, sizeof *order);
    enum result result = places && order ? RESULT_OK : RESULT_NO_MEMORY;
    for (size_t i = 0; result == RESULT_OK && i < n; i++) {
        struct vec3 p = o->plan.dots[i].p_head;
        places[i][0] = (float)p.x, places[i][1] = (float)p.y, places[i][2] = (float)p.z;
    }
    setup.places_mm = (const float(*)[3])places;
    progress_begin(&budget.progress, "order", "kicks", clock_now_ns());
    if (result == RESULT_OK) result = order_stops(&setup, order, ret_found);
    progress_end(&budget.progress, clock_now_ns());
    if (result == RESULT_OK) result = rearrange(o, order);
    free(places);
    free(order);
    return result;
}

/* What is told about an order. */
struct summary {
    const struct ordering *o;
    struct order_result found;
    struct schedule_stops stops;
    struct session_time time;
    double gain_percent, stops_s, whole_s;
};

static void print_summary(const struct summary *s) {
    const struct ordering *o = s->o;
    printf("travel %.1f s (%.1f %% below nearest neighbour), strikes %.1f s\n", s->time.travel_s,
           s->gain_percent, s->time.strikes_s);
    if (o->field.values) printf("%zu ways are lifted over the head\n", s->time.lifted_count);
    if (s->found.short_rests)
        printf("%zu steps are shorter than the %.2f mm of rest\n", s->found.short_rests,
               o->work.rest_mm);
    if (o->plan.stop_count)
        printf("sectors %zu, loads %zu, needles %zu: stops %zu, %.0f s for them\n",
               o->schedule.sector_count, s->stops.loads, s->stops.needles, o->plan.stop_count,
               s->stops_s);
    printf("the session will take %.0f s of striking (%.1f dots/s), %d:%02d min with its stops\n",
           s->time.running_s, (double)o->plan.dot_count / s->time.running_s, (int)(s->whole_s / 60),
           (int)s->whole_s % 60);
}

static void print_json(const struct summary *s) {
    json_t *json = json_pack(
        "{s:I, s:f, s:f, s:f, s:f, s:f, s:f, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "dots",
        (json_int_t)s->o->plan.dot_count, "travel_s", s->time.travel_s, "strikes_s",
        s->time.strikes_s, "below_nearest_neighbour_percent", s->gain_percent, "striking_s",
        s->time.running_s, "stops_s", s->stops_s, "session_s", s->whole_s, "lifted",
        (json_int_t)s->time.lifted_count, "blocked", (json_int_t)s->time.blocked_count,
        "short_rests", (json_int_t)s->found.short_rests, "sectors",
        (json_int_t)s->o->schedule.sector_count, "loads", (json_int_t)s->stops.loads, "needles",
        (json_int_t)s->stops.needles, "stops", (json_int_t)s->o->plan.stop_count);
    json_dumpf(json, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(9));
    putchar('\n');
    json_decref(json);
}

static enum result tell(const struct order_options *options, struct summary *summary,
                        struct error *err) {
    const struct ordering *o = summary->o;
    struct session_time_setup setup = {.rig = &o->rig,
                                       .field = o->field.values ? &o->field.view : NULL,
                                       .T_rig_head = o->scenario.T_rig_head,
                                       .plan = &o->plan,
                                       .axes = o->axes};
    if (session_time_predict(&setup, &summary->time) != RESULT_OK)
        return error_set(err, RESULT_NO_MEMORY, "out of memory");
    const struct session_time *time = &summary->time;
    double ratio = summary->found.travel_s / summary->found.nearest_neighbour_s;
    summary->gain_percent = fmax(0, 100 * (1 - ratio));
    summary->stops_s = summary->stops.pause_s + summary->stops.travel_s;
    summary->whole_s = time->running_s + summary->stops_s;
    (options->is_json ? print_json : print_summary)(summary);
    if (time->blocked_count)
        return error_set(err, RESULT_RANGE,
                         "no clear way leads to %zu dots, the first is dot %u (zone %s): the tool "
                         "would come too near to the head",
                         time->blocked_count, o->plan.dots[time->first_blocked].id,
                         o->plan.zone_names[o->plan.dots[time->first_blocked].zone]);
    return RESULT_OK;
}

static enum result read_inputs(const struct order_options *options, struct ordering *o,
                               struct error *err) {
    o->work = work_none();
    enum result result = rig_read(options->rig, &o->rig, err);
    if (result == RESULT_OK) result = scenario_read(options->scenario, &o->scenario, err);
    if (result == RESULT_OK && options->work)
        result = work_read(options->work, &o->rig, &o->work, err);
    if (result == RESULT_OK) result = dot_plan_read(options->plan, &o->plan, err);
    if (result == RESULT_OK && options->scan)
        result = verb_check_scan(&o->plan, options->plan, options->scan, err);
    if (result == RESULT_OK && options->scan) result = field_of_scan(options->scan, &o->field, err);
    if (result != RESULT_OK) return result;
    o->axes = calloc(o->plan.dot_count + 1, sizeof *o->axes);
    return o->axes ? RESULT_OK : error_set(err, RESULT_NO_MEMORY, "out of memory");
}

static enum result order_plan(const struct order_options *options, struct error *err) {
    struct ordering o = {0};
    struct summary summary = {.o = &o};
    enum result result = read_inputs(options, &o, err);
    if (result == RESULT_OK) result = find_stops(&o, err);
    if (result != RESULT_OK) goto out;
    result = schedule_make(&o.plan, &o.work, &o.schedule);
    if (result == RESULT_OK) result = search(&o, options, &summary.found);
    if (result == RESULT_OK)
        result = schedule_stops(&o.plan, &o.schedule, &o.work, &o.rig, o.axes, &summary.stops);
    if (result != RESULT_OK) {
        error_set(err, result, "%s",
                  result == RESULT_LIMIT ? "so many stops fit into no plan: make sectors and loads "
                                           "larger"
                                         : "out of memory");
        goto out;
    }
    result = tell(options, &summary, err);
    if (result == RESULT_OK) result = dot_plan_write(&o.plan, options->output, err);
out:
    free(o.axes);
    schedule_release(&o.schedule);
    field_release(&o.field);
    dot_plan_release(&o.plan);
    return result;
}

int verb_order(int argc, char **argv) {
    struct order_options o = {.seed = 1};
    const struct option_row rows[] = {
        {"plan", .text = &o.plan, .is_needed = true},
        {"rig", .text = &o.rig, .is_needed = true},
        {"pose", .text = &o.scenario, .is_needed = true},
        {"output", 'o', .text = &o.output, .is_needed = true},
        {"work", .text = &o.work},
        {"scan", .text = &o.scan},
        {"seed", .integer = &o.seed},
        {"kicks", .integer = &o.kicks, .low = 1},
        {"seconds", .number = &o.seconds, .low = 1e-3, .high = 1e6},
        {"json", .flag = &o.is_json},
    };
    const struct options options = {"smprig", usage, OPTION_ROWS(rows)};
    struct error err = {0};
    int code;
    if (!options_parse(&options, argc, argv, &code)) return code;
    return order_plan(&o, &err) == RESULT_OK ? EX_OK : verb_fail("order", &err);
}
