/* The simulated board as a peer sees it: answers, line ends, the error latch, buffers, times. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "sim/firmware.h"

static struct firmware board;
static int64_t now_ns;
static char heard[8192];

static int set_up(void **state) {
    struct rig rig;
    struct error err = {0};
    (void)state;
    if (rig_read("configs/rigs/gantry.yaml", &rig, &err) != RESULT_OK) return -1;
    now_ns = NS_PER_S;
    firmware_init(&board, &rig, now_ns);
    return 0;
}

/* Send, let time pass, and return all that the board said, CR taken out. */
static const char *say(const char *bytes, int64_t then_ns) {
    size_t kept = 0;
    firmware_on_bytes(&board, bytes, strlen(bytes), now_ns);
    firmware_step(&board, now_ns += then_ns);
    size_t count = firmware_take_output(&board, heard, sizeof heard - 1);
    for (size_t i = 0; i < count; i++)
        if (heard[i] != '\r') heard[kept++] = heard[i];
    heard[kept] = '\0';
    return heard;
}

static void homed(void) {
    say("$H\n", 3 * NS_PER_S);
}

static void one_answer_a_line_whatever_ends_it(void **state) {
    (void)state;
    const char *const ends[] = {"\n", "\r", "\r\n"};
    for (size_t i = 0; i < 3; i++) {
        char line[32];
        set_up(NULL);
        homed();
        snprintf(line, sizeof line, "G0 X1%sG0 X2%s", ends[i], ends[i]);
        assert_string_equal(say(line, NS_PER_S), "ok\nok\n");
        assert_true(board.position[0] == 2);
    }
    assert_string_equal(say("\n", 0), "ok\n"); /* a blank line answers */
}

static void an_error_latches_until_a_blank_line(void **state) {
    (void)state;
    homed();
    assert_string_equal(say("G77\r\nG0 X2\r\n", NS_PER_S), "error:20\nerror:20\n");
    assert_true(board.position[0] == 0);
    assert_string_equal(say("\nG0 X2\n", NS_PER_S), "ok\nok\n");
    assert_true(board.position[0] == 2);
}

static void errors_have_their_numbers(void **state) {
    (void)state;
    const struct {
        const char *line, *answer;
    } cases[] = {
        {"1G0\n", "error:1\n"},
        {"G0 X1..2\n", "error:2\n"},
        {"G0 X1 X2\n", "error:25\n"},
        {"G1 X1\n", "error:22\n"},
        {"G81 Z-1 R0\n", "error:22\n"},
        {"G81 A1 Z-1 R0 F100\n", "error:24\n"},
        {"G0 X1 Q1\n", "error:36\n"},
        {"$nonsense\n", "error:3\n"},
        {"N99999999 G0 X1\n", "error:27\n"},
        {"*71\n", "error:1\n"},
    };
    assert_string_equal(say("G0 X1\n", 0), "error:9\n"); /* locked: not homed */
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        set_up(NULL);
        homed();
        const char *answer = say(cases[i].line, 0);
        if (strcmp(answer, cases[i].answer) != 0) fail_msg("%s -> %s", cases[i].line, answer);
    }
}

static void soft_limits_alarm(void **state) {
    (void)state;
    homed();
    assert_string_equal(say("G0 X301\n", 0), "ALARM:2\n[MSG:Reset to continue]\n");
    assert_string_equal(say("G0 X1\n", 0), "error:79\n"); /* blocks until a reset */
    assert_non_null(strstr(say("\x18", 0), "unlock"));
    assert_string_equal(say("G0 X1\n", 0), "error:9\n");
    assert_string_equal(say("$X\n", 0), "[MSG:Caution: Unlocked]\nok\n");
}

static void a_full_buffer_loses_bytes_and_overtakes_nothing(void **state) {
    (void)state;
    static char flood[4096];
    for (int i = 0; i < 200; i++) memcpy(flood + 10 * i, "G0 X1.000\n", 10);
    say("$H\n", 0);
    assert_string_equal(say(flood, 200 * NS_PER_MS), ""); /* homing still runs: not a word */
    assert_int_equal(board.bytes_dropped, 2000 - FIRMWARE_RX_BYTES);
    const char *answers = say("", 3 * NS_PER_S);
    assert_int_equal(strncmp(answers, "ok\nok\n", 6), 0);
}

static int64_t time_of(const char *line) {
    say(line, 0);
    int64_t start_ns = now_ns;
    /* while it dwells, the board says Idle and keeps its answer back */
    for (int i = 0; i < 100000 && (board.block_count || board.is_line_waiting); i++)
        say("", 10 * NS_PER_US);
    return now_ns - start_ns;
}

static void strikes_take_their_time_and_dwell(void **state) {
    (void)state;
    homed();
    double plain_ms = (double)time_of("G81 Z-1.0 R0 F4800\n") / (double)NS_PER_MS;
    double dwelling_ms = (double)time_of("G82 Z-1.0 R0 F4800 P0.01\n") / (double)NS_PER_MS;
    assert_true(plain_ms > 44.5 && plain_ms < 45.5); /* 22.5 down at 80 mm/s, 22.4 out */
    assert_true(dwelling_ms - plain_ms > 49.9 &&
                dwelling_ms - plain_ms < 50.1); /* in 50 ms steps */
    assert_true(board.position[2] == 0);
}

static void a_hold_in_a_strike_stands_in_the_skin_and_resumes(void **state) {
    (void)state;
    homed();
    say("G81 Z-1.0 R0 F4800\n", 15 * NS_PER_MS);
    say("!", 100 * NS_PER_MS);
    assert_int_equal(board.state, FIRMWARE_HOLD);
    assert_true(board.position[2] < -0.5); /* why the guard never holds a running strike */
    say("~", NS_PER_S);
    assert_int_equal(board.state, FIRMWARE_IDLE);
    assert_true(board.position[2] == 0);
}

static void resets_keep_or_lose_the_position(void **state) {
    (void)state;
    homed();
    say("G0 X100\n", 50 * NS_PER_MS);
    assert_non_null(strstr(say("\x18", 0), "ALARM:3")); /* moving: lost */
    set_up(NULL);
    homed();
    say("G0 X100\n", 50 * NS_PER_MS);
    say("!", NS_PER_S);
    double at = board.position[0];
    assert_null(strstr(say("\x18", 0), "ALARM")); /* in hold: kept, queue flushed */
    assert_int_equal(board.state, FIRMWARE_IDLE);
    say("", NS_PER_S);
    assert_true(board.position[0] == at);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(one_answer_a_line_whatever_ends_it, set_up),
        cmocka_unit_test_setup(an_error_latches_until_a_blank_line, set_up),
        cmocka_unit_test_setup(errors_have_their_numbers, set_up),
        cmocka_unit_test_setup(soft_limits_alarm, set_up),
        cmocka_unit_test_setup(a_full_buffer_loses_bytes_and_overtakes_nothing, set_up),
        cmocka_unit_test_setup(strikes_take_their_time_and_dwell, set_up),
        cmocka_unit_test_setup(a_hold_in_a_strike_stands_in_the_skin_and_resumes, set_up),
        cmocka_unit_test_setup(resets_keep_or_lose_the_position, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
