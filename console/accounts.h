/* The people who may log in: a text file, one a line, `name role $argon2id$...`; comments begin
 * with a hash. Passwords are kept as argon2id hashes alone (RFC 9106). */
#ifndef SMPRIG_CONSOLE_ACCOUNTS_H
#define SMPRIG_CONSOLE_ACCOUNTS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/result.h"
#include "controller/daemon/api_role.h"

#define ACCOUNTS_MAX 64
#define ACCOUNT_NAME_MAX 32
#define ACCOUNT_HASH_MAX 128
#define PASSWORD_LEAST 10
#define PASSWORD_MAX 128

struct account {
    char name[ACCOUNT_NAME_MAX];
    enum api_role role;
    char hash[ACCOUNT_HASH_MAX]; /* encoded, with its salt and costs */
};

struct accounts {
    struct account list[ACCOUNTS_MAX];
    size_t count;
};

/* RESULT_FORMAT with `file:line: what`; RESULT_NOT_FOUND, RESULT_IO. */
MUST_USE enum result accounts_read(const char *path, struct accounts *ret_accounts,
                                   struct error *err);
/* Add or change one, whole or not at all; the file is made when there is none (mode 0600). */
MUST_USE enum result accounts_set(const char *path, const char *name, enum api_role role,
                                  const char *password, struct error *err);
const struct account *accounts_find(const struct accounts *accounts, const char *name);
/* Takes about as long for a name that does not exist (NULL). Some 0.2 s: not for the loop. */
bool account_matches(const struct account *account, const char *password);

#endif
