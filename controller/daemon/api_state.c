/* The session's state as JSON, and what of it has changed since subscribers heard last. */
#include <stdio.h>

#include "base/clock.h"
#include "controller/daemon/api_rig.h"
#include "controller/daemon/daemon.h"
#include "motion/kinematics.h"
#include "safety/supervisor.h"

/* Dots that the page shows as next. */
#define NEXT_DOTS 20
/* Time left is told from so many dots on, as a range of this relative half width until this share
 * is done. */
#define EARLY_DOTS 20
#define EARLY_SHARE 0.02
#define EARLY_SPREAD 0.3

static double rate_now(const struct rate_window *rate) {
    size_t oldest = (rate->newest + 1) % RATE_SAMPLES;
    if (rate->running_ns[oldest] == 0) oldest = 0;
    double span_s = ns_to_s(rate->running_ns[rate->newest] - rate->running_ns[oldest]);
    return span_s > 0 ? (double)(rate->done[rate->newest] - rate->done[oldest]) / span_s : 0;
}

/* From the whole run's pace, pauses left out; null while the way to the first dot weighs in it. */
static json_t *time_left_json(const struct daemon *daemon, double running_s, size_t pending) {
    const struct striker *striker = &daemon->session.striker;
    if (striker->done_count < EARLY_DOTS) return json_null();
    double left_s = running_s / (double)striker->done_count * (double)pending;
    double share = (double)striker->done_count / (double)daemon->opened->plan.dot_count;
    double spread = share < EARLY_SHARE ? EARLY_SPREAD : 0;
    return json_pack("{s:f, s:f}", "low", left_s * (1 - spread), "high", left_s * (1 + spread));
}

/* Speed of the skin under the tool's tip. */
static double tip_speed_mm_s(const struct head_pose *head, struct vec3 tip_rig) {
    return vec3_norm(twist_at(head->velocity, tip_rig));
}

static json_t *head_json(const struct daemon *daemon, struct vec3 tip_rig, int64_t now_ns) {
    const struct head_pose *head = &daemon->session.striker.head;
    double age_ms = (double)(now_ns - head->stamp_ns) / (double)NS_PER_MS;
    double sigma_um =
        1e3 * sqrt((head->covariance[0] + head->covariance[7] + head->covariance[14]) / 3.0);
    return json_pack("{s:s, s:s, s:f, s:o, s:f, s:f, s:i}", "state", head_state_name(head->state),
                     "reason", head_reason_name(head->reason), "speed_mm_s",
                     tip_speed_mm_s(head, tip_rig), "age_ms",
                     head->stamp_ns ? json_real(age_ms) : json_null(), "residual_px",
                     head->residual_px, "sigma_um", sigma_um, "tags", (int)head->tags_used);
}

static json_t *tool_json(const struct daemon *daemon, const struct pose *T_rig_tool) {
    const struct machine_status *machine = &daemon->session.machine;
    const struct head_pose *head = &daemon->session.striker.head;
    struct pose T_head_tool = pose_mul(pose_inverse(head->T_rig_head), *T_rig_tool);
    json_t *axes = json_array();
    for (size_t i = 0; i < daemon->rig.axis_count; i++)
        json_array_append_new(axes, json_real(machine->q[i]));
    json_t *tool = json_pack("{s:o, s:f}", "axes", axes, "needle_mm", machine->needle_mm);
    if (head->state == HEAD_LOST) return tool;
    json_object_set_new(tool, "T_head_rig", pose_json(pose_inverse(head->T_rig_head)));
    json_object_set_new(tool, "p_head_mm", vector_json(T_head_tool.t));
    json_object_set_new(tool, "n_head",
                        vector_json(pose_rotate(T_head_tool, (struct vec3){0, 0, 1})));
    return tool;
}

static json_t *next_json(const struct daemon *daemon) {
    const struct striker *striker = &daemon->session.striker;
    json_t *next = json_array();
    for (size_t i = striker->next;
         i < striker->setup.order_count && json_array_size(next) < NEXT_DOTS; i++) {
        uint32_t index = striker->setup.order[i];
        if (striker->fates[index] == FATE_PENDING)
            json_array_append_new(next, json_integer((json_int_t)index));
    }
    return next;
}

