#include "vision/calibration/setter.h"

#include <math.h>

#include "vision/calibration/check.h"

enum result setter_find_length(const struct setter_plate *plate, const struct vec3 *p_rig,
                               uint32_t count, struct setter_length *ret_length,
                               struct error *err) {
    struct setter_length found = {.count = count};
    double sum2 = 0, most_um = calibration_limits_of(CALIBRATION_NEEDLE)->residual_max;
    if (count < SETTER_TOUCHES_MIN || count > SETTER_TOUCHES_MAX)
        return error_set(err, RESULT_REFUSED, "%u touches, expected %d to %d", count,
                         SETTER_TOUCHES_MIN, SETTER_TOUCHES_MAX);
    for (uint32_t i = 0; i < count; i++) {
        found.each_mm[i] = vec3_dot(vec3_sub(p_rig[i], plate->p_rig), plate->up_rig);
        found.longer_mm += found.each_mm[i] / count;
    }
    for (uint32_t i = 0; i < count; i++) {
        double off_mm = found.each_mm[i] - found.longer_mm;
        sum2 += off_mm * off_mm;
    }
    found.scatter_mm = sqrt(sum2 / (count - 1));
    found.sigma_mm = found.scatter_mm / sqrt(count);
    if (!(1e3 * found.scatter_mm <= most_um))
        return error_set(err, RESULT_REFUSED,
                         "the touches scatter by %.0f um, at most %.0f: clean needle and plate, "
                         "look whether either is loose or bent, and probe again",
                         1e3 * found.scatter_mm, most_um);
    *ret_length = found;
    return RESULT_OK;
}
