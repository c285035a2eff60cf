#include "plan/dot.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

const double dot_depth_ceiling_um[REGION_COUNT] = {1000, 1150, 1250};

#define PLAN_FILE_BYTES_MAX (64u << 20)
#define RECORD_BYTES 39u
#define KEEP_OUT_BYTES 16u
#define KEEP_OUT_RADIUS_MAX_MM 100.0
#define NORMAL_TOLERANCE 1e-3

static const char properties[] =
    "property uint id\nproperty float x\nproperty float y\nproperty float z\n"
    "property float nx\nproperty float ny\nproperty float nz\n"
    "property ushort depth_um\nproperty ushort diameter_um\nproperty uchar zone\n"
    "property uchar region\nproperty uchar layer\nproperty uchar shade\n"
    "property uchar red\nproperty uchar green\nproperty uchar blue\n";
static const char keep_out_properties[] =
    "property float x\nproperty float y\nproperty float z\nproperty float radius_mm\n"
    "end_header\n";

static void put_record(const struct dot_plan *plan, const struct dot *dot,
                       unsigned char record[RECORD_BYTES]) {
    float p[6] = {(float)dot->p_head.x, (float)dot->p_head.y, (float)dot->p_head.z,
                  (float)dot->n_head.x, (float)dot->n_head.y, (float)dot->n_head.z};
    memcpy(record, &dot->id, 4);
    memcpy(record + 4, p, 24);
    memcpy(record + 28, &dot->depth_um, 2);
    memcpy(record + 30, &dot->diameter_um, 2);
    record[32] = dot->zone;
    record[33] = dot->region;
    record[34] = dot->layer;
    record[35] = dot->shade;
    memcpy(record + 36, plan->shade_rgb[dot->shade], 3);
}

enum result dot_plan_write(const struct dot_plan *plan, const char *path, struct error *err) {
    struct file_writer writer;
    enum result result = file_writer_open(&writer, path, err);
    if (result != RESULT_OK) return result;
    fprintf(writer.stream,
            "ply\nformat binary_little_endian 1.0\ncomment smprig dot plan 2\n"
            "comment scan_sha256 %s\n",
            plan->scan_sha256);
    for (size_t i = 0; i < plan->zone_count; i++)
        fprintf(writer.stream, "comment zone %zu %s\n", i, plan->zone_names[i]);
    for (size_t i = 0; i < plan->shade_count; i++)
        fprintf(writer.stream, "comment shade %zu %02x%02x%02x %s\n", i, plan->shade_rgb[i][0],
                plan->shade_rgb[i][1], plan->shade_rgb[i][2], plan->shade_names[i]);
    for (size_t i = 0; i < plan->stop_count; i++) plan_stop_print(&plan->stops[i], writer.stream);
    fprintf(writer.stream, "element vertex %zu\n%selement keep_out %zu\n%s", plan->dot_count,
            properties, plan->keep_out_count, keep_out_properties);
    for (size_t i = 0; i < plan->dot_count; i++) {
        unsigned char record[RECORD_BYTES];
        put_record(plan, &plan->dots[i], record);
        fwrite(record, 1, sizeof record, writer.stream);
    }
    for (size_t i = 0; i < plan->keep_out_count; i++) {
        const struct keep_out *k = &plan->keep_outs[i];
        float ball[4] = {(float)k->p_head.x, (float)k->p_head.y, (float)k->p_head.z,
                         (float)k->radius_mm};
        fwrite(ball, sizeof ball, 1, writer.stream);
    }
    return file_writer_commit(&writer, err);
}

/* The header's next line, its newline cut off; NULL at the end. */
static char *next_line(char **at) {
    char *line = *at, *end = line ? strchr(line, '\n') : NULL;
    if (!end) return NULL;
    *end = '\0';
    *at = end + 1;
    return line;
}

/* "comment zone 0 crown": indexes rise from 0, names fit. */
static bool take_name(const char *line, const char *word, size_t *count, size_t most,
                      char names[][DOT_PLAN_NAME_MAX]) {
    char prefix[48];
    int length = snprintf(prefix, sizeof prefix, "comment %s %zu ", word, *count);
    if (*count >= most || strncmp(line, prefix, (size_t)length) != 0) return false;
    if (text_copy(names[*count], DOT_PLAN_NAME_MAX, line + length) != RESULT_OK) return false;
    (*count)++;
    return true;
}

