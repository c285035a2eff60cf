/* Each invariant can fail: one story of a session in which all is well, and for every invariant the
 * same story with one thing planted in it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "sim/invariants.h"

#define DOTS 3

/* What is different in a story; all zero: nothing. */
struct plant {
    double depth_mm, drag_mm, off_mm, lean_rad, driven_mm, jump_mm, sideways_mm, thrown_mm;
    int64_t pose_age_ns, late_ns, in_skin_ns, beat_age_ns, out_ns;
    bool lacks_intent, is_doubtful, is_again, lacks_report, lacks_deadman, lacks_home;
    bool has_two_travels, has_old_travel, lacks_question, lacks_acknowledgement, is_forged;
    bool falls_back, lacks_alarm, changes_plan, differs, lacks_reason, breaks_rules, is_stray;
};

struct story {
    const struct plant *plant;
    struct invariants *inv;
    struct dot dots[DOTS];
    struct dot_plan plan;
    struct rig rig;
    int64_t now_ns;
    uint64_t sequence;
    uint32_t line;
    struct truth truth;
    struct supervisor supervisor;
};

static void set_up_story(struct story *story, const struct plant *plant) {
    *story = (struct story){.plant = plant, .now_ns = NS_PER_S};
    for (uint32_t i = 0; i < DOTS; i++)
        story->dots[i] = (struct dot){.id = 10 + i,
                                      .p_head = {2.0 * i, 0, 0},
                                      .n_head = {0, 0, 1},
                                      .depth_um = 700,
                                      .region = REGION_ANTERIOR};
    story->plan = (struct dot_plan){.dots = story->dots, .dot_count = DOTS};
    story->rig.axis_count = 3;
    for (int i = 0; i < 3; i++)
        story->rig.axes[i] =
            (struct rig_axis){.letter = "XYC"[i], .speed_max = 200, .acceleration_max = 5000};
    story->rig.junction_deviation_mm = 0.01;
    story->truth.T_rig_head = story->truth.T_rig_tool = pose_identity();
    assert_int_equal(invariants_create(&story->rig, &story->plan, &story->inv), RESULT_OK);
    invariants_on_daemon(story->inv, true);
}

static void ask(struct story *story, uint32_t kind) {
    struct guard_request request = {.kind = kind, .sequence = ++story->sequence};
    if (kind == GUARD_INPUTS)
        request.as.inputs = story->plant->lacks_deadman ? 0xff & ~GUARD_INPUT_DEADMAN_HELD : 0xff;
    if (kind == GUARD_HEARTBEAT) request.as.progress = story->sequence;
    if (kind == GUARD_POSE)
        request.as.pose =
            (struct head_pose){.stamp_ns = story->now_ns - NS_PER_MS, .state = HEAD_STILL};
    if (kind == GUARD_TRAVEL) request.as.travel.dot = 10;
    invariants_on_request(story->inv, &request, story->now_ns);
}

static void tell(struct story *story, enum guard_event_kind kind, enum cleared_kind command,
                 uint32_t line) {
    struct guard_event event = {.kind = (uint32_t)kind,
                                .stamp_ns = story->now_ns,
                                .sequence = story->sequence,
                                .command = (uint32_t)command,
                                .line = line,
                                .dot = 10};
    invariants_on_event(story->inv, &event, story->now_ns);
}

static void note(struct story *story, enum journal_kind kind) {
    struct journal_entry entry = {.kind = kind, .dot = 10};
    if (kind == JOURNAL_EVENT) entry.dot = JOURNAL_NO_DOT;
    invariants_on_entry(story->inv, &entry, story->now_ns);
}

static void enter(struct story *story, enum safety_state state, uint64_t cause) {
    story->supervisor.state = state;
    story->supervisor.first_cause = cause;
    if (cause) story->supervisor.tripped_ns = story->now_ns;
    invariants_on_supervisor(story->inv, &story->supervisor, story->now_ns);
}

/* The truth, time_ms later. */
static void show(struct story *story, double time_ms) {
    story->now_ns += s_to_ns(1e-3 * time_ms);
    story->truth.at_ns = story->now_ns;
    story->truth.line = story->line;
    invariants_on_truth(story->inv, &story->truth);
    story->truth.over = NULL;
}

