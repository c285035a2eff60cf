#include "plan/stop.h"

#include <string.h>

#include "base/text.h"

static const char *const kind_names[PLAN_STOP_KIND_COUNT] = {
    [PLAN_STOP_LOOK] = "look", [PLAN_STOP_LOAD] = "load", [PLAN_STOP_NEEDLE] = "needle"};
static const char *const place_names[PLAN_STOP_PLACE_COUNT] = {
    [PLAN_STOP_HERE] = "here", [PLAN_STOP_PARK] = "park", [PLAN_STOP_CUP] = "cup"};

const char *plan_stop_kind_name(enum plan_stop_kind kind) {
    return (unsigned)kind < PLAN_STOP_KIND_COUNT ? kind_names[kind] : "unknown";
}

const char *plan_stop_place_name(enum plan_stop_place place) {
    return (unsigned)place < PLAN_STOP_PLACE_COUNT ? place_names[place] : "unknown";
}

void plan_stop_print(const struct plan_stop *stop, FILE *stream) {
    fprintf(stream, "comment stop %u %s %s", stop->before,
            plan_stop_kind_name((enum plan_stop_kind)stop->kind),
            plan_stop_place_name((enum plan_stop_place)stop->place));
    for (size_t i = 0; stop->place == PLAN_STOP_CUP && i < stop->cup_count; i++)
        fprintf(stream, "%c%.6g", i ? ',' : ':', stop->cup[i]);
    fprintf(stream, " %s\n", stop->text);
}

/* Index of a word, count when it is none of them. */
static uint8_t find_word(const char *const *words, uint8_t count, const char *word) {
    uint8_t i = 0;
    while (i < count && strcmp(words[i], word) != 0) i++;
    return i;
}

/* "cup:150,20,-30,0,0": cuts the word at its colon. */
static bool take_cup(char *place, struct plan_stop *stop) {
    char *rest = strchr(place, ':'), *number;
    if (!rest) return strcmp(place, plan_stop_place_name(PLAN_STOP_CUP)) != 0;
    *rest++ = '\0';
    while ((number = strsep(&rest, ",")))
        if (stop->cup_count >= PLAN_STOP_AXES_MAX ||
            text_to_double(number, &stop->cup[stop->cup_count++]) != RESULT_OK)
            return false;
    return strcmp(place, plan_stop_place_name(PLAN_STOP_CUP)) == 0;
}

bool plan_stop_parse(const char *line, struct plan_stop *ret_stop) {
    struct plan_stop stop = {0};
    char kind[16], place[128];
    int text_at = 0;
    if (sscanf(line, "comment stop %u %15s %127s %n", &stop.before, kind, place, &text_at) != 3 ||
        text_at == 0 || !take_cup(place, &stop))
        return false;
    stop.kind = find_word(kind_names, PLAN_STOP_KIND_COUNT, kind);
    stop.place = find_word(place_names, PLAN_STOP_PLACE_COUNT, place);
    if (stop.kind == PLAN_STOP_KIND_COUNT || stop.place == PLAN_STOP_PLACE_COUNT ||
        text_copy(stop.text, sizeof stop.text, line + text_at) != RESULT_OK)
        return false;
    *ret_stop = stop;
    return true;
}
