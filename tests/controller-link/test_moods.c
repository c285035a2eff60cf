/* The link against a board in every mood: each ends in a named state, nothing is sent after a
 * break, what was in flight is lost by name, and a fresh handshake is possible when the mood has
 * passed. */
#include <stdio.h>

#include "tests/controller-link/link_scene.h"

/* Ready for lines, nothing seen yet. */
static void begin(void) {
    connect_and_home();
    memset(seen, 0, sizeof seen);
}

/* Travels and strikes have numbers; since sent_length was last cleared. */
static bool was_motion_sent(void) {
    return memchr(sent, 'N', sent_length) != NULL;
}

struct mood_case {
    enum mood_kind mood;
    enum link_event_kind ends_with; /* NONE: the mood is harmless */
    enum link_state then;           /* READY: a board that goes on answering was begun anew */
};

static void each_mood_ends_in_a_named_state(void **state) {
    (void)state;
    const struct mood_case cases[] = {
        {MOOD_SILENT, LINK_EVENT_SILENT, LINK_DOWN},
        {MOOD_BABBLING, LINK_EVENT_GARBLED, LINK_DOWN},
        {MOOD_BANNER, LINK_EVENT_RESET, LINK_DOWN},
        {MOOD_OK_LOST, LINK_EVENT_POSITION, LINK_READY},
        {MOOD_OK_DOUBLED, LINK_EVENT_GARBLED, LINK_READY},
        {MOOD_SPLIT, LINK_EVENT_NONE, LINK_READY},
        {MOOD_JOINED, LINK_EVENT_NONE, LINK_READY},
        {MOOD_OTHER, LINK_EVENT_GARBLED, LINK_READY},
        {MOOD_CORRUPT_IN, LINK_EVENT_POSITION, LINK_READY},
        {MOOD_CORRUPT_OUT, LINK_EVENT_POSITION, LINK_READY},
        {MOOD_UNPLUGGED, LINK_EVENT_CLOSED, LINK_DOWN},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bool is_harmless = cases[i].ends_with == LINK_EVENT_NONE;
        set_up(NULL);
        begin();
        send_travel(0);
        moods_init(&moods, cases[i].mood, now_ns, 3);
        run_for(6 * NS_PER_S);
        print_message("%-14s %s\n", mood_name(cases[i].mood), is_harmless ? "-" : last_text);
        if (is_harmless) {
            assert_int_equal(link_state(&the_link), LINK_READY);
            assert_int_equal(seen[LINK_EVENT_EXECUTED], 1);
            continue;
        }
        assert_true(seen[cases[i].ends_with] >= 1);
        assert_int_equal(link_state(&the_link), cases[i].then);
        assert_int_equal(seen[LINK_EVENT_LOST] + seen[LINK_EVENT_EXECUTED], 1);
        sent_length = 0;
        run_for(NS_PER_S);
        assert_false(was_motion_sent());
        /* The mood has passed: a handshake, and still nothing moves by itself. */
        moods_init(&moods, MOOD_GOOD, 0, 1);
        link_open(&the_link, now_ns);
        run_for(5 * NS_PER_S);
        assert_int_equal(link_state(&the_link), LINK_READY);
        assert_false(was_motion_sent());
    }
}

/* The same moods from the first byte on: the handshake ends named, too. */
static void moods_at_connect(void **state) {
    (void)state;
    const struct mood_case cases[] = {
        {MOOD_SILENT, LINK_EVENT_SILENT, LINK_DOWN},
        {MOOD_WRONG_BAUD, LINK_EVENT_GARBLED, LINK_DOWN},
        {MOOD_SPLIT, LINK_EVENT_NONE, LINK_READY},
        {MOOD_JOINED, LINK_EVENT_NONE, LINK_READY},
        {MOOD_UNPLUGGED, LINK_EVENT_CLOSED, LINK_DOWN},
        {MOOD_RESETS_ON_OPEN, LINK_EVENT_NONE, LINK_READY},
        {MOOD_OK_LOST, LINK_EVENT_SILENT, LINK_DOWN},
        {MOOD_OK_DOUBLED, LINK_EVENT_GARBLED, LINK_DOWN},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        set_up(NULL);
        moods_init(&moods, cases[i].mood, now_ns, 3);
        link_open(&the_link, now_ns);
        if (cases[i].mood == MOOD_RESETS_ON_OPEN) firmware_power_up(&board);
        run_for(12 * NS_PER_S);
        print_message("%-14s %s\n", mood_name(cases[i].mood), last_text);
        assert_int_equal(link_state(&the_link), cases[i].then);
        if (cases[i].ends_with != LINK_EVENT_NONE) assert_true(seen[cases[i].ends_with] >= 1);
        assert_false(was_motion_sent());
    }
}

