/* The API's answers about what is known: events, dots, the head, the cases. */
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "controller/daemon/api_calls.h"
#include "controller/daemon/daemon.h"

/* So few that an answer costs the loop a few milliseconds at most. */
#define DOTS_AN_ANSWER 500
#define NUMBERS_AN_ANSWER 6000
#define CASES_MAX 500

API_RUN(run_events) {
    const struct daemon *daemon = call->context;
    (void)err;
    json_t *list = json_array();
    uint64_t first = (uint64_t)json_integer_value(json_object_get(call->params, "after")) + 1;
    if (first < event_log_first(&daemon->log)) first = event_log_first(&daemon->log);
    for (uint64_t number = first; number <= daemon->log.last_number; number++) {
        const struct event_line *line = event_log_at(&daemon->log, number);
        json_array_append_new(
            list, json_pack("{s:I, s:I, s:s, s:s}", "number", (json_int_t)line->number, "unix_ms",
                            (json_int_t)line->unix_ms, "level", event_level_name(line->level),
                            "text", line->text));
    }
    *ret_result = list;
    return RESULT_OK;
}

API_RUN(run_dots) {
    const struct daemon *daemon = call->context;
    enum result result = daemon_need_case(daemon, err);
    if (result != RESULT_OK) return result;
    const struct dot_plan *plan = &daemon->opened->plan;
    size_t first = (size_t)json_integer_value(json_object_get(call->params, "first"));
    json_t *dots = json_array();
    for (size_t i = first; i < plan->dot_count && i < first + DOTS_AN_ANSWER; i++) {
        const struct dot *d = &plan->dots[i];
        json_array_append_new(
            dots, json_pack("[I, f, f, f, f, f, f, i, i, i, i, i]", (json_int_t)d->id, d->p_head.x,
                            d->p_head.y, d->p_head.z, d->n_head.x, d->n_head.y, d->n_head.z,
                            (int)d->depth_um, (int)d->diameter_um, (int)d->zone, (int)d->layer,
                            (int)d->shade));
    }
    *ret_result =
        json_pack("{s:I, s:I, s:[ssssssssssss], s:o}", "count", (json_int_t)plan->dot_count,
                  "first", (json_int_t)first, "columns", "id", "x_mm", "y_mm", "z_mm", "nx", "ny",
                  "nz", "depth_um", "diameter_um", "zone", "layer", "shade", "dots", dots);
    return RESULT_OK;
}

API_RUN(run_fates) {
    static const char letters[FATE_COUNT] = {
        [FATE_PENDING] = 'p', [FATE_DONE] = 'd', [FATE_SKIPPED] = 's', [FATE_DOUBTFUL] = 'x'};
    const struct daemon *daemon = call->context;
    enum result result = daemon_need_case(daemon, err);
    if (result != RESULT_OK) return result;
    size_t count = daemon->opened->plan.dot_count;
    char *text = malloc(count + 1);
    if (!text) return error_set(err, RESULT_NO_MEMORY, "out of memory");
    for (size_t i = 0; i < count; i++)
        text[i] = daemon->opened->is_later[i] ? 'l' : letters[daemon->opened->fates[i]];
    *ret_result = json_stringn(text, count);
    free(text);
    return RESULT_OK;
}

API_RUN(run_head) {
    const struct daemon *daemon = call->context;
    const char *part = api_text(call, "part");
    bool wants_positions = strcmp(part, "positions") == 0;
    enum result result = daemon_need_case(daemon, err);
    if (result != RESULT_OK) return result;
    if (!wants_positions && strcmp(part, "triangles") != 0)
        return error_set(err, RESULT_INVALID, "part must be positions or triangles");
    const struct mesh *mesh = page_head_mesh(daemon->page_head);
    if (!mesh)
        return error_set(err, RESULT_REFUSED, "the head is still being made ready; ask again");
    size_t first = (size_t)json_integer_value(json_object_get(call->params, "first"));
    size_t count = 3 * (wants_positions ? mesh->vertex_count : mesh->triangle_count);
    json_t *list = json_array();
    for (size_t i = first; i < count && i < first + NUMBERS_AN_ANSWER; i++)
        json_array_append_new(list, wants_positions ? json_real((double)mesh->positions[i])
                                                    : json_integer((json_int_t)mesh->triangles[i]));
    *ret_result = json_pack("{s:I, s:I, s:o}", "count", (json_int_t)count, "first",
                            (json_int_t)first, "numbers", list);
    return RESULT_OK;
}

API_RUN(run_cases) {
    const struct daemon *daemon = call->context;
    const char *folder = daemon->options.cases_path;
    (void)err;
    json_t *list = json_array();
    DIR *listing = folder ? opendir(folder) : NULL;
    const struct dirent *item;
    while (listing && json_array_size(list) < CASES_MAX && (item = readdir(listing))) {
        struct case_files files;
        struct stat about;
        if (case_files_of(folder, item->d_name, &files, NULL) == RESULT_OK &&
            stat(files.plan_path, &about) == 0)
            json_array_append_new(list, json_string(item->d_name));
    }
    if (listing) closedir(listing);
    *ret_result = list;
    return RESULT_OK;
}
