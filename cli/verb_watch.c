/* smprig watch: the running session, live on a terminal, in plain lines for a log, or as JSON. */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sysexits.h>
#include <termios.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/options.h"
#include "cli/api_client.h"
#include "cli/verbs.h"
#include "cli/watch_view.h"

#define CONNECT_MS 500
#define FRAME_MS 250                   /* redraws a second: four, as fast as a person reads */
#define LINE_PERIOD_NS (10 * NS_PER_S) /* a plain line at each change, and so often */
#define RETRY_NS NS_PER_S
#define MESSAGES_A_ROUND 100
#define COLUMNS_DEFAULT 80
#define ROWS_DEFAULT 24
/* The terminal's other screen, so that what stood there comes back (xterm's private mode 1049). */
#define ENTER_SCREEN "\033[?1049h\033[?25l"
#define LEAVE_SCREEN "\033[?25h\033[?1049l"

struct watch {
    const char *socket_path;
    bool is_live, is_json; /* neither: plain lines */
    struct api_client_connection connection;
    bool is_connected, is_over;
    json_t *state;
    char log[WATCH_LOG_LINES][256];
    char said[512], foot[160]; /* the last plain line; the live view's last line */
    int64_t heard_ns, retry_ns, said_ns;
    struct error err;
};

static volatile sig_atomic_t is_ending;

static void on_signal(int number) {
    (void)number;
    is_ending = 1;
}

static enum result subscribe(struct watch *w, int timeout_ms) {
    json_t *value = NULL, *wanted = json_pack("{s:b}", "log", 1);
    enum result result = api_client_open(w->socket_path, timeout_ms, &w->connection, &w->err);
    if (result == RESULT_OK) {
        result = api_client_call(&w->connection, "subscribe", wanted, &value, &w->err);
        if (result != RESULT_OK) api_client_close(&w->connection);
    }
    json_decref(wanted);
    if (result != RESULT_OK) return result;
    json_decref(w->state);
    w->state = value;
    w->is_connected = true;
    w->heard_ns = clock_now_ns();
    return RESULT_OK;
}

static void keep_log_line(struct watch *w, const json_t *params) {
    const char *text = json_string_value(json_object_get(params, "text"));
    memmove(w->log[0], w->log[1], sizeof w->log - sizeof w->log[0]);
    snprintf(w->log[WATCH_LOG_LINES - 1], sizeof w->log[0], "%s", text ? text : "");
    if (!w->is_live && !w->is_json) printf("%s\n", w->log[WATCH_LOG_LINES - 1]);
}

static void merge_state(struct watch *w, const json_t *changes) {
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)changes, key, value) {
        if (json_is_null(value))
            json_object_del(w->state, key);
        else
            json_object_set(w->state, key, value);
    }
    const char *phase = json_string_value(json_object_get(w->state, "phase"));
    w->is_over = phase && (strcmp(phase, "finished") == 0 || strcmp(phase, "failed") == 0);
}

static void take_message(struct watch *w, const json_t *message) {
    const char *method = json_string_value(json_object_get(message, "method"));
    const json_t *params = json_object_get(message, "params");
    if (method && strcmp(method, "state") == 0) merge_state(w, params);
    if (method && strcmp(method, "log") == 0) keep_log_line(w, params);
    if (w->is_json) {
        json_dumpf(strcmp(method ? method : "", "state") == 0 ? w->state : message, stdout,
                   JSON_COMPACT);
        putchar('\n');
    }
}

/* All that has come; never waits. */
static void take_messages(struct watch *w, int64_t now_ns) {
    for (int i = 0; w->is_connected && i < MESSAGES_A_ROUND; i++) {
        json_t *message = NULL;
        enum result result = api_client_next(&w->connection, 0, &message, &w->err);
        if (result == RESULT_TIMEOUT) return;
        if (result == RESULT_OK) {
            w->heard_ns = now_ns;
            take_message(w, message);
        } else {
            api_client_close(&w->connection);
            w->is_connected = false;
            w->retry_ns = now_ns + RETRY_NS;
        }
        json_decref(message);
    }
}

/* Anybody may hold, always; on a connection of its own, whose answer nothing else crosses. */
static void hold(struct watch *w) {
    struct api_client_connection connection;
    struct error err = {0};
    json_t *value = NULL;
    enum result result = api_client_open(w->socket_path, CONNECT_MS, &connection, &err);
    if (result == RESULT_OK) {
        result = api_client_call(&connection, "hold", NULL, &value, &err);
        api_client_close(&connection);
    }
    json_decref(value);
    if (result == RESULT_OK)
        snprintf(w->foot, sizeof w->foot, "hold was asked for   (smprig resume goes on)   q ends");
    else
        snprintf(w->foot, sizeof w->foot, "HOLD WAS NOT TAKEN: %.110s", err.text);
}

static void take_keys(struct watch *w) {
    char keys[32];
    ssize_t count = read(STDIN_FILENO, keys, sizeof keys);
    for (ssize_t i = 0; i < count; i++) {
        if (keys[i] == ' ') hold(w);
        if (keys[i] == 'q') is_ending = 1;
    }
}

static struct watch_screen screen_now(void) {
    struct winsize size = {0};
    const char *no_colour = getenv("NO_COLOR"); /* https://no-color.org */
    struct watch_screen screen = {COLUMNS_DEFAULT, ROWS_DEFAULT, !(no_colour && *no_colour)};
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col && size.ws_row) {
        screen.columns = size.ws_col;
        screen.rows = size.ws_row;
    }
    return screen;
}

