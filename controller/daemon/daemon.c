#include "controller/daemon/daemon.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "controller/daemon/guard_client.h"
#include "controller/daemon/readiness.h"
#include "controller/journal/struck.h"

#define GUARD_WAIT_MS 5000
#define NOTIFY_PERIOD_NS (100 * NS_PER_MS)
#define AIM_TOLERANCE_MM 0.03
#define STRIKE_LEAD_NS (12 * NS_PER_MS)
#define COMMAND_LATENCY_NS (4 * NS_PER_MS)
#define POSE_AGE_MAX_NS (80 * NS_PER_MS) /* hazard 4's ceiling, for 30 Hz */
/* Events of one kind taken in one round, so that none starves the others. */
#define ROUND_MAX 64

static enum result bind_file(const char *path, char *ret_path, char ret_sha256[SHA256_HEX_SIZE],
                             struct error *err) {
    char whole[PATH_MAX];
    if (!realpath(path, whole))
        return error_set(err, RESULT_NOT_FOUND, "%s: %s", path, strerror(errno));
    if (text_copy(ret_path, GUARD_PATH_MAX, whole) != RESULT_OK)
        return error_set(err, RESULT_LIMIT, "%s: the path is too long for the guard", whole);
    return file_sha256(path, ret_sha256, err);
}

static enum result read_files(struct daemon *daemon, struct error *err) {
    const struct daemon_options *options = &daemon->options;
    struct guard_load *load = &daemon->load;
    enum result result = rig_read(options->rig_path, &daemon->rig, err);
    if (result == RESULT_OK) result = dot_plan_read(options->plan_path, &daemon->plan, err);
    if (result == RESULT_OK)
        result = bind_file(options->rig_path, load->rig_path, load->rig_sha256, err);
    if (result == RESULT_OK)
        result = bind_file(options->scan_path, load->scan_path, load->scan_sha256, err);
    if (result == RESULT_OK)
        result = bind_file(options->plan_path, load->plan_path, load->plan_sha256, err);
    if (result == RESULT_OK && strcmp(daemon->plan.scan_sha256, load->scan_sha256) != 0)
        result = error_set(err, RESULT_REFUSED,
                           "%s was made for another scan than %s: make the plan anew, or give the "
                           "scan that it was made for",
                           options->plan_path, options->scan_path);
    if (result == RESULT_OK) result = field_of_scan(options->scan_path, &daemon->field, err);
    return result;
}

static enum result open_case(struct daemon *daemon, struct error *err) {
    struct journal_binding binding = {daemon->load.scan_sha256, daemon->load.plan_sha256};
    size_t count = daemon->plan.dot_count;
    enum result result =
        journal_open(daemon->options.case_path, &daemon->plan, binding, &daemon->journal, err);
    if (result != RESULT_OK) return result;
    daemon->fates = calloc(count + 1, sizeof *daemon->fates);
    daemon->order = calloc(count + 1, sizeof *daemon->order);
    daemon->hours_ago = calloc(count + 1, sizeof *daemon->hours_ago);
    if (!daemon->fates || !daemon->order || !daemon->hours_ago)
        return error_set(err, RESULT_NO_MEMORY, "out of memory for %zu dots", count);
    for (size_t i = 0; i < count; i++) {
        daemon->fates[i] = (uint8_t)journal_fate(daemon->journal, daemon->plan.dots[i].id);
        daemon->order[i] = (uint32_t)i; /* the plan file is in the order of striking */
    }
    size_t doubtful = journal_count(daemon->journal, FATE_DOUBTFUL);
    log_info("smprigd", "case %s: %zu dots, %zu done, %zu skipped, %zu doubtful",
             daemon->options.case_path, count, journal_count(daemon->journal, FATE_DONE),
             journal_count(daemon->journal, FATE_SKIPPED), doubtful);
    result = journal_struck_hours(daemon->journal, &daemon->plan, (int64_t)time(NULL),
                                  daemon->hours_ago, err);
    if (result != RESULT_OK) return result;
    return journal_writer_create(daemon->journal, &daemon->writer, err);
}

