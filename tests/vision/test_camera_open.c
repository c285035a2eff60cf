/* Cameras by name: what the string may say, several as one source, and one of them that dies. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "vision/camera_genicam.h"
#include "vision/camera_join.h"
#include "vision/camera_open.h"

#define LONG_TEXT_BYTES (CAMERA_DEVICE_MAX + 64)

static void good_names_are_read(void **state) {
    (void)state;
    const struct {
        const char *text;
        enum camera_kind kind;
        uint32_t count;
        const char *first, *last;
        double rate_hz, exposure_us;
    } cases[] = {
        {"shm:/run/smprig/frames", CAMERA_SHM, 1, "/run/smprig/frames", "/run/smprig/frames", 0, 0},
        {"sequence:a,b+c:d", CAMERA_SEQUENCE, 1, "a,b+c:d", "a,b+c:d", 0, 0},
        {"v4l2:/dev/video0", CAMERA_V4L2, 1, "/dev/video0", "/dev/video0", 0, 0},
        {"v4l2:/dev/video0+/dev/video2,rate=30,exposure_us=2000", CAMERA_V4L2, 2, "/dev/video0",
         "/dev/video2", 30, 2000},
        {"v4l2:/dev/v4l/by-path/pci-0000:00:14.0-usb-0:2:1.0-video-index0", CAMERA_V4L2, 1,
         "/dev/v4l/by-path/pci-0000:00:14.0-usb-0:2:1.0-video-index0",
         "/dev/v4l/by-path/pci-0000:00:14.0-usb-0:2:1.0-video-index0", 0, 0},
        {"genicam:Basler-21234567+192.168.10.3,exposure_us=1500.5", CAMERA_GENICAM, 2,
         "Basler-21234567", "192.168.10.3", 0, 1500.5},
        {"genicam:a+b+c+d,exposure_us=10000,rate=100", CAMERA_GENICAM, 4, "a", "d", 100, 10000},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct camera_name name;
        struct error err = {0};
        if (camera_name_parse(cases[i].text, &name, &err) != RESULT_OK) fail_msg("%s", err.text);
        assert_int_equal(name.kind, cases[i].kind);
        assert_int_equal(name.device_count, cases[i].count);
        assert_string_equal(name.devices[0], cases[i].first);
        assert_string_equal(name.devices[name.device_count - 1], cases[i].last);
        assert_true(name.rate_hz == cases[i].rate_hz);
        assert_true(name.exposure_us == cases[i].exposure_us);
        assert_int_equal(camera_name_is_simulated(cases[i].text), cases[i].kind == CAMERA_SHM);
    }
}

static void bad_names_are_refused_with_a_sentence(void **state) {
    (void)state;
    const struct {
        const char *text;
        enum result result;
        const char *words;
    } cases[] = {
        {"", RESULT_FORMAT,
         "expected shm:SOCKET, sequence:FOLDER, v4l2:DEVICE[+DEVICE] or genicam"},
        {"/dev/video0", RESULT_FORMAT, "'/dev/video0': expected shm:SOCKET"},
        {"usb:0", RESULT_FORMAT, "'usb:0': expected shm:SOCKET"},
        {"shm", RESULT_FORMAT, "expected shm:SOCKET"},
        {"V4L2:/dev/video0", RESULT_FORMAT, "expected shm:SOCKET"},
        {"shm:", RESULT_FORMAT, "'shm:': an empty name"},
        {"sequence:", RESULT_FORMAT, "an empty name"},
        {"v4l2:", RESULT_FORMAT, "an empty name"},
        {"v4l2:,rate=30", RESULT_FORMAT, "an empty name"},
        {"v4l2:/dev/video0+", RESULT_FORMAT, "an empty name"},
        {"genicam:+b", RESULT_FORMAT, "an empty name"},
        {"genicam:a++b", RESULT_FORMAT, "an empty name"},
        {"genicam:a+b+c+d+e", RESULT_LIMIT, "too many cameras, expected 4 at most"},
        {"genicam:a+b+a", RESULT_INVALID, "a stands there twice"},
        {"v4l2:/dev/video0,", RESULT_FORMAT, "option '', expected rate=HZ or exposure_us=N"},
        {"v4l2:/dev/video0,gain=3", RESULT_FORMAT, "option 'gain=3', expected rate=HZ"},
        {"v4l2:/dev/video0,rate", RESULT_FORMAT, "option 'rate', expected"},
        {"v4l2:/dev/video0,rate=", RESULT_FORMAT, "rate=, expected a number above 0"},
        {"v4l2:/dev/video0,rate=fast", RESULT_FORMAT, "rate=fast, expected a number"},
        {"v4l2:/dev/video0,rate=nan", RESULT_FORMAT, "rate=nan, expected a number"},
        {"v4l2:/dev/video0,rate=30Hz", RESULT_FORMAT, "rate=30Hz, expected a number"},
        {"v4l2:/dev/video0,rate=0", RESULT_RANGE,
         "rate=0, expected a number above 0, at most 1000"},
        {"v4l2:/dev/video0,rate=-30", RESULT_RANGE, "above 0"},
        {"v4l2:/dev/video0,rate=1001", RESULT_RANGE, "at most 1000"},
        {"v4l2:/dev/video0,rate=30,rate=60", RESULT_FORMAT, "rate stands there twice"},
        {"v4l2:/dev/video0,exposure_us=1e9", RESULT_RANGE, "at most 100000"},
        {"v4l2:/dev/video0,rate=00000000000000000000000000000000030", RESULT_FORMAT, "expected a"},
        {"genicam:a,rate=100,exposure_us=20000", RESULT_RANGE, "do not go into a frame of 100"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct camera_name name = {.device_count = 77};
        struct error err = {0};
        enum result result = camera_name_parse(cases[i].text, &name, &err);
        if (result != cases[i].result || strstr(err.text, cases[i].words) == NULL)
            fail_msg("%s: %s: %s", cases[i].text, result_name(result), err.text);
        assert_non_null(strstr(err.text, cases[i].text));
        assert_int_equal(name.device_count, 77);
    }
}

static void a_name_without_end_is_refused(void **state) {
    (void)state;
    char text[LONG_TEXT_BYTES + 1];
    struct camera_name name;
    struct error err = {0};
    memset(text, 'x', LONG_TEXT_BYTES);
    memcpy(text, "shm:", 4);
    text[LONG_TEXT_BYTES] = '\0';
    assert_int_equal(camera_name_parse(text, &name, &err), RESULT_LIMIT);
}

#define PERIOD_NS (5 * NS_PER_MS)
/* Frames of a second ago, all there at once: the order does not hang on this machine's load. */
#define LONG_AGO_NS (-NS_PER_S)

