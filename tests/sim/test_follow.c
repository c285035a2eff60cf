/* A head that wanders off is waited for, and one that has shifted for good gets what is left
 * planned anew; nothing is skipped and nothing struck twice. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/sim/patch_session.h"

#define LONGEST_S 120

static struct virtual_rig *begin(FILE *truth) {
    struct virtual_setup setup = scene_setup(&scene, 11, truth);
    struct virtual_rig *virtual = NULL;
    assert_int_equal(virtual_create(&setup, &virtual, NULL), RESULT_OK);
    while (virtual->session.striker.done_count < 30) virtual_run(virtual, 100 * NS_PER_MS);
    return virtual;
}

static void run_to_the_end(struct virtual_rig *virtual) {
    for (int s = 0; s < LONGEST_S && !virtual_is_over(virtual); s++) virtual_run(virtual, NS_PER_S);
    if (virtual->session.phase != SESSION_FINISHED)
        fail_msg("%s: %s", session_phase_name(virtual->session.phase), virtual->session.reason);
    for (size_t i = 0; i < scene.plan.dot_count; i++) assert_int_equal(scene.fates[i], FATE_DONE);
}

/* As a head turns away: some 20 mm a second. */
static void move_head(struct virtual_rig *virtual, struct vec3 way_mm) {
    int64_t duration_ns = s_to_ns(vec3_norm(way_mm) / 20);
    const struct world_jolt jolt = {.duration_ns = duration_ns, .shift_mm = way_mm};
    world_jolt(&virtual->world, &jolt, virtual->now_ns);
    virtual_run(virtual, duration_ns);
}

static void a_head_out_of_reach_is_waited_for(void **state) {
    (void)state;
    struct virtual_rig *virtual = begin(NULL);
    struct vec3 away = vec3_make(190, 0, 0);
    move_head(virtual, away);
    virtual_run(virtual, 5 * NS_PER_S);
    size_t before = virtual->session.striker.done_count;
    assert_true(before < scene.plan.dot_count);
    assert_int_equal(virtual->session.striker.skipped_count, 0);
    assert_non_null(virtual->session.striker.waiting_for);
    print_message("waits for %s\n", virtual->session.striker.waiting_for);
    virtual_run(virtual, 20 * NS_PER_S);
    assert_int_equal(virtual->session.striker.done_count, before);
    move_head(virtual, vec3_scale(away, -1));
    run_to_the_end(virtual);
    virtual_destroy(&virtual);
}

static void a_shift_for_good_is_planned_for(void **state) {
    (void)state;
    char *text = NULL;
    size_t size = 0;
    FILE *truth = open_memstream(&text, &size);
    struct virtual_rig *virtual = begin(truth);
    move_head(virtual, vec3_make(14, -9, -2));
    virtual_run(virtual, 2 * NS_PER_S);
    run_to_the_end(virtual);
    size_t renewals = virtual->session.striker.route.renewals;
    virtual_destroy(&virtual);
    fclose(truth);
    struct met_dot *met = calloc(scene.plan.dot_count, sizeof *met);
    bool *is_met = calloc(scene.plan.dot_count, sizeof *is_met);
    assert_int_equal(scene_judge(&scene, text, met), scene.plan.dot_count);
    double worst_um = 0;
    for (size_t i = 0; i < scene.plan.dot_count; i++) {
        assert_false(is_met[met[i].dot]);
        is_met[met[i].dot] = true;
        worst_um = fmax(worst_um, met[i].placement_um);
    }
    print_message("planned anew %zu times, placement worst %.0f um\n", renewals, worst_um);
    assert_in_range(renewals, 1, 3);
    assert_true(worst_um < 250);
    free(is_met);
    free(met);
    free(text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_head_out_of_reach_is_waited_for),
        cmocka_unit_test(a_shift_for_good_is_planned_for),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
