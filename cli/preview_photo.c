#include "cli/preview_photo.h"

#include <stdlib.h>
#include <string.h>

#include "cli/verbs.h"
#include "vision/camera_file.h"

static bool project(const void *context, struct vec3 p_head, struct vec3 *ret_px) {
    const struct photo *photo = context;
    struct vec3 p = pose_apply(photo->T_camera_head, p_head);
    struct pixel pixel;
    if (!(p.z > 1) || !camera_project(&photo->model, p, &pixel)) return false;
    /* Supersampled pixel i covers [i, i + 1) / oversample of the photo's pixel. */
    double half = 0.5 * (photo->oversample - 1);
    *ret_px =
        vec3_make(pixel.u * photo->oversample + half, pixel.v * photo->oversample + half, 1 / p.z);
    return true;
}

/* The photo's pixels, each as often as it is sampled. */
static enum result read_pixels(const char *path, struct photo *photo, struct picture_setup *setup,
                               struct error *err) {
    cairo_surface_t *surface = cairo_image_surface_create_from_png(path);
    cairo_status_t status = cairo_surface_status(surface);
    int width = cairo_image_surface_get_width(surface);
    int height = cairo_image_surface_get_height(surface), factor = setup->oversample;
    enum result result = RESULT_OK;
    if (status != CAIRO_STATUS_SUCCESS)
        result = error_set(err, RESULT_FORMAT, "%s: not readable as PNG: %s", path,
                           cairo_status_to_string(status));
    else if (width != (int)photo->model.width_px || height != (int)photo->model.height_px)
        result =
            error_set(err, RESULT_RANGE, "%s: %d x %d px, but its camera's pictures are %u x %u",
                      path, width, height, photo->model.width_px, photo->model.height_px);
    if (result == RESULT_OK) {
        size_t samples = (size_t)width * (size_t)height * (size_t)factor * (size_t)factor;
        photo->rgb = malloc(3 * samples * sizeof *photo->rgb);
        if (!photo->rgb) result = error_set(err, RESULT_NO_MEMORY, "out of memory");
    }
    for (int y = 0; result == RESULT_OK && y < height * factor; y++) {
        const unsigned char *row =
            cairo_image_surface_get_data(surface) +
            (size_t)(y / factor) * (size_t)cairo_image_surface_get_stride(surface);
        for (int x = 0; x < width * factor; x++) {
            uint32_t pixel;
            memcpy(&pixel, row + 4 * (size_t)(x / factor), 4);
            float *rgb = photo->rgb + 3 * ((size_t)y * (size_t)(width * factor) + (size_t)x);
            for (int c = 0; c < 3; c++) rgb[c] = (float)(pixel >> (16 - 8 * c) & 255) / 255.0F;
        }
    }
    setup->width = width, setup->height = height;
    cairo_surface_destroy(surface);
    return result;
}

enum result photo_open(const struct photo_files *files, struct photo *photo,
                       struct picture_setup *setup, struct error *err) {
    struct camera_set cameras;
    enum result result = camera_set_read(files->camera, &cameras, err);
    if (result == RESULT_OK) result = verb_parse_pose(files->pose, &photo->T_camera_head, err);
    if (result != RESULT_OK) return result;
    photo->model = cameras.cameras[0].model;
    photo->oversample = setup->oversample;
    result = read_pixels(files->photo, photo, setup, err);
    if (result != RESULT_OK) return result;
    struct pose T_head_camera = pose_inverse(photo->T_camera_head);
    photo->lens = (struct preview_lens){project, photo, T_head_camera.t};
    setup->view.lens = &photo->lens;
    setup->view.towards_viewer = pose_rotate(T_head_camera, vec3_make(0, 0, -1));
    setup->view.up = pose_rotate(T_head_camera, vec3_make(0, -1, 0));
    setup->portrait.photo = photo->rgb;
    return RESULT_OK;
}

void photo_close(struct photo *photo) {
    free(photo->rgb);
    *photo = (struct photo){0};
}
