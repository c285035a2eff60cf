/* One direction of the serial line on the virtual clock: bytes on their way, each with its time of
 * arrival, and what can go wrong with them. */
#ifndef SMPRIG_SIM_PIPE_H
#define SMPRIG_SIM_PIPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PIPE_BYTES_MAX 8192 /* far more than a board's buffers hold */

enum pipe_fault_kind {
    PIPE_WELL,
    PIPE_FLIP,        /* one bit of the byte number `at` is turned */
    PIPE_DROP_BYTE,   /* the byte number `at` is lost */
    PIPE_DROP_LINE,   /* the first whole line that begins at or after `at` is lost */
    PIPE_DOUBLE_LINE, /* it comes twice */
    PIPE_FAULT_KIND_COUNT
};

struct pipe_fault {
    enum pipe_fault_kind kind;
    uint64_t at;  /* counted over all bytes ever put, from 0 */
    unsigned bit; /* PIPE_FLIP: 0 to 7 */
};

struct pipe {
    unsigned char bytes[PIPE_BYTES_MAX];
    int64_t due_ns[PIPE_BYTES_MAX];
    size_t first, count;
    uint64_t put_count; /* bytes ever put */
    struct pipe_fault fault;
    bool is_in_line;   /* the newest byte did not end a line */
    size_t line_count; /* bytes of the line that PIPE_DOUBLE_LINE is keeping */
    unsigned char line[256];
    bool is_dropping, is_keeping;
    uint64_t faults_done;
};

/* Append bytes that arrive at due_ns (not before those already under way). A full pipe loses them,
 * as a board's buffer does. */
void pipe_put(struct pipe *pipe, const unsigned char *bytes, size_t count, int64_t due_ns);
/* Bytes that have arrived by now_ns, at most size. */
size_t pipe_take(struct pipe *pipe, unsigned char *bytes, size_t size, int64_t now_ns);
/* When the next byte arrives; INT64_MAX: none is under way. */
int64_t pipe_next_ns(const struct pipe *pipe);
/* The cable is pulled: what is under way is lost. */
void pipe_clear(struct pipe *pipe);

#endif
