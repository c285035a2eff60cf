#include "plan/relax.h"

#include <stdlib.h>
#include <string.h>

#include "plan/scatter.h"

#define SIGMA 0.62    /* of a dot's Gaussian, in spacings */
#define CUT 1.95      /* spacings: beyond it a Gaussian is not felt */
#define STEP 0.16     /* of the descent */
#define STEP_MOST 0.3 /* spacings a step */
#define DESCENTS 15
#define RELINK 5        /* steps between new neighbour lists */
#define LINK_SLACK 0.25 /* spacings that neighbours may come nearer meanwhile */
#define PUSHES_MOST 80
#define PUSH_OVER 1.05
#define PITCH_SLACK_MM 0.02 /* landing on the scan's triangles moves a dot by less than this */
#define HEXAGON 1.0745699318235420 /* pitch of the hexagonal lattice of density 1 */
#define TABLE_SIZE 512

/* exp(-r^2 / (2 sigma^2)) by r^2 in [0, CUT^2]. */
struct kernel {
    float value[TABLE_SIZE + 2];
};

static void kernel_init(struct kernel *kernel) {
    for (int i = 0; i < TABLE_SIZE + 2; i++)
        kernel->value[i] = (float)exp(-(double)i / TABLE_SIZE * CUT * CUT / (2 * SIGMA * SIGMA));
}

static double kernel_at(const struct kernel *kernel, double r2) {
    double x = r2 * (TABLE_SIZE / (CUT * CUT));
    if (!(x < TABLE_SIZE)) return 0;
    int i = (int)x;
    double f = x - i, a = (double)kernel->value[i];
    return a + f * ((double)kernel->value[i + 1] - a);
}

/* The push of something at `from` on something at p, in spacings: along p - from. */
static struct vec3 push_of(const struct kernel *kernel, struct vec3 p, struct vec3 from,
                           double spacing_mm) {
    struct vec3 d = vec3_sub(p, from);
    double inv = 1 / spacing_mm;
    return vec3_scale(d, inv * kernel_at(kernel, vec3_norm2(d) * inv * inv));
}

/* Everything of one filling. */
struct relax {
    const struct relax_ground *ground;
    struct kernel kernel;
    struct cloud cloud;
    struct cloud_links links;
    float *middles; /* skin points of the cells, 3 each */
    float *pull;    /* what the wanted density's own Gaussians push, 3 a cell: subtracted */
};

static struct vec3 float3(const float *f) {
    return vec3_make((double)f[0], (double)f[1], (double)f[2]);
}

static void set_float3(float *f, struct vec3 v) {
    f[0] = (float)v.x, f[1] = (float)v.y, f[2] = (float)v.z;
}

static struct vec3 pull_at(const struct relax *relax, long cell) {
    const struct relax_ground *ground = relax->ground;
    const struct chart *chart = ground->chart;
    struct map_point q = chart_cell_middle(chart, cell);
    struct vec3 p = float3(relax->middles + 3 * cell), sum = {0, 0, 0};
    double spacing = (double)ground->spacing_mm[cell];
    int reach = (int)ceil(CUT * spacing * 1.1 * chart_stretch(chart, q) / chart->cell_mm);
    long x = cell % chart->width, y = cell / chart->width;
    for (long j = y - reach; j <= y + reach; j++)
        for (long i = x - reach; i <= x + reach; i++) {
            if (i < 0 || j < 0 || i >= chart->width || j >= chart->height) continue;
            long other = j * chart->width + i;
            double mass = (double)ground->surroundings[other];
            if (!(mass > 0)) continue;
            double pair = 0.5 * (spacing + (double)ground->spacing_mm[other]);
            sum = vec3_mad(sum, mass,
                           push_of(&relax->kernel, p, float3(relax->middles + 3 * other), pair));
        }
    return sum;
}

