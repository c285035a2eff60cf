#include "vision/camera_shm.h"

#include <errno.h>
#include <poll.h>
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
#include "vision/frame_link.h"

#define RETRY_MS 20

struct shm_source {
    struct camera_source source; /* first: the interface */
    int fd;
    struct frame_link_hello hello;
    const uint8_t *memory; /* the sender's (frame_link.h); NULL: not greeted yet */
};

static void shm_close(struct camera_source *source) {
    struct shm_source *shm = (struct shm_source *)source;
    if (shm->memory) munmap((void *)(uintptr_t)shm->memory, frame_link_memory_bytes(&shm->hello));
    if (shm->fd >= 0) close(shm->fd);
    free(shm);
}

/* The slot's picture, when it is this frame's before and after it was read. */
static bool copy_picture(const struct shm_source *shm, const struct frame_link_frame *message,
                         uint8_t *pixels) {
    size_t size = frame_link_picture_bytes(&shm->hello);
    const frame_link_mark *marks =
        (const frame_link_mark *)(const void *)(shm->memory + frame_link_marks_at(&shm->hello));
    const frame_link_mark *mark = &marks[message->slot];
    if (atomic_load_explicit(mark, memory_order_acquire) != message->sequence + 1) return false;
    memcpy(pixels, shm->memory + message->slot * size, size);
    atomic_thread_fence(memory_order_acquire);
    return atomic_load_explicit(mark, memory_order_relaxed) == message->sequence + 1;
}

/* Copied, since a picture is looked at for longer than it stands there: what the slip watch takes
 * for the skin's place must not change below its eyes. */
static enum result take_frame(const struct shm_source *shm, const struct frame_link_frame *message,
                              struct camera_frame *ret_frame, struct error *err) {
    struct camera_frame frame;
    uint8_t *pixels = NULL;
    if (message->slot >= shm->hello.slots || message->camera_index >= shm->hello.camera_count)
        return error_set(err, RESULT_FORMAT, "frame link: a slot or camera that is not there");
    enum result result =
        camera_frame_allocate(shm->hello.width, shm->hello.height, &pixels, &frame);
    if (result != RESULT_OK) return error_set(err, result, "frame link: no memory for a frame");
    if (!copy_picture(shm, message, pixels)) camera_frame_release(&frame); /* unreadable */
    frame.stamp_ns = message->stamp_ns;
    frame.arrival_ns = clock_now_ns();
    frame.sequence = message->sequence;
    frame.camera_index = message->camera_index;
    *ret_frame = frame;
    return RESULT_OK;
}

static enum result shm_next(struct camera_source *source, int64_t timeout_ns,
                            struct camera_frame *ret_frame, struct error *err) {
    struct shm_source *shm = (struct shm_source *)source;
    struct frame_link_frame message;
    struct pollfd wait = {.fd = shm->fd, .events = POLLIN};
    int ready = poll(&wait, 1, (int)((timeout_ns + NS_PER_MS - 1) / NS_PER_MS));
    if (ready == 0 || (ready < 0 && errno == EINTR)) return RESULT_TIMEOUT;
    ssize_t got = recv(shm->fd, &message, sizeof message, MSG_DONTWAIT);
    if (got < 0 && errno == EAGAIN) return RESULT_TIMEOUT;
    if (got <= 0) return error_set(err, RESULT_CLOSED, "frame link: the cameras have gone");
    if ((size_t)got != sizeof message)
        return error_set(err, RESULT_FORMAT, "frame link: a message of %zd bytes", got);
    return take_frame(shm, &message, ret_frame, err);
}

static const struct camera_operations shm_operations = {shm_next, shm_close};

/* The greeting and the descriptor that rides with it. */
static enum result take_hello(struct shm_source *shm, int timeout_ms, struct error *err) {
    char control[CMSG_SPACE(sizeof(int))];
    struct iovec part = {&shm->hello, sizeof shm->hello};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = control,
                             .msg_controllen = sizeof control};
    struct pollfd wait = {.fd = shm->fd, .events = POLLIN};
    int memory_fd = -1;
    if (poll(&wait, 1, timeout_ms) != 1 ||
        recvmsg(shm->fd, &message, MSG_CMSG_CLOEXEC) != (ssize_t)sizeof shm->hello)
        return error_set(err, RESULT_TIMEOUT, "frame link: no greeting");
    struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
    if (rights && rights->cmsg_type == SCM_RIGHTS)
        memcpy(&memory_fd, CMSG_DATA(rights), sizeof memory_fd);
    const struct frame_link_hello *hello = &shm->hello;
    bool is_sane = memory_fd >= 0 && hello->version == FRAME_LINK_VERSION &&
                   hello->camera_count >= 1 && hello->camera_count <= CAMERA_COUNT_MAX &&
                   hello->width >= 1 && hello->width <= CAMERA_SIDE_PX_MAX && hello->height >= 1 &&
                   hello->height <= CAMERA_SIDE_PX_MAX && hello->slots >= 1 &&
                   hello->slots <= FRAME_LINK_SLOTS;
    void *memory = MAP_FAILED;
    if (is_sane)
        memory = mmap(NULL, frame_link_memory_bytes(hello), PROT_READ, MAP_SHARED, memory_fd, 0);
    if (memory_fd >= 0) close(memory_fd);
    if (memory == MAP_FAILED)
        return error_set(err, RESULT_FORMAT, "frame link: the greeting is not of version %u",
                         FRAME_LINK_VERSION);
    shm->memory = memory;
    return RESULT_OK;
}

enum result camera_shm_open(const char *socket_path, int timeout_ms,
                            struct camera_source **ret_source, struct error *err) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (text_copy(address.sun_path, sizeof address.sun_path, socket_path) != RESULT_OK)
        return error_set(err, RESULT_LIMIT, "%s: too long for a socket's path", socket_path);
    struct shm_source *shm = calloc(1, sizeof *shm);
    if (!shm) return error_set(err, RESULT_NO_MEMORY, "frame link: out of memory");
    shm->fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    for (int waited_ms = 0; connect(shm->fd, (struct sockaddr *)&address, sizeof address) != 0;
         waited_ms += RETRY_MS) {
        if (waited_ms >= timeout_ms) {
            shm_close(&shm->source);
            return error_set(err, RESULT_NOT_FOUND, "%s: no cameras answer there", socket_path);
        }
        nanosleep(&(struct timespec){0, RETRY_MS * 1000000L}, NULL);
    }
    enum result result = take_hello(shm, timeout_ms, err);
    if (result != RESULT_OK) {
        shm_close(&shm->source);
        return result;
    }
    shm->source = (struct camera_source){&shm_operations, "frame link", shm->hello.camera_count};
    *ret_source = &shm->source;
    return RESULT_OK;
}
