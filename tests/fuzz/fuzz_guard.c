/* Whatever comes through the daemon's socket, the serial line and the switches, in any order and at
 * any time: the guard survives it, stays bounded, and lets no strike out that it did not clear
 * while running. The first byte of each piece says what it is. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "controller/guard/guard.h"
#include "tests/safety/gate_scene.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct gate_scene scene;
static struct guard guard;
static uint64_t sequence;

static bool open_port(void *context) {
    (void)context;
    return true;
}
static void close_port(void *context) {
    (void)context;
}
static enum result load(void *context, const struct guard_load *names, struct guard_case *ret_case,
                        struct error *err) {
    (void)context;
    (void)names;
    (void)err;
    *ret_case = (struct guard_case){
        .rig = scene.rig, .field = scene.field, .dots = {.dots = scene.dots, .count = SCENE_DOTS}};
    return RESULT_OK;
}

/* A request whose head is right as often as not, its body the input's. */
static void send_request(const uint8_t *data, size_t size, int64_t now_ns) {
    struct guard_request request = {.version = GUARD_PROTOCOL_VERSION, .sequence = ++sequence};
    size_t body = size > 1 ? size - 1 : 0;
    if (body > sizeof request.as) body = sizeof request.as;
    if (size) request.kind = data[0] % (GUARD_REQUEST_KIND_COUNT + 1);
    if (body) memcpy(&request.as, data + 1, body);
    guard_on_request(&guard, &request, sizeof request, now_ns);
}

static void drain(void) {
    struct guard_event event;
    unsigned char bytes[512];
    bool was_running = guard.supervisor.state == SAFETY_RUNNING;
    size_t count, events = 0;
    while ((count = guard_take_port_bytes(&guard, bytes, sizeof bytes)))
        for (size_t i = 0; i + 2 < count; i++)
            if (memcmp(bytes + i, "G81", 3) == 0 && !was_running && guard.strike_line == 0) abort();
    while (guard_take_event(&guard, &event))
        if (++events > GUARD_EVENTS_MAX || event.kind >= GUARD_EVENT_KIND_COUNT) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const struct guard_edge edge = {NULL, open_port, close_port, load};
    int64_t now_ns = SCENE_NOW_NS;
    if (!scene_init(&scene)) abort();
    sequence = 0;
    guard_init(&guard, &edge, now_ns);
    guard_on_daemon(&guard, true, now_ns);
    for (size_t at = 0; at + 2 <= size;) {
        size_t piece = data[at + 1];
        uint8_t what = data[at];
        at += 2;
        if (piece > size - at) piece = size - at;
        if (what % 8 < 4) send_request(data + at, piece, now_ns);
        if (what % 8 == 4) guard_on_request(&guard, data + at, piece, now_ns);
        if (what % 8 == 5) guard_on_port_bytes(&guard, data + at, piece, now_ns);
        if (what % 8 == 6) {
            const struct sensor_levels levels = {what, piece ? data[at] : 0};
            guard_on_sensors(&guard, levels);
            now_ns += (int64_t)piece * NS_PER_MS;
        }
        if (what == 7) guard_on_port_closed(&guard, now_ns);
        if (what == 15) guard_on_daemon(&guard, piece & 1, now_ns);
        guard_tick(&guard, now_ns += NS_PER_MS);
        if ((unsigned)guard.supervisor.state >= SAFETY_STATE_COUNT) abort();
        drain();
        at += piece;
    }
    return 0;
}
