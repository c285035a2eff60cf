/* What the board says. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "sim/firmware_private.h"

#define MM_PER_INCH 25.4
/* Reports between two that carry the work offset, or the overrides. */
#define OFFSET_EVERY 10
#define OVERRIDES_EVERY 20

/* Bits of $10. */
enum {
    SHOW_MACHINE = 1,
    SHOW_BUFFER = 2,
    SHOW_LINE = 4,
    SHOW_FEED = 8,
    SHOW_PINS = 16,
    SHOW_OFFSET = 32,
    SHOW_OVERRIDES = 64,
};

static void put(struct firmware *fw, const char *text, size_t length) {
    for (size_t i = 0; i < length && fw->output_count < FIRMWARE_OUTPUT_MAX; i++)
        fw->output[(fw->output_first + fw->output_count++) % FIRMWARE_OUTPUT_MAX] =
            (unsigned char)text[i];
}

void firmware_say(struct firmware *fw, const char *format, ...) {
    char text[512];
    va_list args;
    va_start(args, format);
    int length = vsnprintf(text, sizeof text - 2, format, args);
    va_end(args);
    if (length < 0) return;
    if (length > (int)sizeof text - 3) length = (int)sizeof text - 3;
    put(fw, text, (size_t)length);
    put(fw, "\r\n", 2);
}

void firmware_greet(struct firmware *fw) {
    fw->reports_until_offset = fw->reports_until_overrides = 0;
    firmware_say(fw, "%s", "");
    firmware_say(fw, "GrblHAL 1.1f ['$' or '$HELP' for help]");
}

static const char *state_word(const struct firmware *fw) {
    switch (fw->state) {
        case FIRMWARE_RUN:
            return "Run";
        case FIRMWARE_HOLD:
            return fw->is_stopping ? "Hold:1" : "Hold:0";
        case FIRMWARE_JOG:
            return "Jog";
        case FIRMWARE_HOME:
            return "Home";
        case FIRMWARE_ALARM:
            return "Alarm";
        case FIRMWARE_DOOR:
            if (fw->is_stopping) return "Door:2";
            return firmware_has_pin(fw, FIRMWARE_PIN_DOOR) ? "Door:1" : "Door:0";
        case FIRMWARE_CHECK:
            return "Check";
        case FIRMWARE_SLEEP:
            return "Sleep";
        case FIRMWARE_IDLE:
        case FIRMWARE_STATE_COUNT:
            break;
    }
    return "Idle";
}

/* Values of all axes with commas; lengths in inches when $13 says so. */
static void append_axes(const struct firmware *fw, struct text_builder *out,
                        const double values[FIRMWARE_AXES]) {
    int rotary_mask = firmware_flag(fw, 376);
    bool is_inches = firmware_flag(fw, 13);
    for (int i = 0; i < fw->axis_count; i++) {
        bool is_rotary = i >= 3 && rotary_mask >> (i - 3) & 1;
        bool is_scaled = is_inches && !is_rotary;
        double value = is_scaled ? values[i] / MM_PER_INCH : values[i];
        if (fabs(value) < (is_scaled ? 0.5e-4 : 0.5e-3)) value = 0;
        if (i) text_append(out, ",");
        text_append_decimal(out, value, is_scaled ? 4 : 3);
    }
}

/* What the step counters say: whole steps. */
static void stepped(const struct firmware *fw, const double exact[FIRMWARE_AXES],
                    double values[FIRMWARE_AXES]) {
    for (int i = 0; i < FIRMWARE_AXES; i++)
        values[i] = nearbyint(exact[i] * fw->axes[i].steps) / fw->axes[i].steps;
}

static void work_offset(const struct firmware *fw, double values[FIRMWARE_AXES]) {
    for (int i = 0; i < FIRMWARE_AXES; i++)
        values[i] = fw->offsets[fw->system][i] + fw->g92[i] + (i == 2 ? fw->tool_length : 0);
}

static void append_pins(const struct firmware *fw, struct text_builder *out) {
    static const char letters[FIRMWARE_PIN_COUNT] = {'E', 'D', 'P', 'X', 'Y', 'Z',
                                                     'A', 'B', 'C', 'U', 'V'};
    uint32_t pins = fw->pins;
    if (firmware_is_touching(fw)) pins |= 1u << FIRMWARE_PIN_PROBE;
    if (!pins) return;
    text_append(out, "|Pn:");
    if (pins >> FIRMWARE_PIN_PROBE & 1) text_append(out, "P");
    for (unsigned i = 0; i < FIRMWARE_PIN_COUNT; i++)
        if (i != FIRMWARE_PIN_PROBE && pins >> i & 1) text_append(out, "%c", letters[i]);
}

