/* HTTP: the page's files, logging in and out, the case's dots and head, metrics. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "console/console.h"

#define HEADERS_MAX 2048
#define CHUNK_BYTES 16384
#define PATH_MAX_BYTES 200

struct answer {
    unsigned status;
    const char *type, *cookie, *etag; /* NULL: none */
    const void *data;
    void *owned; /* freed when sent; NULL: data is somebody else's */
    size_t size;
};

static int add_header(struct lws *wsi, const char *name, const char *value, unsigned char **at,
                      unsigned char *end) {
    return lws_add_http_header_by_name(wsi, (const unsigned char *)name,
                                       (const unsigned char *)value, (int)strlen(value), at, end);
}

static int add_headers(struct console *console, struct lws *wsi, const struct answer *answer,
                       unsigned char **at, unsigned char *end) {
    static const char *const fixed[][2] = {
        {"x-content-type-options:", "nosniff"},
        {"referrer-policy:", "no-referrer"},
        {"cross-origin-opener-policy:", "same-origin"},
        {"cross-origin-resource-policy:", "same-origin"},
        {"permissions-policy:", "camera=(), microphone=(), geolocation=()"},
    };
    int bad = lws_add_http_common_headers(wsi, answer->status, answer->type, answer->size, at, end);
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
        bad |= add_header(wsi, fixed[i][0], fixed[i][1], at, end);
    bad |= add_header(wsi, "content-security-policy:", console->policy, at, end);
    bad |= add_header(wsi, "cache-control:", answer->etag ? "no-cache" : "no-store", at, end);
    if (answer->etag) bad |= add_header(wsi, "etag:", answer->etag, at, end);
    if (answer->cookie) bad |= add_header(wsi, "set-cookie:", answer->cookie, at, end);
    if (console->options.certificate_path)
        bad |= add_header(wsi, "strict-transport-security:", "max-age=31536000", at, end);
    return bad;
}

static int respond(struct console *console, struct lws *wsi, struct request *request,
                   const struct answer *answer) {
    unsigned char buffer[LWS_PRE + HEADERS_MAX], *begin = buffer + LWS_PRE, *at = begin;
    request->data = answer->data;
    request->owned = answer->owned;
    request->left = answer->size;
    if (add_headers(console, wsi, answer, &at, begin + HEADERS_MAX) != 0 ||
        lws_finalize_write_http_header(wsi, begin, &at, begin + HEADERS_MAX) != 0)
        return -1;
    if (answer->size == 0) return lws_http_transaction_completed(wsi) ? -1 : 0;
    lws_callback_on_writable(wsi);
    return 0;
}

static int send_more(struct lws *wsi, struct request *request) {
    unsigned char buffer[LWS_PRE + CHUNK_BYTES];
    size_t count = request->left < CHUNK_BYTES ? request->left : CHUNK_BYTES;
    bool is_last = count == request->left;
    if (count == 0) return 0;
    memcpy(buffer + LWS_PRE, request->data, count);
    if (lws_write(wsi, buffer + LWS_PRE, count, is_last ? LWS_WRITE_HTTP_FINAL : LWS_WRITE_HTTP) <
        (int)count)
        return -1;
    request->data = (const char *)request->data + count;
    request->left -= count;
    if (!is_last) {
        lws_callback_on_writable(wsi);
        return 0;
    }
    free(request->owned);
    request->owned = NULL;
    return lws_http_transaction_completed(wsi) ? -1 : 0;
}

static int respond_text(struct console *console, struct lws *wsi, struct request *request,
                        unsigned status, const char *text) {
    char *copy = strdup(text);
    const struct answer answer = {.status = status,
                                  .type = "text/plain; charset=utf-8",
                                  .data = copy,
                                  .owned = copy,
                                  .size = copy ? strlen(copy) : 0};
    return respond(console, wsi, request, &answer);
}

/* --- logging in --- */

