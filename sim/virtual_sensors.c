/* What the daemon learns of the head: by a noise model, or from frames that are
 * drawn and tracked. */
#include "base/clock.h"
#include "controller/daemon/session_record.h"
#include "sim/virtual_private.h"
#include "vision/slip_guard.h"

#define TRACKER_NS (8 * NS_PER_MS)     /* the tracker's own time for a pair of frames */
#define TURN_NOISE_PER_MM (1.0 / 50.0) /* rad a mm: the tags stand about 50 mm from the middle */
#define EXPOSURE_NS (NS_PER_MS / 2)    /* half of the time over which a velocity is taken */

int64_t virtual_frame_due_ns(const struct virtual_rig *rig) {
    return rig->frame_ns + s_to_ns(rig->setup.scenario->latency_s) + TRACKER_NS +
           rig->sensor.late_ns;
}

void virtual_begin_filter(struct virtual_rig *rig) {
    struct head_filter_settings settings = head_filter_settings_default();
    const struct dot_plan *plan = rig->setup.plan;
    rig->slip = (struct virtual_slip){0};
    if (rig->setup.cameras) {
        virtual_cameras_reset(rig->setup.cameras);
        rig->filter = *virtual_cameras_filter(rig->setup.cameras);
        return;
    }
    for (size_t i = 0; i < plan->dot_count; i++)
        settings.centre_head =
            vec3_mad(settings.centre_head, 1.0 / (double)plan->dot_count, plan->dots[i].p_head);
    head_filter_init(&rig->filter, &settings);
}

/* Where the ring says that the head is, less what is wrong with the sensors. */
static struct pose seen_head_at(const struct virtual_rig *rig, int64_t at_ns) {
    struct pose T_rig_head = world_head_at(&rig->world, at_ns);
    T_rig_head.t = vec3_add(T_rig_head.t, rig->sensor.offset_mm);
    return T_rig_head;
}

static struct twist ring_slip(const struct virtual_rig *rig) {
    return scenario_ring_slip(rig->setup.scenario, ns_to_s(rig->frame_ns - rig->world.start_ns));
}

/* --- the noise model --- */

/* What the cameras and the tracker would measure: the truth at mid-exposure and a little noise. */
static struct head_measurement measure(struct virtual_rig *rig) {
    double sigma = rig->setup.pose_noise_mm, turn = sigma * TURN_NOISE_PER_MM;
    struct vec3 off = {rng_normal(&rig->rng) * sigma, rng_normal(&rig->rng) * sigma,
                       rng_normal(&rig->rng) * sigma};
    struct head_measurement measurement = {.stamp_ns = rig->frame_ns + rig->sensor.stamp_shift_ns,
                                           .tags_used = 12,
                                           .residual_px = 0.05,
                                           .T_rig_head = seen_head_at(rig, rig->frame_ns)};
    measurement.T_rig_head.t = vec3_add(measurement.T_rig_head.t, off);
    if (rig->setup.scenario->ring_slip_mm > 0)
        measurement.T_rig_head = pose_mul(measurement.T_rig_head, pose_exp(ring_slip(rig)));
    for (int i = 0; i < 6; i++)
        measurement.covariance[7 * i] = i < 3 ? sigma * sigma + 1e-8 : turn * turn + 1e-12;
    return measurement;
}

/* The real guard of the ring, with looks that see the shift exactly and as soon as the real ones
 * (three over the limit, one after the other). */
static void watch_slip(struct virtual_rig *rig, struct head_pose *head) {
    const struct slip_settings settings = slip_settings_default();
    struct virtual_slip *slip = &rig->slip;
    bool is_due = slip_guard_is_due(&slip->guard, head);
    struct slip_report report = {.state = SLIP_STILL};
    if (is_due) {
        struct vec3 at_mm = ring_slip(rig).v;
        if (!slip->has_first) slip->first_mm = at_mm;
        slip->has_first = true;
        report.shift_mm = vec3_distance(at_mm, slip->first_mm);
        report.is_within = report.shift_mm <= settings.limit_mm;
        slip->looks_over = report.is_within ? 0 : slip->looks_over + 1;
        if (slip->looks_over >= settings.looks_over_limit) report.state = SLIP_SLIPPED;
    }
    (void)slip_guard_judge(&slip->guard, is_due ? &report : NULL, head);
}

static struct head_look look_by_noise(struct virtual_rig *rig) {
    return (struct head_look){.is_measured = rig->sensor.miss == HEAD_REASON_NONE,
                              .miss = rig->sensor.miss,
                              .measurement = measure(rig)};
}

/* --- drawn frames --- */

static void look_by_frames(struct virtual_rig *rig, int64_t stamp_ns, struct head_pose *head) {
    struct pose before = seen_head_at(rig, rig->frame_ns - EXPOSURE_NS);
    struct pose after = seen_head_at(rig, rig->frame_ns + EXPOSURE_NS);
    struct twist way = pose_log(pose_mul(after, pose_inverse(before)));
    double per_s = 1.0 / ns_to_s(2 * EXPOSURE_NS);
    const struct render_view view = {
        .T_rig_head = seen_head_at(rig, rig->frame_ns),
        .velocity = {vec3_scale(way.v, per_s), vec3_scale(way.w, per_s)},
        .ring_slip = ring_slip(rig),
        .hidden_tags = rig->sensor.miss == HEAD_REASON_TOO_FEW_TAGS ? UINT64_MAX : 0};
    virtual_cameras_look(rig->setup.cameras, &view, stamp_ns, head);
}

void virtual_take_frame(struct virtual_rig *rig) {
    struct session_news news = {.kind = SESSION_NEWS_POSE};
    struct head_pose *head = &news.as.head;
    bool is_taken = !rig->sensor.are_frames_stopped && virtual_daemon_runs(rig);
    if (rig->setup.cameras && is_taken) {
        look_by_frames(rig, rig->frame_ns + rig->sensor.stamp_shift_ns, head);
        session_record_look(rig->setup.session_record, rig->now_ns,
                            virtual_cameras_newest(rig->setup.cameras));
        rig->filter = *virtual_cameras_filter(rig->setup.cameras);
        if (rig->sensor.miss != HEAD_REASON_NONE)
            head->state = HEAD_LOST, head->reason = rig->sensor.miss;
    } else if (!rig->setup.cameras) {
        struct head_look look = look_by_noise(rig);
        if (is_taken) {
            session_record_look(rig->setup.session_record, rig->now_ns, &look);
            head_filter_look(&rig->filter, &look, head);
            watch_slip(rig, head);
        }
    }
    rig->frame_ns += s_to_ns(1.0 / rig->setup.scenario->frame_rate_hz);
    if (is_taken) virtual_hear(rig, news);
}
