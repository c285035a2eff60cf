#include "controller/guard/service_run.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sysexits.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "controller/guard/service_print.h"
#include "controller/link/wirelog.h"

/* After the end: what is still to be written or to come to rest (a flush with its handshake). */
#define LAST_NS (3 * NS_PER_S)

struct edge {
    const struct service_options *options;
    struct port port;
    struct wirelog_writer log;
    struct service service;
    int signal_fd;
    bool has_keys, was_ready;
    struct termios before;
};

int service_fail(const struct error *err) {
    fprintf(stderr, "smprig rig: %s\n", err->text);
    return result_exit_code(err->code);
}

static void print_lines(struct edge *edge) {
    char line[LINK_TEXT_MAX];
    while (service_take_line(&edge->service, line))
        if (!edge->options->is_json) printf("%s\n", line);
    fflush(stdout);
}

static void lose_port(struct edge *edge, int64_t now_ns) {
    port_close(&edge->port);
    service_on_closed(&edge->service, now_ns);
}

static void exchange(struct edge *edge) {
    unsigned char bytes[4096];
    size_t count = 0, put = 0;
    int64_t now_ns = clock_now_ns();
    if (edge->port.fd >= 0) {
        if (port_read(&edge->port, bytes, sizeof bytes, &count) != RESULT_OK) {
            lose_port(edge, now_ns);
        } else if (count) {
            wirelog_write(&edge->log, false, bytes, count, now_ns);
            service_on_bytes(&edge->service, bytes, count, now_ns);
        }
    }
    service_tick(&edge->service, now_ns);
    count = service_take_port_bytes(&edge->service, bytes, sizeof bytes);
    if (count == 0 || edge->port.fd < 0) return;
    wirelog_write(&edge->log, true, bytes, count, now_ns);
    if (port_write(&edge->port, bytes, count, &put) != RESULT_OK || put != count)
        lose_port(edge, now_ns);
}

/* Arrow and page keys come as escape sequences: into the axes' letters. */
static void take_keys(struct edge *edge) {
    static const struct {
        const char *sequence;
        char key;
    } special[] = {{"\033[A", 'Y'}, {"\033[B", 'y'},  {"\033[C", 'X'},
                   {"\033[D", 'x'}, {"\033[5~", 'C'}, {"\033[6~", 'c'}};
    char bytes[64];
    ssize_t got = read(STDIN_FILENO, bytes, sizeof bytes - 1);
    if (got <= 0) {
        edge->has_keys = false; /* the terminal has gone: no key can be held */
        service_on_key(&edge->service, 'q', clock_now_ns());
        return;
    }
    bytes[got] = '\0';
    for (const char *at = bytes; *at;) {
        char key = *at;
        size_t length = 1;
        for (size_t i = 0; i < sizeof special / sizeof *special; i++)
            if (strncmp(at, special[i].sequence, strlen(special[i].sequence)) == 0) {
                key = special[i].key;
                length = strlen(special[i].sequence);
            }
        service_on_key(&edge->service, key, clock_now_ns());
        at += length;
    }
}

/* Keys count from the moment on at which the rig is ready; what was typed before is forgotten. */
static bool takes_keys(struct edge *edge) {
    bool is_ready = edge->service.phase == SERVICE_WORKING;
    if (is_ready && !edge->was_ready) (void)tcflush(STDIN_FILENO, TCIFLUSH);
    edge->was_ready = is_ready;
    return edge->has_keys && is_ready;
}

static void step(struct edge *edge) {
    struct pollfd set[] = {{edge->port.fd, POLLIN, 0},
                           {edge->signal_fd, POLLIN, 0},
                           {takes_keys(edge) ? STDIN_FILENO : -1, POLLIN, 0}};
    struct signalfd_siginfo info;
    int64_t wait_ns = service_next_ns(&edge->service) - clock_now_ns();
    (void)poll(set, 3, wait_ns <= 0 ? 0 : (int)((wait_ns + NS_PER_MS - 1) / NS_PER_MS));
    if (set[1].revents && read(edge->signal_fd, &info, sizeof info) == (ssize_t)sizeof info)
        service_stop(&edge->service, clock_now_ns());
    if (set[2].revents) take_keys(edge);
    exchange(edge);
    print_lines(edge);
}

/* The port is open: run the task to its end. */
static void run_task(struct edge *edge, enum service_task task, const struct rig *rig) {
    struct service_setup setup = {.rig = rig,
                                  .task = task,
                                  .is_rig_empty = edge->options->is_rig_empty,
                                  .is_head_watched = edge->options->is_head_watched,
                                  .probe_mm = edge->options->depth_mm};
    service_init(&edge->service, &setup, clock_now_ns());
    wirelog_mark_open(&edge->log, clock_now_ns());
    service_open(&edge->service, clock_now_ns());
    while (edge->service.phase != SERVICE_ENDED) step(edge);
    if (!edge->service.is_stopping) return;
    for (int64_t end_ns = clock_now_ns() + LAST_NS; clock_now_ns() < end_ns && edge->port.fd >= 0;)
        step(edge);
}

static enum result open_edge(struct edge *edge, struct error *err) {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    edge->signal_fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
    if (edge->options->wire_log) {
        enum result result =
            wirelog_create(&edge->log, edge->options->wire_log, clock_now_ns(), err);
        if (result != RESULT_OK) return result;
    }
    return port_open(edge->options->port, edge->options->baud, &edge->port, err);
}

static void close_edge(struct edge *edge) {
    port_close(&edge->port);
    wirelog_close(&edge->log);
    if (edge->signal_fd >= 0) close(edge->signal_fd);
}

