#include "controller/link/board_settings.h"

#include <math.h>
#include <string.h>

/* Settings agree when they differ by less than this part of themselves. */
#define TOLERANCE 1e-3
#define BITS_MAX 65535 /* of a setting that is a set of bits */
#define HOMING_PASS_FIRST 44
#define HOMING_ON 1
#define HOMING_AT_START 4
#define HOMING_ZERO_ORIGIN 8

struct table {
    struct setting_want *wants;
    size_t count;
};

static void add(struct table *table, struct setting_want want) {
    if (table->count < SETTING_WANTS_MAX) table->wants[table->count++] = want;
}

static int index_of(const char *axes, char letter) {
    const char *found = letter ? strchr(axes, letter) : NULL;
    return found ? (int)(found - axes) : -1;
}

/* 0 when the board has no such axis. */
static int bit_of(const char *axes, char letter) {
    int index = index_of(axes, letter);
    return index < 0 ? 0 : 1 << index;
}

/* Steps, rate, acceleration, travel. */
static void add_axis(struct table *table, const struct rig_axis *axis, int index, bool is_needle) {
    double unit = axis->is_rotary ? DEG_PER_RAD : 1.0;
    const struct {
        int group;
        double value;
        const char *why;
    } rows[] = {
        {100, axis->steps_per_unit, "distances would be wrong"},
        {110, axis->speed_max * unit * 60.0, "times are planned with it"},
        {120, axis->acceleration_max * unit, "times are planned with it"},
        {130, (axis->max - axis->min) * unit,
         is_needle ? "the soft limit is the needle's last electronic stop"
                   : "homing and soft limits go by it"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows && index >= 0; i++)
        add(table, (struct setting_want){rows[i].group + index, rows[i].value, SETTING_EQUALS,
                                         SETTING_MUST, axis->letter, rows[i].why});
}

struct masks {
    int rotary, towards_minus, needle, lifting, others, spanning;
    bool has_zero_origin;
};

static struct masks masks_of(const struct rig *rig, const char *axes) {
    struct masks m = {.needle = bit_of(axes, rig->needle.letter)};
    for (size_t i = 0; i < rig->axis_count; i++) {
        const struct rig_axis *axis = &rig->axes[i];
        int bit = bit_of(axes, axis->letter);
        if (!bit) continue;
        if (axis->is_rotary) m.rotary |= bit_of("ABCUVW", axis->letter);
        if (!rig_axis_is_homed(axis)) {
            m.spanning |= bit;
        } else if (axis->min >= 0) {
            m.towards_minus |= bit;
            m.has_zero_origin = true;
            m.others |= bit;
        } else {
            m.lifting |= bit;
        }
    }
    return m;
}

static void add_homing(struct table *table, const struct masks *m) {
    add(table, (struct setting_want){22, HOMING_ON, SETTING_HAS_BITS, SETTING_MUST, '\0',
                                     "without homing no position is known"});
    add(table,
        (struct setting_want){22, HOMING_AT_START | (m->has_zero_origin ? HOMING_ZERO_ORIGIN : 0),
                              SETTING_HAS_BITS, SETTING_SHOULD, '\0',
                              "homing must be wanted at start, and zero lie at the switch"});
    add(table, (struct setting_want){23, m->towards_minus, SETTING_EQUALS, SETTING_SHOULD, '\0',
                                     "axes must home to the end where their zero is"});
    add(table, (struct setting_want){HOMING_PASS_FIRST, m->needle, SETTING_EQUALS, SETTING_SHOULD,
                                     '\0', "the needle must be home before anything else moves"});
    add(table, (struct setting_want){HOMING_PASS_FIRST + 1, m->lifting, SETTING_EQUALS,
                                     SETTING_SHOULD, '\0', "then what lifts the tool"});
    add(table, (struct setting_want){HOMING_PASS_FIRST + 2, m->others, SETTING_EQUALS,
                                     SETTING_SHOULD, '\0', "then the rest"});
    for (int pass = 3; pass < 6 && m->spanning; pass++)
        add(table, (struct setting_want){HOMING_PASS_FIRST + pass, m->spanning, SETTING_LACKS_BITS,
                                         SETTING_SHOULD, '\0',
                                         "an axis with zero inside its travel cannot have the "
                                         "board's soft limits"});
}

size_t settings_wanted(const struct rig *rig, const char *axes,
                       struct setting_want wants[SETTING_WANTS_MAX]) {
    struct table table = {wants, 0};
    struct masks m = masks_of(rig, axes);
    add(&table, (struct setting_want){10, rig->status_mask, SETTING_EQUALS, SETTING_MUST, '\0',
                                      "reports must carry position, buffers, line and pins"});
    add(&table, (struct setting_want){13, 0, SETTING_EQUALS, SETTING_MUST, '\0',
                                      "positions must come in mm"});
    if (m.rotary || strlen(axes) > 3)
        add(&table, (struct setting_want){376, m.rotary, SETTING_EQUALS, SETTING_MUST, '\0',
                                          "rotary axes must count in degrees"});
    for (size_t i = 0; i < rig->axis_count; i++)
        add_axis(&table, &rig->axes[i], index_of(axes, rig->axes[i].letter), false);
    add_axis(&table, &rig->needle, index_of(axes, rig->needle.letter), true);
    add_homing(&table, &m);
    add(&table, (struct setting_want){20, 1, SETTING_HAS_BITS, SETTING_MUST, '\0',
                                      "a wrong line must not lead beyond the travel"});
    add(&table, (struct setting_want){21, 1, SETTING_HAS_BITS, SETTING_SHOULD, '\0',
                                      "an axis that reaches its end switch must stop at once"});
    add(&table, (struct setting_want){11, rig->junction_deviation_mm, SETTING_EQUALS,
                                      SETTING_SHOULD, '\0', "times are planned with it"});
    add(&table, (struct setting_want){32, 0, SETTING_EQUALS, SETTING_SHOULD, '\0',
                                      "laser and lathe modes change how the board moves"});
    add(&table, (struct setting_want){1, 255, SETTING_EQUALS, SETTING_SHOULD, '\0',
                                      "motors let go between dots lose their place"});
    return table.count;
}

/* A board's number as a set of bits; what is none has no bit. */
static int bits_of(double value) {
    return value >= 0 && value <= BITS_MAX ? (int)value : 0;
}

bool setting_agrees(const struct setting_want *want, double value) {
    int have = bits_of(value), bits = bits_of(want->value);
    switch (want->rule) {
        case SETTING_HAS_BITS:
            return (have & bits) == bits;
        case SETTING_LACKS_BITS:
            return (have & bits) == 0;
        case SETTING_EQUALS:
            break;
    }
    return fabs(value - want->value) <= TOLERANCE * fabs(want->value);
}

double setting_mended(const struct setting_want *want, double value) {
    int have = bits_of(value), bits = bits_of(want->value);
    switch (want->rule) {
        case SETTING_HAS_BITS:
            return have | bits;
        case SETTING_LACKS_BITS:
            return have & ~bits;
        case SETTING_EQUALS:
            break;
    }
    return want->value;
}
