#include "controller/link/words.h"

static const struct code_words alarms[] = {
    {1, "a limit switch was hit: the position is lost", "free the axis, then home"},
    {2, "a command led beyond the soft limits: it was not begun", "check the rig file, then home"},
    {3, "a reset came while moving: the position is lost", "home"},
    {4, "the probe touched before the probing began", "move the needle away, then probe anew"},
    {5, "the probe found nothing within its way", "check cable and plate, then probe anew"},
    {6, "homing failed: a reset came while it ran", "home again"},
    {7, "homing failed: the door was opened", "close the door, then home again"},
    {8, "homing failed: a switch stays closed", "raise the pull-off ($27) or check the switch"},
    {9, "homing failed: a switch was not found",
     "check the switch, its cable and the travel ($130..)"},
    {10, "the emergency stop is pressed", "release it, then connect and home"},
    {11, "the board wants to be homed first", "home"},
    {12, "a limit switch is closed at start", "free the axis, then home"},
    {13, "the probe touched while nobody probed", "move the needle away, then home"},
    {14, "the spindle did not reach its speed",
     "no spindle belongs to this rig: switch it off ($16..)"},
    {15, "homing failed: a second motor's switch was not found", "check that switch"},
    {16, "the board failed its own test", "power it off and on; if it stays, replace it"},
    {17, "a motor driver reports a fault", "power off, check motor and driver, then home"},
    {18, "homing failed", "check the homing settings ($22..$27, $44..$49)"},
    {19, "a field bus device failed", "check its cable and address"},
    {20, "an expander of inputs and outputs failed", "check its cable, then reset"},
    {21, "a non-volatile memory failed", "power it off and on; write the settings again"},
};

static const struct code_words errors[] = {
    {1, "a word has no letter", "a byte was lost on the line: check the cable"},
    {2, "a number is missing or wrong", "a byte was lost on the line: check the cable"},
    {3, "the board does not know this `$` command", "is its firmware Grbl 1.1 or grblHAL?"},
    {4, "a negative value where none may be", "check the value"},
    {5, "homing is switched off", "set $22, see smprig rig doctor"},
    {6, "the step pulse is too short", "set $0 to 2 us at least"},
    {7, "the settings could not be read", "defaults are in force: run smprig rig setup"},
    {8, "the board must stand idle for this", "wait until it does, or hold and flush first"},
    {9, "the board is locked or jogging", "home, or let the jog end"},
    {10, "soft limits need homing", "set $22 before $20"},
    {11, "the line is longer than the board takes", "send shorter lines"},
    {12, "more steps a second than the board can make", "lower steps ($100..) or rate ($110..)"},
    {13, "the door is open", "close it"},
    {14, "the line is longer than its memory", "send shorter lines"},
    {15, "the jog would leave the travel", "jog the other way"},
    {16, "no valid jog", "a jog needs an axis and a feed"},
    {17, "laser mode needs a spindle output", "set $32 to 0"},
    {18, "a reset came in between", "connect anew"},
    {19, "the value must be above zero", "check the value"},
    {20, "the board does not support this command", "is its firmware Grbl 1.1 or grblHAL?"},
    {21, "two commands of one group on a line", "a byte was changed on the line: check the cable"},
    {22, "there is no feed rate", "a byte was changed on the line: check the cable"},
    {23, "a whole number was wanted", "check the value"},
    {24, "two commands on a line want the axes, or a word is not allowed here",
     "a byte was changed on the line: check the cable"},
    {25, "a word stands twice on a line", "a byte was changed on the line: check the cable"},
    {26, "the command needs an axis", "a byte was changed on the line: check the cable"},
    {27, "the line number is out of range", "connect anew"},
    {28, "a word is missing", "a byte was changed on the line: check the cable"},
    {29, "there is no such work system", "use G54"},
    {30, "G53 goes with G0 and G1 only", "check the line"},
    {31, "axis words that no command uses", "check the line"},
    {32, "an arc needs axes of its plane", "check the line"},
    {33, "the target is not valid", "check the line"},
    {34, "the arc's radius is wrong", "check the line"},
    {35, "the arc has no offsets", "check the line"},
    {36, "a word that nothing uses", "a byte was changed on the line: check the cable"},
    {37, "the tool length belongs to another axis", "check $ settings of the tool axis"},
    {38, "there is no such tool", "no tool table belongs to this rig"},
    {39, "a value is out of range", "check the value"},
    {40, "a tool change waits", "acknowledge it at the board"},
    {41, "the spindle does not turn", "no spindle belongs to this rig: set $32 to 0"},
    {42, "the plane is not allowed here", "check the line"},
    {43, "the feed is above the board's most", "lower the feed or raise $110.."},
    {44, "the spindle speed is out of range", "no spindle belongs to this rig"},
    {45, "a limit switch is closed", "free the axis, then unlock"},
    {46, "the board wants to be homed first", "home"},
    {47, "the tool could not be changed", "no tool table belongs to this rig"},
    {48, "two values exclude each other", "check the line"},
    {49, "the board failed its own test", "power it off and on"},
    {50, "the emergency stop is pressed", "release it, then connect and home"},
    {51, "a motor driver reports a fault", "power off, check motor and driver"},
    {52, "the setting's value is out of range", "see smprig rig doctor"},
    {53, "this board has no such setting", "is it built for enough axes?"},
    {54, "the retract height lies below the bottom", "a byte was changed on the line"},
    {55, "the homing settings contradict each other", "check $22..$27 and $44..$49"},
    {56, "the work system is locked", "unlock it on the board"},
    {57, "a file mark came where none belongs", "connect anew"},
    {58, "there is no such output", "check the output's number"},
    {60, "no memory card", "none is needed: leave the card alone"},
    {61, "the card could not be read", "none is needed: leave the card alone"},
    {62, "the card's folder could not be opened", "none is needed: leave the card alone"},
    {63, "the card has no such folder", "none is needed: leave the card alone"},
    {64, "the card holds nothing", "none is needed: leave the card alone"},
    {65, "no file system is mounted", "none is needed: leave the card alone"},
    {66, "the file system cannot be written", "none is needed: leave the card alone"},
    {70, "the radio link could not start", "switch it off: the rig wants a cable"},
    {71, "an expression has an unknown operator", "expressions are not used here: check the line"},
    {72, "an expression divides by zero", "expressions are not used here: check the line"},
    {73, "an expression's argument is out of range", "expressions are not used here"},
    {74, "an expression's argument is not valid", "expressions are not used here"},
    {75, "an expression is malformed", "expressions are not used here"},
    {76, "an expression has no result", "expressions are not used here"},
    {77, "the board wants a password", "log in at the board, or switch passwords off"},
    {78, "the board's password does not allow it", "log in at the board with more rights"},
    {79, "an alarm blocks the board: only a reset ends it",
     "remove the cause (emergency stop, limit), then connect and home"},
    {80, "a flow word outside a macro", "macros are not used here: check the line"},
    {81, "a flow word is malformed", "macros are not used here: check the line"},
    {82, "flow words are nested too deep", "macros are not used here"},
    {83, "no memory for flow words", "macros are not used here"},
    {84, "a file could not be opened", "none is needed: leave the card alone"},
    {253, "a program stopped itself", "macros are not used here"},
};

