/* The needle's length in the rig file: what a setter says about it, and the file with another. */
#ifndef SMPRIG_MOTION_RIG_NEEDLE_H
#define SMPRIG_MOTION_RIG_NEEDLE_H

#include <stddef.h>

#include "base/result.h"
#include "motion/rig.h"

#define RIG_FILE_BYTES_MAX (256u << 10)

/* The stroke at which the needle of the rig file touches its setter, and how far beside the
 * needle's way the plate's point lies. NaN without a setter. */
double rig_setter_stroke_mm(const struct rig *rig, double *ret_beside_mm);

/* The rig file's text with the needle longer by so much: `needle_length_mm` of a gantry, `tip_mm`
 * of an arm; everything else, comments too, stays byte for byte. The new text is read again and
 * must say just that. ret_text is the caller's to free. RESULT_FORMAT when the key does not stand
 * on a line of its own. */
MUST_USE enum result rig_text_with_needle(const char *name, const char *text, double longer_mm,
                                          char **ret_text, struct error *err);

#endif
