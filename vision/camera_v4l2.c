#include "vision/camera_v4l2.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/videodev2.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/clock.h"

#define BUFFERS 4
#define IOCTL_RETRIES_MAX 100

struct v4l2 {
    struct camera_source source;
    int fd;
    uint32_t width, height, line_bytes, pixel_bytes; /* pixel_bytes: 1 GREY, 2 YUYV */
    int64_t exposure_ns;
    struct {
        uint8_t *data;
        size_t size;
    } buffers[BUFFERS];
    uint32_t buffer_count;
    bool is_streaming;
    char name[128];
};

/* ioctl that a signal may interrupt. */
static int control(int fd, unsigned long request, void *argument) {
    int result = -1;
    for (int i = 0; i < IOCTL_RETRIES_MAX; i++) {
        result = ioctl(fd, request, argument);
        if (result == 0 || errno != EINTR) break;
    }
    return result;
}

static enum result complain(const struct v4l2 *v, struct error *err, enum result code,
                            const char *what) {
    return error_set(err, code, "%s: %s: %s", v->name, what, strerror(errno));
}

static void copy_pixels(const struct v4l2 *v, const uint8_t *data, uint8_t *pixels) {
    for (uint32_t y = 0; y < v->height; y++) {
        const uint8_t *row = data + (size_t)y * v->line_bytes;
        uint8_t *target = pixels + (size_t)y * v->width;
        if (v->pixel_bytes == 1) {
            memcpy(target, row, v->width);
        } else {
            for (uint32_t x = 0; x < v->width; x++) target[x] = row[(size_t)2 * x];
        }
    }
}

/* Mid-exposure: the stamp is the start or the end of the exposure, as the driver says. */
static int64_t middle_ns(const struct v4l2 *v, const struct v4l2_buffer *buffer) {
    int64_t stamp_ns = buffer->timestamp.tv_sec * NS_PER_S + buffer->timestamp.tv_usec * NS_PER_US;
    bool is_start = (buffer->flags & V4L2_BUF_FLAG_TSTAMP_SRC_MASK) == V4L2_BUF_FLAG_TSTAMP_SRC_SOE;
    return is_start ? stamp_ns + v->exposure_ns / 2 : stamp_ns - v->exposure_ns / 2;
}

static enum result take(struct v4l2 *v, const struct v4l2_buffer *buffer, int64_t arrival_ns,
                        struct camera_frame *ret_frame, struct error *err) {
    struct camera_frame frame = {.status = FRAME_UNREADABLE};
    uint8_t *pixels = NULL;
    bool is_monotonic =
        (buffer->flags & V4L2_BUF_FLAG_TIMESTAMP_MASK) == V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC;
    if (!is_monotonic) {
        return error_set(err, RESULT_REFUSED, "%s: the driver's stamps are not monotonic", v->name);
    }
    bool is_whole = (buffer->flags & V4L2_BUF_FLAG_ERROR) == 0 && buffer->index < v->buffer_count &&
                    buffer->bytesused >= (size_t)v->line_bytes * v->height;
    if (is_whole && camera_frame_allocate(v->width, v->height, &pixels, &frame) == RESULT_OK) {
        copy_pixels(v, v->buffers[buffer->index].data, pixels);
    }
    frame.stamp_ns = middle_ns(v, buffer);
    frame.arrival_ns = arrival_ns;
    frame.sequence = buffer->sequence;
    *ret_frame = frame;
    return RESULT_OK;
}

static enum result v4l2_next(struct camera_source *source, int64_t timeout_ns,
                             struct camera_frame *ret_frame, struct error *err) {
    struct v4l2 *v = (struct v4l2 *)source;
    struct pollfd ready = {.fd = v->fd, .events = POLLIN};
    struct v4l2_buffer buffer = {.type = V4L2_BUF_TYPE_VIDEO_CAPTURE, .memory = V4L2_MEMORY_MMAP};
    int count = poll(&ready, 1, (int)(timeout_ns / NS_PER_MS));
    if (count == 0 || (count < 0 && errno == EINTR)) {
        return error_set(err, RESULT_TIMEOUT, "%s: no frame in time", v->name);
    }
    if (count > 0 && (ready.revents & POLLIN) == 0) errno = ENODEV; /* unplugged: POLLERR alone */
    if (count < 0 || (ready.revents & POLLIN) == 0 || control(v->fd, VIDIOC_DQBUF, &buffer) != 0) {
        enum result code = errno == ENODEV ? RESULT_CLOSED : RESULT_IO;
        return complain(v, err, code, "the device gives no more frames");
    }
    enum result result = take(v, &buffer, clock_now_ns(), ret_frame, err);
    if (control(v->fd, VIDIOC_QBUF, &buffer) != 0 && result == RESULT_OK) {
        camera_frame_release(ret_frame);
        return complain(v, err, RESULT_IO, "a buffer cannot be given back");
    }
    return result;
}

static void v4l2_close(struct camera_source *source) {
    struct v4l2 *v = (struct v4l2 *)source;
    int type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
    if (v->is_streaming) (void)control(v->fd, VIDIOC_STREAMOFF, &type);
    for (uint32_t i = 0; i < v->buffer_count; i++) munmap(v->buffers[i].data, v->buffers[i].size);
    if (v->fd >= 0) close(v->fd);
    free(v);
}

static const struct camera_operations v4l2_operations = {v4l2_next, v4l2_close};

