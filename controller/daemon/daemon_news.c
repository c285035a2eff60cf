/* The one way to the session: what the daemon's threads, sockets and people bring is given to it
 * here. */
#include <stdio.h>

#include "controller/daemon/daemon.h"
#include "controller/daemon/session_record.h"

enum result daemon_take(struct daemon *daemon, struct session_news *news, struct error *err) {
    news->now_ns = daemon->now_ns;
    struct record_writer *record = recorder_writer(daemon->recorder);
    session_record_news(record, news);
    enum result result = session_take(&daemon->session, news, &daemon->outbox, err);
    session_record_result(record, news, result, err);
    return result;
}

void daemon_hear(struct daemon *daemon, struct session_news news) {
    news.now_ns = daemon->now_ns;
    session_record_news(recorder_writer(daemon->recorder), &news);
    session_hear(&daemon->session, &news, &daemon->outbox);
}

void daemon_hold_for(struct daemon *daemon, const char *why) {
    struct session_news news = {.kind = SESSION_NEWS_HOLD};
    snprintf(news.text, sizeof news.text, "%s", why);
    daemon_hear(daemon, news);
}

void daemon_set_input(struct daemon *daemon, uint32_t input, bool holds) {
    bool held = (daemon->session.inputs & input) == input;
    if (holds != held)
        daemon_hear(daemon, (struct session_news){.kind = SESSION_NEWS_INPUT,
                                                  .as.input = {.input = input, .holds = holds}});
}

void daemon_skip(struct daemon *daemon, uint32_t index, const char *why) {
    struct session_news news = {.kind = SESSION_NEWS_SKIP, .as.index = index};
    snprintf(news.text, sizeof news.text, "%s", why);
    daemon_hear(daemon, news);
}
