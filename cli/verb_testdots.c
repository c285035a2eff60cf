/* smprig testdots: a ladder of test dots, and which depth gives the wanted diameter on this skin,
 * from measured test dots. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/file.h"
#include "base/text.h"
#include "cli/verbs.h"
#include "plan/field.h"
#include "plan/test_ladder.h"
#include "vision/calibration/number_table.h"
#include "vision/closeup/depth_ladder.h"

#define DEPTH_MIN_UM 300
#define DEPTH_MAX_UM 1000 /* the strictest region's ceiling; --depth-max may ask for less */

static void print_help(FILE *out) {
    fputs(
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
        "design and plan anew.\n",
        out);
}

struct testdots_options {
    const char *measured;
    struct ladder_request request;
    const char *plan, *scan;
    struct test_ladder ladder;
    bool is_json, is_help;
};

/* Numbers between blanks; false when there are more than capacity, or something else. */
static bool numbers(const char *text, double *ret, size_t capacity, size_t *ret_count) {
    char copy[256], *rest = copy, *part;
    size_t count = 0;
    if (text_copy(copy, sizeof copy, text) != RESULT_OK) return false;
    while ((part = strsep(&rest, " ,")) != NULL)
        if (*part && (count == capacity || text_to_double(part, &ret[count++]) != RESULT_OK))
            return false;
    *ret_count = count;
    return true;
}

static bool place(const char *text, struct vec3 *ret_p_head) {
    double v[3];
    size_t count;
    if (!numbers(text, v, 3, &count) || count != 3) return false;
    *ret_p_head = vec3_make(v[0], v[1], v[2]);
    return true;
}

static bool parse_options(int argc, char **argv, struct testdots_options *o) {
    enum { DIAMETER = 256, DEPTH_MIN, DEPTH_MAX, JSON, PLAN, SCAN, PLACE, DEPTHS };
    static const struct option longs[] = {{"diameter", required_argument, NULL, DIAMETER},
                                          {"depth-min", required_argument, NULL, DEPTH_MIN},
                                          {"depth-max", required_argument, NULL, DEPTH_MAX},
                                          {"json", no_argument, NULL, JSON},
                                          {"plan", required_argument, NULL, PLAN},
                                          {"scan", required_argument, NULL, SCAN},
                                          {"place", required_argument, NULL, PLACE},
                                          {"depths", required_argument, NULL, DEPTHS},
                                          {"help", no_argument, NULL, 'h'},
                                          {NULL, 0, NULL, 0}};
    int c;
    bool is_good = true;
    optind = 1;
    while ((c = getopt_long(argc, argv, "h", longs, NULL)) != -1) {
        double *number = c == DIAMETER    ? &o->request.diameter_um
                         : c == DEPTH_MIN ? &o->request.depth_min_um
                         : c == DEPTH_MAX ? &o->request.depth_max_um
                                          : NULL;
        if (number)
            is_good = is_good && text_to_double(optarg, number) == RESULT_OK;
        else if (c == PLAN)
            o->plan = optarg;
        else if (c == SCAN)
            o->scan = optarg;
        else if (c == PLACE)
            is_good = is_good && place(optarg, &o->ladder.place_head);
        else if (c == DEPTHS)
            is_good = is_good && numbers(optarg, o->ladder.depths_um, TEST_LADDER_RUNGS_MAX,
                                         &o->ladder.rung_count);
        else if (c == JSON)
            o->is_json = true;
        else if (c == 'h')
            o->is_help = true;
        else
            return false;
    }
    if (optind < argc) o->measured = argv[optind++];
    return is_good && optind == argc &&
           (o->is_help || (o->plan && o->scan && !o->measured) ||
            (o->measured && o->request.diameter_um > 0 && o->request.depth_max_um <= DEPTH_MAX_UM));
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
    if (!parse_options(argc, argv, &o)) {
        print_help(stderr);
        return EX_USAGE;
    }
    if (o.is_help) {
        print_help(stdout);
        return EX_OK;
    }
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
