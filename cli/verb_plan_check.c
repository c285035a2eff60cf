/* smprig plan check: a plan zone by zone and session by session; the dots that must not be struck
 * by their numbers. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/options.h"
#include "cli/verbs.h"
#include "plan/check.h"
#include "plan/design.h"
#include "plan/field.h"

#define FAULTS_SHOWN 20
#define BAR_WIDTH 30

struct check_options {
    const char *plan, *scan, *design;
    bool is_json;
};

/* Dots per cm^2 that the design wants in the zone; 0 without a design, or a zone of another. */
static double wanted_density(const struct design *design, const char *zone) {
    for (size_t i = 0; i < design->zone_count; i++)
        if (strcmp(design->zones[i].name, zone) == 0) return design->zones[i].density_per_cm2;
    return 0;
}

static void print_pitches(const struct plan_check_zone *zone) {
    size_t most = 1;
    for (int b = 0; b < PLAN_CHECK_BINS; b++)
        if (zone->pitch_bins[b] > most) most = zone->pitch_bins[b];
    for (int b = 0; b < PLAN_CHECK_BINS; b++) {
        if (zone->pitch_bins[b] == 0) continue;
        int width = (int)((zone->pitch_bins[b] * BAR_WIDTH + most - 1) / most);
        printf("    %s %.1f mm %6zu %.*s\n", b + 1 == PLAN_CHECK_BINS ? ">=" : "  ",
               b * PLAN_CHECK_BIN_MM, zone->pitch_bins[b], width, "##############################");
    }
}

static void print_zone(const struct plan_check_zone *zone, const char *name, double wanted) {
    static const char *const regions[REGION_COUNT] = {"anterior", "temporal", "posterior"};
    if (zone->dots == 0) {
        printf("%s: no dots\n", name);
        return;
    }
    printf("%s: %zu dots, %.0f/cm2", name, zone->dots, zone->density_per_cm2);
    if (wanted > 0)
        printf(" of %.0f wanted (%+.0f %%)", wanted, 100 * (zone->density_per_cm2 / wanted - 1));
    printf("\n  blue noise: radius %.2f, variation %.2f\n", zone->radius, zone->variation);
    printf("  depth %d to %d um: at most %.0f %% of the %s skin, %.0f um thick\n",
           zone->depth_least_um, zone->depth_most_um, 100 * zone->skin_share_most,
           zone->region < REGION_COUNT ? regions[zone->region] : "unknown",
           plan_skin_thickness_um(zone->region));
    printf("  nearest dot: least %.2f, median %.2f mm\n", zone->pitch_least_mm,
           zone->pitch_median_mm);
    print_pitches(zone);
}

static void print_layer(const struct dot_plan *plan, const struct plan_check_layer *layer,
                        size_t number) {
    int minutes = (int)(layer->length_s / 60 + 0.5);
    printf("session %zu: %zu dots, about %d:%02d h of striking, %.2f ml of pigment:", number,
           layer->dots, minutes / 60, minutes % 60, layer->pigment_ul / 1000);
    for (size_t s = 0; s < plan->shade_count; s++)
        if (layer->shades[s])
            printf(" %s %.0f %%", plan->shade_names[s],
                   100.0 * (double)layer->shades[s] / (double)layer->dots);
    putchar('\n');
}

static size_t all_faults(const struct plan_check *check) {
    size_t count = 0;
    for (int k = 0; k < PLAN_FAULT_COUNT; k++) count += check->fault_counts[k];
    return count;
}

static void print_fault(const struct plan_fault *fault) {
    printf("  dot %u: ", fault->dot);
    if (fault->kind == PLAN_FAULT_KEEP_OUT)
        printf("%s (number %u)\n", plan_fault_text(fault->kind), fault->other);
    else if (fault->kind == PLAN_FAULT_PITCH)
        printf("%.2f %s, %u; %.2f at least\n", fault->value, plan_fault_text(fault->kind),
               fault->other, fault->limit);
    else
        printf("%.4g %s (%g)\n", fault->value, plan_fault_text(fault->kind), fault->limit);
}

static void print_check(const struct dot_plan *plan, const struct design *design,
                        const struct plan_check *check) {
    for (size_t i = 0; i < plan->zone_count; i++)
        print_zone(&check->zones[i], plan->zone_names[i],
                   wanted_density(design, plan->zone_names[i]));
    for (size_t i = 0; i < check->layer_count; i++) print_layer(plan, &check->layers[i], i + 1);
    printf("keep-outs: %zu of %zu dots inside one of %zu\n",
           check->fault_counts[PLAN_FAULT_KEEP_OUT], plan->dot_count, plan->keep_out_count);
    for (size_t i = 0; i < check->fault_count && i < FAULTS_SHOWN; i++)
        print_fault(&check->faults[i]);
    if (all_faults(check) > FAULTS_SHOWN)
        printf("  and %zu more: --json names them\n", all_faults(check) - FAULTS_SHOWN);
}

