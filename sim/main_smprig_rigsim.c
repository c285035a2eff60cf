/* smprig-rigsim: the rig that isn't there, in real time: a board on a pty, a head before cameras,
 * skin under the needle, and a file of the true punctures. */
#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sysexits.h>
#include <termios.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "plan/field.h"
#include "plan/scan.h"
#include "sim/camera_server.h"
#include "sim/switchboard.h"
#include "sim/world.h"
#include "version.h"

const char *argp_program_version = "smprig-rigsim " SMPRIG_VERSION " (" SMPRIG_REVISION ")";

#define TICK_MS 1
#define SKIN_SPACING_MM 1.0 /* of the field that is the true skin */

struct options {
    const char *rig, *scan, *cameras, *ring, *scenario, *truth, *port, *frames, *switches;
    int64_t seed;
};

struct simulation {
    struct options options;
    struct world world;
    struct field field;
    struct camera_server *cameras;
    struct switchboard switches;
    FILE *truth;
    int pty_fd, slave_fd, signal_fd;
};

static const struct argp_option option_table[] = {
    {"rig", 'r', "FILE", 0, "The rig's YAML file", 0},
    {"scan", 's', "FILE", 0, "The scan that is the true head", 0},
    {"scenario", 'm', "FILE", 0, "How the head moves", 0},
    {"cameras", 'c', "FILE", 0, "The cameras; without it nothing is rendered", 0},
    {"ring", 'g', "FILE", 0, "The tag ring on the head", 0},
    {"frames", 'f', "SOCKET", 0, "Where frames are fetched", 0},
    {"port", 'p', "LINK", 0, "A symbolic link to the board's pty is made here", 0},
    {"truth", 't', "FILE", 0, "CSV of the true punctures", 0},
    {"switches", 'w', "FILE", 0, "The rig's switches, for smprig-guard --switches sim:FILE", 0},
    {"seed", 'n', "N", 0, "Of the cameras' noise (1)", 0},
    {0}};

static error_t parse_option(int key, char *value, struct argp_state *state) {
    struct options *options = state->input;
    switch (key) {
        case 'r':
            options->rig = value;
            return 0;
        case 's':
            options->scan = value;
            return 0;
        case 'm':
            options->scenario = value;
            return 0;
        case 'c':
            options->cameras = value;
            return 0;
        case 'g':
            options->ring = value;
            return 0;
        case 'f':
            options->frames = value;
            return 0;
        case 'p':
            options->port = value;
            return 0;
        case 't':
            options->truth = value;
            return 0;
        case 'w':
            options->switches = value;
            return 0;
        case 'n':
            if (text_to_int64(value, 0, INT64_MAX, &options->seed) != RESULT_OK)
                argp_error(state, "--seed %s: expected a whole number", value);
            return 0;
        default:
            return ARGP_ERR_UNKNOWN;
    }
}

