#include "controller/daemon/striker.h"

#include "base/clock.h"
#include "controller/daemon/striker_aim.h"
#include "controller/daemon/striker_clock.h"
#include "controller/daemon/striker_fate.h"
#include "controller/daemon/striker_intent.h"
#include "controller/daemon/striker_route.h"
#include "safety/limits.h"

/* Refusals of one dot's travel or strike in a row before it is skipped with the guard's reason. A
 * head that moves is waited for and not counted: see head_allows_strike(). */
#define REFUSALS_MAX 8
#define RETRY_NS (20 * NS_PER_MS)
/* A trim is a few hundredths of a millimetre: more of them than this means that the
 * head runs away. */
#define TRIMS_MAX 6
/* A needle that has waited so long over its dot goes out: the head breathes towards it. */
#define WAIT_MOST_NS (40 * NS_PER_MS)
/* A travel is aimed with the newest pose until so long before the running strike should end: what
 * the guard, the link and the board need to have it in time, and no more. A byte of the travel's
 * line that becomes a reset or a stop on its way (a `8` or `9` with one bit turned) freezes the
 * needle where it is: by then it has 0.06 mm to go at most. */
#define COMMIT_NS (4 * NS_PER_MS)
/* Dots that are all out of reach are tried again after this. */
#define PUT_OFF_NS (500 * NS_PER_MS)
#define TICK_NS (1 * NS_PER_MS)

struct striker_setup striker_setup_default(void) {
    return (struct striker_setup){.aim_tolerance_mm = 0.03,
                                  .lead_ns = 12 * NS_PER_MS,
                                  .latency_ns = 4 * NS_PER_MS,
                                  .pose_age_max_ns = 80 * NS_PER_MS /* hazard 4's ceiling */};
}

void striker_init(struct striker *striker, const struct striker_setup *setup, uint8_t *fates) {
    *striker =
        (struct striker){.setup = *setup, .fates = fates, .pace = {.percent = STRIKER_PACE_WHOLE}};
    route_init(striker);
}

void striker_set_position(struct striker *striker, struct axes at) {
    striker->at = at;
    striker->is_lifted = true; /* the guard retreats after each stop */
}

void striker_on_pose(struct striker *striker, const struct head_pose *head) {
    striker->head = *head;
    bool is_tracked = head->state == HEAD_STILL || head->state == HEAD_MOVING;
    if (!(is_tracked && head->innovation_sigma <= LIMIT_CALM_SIGMA))
        striker->jolt_ns = head->stamp_ns;
    route_on_pose(striker, head);
}

void striker_on_durable(struct striker *striker, uint64_t entry) {
    if (entry > striker->durable) striker->durable = entry;
}

static int64_t later(int64_t a_ns, int64_t b_ns) {
    return a_ns > b_ns ? a_ns : b_ns;
}

/* When the firmware will begin what is sent now: at once, or after the running strike. */
static int64_t next_start_ns(const struct striker *striker, int64_t now_ns) {
    int64_t idle_start_ns = now_ns + striker->setup.latency_ns;
    return striker->strike.is_running ? later(striker->strike.end_ns, idle_start_ns)
                                      : idle_start_ns;
}

static const struct dot *dot_at(const struct striker *striker, uint32_t index) {
    return &striker->setup.plan->dots[index];
}

void striker_stop(struct striker *striker, struct outbox *outbox, int64_t now_ns) {
    struct striker_aim *aim = &striker->aim;
    if (aim->stage != AIM_NONE && aim->stage != AIM_STRIKING) {
        intent_keep(striker, outbox, now_ns);
        aim->stage = AIM_NONE;
    }
    aim->is_stopped = aim->stage == AIM_STRIKING;
    intent_void(striker, outbox, now_ns);
}

