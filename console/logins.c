#include "console/logins.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "base/clock.h"

enum result token_make(char ret_token[TOKEN_SIZE]) {
    unsigned char bytes[(TOKEN_SIZE - 1) / 2];
    if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes) return RESULT_IO;
    for (size_t i = 0; i < sizeof bytes; i++) snprintf(ret_token + 2 * i, 3, "%02x", bytes[i]);
    return RESULT_OK;
}

bool token_equal(const char *a, const char *b) {
    size_t length = strlen(a);
    unsigned different = 0;
    if (length == 0 || strlen(b) != length) return false; /* lengths are no secret */
    for (size_t i = 0; i < length; i++) different |= (unsigned)(a[i] ^ b[i]);
    return different == 0;
}

static void hash_token(const char *token, char ret_hash[SHA256_HEX_SIZE]) {
    data_sha256(token, strlen(token), ret_hash);
}

enum result logins_make_one_time(struct logins *logins, int64_t now_ns,
                                 char ret_token[TOKEN_SIZE]) {
    enum result result = token_make(ret_token);
    if (result != RESULT_OK) return result;
    hash_token(ret_token, logins->one_time_sha256);
    logins->one_time_ends_ns = now_ns + ONE_TIME_LASTS_S * NS_PER_S;
    return RESULT_OK;
}

bool logins_take_one_time(struct logins *logins, const char *token, int64_t now_ns) {
    char hash[SHA256_HEX_SIZE];
    hash_token(token, hash);
    bool is_right = token_equal(logins->one_time_sha256, hash) && now_ns < logins->one_time_ends_ns;
    if (is_right) logins->one_time_sha256[0] = '\0';
    return is_right;
}

bool logins_may_try(const struct logins *logins, int64_t now_ns) {
    size_t oldest = (logins->newest_failure + 1) % LOGIN_TRIES_MAX;
    int64_t failed_ns = logins->failed_ns[oldest];
    return failed_ns == 0 || now_ns - failed_ns > LOGIN_TRIES_S * NS_PER_S;
}

void logins_note_failure(struct logins *logins, int64_t now_ns) {
    logins->newest_failure = (logins->newest_failure + 1) % LOGIN_TRIES_MAX;
    logins->failed_ns[logins->newest_failure] = now_ns;
}

static struct login *free_slot(struct logins *logins, int64_t now_ns) {
    struct login *oldest = &logins->list[0];
    for (size_t i = 0; i < LOGINS_MAX; i++) {
        struct login *login = &logins->list[i];
        if (!login->token_sha256[0] || login->ends_ns <= now_ns) return login;
        if (login->ends_ns < oldest->ends_ns) oldest = login;
    }
    return oldest;
}

enum result logins_begin(struct logins *logins, const char *name, enum api_role role,
                         int64_t now_ns, char ret_token[TOKEN_SIZE],
                         const struct login **ret_login) {
    struct login login = {.role = role, .ends_ns = now_ns + LOGIN_LASTS_S * NS_PER_S};
    char token[TOKEN_SIZE];
    if (token_make(token) != RESULT_OK || token_make(login.csrf) != RESULT_OK) return RESULT_IO;
    hash_token(token, login.token_sha256);
    snprintf(login.name, sizeof login.name, "%s", name);
    struct login *slot = free_slot(logins, now_ns);
    *slot = login;
    memcpy(ret_token, token, sizeof token);
    *ret_login = slot;
    return RESULT_OK;
}

static size_t find_slot(const struct logins *logins, const char *token) {
    char hash[SHA256_HEX_SIZE];
    size_t i = 0;
    hash_token(token, hash);
    while (i < LOGINS_MAX && !token_equal(logins->list[i].token_sha256, hash)) i++;
    return i;
}

const struct login *logins_find(const struct logins *logins, const char *token, int64_t now_ns) {
    size_t i = find_slot(logins, token);
    return i < LOGINS_MAX && logins->list[i].ends_ns > now_ns ? &logins->list[i] : NULL;
}

void logins_note_fault(struct logins *logins, const char *token, int64_t now_ns) {
    size_t i = find_slot(logins, token);
    if (i == LOGINS_MAX) return;
    struct login *login = &logins->list[i];
    if (now_ns - login->fault_ns > LOGIN_FAULTS_S * NS_PER_S) {
        login->fault_ns = now_ns;
        login->faults = 0;
    }
    if (++login->faults < LOGIN_FAULTS_MAX) return;
    login->faults = 0;
    login->waits_ns = now_ns + LOGIN_WAITS_S * NS_PER_S;
}

void logins_end(struct logins *logins, const char *token) {
    size_t i = find_slot(logins, token);
    if (i < LOGINS_MAX) logins->list[i] = (struct login){0};
}
