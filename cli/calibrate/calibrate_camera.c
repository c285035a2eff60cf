/* smprig calibrate camera: the intrinsics of one camera. */
#include <stdio.h>

#include "cli/calibrate/calibrate.h"
#include "cli/calibrate/picture.h"

static const char usage[] =
    "Usage: smprig calibrate camera --images DIR --board BOARD.yaml -o CAMERA.yaml [options]\n"
    "       smprig calibrate camera --images DIR --chessboard 9x6 --square-mm 5 -o CAMERA.yaml\n"
    "Focal length, principal point and distortion from 8 or more views of a flat board, leaning 15 "
    "to 40\n"
    "deg to all sides and into all corners of the image. Boards: `smprig calibrate board`.\n\n"
    "      --name NAME      the camera's name in the file (camera)\n"
    "      --k3             adjust k3 too (wide lenses)\n"
    "      --picture P.png  where to draw the residuals (CAMERA.png)\n"
    "      --simulated      mark the record: images of the simulated rig\n";

static void print_camera(const struct image_calibration *c) {
    static const char *const names[] = {"fx", "fy", "cx", "cy", "k1", "k2", "p1", "p2", "k3"};
    const struct camera_model *m = &c->bundle.cameras.cameras[0].model;
    const double values[] = {m->fx_px, m->fy_px, m->cx_px, m->cy_px, m->k1,
                             m->k2,    m->p1,    m->p2,    m->k3};
    printf("\n");
    for (uint32_t i = 0; i < BUNDLE_INTRINSICS; i++) {
        if (!(c->bundle.free_intrinsics >> i & 1)) continue;
        double sigma = sqrt(c->outcome.covariance[i * BUNDLE_INTRINSICS + i]);
        printf("  %s %14.6f +- %.6f%s\n", names[i], values[i], sigma,
               i < (uint32_t)INTRINSIC_K1 ? " px" : "");
    }
}

static enum result run(const struct calibrate_options *o, struct error *err) {
    struct tag_ring board;
    struct views views = {0};
    struct image_calibration c;
    struct intrinsics_options options = {.chessboard = o->chessboard, .has_k3 = o->has_k3};
    struct calibration_records records = {0};
    enum result result = RESULT_OK;
    bool has_chessboard = o->chessboard.columns > 0 && o->chessboard.square_mm > 0;
    if (has_chessboard == (o->board != NULL))
        return error_set(err, RESULT_INVALID, "give --board, or --chessboard with --square-mm");
    snprintf(options.name, sizeof options.name, "%s", o->name ? o->name : "camera");
    if (o->board != NULL) {
        result = tag_ring_read(o->board, &board, err);
        options.board = &board;
    }
    if (result == RESULT_OK) result = views_read(o->images, &views, err);
    if (result != RESULT_OK) return result;
    result = calibrate_intrinsics(&views, &options, &c, err);
    views_release(&views);
    if (result != RESULT_OK) return result;
    records.list[records.count++] = calibrate_image_record(o, CALIBRATION_CAMERA, options.name, &c);
    calibrate_print_views(&c);
    print_camera(&c);
    result = camera_set_write(&c.bundle.cameras, &records, o->output, err);
    if (result == RESULT_OK) result = picture_of_looks(&c, "Camera calibration", o->picture, err);
    if (result == RESULT_OK) calibrate_print_verdict(o, &records.list[0]);
    image_calibration_release(&c);
    return result;
}

int calibrate_camera(int argc, char **argv) {
    return calibrate_run(argc, argv, usage, "images output", run);
}
