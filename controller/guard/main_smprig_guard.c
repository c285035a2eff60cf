/* smprig-guard: the checker, and the only program that opens the motor board's port. One thread,
 * one poll loop, no heap once it serves. */
#include <argp.h>
#include <errno.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/notify.h"
#include "base/text.h"
#include "controller/guard/case_loader.h"
#include "controller/guard/guard_news.h"
#include "controller/guard/guard_record.h"
#include "controller/guard/outwait.h"
#include "controller/guard/record_pipe.h"
#include "controller/guard/sandbox.h"
#include "controller/guard/service_edge.h"
#include "controller/guard/switches.h"
#include "controller/link/port.h"
#include "controller/link/wirelog.h"
#include "controller/settings/settings.h"
#include "version.h"

const char *argp_program_version = "smprig-guard " SMPRIG_VERSION " (" SMPRIG_REVISION ")";

/* Requests and bytes taken in one round. */
#define ROUND_MAX 64
/* After the daemon has gone: how long a running strike gets to end before the guard may end too. */
#define LAST_STRIKE_NS (500 * NS_PER_MS)
struct edge {
    const char *port_name, *socket_path, *switches_spec, *wire_log_path, *record_path;
    struct record_pipe record;
    struct spool wire_spool;
    struct wirelog_writer wire_log;
    uid_t daemon_uid;
    int baud;
    struct switches switches;
    struct port port;
    struct case_loader *loader;
    int listen_fd, daemon_fd, signal_fd;
    struct guard guard;
    struct notifier notifier; /* to the service manager */
    uint32_t logged_state;
    char logged_why[GUARD_TEXT_MAX];
};

/* Options that stand for a setting, by their letter. */
static const struct {
    int letter;
    const char *option, *key;
} setting_of[] = {
    {'p', "--port", "board_port"},   {'s', "--socket", "guard_socket"},
    {'w', "--switches", "switches"}, {'u', "--daemon-user", "daemon_user"},
    {'l', "--wire-log", "wire_log"}, {'b', "--baud", "board_baud"},
};

struct arguments {
    struct settings_given given;
    const char *record_path; /* of this run alone */
};

static error_t parse_option(int key, char *value, struct argp_state *state) {
    struct arguments *arguments = state->input;
    if (key == ARGP_KEY_INIT) {
        state->child_inputs[0] = &arguments->given;
        return 0;
    }
    if (key == 'r') {
        arguments->record_path = value;
        return 0;
    }
    for (size_t i = 0; i < sizeof setting_of / sizeof *setting_of; i++) {
        if (setting_of[i].letter != key) continue;
        settings_give(&arguments->given, setting_of[i].option, setting_of[i].key, value);
        return 0;
    }
    return ARGP_ERR_UNKNOWN;
}

/* The daemon's user is our own when none is named. */
static enum result take_settings(struct edge *edge, const struct settings *settings,
                                 struct error *err) {
    edge->port_name = settings->board_port;
    edge->socket_path = settings->guard_socket;
    edge->switches_spec = settings_text(settings->switches);
    edge->wire_log_path = settings_text(settings->wire_log);
    edge->baud = (int)settings->board_baud;
    edge->daemon_uid = geteuid();
    if (!settings->daemon_user[0]) return RESULT_OK;
    return settings_user("daemon_user", settings->daemon_user, &edge->daemon_uid, err);
}

