/* Other cases of the same folder (FOLDER/NAME/case.db): a one-time cartridge belongs to one case
 * (hazard 37). */
#ifndef SMPRIG_CONTROLLER_JOURNAL_CASE_NEIGHBOURS_H
#define SMPRIG_CONTROLLER_JOURNAL_CASE_NEIGHBOURS_H

#include <stdbool.h>
#include <stddef.h>

/* Whether a case beside `path` has used the cartridge; which, in found. A neighbour that cannot be
 * read is left out: it may be another rig's, in the middle of a session. */
bool case_cartridge_elsewhere(const char *path, const char *cartridge, char *found, size_t size);

#endif
