/* Checks passwords in a thread of its own: argon2 takes a fifth of a second, and the loop carries
 * heartbeats. One at a time; who comes meanwhile is told to try again. */
#ifndef SMPRIG_CONSOLE_LOGIN_WORKER_H
#define SMPRIG_CONSOLE_LOGIN_WORKER_H

#include <stdbool.h>
#include <stdint.h>

#include "console/accounts.h"

struct login_worker;

struct login_verdict {
    uint64_t ticket; /* of the question */
    bool is_right;
    char name[ACCOUNT_NAME_MAX];
    enum api_role role;
};

/* `wake` is called from the thread when a verdict is there. */
MUST_USE enum result login_worker_create(const struct accounts *accounts,
                                         void (*wake)(void *context), void *context,
                                         struct login_worker **ret_worker, struct error *err);
void login_worker_destroy(struct login_worker **worker);
/* False when it is busy. */
bool login_worker_ask(struct login_worker *worker, uint64_t ticket, const char *name,
                      const char *password);
bool login_worker_take(struct login_worker *worker, struct login_verdict *ret_verdict);

#endif
