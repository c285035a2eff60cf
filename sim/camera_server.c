#include "sim/camera_server.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "sim/render.h"
#include "sim/skin_marks.h"
#include "vision/frame_link.h"

struct camera_server {
    struct camera_server_setup setup;
    struct renderer *renderers[CAMERA_COUNT_MAX];
    int listen_fd, client_fd, memory_fd;
    struct frame_link_hello hello;
    uint8_t *memory;
    uint64_t sequence;
    pthread_t thread;
    bool is_running;
    atomic_bool is_ending;
};

static void sleep_until(int64_t at_ns) {
    struct timespec t = {at_ns / NS_PER_S, at_ns % NS_PER_S};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR) continue;
}

/* Greet a new client with the memory's descriptor. */
static bool greet(struct camera_server *server, int fd) {
    char control[CMSG_SPACE(sizeof(int))] = {0};
    struct iovec part = {&server->hello, sizeof server->hello};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = control,
                             .msg_controllen = sizeof control};
    struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(rights), &server->memory_fd, sizeof(int));
    return sendmsg(fd, &message, MSG_NOSIGNAL) == (ssize_t)sizeof server->hello;
}

static void accept_client(struct camera_server *server) {
    int fd = accept4(server->listen_fd, NULL, NULL, SOCK_CLOEXEC);
    if (fd < 0) return;
    if (server->client_fd >= 0) close(server->client_fd); /* the newest one gets the frames */
    server->client_fd = fd;
    if (greet(server, fd)) return;
    close(fd);
    server->client_fd = -1;
}

static void send_frame(struct camera_server *server, uint32_t camera, uint32_t slot,
                       int64_t stamp_ns) {
    struct frame_link_frame message = {slot, camera, server->sequence, stamp_ns};
    ssize_t sent = send(server->client_fd, &message, sizeof message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent == (ssize_t)sizeof message || (sent < 0 && errno == EAGAIN)) return;
    close(server->client_fd);
    server->client_fd = -1;
}

static void draw(struct camera_server *server, uint32_t camera, uint32_t slot,
                 const struct render_view *view) {
    frame_link_mark *marks =
        (frame_link_mark *)(void *)(server->memory + frame_link_marks_at(&server->hello));
    atomic_store_explicit(&marks[slot], 0, memory_order_relaxed);
    atomic_thread_fence(memory_order_release);
    renderer_draw(server->renderers[camera], view,
                  server->memory + slot * frame_link_picture_bytes(&server->hello));
    atomic_store_explicit(&marks[slot], server->sequence + 1, memory_order_release);
}

/* Draw the head as it was at stamp_ns with every camera, and send. */
static void shoot(struct camera_server *server, int64_t stamp_ns) {
    double t_s = ns_to_s(stamp_ns - server->setup.start_ns);
    struct render_view view = {.T_rig_head = scenario_head_at(&server->setup.scenario, t_s),
                               .velocity = scenario_head_velocity(&server->setup.scenario, t_s),
                               .ring_slip = scenario_ring_slip(&server->setup.scenario, t_s)};
    for (uint32_t c = 0; c < server->setup.cameras.count; c++) {
        uint32_t slot =
            (uint32_t)(server->sequence * server->setup.cameras.count + c) % FRAME_LINK_SLOTS;
        draw(server, c, slot, &view);
        if (server->client_fd >= 0) send_frame(server, c, slot, stamp_ns);
    }
    server->sequence++;
}

static void *run(void *context) {
    struct camera_server *server = context;
    int64_t period_ns = s_to_ns(1.0 / server->setup.scenario.frame_rate_hz);
    int64_t latency_ns = s_to_ns(server->setup.scenario.latency_s);
    int64_t stamp_ns = clock_now_ns();
    while (!atomic_load(&server->is_ending)) {
        accept_client(server);
        /* The exposure's middle is at stamp_ns; read-out and transfer take the latency. A machine
         * that cannot keep up drops frames, as a camera would: stamps stay true. */
        sleep_until(stamp_ns + latency_ns);
        if (server->client_fd >= 0) shoot(server, stamp_ns);
        do stamp_ns += period_ns;
        while (stamp_ns + latency_ns < clock_now_ns());
    }
    return NULL;
}