static int respond_login(struct console *console, struct lws *wsi, struct request *request,
                         const struct login *login, const char *token) {
    char cookie[160];
    char *body = NULL;
    bool is_secure = console->options.certificate_path != NULL;
    int size = asprintf(&body, "{\"name\":\"%s\",\"role\":\"%s\",\"csrf\":\"%s\"}", login->name,
                        api_role_name(login->role), login->csrf);
    if (size < 0) return -1;
    snprintf(cookie, sizeof cookie, "smprig_session=%s; Path=/; HttpOnly; SameSite=Strict%s",
             token ? token : "", is_secure ? "; Secure" : "");
    const struct answer answer = {.status = 200,
                                  .type = "application/json",
                                  .cookie = token ? cookie : NULL,
                                  .data = body,
                                  .owned = body,
                                  .size = (size_t)size};
    return respond(console, wsi, request, &answer);
}

static int begin_login(struct console *console, struct lws *wsi, struct request *request,
                       const char *name, enum api_role role) {
    char token[TOKEN_SIZE];
    const struct login *login = NULL;
    if (logins_begin(&console->logins, name, role, clock_now_ns(), token, &login) != RESULT_OK)
        return respond_text(console, wsi, request, 500, "no random numbers");
    audit_note(&console->audit, request->peer, name, "logged in", NULL);
    return respond_login(console, wsi, request, login, token);
}

static int refuse_login(struct console *console, struct lws *wsi, struct request *request,
                        const char *name) {
    logins_note_failure(&console->logins, clock_now_ns());
    console->logins_failed++;
    audit_note(&console->audit, request->peer, name, "login", "wrong name or password");
    return respond_text(console, wsi, request, 403, "wrong name or password");
}

static int try_password(struct console *console, struct lws *wsi, struct request *request,
                        const char *name, const char *password) {
    if (console->login_wsi ||
        !login_worker_ask(console->worker, ++console->last_ticket, name, password))
        return respond_text(console, wsi, request, 503, "another login is being checked");
    request->ticket = console->last_ticket;
    console->login_wsi = wsi;
    console->login_request = request;
    return 0;
}

static int login(struct console *console, struct lws *wsi, struct request *request) {
    json_t *body = json_loadb(request->body, request->body_length, JSON_REJECT_DUPLICATES, NULL);
    const char *name = json_string_value(json_object_get(body, "name"));
    const char *password = json_string_value(json_object_get(body, "password"));
    const char *once = json_string_value(json_object_get(body, "once"));
    int result;
    if (!logins_may_try(&console->logins, clock_now_ns())) {
        audit_note(&console->audit, request->peer, "", "login", "too many failed tries");
        result = respond_text(console, wsi, request, 429, "too many failed tries: wait a minute");
    } else if (once && logins_take_one_time(&console->logins, once, clock_now_ns())) {
        result = begin_login(console, wsi, request, "demo", console->options.one_time_role);
    } else if (name && password && strlen(name) < ACCOUNT_NAME_MAX &&
               strlen(password) <= PASSWORD_MAX) {
        result = try_password(console, wsi, request, name, password);
    } else {
        result = refuse_login(console, wsi, request, once ? "one-time login" : "");
    }
    json_decref(body);
    explicit_bzero(request->body, sizeof request->body);
    return result;
}

static void take_verdict(struct console *console) {
    struct login_verdict verdict;
    if (!login_worker_take(console->worker, &verdict)) return;
    struct lws *wsi = console->login_wsi;
    struct request *request = console->login_request;
    console->login_wsi = NULL;
    if (!wsi || request->ticket != verdict.ticket) return; /* gone meanwhile */
    int result = verdict.is_right ? begin_login(console, wsi, request, verdict.name, verdict.role)
                                  : refuse_login(console, wsi, request, verdict.name);
    if (result != 0) lws_set_timeout(wsi, PENDING_TIMEOUT_USER_REASON_BASE, LWS_TO_KILL_ASYNC);
}