static void begin(struct story *story) {
    ask(story, GUARD_HELLO);
    ask(story, GUARD_INPUTS);
    ask(story, GUARD_HEARTBEAT);
    enter(story, SAFETY_LOCKED, 0);
    if (!story->plant->lacks_home) enter(story, SAFETY_HOMING, 0);
    enter(story, SAFETY_IDLE, 0);
    enter(story, SAFETY_ARMED, 0);
    invariants_on_guard_plan(story->inv, 77, story->now_ns);
    show(story, 1);
    if (!story->plant->lacks_question) ask(story, GUARD_START);
    story->now_ns += story->plant->lacks_question ? NS_PER_S : 0;
    ask(story, GUARD_HEARTBEAT);
    enter(story, SAFETY_RUNNING, 0);
    show(story, 1);
    show(story, 1);
}

static void travel(struct story *story) {
    const struct plant *plant = story->plant;
    ask(story, GUARD_POSE);
    ask(story, GUARD_TRAVEL);
    story->now_ns += plant->has_old_travel ? 200 * NS_PER_MS : 0;
    ask(story, GUARD_HEARTBEAT);
    story->now_ns += plant->beat_age_ns;
    story->sequence -= plant->has_old_travel; /* the travel's own */
    tell(story, GUARD_EVENT_ACCEPTED, CLEARED_TRAVEL, ++story->line);
    story->sequence += plant->has_old_travel;
    if (plant->has_two_travels) tell(story, GUARD_EVENT_ACCEPTED, CLEARED_TRAVEL, ++story->line);
    if (!plant->lacks_intent) note(story, JOURNAL_INTENT);
    if (plant->is_doubtful) note(story, JOURNAL_DOUBTFUL);
    story->truth.q[0] += plant->jump_mm;
    show(story, 10);
    tell(story, GUARD_EVENT_EXECUTED, CLEARED_TRAVEL, story->line);
}

static void put_on_wire(struct story *story, uint32_t line) {
    char text[64];
    int length = snprintf(text, sizeof text, "N%u G81 Z-1.1 R0 F4800\n", line);
    invariants_on_bytes_to_board(story->inv, (const unsigned char *)text, (size_t)length,
                                 story->now_ns);
}

/* Into the skin and out again. */
static void puncture(struct story *story) {
    const struct plant *plant = story->plant;
    struct puncture over = {.entry_ns = story->now_ns,
                            .line = story->line + (plant->is_stray ? 5 : 0),
                            .p_head = {plant->off_mm, 0, 0},
                            .n_head = {0, 0, 1},
                            .depth_mm = plant->depth_mm > 0 ? plant->depth_mm : 0.7,
                            .drag_mm = plant->drag_mm,
                            .T_rig_head = pose_identity()};
    story->truth.stroke_mm = 0.3;
    story->truth.T_rig_tool.R = mat3_exp(vec3_make(plant->lean_rad, 0, 0));
    story->now_ns += plant->late_ns;
    story->truth.T_rig_head.t.x -= plant->thrown_mm;
    show(story, 2);
    story->truth.is_in_skin = true;
    show(story, 1);
    story->truth.T_rig_tool.t.x += plant->driven_mm;
    show(story, 10);
    story->truth.is_in_skin = false;
    over.exit_ns = over.entry_ns + 25 * NS_PER_MS + plant->in_skin_ns;
    story->truth.over = &over;
    show(story, 5);
    story->truth.stroke_mm = 0;
    show(story, 1);
}

static void strike(struct story *story) {
    const struct plant *plant = story->plant;
    ask(story, GUARD_POSE);
    ask(story, GUARD_HEARTBEAT);
    story->now_ns += plant->pose_age_ns;
    story->sequence -= plant->falls_back ? 2 : 0;
    ask(story, GUARD_STRIKE);
    tell(story, GUARD_EVENT_ACCEPTED, CLEARED_STRIKE, ++story->line);
    put_on_wire(story, story->line - (plant->is_forged ? 1 : 0));
    puncture(story);
    if (plant->is_again) puncture(story);
    if (!plant->lacks_report) tell(story, GUARD_EVENT_EXECUTED, CLEARED_STRIKE, story->line);
    if (!plant->lacks_intent && !plant->is_doubtful) note(story, JOURNAL_DONE);
    if (plant->breaks_rules) note(story, JOURNAL_DONE);
}

