#include "console/accounts.h"

#include <argon2.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/text.h"

/* OWASP's least for argon2id: 19 MiB, two passes, one lane. */
#define ARGON_MEMORY_KIB 19456
#define ARGON_PASSES 2
#define ARGON_LANES 1
#define SALT_BYTES 16
#define HASH_BYTES 32
#define FILE_BYTES_MAX 65536

static bool is_name(const char *name) {
    size_t length = strlen(name);
    if (length == 0 || length >= ACCOUNT_NAME_MAX) return false;
    for (size_t i = 0; i < length; i++)
        if (!isalnum((unsigned char)name[i]) && !strchr("-_.", name[i])) return false;
    return true;
}

static enum result take_line(const char *path, size_t line, char *text, struct accounts *accounts,
                             struct error *err) {
    struct account account = {0};
    char *rest = text;
    const char *name = strsep(&rest, " "), *role = strsep(&rest, " "), *hash = strsep(&rest, " ");
    if (!name || !role || !hash || rest || !is_name(name) ||
        !api_role_from_name(role, &account.role) || strncmp(hash, "$argon2id$", 10) != 0 ||
        text_copy(account.hash, sizeof account.hash, hash) != RESULT_OK)
        return error_set(err, RESULT_FORMAT,
                         "%s:%zu: expected `name role $argon2id$...`, with a role of observer, "
                         "operator, supervisor, technician",
                         path, line);
    snprintf(account.name, sizeof account.name, "%s", name);
    if (accounts_find(accounts, name))
        return error_set(err, RESULT_FORMAT, "%s:%zu: %s is there twice", path, line, name);
    if (accounts->count == ACCOUNTS_MAX)
        return error_set(err, RESULT_LIMIT, "%s: more than %d accounts", path, ACCOUNTS_MAX);
    accounts->list[accounts->count++] = account;
    return RESULT_OK;
}

enum result accounts_read(const char *path, struct accounts *ret_accounts, struct error *err) {
    char *data = NULL;
    size_t size = 0, line = 0;
    struct accounts accounts = {0};
    enum result result = file_read(path, FILE_BYTES_MAX, &data, &size, err);
    if (result != RESULT_OK) return result;
    char *rest = data, *text;
    while (result == RESULT_OK && (text = strsep(&rest, "\n"))) {
        line++;
        if (*text && *text != '#') result = take_line(path, line, text, &accounts, err);
    }
    free(data);
    if (result == RESULT_OK) *ret_accounts = accounts;
    return result;
}

const struct account *accounts_find(const struct accounts *accounts, const char *name) {
    for (size_t i = 0; i < accounts->count; i++)
        if (strcmp(accounts->list[i].name, name) == 0) return &accounts->list[i];
    return NULL;
}

static enum result hash_password(const char *password, char ret_hash[ACCOUNT_HASH_MAX],
                                 struct error *err) {
    unsigned char salt[SALT_BYTES];
    if (strlen(password) < PASSWORD_LEAST || strlen(password) > PASSWORD_MAX)
        return error_set(err, RESULT_RANGE, "a password has %d to %d characters", PASSWORD_LEAST,
                         PASSWORD_MAX);
    if (getrandom(salt, sizeof salt, 0) != (ssize_t)sizeof salt)
        return error_set(err, RESULT_IO, "no random numbers");
    if (argon2id_hash_encoded(ARGON_PASSES, ARGON_MEMORY_KIB, ARGON_LANES, password,
                              strlen(password), salt, sizeof salt, HASH_BYTES, ret_hash,
                              ACCOUNT_HASH_MAX) != ARGON2_OK)
        return error_set(err, RESULT_NO_MEMORY, "argon2 failed");
    return RESULT_OK;
}

static enum result write_accounts(const char *path, const struct accounts *accounts,
                                  struct error *err) {
    struct file_writer writer;
    enum result result = file_writer_open(&writer, path, err);
    if (result != RESULT_OK) return result;
    (void)fchmod(fileno(writer.stream), 0600);
    fputs("# name role hash; made by smprig-console --set-account\n", writer.stream);
    for (size_t i = 0; i < accounts->count; i++)
        fprintf(writer.stream, "%s %s %s\n", accounts->list[i].name,
                api_role_name(accounts->list[i].role), accounts->list[i].hash);
    return file_writer_commit(&writer, err);
}

enum result accounts_set(const char *path, const char *name, enum api_role role,
                         const char *password, struct error *err) {
    struct accounts accounts = {0};
    struct account account = {.role = role};
    struct stat about;
    enum result result = RESULT_OK;
    if (!is_name(name))
        return error_set(err, RESULT_INVALID,
                         "'%.40s' is no account's name: letters, digits, dash, dot, underscore",
                         name);
    if (stat(path, &about) == 0) result = accounts_read(path, &accounts, err);
    if (result == RESULT_OK) result = hash_password(password, account.hash, err);
    if (result != RESULT_OK) return result;
    snprintf(account.name, sizeof account.name, "%s", name);
    size_t i = 0;
    while (i < accounts.count && strcmp(accounts.list[i].name, name) != 0) i++;
    if (i == ACCOUNTS_MAX)
        return error_set(err, RESULT_LIMIT, "%s: more than %d accounts", path, ACCOUNTS_MAX);
    accounts.list[i] = account;
    if (i == accounts.count) accounts.count++;
    return write_accounts(path, &accounts, err);
}

bool account_matches(const struct account *account, const char *password) {
    char decoy[ACCOUNT_HASH_MAX];
    if (!account) { /* spend the time all the same: names must not be guessed by the clock */
        (void)hash_password("no such account", decoy, NULL);
        return false;
    }
    return strlen(password) <= PASSWORD_MAX &&
           argon2id_verify(account->hash, password, strlen(password)) == ARGON2_OK;
}
