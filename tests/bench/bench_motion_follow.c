/* Following: whole sessions on the virtual clock (sim/virtual.h: the daemon's session, the guard,
 * the simulated board over a link of 5 ms round trip), the head breathing 2 mm at 0.25 Hz with a
 * cardiac pulse of 80 um and tremor of 10 um; cameras at 30 Hz, a measured pose off by 2 um rms
 * each axis.
 *
 * Placement is the simulated truth: where the needle met the skin against the dot, in the head's
 * frame. Beside it: the miss with the aim frozen at the first dot's pose, and with the newest
 * measured pose held until contact instead of predicted. Overhead is the time from the first to the
 * last puncture over the sum of its moves' and strokes' kinematic lower bounds (rest to rest, on a
 * head at rest). */
#include "base/spread.h"
#include "motion/time_model.h"
#include "tests/bench/figure.h"
#include "tests/sim/session_scene.h"

#define SESSIONS 3
#define LONGEST_S 600

static double p95(double *values, size_t count) {
    spread_sort(values, count);
    return spread_quantile(values, count, 0.95);
}

struct watcher {
    const struct virtual_rig *virtual;
    const struct session_scene *scene;
    double *seen_s; /* by plan index: stamp of the newest pose when the strike was asked */
};

static void watch_request(void *context, const struct guard_request *request) {
    struct watcher *watcher = context;
    if (request->kind != GUARD_STRIKE || !watcher->virtual) return;
    const struct dot_plan *plan = &watcher->scene->plan;
    for (size_t i = 0; i < plan->dot_count; i++)
        if (plan->dots[i].id == request->as.strike.dot)
            watcher->seen_s[i] = ns_to_s(watcher->virtual->session.striker.head.stamp_ns -
                                         watcher->virtual->world.start_ns);
}

/* How far the dot goes along the skin between two moments, um. */
static double shift_um(const struct session_scene *scene, size_t dot, double from_s, double to_s) {
    struct vec3 p = scene->plan.dots[dot].p_head, n = scene->plan.dots[dot].n_head;
    struct pose before = scenario_head_at(&scene->scenario, from_s);
    struct pose after = scenario_head_at(&scene->scenario, to_s);
    struct vec3 miss = vec3_sub(pose_apply(pose_inverse(after), pose_apply(before, p)), p);
    return vec3_norm(vec3_mad(miss, -vec3_dot(miss, n), n)) * 1e3;
}

static struct axes hover_of(const struct session_scene *scene, size_t dot,
                            const struct axes *from) {
    const struct dot *d = &scene->plan.dots[dot];
    struct vec3 n = pose_rotate(scene->scenario.T_rig_head, d->n_head);
    struct vec3 p = pose_apply(scene->scenario.T_rig_head, d->p_head);
    struct axes axes = *from;
    (void)kinematics_inverse_near(&scene->rig, vec3_mad(p, scene->rig.hover_mm, n), n, from, &axes);
    return axes;
}

/* From the first puncture to the last, at the least. */
static double bound_s(const struct session_scene *scene, const struct met_dot *met, size_t count) {
    const struct rig *rig = &scene->rig;
    struct axes at = hover_of(scene, met[0].dot, &(struct axes){0});
    double sum_s = 0;
    for (size_t i = 1; i < count; i++) {
        struct axes to = hover_of(scene, met[i].dot, &at);
        double stroke_mm = rig->hover_mm + scene->plan.dots[met[i].dot].depth_um * 1e-3;
        sum_s += time_model_travel_s(rig, &at, &to) +
                 time_model_strike_s(rig, stroke_mm, rig->plunge_mm_s);
        at = to;
    }
    return sum_s;
}

struct sums {
    double *placement_um, *held_um, *uncorrected_um, *depth_um;
    size_t count, unfinished;
    double session_s, bound_s;
};