static enum result prepare_pull(struct relax *relax) {
    const struct relax_ground *ground = relax->ground;
    const struct chart *chart = ground->chart;
    long cells = (long)chart->width * chart->height;
    relax->middles = calloc(3 * (size_t)cells, sizeof *relax->middles);
    relax->pull = calloc(3 * (size_t)cells, sizeof *relax->pull);
    if (!relax->middles || !relax->pull) return RESULT_NO_MEMORY;
    for (long cell = 0; cell < cells; cell++) {
        struct vec3 p = {0, 0, 0};
        if (ground->surroundings[cell] > 0 &&
            chart_place(chart, chart_cell_middle(chart, cell), &p))
            set_float3(relax->middles + 3 * cell, p);
    }
    for (long cell = 0; cell < cells; cell++)
        if (ground->wanted[cell] > 0) set_float3(relax->pull + 3 * cell, pull_at(relax, cell));
    return RESULT_OK;
}

/* Move point i by `step` along the skin, if a dot may be there. */
static void move(struct relax *relax, size_t i, struct vec3 step) {
    const struct relax_ground *ground = relax->ground;
    struct vec3 p = vec3_add(relax->cloud.p_head[i], step);
    struct map_point q = chart_flatten(ground->chart, p);
    long cell = chart_cell(ground->chart, q);
    if (cell < 0 || !(ground->wanted[cell] > 0) || !chart_place(ground->chart, q, &p)) return;
    relax->cloud.p_head[i] = p;
    relax->cloud.q[i] = q;
    relax->cloud.spacing_mm[i] = (double)ground->spacing_mm[cell];
}

static struct vec3 descent_of(const struct relax *relax, size_t i) {
    const struct cloud *cloud = &relax->cloud;
    const uint32_t *near = relax->links.neighbours + i * CLOUD_NEIGHBOURS_MAX;
    struct vec3 p = cloud->p_head[i], sum = {0, 0, 0};
    double spacing = cloud->spacing_mm[i];
    for (int k = 0; k < relax->links.counts[i]; k++) {
        double pair = 0.5 * (spacing + cloud->spacing_mm[near[k]]);
        sum = vec3_add(sum, push_of(&relax->kernel, p, cloud->p_head[near[k]], pair));
    }
    long cell = chart_cell(relax->ground->chart, cloud->q[i]);
    sum = vec3_sub(sum, float3(relax->pull + 3 * cell));
    double length = vec3_norm(sum) * STEP / (SIGMA * SIGMA);
    double scale = length > STEP_MOST ? STEP_MOST / length : 1.0;
    return vec3_scale(sum, scale * spacing * STEP / (SIGMA * SIGMA));
}

static enum result descend(struct relax *relax) {
    struct cloud *cloud = &relax->cloud;
    struct vec3 *steps = malloc((cloud->movable + 1) * sizeof *steps);
    enum result result = steps ? RESULT_OK : RESULT_NO_MEMORY;
    for (int round = 0; result == RESULT_OK && round < DESCENTS; round++) {
        if (round % RELINK == 0)
            result = cloud_link(cloud, relax->ground->chart, CUT + LINK_SLACK, 0, &relax->links);
        for (size_t i = 0; result == RESULT_OK && i < cloud->movable; i++)
            steps[i] = descent_of(relax, i);
        for (size_t i = 0; result == RESULT_OK && i < cloud->movable; i++) move(relax, i, steps[i]);
    }
    free(steps);
    return result;
}

/* The pitch that a pair should have. */
static double pitch_of(const struct relax *relax, size_t i, size_t j) {
    const double *spacing = relax->cloud.spacing_mm;
    return fmax(RELAX_RADIUS * HEXAGON * 0.5 * (spacing[i] + spacing[j]),
                relax->ground->pitch_least_mm + PITCH_SLACK_MM);
}