/* A camera in memory: a frame every PERIOD_NS of the clock, until it dies or falls silent. */
#define SILENT_NS (1200 * NS_PER_MS)
static int frames_alive, sources_alive;

struct toy {
    struct camera_source source;
    int64_t next_ns;               /* after the test's beginning; then of the clock */
    uint64_t sequence, dies_after; /* 0: never */
    uint64_t silent_after;         /* for SILENT_NS; 0: never */
};

static void release_toy(struct camera_frame *frame) {
    free(frame->owner);
    frames_alive--;
}

static enum result toy_next(struct camera_source *source, int64_t timeout_ns,
                            struct camera_frame *ret_frame, struct error *err) {
    struct toy *toy = (struct toy *)source;
    int64_t end_ns = clock_now_ns() + timeout_ns;
    if (toy->dies_after > 0 && toy->sequence >= toy->dies_after)
        return error_set(err, RESULT_CLOSED, "%s: gone", source->name);
    while (clock_now_ns() < toy->next_ns)
        if (clock_now_ns() >= end_ns) return error_set(err, RESULT_TIMEOUT, "in time");
    toy->sequence++;
    int64_t stamp_ns = toy->next_ns;
    toy->next_ns += toy->sequence == toy->silent_after ? SILENT_NS : PERIOD_NS;
    uint8_t *pixels = NULL;
    assert_int_equal(camera_frame_allocate(4, 4, &pixels, ret_frame), RESULT_OK);
    memset(pixels, (int)(toy->sequence & 0xff), 16);
    ret_frame->release = release_toy;
    ret_frame->stamp_ns = stamp_ns;
    ret_frame->sequence = toy->sequence;
    frames_alive++;
    return RESULT_OK;
}

static void toy_close(struct camera_source *source) {
    free(source);
    sources_alive--;
}

static const struct camera_operations toy_operations = {toy_next, toy_close};

static struct camera_source *make_toy(const struct toy *like) {
    struct toy *toy = malloc(sizeof *toy);
    assert_non_null(toy);
    *toy = *like;
    toy->source = (struct camera_source){&toy_operations, "toy", 1};
    toy->next_ns = clock_now_ns() + toy->next_ns;
    sources_alive++;
    return &toy->source;
}

static struct camera_source *join_toys(const struct toy *first, const struct toy *second) {
    struct camera_source *parts[2] = {make_toy(first), make_toy(second)}, *joined = NULL;
    struct error err = {0};
    assert_int_equal(camera_join(parts, 2, &joined, &err), RESULT_OK);
    assert_string_equal(joined->name, "toy + toy");
    assert_int_equal(joined->camera_count, 2);
    return joined;
}

static void close_toys(struct camera_source *joined) {
    camera_close(&joined);
    assert_int_equal(sources_alive, 0);
    assert_int_equal(frames_alive, 0);
}