static void take(const struct session_scene *scene, char *truth, const double *seen_s,
                 struct sums *sums) {
    struct met_dot *met = calloc(scene->plan.dot_count, sizeof *met);
    size_t count = met ? scene_judge(scene, truth, met) : SIZE_MAX;
    if (count != scene->plan.dot_count) {
        sums->unfinished++;
        free(met);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        size_t dot = met[i].dot, at = sums->count++;
        sums->placement_um[at] = met[i].placement_um;
        sums->uncorrected_um[at] = met[i].uncorrected_um;
        sums->held_um[at] = shift_um(scene, dot, seen_s[dot], met[i].t_s);
        sums->depth_um[at] = fabs(met[i].depth_um - scene->plan.dots[dot].depth_um);
    }
    sums->session_s += met[count - 1].t_s - met[0].t_s;
    sums->bound_s += bound_s(scene, met, count);
    free(met);
}

static void run_session(const struct session_scene *scene, uint64_t seed, struct sums *sums) {
    char *text = NULL;
    size_t size = 0;
    double *seen_s = calloc(scene->plan.dot_count, sizeof *seen_s);
    FILE *truth = open_memstream(&text, &size);
    struct watcher watcher = {NULL, scene, seen_s};
    struct virtual_setup setup = {.rig = &scene->rig,
                                  .scenario = &scene->scenario,
                                  .field = &scene->field.view,
                                  .plan = &scene->plan,
                                  .fates = scene->fates,
                                  .seed = seed,
                                  .pose_noise_mm = 0.002,
                                  .link_delay_ns = 2500 * NS_PER_US,
                                  .watch = {.context = &watcher, .on_request = watch_request},
                                  .truth = truth};
    struct virtual_rig *virtual = NULL;
    memset(scene->fates, FATE_PENDING, scene->plan.dot_count);
    if (!truth || !seen_s || virtual_create(&setup, &virtual, NULL) != RESULT_OK) exit(1);
    watcher.virtual = virtual;
    for (int s = 0; s < LONGEST_S && !virtual_is_over(virtual); s++) virtual_run(virtual, NS_PER_S);
    virtual_destroy(&virtual);
    fclose(truth);
    take(scene, text, seen_s, sums);
    free(text);
    free(seen_s);
}

static void rig_figures(const char *name, const char *rig_path) {
    struct session_scene scene;
    char label[64];
    if (!scene_init(&scene, rig_path, "configs/designs/patch.yaml")) return;
    scene.scenario.heartbeat_mm = 0.08;
    scene.scenario.tremor_mm = 0.01;
    size_t room = SESSIONS * scene.plan.dot_count;
    struct sums sums = {.placement_um = calloc(room, sizeof(double)),
                        .held_um = calloc(room, sizeof(double)),
                        .uncorrected_um = calloc(room, sizeof(double)),
                        .depth_um = calloc(room, sizeof(double))};
    if (!sums.placement_um || !sums.held_um || !sums.uncorrected_um || !sums.depth_um) exit(1);
    for (uint64_t seed = 1; seed <= SESSIONS; seed++) run_session(&scene, seed, &sums);
    (void)snprintf(label, sizeof label, "motion.follow_%s_unfinished", name);
    figure_most(label, (double)sums.unfinished, "sessions", 0);
    if (sums.count == 0) return;
    (void)snprintf(label, sizeof label, "motion.follow_%s_placement_p95", name);
    figure_most(label, p95(sums.placement_um, sums.count), "um", 60);
    (void)snprintf(label, sizeof label, "motion.follow_%s_overhead", name);
    figure_most(label, sums.session_s / sums.bound_s, "of_bound", 1.05);
    printf(
        "beside: %zu dots, placement worst %.0f um, depth off worst %.0f um; the last pose held "
        "%.0f um p95, uncorrected %.0f um p95; %.2f s against %.2f s\n",
        sums.count, sums.placement_um[sums.count - 1],
        (p95(sums.depth_um, sums.count), sums.depth_um[sums.count - 1]),
        p95(sums.held_um, sums.count), p95(sums.uncorrected_um, sums.count), sums.session_s,
        sums.bound_s);
    free(sums.placement_um);
    free(sums.held_um);
    free(sums.uncorrected_um);
    free(sums.depth_um);
    scene_release(&scene);
}

int main(void) {
    rig_figures("gantry", "configs/rigs/gantry.yaml");
    rig_figures("arm", "configs/rigs/arm6.yaml");
    return 0;
}
