#include "sim/firmware.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "sim/firmware_private.h"

#define HOMING_NS (2 * NS_PER_S)

int firmware_axis(char letter) {
    const char *found = letter ? strchr("XYZABC", letter) : NULL;
    return found ? (int)(found - "XYZABC") : -1;
}

void firmware_say(struct firmware *fw, const char *format, ...) {
    char text[512];
    va_list args;
    va_start(args, format);
    int length = vsnprintf(text, sizeof text - 2, format, args);
    va_end(args);
    if (length < 0) return;
    if (length > (int)sizeof text - 3) length = (int)sizeof text - 3;
    memcpy(text + length, "\r\n", 2);
    for (int i = 0; i < length + 2 && fw->output_count < FIRMWARE_OUTPUT_MAX; i++)
        fw->output[(fw->output_first + fw->output_count++) % FIRMWARE_OUTPUT_MAX] =
            (unsigned char)text[i];
}

static void use_axis(struct firmware *fw, const struct rig_axis *axis, bool is_needle) {
    int i = firmware_axis(axis->letter);
    if (i < 0) return;
    double unit = axis->is_rotary ? DEG_PER_RAD : 1.0;
    fw->axes[i].is_used = true;
    fw->axes[i].steps = axis->steps_per_unit;
    fw->axes[i].rate = axis->speed_max * unit;
    fw->axes[i].acceleration = axis->acceleration_max * unit;
    fw->axes[i].min = is_needle ? -axis->max : axis->min * unit;
    fw->axes[i].max = is_needle ? 0.0 : axis->max * unit;
    if (axis->is_rotary && i >= 3) fw->rotary_mask |= 1 << (i - 3);
}

void firmware_init(struct firmware *fw, const struct rig *rig, int64_t now_ns) {
    memset(fw, 0, sizeof *fw);
    fw->now_ns = now_ns;
    fw->status_mask = rig->status_mask;
    fw->junction_deviation = rig->junction_deviation_mm;
    fw->state = FIRMWARE_ALARM;
    for (size_t i = 0; i < rig->axis_count; i++) use_axis(fw, &rig->axes[i], false);
    use_axis(fw, &rig->needle, true);
}

static void greet(struct firmware *fw) {
    firmware_say(fw, "%s", "");
    firmware_say(fw, "GrblHAL 1.1f ['$' or '$HELP' for help]");
}

void firmware_power_up(struct firmware *fw) {
    greet(fw);
    fw->state = FIRMWARE_ALARM;
    firmware_say(fw, "ALARM:11");
    firmware_say(fw, "[MSG:'$H'|'$X' to unlock]");
}

void firmware_alarm(struct firmware *fw, int code) {
    firmware_flush(fw);
    fw->state = FIRMWARE_ALARM;
    firmware_say(fw, "ALARM:%d", code);
}

static void reset(struct firmware *fw) {
    bool was_moving = fw->state == FIRMWARE_RUN || fw->state == FIRMWARE_HOME;
    bool was_locked = fw->state == FIRMWARE_ALARM;
    firmware_flush(fw);
    fw->line_length = 0;
    fw->waiting_count = 0;
    fw->latched_error = 0;
    fw->motion_mode = 0;
    fw->is_relative = false;
    fw->feed_mm_min = 0;
    if (was_moving) {
        fw->is_homed = false;
        firmware_say(fw, "ALARM:3");
    }
    greet(fw);
    if (was_moving || was_locked || !fw->is_homed) {
        fw->state = FIRMWARE_ALARM;
        firmware_say(fw, "[MSG:'$H'|'$X' to unlock]");
    } else {
        fw->state = FIRMWARE_IDLE;
    }
}

static const char *state_word(const struct firmware *fw) {
    switch (fw->state) {
        case FIRMWARE_RUN:
            return fw->is_hold_pending ? "Hold:1" : "Run";
        case FIRMWARE_HOLD:
            return "Hold:0";
        case FIRMWARE_HOME:
            return "Home";
        case FIRMWARE_ALARM:
            return "Alarm";
        case FIRMWARE_IDLE:
            break;
    }
    return "Idle";
}