static int logout(struct console *console, struct lws *wsi, struct request *request) {
    char token[TOKEN_SIZE];
    const struct login *found = console_login_of(console, wsi, token);
    json_t *body = json_loadb(request->body, request->body_length, 0, NULL);
    const char *csrf = json_string_value(json_object_get(body, "csrf"));
    bool is_right = found && csrf && token_equal(found->csrf, csrf);
    json_decref(body);
    if (!is_right) return respond_text(console, wsi, request, 403, "not logged in");
    audit_note(&console->audit, request->peer, found->name, "logged out", NULL);
    logins_end(&console->logins, token);
    return respond_text(console, wsi, request, 200, "logged out");
}

/* --- the case --- */

static int respond_copy(struct console *console, struct lws *wsi, struct request *request,
                        const void *data, size_t size) {
    void *copy = malloc(size + 1);
    if (!copy) return -1;
    memcpy(copy, data, size);
    const struct answer answer = {.status = 200,
                                  .type = "application/octet-stream",
                                  .data = copy,
                                  .owned = copy,
                                  .size = size};
    return respond(console, wsi, request, &answer);
}

/* Two counts, then positions (float32) and triangles (uint32), little-endian as this machine is. */
static int respond_head(struct console *console, struct lws *wsi, struct request *request) {
    const struct mirror *mirror = &console->mirror;
    size_t positions = 3 * sizeof(float) * mirror->vertex_count;
    size_t triangles = 3 * sizeof(uint32_t) * mirror->triangle_count,
           size = 8 + positions + triangles;
    const uint32_t counts[2] = {(uint32_t)mirror->vertex_count, (uint32_t)mirror->triangle_count};
    char *data = malloc(size);
    if (!data) return -1;
    memcpy(data, counts, 8);
    memcpy(data + 8, mirror->positions, positions);
    memcpy(data + 8 + positions, mirror->triangles, triangles);
    const struct answer answer = {.status = 200,
                                  .type = "application/octet-stream",
                                  .data = data,
                                  .owned = data,
                                  .size = size};
    return respond(console, wsi, request, &answer);
}

static int serve_case(struct console *console, struct lws *wsi, struct request *request,
                      const char *path) {
    const struct mirror *mirror = &console->mirror;
    bool has_dots = mirror->plan_sha256[0] && mirror->missing >= MIRROR_POSITIONS;
    bool has_head = mirror->plan_sha256[0] && mirror->missing == MIRROR_WHOLE;
    if (!console_login_of(console, wsi, NULL))
        return respond_text(console, wsi, request, 401, "log in first");
    if (strcmp(path, "/case/dots") == 0 && has_dots)
        return respond_copy(console, wsi, request, mirror->dots,
                            mirror->dot_count * MIRROR_DOT_COLUMNS * sizeof *mirror->dots);
    if (strcmp(path, "/case/fates") == 0 && has_dots)
        return respond_copy(console, wsi, request, mirror->fates, mirror->dot_count);
    if (strcmp(path, "/case/head") == 0 && has_head) return respond_head(console, wsi, request);
    return respond_text(console, wsi, request, 503, "not ready yet: ask again");
}

/* --- requests --- */

static int serve_file(struct console *console, struct lws *wsi, struct request *request,
                      const char *path) {
    const struct page_file *file = page_files_find(&console->files, path);
    char known[32] = "";
    if (!file) {
        audit_note(&console->audit, request->peer, "", path, "no such page");
        return respond_text(console, wsi, request, 404, "no such page");
    }
    (void)lws_hdr_copy(wsi, known, sizeof known, WSI_TOKEN_HTTP_IF_NONE_MATCH);
    bool is_known = strcmp(known, file->etag) == 0;
    const struct answer answer = {.status = is_known ? 304 : 200,
                                  .type = file->type,
                                  .etag = file->etag,
                                  .data = file->data,
                                  .size = is_known ? 0 : file->size};
    return respond(console, wsi, request, &answer);
}

