#include "controller/daemon/daemon.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "controller/daemon/daemon_settings.h"
#include "controller/daemon/guard_client.h"
#include "controller/daemon/in_force.h"
#include "controller/daemon/readiness.h"
#include "controller/daemon/record_entry.h"
#include "controller/daemon/session_record.h"

/* A step that takes longer is told: the guard takes silence of twice that for death. */
#define STEP_LONG_NS (GUARD_HEARTBEAT_LIMIT_MS / 2 * NS_PER_MS)
#define GUARD_WAIT_MS 5000
/* Skin beside the ring hidden for longer than this is an alarm. */
#define RING_HIDDEN_NS (2 * NS_PER_S)
/* Room kept in the outbox for all else while a zone is left out. */
#define SKIP_ROOM 128u
#define IDLE_WAIT_MS 100 /* without a session */
/* Events of one kind taken in one round, so that none starves the others. */
#define ROUND_MAX 64

static enum result open_named_case(struct daemon *daemon, struct error *err) {
    const struct daemon_options *options = &daemon->options;
    struct case_files files = {0};
    struct daemon_case *opened = NULL;
    if (!options->case_path) return RESULT_OK;
    if (text_copy(files.scan_path, sizeof files.scan_path, options->scan_path) != RESULT_OK ||
        text_copy(files.plan_path, sizeof files.plan_path, options->plan_path) != RESULT_OK ||
        text_copy(files.case_path, sizeof files.case_path, options->case_path) != RESULT_OK)
        return error_set(err, RESULT_LIMIT, "a path is longer than %d bytes", GUARD_PATH_MAX - 1);
    if (options->design_path)
        snprintf(files.design_path, sizeof files.design_path, "%s", options->design_path);
    enum result result = daemon_case_open(&files, options->rig_path, &opened, err);
    daemon->now_ns = clock_now_ns();
    return result == RESULT_OK ? daemon_begin_session(daemon, opened, daemon->now_ns, err) : result;
}

enum result daemon_open(struct daemon *daemon, const struct daemon_options *options,
                        struct error *err) {
    *daemon = (struct daemon){.options = *options, .guard_fd = -1};
    notify_open(&daemon->notifier);
    daemon->started_ns = daemon->now_ns = clock_now_ns();
    const struct api_server_setup api = {.socket_path = options->api_path,
                                         .table = {daemon_methods, &daemon_policy, daemon},
                                         .console_uid = options->console_uid};
    enum result result = rig_read(options->rig_path, &daemon->rig, err);
    if (result == RESULT_OK) result = open_named_case(daemon, err);
    if (result == RESULT_OK)
        result = guard_client_connect(options->guard_path, GUARD_WAIT_MS, &daemon->guard_fd, err);
    if (result == RESULT_OK) result = api_server_create(&api, &daemon->api, err);
    if (result != RESULT_OK) daemon_close(daemon);
    return result;
}

void daemon_close(struct daemon *daemon) {
    daemon_end_opening(daemon);
    daemon_end_case(daemon);
    api_server_destroy(&daemon->api);
    jobs_finish(&daemon->jobs);
    if (daemon->guard_fd >= 0) close(daemon->guard_fd);
    daemon->guard_fd = -1;
    notify_close(&daemon->notifier);
}

static void lose_guard(struct daemon *daemon, int64_t now_ns) {
    close(daemon->guard_fd);
    daemon->guard_fd = -1;
    log_error("smprigd", "the guard has gone; what the board held ends needle-out");
    static const struct alarm_words words = {
        "guard", "The guard has gone: no program moves the rig.",
        "What the board held has ended with the needle out.",
        "Start smprig-guard again if it is not up, then load the case: it goes on where it was."};
    alarms_raise(&daemon->alarms, ALARM_HIGH, &words, now_ns);
    if (daemon->opened) daemon_hear(daemon, (struct session_news){.kind = SESSION_NEWS_GUARD_GONE});
}

