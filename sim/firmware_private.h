/* Between the firmware's own files. */
#ifndef SMPRIG_SIM_FIRMWARE_PRIVATE_H
#define SMPRIG_SIM_FIRMWARE_PRIVATE_H

#include "base/result.h"
#include "sim/firmware.h"

/* What running a line gives, beside 0 (ok) and error numbers. */
#define LINE_WAITS (-1) /* run it again at the next event */
#define LINE_GONE (-2)  /* a reset or an alarm took it: no answer */

#define FIRMWARE_WAIT_MOST_S 1e6 /* of one motion or dwell: no clock overflows by it */

enum {
    ERROR_NO_LETTER = 1,
    ERROR_BAD_NUMBER = 2,
    ERROR_NO_SUCH_COMMAND = 3,
    ERROR_NEGATIVE = 4,
    ERROR_HOMING_OFF = 5,
    ERROR_NOT_IDLE = 8,
    ERROR_LOCKED = 9,
    ERROR_NEEDS_HOMING = 10,
    ERROR_TOO_LONG = 11,
    ERROR_DOOR_OPEN = 13,
    ERROR_JOG_TRAVEL = 15,
    ERROR_BAD_JOG = 16,
    ERROR_UNSUPPORTED = 20,
    ERROR_MODAL_GROUP = 21,
    ERROR_NO_FEED = 22,
    ERROR_NOT_ALLOWED = 24,
    ERROR_REPEATED = 25,
    ERROR_NO_AXIS = 26,
    ERROR_BAD_LINE_NUMBER = 27,
    ERROR_WORD_MISSING = 28,
    ERROR_G53_MODE = 30,
    ERROR_AXIS_UNUSED = 31,
    ERROR_BAD_TARGET = 33,
    ERROR_WORD_UNUSED = 36,
    ERROR_HOME_FIRST = 46,
    ERROR_ESTOP_ACTIVE = 50,
    ERROR_SETTING_RANGE = 52,
    ERROR_SETTING_ABSENT = 53,
    ERROR_BAD_RETRACT = 54,
    ERROR_CRITICAL = 79,
};

enum {
    ALARM_HARD_LIMIT = 1,
    ALARM_SOFT_LIMIT = 2,
    ALARM_ABORTED = 3,
    ALARM_PROBE_TOUCHED = 4,
    ALARM_PROBE_MISSED = 5,
    ALARM_HOMING_RESET = 6,
    ALARM_HOMING_DOOR = 7,
    ALARM_HOMING_STUCK = 8,
    ALARM_HOMING_MISSED = 9,
    ALARM_ESTOP = 10,
    ALARM_HOME_FIRST = 11,
};

static inline bool firmware_has_pin(const struct firmware *fw, unsigned pin) {
    return fw->pins >> pin & 1;
}

/* firmware.c */
void firmware_forget_input(struct firmware *fw);

/* firmware_report.c */
void firmware_say(struct firmware *fw, const char *format, ...) PRINTF_LIKE(2, 3);
void firmware_greet(struct firmware *fw);
void firmware_report(struct firmware *fw, bool is_full);
void firmware_list_info(struct firmware *fw);
void firmware_list_offsets(struct firmware *fw);
void firmware_list_modes(struct firmware *fw);
void firmware_say_probe(struct firmware *fw);

/* firmware_settings.c */
void firmware_default_settings(struct firmware *fw, const struct rig *rig);
void firmware_list_settings(struct firmware *fw);
/* `$n=v`, the text after the `$`: 0 or an error. */
int firmware_assign(struct firmware *fw, const char *text);
static inline int firmware_flag(const struct firmware *fw, int number) {
    return (int)firmware_setting(fw, number);
}

/* firmware_states.c */
void firmware_alarm(struct firmware *fw, int code);
/* An alarm that only a reset ends: what was received is gone. */
void firmware_critical(struct firmware *fw, int code);
void firmware_enter_lock(struct firmware *fw);
/* Bytes that act at once, wherever they stand, or are dropped. */
bool firmware_is_realtime(unsigned char c);
void firmware_take_realtime(struct firmware *fw, unsigned char c);
void firmware_on_stopped(struct firmware *fw);
void firmware_reset(struct firmware *fw);

/* firmware_system.c: a `$` line, upper case, no blanks */
int firmware_system_line(struct firmware *fw, const char *line);

/* firmware_words.c: one G-code line taken apart */
struct firmware_words {
    bool has[26];
    double value[26];
    int motion;      /* G number times 10; -1: none on this line */
    int action;      /* non-modal G: 40, 100, 280, 920, 921; 0: none */
    bool is_machine; /* G53 */
    int m[4];
    int m_count;
};
static inline bool has_word(const struct firmware_words *words, char letter) {
    return words->has[letter - 'A'];
}
static inline double word_value(const struct firmware_words *words, char letter) {
    return words->value[letter - 'A'];
}
/* 0 or an error; changes no modal state but distance, units, retract mode and system. */
int firmware_take_words(struct firmware *fw, const char *line, struct firmware_words *words);

/* firmware_gcode.c: one G-code line (upper case, no blanks or comments) */
int firmware_execute(struct firmware *fw, const char *line);
int firmware_jog(struct firmware *fw, const char *line);
bool firmware_is_within_limits(const struct firmware *fw, const double target[FIRMWARE_AXES]);
/* Machine target of the axis words, from where the queue ends; false when there are none. */
bool firmware_target(const struct firmware *fw, const struct firmware_words *words,
                     double target[FIRMWARE_AXES]);

/* firmware_probe.c */
int firmware_home(struct firmware *fw, uint32_t wanted_mask);
int firmware_probe(struct firmware *fw, const struct firmware_words *words, uint32_t line);
bool firmware_is_touching(const struct firmware *fw);
/* A probing motion has begun: when it will touch. */
void firmware_expect_contact(struct firmware *fw);
int64_t firmware_probe_event_ns(const struct firmware *fw);
void firmware_on_probe_event(struct firmware *fw);

/* firmware_plan.c */
size_t firmware_blocks_free(const struct firmware *fw);
/* Queue a straight motion to `to`; feed 0: rapid. */
void firmware_queue(struct firmware *fw, const double to[FIRMWARE_AXES], double feed_per_min,
                    uint32_t line);
/* Plan all entry speeds anew, and the running block from where it is. */
void firmware_replan(struct firmware *fw);
void firmware_drop_blocks(struct firmware *fw);
struct firmware_block *firmware_block_at(struct firmware *fw, size_t i);

/* firmware_motion.c */
/* Begin what is queued, when it stands idle. */
void firmware_start(struct firmware *fw);
/* Slow down along the line; firmware_on_stopped() follows. */
void firmware_begin_stop(struct firmware *fw);
void firmware_continue(struct firmware *fw);
void firmware_place(struct firmware *fw, int64_t at_ns);
void firmware_end_block(struct firmware *fw);
void firmware_make_profile(struct firmware *fw, double begin, double v0, double v_end);
double firmware_profile_distance(const struct firmware_profile *p, double t);
double firmware_profile_speed(const struct firmware_profile *p, double t);

#endif