static int check_settings(const struct settings *settings, const struct config_origins *origins) {
    struct settings_check check = {.origins = origins};
    struct edge edge = {0};
    struct error err = {0};
    struct sockaddr_un address;
    settings_check_note(&check, "daemon_user",
                        settings->daemon_user[0] ? settings->daemon_user : "our own",
                        take_settings(&edge, settings, &err), &err);
    enum result result = strlen(settings->guard_socket) < sizeof address.sun_path
                             ? RESULT_OK
                             : error_set(&err, RESULT_LIMIT, "%s: too long for a socket's path",
                                         settings->guard_socket);
    settings_check_note(&check, "guard_socket", settings->guard_socket, result, &err);
    if (settings->switches[0])
        settings_check_note(&check, "switches", settings->switches,
                            switches_open(settings->switches, &edge.switches, &err), &err);
    bool is_remote = strncmp(settings->board_port, "tcp:", 4) == 0;
    result =
        is_remote || access(settings->board_port, R_OK | W_OK) == 0
            ? RESULT_OK
            : error_set(&err, RESULT_NOT_FOUND, "%s: %s", settings->board_port, strerror(errno));
    settings_check_note(&check, "board_port", settings->board_port, result, &err);
    switches_close(&edge.switches);
    return settings_check_end(&check);
}

static bool open_port(void *context) {
    struct edge *edge = context;
    struct error err = {0};
    bool is_open = port_open(edge->port_name, edge->baud, &edge->port, &err) == RESULT_OK;
    guard_record_port_opened(&edge->record.writer, edge->guard.now_ns, is_open);
    if (!is_open) {
        log_error("guard", "%s", err.text);
        return false;
    }
    wirelog_mark_open(&edge->wire_log, clock_now_ns());
    return true;
}

static void close_port(void *context) {
    struct edge *edge = context;
    port_close(&edge->port);
}

static enum result load_case(void *context, const struct guard_load *load,
                             struct guard_case *ret_case, struct error *err) {
    struct edge *edge = context;
    enum result result = case_loader_load(edge->loader, load, ret_case, err);
    guard_record_loaded(&edge->record.writer, edge->guard.now_ns, result, err);
    if (result == RESULT_OK)
        log_info("guard", "bound: rig %s, %zu dots, field of %d x %d x %d", ret_case->rig.name,
                 ret_case->dots.count, ret_case->field.size[0], ret_case->field.size[1],
                 ret_case->field.size[2]);
    return result;
}

static enum result listen_at(struct edge *edge, struct error *err) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (text_copy(address.sun_path, sizeof address.sun_path, edge->socket_path) != RESULT_OK)
        return error_set(err, RESULT_LIMIT, "%s: too long for a socket's path", edge->socket_path);
    unlink(edge->socket_path);
    edge->listen_fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (edge->listen_fd < 0 ||
        bind(edge->listen_fd, (struct sockaddr *)&address, sizeof address) != 0 ||
        chmod(edge->socket_path, 0660) != 0 || listen(edge->listen_fd, 1) != 0)
        return error_set(err, RESULT_IO, "%s: cannot listen there: %s", edge->socket_path,
                         strerror(errno));
    return RESULT_OK;
}

static void give(struct edge *edge, int64_t now_ns, struct guard_news news) {
    news.now_ns = now_ns;
    guard_record_news(&edge->record.writer, &news);
    guard_take(&edge->guard, &news);
}

/* One daemon at a time, of the user that it is to run as (or root). */
static void accept_daemon(struct edge *edge, int64_t now_ns) {
    struct ucred peer = {0};
    socklen_t size = sizeof peer;
    int fd = accept4(edge->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0) return;
    bool is_allowed = getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
                      (peer.uid == edge->daemon_uid || peer.uid == 0);
    if (!is_allowed || edge->daemon_fd >= 0) {
        log_warning("guard", "a second or foreign daemon (pid %d, uid %u) was refused",
                    (int)peer.pid, peer.uid);
        close(fd);
        return;
    }
    edge->daemon_fd = fd;
    log_info("guard", "daemon connected (pid %d)", (int)peer.pid);
    give(edge, now_ns, (struct guard_news){.kind = GUARD_NEWS_DAEMON, .is_connected = true});
}

static void lose_daemon(struct edge *edge, int64_t now_ns) {
    close(edge->daemon_fd);
    edge->daemon_fd = -1;
    log_warning("guard", "the daemon has gone");
    give(edge, now_ns, (struct guard_news){.kind = GUARD_NEWS_DAEMON, .is_connected = false});
}

