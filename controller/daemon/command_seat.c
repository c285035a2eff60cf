#include "controller/daemon/command_seat.h"

#include <stdio.h>

#include "base/clock.h"

bool command_is_taken(const struct command_seat *seat) {
    return seat->holder.name[0] != '\0';
}

bool command_is_held_by(const struct command_seat *seat, const struct api_caller *caller) {
    return command_is_taken(seat) && caller->channel == seat->holder.channel;
}

static struct command_person person_of(const struct api_caller *caller) {
    struct command_person person = {.channel = caller->channel};
    snprintf(person.name, sizeof person.name, "%s", caller->name);
    return person;
}

static void seat_person(struct command_seat *seat, struct command_person person, int64_t now_ns) {
    *seat = (struct command_seat){.holder = person, .since_ns = now_ns, .beat_ns = now_ns};
}

enum result command_take(struct command_seat *seat, const struct api_caller *caller, bool by_force,
                         int64_t now_ns, struct error *err) {
    if (caller->channel == 0)
        return error_set(err, RESULT_REFUSED, "only a page with a heartbeat takes command");
    if (command_is_held_by(seat, caller)) return RESULT_OK;
    bool may_force = by_force && caller->role >= ROLE_SUPERVISOR;
    if (command_is_taken(seat) && !may_force) {
        seat->asking = person_of(caller);
        return error_set(err, RESULT_REFUSED, "%s is in command and was asked to hand it over%s",
                         seat->holder.name,
                         by_force ? "; only a supervisor takes it by force" : "");
    }
    seat_person(seat, person_of(caller), now_ns);
    return RESULT_OK;
}

enum result command_give(struct command_seat *seat, const struct api_caller *caller, int64_t now_ns,
                         struct error *err) {
    if (!command_is_held_by(seat, caller))
        return error_set(err, RESULT_REFUSED, "%s is not in command", caller->name);
    seat_person(seat, seat->asking, now_ns);
    return RESULT_OK;
}

void command_beat(struct command_seat *seat, const struct api_caller *caller, int64_t now_ns) {
    if (command_is_held_by(seat, caller)) seat->beat_ns = now_ns;
}

bool command_tick(struct command_seat *seat, int64_t now_ns, struct command_person *ret_lost) {
    if (!command_is_taken(seat) || now_ns - seat->beat_ns <= COMMAND_SILENCE_MAX_MS * NS_PER_MS)
        return false;
    *ret_lost = seat->holder;
    *seat = (struct command_seat){0};
    return true;
}

enum result command_allows(const struct command_seat *seat, const struct api_caller *caller,
                           struct error *err) {
    if (command_is_held_by(seat, caller)) return RESULT_OK;
    if (command_is_taken(seat))
        return error_set(err, RESULT_REFUSED, "%s is in command", seat->holder.name);
    if (caller->channel != 0)
        return error_set(err, RESULT_REFUSED, "nobody is in command: take command first");
    return RESULT_OK;
}