static void frames_come_by_rising_stamp_with_their_camera(void **state) {
    (void)state;
    struct camera_source *joined = join_toys(&(struct toy){.next_ns = LONG_AGO_NS},
                                             &(struct toy){.next_ns = LONG_AGO_NS + 2 * NS_PER_MS});
    uint64_t last_sequence[2] = {0};
    int64_t last_stamp_ns = 0;
    for (int i = 0; i < 40; i++) {
        struct camera_frame frame;
        struct error err = {0};
        assert_int_equal(camera_next(joined, NS_PER_S, &frame, &err), RESULT_OK);
        assert_int_equal(frame.status, FRAME_GOOD);
        assert_true(frame.stamp_ns > last_stamp_ns);
        assert_int_equal(frame.sequence, ++last_sequence[frame.camera_index]);
        last_stamp_ns = frame.stamp_ns;
        camera_frame_release(&frame);
    }
    assert_int_equal(last_sequence[0], 20);
    close_toys(joined);
}

static void nothing_in_time_is_a_timeout(void **state) {
    (void)state;
    const struct toy late = {.next_ns = NS_PER_S};
    struct camera_source *joined = join_toys(&late, &late);
    struct camera_frame frame;
    struct error err = {0};
    int64_t begin_ns = clock_now_ns();
    assert_int_equal(camera_next(joined, 0, &frame, &err), RESULT_TIMEOUT);
    assert_int_equal(camera_next(joined, 20 * NS_PER_MS, &frame, &err), RESULT_TIMEOUT);
    int64_t took_ns = clock_now_ns() - begin_ns;
    assert_true(took_ns >= 20 * NS_PER_MS && took_ns < NS_PER_S);
    close_toys(joined);
}

/* Frames, good and unreadable, of each camera. */
struct counts {
    int good[2], unreadable[2];
};

static enum result count_frames(struct camera_source *joined, int frames, struct counts *counts,
                                struct error *err) {
    for (int i = 0; i < frames; i++) {
        struct camera_frame frame;
        enum result result = camera_next(joined, NS_PER_S, &frame, err);
        if (result != RESULT_OK) return result;
        if (frame.status == FRAME_GOOD)
            counts->good[frame.camera_index]++;
        else
            counts->unreadable[frame.camera_index]++;
        camera_frame_release(&frame);
    }
    return RESULT_OK;
}

static void a_camera_that_dies_is_told_with_each_frame_of_the_other(void **state) {
    (void)state;
    for (int dying = 0; dying < 2; dying++) {
        const struct toy dies = {.next_ns = LONG_AGO_NS, .dies_after = 3},
                         lives = {.next_ns = LONG_AGO_NS + NS_PER_MS};
        struct camera_source *joined =
            join_toys(dying == 0 ? &dies : &lives, dying == 0 ? &lives : &dies);
        struct counts counts = {0};
        struct error err = {0};
        assert_int_equal(count_frames(joined, 60, &counts, &err), RESULT_OK);
        assert_int_equal(counts.good[dying], 3);
        assert_int_equal(counts.unreadable[1 - dying], 0);
        int alone = counts.good[1 - dying] - counts.good[dying];
        assert_true(alone >= 20);
        assert_true(abs(counts.unreadable[dying] - alone) <= 1);
        close_toys(joined);
    }
}

static void a_silent_camera_is_stood_in_for_and_taken_back(void **state) {
    (void)state;
    struct camera_source *joined = join_toys(&(struct toy){.silent_after = 10}, &(struct toy){0});
    struct counts counts = {0};
    struct error err = {0};
    for (int i = 0; i < 1000 && counts.unreadable[0] < 10; i++)
        assert_int_equal(count_frames(joined, 1, &counts, &err), RESULT_OK);
    assert_int_equal(counts.unreadable[0], 10);
    assert_int_equal(counts.good[0], 10);
    for (int i = 0; i < 1000 && counts.good[0] < 11; i++)
        assert_int_equal(count_frames(joined, 1, &counts, &err), RESULT_OK);
    struct counts after = {0};
    assert_int_equal(count_frames(joined, 40, &after, &err), RESULT_OK);
    assert_int_equal(after.unreadable[0] + counts.unreadable[1] + after.unreadable[1], 0);
    assert_true(after.good[0] >= 15);
    close_toys(joined);
}

static void when_all_have_died_the_sentence_of_the_last_comes(void **state) {
    (void)state;
    const struct toy dies = {.dies_after = 2};
    struct camera_source *joined = join_toys(&dies, &dies);
    struct counts counts = {0};
    for (int i = 0; i < 2; i++) { /* and it says so again */
        struct error err = {0};
        assert_int_equal(count_frames(joined, 20, &counts, &err), RESULT_CLOSED);
        assert_string_equal(err.text, "toy: gone");
    }
    assert_int_equal(counts.good[0] + counts.good[1], 4);
    close_toys(joined);
}

