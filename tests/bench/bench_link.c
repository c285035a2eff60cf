/* Figures of the rig link (docs/link.md).
 *
 * line_busy: character counting against a board behind a byte-paced line of 115200 baud: share of
 * the line's time that carries bytes while 2,000 lines are sent, reports included.
 *
 * planner_idle: a session of the patch on the virtual clock, head at rest, 5 ms there and back:
 * share of the time between the first and the last strike in which the planner was empty.
 *
 * rate, rate_lost: its dots a second, and what it loses against the same lines streamed to the
 * board as fast as it takes them.
 *
 * status_parse: reports parsed a second on one core (thread CPU time).
 *
 * hold: from the request to the report of standstill, needle out, at full travel speed, 5 ms there
 * and back (simulated time). */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "controller/link/answer.h"
#include "controller/link/link.h"
#include "sim/firmware.h"
#include "tests/bench/figure.h"
#include "tests/sim/session_scene.h"

#define BYTE_NS (NS_PER_S * 10 / 115200)
#define LINES 2000
#define REPORTS 2000000
#define DELAY_NS (2500 * NS_PER_US) /* each way */

static struct rig rig;
static struct firmware board;
static struct link the_link;

/* Bytes on their way at the line's pace: one leaves every BYTE_NS. */
struct paced {
    unsigned char bytes[65536];
    size_t count;
    int64_t next_ns;
};

static void paced_put(struct paced *line, const unsigned char *bytes, size_t count) {
    if (line->count + count > sizeof line->bytes) return;
    memcpy(line->bytes + line->count, bytes, count);
    line->count += count;
}

static bool paced_take(struct paced *line, int64_t now_ns, unsigned char *ret_byte) {
    if (line->count == 0 || now_ns < line->next_ns) return false;
    *ret_byte = line->bytes[0];
    memmove(line->bytes, line->bytes + 1, --line->count);
    /* Back to back while there are bytes. */
    line->next_ns = (now_ns - line->next_ns < BYTE_NS ? line->next_ns : now_ns) + BYTE_NS;
    return true;
}

struct wire {
    struct paced down, up;
    int64_t now_ns;
    size_t sent;
};

static void step_wire(struct wire *wire) {
    unsigned char bytes[512], byte;
    wire->now_ns += BYTE_NS / 4;
    paced_put(&wire->down, bytes, link_take_output(&the_link, bytes, sizeof bytes));
    if (paced_take(&wire->down, wire->now_ns, &byte)) {
        wire->sent++;
        firmware_on_bytes(&board, &byte, 1, wire->now_ns);
    }
    paced_put(&wire->up, bytes, firmware_take_output(&board, bytes, sizeof bytes));
    if (paced_take(&wire->up, wire->now_ns, &byte))
        link_on_bytes(&the_link, &byte, 1, wire->now_ns);
    link_tick(&the_link, wire->now_ns);
    struct link_event event;
    while (link_take_event(&the_link, &event)) continue;
}

static bool connect_wire(struct wire *wire) {
    memset(wire, 0, sizeof *wire);
    wire->now_ns = NS_PER_S;
    firmware_init(&board, &rig, wire->now_ns);
    link_init(&the_link, &rig);
    link_open(&the_link, wire->now_ns);
    firmware_power_up(&board);
    for (int64_t end_ns = wire->now_ns + 5 * NS_PER_S; wire->now_ns < end_ns;) {
        step_wire(wire);
        if (link_state(&the_link) == LINK_READY) return true;
    }
    return false;
}

static void measure_busy(void) {
    static struct wire wire;
    if (!connect_wire(&wire)) return;
    int64_t start_ns = wire.now_ns;
    size_t before = wire.sent;
    for (int written = 0; written < LINES;) {
        while (written < LINES &&
               link_write_setting(&the_link, 100, 80.00123456, wire.now_ns) == RESULT_OK)
            written++;
        step_wire(&wire);
    }
    double busy = (double)(wire.sent - before) * (double)BYTE_NS / (double)(wire.now_ns - start_ns);
    figure_least("link_line_busy", 100 * busy, "%", 97);
}

