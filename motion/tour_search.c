/* Sequential moves: links are removed and added in turn, t0-t1 removed, t1-t2 added, t2-t3 removed
 * and so on, each partial sum a gain (Lin and Kernighan 1973), and the chain is closed as soon as
 * that shortens the tour and leaves it one tour. Nothing is written until then; a move then
 * rewrites all stretches but the longest. */
#include <stdlib.h>
#include <string.h>

#include "motion/tour_private.h"

#define GAIN_LEAST 1e-7
#define LOG_WORDS (1u << 18)
/* Neighbours tried for the link added at each depth. */
static const uint32_t breadths[TOUR_DEPTH] = {8, 6, 4, 2, 1};

static uint32_t after(const struct tour_search *search, uint32_t node) {
    uint32_t position = search->place[node] + 1;
    return search->at[position == search->count ? 0 : position];
}

static uint32_t before(const struct tour_search *search, uint32_t node) {
    uint32_t position = search->place[node];
    return search->at[position == 0 ? search->count - 1 : position - 1];
}

void tour_search_push(struct tour_search *search, uint32_t node) {
    if (search->is_queued[node]) return;
    search->is_queued[node] = true;
    uint32_t last = search->queue_first + search->queue_count++;
    search->queue[last < search->count ? last : last - search->count] = node;
}

static uint32_t pop(struct tour_search *search) {
    uint32_t node = search->queue[search->queue_first++];
    if (search->queue_first == search->count) search->queue_first = 0;
    search->queue_count--;
    search->is_queued[node] = false;
    return node;
}

/* --- one tour or several --- */

/* The removed links by position. */
static void sort_cuts(const struct tour_search *search, uint32_t links, struct tour_cut *cuts) {
    for (uint32_t i = 0; i < links; i++) {
        uint32_t a = 2 * i, b = a + 1;
        bool is_forward = after(search, search->slots[a]) == search->slots[b];
        struct tour_cut cut = {search->place[search->slots[is_forward ? a : b]], is_forward ? a : b,
                               is_forward ? b : a};
        uint32_t k = i;
        for (; k > 0 && cuts[k - 1].position > cut.position; k--) cuts[k] = cuts[k - 1];
        cuts[k] = cut;
    }
}

/* Follow the stretches between cuts and the added links (slot 1 to 2, 3 to 4, .., the last to 0);
 * false when they do not make one tour. */
static bool arrange(const struct tour_search *search, uint32_t links,
                    struct tour_piece pieces[TOUR_DEPTH]) {
    struct tour_cut cuts[TOUR_DEPTH];
    uint32_t far_end[2 * TOUR_DEPTH], stretch[2 * TOUR_DEPTH]; /* by slot */
    bool is_head[2 * TOUR_DEPTH];
    sort_cuts(search, links, cuts);
    for (uint32_t i = 0; i < links; i++) {
        uint32_t head = cuts[i].after, tail = cuts[i + 1 < links ? i + 1 : 0].before;
        far_end[head] = tail, far_end[tail] = head;
        stretch[head] = stretch[tail] = i;
        is_head[head] = true, is_head[tail] = false;
    }
    uint32_t entry = cuts[0].after;
    for (uint32_t i = 0; i < links; i++) {
        uint32_t k = stretch[entry], next = k + 1 < links ? k + 1 : 0;
        uint32_t first = cuts[k].position + 1, end = cuts[next].position + 1;
        pieces[i] = (struct tour_piece){first == search->count ? 0 : first,
                                        end > first ? end - first : end + search->count - first,
                                        !is_head[entry]};
        uint32_t exit = far_end[entry];
        uint32_t linked = exit & 1 ? exit + 1 : exit - 1; /* of the added link; exit 0: wraps */
        entry = exit == 0 ? 2 * links - 1 : linked == 2 * links ? 0 : linked;
        if (entry == cuts[0].after) return i + 1 == links;
    }
    return false;
}

/* --- writing --- */

static void write_node(struct tour_search *search, uint32_t position, uint32_t node) {
    search->at[position] = node;
    search->place[node] = position;
}

