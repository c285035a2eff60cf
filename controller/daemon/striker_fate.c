/* What becomes of a dot by another word than the needle's: left out, or decided by an operator. */
#include "controller/daemon/striker_fate.h"

#include "controller/daemon/striker_intent.h"

void striker_set_fate(struct striker *striker, uint32_t index, enum dot_fate fate) {
    striker->fates[index] = (uint8_t)fate;
    striker->done_count += fate == FATE_DONE;
    striker->skipped_count += fate == FATE_SKIPPED;
    striker->doubtful_count += fate == FATE_DOUBTFUL;
}

void striker_doubt(struct striker *striker, uint32_t index, const char *why, struct outbox *outbox,
                   int64_t now_ns) {
    outbox_entry(outbox, JOURNAL_DOUBTFUL, striker->setup.plan->dots[index].id, now_ns, why);
    striker_set_fate(striker, index, FATE_DOUBTFUL);
}

void striker_skip(struct striker *striker, uint32_t index, const char *why, struct outbox *outbox,
                  int64_t now_ns) {
    bool is_struck_now = striker->strike.is_running && striker->strike.index == index;
    if (striker->fates[index] != FATE_PENDING || is_struck_now) return;
    if (striker->aim.stage != AIM_NONE && striker->aim.index == index) {
        if (striker->aim.stage == AIM_STRIKING) return; /* too late: the guard has it */
        striker_stop(striker, outbox, now_ns);
    }
    if (striker->kept.index == index) intent_void(striker, outbox, now_ns);
    outbox_entry(outbox, JOURNAL_SKIPPED, striker->setup.plan->dots[index].id, now_ns, why);
    striker_set_fate(striker, index, FATE_SKIPPED);
}

void striker_decide(struct striker *striker, uint32_t index, enum dot_fate fate, const char *note,
                    struct outbox *outbox, int64_t now_ns) {
    static const enum journal_kind kinds[FATE_COUNT] = {[FATE_PENDING] = JOURNAL_REOPENED,
                                                        [FATE_DONE] = JOURNAL_CONFIRMED,
                                                        [FATE_SKIPPED] = JOURNAL_SKIPPED};
    if (striker->fates[index] != FATE_DOUBTFUL || fate == FATE_DOUBTFUL || fate >= FATE_COUNT)
        return;
    /* The rule book: what is skipped was pending. */
    if (fate == FATE_SKIPPED)
        outbox_entry(outbox, JOURNAL_REOPENED, striker->setup.plan->dots[index].id, now_ns, note);
    outbox_entry(outbox, kinds[fate], striker->setup.plan->dots[index].id, now_ns, note);
    striker->doubtful_count -= striker->doubtful_count > 0;
    striker->fates[index] = (uint8_t)fate; /* the counts are of what this run has struck */
}

size_t striker_pending_count(const struct striker *striker) {
    size_t count = 0;
    for (size_t i = 0; i < striker->setup.plan->dot_count; i++)
        count += striker->fates[i] == FATE_PENDING;
    return count;
}
