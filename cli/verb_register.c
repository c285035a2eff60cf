/* smprig register: how the ring stands to the scan, with the error to expect at
 * each treated point. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "base/options.h"
#include "base/spread.h"
#include "cli/calibrate/register_picture.h"
#include "cli/verbs.h"
#include "plan/dot.h"
#include "plan/field.h"
#include "plan/scan.h"
#include "vision/calibration/check.h"
#include "vision/calibration/number_table.h"
#include "vision/calibration/registration.h"

#define PLACES_RADIUS_MM \
    60.0 /* without a plan: the scan's vertices this near to the ring's middle */

struct register_options {
    const char *scan, *ring, *landmarks, *points, *plan, *output, *errors;
    char picture[4096];
    bool is_simulated;
};

/* Everything that is read and made. */
struct registering {
    struct mesh scan;
    struct field field;
    struct tag_ring ring;
    struct landmarks landmarks;
    struct number_table points;
    struct registration registration;
    struct register_places places;
};

static const char usage[] =
    "Usage: smprig register --scan SCAN.ply --ring RING.yaml --landmarks L.yaml -o "
    "registration.yaml\n"
    "           [--points P.txt] [--plan PLAN.ply] [options]\n"
    "How the ring stands to the scan: by 4 or more named landmarks (`name, p_head_mm, p_ring_mm`), "
    "refined by\n"
    "points of the skin (`x y z`, ring frame) against the scan's surface; and the error to expect "
    "at each dot.\n\n"
    "      --errors E.csv   the expected error at each dot\n"
    "      --picture P.png  where to draw it (registration.png)\n"
    "      --simulated      mark the record\n";

/* "out/registration.yaml" gives "out/registration.png". */
static void name_picture(struct register_options *o) {
    size_t length = strlen(o->output);
    bool is_yaml = length > 5 && strcmp(o->output + length - 5, ".yaml") == 0;
    snprintf(o->picture, sizeof o->picture, "%.*s.png", (int)(is_yaml ? length - 5 : length),
             o->output);
}

static bool take_options(int argc, char **argv, struct register_options *o, int *ret_exit) {
    const char *picture = NULL;
    const struct option_row rows[] = {
        {"scan", .text = &o->scan, .is_needed = true},
        {"ring", .text = &o->ring, .is_needed = true},
        {"landmarks", .text = &o->landmarks, .is_needed = true},
        {"points", .text = &o->points},
        {"plan", .text = &o->plan},
        {"output", 'o', .text = &o->output, .is_needed = true},
        {"errors", .text = &o->errors},
        {"picture", .text = &picture},
        {"simulated", .flag = &o->is_simulated},
    };
    const struct options options = {"smprig", usage, OPTION_ROWS(rows)};
    if (!options_parse(&options, argc, argv, ret_exit)) return false;
    if (picture)
        snprintf(o->picture, sizeof o->picture, "%s", picture);
    else
        name_picture(o);
    return true;
}

static bool allocate_places(struct register_places *places, size_t most) {
    places->p_head = calloc(most + 1, sizeof *places->p_head);
    places->n_head = calloc(most + 1, sizeof *places->n_head);
    places->error_mm = calloc(most + 1, sizeof *places->error_mm);
    return places->p_head && places->n_head && places->error_mm;
}

static enum result places_of_plan(const struct register_options *o, const char *scan_sha256,
                                  struct register_places *places, struct error *err) {
    struct dot_plan plan;
    enum result result = dot_plan_read(o->plan, &plan, err);
    if (result != RESULT_OK) return result;
    if (strcmp(plan.scan_sha256, scan_sha256) != 0)
        result = error_set(err, RESULT_REFUSED, "%s was made for another scan than %s", o->plan,
                           o->scan);
    else if (!allocate_places(places, plan.dot_count))
        result = error_set(err, RESULT_NO_MEMORY, "out of memory");
    for (size_t i = 0; i < plan.dot_count && result == RESULT_OK; i++) {
        places->p_head[i] = plan.dots[i].p_head;
        places->n_head[i] = plan.dots[i].n_head;
    }
    places->count = result == RESULT_OK ? plan.dot_count : 0;
    places->what = "dots of the plan";
    dot_plan_release(&plan);
    return result;
}