static void begin_session(struct daemon *daemon) {
    struct session_setup setup = {.striker = {.rig = &daemon->rig,
                                              .plan = &daemon->plan,
                                              .order = daemon->order,
                                              .order_count = daemon->plan.dot_count,
                                              .field = &daemon->field.view,
                                              .predictor = vision_thread_predictor(daemon->vision),
                                              .aim_tolerance_mm = AIM_TOLERANCE_MM,
                                              .lead_ns = STRIKE_LEAD_NS,
                                              .latency_ns = COMMAND_LATENCY_NS,
                                              .pose_age_max_ns = POSE_AGE_MAX_NS},
                                  .load = daemon->load,
                                  .hours_ago = daemon->hours_ago,
                                  .uncalibrated_why = daemon->uncalibrated_why,
                                  .inputs = readiness_inputs(daemon) | GUARD_INPUT_DEADMAN_HELD |
                                            GUARD_INPUT_CLIENT_PRESENT | GUARD_INPUT_CASE_CLEARED |
                                            GUARD_INPUT_JOURNAL_HEALTHY |
                                            GUARD_INPUT_PIGMENT_READY | GUARD_INPUT_NEEDLE_READY};
    session_init(&daemon->session, &setup, daemon->fates, clock_now_ns());
    outbox_entry(&daemon->outbox, JOURNAL_RUN_START, JOURNAL_NO_DOT, clock_now_ns(), "");
}

enum result daemon_open(struct daemon *daemon, const struct daemon_options *options,
                        struct error *err) {
    *daemon = (struct daemon){.options = *options, .guard_fd = -1};
    struct vision_files files = {options->cameras_path, options->ring_path, options->frames, NULL};
    enum result result = read_files(daemon, err);
    if (result == RESULT_OK) {
        readiness_check(daemon, time(NULL));
        if (daemon->calibration.has_registration)
            files.T_head_ring = &daemon->calibration.registration.T_head_ring;
        result = open_case(daemon, err);
    }
    if (result == RESULT_OK) result = vision_thread_create(&files, &daemon->vision, err);
    if (result == RESULT_OK)
        result = guard_client_connect(options->guard_path, GUARD_WAIT_MS, &daemon->guard_fd, err);
    if (result == RESULT_OK)
        result = api_server_create(options->api_path, daemon_methods, daemon, &daemon->api, err);
    if (result == RESULT_OK)
        begin_session(daemon);
    else
        daemon_close(daemon);
    return result;
}

void daemon_close(struct daemon *daemon) {
    api_server_destroy(&daemon->api);
    vision_thread_destroy(&daemon->vision);
    if (daemon->guard_fd >= 0) close(daemon->guard_fd);
    daemon->guard_fd = -1;
    journal_writer_destroy(&daemon->writer);
    journal_close(&daemon->journal);
    field_release(&daemon->field);
    dot_plan_release(&daemon->plan);
    free(daemon->fates);
    free(daemon->order);
    free(daemon->hours_ago);
    daemon->fates = NULL;
    daemon->order = NULL;
    daemon->hours_ago = NULL;
}

static void lose_guard(struct daemon *daemon, int64_t now_ns) {
    close(daemon->guard_fd);
    daemon->guard_fd = -1;
    log_error("smprigd", "the guard has gone; what the board held ends needle-out");
    session_on_guard_gone(&daemon->session, &daemon->outbox, now_ns);
}

static void take_guard_events(struct daemon *daemon, int64_t now_ns) {
    struct guard_event event;
    for (int i = 0; i < ROUND_MAX && daemon->guard_fd >= 0; i++) {
        enum result result = guard_client_receive(daemon->guard_fd, &event);
        if (result == RESULT_NOT_FOUND) return;
        if (result != RESULT_OK) {
            lose_guard(daemon, now_ns);
            return;
        }
        if (event.kind == GUARD_EVENT_REFUSED) log_warning("guard", "refused: %s", event.text);
        session_on_guard(&daemon->session, &event, &daemon->outbox, now_ns);
    }
}

static void take_pose(struct daemon *daemon, int64_t now_ns) {
    struct head_pose head;
    if (vision_thread_take(daemon->vision, &head))
        session_on_pose(&daemon->session, &head, &daemon->outbox, now_ns);
}

static void take_journal_news(struct daemon *daemon, int64_t now_ns) {
    struct journal_writer_news news;
    journal_writer_read(daemon->writer, &news);
    session_on_durable(&daemon->session, news.durable);
    if (!news.is_healthy)
        session_on_journal_failed(&daemon->session, news.why, &daemon->outbox, now_ns);
}

static void send_requests(struct daemon *daemon, int64_t now_ns) {
    while (daemon->guard_fd >= 0 &&
           (daemon->has_unsent || outbox_take_request(&daemon->outbox, &daemon->unsent))) {
        enum result result = guard_client_send(daemon->guard_fd, &daemon->unsent);
        daemon->has_unsent = result == RESULT_LIMIT;
        if (result == RESULT_LIMIT) return;
        if (result != RESULT_OK) lose_guard(daemon, now_ns);
    }
}