/* `smprig calibrate depth` and `smprig rig probe` read them. */
static enum result write_touches(const struct edge *edge, struct error *err) {
    const struct service *service = &edge->service;
    struct file_writer writer;
    enum result result = file_writer_open(&writer, edge->options->touches_path, err);
    if (result != RESULT_OK) return result;
    fputs("# t/s x/mm y/mm z/mm of the tip in the rig frame at each contact, and the stroke/mm\n",
          writer.stream);
    for (size_t i = 0; i < service->touch_count; i++) {
        const struct service_touch *touch = &service->touches[i];
        fprintf(writer.stream, "%.6f %.5f %.5f %.5f %.5f\n", ns_to_s(touch->at_ns), touch->p_rig.x,
                touch->p_rig.y, touch->p_rig.z, touch->stroke_mm);
    }
    return file_writer_commit(&writer, err);
}

static void begin_keys(struct edge *edge) {
    struct termios raw;
    if (edge->options->is_head_watched)
        puts("a blunt probe must stand in the holder, never a needle; t touches the skin");
    puts(
        "arrows move X and Y, page keys C, letters their axis (capital: plus); a blank stops, q "
        "ends");
    edge->has_keys = true;
    if (tcgetattr(STDIN_FILENO, &edge->before) != 0) return; /* keys from a pipe */
    raw = edge->before;
    raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
    (void)tcsetattr(STDIN_FILENO, TCSANOW, &raw);
}

static void end_keys(struct edge *edge) {
    if (isatty(STDIN_FILENO)) (void)tcsetattr(STDIN_FILENO, TCSANOW, &edge->before);
}

static bool is_wanted(const struct edge *edge, size_t differences) {
    char answer[8] = "";
    if (edge->options->is_confirmed) return true;
    printf("write %zu settings to the board? [y/N] ", differences);
    fflush(stdout);
    return fgets(answer, sizeof answer, stdin) && (answer[0] == 'y' || answer[0] == 'Y');
}

/* The board's settings as they were, before anything is written. */
static enum result keep_old(struct edge *edge, struct error *err) {
    char path[64];
    time_t now = time(NULL);
    struct tm date;
    struct file_writer writer;
    const char *name = edge->options->old_path;
    strftime(path, sizeof path, "board-settings-%Y%m%d-%H%M%S.txt", localtime_r(&now, &date));
    if (!name) name = path;
    enum result result = file_writer_open(&writer, name, err);
    if (result != RESULT_OK) return result;
    service_print_settings(&edge->service, writer.stream);
    result = file_writer_commit(&writer, err);
    if (result == RESULT_OK) printf("the old settings are in %s\n", name);
    return result;
}

static int tell_outcome(const struct edge *edge) {
    const struct service *service = &edge->service;
    if (service->outcome == RESULT_OK) {
        printf("%s\n", service->text);
        return EX_OK;
    }
    fprintf(stderr, "smprig rig: %s\n", service->text);
    return result_exit_code(service->outcome);
}

static int run_doctor(struct edge *edge, const struct rig *rig) {
    run_task(edge, SERVICE_TASK_DOCTOR, rig);
    if (edge->options->is_json)
        service_print_json(&edge->service, stdout);
    else
        service_print_table(&edge->service, stdout);
    if (edge->options->is_json)
        return edge->service.outcome == RESULT_OK ? EX_OK : result_exit_code(edge->service.outcome);
    size_t advice = service_count_differences(&edge->service, false);
    if (edge->service.outcome == RESULT_OK && advice)
        printf(
            "the board can be used; %zu settings would be better otherwise: "
            "smprig rig setup --write\n",
            advice);
    return tell_outcome(edge);
}

static int run_setup(struct edge *edge, const struct rig *rig) {
    struct error err = {0};
    run_task(edge, SERVICE_TASK_DOCTOR, rig);
    service_print_table(&edge->service, stdout);
    size_t differences = service_count_differences(&edge->service, false);
    const struct link_setting *settings = NULL;
    if (link_settings(&edge->service.link, &settings) == 0) return tell_outcome(edge);
    if (differences == 0) {
        puts("nothing to write");
        return EX_OK;
    }
    if (!edge->options->writes) {
        printf("%zu settings differ; smprig rig setup --write writes them\n", differences);
        return EX_CONFIG;
    }
    if (!is_wanted(edge, differences)) {
        puts("nothing was written");
        return EX_CONFIG;
    }
    if (keep_old(edge, &err) != RESULT_OK) return service_fail(&err);
    run_task(edge, SERVICE_TASK_SETUP, rig);
    return tell_outcome(edge);
}

int service_run(enum service_task task, const struct service_options *options,
                const struct rig *rig) {
    static struct edge edge; /* too large for a small stack */
    struct error err = {0};
    int code = EX_OK;
    edge = (struct edge){.options = options, .port = {.fd = -1}, .signal_fd = -1};
    if (open_edge(&edge, &err) != RESULT_OK) {
        close_edge(&edge);
        return service_fail(&err);
    }
    if (task == SERVICE_TASK_DOCTOR) {
        code = run_doctor(&edge, rig);
    } else if (task == SERVICE_TASK_SETUP) {
        code = run_setup(&edge, rig);
    } else {
        bool is_by_keys = task == SERVICE_TASK_JOG || task == SERVICE_TASK_SKIN;
        if (is_by_keys) begin_keys(&edge);
        run_task(&edge, task, rig);
        if (is_by_keys) end_keys(&edge);
        code = tell_outcome(&edge);
        if (options->touches_path && edge.service.touch_count &&
            write_touches(&edge, &err) != RESULT_OK)
            code = service_fail(&err);
    }
    close_edge(&edge);
    return code;
}
