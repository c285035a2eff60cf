/* Frames from another process: a picture that was written over is told, never taken for its stamp.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "vision/camera_shm.h"
#include "vision/frame_link.h"

#define WIDTH 64u
#define HEIGHT 48u
#define SLOTS 2u
#define WAIT_MS 2000
#define HURRIED_FRAMES 20000u

/* A sender whose pictures are of one grey each: the low byte of their sequence. */
struct sender {
    char folder[32], path[64];
    struct frame_link_hello hello;
    int listen_fd, client_fd, memory_fd;
    uint8_t *memory;
};

static void *greet(void *context) {
    struct sender *sender = context;
    char control[CMSG_SPACE(sizeof(int))] = {0};
    struct iovec part = {&sender->hello, sizeof sender->hello};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = control,
                             .msg_controllen = sizeof control};
    struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(rights), &sender->memory_fd, sizeof(int));
    sender->client_fd = accept(sender->listen_fd, NULL, NULL);
    if (sendmsg(sender->client_fd, &message, MSG_NOSIGNAL) < 0) abort();
    return NULL;
}

static void open_sender(struct sender *sender) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    *sender = (struct sender){.hello = {FRAME_LINK_VERSION, 1, WIDTH, HEIGHT, SLOTS}};
    snprintf(sender->folder, sizeof sender->folder, "/tmp/smprig-shm-XXXXXX");
    assert_non_null(mkdtemp(sender->folder));
    snprintf(sender->path, sizeof sender->path, "%s/frames", sender->folder);
    snprintf(address.sun_path, sizeof address.sun_path, "%s", sender->path);
    size_t size = frame_link_memory_bytes(&sender->hello);
    sender->memory_fd = memfd_create("test-frames", MFD_CLOEXEC);
    assert_int_equal(ftruncate(sender->memory_fd, (off_t)size), 0);
    sender->memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, sender->memory_fd, 0);
    assert_ptr_not_equal(sender->memory, MAP_FAILED);
    sender->listen_fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);
    assert_int_equal(bind(sender->listen_fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(sender->listen_fd, 1), 0);
}

static struct camera_source *connect_to(struct sender *sender) {
    struct camera_source *source = NULL;
    pthread_t greeter;
    assert_int_equal(pthread_create(&greeter, NULL, greet, sender), 0);
    assert_int_equal(camera_shm_open(sender->path, WAIT_MS, &source, NULL), RESULT_OK);
    pthread_join(greeter, NULL);
    return source;
}

static void close_sender(struct sender *sender, struct camera_source *source) {
    camera_close(&source);
    munmap(sender->memory, frame_link_memory_bytes(&sender->hello));
    close(sender->client_fd);
    close(sender->listen_fd);
    close(sender->memory_fd);
    unlink(sender->path);
    rmdir(sender->folder);
}

static frame_link_mark *mark_of(struct sender *sender, uint64_t sequence) {
    frame_link_mark *marks =
        (frame_link_mark *)(void *)(sender->memory + frame_link_marks_at(&sender->hello));
    return &marks[sequence % SLOTS];
}

static void draw(struct sender *sender, uint64_t sequence) {
    atomic_store(mark_of(sender, sequence), 0);
    memset(sender->memory + sequence % SLOTS * WIDTH * HEIGHT, (int)(sequence & 0xff),
           (size_t)WIDTH * HEIGHT);
    atomic_store(mark_of(sender, sequence), sequence + 1);
}

static bool send_frame(struct sender *sender, uint64_t sequence) {
    struct frame_link_frame frame = {(uint32_t)(sequence % SLOTS), 0, sequence,
                                     (int64_t)sequence * NS_PER_MS};
    return send(sender->client_fd, &frame, sizeof frame, MSG_NOSIGNAL) == (ssize_t)sizeof frame;
}

static void expect_picture(const struct camera_frame *frame) {
    assert_int_equal(frame->stamp_ns, (int64_t)frame->sequence * NS_PER_MS);
    for (size_t i = 0; i < (size_t)WIDTH * HEIGHT; i++)
        if (frame->image.pixels[i] != (frame->sequence & 0xff))
            fail_msg("frame %d has a pixel of %d", (int)frame->sequence, frame->image.pixels[i]);
}

static struct camera_frame take(struct camera_source *source) {
    struct camera_frame frame;
    assert_int_equal(camera_next(source, WAIT_MS * NS_PER_MS, &frame, NULL), RESULT_OK);
    return frame;
}

static void a_picture_is_its_own_while_it_is_held(void **state) {
    (void)state;
    struct sender sender;
    open_sender(&sender);
    struct camera_source *source = connect_to(&sender);
    draw(&sender, 0);
    assert_true(send_frame(&sender, 0));
    struct camera_frame held = take(source);
    for (uint64_t later = 1; later <= SLOTS; later++) draw(&sender, later);
    assert_int_equal(held.status, FRAME_GOOD);
    expect_picture(&held);
    camera_frame_release(&held);
    close_sender(&sender, source);
}

static void a_picture_that_was_written_over_is_unreadable(void **state) {
    (void)state;
    struct sender sender;
    open_sender(&sender);
    struct camera_source *source = connect_to(&sender);
    for (uint64_t sequence = 0; sequence <= SLOTS; sequence++) {
        draw(&sender, sequence);
        assert_true(send_frame(&sender, sequence));
    }
    for (uint64_t sequence = 0; sequence <= SLOTS; sequence++) {
        struct camera_frame frame = take(source);
        assert_int_equal(frame.sequence, sequence);
        assert_int_equal(frame.status, sequence == 0 ? FRAME_UNREADABLE : FRAME_GOOD);
        if (frame.status == FRAME_GOOD)
            expect_picture(&frame);
        else
            assert_null(frame.image.pixels);
        camera_frame_release(&frame);
    }
    atomic_store(mark_of(&sender, SLOTS), 0); /* being written */
    assert_true(send_frame(&sender, SLOTS));
    struct camera_frame frame = take(source);
    assert_int_equal(frame.status, FRAME_UNREADABLE);
    camera_frame_release(&frame);
    close_sender(&sender, source);
}

static void *hurry(void *context) {
    struct sender *sender = context;
    for (uint64_t sequence = 0; sequence < HURRIED_FRAMES; sequence++) {
        draw(sender, sequence);
        if (!send_frame(sender, sequence)) abort();
    }
    close(sender->client_fd);
    return NULL;
}

static void a_sender_in_a_hurry_mixes_no_pictures(void **state) {
    (void)state;
    struct sender sender;
    struct camera_frame frame;
    pthread_t hurrying;
    open_sender(&sender);
    struct camera_source *source = connect_to(&sender);
    assert_int_equal(pthread_create(&hurrying, NULL, hurry, &sender), 0);
    while (camera_next(source, WAIT_MS * NS_PER_MS, &frame, NULL) == RESULT_OK) {
        if (frame.status == FRAME_GOOD) expect_picture(&frame);
        camera_frame_release(&frame);
    }
    pthread_join(hurrying, NULL);
    sender.client_fd = -1;
    close_sender(&sender, source);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_picture_is_its_own_while_it_is_held),
        cmocka_unit_test(a_picture_that_was_written_over_is_unreadable),
        cmocka_unit_test(a_sender_in_a_hurry_mixes_no_pictures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
