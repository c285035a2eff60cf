/* Every bit of every byte on the serial line turned once, in both directions, over a session on the
 * virtual clock: bench-bitflip [DOTS [EVERY [NUMBER]]]. 100 dots and each bit,
 * or each so-manieth; with NUMBER that one alone is turned, and traced. From the moment before a
 * byte is sent the session goes on with that one bit turned until the guard has noticed or two more
 * dots are struck; then back, and the next bit. Judged by the true punctures and the case file. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/trace.h"
#include "tests/sim/session_scene.h"

#define DOTS_DEFAULT 100
#define EVERY_DEFAULT 1
#define JOBS 2
#define DOTS_MAX 1000
#define HORIZON_NS (700 * NS_PER_MS) /* a dot takes under 100 ms */
#define AFTER_TRIP_NS (300 * NS_PER_MS)
#define OFF_PLAN_MM 0.25 /* I15 */
#define DEEP_MM 0.10     /* I1: beyond the region's ceiling */
#define RETRACTED_MM 0.02
#define SESSION_NS (300 * NS_PER_S)
#define SHOWN_MAX 12
#define TEXT_MAX 120

/* A touch: the skin met a retracted needle, on a travel that led elsewhere than it was sent. Lost:
 * met, and the case file knows nothing of it. Phantom: done by the case file, and never met. */
enum verdict {
    HARMLESS,
    NOTICED,
    TOUCH,
    OFF_PLAN,
    TOO_DEEP,
    DOUBLED,
    LOST,
    PHANTOM,
    VERDICT_COUNT
};
static const char *const verdict_names[] = {"harmless",      "noticed",         "a touch",
                                            "off the plan",  "too deep",        "doubled",
                                            "silently lost", "done and not met"};
/* How long a motion can lead astray before it is held: it begins just after a report; the next one
 * is asked for 8 ms after that has come, its answer comes, and the hold goes out. Of a strike's own
 * line the report is asked for at its `ok`, four ways from the line to the hold: sooner. */
#define LINK_DELAY_NS (2500 * NS_PER_US)
#define POLL_NS (8 * NS_PER_MS)
#define ASTRAY_NS (POLL_NS + 4 * LINK_DELAY_NS)

struct tally {
    size_t flips, verdicts[VERDICT_COUNT], bytes[2];
    size_t unseen;                                      /* of the bad ones: never noticed either */
    double worst_off_mm, worst_deep_mm, worst_touch_mm; /* over all punctures with a bit turned */
};

/* All that changes in a session, to go back to. */
struct moment {
    struct virtual_rig rig;
    struct gate_dot dots[DOTS_MAX];
    uint8_t fates[DOTS_MAX], struck[DOTS_MAX];
    struct fate_slot slots[DOTS_MAX];
    bool was_in;
    double entry_stroke_mm;
};

struct flips {
    struct session_scene scene;
    struct virtual_rig *rig;
    uint8_t struck[DOTS_MAX]; /* true punctures of each dot so far */
    size_t seen;              /* punctures judged so far */
    bool was_in;              /* the skin, a small step of the truth ago */
    double entry_stroke_mm;   /* of the needle when it last entered */
    struct moment before;
    struct tally *tally;
    char text[2][TEXT_MAX]; /* what the step put on the line, from and to the board */
    size_t every, job;
    uint64_t number; /* of the flip, over both directions */
    uint64_t only;   /* the one that is turned and traced; UINT64_MAX: all of them */
    struct trace trace;
};

static void die(const char *what) {
    fprintf(stderr, "bench-bitflip: %s\n", what);
    exit(1);
}

static void keep(struct flips *f) {
    size_t count = f->scene.plan.dot_count;
    f->before.rig = *f->rig;
    f->before.was_in = f->was_in;
    f->before.entry_stroke_mm = f->entry_stroke_mm;
    memcpy(f->before.dots, f->rig->dots, count * sizeof *f->rig->dots);
    memcpy(f->before.fates, f->scene.fates, count);
    memcpy(f->before.struck, f->struck, count);
    memcpy(f->before.slots, f->rig->disk.fates.slots, count * sizeof(struct fate_slot));
}

static void go_back(struct flips *f) {
    size_t count = f->scene.plan.dot_count;
    *f->rig = f->before.rig;
    f->was_in = f->before.was_in;
    f->entry_stroke_mm = f->before.entry_stroke_mm;
    memcpy(f->rig->dots, f->before.dots, count * sizeof *f->rig->dots);
    memcpy(f->scene.fates, f->before.fates, count);
    memcpy(f->struck, f->before.struck, count);
    memcpy(f->rig->disk.fates.slots, f->before.slots, count * sizeof(struct fate_slot));
    f->seen = f->rig->world.puncture_count;
}

