#include "sim/faults.h"

#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "sim/faults_private.h"

/* A unit vector in no particular direction. */
static struct vec3 any_direction(struct rng *rng) {
    return vec3_unit(vec3_make(rng_normal(rng), rng_normal(rng), rng_normal(rng)));
}

static void jolt(struct virtual_rig *rig, struct vec3 shift_mm, double seconds, bool returns) {
    struct world_jolt jolt = {rig->now_ns, s_to_ns(seconds), shift_mm, returns};
    world_jolt(&rig->world, &jolt, rig->now_ns);
}

/* --- the head (hazards 1 to 3) --- */

static void ramp(struct virtual_rig *rig, struct rng *rng) {
    double peak_mm_s = rng_range(rng, 4, 32), seconds = rng_range(rng, 0.2, 0.8);
    jolt(rig, vec3_scale(any_direction(rng), peak_mm_s * seconds / 1.875), seconds, false);
}

/* The fastest head that a head rest was seen to let through: 86 mm/s. */
static void sneeze(struct virtual_rig *rig, struct rng *rng) {
    double peak_mm_s = rng_range(rng, 40, 86), seconds = rng_range(rng, 0.1, 0.4);
    jolt(rig, vec3_scale(any_direction(rng), peak_mm_s * seconds / PI), seconds, true);
}

static void flinch(struct virtual_rig *rig, struct rng *rng) {
    jolt(rig, vec3_scale(any_direction(rng), rng_range(rng, 0.3, 4)), rng_range(rng, 0.03, 0.1),
         false);
}

static void drift(struct virtual_rig *rig, struct rng *rng) {
    jolt(rig, vec3_scale(any_direction(rng), 18.0 / 1800.0 * 10.0), 10.0, false);
}

/* --- the cameras (hazards 4 to 9) --- */

static void stop_frames(struct virtual_rig *rig, struct rng *rng) {
    (void)rng;
    rig->sensor.are_frames_stopped = true;
}

static void freeze_frames(struct virtual_rig *rig, struct rng *rng) {
    (void)rng;
    rig->sensor.miss = HEAD_REASON_FROZEN; /* what the frame check makes of them */
}

static void cover_tags(struct virtual_rig *rig, struct rng *rng) {
    (void)rng;
    rig->sensor.miss = HEAD_REASON_TOO_FEW_TAGS;
}

static void swap_tags(struct virtual_rig *rig, struct rng *rng) {
    rig->sensor.offset_mm = vec3_scale(any_direction(rng), rng_range(rng, 2, 15));
}

static void knock_camera(struct virtual_rig *rig, struct rng *rng) {
    (void)rng;
    rig->sensor.miss = HEAD_REASON_CAMERAS_DISAGREE;
}

static void delay_frames(struct virtual_rig *rig, struct rng *rng) {
    rig->sensor.late_ns = s_to_ns(rng_range(rng, 0.03, 0.3));
}

static void shift_stamps(struct virtual_rig *rig, struct rng *rng) {
    rig->sensor.stamp_shift_ns = s_to_ns(rng_range(rng, -0.4, 0.4));
}

static void mend_cameras(struct virtual_rig *rig) {
    rig->sensor = (struct virtual_sensor_fault){0};
}

/* --- what the operator and the room vouch for (hazards 7, 31, 32, 36 to 38) --- */

static void take_input(struct virtual_rig *rig, uint32_t input) {
    rig->inputs &= ~input;
    virtual_set_input(rig, input, false);
}

static void give_inputs(struct virtual_rig *rig) {
    rig->inputs = 0xff;
    if (!rig->has_daemon) return;
    for (uint32_t input = 1; input <= GUARD_INPUT_NEEDLE_READY; input <<= 1)
        if (input != GUARD_INPUT_JOURNAL_HEALTHY) virtual_set_input(rig, input, true);
}

static void unregister(struct virtual_rig *rig, struct rng *rng) {
    (void)rng;
    take_input(rig, GUARD_INPUT_REGISTERED);
}

