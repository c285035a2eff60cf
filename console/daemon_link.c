/* The link to the daemon: its answers and notifications, the mirror of it, and pages' calls. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "console/console.h"

#define TICK_US 100000
#define ASK_AGAIN_NS (300 * NS_PER_MS)

enum note_kind { NOTE_METHODS, NOTE_INFO, NOTE_SUBSCRIBED, NOTE_PART, NOTE_PAGE };

/* Only the console itself may, or it is served over HTTP. */
static const char *const not_for_pages[] = {"subscribe", "dots", "head", "fates"};

static void ask(struct console *console, enum note_kind kind, const char *method, json_t *params) {
    const struct upstream_note note = {.kind = (int)kind};
    if (upstream_call(console->upstream, method, params, NULL, &note) != RESULT_OK)
        log_warning("console", "%s could not be asked of smprigd", method);
    json_decref(params);
}

static void ask_part(struct console *console) {
    json_t *params = NULL;
    const char *method = mirror_ask(&console->mirror, &params);
    if (method) ask(console, NOTE_PART, method, params);
}

static void subscribe(struct console *console) {
    console->has_camera = pages_want_camera(console);
    ask(console, NOTE_SUBSCRIBED, "subscribe",
        json_pack("{s:b, s:b, s:b}", "dots", 1, "log", 1, "camera", console->has_camera));
}

static void tell(struct console *console, const char *method, json_t *params) {
    json_t *message = json_pack("{s:s, s:O}", "method", method, "params", params);
    struct shared_text *text = shared_text_of_json(message);
    pages_broadcast(console, text);
    shared_text_drop(&text);
    json_decref(message);
}

static void tell_link(struct console *console, bool is_up) {
    json_t *params = json_pack("{s:b}", "is_up", is_up);
    tell(console, "link", params);
    json_decref(params);
}

/* --- in --- */

static void take_state(struct console *console, json_t *changes, bool is_first) {
    shared_text_drop(&console->whole_state);
    if (mirror_take_state(&console->mirror, changes)) {
        mirror_begin_case(&console->mirror);
        ask_part(console);
    }
    if (is_first) return; /* an answer: pages hear it with `hello`, or by the next change */
    json_t *message = json_pack("{s:s, s:O}", "method", "state", "params", changes);
    struct shared_text *text = shared_text_of_json(message);
    pages_broadcast_state(console, text);
    shared_text_drop(&text);
    json_decref(message);
}

static void on_notification(void *context, const char *method, json_t *params) {
    struct console *console = context;
    if (strcmp(method, "state") == 0) {
        take_state(console, params, false);
    } else if (strcmp(method, "dots") == 0) {
        mirror_take_fates(&console->mirror, params);
        tell(console, method, params);
    } else if (strcmp(method, "log") == 0) {
        mirror_take_line(&console->mirror, params);
        tell(console, method, params);
    }
}

static void on_picture(void *context, size_t camera, const char *line, size_t length) {
    struct shared_text *text = shared_text_make(line, length);
    if (camera < CAMERAS_MAX) pages_broadcast_camera(context, camera, text);
    shared_text_drop(&text);
}

static void take_page_answer(struct console *console, const struct upstream_note *note,
                             json_t *result, json_t *error) {
    struct page *page = pages_find(console, note->page);
    const char *why = json_string_value(json_object_get(error, "message"));
    if (error) console->calls_refused++;
    if (page && note->what[0])
        audit_note(&console->audit, page->peer, page->name, note->what,
                   error ? (why ? why : "") : NULL);
    if (page) page_answer(page, note->sequence, result, error);
}

static void take_part(struct console *console, json_t *result, json_t *error) {
    if (error) /* the head is still being made ready */
        console->ask_again_ns = clock_now_ns() + ASK_AGAIN_NS;
    else if (mirror_take_part(&console->mirror, result))
        ask_part(console);
    else
        log_warning("console", "smprigd's answer about the case makes no sense");
}

static void on_answer(void *context, const struct upstream_note *note, json_t *result,
                      json_t *error) {
    struct console *console = context;
    switch ((enum note_kind)note->kind) {
        case NOTE_METHODS:
            console->mirror.methods = result ? json_incref(result) : NULL;
            break;
        case NOTE_INFO:
            console->mirror.info = result ? json_incref(result) : NULL;
            break;
        case NOTE_SUBSCRIBED:
            if (result) take_state(console, result, true);
            break;
        case NOTE_PART:
            take_part(console, result, error);
            break;
        case NOTE_PAGE:
            take_page_answer(console, note, result, error);
            break;
    }
}

const struct upstream_handler console_upstream_handler = {NULL, on_answer, on_notification,
                                                          on_picture};

/* --- calls of pages --- */

static bool is_for_pages(const char *method) {
    for (size_t i = 0; i < sizeof not_for_pages / sizeof *not_for_pages; i++)
        if (strcmp(not_for_pages[i], method) == 0) return false;
    return true;
}

static bool is_in_command(const struct page *page) {
    const json_t *command = json_object_get(page->console->mirror.state, "command");
    return (uint64_t)json_integer_value(json_object_get(command, "channel")) == page->channel;
}