static void count_trip(struct daemon *daemon, uint64_t first_cause) {
    for (unsigned i = 0; first_cause != daemon->first_cause && i < CONDITION_COUNT; i++)
        daemon->trips[i] += first_cause == CONDITION_BIT(i);
    daemon->first_cause = first_cause;
}

static void on_guard_event(struct daemon *daemon, const struct guard_event *event, int64_t now_ns) {
    if (event->kind == GUARD_EVENT_REFUSED) log_warning("guard", "refused: %s", event->text);
    if (!daemon->opened) return;
    daemon_hear(daemon, (struct session_news){.kind = SESSION_NEWS_GUARD, .as.event = *event});
    if (event->kind == GUARD_EVENT_STATE) count_trip(daemon, event->state.first_cause);
    if (event->kind == GUARD_EVENT_STATE &&
        alarms_on_guard(&daemon->alarms, &event->state, event->text, daemon->session.wants_run,
                        now_ns))
        daemon->notify_ns = now_ns; /* an alarm waits for nobody */
}

/* What a round waits for. Only what is ready is read: a round comes each millisecond while the
 * needle works, and asking everybody in vain would cost more than all that is done. */
enum wait {
    WAIT_SIGNAL,
    WAIT_GUARD,
    WAIT_VISION,
    WAIT_JOURNAL,
    WAIT_OPENING,
    WAIT_FEED,
    WAIT_ENTRY,
    WAIT_API
};
struct round {
    struct pollfd set[WAIT_API + API_POLL_MAX];
    size_t count;
};

static bool is_ready(const struct round *round, enum wait what) {
    return round->set[what].fd >= 0 && round->set[what].revents != 0;
}

static void take_guard_events(struct daemon *daemon, int64_t now_ns) {
    struct guard_event event;
    for (int i = 0; i < ROUND_MAX && daemon->guard_fd >= 0; i++) {
        enum result result = guard_client_receive(daemon->guard_fd, &event);
        if (result == RESULT_NOT_FOUND) return;
        if (result == RESULT_OK)
            on_guard_event(daemon, &event, now_ns);
        else
            lose_guard(daemon, now_ns);
    }
}

/* A ring that has slipped stays so until it is registered anew: nobody should wait for it. */
static void watch_ring(struct daemon *daemon, const struct head_pose *head, int64_t now_ns) {
    static const struct alarm_words words = {
        "ring on the skin", "The ring of tags has slipped, or the skin beside it is hidden.",
        "No strike is made by its pose.",
        "Uncover the skin. If the ring has moved: seat it, register anew, load the case."};
    if (head->state != HEAD_LOST || head->reason != HEAD_REASON_RING_SLIPPED) {
        daemon->ring_good_ns = now_ns;
        alarms_clear(&daemon->alarms, words.cause);
    } else if (now_ns - daemon->ring_good_ns > RING_HIDDEN_NS) {
        alarms_raise(&daemon->alarms, ALARM_MEDIUM, &words, now_ns);
    }
}

static void take_pose(struct daemon *daemon, int64_t now_ns) {
    struct session_news news = {.kind = SESSION_NEWS_POSE};
    if (!daemon->opened || !vision_thread_take(daemon->vision, &news.as.head)) return;
    daemon_record_looks(daemon);
    daemon_hear(daemon, news);
    watch_ring(daemon, &news.as.head, now_ns);
}

static void fail_journal(struct daemon *daemon, const char *why, int64_t now_ns) {
    static const struct alarm_words words = {"journal", "The case file cannot be written.",
                                             "Nothing more is struck; the rig holds.",
                                             "Make room on its disk, then start anew."};
    alarms_raise(&daemon->alarms, ALARM_HIGH, &words, now_ns);
    struct session_news news = {.kind = SESSION_NEWS_JOURNAL_FAILED};
    snprintf(news.text, sizeof news.text, "%s", why);
    daemon_hear(daemon, news);
}

static void take_journal_news(struct daemon *daemon, int64_t now_ns) {
    struct journal_writer_news news;
    if (!daemon->opened) return;
    journal_writer_read(daemon->opened->writer, &news);
    daemon_hear(daemon,
                (struct session_news){.kind = SESSION_NEWS_DURABLE, .as.entry = news.durable});
    if (!news.is_healthy) fail_journal(daemon, news.why, now_ns);
}

