/* The table that `smprig track` and `smprig track-surface` write (docs/formats.md). */
#ifndef SMPRIG_CLI_TRACK_TABLE_H
#define SMPRIG_CLI_TRACK_TABLE_H

#include <stdio.h>

#include "vision/head_pose.h"

void track_table_heading(FILE *out);
/* One line; a set without a pose has `nan` for numbers, so that nobody takes it for one. T and its
 * covariance are the measurement's or the filter's. */
void track_table_line(FILE *out, const struct head_pose *pose, struct pose T,
                      const double covariance[36]);

#endif
