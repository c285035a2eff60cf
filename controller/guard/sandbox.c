#include "controller/guard/sandbox.h"

#include <errno.h>
#include <seccomp.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "base/log.h"

/* The loop, its descriptors, its clock; reading a case's files; opening, setting and closing the
 * port; memory that loading takes; ending. */
static const int allowed[] = {
    SCMP_SYS(read),
    SCMP_SYS(write),
    SCMP_SYS(readv),
    SCMP_SYS(writev),
    SCMP_SYS(pread64),
    SCMP_SYS(poll),
    SCMP_SYS(ppoll),
    SCMP_SYS(pselect6),
    SCMP_SYS(recvfrom),
    SCMP_SYS(recvmsg),
    SCMP_SYS(sendto),
    SCMP_SYS(sendmsg),
    SCMP_SYS(accept4),
    SCMP_SYS(getsockopt),
    SCMP_SYS(close),
    SCMP_SYS(openat),
    SCMP_SYS(open),
    SCMP_SYS(fstat),
    SCMP_SYS(stat),
    SCMP_SYS(lstat),
    SCMP_SYS(newfstatat),
    SCMP_SYS(statx),
    SCMP_SYS(lseek),
    SCMP_SYS(ioctl),
    SCMP_SYS(fcntl),
    SCMP_SYS(flock),
    SCMP_SYS(readlink),
    SCMP_SYS(readlinkat),
    SCMP_SYS(access),
    SCMP_SYS(faccessat),
    SCMP_SYS(faccessat2),
    SCMP_SYS(getdents64),
    SCMP_SYS(unlink),
    SCMP_SYS(unlinkat),
    SCMP_SYS(mmap),
    SCMP_SYS(munmap),
    SCMP_SYS(mremap),
    SCMP_SYS(mprotect),
    SCMP_SYS(madvise),
    SCMP_SYS(brk),
    SCMP_SYS(futex),
    SCMP_SYS(clock_gettime),
    SCMP_SYS(clock_getres),
    SCMP_SYS(clock_nanosleep),
    SCMP_SYS(nanosleep),
    SCMP_SYS(gettimeofday),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(sigaltstack),
    SCMP_SYS(restart_syscall),
    SCMP_SYS(getpid),
    SCMP_SYS(gettid),
    SCMP_SYS(tgkill),
    SCMP_SYS(getuid),
    SCMP_SYS(geteuid),
    SCMP_SYS(getcwd),
    SCMP_SYS(getrandom),
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
};

static const int network[] = {SCMP_SYS(socket),      SCMP_SYS(connect),    SCMP_SYS(setsockopt),
                              SCMP_SYS(getsockname), SCMP_SYS(sendmmsg),   SCMP_SYS(recvmmsg),
                              SCMP_SYS(bind),        SCMP_SYS(getpeername)};

static int add(scmp_filter_ctx filter, const int *calls, size_t count) {
    int failed = 0;
    for (size_t i = 0; i < count && !failed; i++)
        failed = seccomp_rule_add(filter, SCMP_ACT_ALLOW, calls[i], 0);
    return failed;
}

static enum result load_filter(bool needs_network, struct error *err) {
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
    if (!filter) return error_set(err, RESULT_NO_MEMORY, "seccomp: out of memory");
    int failed = add(filter, allowed, sizeof allowed / sizeof *allowed);
    if (!failed && needs_network) failed = add(filter, network, sizeof network / sizeof *network);
    if (!failed) failed = seccomp_load(filter);
    seccomp_release(filter);
    return failed ? error_set(err, RESULT_IO, "seccomp: %s", strerror(-failed)) : RESULT_OK;
}

enum result sandbox_enter(bool needs_network, struct error *err) {
    const struct rlimit none = {0, 0};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || setrlimit(RLIMIT_CORE, &none) != 0)
        return error_set(err, RESULT_IO, "privileges cannot be given up: %s", strerror(errno));
    if (mlockall(MCL_CURRENT | MCL_FUTURE) != 0)
        log_warning("guard", "memory is not locked (%s): page faults may delay it",
                    strerror(errno));
    return load_filter(needs_network, err);
}
