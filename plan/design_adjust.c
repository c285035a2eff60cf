#include "plan/design_adjust.h"

#include <math.h>

#define PERCENT_LEAST 25.0
#define PERCENT_MOST 200.0
#define HAIRLINE_MOST_MM 30.0
#define WHITE 255.0

static bool is_percent(double value) {
    return value >= PERCENT_LEAST && value <= PERCENT_MOST;
}

static void darken(struct design_shade *shade, double percent) {
    for (int c = 0; c < 3; c++)
        shade->rgb[c] = fmax(0, WHITE - (WHITE - shade->rgb[c]) * percent / 100);
}

enum result design_adjust(struct design *design, const struct design_adjust *adjust,
                          struct error *err) {
    if (!is_percent(adjust->density_percent) || !is_percent(adjust->shade_percent) ||
        !(fabs(adjust->hairline_mm) <= HAIRLINE_MOST_MM))
        return error_set(err, RESULT_RANGE,
                         "density and shade must be %g to %g %%, the hairline moved by %g mm at "
                         "most",
                         PERCENT_LEAST, PERCENT_MOST, HAIRLINE_MOST_MM);
    if (adjust->hairline_mm != 0 && !design->hairline.is_given)
        return error_set(err, RESULT_REFUSED, "%s: the design has no hairline to move",
                         design->name);
    if (adjust->shade_percent != 100 && design->shade_count == 0)
        return error_set(err, RESULT_REFUSED, "%s: the design names no shades", design->name);
    for (size_t i = 0; i < design->zone_count; i++)
        design->zones[i].density_per_cm2 *= adjust->density_percent / 100;
    for (size_t i = 0; i < design->shade_count; i++)
        darken(&design->shades[i], adjust->shade_percent);
    if (design->hairline.is_given) design->hairline.height_mm += adjust->hairline_mm;
    return RESULT_OK;
}
