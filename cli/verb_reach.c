/* smprig reach: which dots the rig can strike, why not the others, and how to turn the head. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/clock.h"
#include "base/options.h"
#include "base/progress.h"
#include "cli/reach_picture.h"
#include "cli/verbs.h"
#include "motion/reach.h"
#include "plan/field.h"
#include "plan/scan.h"
#include "sim/scenario.h"

#define NAMED_MAX 8 /* dots that are named for each reason; --json names all */

struct reach_options {
    const char *plan, *rig, *scenario, *scan, *picture;
    bool is_json;
};

static const char usage[] =
    "Usage: smprig reach --plan PLAN.ply --rig RIG.yaml --pose SCENARIO.yaml [--scan "
    "SCAN.ply]\n"
    "       [--picture PICTURE.png] [--json]\n"
    "Says which dots the rig can strike with the head at the scenario's nominal pose, why not\n"
    "the others, and in which few positions of chair and headrest it reaches most of them.\n"
    "With --scan the tool is held against the head as well; --picture draws the dots on it in\n"
    "the colour of the position that reaches them. Exit code 0 when all are reached as it is.\n";

static void count_cases(const struct reach_plan *reach, size_t counts[REACH_CASE_COUNT]) {
    memset(counts, 0, REACH_CASE_COUNT * sizeof *counts);
    for (size_t i = 0; i < reach->dot_count; i++) counts[reach->nominal[i]]++;
}

/* --- for people --- */

static void print_case(const struct dot_plan *plan, const struct reach_plan *reach,
                       enum reach_case which, size_t count) {
    size_t named = 0;
    printf("  %zu %s:", count, reach_case_text(which));
    for (size_t i = 0; i < plan->dot_count && named < NAMED_MAX; i++)
        if (reach->nominal[i] == which) named++, printf(" %u", plan->dots[i].id);
    printf("%s\n", count > NAMED_MAX ? " ..." : "");
}

/* "turn the chair 30 deg to the left"; nothing for no turn. */
static void print_turn(const char *what, double rad, const char *positive, const char *negative) {
    double deg = rad * DEG_PER_RAD;
    if (fabs(deg) > 0.5) printf("%s %.0f deg %s, ", what, fabs(deg), deg > 0 ? positive : negative);
}

static void print_position(const struct reach_position *position, size_t number) {
    const struct reach_turn *turn = &position->turn;
    printf("  position %zu: ", number);
    print_turn("tip the headrest", turn->tip_rad, "back", "forward");
    print_turn("lean the head", turn->lean_rad, "to its right", "to its left");
    print_turn("turn the chair", turn->turn_rad, "to the left", "to the right");
    if (vec3_norm(turn->shift_rig_mm) > 0.5)
        printf("move the head x %+.0f, y %+.0f, z %+.0f mm: ", turn->shift_rig_mm.x,
               turn->shift_rig_mm.y, turn->shift_rig_mm.z);
    else
        printf("as it is: ");
    printf("%zu dots, %zu of them new\n", position->reached_count, position->own_count);
}

static void print_report(const struct dot_plan *plan, const struct reach_plan *reach) {
    size_t counts[REACH_CASE_COUNT];
    count_cases(reach, counts);
    size_t reached = counts[REACH_CASE_FREE] + counts[REACH_CASE_TILTED];
    printf("%zu of %zu dots are reached with the head as it is\n", reached, plan->dot_count);
    for (int c = REACH_CASE_TILTED; c < REACH_CASE_COUNT; c++)
        if (counts[c]) print_case(plan, reach, (enum reach_case)c, counts[c]);
    if (reached == plan->dot_count) return;
    printf("%zu dots are reached in %zu position%s of the head:\n", reach->reached_count,
           reach->position_count, reach->position_count == 1 ? "" : "s");
    for (size_t i = 0; i < reach->position_count; i++) print_position(&reach->positions[i], i + 1);
    if (reach->reached_count < plan->dot_count)
        printf("%zu dots are reached from none of them\n", plan->dot_count - reach->reached_count);
}

/* --- for programs --- */

static json_t *json_of_position(const struct reach_position *position) {
    const struct reach_turn *turn = &position->turn;
    struct quat q = quat_from_mat3(position->T_rig_head.R);
    struct vec3 t = position->T_rig_head.t, s = turn->shift_rig_mm;
    return json_pack("{s:f, s:f, s:f, s:[f,f,f], s:{s:[f,f,f], s:[f,f,f,f]}, s:I, s:I}", "tip_deg",
                     turn->tip_rad * DEG_PER_RAD, "lean_deg", turn->lean_rad * DEG_PER_RAD,
                     "turn_deg", turn->turn_rad * DEG_PER_RAD, "shift_rig_mm", s.x, s.y, s.z,
                     "T_rig_head", "t_mm", t.x, t.y, t.z, "q_xyzw", q.x, q.y, q.z, q.w, "reached",
                     (json_int_t)position->reached_count, "new", (json_int_t)position->own_count);
}