static void uncalibrate(struct virtual_rig *rig, struct rng *rng) {
    (void)rng;
    take_input(rig, GUARD_INPUT_CALIBRATED);
}

static void release_deadman(struct virtual_rig *rig, struct rng *rng) {
    (void)rng;
    take_input(rig, GUARD_INPUT_DEADMAN_HELD);
}

static void empty_pigment(struct virtual_rig *rig, struct rng *rng) {
    (void)rng;
    take_input(rig, GUARD_INPUT_PIGMENT_READY);
}

static void wear_needle(struct virtual_rig *rig, struct rng *rng) {
    (void)rng;
    take_input(rig, GUARD_INPUT_NEEDLE_READY);
}

static void leave_seat(struct virtual_rig *rig, struct rng *rng) {
    (void)rng;
    take_input(rig, GUARD_INPUT_CLIENT_PRESENT);
}

static void withdraw_clearance(struct virtual_rig *rig, struct rng *rng) {
    (void)rng;
    take_input(rig, GUARD_INPUT_CASE_CLEARED);
}

/* --- depth (hazard 10, 13) --- */

/* What probe-set zero and reference touch leave unseen. */
static void raise_skin(struct virtual_rig *rig, struct rng *rng) {
    rig->world.skin.next_height_mm = rng_range(rng, -0.06, 0.06);
}

static void level_skin(struct virtual_rig *rig) {
    rig->world.skin.next_height_mm = 0;
}

/* --- the wrong files (hazard 18) --------------------------------------------------
 */

static void take_wrong_files(struct virtual_rig *rig, struct rng *rng) {
    (void)rng;
    rig->has_wrong_files = true;
}

static void take_right_files(struct virtual_rig *rig) {
    rig->has_wrong_files = false;
}

/* --- the board and its cable (hazards 12, 22 to 27, 33) --- */

static void pull_cable(struct virtual_rig *rig, struct rng *rng) {
    (void)rng;
    virtual_pull_cable(rig);
}

static void break_bytes(struct virtual_rig *rig, struct rng *rng, enum pipe_fault_kind kind,
                        bool is_to_board) {
    struct pipe *pipe = is_to_board ? &rig->to_board : &rig->to_host;
    pipe->fault =
        (struct pipe_fault){kind, pipe->put_count + rng_below(rng, 300), rng_below(rng, 8)};
}

static void flip_to_board(struct virtual_rig *rig, struct rng *rng) {
    break_bytes(rig, rng, PIPE_FLIP, true);
}

static void flip_to_host(struct virtual_rig *rig, struct rng *rng) {
    break_bytes(rig, rng, PIPE_FLIP, false);
}

static void lose_byte_to_board(struct virtual_rig *rig, struct rng *rng) {
    break_bytes(rig, rng, PIPE_DROP_BYTE, true);
}

static void lose_byte_to_host(struct virtual_rig *rig, struct rng *rng) {
    break_bytes(rig, rng, PIPE_DROP_BYTE, false);
}

static void lose_answer(struct virtual_rig *rig, struct rng *rng) {
    break_bytes(rig, rng, PIPE_DROP_LINE, false);
}

static void double_answer(struct virtual_rig *rig, struct rng *rng) {
    break_bytes(rig, rng, PIPE_DOUBLE_LINE, false);
}

static void slow_cable(struct virtual_rig *rig, struct rng *rng) {
    rig->setup.link_delay_ns = s_to_ns(rng_range(rng, 0.003, 0.03));
}

static void quick_cable(struct virtual_rig *rig) {
    rig->setup.link_delay_ns = 1500 * NS_PER_US;
}

static void reset_board(struct virtual_rig *rig, struct rng *rng) {
    const unsigned char reset = 0x18;
    (void)rng;
    world_on_bytes(&rig->world, &reset, 1, rig->now_ns);
}

