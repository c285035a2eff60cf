#include "plan/fill_zone.h"

#include <stdlib.h>
#include <string.h>

#include "plan/hair.h"
#include "plan/layers.h"
#include "plan/relax.h"

/* In a feather the spacing grows at most so far over the zone's own. */
#define SPACING_MOST 4.0
#define DIAMETER_LEAST_UM 200.0
#define DIAMETER_MOST_UM 500.0

/* Work of one zone. */
struct zone_work {
    const struct zone_filling *filling;
    const struct design_zone *zone;
    size_t index;
    float *surroundings, *spacing_mm; /* owned; by cell */
    struct relax_fixed *fixed;        /* owned */
    size_t fixed_count;
    uint32_t *hairs_inside; /* owned; follicles of the zone, for matching */
    size_t hair_count;
    double hair_um;     /* their mean diameter */
    struct cloud cloud; /* borrowed from fill_zone() */
    size_t left_out;
    uint64_t seed;
};

/* FNV-1a over the zone's name: its stream depends on nothing else of the design but the seed. */
static uint64_t stream_of(const struct design *design, const struct design_zone *zone) {
    uint64_t hash = 0xcbf29ce484222325ULL;
    for (const char *c = zone->name; *c; c++)
        hash = (hash ^ (uint64_t)(unsigned char)*c) * 0x100000001b3ULL;
    return hash ^ (uint64_t)design->seed * 0x9e3779b97f4a7c15ULL ^ (uint64_t)zone->seed << 32;
}

/* Zones that stand already when this one is filled: all others when redone, else those before. */
static bool stands_already(const struct zone_work *work, size_t zone) {
    return work->filling->request->redo_zone ? zone != work->index : zone < work->index;
}

static enum result prepare_ground(struct zone_work *work, size_t cells) {
    const struct region_map *map = &work->filling->map;
    double most = SPACING_MOST * 10 / sqrt(work->zone->density_per_cm2);
    work->surroundings = calloc(cells, sizeof(float));
    work->spacing_mm = calloc(cells, sizeof(float));
    if (!work->surroundings || !work->spacing_mm) return RESULT_NO_MEMORY;
    for (size_t c = 0; c < cells; c++) {
        if (!(map->area_mm2[c] > 0)) continue;
        float sum = map->wanted[work->index][c];
        for (size_t z = 0; z < map->zone_count; z++)
            if (stands_already(work, z)) sum += map->wanted[z][c];
        if (!(sum > 0)) continue;
        work->surroundings[c] = sum;
        work->spacing_mm[c] = (float)fmin(most, sqrt((double)map->area_mm2[c] / (double)sum));
    }
    return RESULT_OK;
}

static void take_fixed(struct zone_work *work, struct vec3 p, bool counts) {
    work->fixed[work->fixed_count++] = (struct relax_fixed){p, counts};
}

static enum result gather_fixed(struct zone_work *work, const struct dot_plan *plan) {
    const struct fill_request *request = work->filling->request;
    const struct follicles *hairs = work->filling->follicles;
    const struct chart *chart = &work->filling->chart;
    size_t most = plan->dot_count + request->around_count + hairs->count;
    work->fixed = calloc(most + 1, sizeof *work->fixed);
    work->hairs_inside = calloc(hairs->count + 1, sizeof *work->hairs_inside);
    if (!work->fixed || !work->hairs_inside) return RESULT_NO_MEMORY;
    for (size_t i = 0; i < plan->dot_count; i++) take_fixed(work, plan->dots[i].p_head, false);
    for (size_t i = 0; i < request->around_count; i++)
        take_fixed(work, request->around[i].p_head, true);
    for (size_t i = 0; work->zone->follicles != FOLLICLES_IGNORE && i < hairs->count; i++) {
        take_fixed(work, hairs->items[i].p_head, true);
        long cell = chart_cell(chart, chart_flatten(chart, hairs->items[i].p_head));
        if (cell >= 0 && work->filling->map.wanted[work->index][cell] > 0)
            work->hairs_inside[work->hair_count++] = (uint32_t)i;
    }
    for (size_t i = 0; i < work->hair_count; i++)
        work->hair_um += hairs->items[work->hairs_inside[i]].diameter_um / (double)work->hair_count;
    return RESULT_OK;
}

/* A number in [-1, 1], most often near 0. */
static double wobble(struct rng *rng) {
    return rng_uniform(rng) - rng_uniform(rng);
}

static uint16_t diameter_of(const struct zone_work *work, double weight, double layer_share,
                            struct rng *rng) {
    const struct design_zone *zone = work->zone;
    double um = zone->diameter_um + zone->diameter_jitter_um * wobble(rng);
    if (zone->follicles == FOLLICLES_MATCH && work->hair_count > 0) {
        /* A hair is far thinner than a dot: take over how it differs from the others. */
        uint32_t pick = work->hairs_inside[rng_below(rng, (uint32_t)work->hair_count)];
        um = zone->diameter_um * work->filling->follicles->items[pick].diameter_um / work->hair_um;
    }
    um *= layer_share * (zone->edge_diameter_share + (1 - zone->edge_diameter_share) * weight);
    return (uint16_t)lround(fmin(DIAMETER_MOST_UM, fmax(DIAMETER_LEAST_UM, um)));
}

