/* What the console knows of the daemon, so that a page that comes late is told at once and the
 * daemon is asked only once: the state put together from its changes, the dots and the head as the
 * page draws them, the newest log lines. */
#ifndef SMPRIG_CONSOLE_MIRROR_H
#define SMPRIG_CONSOLE_MIRROR_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MIRROR_LINES_MAX 200
#define MIRROR_DOT_COLUMNS 12

enum mirror_part { MIRROR_FATES, MIRROR_DOTS, MIRROR_POSITIONS, MIRROR_TRIANGLES, MIRROR_WHOLE };

struct mirror {
    json_t *state, *info, *methods; /* NULL: not known yet */
    json_t *lines;                  /* array, oldest first */
    char plan_sha256[65];           /* of what follows; "": nothing */
    enum mirror_part missing;       /* what is asked for next */
    char *fates;                    /* a letter a dot */
    float *dots;                    /* MIRROR_DOT_COLUMNS a dot */
    size_t dot_count, dots_known;
    float *positions;    /* 3 a vertex */
    uint32_t *triangles; /* 3 a triangle */
    size_t vertex_count, triangle_count;
    size_t numbers_known; /* of the part that is being asked for */
};

void mirror_init(struct mirror *mirror);
void mirror_release(struct mirror *mirror);
/* Nothing is known any more: the daemon has gone. */
void mirror_forget(struct mirror *mirror);

/* Take the changed part of the state; true when another plan is open than the one mirrored. */
bool mirror_take_state(struct mirror *mirror, json_t *changes);
void mirror_take_line(struct mirror *mirror, json_t *line);
void mirror_take_fates(struct mirror *mirror, json_t *changes);
/* Begin anew with the open plan. */
void mirror_begin_case(struct mirror *mirror);
/* The answer to what is missing; false when it is malformed. */
bool mirror_take_part(struct mirror *mirror, json_t *answer);
/* The method and its params (a new reference) that bring what is missing; NULL when it is whole. */
const char *mirror_ask(const struct mirror *mirror, json_t **ret_params);

/* The row of a method, NULL. */
const json_t *mirror_method(const struct mirror *mirror, const char *name);

#endif
