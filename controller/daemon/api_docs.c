/* docs/api.md, from the table: `smprigd --print-api`. */
#include <stdio.h>

#include "controller/daemon/daemon.h"

static const char introduction[] =
    "# The API\n\n"
    "<!-- Made by `smprigd --print-api` from the table in controller/daemon/api_methods.c. -->\n\n"
    "JSON-RPC 2.0 over the unix socket `/run/smprig/api.sock`, one object a line:\n\n"
    "    echo '{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"state\"}' | socat - "
    "UNIX:/run/smprig/api.sock | jq\n\n"
    "The same calls as `smprig call METHOD [NAME=VALUE...]`, and on the console's WebSocket.\n\n"
    "**Who may.** Roles, each may all that the ones before it may: `observer`, `operator`,\n"
    "`supervisor`, `technician`. Root and the daemon's own user are technicians; whoever else the\n"
    "socket's mode lets in is an operator. The console, root and the daemon's own user may name "
    "the\n"
    "person they speak for: `\"as\": {\"name\": \"anna\", \"role\": \"operator\", \"channel\": "
    "7}`.\n"
    "A method marked *commands* is refused to all but the page that is in command, when there is\n"
    "one.\n\n";

static const char notifications[] =
    "## Notifications\n\n"
    "After `subscribe`, without an id:\n\n"
    "| name | params |\n|---|---|\n"
    "| `state` | what has changed of the state since the last one, and `sequence`; the first is "
    "whole; a key that is gone is null |\n"
    "| `dots` | `fates`: list of [index, fate] |\n"
    "| `log` | `number`, `unix_ms`, `level` (info, warning, alarm, command), `text` |\n"
    "| `camera` | `camera`, `width`, `height`, `jpeg` (base64), `age_ms`, `state`, and in the "
    "picture's pixels `ring`, `next`, `struck` |\n\n"
    "## Errors\n\n"
    "| code | meaning |\n|---|---|\n"
    "| -32700 | not JSON |\n| -32600 | no JSON-RPC 2.0 request, or nested too deep |\n"
    "| -32601 | no such method |\n| -32602 | a parameter is missing, unknown or out of its range "
    "|\n"
    "| -32000 | the session says no; the message says why |\n| -32001 | too many calls a second |\n"
    "| -32002 | the role may not, or another is in command |\n\n";

static void write_method(FILE *stream, const struct api_method *m) {
    fprintf(stream, "### %s\n\n%s\n\nRole %s%s. Returns: %s.\n", m->name, m->help,
            api_role_name(m->role), m->flags & API_COMMANDS ? "; commands" : "", m->returns);
    if (m->params && m->params->name) fputs("\n| parameter | | |\n|---|---|---|\n", stream);
    for (const struct api_param *p = m->params; p && p->name; p++) {
        char type[96];
        api_describe_param(p, type, sizeof type);
        fprintf(stream, "| `%s` | %s%s | %s |\n", p->name, type, p->is_required ? "" : "; optional",
                p->help);
    }
    fputc('\n', stream);
}

void daemon_write_api_docs(FILE *stream) {
    fputs(introduction, stream);
    fprintf(stream,
            "**Limits.** %d clients; %u bytes a request, brackets %d deep; %u calls a second; a\n"
            "client that leaves %u kB unread is dropped.\n\n## Methods\n\n",
            API_CLIENTS_MAX, API_LINE_MAX, API_DEPTH_MAX, API_CALLS_A_SECOND_MAX,
            API_OUTPUT_MAX / 1024);
    for (const struct api_method *m = daemon_methods; m->name; m++) write_method(stream, m);
    fputs(notifications, stream);
}
