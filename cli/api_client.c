#include "cli/api_client.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"

#define RETRY_MS 50
#define ANSWER_TIMEOUT_MS 5000
/* Notifications that may come before an answer. */
#define LINES_BEFORE_ANSWER_MAX 1000

enum result api_client_open(const char *socket_path, int timeout_ms,
                            struct api_client_connection *ret_connection, struct error *err) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (text_copy(address.sun_path, sizeof address.sun_path, socket_path) != RESULT_OK)
        return error_set(err, RESULT_LIMIT, "%s: too long for a socket's path", socket_path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return error_set(err, RESULT_IO, "socket: %s", strerror(errno));
    for (int waited_ms = 0; connect(fd, (struct sockaddr *)&address, sizeof address) != 0;
         waited_ms += RETRY_MS) {
        if (waited_ms >= timeout_ms) {
            int why = errno;
            close(fd);
            return error_set(err, RESULT_NOT_FOUND, "%s: no smprigd answers there (%s)",
                             socket_path, strerror(why));
        }
        nanosleep(&(struct timespec){0, RETRY_MS * 1000000L}, NULL);
    }
    char *buffer = malloc(API_CLIENT_BUFFER);
    if (!buffer) {
        close(fd);
        return error_set(err, RESULT_NO_MEMORY, "out of memory");
    }
    *ret_connection = (struct api_client_connection){.fd = fd, .buffer = buffer};
    return RESULT_OK;
}

void api_client_close(struct api_client_connection *connection) {
    if (connection->fd >= 0) close(connection->fd);
    free(connection->buffer);
    *connection = (struct api_client_connection){.fd = -1};
}

/* Take one whole line out of the buffer, NULL when there is none yet. */
static json_t *take_line(struct api_client_connection *c, struct error *err) {
    char *end = memchr(c->buffer, '\n', c->length);
    json_error_t problem;
    if (!end) return NULL;
    size_t length = (size_t)(end - c->buffer);
    json_t *message = json_loadb(c->buffer, length, 0, &problem);
    if (!message)
        error_set(err, RESULT_FORMAT, "smprigd said something unreadable: %s", problem.text);
    c->length -= length + 1;
    memmove(c->buffer, end + 1, c->length);
    return message;
}

enum result api_client_next(struct api_client_connection *c, int timeout_ms, json_t **ret_message,
                            struct error *err) {
    for (;;) {
        if (memchr(c->buffer, '\n', c->length)) {
            json_t *message = take_line(c, err);
            if (!message) return RESULT_FORMAT;
            *ret_message = message;
            return RESULT_OK;
        }
        if (c->length == API_CLIENT_BUFFER)
            return error_set(err, RESULT_LIMIT, "smprigd said more than a line may hold");
        struct pollfd wait = {.fd = c->fd, .events = POLLIN};
        int ready = poll(&wait, 1, timeout_ms);
        if (ready < 0 && errno == EINTR) continue;
        if (ready <= 0) return error_set(err, RESULT_TIMEOUT, "smprigd does not answer");
        ssize_t got = recv(c->fd, c->buffer + c->length, API_CLIENT_BUFFER - c->length, 0);
        if (got <= 0) return error_set(err, RESULT_CLOSED, "smprigd has gone");
        c->length += (size_t)got;
    }
}

static enum result send_call(struct api_client_connection *c, const char *method, json_t *params,
                             struct error *err) {
    json_t *request =
        json_pack("{s:s, s:s, s:i}", "jsonrpc", "2.0", "method", method, "id", ++c->last_id);
    if (params) json_object_set(request, "params", params);
    char *line = json_dumps(request, JSON_COMPACT);
    json_decref(request);
    if (!line) return error_set(err, RESULT_NO_MEMORY, "out of memory");
    size_t length = strlen(line);
    line[length++] = '\n'; /* in place of the NUL */
    ssize_t sent = send(c->fd, line, length, MSG_NOSIGNAL);
    free(line);
    if (sent == (ssize_t)length) return RESULT_OK;
    return error_set(err, RESULT_CLOSED, "smprigd has gone");
}

enum result api_client_call(struct api_client_connection *c, const char *method, json_t *params,
                            json_t **ret_result, struct error *err) {
    enum result result = send_call(c, method, params, err);
    for (int i = 0; result == RESULT_OK && i < LINES_BEFORE_ANSWER_MAX; i++) {
        json_t *message = NULL;
        result = api_client_next(c, ANSWER_TIMEOUT_MS, &message, err);
        if (result != RESULT_OK) return result;
        json_t *failure = json_object_get(message, "error");
        bool is_ours = json_integer_value(json_object_get(message, "id")) == c->last_id;
        if (failure) {
            const char *text = json_string_value(json_object_get(failure, "message"));
            result = error_set(err, RESULT_REFUSED, "%s", text ? text : "refused");
        } else if (is_ours) {
            *ret_result = json_incref(json_object_get(message, "result"));
        }
        json_decref(message);
        if (is_ours) return result;
    }
    return result != RESULT_OK ? result
                               : error_set(err, RESULT_TIMEOUT, "smprigd does not answer the call");
}