static enum result open_socket(struct camera_server *server, struct error *err) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const char *path = server->setup.socket_path;
    if (text_copy(address.sun_path, sizeof address.sun_path, path) != RESULT_OK)
        return error_set(err, RESULT_LIMIT, "%s: too long for a socket's path", path);
    unlink(path);
    server->listen_fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (server->listen_fd < 0 ||
        bind(server->listen_fd, (struct sockaddr *)&address, sizeof address) != 0 ||
        listen(server->listen_fd, 2) != 0)
        return error_set(err, RESULT_IO, "%s: cannot listen there: %s", path, strerror(errno));
    return RESULT_OK;
}

static enum result open_memory(struct camera_server *server, struct error *err) {
    const struct camera_set *cameras = &server->setup.cameras;
    const struct camera_model *first = &cameras->cameras[0].model;
    server->hello = (struct frame_link_hello){FRAME_LINK_VERSION, cameras->count, first->width_px,
                                              first->height_px, FRAME_LINK_SLOTS};
    size_t size = frame_link_memory_bytes(&server->hello);
    for (uint32_t c = 1; c < cameras->count; c++)
        if (cameras->cameras[c].model.width_px != first->width_px ||
            cameras->cameras[c].model.height_px != first->height_px)
            return error_set(err, RESULT_RANGE, "the simulated cameras must be of one size");
    server->memory_fd = memfd_create("smprig-frames", MFD_CLOEXEC);
    if (server->memory_fd < 0 || ftruncate(server->memory_fd, (off_t)size) != 0)
        return error_set(err, RESULT_IO, "shared memory: %s", strerror(errno));
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, server->memory_fd, 0);
    if (memory == MAP_FAILED)
        return error_set(err, RESULT_NO_MEMORY, "shared memory: out of memory");
    server->memory = memory;
    return RESULT_OK;
}

/* The same skin for all cameras. */
static void draw_skin_marks(struct camera_server *server) {
    struct render_mark marks[RENDER_MARKS_MAX];
    struct rng rng;
    rng_init(&rng, server->setup.seed);
    size_t count =
        skin_marks_make(server->setup.field, &server->setup.ring, &rng, marks, RENDER_MARKS_MAX);
    for (uint32_t c = 0; c < server->setup.cameras.count; c++)
        renderer_set_marks(server->renderers[c], marks, count);
}

enum result camera_server_create(const struct camera_server_setup *setup,
                                 struct camera_server **ret_server, struct error *err) {
    struct camera_server *server = calloc(1, sizeof *server);
    if (!server) return error_set(err, RESULT_NO_MEMORY, "cameras: out of memory");
    server->setup = *setup;
    server->listen_fd = server->client_fd = server->memory_fd = -1;
    enum result result = open_memory(server, err);
    if (result == RESULT_OK) result = open_socket(server, err);
    for (uint32_t c = 0; result == RESULT_OK && c < setup->cameras.count; c++) {
        struct render_settings settings = render_settings_default();
        settings.seed = setup->seed * 16 + c;
        result = renderer_create(&setup->cameras.cameras[c], &setup->ring, &settings,
                                 &server->renderers[c], err);
    }
    if (result == RESULT_OK) draw_skin_marks(server);
    if (result == RESULT_OK && pthread_create(&server->thread, NULL, run, server) != 0)
        result = error_set(err, RESULT_IO, "cameras: cannot start their thread");
    else if (result == RESULT_OK)
        server->is_running = true;
    if (result == RESULT_OK)
        *ret_server = server;
    else
        camera_server_destroy(&server);
    return result;
}

void camera_server_destroy(struct camera_server **server) {
    struct camera_server *s = *server;
    if (!s) return;
    atomic_store(&s->is_ending, true);
    if (s->is_running) pthread_join(s->thread, NULL);
    for (uint32_t c = 0; c < CAMERA_COUNT_MAX; c++) renderer_destroy(&s->renderers[c]);
    if (s->memory) munmap(s->memory, frame_link_memory_bytes(&s->hello));
    if (s->client_fd >= 0) close(s->client_fd);
    if (s->listen_fd >= 0) {
        close(s->listen_fd);
        unlink(s->setup.socket_path);
    }
    if (s->memory_fd >= 0) close(s->memory_fd);
    free(s);
    *server = NULL;
}
