/* Head positions that reach the most dots. A few hundred turns are tried on a sample of the dots;
 * what the chosen ones reach is then counted on all. */
#include <stdlib.h>
#include <string.h>

#include "motion/reach.h"

#define SAMPLE_MAX 300u /* dots that turns are tried on */
#define STEP_RAD (15 * RAD_PER_DEG)
#define TIP_STEPS 4  /* to either side: 60 deg */
#define LEAN_STEPS 2 /* 30 deg */
#define TURN_STEP_RAD (30 * RAD_PER_DEG)
#define TURN_STEPS 12 /* all around */
#define TURNS_MAX ((2 * TIP_STEPS + 1) * (2 * LEAN_STEPS + 1) * TURN_STEPS + 1)
/* A dot whose normal is farther than this from the rig's needle has no say in the shift. */
#define FACING_COSINE 0.7
/* A position that adds less than this part of the dots is not worth a client's turning. */
#define WORTH_PART 0.01
/* So many dots (a part, for a radian) is an easier position worth. */
#define EASE_PART 0.03

struct search {
    const struct reach_scene *scene;
    const struct dot_plan *plan;
    struct pose T_nominal;
    struct vec3 anchor_rig; /* where the rig works: the middle of the dots that it reaches now */
    struct vec3 needle_rig; /* the rig's own needle axis */
    size_t sample_step, sample_count;
    struct reach_position *turns; /* candidates */
    size_t turn_count;
    uint8_t *reaches; /* turn by sample: whether it reaches it */
    bool *is_covered; /* by sample */
};

/* Chair upon headrest: the tip and lean come first, then the turn takes all with it. */
static struct pose pose_of(const struct search *search, const struct reach_turn *turn) {
    struct mat3 R = mat3_mul(mat3_exp(vec3_make(0, 0, turn->turn_rad)),
                             mat3_mul(mat3_exp(vec3_make(turn->tip_rad, 0, 0)),
                                      mat3_exp(vec3_make(0, turn->lean_rad, 0))));
    struct pose T = search->T_nominal;
    T.R = mat3_mul(R, T.R);
    T.t = vec3_add(T.t, turn->shift_rig_mm);
    return T;
}

/* Bring the middle of the dots that face the needle to where the rig works. false: none does. */
static bool shift(const struct search *search, struct reach_turn *turn) {
    struct pose T = pose_of(search, turn);
    struct vec3 sum = {0};
    size_t count = 0;
    for (size_t s = 0; s < search->sample_count; s++) {
        const struct dot *dot = &search->plan->dots[s * search->sample_step];
        if (vec3_dot(pose_rotate(T, dot->n_head), search->needle_rig) < FACING_COSINE) continue;
        sum = vec3_add(sum, pose_apply(T, dot->p_head));
        count++;
    }
    if (count == 0) return false;
    turn->shift_rig_mm = vec3_sub(search->anchor_rig, vec3_scale(sum, 1.0 / (double)count));
    return true;
}

static void add_turn(struct search *search, const struct reach_turn *turn) {
    struct reach_position *position = &search->turns[search->turn_count];
    uint8_t *row = search->reaches + search->turn_count * search->sample_count;
    *position = (struct reach_position){.turn = *turn, .T_rig_head = pose_of(search, turn)};
    for (size_t s = 0; s < search->sample_count; s++) {
        struct axes axes;
        row[s] = reach_case_allows(reach_dot(search->scene, position->T_rig_head,
                                             &search->plan->dots[s * search->sample_step], &axes));
    }
    search->turn_count++;
}

static void try_turns(struct search *search, struct reach_progress progress) {
    add_turn(search, &(struct reach_turn){0});
    for (int turn = 0; turn < TURN_STEPS; turn++) {
        if (progress.tell) progress.tell(progress.context, (double)turn / TURN_STEPS);
        for (int tip = -TIP_STEPS; tip <= TIP_STEPS; tip++)
            for (int lean = -LEAN_STEPS; lean <= LEAN_STEPS; lean++) {
                struct reach_turn t = {
                    .tip_rad = tip * STEP_RAD,
                    .lean_rad = lean * STEP_RAD,
                    .turn_rad =
                        (turn <= TURN_STEPS / 2 ? turn : turn - TURN_STEPS) * TURN_STEP_RAD};
                if (shift(search, &t)) add_turn(search, &t);
            }
    }
}