static void ask_travel(struct striker *striker, struct outbox *outbox, int64_t start_ns) {
    struct striker_aim *aim = &striker->aim;
    struct guard_request request = {.kind = GUARD_TRAVEL};
    aim->from = striker->at;
    aim->piece = aim_piece(striker, aim);
    bool leads_to_dot =
        !aim->is_approach && aim->leg + 1 == aim->leg_count && aim_is_whole_leg(aim);
    request.as.travel.dot = leads_to_dot ? dot_at(striker, aim->index)->id : GUARD_NO_DOT;
    request.as.travel.target = aim->piece;
    request.as.travel.arrive_ns = start_ns + aim_leg_duration_ns(striker, aim);
    aim->sequence = outbox_request(outbox, request);
    aim->stage = AIM_ASKED;
    aim->has_arrived = aim->is_confirmed = false;
}

/* Out along the needle, away from a head that does not allow the strike now. */
static void lift(struct striker *striker, struct outbox *outbox, int64_t now_ns) {
    struct striker_aim *aim = &striker->aim;
    struct axes target;
    if (striker->is_lifted || striker->strike.is_running || !outbox_has_room(outbox, 4) ||
        aim_lift(striker, STRIKER_LIFT_MM, &target) != RESULT_OK)
        return;
    intent_keep(striker, outbox, now_ns);
    struct guard_request request = {.kind = GUARD_TRAVEL};
    request.as.travel.dot = GUARD_NO_DOT;
    request.as.travel.target = target;
    aim->legs[0] = target;
    aim->leg_count = 1;
    aim->leg = 0;
    aim->sequence = outbox_request(outbox, request);
    aim->stage = AIM_LIFTING;
}

/* Out of reach as the head lies, or no clear way there: another dot first. When none is left, wait
 * for the head; a dot for which that is no use is left out. */
static void put_off(struct striker *striker, uint32_t index, enum result why, struct outbox *outbox,
                    int64_t now_ns) {
    bool is_alone = route_is_put_off(striker), is_far = why == RESULT_RANGE;
    if (is_far && !route_was_reachable(striker, index)) {
        striker_skip(striker, index, "out of the rig's reach at the head's pose", outbox, now_ns);
        return;
    }
    if (!is_far && is_alone && striker->is_lifted && ++striker->route.tries > REFUSALS_MAX) {
        striker->route.tries = 0;
        striker_skip(striker, index, "no way to it keeps clear of the head", outbox, now_ns);
        return;
    }
    route_put_off(striker);
    if (!is_alone) return;
    striker->waiting_for = is_far ? "the head to come back within the rig's reach"
                                  : "a clear way to the dots that are left";
    striker->aim.retry_ns = now_ns + PUT_OFF_NS;
    if (!striker->strike.is_running) lift(striker, outbox, now_ns);
}

/* What is left in a new order when the head has shifted for good. */
static void follow_shift(struct striker *striker, struct outbox *outbox, int64_t now_ns) {
    if (!route_is_shifted(striker)) return;
    route_renew(striker);
    outbox_entry(outbox, JOURNAL_EVENT, JOURNAL_NO_DOT, now_ns,
                 "the head has shifted for good: what is left is planned anew");
}

static bool head_allows_strike(struct striker *striker, int64_t now_ns) {
    const struct head_pose *head = &striker->head;
    if (head->state != HEAD_STILL) {
        striker->waiting_for = "the head to be still";
        return false;
    }
    if (!(now_ns - head->stamp_ns <= striker->setup.pose_age_max_ns)) {
        striker->waiting_for = "a fresh pose of the head";
        return false;
    }
    if (striker->jolt_ns && now_ns - striker->jolt_ns <= LIMIT_CALM_MS * NS_PER_MS) {
        striker->waiting_for = "the head to be calm after a jolt";
        return false;
    }
    return true;
}

static bool may_begin(const struct striker *striker, const struct outbox *outbox, int64_t now_ns) {
    const struct striker_strike *strike = &striker->strike;
    if (!outbox_has_room(outbox, 5) || now_ns < striker->aim.retry_ns || striker->is_paused)
        return false;
    return !strike->is_running || (strike->has_begun && now_ns + COMMIT_NS >= strike->end_ns);
}

