#include "controller/guard/guard_news.h"

const char *guard_news_name(enum guard_news_kind kind) {
    static const char *const names[GUARD_NEWS_KIND_COUNT] = {
        [GUARD_NEWS_TICK] = "tick",
        [GUARD_NEWS_DAEMON] = "daemon",
        [GUARD_NEWS_REQUEST] = "request",
        [GUARD_NEWS_PORT] = "port",
        [GUARD_NEWS_PORT_CLOSED] = "port closed",
        [GUARD_NEWS_SENSORS] = "sensors",
    };
    return (unsigned)kind < GUARD_NEWS_KIND_COUNT ? names[kind] : "unknown";
}

void guard_take(struct guard *guard, const struct guard_news *news) {
    switch (news->kind) {
        case GUARD_NEWS_TICK:
            guard_tick(guard, news->now_ns);
            break;
        case GUARD_NEWS_DAEMON:
            guard_on_daemon(guard, news->is_connected, news->now_ns);
            break;
        case GUARD_NEWS_REQUEST:
            guard_on_request(guard, news->bytes, news->count, news->now_ns);
            break;
        case GUARD_NEWS_PORT:
            guard_on_port_bytes(guard, news->bytes, news->count, news->now_ns);
            break;
        case GUARD_NEWS_PORT_CLOSED:
            guard_on_port_closed(guard, news->now_ns);
            break;
        case GUARD_NEWS_SENSORS:
            guard_on_sensors(guard, news->levels);
            break;
        case GUARD_NEWS_KIND_COUNT:
            break;
    }
}
