/* Reads what GUARD_LOAD names into memory set aside at start-up: file bytes, mesh, field, dots. */
#ifndef SMPRIG_CONTROLLER_GUARD_CASE_LOADER_H
#define SMPRIG_CONTROLLER_GUARD_CASE_LOADER_H

#include "controller/guard/guard.h"

#define CASE_FIELD_SPACING_MM 2.0
#define CASE_FILE_BYTES_MAX (32u << 20)

struct case_loader;

/* All the memory that loading will ever take, mapped and touched now; NULL when there is none. */
struct case_loader *case_loader_create(void);
void case_loader_destroy(struct case_loader **loader);

/* Read, check the hashes, parse, build the field. The case's field and dots point
 * into the loader. */
MUST_USE enum result case_loader_load(struct case_loader *loader, const struct guard_load *load,
                                      struct guard_case *ret_case, struct error *err);

#endif
