#include "base/progress.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

#define BAR_WIDTH 30
#define REDRAW_NS (100 * NS_PER_MS)

void progress_begin(struct progress *progress, const char *what, const char *unit, int64_t now_ns) {
    *progress = (struct progress){.what = what,
                                  .unit = unit,
                                  .is_terminal = isatty(STDERR_FILENO) == 1,
                                  .start_ns = now_ns,
                                  .drawn_ns = now_ns - REDRAW_NS,
                                  .last_tenth = -1};
}

static void draw(const struct progress *progress, double done, double total, double elapsed_s) {
    double part = total > 0 ? done / total : 0;
    int filled = (int)(part * BAR_WIDTH);
    char bar[BAR_WIDTH + 1];
    memset(bar, '.', BAR_WIDTH);
    memset(bar, '#', (size_t)(filled > BAR_WIDTH ? BAR_WIDTH : filled));
    bar[BAR_WIDTH] = '\0';
    char left[32] = ""; /* nothing is known of it before the first step */
    int left_s = part > 0 ? (int)(elapsed_s * (1 - part) / part) : 0;
    if (part > 0) snprintf(left, sizeof left, "  %d:%02d left", left_s / 60, left_s % 60);
    const char *begin = progress->is_terminal ? "\r" : "",
               *end = progress->is_terminal ? "\033[K" : "\n";
    if (progress->unit)
        fprintf(stderr, "%s%-8s [%s] %3.0f %%  %.0f/%.0f %s  %.1f/s%s%s", begin, progress->what,
                bar, 100 * part, done, total, progress->unit, elapsed_s > 0 ? done / elapsed_s : 0,
                left, end);
    else
        fprintf(stderr, "%s%-8s [%s] %3.0f %%%s", begin, progress->what, bar, 100 * part, end);
}

void progress_update(struct progress *progress, double done, double total, int64_t now_ns) {
    int tenth = total > 0 ? (int)(10 * done / total) : 0;
    bool is_due = progress->is_terminal ? now_ns - progress->drawn_ns >= REDRAW_NS
                                        : tenth > progress->last_tenth;
    if (!is_due) return;
    progress->drawn_ns = now_ns;
    progress->last_tenth = tenth;
    draw(progress, done, total, ns_to_s(now_ns - progress->start_ns));
}

void progress_end(struct progress *progress, int64_t now_ns) {
    fprintf(stderr, "%s%-8s done in %.1f s%s\n", progress->is_terminal ? "\r" : "", progress->what,
            ns_to_s(now_ns - progress->start_ns), progress->is_terminal ? "\033[K" : "");
}