static uint32_t wrap(const struct tour_search *search, uint32_t position) {
    return position < search->count ? position : position - search->count;
}

static void note(struct tour_search *search, uint32_t first, uint32_t length) {
    if (!search->is_logging) return;
    for (uint32_t i = 0; i < length; i++)
        search->log[search->log_count++] = search->at[wrap(search, first + i)];
    search->log[search->log_count++] = first;
    search->log[search->log_count++] = length;
}

void tour_search_undo(struct tour_search *search) {
    while (search->log_count) {
        uint32_t length = search->log[--search->log_count];
        uint32_t first = search->log[--search->log_count];
        search->log_count -= length;
        for (uint32_t i = 0; i < length; i++)
            write_node(search, wrap(search, first + i), search->log[search->log_count + i]);
    }
}

/* Turn the cycle of pieces so that the longest stands first and is not turned. */
static void put_longest_first(struct tour_piece *pieces, uint32_t count) {
    struct tour_piece turned[TOUR_DEPTH] = {{0}};
    uint32_t longest = 0;
    for (uint32_t i = 1; i < count; i++)
        if (pieces[i].length > pieces[longest].length) longest = i;
    bool is_backward = pieces[longest].is_turned;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t from = (longest + (is_backward ? count - i : i)) % count;
        turned[i] = pieces[from];
        turned[i].is_turned = pieces[from].is_turned != is_backward;
    }
    memcpy(pieces, turned, count * sizeof *pieces);
}

/* Write the pieces behind the first, which stays. false when that is more than may be written. */
static bool write_pieces(struct tour_search *search, struct tour_piece *pieces, uint32_t count) {
    put_longest_first(pieces, count);
    uint32_t position = wrap(search, pieces[0].first + pieces[0].length), i = 1, length = 0;
    while (i < count && !pieces[i].is_turned && pieces[i].first == position) {
        position = wrap(search, position + pieces[i].length); /* it stays as well */
        i++;
    }
    for (uint32_t k = i; k < count; k++) length += pieces[k].length;
    if (length > search->rewrite_max) return false;
    if (search->is_logging && search->log_count + length + 2 > LOG_WORDS) return false;
    note(search, position, length);
    uint32_t *out = search->scratch;
    for (; i < count; i++)
        for (uint32_t k = 0; k < pieces[i].length; k++) {
            uint32_t from = pieces[i].is_turned ? pieces[i].length - 1 - k : k;
            *out++ = search->at[wrap(search, pieces[i].first + from)];
        }
    for (uint32_t k = 0; k < length; k++)
        write_node(search, wrap(search, position + k), search->scratch[k]);
    return true;
}

/* Close the chain of so many removed links, when that leaves one tour. */
static bool close_chain(struct tour_search *search, uint32_t links) {
    struct tour_piece pieces[TOUR_DEPTH];
    if (!arrange(search, links, pieces) || !write_pieces(search, pieces, links)) return false;
    for (uint32_t i = 0; i < 2 * links; i++) tour_search_push(search, search->slots[i]);
    return true;
}

/* --- searching --- */

/* Whether a and b are joined by a removed link (first 0: t1 t2, t3 t4 ..) or by an added one (first
 * 1: t2 t3, t4 t5 ..). */
static bool is_link(const struct tour_search *search, uint32_t first, uint32_t links, uint32_t a,
                    uint32_t b) {
    const uint32_t *t = search->slots;
    for (uint32_t i = first; i + 1 < 2 * links; i += 2)
        if ((t[i] == a && t[i + 1] == b) || (t[i] == b && t[i + 1] == a)) return true;
    return false;
}

static double extend(struct tour_search *search, uint32_t links, double gain);

/* Add the link to t2, remove one of t2's: both ways. The gain of the move that was
 * made, 0: none. */
