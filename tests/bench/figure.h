/* What every bench prints, a line a figure, and the time that it quotes: the thread's own, for
 * others load the machine too. */
#ifndef SMPRIG_TESTS_FIGURE_H
#define SMPRIG_TESTS_FIGURE_H

#include <stdio.h>
#include <time.h>

/* A figure whose goal is at most, or at least, so much. */
static inline void figure_most(const char *name, double value, const char *unit, double goal) {
    printf("figure %s %.6g %s goal <=%.7g %s\n", name, value, unit, goal,
           value <= goal ? "ok" : "short");
}

static inline void figure_least(const char *name, double value, const char *unit, double goal) {
    printf("figure %s %.6g %s goal >=%.7g %s\n", name, value, unit, goal,
           value >= goal ? "ok" : "short");
}

/* CPU time of this thread. */
static inline double cpu_s(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

#endif