/* A trip; the needle is out, or (planted) in for a while; then the end. */
static void stop(struct story *story) {
    const struct plant *plant = story->plant;
    struct guard_event event = {.kind = GUARD_EVENT_STATE, .stamp_ns = story->now_ns};
    event.state.state = SAFETY_HOLDING;
    snprintf(event.text, sizeof event.text, "%s", plant->lacks_alarm ? "" : "The head moved.");
    invariants_on_event(story->inv, &event, story->now_ns);
    if (plant->changes_plan) invariants_on_guard_plan(story->inv, 78, story->now_ns);
    enter(story, SAFETY_HOLDING, CONDITION_BIT(CONDITION_HEAD_SLOW));
    note(story, JOURNAL_EVENT);
    story->truth.stroke_mm = plant->out_ns ? 0.5 : 0;
    story->truth.is_in_skin = plant->out_ns != 0;
    show(story, 1);
    story->now_ns += plant->out_ns;
    show(story, 1);
    story->truth.is_in_skin = false;
    story->truth.stroke_mm = 0;
    show(story, 300);
    story->truth.T_rig_tool.t.x += plant->sideways_mm;
    show(story, 1);
    enter(story, SAFETY_HELD, CONDITION_BIT(CONDITION_HEAD_SLOW));
    show(story, 600);
    enter(story, SAFETY_FAULT, CONDITION_BIT(CONDITION_LINK_UP));
    if (!plant->lacks_acknowledgement) ask(story, GUARD_ACKNOWLEDGE);
    enter(story, SAFETY_OFF, 0);
}

static void end(struct story *story) {
    const struct plant *plant = story->plant;
    uint8_t fates[DOTS] = {plant->differs        ? FATE_SKIPPED
                           : plant->is_doubtful  ? FATE_DOUBTFUL
                           : plant->lacks_intent ? FATE_PENDING
                                                 : FATE_DONE};
    struct invariants_end how = {.fates = fates,
                                 .is_caught_up = true,
                                 .reason = plant->lacks_reason ? "" : "held by the operator",
                                 .now_ns = story->now_ns};
    invariants_on_end(story->inv, &how);
}

static void tell_story(const struct plant *plant, bool found[INVARIANT_COUNT + 1], char *text,
                       size_t size) {
    struct story story;
    set_up_story(&story, plant);
    begin(&story);
    travel(&story);
    strike(&story);
    stop(&story);
    end(&story);
    memset(found, 0, (INVARIANT_COUNT + 1) * sizeof *found);
    text[0] = '\0';
    for (size_t i = 0; i < story.inv->violation_count && i < VIOLATIONS_MAX; i++) {
        const struct violation *violation = &story.inv->violations[i];
        found[violation->number] = true;
        size_t length = strlen(text);
        snprintf(text + length, size - length, "I%d: %s\n", violation->number, violation->text);
    }
    invariants_destroy(&story.inv);
}

static void a_good_story_violates_nothing(void **state) {
    bool found[INVARIANT_COUNT + 1];
    char text[1024];
    (void)state;
    tell_story(&(struct plant){0}, found, text, sizeof text);
    assert_string_equal(text, "");
}