/* The one that did not go out, or the next of the outbox. */
static bool next_request(struct daemon *daemon) {
    if (daemon->has_unsent) return true;
    if (!outbox_take_request(&daemon->outbox, &daemon->unsent)) return false;
    session_record_request(recorder_writer(daemon->recorder), daemon->now_ns, &daemon->unsent);
    return true;
}

static void send_requests(struct daemon *daemon, int64_t now_ns) {
    while (daemon->guard_fd >= 0 && next_request(daemon)) {
        enum result result = guard_client_send(daemon->guard_fd, &daemon->unsent);
        daemon->has_unsent = result == RESULT_LIMIT;
        if (result == RESULT_LIMIT) return;
        if (result != RESULT_OK) lose_guard(daemon, now_ns);
    }
}

static void post_entries(struct daemon *daemon, int64_t now_ns) {
    struct journal_entry entry;
    while (outbox_take_entry(&daemon->outbox, &entry)) {
        session_record_entry(recorder_writer(daemon->recorder), now_ns, &entry);
        const struct event_line *newest = event_log_at(&daemon->log, daemon->log.last_number);
        bool is_said = newest && strcmp(newest->text, entry.text) == 0; /* an audited call */
        if (entry.kind == JOURNAL_EVENT && !is_said)
            daemon_say(daemon, EVENT_INFO, "%s", entry.text);
        if (entry.kind == JOURNAL_DOUBTFUL || entry.kind == JOURNAL_SKIPPED)
            daemon_say(daemon, EVENT_WARNING, "dot %u %s: %s", entry.dot,
                       journal_kind_name(entry.kind), entry.text);
        if (journal_writer_post(daemon->opened->writer, &entry) == RESULT_OK) continue;
        if (daemon->entries_lost++ == 0)
            fail_journal(daemon, "the journal's disk does not keep up", now_ns);
    }
}

static void start_if_asked(struct daemon *daemon) {
    enum session_phase phase = daemon->session.phase;
    if (!daemon->options.starts_at_once || (phase != SESSION_LOCKED && phase != SESSION_READY))
        return;
    struct error err = {0};
    struct session_news start = {.kind = SESSION_NEWS_CALL, .as.call = SESSION_CALL_START};
    if (daemon_take(daemon, &start, &err) != RESULT_OK) log_warning("smprigd", "%s", err.text);
    daemon->options.starts_at_once =
        false; /* once: after a hold or an abort the operator decides */
}

/* Leave out the dots of skipped zones, as many as the outbox takes. */
static void skip_zones(struct daemon *daemon) {
    const struct dot_plan *plan = &daemon->opened->plan;
    bool is_complete = true;
    for (size_t i = 0; daemon->skipped_zones && i < plan->dot_count; i++) {
        bool is_meant = daemon->skipped_zones & UINT32_C(1) << plan->dots[i].zone;
        if (!is_meant || daemon->opened->fates[i] != FATE_PENDING) continue;
        is_complete = false;
        if (!outbox_has_room(&daemon->outbox, SKIP_ROOM)) break;
        daemon_skip(daemon, (uint32_t)i, daemon->skip_why);
    }
    if (is_complete) daemon->skipped_zones = 0;
}

/* The page in command has fallen silent (hazard 34). */
static void watch_seat(struct daemon *daemon, int64_t now_ns) {
    static const struct alarm_words words = {
        "page in command", "The page in command has gone: closed, asleep, or cut off.",
        "The running strike has ended, the rig holds.", "Open the console, take command, resume."};
    struct command_person lost;
    char why[SESSION_REASON_MAX];
    if (!command_tick(&daemon->seat, now_ns, &lost)) return;
    snprintf(why, sizeof why, "the page of %.40s, who was in command, has gone", lost.name);
    daemon_say(daemon, EVENT_ALARM, "%s", why);
    if (daemon->opened && daemon->session.phase == SESSION_RUNNING)
        alarms_raise(&daemon->alarms, ALARM_MEDIUM, &words, now_ns);
    if (daemon->opened) daemon_hold_for(daemon, why);
    daemon->notify_ns = now_ns;
}

