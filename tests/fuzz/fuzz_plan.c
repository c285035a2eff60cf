/* The daemon's reader of the dot plan: what it accepts is whole and in range, and where the guard's
 * own reader accepts the same bytes, both know the same dots and keep-outs. */
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "controller/guard/case_ply.h"
#include "plan/dot.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct dot_plan *plan) {
    if (plan->dot_count > DOT_PLAN_DOTS_MAX || plan->keep_out_count > DOT_PLAN_KEEP_OUTS_MAX)
        abort();
    for (size_t i = 0; i < plan->dot_count; i++) {
        const struct dot *dot = &plan->dots[i];
        if (!vec3_is_finite(dot->p_head) || !(fabs(vec3_norm(dot->n_head) - 1) < 1e-9) ||
            dot->zone >= plan->zone_count || dot->shade >= plan->shade_count ||
            dot->region >= REGION_COUNT || dot_plan_find(plan, dot->id) != i)
            abort();
    }
    for (size_t i = 0; i < plan->stop_count; i++)
        if (plan->stops[i].before >= plan->dot_count) abort();
}

static const struct gate_dot *find(const struct gate_dot *dots, size_t count, uint32_t id) {
    for (size_t i = 0; i < count; i++)
        if (dots[i].id == id) return &dots[i];
    abort();
}

static void compare_dots(const struct dot_plan *plan, const struct gate_dot *dots) {
    for (size_t i = 0; i < plan->dot_count; i++) {
        const struct dot *ours = &plan->dots[i];
        const struct gate_dot *theirs = find(dots, plan->dot_count, ours->id);
        if ((float)ours->p_head.x != theirs->p[0] || (float)ours->p_head.y != theirs->p[1] ||
            (float)ours->p_head.z != theirs->p[2] || ours->depth_um != theirs->depth_um ||
            ours->region != theirs->region || ours->zone != theirs->zone ||
            ours->layer != theirs->layer)
            abort();
    }
}

/* Against the guard, if that takes the plan at all. */
static void compare(const struct dot_plan *plan, const uint8_t *data, size_t size) {
    static struct gate_keep_out keep_outs[PLY_KEEP_OUTS_MAX];
    size_t count = 0, keep_out_count = 0;
    char hash[65];
    if (plan_ply_count(data, size, &count) != RESULT_OK) return;
    struct gate_dot *dots = calloc(count + 1, sizeof *dots);
    if (dots && plan_ply_read(data, size, dots, hash) == RESULT_OK &&
        plan_ply_keep_outs(data, size, keep_outs, &keep_out_count) == RESULT_OK) {
        if (count != plan->dot_count || keep_out_count != plan->keep_out_count ||
            strcmp(hash, plan->scan_sha256) != 0)
            abort();
        compare_dots(plan, dots);
        for (size_t i = 0; i < keep_out_count; i++)
            if ((double)keep_outs[i].radius_mm != plan->keep_outs[i].radius_mm) abort();
    }
    free(dots);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static int fd = -1;
    struct dot_plan plan;
    char path[64];
    if (fd < 0) fd = memfd_create("plan", MFD_CLOEXEC);
    if (fd < 0 || ftruncate(fd, 0) != 0 || pwrite(fd, data, size, 0) != (ssize_t)size) abort();
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (dot_plan_read(path, &plan, NULL) != RESULT_OK) return 0;
    check(&plan);
    compare(&plan, data, size);
    dot_plan_release(&plan);
    return 0;
}