/* "comment shade 0 5a5048 light" */
static bool take_shade(const char *line, struct dot_plan *plan) {
    unsigned rgb[3];
    char without_colour[128];
    size_t number = 0;
    int name_at = 0;
    if (plan->shade_count >= DOT_PLAN_SHADES_MAX ||
        sscanf(line, "comment shade %zu %2x%2x%2x %n", &number, &rgb[0], &rgb[1], &rgb[2],
               &name_at) != 4)
        return false;
    for (int c = 0; c < 3; c++) plan->shade_rgb[plan->shade_count][c] = (uint8_t)rgb[c];
    snprintf(without_colour, sizeof without_colour, "comment shade %zu %s", number, line + name_at);
    return take_name(without_colour, "shade", &plan->shade_count, DOT_PLAN_SHADES_MAX,
                     plan->shade_names);
}

/* "comment stop 340 load park ...", in the order of the dots. */
static bool take_stop(const char *line, struct dot_plan *plan) {
    struct plan_stop stop;
    if (plan->stop_count >= PLAN_STOPS_MAX || !plan_stop_parse(line, &stop)) return false;
    if (plan->stop_count && stop.before < plan->stops[plan->stop_count - 1].before) return false;
    if (!plan->stops) plan->stops = calloc(PLAN_STOPS_MAX, sizeof *plan->stops);
    if (!plan->stops) return false;
    plan->stops[plan->stop_count++] = stop;
    return true;
}

/* Reads up to `element vertex`; returns where the records begin, NULL with err when it
 * is no plan. */
static const char *read_header(const char *path, char *text, struct dot_plan *plan,
                               struct error *err) {
    char *at = text, *line = next_line(&at);
    if (!line || strcmp(line, "ply") != 0) goto refuse;
    line = next_line(&at);
    if (!line || strcmp(line, "format binary_little_endian 1.0") != 0) goto refuse;
    line = next_line(&at);
    if (!line || strcmp(line, "comment smprig dot plan 2") != 0) goto refuse;
    line = next_line(&at);
    if (!line || sscanf(line, "comment scan_sha256 %64[0-9a-f]", plan->scan_sha256) != 1 ||
        strlen(plan->scan_sha256) != 64)
        goto refuse;
    while ((line = next_line(&at)) && strncmp(line, "comment ", 8) == 0)
        if (!take_name(line, "zone", &plan->zone_count, DOT_PLAN_ZONES_MAX, plan->zone_names) &&
            !take_shade(line, plan) && !take_stop(line, plan))
            goto refuse;
    if (!line || sscanf(line, "element vertex %zu", &plan->dot_count) != 1 ||
        plan->dot_count > DOT_PLAN_DOTS_MAX)
        goto refuse;
    if (strncmp(at, properties, sizeof properties - 1) != 0) goto refuse;
    at += sizeof properties - 1;
    line = next_line(&at);
    if (!line || sscanf(line, "element keep_out %zu", &plan->keep_out_count) != 1 ||
        plan->keep_out_count > DOT_PLAN_KEEP_OUTS_MAX)
        goto refuse;
    if (strncmp(at, keep_out_properties, sizeof keep_out_properties - 1) != 0) goto refuse;
    return at + sizeof keep_out_properties - 1;
refuse:
    error_set(err, RESULT_FORMAT,
              "%s: not a dot plan of smprig (docs/formats.md); make one with smprig plan", path);
    return NULL;
}

static enum result take_record(const char *record, struct dot_plan *plan, struct dot *dot) {
    float p[6];
    memcpy(&dot->id, record, 4);
    memcpy(p, record + 4, 24);
    dot->p_head = vec3_make((double)p[0], (double)p[1], (double)p[2]);
    dot->n_head = vec3_make((double)p[3], (double)p[4], (double)p[5]);
    memcpy(&dot->depth_um, record + 28, 2);
    memcpy(&dot->diameter_um, record + 30, 2);
    dot->zone = (uint8_t)record[32];
    dot->region = (uint8_t)record[33];
    dot->layer = (uint8_t)record[34];
    dot->shade = (uint8_t)record[35];
    bool is_right = vec3_is_finite(dot->p_head) &&
                    fabs(vec3_norm(dot->n_head) - 1.0) <= NORMAL_TOLERANCE &&
                    dot->zone < plan->zone_count && dot->shade < plan->shade_count &&
                    dot->region < REGION_COUNT;
    dot->n_head = vec3_unit(dot->n_head);
    return is_right ? RESULT_OK : RESULT_RANGE;
}

