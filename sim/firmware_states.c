/* Real-time bytes, pins, alarms, resets: what changes the board's state beside its lines. */
#include <string.h>

#include "sim/firmware_private.h"

enum {
    BYTE_RESET = 0x18,
    BYTE_STOP = 0x19,
    BYTE_DOOR = 0x84,
    BYTE_JOG_CANCEL = 0x85,
    BYTE_FULL_REPORT = 0x87,
    BYTE_FEED_FULL = 0x90,
    BYTE_FEED_UP_10,
    BYTE_FEED_DOWN_10,
    BYTE_FEED_UP_1,
    BYTE_FEED_DOWN_1,
    BYTE_RAPID_FULL,
    BYTE_RAPID_HALF,
    BYTE_RAPID_QUARTER,
};

#define FEED_LEAST 10
#define FEED_MOST 200

void firmware_alarm(struct firmware *fw, int code) {
    firmware_drop_blocks(fw);
    fw->state = FIRMWARE_ALARM;
    fw->alarm = code;
    firmware_say(fw, "ALARM:%d", code);
}

void firmware_critical(struct firmware *fw, int code) {
    firmware_alarm(fw, code);
    fw->is_critical = true;
    firmware_forget_input(fw);
    firmware_say(fw, "%s",
                 code == ALARM_ESTOP ? "[MSG:Emergency stop - clear, then reset to continue]"
                                     : "[MSG:Reset to continue]");
}

/* The states that a start or a reset can end in. */
void firmware_enter_lock(struct firmware *fw) {
    bool needs_homing = (firmware_flag(fw, 22) & 5) == 5 && !fw->is_homed;
    bool was_alarm = fw->state == FIRMWARE_ALARM || fw->state == FIRMWARE_SLEEP;
    fw->is_critical = false;
    if (firmware_has_pin(fw, FIRMWARE_PIN_ESTOP)) {
        firmware_critical(fw, ALARM_ESTOP);
    } else if (needs_homing && fw->alarm != ALARM_ABORTED) {
        firmware_alarm(fw, ALARM_HOME_FIRST);
        firmware_say(fw, "[MSG:Homing cycle required, $H to continue]");
    } else if (was_alarm) {
        fw->state = FIRMWARE_ALARM;
        firmware_say(fw, "[MSG:'$H'|'$X' to unlock]");
    } else {
        fw->state = FIRMWARE_IDLE;
        fw->alarm = 0;
    }
}

void firmware_reset(struct firmware *fw) {
    bool was_moving = fw->is_moving && !(fw->state == FIRMWARE_HOLD && !fw->is_stopping);
    bool was_homing = fw->state == FIRMWARE_HOME;
    firmware_drop_blocks(fw);
    firmware_forget_input(fw);
    fw->latched_error = 0;
    fw->motion_mode = 0;
    fw->is_relative = fw->is_inches = fw->is_retract_to_r = false;
    fw->system = 0;
    fw->tool_length = 0;
    fw->feed_mm_min = 0;
    fw->feed_override = fw->rapid_override = 100;
    fw->is_spindle_on = fw->is_coolant_on = false;
    if (was_moving) {
        fw->is_homed = false;
        fw->homed_mask = 0;
        firmware_alarm(fw, was_homing ? ALARM_HOMING_RESET : ALARM_ABORTED);
    }
    firmware_greet(fw);
    firmware_enter_lock(fw);
}

static void hold(struct firmware *fw) {
    if (fw->state == FIRMWARE_JOG) {
        firmware_begin_stop(fw); /* a hold cancels a jog */
    } else if (fw->state == FIRMWARE_RUN) {
        firmware_begin_stop(fw);
        fw->state = FIRMWARE_HOLD;
    } else if (fw->state == FIRMWARE_IDLE) {
        fw->state = FIRMWARE_HOLD;
    }
}

static void open_door(struct firmware *fw) {
    if (fw->state == FIRMWARE_HOME) {
        firmware_forget_input(fw);
        firmware_alarm(fw, ALARM_HOMING_DOOR);
        fw->state = FIRMWARE_ALARM;
        return;
    }
    if (fw->state != FIRMWARE_RUN && fw->state != FIRMWARE_IDLE && fw->state != FIRMWARE_HOLD &&
        fw->state != FIRMWARE_JOG)
        return;
    firmware_say(fw, "[MSG:Check Door]");
    if (fw->state == FIRMWARE_JOG) {
        firmware_begin_stop(fw);
        return;
    }
    firmware_begin_stop(fw);
    fw->state = FIRMWARE_DOOR;
}

