/* Follows a running session through its API, with a progress bar, until it is over. */
#ifndef SMPRIG_CLI_FOLLOW_H
#define SMPRIG_CLI_FOLLOW_H

#include <stdbool.h>

#include "base/result.h"

struct follow_result {
    double running_s;
    long long dots_pending, dots_planned;
    int ended_in_failure; /* 1: the session failed; the sentence is in err */
};

/* Returns when the session is finished, failed, or the daemon closes the connection after the last
 * dot. A fault ends it too, unless somebody is there to acknowledge it and go on. */
MUST_USE enum result follow_session(const char *api_socket, bool is_attended,
                                    struct follow_result *ret_result, struct error *err);

#endif
