/* The board's settings: a table of numbers, names and ranges, and the values. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/geom.h"
#include "base/text.h"
#include "sim/firmware_private.h"

/* Plain settings; per-axis ones ($100..$135) follow them in the array of values. */
static const struct {
    int number, decimals;
    double standard, least, most;
} plain[] = {
    {0, 1, 5, 2, 1000},     /* step pulse, us */
    {1, 0, 255, 0, 65535},  /* idle delay, ms; 255: never let go */
    {10, 0, 511, 0, 65535}, /* what a status report shows */
    {11, 3, 0.01, 0, 10},   /* junction deviation, mm */
    {13, 0, 0, 0, 1},       /* reports in inches */
    {20, 0, 1, 0, 1},       /* soft limits */
    {21, 0, 1, 0, 7},       /* hard limits */
    {22, 0, 13, 0, 255},    /* homing: on, needed after start, origin 0 */
    {23, 0, 0, 0, 63},      /* axes that home in the negative direction */
    {24, 1, 100, 1, 1e6},   /* homing feed, mm/min */
    {25, 1, 3000, 1, 1e6},  /* homing seek, mm/min */
    {26, 0, 25, 0, 1000},   /* debounce, ms */
    {27, 3, 0.3, 0, 100},   /* pull-off, mm */
    {28, 0, 0, 0, 1000},    /* G73 retract */
    {32, 0, 0, 0, 2},       /* mode: plain, laser, lathe */
    {40, 0, 1, 0, 1},       /* jogging within soft limits */
    {44, 0, 4, 0, 255},     /* homing passes, axes by bit */
    {45, 0, 0, 0, 255},     {46, 0, 0, 0, 255}, {47, 0, 0, 0, 255},
    {48, 0, 0, 0, 255},     {49, 0, 0, 0, 255}, {376, 0, 0, 0, 63}, /* rotary axes, A = 1 */
};
#define PLAIN_COUNT (sizeof plain / sizeof *plain)
#define AXES_LEAST 6 /* builds with fewer are not simulated */
#define GROUPS 4     /* steps, rate, acceleration, travel */

_Static_assert(PLAIN_COUNT + GROUPS * FIRMWARE_AXES <= FIRMWARE_SETTINGS_MAX, "room for all");

static int slot_of(int number) {
    int group = number / 10 - 10, axis = number % 10;
    if (group >= 0 && group < GROUPS && axis < FIRMWARE_AXES)
        return (int)PLAIN_COUNT + group * FIRMWARE_AXES + axis;
    for (size_t i = 0; i < PLAIN_COUNT; i++)
        if (plain[i].number == number) return (int)i;
    return -1;
}

/* The board has the axis that this slot sets. */
static bool is_present(const struct firmware *fw, size_t slot) {
    return slot < PLAIN_COUNT || (int)((slot - PLAIN_COUNT) % FIRMWARE_AXES) < fw->axis_count;
}

static int number_of(size_t slot) {
    if (slot < PLAIN_COUNT) return plain[slot].number;
    size_t rest = slot - PLAIN_COUNT;
    return (int)(100 + 10 * (rest / FIRMWARE_AXES) + rest % FIRMWARE_AXES);
}

double firmware_setting(const struct firmware *fw, int number) {
    int slot = slot_of(number);
    return slot < 0 ? (double)NAN : fw->settings[slot];
}

bool firmware_set_setting(struct firmware *fw, int number, double value) {
    int slot = slot_of(number);
    if (slot < 0) return false;
    fw->settings[slot] = value;
    for (int i = 0; i < FIRMWARE_AXES; i++) {
        fw->axes[i].steps = firmware_setting(fw, 100 + i);
        fw->axes[i].rate = firmware_setting(fw, 110 + i) / 60;
        fw->axes[i].acceleration = firmware_setting(fw, 120 + i);
        fw->axes[i].travel = firmware_setting(fw, 130 + i);
    }
    return true;
}

static void use_axis(struct firmware *fw, const struct rig_axis *axis, bool is_needle) {
    int i = firmware_axis(axis->letter);
    if (i < 0) return;
    double unit = axis->is_rotary ? DEG_PER_RAD : 1.0;
    if (i >= fw->axis_count) fw->axis_count = i + 1;
    firmware_set_setting(fw, 100 + i, axis->steps_per_unit);
    firmware_set_setting(fw, 110 + i, axis->speed_max * unit * 60);
    firmware_set_setting(fw, 120 + i, axis->acceleration_max * unit);
    firmware_set_setting(fw, 130 + i, (axis->max - axis->min) * unit);
    if (axis->is_rotary && i >= 3)
        firmware_set_setting(fw, 376, firmware_flag(fw, 376) | 1 << (i - 3));
    /* The needle first, then what lifts the tool, then the rest; an axis with zero inside its
     * travel is not homed: the board's soft limits cannot hold such a range. */
    if (is_needle || !rig_axis_is_homed(axis)) return;
    bool is_low_end = axis->min >= 0;
    int pass = is_low_end ? 46 : 45;
    firmware_set_setting(fw, pass, firmware_flag(fw, pass) | 1 << i);
    if (is_low_end) firmware_set_setting(fw, 23, firmware_flag(fw, 23) | 1 << i);
}