static json_t *zones_json(const struct daemon *daemon) {
    const struct dot_plan *plan = &daemon->opened->plan;
    size_t counts[DOT_PLAN_ZONES_MAX][FATE_COUNT] = {0}, later[DOT_PLAN_ZONES_MAX] = {0};
    json_t *zones = json_array();
    for (size_t i = 0; i < plan->dot_count; i++) {
        counts[plan->dots[i].zone][daemon->opened->fates[i]]++;
        later[plan->dots[i].zone] += daemon->opened->is_later[i];
    }
    for (size_t z = 0; z < plan->zone_count; z++)
        json_array_append_new(
            zones,
            json_pack("{s:s, s:I, s:I, s:I, s:I, s:I}", "name", plan->zone_names[z], "pending",
                      (json_int_t)counts[z][FATE_PENDING], "done", (json_int_t)counts[z][FATE_DONE],
                      "skipped", (json_int_t)(counts[z][FATE_SKIPPED] - later[z]), "doubtful",
                      (json_int_t)counts[z][FATE_DOUBTFUL], "later", (json_int_t)later[z]));
    return zones;
}

static json_t *interlocks_json(const struct daemon *daemon) {
    const struct guard_state_report *guard = &daemon->session.guard;
    uint64_t needed = safety_needs(SAFETY_RUNNING);
    json_t *list = json_array();
    for (enum safety_condition c = 0; c < CONDITION_COUNT; c++) {
        const struct condition_words *words = safety_condition_words(c);
        bool holds = guard->conditions & CONDITION_BIT(c);
        json_array_append_new(
            list,
            json_pack("{s:s, s:b, s:b, s:b, s:s, s:s}", "name", words->name, "holds", holds,
                      "is_needed", (needed & CONDITION_BIT(c)) != 0, "latches", safety_latches(c),
                      "reason", holds ? "" : words->lost, "remedy", holds ? "" : words->remedy));
    }
    return list;
}

static json_t *follower_names(uint64_t bits) {
    json_t *names = json_array();
    for (enum safety_condition c = 0; c < CONDITION_COUNT; c++)
        if (bits & CONDITION_BIT(c))
            json_array_append_new(names, json_string(safety_condition_words(c)->name));
    return names;
}

static json_t *alarms_json(const struct daemon *daemon) {
    json_t *list = json_array();
    for (size_t i = 0; i < daemon->alarms.count; i++) {
        const struct alarm *a = &daemon->alarms.list[i];
        json_array_append_new(
            list, json_pack("{s:i, s:s, s:s, s:s, s:s, s:s, s:s, s:b, s:o}", "number",
                            (int)a->number, "priority", alarm_priority_name(a->priority), "cause",
                            a->cause, "happened", a->happened, "safe", a->safe, "remedy", a->remedy,
                            "acknowledged_by", a->acknowledged_by, "is_present", a->is_present,
                            "followed_by", follower_names(a->followers)));
    }
    return list;
}

static json_t *prompts_json(const struct daemon *daemon) {
    const struct prompts *prompts = &daemon->session.prompts;
    json_t *list = json_array();
    for (enum prompt_kind kind = 0; kind < PROMPT_KIND_COUNT; kind++) {
        if (!prompt_limit(prompts, kind) && !prompts->is_open[kind]) continue;
        json_array_append_new(
            list, json_pack("{s:s, s:i, s:i, s:i, s:b, s:s}", "kind", prompt_name(kind), "used",
                            (int)prompts->used[kind], "limit", (int)prompt_limit(prompts, kind),
                            "answered", (int)prompts->answered[kind], "is_open",
                            prompts->is_open[kind], "text", prompts->text[kind]));
    }
    return list;
}

static json_t *command_json(const struct command_seat *seat) {
    return json_pack("{s:s, s:I, s:s, s:I}", "holder", seat->holder.name, "channel",
                     (json_int_t)seat->holder.channel, "asking", seat->asking.name,
                     "asking_channel", (json_int_t)seat->asking.channel);
}

static json_t *case_json(const struct daemon *daemon) {
    const struct daemon_case *c = daemon->opened;
    return json_pack("{s:s, s:s, s:s, s:s, s:I}", "name", c->files.name, "scan_sha256",
                     c->load.scan_sha256, "plan_sha256", c->load.plan_sha256, "rig_sha256",
                     c->load.rig_sha256, "dots", (json_int_t)c->plan.dot_count);
}

/* All dots by fate over all sessions; `later` ones are not this session's. */
static json_t *dots_json(const struct daemon *daemon) {
    size_t counts[FATE_COUNT] = {0}, later = 0, count = daemon->opened->plan.dot_count;
    for (size_t i = 0; i < count; i++) {
        counts[daemon->opened->fates[i]]++;
        later += daemon->opened->is_later[i];
    }
    return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I}", "planned", (json_int_t)count, "pending",
                     (json_int_t)counts[FATE_PENDING], "struck", (json_int_t)counts[FATE_DONE],
                     "skipped", (json_int_t)(counts[FATE_SKIPPED] - later), "doubtful",
                     (json_int_t)counts[FATE_DOUBTFUL], "later", (json_int_t)later);
}

