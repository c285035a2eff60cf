/* smprig-rigsim: the rig that isn't there, in real time: a board on a pty or a TCP port, a head
 * before cameras, skin under the needle, and a file of the true punctures. */
#include <argp.h>
#include <errno.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/give_way.h"
#include "base/log.h"
#include "base/text.h"
#include "plan/field.h"
#include "plan/scan.h"
#include "sim/board_port.h"
#include "sim/camera_server.h"
#include "sim/switchboard.h"
#include "sim/touchable.h"
#include "sim/world.h"
#include "version.h"

const char *argp_program_version = "smprig-rigsim " SMPRIG_VERSION " (" SMPRIG_REVISION ")";

#define TICK_MS 1
#define RIG_PRIORITY 1      /* real time */
#define SKIN_SPACING_MM 1.0 /* of the field that is the true skin */
#define NEEDLE_LONGER_MAX_MM 5.0
#define MEMORY_BYTES_MAX 8192 /* the board's own settings as text */

struct options {
    const char *rig, *scan, *cameras, *ring, *scenario, *truth, *port, *frames, *switches;
    const char *memory; /* the board's settings between runs; NULL: fresh */
    enum mood_kind mood;
    double mood_after_s, needle_longer_mm;
    int64_t seed;
};

struct simulation {
    struct options options;
    struct world world;
    struct field field;
    struct camera_server *cameras;
    struct switchboard switches;
    FILE *truth;
    struct board_port port;
    int signal_fd;
};

static const struct argp_option option_table[] = {
    {"rig", 'r', "FILE", 0, "The rig's YAML file", 0},
    {"scan", 's', "FILE", 0, "The scan that is the true head; without it the board is alone", 0},
    {"scenario", 'm', "FILE", 0, "How the head moves", 0},
    {"cameras", 'c', "FILE", 0, "The cameras; without it nothing is rendered", 0},
    {"ring", 'g', "FILE", 0, "The tag ring on the head", 0},
    {"frames", 'f', "SOCKET", 0, "Where frames are fetched", 0},
    {"port", 'p', "LINK", 0,
     "A symbolic link to the board's pty is made here; or tcp:PORT on the loopback", 0},
    {"mood", 'o', "NAME[@SECONDS]", 0, "How the wire misbehaves, and when it begins to", 0},
    {"memory", 'y', "FILE", 0, "Where the board keeps its settings", 0},
    {"truth", 't', "FILE", 0, "CSV of the true punctures", 0},
    {"switches", 'w', "FILE", 0, "The rig's switches, for smprig-guard --switches sim:FILE", 0},
    {"needle-longer", 'l', "MM", 0,
     "The needle in the holder is so much longer than the rig file says (negative: shorter)", 0},
    {"seed", 'n', "N", 0, "Of the cameras' noise (1)", 0},
    {0}};

static bool take_mood(const char *text, struct options *options) {
    char name[32] = "";
    const char *at = strchr(text, '@');
    size_t length = at ? (size_t)(at - text) : strlen(text);
    if (length >= sizeof name) return false;
    memcpy(name, text, length);
    options->mood = mood_of_name(name);
    bool has_time = !at || text_to_double(at + 1, &options->mood_after_s) == RESULT_OK;
    return options->mood != MOOD_KIND_COUNT && has_time;
}

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
        case 'o':
            if (!take_mood(value, options))
                argp_error(state, "--mood %s: no such mood (sim/moods.h lists them)", value);
            return 0;
        case 'y':
            options->memory = value;
            return 0;
        case 't':
            options->truth = value;
            return 0;
        case 'w':
            options->switches = value;
            return 0;
        case 'l':
            if (text_to_double(value, &options->needle_longer_mm) != RESULT_OK ||
                !(fabs(options->needle_longer_mm) <= NEEDLE_LONGER_MAX_MM))
                argp_error(state, "--needle-longer %s: expected at most %g mm", value,
                           NEEDLE_LONGER_MAX_MM);
            return 0;
        case 'n':
            if (text_to_int64(value, 0, INT64_MAX, &options->seed) != RESULT_OK)
                argp_error(state, "--seed %s: expected a whole number", value);
            return 0;
        default:
            return ARGP_ERR_UNKNOWN;
    }
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

/* The board's own memory: what it holds when it is powered up. */
static void load_memory(struct simulation *sim) {
    char *text = NULL;
    size_t size = 0;
    if (!sim->options.memory ||
        file_read(sim->options.memory, MEMORY_BYTES_MAX, &text, &size, NULL) != RESULT_OK)
        return;
    firmware_load(&sim->world.firmware, text);
    free(text);
}

static void save_memory(const struct simulation *sim) {
    struct file_writer writer;
    char text[MEMORY_BYTES_MAX];
    struct error err = {0};
    size_t length = firmware_save(&sim->world.firmware, text, sizeof text);
    if (!sim->options.memory) return;
    enum result result = file_writer_open(&writer, sim->options.memory, &err);
    if (result == RESULT_OK) {
        fwrite(text, 1, length, writer.stream);
        result = file_writer_commit(&writer, &err);
    }
    if (result != RESULT_OK) log_warning("rigsim", "%s", err.text);
}

