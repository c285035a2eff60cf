/* A technician's session with the board: doctor, setup, home, jog, park, probe. A step function as
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
    SERVICE_TASK_PROBE, /* twice, fast then slow; the needle retracted before and after */
    SERVICE_TASK_JOG,
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
    bool is_rig_empty; /* the operator's word */
    double probe_mm;   /* PROBE: stroke to go at most; 0: the rig's whole */
};

#define SERVICE_LINES_MAX 64

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
    struct service_clearance clearance;
    int64_t now_ns, phase_ns;
    int step;         /* of the task; SETUP: index of the next setting */
    int idle_reports; /* in a row, since the step was answered */
    int written, rounds;
    bool has_asked;    /* the step is under way */
    bool needs_unlock; /* a probe's alarm locked the board */
    double contacts_mm[2];
    bool has_contact, was_touching; /* was_touching: before the search began (ALARM:4) */
    char key;                       /* that is held, '\0': none */
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
 * cancelled when they stop, change, or it is a blank. 'q' ends. */
void service_on_key(struct service *service, char key, int64_t now_ns);
/* End what runs: jog cancelled, probing or travel held and flushed, needle retracted. */
void service_stop(struct service *service, int64_t now_ns);

size_t service_take_port_bytes(struct service *service, void *buffer, size_t size);
bool service_take_line(struct service *service, char ret_line[LINK_TEXT_MAX]);
int64_t service_next_ns(const struct service *service);

#endif
