/* The transcripts of tests/golden/dialect against the simulated board: it speaks as the real
 * firmware does. `smprig rig conformance` runs the same files against any port. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <glob.h>

#include "base/clock.h"
#include "base/file.h"
#include "controller/link/transcript.h"
#include "sim/firmware.h"

static struct firmware board;
static int64_t now_ns;

static void send_to_board(void *context, const void *bytes, size_t count) {
    (void)context;
    firmware_on_bytes(&board, bytes, count, now_ns);
}

static int receive(void *context, void *buffer, size_t size, int ms) {
    (void)context;
    now_ns += ms * NS_PER_MS;
    firmware_step(&board, now_ns);
    return (int)firmware_take_output(&board, buffer, size);
}

static void pause_for(void *context, int ms) {
    (void)context;
    now_ns += ms * NS_PER_MS;
    firmware_step(&board, now_ns);
}

static bool set_pin(void *context, const char *name, bool is_on) {
    static const char *const names[] = {"estop", "door", "probe"};
    (void)context;
    for (unsigned i = 0; i < 3; i++)
        if (strcmp(name, names[i]) == 0) {
            firmware_set_pin(&board, (enum firmware_pin)i, is_on, now_ns);
            return true;
        }
    int axis = firmware_axis(name[0]);
    if (axis < 0 || name[1]) return false;
    firmware_set_pin(&board, (enum firmware_pin)(FIRMWARE_PIN_LIMIT + axis), is_on, now_ns);
    return true;
}

static bool set_surface(void *context, char axis, double at) {
    (void)context;
    firmware_set_probe_surface(&board, firmware_axis(axis), at);
    return firmware_axis(axis) >= 0;
}

static const struct transcript_peer peer = {.may_move = true,
                                            .send = send_to_board,
                                            .receive = receive,
                                            .pause = pause_for,
                                            .set_pin = set_pin,
                                            .set_surface = set_surface};

static void the_simulated_board_speaks_the_dialect(void **state) {
    struct rig rig;
    struct error err = {0};
    glob_t files = {0};
    int failed = 0;
    (void)state;
    assert_int_equal(rig_read("configs/rigs/gantry.yaml", &rig, &err), RESULT_OK);
    assert_int_equal(glob("tests/golden/dialect/*.txt", 0, NULL, &files), 0);
    assert_true(files.gl_pathc >= 45);
    now_ns = NS_PER_S;
    firmware_init(&board, &rig, now_ns);
    firmware_power_up(&board);
    char sink[4096];
    (void)firmware_take_output(&board, sink, sizeof sink); /* nobody heard the power-up */
    for (size_t i = 0; i < files.gl_pathc; i++) {
        char *text = NULL, why[600] = "";
        size_t size = 0;
        assert_int_equal(file_read(files.gl_pathv[i], 65536, &text, &size, &err), RESULT_OK);
        if (transcript_run(files.gl_pathv[i], text, &peer, why, sizeof why) != TRANSCRIPT_PASSED) {
            print_message("%s\n", why);
            failed++;
        }
        free(text);
    }
    globfree(&files);
    assert_int_equal(failed, 0);
}

/* A wrong board is found: each of these transcripts must fail. */
static void a_transcript_can_fail(void **state) {
    static const char *const wrong[] = {"> G21\n< error:20\n", "> $I\n< ok\n", "> G21\nnone\n",
                                        "> G21\n< ok\n< ok\n", "nonsense\n",   ">> \\q\n",
                                        "ask <Run|*\n",        "wait x\n"};
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char why[600] = "";
        firmware_on_bytes(&board, "\x18\n", 2, now_ns);
        (void)receive(NULL, why, 0, 1);
        char sink[1024];
        (void)firmware_take_output(&board, sink, sizeof sink);
        print_message("%s", wrong[i]);
        assert_int_equal(transcript_run("wrong", wrong[i], &peer, why, sizeof why),
                         TRANSCRIPT_FAILED);
        assert_non_null(strstr(why, "wrong:"));
    }
}

static void patterns_match(void **state) {
    (void)state;
    const struct {
        const char *pattern, *text;
        bool matches;
    } cases[] = {
        {"ok", "ok", true},      {"ok", "ok ", false},   {"*", "", true},
        {"a*c", "abbc", true},   {"a*c", "abcb", false}, {"<Run|*Ln:7|*", "<Run|Ln:7|x", true},
        {"*a*b", "xaxxb", true}, {"", "x", false},       {"a*", "a", true}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(transcript_matches(cases[i].pattern, cases[i].text), cases[i].matches);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(patterns_match),
        cmocka_unit_test(the_simulated_board_speaks_the_dialect),
        cmocka_unit_test(a_transcript_can_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
