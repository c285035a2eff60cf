#include "controller/daemon/api.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"

struct api_client {
    int fd; /* -1: free slot */
    bool wants_events;
    char *input, *output;
    size_t input_length, output_length;
    int64_t second_ns; /* begin of the second that `calls` counts */
    unsigned calls;
};

struct api_server {
    int fd;
    char path[108];
    const struct api_method *methods; /* ended by a NULL name */
    void *context;
    struct api_client clients[API_CLIENTS_MAX];
};

static enum result listen_at(const char *path, int *ret_fd, struct error *err) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (text_copy(address.sun_path, sizeof address.sun_path, path) != RESULT_OK)
        return error_set(err, RESULT_LIMIT, "%s: too long for a socket's path", path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return error_set(err, RESULT_IO, "API socket: %s", strerror(errno));
    unlink(path);
    if (bind(fd, (struct sockaddr *)&address, sizeof address) != 0 || chmod(path, 0660) != 0 ||
        listen(fd, API_CLIENTS_MAX) != 0) {
        int why = errno;
        close(fd);
        return error_set(err, RESULT_IO, "%s: cannot listen there: %s", path, strerror(why));
    }
    *ret_fd = fd;
    return RESULT_OK;
}

enum result api_server_create(const char *socket_path, const struct api_method *methods,
                              void *context, struct api_server **ret_server, struct error *err) {
    struct api_server *server = calloc(1, sizeof *server);
    if (!server) return error_set(err, RESULT_NO_MEMORY, "API: out of memory");
    enum result result = listen_at(socket_path, &server->fd, err);
    if (result != RESULT_OK) {
        free(server);
        return result;
    }
    snprintf(server->path, sizeof server->path, "%s", socket_path);
    server->methods = methods;
    server->context = context;
    for (size_t i = 0; i < API_CLIENTS_MAX; i++) server->clients[i].fd = -1;
    *ret_server = server;
    return RESULT_OK;
}

static void drop_client(struct api_client *client) {
    if (client->fd < 0) return;
    close(client->fd);
    free(client->input);
    free(client->output);
    *client = (struct api_client){.fd = -1};
}

void api_server_destroy(struct api_server **server) {
    if (!*server) return;
    for (size_t i = 0; i < API_CLIENTS_MAX; i++) drop_client(&(*server)->clients[i]);
    close((*server)->fd);
    unlink((*server)->path);
    free(*server);
    *server = NULL;
}

size_t api_server_poll_set(const struct api_server *server, struct pollfd *ret_set, size_t size) {
    size_t count = 0;
    if (count < size) ret_set[count++] = (struct pollfd){.fd = server->fd, .events = POLLIN};
    for (size_t i = 0; i < API_CLIENTS_MAX && count < size; i++) {
        const struct api_client *client = &server->clients[i];
        short wanted = client->output_length ? POLLIN | POLLOUT : POLLIN;
        if (client->fd >= 0) ret_set[count++] = (struct pollfd){.fd = client->fd, .events = wanted};
    }
    return count;
}

static void accept_clients(struct api_server *server) {
    for (size_t i = 0; i < API_CLIENTS_MAX; i++) {
        struct api_client *client = &server->clients[i];
        if (client->fd >= 0) continue;
        int fd = accept4(server->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd < 0) return;
        *client = (struct api_client){
            .fd = fd, .input = malloc(API_LINE_MAX), .output = malloc(API_OUTPUT_MAX)};
        if (!client->input || !client->output) drop_client(client);
    }
    /* No slot left: refuse at once rather than leave the peer hanging. */
    int fd = accept4(server->fd, NULL, NULL, SOCK_CLOEXEC);
    if (fd >= 0) close(fd);
}

/* A client that does not read is dropped: its queue must not grow, nor must events be lost unseen.
 */
static void queue_line(struct api_client *client, const json_t *message) {
    size_t room = API_OUTPUT_MAX - client->output_length;
    size_t length = json_dumpb(message, client->output + client->output_length, room, JSON_COMPACT);
    if (length == 0 || length >= room) {
        log_warning("api", "a client does not read its answers: dropped");
        drop_client(client);
        return;
    }
    client->output[client->output_length + length] = '\n';
    client->output_length += length + 1;
}

static void answer(struct api_client *client, json_t *id, const char *key, json_t *value) {
    json_t *message = json_pack("{s:s, s:o, s:o}", "jsonrpc", "2.0", key, value, "id",
                                id ? json_incref(id) : json_null());
    if (!message) return;
    queue_line(client, message);
    json_decref(message);
}

static void answer_error(struct api_client *client, json_t *id, int code, const char *text) {
    answer(client, id, "error", json_pack("{s:i, s:s}", "code", code, "message", text));
}

