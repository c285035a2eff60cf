/* The link against the simulated board: handshake, golden lines on the wire, what counts as
 * executed, and every way the other side can break off. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "controller/link/answer.h"
#include "controller/link/link_state.h"
#include "tests/controller-link/link_scene.h"

static void strike_dot(uint32_t index) {
    send_travel(index);
    run_for(3 * NS_PER_S);
    send_strike(index);
    run_for(200 * NS_PER_MS);
}

static void lines_are_golden(void **state) {
    (void)state;
    char expected[1024];
    connect_and_home();
    strike_dot(0);
    strike_dot(1);
    FILE *golden = fopen("tests/golden/wire/two_dots.txt", "r");
    assert_non_null(golden);
    expected[fread(expected, 1, sizeof expected - 1, golden)] = '\0';
    fclose(golden);
    assert_string_equal(sent, expected);
    assert_int_equal(seen[LINK_EVENT_ACCEPTED], 4);
    assert_int_equal(seen[LINK_EVENT_EXECUTED], 4);
    assert_int_equal(seen[LINK_EVENT_POSITION], 0);
    assert_int_equal(link_in_flight(&the_link), 0);
}

static void one_strike_and_one_travel_at_most(void **state) {
    (void)state;
    connect_and_home();
    send_travel(0);
    gate_on_executed(&scene.gate, scene.gate.last_line);
    assert_int_equal(link_send(&the_link, scene_clear_travel(&scene, 1, now_ns), now_ns),
                     RESULT_LIMIT);
}

static void accepted_is_not_executed(void **state) {
    (void)state;
    connect_and_home();
    send_travel(0);
    run_for(20 * NS_PER_MS);
    assert_int_equal(seen[LINK_EVENT_ACCEPTED], 1);
    assert_int_equal(seen[LINK_EVENT_EXECUTED], 0);
    run_for(3 * NS_PER_S);
    assert_int_equal(seen[LINK_EVENT_EXECUTED], 1);
}

static void a_wrong_setting_refuses_the_board(void **state) {
    (void)state;
    for (int axis = 0; axis < board.axis_count; axis++)
        for (int group = 0; group < 4; group++) {
            set_up(NULL);
            int number = 100 + 10 * group + axis;
            firmware_set_setting(&board, number, 1.01 * firmware_setting(&board, number));
            link_open(&the_link, now_ns);
            firmware_power_up(&board);
            run_for(NS_PER_S);
            assert_int_equal(link_state(&the_link), LINK_REFUSED);
            assert_true(seen[LINK_EVENT_REFUSED] >= 1);
        }
}

static void a_board_that_does_not_reset_on_open_is_woken(void **state) {
    (void)state;
    link_open(&the_link, now_ns); /* no banner comes: a soft reset is sent */
    run_for(2 * NS_PER_S);
    assert_int_equal(link_state(&the_link), LINK_READY);
}

/* Each way of breaking off: the link ends down with a named event, lines in flight are lost, and
 * nothing is sent any more. */
static void breaking_off_is_named(void **state) {
    (void)state;
    const struct {
        const char *name, *bytes;
        enum link_event_kind event;
    } cases[] = {
        {"banner", "\r\nGrblHAL 1.1f ['$' or '$HELP' for help]\r\n", LINK_EVENT_RESET},
        {"silence", NULL, LINK_EVENT_SILENT},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        set_up(NULL);
        connect_and_home();
        send_travel(0);
        run_for(10 * NS_PER_MS);
        if (cases[i].bytes)
            link_on_bytes(&the_link, cases[i].bytes, strlen(cases[i].bytes), now_ns);
        else
            moods_init(&moods, MOOD_SILENT, now_ns, 1);
        run_for(2 * NS_PER_S);
        print_message("%s\n", cases[i].name);
        assert_true(seen[cases[i].event] >= 1);
        assert_int_equal(seen[LINK_EVENT_LOST], 1);
        assert_int_equal(link_state(&the_link), LINK_DOWN);
        sent_length = 0;
        assert_int_equal(link_send(&the_link, scene_clear_strike(&scene, 0, now_ns), now_ns),
                         RESULT_REFUSED);
        run_for(NS_PER_S);
        assert_int_equal(sent_length, 0);
    }
}

