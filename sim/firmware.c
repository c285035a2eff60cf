#include "sim/firmware.h"

#include <string.h>

#include "base/clock.h"
#include "sim/firmware_private.h"

const char firmware_letters[] = "XYZABCUV";

int firmware_axis(char letter) {
    for (int i = 0; i < FIRMWARE_AXES; i++)
        if (firmware_letters[i] == letter) return i;
    return -1;
}

void firmware_init(struct firmware *fw, const struct rig *rig, int64_t now_ns) {
    memset(fw, 0, sizeof *fw);
    fw->now_ns = now_ns;
    fw->feed_override = fw->rapid_override = 100;
    fw->motion_mode = 0;
    fw->state = FIRMWARE_ALARM;
    firmware_default_settings(fw, rig);
}

void firmware_power_up(struct firmware *fw) {
    firmware_drop_blocks(fw);
    fw->is_homed = false;
    fw->homed_mask = 0;
    fw->state = FIRMWARE_IDLE;
    fw->alarm = fw->latched_error = 0;
    firmware_forget_input(fw);
    firmware_greet(fw);
    firmware_enter_lock(fw);
}

void firmware_forget_input(struct firmware *fw) {
    fw->waiting_count = fw->line_length = 0;
    fw->is_line_overlong = fw->is_line_waiting = fw->is_dwelling = false;
    fw->stage = 0;
    fw->last_end = '\0';
}

static void answer(struct firmware *fw, int error) {
    if (error == LINE_GONE) return;
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

/* 0, an error, or one of LINE_.... Sets the latch. */
static int run_line(struct firmware *fw) {
    char line[FIRMWARE_LINE_MAX + 1];
    int error = 0;
    if (fw->is_line_overlong) return fw->latched_error = ERROR_TOO_LONG;
    tidy(fw->line, line);
    if (line[0] == '$')
        error = firmware_system_line(fw, line);
    else if (line[0] && fw->is_critical)
        error = ERROR_CRITICAL;
    else if (line[0] && (fw->state == FIRMWARE_ALARM || fw->state == FIRMWARE_JOG))
        error = ERROR_LOCKED;
    else if (line[0] && fw->latched_error)
        error = fw->latched_error;
    else if (line[0])
        error = firmware_execute(fw, line);
    if (error >= 0) fw->latched_error = error;
    return error;
}

/* Run the line that was read, or go on with it. */
static void try_line(struct firmware *fw) {
    fw->line[fw->line_length] = '\0';
    int error = run_line(fw);
    fw->is_line_waiting = error == LINE_WAITS;
    if (fw->is_line_waiting || error == LINE_GONE) return;
    fw->stage = 0;
    fw->line_length = 0;
    fw->is_line_overlong = false;
    answer(fw, error);
}

static void take_text_byte(struct firmware *fw, char c) {
    bool is_end = c == '\n' || c == '\r';
    if (is_end && fw->line_length == 0 && !fw->is_line_overlong && fw->last_end &&
        fw->last_end != c) {
        fw->last_end = '\0'; /* the second half of CR LF */
        return;
    }
    if (is_end) {
        fw->last_end = c;
        try_line(fw);
    } else if ((unsigned char)c <= ' ' && fw->line_length == 0) {
        return; /* leading blanks */
    } else if (fw->line_length < FIRMWARE_LINE_MAX) {
        fw->line[fw->line_length++] = c;
    } else {
        fw->is_line_overlong = true;
    }
}

/* A hold, an open door and sleep suspend the reading of lines. */
static bool is_reading(const struct firmware *fw) {
    bool is_suspended =
        fw->state == FIRMWARE_HOLD || fw->state == FIRMWARE_DOOR || fw->state == FIRMWARE_SLEEP;
    return !fw->is_line_waiting && !is_suspended;
}

/* Read what has come; motion begins when there is nothing more to read. */
static void pump(struct firmware *fw) {
    if (fw->is_line_waiting && fw->state != FIRMWARE_HOLD && fw->state != FIRMWARE_DOOR)
        try_line(fw);
    while (fw->waiting_count && is_reading(fw)) {
        char c = fw->waiting[fw->waiting_first];
        fw->waiting_first = (fw->waiting_first + 1) % FIRMWARE_RX_BYTES;
        fw->waiting_count--;
        take_text_byte(fw, c);
    }
    firmware_start(fw);
}

int64_t firmware_next_ns(const struct firmware *fw) {
    int64_t next_ns = INT64_MAX, probe_ns = INT64_MAX;
    if (fw->is_moving) next_ns = fw->profile.end_ns;
    if (fw->is_probing) probe_ns = firmware_probe_event_ns(fw);
    if (probe_ns < next_ns) next_ns = probe_ns;
    if (fw->is_dwelling && fw->wait_ns < next_ns) next_ns = fw->wait_ns;
    return next_ns;
}

static void on_event(struct firmware *fw, int64_t at_ns) {
    firmware_place(fw, at_ns);
    fw->now_ns = at_ns;
    if (fw->is_dwelling && at_ns >= fw->wait_ns) {
        fw->is_dwelling = false;
        fw->stage++;
    } else if (fw->is_probing && at_ns >= firmware_probe_event_ns(fw)) {
        firmware_on_probe_event(fw);
    } else if (fw->is_moving) {
        firmware_end_block(fw);
    }
    pump(fw);
}

void firmware_step(struct firmware *fw, int64_t now_ns) {
    if (now_ns < fw->now_ns) return;
    for (int64_t at_ns = firmware_next_ns(fw); at_ns <= now_ns; at_ns = firmware_next_ns(fw))
        on_event(fw, at_ns > fw->now_ns ? at_ns : fw->now_ns);
    firmware_place(fw, now_ns);
    fw->now_ns = now_ns;
}

void firmware_on_bytes(struct firmware *fw, const void *bytes, size_t count, int64_t now_ns) {
    const unsigned char *from = bytes;
    firmware_step(fw, now_ns);
    for (size_t i = 0; i < count; i++) {
        if (firmware_is_realtime(from[i])) {
            pump(fw); /* a board reads faster than a line brings bytes */
            firmware_take_realtime(fw, from[i]);
            continue;
        }
        if (fw->waiting_count == FIRMWARE_RX_BYTES) pump(fw);
        if (fw->waiting_count == FIRMWARE_RX_BYTES) {
            fw->bytes_dropped++; /* as a real board: whoever does not count loses */
            continue;
        }
        size_t at = (fw->waiting_first + fw->waiting_count++) % FIRMWARE_RX_BYTES;
        fw->waiting[at] = (char)from[i];
    }
    pump(fw);
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