static uint16_t depth_of(const struct design_zone *zone, double layer_share, struct rng *rng) {
    double um = (zone->depth_um + zone->depth_jitter_um * wobble(rng)) * layer_share;
    return (uint16_t)fmin(dot_depth_ceiling_um[zone->region], floor(um));
}

static struct dot make_dot(const struct zone_work *work, size_t i, uint8_t layer, struct rng *rng) {
    const struct zone_filling *filling = work->filling;
    const struct design *design = filling->request->design;
    const struct design_layer *of = &design->layers[layer];
    struct map_point q = work->cloud.q[i];
    double weight = (double)filling->map.weight[work->index][chart_cell(&filling->chart, q)];
    return (struct dot){
        .id = (uint32_t)(work->index * FILL_IDS_A_ZONE + i + 1),
        .p_head = chart_land(&filling->chart, filling->request->mesh, q),
        .n_head = hair_axis(&filling->chart, &design->hair, q),
        .depth_um = depth_of(work->zone, of->depth_share, rng),
        .diameter_um = diameter_of(work, weight, of->diameter_share, rng),
        .zone = (uint8_t)work->index,
        .region = (uint8_t)work->zone->region,
        .layer = layer,
    };
}

/* Shades of the zone's dots, layer by layer. */
static enum result shade(const struct zone_work *work, struct dot *dots, struct rng *rng) {
    const struct design *design = work->filling->request->design;
    uint8_t *shades = calloc(work->cloud.movable + 1, 1);
    enum result result = shades ? RESULT_OK : RESULT_NO_MEMORY;
    for (size_t layer = 0; result == RESULT_OK && layer < design->layer_count; layer++) {
        size_t count = 0, at = 0;
        for (size_t i = 0; i < work->cloud.movable; i++) count += dots[i].layer == layer;
        result = layers_shade(&design->layers[layer], count, rng, shades);
        for (size_t i = 0; result == RESULT_OK && i < work->cloud.movable; i++)
            if (dots[i].layer == layer) dots[i].shade = shades[at++];
    }
    free(shades);
    return result;
}

static enum result append(const struct zone_work *work, struct dot_plan *plan) {
    size_t count = work->cloud.movable;
    struct rng rng;
    rng_init(&rng, work->seed + 1);
    uint8_t *layers = calloc(count + 1, 1);
    struct dot *grown = realloc(plan->dots, (plan->dot_count + count + 1) * sizeof *grown);
    if (grown) plan->dots = grown;
    enum result result = layers && grown
                             ? layers_deal(&work->cloud, work->filling->request->design, layers)
                             : RESULT_NO_MEMORY;
    struct dot *mine = result == RESULT_OK ? plan->dots + plan->dot_count : NULL;
    for (size_t i = 0; result == RESULT_OK && i < count; i++)
        mine[i] = make_dot(work, i, layers[i], &rng);
    if (result == RESULT_OK) result = shade(work, mine, &rng);
    if (result == RESULT_OK) plan->dot_count += count;
    free(layers);
    return result;
}

static void report(const struct zone_work *work, size_t cells) {
    struct fill_zone_report *zones = work->filling->request->zones;
    const struct region_map *map = &work->filling->map;
    double area = 0;
    if (!zones) return;
    for (size_t c = 0; c < cells; c++)
        if (map->wanted[work->index][c] > 0) area += (double)map->area_mm2[c];
    zones[work->index] = (struct fill_zone_report){area / 100, work->cloud.movable + work->left_out,
                                                   work->cloud.movable, work->left_out};
}

enum result fill_zone(const struct zone_filling *filling, size_t zone_index, struct dot_plan *plan,
                      struct error *err) {
    const struct design *design = filling->request->design;
    const struct chart *chart = &filling->chart;
    size_t cells = (size_t)chart->width * (size_t)chart->height;
    struct zone_work work = {
        .filling = filling, .zone = &design->zones[zone_index], .index = zone_index};
    struct cloud cloud = {0};
    work.seed = stream_of(design, work.zone);
    enum result result = prepare_ground(&work, cells);
    if (result == RESULT_OK) result = gather_fixed(&work, plan);
    if (result == RESULT_OK) {
        struct relax_ground ground = {chart, filling->map.wanted[zone_index], work.surroundings,
                                      work.spacing_mm, design->pitch_least_mm};
        size_t left_out = 0;
        result = relax_fill(&ground, work.fixed, work.fixed_count, work.seed, &cloud, &left_out);
        work.cloud = cloud, work.left_out = left_out;
    }
    if (result == RESULT_OK && (work.cloud.movable >= FILL_IDS_A_ZONE ||
                                plan->dot_count + work.cloud.movable > DOT_PLAN_DOTS_MAX))
        result = error_set(err, RESULT_LIMIT, "zone %s: %zu dots are too many for one plan",
                           work.zone->name, work.cloud.movable);
    else if (result == RESULT_OK)
        result = append(&work, plan);
    if (result == RESULT_NO_MEMORY)
        error_set(err, result, "zone %s: out of memory", work.zone->name);
    if (result == RESULT_OK) report(&work, cells);
    cloud_release(&cloud);
    free(work.surroundings);
    free(work.spacing_mm);
    free(work.fixed);
    free(work.hairs_inside);
    return result;
}
