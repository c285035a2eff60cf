/* The client's picture: skin, light, and a plan's dots as they will look at some time. */
#ifndef SMPRIG_PLAN_PORTRAIT_H
#define SMPRIG_PLAN_PORTRAIT_H

#include "plan/dot.h"
#include "plan/fade.h"
#include "plan/preview.h"

#define PORTRAIT_SKINS 6 /* Fitzpatrick's types I to VI (1988) */

/* A place along a hair of the client's own. */
struct portrait_hair_node {
    struct vec3 p_head, n_head;
    double radius_mm;
};

struct portrait {
    const struct mesh *mesh;
    const float *normals; /* mesh_vertex_normals */
    const struct dot_plan *plan;
    struct fade_time time;
    int skin;                                    /* 1..PORTRAIT_SKINS */
    int last_session;                            /* dots of later layers are not drawn; -1: all */
    bool is_fine;                                /* pores and mottling too */
    const struct portrait_hair_node *hair_nodes; /* borrowed; NULL: no hair is drawn */
    size_t hair_node_count;
    uint8_t hair_rgb[3];
    /* A photo instead of drawn skin: RGB floats (0..1, as displayed) of the preview's size; the
     * view's lens must be its camera. NULL: none. */
    const float *photo;
};

/* Draw into a fresh preview (made by preview_create with the view wanted). */
MUST_USE enum result portrait_draw(const struct portrait *portrait, struct preview *preview);

#endif
