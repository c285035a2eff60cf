#include "controller/record/message_codec.h"

/* A message that has grown has a field more to keep: add it below, count RECORD_VERSION up, and set
 * its size anew. What is not kept, a replay does not give again. */
_Static_assert(sizeof(struct head_pose) == 480, "codec_head_pose()");
_Static_assert(sizeof(struct head_look) == 416, "codec_head_look()");
_Static_assert(sizeof(struct guard_load) == 1731, "codec_guard_load()");
_Static_assert(sizeof(struct guard_travel) == 64, "codec_guard_request()");
_Static_assert(sizeof(struct guard_strike) == 40, "codec_guard_request()");
_Static_assert(sizeof(struct guard_service) == 40, "codec_guard_service()");
_Static_assert(sizeof(struct guard_request) == 1752, "codec_guard_request()");
_Static_assert(sizeof(struct guard_setting) == 96, "codec_setting()");
_Static_assert(sizeof(struct machine_status) == 104, "codec_machine()");
_Static_assert(sizeof(struct guard_state_report) == 40, "codec_guard_event()");
_Static_assert(sizeof(struct guard_event) == 544, "codec_guard_event()");
_Static_assert(sizeof(struct journal_entry) == 208, "codec_journal_entry()");

static void codec_head_pose(struct codec *codec, struct head_pose *head) {
    codec_u64(codec, &head->sequence);
    codec_ns(codec, &head->stamp_ns);
    codec_pose(codec, &head->T_rig_head);
    codec_vec3(codec, &head->velocity.v);
    codec_vec3(codec, &head->velocity.w);
    codec_f64s(codec, head->covariance, 36);
    codec_f64(codec, &head->innovation_sigma);
    codec_f64(codec, &head->residual_px);
    CODEC_ENUM(codec, head->state, HEAD_STATE_COUNT - 1);
    codec_u32(codec, &head->tags_used, UINT32_MAX);
    CODEC_ENUM(codec, head->reason, HEAD_REASON_COUNT - 1);
}

void codec_head_look(struct codec *codec, struct head_look *look) {
    struct head_measurement *m = &look->measurement;
    codec_bool(codec, &look->is_measured);
    codec_ns(codec, &m->stamp_ns);
    if (!look->is_measured) {
        CODEC_ENUM(codec, look->miss, HEAD_REASON_COUNT - 1);
        return;
    }
    codec_pose(codec, &m->T_rig_head);
    codec_f64s(codec, m->covariance, 36);
    codec_f64(codec, &m->residual_px);
    codec_u32(codec, &m->tags_used, UINT32_MAX);
}

void codec_guard_load(struct codec *codec, struct guard_load *load) {
    codec_text(codec, load->rig_path, sizeof load->rig_path);
    codec_text(codec, load->scan_path, sizeof load->scan_path);
    codec_text(codec, load->plan_path, sizeof load->plan_path);
    codec_text(codec, load->rig_sha256, sizeof load->rig_sha256);
    codec_text(codec, load->scan_sha256, sizeof load->scan_sha256);
    codec_text(codec, load->plan_sha256, sizeof load->plan_sha256);
}

void codec_guard_service(struct codec *codec, struct guard_service *service) {
    codec_u32(codec, &service->kind, UINT32_MAX);
    codec_u32(codec, &service->is_rig_empty, UINT32_MAX);
    codec_int(codec, &service->axis);
    codec_int(codec, &service->direction);
    codec_u32(codec, &service->renews, UINT32_MAX);
    codec_f64(codec, &service->speed);
    codec_f64(codec, &service->distance_mm);
}

