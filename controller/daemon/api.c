/* The unix socket: lines in, lines out, nothing blocks and nothing grows. */
#include "controller/daemon/api.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"

/* A client with so much unread gets no picture. */
#define CAMERA_BEHIND_BYTES 65536u

struct api_client {
    int fd; /* -1: free slot */
    struct api_peer peer;
    char *input, *output;
    size_t input_length, output_length;
};

struct api_server {
    int fd;
    char path[108];
    struct api_table table;
    uid_t console_uid;
    int64_t now_ns;       /* of the step under way */
    uint64_t last_number; /* of a connection */
    char *line;           /* API_OUTPUT_MAX bytes: what is being written, once for all */
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

enum result api_server_create(const struct api_server_setup *setup, struct api_server **ret_server,
                              struct error *err) {
    struct api_server *server = calloc(1, sizeof *server);
    if (server) server->line = malloc(API_OUTPUT_MAX);
    if (!server || !server->line) {
        free(server);
        return error_set(err, RESULT_NO_MEMORY, "API: out of memory");
    }
    enum result result = listen_at(setup->socket_path, &server->fd, err);
    if (result != RESULT_OK) {
        free(server->line);
        free(server);
        return result;
    }
    snprintf(server->path, sizeof server->path, "%s", setup->socket_path);
    server->table = setup->table;
    server->console_uid = setup->console_uid;
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
    free((*server)->line);
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

/* Root and our own user may all, and may name others, as the console may; whoever else the socket's
 * mode lets in is an operator. */
static bool identify(const struct api_server *server, int fd, struct api_peer *ret_peer) {
    struct ucred peer = {0};
    socklen_t size = sizeof peer;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return false;
    bool is_ours = peer.uid == 0 || peer.uid == geteuid();
    *ret_peer = (struct api_peer){
        .caller = {.role = is_ours ? ROLE_TECHNICIAN : ROLE_OPERATOR},
        .may_speak_for_others = is_ours || peer.uid == server->console_uid,
    };
    snprintf(ret_peer->caller.name, sizeof ret_peer->caller.name, "local user %u", peer.uid);
    return true;
}

static void accept_clients(struct api_server *server) {
    for (size_t i = 0; i < API_CLIENTS_MAX; i++) {
        struct api_client *client = &server->clients[i];
        if (client->fd >= 0) continue;
        int fd = accept4(server->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd < 0) return;
        *client = (struct api_client){
            .fd = fd, .input = malloc(API_LINE_MAX), .output = malloc(API_OUTPUT_MAX)};
        if (!client->input || !client->output || !identify(server, fd, &client->peer))
            drop_client(client);
        client->peer.number = ++server->last_number;
    }
    /* No slot left: refuse at once rather than leave the peer hanging. */
    int fd = accept4(server->fd, NULL, NULL, SOCK_CLOEXEC);
    if (fd >= 0) close(fd);
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

/* A client that does not read is dropped: its queue must not grow, nor must events
 * be lost unseen. */
static void queue_line(struct api_client *client, const char *line, size_t length) {
    bool was_empty = client->output_length == 0;
    if (length > API_OUTPUT_MAX - client->output_length) {
        log_warning("api", "a client does not read its answers: dropped");
        drop_client(client);
        return;
    }
    memcpy(client->output + client->output_length, line, length);
    client->output_length += length;
    if (was_empty) write_client(client); /* else it waits until the client reads */
}

/* The message as a line in server->line, and its length; 0: longer than any client may be sent. */
static size_t write_line(struct api_server *server, const json_t *message) {
    size_t length = json_dumpb(message, server->line, API_OUTPUT_MAX - 1,
                               JSON_COMPACT | JSON_REAL_PRECISION(8));
    if (length == 0 || length >= API_OUTPUT_MAX) return 0;
    server->line[length] = '\n';
    return length + 1;
}

static void serve_line(struct api_server *server, struct api_client *client, const char *line,
                       size_t length) {
    json_t *reply = api_dispatch(&server->table, &client->peer, line, length, server->now_ns);
    size_t size = reply ? write_line(server, reply) : 0;
    if (size > 0)
        queue_line(client, server->line, size);
    else if (reply)
        drop_client(client); /* longer than any client may be sent */
    json_decref(reply);
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

static struct api_client *client_of(struct api_server *server, int fd) {
    for (size_t i = 0; i < API_CLIENTS_MAX; i++)
        if (server->clients[i].fd == fd) return &server->clients[i];
    return NULL;
}

void api_server_step(struct api_server *server, const struct pollfd *set, size_t count,
                     int64_t now_ns) {
    server->now_ns = now_ns;
    for (size_t i = 1; i < count; i++) {
        struct api_client *client = set[i].revents ? client_of(server, set[i].fd) : NULL;
        if (client && (set[i].revents & ~POLLOUT)) read_client(server, client);
        if (client && client->fd >= 0 && client->output_length) write_client(client);
    }
    /* Last: a descriptor that was closed above may come again. */
    if (count > 0 && set[0].revents) accept_clients(server);
}

/* A picture is news only while it is new: none is queued behind others. */
static bool is_behind(const struct api_client *client, enum api_topic topic) {
    return topic == API_TOPIC_CAMERA && client->output_length > CAMERA_BEHIND_BYTES;
}

void api_server_notify(struct api_server *server, enum api_topic topic, const char *name,
                       const json_t *params) {
    json_t *message =
        json_pack("{s:s, s:s, s:O}", "jsonrpc", "2.0", "method", name, "params", params);
    size_t size = message ? write_line(server, message) : 0;
    for (size_t i = 0; size > 0 && i < API_CLIENTS_MAX; i++) {
        struct api_client *client = &server->clients[i];
        if (client->fd >= 0 && (client->peer.topics & topic) && !is_behind(client, topic))
            queue_line(client, server->line, size);
    }
    json_decref(message);
}

void api_server_answer(struct api_server *server, struct api_waiter *waiter, json_t *value,
                       const struct error *err) {
    json_t *reply = api_late_answer(waiter, value, err);
    size_t size = reply ? write_line(server, reply) : 0;
    for (size_t i = 0; size > 0 && i < API_CLIENTS_MAX; i++) {
        struct api_client *client = &server->clients[i];
        if (client->fd >= 0 && client->peer.number == waiter->peer)
            queue_line(client, server->line, size);
    }
    json_decref(reply);
    json_decref(waiter->id);
    *waiter = (struct api_waiter){0};
}

bool api_server_has_subscribers(const struct api_server *server, enum api_topic topic) {
    for (size_t i = 0; i < API_CLIENTS_MAX; i++)
        if (server->clients[i].fd >= 0 && (server->clients[i].peer.topics & topic)) return true;
    return false;
}