static double ceiling_mm(uint8_t region) {
    return region == 1 ? 1.15 : region == 2 ? 1.25 : 1.0;
}

/* The newest puncture against the plan. */
static enum verdict judge_puncture(struct flips *f, bool is_turned) {
    const struct puncture *p = &f->rig->world.last;
    size_t nearest = 0;
    double best_mm = INFINITY;
    for (size_t i = 0; i < f->scene.plan.dot_count; i++) {
        double d = vec3_distance(f->scene.plan.dots[i].p_head, p->p_head);
        if (d < best_mm) best_mm = d, nearest = i;
    }
    f->struck[nearest]++;
    double deep_mm = p->depth_mm - ceiling_mm(f->scene.plan.dots[nearest].region);
    if (f->entry_stroke_mm <= RETRACTED_MM) {
        f->struck[nearest]--;
        f->tally->worst_touch_mm = fmax(f->tally->worst_touch_mm, p->depth_mm);
        return TOUCH;
    }
    if (is_turned) {
        f->tally->worst_off_mm = fmax(f->tally->worst_off_mm, best_mm);
        f->tally->worst_deep_mm = fmax(f->tally->worst_deep_mm, deep_mm);
    }
    if (best_mm > OFF_PLAN_MM) return OFF_PLAN;
    if (deep_mm > DEEP_MM) return TOO_DEEP;
    return f->struck[nearest] > 1 ? DOUBLED : HARMLESS;
}

static enum verdict look(struct flips *f, bool is_turned) {
    enum verdict verdict = HARMLESS;
    while (f->seen < f->rig->world.puncture_count) {
        f->seen++;
        enum verdict one = judge_puncture(f, is_turned);
        if (one > verdict) verdict = one;
    }
    return verdict;
}

/* The case file against the punctures. */
static enum verdict judge_record(const struct flips *f) {
    for (size_t i = 0; i < f->scene.plan.dot_count; i++) {
        const struct fate_slot *slot = fates_find(&f->rig->disk.fates, f->scene.plan.dots[i].id);
        if (f->struck[i] && slot->fate == FATE_PENDING && !slot->has_intent) return LOST;
        if (!f->struck[i] && slot->fate == FATE_DONE) return PHANTOM;
    }
    return HARMLESS;
}

/* Speeding up for as long as that, and braking: how far the fastest axis can come. */
static double astray_mm(const struct rig *rig) {
    double most = 0, s = ns_to_s(ASTRAY_NS);
    for (size_t i = 0; i < rig->axis_count; i++)
        if (!rig->axes[i].is_rotary) most = fmax(most, rig->axes[i].acceleration_max * s * s);
    return most;
}

static bool is_noticed(const struct flips *f, enum safety_state was) {
    enum safety_state is = f->rig->guard.supervisor.state;
    return is == SAFETY_FAULT || (was == SAFETY_RUNNING && is == SAFETY_HOLDING);
}

static enum verdict run_turned(struct flips *f) {
    enum safety_state was = f->rig->guard.supervisor.state;
    int64_t end_ns = f->rig->now_ns + HORIZON_NS;
    size_t enough = f->rig->world.puncture_count + 2;
    enum verdict verdict = HARMLESS;
    bool noticed = false;
    while (f->rig->now_ns < end_ns && f->rig->world.puncture_count < enough) {
        virtual_step(f->rig, end_ns);
        enum verdict one = look(f, true);
        if (one > verdict) verdict = one;
        if (noticed || !is_noticed(f, was)) continue;
        noticed = true;
        end_ns = f->rig->now_ns + AFTER_TRIP_NS;
    }
    enum verdict record = judge_record(f);
    if (record > verdict) verdict = record;
    f->tally->unseen += verdict > NOTICED && !noticed;
    return verdict == HARMLESS && noticed ? NOTICED : verdict;
}

/* The bytes that a step has put, for people. */
static void keep_text(struct flips *f, bool is_to_board, uint64_t first) {
    const struct pipe *pipe = is_to_board ? &f->rig->to_board : &f->rig->to_host;
    size_t length = 0;
    uint64_t oldest = pipe->put_count - pipe->count;
    for (uint64_t at = first > oldest ? first : oldest;
         at < pipe->put_count && length + 1 < TEXT_MAX; at++) {
        char c = (char)pipe->bytes[(pipe->first + (size_t)(at - oldest)) % PIPE_BYTES_MAX];
        f->text[is_to_board][length++] = c == '\n' ? '|' : c;
    }
    f->text[is_to_board][length] = '\0';
}