/* The head jumps after the strike was decided: nobody follows it, and nothing else is excused. */
static void a_jump_excuses_as_much_as_it_is(void **state) {
    static const struct {
        struct plant plant;
        bool is_right;
    } rows[] = {
        {{.thrown_mm = 0.5, .off_mm = 0.74}, true},
        {{.thrown_mm = 0.5, .off_mm = 0.76}, false},
        {{.thrown_mm = 0.5, .depth_mm = 1.59}, true},
        {{.thrown_mm = 0.5, .depth_mm = 1.61}, false},
        {{.thrown_mm = 0.5, .in_skin_ns = 500 * NS_PER_MS}, true}, /* on the retracted needle */
        {{.thrown_mm = 0.5, .driven_mm = 0.03}, false},
        {{.thrown_mm = 0.5, .lean_rad = 0.09}, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bool found[INVARIANT_COUNT + 1];
        char text[2048];
        tell_story(&rows[i].plant, found, text, sizeof text);
        if ((text[0] == '\0') != rows[i].is_right) fail_msg("row %zu: found:\n%s", i, text);
    }
}

static void each_invariant_can_fail(void **state) {
    static const struct {
        int number;
        struct plant plant;
    } rows[] = {
        {1, {.depth_mm = 1.11}},
        {2, {.drag_mm = 0.16}},
        {2, {.driven_mm = 0.03}},
        {3, {.out_ns = 61 * NS_PER_MS}},
        {4, {.sideways_mm = 0.03}},
        {5, {.is_again = true}},
        {6, {.breaks_rules = true}},
        {7, {.lacks_intent = true}},
        {8, {.lacks_report = true}},
        {9, {.lacks_deadman = true}},
        {9, {.lacks_home = true}},
        {9, {.beat_age_ns = 101 * NS_PER_MS}},
        {10, {.pose_age_ns = 81 * NS_PER_MS}},
        {10, {.late_ns = 41 * NS_PER_MS}},
        {11, {.has_old_travel = true}},
        {12, {.is_doubtful = true}},
        {13, {.in_skin_ns = 16 * NS_PER_MS}},
        {14, {.is_stray = true}},
        {15, {.off_mm = 0.26}},
        {15, {.thrown_mm = 0.5, .off_mm = 0.76}}, /* farther than the head has jumped */
        {16, {.lean_rad = 0.09}},
        {16, {.lean_rad = 0.09, .thrown_mm = 0.5}},
        {16, {.jump_mm = 3}},
        {17, {.has_two_travels = true}},
        {18, {.lacks_acknowledgement = true}},
        {19, {.lacks_question = true}},
        {20, {.is_forged = true}},
        {21, {.falls_back = true}},
        {22, {.lacks_alarm = true}},
        {23, {.changes_plan = true}},
        {24, {.differs = true}},
        {25, {.lacks_reason = true}},
    };
    bool is_covered[INVARIANT_COUNT + 1] = {false};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bool found[INVARIANT_COUNT + 1];
        char text[2048];
        tell_story(&rows[i].plant, found, text, sizeof text);
        if (!found[rows[i].number])
            fail_msg("row %zu: I%d was planted; found:\n%s", i, rows[i].number, text);
        is_covered[rows[i].number] = true;
    }
    for (int number = 1; number <= INVARIANT_COUNT; number++)
        if (!is_covered[number]) fail_msg("nothing plants I%d", number);
}

/* A needle that stands out too long and off its place, under an excuse that begins before the
 * travel or after it, and when a strike follows. */
static size_t tell_excused(enum invariant_excuse excuse, bool is_early, uint64_t *ret_excused) {
    struct story story;
    const struct plant plant = {.in_skin_ns = 16 * NS_PER_MS, .off_mm = 0.26};
    set_up_story(&story, &plant);
    begin(&story);
    if (is_early) invariants_excuse(story.inv, excuse, story.now_ns);
    travel(&story);
    show(&story, 31);
    if (!is_early) invariants_excuse(story.inv, excuse, story.now_ns);
    strike(&story);
    *ret_excused = 0;
    for (int i = 1; i <= INVARIANT_COUNT; i++) *ret_excused += story.inv->excused[excuse][i];
    size_t count = story.inv->violation_count;
    invariants_destroy(&story.inv);
    return count;
}

static void an_excuse_ends_with_its_cause(void **state) {
    (void)state;
    static const struct {
        enum invariant_excuse excuse;
        bool is_early; /* begun before the travel */
        size_t violations;
        uint64_t excused;
    } rows[] = {
        {EXCUSE_NONE, false, 2, 0},     {EXCUSE_STUCK, false, 0, 2},
        {EXCUSE_STUCK, true, 2, 0},    /* the needle has been seen retracted since */
        {EXCUSE_CHANGED, false, 2, 0}, /* the strike was let go after the change */
        {EXCUSE_SETTINGS, false, 2, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint64_t excused = 0;
        size_t violations = tell_excused(rows[i].excuse, rows[i].is_early, &excused);
        if (violations != rows[i].violations || excused != rows[i].excused)
            fail_msg("row %zu: %zu violations, %d excused", i, violations, (int)excused);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_story_violates_nothing),
        cmocka_unit_test(each_invariant_can_fail),
        cmocka_unit_test(a_jump_excuses_as_much_as_it_is),
        cmocka_unit_test(an_excuse_ends_with_its_cause),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
