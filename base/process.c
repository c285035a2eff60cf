#include "base/process.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define POLL_MS 10
#define GENTLE_NICE 10

enum result process_own_folder(char *ret_folder, size_t size, struct error *err) {
    char path[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    if (length < 0) return error_set(err, RESULT_IO, "/proc/self/exe: %s", strerror(errno));
    path[length] = '\0';
    const char *folder = dirname(path);
    if (strlen(folder) >= size) return error_set(err, RESULT_LIMIT, "%s: path too long", folder);
    snprintf(ret_folder, size, "%s", folder);
    return RESULT_OK;
}

/* Ordinary, low priority, whatever ours is: the work may take its time. */
static void step_back(void) {
    const struct sched_param ordinary = {0};
    (void)sched_setscheduler(0, SCHED_OTHER, &ordinary);
    (void)setpriority(PRIO_PROCESS, 0, GENTLE_NICE);
}

/* In the child: never returns. */
static void become(const char *const *argv, const char *program,
                   const struct process_manner *manner, int log_fd) {
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (manner->is_gentle) step_back();
    if (manner->log_path) {
        dup2(log_fd, STDOUT_FILENO);
        dup2(log_fd, STDERR_FILENO);
    }
    execv(program, (char *const *)argv);
    execvp(argv[0], (char *const *)argv);
    fprintf(stderr, "%s: %s\n", argv[0], strerror(errno));
    _exit(127);
}

enum result process_start_as(const char *const *argv, const struct process_manner *manner,
                             struct process *ret_process, struct error *err) {
    const char *log_path = manner->log_path;
    char folder[PATH_MAX - 64], program[PATH_MAX];
    int log_fd = -1;
    enum result result = process_own_folder(folder, sizeof folder, err);
    if (result != RESULT_OK) return result;
    snprintf(program, sizeof program, "%s/%.60s", folder, argv[0]);
    if (log_path) {
        log_fd = open(log_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
        if (log_fd < 0) return error_set(err, RESULT_IO, "%s: %s", log_path, strerror(errno));
    }
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) become(argv, program, manner, log_fd);
    if (log_fd >= 0) close(log_fd);
    if (pid < 0) return error_set(err, RESULT_IO, "cannot start %s: %s", argv[0], strerror(errno));
    *ret_process = (struct process){.pid = pid};
    snprintf(ret_process->name, sizeof ret_process->name, "%.31s", argv[0]);
    return RESULT_OK;
}

enum result process_start(const char *const *argv, const char *log_path,
                          struct process *ret_process, struct error *err) {
    return process_start_as(argv, &(struct process_manner){.log_path = log_path}, ret_process, err);
}

static void note_end(struct process *process, int status, const struct rusage *usage) {
    process->peak_memory_kb = usage->ru_maxrss;
    process->exit_code = WIFEXITED(status) ? WEXITSTATUS(status)
                                           : 128 + (WIFSIGNALED(status) ? WTERMSIG(status) : 0);
    process->pid = 0;
}

bool process_has_ended(struct process *process) {
    int status = 0;
    struct rusage usage = {0};
    if (process->pid == 0) return true;
    if (wait4(process->pid, &status, WNOHANG, &usage) != process->pid) return false;
    note_end(process, status, &usage);
    return true;
}

enum result process_wait(struct process *process, struct error *err) {
    int status = 0;
    struct rusage usage = {0};
    while (process->pid) {
        if (wait4(process->pid, &status, 0, &usage) == process->pid)
            note_end(process, status, &usage);
        else if (errno != EINTR)
            return error_set(err, RESULT_IO, "%s: %s", process->name, strerror(errno));
    }
    if (process->exit_code == 0) return RESULT_OK;
    return error_set(err, RESULT_REFUSED, "%s ended with code %d", process->name,
                     process->exit_code);
}

void process_end(struct process *process, int timeout_ms) {
    if (process_has_ended(process)) return;
    kill(process->pid, SIGTERM);
    for (int waited_ms = 0; waited_ms < timeout_ms; waited_ms += POLL_MS) {
        if (process_has_ended(process)) return;
        nanosleep(&(struct timespec){0, POLL_MS * 1000000L}, NULL);
    }
    kill(process->pid, SIGKILL);
    int status = 0;
    struct rusage usage = {0};
    if (wait4(process->pid, &status, 0, &usage) == process->pid) note_end(process, status, &usage);
}
