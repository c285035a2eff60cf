/* Between the firmware's own files. */
#ifndef SMPRIG_SIM_FIRMWARE_PRIVATE_H
#define SMPRIG_SIM_FIRMWARE_PRIVATE_H

#include "base/result.h"
#include "sim/firmware.h"

/* firmware.c */
void firmware_say(struct firmware *fw, const char *format, ...) PRINTF_LIKE(2, 3);
void firmware_alarm(struct firmware *fw, int code);

/* firmware_gcode.c: one G-code line (upper case, no blanks or comments); 0 or an error number, -1
 * when the planner has no room yet. */
int firmware_execute(struct firmware *fw, const char *line);

/* firmware_motion.c */
size_t firmware_blocks_free(const struct firmware *fw);
/* Queue a straight motion to `to`; feed 0: rapid. */
void firmware_queue(struct firmware *fw, const double to[FIRMWARE_AXES], double feed_per_min,
                    uint32_t line);
/* Queue standing still for so long: it drains the planner, as any dwell does. */
void firmware_queue_dwell(struct firmware *fw, double dwell_s, uint32_t line);
void firmware_run_to(struct firmware *fw, int64_t now_ns);
void firmware_hold(struct firmware *fw);
void firmware_resume(struct firmware *fw);
void firmware_flush(struct firmware *fw);

#endif