static json_t *contact_json(double contact_mm) {
    return isfinite(contact_mm) ? json_real(contact_mm) : json_null();
}

static json_t *service_json(const struct technician *technician) {
    return json_pack(
        "{s:s, s:s, s:b, s:s, s:[o, o]}", "task", technician_task_name(technician->task),
        "last_task", technician_task_name(technician->last_task), "has_failed",
        technician->has_failed, "text", technician->text, "contacts_mm",
        contact_json(technician->contacts_mm[0]), contact_json(technician->contacts_mm[1]));
}

/* How well the parts keep their times: the board's answers and buffers, the disk, the loop. */
static json_t *times_json(const struct daemon *daemon) {
    const struct machine_status *machine = &daemon->session.machine;
    uint64_t waiting = daemon->outbox.last_entry - daemon->session.striker.durable;
    double answer_ms = (double)(machine->stamp_ns - machine->asked_ns) / (double)NS_PER_MS;
    json_t *trips = json_object();
    for (unsigned i = 0; i < CONDITION_COUNT; i++)
        if (daemon->trips[i])
            json_object_set_new(trips, safety_condition_words((enum safety_condition)i)->name,
                                json_integer(daemon->trips[i]));
    return json_pack("{s:f, s:i, s:i, s:I, s:f, s:o, s:I}", "board_answer_ms", answer_ms,
                     "planner_free", machine->planner_free, "rx_free", machine->rx_free,
                     "journal_waiting", (json_int_t)waiting, "step_worst_ms",
                     (double)daemon->step_worst_ns / (double)NS_PER_MS, "trips", trips,
                     "alarms_raised", (json_int_t)daemon->alarms.last_number);
}

static json_t *cleared_json(const struct case_verdict *verdict) {
    return json_pack("{s:b, s:s, s:s}", "is_cleared", verdict->reason == CASE_CLEARED, "reason",
                     case_reason_name(verdict->reason), "sentence", verdict->sentence);
}

static void add_session(const struct daemon *daemon, json_t *state, int64_t now_ns) {
    const struct session *session = &daemon->session;
    const struct striker *striker = &session->striker;
    const char *waiting_for = session_waiting_for(session, now_ns);
    struct axes axes = {0};
    for (int i = 0; i < RIG_AXES_MAX; i++) axes.q[i] = session->machine.q[i];
    struct pose T_rig_tool = kinematics_forward(&daemon->rig, &axes);
    double running_s = session_running_s(session, now_ns);
    size_t planned = daemon->opened->plan.dot_count, pending = striker_pending_count(striker);
    json_t *dots = dots_json(daemon);
    json_t *more = json_pack(
        "{s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:O, s:O, s:f, s:f, s:f, s:o}", "phase",
        session_phase_name(session->phase), "reason", session->reason, "guard",
        safety_state_name((enum safety_state)session->guard.state), "waiting_for",
        waiting_for ? waiting_for : "", "dots_planned", (json_int_t)planned, "dots_pending",
        (json_int_t)pending, "dots_done_now", (json_int_t)striker->done_count, "dots_done",
        json_object_get(dots, "struck"), "dots_skipped", json_object_get(dots, "skipped"),
        "running_s", running_s, "dots_per_s",
        running_s > 0 ? (double)striker->done_count / running_s : 0.0, "rate_dots_s",
        rate_now(&daemon->rate), "time_left_s", time_left_json(daemon, running_s, pending));
    json_object_update_missing_new(
        more, json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:i}", "times", times_json(daemon),
                        "calibrating", calibrating_json(daemon), "dots", dots, "service",
                        service_json(&daemon->session.technician), "screening",
                        cleared_json(&daemon->cleared), "jobs", daemon_jobs_json(daemon),
                        "pace_percent", striker->pace.percent));
    json_object_update_missing_new(
        more, json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "head",
                        head_json(daemon, T_rig_tool.t, now_ns), "tool",
                        tool_json(daemon, &T_rig_tool), "next", next_json(daemon), "zones",
                        zones_json(daemon), "interlocks", interlocks_json(daemon), "prompts",
                        prompts_json(daemon), "case", case_json(daemon)));
    json_object_update_new(state, more);
}

json_t *daemon_state_json(const struct daemon *daemon, int64_t now_ns) {
    json_t *state =
        json_pack("{s:s, s:o, s:o, s:n}", "phase", daemon->opening ? "opening" : "no case",
                  "alarms", alarms_json(daemon), "command", command_json(&daemon->seat), "case");
    if (state) json_object_set_new(state, "recording", daemon_recording_json(daemon));
    if (state && daemon->opened) add_session(daemon, state, now_ns);
    return state;
}