static void errors_and_alarms_are_told(void **state) {
    (void)state;
    connect_and_home();
    send_travel(0);
    link_on_bytes(&the_link, "error:9\r\n", 9, now_ns);
    link_on_bytes(&the_link, "ALARM:1\r\n", 9, now_ns);
    take_events();
    assert_int_equal(seen[LINK_EVENT_ERROR], 1);
    assert_int_equal(seen[LINK_EVENT_ALARM], 1);
}

/* A corrupted travel is a valid move: the position at rest shows it. */
static void a_corrupted_travel_is_seen_at_rest(void **state) {
    (void)state;
    connect_and_home();
    send_travel(0);
    char bytes[256];
    size_t count = link_take_output(&the_link, bytes, sizeof bytes);
    char *digit = strstr(bytes, "X15");
    assert_non_null(digit);
    digit[2] = '4';
    firmware_on_bytes(&board, bytes, count, now_ns);
    run_for(3 * NS_PER_S);
    assert_true(seen[LINK_EVENT_POSITION] >= 1);
}

static void answers_are_parsed_strictly(void **state) {
    (void)state;
    const struct {
        const char *line;
        enum answer_kind kind;
        int code;
    } cases[] = {
        {"ok", ANSWER_OK, 0},
        {"ok ", ANSWER_UNKNOWN, 0},
        {"error:22", ANSWER_ERROR, 22},
        {"error:", ANSWER_UNKNOWN, 0},
        {"error:2x", ANSWER_UNKNOWN, 0},
        {"ALARM:11", ANSWER_ALARM, 11},
        {"GrblHAL 1.1f ['$' or '$HELP' for help]", ANSWER_BANNER, 0},
        {"Grbl 1.1h ['$' for help]", ANSWER_BANNER, 0},
        {"[MSG:Caution: Unlocked]", ANSWER_OTHER, 0},
        {"[PRB:0.000,0.000,-1.000:1]", ANSWER_PROBE, 1},
        {"[PRB:0.000,0.000,-1.000:0]", ANSWER_PROBE, 0},
        {"$110=12000.000", ANSWER_SETTING, 110},
        {"$x=1", ANSWER_UNKNOWN, 0},
        {"<Idle|MPos:0.000,0.000,0.000|FS:0,0>", ANSWER_STATUS, 0},
        {"<Run|MPos:15.500,10.400,-0.819,12.200,5.600,-1.200|Bf:100,127|Ln:76|FS:0,0>",
         ANSWER_STATUS, 0},
        {"<FS:0,0|Idle|MPos:0,0,0>", ANSWER_UNKNOWN, 0},
        {"<Idle|MPos:0.000,nan,0.000>", ANSWER_UNKNOWN, 0},
        {"<Idle|MPos:0.000,0.000,0.000", ANSWER_UNKNOWN, 0},
        {"<Hold:1|Ln:5|MPos:1,2,3>", ANSWER_STATUS, 0},
        {"<Idle|MPos:0,0,0|Bf:1e23,5>", ANSWER_UNKNOWN, 0}, /* found by fuzzing: no int holds it */
        {"<Idle|MPos:0,0,0|Bf:-1,5>", ANSWER_UNKNOWN, 0},
        {"", ANSWER_EMPTY, 0},
        {"hello", ANSWER_UNKNOWN, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct answer answer;
        answer_parse(cases[i].line, strlen(cases[i].line), &answer);
        if (answer.kind != cases[i].kind)
            fail_msg("'%s' is of kind %d", cases[i].line, answer.kind);
        assert_int_equal(answer.code, cases[i].code);
    }
}

/* Anything at all, in any split, forever: no crash, no growth. */
static void garbage_is_survived(void **state) {
    (void)state;
    struct rng rng;
    rng_init(&rng, 61);
    print_message("seed 61\n");
    static const char *const pieces[] = {"ok\r\n",      "error:1\n", "<Idle|MPos:0,0,0>\n",
                                         "\xff\x80",    "[OPT:,,]",  "$$$=====\n",
                                         "<<<>>>|||\n", "ALARM:\n"};
    connect_and_home();
    for (int i = 0; i < 20000; i++) {
        unsigned char bytes[64];
        size_t count = 1 + rng_below(&rng, sizeof bytes);
        for (size_t k = 0; k < count; k++) bytes[k] = (unsigned char)rng_below(&rng, 256);
        const char *piece = pieces[rng_below(&rng, 8)];
        link_on_bytes(&the_link, bytes, count, now_ns);
        link_on_bytes(&the_link, piece, strlen(piece), now_ns);
        link_tick(&the_link, now_ns += NS_PER_MS);
        take_events();
        (void)link_take_output(&the_link, bytes, sizeof bytes);
        if (i % 100 == 0) link_open(&the_link, now_ns);
    }
}

/* A travel is sent twice. One digit turned in either copy is seen while the rig is still on its
 * way, and only a travel that came whole is confirmed. */
static void a_changed_travel_is_seen_on_its_way(void **state) {
    (void)state;
    for (int turned = 0; turned < 3; turned++) {
        set_up(NULL);
        connect_and_home();
        memset(seen, 0, sizeof seen);
        const struct cleared_command *command = scene_clear_travel(&scene, 0, now_ns);
        uint32_t line = cleared_line(command);
        assert_int_equal(link_send(&the_link, command, now_ns), RESULT_OK);
        char bytes[256];
        size_t count = link_take_output(&the_link, bytes, sizeof bytes - 1);
        bytes[count] = '\0';
        char *x = strchr(bytes, 'X');
        assert_non_null(x);
        if (turned == 2) x = strchr(x + 1, 'X');
        assert_non_null(x);
        if (turned) x[3] ^= 4; /* 150 -> 154 */
        firmware_on_bytes(&board, bytes, count, now_ns);
        run_for(60 * NS_PER_MS);
        const struct machine_status *status = link_status(&the_link);
        assert_int_equal(status->state, MACHINE_RUN);
        assert_int_equal(seen[LINK_EVENT_POSITION], turned > 0);
        assert_int_equal(status->confirmed_line == line, turned == 0);
        run_for(3 * NS_PER_S); /* once is enough */
        assert_int_equal(seen[LINK_EVENT_POSITION], turned > 0);
        assert_int_equal(status->confirmed_line == line, turned == 0);
    }
}

/* A board that does not tell its blocks confirms by standing there. */
static void without_block_counts_the_place_confirms(void **state) {
    (void)state;
    connect_and_home();
    link_data(&the_link)->planner_empty = -1;
    const struct cleared_command *command = scene_clear_travel(&scene, 0, now_ns);
    uint32_t line = cleared_line(command);
    assert_int_equal(link_send(&the_link, command, now_ns), RESULT_OK);
    run_for(60 * NS_PER_MS);
    assert_int_not_equal(link_status(&the_link)->confirmed_line, line);
    run_for(3 * NS_PER_S);
    assert_int_equal(link_status(&the_link)->confirmed_line, line);
}

/* A line number that was never sent: the running line was changed. */
static void an_unknown_line_breaks_off(void **state) {
    (void)state;
    connect_and_home();
    send_travel(0);
    char bytes[256];
    size_t count = link_take_output(&the_link, bytes, sizeof bytes);
    bytes[1] = '7'; /* N1 -> N7 */
    firmware_on_bytes(&board, bytes, count, now_ns);
    run_for(60 * NS_PER_MS);
    assert_int_equal(seen[LINK_EVENT_GARBLED], 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(lines_are_golden, set_up),
        cmocka_unit_test_setup(one_strike_and_one_travel_at_most, set_up),
        cmocka_unit_test_setup(accepted_is_not_executed, set_up),
        cmocka_unit_test_setup(a_wrong_setting_refuses_the_board, set_up),
        cmocka_unit_test_setup(a_board_that_does_not_reset_on_open_is_woken, set_up),
        cmocka_unit_test_setup(breaking_off_is_named, set_up),
        cmocka_unit_test_setup(errors_and_alarms_are_told, set_up),
        cmocka_unit_test_setup(a_corrupted_travel_is_seen_at_rest, set_up),
        cmocka_unit_test_setup(answers_are_parsed_strictly, set_up),
        cmocka_unit_test_setup(garbage_is_survived, set_up),
        cmocka_unit_test_setup(a_changed_travel_is_seen_on_its_way, set_up),
        cmocka_unit_test_setup(without_block_counts_the_place_confirms, set_up),
        cmocka_unit_test_setup(an_unknown_line_breaks_off, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
