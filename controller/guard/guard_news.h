/* What happens to the guard, as a value: every call of guard.h that changes it. The program, the
 * simulation and a replay hand it over here, so what drove a guard can be kept and handed over
 * again (controller/record/). */
#ifndef SMPRIG_CONTROLLER_GUARD_GUARD_NEWS_H
#define SMPRIG_CONTROLLER_GUARD_GUARD_NEWS_H

#include "controller/guard/guard.h"

enum guard_news_kind {
    GUARD_NEWS_TICK,
    GUARD_NEWS_DAEMON,  /* is_connected */
    GUARD_NEWS_REQUEST, /* bytes, count: one packet as it came */
    GUARD_NEWS_PORT,    /* bytes, count */
    GUARD_NEWS_PORT_CLOSED,
    GUARD_NEWS_SENSORS, /* levels */
    GUARD_NEWS_KIND_COUNT
};

struct guard_news {
    enum guard_news_kind kind;
    int64_t now_ns;
    bool is_connected;
    struct sensor_levels levels;
    const void *bytes; /* the caller's */
    size_t count;
};

/* "request", "tick" */
const char *guard_news_name(enum guard_news_kind kind);
void guard_take(struct guard *guard, const struct guard_news *news);

#endif