void codec_guard_request(struct codec *codec, struct guard_request *request) {
    codec_u32(codec, &request->version, UINT32_MAX);
    codec_u32(codec, &request->kind, UINT32_MAX);
    codec_u64(codec, &request->sequence);
    switch ((enum guard_request_kind)request->kind) {
        case GUARD_LOAD:
            codec_guard_load(codec, &request->as.load);
            break;
        case GUARD_POSE:
            codec_head_pose(codec, &request->as.pose);
            break;
        case GUARD_TRAVEL:
            codec_u32(codec, &request->as.travel.dot, UINT32_MAX);
            codec_f64s(codec, request->as.travel.target.q, RIG_AXES_MAX);
            codec_ns(codec, &request->as.travel.arrive_ns);
            break;
        case GUARD_STRIKE:
            codec_u32(codec, &request->as.strike.dot, UINT32_MAX);
            codec_f64(codec, &request->as.strike.stroke_mm);
            codec_f64(codec, &request->as.strike.plunge_mm_s);
            codec_f64(codec, &request->as.strike.dwell_s);
            codec_ns(codec, &request->as.strike.contact_ns);
            break;
        case GUARD_HEARTBEAT:
            codec_u64(codec, &request->as.progress);
            break;
        case GUARD_INPUTS:
            codec_u32(codec, &request->as.inputs, UINT32_MAX);
            break;
        case GUARD_DOT_FATE:
            codec_u32(codec, &request->as.dot_fate.dot, UINT32_MAX);
            codec_u32(codec, &request->as.dot_fate.fate, UINT32_MAX);
            codec_u32(codec, &request->as.dot_fate.hours_ago, UINT32_MAX);
            break;
        case GUARD_ACKNOWLEDGE:
            codec_u32(codec, &request->as.says_needle_out, UINT32_MAX);
            break;
        case GUARD_SERVICE:
            codec_guard_service(codec, &request->as.service);
            break;
        case GUARD_HELLO: /* nothing but their names */
        case GUARD_CONNECT:
        case GUARD_HOME:
        case GUARD_ARM:
        case GUARD_DISARM:
        case GUARD_START:
        case GUARD_HOLD:
        case GUARD_RESUME:
        case GUARD_ABORT:
        case GUARD_SERVICE_STOP:
        case GUARD_DOCTOR:
        case GUARD_REQUEST_KIND_COUNT:
            break;
    }
}

static void codec_machine(struct codec *codec, struct machine_status *machine) {
    codec_ns(codec, &machine->stamp_ns);
    codec_ns(codec, &machine->asked_ns);
    CODEC_ENUM(codec, machine->state, MACHINE_STATE_COUNT - 1);
    codec_int(codec, &machine->substate);
    codec_f64s(codec, machine->q, RIG_AXES_MAX);
    codec_f64(codec, &machine->needle_mm);
    codec_u32(codec, &machine->line, UINT32_MAX);
    codec_u32(codec, &machine->confirmed_line, UINT32_MAX);
    codec_int(codec, &machine->planner_free);
    codec_int(codec, &machine->rx_free);
    codec_u32(codec, &machine->pins, UINT32_MAX);
}

static void codec_setting(struct codec *codec, struct guard_setting *setting) {
    char axis[2] = {setting->axis, '\0'};
    codec_text(codec, setting->name, sizeof setting->name);
    codec_int(codec, &setting->number);
    codec_u32(codec, &setting->rule, UINT32_MAX);
    codec_u32(codec, &setting->level, UINT32_MAX);
    codec_u32(codec, &setting->is_listed, UINT32_MAX);
    codec_u32(codec, &setting->agrees, UINT32_MAX);
    codec_f64(codec, &setting->board);
    codec_f64(codec, &setting->wanted);
    codec_text(codec, axis, sizeof axis);
    setting->axis = axis[0];
}

void codec_guard_event(struct codec *codec, struct guard_event *event) {
    codec_u32(codec, &event->version, UINT32_MAX);
    codec_u32(codec, &event->kind, GUARD_EVENT_KIND_COUNT - 1);
    codec_u64(codec, &event->sequence);
    codec_ns(codec, &event->stamp_ns);
    codec_u32(codec, &event->dot, UINT32_MAX);
    codec_u32(codec, &event->line, UINT32_MAX);
    codec_u32(codec, &event->command, UINT32_MAX);
    codec_u32(codec, &event->reason, UINT32_MAX);
    codec_text(codec, event->text, sizeof event->text);
    if (event->kind == GUARD_EVENT_STATE) {
        codec_u32(codec, &event->state.state, UINT32_MAX);
        codec_u64(codec, &event->state.conditions);
        codec_u64(codec, &event->state.first_cause);
        codec_ns(codec, &event->state.tripped_ns);
        codec_u32(codec, &event->state.allows_travel, UINT32_MAX);
        codec_u32(codec, &event->state.allows_strike, UINT32_MAX);
    }
    if (event->kind == GUARD_EVENT_MACHINE) codec_machine(codec, &event->machine);
    if (event->kind == GUARD_EVENT_SETTING) codec_setting(codec, &event->setting);
    if (event->kind == GUARD_EVENT_SERVICE_DONE) codec_f64(codec, &event->probed_mm);
}

void codec_journal_entry(struct codec *codec, struct journal_entry *entry) {
    CODEC_ENUM(codec, entry->kind, JOURNAL_KIND_COUNT - 1);
    codec_u32(codec, &entry->dot, UINT32_MAX);
    codec_ns(codec, &entry->stamp_ns);
    codec_text(codec, entry->text, sizeof entry->text);
}
