/* smprig watch: follows a running session until it is over. */
#include <getopt.h>
#include <stdio.h>
#include <sysexits.h>

#include "cli/follow.h"
#include "cli/verbs.h"

int verb_watch(int argc, char **argv) {
    static const struct option options[] = {
        {"api", required_argument, NULL, 'a'}, {"help", no_argument, NULL, 'h'}, {0}};
    const char *socket_path = "/run/smprig/api.sock";
    for (int option; (option = getopt_long(argc, argv, "h", options, NULL)) != -1;) {
        if (option == 'a') socket_path = optarg;
        if (option == 'h') {
            puts("Usage: smprig watch [--api SOCKET]");
            return EX_OK;
        }
        if (option == '?') return EX_USAGE;
    }
    struct follow_result followed;
    struct error err = {0};
    if (follow_session(socket_path, 500, &followed, &err) != RESULT_OK)
        return verb_fail("watch", &err);
    return followed.ended_in_failure ? EX_UNAVAILABLE : EX_OK;
}
