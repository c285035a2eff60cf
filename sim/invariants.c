#include "sim/invariants.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "sim/invariants_private.h"

/* The numbers of docs/hazards.md, written down a second time on purpose: a limit that is loosened
 * in safety/ must be seen here. */
#define POSE_AGE_NS (80 * NS_PER_MS)
#define POSE_GONE_NS (160 * NS_PER_MS)
#define HEARTBEAT_NS (100 * NS_PER_MS)
#define TOLD_BEFORE_NS (30 * NS_PER_MS) /* a trip is looked at so long after it at most */
#define ALARM_NS (500 * NS_PER_MS)
#define RECORD_NS (1100 * NS_PER_MS)
#define LEFT_PART 0.5 /* of its depth that a head must jump to leave the needle of a strike */

static const char *const words[INVARIANT_COUNT + 1] = {
    [1] = "true depth at most the zone's ceiling and 0.10 mm",
    [2] = "no lateral motion is commanded in the skin, and the drag there is at most 0.15 mm",
    [3] = "from a trip to needle out at most 60 ms",
    [4] = "after a trip only axial motion until out, then none",
    [5] = "no dot is struck twice",
    [6] = "each dot is exactly one of pending, done, skipped, doubtful",
    [7] = "struck implies a durable intent earlier",
    [8] = "done implies that the firmware reported it in the same epoch",
    [9] = "motion implies homed, registered, armed, dead-man held, e-stop closed, heartbeat fresh",
    [10] = "a strike is sent with a young pose and begins within 40 ms",
    [11] = "no new motion with a pose older than twice the limit",
    [12] = "a doubtful dot is never struck again without an operator's word",
    [13] = "time in the skin at most 40 ms",
    [14] = "each strike is in the plan, outside keep-outs, at the pitch",
    [15] = "placement error in the head's frame at most 0.25 mm",
    [16] = "speed, acceleration, tilt within limits",
    [17] = "at most one strike and one travel in the firmware",
    [18] = "a fault ends only by acknowledgement, needle out",
    [19] = "releasing e-stop or dead-man never starts motion",
    [20] = "a refused message has no physical effect",
    [21] = "sequence numbers only rise",
    [22] = "each trip has one first cause, a name, an alarm within 500 ms, a record",
    [23] = "hashes are constant during a run",
    [24] = "replaying the journal gives the recorded state",
    [25] = "when faults stop, the job completes or waits with a named reason",
};

const char *invariant_words(int number) {
    return number >= 1 && number <= INVARIANT_COUNT ? words[number] : "unknown";
}

void invariants_violate(struct invariants *inv, int number, int64_t at_ns, const char *format,
                        ...) {
    va_list args;
    if (invariants_excused(inv, number)) return;
    if (inv->violation_count++ >= VIOLATIONS_MAX) return;
    struct violation *violation = &inv->violations[inv->violation_count - 1];
    violation->number = number;
    violation->at_ns = at_ns;
    va_start(args, format);
    vsnprintf(violation->text, sizeof violation->text, format, args);
    va_end(args);
}

static int compare_ids(const void *a, const void *b) {
    const struct invariant_index *x = a, *y = b;
    return (x->id > y->id) - (x->id < y->id);
}

enum result invariants_create(const struct rig *rig, const struct dot_plan *plan,
                              struct invariants **ret_invariants) {
    struct invariants *inv = calloc(1, sizeof *inv);
    uint32_t *ids = calloc(plan->dot_count + 1, sizeof *ids);
    if (inv) inv->dots = calloc(plan->dot_count + 1, sizeof *inv->dots);
    if (inv) inv->by_id = calloc(plan->dot_count + 1, sizeof *inv->by_id);
    bool has_memory = inv && ids && inv->dots && inv->by_id;
    for (size_t i = 0; has_memory && i < plan->dot_count; i++) {
        ids[i] = plan->dots[i].id;
        inv->by_id[i] = (struct invariant_index){plan->dots[i].id, (uint32_t)i};
    }
    enum result result =
        has_memory ? fates_init(&inv->replayed, ids, plan->dot_count) : RESULT_NO_MEMORY;
    free(ids);
    if (result != RESULT_OK) {
        invariants_destroy(&inv);
        return result;
    }
    qsort(inv->by_id, plan->dot_count, sizeof *inv->by_id, compare_ids);
    inv->rig = rig;
    inv->plan = plan;
    *ret_invariants = inv;
    return RESULT_OK;
}

