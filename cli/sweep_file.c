#include "cli/sweep_file.h"

#include <stdio.h>

#include "base/config.h"

const char *const sweep_axis_names[SWEEP_AXES] = {"scenario", "rig",    "scan",
                                                  "design",   "motion", "faults"};

static const struct config_field choice_fields[] = {
    CONFIG_REQUIRED(struct sweep_choice, CONFIG_STRING, file),
};
static const struct config_schema choice_schema = {"choice", choice_fields, 1,
                                                   sizeof(struct sweep_choice)};

#define AXIS(key_, index)                                                                          \
    {                                                                                              \
        .key = (key_), .type = CONFIG_LIST, .offset = offsetof(struct sweep, axes[index].choices), \
        .count_offset = offsetof(struct sweep, axes[index].count), .child = &choice_schema,        \
        .count_max = 1000                                                                          \
    }

static const struct config_field sweep_fields[] = {
    CONFIG_REQUIRED(struct sweep, CONFIG_STRING, name),
    AXIS("scenarios", 0),
    AXIS("rigs", 1),
    AXIS("scans", 2),
    AXIS("designs", 3),
    AXIS("motions", 4),
    AXIS("faults", 5),
    CONFIG_OPTIONAL(struct sweep, CONFIG_INTEGER, first_seed, .min = 0, .max = 1e9,
                    .default_number = 1),
    CONFIG_OPTIONAL(struct sweep, CONFIG_INTEGER, seed_count, .min = 1, .max = 100000,
                    .default_number = 1),
    CONFIG_OPTIONAL(struct sweep, CONFIG_INTEGER, dots, .min = 0, .max = 200000),
};
static const struct config_schema sweep_schema = {
    "sweep", sweep_fields, sizeof sweep_fields / sizeof *sweep_fields, sizeof(struct sweep)};

enum result sweep_read(const char *path, struct sweep *ret_sweep, struct error *err) {
    struct sweep sweep;
    enum result result = config_read(path, &sweep_schema, &sweep, err);
    if (result != RESULT_OK) return result;
    sweep.cell_count = (size_t)sweep.seed_count;
    for (size_t i = 0; i < SWEEP_AXES; i++) {
        sweep.cell_count *= sweep.axes[i].count ? sweep.axes[i].count : 1;
        if (sweep.cell_count > SWEEP_CELLS_MAX) {
            sweep_release(&sweep);
            return error_set(err, RESULT_LIMIT, "%s: more than %u cells", path, SWEEP_CELLS_MAX);
        }
    }
    *ret_sweep = sweep;
    return RESULT_OK;
}

void sweep_release(struct sweep *sweep) {
    config_release(&sweep_schema, sweep);
}

void sweep_cell_at(const struct sweep *sweep, const char *folder, size_t index,
                   struct sweep_cell *ret_cell) {
    static const char *const options[SWEEP_AXES] = {"--scenario", "--rig",    "--scan",
                                                    "--design",   "--motion", "--faults"};
    struct sweep_cell *cell = ret_cell;
    size_t rest = index, n = 0;
    *cell = (struct sweep_cell){.argv = {"smprig", "sim"}};
    n = 2;
    cell->seed = sweep->first_seed + (int64_t)(rest % (size_t)sweep->seed_count);
    rest /= (size_t)sweep->seed_count;
    for (size_t i = SWEEP_AXES; i-- > 0;) {
        const struct sweep_axis *axis = &sweep->axes[i];
        cell->choices[i] = "";
        if (!axis->count) continue;
        cell->choices[i] = axis->choices[rest % axis->count].file;
        rest /= axis->count;
        if (!cell->choices[i][0]) continue; /* an empty name: the scenario's own */
        cell->argv[n++] = options[i];
        cell->argv[n++] = cell->choices[i];
    }
    snprintf(cell->seed_text, sizeof cell->seed_text, "%lld", (long long)cell->seed);
    snprintf(cell->dots_text, sizeof cell->dots_text, "%lld", (long long)sweep->dots);
    snprintf(cell->folder, sizeof cell->folder, "%.255s/%06zu", folder, index);
    cell->argv[n++] = "--seed";
    cell->argv[n++] = cell->seed_text;
    if (sweep->dots) {
        cell->argv[n++] = "--dots";
        cell->argv[n++] = cell->dots_text;
    }
    cell->argv[n++] = "-o";
    cell->argv[n++] = cell->folder;
}