/* One round of pushing apart; the number of pairs that were too near. */
static size_t push_apart(struct relax *relax) {
    struct cloud *cloud = &relax->cloud;
    size_t too_near = 0;
    for (size_t i = 0; i < cloud->movable; i++) {
        const uint32_t *near = relax->links.neighbours + i * CLOUD_NEIGHBOURS_MAX;
        struct vec3 p = cloud->p_head[i], sum = {0, 0, 0};
        for (int k = 0; k < relax->links.counts[i]; k++) {
            struct vec3 d = vec3_sub(p, cloud->p_head[near[k]]);
            double pitch = pitch_of(relax, i, near[k]), distance = vec3_norm(d);
            if (distance >= pitch || !(distance > 1e-9)) continue;
            double share = near[k] < cloud->movable ? 0.5 : 1.0;
            too_near++;
            sum = vec3_mad(sum, PUSH_OVER * share * (pitch - distance) / distance, d);
        }
        if (sum.x != 0 || sum.y != 0 || sum.z != 0) move(relax, i, sum);
    }
    return too_near;
}

static enum result push_all(struct relax *relax) {
    double least = relax->ground->pitch_least_mm + PITCH_SLACK_MM;
    enum result result = RESULT_OK;
    for (int round = 0; result == RESULT_OK && round < PUSHES_MOST; round++) {
        if (round % RELINK == 0)
            result = cloud_link(&relax->cloud, relax->ground->chart,
                                RELAX_RADIUS * HEXAGON + LINK_SLACK, least + 0.2, &relax->links);
        if (result == RESULT_OK && push_apart(relax) == 0 && round % RELINK == 0) break;
    }
    return result;
}

/* Leave out points that are nearer than the least pitch to one that stays. */
static enum result leave_out_crowded(struct relax *relax, size_t *ret_left_out) {
    struct cloud *cloud = &relax->cloud;
    double least = relax->ground->pitch_least_mm;
    bool *is_out = calloc(cloud->movable + 1, sizeof *is_out);
    enum result result = is_out ? cloud_link(cloud, relax->ground->chart, 0, least, &relax->links)
                                : RESULT_NO_MEMORY;
    size_t kept = 0;
    for (size_t i = 0; result == RESULT_OK && i < cloud->movable; i++) {
        const uint32_t *near = relax->links.neighbours + i * CLOUD_NEIGHBOURS_MAX;
        for (int k = 0; k < relax->links.counts[i] && !is_out[i]; k++)
            is_out[i] = (near[k] < i && !is_out[near[k]]) || near[k] >= cloud->movable;
    }
    for (size_t i = 0; result == RESULT_OK && i < cloud->movable; i++) {
        if (is_out[i]) continue;
        cloud->p_head[kept] = cloud->p_head[i];
        cloud->spacing_mm[kept] = cloud->spacing_mm[i];
        cloud->q[kept++] = cloud->q[i];
    }
    free(is_out);
    if (result != RESULT_OK) return result;
    *ret_left_out = cloud->movable - kept;
    cloud->movable = cloud->count = kept; /* the fixed ones behind are of no more use */
    return RESULT_OK;
}

enum result relax_fill(const struct relax_ground *ground, const struct relax_fixed *fixed,
                       size_t fixed_count, uint64_t seed, struct cloud *ret_cloud,
                       size_t *ret_left_out) {
    struct relax relax = {.ground = ground};
    kernel_init(&relax.kernel);
    enum result result = scatter(ground, fixed, fixed_count, seed, &relax.cloud);
    if (result == RESULT_OK) result = cloud_links_create(&relax.cloud, &relax.links);
    if (result == RESULT_OK) result = prepare_pull(&relax);
    if (result == RESULT_OK) result = descend(&relax);
    if (result == RESULT_OK) result = push_all(&relax);
    if (result == RESULT_OK) result = leave_out_crowded(&relax, ret_left_out);
    cloud_links_release(&relax.links);
    free(relax.middles);
    free(relax.pull);
    if (result == RESULT_OK)
        *ret_cloud = relax.cloud;
    else
        cloud_release(&relax.cloud);
    return result;
}
