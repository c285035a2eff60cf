/* smprig testdots: a ladder of test dots, and which depth gives the wanted diameter on this skin,
 * from measured test dots. */
#include <stdio.h>
#include <sysexits.h>

#include "base/file.h"
#include "base/options.h"
#include "base/text.h"
#include "cli/verbs.h"
#include "plan/field.h"
#include "plan/test_ladder.h"
#include "vision/calibration/number_table.h"
#include "vision/closeup/depth_ladder.h"

#define DEPTH_MIN_UM 300
#define DEPTH_MAX_UM 1000 /* the strictest region's ceiling; --depth-max may ask for less */

static const char usage[] =
    "Usage: smprig testdots --plan PLAN.ply --scan SCAN.ply --place 'x y z' [--depths 'UM UM "
    "...']\n"
    "Lays a ladder of test dots (four a depth, 2 mm apart) onto a concealed place of the "
    "skin.\n\n"
    "       smprig testdots MEASURED.csv --diameter UM [--depth-min UM] [--depth-max UM] "
    "[--json]\n"
    "MEASURED.csv has a line `depth_um diameter_um` for each test dot of a ladder (at least "
    "three\n"
    "depths, six dots). Proposes the depth whose dots are as wide as wanted on this skin, "
    "within\n"
    "the ladder's own depths and 300 to 1000 um. The plan is not changed: put the depth into "
    "the\n"
    "design and plan anew.\n";

struct testdots_options {
    const char *measured;
    struct ladder_request request;
    const char *plan, *scan;
    struct test_ladder ladder;
    bool is_json;
};

static bool take_depths(const char *value, void *into) {
    struct test_ladder *ladder = into;
    return text_to_doubles(value, ladder->depths_um, TEST_LADDER_RUNGS_MAX, &ladder->rung_count) ==
           RESULT_OK;
}

static bool take_options(int argc, char **argv, struct testdots_options *o, int *ret_exit) {
    const struct option_row rows[] = {
        {"MEASURED.csv", .is_word = true, .text = &o->measured},
        {"diameter", .number = &o->request.diameter_um, .low = 1},
        {"depth-min", .number = &o->request.depth_min_um, .low = 1, .high = DEPTH_MAX_UM},
        {"depth-max", .number = &o->request.depth_max_um, .low = 1, .high = DEPTH_MAX_UM},
        {"plan", .text = &o->plan},
        {"scan", .text = &o->scan},
        {"place", .take = verb_take_point, .into = &o->ladder.place_head,
         .expected = "'x y z' in mm"},
        {"depths", .take = take_depths, .into = &o->ladder, .expected = "up to 8 depths in um"},
        {"json", .flag = &o->is_json},
    };
    const struct options options = {"smprig", usage, OPTION_ROWS(rows)};
    if (!options_parse(&options, argc, argv, ret_exit)) return false;
    bool lays = o->plan && o->scan && !o->measured;
    bool solves = o->measured && o->request.diameter_um > 0 && !o->plan && !o->scan;
    if (lays || solves) return true;
    *ret_exit = options_complain(&options, argv[0],
                                 "expected --plan and --scan to lay test dots, or MEASURED.csv and "
                                 "--diameter to choose a depth");
    return false;
}

static enum result solve(const struct testdots_options *o, struct ladder_answer *ret,
                         struct error *err) {
    struct number_table table;
    struct ladder_dot dots[LADDER_DOTS_MAX];
    enum result result = number_table_read(o->measured, 2, &table, err);
    if (result != RESULT_OK) return result;
    if (table.rows > LADDER_DOTS_MAX)
        result = error_set(err, RESULT_LIMIT, "%s: %zu dots, at most %d", o->measured, table.rows,
                           LADDER_DOTS_MAX);
    for (size_t i = 0; i < table.rows && result == RESULT_OK; i++)
        dots[i] = (struct ladder_dot){table.values[table.columns * i],
                                      table.values[table.columns * i + 1]};
    if (result == RESULT_OK) result = ladder_solve(dots, table.rows, &o->request, ret, err);
    number_table_release(&table);
    return result;
}

static enum result make_plan(const struct testdots_options *o, struct error *err) {
    struct field field = {0};
    struct dot_plan plan;
    char sha256[SHA256_HEX_SIZE];
    enum result result = file_sha256(o->scan, sha256, err);
    if (result == RESULT_OK) result = field_of_scan(o->scan, &field, err);
    if (result == RESULT_OK) result = test_ladder_plan(&o->ladder, &field.view, sha256, &plan, err);
    if (result == RESULT_OK) {
        result = dot_plan_write(&plan, o->plan, err);
        if (result == RESULT_OK)
            printf("%s: %zu test dots of %zu depths; strike them, let them settle, measure them\n",
                   o->plan, plan.dot_count, plan.zone_count);
        dot_plan_release(&plan);
    }
    field_release(&field);
    return result;
}

int verb_testdots(int argc, char **argv) {
    struct testdots_options o = {
        .request = {.depth_min_um = DEPTH_MIN_UM, .depth_max_um = DEPTH_MAX_UM},
        .ladder = {.region = REGION_ANTERIOR, /* the strictest ceiling, wherever the place is */
                   .depths_um = {450, 550, 650, 750, 850},
                   .rung_count = 5,
                   .diameter_um = 400,
                   .pitch_mm = 2}};
    struct ladder_answer answer;
    struct error err = {0};
    int code;
    if (!take_options(argc, argv, &o, &code)) return code;
    if (o.plan) {
        err.code = make_plan(&o, &err);
        return err.code == RESULT_OK ? EX_OK : verb_fail("testdots", &err);
    }
    err.code = solve(&o, &answer, &err);
    if (err.code != RESULT_OK) return verb_fail("testdots", &err);
    if (o.is_json) {
        printf(
            "{\"depth_um\": %.0f, \"depth_sigma_um\": %.1f, \"um_per_100um\": %.2f, "
            "\"residual_um\": %.1f}\n",
            answer.depth_um, answer.depth_sigma_um, answer.um_per_100um, answer.residual_um);
        return EX_OK;
    }
    printf("depth        %6.0f um, +- %.0f\n", answer.depth_um, answer.depth_sigma_um);
    printf("growth       %6.1f um of diameter a 100 um of depth\n", answer.um_per_100um);
    printf("scatter      %6.1f um of diameter from dot to dot\n", answer.residual_um);
    puts(
        "Set depth_um in the design's zones and plan anew; have somebody look at the test dots "
        "first.");
    return EX_OK;
}