/* Each bit of the bytes that the step from `before` put on the line in one direction. */
static void turn_bits(struct flips *f, bool is_to_board, uint64_t first, uint64_t last) {
    f->tally->bytes[is_to_board] += f->job == 0 ? (size_t)(last - first) : 0;
    for (uint64_t at = first; at < last; at++)
        for (unsigned bit = 0; bit < 8; bit++) {
            uint64_t number = f->number++;
            if (f->only != UINT64_MAX && number != f->only) continue;
            if (number % f->every || number / f->every % JOBS != f->job) continue;
            go_back(f);
            if (number == f->only) f->trace.stream = stdout;
            struct pipe *pipe = is_to_board ? &f->rig->to_board : &f->rig->to_host;
            pipe->fault = (struct pipe_fault){.kind = PIPE_FLIP, .at = at, .bit = bit};
            enum verdict verdict = run_turned(f);
            f->trace.stream = NULL;
            f->tally->flips++;
            f->tally->verdicts[verdict]++;
            size_t bad = f->tally->verdicts[TOUCH] + f->tally->verdicts[OFF_PLAN] +
                         f->tally->verdicts[TOO_DEEP] + f->tally->verdicts[DOUBLED] +
                         f->tally->verdicts[LOST] + f->tally->verdicts[PHANTOM];
            if (verdict > NOTICED && bad <= SHOWN_MAX)
                printf("%s: number %llu, bit %u of byte %llu of '%s' %s the board, at %.3f s\n",
                       verdict_names[verdict], (unsigned long long)number, bit,
                       (unsigned long long)(at - first), f->text[is_to_board],
                       is_to_board ? "to" : "from", ns_to_s(f->before.rig.now_ns));
        }
}

static void watch_step(void *context, const struct world *world) {
    struct flips *f = context;
    f->trace.now_ns = world->now_ns;
    if (world->skin.is_in && !f->was_in) f->entry_stroke_mm = world->stroke_mm;
    if (world->skin.is_in != f->was_in)
        trace_note(&f->trace, "truth", "%s the skin, needle at %.3f mm",
                   world->skin.is_in ? "into" : "out of", world->stroke_mm);
    f->was_in = world->skin.is_in;
}

/* --- the trace --- */

static void show_request(void *context, const struct guard_request *request) {
    struct flips *f = context;
    f->trace.now_ns = f->rig->now_ns;
    trace_request(&f->trace, request);
}

static void show_event(void *context, const struct guard_event *event) {
    struct flips *f = context;
    f->trace.now_ns = event->stamp_ns;
    trace_event(&f->trace, event);
}

static void show_entry(void *context, const struct journal_entry *entry) {
    struct flips *f = context;
    trace_entry(&f->trace, entry);
}

static void show_bytes(void *context, const unsigned char *bytes, size_t count, bool is_to_board) {
    struct flips *f = context;
    f->trace.now_ns = f->rig->now_ns;
    trace_bytes(&f->trace, bytes, count, is_to_board);
}

static void run_session(struct flips *f) {
    for (int64_t ran_ns = 0; !virtual_is_over(f->rig) && ran_ns < SESSION_NS;) {
        int64_t from_ns = f->rig->now_ns;
        uint64_t out = f->rig->to_board.put_count, in = f->rig->to_host.put_count;
        keep(f);
        virtual_step(f->rig, from_ns + NS_PER_S);
        uint64_t out_now = f->rig->to_board.put_count, in_now = f->rig->to_host.put_count;
        if (look(f, false) != HARMLESS) die("the session goes wrong without any bit turned");
        ran_ns += f->rig->now_ns - from_ns;
        if (out_now == out && in_now == in) continue;
        keep_text(f, true, out);
        keep_text(f, false, in);
        turn_bits(f, true, out, out_now);
        turn_bits(f, false, in, in_now);
        go_back(f);
        virtual_step(f->rig, from_ns + NS_PER_S);
        (void)look(f, false);
    }
    if (f->rig->session.phase != SESSION_FINISHED) die("the session does not end");
}

