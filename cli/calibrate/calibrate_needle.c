/* smprig calibrate needle: where the tip is on its holder. */
#include <stdio.h>
#include <stdlib.h>

#include "cli/calibrate/calibrate.h"
#include "cli/calibrate/picture.h"
#include "vision/calibration/number_table.h"
#include "vision/calibration/pivot.h"
#include "vision/calibration/small_files.h"

static const char usage[] =
    "Usage: smprig calibrate needle --poses POSES.txt -o needle.yaml [--picture P.png] "
    "[--simulated]\n"
    "Where the needle's tip is, from the tool's poses (`t tx ty tz qx qy qz qw`, T_rig_tool of the "
    "rig's\n"
    "file) at which the tip stood on one fixed point, leaning to all sides; 6 or more.\n";

static enum result draw(const struct pivot *pivot, const char *path, struct error *err) {
    struct picture picture;
    char subtitle[160];
    double *um = calloc(pivot->count, sizeof *um);
    snprintf(subtitle, sizeof subtitle, "%u touches, %.1f um rms; tip at %.3f %.3f %.3f mm",
             pivot->count, 1e3 * pivot->rms_mm, pivot->tip_tool.x, pivot->tip_tool.y,
             pivot->tip_tool.z);
    enum result result = um ? picture_open(&picture, 380, "Needle calibration", subtitle, err)
                            : error_set(err, RESULT_NO_MEMORY, "out of memory");
    if (result == RESULT_OK) {
        for (uint32_t i = 0; i < pivot->count; i++) um[i] = 1e3 * pivot->residuals_mm[i];
        picture_bars(
            &picture, (struct picture_box){30, 120, PICTURE_WIDTH - 130, 210},
            &(struct picture_bars){um, pivot->count,
                                   "Distance of the tip from the reference, each touch", "um", 40});
        result = picture_close(&picture, path, err);
    }
    free(um);
    return result;
}

static void print_touches(const struct pivot *pivot) {
    printf("  touch  off/um\n");
    for (uint32_t i = 0; i < pivot->count; i++)
        printf("  %5u  %6.1f\n", i + 1, 1e3 * pivot->residuals_mm[i]);
    printf("  all    %6.1f rms\n\n", 1e3 * pivot->rms_mm);
    printf("  tip in the tool frame  %.4f %.4f %.4f mm, +- %.4f %.4f %.4f\n", pivot->tip_tool.x,
           pivot->tip_tool.y, pivot->tip_tool.z, pivot->sigma_tip.x, pivot->sigma_tip.y,
           pivot->sigma_tip.z);
    printf("  The rig moves the tip that its file says: make needle_length_mm %.4f longer%s.\n",
           -pivot->tip_tool.z,
           hypot(pivot->tip_tool.x, pivot->tip_tool.y) > 0.04
               ? ", and straighten or change the needle"
               : "");
}

static enum result run(const struct calibrate_options *o, struct error *err) {
    struct pose_list list;
    struct pivot *pivot = calloc(1, sizeof *pivot);
    struct pose *poses = NULL;
    enum result result = pivot ? pose_list_read(o->poses, &list, err)
                               : error_set(err, RESULT_NO_MEMORY, "out of memory");
    if (result != RESULT_OK) {
        free(pivot);
        return result;
    }
    poses = calloc(list.count, sizeof *poses);
    if (poses == NULL) result = error_set(err, RESULT_NO_MEMORY, "out of memory");
    for (size_t i = 0; i < list.count && result == RESULT_OK; i++) poses[i] = list.poses[i].T;
    if (result == RESULT_OK) result = pivot_solve(poses, (uint32_t)list.count, pivot, err);
    if (result == RESULT_OK) {
        struct calibration_record record = calibrate_record(o, CALIBRATION_NEEDLE, "");
        record.samples = pivot->count;
        record.residual = 1e3 * pivot->rms_mm;
        record.error_um = 1e3 * sqrt(vec3_norm2(pivot->tip_tool) + vec3_norm2(pivot->sigma_tip));
        struct needle_file file = {.tip_tool = pivot->tip_tool, .records = {{record}, 1}};
        print_touches(pivot);
        result = needle_file_write(&file, o->output, err);
        if (result == RESULT_OK) result = draw(pivot, o->picture, err);
        if (result == RESULT_OK) calibrate_print_verdict(o, &record);
    }
    pose_list_release(&list);
    free(poses);
    free(pivot);
    return result;
}

int calibrate_needle(int argc, char **argv) {
    return calibrate_run(argc, argv, usage, "poses output", run);
}