/* A guard that comes back while the board still runs what it holds: it is let end, the position
 * stays. */
static void what_still_moves_is_let_end(void **state) {
    (void)state;
    begin();
    send_travel(0);
    run_for(20 * NS_PER_MS);
    assert_int_equal(board.state, FIRMWARE_RUN);
    link_open(&the_link, now_ns);
    run_for(5 * NS_PER_S);
    assert_int_equal(link_state(&the_link), LINK_READY);
    assert_int_equal(seen[LINK_EVENT_LOST], 1);
    assert_int_equal(seen[LINK_EVENT_ALARM], 0);
    assert_true(board.is_homed && board.state == FIRMWARE_IDLE);
}

static void an_emergency_stop_at_connect_is_named(void **state) {
    (void)state;
    firmware_set_pin(&board, FIRMWARE_PIN_ESTOP, true, now_ns);
    link_open(&the_link, now_ns);
    run_for(12 * NS_PER_S);
    assert_int_equal(link_state(&the_link), LINK_DOWN);
    assert_int_equal(seen[LINK_EVENT_ALARM], 1);
    assert_non_null(strstr(last_text, "emergency stop"));
    firmware_set_pin(&board, FIRMWARE_PIN_ESTOP, false, now_ns);
    link_open(&the_link, now_ns);
    run_for(5 * NS_PER_S);
    assert_int_equal(link_state(&the_link), LINK_READY);
}

static void a_work_offset_refuses_and_breaks(void **state) {
    (void)state;
    board.offsets[0][1] = 0.5;
    link_open(&the_link, now_ns);
    run_for(3 * NS_PER_S);
    assert_int_equal(link_state(&the_link), LINK_REFUSED);
    set_up(NULL);
    begin();
    board.offsets[0][1] = 0.5; /* another program sets it while the link is ready */
    run_for(3 * NS_PER_S);
    assert_int_equal(link_state(&the_link), LINK_DOWN);
    assert_int_equal(seen[LINK_EVENT_GARBLED], 2); /* begun anew, it stands there still */
}

/* An error latches: nothing more is sent, the queue ends, then both are in step again. */
static void an_error_is_resynchronised(void **state) {
    (void)state;
    begin();
    send_travel(0);
    unsigned char bytes[256];
    size_t count = link_take_output(&the_link, bytes, sizeof bytes);
    unsigned char *letter = memchr(bytes, 'G', count);
    assert_non_null(letter);
    *letter = 'Q'; /* a changed byte: "Q0" */
    firmware_on_bytes(&board, bytes, count, now_ns);
    run_for(5 * NS_PER_MS);
    assert_int_equal(seen[LINK_EVENT_ERROR], 1);
    run_for(NS_PER_S);
    assert_int_equal(seen[LINK_EVENT_SYNCED], 1);
    assert_int_equal(link_state(&the_link), LINK_READY);
    assert_int_equal(board.latched_error, 0);
}