static int serve_who(struct console *console, struct lws *wsi, struct request *request) {
    const struct login *found = console_login_of(console, wsi, NULL);
    if (!found) return respond_text(console, wsi, request, 401, "log in first");
    return respond_login(console, wsi, request, found, NULL);
}

static int serve_metrics(struct console *console, struct lws *wsi, struct request *request) {
    size_t size = 0;
    char *text = console_metrics(console, &size);
    if (!text) return -1;
    const struct answer answer = {.status = 200,
                                  .type = "text/plain; version=0.0.4",
                                  .data = text,
                                  .owned = text,
                                  .size = size};
    return respond(console, wsi, request, &answer);
}

/* An answer before the body has come would be cut off with the connection. */
static int refuse_later(struct request *request, unsigned status, const char *why) {
    request->refusal = status;
    request->refusal_why = why;
    return 0;
}

static int serve(struct console *console, struct lws *wsi, struct request *request,
                 const char *path) {
    bool is_post = lws_hdr_total_length(wsi, WSI_TOKEN_POST_URI) > 0;
    bool is_get = lws_hdr_total_length(wsi, WSI_TOKEN_GET_URI) > 0;
    console_peer(wsi, request->peer);
    if (!console_is_same_origin(console, wsi, is_post)) {
        audit_note(&console->audit, request->peer, "", path, "from another origin");
        if (is_post) return refuse_later(request, 403, "from another origin");
        return respond_text(console, wsi, request, 403, "from another origin");
    }
    if (is_post && strcmp(path, "/login") == 0) request->is_login = true;
    if (is_post && strcmp(path, "/logout") == 0) request->is_logout = true;
    if (is_post && !request->is_login && !request->is_logout)
        return refuse_later(request, 405, "only GET");
    if (is_post) return 0; /* the body follows */
    if (!is_get) return respond_text(console, wsi, request, 405, "only GET");
    if (strcmp(path, "/me") == 0) return serve_who(console, wsi, request);
    if (strcmp(path, "/metrics") == 0) return serve_metrics(console, wsi, request);
    if (strncmp(path, "/case/", 6) == 0) return serve_case(console, wsi, request, path);
    return serve_file(console, wsi, request, path);
}

static int take_body(struct console *console, struct lws *wsi, struct request *request,
                     const void *data, size_t length) {
    if (request->body_length + length > sizeof request->body) {
        audit_note(&console->audit, request->peer, "", "login", "too long a body");
        return -1;
    }
    (void)wsi;
    memcpy(request->body + request->body_length, data, length);
    request->body_length += length;
    return 0;
}

int console_http(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                 size_t length) {
    struct console *console = lws_context_user(lws_get_context(wsi));
    struct request *request = user;
    char path[PATH_MAX_BYTES];
    switch ((int)reason) { /* the library's enum is long; what is not ours is its own default's */
        case LWS_CALLBACK_HTTP:
            *request = (struct request){0};
            snprintf(path, sizeof path, "%.*s", (int)length, (const char *)in);
            return serve(console, wsi, request, path);
        case LWS_CALLBACK_HTTP_BODY:
            return take_body(console, wsi, request, in, length);
        case LWS_CALLBACK_HTTP_BODY_COMPLETION:
            if (request->refusal)
                return respond_text(console, wsi, request, request->refusal, request->refusal_why);
            if (request->is_login) return login(console, wsi, request);
            if (request->is_logout) return logout(console, wsi, request);
            return -1;
        case LWS_CALLBACK_HTTP_WRITEABLE:
            return send_more(wsi, request);
        case LWS_CALLBACK_CLOSED_HTTP:
            if (request) free(request->owned);
            if (request) request->owned = NULL;
            if (console->login_wsi == wsi) console->login_wsi = NULL;
            return 0;
        case LWS_CALLBACK_EVENT_WAIT_CANCELLED:
            take_verdict(console);
            return 0;
        case LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION:
            return -1; /* a WebSocket that does not name our protocol */
        default:
            return lws_callback_http_dummy(wsi, reason, user, in, length);
    }
}
