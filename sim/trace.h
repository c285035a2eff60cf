/* A readable trace of a virtual session: what passed between the parts, in the order of time, one
 * line each. */
#ifndef SMPRIG_SIM_TRACE_H
#define SMPRIG_SIM_TRACE_H

#include <stdio.h>

#include "sim/virtual.h"

struct trace {
    FILE *stream; /* the caller's; NULL: nothing is written */
    int64_t start_ns, now_ns;
    char line[2][256]; /* bytes of a line so far: to the host, to the board */
    size_t length[2];
    enum safety_state state;
};

void trace_begin(struct trace *trace, FILE *stream, int64_t start_ns);
void trace_note(struct trace *trace, const char *who, const char *format, ...) PRINTF_LIKE(3, 4);
void trace_request(struct trace *trace, const struct guard_request *request);
void trace_event(struct trace *trace, const struct guard_event *event);
void trace_entry(struct trace *trace, const struct journal_entry *entry);
void trace_bytes(struct trace *trace, const unsigned char *bytes, size_t count, bool is_to_board);
void trace_puncture(struct trace *trace, const struct puncture *puncture);

#endif
