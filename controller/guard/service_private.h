/* Between the service's own files. */
#ifndef SMPRIG_CONTROLLER_GUARD_SERVICE_PRIVATE_H
#define SMPRIG_CONTROLLER_GUARD_SERVICE_PRIVATE_H

#include "controller/guard/service.h"

void service_say(struct service *service, const char *format, ...) PRINTF_LIKE(2, 3);
/* The first reason stays. */
void service_end(struct service *service, enum result outcome, const char *format, ...)
    PRINTF_LIKE(3, 4);
void service_enter(struct service *service, enum service_phase phase);
/* Value of a setting as the board listed it; NaN when it did not. */
double service_board_value(const struct service *service, int number);
bool service_is_homed(const struct service *service);
/* Clear it and send it; a refusal ends the task. */
void service_do_motion(struct service *service, const struct service_command *command);

/* service_setup.c */
void service_setup_on_connected(struct service *service, bool is_ready, const char *why);
void service_setup_work(struct service *service);

/* service_jog.c */
void service_jog_work(struct service *service);

/* service_steps.c: the tasks that move from step to step */
bool service_has_steps(const struct service *service);
void service_begin_steps(struct service *service);
void service_work_steps(struct service *service);
void service_steps_on_status(struct service *service);
void service_steps_on_probe(struct service *service, const struct link_event *event);
void service_steps_on_alarm(struct service *service, const struct link_event *event);
/* End the task and bring what moves to rest, position kept. */
void service_end_in_flush(struct service *service, const char *format, ...) PRINTF_LIKE(2, 3);

#endif