static void begin_aim(struct striker *striker, struct outbox *outbox, int64_t now_ns) {
    struct striker_aim *aim = &striker->aim;
    uint32_t index = 0;
    if (striker->is_paused) intent_void(striker, outbox, now_ns);
    if (!may_begin(striker, outbox, now_ns) || !route_next(striker, &index)) return;
    if (pace_rests(&striker->pace, striker->strike.is_running, now_ns)) {
        striker->waiting_for = "the pace that is set";
        if (!striker->strike.is_running) lift(striker, outbox, now_ns);
        return;
    }
    /* What would not be struck at is not gone to either: an aim by an old pose leads the needle
     * nearer to the skin than its hover, or into it. */
    if (!head_allows_strike(striker, now_ns)) {
        if (!striker->strike.is_running) lift(striker, outbox, now_ns);
        return;
    }
    if (!clock_is_prompt(striker)) {
        bool has_waited = now_ns - striker->prompt_ns > WAIT_MOST_NS;
        if (!striker->strike.is_running && has_waited) lift(striker, outbox, now_ns);
        return;
    }
    follow_shift(striker, outbox, now_ns);
    if (!route_next(striker, &index)) return;
    if (intent_is_late(striker, index, outbox, now_ns)) {
        striker->waiting_for = "the journal's disk";
        if (!striker->strike.is_running) lift(striker, outbox, now_ns);
        return;
    }
    int refusals = aim->index == index ? aim->refusals : 0;
    struct striker_aim fresh = {.index = index, .refusals = refusals};
    int64_t start_ns = next_start_ns(striker, now_ns);
    enum result result = aim_plan(striker, &fresh, start_ns);
    if (result == RESULT_NOT_FOUND) {
        striker->waiting_for = "the head's pose";
        return;
    }
    if (result != RESULT_OK) {
        put_off(striker, index, result, outbox, now_ns);
        return;
    }
    *aim = fresh;
    pace_begin(&striker->pace, now_ns);
    if (!aim->is_approach) aim->intent = intent_take(striker, index, outbox, now_ns);
    ask_travel(striker, outbox, start_ns);
}

static void ask_strike(struct striker *striker, struct outbox *outbox, double stroke_mm,
                       int64_t contact_ns) {
    struct striker_aim *aim = &striker->aim;
    struct guard_request request = {.kind = GUARD_STRIKE};
    request.as.strike = (struct guard_strike){.dot = dot_at(striker, aim->index)->id,
                                              .stroke_mm = stroke_mm,
                                              .plunge_mm_s = striker->setup.rig->plunge_mm_s,
                                              .contact_ns = contact_ns};
    aim->sequence = outbox_request(outbox, request);
    aim->stage = AIM_STRIKING;
}

/* The needle is (nearly) over the dot: strike, trim, or wait. */
static void decide_strike(struct striker *striker, struct outbox *outbox, int64_t now_ns) {
    struct striker_aim *aim = &striker->aim;
    if (striker->strike.is_running || !outbox_has_room(outbox, 4) || now_ns < aim->retry_ns) return;
    if (striker->durable < aim->intent) {
        striker->waiting_for = "the journal's disk";
        return;
    }
    if (!aim->is_confirmed) {
        striker->waiting_for = "the board to show where it goes";
        return;
    }
    if (!head_allows_strike(striker, now_ns)) return;
    struct aim_miss miss;
    int64_t start_ns = later(aim->arrival_ns, now_ns + striker->setup.latency_ns);
    if (aim_measure(striker, aim, start_ns, &miss) != RESULT_OK) {
        striker->waiting_for = "the head's pose";
        return;
    }
    if (miss.lateral_mm <= striker->setup.aim_tolerance_mm && miss.allows_stroke) {
        striker->waiting_for = NULL;
        ask_strike(striker, outbox, miss.stroke_mm, miss.contact_ns);
        return;
    }
    /* Off: move the needle after the head, once the leg before has been executed. */
    if (!aim->has_arrived || aim->trims >= TRIMS_MAX) {
        striker->waiting_for = "the needle to catch up with the head";
        if (aim->has_arrived) {
            aim->trims = 0;
            aim->retry_ns = now_ns + RETRY_NS;
        }
        return;
    }
    if (!clock_is_prompt(striker)) return;
    struct striker_aim trimmed = *aim;
    if (aim_plan(striker, &trimmed, now_ns + striker->setup.latency_ns) != RESULT_OK) return;
    trimmed.trims = aim->trims + 1;
    *aim = trimmed;
    ask_travel(striker, outbox, now_ns + striker->setup.latency_ns);
}