/* The board alone: a head that is a speck, far below everything. */
static enum result no_head(struct scenario *scenario, struct mesh *mesh, struct error *err) {
    static const float corners[12] = {0, 0, 0, 5, 0, 0, 0, 5, 0, 0, 0, 5};
    static const uint32_t faces[12] = {0, 2, 1, 0, 1, 3, 1, 2, 3, 2, 0, 3};
    *scenario = (struct scenario){.T_rig_head = pose_identity()};
    scenario->T_rig_head.t = vec3_make(0, 0, -2000);
    *mesh = (struct mesh){.vertex_count = 4, .triangle_count = 4};
    mesh->positions = malloc(sizeof corners);
    mesh->triangles = malloc(sizeof faces);
    if (!mesh->positions || !mesh->triangles) {
        mesh_release(mesh);
        return error_set(err, RESULT_NO_MEMORY, "out of memory");
    }
    memcpy(mesh->positions, corners, sizeof corners);
    memcpy(mesh->triangles, faces, sizeof faces);
    return RESULT_OK;
}

static enum result open_simulation(struct simulation *sim, struct error *err) {
    const struct options *options = &sim->options;
    struct rig rig;
    struct scenario scenario;
    struct mesh mesh;
    enum result result = rig_read(options->rig, &rig, err);
    if (result == RESULT_OK && options->scan)
        result = scenario_read(options->scenario, &scenario, err);
    if (result == RESULT_OK && options->scan) result = scan_read(options->scan, &mesh, err);
    if (result == RESULT_OK && !options->scan) result = no_head(&scenario, &mesh, err);
    if (result != RESULT_OK) return result;
    result = field_of_mesh(&mesh, SKIN_SPACING_MM, &sim->field, err);
    mesh_release(&mesh);
    if (result != RESULT_OK) return result;
    touchable_lengthen_needle(&rig, options->needle_longer_mm);
    world_init(&sim->world, &rig, &scenario, &sim->field.view, clock_now_ns());
    if (options->truth) {
        sim->truth = fopen(options->truth, "we");
        if (!sim->truth)
            return error_set(err, RESULT_IO, "%s: %s", options->truth, strerror(errno));
        world_open_truth(&sim->world, sim->truth);
    }
    if (options->switches) result = switchboard_open(options->switches, &sim->switches, err);
    load_memory(sim);
    struct moods moods;
    moods_init(&moods, options->mood, sim->world.now_ns + s_to_ns(options->mood_after_s),
               (uint64_t)options->seed);
    if (result == RESULT_OK) result = board_port_open(&sim->port, options->port, &moods, err);
    if (result == RESULT_OK && options->cameras) result = open_cameras(sim, err);
    firmware_power_up(&sim->world.firmware);
    return result;
}

static void close_simulation(struct simulation *sim) {
    camera_server_destroy(&sim->cameras);
    switchboard_close(&sim->switches);
    if (sim->truth) fclose(sim->truth);
    board_port_close(&sim->port);
    field_release(&sim->field);
}

static void run(struct simulation *sim) {
    struct signalfd_siginfo info;
    while (read(sim->signal_fd, &info, sizeof info) != (ssize_t)sizeof info) {
        struct pollfd set[] = {{board_port_descriptor(&sim->port), POLLIN, 0},
                               {sim->signal_fd, POLLIN, 0}};
        (void)poll(set, 2, TICK_MS);
        int64_t now_ns = clock_now_ns();
        board_port_exchange(&sim->port, &sim->world, now_ns);
        touchable_step(&sim->world);
        switchboard_step(&sim->switches, &sim->world.firmware, now_ns);
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
    static struct simulation sim = {.options = {.seed = 1},
                                    .port = {.fd = -1, .slave_fd = -1, .listen_fd = -1}};
    struct error err = {0};
    sigset_t signals;
    if (argp_parse(&argp, argc, argv, 0, NULL, &sim.options) != 0) return EX_USAGE;
    const struct options *options = &sim.options;
    if (!options->rig || !options->port || !options->scan != !options->scenario ||
        (options->cameras && (!options->scan || !options->ring || !options->frames))) {
        fputs(
            "smprig-rigsim: --rig and --port are needed, --scan and --scenario together, and both, "
            "--ring and --frames with --cameras; see --help\n",
            stderr);
        return EX_USAGE;
    }
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    sim.signal_fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
    /* A rig's board and cameras wait for no other program. */
    if (thread_go_first(RIG_PRIORITY, &err) != RESULT_OK) log_info("rigsim", "%s", err.text);
    enum result result = open_simulation(&sim, &err);
    if (result == RESULT_OK) {
        run(&sim);
        save_memory(&sim);
    } else {
        log_error("rigsim", "%s", err.text);
    }
    close_simulation(&sim);
    return result == RESULT_OK ? EX_OK : EX_DATAERR;
}
