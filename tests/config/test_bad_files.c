/* Every bad rig, design and scenario beside the sentence that it must give; and every shipped one
 * reads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "motion/rig.h"
#include "motion/work.h"
#include "plan/design.h"
#include "plan/fill.h"
#include "plan/scan.h"
#include "sim/scenario.h"
#include "tests/bad_files.h"

static enum result read_rig(const char *path, struct error *err) {
    struct rig rig;
    return rig_read(path, &rig, err);
}

static enum result read_design(const char *path, struct error *err) {
    struct design design;
    enum result result = design_read(path, &design, err);
    if (result == RESULT_OK) design_release(&design);
    return result;
}

/* The whole way to a plan, for what only a scan can show to be wrong. */
static enum result plan_design(const char *path, struct error *err) {
    struct design design;
    struct mesh mesh;
    struct dot_plan plan;
    char hash[SHA256_HEX_SIZE];
    enum result result = scan_read("configs/scans/colin27.ply", &mesh, err);
    if (result == RESULT_OK) result = file_sha256("configs/scans/colin27.ply", hash, err);
    if (result == RESULT_OK) result = design_read(path, &design, err);
    if (result != RESULT_OK) return result;
    result = fill_plan(&mesh, &design, hash, (struct fill_progress){0}, &plan, err);
    if (result == RESULT_OK) dot_plan_release(&plan);
    design_release(&design);
    mesh_release(&mesh);
    return result;
}

static enum result read_scenario(const char *path, struct error *err) {
    struct scenario scenario;
    return scenario_read(path, &scenario, err);
}

static enum result read_work(const char *path, struct error *err) {
    struct rig rig;
    struct work work;
    enum result result = rig_read("configs/rigs/gantry.yaml", &rig, err);
    return result == RESULT_OK ? work_read(path, &rig, &work, err) : result;
}

static void bad_files_give_their_errors(void **state) {
    (void)state;
    check_folder("configs/bad/rigs", read_rig);
    check_folder("configs/bad/designs", read_design);
    check_folder("configs/bad/designs_on_scan", plan_design);
    check_folder("configs/bad/scenarios", read_scenario);
    check_folder("configs/bad/work", read_work);
}

static void shipped_files_read(void **state) {
    (void)state;
    struct error err = {0};
    const struct {
        const char *path;
        enum result (*read)(const char *, struct error *);
    } files[] = {
        {"configs/rigs/gantry.yaml", read_rig},         {"configs/rigs/arm6.yaml", read_rig},
        {"configs/designs/crown.yaml", read_design},    {"configs/designs/patch.yaml", read_design},
        {"configs/scenarios/demo.yaml", read_scenario}, {"configs/work/standard.yaml", read_work}};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        if (files[i].read(files[i].path, &err) != RESULT_OK) fail_msg("%s", err.text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_files_give_their_errors),
        cmocka_unit_test(shipped_files_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