static void post_entries(struct daemon *daemon, int64_t now_ns) {
    struct journal_entry entry;
    while (outbox_take_entry(&daemon->outbox, &entry)) {
        if (entry.kind == JOURNAL_EVENT) log_info("session", "%s", entry.text);
        if (journal_writer_post(daemon->writer, &entry) == RESULT_OK) continue;
        if (daemon->entries_lost++ == 0)
            session_on_journal_failed(&daemon->session, "the journal's disk does not keep up",
                                      &daemon->outbox, now_ns);
    }
}

static void notify(struct daemon *daemon, int64_t now_ns) {
    if (now_ns < daemon->notify_ns || !api_server_has_subscribers(daemon->api)) return;
    daemon->notify_ns = now_ns + NOTIFY_PERIOD_NS;
    json_t *state = daemon_state_json(daemon, now_ns);
    if (!state) return;
    api_server_notify(daemon->api, "state", state);
    json_decref(state);
}

static void start_if_asked(struct daemon *daemon, int64_t now_ns) {
    if (!daemon->options.starts_at_once || daemon->session.phase != SESSION_READY) return;
    struct error err = {0};
    if (session_call(&daemon->session, SESSION_CALL_START, &daemon->outbox, now_ns, &err) !=
        RESULT_OK)
        log_warning("smprigd", "%s", err.text);
    daemon->options.starts_at_once =
        false; /* once: after a hold or an abort the operator decides */
}

static int timeout_ms(const struct daemon *daemon, int64_t now_ns) {
    int64_t wait_ns = session_next_ns(&daemon->session, now_ns) - now_ns;
    return wait_ns <= 0 ? 0 : (int)((wait_ns + NS_PER_MS - 1) / NS_PER_MS);
}

static void step(struct daemon *daemon) {
    int64_t now_ns = clock_now_ns();
    take_guard_events(daemon, now_ns);
    take_pose(daemon, now_ns);
    take_journal_news(daemon, now_ns);
    api_server_step(daemon->api, now_ns);
    readiness_age(daemon, time(NULL));
    start_if_asked(daemon, now_ns);
    session_tick(&daemon->session, &daemon->outbox, now_ns);
    post_entries(daemon, now_ns);
    send_requests(daemon, now_ns);
    notify(daemon, now_ns);
}

static bool has_signal(int signal_fd) {
    struct signalfd_siginfo info;
    return read(signal_fd, &info, sizeof info) == (ssize_t)sizeof info;
}

static enum result outcome(struct daemon *daemon, struct error *err) {
    if (daemon->session.phase == SESSION_FINISHED) return RESULT_OK;
    if (daemon->session.phase == SESSION_FAILED)
        return error_set(err, RESULT_REFUSED, "%s", daemon->session.reason);
    return error_set(err, RESULT_CLOSED, "ended by a signal; the case can be taken up again");
}

enum result daemon_run(struct daemon *daemon, int signal_fd, struct error *err) {
    struct pollfd set[4 + 1 + API_CLIENTS_MAX];
    while (!daemon->is_ending) {
        short wanted = daemon->has_unsent ? POLLIN | POLLOUT : POLLIN;
        set[0] = (struct pollfd){.fd = signal_fd, .events = POLLIN};
        set[1] = (struct pollfd){.fd = daemon->guard_fd, .events = wanted};
        set[2] = (struct pollfd){.fd = vision_thread_descriptor(daemon->vision), .events = POLLIN};
        set[3] = (struct pollfd){.fd = journal_writer_descriptor(daemon->writer), .events = POLLIN};
        size_t count = 4 + api_server_poll_set(daemon->api, set + 4, 1 + API_CLIENTS_MAX);
        if (poll(set, (nfds_t)count, timeout_ms(daemon, clock_now_ns())) < 0 && errno != EINTR)
            return error_set(err, RESULT_IO, "poll: %s", strerror(errno));
        step(daemon);
        bool is_over = session_is_over(&daemon->session) && daemon->options.exits_when_done;
        daemon->is_ending = is_over || has_signal(signal_fd);
    }
    int64_t now_ns = clock_now_ns();
    if (!session_is_over(&daemon->session)) {
        striker_stop(&daemon->session.striker, &daemon->outbox, now_ns);
        log_info("smprigd", "ending: no new strike is sent");
    }
    outbox_entry(&daemon->outbox, JOURNAL_RUN_END, JOURNAL_NO_DOT, now_ns,
                 session_phase_name(daemon->session.phase));
    post_entries(daemon, now_ns);
    return outcome(daemon, err);
}
