#include "plan/layers.h"

#include <stdlib.h>
#include <string.h>

#include "plan/eliminate.h"

/* Points still in play, and scratch for thinning them out. */
struct thinning {
    uint32_t *index; /* into the cloud */
    struct vec3 *points;
    double *reach_mm;
    bool *keep;
    size_t count;
};

static enum result thinning_create(size_t count, struct thinning *ret) {
    struct thinning t = {calloc(count + 1, sizeof(uint32_t)),
                         calloc(count + 1, sizeof(struct vec3)), calloc(count + 1, sizeof(double)),
                         calloc(count + 1, sizeof(bool)), count};
    *ret = t;
    return t.index && t.points && t.reach_mm && t.keep ? RESULT_OK : RESULT_NO_MEMORY;
}

static void thinning_release(struct thinning *t) {
    free(t->index);
    free(t->points);
    free(t->reach_mm);
    free(t->keep);
}

/* Give the layer to those of the points that go when only `wanted`, `share` of all, stay. */
static enum result thin_out(const struct cloud *cloud, struct thinning *t, size_t wanted,
                            double share, uint8_t layer, uint8_t *layers) {
    size_t kept = 0;
    for (size_t i = 0; i < t->count; i++) {
        t->points[i] = cloud->p_head[t->index[i]];
        t->reach_mm[i] = cloud->spacing_mm[t->index[i]] * 2 * sqrt(1 / (2 * sqrt(3.0) * share));
    }
    enum result result = eliminate(t->points, t->reach_mm, t->count, wanted, t->keep);
    for (size_t i = 0; result == RESULT_OK && i < t->count; i++) {
        if (t->keep[i])
            t->index[kept++] = t->index[i];
        else
            layers[t->index[i]] = layer;
    }
    if (result == RESULT_OK) t->count = kept;
    return result;
}

enum result layers_deal(const struct cloud *cloud, const struct design *design, uint8_t *layers) {
    struct thinning t;
    double share = 1;
    enum result result = thinning_create(cloud->movable, &t);
    memset(layers, 0, cloud->movable);
    for (size_t i = 0; result == RESULT_OK && i < cloud->movable; i++) t.index[i] = (uint32_t)i;
    for (size_t layer = design->layer_count; result == RESULT_OK && layer-- > 1;) {
        share -= design->layers[layer].share;
        size_t wanted = (size_t)lround(fmax(0, share) * (double)cloud->movable);
        if (wanted < t.count)
            result = thin_out(cloud, &t, wanted, fmax(0.01, share), (uint8_t)layer, layers);
    }
    thinning_release(&t);
    return result;
}

enum result layers_shade(const struct design_layer *layer, size_t count, struct rng *rng,
                         uint8_t *shades) {
    double until = 0;
    size_t at = 0;
    for (size_t s = 0; s < layer->shade_count; s++) {
        until += layer->shades[s].share;
        size_t to = s + 1 == layer->shade_count ? count : (size_t)lround(until * (double)count);
        while (at < to && at < count) shades[at++] = (uint8_t)layer->shades[s].shade_index;
    }
    for (size_t i = count; i-- > 1;) { /* Fisher-Yates */
        size_t k = rng_below(rng, (uint32_t)i + 1);
        uint8_t swap = shades[i];
        shades[i] = shades[k], shades[k] = swap;
    }
    return RESULT_OK;
}
