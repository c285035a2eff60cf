#include "console/upstream.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"

struct waiting {
    int64_t id; /* 0: free */
    struct upstream_note note;
};

struct upstream {
    struct sockaddr_un address;
    struct upstream_handler handler;
    int fd; /* -1: not connected */
    int64_t last_id;
    char *input, *output;
    size_t input_length, output_length;
    struct waiting waiting[UPSTREAM_PENDING_MAX];
};

enum result upstream_create(const char *socket_path, const struct upstream_handler *handler,
                            struct upstream **ret_upstream, struct error *err) {
    struct upstream *up = calloc(1, sizeof *up);
    if (up) {
        up->input = malloc(UPSTREAM_LINE_MAX);
        up->output = malloc(UPSTREAM_OUTPUT_MAX);
        up->fd = -1;
    }
    if (!up || !up->input || !up->output) {
        upstream_destroy(&up);
        return error_set(err, RESULT_NO_MEMORY, "out of memory");
    }
    up->handler = *handler;
    up->address.sun_family = AF_UNIX;
    if (text_copy(up->address.sun_path, sizeof up->address.sun_path, socket_path) != RESULT_OK) {
        upstream_destroy(&up);
        return error_set(err, RESULT_LIMIT, "%s: too long for a socket's path", socket_path);
    }
    *ret_upstream = up;
    return RESULT_OK;
}

void upstream_destroy(struct upstream **upstream) {
    struct upstream *up = *upstream;
    if (!up) return;
    if (up->fd >= 0) close(up->fd);
    free(up->input);
    free(up->output);
    free(up);
    *upstream = NULL;
}

bool upstream_connect(struct upstream *up) {
    if (up->fd >= 0) return true;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return false;
    if (connect(fd, (struct sockaddr *)&up->address, sizeof up->address) != 0) {
        close(fd);
        return false;
    }
    up->fd = fd;
    up->input_length = up->output_length = 0;
    return true;
}

bool upstream_is_up(const struct upstream *up) {
    return up->fd >= 0;
}

int upstream_descriptor(const struct upstream *up) {
    return up->fd;
}

bool upstream_wants_write(const struct upstream *up) {
    return up->fd >= 0 && up->output_length > 0;
}

void upstream_close(struct upstream *up) {
    json_t *error = json_pack("{s:i, s:s}", "code", -32000, "message", "smprigd has gone");
    if (up->fd >= 0) close(up->fd);
    up->fd = -1;
    for (size_t i = 0; i < UPSTREAM_PENDING_MAX; i++) {
        if (!up->waiting[i].id) continue;
        up->waiting[i].id = 0;
        up->handler.on_answer(up->handler.context, &up->waiting[i].note, NULL, error);
    }
    json_decref(error);
}

static void take_answer(struct upstream *up, int64_t id, json_t *message) {
    for (size_t i = 0; i < UPSTREAM_PENDING_MAX; i++) {
        struct waiting *waiting = &up->waiting[i];
        if (!id || waiting->id != id) continue;
        waiting->id = 0;
        up->handler.on_answer(up->handler.context, &waiting->note,
                              json_object_get(message, "result"),
                              json_object_get(message, "error"));
        return;
    }
}

/* The camera's number of a line that is a picture as smprigd writes it, told by its first bytes;
 * one that is written otherwise is read first. */
static bool is_picture(const char *line, size_t length, size_t *ret_camera) {
    static const char begin[] =
        "{\"jsonrpc\":\"2.0\",\"method\":\"camera\",\"params\":{\"camera\":";
    const size_t at = sizeof begin - 1;
    if (length < at + 2 || memcmp(line, begin, at) != 0) return false;
    if (!isdigit((unsigned char)line[at]) || line[at + 1] != ',') return false;
    *ret_camera = (size_t)(line[at] - '0');
    return true;
}

static void take_line(struct upstream *up, const char *line, size_t length) {
    size_t camera;
    if (is_picture(line, length, &camera)) {
        up->handler.on_picture(up->handler.context, camera, line, length);
        return;
    }
    json_t *message = json_loadb(line, length, 0, NULL);
    const char *method = json_string_value(json_object_get(message, "method"));
    if (!message)
        log_warning("console", "smprigd said something unreadable");
    else if (method && strcmp(method, "camera") == 0)
        up->handler.on_picture(up->handler.context,
                               (size_t)json_integer_value(
                                   json_object_get(json_object_get(message, "params"), "camera")),
                               line, length);
    else if (method)
        up->handler.on_notification(up->handler.context, method,
                                    json_object_get(message, "params"));
    else
        take_answer(up, json_integer_value(json_object_get(message, "id")), message);
    json_decref(message);
}

static void take_lines(struct upstream *up) {
    char *begin = up->input, *end;
    size_t left = up->input_length;
    while ((end = memchr(begin, '\n', left))) {
        take_line(up, begin, (size_t)(end - begin));
        left -= (size_t)(end - begin) + 1;
        begin = end + 1;
    }
    memmove(up->input, begin, left);
    up->input_length = left;
}

bool upstream_on_readable(struct upstream *up) {
    if (up->fd < 0) return false;
    ssize_t got = recv(up->fd, up->input + up->input_length, UPSTREAM_LINE_MAX - up->input_length,
                       MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return true;
    if (got > 0) {
        up->input_length += (size_t)got;
        take_lines(up);
        if (up->input_length < UPSTREAM_LINE_MAX) return true;
    }
    upstream_close(up);
    return false;
}

bool upstream_on_writable(struct upstream *up) {
    if (!upstream_wants_write(up)) return up->fd >= 0;
    ssize_t sent = send(up->fd, up->output, up->output_length, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0 && (errno == EAGAIN || errno == EINTR)) return true;
    if (sent < 0) {
        upstream_close(up);
        return false;
    }
    up->output_length -= (size_t)sent;
    memmove(up->output, up->output + sent, up->output_length);
    return true;
}

static struct waiting *free_waiting(struct upstream *up) {
    for (size_t i = 0; i < UPSTREAM_PENDING_MAX; i++)
        if (!up->waiting[i].id) return &up->waiting[i];
    return NULL;
}

enum result upstream_call(struct upstream *up, const char *method, json_t *params, json_t *as,
                          const struct upstream_note *note) {
    struct waiting *waiting = free_waiting(up);
    if (up->fd < 0) return RESULT_CLOSED;
    if (!waiting) return RESULT_LIMIT;
    const json_int_t id = up->last_id + 1;
    json_t *request = json_pack("{s:s, s:I, s:s, s:O*, s:O*}", "jsonrpc", "2.0", "id", id, "method",
                                method, "params", params, "as", as);
    size_t room = UPSTREAM_OUTPUT_MAX - up->output_length;
    size_t length = json_dumpb(request, up->output + up->output_length, room, JSON_COMPACT);
    json_decref(request);
    if (length == 0 || length >= room) return RESULT_LIMIT;
    up->output[up->output_length + length] = '\n';
    up->output_length += length + 1;
    waiting->id = up->last_id = id;
    waiting->note = *note;
    (void)upstream_on_writable(up);
    return RESULT_OK;
}
