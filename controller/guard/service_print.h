/* What the doctor found, for people and for programs; the old settings as a file. */
#ifndef SMPRIG_CONTROLLER_GUARD_SERVICE_PRINT_H
#define SMPRIG_CONTROLLER_GUARD_SERVICE_PRINT_H

#include <stdio.h>

#include "controller/guard/service.h"

/* The board, its settings beside the rig file's, and what to do. */
void service_print_table(const struct service *service, FILE *stream);
/* One JSON object: board, settings, round trip, verdict. */
void service_print_json(const struct service *service, FILE *stream);
/* Settings that do not agree: of level MUST, or of any. */
size_t service_count_differences(const struct service *service, bool is_must_only);
/* Every `$n=value` line of the board, for a file that keeps them. */
void service_print_settings(const struct service *service, FILE *stream);

#endif
