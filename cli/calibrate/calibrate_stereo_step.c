/* smprig calibrate stereo: how the cameras stand to each other. */
#include <stdio.h>

#include "cli/calibrate/calibrate.h"
#include "cli/calibrate/picture.h"

static const char usage[] =
    "Usage: smprig calibrate stereo --images DIR --cameras LEFT.yaml --cameras RIGHT.yaml\n"
    "           --board BOARD.yaml -o CAMERAS.yaml [--picture P.png] [--simulated]\n"
    "How the cameras stand to each other, from 6 or more moments at which both see the board, "
    "tilted and\n"
    "at different distances. The first camera stays where its file puts it; a file may hold "
    "several.\n";

static void print_pairs(const struct image_calibration *c) {
    for (uint32_t k = 1; k < c->bundle.cameras.count; k++) {
        struct pose T = pose_mul(pose_inverse(c->bundle.cameras.cameras[0].T_rig_camera),
                                 c->bundle.cameras.cameras[k].T_rig_camera);
        printf("\n  %s from %s: %.4f mm away, turned by %.4f deg\n",
               c->bundle.cameras.cameras[k].name, c->bundle.cameras.cameras[0].name, vec3_norm(T.t),
               vec3_norm(mat3_log(T.R)) * DEG_PER_RAD);
    }
}

static enum result run(const struct calibrate_options *o, struct error *err) {
    struct camera_set cameras;
    struct tag_ring board;
    struct views views = {0};
    struct image_calibration c;
    struct calibration_records records;
    enum result result = calibrate_read_cameras(o, &cameras, &records, err);
    if (result == RESULT_OK) result = tag_ring_read(o->board, &board, err);
    if (result == RESULT_OK) result = views_read(o->images, &views, err);
    if (result != RESULT_OK) return result;
    result = calibrate_stereo(&views, &cameras, &board, &c, err);
    views_release(&views);
    if (result != RESULT_OK) return result;
    struct calibration_record record = calibrate_image_record(o, CALIBRATION_STEREO, "", &c);
    calibrate_print_views(&c);
    print_pairs(&c);
    result = calibration_records_put(&records, &record);
    if (result != RESULT_OK) error_set(err, result, "%s: too many records", o->output);
    if (result == RESULT_OK) result = camera_set_write(&c.bundle.cameras, &records, o->output, err);
    if (result == RESULT_OK) result = picture_of_looks(&c, "Stereo calibration", o->picture, err);
    if (result == RESULT_OK) calibrate_print_verdict(o, &record);
    image_calibration_release(&c);
    return result;
}

int calibrate_stereo_step(int argc, char **argv) {
    return calibrate_run(argc, argv, usage, "images cameras board output", run);
}
