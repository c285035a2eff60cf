#include "vision/camera_genicam.h"

#include <arv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "vision/stamp_clock.h"

#define BUFFERS 6

struct genicam {
    struct camera_source source;
    ArvCamera *camera;
    ArvStream *stream;
    struct stamp_clock clock;
    enum stamp_verdict last_verdict;
    char name[128];
};

static enum result complain(const struct genicam *g, GError *trouble, const char *what,
                            struct error *err) {
    enum result result = error_set(err, RESULT_IO, "%s: %s: %s", g->name, what,
                                   trouble != NULL ? trouble->message : "failed");
    g_clear_error(&trouble);
    return result;
}

/* Good pixels of a buffer into a frame of its own. */
static bool copy_pixels(ArvBuffer *buffer, struct camera_frame *frame) {
    size_t size = 0;
    const uint8_t *data = arv_buffer_get_data(buffer, &size);
    int width = arv_buffer_get_image_width(buffer), height = arv_buffer_get_image_height(buffer);
    uint8_t *pixels = NULL;
    if (arv_buffer_get_status(buffer) != ARV_BUFFER_STATUS_SUCCESS || data == NULL || width <= 0 ||
        height <= 0 || size < (size_t)width * (size_t)height ||
        arv_buffer_get_image_pixel_format(buffer) != ARV_PIXEL_FORMAT_MONO_8) {
        return false;
    }
    if (camera_frame_allocate((uint32_t)width, (uint32_t)height, &pixels, frame) != RESULT_OK) {
        return false;
    }
    memcpy(pixels, data, (size_t)width * (size_t)height);
    return true;
}

static enum result genicam_next(struct camera_source *source, int64_t timeout_ns,
                                struct camera_frame *ret_frame, struct error *err) {
    struct genicam *g = (struct genicam *)source;
    struct camera_frame frame = {0};
    struct stamp_reading reading;
    ArvBuffer *buffer = arv_stream_timeout_pop_buffer(g->stream, (guint64)(timeout_ns / NS_PER_US));
    int64_t arrival_ns = clock_now_ns();
    if (buffer == NULL) return error_set(err, RESULT_TIMEOUT, "%s: no frame in time", g->name);
    if (!copy_pixels(buffer, &frame)) frame = (struct camera_frame){.status = FRAME_UNREADABLE};
    enum stamp_verdict verdict = stamp_clock_update(
        &g->clock, (int64_t)arv_buffer_get_timestamp(buffer), arrival_ns, &reading);
    if (verdict != g->last_verdict) {
        log_info("camera", "%s: clock %s, latency %.1f ms", g->name, stamp_verdict_name(verdict),
                 (double)reading.latency_ns * 1e-6);
    }
    g->last_verdict = verdict;
    /* A stamp that cannot be trusted is worse than none: the picture is not handed on. */
    if (verdict == STAMP_BACKWARD || verdict == STAMP_JUMP) {
        camera_frame_release(&frame);
        frame.status = FRAME_UNREADABLE;
    }
    frame.stamp_ns = reading.stamp_ns;
    frame.arrival_ns = arrival_ns;
    frame.sequence = arv_buffer_get_frame_id(buffer);
    arv_stream_push_buffer(g->stream, buffer);
    *ret_frame = frame;
    return RESULT_OK;
}

static void genicam_close(struct camera_source *source) {
    struct genicam *g = (struct genicam *)source;
    if (g->camera != NULL && g->stream != NULL) arv_camera_stop_acquisition(g->camera, NULL);
    g_clear_object(&g->stream);
    g_clear_object(&g->camera);
    free(g);
}

static const struct camera_operations genicam_operations = {genicam_next, genicam_close};

/* A camera rounds a size to its steps, or is smaller: every frame would be refused later. */
static enum result check_size(const struct genicam *g, const struct genicam_settings *settings,
                              struct error *err) {
    GError *trouble = NULL;
    gint x, y, width = 0, height = 0;
    if (settings->width == 0 || settings->height == 0) return RESULT_OK;
    arv_camera_get_region(g->camera, &x, &y, &width, &height, &trouble);
    if (trouble != NULL) return complain(g, trouble, "no image size", err);
    if (width == (gint)settings->width && height == (gint)settings->height) return RESULT_OK;
    return error_set(err, RESULT_REFUSED, "%s: gives %d x %d, not the calibration's %u x %u",
                     g->name, width, height, settings->width, settings->height);
}

static enum result configure(struct genicam *g, const struct genicam_settings *settings,
                             struct error *err) {
    GError *trouble = NULL;
    arv_camera_set_pixel_format(g->camera, ARV_PIXEL_FORMAT_MONO_8, &trouble);
    if (trouble == NULL && settings->width > 0 && settings->height > 0) {
        arv_camera_set_region(g->camera, 0, 0, (gint)settings->width, (gint)settings->height,
                              &trouble);
    }
    if (trouble == NULL && settings->rate_hz > 0) {
        arv_camera_set_frame_rate(g->camera, settings->rate_hz, &trouble);
    }
    if (trouble == NULL && settings->exposure_us > 0) {
        arv_camera_set_exposure_time(g->camera, settings->exposure_us, &trouble);
    }
    if (trouble != NULL) return complain(g, trouble, "a setting is refused", err);
    return check_size(g, settings, err);
}

static enum result start(struct genicam *g, struct error *err) {
    GError *trouble = NULL;
    guint payload = arv_camera_get_payload(g->camera, &trouble);
    if (trouble != NULL) return complain(g, trouble, "no payload size", err);
    g->stream = arv_camera_create_stream(g->camera, NULL, NULL, &trouble);
    if (g->stream == NULL) return complain(g, trouble, "no stream", err);
    for (int i = 0; i < BUFFERS; i++)
        arv_stream_push_buffer(g->stream, arv_buffer_new_allocate(payload));
    arv_camera_start_acquisition(g->camera, &trouble);
    return trouble != NULL ? complain(g, trouble, "cannot start", err) : RESULT_OK;
}

enum result camera_genicam_open(const struct genicam_settings *settings,
                                struct camera_source **ret_source, struct error *err) {
    GError *trouble = NULL;
    struct genicam *g = calloc(1, sizeof *g);
    if (g == NULL) return error_set(err, RESULT_NO_MEMORY, "GenICam camera: no memory");
    if (settings->device != NULL && strcmp(settings->device, GENICAM_FAKE) == 0) {
        arv_enable_interface("Fake");
    }
    g->camera = arv_camera_new(settings->device, &trouble);
    if (g->camera == NULL) {
        enum result result = error_set(err, RESULT_NOT_FOUND, "GenICam camera %s: not found: %s",
                                       settings->device != NULL ? settings->device : "(any)",
                                       trouble != NULL ? trouble->message : "no device");
        g_clear_error(&trouble);
        free(g);
        return result;
    }
    struct stamp_clock_settings clock = stamp_clock_settings_default();
    /* The device stamps the start of the exposure; the frame leaves it after the exposure's end. */
    clock.least_delay_ns += (int64_t)(settings->exposure_us * 1000);
    clock.stamp_to_middle_ns = (int64_t)(settings->exposure_us * 500);
    stamp_clock_init(&g->clock, &clock);
    snprintf(g->name, sizeof g->name, "genicam %s",
             settings->device != NULL ? settings->device : "(first)");
    g->source = (struct camera_source){&genicam_operations, g->name, 1};
    enum result result = configure(g, settings, err);
    if (result == RESULT_OK) result = start(g, err);
    if (result != RESULT_OK) {
        genicam_close(&g->source);
        return result;
    }
    *ret_source = &g->source;
    return RESULT_OK;
}
