/* The table that design files are read by. */
#ifndef SMPRIG_PLAN_DESIGN_SCHEMA_H
#define SMPRIG_PLAN_DESIGN_SCHEMA_H

#include "base/config.h"
#include "plan/design.h"

extern const struct config_schema design_schema;
extern const char *const design_region_words[];

#endif
