#include "vision/head_pose.h"

const char *head_state_name(enum head_state state) {
    static const char *const names[] = {"lost", "flinch", "moving", "still"};
    _Static_assert(sizeof names / sizeof names[0] == HEAD_STATE_COUNT, "a name for each state");
    return (unsigned)state < HEAD_STATE_COUNT ? names[state] : "unknown";
}

const char *head_reason_name(enum head_reason reason) {
    static const char *const names[] = {
        "no frame yet",  "tracked",          "too fast",     "jumped",    "settling",
        "no image",      "frozen image",     "too few tags", "saturated", "bad fit",
        "not converged", "cameras disagree", "ring slipped"};
    _Static_assert(sizeof names / sizeof names[0] == HEAD_REASON_COUNT, "a name for each reason");
    return (unsigned)reason < HEAD_REASON_COUNT ? names[reason] : "unknown";
}
