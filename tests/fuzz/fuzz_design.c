/* Design files and lists of hairs; a design that is read must also plan or be refused. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "plan/fill.h"
#include "plan/follicles.h"
#include "tests/plan/designs.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define DOTS_MOST 2000 /* a larger design would only take time */

static struct mesh egg;
static struct chart chart;
static const char hash[SHA256_HEX_SIZE] =
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

static void set_up(void) {
    struct head_axes axes;
    egg = designs_make_egg((struct designs_egg){{0, 0, 0}, 40, 48, 0, 0, 1});
    struct landmarks landmarks = landmarks_estimate(&egg);
    if (head_axes_from_landmarks(&landmarks, &axes) != RESULT_OK ||
        chart_build(&egg, &axes, chart_whole(&axes), 4, &chart) != RESULT_OK)
        abort();
}

static void fuzz_design(const char *text, size_t size) {
    struct design design;
    struct dot_plan plan;
    if (design_parse("fuzz", text, size, &design, NULL) != RESULT_OK) return;
    double densest = 0;
    for (size_t i = 0; i < design.zone_count; i++)
        densest = fmax(densest, design.zones[i].density_per_cm2);
    if (densest * (double)design.zone_count < DOTS_MOST / 700.0 && !design.follicles.is_given &&
        fill_plan(&egg, &design, hash, (struct fill_progress){0}, &plan, NULL) == RESULT_OK) {
        for (size_t i = 0; i < plan.dot_count; i++)
            if (dot_plan_keep_out_at(&plan, plan.dots[i].p_head) >= 0) abort();
        dot_plan_release(&plan);
    }
    design_release(&design);
}

static void fuzz_hairs(const char *data, size_t size) {
    struct follicles follicles;
    char *text = malloc(size + 1);
    if (!text) return;
    memcpy(text, data, size);
    text[size] = '\0';
    if (follicles_parse("fuzz", text, &chart, hash, &follicles, NULL) == RESULT_OK) {
        for (size_t i = 0; i < follicles.count; i++)
            if (!(follicles.items[i].diameter_um > 0)) abort();
        follicles_release(&follicles);
    }
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0) return 0;
    if (!egg.positions) set_up();
    if (data[0] == '#' || data[0] == 'x')
        fuzz_hairs((const char *)data, size);
    else
        fuzz_design((const char *)data, size);
    return 0;
}
