#include "controller/daemon/striker_intent.h"

void intent_void(struct striker *striker, struct outbox *outbox, int64_t now_ns) {
    if (striker->kept.entry)
        outbox_entry(outbox, JOURNAL_VOID, striker->setup.plan->dots[striker->kept.index].id,
                     now_ns, "stopped before the strike was sent");
    striker->kept = (struct striker_intent){0};
}

void intent_keep(struct striker *striker, struct outbox *outbox, int64_t now_ns) {
    struct striker_aim *aim = &striker->aim;
    if (!aim->intent) return;
    striker->kept = (struct striker_intent){aim->index, aim->intent};
    if (striker->durable >= aim->intent) intent_void(striker, outbox, now_ns);
    aim->intent = 0;
}

bool intent_is_late(struct striker *striker, uint32_t index, struct outbox *outbox,
                    int64_t now_ns) {
    if (striker->kept.index != index) intent_void(striker, outbox, now_ns);
    return striker->durable < striker->kept.entry;
}

uint64_t intent_take(struct striker *striker, uint32_t index, struct outbox *outbox,
                     int64_t now_ns) {
    uint64_t kept = striker->kept.entry;
    striker->kept = (struct striker_intent){0};
    if (kept) return kept;
    return outbox_entry(outbox, JOURNAL_INTENT, striker->setup.plan->dots[index].id, now_ns, "");
}
