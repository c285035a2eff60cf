/* A technician's session against the simulated board: doctor, setup, home, park, probe, jog. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "controller/guard/service.h"
#include "sim/firmware.h"

#define STEP_NS (500 * NS_PER_US)

static struct rig rig;
static struct firmware board;
static struct service service;
static int64_t now_ns;
static char sent[16384];
static size_t sent_length;

static int set_up(void **state) {
    struct error err = {0};
    (void)state;
    if (rig_read("configs/rigs/gantry.yaml", &rig, &err) != RESULT_OK) return -1;
    now_ns = NS_PER_S;
    sent_length = 0;
    firmware_init(&board, &rig, now_ns);
    firmware_power_up(&board);
    return 0;
}

static void begin(enum service_task task, bool is_rig_empty) {
    struct service_setup setup = {.rig = &rig, .task = task, .is_rig_empty = is_rig_empty};
    service_init(&service, &setup, now_ns);
    service_open(&service, now_ns);
}

static void run_for(int64_t duration_ns) {
    unsigned char bytes[4096];
    char line[LINK_TEXT_MAX];
    for (int64_t end_ns = now_ns + duration_ns; now_ns < end_ns; now_ns += STEP_NS) {
        size_t count = service_take_port_bytes(&service, bytes, sizeof bytes);
        for (size_t i = 0; i < count; i++)
            if (bytes[i] != '?' && sent_length < sizeof sent - 1)
                sent[sent_length++] = (char)bytes[i];
        sent[sent_length] = '\0';
        firmware_on_bytes(&board, bytes, count, now_ns);
        count = firmware_take_output(&board, bytes, sizeof bytes);
        service_on_bytes(&service, bytes, count, now_ns);
        service_tick(&service, now_ns);
        while (service_take_line(&service, line)) print_message("%s\n", line);
    }
}

static void run_to_end(int64_t limit_ns) {
    for (int64_t end_ns = now_ns + limit_ns; now_ns < end_ns && service.phase != SERVICE_ENDED;)
        run_for(10 * NS_PER_MS);
    print_message("-> %s\n", service.text);
    assert_int_equal(service.phase, SERVICE_ENDED);
}

static void run_task(enum service_task task) {
    begin(task, true);
    run_to_end(60 * NS_PER_S);
}

static void the_doctor_looks_and_changes_nothing(void **state) {
    (void)state;
    double before[FIRMWARE_SETTINGS_MAX];
    memcpy(before, board.settings, sizeof before);
    begin(SERVICE_TASK_DOCTOR, false);
    run_to_end(10 * NS_PER_S);
    assert_int_equal(service.outcome, RESULT_OK);
    assert_memory_equal(before, board.settings, sizeof before);
    const struct link_setting *settings = NULL;
    size_t count = link_settings(&service.link, &settings);
    assert_true(count > 30);
    for (size_t i = 0; i < count; i++)
        if (!settings[i].agrees) fail_msg("$%d", settings[i].want.number);
    assert_string_equal(link_board(&service.link)->axes, "XYZABC");
    assert_int_equal(link_board(&service.link)->rx_bytes, 1024);
}

/* A board as it comes out of the box becomes the rig of the file. */
static void setup_writes_and_reads_back(void **state) {
    (void)state;
    const struct {
        int number;
        double value;
    } wrong[] = {{10, 3},    {13, 1},    {20, 0},   {22, 0},   {23, 0},  {44, 7},    {45, 0},
                 {100, 250}, {112, 500}, {123, 10}, {132, 20}, {376, 0}, {11, 0.02}, {1, 25}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        firmware_set_setting(&board, wrong[i].number, wrong[i].value);
    board.offsets[0][0] = 10;
    run_task(SERVICE_TASK_SETUP);
    assert_int_equal(service.outcome, RESULT_OK);
    assert_true(firmware_setting(&board, 22) == 13);
    assert_true(firmware_setting(&board, 132) == 1.5);
    assert_true(board.offsets[0][0] == 0);
    begin(SERVICE_TASK_DOCTOR, false);
    run_to_end(10 * NS_PER_S);
    assert_int_equal(service.outcome, RESULT_OK);
}

static void nothing_moves_without_a_word(void **state) {
    (void)state;
    for (enum service_task task = SERVICE_TASK_HOME; task <= SERVICE_TASK_PROBE; task++) {
        set_up(NULL);
        begin(task, false);
        run_to_end(10 * NS_PER_S);
        assert_int_equal(service.outcome, RESULT_REFUSED);
        assert_null(strstr(sent, "G0"));
        assert_null(strstr(sent, "$H"));
    }
}

static void homing_begins_with_the_needle(void **state) {
    (void)state;
    board.position[0] = 20, board.position[2] = -1, board.planned[2] = -1;
    begin(SERVICE_TASK_HOME, true);
    for (int i = 0; i < 6000 && board.position[2] < -0.01; i++) {
        run_for(NS_PER_MS);
        assert_true(board.position[0] == 20); /* nothing else until it is in */
    }
    run_to_end(60 * NS_PER_S);
    assert_int_equal(service.outcome, RESULT_OK);
    assert_true(board.is_homed && board.position[0] == 0 && board.position[2] == 0);
}

static void park_needs_a_homed_rig(void **state) {
    (void)state;
    run_task(SERVICE_TASK_PARK);
    assert_int_equal(service.outcome, RESULT_REFUSED);
    run_task(SERVICE_TASK_HOME);
    run_task(SERVICE_TASK_PARK);
    assert_int_equal(service.outcome, RESULT_OK);
    assert_true(board.position[0] == rig.park[0] && board.position[1] == rig.park[1]);
}

static void probing_finds_the_plate(void **state) {
    (void)state;
    run_task(SERVICE_TASK_HOME);
    firmware_set_probe_surface(&board, 2, -0.812);
    run_task(SERVICE_TASK_PROBE);
    assert_int_equal(service.outcome, RESULT_OK);
    assert_int_equal(service.touch_count, 1);
    assert_true(fabs(service.touches[0].stroke_mm - 0.812) < 0.007);
    /* At F300 the board stops 0.1 mm past a contact. */
    assert_true(service.overshoot_mm > 0.09 && service.overshoot_mm < 0.13);
    assert_true(board.position[2] == 0);
}

/* The plate is gone, or falls, between the two touches: no length comes of that. */
static void a_touch_that_comes_once_is_none(void **state) {
    (void)state;
    run_task(SERVICE_TASK_HOME);
    firmware_set_probe_surface(&board, 2, -0.8);
    begin(SERVICE_TASK_PROBE, true);
    for (int i = 0; i < 4000 && service.found_mm == 0; i++) run_for(NS_PER_MS);
    firmware_set_probe_surface(&board, -1, 0);
    run_to_end(60 * NS_PER_S);
    assert_int_equal(service.outcome, RESULT_REFUSED);
    assert_non_null(strstr(service.text, "touched nothing"));
    assert_int_equal(service.touch_count, 0);
    assert_true(board.position[2] == 0);
}

/* A board that stops late has pressed the needle into the plate. */
static void stopping_late_is_told(void **state) {
    (void)state;
    run_task(SERVICE_TASK_HOME);
    firmware_set_probe_surface(&board, 2, -0.8);
    firmware_set_setting(&board, 122, 15);
    struct rig slow = rig;
    slow.needle.acceleration_max = 15;
    struct service_setup setup = {.rig = &slow, .task = SERVICE_TASK_PROBE, .is_rig_empty = true};
    service_init(&service, &setup, now_ns);
    service_open(&service, now_ns);
    run_to_end(60 * NS_PER_S);
    assert_int_equal(service.outcome, RESULT_REFUSED);
    assert_non_null(strstr(service.text, "past a contact"));
    assert_true(board.position[2] == 0);
}

/* The tip at each contact, by the rig file's needle: above the plate when the true
 * one is longer. */
static void the_setter_is_touched_six_times(void **state) {
    (void)state;
    const double longer_mm = 0.137;
    run_task(SERVICE_TASK_HOME);
    firmware_set_probe_surface(&board, 2, -(0.8 - longer_mm));
    run_task(SERVICE_TASK_NEEDLE);
    assert_int_equal(service.outcome, RESULT_OK);
    assert_int_equal(service.touch_count, SERVICE_NEEDLE_TOUCHES);
    for (size_t i = 0; i < service.touch_count; i++) {
        struct vec3 off = vec3_sub(service.touches[i].p_rig, rig.setter.p_rig);
        assert_true(fabs(off.x) < 1e-3 && fabs(off.y) < 1e-3);
        assert_true(fabs(off.z - longer_mm) < 0.005);
    }
    assert_true(board.position[2] == 0);
    assert_true(fabs(board.position[5] - (-10)) < 0.01); /* up again, 10 mm over it */
    assert_non_null(strstr(sent, "G90 G53 G1 "));
}

/* The approach ends at the first sign of a contact: a needle so long stands on the plate. */
static void the_approach_stops_at_a_contact(void **state) {
    (void)state;
    run_task(SERVICE_TASK_HOME);
    begin(SERVICE_TASK_NEEDLE, true);
    for (int i = 0; i < 30000 && !(board.position[5] < -12); i++) run_for(NS_PER_MS);
    firmware_set_pin(&board, FIRMWARE_PIN_PROBE, true, now_ns);
    double at_contact = board.position[5];
    run_to_end(NS_PER_S);
    assert_int_equal(service.outcome, RESULT_REFUSED);
    assert_non_null(strstr(service.text, "on its way to the plate"));
    assert_true(service.is_stopping);
    run_for(2 * NS_PER_S);
    print_message("stopped %.3f mm after the contact\n", at_contact - board.position[5]);
    assert_true(at_contact - board.position[5] < 0.1);
    assert_int_equal(board.state, FIRMWARE_IDLE);
    assert_int_equal(board.block_count, 0);
    assert_true(board.is_homed);
}

static void no_setter_no_needle(void **state) {
    (void)state;
    struct rig bare = rig;
    bare.has_setter = false;
    run_task(SERVICE_TASK_HOME);
    struct service_setup setup = {.rig = &bare, .task = SERVICE_TASK_NEEDLE, .is_rig_empty = true};
    service_init(&service, &setup, now_ns);
    service_open(&service, now_ns);
    run_to_end(10 * NS_PER_S);
    assert_int_equal(service.outcome, RESULT_REFUSED);
    assert_non_null(strstr(service.text, "needle_setter"));
}

/* Over a head: slowly, and a touch at a key. */
static void the_skin_is_touched_at_a_key(void **state) {
    (void)state;
    run_task(SERVICE_TASK_HOME);
    struct service_setup setup = {.rig = &rig, .task = SERVICE_TASK_SKIN, .is_head_watched = true};
    service_init(&service, &setup, now_ns);
    service_open(&service, now_ns);
    run_for(NS_PER_S);
    firmware_set_probe_surface(&board, 2, -0.5);
    for (int place = 0; place < 3; place++) {
        double before = board.position[0];
        for (int i = 0; i < 60; i++) {
            service_on_key(&service, 'X', now_ns);
            run_for(30 * NS_PER_MS);
        }
        assert_true(board.position[0] - before > 1 && board.position[0] - before < 2 * 1.8);
        service_on_key(&service, 't', now_ns);
        run_for(4 * NS_PER_S);
        assert_int_equal(service.touch_count, place + 1);
        assert_true(fabs(service.touches[place].stroke_mm - 0.5) < 0.005);
        assert_true(board.position[2] == 0);
    }
    assert_true(service.touches[2].p_rig.x - service.touches[0].p_rig.x > 2);
    firmware_set_probe_surface(&board, -1, 0);
    service_on_key(&service, 't', now_ns);
    run_for(5 * NS_PER_S);
    assert_int_equal(service.touch_count, 3); /* nothing there: told, and it goes on */
    assert_int_equal(service.phase, SERVICE_WORKING);
    service_on_key(&service, 'q', now_ns);
    run_to_end(NS_PER_S);
    assert_int_equal(service.outcome, RESULT_OK);
}

static void probing_into_nothing_ends_retracted(void **state) {
    (void)state;
    run_task(SERVICE_TASK_HOME);
    run_task(SERVICE_TASK_PROBE);
    assert_int_equal(service.outcome, RESULT_REFUSED);
    assert_non_null(strstr(service.text, "touched nothing"));
    assert_true(board.position[2] == 0);
    firmware_set_pin(&board, FIRMWARE_PIN_PROBE, true, now_ns); /* already in contact */
    run_task(SERVICE_TASK_PROBE);
    assert_int_equal(service.outcome, RESULT_REFUSED);
    assert_true(board.position[2] == 0);
}

/* A terminal repeats a held key; when the repeats stop, the jog does. */
static void a_held_key_jogs_and_stops(void **state) {
    (void)state;
    run_task(SERVICE_TASK_HOME);
    begin(SERVICE_TASK_JOG, true);
    run_for(NS_PER_S);
    service_on_key(&service, 'X', now_ns);
    run_for(NS_PER_S);
    assert_true(board.position[0] > 0.19 && board.position[0] < 0.21); /* one touch, one step */
    for (int i = 0; i < 50; i++) {
        service_on_key(&service, 'X', now_ns);
        run_for(30 * NS_PER_MS);
    }
    double at_release = board.position[0];
    run_for(NS_PER_S);
    print_message("%.2f mm in 1.5 s, %.2f mm after the release\n", at_release,
                  board.position[0] - at_release);
    assert_true(at_release > 8);
    assert_true(board.position[0] - at_release < 3);
    assert_int_equal(board.state, FIRMWARE_IDLE);
    service_on_key(&service, 'q', now_ns);
    run_to_end(NS_PER_S);
    assert_int_equal(service.outcome, RESULT_OK);
}

static void a_stop_ends_what_moves(void **state) {
    (void)state;
    run_task(SERVICE_TASK_HOME);
    board.position[0] = board.planned[0] = 290;
    begin(SERVICE_TASK_PARK, true);
    for (int i = 0; i < 4000 && board.state != FIRMWARE_RUN; i++) run_for(NS_PER_MS);
    run_for(50 * NS_PER_MS);
    print_message("at %.1f, state %d\n", board.position[0], (int)board.state);
    service_stop(&service, now_ns);
    run_for(2 * NS_PER_S);
    assert_true(board.position[0] > rig.park[0] + 1);
    assert_int_equal(board.state, FIRMWARE_IDLE);
    assert_int_equal(board.block_count, 0);
    assert_true(board.is_homed);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_doctor_looks_and_changes_nothing, set_up),
        cmocka_unit_test_setup(setup_writes_and_reads_back, set_up),
        cmocka_unit_test_setup(nothing_moves_without_a_word, set_up),
        cmocka_unit_test_setup(homing_begins_with_the_needle, set_up),
        cmocka_unit_test_setup(park_needs_a_homed_rig, set_up),
        cmocka_unit_test_setup(probing_finds_the_plate, set_up),
        cmocka_unit_test_setup(probing_into_nothing_ends_retracted, set_up),
        cmocka_unit_test_setup(a_touch_that_comes_once_is_none, set_up),
        cmocka_unit_test_setup(stopping_late_is_told, set_up),
        cmocka_unit_test_setup(the_setter_is_touched_six_times, set_up),
        cmocka_unit_test_setup(the_approach_stops_at_a_contact, set_up),
        cmocka_unit_test_setup(no_setter_no_needle, set_up),
        cmocka_unit_test_setup(the_skin_is_touched_at_a_key, set_up),
        cmocka_unit_test_setup(a_held_key_jogs_and_stops, set_up),
        cmocka_unit_test_setup(a_stop_ends_what_moves, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
