/* The guard's edges: what the sandbox takes away, what the switches' source says, and that the core
 * takes no heap once it serves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "controller/guard/sandbox.h"
#include "controller/guard/switches.h"
#include "tests/controller-guard/guard_scene.h"

/* Counts every allocation of this program while it is watched. */
static size_t allocations;
static bool is_watching;
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);
void *malloc(size_t size) {
    allocations += is_watching;
    return __libc_malloc(size);
}
void *calloc(size_t count, size_t size) {
    allocations += is_watching;
    return __libc_calloc(count, size);
}
void *realloc(void *memory, size_t size) {
    allocations += is_watching;
    return __libc_realloc(memory, size);
}

static void the_core_takes_no_heap_once_it_serves(void **state) {
    (void)state;
    assert_int_equal(set_up(NULL), 0);
    is_watching = true;
    get_running();
    for (uint32_t i = 0; i < 3; i++) {
        arrive(i);
        strike(i);
        run_for(100 * NS_PER_MS);
    }
    ask(GUARD_HOLD);
    run_for(NS_PER_S);
    ask(GUARD_RESUME);
    guard_on_port_closed(&the.guard, the.now_ns);
    run_for(NS_PER_S);
    is_watching = false;
    assert_int_equal(state_now(), SAFETY_FAULT);
    assert_int_equal(allocations, 0);
    assert_true(the.seen[GUARD_EVENT_EXECUTED] >= 6);
}

/* What a child in the sandbox does, and the signal that ended it (0: it ended well). */
static int signal_of(void (*act)(void), bool needs_network) {
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        struct error err = {0};
        if (sandbox_enter(needs_network, &err) != RESULT_OK) _exit(2);
        act();
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    if (WIFSIGNALED(status)) return WTERMSIG(status);
    assert_int_equal(WEXITSTATUS(status), 0);
    return 0;
}

static void act_as_usual(void) {
    char text[64];
    int fd = open("configs/rigs/gantry.yaml", O_RDONLY | O_CLOEXEC);
    if (read(fd, text, sizeof text) != (ssize_t)sizeof text) _exit(3);
    close(fd);
    free(malloc(1 << 20));
    if (clock_now_ns() == 0) _exit(4);
}
static void act_socket(void) {
    (void)socket(AF_INET, SOCK_STREAM, 0);
}
static void act_program(void) {
    execl("/bin/true", "true", (char *)NULL);
}
static void act_child(void) {
    if (fork() == 0) _exit(0);
}
static void act_kill(void) {
    kill(getppid(), 0);
}

static void the_sandbox_kills_what_a_guard_never_does(void **state) {
    (void)state;
    assert_int_equal(signal_of(act_as_usual, false), 0);
    assert_int_equal(signal_of(act_socket, false), SIGSYS);
    assert_int_equal(signal_of(act_socket, true), 0); /* a board behind tcp: */
    assert_int_equal(signal_of(act_program, true), SIGSYS);
    assert_int_equal(signal_of(act_child, true), SIGSYS);
    assert_int_equal(signal_of(act_kill, false), SIGSYS);
}

static void switches_are_named_in_full(void **state) {
    (void)state;
    const struct {
        const char *spec;
        enum result result;
        const char *says;
    } cases[] = {
        {"", RESULT_FORMAT, "expected gpio:"},
        {"usb:1", RESULT_FORMAT, "expected gpio:"},
        {"gpio:/dev/gpiochip0", RESULT_FORMAT, "no lines"},
        {"gpio:/nowhere:door=1", RESULT_NOT_FOUND, "/nowhere"},
        {"sim:/nowhere", RESULT_NOT_FOUND, "/nowhere"},
        {"sim:/dev/null", RESULT_FORMAT, "short"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct switches switches = {.count = 7};
        struct error err = {0};
        assert_int_equal(switches_open(cases[i].spec, &switches, &err), cases[i].result);
        assert_non_null(strstr(err.text, cases[i].says));
        assert_int_equal(switches.count, 7); /* untouched */
    }
}

static void simulated_switches_are_read_as_they_change(void **state) {
    (void)state;
    char path[] = "/tmp/smprig-switches.XXXXXX", spec[64];
    int fd = mkstemp(path);
    struct switches switches;
    struct error err = {0};
    assert_int_equal(ftruncate(fd, sizeof(struct switches_shared)), 0);
    struct switches_shared *shared =
        mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    snprintf(spec, sizeof spec, "sim:%s", path);
    assert_int_equal(switches_open(spec, &switches, &err), RESULT_OK);
    assert_int_equal(switches_read(&switches).present, 0);
    shared->present = SENSOR_ALL;
    shared->levels = SENSOR_DOOR;
    struct sensor_levels now = switches_read(&switches);
    assert_true(now.present == SENSOR_ALL && now.levels == SENSOR_DOOR);
    switches_close(&switches);
    assert_int_equal(switches_read(&switches).present, 0); /* none any more */
    munmap(shared, sizeof *shared);
    close(fd);
    unlink(path);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_core_takes_no_heap_once_it_serves),
        cmocka_unit_test(the_sandbox_kills_what_a_guard_never_does),
        cmocka_unit_test(switches_are_named_in_full),
        cmocka_unit_test(simulated_switches_are_read_as_they_change),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
