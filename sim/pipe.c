#include "sim/pipe.h"

static void put_byte(struct pipe *pipe, unsigned char byte, int64_t due_ns) {
    if (pipe->count == PIPE_BYTES_MAX) return;
    size_t at = (pipe->first + pipe->count++) % PIPE_BYTES_MAX;
    pipe->bytes[at] = byte;
    pipe->due_ns[at] = due_ns;
}

static void end_fault(struct pipe *pipe) {
    pipe->fault = (struct pipe_fault){0};
    pipe->is_dropping = pipe->is_keeping = false;
    pipe->line_count = 0;
    pipe->faults_done++;
}

/* A byte of the line that is lost or doubled. */
static void put_faulty_line_byte(struct pipe *pipe, unsigned char byte, int64_t due_ns) {
    if (pipe->is_keeping) put_byte(pipe, byte, due_ns);
    if (pipe->is_keeping && pipe->line_count < sizeof pipe->line)
        pipe->line[pipe->line_count++] = byte;
    if (byte != '\n') return;
    for (size_t i = 0; i < pipe->line_count; i++) put_byte(pipe, pipe->line[i], due_ns);
    end_fault(pipe);
}

static void put_through_fault(struct pipe *pipe, unsigned char byte, int64_t due_ns) {
    bool is_due = pipe->put_count >= pipe->fault.at, begins_line = !pipe->is_in_line;
    if (pipe->is_dropping || pipe->is_keeping) {
        put_faulty_line_byte(pipe, byte, due_ns);
        return;
    }
    switch (is_due ? pipe->fault.kind : PIPE_WELL) {
        case PIPE_FLIP:
            put_byte(pipe, (unsigned char)(byte ^ (1u << (pipe->fault.bit & 7u))), due_ns);
            end_fault(pipe);
            return;
        case PIPE_DROP_BYTE:
            end_fault(pipe);
            return;
        case PIPE_DROP_LINE:
        case PIPE_DOUBLE_LINE:
            if (!begins_line) break;
            pipe->is_dropping = pipe->fault.kind == PIPE_DROP_LINE;
            pipe->is_keeping = !pipe->is_dropping;
            put_faulty_line_byte(pipe, byte, due_ns);
            return;
        case PIPE_WELL:
        case PIPE_FAULT_KIND_COUNT:
            break;
    }
    put_byte(pipe, byte, due_ns);
}

void pipe_put(struct pipe *pipe, const unsigned char *bytes, size_t count, int64_t due_ns) {
    for (size_t i = 0; i < count; i++) {
        if (pipe->fault.kind == PIPE_WELL)
            put_byte(pipe, bytes[i], due_ns);
        else
            put_through_fault(pipe, bytes[i], due_ns);
        pipe->put_count++;
        pipe->is_in_line = bytes[i] != '\n';
    }
}

size_t pipe_take(struct pipe *pipe, unsigned char *bytes, size_t size, int64_t now_ns) {
    size_t count = 0;
    while (pipe->count && count < size && pipe->due_ns[pipe->first] <= now_ns) {
        bytes[count++] = pipe->bytes[pipe->first];
        pipe->first = (pipe->first + 1) % PIPE_BYTES_MAX;
        pipe->count--;
    }
    return count;
}

int64_t pipe_next_ns(const struct pipe *pipe) {
    return pipe->count ? pipe->due_ns[pipe->first] : INT64_MAX;
}

void pipe_clear(struct pipe *pipe) {
    pipe->count = 0;
    pipe->is_in_line = false;
}
