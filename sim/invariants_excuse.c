/* What no controller can keep, and when exactly. An excuse is a stretch of time and a set of
 * invariants; what happens in it is counted apart, never forgotten. */
#include "base/clock.h"
#include "sim/invariants_private.h"

#define RETRACTED_MM 0.02
#define STILL_MM 1e-4
#define CUT_NS (30 * NS_PER_MS)         /* axes that stop dead have stopped by then */
#define ON_ITS_WAY_NS (100 * NS_PER_MS) /* a changed line has arrived and begun by then */
#define STANDS_NS (50 * NS_PER_MS)
#define PLANNED_NS (300 * NS_PER_MS) /* what was planned with a changed setting has run by then */

const char *invariant_excuse_words(enum invariant_excuse excuse) {
    static const char *const words[EXCUSE_COUNT] = {
        [EXCUSE_NONE] = "nothing",
        [EXCUSE_STUCK] =
            "the drives were cut or the board frozen in mid-strike: the needle stands "
            "where it was until the board or a hand draws it out",
        [EXCUSE_CHANGED] =
            "Grbl has no checksum: a line changed on its way is seen before the next "
            "strike, not before it runs",
        [EXCUSE_SETTINGS] = "settings are read when the rig connects",
        [EXCUSE_HELPLESS] =
            "the rig has lost its board, its guard, or its needle's sensor: nobody draws the "
            "retracted needle back from a head that comes to it",
    };
    return words[excuse];
}

static uint32_t excused_bits(enum invariant_excuse excuse) {
    static const uint32_t bits[EXCUSE_COUNT] = {
        [EXCUSE_STUCK] = INVARIANT_BIT(1) | INVARIANT_BIT(2) | INVARIANT_BIT(3) | INVARIANT_BIT(5) |
                         INVARIANT_BIT(13) | INVARIANT_BIT(15) | INVARIANT_BIT(16),
        [EXCUSE_CHANGED] =
            INVARIANT_BIT(2) | INVARIANT_BIT(4) | INVARIANT_BIT(13) | INVARIANT_BIT(14),
        [EXCUSE_SETTINGS] = INVARIANT_BIT(16),
    };
    return bits[excuse];
}

void invariants_excuse(struct invariants *inv, enum invariant_excuse excuse, int64_t now_ns) {
    struct invariant_window *window = &inv->windows[excuse];
    if (excuse == EXCUSE_NONE) return;
    *window = (struct invariant_window){.is_open = true, .from_ns = now_ns};
    /* A board that stands or has lost its place moves nothing either. */
    if (excuse == EXCUSE_STUCK) inv->windows[EXCUSE_HELPLESS] = *window;
    inv->was_stuck = inv->was_stuck || excuse == EXCUSE_STUCK;
}

void invariants_excuse_ends(struct invariants *inv, enum invariant_excuse excuse, int64_t now_ns) {
    struct invariant_window *window = &inv->windows[excuse];
    if (excuse == EXCUSE_SETTINGS && window->is_open) window->until_ns = now_ns + PLANNED_NS;
}

bool invariants_excused(struct invariants *inv, int number) {
    for (int i = 1; i < EXCUSE_COUNT; i++) {
        if (!inv->windows[i].is_open || !(excused_bits((enum invariant_excuse)i) >> number & 1))
            continue;
        inv->excused[i][number]++;
        return true;
    }
    return false;
}

void invariants_watch_excuses(struct invariants *inv, const struct truth *truth,
                              double axes_moved) {
    struct invariant_window *stuck = &inv->windows[EXCUSE_STUCK];
    struct invariant_window *changed = &inv->windows[EXCUSE_CHANGED];
    struct invariant_window *settings = &inv->windows[EXCUSE_SETTINGS];
    bool is_retracted = truth->stroke_mm <= RETRACTED_MM && !truth->is_in_skin;
    if (axes_moved > STILL_MM || !is_retracted) inv->moved_ns = truth->at_ns;
    if (is_retracted && truth->at_ns - stuck->from_ns > CUT_NS) stuck->is_open = false;
    /* A rig that has stopped, and stands, does nothing wrong any more, but for an override that is
     * told at one report in twenty. */
    bool has_stopped = !truth->is_slowed && inv->state != SAFETY_RUNNING &&
                       truth->at_ns - changed->from_ns > ON_ITS_WAY_NS &&
                       truth->at_ns - inv->moved_ns > STANDS_NS;
    if (has_stopped) changed->is_open = false;
    if (settings->until_ns && truth->at_ns > settings->until_ns)
        *settings = (struct invariant_window){0};
}