/* The slave end stays open here, so that the pty survives a host that closes and opens it again. */
static enum result open_pty(struct simulation *sim, struct error *err) {
    struct termios modes;
    const char *link = sim->options.port;
    sim->pty_fd = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (sim->pty_fd < 0 || grantpt(sim->pty_fd) != 0 || unlockpt(sim->pty_fd) != 0)
        return error_set(err, RESULT_IO, "pty: %s", strerror(errno));
    sim->slave_fd = open(ptsname(sim->pty_fd), O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (sim->slave_fd < 0 || tcgetattr(sim->slave_fd, &modes) != 0)
        return error_set(err, RESULT_IO, "pty: %s", strerror(errno));
    cfmakeraw(&modes);
    tcsetattr(sim->slave_fd, TCSANOW, &modes);
    unlink(link);
    if (symlink(ptsname(sim->pty_fd), link) != 0)
        return error_set(err, RESULT_IO, "%s: %s", link, strerror(errno));
    return RESULT_OK;
}

static enum result open_cameras(struct simulation *sim, struct error *err) {
    const struct options *options = &sim->options;
    struct camera_server_setup *setup = calloc(1, sizeof *setup);
    if (!setup) return error_set(err, RESULT_NO_MEMORY, "out of memory");
    setup->socket_path = options->frames;
    setup->scenario = sim->world.scenario;
    setup->start_ns = sim->world.start_ns;
    setup->field = &sim->field.view;
    setup->seed = (uint64_t)options->seed;
    enum result result = camera_set_read(options->cameras, &setup->cameras, err);
    if (result == RESULT_OK) result = tag_ring_read(options->ring, &setup->ring, err);
    if (result == RESULT_OK) result = camera_server_create(setup, &sim->cameras, err);
    free(setup);
    return result;
}

static enum result open_simulation(struct simulation *sim, struct error *err) {
    const struct options *options = &sim->options;
    struct rig rig;
    struct scenario scenario;
    struct mesh mesh;
    enum result result = rig_read(options->rig, &rig, err);
    if (result == RESULT_OK) result = scenario_read(options->scenario, &scenario, err);
    if (result == RESULT_OK) result = scan_read(options->scan, &mesh, err);
    if (result != RESULT_OK) return result;
    result = field_of_mesh(&mesh, SKIN_SPACING_MM, &sim->field, err);
    mesh_release(&mesh);
    if (result != RESULT_OK) return result;
    world_init(&sim->world, &rig, &scenario, &sim->field.view, clock_now_ns());
    if (options->truth) {
        sim->truth = fopen(options->truth, "we");
        if (!sim->truth)
            return error_set(err, RESULT_IO, "%s: %s", options->truth, strerror(errno));
        world_open_truth(&sim->world, sim->truth);
    }
    if (options->switches) result = switchboard_open(options->switches, &sim->switches, err);
    if (result == RESULT_OK) result = open_pty(sim, err);
    if (result == RESULT_OK && options->cameras) result = open_cameras(sim, err);
    firmware_power_up(&sim->world.firmware);
    return result;
}

static void close_simulation(struct simulation *sim) {
    camera_server_destroy(&sim->cameras);
    switchboard_close(&sim->switches);
    if (sim->truth) fclose(sim->truth);
    if (sim->pty_fd >= 0) close(sim->pty_fd);
    if (sim->slave_fd >= 0) close(sim->slave_fd);
    if (sim->options.port) unlink(sim->options.port);
    field_release(&sim->field);
}

static void step(struct simulation *sim) {
    unsigned char bytes[4096];
    ssize_t got = read(sim->pty_fd, bytes, sizeof bytes);
    int64_t now_ns = clock_now_ns();
    if (got > 0)
        world_on_bytes(&sim->world, bytes, (size_t)got, now_ns);
    else
        world_step(&sim->world, now_ns);
    switchboard_step(&sim->switches, &sim->world.firmware, now_ns);
    size_t count = firmware_take_output(&sim->world.firmware, bytes, sizeof bytes);
    for (size_t put = 0; put < count;) {
        ssize_t n = write(sim->pty_fd, bytes + put, count - put);
        if (n <= 0) break; /* nobody reads: a real board's bytes are lost as well */
        put += (size_t)n;
    }
}

static void run(struct simulation *sim) {
    struct signalfd_siginfo info;
    while (read(sim->signal_fd, &info, sizeof info) != (ssize_t)sizeof info) {
        struct pollfd set[] = {{sim->pty_fd, POLLIN, 0}, {sim->signal_fd, POLLIN, 0}};
        (void)poll(set, 2, TICK_MS);
        step(sim);
    }
}

int main(int argc, char **argv) {
    static const struct argp argp = {option_table,
                                     parse_option,
                                     NULL,
                                     "The rig that isn't there: board, mechanics, skin, head and "
                                     "cameras in real time.",
                                     NULL,
                                     NULL,
                                     NULL};
    static struct simulation sim = {.options = {.seed = 1}, .pty_fd = -1, .slave_fd = -1};
    struct error err = {0};
    sigset_t signals;
    if (argp_parse(&argp, argc, argv, 0, NULL, &sim.options) != 0) return EX_USAGE;
    const struct options *options = &sim.options;
    if (!options->rig || !options->scan || !options->scenario || !options->port ||
        (options->cameras && (!options->ring || !options->frames))) {
        fputs(
            "smprig-rigsim: --rig, --scan, --scenario and --port are needed, and --ring and "
            "--frames with --cameras; see --help\n",
            stderr);
        return EX_USAGE;
    }
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    sim.signal_fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
    enum result result = open_simulation(&sim, &err);
    if (result == RESULT_OK)
        run(&sim);
    else
        log_error("rigsim", "%s", err.text);
    close_simulation(&sim);
    return result == RESULT_OK ? EX_OK : EX_DATAERR;
}
