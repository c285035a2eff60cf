/* Text tables of numbers: recorded poses (TUM RGB-D, the CSV of `smprig
 * track`), touches, points. */
#ifndef SMPRIG_VISION_CALIBRATION_NUMBER_TABLE_H
#define SMPRIG_VISION_CALIBRATION_NUMBER_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "base/geom.h"
#include "base/result.h"

#define NUMBER_TABLE_BYTES_MAX (256u << 20)
#define NUMBER_TABLE_ROWS_MAX 5000000u
#define NUMBER_TABLE_COLUMNS_MAX 8

struct number_table {
    double *values; /* owned; rows x columns */
    size_t rows, columns;
};

/* Lines of at least `columns` finite decimal numbers, blanks or commas between; what follows on a
 * line is left alone; `#` begins a comment; one heading of words is skipped; a line with `nan`
 * among its numbers is no measurement and is skipped. RESULT_FORMAT with `name:line: ...`: anything
 * else, or no row at all. RESULT_LIMIT, RESULT_NO_MEMORY. */
MUST_USE enum result number_table_parse(const char *name, const char *text, size_t columns,
                                        struct number_table *ret_table, struct error *err);
MUST_USE enum result number_table_read(const char *path, size_t columns,
                                       struct number_table *ret_table, struct error *err);
void number_table_release(struct number_table *table);

struct stamped_pose {
    int64_t stamp_ns;
    struct pose T;
};
struct pose_list {
    struct stamped_pose *poses; /* owned, by rising stamp */
    size_t count;
};
/* `t tx ty tz qx qy qz qw`, s and mm. RESULT_RANGE: a quaternion that is none, or
 * stamps that fall. */
MUST_USE enum result pose_list_parse(const char *name, const char *text, struct pose_list *ret_list,
                                     struct error *err);
MUST_USE enum result pose_list_read(const char *path, struct pose_list *ret_list,
                                    struct error *err);
void pose_list_release(struct pose_list *list);
/* The pose nearest in time; NULL: none within tolerance_ns. */
const struct stamped_pose *pose_list_at(const struct pose_list *list, int64_t stamp_ns,
                                        int64_t tolerance_ns);

#endif
