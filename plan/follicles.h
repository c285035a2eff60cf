/* Existing hairs: points that dots keep away from, or are made to match. */
#ifndef SMPRIG_PLAN_FOLLICLES_H
#define SMPRIG_PLAN_FOLLICLES_H

#include "base/file.h"
#include "plan/chart.h"
#include "plan/design.h"

#define FOLLICLES_MAX 200000u

struct follicle {
    struct vec3 p_head;
    double diameter_um;
};

struct follicles {
    struct follicle *items; /* owned */
    size_t count;
};

/* Read `x,y,z,diameter` lines (mm, head frame; diameter in mm as the camera sees the stubble, or in
 * um above 10; a heading and `#` comments are left alone). A comment `# scan_sha256 HEX` must name
 * this scan, and every hair must lie within 3 mm of its skin: else the file is another scan's. */
MUST_USE enum result follicles_read(const char *path, const struct chart *chart,
                                    const char *scan_sha256, struct follicles *ret_follicles,
                                    struct error *err);
/* The same from text, which is cut up; `name` stands for the path. */
MUST_USE enum result follicles_parse(const char *name, char *text, const struct chart *chart,
                                     const char *scan_sha256, struct follicles *ret_follicles,
                                     struct error *err);
void follicles_release(struct follicles *follicles);

#endif
