/* What a byte lost or changed on its way leaves of a board that goes on answering: told, and begun
 * anew with its position kept, so that the needle can get away from the skin. */
#include <math.h>
#include <stdio.h>

#include "tests/controller-link/link_scene.h"

/* What it has ends by itself, then it is reset where it stands; the link takes lines again. */
static void a_board_that_still_answers_is_begun_anew(void **state) {
    (void)state;
    static const struct {
        const char *name, *bytes;
    } cases[] = {
        {"ok too many", "ok\r\nok\r\n"},
        {"error too many", "error:2\r\nerror:2\r\nerror:2\r\n"},
        {"no answer", "oj\r\n"},
        {"no text", "o\x8bk\r\n"},
        {"a line never sent", "<Run|MPos:0,0,0,0,0,0|Bf:99,1023|Ln:77>\r\n"},
        {"slow rapids", "<Run|MPos:0,0,0,0,0,0|Bf:99,1023|Ov:100,25,100>\r\n"},
        {"fast feed", "<Run|MPos:0,0,0,0,0,0|Bf:99,1023|Ov:110,100,100>\r\n"},
        {"a work offset", "<Run|MPos:0,0,0,0,0,0|Bf:99,1023|WCO:0,1,0,0,0,0>\r\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        set_up(NULL);
        connect_and_home();
        send_travel(0);
        run_for(10 * NS_PER_MS);
        print_message("%s\n", cases[i].name);
        link_on_bytes(&the_link, cases[i].bytes, strlen(cases[i].bytes), now_ns);
        take_events();
        assert_int_equal(seen[LINK_EVENT_GARBLED] + seen[LINK_EVENT_ERROR], 1);
        assert_false(link_takes_lines(&the_link));
        run_for(2 * NS_PER_S);
        assert_int_equal(seen[LINK_EVENT_LOST] + seen[LINK_EVENT_ERROR], 1);
        assert_int_equal(seen[LINK_EVENT_FLUSHED] + seen[LINK_EVENT_SYNCED], 1);
        assert_int_equal(seen[LINK_EVENT_ALARM], 0);
        assert_true(link_takes_lines(&the_link) && board.is_homed);
    }
}

/* A byte that became 0x19: the board stands with its needle out and runs what is left of a line. It
 * is held at once, and begun anew where it stands. */
static void a_stop_that_nobody_sent_is_held(void **state) {
    (void)state;
    const unsigned char stop = 0x19;
    connect_and_home();
    send_travel(0);
    run_for(10 * NS_PER_MS);
    firmware_on_bytes(&board, &stop, 1, now_ns);
    firmware_on_bytes(&board, "G0X50\n", 6, now_ns);
    sent_length = 0;
    run_for(5 * NS_PER_MS);
    assert_non_null(memchr(sent, '!', sent_length));
    run_for(400 * NS_PER_MS);
    assert_int_equal(seen[LINK_EVENT_GARBLED], 1);
    assert_int_equal(seen[LINK_EVENT_FLUSHED], 1);
    assert_true(link_takes_lines(&the_link) && board.is_homed);
}

/* The line's end was changed on its way: the board waits for more of it, and the needle over the
 * skin. */
static void a_line_without_its_end_is_noticed_soon(void **state) {
    (void)state;
    connect_and_home();
    send_travel(0);
    unsigned char bytes[256];
    size_t count = link_take_output(&the_link, bytes, sizeof bytes);
    while (bytes[count - 1] != '\n') count--;
    firmware_on_bytes(&board, bytes, count - 1, now_ns);
    int64_t at_rest_ns = 0;
    while (!seen[LINK_EVENT_POSITION] && now_ns < 30 * NS_PER_S) {
        if (board.state == FIRMWARE_RUN) at_rest_ns = now_ns;
        run_for(NS_PER_MS);
    }
    print_message("noticed %.0f ms after its travel\n", 1e-6 * (double)(now_ns - at_rest_ns));
    assert_true(now_ns - at_rest_ns <= 50 * NS_PER_MS);
    run_for(200 * NS_PER_MS);
    assert_int_equal(seen[LINK_EVENT_LOST], 1);
    assert_true(link_takes_lines(&the_link) && board.is_homed);
}

/* A strike of which a changed byte made a comment, or one that does not reach the skin: answered,
 * and nothing done. */
static void a_strike_that_never_ran(const char *before, char to) {
    set_up(NULL);
    connect_and_home();
    send_travel(0);
    run_for(NS_PER_S);
    assert_int_equal(seen[LINK_EVENT_EXECUTED], 1);
    send_strike(0);
    unsigned char bytes[256];
    size_t count = link_take_output(&the_link, bytes, sizeof bytes);
    unsigned char *byte = memmem(bytes, count, before, strlen(before));
    assert_non_null(byte);
    byte[strlen(before)] = (unsigned char)to;
    firmware_on_bytes(&board, bytes, count, now_ns);
    run_for(NS_PER_S);
    assert_int_equal(seen[LINK_EVENT_EXECUTED], 1);
    assert_int_equal(seen[LINK_EVENT_LOST], 1);
    assert_int_equal(seen[LINK_EVENT_POSITION], 1);
}

static void a_strike_that_never_ran_is_not_executed(void **state) {
    (void)state;
    a_strike_that_never_ran(" ", ';');
    a_strike_that_never_ran("Z-", 0x11); /* dropped: Z-.100 */
}

/* A strike's line in which a digit became an axis letter: the board makes a way sideways of it, one
 * block more than a strike takes. Seen before it begins when its travel still runs, and else by the
 * report that is asked for at its `ok`. */
static void a_strike_that_leads_sideways(const char *from, const char *to, bool is_on_its_way) {
    char bytes[256], changed[256];
    set_up(NULL);
    connect_and_home();
    send_travel(0);
    run_for(is_on_its_way ? scene.gate.arrival_ns - 10 * NS_PER_MS - now_ns : NS_PER_S);
    double q[3];
    memcpy(q, link_status(&the_link)->q, sizeof q);
    assert_int_equal(seen[LINK_EVENT_EXECUTED], !is_on_its_way);
    send_strike(0);
    size_t count = link_take_output(&the_link, bytes, sizeof bytes - 1);
    bytes[count] = '\0';
    char *at = strstr(bytes, from);
    assert_non_null(at);
    *at = '\0';
    snprintf(changed, sizeof changed, "%s%s%s", bytes, to, at + strlen(from));
    firmware_on_bytes(&board, changed, strlen(changed), now_ns);
    for (int i = 0; i < 50 && !seen[LINK_EVENT_POSITION]; i++) run_for(STEP_NS);
    assert_int_equal(seen[LINK_EVENT_POSITION], 1);
    assert_int_equal(seen[LINK_EVENT_GARBLED], 0);
    if (is_on_its_way) return; /* the travel itself still runs */
    for (int i = 0; i < 3; i++) assert_true(fabs(link_status(&the_link)->q[i] - q[i]) < 0.05);
}

static void a_strike_that_leads_sideways_is_seen_at_once(void **state) {
    (void)state;
    for (int is_on_its_way = 0; is_on_its_way <= 1; is_on_its_way++) {
        a_strike_that_leads_sideways("Z-1.1", "Z-1.Y", is_on_its_way);
        a_strike_that_leads_sideways("N3", "N1Y3",
                                     is_on_its_way); /* and runs under another number */
    }
}

static void hear(double needle_mm, int blocks, uint32_t line) {
    char report[160], *at = report, *end = report + sizeof report;
    at += snprintf(at, (size_t)(end - at), "<Run|MPos:");
    for (size_t i = 0; i < 6; i++)
        at += snprintf(at, (size_t)(end - at), "%s%.3f", i ? "," : "",
                       i == 2 ? -needle_mm : board.position[i]);
    snprintf(at, (size_t)(end - at), "|Bf:%d,1023|Ln:%u|FS:0,0>\r\n", 100 - blocks, line);
    link_on_bytes(&the_link, report, strlen(report), now_ns);
    take_events();
}

/* A board that has the next block in hand tells of the travel while the needle of the strike before
 * it still brakes. Late reports leave this the last word until the next strike is about to begin:
 * that does not rise, and has its two blocks. */
static void a_strike_before_another_is_no_part_of_it(void **state) {
    (void)state;
    connect_and_home();
    send_travel(0);
    run_for(NS_PER_S);
    hear(0.035, 1, link_status(&the_link)->confirmed_line);
    send_strike(0);
    hear(0.0, 2, link_status(&the_link)->confirmed_line + 2);
    assert_int_equal(seen[LINK_EVENT_POSITION], 0);
    hear(0.5, 2, link_status(&the_link)->confirmed_line + 2);
    hear(0.4, 2, link_status(&the_link)->confirmed_line + 2); /* up is one block */
    assert_int_equal(seen[LINK_EVENT_POSITION], 1);
}

/* The machine is busy while a strike runs, and no report shows it: the board's word that it is over
 * is taken, and nothing is a fault. */
static void a_strike_in_a_gap_of_reports_is_executed(void **state) {
    char bytes[1024];
    (void)state;
    connect_and_home();
    send_travel(0);
    run_for(NS_PER_S);
    send_strike(0);
    size_t count = link_take_output(&the_link, bytes, sizeof bytes);
    firmware_on_bytes(&board, bytes, count, now_ns);
    for (int64_t end_ns = now_ns + 100 * NS_PER_MS; now_ns < end_ns; now_ns += STEP_NS)
        firmware_step(&board, now_ns);
    run_for(NS_PER_S);
    assert_int_equal(seen[LINK_EVENT_EXECUTED], 2);
    assert_int_equal(seen[LINK_EVENT_LOST], 0);
    assert_int_equal(seen[LINK_EVENT_POSITION], 0);
}

/* A cable that comes back while the board homes, which it does not reset: it is asked where it is,
 * by bytes that are no text, and nothing else goes out until it stands. */
static void a_homing_board_is_waited_for(void **state) {
    (void)state;
    connect_and_home();
    send_travel(0);
    run_for(NS_PER_S);
    assert_int_equal(link_ask(&the_link, LINK_HOME, now_ns), RESULT_OK);
    run_for(100 * NS_PER_MS);
    link_on_closed(&the_link, now_ns);
    link_open(&the_link, now_ns);
    sent_length = 0;
    int64_t begin_ns = now_ns;
    while (board.state == FIRMWARE_HOME && now_ns - begin_ns < 10 * NS_PER_S) {
        run_for(STEP_NS);
        if (board.state == FIRMWARE_HOME)
            assert_int_equal(strspn(sent, "\x87"), strlen(sent)); /* `?` is left out of it */
    }
    assert_true(now_ns - begin_ns >
                NS_PER_S); /* longer than the handshake waits for a silent one */
    assert_int_equal(board.state, FIRMWARE_IDLE);
    run_for(2 * NS_PER_S);
    assert_int_equal(link_state(&the_link), LINK_READY);
}

/* One report is lost: it is asked for again, long before the board counts as silent. */
static void a_lost_report_is_asked_for_again(void **state) {
    (void)state;
    connect_and_home();
    send_travel(0);
    run_for(10 * NS_PER_MS);
    moods_init(&moods, MOOD_SILENT, now_ns, 1);
    run_for(20 * NS_PER_MS); /* its answer goes nowhere */
    moods_init(&moods, MOOD_GOOD, 0, 1);
    size_t reports = seen[LINK_EVENT_STATUS];
    run_for(100 * NS_PER_MS);
    assert_true(seen[LINK_EVENT_STATUS] > reports);
    run_for(2 * NS_PER_S);
    assert_int_equal(seen[LINK_EVENT_SILENT], 0);
    assert_int_equal(seen[LINK_EVENT_EXECUTED], 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_board_that_still_answers_is_begun_anew, set_up),
        cmocka_unit_test_setup(a_stop_that_nobody_sent_is_held, set_up),
        cmocka_unit_test_setup(a_line_without_its_end_is_noticed_soon, set_up),
        cmocka_unit_test_setup(a_strike_that_never_ran_is_not_executed, set_up),
        cmocka_unit_test(a_strike_that_leads_sideways_is_seen_at_once),
        cmocka_unit_test_setup(a_strike_before_another_is_no_part_of_it, set_up),
        cmocka_unit_test_setup(a_strike_in_a_gap_of_reports_is_executed, set_up),
        cmocka_unit_test_setup(a_homing_board_is_waited_for, set_up),
        cmocka_unit_test_setup(a_lost_report_is_asked_for_again, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
