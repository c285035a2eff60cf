/* The stops of an order: new needles and sectors stand where they begin; loads are placed by a
 * shortest path over all dots (dynamic programming), so that no load is longer than allowed and
 * the whole costs the least. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "motion/schedule.h"
#include "motion/time_model.h"
#include "plan/stop.h"

struct writer {
    struct dot_plan *plan;
    const struct schedule *schedule;
    const struct work *work;
    const struct rig *rig;
    const struct axes *axes;
    struct schedule_stops stops;
};

/* What going away before dot i and coming back costs beyond the straight way. */
static double detour_s(const struct writer *writer, size_t i, int place) {
    struct axes away = {0};
    if (i == 0 || place == PLAN_STOP_HERE) return 0;
    memcpy(away.q, writer->rig->park, sizeof away.q);
    if (place == PLAN_STOP_CUP) away = work_cup(writer->work, writer->rig);
    const struct axes *before = &writer->axes[i - 1], *after = &writer->axes[i];
    return time_model_travel_s(writer->rig, before, &away) +
           time_model_travel_s(writer->rig, &away, after) -
           time_model_travel_s(writer->rig, before, after);
}

static bool begins_sector(const struct schedule *schedule, size_t i) {
    return i > 0 && schedule->sectors[i] != schedule->sectors[i - 1];
}

/* is_begun[i]: a needle begins its work or its second life before dot i. */
static size_t place_needles(const struct writer *writer, bool *is_begun) {
    const struct schedule *schedule = writer->schedule;
    size_t count = 0, life = 0, most = writer->work->needle_dots_max;
    bool counts = schedule->needle_count > 1 || most > 0;
    for (size_t i = 0; i < schedule->dot_count && counts; i++) {
        bool is_other = i > 0 && schedule->needles[i] != schedule->needles[i - 1];
        is_begun[i] = i == 0 || is_other || (most > 0 && life == most);
        if (is_begun[i]) count++, life = 0;
        life++;
    }
    return count;
}

/* is_begun[i]: a load begins before dot i. cost[i] is the least that loads cost when one begins at
 * i; candidates for its predecessor stand in a monotone queue. RESULT_NO_MEMORY alone fails. */
static enum result place_loads(const struct writer *writer, bool *is_begun, size_t *ret_count) {
    size_t n = writer->schedule->dot_count, most = writer->work->load_dots_max, first = 0, last = 0;
    *ret_count = 0;
    if (most == 0) return RESULT_OK;
    double *cost = calloc(n + 1, sizeof *cost);
    uint32_t *from = calloc(n + 1, sizeof *from), *queue = calloc(n + 1, sizeof *queue);
    if (cost && from && queue) {
        for (size_t i = 1; i <= n; i++) {
            while (last > first && cost[queue[last - 1]] >= cost[i - 1]) last--;
            queue[last++] = (uint32_t)(i - 1);
            if (queue[first] + most < i) first++;
            from[i] = queue[first];
            bool stops_anyhow = i < n && begins_sector(writer->schedule, i);
            double own_s = stops_anyhow ? 0 : writer->work->sector_pause_s;
            cost[i] = cost[from[i]];
            if (i < n)
                cost[i] +=
                    writer->work->load_pause_s + own_s + detour_s(writer, i, writer->work->load_at);
        }
        for (size_t i = n; i > 0; i = from[i]) is_begun[from[i]] = true, (*ret_count)++;
    }
    bool has_memory = cost && from && queue;
    free(cost);
    free(from);
    free(queue);
    return has_memory ? RESULT_OK : RESULT_NO_MEMORY;
}

static struct plan_stop *add(struct writer *writer, size_t before, enum plan_stop_kind kind,
                             int place) {
    struct plan_stop *stop = &writer->plan->stops[writer->plan->stop_count++];
    *stop = (struct plan_stop){
        .before = (uint32_t)before, .kind = (uint8_t)kind, .place = (uint8_t)place};
    return stop;
}

static size_t length_of(const bool *is_begun, size_t first, size_t count) {
    size_t end = first + 1;
    while (end < count && !is_begun[end]) end++;
    return end - first;
}

static void write_stops(struct writer *writer, const bool *needles, const bool *loads) {
    const struct schedule *schedule = writer->schedule;
    const struct work *work = writer->work;
    size_t needle = 0, load = 0, sector = 0, n = schedule->dot_count;
    for (size_t i = 0; i < n; i++) {
        const struct dot *dot = &writer->plan->dots[i];
        bool is_away = false;
        if (begins_sector(schedule, i) || (i == 0 && schedule->sector_count > 1)) sector++;
        if (begins_sector(schedule, i)) {
            struct plan_stop *stop = add(writer, i, PLAN_STOP_LOOK, PLAN_STOP_PARK);
            snprintf(stop->text, sizeof stop->text, "wipe and look; sector %zu of %zu is next",
                     sector, schedule->sector_count);
            writer->stops.pause_s += work->sector_pause_s;
            is_away = true;
        }
        if (needles[i]) {
            struct plan_stop *stop = add(writer, i, PLAN_STOP_NEEDLE, PLAN_STOP_PARK);
            snprintf(stop->text, sizeof stop->text, "needle %zu of %zu: %s", ++needle,
                     writer->stops.needles,
                     work->needle_per == WORK_NEEDLE_PER_ZONE
                         ? writer->plan->zone_names[dot->zone]
                         : writer->plan->shade_names[dot->shade]);
            writer->stops.pause_s += work->needle_pause_s;
            is_away = true;
        }
        if (loads[i]) {
            struct plan_stop *stop = add(writer, i, PLAN_STOP_LOAD, work->load_at);
            memcpy(stop->cup, work->cup, sizeof stop->cup);
            stop->cup_count = work->cup_count;
            snprintf(stop->text, sizeof stop->text, "pigment for %zu dots: load %zu of %zu",
                     length_of(loads, i, n), ++load, writer->stops.loads);
            writer->stops.pause_s += work->load_pause_s;
        }
        if (is_away || loads[i])
            writer->stops.travel_s += detour_s(writer, i, is_away ? PLAN_STOP_PARK : work->load_at);
    }
}

enum result schedule_stops(struct dot_plan *plan, const struct schedule *schedule,
                           const struct work *work, const struct rig *rig, const struct axes *axes,
                           struct schedule_stops *ret_stops) {
    struct writer writer = {
        .plan = plan, .schedule = schedule, .work = work, .rig = rig, .axes = axes};
    size_t n = schedule->dot_count;
    bool *needles = calloc(n + 1, sizeof *needles), *loads = calloc(n + 1, sizeof *loads);
    enum result result = needles && loads ? RESULT_OK : RESULT_NO_MEMORY;
    if (result == RESULT_OK) {
        writer.stops.needles = place_needles(&writer, needles);
        result = place_loads(&writer, loads, &writer.stops.loads);
    }
    for (size_t i = 1; i < n && result == RESULT_OK; i++)
        writer.stops.looks += begins_sector(schedule, i);
    size_t count = writer.stops.needles + writer.stops.loads + writer.stops.looks;
    if (result == RESULT_OK && count > PLAN_STOPS_MAX) result = RESULT_LIMIT;
    struct plan_stop *stops = result == RESULT_OK ? calloc(count + 1, sizeof *stops) : NULL;
    if (result == RESULT_OK && !stops) result = RESULT_NO_MEMORY;
    if (result == RESULT_OK) {
        free(plan->stops);
        plan->stops = stops;
        plan->stop_count = 0;
        write_stops(&writer, needles, loads);
        *ret_stops = writer.stops;
    }
    free(needles);
    free(loads);
    return result;
}