static void frames_that_wait_are_freed_with_the_source(void **state) {
    (void)state;
    struct camera_source *joined = join_toys(&(struct toy){0}, &(struct toy){0});
    struct counts counts = {0};
    struct error err = {0};
    assert_int_equal(count_frames(joined, 1, &counts, &err), RESULT_OK);
    assert_int_equal(frames_alive, 1);
    close_toys(joined);
}

static struct camera_set cameras_of(uint32_t count, int width_px, int height_px) {
    struct camera_set set = {.count = count};
    for (uint32_t i = 0; i < count; i++) {
        set.cameras[i].model.width_px = (uint32_t)width_px;
        set.cameras[i].model.height_px = (uint32_t)height_px;
    }
    return set;
}

static void fake_cameras_are_opened_by_name(void **state) {
    (void)state;
    const struct camera_set set = cameras_of(1, 640, 480);
    struct camera_source *source = NULL, *parts[2] = {0};
    struct counts counts = {0};
    struct error err = {0};
    const char *text = "genicam:" GENICAM_FAKE ",rate=100,exposure_us=2000";
    if (camera_open(text, &set, &source, &err) != RESULT_OK) fail_msg("%s", err.text);
    struct camera_frame frame;
    assert_int_equal(camera_next(source, NS_PER_S, &frame, &err), RESULT_OK);
    assert_int_equal(frame.image.width, 640);
    assert_int_equal(frame.image.height, 480);
    camera_frame_release(&frame);
    parts[0] = source;
    if (camera_open(text, &set, &parts[1], &err) != RESULT_OK) fail_msg("%s", err.text);
    assert_int_equal(camera_join(parts, 2, &source, &err), RESULT_OK);
    assert_int_equal(count_frames(source, 40, &counts, &err), RESULT_OK);
    assert_true(counts.good[0] >= 15 && counts.good[1] >= 15);
    camera_close(&source);
}

static void what_cannot_be_opened_is_refused(void **state) {
    (void)state;
    const struct camera_set one = cameras_of(1, 640, 480), two = cameras_of(2, 640, 480);
    const struct {
        const char *text;
        const struct camera_set *set;
        enum result checked, opened;
        const char *words;
    } cases[] = {
        {"v4l2:/dev/no-such-camera", &one, RESULT_NOT_FOUND, RESULT_NOT_FOUND,
         "/dev/no-such-camera"},
        {"v4l2:/dev/null", &one, RESULT_OK, RESULT_REFUSED, "/dev/null"},
        {"v4l2:/dev/video0", &two, RESULT_RANGE, RESULT_RANGE, "as many as are calibrated"},
        {"genicam:" GENICAM_FAKE "+b", &one, RESULT_RANGE, RESULT_RANGE, "2 camera(s)"},
        {"genicam:" GENICAM_FAKE "+No-Such-Camera", &two, RESULT_OK, RESULT_NOT_FOUND,
         "No-Such-Camera"},
        {"sequence:/no/such/folder", &one, RESULT_NOT_FOUND, RESULT_NOT_FOUND, "/no/such/folder"},
        {"usb:0", &one, RESULT_FORMAT, RESULT_FORMAT, "expected shm:SOCKET"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct camera_source *source = NULL;
        struct error err = {0};
        assert_int_equal(camera_open_check(cases[i].text, cases[i].set, &err), cases[i].checked);
        enum result result = camera_open(cases[i].text, cases[i].set, &source, &err);
        if (result != cases[i].opened || strstr(err.text, cases[i].words) == NULL)
            fail_msg("%s: %s: %s", cases[i].text, result_name(result), err.text);
        assert_null(source);
    }
    assert_int_equal(camera_open_check("v4l2:/dev/null", NULL, NULL), RESULT_OK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_names_are_read),
        cmocka_unit_test(bad_names_are_refused_with_a_sentence),
        cmocka_unit_test(a_name_without_end_is_refused),
        cmocka_unit_test(frames_come_by_rising_stamp_with_their_camera),
        cmocka_unit_test(nothing_in_time_is_a_timeout),
        cmocka_unit_test(a_camera_that_dies_is_told_with_each_frame_of_the_other),
        cmocka_unit_test(a_silent_camera_is_stood_in_for_and_taken_back),
        cmocka_unit_test(when_all_have_died_the_sentence_of_the_last_comes),
        cmocka_unit_test(frames_that_wait_are_freed_with_the_source),
        cmocka_unit_test(fake_cameras_are_opened_by_name),
        cmocka_unit_test(what_cannot_be_opened_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