static int timeout_ms(const struct daemon *daemon, int64_t now_ns) {
    if (!daemon->opened) return IDLE_WAIT_MS;
    int64_t wait_ns = session_next_ns(&daemon->session, now_ns) - now_ns;
    int wait_ms = wait_ns <= 0 ? 0 : (int)((wait_ns + NS_PER_MS - 1) / NS_PER_MS);
    /* A guard that reads a case does not read us: what is due cannot go out, so do not spin. */
    return wait_ms == 0 && daemon->has_unsent ? 1 : wait_ms;
}

/* A line for `systemctl status` at each change of phase, and the watchdog's due. */
static void tell_manager(struct daemon *daemon, bool is_ready) {
    char status[128];
    enum session_phase phase = daemon->opened ? daemon->session.phase : SESSION_PHASE_COUNT;
    notify_alive(&daemon->notifier, clock_now_ns());
    if (!is_ready && phase == daemon->told_manager) return;
    daemon->told_manager = phase;
    if (daemon->opened)
        snprintf(status, sizeof status, "%s %s", daemon->opened->files.name,
                 session_phase_name(phase));
    else
        snprintf(status, sizeof status, "no case; nothing moves until one is loaded and started");
    if (is_ready)
        notify_ready(&daemon->notifier, status);
    else
        notify_status(&daemon->notifier, status);
}

/* News that came in, from the most urgent on. */
static void take_news(struct daemon *daemon, const struct round *round, int64_t now_ns) {
    if (is_ready(round, WAIT_GUARD)) take_guard_events(daemon, now_ns);
    if (is_ready(round, WAIT_VISION)) take_pose(daemon, now_ns);
    if (is_ready(round, WAIT_JOURNAL)) take_journal_news(daemon, now_ns);
    api_server_step(daemon->api, round->set + WAIT_API, round->count - WAIT_API, now_ns);
    if (is_ready(round, WAIT_OPENING)) daemon_take_opened(daemon, now_ns);
    if (is_ready(round, WAIT_ENTRY)) record_entry_take(daemon);
}

static void step(struct daemon *daemon, const struct round *round) {
    int64_t now_ns = clock_now_ns(), away_ns = now_ns - daemon->now_ns;
    daemon->now_ns = now_ns;
    if (daemon->opened && away_ns > STEP_LONG_NS)
        log_warning("smprigd", "the loop came round after %d ms: the machine is too busy",
                    (int)(away_ns / NS_PER_MS));
    take_news(daemon, round, now_ns);
    watch_seat(daemon, now_ns);
    if (daemon->opened) {
        readiness_age(daemon, time(NULL));
        start_if_asked(daemon);
        skip_zones(daemon);
        daemon_hear(daemon, (struct session_news){.kind = SESSION_NEWS_TICK});
        alarms_note_new(daemon);
        post_entries(daemon, now_ns);
        send_requests(daemon, now_ns);
        session_record_rest(recorder_writer(daemon->recorder), now_ns, &daemon->outbox);
        recorder_look(daemon->recorder, now_ns);
    }
    if (daemon->opened) calibrating_tick(daemon, now_ns);
    if (daemon->opened) daemon_reload_if_asked(daemon);
    if (jobs_tick(&daemon->jobs, now_ns)) daemon->notify_ns = now_ns;
    if (daemon->opened) daemon_tell_camera(daemon, is_ready(round, WAIT_FEED), now_ns);
    daemon_notify(daemon, now_ns);
    tell_manager(daemon, false);
    int64_t took_ns = clock_now_ns() - now_ns;
    if (took_ns > daemon->step_worst_ns) daemon->step_worst_ns = took_ns;
    if (took_ns > STEP_LONG_NS)
        log_warning("smprigd", "a step took %d ms: the machine is too busy, or a bug",
                    (int)(took_ns / NS_PER_MS));
}

