/* Lines that begin with `$`. */
#include <string.h>

#include "sim/firmware_private.h"

static bool is_idle_or_alarm(const struct firmware *fw) {
    return fw->state == FIRMWARE_IDLE || fw->state == FIRMWARE_ALARM;
}

static int unlock(struct firmware *fw) {
    if (firmware_has_pin(fw, FIRMWARE_PIN_ESTOP)) return ERROR_ESTOP_ACTIVE;
    if (fw->state == FIRMWARE_ALARM) {
        if (fw->alarm == ALARM_HOME_FIRST) return ERROR_HOME_FIRST;
        firmware_say(fw, "[MSG:Caution: Unlocked]");
        fw->state = FIRMWARE_IDLE;
        fw->alarm = 0;
    }
    return 0;
}

static int home(struct firmware *fw, const char *axes) {
    uint32_t mask = 0;
    int homing = firmware_flag(fw, 22);
    for (; *axes; axes++) {
        int axis = firmware_axis(*axes);
        if (axis < 0) return ERROR_NO_SUCH_COMMAND;
        mask |= 1u << axis;
    }
    if (fw->stage > 0) return firmware_home(fw, mask);
    if (!(homing & 1)) return ERROR_HOMING_OFF;
    if (mask && !(homing & 2)) return ERROR_NO_SUCH_COMMAND;
    if (!is_idle_or_alarm(fw)) return ERROR_NOT_IDLE;
    if (firmware_has_pin(fw, FIRMWARE_PIN_DOOR)) return ERROR_DOOR_OPEN;
    return firmware_home(fw, mask);
}

/* Leaving check mode resets the board. */
static int check_mode(struct firmware *fw) {
    if (fw->state == FIRMWARE_CHECK) {
        fw->state = FIRMWARE_IDLE;
        firmware_say(fw, "[MSG:Disabled]");
        firmware_reset(fw);
        return LINE_GONE;
    }
    if (fw->state != FIRMWARE_IDLE) return ERROR_NOT_IDLE;
    fw->state = FIRMWARE_CHECK;
    firmware_say(fw, "[MSG:Enabled]");
    return 0;
}

static int restore(struct firmware *fw, const char *what) {
    if (!is_idle_or_alarm(fw)) return ERROR_NOT_IDLE;
    if (strcmp(what, "#") != 0) return ERROR_NO_SUCH_COMMAND;
    memset(fw->offsets, 0, sizeof fw->offsets);
    memset(fw->g92, 0, sizeof fw->g92);
    firmware_say(fw, "[MSG:Restoring defaults]");
    return 0;
}

static int sleep_now(struct firmware *fw) {
    if (!is_idle_or_alarm(fw)) return ERROR_NOT_IDLE;
    fw->state = FIRMWARE_SLEEP;
    firmware_say(fw, "[MSG:Sleeping]");
    return 0;
}

static int assign(struct firmware *fw, const char *text) {
    if (!is_idle_or_alarm(fw)) return ERROR_NOT_IDLE;
    return firmware_assign(fw, text);
}

/* Those that are answered whatever blocks the board. */
static bool is_listing(struct firmware *fw, const char *line) {
    static const struct {
        const char *line;
        void (*list)(struct firmware *fw);
    } listings[] = {{"$I", firmware_list_info},
                    {"$$", firmware_list_settings},
                    {"$#", firmware_list_offsets},
                    {"$G", firmware_list_modes}};
    for (size_t i = 0; i < sizeof listings / sizeof *listings; i++)
        if (strcmp(line, listings[i].line) == 0) {
            listings[i].list(fw);
            return true;
        }
    return false;
}

int firmware_system_line(struct firmware *fw, const char *line) {
    if (is_listing(fw, line)) return 0;
    if (fw->is_critical) return ERROR_CRITICAL;
    if (strcmp(line, "$X") == 0) return unlock(fw);
    if (strncmp(line, "$H", 2) == 0) return home(fw, line + 2);
    if (strcmp(line, "$C") == 0) return check_mode(fw);
    if (strcmp(line, "$SLP") == 0) return sleep_now(fw);
    if (strncmp(line, "$RST=", 5) == 0) return restore(fw, line + 5);
    if (strncmp(line, "$J", 2) == 0)
        return line[2] == '=' ? firmware_jog(fw, line + 3) : ERROR_BAD_JOG;
    return assign(fw, line + 1);
}
