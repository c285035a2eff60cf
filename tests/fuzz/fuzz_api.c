/* The API's dispatcher: any line from any peer, against the shipped table and no open case. */
#include <stdint.h>
#include <string.h>

#include "base/log.h"
#include "controller/daemon/daemon.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct daemon daemon;
    const struct api_table table = {daemon_methods, &daemon_policy, &daemon};
    struct api_peer peer = {.caller = {"fuzz", ROLE_TECHNICIAN, 0}, .may_speak_for_others = true};
    if (size > API_LINE_MAX) return 0;
    log_set_level(LOG_LEVEL_ERROR);
    json_decref(api_dispatch(&table, &peer, (const char *)data, size, 0));
    return 0;
}