static void resume(struct firmware *fw) {
    bool is_held = fw->state == FIRMWARE_HOLD || fw->state == FIRMWARE_DOOR;
    if (!is_held || fw->is_stopping) return;
    if (fw->state == FIRMWARE_DOOR && firmware_has_pin(fw, FIRMWARE_PIN_DOOR)) return;
    firmware_continue(fw);
}

/* A stop has come to rest. */
void firmware_on_stopped(struct firmware *fw) {
    if (fw->state == FIRMWARE_JOG || fw->is_probing) {
        bool was_jog = fw->state == FIRMWARE_JOG;
        firmware_drop_blocks(fw);
        fw->state = FIRMWARE_IDLE;
        if (was_jog && firmware_has_pin(fw, FIRMWARE_PIN_DOOR)) fw->state = FIRMWARE_DOOR;
    }
}

static void override(struct firmware *fw, unsigned char c) {
    static const int feed_steps[] = {[BYTE_FEED_UP_10 - BYTE_FEED_FULL] = 10,
                                     [BYTE_FEED_DOWN_10 - BYTE_FEED_FULL] = -10,
                                     [BYTE_FEED_UP_1 - BYTE_FEED_FULL] = 1,
                                     [BYTE_FEED_DOWN_1 - BYTE_FEED_FULL] = -1};
    static const int rapids[] = {100, 50, 25};
    if (c >= BYTE_RAPID_FULL)
        fw->rapid_override = rapids[c - BYTE_RAPID_FULL];
    else if (c == BYTE_FEED_FULL)
        fw->feed_override = 100;
    else
        fw->feed_override += feed_steps[c - BYTE_FEED_FULL];
    if (fw->feed_override < FEED_LEAST) fw->feed_override = FEED_LEAST;
    if (fw->feed_override > FEED_MOST) fw->feed_override = FEED_MOST;
    fw->reports_until_overrides = 0;
    firmware_replan(fw);
}

/* 0x19: the queue and what was received go, without an alarm. */
static void stop(struct firmware *fw) {
    firmware_forget_input(fw);
    if (fw->state == FIRMWARE_ALARM || fw->state == FIRMWARE_HOME || fw->state == FIRMWARE_CHECK)
        return;
    firmware_drop_blocks(fw);
    fw->latched_error = 0;
    fw->state = firmware_has_pin(fw, FIRMWARE_PIN_DOOR) ? FIRMWARE_DOOR : FIRMWARE_IDLE;
    firmware_say(fw, "[MSG:Stop]");
}

bool firmware_is_realtime(unsigned char c) {
    if (c == '?' || c == '!' || c == '~') return true;
    return c >= 0x7f || (c < 0x20 && c != '\n' && c != '\r' && c != '\t');
}

void firmware_take_realtime(struct firmware *fw, unsigned char c) {
    switch (c) {
        case '?':
        case BYTE_FULL_REPORT:
            firmware_report(fw, c == BYTE_FULL_REPORT);
            break;
        case '!':
            hold(fw);
            break;
        case '~':
            resume(fw);
            break;
        case BYTE_RESET:
            if (!firmware_has_pin(fw, FIRMWARE_PIN_ESTOP)) firmware_reset(fw);
            break;
        case BYTE_STOP:
            stop(fw);
            break;
        case BYTE_DOOR:
            open_door(fw);
            break;
        case BYTE_JOG_CANCEL:
            /* What was received is dropped; a line that is being done (homing) goes on. */
            fw->waiting_count = 0;
            if (!fw->is_line_waiting) firmware_forget_input(fw);
            if (fw->state == FIRMWARE_JOG) firmware_begin_stop(fw);
            break;
        default:
            if (c >= BYTE_FEED_FULL && c <= BYTE_RAPID_QUARTER) override(fw, c);
            break;
    }
}

void firmware_set_pin(struct firmware *fw, enum firmware_pin pin, bool is_active, int64_t now_ns) {
    firmware_step(fw, now_ns);
    bool was_active = firmware_has_pin(fw, pin);
    fw->pins = is_active ? fw->pins | 1u << pin : fw->pins & ~(1u << pin);
    if (!is_active || was_active) return;
    if (pin == FIRMWARE_PIN_ESTOP) {
        fw->is_homed = false;
        fw->homed_mask = 0;
        firmware_critical(fw, ALARM_ESTOP);
    } else if (pin == FIRMWARE_PIN_DOOR) {
        open_door(fw);
    } else if (pin >= FIRMWARE_PIN_LIMIT && firmware_flag(fw, 21) & 1 &&
               fw->state != FIRMWARE_ALARM && fw->state != FIRMWARE_HOME) {
        fw->is_homed = false;
        fw->homed_mask = 0;
        firmware_critical(fw, ALARM_HARD_LIMIT);
    }
}