static json_t *json_of_zone(const struct plan_check_zone *zone, const char *name, double wanted) {
    json_t *bins = json_array();
    for (int b = 0; b < PLAN_CHECK_BINS; b++)
        json_array_append_new(bins, json_integer((json_int_t)zone->pitch_bins[b]));
    json_t *object = json_pack(
        "{s:s, s:I, s:I, s:f, s:f, s:f, s:f, s:f, s:f, s:i, s:i, s:f, s:o}", "name", name, "dots",
        (json_int_t)zone->dots, "faults", (json_int_t)zone->faults, "density_per_cm2",
        zone->density_per_cm2, "density_wanted_per_cm2", wanted, "pitch_least_mm",
        zone->pitch_least_mm, "pitch_median_mm", zone->pitch_median_mm, "blue_noise_radius",
        zone->radius, "blue_noise_variation", zone->variation, "depth_least_um",
        (int)zone->depth_least_um, "depth_most_um", (int)zone->depth_most_um, "skin_share_most",
        zone->skin_share_most, "pitch_bins_100um", bins);
    return object;
}

static json_t *json_of_layer(const struct dot_plan *plan, const struct plan_check_layer *layer) {
    json_t *shades = json_object();
    for (size_t s = 0; s < plan->shade_count; s++)
        json_object_set_new(shades, plan->shade_names[s],
                            json_integer((json_int_t)layer->shades[s]));
    return json_pack("{s:I, s:f, s:f, s:o}", "dots", (json_int_t)layer->dots, "length_s",
                     layer->length_s, "pigment_ul", layer->pigment_ul, "shades", shades);
}

static void print_json(const struct dot_plan *plan, const struct design *design,
                       const struct plan_check *check) {
    json_t *zones = json_array(), *layers = json_array(), *faults = json_array();
    for (size_t i = 0; i < plan->zone_count; i++)
        json_array_append_new(zones, json_of_zone(&check->zones[i], plan->zone_names[i],
                                                  wanted_density(design, plan->zone_names[i])));
    for (size_t i = 0; i < check->layer_count; i++)
        json_array_append_new(layers, json_of_layer(plan, &check->layers[i]));
    for (size_t i = 0; i < check->fault_count; i++) {
        const struct plan_fault *f = &check->faults[i];
        json_t *object = json_pack("{s:s, s:I, s:f, s:f}", "kind", plan_fault_name(f->kind), "dot",
                                   (json_int_t)f->dot, "value", f->value, "limit", f->limit);
        if (f->other != UINT32_MAX)
            json_object_set_new(object, f->kind == PLAN_FAULT_KEEP_OUT ? "keep_out" : "other_dot",
                                json_integer((json_int_t)f->other));
        json_array_append_new(faults, object);
    }
    json_t *root =
        json_pack("{s:b, s:I, s:I, s:o, s:o, s:o}", "may_be_struck", all_faults(check) == 0, "dots",
                  (json_int_t)plan->dot_count, "fault_count", (json_int_t)all_faults(check),
                  "zones", zones, "sessions", layers, "faults", faults);
    json_dumpf(root, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
    putchar('\n');
    json_decref(root);
}

static enum result run_check(const struct check_options *options, struct error *err) {
    struct dot_plan plan = {0};
    struct design design = {0};
    struct field field = {0};
    struct plan_check check = {0};
    enum result result = dot_plan_read(options->plan, &plan, err);
    if (result == RESULT_OK) result = verb_check_scan(&plan, options->plan, options->scan, err);
    if (result == RESULT_OK && options->design) result = design_read(options->design, &design, err);
    if (result == RESULT_OK) result = field_of_scan(options->scan, &field, err);
    if (result == RESULT_OK) result = plan_check(&plan, &field.view, &check, err);
    if (result == RESULT_OK) {
        if (options->is_json)
            print_json(&plan, &design, &check);
        else
            print_check(&plan, &design, &check);
        if (all_faults(&check) > 0)
            result = error_set(err, RESULT_REFUSED,
                               "%s: %zu faults, the first at dot %u: it must "
                               "not be struck",
                               options->plan, all_faults(&check), check.faults[0].dot);
    }
    plan_check_release(&check);
    field_release(&field);
    design_release(&design);
    dot_plan_release(&plan);
    return result;
}

static const char usage[] =
    "Usage: smprig plan check --plan PLAN.ply --scan SCAN.ply [--design DESIGN.yaml] [--json]\n"
    "Tells a plan's zones (density, pitches, blue noise, depth in the skin) and sessions\n"
    "(length, shades, pigment), and names the dots that must not be struck; the exit code\n"
    "is 69 then. --design adds the density that was wanted. docs/case.md explains it.\n";

int verb_plan_check(int argc, char **argv) {
    struct check_options o = {0};
    const struct option_row rows[] = {
        {"plan", .text = &o.plan, .is_needed = true},
        {"scan", .text = &o.scan, .is_needed = true},
        {"design", .text = &o.design},
        {"json", .flag = &o.is_json},
    };
    const struct options options = {"smprig plan", usage, OPTION_ROWS(rows)};
    struct error err = {0};
    int code;
    if (!options_parse(&options, argc, argv, &code)) return code;
    return run_check(&o, &err) == RESULT_OK ? EX_OK : verb_fail("plan check", &err);
}