static void take_requests(struct edge *edge, int64_t now_ns) {
    struct guard_request packet;
    for (int i = 0; i < ROUND_MAX && edge->daemon_fd >= 0; i++) {
        ssize_t got = recv(edge->daemon_fd, &packet, sizeof packet, MSG_DONTWAIT | MSG_TRUNC);
        if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
        if (got <= 0)
            lose_daemon(edge, now_ns);
        else
            give(edge, now_ns,
                 (struct guard_news){
                     .kind = GUARD_NEWS_REQUEST, .bytes = &packet, .count = (size_t)got});
    }
}

static void take_port_bytes(struct edge *edge, int64_t now_ns) {
    unsigned char bytes[4096];
    size_t count = 0;
    if (edge->port.fd < 0) return;
    if (port_read(&edge->port, bytes, sizeof bytes, &count) != RESULT_OK) {
        port_close(&edge->port);
        give(edge, now_ns, (struct guard_news){.kind = GUARD_NEWS_PORT_CLOSED});
    } else if (count) {
        wirelog_write(&edge->wire_log, false, bytes, count, now_ns);
        give(edge, now_ns,
             (struct guard_news){.kind = GUARD_NEWS_PORT, .bytes = bytes, .count = count});
    }
}

/* The link's output is small (a line or two) and the port empty between lines: what does not go out
 * at once is a port that has stopped, which the link sees as silence. */
static void write_port(struct edge *edge, int64_t now_ns) {
    unsigned char bytes[4096];
    size_t count = guard_take_port_bytes(&edge->guard, bytes, sizeof bytes), put = 0;
    guard_record_bytes(&edge->record.writer, now_ns, bytes, count);
    if (!count || edge->port.fd < 0) return;
    wirelog_write(&edge->wire_log, true, bytes, count, now_ns);
    if (port_write(&edge->port, bytes, count, &put) != RESULT_OK || put != count) {
        port_close(&edge->port);
        give(edge, now_ns, (struct guard_news){.kind = GUARD_NEWS_PORT_CLOSED});
    }
}

static void take_switches(struct edge *edge, int64_t now_ns) {
    struct sensor_levels levels = switches_read(&edge->switches), had = edge->guard.levels;
    if (levels.present != had.present || levels.levels != had.levels)
        give(edge, now_ns, (struct guard_news){.kind = GUARD_NEWS_SENSORS, .levels = levels});
}

static void log_state(struct edge *edge, const struct guard_event *event) {
    if (event->state.state == edge->logged_state && strcmp(event->text, edge->logged_why) == 0)
        return;
    edge->logged_state = event->state.state;
    memcpy(edge->logged_why, event->text, sizeof edge->logged_why);
    const char *name = safety_state_name((enum safety_state)event->state.state);
    const struct log_field fields[] = {{"STATE", name}, {"REASON", event->text}, {NULL, NULL}};
    log_event(event->state.state == SAFETY_FAULT ? LOG_LEVEL_ERROR : LOG_LEVEL_INFO, "guard",
              fields, "%s%s%s", name, event->text[0] ? ": " : "", event->text);
    notify_status(&edge->notifier, name);
}

static void send_events(struct edge *edge, int64_t now_ns) {
    struct guard_event event;
    while (guard_take_event(&edge->guard, &event)) {
        guard_record_event(&edge->record.writer, now_ns, &event);
        if (event.kind == GUARD_EVENT_STATE) log_state(edge, &event);
        if (edge->daemon_fd < 0) continue;
        ssize_t sent = send(edge->daemon_fd, &event, sizeof event, MSG_NOSIGNAL | MSG_DONTWAIT);
        /* A daemon that does not read is as good as gone: an event it misses may be
         * a dot's fate. */
        if (sent != (ssize_t)sizeof event) lose_daemon(edge, now_ns);
    }
}