static void report(struct firmware *fw) {
    char position[160] = "";
    size_t length = 0;
    for (int i = 0; i < FIRMWARE_AXES; i++) {
        double steps = fw->axes[i].steps > 0 ? fw->axes[i].steps : 1000;
        double at = nearbyint(fw->position[i] * steps) / steps;
        length += (size_t)snprintf(position + length, sizeof position - length, "%s%.3f",
                                   i ? "," : "", at == 0 ? 0.0 : at);
    }
    char line[24] = "";
    if (fw->block_count && fw->running_line)
        snprintf(line, sizeof line, "|Ln:%u", fw->running_line);
    firmware_say(fw, "<%s|MPos:%s|Bf:%zu,%zu%s|FS:%.0f,0>", state_word(fw), position,
                 firmware_blocks_free(fw), FIRMWARE_RX_BYTES - 1 - fw->waiting_count, line,
                 fw->feed_mm_min);
}

static void list_settings(struct firmware *fw) {
    firmware_say(fw, "$10=%d", fw->status_mask);
    firmware_say(fw, "$11=%.3f", fw->junction_deviation);
    firmware_say(fw, "$13=0");
    firmware_say(fw, "$20=1");
    firmware_say(fw, "$22=1");
    for (int group = 0; group < 4; group++)
        for (int i = 0; i < FIRMWARE_AXES; i++) {
            double value = group == 0   ? fw->axes[i].steps
                           : group == 1 ? fw->axes[i].rate * 60
                           : group == 2 ? fw->axes[i].acceleration
                                        : fw->axes[i].max - fw->axes[i].min;
            firmware_say(fw, "$%d=%.3f", 100 + 10 * group + i, value);
        }
    firmware_say(fw, "$376=%d", fw->rotary_mask);
}

/* A `$` line: 0 or an error number; homing answers when it ends. */
static int system_line(struct firmware *fw, const char *line, bool *ret_answers_later) {
    if (strcmp(line, "$I") == 0) {
        firmware_say(fw, "[VER:1.1f.20260817:]");
        firmware_say(fw, "[OPT:VNML+,%d,%d,%d,0]", FIRMWARE_BLOCKS, FIRMWARE_RX_BYTES,
                     FIRMWARE_AXES);
        firmware_say(fw, "[AXS:%d:XYZABC]", FIRMWARE_AXES);
        firmware_say(fw, "[FIRMWARE:grblHAL]");
        return 0;
    }
    if (strcmp(line, "$$") == 0) {
        list_settings(fw);
        return 0;
    }
    if (strcmp(line, "$X") == 0) {
        if (fw->state == FIRMWARE_ALARM) fw->state = FIRMWARE_IDLE;
        return 0;
    }
    if (strcmp(line, "$H") == 0) {
        if (fw->state != FIRMWARE_IDLE && fw->state != FIRMWARE_ALARM) return 8;
        fw->state = FIRMWARE_HOME;
        fw->homing_end_ns = fw->now_ns + HOMING_NS;
        *ret_answers_later = true;
        return 0;
    }
    return 3;
}

static void answer(struct firmware *fw, int error) {
    if (error)
        firmware_say(fw, "error:%d", error);
    else
        firmware_say(fw, "ok");
}

/* Blanks and comments out, upper case. */
static void tidy(const char *from, char *to) {
    bool is_comment = false;
    for (; *from && *from != ';'; from++) {
        if (*from == '(') is_comment = true;
        if (!is_comment && *from != ' ' && *from != '\t')
            *to++ = *from >= 'a' && *from <= 'z' ? (char)(*from - 32) : *from;
        if (*from == ')') is_comment = false;
    }
    *to = '\0';
}

/* False when the line must wait for room in the planner. */
static bool run_line(struct firmware *fw, const char *raw) {
    char line[FIRMWARE_LINE_MAX + 1];
    bool answers_later = false;
    tidy(raw, line);
    if (line[0] == '\0' || line[0] == '$') {
        fw->latched_error = 0;
        int error = line[0] ? system_line(fw, line, &answers_later) : 0;
        if (!answers_later) answer(fw, error);
        return true;
    }
    if (fw->latched_error) {
        answer(fw, fw->latched_error);
        return true;
    }
    int error =
        fw->state == FIRMWARE_ALARM || fw->state == FIRMWARE_HOME ? 9 : firmware_execute(fw, line);
    if (error == -1) return false;
    fw->latched_error = error;
    answer(fw, error);
    return true;
}