void firmware_report(struct firmware *fw, bool is_full) {
    char text[480];
    struct text_builder out;
    double position[FIRMWARE_AXES], offset[FIRMWARE_AXES], seen[FIRMWARE_AXES];
    int mask = firmware_flag(fw, 10);
    for (int i = 0; i < FIRMWARE_AXES; i++) seen[i] = fw->position[i] - fw->lost[i];
    stepped(fw, seen, position);
    work_offset(fw, offset);
    text_builder_init(&out, text, sizeof text);
    text_append(&out, "<%s|%cPos:", state_word(fw), mask & SHOW_MACHINE ? 'M' : 'W');
    for (int i = 0; i < FIRMWARE_AXES && !(mask & SHOW_MACHINE); i++) position[i] -= offset[i];
    append_axes(fw, &out, position);
    if (mask & SHOW_BUFFER)
        text_append(&out, "|Bf:%zu,%zu", firmware_blocks_free(fw),
                    FIRMWARE_RX_BYTES - 1 -
                        (fw->waiting_count < FIRMWARE_RX_BYTES ? fw->waiting_count
                                                               : FIRMWARE_RX_BYTES - 1));
    if (mask & SHOW_LINE && fw->block_count && fw->running_line)
        text_append(&out, "|Ln:%u", fw->running_line);
    if (mask & SHOW_FEED) {
        text_append(&out, "|FS:");
        text_append_decimal(&out, fw->feed_mm_min, 0);
        text_append(&out, ",0");
    }
    if (mask & SHOW_PINS) append_pins(fw, &out);
    if (mask & SHOW_OFFSET && (is_full || fw->reports_until_offset-- <= 0)) {
        text_append(&out, "|WCO:");
        append_axes(fw, &out, offset);
        fw->reports_until_offset = OFFSET_EVERY;
    } else if (mask & SHOW_OVERRIDES && fw->reports_until_overrides-- <= 0) {
        text_append(&out, "|Ov:%d,%d,100", fw->feed_override, fw->rapid_override);
        fw->reports_until_overrides = OVERRIDES_EVERY;
    }
    if (is_full || fw->has_homed_news) text_append(&out, "|H:%d,%u", fw->is_homed, fw->homed_mask);
    fw->has_homed_news = false;
    put(fw, text, out.length);
    put(fw, ">\r\n", 3);
}

void firmware_list_info(struct firmware *fw) {
    firmware_say(fw, "[VER:1.1f.20260817:]");
    firmware_say(fw, "[OPT:VNML+,%d,%d,%d,0]", FIRMWARE_BLOCKS, FIRMWARE_RX_BYTES, fw->axis_count);
    firmware_say(fw, "[AXS:%d:%.*s]", fw->axis_count, fw->axis_count, firmware_letters);
    firmware_say(fw, "[FIRMWARE:grblHAL]");
}

static void say_axes(struct firmware *fw, const char *name, const double values[FIRMWARE_AXES],
                     const char *end) {
    char text[200];
    struct text_builder out;
    text_builder_init(&out, text, sizeof text);
    append_axes(fw, &out, values);
    firmware_say(fw, "[%s:%s%s]", name, text, end);
}

void firmware_list_offsets(struct firmware *fw) {
    static const double none[FIRMWARE_AXES];
    static const char *const names[FIRMWARE_SYSTEMS] = {"G54", "G55", "G56", "G57", "G58", "G59"};
    for (int i = 0; i < FIRMWARE_SYSTEMS; i++) say_axes(fw, names[i], fw->offsets[i], "");
    say_axes(fw, "G28", none, "");
    say_axes(fw, "G30", none, "");
    say_axes(fw, "G92", fw->g92, "");
    firmware_say(fw, "[TLO:%.3f]", fw->tool_length);
    firmware_say_probe(fw);
}

void firmware_list_modes(struct firmware *fw) {
    firmware_say(fw, "[GC:G%d G%d G17 G%d G%d G94 G49 G9%d G50 M%d M9 T0 F%.0f S0]",
                 fw->motion_mode / 10, 54 + fw->system, fw->is_inches ? 20 : 21,
                 fw->is_relative ? 91 : 90, fw->is_retract_to_r ? 9 : 8, fw->is_spindle_on ? 3 : 5,
                 fw->feed_mm_min);
}

void firmware_say_probe(struct firmware *fw) {
    say_axes(fw, "PRB", fw->probed, fw->is_probe_good ? ":1" : ":0");
}
