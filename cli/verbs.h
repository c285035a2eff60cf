/* The verbs of `smprig`, one file each (verb_<name>.c) and one row in the table of main_smprig.c.
 * argv[0] is the verb; the value is the exit code (sysexits.h). */
#ifndef SMPRIG_CLI_VERBS_H
#define SMPRIG_CLI_VERBS_H

#include <stdbool.h>

#include "base/geom.h"
#include "base/result.h"

int verb_scan(int argc, char **argv);
int verb_scan_prepare(int argc, char **argv); /* called by verb_scan */
int verb_plan(int argc, char **argv);
int verb_plan_check(int argc, char **argv);
int verb_preview(int argc, char **argv);
int verb_order(int argc, char **argv);
int verb_reach(int argc, char **argv);
int verb_track(int argc, char **argv);
int verb_ring(int argc, char **argv);
int verb_follicles(int argc, char **argv);
int verb_track_surface(int argc, char **argv);
int verb_testdots(int argc, char **argv);
int verb_calibrate(int argc, char **argv);
int verb_register(int argc, char **argv);
int verb_case(int argc, char **argv);
int verb_report(int argc, char **argv);
int verb_demo(int argc, char **argv);
int verb_sim(int argc, char **argv);
int verb_record(int argc, char **argv);
int verb_replay(int argc, char **argv);
int verb_sweep(int argc, char **argv); /* a sweep, and its report */
int verb_campaign(int argc, char **argv);
int verb_call(int argc, char **argv); /* status, hold, resume and so on: its table */
int verb_watch(int argc, char **argv);
int verb_rig(int argc, char **argv);
int verb_rig_probe(int argc, char **argv); /* called by verb_rig */

/* Print `smprig VERB: sentence` to stderr and return the exit code. */
int verb_fail(const char *verb, const struct error *err);

/* For what takes long (struct fill_progress and its like): the share done, onto a struct progress.
 */
void verb_tell_progress(void *progress, double fraction);

/* A case file and the two that SQLite keeps beside it while it is open, and after a crash. */
void verb_remove_case(const char *path);

struct dot_plan;
/* RESULT_RANGE unless the plan was made for this very scan. */
MUST_USE enum result verb_check_scan(const struct dot_plan *plan, const char *plan_path,
                                     const char *scan_path, struct error *err);

/* "x,y,z" into a struct vec3, as an option takes it. */
bool verb_take_point(const char *text, void *into);

/* "x y z qx qy qz qw" (mm, unit quaternion; blanks or commas), as `smprig track` prints poses.
 * RESULT_FORMAT. */
MUST_USE enum result verb_parse_pose(const char *text, struct pose *ret_pose, struct error *err);

#endif
