#include "controller/link/wire.h"

#include <math.h>

#include "base/text.h"

/* -0.000 reads as a sign that means nothing: print zero as zero. */
static double no_negative_zero(double value, double resolution) {
    return fabs(value) < 0.5 * resolution ? 0.0 : value;
}

/* mm to 1 um, deg to 1e-4. */
static void append_axis(struct text_builder *line, const struct rig_axis *axis, double value) {
    if (axis->is_rotary)
        text_append(line, " %c%.4f", axis->letter, no_negative_zero(value * DEG_PER_RAD, 1e-4));
    else
        text_append(line, " %c%.3f", axis->letter, no_negative_zero(value, 1e-3));
}

static void append_travel(struct text_builder *line, const struct cleared_command *command,
                          const struct rig *rig) {
    text_append(line, " G0");
    for (size_t i = 0; i < rig->axis_count; i++)
        append_axis(line, &rig->axes[i], cleared_axis(command, (int)i));
}

/* The fastest feed up to this one that is written without 3, 8 and 9: with one bit turned these
 * begin a comment, another word, a reset or a stop, and what is left is a feed so slow that the
 * needle stays in the skin. Every other digit stays a digit or makes an error. mm/min. */
static unsigned plain_feed(double feed_mm_min) {
    static const unsigned lower[10] = {0, 1, 2, 2, 4, 5, 6, 7, 7, 7};
    unsigned feed = (unsigned)feed_mm_min, plain = 0, place = 1;
    while (feed / place >= 10) place *= 10;
    for (bool is_below = false; place; place /= 10) {
        unsigned digit = feed / place % 10;
        plain = plain * 10 + (is_below ? 7 : lower[digit]);
        is_below = is_below || lower[digit] != digit;
    }
    return plain;
}

static void append_strike(struct text_builder *line, const struct cleared_command *command,
                          const struct rig *rig) {
    /* The feed first: were what follows cut off, the cycle would lack a word and be refused. */
    text_append(line, " G81 F%u %c%.3f R0", plain_feed(cleared_plunge_mm_s(command) * 60.0),
                rig->needle.letter, -cleared_stroke_mm(command));
}

static enum result encode(const struct cleared_command *command, uint32_t number,
                          const struct rig *rig, char line[WIRE_LINE_MAX], size_t *ret_length) {
    struct text_builder builder;
    text_builder_init(&builder, line, WIRE_LINE_MAX);
    text_append(&builder, "N%u", number);
    switch (cleared_kind(command)) {
        case CLEARED_TRAVEL:
            append_travel(&builder, command, rig);
            break;
        case CLEARED_STRIKE:
            append_strike(&builder, command, rig);
            break;
        case CLEARED_WITHDRAW:
            text_append(&builder, " G0 %c0", rig->needle.letter);
            break;
        case CLEARED_KIND_COUNT:
            return RESULT_INVALID;
    }
    text_append(&builder, "\n");
    if (!builder.is_whole) return RESULT_LIMIT;
    *ret_length = builder.length;
    return RESULT_OK;
}

static void append_axes(struct text_builder *line, const double *q, const struct rig *rig) {
    for (size_t i = 0; i < rig->axis_count; i++) append_axis(line, &rig->axes[i], q[i]);
}

enum result wire_encode(const struct cleared_command *command, const struct rig *rig,
                        char line[WIRE_LINE_MAX], size_t *ret_length) {
    return encode(command, cleared_line(command), rig, line, ret_length);
}

enum result wire_encode_echo(const struct cleared_command *command, const struct rig *rig,
                             char line[WIRE_LINE_MAX], size_t *ret_length) {
    if (cleared_kind(command) != CLEARED_TRAVEL) return RESULT_INVALID;
    return encode(command, cleared_line(command) + 1, rig, line, ret_length);
}

static void append_service(struct text_builder *line, const struct service_command *command,
                           const struct rig *rig) {
    const struct rig_axis *axis = &rig->axes[command->axis];
    double unit = axis->is_rotary ? DEG_PER_RAD : 1.0;
    switch (command->kind) {
        case SERVICE_RETRACT:
            text_append(line, "G90 G53 G0 %c0", rig->needle.letter);
            break;
        case SERVICE_PARK:
            text_append(line, "G90 G53 G0");
            append_axes(line, command->q, rig);
            break;
        case SERVICE_APPROACH:
            text_append(line, "G90 G53 G1");
            append_axes(line, command->q, rig);
            text_append(line, " F%.1f", command->speed * 60.0);
            break;
        case SERVICE_JOG:
            text_append(line, "$J=G91 G21");
            append_axis(line, axis, command->distance);
            text_append(line, " F%.1f", command->speed * unit * 60.0);
            break;
        case SERVICE_PROBE:
            text_append(line, "G90 G38.2 %c%.3f F%.1f", rig->needle.letter, -command->distance,
                        command->speed * 60.0);
            break;
        case SERVICE_KIND_COUNT:
            break;
    }
}

enum result wire_encode_service(const struct cleared_service *command, const struct rig *rig,
                                char line[WIRE_LINE_MAX], size_t *ret_length) {
    const struct service_command *plain = service_cleared_command(command);
    struct text_builder builder;
    if (plain->axis < 0 || (size_t)plain->axis >= rig->axis_count) return RESULT_RANGE;
    text_builder_init(&builder, line, WIRE_LINE_MAX);
    append_service(&builder, plain, rig);
    text_append(&builder, "\n");
    if (!builder.is_whole) return RESULT_LIMIT;
    *ret_length = builder.length;
    return RESULT_OK;
}