static void reload(struct daemon *daemon) {
    char sentence[ERROR_TEXT_MAX];
    struct error err = {0};
    notify_reloading(&daemon->notifier, clock_now_ns());
    if (!daemon->options.given)
        log_warning("smprigd", "SIGHUP: there are no settings to read again");
    else if (daemon_reload(daemon, sentence, sizeof sentence, &err) == RESULT_OK)
        daemon_say(daemon, EVENT_INFO, "%s", sentence);
    else
        daemon_say(daemon, EVENT_WARNING, "%s", err.text);
    tell_manager(daemon, true);
}

/* True when told to end. */
static bool take_signal(struct daemon *daemon, int signal_fd) {
    struct signalfd_siginfo info;
    if (read(signal_fd, &info, sizeof info) != (ssize_t)sizeof info) return false;
    if (info.ssi_signo != SIGHUP) return true;
    reload(daemon);
    return false;
}

static enum result outcome(struct daemon *daemon, struct error *err) {
    if (daemon->opened && daemon->session.phase == SESSION_FINISHED) return RESULT_OK;
    if (daemon->opened && daemon->session.phase == SESSION_FAILED)
        return error_set(err, RESULT_REFUSED, "%s", daemon->session.reason);
    return error_set(err, RESULT_CLOSED, "ended by a signal; the case can be taken up again");
}

static enum result wait_for_news(struct daemon *daemon, int signal_fd, struct round *ret_round,
                                 struct error *err) {
    struct pollfd *set = ret_round->set;
    short wanted = daemon->has_unsent ? POLLIN | POLLOUT : POLLIN;
    int vision_fd = daemon->opened ? vision_thread_descriptor(daemon->vision) : -1;
    int feed_fd = daemon->opened ? camera_feed_descriptor(vision_thread_feed(daemon->vision)) : -1;
    int journal_fd = daemon->opened ? journal_writer_descriptor(daemon->opened->writer) : -1;
    set[WAIT_SIGNAL] = (struct pollfd){.fd = signal_fd, .events = POLLIN};
    set[WAIT_GUARD] = (struct pollfd){.fd = daemon->guard_fd, .events = wanted};
    set[WAIT_VISION] = (struct pollfd){.fd = vision_fd, .events = POLLIN};
    set[WAIT_JOURNAL] = (struct pollfd){.fd = journal_fd, .events = POLLIN};
    set[WAIT_OPENING] = (struct pollfd){.fd = daemon_opening_descriptor(daemon), .events = POLLIN};
    set[WAIT_FEED] = (struct pollfd){.fd = feed_fd, .events = POLLIN};
    set[WAIT_ENTRY] =
        (struct pollfd){.fd = record_entry_descriptor(daemon->entry), .events = POLLIN};
    ret_round->count = WAIT_API + api_server_poll_set(daemon->api, set + WAIT_API, API_POLL_MAX);
    int ready = poll(set, (nfds_t)ret_round->count, timeout_ms(daemon, clock_now_ns()));
    if (ready < 0 && errno != EINTR) return error_set(err, RESULT_IO, "poll: %s", strerror(errno));
    for (size_t i = 0; ready < 0 && i < ret_round->count; i++) set[i].revents = 0;
    return RESULT_OK;
}

enum result daemon_run(struct daemon *daemon, int signal_fd, struct error *err) {
    tell_manager(daemon, true);
    while (!daemon->is_ending) {
        struct round round;
        if (wait_for_news(daemon, signal_fd, &round, err) != RESULT_OK) return RESULT_IO;
        step(daemon, &round);
        bool is_over =
            daemon->options.exits_when_done && daemon->opened && session_is_over(&daemon->session);
        bool is_told = is_ready(&round, WAIT_SIGNAL) && take_signal(daemon, signal_fd);
        daemon->is_ending = is_told || is_over;
    }
    notify_stopping(&daemon->notifier, "ending; no new strike is sent");
    return outcome(daemon, err);
}
