/* smprig testdots: which depth gives the wanted diameter on this skin, from measured test dots. */
#include <getopt.h>
#include <stdio.h>
#include <sysexits.h>

#include "base/text.h"
#include "cli/verbs.h"
#include "vision/calibration/number_table.h"
#include "vision/closeup/depth_ladder.h"

#define DEPTH_MIN_UM 300
#define DEPTH_MAX_UM 1000 /* the strictest region's ceiling; --depth-max may ask for less */

static void print_help(FILE *out) {
    fputs(
        "Usage: smprig testdots MEASURED.csv --diameter UM [--depth-min UM] [--depth-max UM] "
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
    bool is_json, is_help;
};

static bool parse_options(int argc, char **argv, struct testdots_options *o) {
    enum { DIAMETER = 256, DEPTH_MIN, DEPTH_MAX, JSON };
    static const struct option longs[] = {{"diameter", required_argument, NULL, DIAMETER},
                                          {"depth-min", required_argument, NULL, DEPTH_MIN},
                                          {"depth-max", required_argument, NULL, DEPTH_MAX},
                                          {"json", no_argument, NULL, JSON},
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
        else if (c == JSON)
            o->is_json = true;
        else if (c == 'h')
            o->is_help = true;
        else
            return false;
    }
    if (optind < argc) o->measured = argv[optind++];
    return is_good && optind == argc &&
           (o->is_help ||
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

int verb_testdots(int argc, char **argv) {
    struct testdots_options o = {
        .request = {.depth_min_um = DEPTH_MIN_UM, .depth_max_um = DEPTH_MAX_UM}};
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