static void end_line(struct firmware *fw) {
    fw->line[fw->line_length] = '\0';
    if (fw->is_line_overlong)
        answer(fw, 11);
    else if (!run_line(fw, fw->line))
        return; /* stays where it is; tried again when a block ends */
    fw->line_length = 0;
    fw->is_line_overlong = false;
}

static void take_text_byte(struct firmware *fw, char c) {
    bool is_second_half = c == '\n' && fw->was_return;
    fw->was_return = c == '\r';
    if (is_second_half) return;
    if (c == '\n' || c == '\r') {
        end_line(fw);
    } else if (fw->line_length < FIRMWARE_LINE_MAX) {
        fw->line[fw->line_length++] = c;
    } else {
        fw->is_line_overlong = true;
    }
}

/* Real-time bytes act at once, wherever they stand. */
static bool take_realtime_byte(struct firmware *fw, unsigned char c) {
    switch (c) {
        case '?':
            report(fw);
            return true;
        case '!':
            firmware_hold(fw);
            return true;
        case '~':
            firmware_resume(fw);
            return true;
        case 0x18:
            reset(fw);
            return true;
        case 0x19:
            firmware_flush(fw);
            if (fw->state == FIRMWARE_RUN || fw->state == FIRMWARE_HOLD) fw->state = FIRMWARE_IDLE;
            return true;
        default:
            return c >= 0x80 || (c < 0x20 && c != '\n' && c != '\r' && c != '\t');
    }
}

static bool is_blocked(const struct firmware *fw) {
    return fw->state == FIRMWARE_HOME || firmware_blocks_free(fw) < 5;
}

static void drain_waiting(struct firmware *fw) {
    size_t taken = 0;
    while (taken < fw->waiting_count && !is_blocked(fw)) take_text_byte(fw, fw->waiting[taken++]);
    fw->waiting_count -= taken;
    memmove(fw->waiting, fw->waiting + taken, fw->waiting_count);
}

void firmware_step(struct firmware *fw, int64_t now_ns) {
    if (now_ns < fw->now_ns) return;
    if (fw->state == FIRMWARE_HOME) {
        if (now_ns >= fw->homing_end_ns) {
            memset(fw->position, 0, sizeof fw->position);
            memset(fw->planned, 0, sizeof fw->planned);
            fw->is_homed = true;
            fw->state = FIRMWARE_IDLE;
            answer(fw, 0);
        }
        fw->now_ns = now_ns;
    } else {
        firmware_run_to(fw, now_ns);
    }
    drain_waiting(fw);
}

void firmware_on_bytes(struct firmware *fw, const void *bytes, size_t count, int64_t now_ns) {
    const unsigned char *from = bytes;
    firmware_step(fw, now_ns);
    for (size_t i = 0; i < count; i++) {
        if (take_realtime_byte(fw, from[i])) continue;
        if (!is_blocked(fw) && fw->waiting_count == 0)
            take_text_byte(fw, (char)from[i]);
        else if (fw->waiting_count < FIRMWARE_RX_BYTES)
            fw->waiting[fw->waiting_count++] = (char)from[i];
        else
            fw->bytes_dropped++; /* as a real board: whoever does not count loses */
    }
}

size_t firmware_take_output(struct firmware *fw, void *buffer, size_t size) {
    unsigned char *to = buffer;
    size_t count = 0;
    while (count < size && fw->output_count) {
        to[count++] = fw->output[fw->output_first];
        fw->output_first = (fw->output_first + 1) % FIRMWARE_OUTPUT_MAX;
        fw->output_count--;
    }
    return count;
}

int64_t firmware_next_ns(const struct firmware *fw) {
    if (fw->state == FIRMWARE_HOME) return fw->homing_end_ns;
    if (fw->state != FIRMWARE_RUN || fw->block_count == 0) return INT64_MAX;
    const struct firmware_block *b = &fw->blocks[fw->block_first];
    return b->start_ns + b->duration_ns;
}
