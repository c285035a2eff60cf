/* The errors that the report shows, counted. */
#include <math.h>
#include <stddef.h>
#include <string.h>

#include "cli/report/report.h"

static void count(const struct report *report, struct report_histogram *histogram) {
    for (size_t i = 0; i < report->plan.dot_count; i++) {
        double value;
        memcpy(&value, (const char *)&report->dots[i] + histogram->offset, sizeof value);
        if (!isfinite(value)) continue;
        int bin = (int)fmin(REPORT_BINS - 1, value / histogram->most * REPORT_BINS);
        histogram->counts[bin]++;
    }
}

void report_histograms(const struct report *report,
                       struct report_histogram ret_list[REPORT_HISTOGRAMS]) {
    static const struct report_histogram shown[REPORT_HISTOGRAMS] = {
        {"Placement error",
         "placement_error",
         offsetof(struct report_dot, placement_um),
         200,
         150,
         {0}},
        {"Depth error", "depth_error", offsetof(struct report_dot, depth_error_um), 80, 50, {0}},
        {"Drag in the skin", "drag", offsetof(struct report_dot, drag_um), 200, 150, {0}},
    };
    memcpy(ret_list, shown, sizeof shown);
    for (size_t i = 0; i < REPORT_HISTOGRAMS; i++) count(report, &ret_list[i]);
}
