/* The pages: each a WebSocket with a bounded queue. Calls come in numbered without gaps, so that
 * one that is replayed, doubled or stale is seen. */
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "base/clock.h"
#include "console/console.h"

#define CHANNEL_BITS 0x1FFFFFFFFFFFFFull /* what a JavaScript number holds */

struct page *pages_find(const struct console *console, uint64_t channel) {
    for (size_t i = 0; i < console->page_count; i++)
        if (console->pages[i]->channel == channel) return console->pages[i];
    return NULL;
}

bool pages_want_camera(const struct console *console) {
    for (size_t i = 0; i < console->page_count; i++)
        if (console->pages[i]->wants_camera) return true;
    return false;
}

/* --- out --- */

static void drop_page(struct page *page, const char *why) {
    page->console->pages_dropped++;
    audit_note(&page->console->audit, page->peer, page->name, "page closed", why);
    lws_set_timeout(page->wsi, PENDING_TIMEOUT_USER_REASON_BASE, LWS_TO_KILL_ASYNC);
    page->has_said_hello = false; /* nothing more is queued for it */
}

void page_send(struct page *page, struct shared_text *text) {
    if (!text) return;
    if (page->queue_count == PAGE_QUEUE_MAX) {
        drop_page(page, "it does not read");
        return;
    }
    size_t slot = (page->queue_first + page->queue_count++) % PAGE_QUEUE_MAX;
    page->queue[slot] = shared_text_take(text);
    lws_callback_on_writable(page->wsi);
}

void pages_broadcast(struct console *console, struct shared_text *text) {
    for (size_t i = 0; text && i < console->page_count; i++)
        if (console->pages[i]->has_said_hello) page_send(console->pages[i], text);
}

void pages_broadcast_state(struct console *console, struct shared_text *changes) {
    for (size_t i = 0; changes && i < console->page_count; i++) {
        struct page *page = console->pages[i];
        if (!page->has_said_hello) continue;
        if (page->queue_count == 0 && !page->is_behind)
            page_send(page, changes);
        else
            page->is_behind = true;
    }
}

void pages_broadcast_camera(struct console *console, size_t camera, struct shared_text *text) {
    for (size_t i = 0; text && i < console->page_count; i++) {
        struct page *page = console->pages[i];
        if (!page->has_said_hello || !page->wants_camera) continue;
        shared_text_drop(&page->cameras[camera]);
        page->cameras[camera] = shared_text_take(text);
        lws_callback_on_writable(page->wsi);
    }
}

static struct shared_text *whole_state(struct console *console) {
    if (!console->whole_state) {
        json_t *message = json_pack("{s:s, s:O, s:b}", "method", "state", "params",
                                    console->mirror.state, "whole", 1);
        console->whole_state = shared_text_of_json(message);
        json_decref(message);
    }
    return shared_text_take(console->whole_state);
}

/* What goes out next, a reference; NULL when there is nothing. */
static struct shared_text *next_text(struct page *page) {
    if (page->queue_count) {
        struct shared_text *text = page->queue[page->queue_first];
        page->queue_first = (page->queue_first + 1) % PAGE_QUEUE_MAX;
        page->queue_count--;
        return text;
    }
    if (page->is_behind && page->console->mirror.state) {
        page->is_behind = false;
        return whole_state(page->console);
    }
    for (size_t i = 0; i < CAMERAS_MAX; i++) {
        struct shared_text *text = page->cameras[i];
        page->cameras[i] = NULL;
        if (text) return text;
    }
    return NULL;
}

static int write_page(struct page *page) {
    struct shared_text *text = next_text(page);
    if (!text) return 0;
    int sent = lws_write(page->wsi, shared_text_bytes(text), text->size, LWS_WRITE_TEXT);
    bool is_whole = sent >= (int)text->size;
    shared_text_drop(&text);
    lws_callback_on_writable(page->wsi);
    return is_whole ? 0 : -1;
}

void page_answer(struct page *page, int64_t sequence, json_t *result, json_t *error) {
    json_t *message = json_pack("{s:I, s:O*, s:O*}", "seq", (json_int_t)sequence, "error", error,
                                "result", error ? NULL : result);
    struct shared_text *text = shared_text_of_json(message);
    page_send(page, text);
    shared_text_drop(&text);
    json_decref(message);
}

/* --- in --- */

static void say_hello(struct page *page) {
    struct console *console = page->console;
    json_t *message = json_pack(
        "{s:s, s:{s:s, s:s, s:I, s:I, s:O*, s:O*, s:O, s:b}}", "method", "hello", "params", "name",
        page->name, "role", api_role_name(page->role), "channel", (json_int_t)page->channel, "seq",
        (json_int_t)page->sequence, "state", console->mirror.state, "info", console->mirror.info,
        "log", console->mirror.lines, "is_up", console->mirror.state != NULL);
    struct shared_text *text = shared_text_of_json(message);
    page_send(page, text);
    shared_text_drop(&text);
    json_decref(message);
}

static int take_hello(struct page *page, json_t *message) {
    const char *csrf = json_string_value(json_object_get(message, "hello"));
    if (!csrf || !token_equal(page->csrf, csrf)) {
        audit_note(&page->console->audit, page->peer, page->name, "hello", "wrong token");
        return -1;
    }
    page->has_said_hello = true;
    page->wants_camera = json_is_true(json_object_get(message, "camera"));
    say_hello(page);
    return 0;
}