static enum result places_of_scan(struct registering *r, struct error *err) {
    struct vec3 middle = {0, 0, 0};
    struct register_places *places = &r->places;
    for (uint32_t k = 0; k < r->ring.count; k++)
        middle = vec3_mad(middle, 1.0 / r->ring.count,
                          pose_apply(r->registration.T_head_ring, r->ring.tags[k].T_ring_tag.t));
    if (!allocate_places(places, r->scan.vertex_count))
        return error_set(err, RESULT_NO_MEMORY, "out of memory");
    for (uint32_t i = 0; i < r->scan.vertex_count; i++) {
        struct vec3 p = mesh_vertex(&r->scan, i);
        if (vec3_distance(p, middle) > PLACES_RADIUS_MM) continue;
        places->p_head[places->count] = p;
        places->n_head[places->count++] = vec3_unit(field_view_gradient(&r->field.view, p));
    }
    places->what = "points around the ring's middle";
    if (places->count > 0) return RESULT_OK;
    return error_set(err, RESULT_REFUSED,
                     "the scan has no skin within %.0f mm of the ring's middle", PLACES_RADIUS_MM);
}

/* From the landmarks' registration on. */
static enum result refine(const struct register_options *o, struct registering *r,
                          struct error *err) {
    enum result result = RESULT_OK;
    if (o->points != NULL) {
        struct vec3 *p = calloc(r->points.rows + 1, sizeof *p);
        if (p == NULL) return error_set(err, RESULT_NO_MEMORY, "out of memory");
        for (size_t i = 0; i < r->points.rows; i++) {
            const double *row = r->points.values + 3 * i;
            p[i] = vec3_make(row[0], row[1], row[2]);
        }
        result = register_surface(&r->landmarks, &r->field.view, p, r->points.rows,
                                  &r->registration, err);
        free(p);
    }
    return result == RESULT_OK
               ? register_check_side(&r->field.view, &r->ring, &r->registration, err)
               : result;
}

struct error_shares {
    double median_um, p95_um, most_um;
};

static enum result shares_of(const struct register_places *places, struct error_shares *ret,
                             struct error *err) {
    if (places->count == 0) return error_set(err, RESULT_REFUSED, "the plan has no dots");
    double *sorted = calloc(places->count, sizeof *sorted);
    if (sorted == NULL) return error_set(err, RESULT_NO_MEMORY, "out of memory");
    memcpy(sorted, places->error_mm, places->count * sizeof *sorted);
    spread_sort(sorted, places->count);
    ret->median_um = 1e3 * spread_quantile(sorted, places->count, 0.5);
    ret->p95_um = 1e3 * spread_quantile(sorted, places->count, 0.95);
    ret->most_um = 1e3 * sorted[places->count - 1];
    free(sorted);
    return RESULT_OK;
}

static void print_table(const struct registering *r, const struct error_shares *shares) {
    printf("  landmark                          residual/um\n");
    for (uint32_t i = 0; i < r->landmarks.count; i++)
        printf("  %-32s  %10.0f\n", r->landmarks.list[i].name,
               1e3 * r->registration.landmark_mm[i]);
    printf("  all                               %10.0f rms\n",
           1e3 * r->registration.landmark_rms_mm);
    if (r->registration.points_used > 0)
        printf("  surface, %zu points (%zu left out)  %8.0f rms\n", r->registration.points_used,
               r->registration.points_left_out, 1e3 * r->registration.surface_rms_mm);
    printf("\n  expected error at %zu %s: median %.0f um, p95 %.0f um, most %.0f um (one sigma)\n",
           r->places.count, r->places.what, shares->median_um, shares->p95_um, shares->most_um);
}

