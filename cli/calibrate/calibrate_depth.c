/* smprig calibrate depth: where the skin really is against the scan. */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "cli/calibrate/calibrate.h"
#include "cli/calibrate/picture.h"
#include "plan/field.h"
#include "vision/calibration/number_table.h"
#include "vision/calibration/small_files.h"
#include "vision/calibration/surface_zero.h"

#define POSE_TOLERANCE_NS INT64_C(50000000)

static const char usage[] =
    "Usage: smprig calibrate depth --touches TOUCHES.txt --poses HEAD.csv --scan SCAN.ply -o "
    "depth.yaml\n"
    "           [--picture P.png] [--simulated]\n"
    "Where the skin is against the scan: the tip's places in the rig frame when the probe touched "
    "(`t x y z`),\n"
    "and the head's poses at those times (T_rig_head, as `smprig track` writes them). 5 or more, "
    "spread over\n"
    "the zone.\n";

/* The touches in the head frame. */
static enum result to_head(const struct calibrate_options *o, struct vec3 **ret_p,
                           uint32_t *ret_count, struct error *err) {
    struct number_table touches;
    struct pose_list head;
    enum result result = number_table_read(o->touches, 4, &touches, err);
    if (result != RESULT_OK) return result;
    result = pose_list_read(o->poses, &head, err);
    if (result != RESULT_OK) {
        number_table_release(&touches);
        return result;
    }
    struct vec3 *p = calloc(touches.rows, sizeof *p);
    if (p == NULL) result = error_set(err, RESULT_NO_MEMORY, "out of memory");
    for (size_t i = 0; i < touches.rows && result == RESULT_OK; i++) {
        const double *row = touches.values + 4 * i;
        const struct stamped_pose *at = pose_list_at(&head, s_to_ns(row[0]), POSE_TOLERANCE_NS);
        if (at == NULL)
            result = error_set(err, RESULT_NOT_FOUND,
                               "%s: no pose of the head within 50 ms of touch %zu at %.3f s",
                               o->poses, i + 1, row[0]);
        else
            p[i] = pose_apply(pose_inverse(at->T), vec3_make(row[1], row[2], row[3]));
    }
    if (result == RESULT_OK) {
        *ret_p = p;
        *ret_count = (uint32_t)touches.rows;
    } else {
        free(p);
    }
    number_table_release(&touches);
    pose_list_release(&head);
    return result;
}

static enum result draw(const struct surface_zero *zero, const char *path, struct error *err) {
    struct picture picture;
    char subtitle[160];
    double *um = calloc(zero->count, sizeof *um);
    snprintf(subtitle, sizeof subtitle,
             "%u touches: the skin is %.1f um outside the scan, scatter %.1f um", zero->count,
             1e3 * zero->zero_mm, 1e3 * zero->scatter_mm);
    enum result result = um ? picture_open(&picture, 380, "Surface zero", subtitle, err)
                            : error_set(err, RESULT_NO_MEMORY, "out of memory");
    if (result == RESULT_OK) {
        for (uint32_t i = 0; i < zero->count; i++) um[i] = 1e3 * zero->distances_mm[i];
        picture_bars(&picture, (struct picture_box){30, 120, PICTURE_WIDTH - 130, 210},
                     &(struct picture_bars){
                         um, zero->count, "Distance from the scan's surface, each touch", "um", 0});
        result = picture_close(&picture, path, err);
    }
    free(um);
    return result;
}

static enum result finish(const struct calibrate_options *o, const struct surface_zero *zero,
                          struct error *err) {
    struct calibration_record record = calibrate_record(o, CALIBRATION_DEPTH, "");
    record.samples = zero->count;
    record.residual = 1e3 * zero->scatter_mm;
    record.error_um = 1e3 * zero->sigma_mm;
    struct depth_file file = {.surface_zero_um = 1e3 * zero->zero_mm, .records = {{record}, 1}};
    printf("  touch  outside/um\n");
    for (uint32_t i = 0; i < zero->count; i++)
        printf("  %5u  %10.1f\n", i + 1, 1e3 * zero->distances_mm[i]);
    printf("\n  surface zero %.1f um outside the scan, +- %.1f\n", 1e3 * zero->zero_mm,
           1e3 * zero->sigma_mm);
    enum result result = depth_file_write(&file, o->output, err);
    if (result == RESULT_OK) result = draw(zero, o->picture, err);
    if (result == RESULT_OK) calibrate_print_verdict(o, &record);
    return result;
}

static enum result run(const struct calibrate_options *o, struct error *err) {
    struct field field = {0};
    struct surface_zero *zero = calloc(1, sizeof *zero);
    struct vec3 *p_head = NULL;
    uint32_t count = 0;
    enum result result =
        zero ? to_head(o, &p_head, &count, err) : error_set(err, RESULT_NO_MEMORY, "out of memory");
    if (result == RESULT_OK) result = field_of_scan(o->scan, &field, err);
    if (result == RESULT_OK) result = surface_zero_find(&field.view, p_head, count, zero, err);
    if (result == RESULT_OK) result = finish(o, zero, err);
    field_release(&field);
    free(p_head);
    free(zero);
    return result;
}

int calibrate_depth(int argc, char **argv) {
    return calibrate_run(argc, argv, usage, "touches poses scan output", run);
}
