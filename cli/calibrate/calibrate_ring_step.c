/* smprig calibrate ring: where each tag is on its ring. */
#include <stdio.h>

#include "cli/calibrate/calibrate.h"
#include "cli/calibrate/picture.h"

static const char usage[] =
    "Usage: smprig calibrate ring --images DIR --cameras C.yaml --ring NOMINAL.yaml -o RING.yaml\n"
    "           [--picture P.png] [--simulated]\n"
    "Where each tag really is on its ring, from 10 or more views of the ring turned 20 to 30 deg "
    "to "
    "all\n"
    "sides. NOMINAL says roughly (5 mm) where they are; the ring as a whole stays where it says.\n";

static void print_tags(const struct image_calibration *c, const struct tag_ring *before) {
    printf("\n  tag   moved/um   sigma/um\n");
    for (uint32_t k = 0; k < before->count; k++) {
        struct vec3 arm = vec3_sub(c->bundle.ring.tags[k].T_ring_tag.t, c->bundle.pivot_ring);
        double sigma_mm = bundle_twist_error(&c->outcome, c->bundle.tag_slot[k], arm);
        printf(
            "  %3d  %9.1f  %9.2f\n", before->tags[k].id,
            1e3 * vec3_distance(before->tags[k].T_ring_tag.t, c->bundle.ring.tags[k].T_ring_tag.t),
            1e3 * sigma_mm);
    }
}

static enum result run(const struct calibrate_options *o, struct error *err) {
    struct camera_set cameras;
    struct tag_ring ring;
    struct views views = {0};
    struct image_calibration c;
    struct calibration_records records = {0};
    if (o->cameras_count != 1)
        return error_set(err, RESULT_INVALID, "give --cameras once, a file of all cameras");
    enum result result = camera_set_read(o->cameras[0], &cameras, err);
    if (result == RESULT_OK) result = tag_ring_read(o->ring, &ring, err);
    if (result == RESULT_OK) result = views_read(o->images, &views, err);
    if (result != RESULT_OK) return result;
    result = calibrate_ring(&views, &cameras, &ring, &c, err);
    views_release(&views);
    if (result != RESULT_OK) return result;
    records.list[records.count++] = calibrate_image_record(o, CALIBRATION_RING, "", &c);
    calibrate_print_views(&c);
    print_tags(&c, &ring);
    result = tag_ring_write(&c.bundle.ring, &records, o->output, err);
    if (result == RESULT_OK) result = picture_of_looks(&c, "Ring calibration", o->picture, err);
    if (result == RESULT_OK) calibrate_print_verdict(o, &records.list[0]);
    image_calibration_release(&c);
    return result;
}

int calibrate_ring_step(int argc, char **argv) {
    return calibrate_run(argc, argv, usage, "images cameras ring output", run);
}
