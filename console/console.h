/* The console: what its files share. One thread, libwebsockets' loop; passwords are checked by a
 * thread of their own.
 *
 *     browser --https--> http.c   page_files, /login, /case/..., /metrics
 *             --wss----> pages.c  a page: calls up, notifications down, in bounded queues
 *                        daemon_link.c   the daemon: mirror, calls, answers
 *                                         --unix socket--> smprigd */
#ifndef SMPRIG_CONSOLE_CONSOLE_H
#define SMPRIG_CONSOLE_CONSOLE_H

#include <libwebsockets.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/notify.h"
#include "console/audit.h"
#include "console/login_worker.h"
#include "console/logins.h"
#include "console/mirror.h"
#include "console/page_files.h"
#include "console/shared_text.h"
#include "console/upstream.h"

#define PAGES_MAX 256
#define PAGE_MESSAGE_MAX 8192  /* one from a page */
#define PAGE_QUEUE_MAX 64      /* texts that wait for a slow page */
#define PAGE_CALLS_A_SECOND 25 /* more and the page is closed */
#define CAMERAS_MAX 4
/* Calls a second that all pages together may make, beside holds and who is in command. */
#define COMMON_CALLS_A_SECOND 100
#define PEER_MAX 64

struct console_options {
    const char *listen, *page_path, *accounts_path, *audit_path, *api_path;
    const char *certificate_path, *key_path, *public_name;
    int port; /* 0: any free one */
    bool makes_one_time;
    enum api_role one_time_role;
};

/* A page that is connected; memory of its WebSocket. */
struct page {
    struct lws *wsi;
    struct console *console;
    uint64_t channel; /* random; tells pages apart */
    int64_t sequence; /* of its newest call; the next must be one more */
    char csrf[TOKEN_SIZE], token[TOKEN_SIZE], name[ACCOUNT_NAME_MAX], peer[PEER_MAX];
    enum api_role role;
    bool has_said_hello, wants_camera, is_behind; /* is_behind: gets the whole state next */
    char input[PAGE_MESSAGE_MAX];
    size_t input_length;
    struct shared_text *queue[PAGE_QUEUE_MAX];
    size_t queue_first, queue_count;
    struct shared_text *cameras[CAMERAS_MAX]; /* the newest picture alone */
    int64_t second_ns;
    unsigned calls;
};

/* A request that is being answered; memory of its HTTP transaction. */
struct request {
    char body[1024], peer[PEER_MAX];
    size_t body_length;
    bool is_login, is_logout;
    unsigned refusal; /* status of a POST that is refused once its body is read; 0: none */
    const char *refusal_why;
    const void *data; /* what is still to be sent */
    void *owned;      /* freed when sent */
    size_t left;
    uint64_t ticket; /* of the password being checked */
};

struct console {
    struct console_options options;
    struct lws_context *context;
    struct lws_vhost *vhost;
    int port;
    struct accounts accounts;
    struct logins logins;
    struct login_worker *worker;
    struct audit audit;
    struct page_files files;
    char policy[512]; /* Content-Security-Policy */

    struct upstream *upstream;
    struct lws *upstream_wsi; /* watches a copy of its descriptor; NULL: not connected */
    struct mirror mirror;
    struct shared_text *whole_state; /* of the mirror now; NULL: to be made */
    int64_t ask_again_ns;            /* the head is made ready: ask again then */
    bool has_camera;                 /* subscribed to */
    lws_sorted_usec_list_t timer;
    struct notifier notifier; /* to the service manager */
    lws_sorted_usec_list_t alive;

    struct page *pages[PAGES_MAX];
    size_t page_count;
    int64_t second_ns;
    unsigned common_calls;

    struct lws *login_wsi; /* whose password is being checked; NULL: none */
    struct request *login_request;
    uint64_t last_ticket;
    uint64_t logins_failed, calls_refused, pages_dropped; /* for /metrics */
};

/* http.c, pages.c, daemon_link.c */
int console_http(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                 size_t length);
int console_page(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                 size_t length);
int console_daemon(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                   size_t length);

/* --- request_check.c: whom to believe --- */

/* Whether Host is one of ours and Origin, if there is one (or `needs_origin`), is
 * that same host. */
bool console_is_same_origin(const struct console *console, struct lws *wsi, bool needs_origin);
/* The login by the request's cookie; NULL. ret_token (may be NULL) gets its token. */
const struct login *console_login_of(const struct console *console, struct lws *wsi,
                                     char ret_token[TOKEN_SIZE]);
void console_peer(struct lws *wsi, char ret_peer[PEER_MAX]);

/* --- pages.c --- */

/* Queue a text for one page; a page with a full queue is closed. */
void page_send(struct page *page, struct shared_text *text);
void pages_broadcast(struct console *console, struct shared_text *text);
/* A change of the state: pages that are behind get the whole instead. */
void pages_broadcast_state(struct console *console, struct shared_text *changes);
void pages_broadcast_camera(struct console *console, size_t camera, struct shared_text *text);
struct page *pages_find(const struct console *console, uint64_t channel);
/* The answer to a page's call. */
void page_answer(struct page *page, int64_t sequence, json_t *result, json_t *error);
/* An answer that refuses, counted and audited. */
void page_refuse(struct page *page, int64_t sequence, const char *what, const char *why);
bool pages_want_camera(const struct console *console);

/* --- daemon_link.c --- */

/* Connect and ask when there is need; call now and then. */
void daemon_link_tick(struct console *console, int64_t now_ns);
void daemon_link_finish(struct console *console);
/* Pass a page's call on; refused ones are answered at once. */
void daemon_link_call(struct page *page, int64_t sequence, const char *method, json_t *params);
extern const struct upstream_handler console_upstream_handler;

/* --- metrics.c --- */

/* Prometheus text; the caller frees it. NULL when out of memory. */
char *console_metrics(const struct console *console, size_t *ret_size);

#endif
