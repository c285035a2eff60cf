/* The port as a file: one program at a time has it, also where somebody holds the line all the
 * while, as a simulated board does. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cmocka.h>

#include "controller/link/port.h"

static bool is_exclusive(int fd) {
    int answer = -1;
    assert_int_equal(ioctl(fd, TIOCGEXCL, &answer), 0);
    return answer != 0;
}

static void a_closed_port_can_be_opened_again(void **state) {
    (void)state;
    struct port port, second;
    struct error err = {0};
    int board = posix_openpt(O_RDWR | O_NOCTTY);
    assert_true(board >= 0 && grantpt(board) == 0 && unlockpt(board) == 0);
    int held = open(ptsname(board), O_RDWR | O_NOCTTY);
    assert_true(held >= 0);
    for (int i = 0; i < 2; i++) {
        if (port_open(ptsname(board), 115200, &port, &err) != RESULT_OK) fail_msg("%s", err.text);
        assert_true(is_exclusive(held));
        assert_int_not_equal(port_open(ptsname(board), 115200, &second, &err), RESULT_OK);
        port_close(&port);
        assert_false(is_exclusive(held));
    }
    close(held);
    close(board);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_closed_port_can_be_opened_again)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
