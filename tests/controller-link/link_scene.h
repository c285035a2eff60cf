/* The link joined to the simulated board, for tests: what each has sent goes to the other, as the
 * mood between them lets it. */
#ifndef SMPRIG_TESTS_CONTROLLER_LINK_LINK_SCENE_H
#define SMPRIG_TESTS_CONTROLLER_LINK_LINK_SCENE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "controller/link/link.h"
#include "sim/firmware.h"
#include "sim/moods.h"
#include "tests/safety/gate_scene.h"

#define STEP_NS (200 * NS_PER_US)

static struct gate_scene scene;
static struct firmware board;
static struct link the_link;
static struct moods moods;
static int64_t now_ns;
static size_t seen[LINK_EVENT_KIND_COUNT];
static char sent[65536]; /* what went to the board, real-time `?` left out */
static size_t sent_length;
static char last_text[LINK_TEXT_MAX]; /* of the newest event */

static inline int set_up(void **state) {
    (void)state;
    now_ns = SCENE_NOW_NS;
    memset(seen, 0, sizeof seen);
    sent_length = 0;
    if (!scene_init(&scene)) return -1;
    firmware_init(&board, &scene.rig, now_ns);
    link_init(&the_link, &scene.rig);
    moods_init(&moods, MOOD_GOOD, 0, 1);
    return 0;
}

static inline void take_events(void) {
    struct link_event event;
    while (link_take_event(&the_link, &event)) {
        seen[event.kind]++;
        if (event.kind != LINK_EVENT_STATUS) memcpy(last_text, event.text, sizeof last_text);
        if (event.kind == LINK_EVENT_EXECUTED) gate_on_executed(&scene.gate, event.line);
        if (event.kind == LINK_EVENT_STATUS)
            gate_on_confirmed(&scene.gate, link_status(&the_link)->confirmed_line);
    }
}

static inline void run_for(int64_t duration_ns) {
    unsigned char bytes[2048], heard[4200];
    for (int64_t end_ns = now_ns + duration_ns; now_ns < end_ns; now_ns += STEP_NS) {
        size_t count = link_take_output(&the_link, bytes, sizeof bytes);
        for (size_t i = 0; i < count; i++)
            if (bytes[i] != '?' && sent_length < sizeof sent - 1)
                sent[sent_length++] = (char)bytes[i];
        bool is_gone = moods_is_gone(&moods, now_ns);
        if (is_gone) link_on_closed(&the_link, now_ns);
        moods_to_board(&moods, bytes, count, now_ns);
        if (!is_gone) firmware_on_bytes(&board, bytes, count, now_ns);
        firmware_step(&board, now_ns);
        count = firmware_take_output(&board, bytes, sizeof bytes);
        count = moods_to_host(&moods, bytes, count, now_ns, heard, sizeof heard);
        if (moods.wants_restart) firmware_power_up(&board);
        moods.wants_restart = false;
        link_on_bytes(&the_link, heard, count, now_ns);
        link_tick(&the_link, now_ns);
        take_events();
    }
    sent[sent_length] = '\0';
}

static inline void connect_and_home(void) {
    link_open(&the_link, now_ns);
    firmware_power_up(&board);
    run_for(NS_PER_S);
    assert_int_equal(link_state(&the_link), LINK_READY);
    assert_int_equal(link_ask(&the_link, LINK_HOME, now_ns), RESULT_OK);
    run_for(3 * NS_PER_S);
    assert_int_equal(seen[LINK_EVENT_HOMED], 1);
    gate_on_rest(&scene.gate, link_status(&the_link)->q);
    sent_length = 0;
}

/* The link takes the travel to the dot, or the strike at it, and has not yet sent it. */
static inline void send_travel(uint32_t index) {
    assert_int_equal(link_send(&the_link, scene_clear_travel(&scene, index, now_ns), now_ns),
                     RESULT_OK);
}

static inline void send_strike(uint32_t index) {
    assert_int_equal(link_send(&the_link, scene_clear_strike(&scene, index, now_ns), now_ns),
                     RESULT_OK);
}

#endif
