#include "motion/rig_needle.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "motion/kinematics.h"

#define VALUE_MAX 96
#define SAME_MM 2e-3 /* the file's last digit, and what rounding adds on the way back */

double rig_setter_stroke_mm(const struct rig *rig, double *ret_beside_mm) {
    struct axes at = {{0}};
    *ret_beside_mm = (double)NAN;
    if (!rig->has_setter) return (double)NAN;
    memcpy(at.q, rig->setter.q, sizeof at.q);
    struct pose tool = kinematics_forward(rig, &at);
    struct vec3 up = pose_rotate(tool, vec3_make(0, 0, 1));
    struct vec3 off = vec3_sub(tool.t, rig->setter.p_rig);
    double stroke_mm = vec3_dot(off, up);
    *ret_beside_mm = vec3_norm(vec3_mad(off, -stroke_mm, up));
    return stroke_mm;
}

/* Where the value of a key at the beginning of a line stands: from its first byte to its last, the
 * comment after it left out. */
static bool find_value(const char *text, const char *key, const char **ret_begin,
                       const char **ret_end) {
    size_t length = strlen(key);
    for (const char *line = text; line; line = strchr(line, '\n')) {
        if (*line == '\n') line++;
        if (strncmp(line, key, length) != 0 || line[length] != ':') continue;
        const char *begin = line + length + 1;
        begin += strspn(begin, " ");
        const char *end = begin + strcspn(begin, "#\r\n");
        while (end > begin && end[-1] == ' ') end--;
        *ret_begin = begin;
        *ret_end = end;
        return end > begin;
    }
    return false;
}

/* The tip seen from where the needle is held: the pivot of a gantry, the flange of an arm. */
static void print_value(const struct rig *rig, double longer_mm, const char *old,
                        struct text_builder *value) {
    if (rig->kind == RIG_ARM6) {
        struct pose T_flange_tool = pose_inverse(rig->arm.T_tool_flange);
        struct vec3 up = pose_rotate(T_flange_tool, vec3_make(0, 0, 1));
        struct vec3 tip = vec3_mad(T_flange_tool.t, -longer_mm, up);
        text_append(value, "[%.4f, %.4f, %.4f]", tip.x, tip.y, tip.z);
    } else {
        text_append(value, "%.4f", strtod(old, NULL) + longer_mm);
    }
}

static enum result compose(const char *name, const char *text, const struct rig *rig,
                           double longer_mm, char **ret_text, struct error *err) {
    const char *key = rig->kind == RIG_ARM6 ? "tip_mm" : "needle_length_mm";
    const char *begin, *end;
    char value[VALUE_MAX];
    struct text_builder builder;
    if (!find_value(text, key, &begin, &end))
        return error_set(err, RESULT_FORMAT, "%s: no line begins with `%s:`: change it by hand",
                         name, key);
    text_builder_init(&builder, value, sizeof value);
    print_value(rig, longer_mm, begin, &builder);
    size_t head = (size_t)(begin - text), middle = strlen(value), tail = strlen(end);
    char *whole = malloc(head + middle + tail + 1);
    if (!whole) return error_set(err, RESULT_NO_MEMORY, "out of memory");
    memcpy(whole, text, head);
    memcpy(whole + head, value, middle);
    memcpy(whole + head + middle, end, tail + 1);
    *ret_text = whole;
    return RESULT_OK;
}

enum result rig_text_with_needle(const char *name, const char *text, double longer_mm,
                                 char **ret_text, struct error *err) {
    struct rig before, after;
    char *whole = NULL;
    enum result result = rig_parse(name, text, strlen(text), &before, err);
    if (result == RESULT_OK) result = compose(name, text, &before, longer_mm, &whole, err);
    if (result == RESULT_OK) result = rig_parse(name, whole, strlen(whole), &after, err);
    if (result == RESULT_OK) {
        struct vec3 up = mat3_apply(before.M_tool.R, vec3_make(0, 0, 1));
        struct vec3 wanted = vec3_mad(before.M_tool.t, -longer_mm, up);
        if (!(vec3_distance(after.M_tool.t, wanted) <= SAME_MM))
            result = error_set(err, RESULT_FORMAT,
                               "%s: the new length does not read back: change it by hand", name);
    }
    if (result == RESULT_OK)
        *ret_text = whole;
    else
        free(whole);
    return result;
}
