#include "plan/cloud.h"

#include <stdlib.h>
#include <string.h>

#define BINS_MAX 4000000.0

enum result cloud_create(size_t count, size_t movable, struct cloud *ret_cloud) {
    struct cloud cloud = {count, movable, calloc(count + 1, sizeof *cloud.p_head),
                          calloc(count + 1, sizeof *cloud.q),
                          calloc(count + 1, sizeof *cloud.spacing_mm)};
    if (!cloud.p_head || !cloud.q || !cloud.spacing_mm) {
        cloud_release(&cloud);
        return RESULT_NO_MEMORY;
    }
    *ret_cloud = cloud;
    return RESULT_OK;
}

void cloud_release(struct cloud *cloud) {
    free(cloud->p_head);
    free(cloud->q);
    free(cloud->spacing_mm);
    *cloud = (struct cloud){0};
}

enum result cloud_links_create(const struct cloud *cloud, struct cloud_links *ret_links) {
    struct cloud_links links = {
        .neighbours = malloc((cloud->movable * CLOUD_NEIGHBOURS_MAX + 1) * sizeof(uint32_t)),
        .counts = calloc(cloud->movable + 1, 1),
        .bin_items = malloc((cloud->count + 1) * sizeof(uint32_t))};
    if (!links.neighbours || !links.counts || !links.bin_items) {
        cloud_links_release(&links);
        return RESULT_NO_MEMORY;
    }
    *ret_links = links;
    return RESULT_OK;
}

void cloud_links_release(struct cloud_links *links) {
    free(links->neighbours);
    free(links->counts);
    free(links->bin_first);
    free(links->bin_items);
    *links = (struct cloud_links){0};
}

/* Square bins over the points' part of the map. */
struct bins {
    struct map_point low;
    double side;
    int width, height;
};

static struct bins bins_for(const struct cloud *cloud) {
    struct map_point low = cloud->q[0], high = cloud->q[0];
    double least = cloud->spacing_mm[0];
    for (size_t i = 0; i < cloud->count; i++) {
        low.u = fmin(low.u, cloud->q[i].u), low.v = fmin(low.v, cloud->q[i].v);
        high.u = fmax(high.u, cloud->q[i].u), high.v = fmax(high.v, cloud->q[i].v);
        least = fmin(least, cloud->spacing_mm[i]);
    }
    double wide = high.u - low.u + 1e-6, tall = high.v - low.v + 1e-6;
    double side = fmax(1.2 * least, sqrt(wide * tall / BINS_MAX));
    return (struct bins){low, side, (int)(wide / side) + 1, (int)(tall / side) + 1};
}

static size_t bin_of(const struct bins *bins, struct map_point q) {
    int x = (int)((q.u - bins->low.u) / bins->side), y = (int)((q.v - bins->low.v) / bins->side);
    return (size_t)y * (size_t)bins->width + (size_t)x;
}

/* Counting sort of the points into bins. */
static enum result sort_into_bins(const struct cloud *cloud, const struct bins *bins,
                                  struct cloud_links *links) {
    size_t count = (size_t)bins->width * (size_t)bins->height;
    if (count + 3 > links->bin_capacity) {
        uint32_t *grown = realloc(links->bin_first, (count + 3) * sizeof *grown);
        if (!grown) return RESULT_NO_MEMORY;
        links->bin_first = grown, links->bin_capacity = count + 3;
    }
    memset(links->bin_first, 0, (count + 3) * sizeof *links->bin_first);
    for (size_t i = 0; i < cloud->count; i++) links->bin_first[bin_of(bins, cloud->q[i]) + 2]++;
    for (size_t b = 0; b < count; b++) links->bin_first[b + 2] += links->bin_first[b + 1];
    for (size_t i = 0; i < cloud->count; i++)
        links->bin_items[links->bin_first[bin_of(bins, cloud->q[i]) + 1]++] = (uint32_t)i;
    return RESULT_OK;
}

struct search {
    double reach, reach_least_mm;
};

static void link_one(const struct cloud *cloud, const struct chart *chart, const struct bins *bins,
                     const struct search *search, uint32_t i, struct cloud_links *links) {
    struct map_point q = cloud->q[i];
    struct vec3 p = cloud->p_head[i];
    /* Neighbours may want a somewhat larger spacing than this point does. */
    double reach_mm = fmax(search->reach * cloud->spacing_mm[i] * 1.15, search->reach_least_mm);
    double on_map = reach_mm * chart_stretch(chart, q);
    int x0 = (int)fmax(0, (q.u - on_map - bins->low.u) / bins->side);
    int y0 = (int)fmax(0, (q.v - on_map - bins->low.v) / bins->side);
    int x1 = (int)fmin(bins->width - 1, (q.u + on_map - bins->low.u) / bins->side);
    int y1 = (int)fmin(bins->height - 1, (q.v + on_map - bins->low.v) / bins->side);
    uint32_t *mine = links->neighbours + (size_t)i * CLOUD_NEIGHBOURS_MAX;
    int count = 0;
    for (int y = y0; y <= y1; y++) {
        size_t row = (size_t)y * (size_t)bins->width;
        uint32_t from = links->bin_first[row + (size_t)x0];
        uint32_t to = links->bin_first[row + (size_t)x1 + 1];
        for (uint32_t k = from; k < to && count < CLOUD_NEIGHBOURS_MAX; k++) {
            uint32_t j = links->bin_items[k];
            double pair_mm = search->reach * 0.5 * (cloud->spacing_mm[i] + cloud->spacing_mm[j]);
            pair_mm = fmax(pair_mm, search->reach_least_mm);
            if (j != i && vec3_norm2(vec3_sub(p, cloud->p_head[j])) < pair_mm * pair_mm)
                mine[count++] = j;
        }
    }
    links->counts[i] = (uint8_t)count;
}

enum result cloud_link(const struct cloud *cloud, const struct chart *chart, double reach,
                       double reach_least_mm, struct cloud_links *links) {
    if (cloud->count == 0) return RESULT_OK;
    struct search search = {reach, reach_least_mm};
    struct bins bins = bins_for(cloud);
    enum result result = sort_into_bins(cloud, &bins, links);
    for (size_t i = 0; result == RESULT_OK && i < cloud->movable; i++)
        link_one(cloud, chart, &bins, &search, (uint32_t)i, links);
    return result;
}