void invariants_destroy(struct invariants **invariants) {
    struct invariants *inv = *invariants;
    if (!inv) return;
    fates_release(&inv->replayed);
    free(inv->dots);
    free(inv->by_id);
    free(inv);
    *invariants = NULL;
}

/* Plan index of a dot's id; dot_count when it is not in the plan. */
static size_t index_of(const struct invariants *inv, uint32_t id) {
    struct invariant_index key = {.id = id};
    const struct invariant_index *found =
        bsearch(&key, inv->by_id, inv->plan->dot_count, sizeof key, compare_ids);
    return found ? found->index : inv->plan->dot_count;
}

struct invariant_strike *invariants_strike(struct invariants *inv, uint32_t line) {
    size_t count = inv->strike_count < INVARIANTS_STRIKES ? inv->strike_count : INVARIANTS_STRIKES;
    for (size_t i = 0; i < count; i++) {
        struct invariant_strike *s =
            &inv->strikes[(inv->strike_count - 1 - i) % INVARIANTS_STRIKES];
        if (s->line == line) return s;
    }
    return NULL;
}

/* --- messages --- */

void invariants_on_daemon(struct invariants *inv, bool is_there) {
    inv->has_daemon = is_there;
    inv->last_sequence = inv->last_pose_sequence = inv->progress = 0;
    inv->inputs = 0;
}

void invariants_on_guard(struct invariants *inv) {
    inv->last_sequence = 0;
    inv->last_line = inv->wire_line = 0;
    inv->strikes_in_firmware = inv->travels_in_firmware = 0;
    inv->state = SAFETY_OFF;
    inv->homed_ns = inv->left_running_ns = inv->tripped_ns = 0;
}

void invariants_on_lesion(struct invariants *inv, const struct keep_out *lesion) {
    inv->lesion = *lesion;
}

void invariants_on_request(struct invariants *inv, const struct guard_request *request,
                           int64_t now_ns) {
    if (request->sequence <= inv->last_sequence)
        invariants_violate(inv, 21, now_ns, "request %d after %d", (int)request->sequence,
                           (int)inv->last_sequence);
    inv->last_sequence = request->sequence;
    if (request->kind == GUARD_INPUTS) inv->inputs = request->as.inputs;
    if (request->kind == GUARD_ACKNOWLEDGE) inv->acknowledged_ns = now_ns;
    if (request->kind == GUARD_START || request->kind == GUARD_RESUME) inv->run_asked_ns = now_ns;
    if (request->kind == GUARD_TRAVEL) {
        inv->travel_sequence = request->sequence;
        inv->travel = request->as.travel;
    }
    if (request->kind == GUARD_POSE && request->as.pose.state != HEAD_LOST)
        inv->pose_ns = request->as.pose.stamp_ns;
    if (request->kind == GUARD_HEARTBEAT && request->as.progress > inv->progress) {
        inv->progress = request->as.progress;
        inv->heartbeat_ns = now_ns;
    }
}

static void check_permissives(struct invariants *inv, const struct guard_event *event) {
    static const struct {
        uint32_t input;
        const char *name;
    } inputs[] = {{GUARD_INPUT_DEADMAN_HELD, "the dead-man is not held"},
                  {GUARD_INPUT_REGISTERED, "the scan is not registered"},
                  {GUARD_INPUT_CALIBRATED, "a calibration is missing"},
                  {GUARD_INPUT_CASE_CLEARED, "the case is not cleared"},
                  {GUARD_INPUT_CLIENT_PRESENT, "the client has left"},
                  {GUARD_INPUT_JOURNAL_HEALTHY, "the journal is not healthy"}};
    for (size_t i = 0; i < sizeof inputs / sizeof *inputs; i++)
        if (!(inv->inputs & inputs[i].input))
            invariants_violate(inv, 9, event->stamp_ns, "line %u goes out and %s", event->line,
                               inputs[i].name);
    if (!inv->homed_ns)
        invariants_violate(inv, 9, event->stamp_ns, "line %u goes out unhomed", event->line);
    if (event->stamp_ns - inv->heartbeat_ns > HEARTBEAT_NS)
        invariants_violate(inv, 9, event->stamp_ns,
                           "line %u goes out %.0f ms after the last heartbeat", event->line,
                           1e3 * ns_to_s(event->stamp_ns - inv->heartbeat_ns));
}