/* A travel along X at full speed, cleared as a technician's. */
static bool send_travel(int64_t now_ns) {
    struct service_clearance clearance;
    const struct cleared_service *cleared = NULL;
    struct service_rig limits = {.axis_count = (int)rig.axis_count,
                                 .stroke_max_mm = rig.needle.max};
    struct service_facts facts = {.is_rig_empty = true, .is_homed = true, .is_idle = true};
    struct service_command command = {.kind = SERVICE_PARK, .q = {300}};
    for (size_t i = 0; i < rig.axis_count; i++)
        limits.axes[i] = (struct gate_axis){.min = rig.axes[i].min, .max = rig.axes[i].max};
    return service_clear(&clearance, &limits, &facts, &command, &cleared) == SERVICE_CLEARED &&
           link_send_service(&the_link, cleared, now_ns) == RESULT_OK;
}

static void measure_hold(void) {
    static struct pipe to_board, to_host;
    unsigned char bytes[4096];
    int64_t now_ns = NS_PER_S, asked_ns = 0;
    bool has_sent = false;
    firmware_init(&board, &rig, now_ns);
    link_init(&the_link, &rig);
    link_open(&the_link, now_ns);
    firmware_power_up(&board);
    for (; now_ns < 20 * NS_PER_S; now_ns += 100 * NS_PER_US) {
        struct link_event event;
        size_t count = link_take_output(&the_link, bytes, sizeof bytes);
        pipe_put(&to_board, bytes, count, now_ns + DELAY_NS);
        count = pipe_take(&to_board, bytes, sizeof bytes, now_ns);
        firmware_on_bytes(&board, bytes, count, now_ns);
        count = firmware_take_output(&board, bytes, sizeof bytes);
        pipe_put(&to_host, bytes, count, now_ns + DELAY_NS);
        count = pipe_take(&to_host, bytes, sizeof bytes, now_ns);
        link_on_bytes(&the_link, bytes, count, now_ns);
        link_tick(&the_link, now_ns);
        while (link_take_event(&the_link, &event)) continue;
        const struct machine_status *status = link_status(&the_link);
        if (link_state(&the_link) == LINK_READY && !has_sent) {
            board.state = FIRMWARE_IDLE; /* as if homed */
            board.latched_error = 0;
            has_sent = send_travel(now_ns);
        }
        if (!asked_ns && board.position[0] > 100) {
            asked_ns = now_ns;
            if (link_ask(&the_link, LINK_HOLD, now_ns) != RESULT_OK) return;
        }
        if (asked_ns && status->state == MACHINE_HOLD && status->substate == 0) break;
    }
    figure_most("link_hold_to_standstill", (double)(now_ns - asked_ns) / (double)NS_PER_MS, "ms",
                100);
}

static void measure_parse(void) {
    static const char report[] =
        "<Run|MPos:115.500,210.400,-0.819,12.200,-5.600,-101.200|Bf:100,1023|Ln:76|FS:4800,0>";
    struct answer answer;
    size_t good = 0;
    double start = cpu_s();
    for (int i = 0; i < REPORTS; i++) {
        answer_parse(report, sizeof report - 1, &answer);
        good += answer.kind == ANSWER_STATUS;
    }
    if (good == REPORTS)
        figure_least("link_status_parse", REPORTS / (cpu_s() - start) * 1e-6, "million/s", 1);
}

/* What a session sent, and how long the board's planner stood empty meanwhile. */
struct session_watch {
    char *lines; /* travels and strikes as sent */
    size_t length, size;
    bool is_running;
    int64_t first_ns, last_ns;
    int64_t block_ns, ended_ns;  /* the newest block's begin and end */
    int64_t idle_ns, counted_ns; /* planner empty so far; until the newest strike */
};

static void keep_bytes(void *context, const unsigned char *bytes, size_t count, bool is_to_board) {
    struct session_watch *watch = context;
    for (size_t i = 0; is_to_board && i < count; i++)
        if (bytes[i] != '?' && bytes[i] != 0x87 && watch->length + 1 < watch->size)
            watch->lines[watch->length++] = (char)bytes[i];
    watch->lines[watch->length] = '\0';
}