static void step(struct edge *edge) {
    int64_t now_ns = clock_now_ns();
    accept_daemon(edge, now_ns);
    take_port_bytes(edge, now_ns);
    take_requests(edge, now_ns);
    take_switches(edge, now_ns);
    give(edge, now_ns, (struct guard_news){.kind = GUARD_NEWS_TICK});
    write_port(edge, now_ns);
    send_events(edge, now_ns);
    record_pipe_flush(&edge->record);
    notify_alive(&edge->notifier, now_ns);
}

static int timeout_ms(const struct edge *edge) {
    int64_t next_ns = guard_next_ns(&edge->guard), alive_ns = notify_next_ns(&edge->notifier);
    int64_t wait_ns = (alive_ns < next_ns ? alive_ns : next_ns) - clock_now_ns();
    return wait_ns <= 0 ? 0 : (int)((wait_ns + NS_PER_MS - 1) / NS_PER_MS);
}

static bool has_signal(int signal_fd) {
    struct signalfd_siginfo info;
    return read(signal_fd, &info, sizeof info) == (ssize_t)sizeof info;
}

/* Serve until told to end; then let what runs in the firmware end before the port closes. */
static void serve(struct edge *edge) {
    bool is_ending = false;
    int64_t end_ns = INT64_MAX;
    notify_ready(&edge->notifier, "waits for smprigd");
    while (!is_ending || (edge->guard.strike_line && clock_now_ns() < end_ns)) {
        struct pollfd set[] = {{edge->signal_fd, POLLIN, 0},
                               {edge->listen_fd, POLLIN, 0},
                               {edge->daemon_fd, POLLIN, 0},
                               {edge->port.fd, POLLIN, 0}};
        (void)poll(set, sizeof set / sizeof *set, timeout_ms(edge));
        step(edge);
        if (has_signal(edge->signal_fd) && !is_ending) {
            is_ending = true;
            notify_stopping(&edge->notifier, "a running strike ends, then the port closes");
            end_ns = clock_now_ns() + LAST_STRIKE_NS;
            if (edge->daemon_fd >= 0) lose_daemon(edge, clock_now_ns());
        }
    }
}

static bool put_wire(void *context, const void *bytes, size_t count) {
    const struct edge *edge = context;
    bool is_put = spool_put(&edge->wire_spool, bytes, count);
    if (!is_put) log_warning("guard", "the wire log ends here: the disk does not keep up");
    return is_put;
}

static enum result open_wire_log(struct edge *edge, struct error *err) {
    FILE *stream = fopen(edge->wire_log_path, "wbe");
    if (!stream)
        return error_set(err, RESULT_IO, "%s: cannot write: %s", edge->wire_log_path,
                         strerror(errno));
    enum result result = spool_start(&edge->wire_spool, stream, "guard-wire-log", err);
    fclose(stream);
    if (result == RESULT_OK) wirelog_begin(&edge->wire_log, put_wire, edge, clock_now_ns());
    return result;
}

static enum result open_edge(struct edge *edge, struct error *err) {
    const struct guard_edge calls = {edge, open_port, close_port, load_case};
    sigset_t signals;
    enum result result = RESULT_OK;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    edge->signal_fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
    int64_t now_ns = clock_now_ns();
    if (edge->record_path) result = record_pipe_open(&edge->record, edge->record_path, now_ns, err);
    if (result == RESULT_OK && edge->wire_log_path) result = open_wire_log(edge, err);
    edge->loader = case_loader_create();
    if (result == RESULT_OK && !edge->loader)
        result = error_set(err, RESULT_NO_MEMORY, "out of memory");
    guard_record_begin(&edge->record.writer, now_ns);
    guard_init(&edge->guard, &calls, now_ns);
    notify_open(&edge->notifier);
    if (result == RESULT_OK && edge->switches_spec)
        result = switches_open(edge->switches_spec, &edge->switches, err);
    outwait_strike();
    if (result == RESULT_OK) result = listen_at(edge, err);
    if (result == RESULT_OK) result = sandbox_enter(strncmp(edge->port_name, "tcp:", 4) == 0, err);
    return result;
}

