/* Runs of the campaign that once went wrong, each by the fault that showed it, at its moment and
 * over several seeds, or by its number: none violates an invariant now. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/clock.h"
#include "sim/campaign.h"

static struct stage stage;

static int set_up(void **state) {
    struct error err = {0};
    const struct stage_files files = {.rig = "configs/rigs/gantry.yaml",
                                      .scan = "configs/scans/colin27.ply",
                                      .design = "configs/designs/crown.yaml",
                                      .scenario = "configs/scenarios/demo.yaml"};
    (void)state;
    if (stage_read(&files, &stage, &err) == RESULT_OK) return 0;
    print_message("%s\n", err.text);
    return -1;
}

static int tear_down(void **state) {
    (void)state;
    stage_release(&stage);
    return 0;
}

static void what_went_wrong_once_goes_well(void **state) {
    static const struct {
        const char *fault;
        enum moment moment;
        uint64_t seeds;
    } rows[] = {
        {"a flinch", MOMENT_WITHDRAW, 6},  /* struck by a filter that had not caught up: I15 */
        {"a flinch", MOMENT_IN_UP, 6},     /* the head left its needle and came back: I5 */
        {"door opened", MOMENT_PLUNGE, 3}, /* a frozen board: the head comes to its needle */
        {"the board resets", MOMENT_PLUNGE, 3},
        {"e-stop pressed", MOMENT_IN_DOWN, 3}, /* acknowledged with the needle in: I18 */
        {"mashed keys", MOMENT_FAULT, 3},
        {"a bit flips on its way out", MOMENT_TRAVEL, 6}, /* a changed travel was struck at: I10 */
        {"a bit flips on its way out", MOMENT_IN_DOWN, 6},
        {"frames come late", MOMENT_PARKING, 3}, /* held twice at once, recorded once: I22 */
        {"the needle does not retract", MOMENT_PLUNGE, 2},
        {"a push at the head", MOMENT_TRAVEL, 2},
        {"the wrong unit", MOMENT_TRAVEL, 2},
        {"steps are lost", MOMENT_DECIDED, 3}, /* parked 0.03 mm off, and never there: I25 */
        {"steps are lost", MOMENT_ARMED, 3},   /* of a tilt, and homed for ever: I25 */
        {"a lesion under the needle", MOMENT_TRAVEL, 3},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t row = 0;
        assert_true(fault_find(rows[i].fault, &row));
        uint64_t run = row * (MOMENT_COUNT - 1) + (uint64_t)rows[i].moment - 1;
        struct campaign_result sum = {0};
        for (uint64_t seed = 1; seed <= rows[i].seeds; seed++) {
            struct error err = {0};
            const struct campaign_setup setup = {&stage, seed, 10, 0};
            assert_int_equal(campaign_run(&setup, run, &sum, NULL, &err), RESULT_OK);
        }
        if (sum.failed_count)
            fail_msg("%s, %s: I%d: %s", rows[i].fault, moment_name(rows[i].moment),
                     sum.failed[0].violation.number, sum.failed[0].violation.text);
        if (sum.unfinished)
            fail_msg("%s, %s: waits in %s", rows[i].fault, moment_name(rows[i].moment),
                     sum.waiting[0].reason);
        if (!sum.injected[row])
            fail_msg("%s never came, %s", rows[i].fault, moment_name(rows[i].moment));
    }
}

/* Whole runs, 100 dots and several faults each, that once violated the invariant named. */
static void runs_that_failed_once_go_well(void **state) {
    static const struct {
        uint64_t seed, run;
        int invariant;
        size_t faults; /* rows of the table when it was found */
    } rows[] = {
        {1, 3388, 14, 50}, /* stamps too old by 100 ms: a travel aimed where the head was */
        {2, 735, 14, 50},  /* held, and asked for its place too seldom */
        {1, 9652, 14, 50}, /* answers late by 50 ms: the way out began two reports after the stop */
        {1, 3485, 22, 50}, /* the needle worn as the parked session asks to be disarmed */
        {11, 734, 13, 50}, /* keys mashed as the cable goes: the port opened, and the board reset,
                          in mid-strike */
        {1, 380, 14, 50},  /* the way out held by a changed byte, and never taken anew */
        {2, 2114, 14, 50}, /* the way out refused by the board, and never taken anew */
        {2, 2046, 13, 50}, /* the head on the retracted needle from one strike to the next: the
                            * checks
                            */
        {1, 8111, 14, 50}, /* answers late by 50 ms: trims over a dot, while the head came nearer */
        {3, 6467, 14, 50}, {1, 7513, 8, 50}, /* a strike's line that lost its number: the checks */
        {2, 1919, 15, 50},                   /* steps lost after the strike was sent: the checks */
        {3, 3041, 4, 50},  /* an override changed while the rig stood, seen when it ran: the checks
                            */
        {5, 9348, 10, 52}, /* struck at long before the travel from a forged place could end */
        {11, 46, 14, 50},  /* a flinch onto the needle after the operator's own pull at the cable */
        {13, 231, 25, 50}, /* a strike refused after the rig had stopped: aimed at it for ever */
        {11, 382, 25, 50}, /* the simulated board forgot its homing */
        {1, 1005, 25, 52}, /* steps of a tilt, homed 256 times in vain */
        {6, 1166, 25, 52},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct campaign_result sum = {0};
        struct error err = {0};
        const struct campaign_setup setup = {&stage, rows[i].seed, 100, rows[i].faults};
        assert_int_equal(campaign_run(&setup, rows[i].run, &sum, NULL, &err), RESULT_OK);
        if (sum.failed_count)
            fail_msg("seed %d run %d, which violated I%d: I%d: %s", (int)rows[i].seed,
                     (int)rows[i].run, rows[i].invariant, sum.failed[0].violation.number,
                     sum.failed[0].violation.text);
        if (sum.unfinished)
            fail_msg("seed %d run %d waits in %s", (int)rows[i].seed, (int)rows[i].run,
                     sum.waiting[0].reason);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_went_wrong_once_goes_well),
                                       cmocka_unit_test(runs_that_failed_once_go_well)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