static const struct {
    int number;
    const char *what;
} settings[] = {
    {0, "step pulse, us"},
    {1, "time until motors are let go, ms (255: never)"},
    {2, "step outputs inverted, axes"},
    {3, "direction outputs inverted, axes"},
    {4, "enable outputs inverted"},
    {5, "limit inputs inverted, axes"},
    {6, "probe input inverted"},
    {10, "what a status report shows"},
    {11, "junction deviation, mm"},
    {12, "arc tolerance, mm"},
    {13, "reports in inches"},
    {14, "control inputs inverted"},
    {15, "coolant outputs inverted"},
    {16, "spindle outputs inverted"},
    {17, "pull-ups off, control inputs"},
    {18, "pull-ups off, limit inputs"},
    {19, "pull-up off, probe input"},
    {20, "soft limits"},
    {21, "hard limits"},
    {22, "homing"},
    {23, "axes that home towards minus"},
    {24, "homing feed, mm/min"},
    {25, "homing search speed, mm/min"},
    {26, "switch debounce, ms"},
    {27, "pull-off from the switch, mm"},
    {28, "chip breaking retract, mm"},
    {29, "step pulse delay, us"},
    {30, "most spindle speed, rpm"},
    {31, "least spindle speed, rpm"},
    {32, "mode: 0 plain, 1 laser, 2 lathe"},
    {37, "motors that stay on, axes"},
    {39, "printable real-time bytes"},
    {40, "jogs kept within soft limits"},
    {43, "homing locate cycles"},
    {44, "homing, first axes"},
    {45, "homing, second axes"},
    {46, "homing, third axes"},
    {47, "homing, fourth axes"},
    {48, "homing, fifth axes"},
    {49, "homing, sixth axes"},
    {62, "sleep"},
    {63, "what a hold does"},
    {64, "starts in alarm"},
    {65, "what probing does"},
    {341, "tool change"},
    {346, "what a tool change restores"},
    {376, "rotary axes, A first"},
    {384, "G92 forgotten at power-off"},
    {398, "planner blocks"},
    {481, "unasked reports, ms"},
};

static const char *const axis_groups[] = {
    "steps a unit",
    "most rate, units/min",
    "acceleration, units/s^2",
    "travel, units",
    "motor current",
    "microsteps",
    "backlash, units",
    "dual axis offset",
    "homing feed, units/min",
    "homing search, units/min",
};

static const struct code_words *find(const struct code_words *table, size_t count, int code) {
    static const struct code_words unknown = {
        -1, "the board says something that its documentation does not",
        "look it up by its number; then connect anew"};
    for (size_t i = 0; i < count; i++)
        if (table[i].code == code) return &table[i];
    return &unknown;
}

const struct code_words *words_of_alarm(int code) {
    return find(alarms, sizeof alarms / sizeof *alarms, code);
}

const struct code_words *words_of_error(int code) {
    return find(errors, sizeof errors / sizeof *errors, code);
}

const char *words_of_setting(int number) {
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        if (settings[i].number == number) return settings[i].what;
    return number >= 100 && number < 200 ? axis_groups[number / 10 - 10] : NULL;
}

bool words_alarm_blocks(int code) {
    return code == 1 || code == 2 || code == 10 || code == 17;
}