static bool is_within_rate(struct api_client *client, int64_t now_ns) {
    if (now_ns - client->second_ns >= NS_PER_S) {
        client->second_ns = now_ns;
        client->calls = 0;
    }
    return ++client->calls <= API_CALLS_A_SECOND_MAX;
}

static void dispatch(struct api_server *server, struct api_client *client, json_t *request,
                     int64_t now_ns) {
    json_t *id = json_object_get(request, "id");
    json_t *params = json_object_get(request, "params");
    const char *version = json_string_value(json_object_get(request, "jsonrpc"));
    const char *name = json_string_value(json_object_get(request, "method"));
    if (!version || strcmp(version, "2.0") != 0 || !name ||
        (id && !json_is_string(id) && !json_is_integer(id))) {
        answer_error(client, NULL, API_INVALID_REQUEST, "not a JSON-RPC 2.0 request");
        return;
    }
    const struct api_method *method = server->methods;
    while (method->name && strcmp(method->name, name) != 0) method++;
    if (!method->name) {
        answer_error(client, id, API_METHOD_NOT_FOUND, "no such method: ask `methods`");
        return;
    }
    if (params && !json_is_object(params)) {
        answer_error(client, id, API_INVALID_PARAMS, "params must be an object");
        return;
    }
    struct error err = {0};
    json_t *value = NULL;
    struct api_call call = {server->context, params, now_ns, &client->wants_events};
    enum result result = method->run(&call, &value, &err);
    if (result == RESULT_OK)
        answer(client, id, "result", value ? value : json_null());
    else
        answer_error(client, id, result == RESULT_INVALID ? API_INVALID_PARAMS : API_REFUSED,
                     err.text);
}

static void serve_line(struct api_server *server, struct api_client *client, const char *line,
                       size_t length) {
    json_error_t problem;
    int64_t now_ns = clock_now_ns();
    json_t *request = json_loadb(line, length, JSON_REJECT_DUPLICATES, &problem);
    if (!is_within_rate(client, now_ns))
        answer_error(client, NULL, API_TOO_MANY, "too many calls a second");
    else if (!request)
        answer_error(client, NULL, API_PARSE_ERROR, problem.text);
    else if (!json_is_object(request))
        answer_error(client, NULL, API_INVALID_REQUEST, "one request object a line");
    else
        dispatch(server, client, request, now_ns);
    json_decref(request);
}

static void read_client(struct api_server *server, struct api_client *client) {
    ssize_t got = recv(client->fd, client->input + client->input_length,
                       API_LINE_MAX - client->input_length, MSG_DONTWAIT);
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) {
        drop_client(client);
        return;
    }
    if (got < 0) return;
    client->input_length += (size_t)got;
    char *end;
    while (client->fd >= 0 && (end = memchr(client->input, '\n', client->input_length))) {
        size_t length = (size_t)(end - client->input);
        if (length > 0) serve_line(server, client, client->input, length);
        if (client->fd < 0) return;
        client->input_length -= length + 1;
        memmove(client->input, end + 1, client->input_length);
    }
    if (client->fd >= 0 && client->input_length == API_LINE_MAX) {
        log_warning("api", "a client sent a line of over %u bytes: dropped", API_LINE_MAX);
        drop_client(client);
    }
}

static void write_client(struct api_client *client) {
    ssize_t sent =
        send(client->fd, client->output, client->output_length, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno != EAGAIN && errno != EINTR) {
        drop_client(client);
        return;
    }
    if (sent <= 0) return;
    client->output_length -= (size_t)sent;
    memmove(client->output, client->output + sent, client->output_length);
}

void api_server_step(struct api_server *server, int64_t now_ns) {
    (void)now_ns;
    accept_clients(server);
    for (size_t i = 0; i < API_CLIENTS_MAX; i++) {
        struct api_client *client = &server->clients[i];
        if (client->fd >= 0) read_client(server, client);
        if (client->fd >= 0 && client->output_length) write_client(client);
    }
}

void api_server_notify(struct api_server *server, const char *name, const json_t *params) {
    json_t *message =
        json_pack("{s:s, s:s, s:O}", "jsonrpc", "2.0", "method", name, "params", params);
    if (!message) return;
    for (size_t i = 0; i < API_CLIENTS_MAX; i++)
        if (server->clients[i].fd >= 0 && server->clients[i].wants_events)
            queue_line(&server->clients[i], message);
    json_decref(message);
}

bool api_server_has_subscribers(const struct api_server *server) {
    for (size_t i = 0; i < API_CLIENTS_MAX; i++)
        if (server->clients[i].fd >= 0 && server->clients[i].wants_events) return true;
    return false;
}
