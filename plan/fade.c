#include "plan/fade.h"

#include <math.h>
#include <string.h>

#include "base/text.h"

#define FRESH_OPACITY 0.97
#define HEALED_OPACITY 0.66 /* the scab takes a quarter */
#define FADE_YEARS 4.5      /* to a third of the healed opacity */
#define YEARS_MOST 20.0
#define HEALED_SPREAD 1.12
#define SPREAD_A_YEAR 0.025
/* Pigment is best kept in the upper dermis, about 0.45 to 0.85 mm. */
#define SHALLOW_UM 450.0
#define DEEP_UM 850.0
#define SPREAD_A_MM_DEEPER 1.2
#define BLUE_A_MM_DEEPER 2.0
#define SHED_A_MM_SHALLOWER 2.5

static double clamp01(double x) {
    return fmin(1, fmax(0, x));
}

struct fade_look fade_look_at(struct fade_time time, double depth_um) {
    double deeper_mm = fmax(0, depth_um - DEEP_UM) * 1e-3;
    double shallower_mm = fmax(0, SHALLOW_UM - depth_um) * 1e-3;
    if (time.stage == FADE_BEFORE) return (struct fade_look){0};
    if (time.stage == FADE_FRESH)
        return (struct fade_look){
            .opacity = FRESH_OPACITY, .diameter_scale = 1, .softness = 0.25, .redness = 0.5};
    double kept = clamp01(1 - SHED_A_MM_SHALLOWER * shallower_mm);
    return (struct fade_look){
        .opacity = HEALED_OPACITY * kept * exp(-time.years / FADE_YEARS),
        .diameter_scale =
            HEALED_SPREAD + SPREAD_A_YEAR * fmin(time.years, 8) + SPREAD_A_MM_DEEPER * deeper_mm,
        .softness = fmin(0.9, 0.5 + 0.04 * time.years + deeper_mm),
        .blue = clamp01(BLUE_A_MM_DEEPER * deeper_mm + 0.02 * time.years)};
}

bool fade_time_parse(const char *text, struct fade_time *ret_time) {
    struct fade_time time = {FADE_HEALED, 0};
    if (strcmp(text, "before") == 0) {
        time.stage = FADE_BEFORE;
    } else if (strcmp(text, "fresh") == 0) {
        time.stage = FADE_FRESH;
    } else if (strcmp(text, "healed") != 0) {
        if (text_to_double(text, &time.years) != RESULT_OK) return false;
        if (!(time.years >= 0 && time.years <= YEARS_MOST)) return false;
    }
    *ret_time = time;
    return true;
}