/* Hold to standstill with the needle out, then reset: queue empty, position kept. */
static void a_flush_keeps_the_position(void **state) {
    (void)state;
    begin();
    send_travel(0);
    run_for(60 * NS_PER_MS);
    assert_int_equal(board.state, FIRMWARE_RUN);
    int64_t asked_ns = now_ns;
    assert_int_equal(link_ask(&the_link, LINK_FLUSH, now_ns), RESULT_OK);
    assert_true(scene.gate.travel_line != 0);
    scene.gate.arrival_ns =
        now_ns; /* as if the gate took the travel to be over: the link refuses */
    assert_int_equal(link_send(&the_link, scene_clear_strike(&scene, 0, now_ns), now_ns),
                     RESULT_REFUSED);
    while (board.is_moving) run_for(NS_PER_MS);
    double still_ms = (double)(now_ns - asked_ns) / (double)NS_PER_MS;
    print_message("standstill after %.0f ms\n", still_ms);
    assert_true(still_ms <= 100);
    run_for(2 * NS_PER_S);
    assert_int_equal(seen[LINK_EVENT_FLUSHED], 1);
    assert_int_equal(seen[LINK_EVENT_LOST], 1);
    assert_int_equal(link_state(&the_link), LINK_READY);
    assert_true(board.is_homed && board.state == FIRMWARE_IDLE && board.block_count == 0);
}

static void a_flush_in_a_strike_says_so(void **state) {
    (void)state;
    begin();
    send_travel(0);
    run_for(3 * NS_PER_S);
    send_strike(0);
    run_for(15 * NS_PER_MS);
    assert_true(board.position[2] < -0.2);
    assert_int_equal(link_ask(&the_link, LINK_FLUSH, now_ns), RESULT_OK);
    run_for(2 * NS_PER_S);
    assert_int_equal(seen[LINK_EVENT_NEEDLE_IN], 1);
    assert_int_equal(seen[LINK_EVENT_FLUSHED], 0);
    assert_int_equal(seen[LINK_EVENT_LOST], 1); /* the dot is doubtful */
    struct service_clearance clearance;
    const struct cleared_service *retract = NULL;
    struct service_rig limits = {.axis_count = 5, .stroke_max_mm = 1.5};
    struct service_facts facts = {.is_idle = true, .needle_mm = 0.5};
    struct service_command command = {.kind = SERVICE_RETRACT};
    assert_int_equal(service_clear(&clearance, &limits, &facts, &command, &retract),
                     SERVICE_CLEARED);
    assert_int_equal(link_send_service(&the_link, retract, now_ns), RESULT_OK);
    run_for(NS_PER_S);
    assert_true(board.position[2] == 0);
}

static void overrides_and_check_mode(void **state) {
    (void)state;
    begin();
    assert_int_equal(link_ask(&the_link, LINK_RAPID_QUARTER, now_ns), RESULT_OK);
    assert_int_equal(link_ask(&the_link, LINK_FEED_UP_10, now_ns), RESULT_OK);
    run_for(100 * NS_PER_MS);
    assert_true(board.rapid_override == 25 && board.feed_override == 110);
    assert_int_equal(link_ask(&the_link, LINK_CHECK_MODE, now_ns), RESULT_OK);
    run_for(200 * NS_PER_MS);
    assert_int_equal(link_status(&the_link)->state, MACHINE_CHECK);
    assert_int_equal(link_ask(&the_link, LINK_CHECK_MODE, now_ns), RESULT_OK);
    run_for(2 * NS_PER_S);
    assert_int_equal(link_state(&the_link), LINK_READY);
    assert_int_equal(link_status(&the_link)->state, MACHINE_IDLE);
    assert_int_equal(board.rapid_override, 100);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(each_mood_ends_in_a_named_state, set_up),
        cmocka_unit_test_setup(moods_at_connect, set_up),
        cmocka_unit_test_setup(what_still_moves_is_let_end, set_up),
        cmocka_unit_test_setup(an_emergency_stop_at_connect_is_named, set_up),
        cmocka_unit_test_setup(a_work_offset_refuses_and_breaks, set_up),
        cmocka_unit_test_setup(an_error_is_resynchronised, set_up),
        cmocka_unit_test_setup(a_flush_keeps_the_position, set_up),
        cmocka_unit_test_setup(a_flush_in_a_strike_says_so, set_up),
        cmocka_unit_test_setup(overrides_and_check_mode, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
