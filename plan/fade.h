/* What a dot looks like as time goes by.
 *
 * From the practice: right after the session a dot is dark and sharp in reddened skin; the scab
 * takes some of the pigment with it in the first week; after four weeks it is healed, softer and
 * lighter; then it fades over four to six (eight) years, faster in the sun and in dry skin. A dot
 * too deep spreads and turns blue-grey (light scattered over deep pigment comes back blue: Anderson
 * and Parrish 1981); one too shallow is shed. The numbers are round ones that give these looks, not
 * measurements; they belong to a picture, never to a decision about skin. */
#ifndef SMPRIG_PLAN_FADE_H
#define SMPRIG_PLAN_FADE_H

#include <stdbool.h>

enum fade_stage { FADE_BEFORE, FADE_FRESH, FADE_HEALED };

struct fade_time {
    enum fade_stage stage;
    double years; /* since healed */
};

struct fade_look {
    double opacity;        /* of the pigment in the dot's middle, 0..1 */
    double diameter_scale; /* spread */
    double softness;       /* width of the edge, in radii */
    double blue;           /* 0..1: how far it has turned blue-grey */
    double redness;        /* 0..1: of the skin around it */
};

/* depth_um below the skin. Opacity 0 before. */
struct fade_look fade_look_at(struct fade_time time, double depth_um);
/* "before", "fresh", "healed", or years from 0 to 20 as a number; false for anything else. */
bool fade_time_parse(const char *text, struct fade_time *ret_time);

#endif