static void take_strike(struct invariants *inv, const struct guard_event *event) {
    size_t dot = index_of(inv, event->dot);
    /* It is let go only when all before it has run as it was sent. */
    inv->windows[EXCUSE_CHANGED].is_open = false;
    int64_t age_ns = event->stamp_ns - inv->pose_ns;
    if (dot == inv->plan->dot_count) {
        invariants_violate(inv, 14, event->stamp_ns, "a strike at dot %u, which is not in the plan",
                           event->dot);
        return;
    }
    if (inv->lesion.radius_mm > 0 &&
        vec3_distance(inv->plan->dots[dot].p_head, inv->lesion.p_head) <= inv->lesion.radius_mm)
        invariants_violate(inv, 14, event->stamp_ns, "dot %u goes out and lies in a lesion",
                           event->dot);
    if (!inv->dots[dot].has_intent)
        invariants_violate(inv, 7, event->stamp_ns, "dot %u goes out without a durable intent",
                           event->dot);
    if (inv->dots[dot].fate == FATE_DOUBTFUL)
        invariants_violate(inv, 12, event->stamp_ns, "dot %u is doubtful and goes out", event->dot);
    if (!(age_ns >= 0 && age_ns <= POSE_AGE_NS))
        invariants_violate(inv, 10, event->stamp_ns, "dot %u goes out with a pose of %.1f ms",
                           event->dot, 1e3 * ns_to_s(age_ns));
    inv->strikes[inv->strike_count++ % INVARIANTS_STRIKES] =
        (struct invariant_strike){.line = event->line,
                                  .dot = dot,
                                  .sent_ns = event->stamp_ns,
                                  .pose_ns = inv->pose_ns,
                                  .lost_mm = inv->before.lost_mm};
}

/* A travel that turns nothing is a way out along the needle, allowed without a pose. */
static void take_travel(struct invariants *inv, const struct guard_event *event) {
    double turn = 0;
    int64_t age_ns = event->stamp_ns - inv->pose_ns;
    for (size_t i = 0; i < inv->rig->axis_count; i++)
        if (inv->rig->axes[i].is_rotary)
            turn = fmax(turn, fabs(inv->travel.target.q[i] - inv->travel_before.target.q[i]));
    if (event->sequence == inv->travel_sequence && age_ns > POSE_GONE_NS &&
        (turn > 1e-9 || inv->travel.dot != GUARD_NO_DOT))
        invariants_violate(inv, 11, event->stamp_ns, "line %u goes out with a pose of %.1f ms",
                           event->line, 1e3 * ns_to_s(age_ns));
    inv->travel_before = inv->travel;
    inv->dot_travel_line = event->dot != GUARD_NO_DOT ? event->line : 0;
}

static void count_in_firmware(struct invariants *inv, const struct guard_event *event, int change) {
    int *count =
        event->command == CLEARED_STRIKE ? &inv->strikes_in_firmware : &inv->travels_in_firmware;
    *count += change;
    if (*count > 1)
        invariants_violate(inv, 17, event->stamp_ns, "%d lines of one kind in the firmware",
                           *count);
    if (*count < 0) *count = 0;
}

void invariants_on_event(struct invariants *inv, const struct guard_event *event, int64_t now_ns) {
    struct invariant_strike *strike = NULL;
    bool is_strike = event->command == CLEARED_STRIKE;
    switch ((enum guard_event_kind)event->kind) {
        case GUARD_EVENT_ACCEPTED:
            if (!event->line) break; /* not a motion */
            if (event->line <= inv->last_line)
                invariants_violate(inv, 21, event->stamp_ns, "line %u after %u", event->line,
                                   inv->last_line);
            inv->last_line = event->line;
            check_permissives(inv, event);
            if (is_strike)
                take_strike(inv, event);
            else
                take_travel(inv, event);
            count_in_firmware(inv, event, 1);
            break;
        case GUARD_EVENT_EXECUTED:
        case GUARD_EVENT_LOST:
            count_in_firmware(inv, event, -1);
            strike = is_strike ? invariants_strike(inv, event->line) : NULL;
            if (strike && event->kind == GUARD_EVENT_EXECUTED) {
                strike->is_executed = true;
                inv->dots[strike->dot].was_executed = true;
                double depth_mm = 1e-3 * inv->plan->dots[strike->dot].depth_um;
                inv->dots[strike->dot].was_left =
                    invariants_thrown_mm(inv, strike) > LEFT_PART * depth_mm;
            }
            break;
        case GUARD_EVENT_STATE:
            if (event->state.state == SAFETY_FAULT || event->state.state == SAFETY_HOLDING)
                inv->told_ns = event->text[0] ? event->stamp_ns : inv->told_ns;
            break;
        case GUARD_EVENT_HELLO:
        case GUARD_EVENT_MACHINE:
        case GUARD_EVENT_REFUSED:
        case GUARD_EVENT_BAD_MESSAGE:
        case GUARD_EVENT_SERVICE_DONE:
        case GUARD_EVENT_SETTING:
        case GUARD_EVENT_KIND_COUNT:
            break;
    }
    (void)now_ns;
}

