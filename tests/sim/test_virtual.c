/* Whole sessions on a virtual clock: complete, exact, repeatable; a flinch, stopped frames, a
 * holding operator and a slow disk are waited out, and nothing is struck twice. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/sim/patch_session.h"

#define LONGEST_NS (600 * NS_PER_S)

struct trace {
    char *text;
    size_t size;
};

static struct virtual_rig *begin(uint64_t seed, FILE *truth) {
    struct virtual_setup setup = scene_setup(&scene, seed, truth);
    setup.journal_delay_ns = NS_PER_MS;
    struct virtual_rig *virtual = NULL;
    struct error err = {0};
    if (virtual_create(&setup, &virtual, &err) != RESULT_OK) fail_msg("%s", err.text);
    return virtual;
}

static void run_to_the_end(struct virtual_rig *virtual) {
    for (int64_t ran_ns = 0; !virtual_is_over(virtual) && ran_ns < LONGEST_NS; ran_ns += NS_PER_S)
        virtual_run(virtual, NS_PER_S);
    if (virtual->session.phase != SESSION_FINISHED)
        fail_msg("%s: %s", session_phase_name(virtual->session.phase), virtual->session.reason);
    for (size_t i = 0; i < scene.plan.dot_count; i++) assert_int_equal(scene.fates[i], FATE_DONE);
}

/* Each puncture against the nearest dot; and each dot at most once. */
static void judge(struct trace *trace) {
    size_t *struck = calloc(scene.plan.dot_count, sizeof *struck);
    struct met_dot *met = calloc(scene.plan.dot_count, sizeof *met);
    size_t count = scene_judge(&scene, trace->text, met);
    double placement_um = 0, depth_um = 0, in_skin_ms = 0;
    assert_int_equal(count, scene.plan.dot_count);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(struck[met[i].dot]++, 0);
        placement_um = fmax(placement_um, met[i].placement_um);
        depth_um = fmax(depth_um, fabs(met[i].depth_um - scene.plan.dots[met[i].dot].depth_um));
        in_skin_ms = fmax(in_skin_ms, met[i].in_skin_ms);
    }
    free(struck);
    free(met);
    print_message("placement max %.0f um, depth max %.0f um, in skin max %.1f ms\n", placement_um,
                  depth_um, in_skin_ms);
    assert_true(placement_um < 150 && depth_um < 100 && in_skin_ms < 40);
}

static void a_session_is_complete_exact_and_repeatable(void **state) {
    (void)state;
    struct trace one = {0}, two = {0};
    struct trace *traces[] = {&one, &two};
    for (int i = 0; i < 2; i++) {
        FILE *truth = open_memstream(&traces[i]->text, &traces[i]->size);
        struct virtual_rig *virtual = begin(7, truth);
        run_to_the_end(virtual);
        double running_s = session_running_s(&virtual->session, virtual->now_ns);
        print_message("%.1f dots/s\n", (double)scene.plan.dot_count / running_s);
        assert_true((double)scene.plan.dot_count / running_s > 10);
        virtual_destroy(&virtual);
        fclose(truth);
    }
    assert_int_equal(one.size, two.size);
    assert_memory_equal(one.text, two.text, one.size); /* the same seed, the same bytes */
    judge(&one);
    free(one.text);
    free(two.text);
}

enum trouble { FLINCH, FRAMES_STOP, OPERATOR_HOLDS, DEADMAN_RELEASED, TROUBLES };

/* At many moments of the cycle: held, needle away, and gone on when all is well again. */
static void troubles_are_waited_out(void **state) {
    (void)state;
    for (int trouble = 0; trouble < TROUBLES; trouble++)
        for (int phase_ms = 0; phase_ms < 90; phase_ms += 15) {
            struct trace trace = {0};
            FILE *truth = open_memstream(&trace.text, &trace.size);
            struct virtual_rig *virtual = begin((uint64_t)(100 + phase_ms), truth);
            virtual_run(virtual, 10 * NS_PER_S + phase_ms * NS_PER_MS);
            assert_int_equal(virtual->session.phase, SESSION_RUNNING);
            size_t before = virtual->world.puncture_count;
            struct world_jolt flinch = {virtual->now_ns, 60 * NS_PER_MS, {3, -2, -1}, false};
            if (trouble == FLINCH) world_jolt(&virtual->world, &flinch, virtual->now_ns);
            if (trouble == FRAMES_STOP) virtual->sensor.are_frames_stopped = true;
            if (trouble == OPERATOR_HOLDS)
                assert_int_equal(session_call(&virtual->session, SESSION_CALL_HOLD,
                                              &virtual->outbox, virtual->now_ns, NULL),
                                 RESULT_OK);
            if (trouble == DEADMAN_RELEASED)
                session_set_input(&virtual->session, GUARD_INPUT_DEADMAN_HELD, false);
            virtual_run(virtual, NS_PER_S);
            if (trouble !=
                FLINCH) { /* at most the running strike and one decided with a good pose */
                assert_true(virtual->world.puncture_count <= before + 2);
                assert_true(virtual->guard.supervisor.state == SAFETY_HELD);
            }
            virtual->sensor.are_frames_stopped = false;
            session_set_input(&virtual->session, GUARD_INPUT_DEADMAN_HELD, true);
            if (trouble == OPERATOR_HOLDS)
                assert_int_equal(session_call(&virtual->session, SESSION_CALL_RESUME,
                                              &virtual->outbox, virtual->now_ns, NULL),
                                 RESULT_OK);
            run_to_the_end(virtual);
            virtual_destroy(&virtual);
            fclose(truth);
            if (trouble != FLINCH) judge(&trace); /* a flinch in mid-strike drags that one dot */
            free(trace.text);
        }
}

/* From as quick as a strike to slower than any wait over a dot: slower dots, and nothing else. */
static void a_slow_disk_is_waited_for(void **state) {
    (void)state;
    static const int64_t delays_ms[] = {20, 60, 110, 200, 1000};
    for (size_t i = 0; i < sizeof delays_ms / sizeof *delays_ms; i++) {
        struct trace trace = {0};
        FILE *truth = open_memstream(&trace.text, &trace.size);
        struct virtual_rig *virtual = begin(7, truth);
        virtual->setup.journal_delay_ns = delays_ms[i] * NS_PER_MS;
        run_to_the_end(virtual);
        double running_s = session_running_s(&virtual->session, virtual->now_ns);
        double dots_s = (double)scene.plan.dot_count / running_s;
        print_message("%lld ms: %.1f dots/s\n", (long long)delays_ms[i], dots_s);
        assert_int_equal(virtual->disk.refused_count, 0);
        assert_true(dots_s > 1e3 / (double)(2 * delays_ms[i] + 200));
        virtual_destroy(&virtual);
        fclose(truth);
        judge(&trace);
        free(trace.text);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_session_is_complete_exact_and_repeatable),
        cmocka_unit_test(troubles_are_waited_out),
        cmocka_unit_test(a_slow_disk_is_waited_for),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