static enum result write_errors(const char *path, const struct register_places *places,
                                struct error *err) {
    struct file_writer writer;
    enum result result = file_writer_open(&writer, path, err);
    if (result != RESULT_OK) return result;
    fprintf(writer.stream, "x,y,z,error_um\n");
    for (size_t i = 0; i < places->count; i++)
        fprintf(writer.stream, "%.4f,%.4f,%.4f,%.2f\n", places->p_head[i].x, places->p_head[i].y,
                places->p_head[i].z, 1e3 * places->error_mm[i]);
    return file_writer_commit(&writer, err);
}

static enum result write_all(const struct register_options *o, const struct registering *r,
                             struct registration_file *file, struct error *err) {
    struct error_shares shares = {0};
    struct calibration_record *record = &file->records.list[0];
    enum result result = shares_of(&r->places, &shares, err);
    if (result != RESULT_OK) return result;
    file->records.count = 1;
    *record = (struct calibration_record){.step = CALIBRATION_REGISTER,
                                          .made_s = time(NULL),
                                          .samples = r->landmarks.count,
                                          .residual = 1e3 * r->registration.landmark_rms_mm,
                                          .error_um = shares.p95_um,
                                          .is_simulated = o->is_simulated};
    file->T_head_ring = r->registration.T_head_ring;
    const struct register_drawing drawing = {
        &r->scan, &r->landmarks, &r->registration, &r->places, {0, 0, 1}};
    print_table(r, &shares);
    result = registration_file_write(file, o->output, err);
    if (result == RESULT_OK && o->errors != NULL) result = write_errors(o->errors, &r->places, err);
    if (result == RESULT_OK) result = register_picture(&drawing, o->picture, err);
    if (result != RESULT_OK) return result;
    printf("  %s (at most %.0f um at p95)\n  %s\n  %s\n",
           calibration_verdict_name(calibration_judge(record, record->made_s, true)),
           calibration_limits_of(CALIBRATION_REGISTER)->error_max_um, o->output, o->picture);
    return RESULT_OK;
}

static enum result run(const struct register_options *o, struct registering *r, struct error *err) {
    struct registration_file file = {0};
    enum result result = file_sha256(o->scan, file.scan_sha256, err);
    if (result == RESULT_OK) result = file_sha256(o->ring, file.ring_sha256, err);
    if (result == RESULT_OK) result = tag_ring_read(o->ring, &r->ring, err);
    if (result == RESULT_OK) result = landmarks_read(o->landmarks, &r->landmarks, err);
    if (result == RESULT_OK && o->points != NULL)
        result = number_table_read(o->points, 3, &r->points, err);
    if (result == RESULT_OK && o->plan != NULL)
        result = places_of_plan(o, file.scan_sha256, &r->places, err);
    if (result == RESULT_OK) result = register_landmarks(&r->landmarks, &r->registration, err);
    if (result == RESULT_OK) result = scan_read(o->scan, &r->scan, err);
    if (result == RESULT_OK) result = field_of_mesh(&r->scan, REGISTER_FIELD_MM, &r->field, err);
    if (result == RESULT_OK) result = refine(o, r, err);
    if (result == RESULT_OK && o->plan == NULL) result = places_of_scan(r, err);
    for (size_t i = 0; i < r->places.count; i++)
        r->places.error_mm[i] = register_error_at(&r->registration, r->places.p_head[i]);
    return result == RESULT_OK ? write_all(o, r, &file, err) : result;
}

int verb_register(int argc, char **argv) {
    struct register_options o = {0};
    static struct registering r; /* rings are large: not on the stack */
    struct error err = {0};
    int code;
    if (!take_options(argc, argv, &o, &code)) return code;
    enum result result = run(&o, &r, &err);
    mesh_release(&r.scan);
    field_release(&r.field);
    number_table_release(&r.points);
    register_places_release(&r.places);
    return result == RESULT_OK ? EX_OK : verb_fail("register", &err);
}