static void press_estop(struct virtual_rig *rig, struct rng *rng) {
    (void)rng;
    world_step(&rig->world, rig->now_ns);
    firmware_set_pin(&rig->world.firmware, FIRMWARE_PIN_ESTOP, true, rig->now_ns);
}

static void release_estop(struct virtual_rig *rig) {
    world_step(&rig->world, rig->now_ns);
    firmware_set_pin(&rig->world.firmware, FIRMWARE_PIN_ESTOP, false, rig->now_ns);
}

static void open_door(struct virtual_rig *rig, struct rng *rng) {
    (void)rng;
    world_step(&rig->world, rig->now_ns);
    firmware_set_pin(&rig->world.firmware, FIRMWARE_PIN_DOOR, true, rig->now_ns);
}

static void close_door(struct virtual_rig *rig) {
    world_step(&rig->world, rig->now_ns);
    firmware_set_pin(&rig->world.firmware, FIRMWARE_PIN_DOOR, false, rig->now_ns);
}

static void hit_limit(struct virtual_rig *rig, struct rng *rng) {
    int axis = FIRMWARE_PIN_LIMIT + (int)rng_below(rng, 3);
    world_step(&rig->world, rig->now_ns);
    firmware_set_pin(&rig->world.firmware, (enum firmware_pin)axis, true, rig->now_ns);
    firmware_set_pin(&rig->world.firmware, (enum firmware_pin)axis, false, rig->now_ns);
}

/* The needle's own switch says that it is not retracted, and goes on saying so (hazard 12). */
static void jam_needle(struct virtual_rig *rig, struct rng *rng) {
    (void)rng;
    guard_on_sensors(&rig->guard, (struct sensor_levels){.present = SENSOR_NEEDLE, .levels = 0});
}

static void free_needle(struct virtual_rig *rig) {
    guard_on_sensors(&rig->guard, (struct sensor_levels){0});
}

/* An axis goes less far than it is told, and its board knows (hazard 11). */
static void lose_steps(struct virtual_rig *rig, struct rng *rng) {
    world_lose_steps(&rig->world, (int)rng_below(rng, (uint32_t)rig->setup.rig->axis_count),
                     rng_range(rng, 0.01, 0.1), rig->now_ns);
}

static void find_steps(struct virtual_rig *rig) {
    world_lose_steps(&rig->world, 0, 0, rig->now_ns);
}

static void change_setting(struct virtual_rig *rig, struct rng *rng) {
    int number = 100 + 10 * (int)rng_below(rng, 4) + (int)rng_below(rng, 5);
    double value = firmware_setting(&rig->world.firmware, number);
    (void)!firmware_set_setting(&rig->world.firmware, number, value * 1.02);
}

static void restore_settings(struct virtual_rig *rig) {
    struct firmware fresh;
    firmware_init(&fresh, rig->setup.rig, rig->now_ns);
    for (int number = 100; number < 140; number++) {
        double value = firmware_setting(&fresh, number);
        if (isfinite(value)) (void)!firmware_set_setting(&rig->world.firmware, number, value);
    }
}

/* --- the programs and the machine under them (hazards 28 to 31, 34, 35) --- */

static void kill_daemon(struct virtual_rig *rig, struct rng *rng) {
    (void)rng;
    if (rig->has_daemon) virtual_kill_daemon(rig);
}

static void stop_daemon(struct virtual_rig *rig, struct rng *rng) {
    rig->daemon_wakes_ns = rig->now_ns + s_to_ns(rng_range(rng, 0.02, 0.5));
}

static void kill_guard(struct virtual_rig *rig, struct rng *rng) {
    (void)rng;
    if (rig->has_guard) virtual_kill_guard(rig);
}

static void stop_guard(struct virtual_rig *rig, struct rng *rng) {
    rig->guard_wakes_ns = rig->now_ns + s_to_ns(rng_range(rng, 0.02, 0.5));
}

static void stop_both(struct virtual_rig *rig, struct rng *rng) {
    rig->guard_wakes_ns = rig->daemon_wakes_ns = rig->now_ns + s_to_ns(rng_range(rng, 0.01, 0.3));
}