void invariants_on_entry(struct invariants *inv, const struct journal_entry *entry,
                         int64_t now_ns) {
    if (fates_apply(&inv->replayed, entry) != RESULT_OK)
        invariants_violate(inv, 6, now_ns, "the rule book does not allow '%s' of dot %u",
                           journal_kind_name(entry->kind), entry->dot);
    if (entry->kind == JOURNAL_EVENT) inv->recorded_ns = now_ns;
    size_t i = entry->dot == JOURNAL_NO_DOT ? inv->plan->dot_count : index_of(inv, entry->dot);
    if (i == inv->plan->dot_count) return;
    struct invariant_dot *dot = &inv->dots[i];
    const struct fate_slot *slot = fates_find(&inv->replayed, entry->dot);
    dot->has_intent = slot->has_intent;
    dot->fate = slot->fate;
    if (entry->kind == JOURNAL_REOPENED) dot->punctures = 0; /* an operator's word */
    if (entry->kind == JOURNAL_DONE && !dot->was_executed)
        invariants_violate(inv, 8, now_ns, "dot %u is done and was never reported executed",
                           entry->dot);
    bool is_met = dot->punctures == 1 || (dot->punctures == 0 && dot->was_left);
    if (entry->kind == JOURNAL_DONE && !is_met)
        invariants_violate(inv, 8, now_ns, "dot %u is done with %d true punctures", entry->dot,
                           dot->punctures);
}

/* A whole line on its way to the board. */
static void check_wire(struct invariants *inv, int64_t now_ns) {
    unsigned long number = inv->wire[0] == 'N' ? strtoul(inv->wire + 1, NULL, 10) : 0;
    if (!number) return;
    if (number <= inv->wire_line)
        invariants_violate(inv, 21, now_ns, "N%lu on the wire after N%u", number, inv->wire_line);
    inv->wire_line = (uint32_t)number;
    /* A strike is on the wire because the guard accepted it, never because it was asked. */
    bool is_strike = strstr(inv->wire, "G81") || strstr(inv->wire, "G82");
    if (is_strike && !invariants_strike(inv, (uint32_t)number) && number <= inv->last_line)
        invariants_violate(inv, 20, now_ns, "strike N%lu is on the wire and was not accepted",
                           number);
}

void invariants_on_bytes_to_board(struct invariants *inv, const unsigned char *bytes, size_t count,
                                  int64_t now_ns) {
    for (size_t i = 0; i < count; i++) {
        if (bytes[i] == '\n') {
            inv->wire[inv->wire_length] = '\0';
            check_wire(inv, now_ns);
            inv->wire_length = 0;
        } else if (bytes[i] > 0x20 && bytes[i] < 0x7f && bytes[i] != '?' &&
                   inv->wire_length + 1 < sizeof inv->wire) {
            inv->wire[inv->wire_length++] = (char)bytes[i];
        }
    }
}

/* --- state --- */

static void end_trip(struct invariants *inv, int64_t now_ns) {
    int64_t took_ms = (inv->out_after_trip_ns - inv->left_running_ns + NS_PER_MS - 1) / NS_PER_MS;
    if (!inv->was_stuck) inv->trips_by_ms[took_ms < 100 ? took_ms : 100]++;
    bool has_had_time = now_ns - inv->left_running_ns > ALARM_NS;
    if (inv->tripped_ns && has_had_time && inv->told_ns < inv->left_running_ns - TOLD_BEFORE_NS)
        invariants_violate(inv, 22, now_ns, "a trip without an alarm in words within 500 ms");
    if (inv->tripped_ns && has_had_time && inv->had_daemon && !inv->unrecorded_ns)
        inv->unrecorded_ns = inv->left_running_ns;
    inv->left_running_ns = 0;
}

