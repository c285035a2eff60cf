/* smprig calibrate rig: the cameras against the rig. */
#include <stdio.h>
#include <stdlib.h>

#include "cli/calibrate/calibrate.h"
#include "cli/calibrate/picture.h"
#include "vision/calibration/number_table.h"

#define POSE_TOLERANCE_NS INT64_C(50000000)

static const char usage[] =
    "Usage: smprig calibrate rig --images DIR --poses POSES.txt --cameras C.yaml --board "
    "BOARD.yaml\n"
    "           -o CAMERAS.yaml [options]\n"
    "The cameras against the rig, from images of a board that the tool carries, and the tool's "
    "poses "
    "at\n"
    "those moments as the rig reports them (`t tx ty tz qx qy qz qw`, T_rig_tool, the images' "
    "time). "
    "6 or\n"
    "more poses that tilt about both axes.\n\n"
    "      --sigma-um S     how exact the rig's places are (10)\n"
    "      --sigma-urad S   and its angles (50)\n"
    "      --picture P.png  where to draw the residuals\n"
    "      --simulated      mark the record\n";

/* The rig's pose at each view. */
static enum result match_poses(const char *path, const struct views *views, struct pose *ret_poses,
                               struct error *err) {
    struct pose_list list;
    enum result result = pose_list_read(path, &list, err);
    if (result != RESULT_OK) return result;
    for (uint32_t v = 0; v < views->count && result == RESULT_OK; v++) {
        const struct stamped_pose *at =
            pose_list_at(&list, views->list[v].stamp_ns, POSE_TOLERANCE_NS);
        if (at == NULL)
            result =
                error_set(err, RESULT_NOT_FOUND, "%s: no pose within 50 ms of the view at %.3f s",
                          path, (double)views->list[v].stamp_ns * 1e-9);
        else
            ret_poses[v] = at->T;
    }
    pose_list_release(&list);
    return result;
}

static void print_rig(const struct image_calibration *c) {
    printf("\n  view   rig against images/um\n");
    for (uint32_t v = 0; v < c->bundle.view_count; v++) {
        const struct bundle_prior *prior = &c->bundle.priors[v];
        if (!(prior->sigma_mm > 0)) continue;
        struct vec3 p = c->bundle.pivot_ring;
        double off_mm =
            vec3_distance(pose_apply(c->bundle.T_rig_ring[v], p), pose_apply(prior->T_rig_ring, p));
        printf("  %4u  %10.1f\n", v + 1, 1e3 * off_mm);
    }
}

static enum result finish(const struct calibrate_options *o, const struct image_calibration *c,
                          struct calibration_records *records, struct error *err) {
    struct calibration_record record = calibrate_image_record(o, CALIBRATION_RIG, "", c);
    calibrate_print_views(c);
    print_rig(c);
    enum result result = calibration_records_put(records, &record);
    if (result != RESULT_OK) error_set(err, result, "%s: too many records", o->output);
    if (result == RESULT_OK) result = camera_set_write(&c->bundle.cameras, records, o->output, err);
    if (result == RESULT_OK)
        result = picture_of_looks(c, "Cameras against the rig", o->picture, err);
    if (result == RESULT_OK) calibrate_print_verdict(o, &record);
    return result;
}

static enum result run(const struct calibrate_options *o, struct error *err) {
    struct camera_set cameras;
    struct calibration_records records;
    struct tag_ring board;
    struct views views = {0};
    struct image_calibration c;
    struct pose *poses = calloc(BUNDLE_VIEWS_MAX, sizeof *poses);
    enum result result = poses ? RESULT_OK : error_set(err, RESULT_NO_MEMORY, "out of memory");
    if (result == RESULT_OK) result = calibrate_read_cameras(o, &cameras, &records, err);
    if (result == RESULT_OK) result = tag_ring_read(o->board, &board, err);
    if (result == RESULT_OK) result = views_read(o->images, &views, err);
    if (result == RESULT_OK) result = match_poses(o->poses, &views, poses, err);
    if (result == RESULT_OK) {
        const struct rig_poses rig = {poses, 1e-3 * o->sigma_um, 1e-6 * o->sigma_urad};
        result = calibrate_rig(&views, &cameras, &board, &rig, &c, err);
    }
    views_release(&views);
    free(poses);
    if (result != RESULT_OK) return result;
    result = finish(o, &c, &records, err);
    image_calibration_release(&c);
    return result;
}

int calibrate_rig_step(int argc, char **argv) {
    return calibrate_run(argc, argv, usage, "images poses cameras board output", run);
}