static int run(const struct settings *settings, const char *record_path) {
    static struct edge edge = {.port = {.fd = -1},
                               .daemon_fd = -1,
                               .listen_fd = -1,
                               .signal_fd = -1,
                               .logged_state = UINT32_MAX};
    struct error err = {0};
    edge.record_path = record_path;
    enum result result = take_settings(&edge, settings, &err);
    if (result == RESULT_OK) result = open_edge(&edge, &err);
    if (result != RESULT_OK) {
        log_error("guard", "%s", err.text);
        return EX_IOERR;
    }
    serve(&edge);
    log_info("guard", "ended in state %s", safety_state_name(edge.guard.supervisor.state));
    record_pipe_close(&edge.record, clock_now_ns(), "the guard has ended");
    switches_close(&edge.switches);
    port_close(&edge.port);
    wirelog_close(&edge.wire_log);
    spool_close(&edge.wire_spool);
    unlink(edge.socket_path);
    case_loader_destroy(&edge.loader);
    notify_close(&edge.notifier);
    return EX_OK;
}

int main(int argc, char **argv) {
    static const struct argp_option options[] = {
        {"port", 'p', "PORT", 0, "The motor board: /dev/..., a pty, or tcp:HOST:PORT", 0},
        {"socket", 's', "SOCKET", 0, "Where to listen for smprigd", 0},
        {"switches", 'w', "SOURCE", 0,
         "Wired to this machine: gpio:CHIP:estop_a=LINE,... or sim:FILE", 0},
        {"daemon-user", 'u', "USER", 0, "The user that smprigd runs as (our own)", 0},
        {"baud", 'b', "RATE", 0, "Of a serial port (115200)", 0},
        {"record", 'r', "FOLDER", 0,
         "Record its half of the session there, for smprig replay (docs/sim.md)", 0},
        {"wire-log", 'l', "FILE", 0, "Keep every byte of the wire there (smprig rig replay)", 0},
        {0}};
    static const struct argp_child children[] = {{&settings_argp, 0, NULL, 0}, {0}};
    static const struct argp argp = {options,
                                     parse_option,
                                     NULL,
                                     "Checks every command and alone speaks to the motor board. "
                                     "Research software, no certified device.",
                                     children,
                                     NULL,
                                     NULL};
    static struct arguments arguments;
    struct settings_given *given = &arguments.given;
    static struct settings settings;
    static struct config_origins origins;
    struct error err = {0};
    log_open(LOG_JOURNAL_SOCKET);
    if (argc > 1 && strcmp(argv[1], "service") == 0) return service_edge_main(argc - 1, argv + 1);
    if (argp_parse(&argp, argc, argv, 0, NULL, &arguments) != 0) return EX_USAGE;
    if (settings_read(given, &settings, &origins, &err) != RESULT_OK) {
        log_error("guard", "%s", err.text);
        return given->config_path ? EX_CONFIG : EX_USAGE;
    }
    if (given->dumps) config_layers_dump(&settings_schema, &settings, &origins, stdout);
    if (given->dumps) return EX_OK;
    if (given->checks) return check_settings(&settings, &origins);
    /* Without a file nothing is touched that was not named. */
    if (!given->config_path && !(settings.has.board_port && settings.has.guard_socket)) {
        fprintf(stderr, "smprig-guard: %s is missing; see smprig-guard --help\n",
                settings.has.board_port ? "--socket" : "--port");
        return EX_USAGE;
    }
    settings_apply_log_level(&settings);
    settings_go_first("guard", settings.guard_priority);
    return run(&settings, arguments.record_path);
}