/* Over what stood there, line by line, so that nothing flickers; the last line's
 * end would scroll. */
static void draw(const struct watch *w, int64_t now_ns) {
    char frame[WATCH_FRAME_MAX];
    struct watch_screen screen = screen_now();
    struct watch_news news = {
        .state = w->state, .silent_s = ns_to_s(now_ns - w->heard_ns), .foot = w->foot};
    memcpy(news.log, w->log, sizeof news.log);
    watch_draw(&news, &screen, frame);
    fputs("\033[H", stdout);
    for (char *line = frame; *line;) {
        char *end = strchr(line, '\n');
        *end = '\0';
        printf("%s\033[K", line);
        line = end + 1;
        if (*line) putchar('\n');
    }
    fputs("\033[J", stdout);
    fflush(stdout);
}

/* A plain line when the phase or its reason changes, and now and then. */
static void say_line(struct watch *w, int64_t now_ns) {
    char line[512];
    const char *phase = json_string_value(json_object_get(w->state, "phase"));
    const char *reason = json_string_value(json_object_get(w->state, "reason"));
    char what[256];
    snprintf(what, sizeof what, "%.60s %.190s", phase ? phase : "", reason ? reason : "");
    if (strcmp(what, w->said) == 0 && now_ns < w->said_ns + LINE_PERIOD_NS) return;
    snprintf(w->said, sizeof w->said, "%s", what);
    w->said_ns = now_ns;
    watch_line(w->state, line, sizeof line);
    printf("%s\n", line);
}

/* A terminal that has gone ends the view. */
static void wait_for_news(const struct watch *w) {
    struct pollfd set[2] = {{w->is_connected ? w->connection.fd : -1, POLLIN, 0},
                            {w->is_live ? STDIN_FILENO : -1, POLLIN, 0}};
    if (poll(set, 2, FRAME_MS) > 0 && (set[1].revents & (POLLHUP | POLLERR | POLLNVAL)))
        is_ending = 1;
}

static enum result follow(struct watch *w) {
    int64_t drawn_ns = 0;
    while (!is_ending && !w->is_over) {
        wait_for_news(w);
        int64_t now_ns = clock_now_ns();
        take_messages(w, now_ns);
        if (w->is_live) take_keys(w);
        if (!w->is_connected && !w->is_live) return RESULT_CLOSED;
        if (!w->is_connected && now_ns >= w->retry_ns && subscribe(w, 0) != RESULT_OK)
            w->retry_ns = now_ns + RETRY_NS;
        if (w->is_live && now_ns >= drawn_ns + FRAME_MS * NS_PER_MS) {
            draw(w, now_ns);
            drawn_ns = now_ns;
        }
        if (!w->is_live && !w->is_json) say_line(w, now_ns);
        if (!w->is_live) fflush(stdout);
    }
    return RESULT_OK;
}

/* Keys without Enter and without echo, reads that do not wait; everything as before afterwards. */
static enum result follow_live(struct watch *w) {
    struct termios before, raw;
    if (tcgetattr(STDIN_FILENO, &before) != 0) return follow(w);
    raw = before;
    raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
    raw.c_cc[VMIN] = 0;
    raw.c_cc[VTIME] = 0;
    tcsetattr(STDIN_FILENO, TCSANOW, &raw);
    fputs(ENTER_SCREEN, stdout);
    enum result result = follow(w);
    fputs(LEAVE_SCREEN, stdout);
    fflush(stdout);
    tcsetattr(STDIN_FILENO, TCSANOW, &before);
    return result;
}

static const char usage[] =
    "Usage: smprig watch [--api SOCKET] [--plain] [--json]\n"
    "Follows the session until it is over. On a terminal a view that is drawn in place: Space\n"
    "holds, q ends the view. Elsewhere, or with --plain, a line at each change; with --json every\n"
    "state as a line. NO_COLOR in the environment: no colour.\n";

static bool take_options(int argc, char **argv, struct watch *w, int *ret_exit) {
    bool is_plain = false;
    const struct option_row rows[] = {
        {"api", .text = &w->socket_path},
        {"json", .flag = &w->is_json},
        {"plain", .flag = &is_plain},
    };
    const struct options options = {"smprig", usage, OPTION_ROWS(rows)};
    if (!options_parse(&options, argc, argv, ret_exit)) return false;
    w->is_live = !w->is_json && !is_plain && isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
    return true;
}

int verb_watch(int argc, char **argv) {
    struct watch w = {.socket_path = API_SOCKET,
                      .foot = "Space holds the session   q ends the view"};
    const struct sigaction action = {.sa_handler = on_signal};
    int code;
    if (!take_options(argc, argv, &w, &code)) return code;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
    enum result result = subscribe(&w, CONNECT_MS);
    if (result != RESULT_OK) return verb_fail("watch", &w.err);
    merge_state(&w, NULL);
    result = w.is_live ? follow_live(&w) : follow(&w);
    char line[512];
    watch_line(w.state, line, sizeof line);
    const char *phase = json_string_value(json_object_get(w.state, "phase"));
    bool has_failed = phase && strcmp(phase, "failed") == 0;
    if (!w.is_json) puts(line);
    json_decref(w.state);
    if (w.is_connected) api_client_close(&w.connection);
    if (result != RESULT_OK) return verb_fail("watch", &w.err);
    return has_failed ? EX_UNAVAILABLE : EX_OK;
}
