/* Whom to believe: the cookie, and where a request comes from. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "console/console.h"

#define COOKIE_NAME "smprig_session="

/* The name part of Host may be only what we are known by: a foreign name that resolves to us (DNS
 * rebinding) is refused. */
static bool is_our_name(const struct console *console, const char *host) {
    const char *public_name = console->options.public_name;
    const char *const names[] = {"127.0.0.1", "localhost", "[::1]", console->options.listen,
                                 public_name ? public_name : "localhost"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char whole[256];
        snprintf(whole, sizeof whole, "%s:%d", names[i], console->port);
        if (strcmp(host, whole) == 0 || strcmp(host, names[i]) == 0) return true;
    }
    return false;
}

bool console_is_same_origin(const struct console *console, struct lws *wsi, bool needs_origin) {
    char host[200], origin[256], expected[256];
    bool is_secure = console->options.certificate_path != NULL;
    if (lws_hdr_copy(wsi, host, sizeof host, WSI_TOKEN_HOST) <= 0 || !is_our_name(console, host))
        return false;
    if (lws_hdr_total_length(wsi, WSI_TOKEN_ORIGIN) == 0) return !needs_origin;
    snprintf(expected, sizeof expected, "%s://%s", is_secure ? "https" : "http", host);
    return lws_hdr_copy(wsi, origin, sizeof origin, WSI_TOKEN_ORIGIN) > 0 &&
           strcmp(origin, expected) == 0;
}

const struct login *console_login_of(const struct console *console, struct lws *wsi,
                                     char ret_token[TOKEN_SIZE]) {
    char cookies[1024], token[TOKEN_SIZE];
    if (lws_hdr_copy(wsi, cookies, sizeof cookies, WSI_TOKEN_HTTP_COOKIE) <= 0) return NULL;
    const char *found = strstr(cookies, COOKIE_NAME);
    if (!found || strlen(found) < sizeof COOKIE_NAME - 1 + TOKEN_SIZE - 1) return NULL;
    snprintf(token, sizeof token, "%.64s", found + sizeof COOKIE_NAME - 1);
    const struct login *login = logins_find(&console->logins, token, clock_now_ns());
    if (login && ret_token) memcpy(ret_token, token, sizeof token);
    return login;
}

void console_peer(struct lws *wsi, char ret_peer[PEER_MAX]) {
    lws_get_peer_simple(wsi, ret_peer, PEER_MAX);
}