static void work(struct flips *f) {
    struct virtual_setup setup = {.rig = &f->scene.rig,
                                  .scenario = &f->scene.scenario,
                                  .field = &f->scene.field.view,
                                  .plan = &f->scene.plan,
                                  .fates = f->scene.fates,
                                  .seed = 5,
                                  .pose_noise_mm = 0.002,
                                  .link_delay_ns = LINK_DELAY_NS,
                                  .watch = {.context = f,
                                            .on_request = show_request,
                                            .on_event = show_event,
                                            .on_entry = show_entry,
                                            .on_bytes = show_bytes,
                                            .on_step = watch_step}};
    struct error err = {0};
    trace_begin(&f->trace, NULL, 0);
    if (virtual_create(&setup, &f->rig, &err) != RESULT_OK) die(err.text);
    run_session(f);
    virtual_destroy(&f->rig);
}

static void print_figure(const char *name, size_t value) {
    printf("figure %s %zu 1 goal <=0 %s\n", name, value, value ? "short" : "ok");
}

int main(int argc, char **argv) {
    static struct flips flips;
    size_t dots = argc > 1 ? strtoul(argv[1], NULL, 10) : DOTS_DEFAULT;
    struct tally *tallies = mmap(NULL, JOBS * sizeof *tallies, PROT_READ | PROT_WRITE,
                                 MAP_SHARED | MAP_ANONYMOUS, -1, 0),
                 sum = {0};
    flips.every = argc > 2 ? strtoul(argv[2], NULL, 10) : EVERY_DEFAULT;
    flips.only = argc > 3 ? strtoull(argv[3], NULL, 10) : UINT64_MAX;
    if (tallies == MAP_FAILED || !flips.every || !dots) die("no memory, or a number is wrong");
    if (!scene_init(&flips.scene, "configs/rigs/gantry.yaml", "configs/designs/patch.yaml"))
        die("the case cannot be made");
    if (dots < flips.scene.plan.dot_count) flips.scene.plan.dot_count = dots;
    if (flips.scene.plan.dot_count > DOTS_MAX) die("too many dots");
    fflush(stdout);
    for (flips.job = 0; flips.job < JOBS; flips.job++) {
        flips.tally = &tallies[flips.job];
        pid_t child = fork();
        if (child < 0) die("no process");
        if (child == 0) {
            work(&flips);
            fflush(stdout);
            _exit(0);
        }
    }
    for (int i = 0, status; i < JOBS; i++)
        if (wait(&status) < 0 || status != 0) die("a worker failed");
    for (int i = 0; i < JOBS; i++) {
        sum.flips += tallies[i].flips;
        for (int v = 0; v < VERDICT_COUNT; v++) sum.verdicts[v] += tallies[i].verdicts[v];
        for (int d = 0; d < 2; d++) sum.bytes[d] += tallies[i].bytes[d];
        sum.unseen += tallies[i].unseen;
        sum.worst_off_mm = fmax(sum.worst_off_mm, tallies[i].worst_off_mm);
        sum.worst_deep_mm = fmax(sum.worst_deep_mm, tallies[i].worst_deep_mm);
        sum.worst_touch_mm = fmax(sum.worst_touch_mm, tallies[i].worst_touch_mm);
    }
    printf(
        "%zu dots, %zu bytes to the board and %zu from it, every %zuth bit: %zu turned, %zu "
        "harmless, %zu noticed; farthest off a dot %.3f mm, deepest %.3f mm against its ceiling\n",
        flips.scene.plan.dot_count, sum.bytes[1], sum.bytes[0], flips.every, sum.flips,
        sum.verdicts[HARMLESS], sum.verdicts[NOTICED], sum.worst_off_mm, sum.worst_deep_mm);
    printf("touches of a retracted needle %zu\n", sum.verdicts[TOUCH]);
    double most_mm = astray_mm(&flips.scene.rig);
    printf("figure bitflip_touch_deepest %.3f mm goal <=%.2f %s\n", sum.worst_touch_mm, most_mm,
           sum.worst_touch_mm <= most_mm ? "ok" : "short");
    print_figure("bitflip_off_plan", sum.verdicts[OFF_PLAN]);
    print_figure("bitflip_too_deep", sum.verdicts[TOO_DEEP]);
    print_figure("bitflip_doubled", sum.verdicts[DOUBLED]);
    print_figure("bitflip_lost", sum.verdicts[LOST]);
    print_figure("bitflip_done_and_not_met", sum.verdicts[PHANTOM]);
    print_figure("bitflip_bad_and_never_noticed", sum.unseen);
    munmap(tallies, JOBS * sizeof *tallies);
    scene_release(&flips.scene);
    return 0;
}
