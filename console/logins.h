/* Who is logged in: tokens in cookies, one against forged requests beside each, and how often
 * somebody may try. Tokens are kept as hashes alone. Time is an argument. */
#ifndef SMPRIG_CONSOLE_LOGINS_H
#define SMPRIG_CONSOLE_LOGINS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/file.h"
#include "console/accounts.h"

#define LOGINS_MAX 64
#define TOKEN_SIZE 65 /* 32 random bytes in hex, and the NUL */
/* A login ends after so long, used or not. */
#define LOGIN_LASTS_S (12 * 3600)
/* Failed tries, and within how long: more wait. */
#define LOGIN_TRIES_MAX 5
#define LOGIN_TRIES_S 60
#define ONE_TIME_LASTS_S 900
/* Pages of one login closed for what they sent, and within how long: it opens no more
 * for a while. */
#define LOGIN_FAULTS_MAX 20
#define LOGIN_FAULTS_S 10
#define LOGIN_WAITS_S 10

struct login {
    char token_sha256[SHA256_HEX_SIZE]; /* "": free */
    char csrf[TOKEN_SIZE];
    char name[ACCOUNT_NAME_MAX];
    enum api_role role;
    int64_t ends_ns;
    int64_t fault_ns, waits_ns; /* the first of its `faults`; until when it waits */
    unsigned faults;
};

struct logins {
    struct login list[LOGINS_MAX];
    int64_t failed_ns[LOGIN_TRIES_MAX]; /* when the last tries failed */
    size_t newest_failure;
    char one_time_sha256[SHA256_HEX_SIZE]; /* "": none */
    int64_t one_time_ends_ns;
};

/* 64 random hex digits. RESULT_IO when the system has no random numbers. */
MUST_USE enum result token_make(char ret_token[TOKEN_SIZE]);
/* Same text, in a time that does not tell where they differ. */
bool token_equal(const char *a, const char *b);

/* A login that works once, for who started the console. */
MUST_USE enum result logins_make_one_time(struct logins *logins, int64_t now_ns,
                                          char ret_token[TOKEN_SIZE]);
bool logins_take_one_time(struct logins *logins, const char *token, int64_t now_ns);

/* Whether somebody may try a password now. */
bool logins_may_try(const struct logins *logins, int64_t now_ns);
void logins_note_failure(struct logins *logins, int64_t now_ns);

/* A new login; the oldest gives way when all are taken. The token goes to the browser alone. */
MUST_USE enum result logins_begin(struct logins *logins, const char *name, enum api_role role,
                                  int64_t now_ns, char ret_token[TOKEN_SIZE],
                                  const struct login **ret_login);
const struct login *logins_find(const struct logins *logins, const char *token, int64_t now_ns);
/* One of its pages was closed for what it sent. */
void logins_note_fault(struct logins *logins, const char *token, int64_t now_ns);
void logins_end(struct logins *logins, const char *token);

#endif
