/* A technician's session with the board: doctor, setup, home, park, jog, probe. A step function as
 * the guard's core: bytes, keys and time in; bytes and lines of text out. It joins the link and
 * safety/service.h, and begins no motion that was not cleared there. */
#ifndef SMPRIG_CONTROLLER_GUARD_SERVICE_H
#define SMPRIG_CONTROLLER_GUARD_SERVICE_H

#include <stdbool.h>
#include <stdint.h>

#include "controller/link/link.h"

enum service_task {
    SERVICE_TASK_DOCTOR, /* shake hands, look at everything, change nothing */
    SERVICE_TASK_SETUP,  /* write what the doctor named, read it back */
    SERVICE_TASK_HOME,
    SERVICE_TASK_PARK,
    SERVICE_TASK_PROBE,  /* twice, fast then slow; the needle retracted before and after */
    SERVICE_TASK_NEEDLE, /* go to the rig file's setter, find it, touch it several times, leave */
    SERVICE_TASK_JOG,
    SERVICE_TASK_SKIN, /* over a head: jog slowly, touch at a key, with a blunt probe */
    SERVICE_TASK_COUNT
};

enum service_phase {
    SERVICE_CONNECTING,
    SERVICE_HOMING,  /* every moving task but a homed rig's begins with it */
    SERVICE_WORKING, /* the task's own steps */
    SERVICE_ENDED    /* `outcome` and `text` say how */
};

struct service_setup {
    const struct rig *rig;
    enum service_task task;
    bool is_rig_empty;    /* the operator's word */
    bool is_head_watched; /* SKIN: his word that a head rests in the rig, and that he watches it */
    double probe_mm;      /* stroke to go at most; 0: the rig's whole */
};

#define SERVICE_LINES_MAX 64
#define SERVICE_TOUCHES_MAX 64
#define SERVICE_NEEDLE_TOUCHES 6 /* what a calibration asks for (docs/calibration.md) */

/* Where a slow touch met something. */
struct service_touch {
    int64_t at_ns;
    double stroke_mm;
    struct vec3 p_rig; /* the tip by the rig file's own chain */
};

struct service {
    struct service_setup setup;
    struct link link;
    enum service_phase phase;
    enum result outcome;
    char text[LINK_TEXT_MAX];
    /* What was said on the way, for the edge to print: taken by service_take_line(). */
    char lines[SERVICE_LINES_MAX][LINK_TEXT_MAX];
    size_t line_first, line_count;

    struct service_rig limits;
    struct gate_rig gate_rig; /* for where the tip is, and for the way out along the needle */
    struct service_clearance clearance;
    int64_t now_ns, phase_ns;
    int step;         /* of the task; SETUP: index of the next setting */
    int idle_reports; /* in a row, since the step was answered */
    int written, rounds;
    bool has_asked;    /* the step is under way */
    bool needs_unlock; /* a probe's alarm locked the board */
    bool is_stopping;  /* ended, but the board is still being brought to rest */
    bool is_touching;  /* SKIN: the steps of a touch are under way */
    bool has_touched;  /* in the step that probes now */
    bool is_fruitless; /* no contact found, or was_touching: before the search began (ALARM:4) */
    bool was_touching;
    double found_mm;     /* stroke at the first, fast contact */
    double overshoot_mm; /* so far past a contact did the board stop, at most */
    struct service_touch touches[SERVICE_TOUCHES_MAX];
    size_t touch_count;
    char key; /* that is held, '\0': none */
    int64_t key_ns, jog_end_ns;
    bool is_key_repeated;
    size_t round_trips;
    double round_trip_ms[20];
};

void service_init(struct service *service, const struct service_setup *setup, int64_t now_ns);
/* The port is open. */
void service_open(struct service *service, int64_t now_ns);
void service_on_bytes(struct service *service, const void *bytes, size_t count, int64_t now_ns);
void service_on_closed(struct service *service, int64_t now_ns);
void service_tick(struct service *service, int64_t now_ns);
/* A key: jogging goes on while keys of one way keep coming (a terminal repeats a held key), and is
 * cancelled when they stop, change, or it is a blank. 't' touches the skin (SKIN). 'q' ends. */
void service_on_key(struct service *service, char key, int64_t now_ns);
/* End what runs: jog cancelled, probing or travel held and flushed, needle retracted. */
void service_stop(struct service *service, int64_t now_ns);

size_t service_take_port_bytes(struct service *service, void *buffer, size_t size);
bool service_take_line(struct service *service, char ret_line[LINK_TEXT_MAX]);
int64_t service_next_ns(const struct service *service);

#endif
