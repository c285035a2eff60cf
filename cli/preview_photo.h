/* A photo of the client as the preview's background, seen through its own camera. */
#ifndef SMPRIG_CLI_PREVIEW_PHOTO_H
#define SMPRIG_CLI_PREVIEW_PHOTO_H

#include "cli/preview_picture.h"
#include "vision/camera_model.h"

struct photo_files {
    const char *photo;  /* PNG */
    const char *camera; /* camera file of one camera, or its first one is taken */
    const char *pose;   /* "tx,ty,tz,qx,qy,qz,qw": head to camera, mm */
};

struct photo {
    struct camera_model model;
    struct pose T_camera_head;
    struct preview_lens lens;
    float *rgb; /* owned */
    double oversample;
};

/* Read all three and set the picture up for them: its size is the photo's. `photo` must outlive
 * the setup; close it afterwards. */
MUST_USE enum result photo_open(const struct photo_files *files, struct photo *photo,
                                struct picture_setup *setup, struct error *err);
void photo_close(struct photo *photo);

#endif