/* The record may wait for a slow disk. */
static void watch_record(struct invariants *inv, int64_t now_ns) {
    if (!inv->unrecorded_ns || now_ns - inv->unrecorded_ns < RECORD_NS) return;
    if (inv->has_daemon && inv->recorded_ns < inv->unrecorded_ns - TOLD_BEFORE_NS)
        invariants_violate(inv, 22, now_ns, "a trip that the journal does not know");
    inv->unrecorded_ns = 0;
}

static void enter_state(struct invariants *inv, const struct supervisor *supervisor,
                        int64_t now_ns) {
    bool is_trip = supervisor->first_cause && supervisor->tripped_ns >= inv->tripped_ns;
    if (supervisor->state == SAFETY_RUNNING && inv->left_running_ns) end_trip(inv, now_ns);
    if (inv->state == SAFETY_RUNNING) {
        inv->left_running_ns = inv->out_after_trip_ns = now_ns;
        inv->tripped_ns = is_trip ? now_ns : 0;
        inv->was_stuck = inv->windows[EXCUSE_STUCK].is_open;
        inv->had_daemon = inv->has_daemon;
    }
    if (is_trip && (supervisor->first_cause & (supervisor->first_cause - 1)))
        invariants_violate(inv, 22, now_ns, "a trip with more than one first cause");
    if (supervisor->state == SAFETY_RUNNING) inv->windows[EXCUSE_HELPLESS].is_open = false;
    if (supervisor->state == SAFETY_HOMING) inv->homed_ns = 0;
    if (inv->state == SAFETY_HOMING && supervisor->state == SAFETY_IDLE) inv->homed_ns = now_ns;
    if (supervisor->state == SAFETY_OFF) inv->homed_ns = 0;
    if (supervisor->state == SAFETY_RUNNING && now_ns - inv->run_asked_ns > 5 * NS_PER_MS)
        invariants_violate(inv, 19, now_ns, "the rig runs and nobody asked for it");
    if (supervisor->state == SAFETY_FAULT) inv->faulted_ns = now_ns;
    if (inv->state == SAFETY_FAULT) {
        if (supervisor->state != SAFETY_OFF || inv->acknowledged_ns < inv->faulted_ns)
            invariants_violate(inv, 18, now_ns,
                               "a fault ended in state %s without an acknowledgement",
                               safety_state_name(supervisor->state));
        if (inv->before.is_in_skin && inv->before.stroke_mm > 0.05)
            invariants_violate(inv, 18, now_ns, "a fault ended with the needle in the skin");
    }
    inv->state = supervisor->state;
}

void invariants_on_supervisor(struct invariants *inv, const struct supervisor *supervisor,
                              int64_t now_ns) {
    if (supervisor->state != inv->state) enter_state(inv, supervisor, now_ns);
    if (inv->left_running_ns && now_ns - inv->left_running_ns > ALARM_NS) end_trip(inv, now_ns);
    watch_record(inv, now_ns);
}

void invariants_on_guard_plan(struct invariants *inv, uint64_t sum, int64_t now_ns) {
    bool is_armed = inv->state >= SAFETY_ARMED && inv->state <= SAFETY_RETRACTING;
    if (is_armed && inv->plan_sum && sum != inv->plan_sum)
        invariants_violate(inv, 23, now_ns, "the guard's plan changed while it was armed");
    inv->plan_sum = is_armed ? sum : 0;
}

void invariants_on_end(struct invariants *inv, const struct invariants_end *end) {
    if (end->refused_entries)
        invariants_violate(inv, 6, end->now_ns, "%d journal entries contradict the dots' fates",
                           (int)end->refused_entries);
    for (size_t i = 0; end->is_caught_up && i < inv->plan->dot_count; i++)
        if (end->fates[i] != inv->dots[i].fate)
            invariants_violate(inv, 24, end->now_ns, "dot %u: the session says %s, the journal %s",
                               inv->plan->dots[i].id, dot_fate_name(end->fates[i]),
                               dot_fate_name(inv->dots[i].fate));
    for (size_t i = 0; i < inv->plan->dot_count; i++)
        if (inv->dots[i].punctures && inv->dots[i].fate != FATE_DONE &&
            inv->dots[i].fate != FATE_DOUBTFUL)
            invariants_violate(inv, 6, end->now_ns, "dot %u was struck and is %s",
                               inv->plan->dots[i].id, dot_fate_name(inv->dots[i].fate));
    if (!end->is_finished && !(end->reason && end->reason[0]))
        invariants_violate(inv, 25, end->now_ns,
                           "the job neither completes nor says what it waits for");
}