static enum result take_keep_out(const char *record, struct keep_out *keep_out) {
    float ball[4];
    memcpy(ball, record, sizeof ball);
    keep_out->p_head = vec3_make((double)ball[0], (double)ball[1], (double)ball[2]);
    keep_out->radius_mm = (double)ball[3];
    bool is_right = vec3_is_finite(keep_out->p_head) && keep_out->radius_mm > 0 &&
                    keep_out->radius_mm <= KEEP_OUT_RADIUS_MAX_MM;
    return is_right ? RESULT_OK : RESULT_RANGE;
}

/* The records after the header; dots and keep_outs of the plan are allocated here. */
static enum result take_records(const char *path, const char *records, struct dot_plan *plan,
                                struct error *err) {
    plan->dots = calloc(plan->dot_count + 1, sizeof *plan->dots);
    plan->keep_outs = calloc(plan->keep_out_count + 1, sizeof *plan->keep_outs);
    if (!plan->dots || !plan->keep_outs)
        return error_set(err, RESULT_NO_MEMORY, "%s: out of memory", path);
    for (size_t i = 0; i < plan->dot_count; i++, records += RECORD_BYTES)
        if (take_record(records, plan, &plan->dots[i]) != RESULT_OK)
            return error_set(err, RESULT_RANGE,
                             "%s: dot %zu has a number or an index that is out of range", path, i);
    for (size_t i = 0; i < plan->keep_out_count; i++, records += KEEP_OUT_BYTES)
        if (take_keep_out(records, &plan->keep_outs[i]) != RESULT_OK)
            return error_set(err, RESULT_RANGE, "%s: keep-out %zu is no ball of up to %g mm", path,
                             i, KEEP_OUT_RADIUS_MAX_MM);
    if (plan->stop_count && plan->stops[plan->stop_count - 1].before >= plan->dot_count)
        return error_set(err, RESULT_RANGE, "%s: a stop stands behind the last dot", path);
    return RESULT_OK;
}

static int compare_ids(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static enum result check_ids(const char *path, const struct dot_plan *plan, struct error *err) {
    uint32_t *ids = calloc(plan->dot_count + 1, sizeof *ids);
    enum result result = RESULT_OK;
    if (!ids) return error_set(err, RESULT_NO_MEMORY, "%s: out of memory", path);
    for (size_t i = 0; i < plan->dot_count; i++) ids[i] = plan->dots[i].id;
    qsort(ids, plan->dot_count, sizeof *ids, compare_ids);
    for (size_t i = 1; i < plan->dot_count && result == RESULT_OK; i++)
        if (ids[i] == ids[i - 1])
            result = error_set(err, RESULT_FORMAT, "%s: dot %u stands twice", path, ids[i]);
    free(ids);
    return result;
}

enum result dot_plan_read(const char *path, struct dot_plan *ret_plan, struct error *err) {
    struct dot_plan plan = {0};
    char *text = NULL;
    size_t size = 0;
    enum result result = file_read(path, PLAN_FILE_BYTES_MAX, &text, &size, err);
    if (result != RESULT_OK) return result;
    result = RESULT_FORMAT;
    const char *records = read_header(path, text, &plan, err);
    if (!records) goto out;
    size_t left = size - (size_t)(records - text);
    size_t expected = plan.dot_count * RECORD_BYTES + plan.keep_out_count * KEEP_OUT_BYTES;
    if (left != expected) {
        error_set(err, result,
                  "%s: %zu bytes of dots and keep-outs, expected %zu: the file is cut or damaged",
                  path, left, expected);
        goto out;
    }
    result = take_records(path, records, &plan, err);
    if (result == RESULT_OK) result = check_ids(path, &plan, err);
    if (result == RESULT_OK) {
        *ret_plan = plan;
        plan = (struct dot_plan){0};
    }
out:
    dot_plan_release(&plan);
    free(text);
    return result;
}

void dot_plan_release(struct dot_plan *plan) {
    free(plan->dots);
    free(plan->keep_outs);
    free(plan->stops);
    *plan = (struct dot_plan){0};
}

size_t dot_plan_find(const struct dot_plan *plan, int64_t id) {
    size_t i = 0;
    while (i < plan->dot_count && (int64_t)plan->dots[i].id != id) i++;
    return i;
}

int dot_plan_keep_out_at(const struct dot_plan *plan, struct vec3 p_head) {
    for (size_t i = 0; i < plan->keep_out_count; i++) {
        const struct keep_out *k = &plan->keep_outs[i];
        if (!(vec3_distance(p_head, k->p_head) > k->radius_mm)) return (int)i;
    }
    return -1;
}