static enum result set_format(struct v4l2 *v, const struct v4l2_settings *settings,
                              struct error *err) {
    static const uint32_t formats[] = {V4L2_PIX_FMT_GREY, V4L2_PIX_FMT_YUYV};
    for (uint32_t i = 0; i < 2; i++) {
        struct v4l2_format format = {.type = V4L2_BUF_TYPE_VIDEO_CAPTURE};
        format.fmt.pix.width = settings->width;
        format.fmt.pix.height = settings->height;
        format.fmt.pix.pixelformat = formats[i];
        format.fmt.pix.field = V4L2_FIELD_NONE;
        if (control(v->fd, VIDIOC_S_FMT, &format) != 0) continue;
        const struct v4l2_pix_format *got = &format.fmt.pix;
        if (got->pixelformat != formats[i] || got->width != settings->width ||
            got->height != settings->height || got->bytesperline < settings->width * (i + 1)) {
            continue;
        }
        v->width = got->width;
        v->height = got->height;
        v->line_bytes = got->bytesperline;
        v->pixel_bytes = i + 1;
        return RESULT_OK;
    }
    return error_set(err, RESULT_REFUSED, "%s: no %u x %u in GREY or YUYV", v->name,
                     settings->width, settings->height);
}

static enum result set_rate(struct v4l2 *v, double rate_hz, struct error *err) {
    struct v4l2_streamparm parameters = {.type = V4L2_BUF_TYPE_VIDEO_CAPTURE};
    if (!(rate_hz > 0)) return RESULT_OK;
    parameters.parm.capture.timeperframe.numerator = 1000;
    parameters.parm.capture.timeperframe.denominator = (uint32_t)(rate_hz * 1000);
    if (control(v->fd, VIDIOC_S_PARM, &parameters) == 0) return RESULT_OK;
    return complain(v, err, RESULT_REFUSED, "the frame rate is refused");
}

static enum result map_buffers(struct v4l2 *v, struct error *err) {
    struct v4l2_requestbuffers request = {
        .count = BUFFERS, .type = V4L2_BUF_TYPE_VIDEO_CAPTURE, .memory = V4L2_MEMORY_MMAP};
    if (control(v->fd, VIDIOC_REQBUFS, &request) != 0 || request.count < 2) {
        return complain(v, err, RESULT_REFUSED, "no memory-mapped buffers");
    }
    for (uint32_t i = 0; i < request.count && i < BUFFERS; i++) {
        struct v4l2_buffer buffer = {
            .index = i, .type = V4L2_BUF_TYPE_VIDEO_CAPTURE, .memory = V4L2_MEMORY_MMAP};
        if (control(v->fd, VIDIOC_QUERYBUF, &buffer) != 0) {
            return complain(v, err, RESULT_IO, "a buffer is refused");
        }
        void *data = mmap(NULL, buffer.length, PROT_READ | PROT_WRITE, MAP_SHARED, v->fd,
                          (off_t)buffer.m.offset);
        if (data == MAP_FAILED) return complain(v, err, RESULT_IO, "a buffer cannot be mapped");
        v->buffers[v->buffer_count].data = data;
        v->buffers[v->buffer_count++].size = buffer.length;
        if (control(v->fd, VIDIOC_QBUF, &buffer) != 0) {
            return complain(v, err, RESULT_IO, "a buffer cannot be queued");
        }
    }
    return RESULT_OK;
}

static enum result check_device(const struct v4l2 *v, struct error *err) {
    struct v4l2_capability capability = {0};
    if (control(v->fd, VIDIOC_QUERYCAP, &capability) != 0) {
        return complain(v, err, RESULT_REFUSED, "no video device");
    }
    uint32_t needed = V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING;
    uint32_t has = (capability.capabilities & V4L2_CAP_DEVICE_CAPS) != 0 ? capability.device_caps
                                                                         : capability.capabilities;
    if ((has & needed) == needed) return RESULT_OK;
    return error_set(err, RESULT_REFUSED, "%s: no streaming capture device", v->name);
}

enum result camera_v4l2_open(const struct v4l2_settings *settings,
                             struct camera_source **ret_source, struct error *err) {
    int type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
    struct v4l2 *v = calloc(1, sizeof *v);
    if (v == NULL) return error_set(err, RESULT_NO_MEMORY, "v4l2: no memory");
    snprintf(v->name, sizeof v->name, "v4l2 %.100s", settings->device);
    v->source = (struct camera_source){&v4l2_operations, v->name, 1};
    v->exposure_ns = settings->exposure_ns;
    v->fd = open(settings->device, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    enum result result = v->fd >= 0 ? RESULT_OK : complain(v, err, RESULT_NOT_FOUND, "cannot open");
    if (result == RESULT_OK) result = check_device(v, err);
    if (result == RESULT_OK) result = set_format(v, settings, err);
    if (result == RESULT_OK) result = set_rate(v, settings->rate_hz, err);
    if (result == RESULT_OK) result = map_buffers(v, err);
    if (result == RESULT_OK && control(v->fd, VIDIOC_STREAMON, &type) != 0) {
        result = complain(v, err, RESULT_IO, "cannot start");
    }
    if (result != RESULT_OK) {
        v4l2_close(&v->source);
        return result;
    }
    v->is_streaming = true;
    *ret_source = &v->source;
    return RESULT_OK;
}