/* A block that begins later than the one before ended: the planner was empty between them. */
static void look(void *context, const struct world *world) {
    struct session_watch *watch = context;
    const struct firmware_profile *profile = &world->firmware.profile;
    bool is_striking = world->firmware.position[2] < -0.01;
    bool is_new = world->firmware.is_moving && profile->start_ns != watch->block_ns;
    if (is_striking && !watch->first_ns) watch->first_ns = world->now_ns;
    if (is_new) {
        if (watch->first_ns && profile->start_ns > watch->ended_ns)
            watch->idle_ns += profile->start_ns - watch->ended_ns;
        watch->block_ns = profile->start_ns;
    }
    if (world->firmware.is_moving) watch->ended_ns = profile->end_ns;
    if (!is_striking) return;
    watch->last_ns = world->now_ns;
    watch->counted_ns = watch->idle_ns;
}

/* Seconds that the board takes for the same lines when nothing is ever waited for. */
static double streamed_s(const char *lines) {
    int64_t now_ns = NS_PER_S, first_ns = 0, last_ns = 0;
    char sink[4096];
    firmware_init(&board, &rig, now_ns);
    board.state = FIRMWARE_IDLE;
    while (*lines || board.block_count || board.waiting_count) {
        while (*lines && board.waiting_count + 100 < FIRMWARE_RX_BYTES) {
            size_t length = strcspn(lines, "\n") + 1;
            if (*lines == 'N') firmware_on_bytes(&board, lines, length, now_ns);
            lines += lines[length - 1] ? length : length - 1;
        }
        firmware_step(&board, now_ns += 500 * NS_PER_US);
        (void)firmware_take_output(&board, sink, sizeof sink);
        if (board.position[2] >= -0.01) continue;
        if (!first_ns) first_ns = now_ns;
        last_ns = now_ns;
    }
    return ns_to_s(last_ns - first_ns);
}

static void measure_session(void) {
    static struct session_scene scene;
    struct session_watch watch = {.size = 4u << 20};
    struct virtual_rig *session = NULL;
    watch.lines = calloc(1, watch.size);
    if (!watch.lines ||
        !scene_init(&scene, "configs/rigs/gantry.yaml", "configs/designs/patch.yaml"))
        return;
    /* Strokes of 1.0 mm, as the real firmware was measured with. */
    for (size_t i = 0; i < scene.plan.dot_count; i++) scene.plan.dots[i].depth_um = 600;
    scene.scenario.breathing_mm = scene.scenario.breathing_rad = scene.scenario.drift_mm_s = 0;
    scene.scenario.heartbeat_mm = scene.scenario.tremor_mm = 0;
    struct virtual_setup setup = {
        .rig = &scene.rig,
        .scenario = &scene.scenario,
        .field = &scene.field.view,
        .plan = &scene.plan,
        .fates = scene.fates,
        .seed = 1,
        .pose_noise_mm = 0.002,
        .link_delay_ns = DELAY_NS,
        .watch = {.context = &watch, .on_bytes = keep_bytes, .on_step = look}};
    if (virtual_create(&setup, &session, NULL) != RESULT_OK) return;
    for (int s = 0; s < 300 && !virtual_is_over(session); s++) virtual_run(session, NS_PER_S);
    double whole_s = ns_to_s(watch.last_ns - watch.first_ns);
    double dots = (double)scene.plan.dot_count, streamed = streamed_s(watch.lines);
    virtual_destroy(&session);
    figure_most("link_planner_idle", 100 * ns_to_s(watch.counted_ns) / whole_s, "%", 0.5);
    figure_least("link_rate", (dots - 1) / whole_s, "dots/s", 12);
    figure_most("link_rate_lost", 100 * (1 - streamed / whole_s), "%", 5);
    free(watch.lines);
    scene_release(&scene);
}

int main(void) {
    struct error err = {0};
    if (rig_read("configs/rigs/gantry.yaml", &rig, &err) != RESULT_OK) {
        fprintf(stderr, "bench-link: %s\n", err.text);
        return 1;
    }
    measure_busy();
    measure_parse();
    measure_hold();
    measure_session();
    return 0;
}