static void find_anchor(struct search *search) {
    struct vec3 reached = {0}, all = {0};
    size_t count = 0;
    struct axes middle = {0}, axes;
    const struct rig *rig = search->scene->rig;
    for (size_t i = 0; i < rig->axis_count; i++)
        middle.q[i] =
            rig->kind == RIG_GANTRY5 ? 0.5 * (rig->axes[i].min + rig->axes[i].max) : rig->park[i];
    struct pose T_rig_tool = kinematics_forward(rig, &middle);
    search->needle_rig = pose_rotate(T_rig_tool, vec3_make(0, 0, 1));
    all = T_rig_tool.t;
    for (size_t s = 0; s < search->sample_count; s++) {
        const struct dot *dot = &search->plan->dots[s * search->sample_step];
        if (!reach_case_allows(reach_dot(search->scene, search->T_nominal, dot, &axes))) continue;
        reached = vec3_add(reached, pose_apply(search->T_nominal, dot->p_head));
        count++;
    }
    search->anchor_rig = count ? vec3_scale(reached, 1.0 / (double)count) : all;
}

/* How far a client is turned, rad; shifts of the chair count little. */
static double effort(const struct reach_turn *turn) {
    return fabs(turn->tip_rad) + fabs(turn->lean_rad) + fabs(turn->turn_rad) +
           1e-3 * vec3_norm(turn->shift_rig_mm);
}

/* The candidate that reaches the most of what is not yet covered, a little less being enough of an
 * easier one. */
static size_t best_turn(const struct search *search, size_t *ret_count) {
    size_t best = 0;
    double best_worth = 0;
    *ret_count = 0;
    for (size_t t = 0; t < search->turn_count; t++) {
        const uint8_t *row = search->reaches + t * search->sample_count;
        size_t count = 0;
        for (size_t s = 0; s < search->sample_count; s++) count += row[s] && !search->is_covered[s];
        double worth = (double)count * (1 - EASE_PART * effort(&search->turns[t].turn));
        if (worth > best_worth) best = t, best_worth = worth, *ret_count = count;
    }
    return best;
}

/* Count on all dots what the next position reaches, and take it when it is worth it. */
static bool take_position(const struct search *search, struct reach_position position,
                          struct reach_plan *plan) {
    uint8_t number = (uint8_t)plan->position_count;
    for (size_t i = 0; i < plan->dot_count; i++) {
        struct axes axes;
        bool is_reached = reach_case_allows(
            reach_dot(search->scene, position.T_rig_head, &search->plan->dots[i], &axes));
        position.reached_count += is_reached;
        if (!is_reached || plan->position_of[i] != UINT8_MAX) continue;
        position.own_count++;
        plan->position_of[i] = number;
    }
    if (number > 0 && (double)position.own_count < WORTH_PART * (double)plan->dot_count) {
        for (size_t i = 0; i < plan->dot_count; i++)
            if (plan->position_of[i] == number) plan->position_of[i] = UINT8_MAX;
        return false;
    }
    plan->reached_count += position.own_count;
    plan->positions[plan->position_count++] = position;
    return true;
}

static void cover(struct search *search, struct reach_plan *plan) {
    while (plan->position_count < REACH_POSITIONS_MAX) {
        size_t count = 0, best = best_turn(search, &count);
        if (count == 0 || !take_position(search, search->turns[best], plan)) return;
        const uint8_t *row = search->reaches + best * search->sample_count;
        for (size_t s = 0; s < search->sample_count; s++) search->is_covered[s] |= row[s] != 0;
    }
}

enum result reach_plan_make(const struct reach_scene *scene, struct pose T_rig_head,
                            const struct dot_plan *dots, struct reach_progress progress,
                            struct reach_plan *ret_plan) {
    struct reach_plan plan = {.dot_count = dots->dot_count};
    struct search search = {.scene = scene, .plan = dots, .T_nominal = T_rig_head};
    search.sample_step = (dots->dot_count + SAMPLE_MAX - 1) / SAMPLE_MAX;
    if (dots->dot_count == 0) return RESULT_INVALID;
    search.sample_count = (dots->dot_count - 1) / search.sample_step + 1;
    search.turns = calloc(TURNS_MAX, sizeof *search.turns);
    search.reaches = calloc(TURNS_MAX * search.sample_count, 1);
    search.is_covered = calloc(search.sample_count, sizeof *search.is_covered);
    plan.nominal = calloc(dots->dot_count, 1);
    plan.position_of = malloc(dots->dot_count);
    bool has_memory =
        search.turns && search.reaches && search.is_covered && plan.nominal && plan.position_of;
    if (has_memory) {
        struct axes axes;
        memset(plan.position_of, UINT8_MAX, dots->dot_count);
        for (size_t i = 0; i < dots->dot_count; i++)
            plan.nominal[i] = (uint8_t)reach_dot(scene, T_rig_head, &dots->dots[i], &axes);
        find_anchor(&search);
        try_turns(&search, progress);
        cover(&search, &plan);
    }
    free(search.turns);
    free(search.reaches);
    free(search.is_covered);
    if (has_memory)
        *ret_plan = plan;
    else
        reach_plan_release(&plan);
    return has_memory ? RESULT_OK : RESULT_NO_MEMORY;
}

void reach_plan_release(struct reach_plan *plan) {
    free(plan->nominal);
    free(plan->position_of);
    *plan = (struct reach_plan){0};
}