/* Over the dot, or nearly: decide; and do not wait there while the head breathes. */
static void watch_arrival(struct striker *striker, struct outbox *outbox, int64_t now_ns) {
    struct striker_aim *aim = &striker->aim;
    /* The next leg, and the aim after an approach, follow the firmware's EXECUTED. */
    if (aim->leg + 1 < aim->leg_count || aim->is_approach || !aim_is_whole_leg(aim)) return;
    if (now_ns + striker->setup.lead_ns >= aim->arrival_ns) decide_strike(striker, outbox, now_ns);
    bool has_waited = aim->has_arrived && now_ns - aim->arrival_ns > WAIT_MOST_NS;
    if (aim->stage == AIM_TRAVELLING && has_waited) lift(striker, outbox, now_ns);
}

void striker_tick(struct striker *striker, struct outbox *outbox, int64_t now_ns) {
    switch (striker->aim.stage) {
        case AIM_NONE:
            begin_aim(striker, outbox, now_ns);
            break;
        case AIM_TRAVELLING:
            watch_arrival(striker, outbox, now_ns);
            break;
        case AIM_ASKED:
        case AIM_STRIKING:
        case AIM_LIFTING:
            break; /* the guard's answer, or the firmware's word, comes as an event */
    }
}

static void on_accepted(struct striker *striker, const struct guard_event *event, int64_t now_ns) {
    struct striker_aim *aim = &striker->aim;
    if (aim->stage == AIM_LIFTING) {
        aim->line = event->line;
        striker->at = aim->legs[0];
        striker->is_lifted = true;
    } else if (aim->stage == AIM_ASKED) {
        striker->is_lifted = false;
        aim->line = event->line;
        aim->arrival_ns = next_start_ns(striker, now_ns) + aim_leg_duration_ns(striker, aim);
        striker->at = aim->piece;
        aim->stage = AIM_TRAVELLING;
    } else if (aim->stage == AIM_STRIKING) {
        int64_t duration_ns = aim_strike_duration_ns(striker, aim);
        striker->strike =
            (struct striker_strike){.is_running = true,
                                    .has_begun = aim->has_arrived,
                                    .index = aim->index,
                                    .line = event->line,
                                    .travel_line = aim->line,
                                    .end_ns = later(aim->arrival_ns, now_ns) + duration_ns,
                                    .duration_ns = duration_ns};
        *aim = (struct striker_aim){0};
        striker->next++;
    }
}

static void on_refused(struct striker *striker, const struct guard_event *event,
                       struct outbox *outbox, int64_t now_ns) {
    struct striker_aim *aim = &striker->aim;
    uint32_t id = dot_at(striker, aim->index)->id;
    bool was_strike = aim->stage == AIM_STRIKING;
    if (aim->stage == AIM_LIFTING) {
        aim->stage = AIM_NONE;
        aim->retry_ns = now_ns + RETRY_NS;
        return;
    }
    if (aim->is_stopped) { /* the rig is: what it was over is aimed at anew, from where it stands */
        if (aim->intent) outbox_entry(outbox, JOURNAL_VOID, id, now_ns, event->text);
        *aim = (struct striker_aim){0};
        return;
    }
    aim->retry_ns = now_ns + RETRY_NS;
    if (head_allows_strike(striker, now_ns)) aim->refusals++;
    striker->waiting_for = "the guard: it refused";
    if (aim->refusals <= REFUSALS_MAX && was_strike) {
        aim->stage = AIM_TRAVELLING;
        return;
    }
    if (aim->intent) outbox_entry(outbox, JOURNAL_VOID, id, now_ns, event->text);
    aim->intent = 0;
    aim->stage = AIM_NONE;
    if (aim->refusals > REFUSALS_MAX)
        striker_skip(striker, aim->index, event->text, outbox, now_ns);
    else
        lift(striker, outbox, now_ns); /* and try again from there */
}

