#include "controller/guard/service_print.h"
#include "base/spread.h"

#include <math.h>

#include "controller/link/words.h"

#define OFFSET_TOLERANCE 1e-3

size_t service_count_differences(const struct service *service, bool is_must_only) {
    const struct link_setting *settings = NULL;
    size_t count = link_settings(&service->link, &settings), found = 0;
    for (size_t i = 0; i < count; i++)
        found += !settings[i].agrees && (!is_must_only || settings[i].want.level == SETTING_MUST);
    return found + (link_work_offset(&service->link) > OFFSET_TOLERANCE);
}

static double median_round_trip_ms(const struct service *service) {
    double copy[sizeof service->round_trip_ms / sizeof *service->round_trip_ms];
    size_t count = service->round_trips;
    if (count == 0) return (double)NAN;
    for (size_t i = 0; i < count; i++) copy[i] = service->round_trip_ms[i];
    spread_sort(copy, count);
    return spread_median(copy, count);
}

static const char *verdict(const struct link_setting *setting) {
    if (setting->agrees) return "ok";
    if (!setting->is_listed) return "absent";
    return setting->want.level == SETTING_MUST ? "WRONG" : "better";
}

/* $23 and $44 to $49 are sets of axes: their letters say more than a number. */
static bool is_axis_set(int number) {
    return number == 23 || (number >= 44 && number <= 49);
}

static void print_value(const struct service *service, int number, double value, char *text,
                        size_t size) {
    const char *axes = link_board(&service->link)->axes;
    int bits = (int)value;
    size_t length = (size_t)snprintf(text, size, "%.6g", value);
    if (!is_axis_set(number) || bits == 0 || length + LINK_AXES_MAX + 2 > size) return;
    text[length++] = ' ';
    for (int i = 0; axes[i]; i++)
        if (bits >> i & 1) text[length++] = axes[i];
    text[length] = '\0';
}

static void print_wanted(const struct service *service, const struct setting_want *want, char *text,
                         size_t size) {
    const char *kind = want->rule == SETTING_HAS_BITS     ? "with "
                       : want->rule == SETTING_LACKS_BITS ? "without "
                                                          : "";
    char value[24];
    print_value(service, want->number, want->value, value, sizeof value);
    snprintf(text, size, "%s%s", kind, value);
}

static void print_setting(const struct service *service, const struct link_setting *setting,
                          FILE *stream) {
    const struct setting_want *want = &setting->want;
    const char *what = words_of_setting(want->number);
    char wanted[32], name[48], value[24] = "-";
    print_wanted(service, want, wanted, sizeof wanted);
    snprintf(name, sizeof name, "%s%s%c", what ? what : "?", want->axis ? ", " : "",
             want->axis ? want->axis : ' ');
    if (setting->is_listed) print_value(service, want->number, setting->value, value, sizeof value);
    fprintf(stream, "  $%-4d %-34s %12s %14s  %-6s %s\n", want->number, name, value, wanted,
            verdict(setting), setting->agrees ? "" : want->why);
}

void service_print_table(const struct service *service, FILE *stream) {
    const struct link_board *board = link_board(&service->link);
    const struct link_setting *settings = NULL;
    size_t count = link_settings(&service->link, &settings);
    if (board->version[0])
        fprintf(stream, "board     %s %s, axes %s, %d planner blocks, %d bytes of receive buffer\n",
                board->is_grblhal ? "grblHAL" : "Grbl", board->version, board->axes,
                board->planner_blocks, board->rx_bytes);
    if (service->round_trips)
        fprintf(stream, "answers   a report takes %.1f ms there and back (median of %zu)\n",
                median_round_trip_ms(service), service->round_trips);
    if (count == 0) return;
    fprintf(stream, "\n  %-5s %-34s %12s %14s\n", "", "", "board", "rig file");
    for (size_t i = 0; i < count; i++) print_setting(service, &settings[i], stream);
    if (link_work_offset(&service->link) > OFFSET_TOLERANCE)
        fprintf(stream, "  %-5s %-34s %12.3f %14s  WRONG  every command would be shifted\n", "$#",
                "work offsets", link_work_offset(&service->link), "0");
    fputc('\n', stream);
}

static void json_text(const char *text, FILE *stream) {
    fputc('"', stream);
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\')
            fprintf(stream, "\\%c", c);
        else if (c < 0x20 || c >= 0x7f)
            fprintf(stream, "\\u%04x", c);
        else
            fputc(c, stream);
    }
    fputc('"', stream);
}

static void json_setting(const struct link_setting *setting, FILE *stream) {
    const struct setting_want *want = &setting->want;
    static const char *const rules[] = {"equals", "has-bits", "lacks-bits"};
    fprintf(stream,
            "{\"number\":%d,\"agrees\":%s,\"level\":\"%s\",\"rule\":\"%s\",\"wanted\":%.10g",
            want->number, setting->agrees ? "true" : "false",
            want->level == SETTING_MUST ? "must" : "should", rules[want->rule], want->value);
    if (setting->is_listed) fprintf(stream, ",\"board\":%.10g", setting->value);
    if (want->axis) fprintf(stream, ",\"axis\":\"%c\"", want->axis);
    fputs(",\"why\":", stream);
    json_text(want->why, stream);
    fputc('}', stream);
}

void service_print_json(const struct service *service, FILE *stream) {
    const struct link_board *board = link_board(&service->link);
    const struct link_setting *settings = NULL;
    size_t count = link_settings(&service->link, &settings);
    fputs("{\"version\":", stream);
    json_text(board->version, stream);
    fputs(",\"axes\":", stream);
    json_text(board->axes, stream);
    fprintf(stream, ",\"planner_blocks\":%d,\"rx_bytes\":%d,\"work_offset\":%.4f",
            board->planner_blocks, board->rx_bytes, link_work_offset(&service->link));
    if (service->round_trips)
        fprintf(stream, ",\"round_trip_ms\":%.2f", median_round_trip_ms(service));
    fputs(",\"settings\":[", stream);
    for (size_t i = 0; i < count; i++) {
        if (i) fputc(',', stream);
        json_setting(&settings[i], stream);
    }
    fprintf(stream, "],\"is_rig\":%s,\"text\":", service->outcome == RESULT_OK ? "true" : "false");
    json_text(service->text, stream);
    fputs("}\n", stream);
}

void service_print_settings(const struct service *service, FILE *stream) {
    const struct board_setting *all = NULL;
    size_t count = link_all_settings(&service->link, &all);
    for (size_t i = 0; i < count; i++) fprintf(stream, "$%d=%.10g\n", all[i].number, all[i].value);
}
