/* Whatever a serial line can carry, in pieces, with time going on: the link survives it and stays
 * bounded. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "controller/link/link.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct link the_link;
    struct rig rig = {
        .axis_count = 1, .axes = {{.letter = 'X', .max = 300}}, .needle = {.letter = 'Z'}};
    struct link_event event;
    unsigned char sink[256];
    int64_t now_ns = 1;
    link_init(&the_link, &rig);
    link_open(&the_link, now_ns);
    for (size_t at = 0; at < size;) {
        size_t piece = 1 + data[at] % 48;
        if (piece > size - at) piece = size - at;
        link_on_bytes(&the_link, data + at, piece, now_ns += 1000000);
        link_tick(&the_link, now_ns);
        if (link_in_flight(&the_link) < 0 || link_in_flight(&the_link) > 32) abort();
        while (link_take_output(&the_link, sink, sizeof sink)) continue;
        while (link_take_event(&the_link, &event)) continue;
        at += piece;
    }
    return 0;
}