static void on_executed(struct striker *striker, const struct guard_event *event,
                        struct outbox *outbox, int64_t now_ns) {
    struct striker_aim *aim = &striker->aim;
    struct striker_strike *strike = &striker->strike;
    if (strike->is_running && event->line == strike->line) {
        strike->is_running = false;
        outbox_entry(outbox, JOURNAL_DONE, dot_at(striker, strike->index)->id, now_ns, "");
        striker_set_fate(striker, strike->index, FATE_DONE);
        pace_end(&striker->pace, now_ns);
    } else if (strike->is_running && event->line == strike->travel_line) {
        strike->has_begun = true;
    } else if (aim->stage == AIM_LIFTING && event->line == aim->line) {
        aim->stage = AIM_NONE;
    } else if (aim->stage == AIM_TRAVELLING && event->line == aim->line) {
        aim->has_arrived = true;
        if (aim->arrival_ns > now_ns) aim->arrival_ns = now_ns;
        if (aim->leg + 1 < aim->leg_count || !aim_is_whole_leg(aim)) {
            aim->leg += aim_is_whole_leg(aim);
            ask_travel(striker, outbox, now_ns + striker->setup.latency_ns);
        } else if (aim->is_approach) {
            aim->stage = AIM_NONE;
            striker->is_lifted = true;
        }
    }
}

void striker_lose(struct striker *striker, const char *why, struct outbox *outbox, int64_t now_ns) {
    if (striker->strike.is_running)
        striker_doubt(striker, striker->strike.index, why, outbox, now_ns);
    striker->strike.is_running = false;
    /* A strike that was asked and not answered may have gone out. */
    if (striker->aim.stage == AIM_STRIKING) {
        striker_doubt(striker, striker->aim.index, why, outbox, now_ns);
        striker->aim = (struct striker_aim){0};
    }
    striker_stop(striker, outbox, now_ns);
}

static void on_lost(struct striker *striker, const struct guard_event *event, struct outbox *outbox,
                    int64_t now_ns) {
    struct striker_aim *aim = &striker->aim;
    struct striker_strike *strike = &striker->strike;
    if (strike->is_running && event->line == strike->line) {
        strike->is_running = false;
        striker_doubt(striker, strike->index, event->text, outbox, now_ns);
    } else if (aim->stage != AIM_NONE && aim->stage != AIM_STRIKING && event->line == aim->line) {
        striker_stop(striker, outbox, now_ns);
    }
}

void striker_on_event(struct striker *striker, const struct guard_event *event,
                      struct outbox *outbox, int64_t now_ns) {
    bool is_answer = striker->aim.stage != AIM_NONE && event->sequence == striker->aim.sequence;
    switch ((enum guard_event_kind)event->kind) {
        case GUARD_EVENT_ACCEPTED:
            if (is_answer) on_accepted(striker, event, now_ns);
            break;
        case GUARD_EVENT_REFUSED:
            if (is_answer) on_refused(striker, event, outbox, now_ns);
            break;
        case GUARD_EVENT_EXECUTED:
            on_executed(striker, event, outbox, now_ns);
            break;
        case GUARD_EVENT_LOST:
            on_lost(striker, event, outbox, now_ns);
            break;
        case GUARD_EVENT_MACHINE:
            clock_on_machine(striker, &event->machine);
            break;
        case GUARD_EVENT_HELLO:
        case GUARD_EVENT_STATE:
        case GUARD_EVENT_BAD_MESSAGE:
        case GUARD_EVENT_SERVICE_DONE:
        case GUARD_EVENT_SETTING:
        case GUARD_EVENT_KIND_COUNT:
            break;
    }
}

bool striker_is_idle(const struct striker *striker) {
    return striker->aim.stage == AIM_NONE && !striker->strike.is_running;
}

bool striker_is_finished(const struct striker *striker) {
    return striker_is_idle(striker) && striker->next >= striker->setup.order_count;
}

int64_t striker_next_ns(const struct striker *striker, int64_t now_ns) {
    const struct striker_aim *aim = &striker->aim;
    if (aim->stage == AIM_TRAVELLING && aim->arrival_ns - striker->setup.lead_ns > now_ns)
        return aim->arrival_ns - striker->setup.lead_ns;
    return now_ns + TICK_NS;
}
