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

/* The sender's pictures. Frames are read where they stand, as a driver's buffers are: a slot is
 * written again only when all others have been, and a pose of so old a frame is no longer believed.
 * The memory lives as long as the source or one of its frames does. */
struct shm_memory {
    atomic_uint holders;
    const uint8_t *pixels;
    size_t size;
};

struct shm_source {
    struct camera_source source; /* first: the interface */
    int fd;
    struct frame_link_hello hello;
    struct shm_memory *memory; /* NULL: not greeted yet */
};

static void drop_memory(struct shm_memory *memory) {
    if (!memory || atomic_fetch_sub(&memory->holders, 1) > 1) return;
    munmap((void *)(uintptr_t)memory->pixels, memory->size);
    free(memory);
}

static void release_frame(struct camera_frame *frame) {
    drop_memory(frame->owner);
}

static void shm_close(struct camera_source *source) {
    struct shm_source *shm = (struct shm_source *)source;
    drop_memory(shm->memory);
    if (shm->fd >= 0) close(shm->fd);
    free(shm);
}

static enum result take_frame(const struct shm_source *shm, const struct frame_link_frame *message,
                              struct camera_frame *ret_frame, struct error *err) {
    const struct frame_link_hello *hello = &shm->hello;
    size_t size = (size_t)hello->width * hello->height;
    if (message->slot >= hello->slots || message->camera_index >= hello->camera_count)
        return error_set(err, RESULT_FORMAT, "frame link: a slot or camera that is not there");
    atomic_fetch_add(&shm->memory->holders, 1);
    *ret_frame = (struct camera_frame){
        .image = {shm->memory->pixels + message->slot * size, hello->width, hello->height,
                  hello->width},
        .stamp_ns = message->stamp_ns,
        .arrival_ns = clock_now_ns(),
        .sequence = message->sequence,
        .camera_index = message->camera_index,
        .status = FRAME_GOOD,
        .release = release_frame,
        .owner = shm->memory,
    };
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

/* NULL when there is no memory, or no such file. */
static struct shm_memory *map_memory(const struct frame_link_hello *hello, int memory_fd) {
    struct shm_memory *memory = calloc(1, sizeof *memory);
    if (!memory) return NULL;
    size_t size = (size_t)hello->width * hello->height * hello->slots;
    void *pixels = mmap(NULL, size, PROT_READ, MAP_SHARED, memory_fd, 0);
    if (pixels == MAP_FAILED) {
        free(memory);
        return NULL;
    }
    atomic_init(&memory->holders, 1);
    memory->pixels = pixels;
    memory->size = size;
    return memory;
}

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
    if (is_sane) shm->memory = map_memory(hello, memory_fd);
    if (memory_fd >= 0) close(memory_fd);
    if (shm->memory) return RESULT_OK;
    return error_set(err, RESULT_FORMAT, "frame link: the greeting is not of version %u",
                     FRAME_LINK_VERSION);
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