void firmware_default_settings(struct firmware *fw, const struct rig *rig) {
    fw->axis_count = AXES_LEAST;
    for (size_t i = 0; i < PLAIN_COUNT; i++) fw->settings[i] = plain[i].standard;
    for (int i = 0; i < FIRMWARE_AXES; i++) {
        firmware_set_setting(fw, 100 + i, 250);
        firmware_set_setting(fw, 110 + i, 500);
        firmware_set_setting(fw, 120 + i, 10);
        firmware_set_setting(fw, 130 + i, 200);
    }
    firmware_set_setting(fw, 10, rig->status_mask);
    firmware_set_setting(fw, 11, rig->junction_deviation_mm);
    for (size_t i = 0; i < rig->axis_count; i++) use_axis(fw, &rig->axes[i], false);
    use_axis(fw, &rig->needle, true);
}

static void print_setting(size_t slot, double value, char *text, size_t size) {
    int decimals = slot < PLAIN_COUNT ? plain[slot].decimals : 3;
    snprintf(text, size, "$%d=%.*f", number_of(slot), decimals, value);
}

void firmware_list_settings(struct firmware *fw) {
    size_t low = 0;
    /* By number: the plain ones under 100, the axes', the rest. */
    for (; low < PLAIN_COUNT && plain[low].number < 100; low++) {
        char text[40];
        print_setting(low, fw->settings[low], text, sizeof text);
        firmware_say(fw, "%s", text);
    }
    for (size_t i = PLAIN_COUNT; i < PLAIN_COUNT + GROUPS * FIRMWARE_AXES; i++) {
        char text[40];
        if (!is_present(fw, i)) continue;
        print_setting(i, fw->settings[i], text, sizeof text);
        firmware_say(fw, "%s", text);
    }
    for (; low < PLAIN_COUNT; low++) {
        char text[40];
        print_setting(low, fw->settings[low], text, sizeof text);
        firmware_say(fw, "%s", text);
    }
}

int firmware_assign(struct firmware *fw, const char *text) {
    char number_text[8] = "";
    int64_t number = 0;
    double value = 0;
    size_t length = strcspn(text, "=");
    if (length == 0 || length >= sizeof number_text) return ERROR_NO_SUCH_COMMAND;
    memcpy(number_text, text, length);
    if (text_to_int64(number_text, 0, 9999, &number) != RESULT_OK) return ERROR_NO_SUCH_COMMAND;
    int slot = slot_of((int)number);
    if (slot < 0 || !is_present(fw, (size_t)slot)) return ERROR_SETTING_ABSENT;
    if (text_to_double(text + length + 1, &value) != RESULT_OK) return ERROR_BAD_NUMBER;
    if (value < 0) return ERROR_NEGATIVE;
    bool is_per_axis = (size_t)slot >= PLAIN_COUNT;
    double most = is_per_axis ? 1e7 : plain[slot].most, least = is_per_axis ? 0 : plain[slot].least;
    if (!(value >= least && value <= most)) return ERROR_SETTING_RANGE;
    if (is_per_axis && number < 130 && value <= 0) return ERROR_SETTING_RANGE;
    if (number == 20 && value > 0 && !(firmware_flag(fw, 22) & 1)) return ERROR_NEEDS_HOMING;
    firmware_set_setting(fw, (int)number, value);
    return 0;
}

size_t firmware_save(const struct firmware *fw, char *text, size_t size) {
    struct text_builder out;
    text_builder_init(&out, text, size);
    for (size_t i = 0; i < PLAIN_COUNT + GROUPS * FIRMWARE_AXES; i++) {
        char line[40];
        if (!is_present(fw, i)) continue;
        print_setting(i, fw->settings[i], line, sizeof line);
        text_append(&out, "%s\n", line);
    }
    return out.is_whole ? out.length : 0;
}

void firmware_load(struct firmware *fw, const char *text) {
    while (*text) {
        char line[40] = "";
        size_t length = strcspn(text, "\n");
        if (length > 1 && length < sizeof line && *text == '$') {
            memcpy(line, text + 1, length - 1);
            (void)firmware_assign(fw, line);
        }
        text += length + (text[length] == '\n');
    }
}
