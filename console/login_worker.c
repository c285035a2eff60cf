#include "console/login_worker.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum job { JOB_NONE, JOB_ASKED, JOB_DONE };

struct login_worker {
    const struct accounts *accounts;
    void (*wake)(void *context);
    void *context;
    pthread_t thread;
    pthread_mutex_t mutex; /* guards what follows */
    pthread_cond_t has_work;
    bool is_ending;
    enum job job;
    char password[PASSWORD_MAX + 1];
    struct login_verdict verdict;
};

static void *run(void *context) {
    struct login_worker *worker = context;
    char name[ACCOUNT_NAME_MAX], password[PASSWORD_MAX + 1];
    for (;;) {
        pthread_mutex_lock(&worker->mutex);
        while (worker->job != JOB_ASKED && !worker->is_ending)
            pthread_cond_wait(&worker->has_work, &worker->mutex);
        bool is_ending = worker->is_ending;
        memcpy(name, worker->verdict.name, sizeof name);
        memcpy(password, worker->password, sizeof password);
        explicit_bzero(worker->password, sizeof worker->password);
        pthread_mutex_unlock(&worker->mutex);
        if (is_ending) return NULL;
        const struct account *account = accounts_find(worker->accounts, name);
        bool is_right = account_matches(account, password);
        explicit_bzero(password, sizeof password);
        pthread_mutex_lock(&worker->mutex);
        worker->verdict.is_right = is_right;
        worker->verdict.role = account ? account->role : ROLE_OBSERVER;
        worker->job = JOB_DONE;
        pthread_mutex_unlock(&worker->mutex);
        worker->wake(worker->context);
    }
}

enum result login_worker_create(const struct accounts *accounts, void (*wake)(void *context),
                                void *context, struct login_worker **ret_worker,
                                struct error *err) {
    struct login_worker *worker = calloc(1, sizeof *worker);
    if (!worker) return error_set(err, RESULT_NO_MEMORY, "out of memory");
    worker->accounts = accounts;
    worker->wake = wake;
    worker->context = context;
    pthread_mutex_init(&worker->mutex, NULL);
    pthread_cond_init(&worker->has_work, NULL);
    if (pthread_create(&worker->thread, NULL, run, worker) != 0) {
        free(worker);
        return error_set(err, RESULT_IO, "cannot start the thread that checks passwords");
    }
    *ret_worker = worker;
    return RESULT_OK;
}

void login_worker_destroy(struct login_worker **worker) {
    struct login_worker *w = *worker;
    if (!w) return;
    pthread_mutex_lock(&w->mutex);
    w->is_ending = true;
    pthread_cond_signal(&w->has_work);
    pthread_mutex_unlock(&w->mutex);
    pthread_join(w->thread, NULL);
    pthread_mutex_destroy(&w->mutex);
    pthread_cond_destroy(&w->has_work);
    free(w);
    *worker = NULL;
}

bool login_worker_ask(struct login_worker *worker, uint64_t ticket, const char *name,
                      const char *password) {
    pthread_mutex_lock(&worker->mutex);
    bool is_free = worker->job == JOB_NONE;
    if (is_free) {
        worker->verdict = (struct login_verdict){.ticket = ticket};
        snprintf(worker->verdict.name, sizeof worker->verdict.name, "%s", name);
        snprintf(worker->password, sizeof worker->password, "%s", password);
        worker->job = JOB_ASKED;
        pthread_cond_signal(&worker->has_work);
    }
    pthread_mutex_unlock(&worker->mutex);
    return is_free;
}

bool login_worker_take(struct login_worker *worker, struct login_verdict *ret_verdict) {
    pthread_mutex_lock(&worker->mutex);
    bool is_done = worker->job == JOB_DONE;
    if (is_done) {
        *ret_verdict = worker->verdict;
        worker->job = JOB_NONE;
    }
    pthread_mutex_unlock(&worker->mutex);
    return is_done;
}
