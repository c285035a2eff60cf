/* The dialect's transcripts against the board on a port (tests/golden/dialect, docs/link.md). */
#include <glob.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

#include "base/clock.h"
#include "base/file.h"
#include "controller/guard/service_run.h"
#include "controller/link/transcript.h"

#define TRANSCRIPT_BYTES_MAX 65536
#define SETTLE_MS 500 /* a board that resets on opening */

static void send_bytes(void *context, const void *bytes, size_t count) {
    const char *from = bytes;
    for (int tries = 0; count && tries < 1000; tries++) {
        size_t put = 0;
        if (port_write(context, from, count, &put) != RESULT_OK) return;
        from += put;
        count -= put;
        if (count) (void)poll(NULL, 0, 1);
    }
}

static int receive(void *context, void *buffer, size_t size, int ms) {
    struct port *port = context;
    int64_t end_ns = clock_now_ns() + ms * NS_PER_MS;
    size_t count = 0;
    for (int left_ms = ms; left_ms >= 0;
         left_ms = (int)((end_ns - clock_now_ns() + NS_PER_MS - 1) / NS_PER_MS)) {
        struct pollfd set = {port->fd, POLLIN, 0};
        (void)poll(&set, 1, left_ms);
        if (port_read(port, buffer, size, &count) != RESULT_OK) return -1;
        if (count || left_ms <= 0) break;
    }
    return (int)count;
}

static void pause_for(void *context, int ms) {
    (void)context;
    for (int64_t end_ns = clock_now_ns() + ms * NS_PER_MS; clock_now_ns() < end_ns;)
        (void)poll(NULL, 0, (int)((end_ns - clock_now_ns() + NS_PER_MS - 1) / NS_PER_MS));
}

static enum transcript_outcome run_one(const char *path, const struct transcript_peer *peer) {
    char why[600] = "", *text = NULL;
    size_t size = 0;
    struct error err = {0};
    if (file_read(path, TRANSCRIPT_BYTES_MAX, &text, &size, &err) != RESULT_OK) {
        printf("FAILED   %s\n", err.text);
        return TRANSCRIPT_FAILED;
    }
    enum transcript_outcome outcome = transcript_run(path, text, peer, why, sizeof why);
    static const char *const names[] = {"ok      ", "FAILED  ", "left out"};
    printf("%s %s%s%s\n", names[outcome], path, why[0] ? "\n           " : "", why);
    fflush(stdout);
    free(text);
    return outcome;
}

int service_run_conformance(const struct service_options *options) {
    struct error err = {0};
    struct port port = {.fd = -1};
    char pattern[512], sink[4096];
    glob_t files = {0};
    size_t counts[3] = {0};
    snprintf(pattern, sizeof pattern, "%s/*.txt",
             options->argument ? options->argument : "tests/golden/dialect");
    if (glob(pattern, 0, NULL, &files) != 0) {
        fprintf(stderr, "smprig rig: %s: no transcripts there\n", pattern);
        return EX_NOINPUT;
    }
    if (options->moves && !options->is_rig_empty) {
        globfree(&files);
        fputs("smprig rig: these transcripts move every axis: say --rig-is-empty\n", stderr);
        return EX_USAGE;
    }
    if (port_open(options->port, options->baud, &port, &err) != RESULT_OK) {
        globfree(&files);
        fprintf(stderr, "smprig rig: %s\n", err.text);
        return result_exit_code(err.code);
    }
    const struct transcript_peer peer = {.context = &port,
                                         .may_move = options->moves,
                                         .send = send_bytes,
                                         .receive = receive,
                                         .pause = pause_for};
    pause_for(&port, SETTLE_MS);
    (void)receive(&port, sink, sizeof sink, 0);
    for (size_t i = 0; i < files.gl_pathc; i++) counts[run_one(files.gl_pathv[i], &peer)]++;
    printf("%zu passed, %zu failed, %zu left out\n", counts[TRANSCRIPT_PASSED],
           counts[TRANSCRIPT_FAILED], counts[TRANSCRIPT_LEFT_OUT]);
    globfree(&files);
    port_close(&port);
    return counts[TRANSCRIPT_FAILED] ? EX_PROTOCOL : EX_OK;
}