static double try_link(struct tour_search *search, uint32_t links, uint32_t t2, double gain) {
    uint32_t *t = search->slots;
    for (int side = 0; side < 2; side++) {
        uint32_t t3 = side ? before(search, t2) : after(search, t2);
        if (t3 == t[0] || is_link(search, 0, links, t2, t3)) continue;
        double removed = gain + tour_cost(search->space, t2, t3);
        double closed = removed - tour_cost(search->space, t3, t[0]);
        t[2 * links] = t2, t[2 * links + 1] = t3;
        if (closed > GAIN_LEAST && close_chain(search, links + 1)) return closed;
        if (links + 1 == TOUR_DEPTH) continue;
        double found = extend(search, links + 1, removed);
        if (found > 0) return found;
    }
    return 0;
}

static double extend(struct tour_search *search, uint32_t links, double gain) {
    const struct tour_space *space = search->space;
    uint32_t t1 = search->slots[2 * links - 1], next = after(search, t1),
             previous = before(search, t1);
    const struct tour_near *near = space->near + (size_t)t1 * TOUR_NEIGHBOURS;
    for (uint32_t k = 0; k < breadths[links - 1]; k++) {
        double left = gain - (double)near[k].cost;
        if (!(left > GAIN_LEAST)) return 0;
        uint32_t t2 = near[k].node;
        if (t2 == next || t2 == previous || is_link(search, 1, links, t1, t2)) continue;
        if (tour_avoids(space)) left -= tour_avoidance_cost(space, t1, t2);
        if (!(left > GAIN_LEAST)) continue;
        double found = try_link(search, links, t2, left);
        if (found > 0) return found;
    }
    return 0;
}

static double improve(struct tour_search *search, uint32_t node) {
    for (int side = 0; side < 2; side++) {
        search->slots[0] = node;
        search->slots[1] = side ? before(search, node) : after(search, node);
        double gain = tour_cost(search->space, node, search->slots[1]);
        double found = extend(search, 1, gain);
        if (found > 0) return found;
    }
    return 0;
}

double tour_search_run(struct tour_search *search) {
    double saved = 0;
    while (search->queue_count) {
        uint32_t node = pop(search);
        for (double gain; (gain = improve(search, node)) > 0;) saved += gain;
    }
    return saved;
}

bool tour_search_kick(struct tour_search *search, uint32_t from, uint32_t a, uint32_t b,
                      double *ret_saving) {
    const struct tour_space *space = search->space;
    uint32_t p = wrap(search, from + a), q = wrap(search, p + b), *t = search->slots;
    t[0] = search->at[from], t[1] = after(search, t[0]);
    t[4] = search->at[p], t[5] = after(search, t[4]);
    t[3] = search->at[q], t[2] = after(search, t[3]);
    /* Slots in an order in which 1-2, 3-4 and 5-0 are the added links of the swap. */
    const uint32_t order[6] = {t[0], t[1], t[3], t[2], t[4], t[5]};
    memcpy(t, order, sizeof order);
    double saving = tour_cost(space, t[0], t[1]) + tour_cost(space, t[2], t[3]) +
                    tour_cost(space, t[4], t[5]) - tour_cost(space, t[1], t[2]) -
                    tour_cost(space, t[3], t[4]) - tour_cost(space, t[5], t[0]);
    if (!(saving > -TOUR_CLOSING_GAIN / 2)) return false;
    *ret_saving = saving;
    return close_chain(search, 3);
}

enum result tour_search_init(struct tour_search *search, const struct tour_space *space) {
    size_t n = space->count + !space->is_closed;
    *search =
        (struct tour_search){.space = space, .count = (uint32_t)n, .rewrite_max = (uint32_t)n};
    search->at = calloc(n, sizeof *search->at);
    search->place = calloc(n, sizeof *search->place);
    search->queue = calloc(n, sizeof *search->queue);
    search->is_queued = calloc(n, sizeof *search->is_queued);
    search->scratch = calloc(n, sizeof *search->scratch);
    search->log = calloc(LOG_WORDS, sizeof *search->log);
    if (search->at && search->place && search->queue && search->is_queued && search->scratch &&
        search->log)
        return RESULT_OK;
    tour_search_release(search);
    return RESULT_NO_MEMORY;
}

void tour_search_release(struct tour_search *search) {
    free(search->at);
    free(search->place);
    free(search->queue);
    free(search->is_queued);
    free(search->scratch);
    free(search->log);
    *search = (struct tour_search){0};
}