static bool is_within_rate(struct page *page) {
    int64_t now_ns = clock_now_ns();
    if (now_ns - page->second_ns >= NS_PER_S) {
        page->second_ns = now_ns;
        page->calls = 0;
    }
    return ++page->calls <= PAGE_CALLS_A_SECOND;
}

void page_refuse(struct page *page, int64_t sequence, const char *what, const char *why) {
    json_t *error = json_pack("{s:i, s:s}", "code", -32002, "message", why);
    page->console->calls_refused++;
    audit_note(&page->console->audit, page->peer, page->name, what, why);
    page_answer(page, sequence, NULL, error);
    json_decref(error);
}

static int take_call(struct page *page, json_t *message) {
    const json_t *sequence = json_object_get(message, "seq");
    const char *method = json_string_value(json_object_get(message, "method"));
    json_t *params = json_object_get(message, "params");
    if (!json_is_integer(sequence) || !method || strlen(method) > 40) {
        audit_note(&page->console->audit, page->peer, page->name, "message", "no call");
        return -1;
    }
    int64_t number = json_integer_value(sequence);
    /* Logged out, or its time is over: the page must log in again. */
    if (!logins_find(&page->console->logins, page->token, clock_now_ns())) return -1;
    if (number != page->sequence + 1) {
        page_refuse(page, number, method, "stale or doubled: its number is not the next");
        return 0;
    }
    page->sequence = number;
    daemon_link_call(page, number, method, params);
    return 0;
}

static int take_message(struct page *page) {
    json_t *message = json_loadb(page->input, page->input_length, JSON_REJECT_DUPLICATES, NULL);
    int result = -1;
    if (!is_within_rate(page))
        drop_page(page, "too many calls a second");
    else if (!json_is_object(message))
        audit_note(&page->console->audit, page->peer, page->name, "message", "not JSON");
    else if (!page->has_said_hello)
        result = take_hello(page, message);
    else
        result = take_call(page, message);
    json_decref(message);
    page->input_length = 0;
    return result;
}

static int take_piece(struct page *page, const void *data, size_t length) {
    if (page->input_length + length > sizeof page->input) {
        drop_page(page, "too long a message");
        return -1;
    }
    memcpy(page->input + page->input_length, data, length);
    page->input_length += length;
    if (!lws_is_final_fragment(page->wsi) || lws_remaining_packet_payload(page->wsi)) return 0;
    return take_message(page);
}

/* --- coming and going --- */

static int filter(struct console *console, struct lws *wsi) {
    char peer[PEER_MAX], uri[16] = "";
    const char *why = NULL;
    const struct login *login = console_login_of(console, wsi, NULL);
    console_peer(wsi, peer);
    (void)lws_hdr_copy(wsi, uri, sizeof uri, WSI_TOKEN_GET_URI);
    if (!console_is_same_origin(console, wsi, true))
        why = "from another origin";
    else if (strcmp(uri, "/ws") != 0)
        why = "not at /ws";
    else if (!login)
        why = "not logged in";
    else if (clock_now_ns() < login->waits_ns)
        why = "too many of this login's pages were closed for what they sent";
    else if (console->page_count == PAGES_MAX)
        why = "too many pages";
    if (!why) return 0;
    console->calls_refused++;
    audit_note(&console->audit, peer, "", "WebSocket", why);
    return -1;
}

static int open_page(struct console *console, struct lws *wsi, struct page *page) {
    const struct login *login = console_login_of(console, wsi, page->token);
    uint64_t number = 0;
    if (!login || console->page_count == PAGES_MAX ||
        getrandom(&number, sizeof number, 0) != (ssize_t)sizeof number)
        return -1;
    page->wsi = wsi;
    page->console = console;
    page->channel = (number & CHANNEL_BITS) | 1;
    page->sequence = (int64_t)(number >> 40);
    page->role = login->role;
    snprintf(page->name, sizeof page->name, "%s", login->name);
    memcpy(page->csrf, login->csrf, sizeof page->csrf);
    console_peer(wsi, page->peer);
    console->pages[console->page_count++] = page;
    audit_note(&console->audit, page->peer, page->name, "page opened", NULL);
    return 0;
}

static void close_page(struct page *page) {
    struct console *console = page->console;
    for (size_t i = 0; console && i < console->page_count; i++) {
        if (console->pages[i] != page) continue;
        console->pages[i] = console->pages[--console->page_count];
        audit_note(&console->audit, page->peer, page->name, "page gone", NULL);
        break;
    }
    while (page->queue_count) {
        shared_text_drop(&page->queue[page->queue_first]);
        page->queue_first = (page->queue_first + 1) % PAGE_QUEUE_MAX;
        page->queue_count--;
    }
    for (size_t i = 0; i < CAMERAS_MAX; i++) shared_text_drop(&page->cameras[i]);
}

int console_page(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                 size_t length) {
    struct console *console = lws_context_user(lws_get_context(wsi));
    struct page *page = user;
    switch ((int)reason) {
        case LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION:
            return filter(console, wsi);
        case LWS_CALLBACK_ESTABLISHED:
            return open_page(console, wsi, page);
        case LWS_CALLBACK_RECEIVE:
            if (take_piece(page, in, length) == 0) return 0;
            logins_note_fault(&console->logins, page->token, clock_now_ns());
            return -1;
        case LWS_CALLBACK_SERVER_WRITEABLE:
            return write_page(page);
        case LWS_CALLBACK_CLOSED:
            close_page(page);
            return 0;
        default:
            return 0;
    }
}