static void break_disk(struct virtual_rig *rig, struct rng *rng) {
    (void)rng;
    virtual_break_disk(rig, "the disk is full");
}

static void slow_disk(struct virtual_rig *rig, struct rng *rng) {
    rig->setup.journal_delay_ns = s_to_ns(rng_range(rng, 0.01, 0.5));
}

static void quick_disk(struct virtual_rig *rig) {
    rig->setup.journal_delay_ns = NS_PER_MS;
}

static void mash_keys(struct virtual_rig *rig, struct rng *rng) {
    for (int i = 0; i < 6; i++) /* All but the last: nobody mashes "I have looked at the needle". */
        virtual_call(rig, (enum session_call)rng_below(rng, SESSION_CALL_ACKNOWLEDGE_OUT));
}

static void operator_holds(struct virtual_rig *rig, struct rng *rng) {
    (void)rng;
    virtual_call(rig, SESSION_CALL_HOLD);
}

static void operator_aborts(struct virtual_rig *rig, struct rng *rng) {
    (void)rng;
    virtual_call(rig, SESSION_CALL_ABORT);
}

const struct fault faults[] = {
    {1, "the head moves", FAULT_HOLDS, ramp, NULL, 800, EXCUSE_NONE},
    {2, "a sneeze", FAULT_HOLDS, sneeze, NULL, 400, EXCUSE_NONE},
    {2, "a flinch", FAULT_HOLDS, flinch, NULL, 100, EXCUSE_NONE},
    {3, "drift", FAULT_UNSEEN, drift, NULL, 10000, EXCUSE_NONE},
    {4, "frames stop", FAULT_HOLDS, stop_frames, mend_cameras, 800, EXCUSE_NONE},
    {5, "frames freeze", FAULT_HOLDS, freeze_frames, mend_cameras, 800, EXCUSE_NONE},
    {6, "tags covered", FAULT_HOLDS, cover_tags, mend_cameras, 800, EXCUSE_NONE},
    {6, "tags swapped", FAULT_HOLDS, swap_tags, mend_cameras, 100, EXCUSE_NONE},
    {7, "registration missing", FAULT_NEVER_STARTS, unregister, give_inputs, 800, EXCUSE_NONE},
    {7, "calibration missing", FAULT_NEVER_STARTS, uncalibrate, give_inputs, 800, EXCUSE_NONE},
    {8, "frames come late", FAULT_HOLDS, delay_frames, mend_cameras, 800, EXCUSE_NONE},
    {8, "stamps are wrong", FAULT_HOLDS, shift_stamps, mend_cameras, 800, EXCUSE_NONE},
    {9, "a camera is knocked", FAULT_HOLDS, knock_camera, mend_cameras, 800, EXCUSE_NONE},
    {10, "the skin stands off", FAULT_UNSEEN, raise_skin, level_skin, 5000, EXCUSE_NONE},
    {12, "the needle does not retract", FAULT_LATCHES, jam_needle, free_needle, 800,
     EXCUSE_HELPLESS},
    {14, "a forged travel", FAULT_UNSEEN, fault_forge_travel, NULL, 0, EXCUSE_NONE},
    {15, "a forged strike", FAULT_UNSEEN, fault_forge_strike, NULL, 0, EXCUSE_NONE},
    {16, "a push at the head", FAULT_UNSEEN, fault_forge_push, NULL, 0, EXCUSE_NONE},
    {18, "the wrong files", FAULT_NEVER_STARTS, take_wrong_files, take_right_files, 2000,
     EXCUSE_NONE},
    {19, "files changed while running", FAULT_UNSEEN, fault_forge_load, NULL, 0, EXCUSE_NONE},
    {20, "the wrong unit", FAULT_UNSEEN, fault_forge_units, NULL, 0, EXCUSE_NONE},
    {21, "numbers that are none", FAULT_UNSEEN, fault_forge_numbers, NULL, 0, EXCUSE_NONE},
    {22, "cable out", FAULT_LATCHES, pull_cable, virtual_plug_cable, 800, EXCUSE_HELPLESS},
    {23, "a bit flips on its way out", FAULT_LATCHES, flip_to_board, NULL, 0, EXCUSE_CHANGED},
    {23, "a bit flips on its way in", FAULT_LATCHES, flip_to_host, NULL, 0, EXCUSE_NONE},
    {23, "a byte is lost on its way out", FAULT_LATCHES, lose_byte_to_board, NULL, 0,
     EXCUSE_CHANGED},
    {23, "a byte is lost on its way in", FAULT_LATCHES, lose_byte_to_host, NULL, 0, EXCUSE_NONE},
    {24, "an answer is lost", FAULT_LATCHES, lose_answer, NULL, 0, EXCUSE_NONE},
    {24, "an answer comes twice", FAULT_LATCHES, double_answer, NULL, 0, EXCUSE_NONE},
    {24, "answers come late", FAULT_UNSEEN, slow_cable, quick_cable, 800, EXCUSE_NONE},
    {25, "the board resets", FAULT_LATCHES, reset_board, NULL, 0, EXCUSE_STUCK},
    {26, "a limit switch trips", FAULT_LATCHES, hit_limit, NULL, 0, EXCUSE_STUCK},
    {27, "a setting is off", FAULT_NEVER_STARTS, change_setting, restore_settings, 800,
     EXCUSE_SETTINGS},
    {28, "the daemon is killed", FAULT_LATCHES, kill_daemon, NULL, 0, EXCUSE_NONE},
    {28, "the daemon hangs", FAULT_LATCHES, stop_daemon, NULL, 500, EXCUSE_NONE},
    {29, "the guard is killed", FAULT_LATCHES, kill_guard, NULL, 0, EXCUSE_HELPLESS},
    {29, "the guard hangs", FAULT_LATCHES, stop_guard, NULL, 500, EXCUSE_HELPLESS},
    {30, "the machine stands still", FAULT_HOLDS, stop_both, NULL, 300, EXCUSE_HELPLESS},
    {31, "the disk is full", FAULT_HOLDS, break_disk, NULL, 0, EXCUSE_NONE},
    {31, "the disk is slow", FAULT_UNSEEN, slow_disk, quick_disk, 1000, EXCUSE_NONE},
    {32, "dead-man released", FAULT_HOLDS, release_deadman, give_inputs, 800, EXCUSE_NONE},
    {33, "e-stop pressed", FAULT_LATCHES, press_estop, release_estop, 800, EXCUSE_STUCK},
    {33, "door opened", FAULT_HOLDS, open_door, close_door, 800, EXCUSE_STUCK},
    {34, "the operator holds", FAULT_HOLDS, operator_holds, NULL, 0, EXCUSE_NONE},
    {34, "the operator aborts", FAULT_HOLDS, operator_aborts, NULL, 0, EXCUSE_NONE},
    {35, "mashed keys", FAULT_UNSEEN, mash_keys, NULL, 0, EXCUSE_NONE},
    {36, "pigment empty", FAULT_HOLDS, empty_pigment, give_inputs, 800, EXCUSE_NONE},
    {13, "needle worn", FAULT_HOLDS, wear_needle, give_inputs, 800, EXCUSE_NONE},
    {38, "clearance withdrawn", FAULT_NEVER_STARTS, withdraw_clearance, give_inputs, 800,
     EXCUSE_NONE},
    {38, "the client leaves", FAULT_HOLDS, leave_seat, give_inputs, 800, EXCUSE_NONE},
    /* Later rows stand at the end: see struct campaign_setup. */
    {11, "steps are lost", FAULT_LATCHES, lose_steps, find_steps, 800, EXCUSE_NONE},
    {17, "a lesion under the needle", FAULT_HOLDS, fault_mark_lesion, fault_heal_lesion, 800,
     EXCUSE_NONE},
};
const size_t fault_count = sizeof faults / sizeof *faults;