/* Who is in command and who holds go first: others share what is left of a second. */
static bool is_within_common_rate(struct page *page, const char *method) {
    struct console *console = page->console;
    int64_t now_ns = clock_now_ns();
    if (strcmp(method, "hold") == 0 || is_in_command(page)) return true;
    if (now_ns - console->second_ns >= NS_PER_S) {
        console->second_ns = now_ns;
        console->common_calls = 0;
    }
    return ++console->common_calls <= COMMON_CALLS_A_SECOND;
}

static const char *why_not(struct page *page, const char *method) {
    const json_t *row = mirror_method(&page->console->mirror, method);
    enum api_role needed = ROLE_COUNT;
    if (!upstream_is_up(page->console->upstream)) return "smprigd does not run";
    if (!row || !is_for_pages(method)) return "no such call";
    if (!api_role_from_name(json_string_value(json_object_get(row, "role")), &needed) ||
        page->role < needed)
        return "your role may not";
    if (!is_within_common_rate(page, method)) return "too many calls a second";
    return NULL;
}

void daemon_link_call(struct page *page, int64_t sequence, const char *method, json_t *params) {
    bool is_beat = strcmp(method, "heartbeat") == 0;
    struct upstream_note note = {.kind = NOTE_PAGE, .page = page->channel, .sequence = sequence};
    if (is_beat && !is_in_command(page)) { /* nobody waits for its beats */
        page_answer(page, sequence, json_true(), NULL);
        return;
    }
    const char *why = why_not(page, method);
    if (why) {
        page_refuse(page, sequence, method, why);
        return;
    }
    const json_t *row = mirror_method(&page->console->mirror, method);
    bool is_private = json_is_true(json_object_get(row, "is_private")); /* they tell of a client */
    char *details = params && !is_beat && !is_private ? json_dumps(params, JSON_COMPACT) : NULL;
    if (!is_beat) /* beats would drown the record */
        snprintf(note.what, sizeof note.what, "%s %.100s", method, details ? details : "");
    free(details);
    json_t *as = json_pack("{s:s, s:s, s:I}", "name", page->name, "role", api_role_name(page->role),
                           "channel", (json_int_t)page->channel);
    if (upstream_call(page->console->upstream, method, params, as, &note) != RESULT_OK)
        page_refuse(page, sequence, method, "smprigd is too busy");
    json_decref(as);
    if (page->console->upstream_wsi) lws_callback_on_writable(page->console->upstream_wsi);
}

/* --- the connection --- */

static void greet(struct console *console) {
    ask(console, NOTE_METHODS, "methods", NULL);
    ask(console, NOTE_INFO, "info", NULL);
    subscribe(console);
    tell_link(console, true);
    log_info("console", "connected to smprigd");
}

static void lose(struct console *console) {
    console->upstream_wsi = NULL;
    mirror_forget(&console->mirror);
    shared_text_drop(&console->whole_state);
    tell_link(console, false);
    log_warning("console", "smprigd has gone");
}

/* lws closes what it watches, so it gets a copy of the descriptor. */
static void watch(struct console *console) {
    lws_sock_file_fd_type copy = {.filefd = dup(upstream_descriptor(console->upstream))};
    if (copy.filefd >= 0)
        console->upstream_wsi = lws_adopt_descriptor_vhost(console->vhost, LWS_ADOPT_RAW_FILE_DESC,
                                                           copy, "upstream", NULL);
    if (!console->upstream_wsi) upstream_close(console->upstream);
}

static void on_timer(lws_sorted_usec_list_t *timer) {
    struct console *console = lws_container_of(timer, struct console, timer);
    daemon_link_tick(console, clock_now_ns());
}

void daemon_link_tick(struct console *console, int64_t now_ns) {
    if (!upstream_is_up(console->upstream) && !console->upstream_wsi &&
        upstream_connect(console->upstream)) {
        watch(console);
        if (upstream_is_up(console->upstream)) greet(console);
    }
    if (upstream_is_up(console->upstream) && console->has_camera != pages_want_camera(console))
        subscribe(console);
    if (console->ask_again_ns && now_ns >= console->ask_again_ns) {
        console->ask_again_ns = 0;
        ask_part(console);
    }
    lws_sul_schedule(console->context, 0, &console->timer, on_timer, TICK_US);
}

void daemon_link_finish(struct console *console) {
    upstream_destroy(&console->upstream);
    mirror_release(&console->mirror);
    shared_text_drop(&console->whole_state);
}

int console_daemon(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                   size_t length) {
    struct console *console = lws_context_user(lws_get_context(wsi));
    (void)user;
    (void)in;
    (void)length;
    switch ((int)reason) {
        case LWS_CALLBACK_RAW_RX_FILE:
            if (!upstream_on_readable(console->upstream)) return -1;
            if (upstream_wants_write(console->upstream)) lws_callback_on_writable(wsi);
            return 0;
        case LWS_CALLBACK_RAW_WRITEABLE_FILE:
            if (!upstream_on_writable(console->upstream)) return -1;
            if (upstream_wants_write(console->upstream)) lws_callback_on_writable(wsi);
            return 0;
        case LWS_CALLBACK_RAW_CLOSE_FILE:
            if (upstream_is_up(console->upstream)) upstream_close(console->upstream);
            if (console->upstream_wsi == wsi) lose(console);
            return 0;
        default:
            return 0;
    }
}