static void print_json(const struct dot_plan *plan, const struct reach_plan *reach) {
    size_t counts[REACH_CASE_COUNT];
    count_cases(reach, counts);
    json_t *root = json_object(), *cases = json_object(), *positions = json_array();
    json_t *unreached = json_array();
    for (int c = 0; c < REACH_CASE_COUNT; c++)
        json_object_set_new(cases, reach_case_name((enum reach_case)c),
                            json_integer((json_int_t)counts[c]));
    for (size_t i = 0; i < reach->position_count; i++)
        json_array_append_new(positions, json_of_position(&reach->positions[i]));
    for (size_t i = 0; i < plan->dot_count; i++) {
        enum reach_case which = (enum reach_case)reach->nominal[i];
        if (reach_case_allows(which)) continue;
        int position = reach->position_of[i] == UINT8_MAX ? 0 : reach->position_of[i] + 1;
        json_array_append_new(
            unreached, json_pack("{s:I, s:s, s:s, s:i}", "id", (json_int_t)plan->dots[i].id, "zone",
                                 plan->zone_names[plan->dots[i].zone], "reason",
                                 reach_case_name(which), "position", position));
    }
    json_object_set_new(root, "dots", json_integer((json_int_t)plan->dot_count));
    json_object_set_new(root, "as_it_is", cases);
    json_object_set_new(root, "reached", json_integer((json_int_t)reach->reached_count));
    json_object_set_new(root, "positions", positions);
    json_object_set_new(root, "unreached", unreached);
    json_dumpf(root, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(9));
    putchar('\n');
    json_decref(root);
}

/* --- the verb --- */

static enum result report(const struct reach_options *options, size_t *ret_left,
                          struct error *err) {
    struct rig rig;
    struct scenario scenario;
    struct mesh mesh = {0};
    struct field field = {0};
    struct dot_plan plan = {0};
    struct reach_plan reach = {0};
    struct progress progress;
    enum result result = rig_read(options->rig, &rig, err);
    if (result == RESULT_OK) result = scenario_read(options->scenario, &scenario, err);
    if (result == RESULT_OK) result = dot_plan_read(options->plan, &plan, err);
    if (result == RESULT_OK && options->scan)
        result = verb_check_scan(&plan, options->plan, options->scan, err);
    if (result == RESULT_OK && options->scan) result = scan_read(options->scan, &mesh, err);
    if (result == RESULT_OK && options->scan)
        result = field_of_mesh(&mesh, FIELD_SPACING_MM, &field, err);
    struct reach_scene scene = {&rig, field.values ? &field.view : NULL};
    if (result == RESULT_OK) {
        progress_begin(&progress, "reach", NULL, clock_now_ns());
        result = reach_plan_make(&scene, scenario.T_rig_head, &plan,
                                 (struct reach_progress){verb_tell_progress, &progress}, &reach);
        progress_end(&progress, clock_now_ns());
        if (result != RESULT_OK)
            error_set(err, result,
                      result == RESULT_INVALID ? "the plan has no dots" : "out of memory");
    }
    if (result == RESULT_OK) (options->is_json ? print_json : print_report)(&plan, &reach);
    if (result == RESULT_OK && options->picture)
        result = reach_picture_write(&mesh, &plan, &reach, options->picture, err);
    *ret_left = 0;
    for (size_t i = 0; i < reach.dot_count; i++)
        *ret_left += !reach_case_allows((enum reach_case)reach.nominal[i]);
    reach_plan_release(&reach);
    dot_plan_release(&plan);
    field_release(&field);
    mesh_release(&mesh);
    return result;
}

int verb_reach(int argc, char **argv) {
    struct reach_options o = {0};
    const struct option_row rows[] = {
        {"plan", .text = &o.plan, .is_needed = true},
        {"rig", .text = &o.rig, .is_needed = true},
        {"pose", .text = &o.scenario, .is_needed = true},
        {"scan", .text = &o.scan},
        {"picture", .text = &o.picture},
        {"json", .flag = &o.is_json},
    };
    const struct options options = {"smprig", usage, OPTION_ROWS(rows)};
    struct error err = {0};
    size_t left = 0;
    int code;
    if (!options_parse(&options, argc, argv, &code)) return code;
    if (o.picture && !o.scan)
        return options_complain(&options, argv[0], "--picture draws on a scan: give --scan too");
    if (report(&o, &left, &err) != RESULT_OK) return verb_fail("reach", &err);
    return left ? EX_DATAERR : EX_OK;
}
