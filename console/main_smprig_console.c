/* smprig-console: serves the operator's page over HTTP and a WebSocket, and passes its calls to the
 * daemon's API. Loopback alone unless there is a certificate. */
#include <argp.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <termios.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/notify.h"
#include "console/console.h"
#include "controller/settings/settings.h"
#include "version.h"

const char *argp_program_version = "smprig-console " SMPRIG_VERSION " (" SMPRIG_REVISION ")";

/* A WebSocket that does not answer a ping for so long is gone. */
#define PING_S 5
#define HANGUP_S 12

enum option_key {
    KEY_LISTEN = 0x100, /* from here: settings, in the order of setting_of */
    KEY_PORT,
    KEY_PAGE,
    KEY_ACCOUNTS,
    KEY_AUDIT,
    KEY_API,
    KEY_CERTIFICATE,
    KEY_KEY,
    KEY_PUBLIC_NAME,
    KEY_ONE_TIME, /* from here: of this run alone */
    KEY_SET_ACCOUNT,
    KEY_ROLE,
};

static const struct {
    const char *option, *key;
} setting_of[] = {
    [KEY_LISTEN - KEY_LISTEN] = {"--listen", "console_listen"},
    [KEY_PORT - KEY_LISTEN] = {"--port", "console_port"},
    [KEY_PAGE - KEY_LISTEN] = {"--page", "console_page"},
    [KEY_ACCOUNTS - KEY_LISTEN] = {"--accounts", "console_accounts"},
    [KEY_AUDIT - KEY_LISTEN] = {"--audit", "console_audit"},
    [KEY_API - KEY_LISTEN] = {"--api", "api_socket"},
    [KEY_CERTIFICATE - KEY_LISTEN] = {"--certificate", "console_certificate"},
    [KEY_KEY - KEY_LISTEN] = {"--key", "console_key"},
    [KEY_PUBLIC_NAME - KEY_LISTEN] = {"--public-name", "console_public_name"},
};

struct arguments {
    struct console_options console;
    struct settings_given given;
    const char *account; /* to be set; NULL: serve */
    enum api_role role;
};

static volatile sig_atomic_t is_ending;

static const struct argp_option option_table[] = {
    {"listen", KEY_LISTEN, "ADDRESS", 0, "127.0.0.1 by default; any other needs a certificate", 0},
    {"port", KEY_PORT, "PORT", 0, "8400 by default; 0 takes a free one and prints it", 0},
    {"page", KEY_PAGE, "FOLDER", 0, "The page's files", 0},
    {"accounts", KEY_ACCOUNTS, "FILE", 0, "Who may log in", 0},
    {"audit", KEY_AUDIT, "FILE", 0, "Where to append who did what", 0},
    {"api", KEY_API, "SOCKET", 0, "The daemon's API (/run/smprig/api.sock)", 0},
    {"certificate", KEY_CERTIFICATE, "FILE", 0, "For https, PEM", 0},
    {"key", KEY_KEY, "FILE", 0, "The certificate's key, PEM", 0},
    {"public-name", KEY_PUBLIC_NAME, "NAME", 0, "The host name that browsers use", 0},
    {"one-time", KEY_ONE_TIME, NULL, 0, "Print an address that logs in once", 0},
    {"set-account", KEY_SET_ACCOUNT, "NAME", 0,
     "Read a password, set this account in --accounts, and end", 1},
    {"role", KEY_ROLE, "ROLE", 0,
     "Of --set-account or --one-time: observer, operator, supervisor, technician", 1},
    {0},
};

static error_t parse_option(int key, char *value, struct argp_state *state) {
    struct arguments *arguments = state->input;
    struct console_options *options = &arguments->console;
    if (key >= KEY_LISTEN && key < KEY_ONE_TIME) {
        settings_give(&arguments->given, setting_of[key - KEY_LISTEN].option,
                      setting_of[key - KEY_LISTEN].key, value);
        return 0;
    }
    switch (key) {
        case ARGP_KEY_INIT:
            state->child_inputs[0] = &arguments->given;
            return 0;
        case KEY_ONE_TIME:
            options->makes_one_time = true;
            return 0;
        case KEY_SET_ACCOUNT:
            arguments->account = value;
            return 0;
        case KEY_ROLE:
            if (!api_role_from_name(value, &arguments->role))
                argp_error(state,
                           "--role %s: expected observer, operator, supervisor or technician",
                           value);
            options->one_time_role = arguments->role;
            return 0;
        default:
            return ARGP_ERR_UNKNOWN;
    }
}

static void take_settings(const struct settings *settings, struct console_options *options) {
    options->listen = settings->console_listen;
    options->port = (int)settings->console_port;
    options->page_path = settings_text(settings->console_page);
    options->accounts_path = settings_text(settings->console_accounts);
    options->audit_path = settings_text(settings->console_audit);
    options->api_path = settings->api_socket;
    options->certificate_path = settings_text(settings->console_certificate);
    options->key_path = settings_text(settings->console_key);
    options->public_name = settings_text(settings->console_public_name);
}

/* From the terminal without echo, or the first line of a pipe. */
static bool read_password(char *ret_password, size_t size) {
    struct termios before, silent;
    bool is_terminal = tcgetattr(STDIN_FILENO, &before) == 0;
    if (is_terminal) {
        fputs("password: ", stderr);
        silent = before;
        silent.c_lflag &= ~(tcflag_t)ECHO;
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
    }
    bool is_read = fgets(ret_password, (int)size, stdin) != NULL;
    if (is_terminal) {
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
        fputc('\n', stderr);
    }
    if (is_read) ret_password[strcspn(ret_password, "\n")] = '\0';
    return is_read;
}

static int set_account(const struct arguments *arguments) {
    char password[PASSWORD_MAX + 2] = "";
    struct error err = {0};
    if (!arguments->console.accounts_path || !read_password(password, sizeof password)) {
        fputs("smprig-console: --set-account needs --accounts FILE and a password on its input\n",
              stderr);
        return EX_USAGE;
    }
    enum result result = accounts_set(arguments->console.accounts_path, arguments->account,
                                      arguments->role, password, &err);
    explicit_bzero(password, sizeof password);
    if (result != RESULT_OK) fprintf(stderr, "smprig-console: %s\n", err.text);
    return result_exit_code(result);
}

static bool is_loopback(const char *address) {
    return strncmp(address, "127.", 4) == 0 || strcmp(address, "::1") == 0;
}

static enum result check_options(const struct console_options *options, struct error *err) {
    if (!options->certificate_path != !options->key_path)
        return error_set(err, RESULT_INVALID, "--certificate and --key go together");
    if (!is_loopback(options->listen) && !options->certificate_path)
        return error_set(err, RESULT_REFUSED,
                         "--listen %s: beyond this machine a certificate is needed: give "
                         "--certificate and --key",
                         options->listen);
    if (!options->accounts_path && !options->makes_one_time)
        return error_set(err, RESULT_INVALID,
                         "nobody could log in: give --accounts FILE (or --one-time)");
    return RESULT_OK;
}

/* The page beside a program that was built but not installed, else the installed one. */
static const char *find_page(void) {
    static char path[4096 + 16];
    char own[4096];
    ssize_t length = readlink("/proc/self/exe", own, sizeof own - 1);
    if (length > 0) {
        own[length] = '\0';
        char *end = strstr(own, "/bin/smprig-console");
        if (end) *end = '\0';
        snprintf(path, sizeof path, "%s/page", own);
        if (end && access(path, R_OK) == 0) return path;
    }
    return "/usr/share/smprig/page";
}

static enum result read_page(struct console *console, struct error *err) {
    struct error why = {0};
    if (page_files_read(console->options.page_path, &console->files, &why) == RESULT_OK &&
        page_files_find(&console->files, "/vendor/three.module.js"))
        return RESULT_OK;
    page_files_release(&console->files);
    log_warning("console", "the page is not installed (%s); the API is served all the same",
                why.text[0] ? why.text : "its libraries are missing: build with npm");
    enum result result = page_files_notice(
        "smprig: the operator's page is not installed. Install npm and build again; meanwhile "
        "<code>smprig watch</code> follows the session.",
        &console->files);
    return result == RESULT_OK ? result : error_set(err, result, "out of memory");
}

static int check_settings(const struct console_options *options,
                          const struct config_origins *origins) {
    struct settings_check check = {.origins = origins};
    static struct accounts accounts;
    struct error err = {0};
    const char *needed[][2] = {{"console_certificate", options->certificate_path},
                               {"console_key", options->key_path},
                               {"console_page", options->page_path}};
    settings_check_note(&check, "console_listen", options->listen, check_options(options, &err),
                        &err);
    if (options->accounts_path)
        settings_check_note(&check, "console_accounts", options->accounts_path,
                            accounts_read(options->accounts_path, &accounts, &err), &err);
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++) {
        const char *path = needed[i][1];
        if (!path) continue;
        enum result result = access(path, R_OK) == 0 ? RESULT_OK
                                                     : error_set(&err, RESULT_NOT_FOUND, "%s: %s",
                                                                 path, strerror(errno));
        settings_check_note(&check, needed[i][0], path, result, &err);
    }
    return settings_check_end(&check);
}

static void wake(void *context) {
    struct console *console = context;
    lws_cancel_service(console->context);
}

static enum result open_parts(struct console *console, struct error *err) {
    const struct console_options *options = &console->options;
    struct upstream_handler handler = console_upstream_handler;
    handler.context = console;
    enum result result = check_options(options, err);
    if (result == RESULT_OK && options->accounts_path)
        result = accounts_read(options->accounts_path, &console->accounts, err);
    if (result == RESULT_OK) result = read_page(console, err);
    if (result == RESULT_OK) result = audit_open(&console->audit, options->audit_path, err);
    if (result == RESULT_OK)
        result = login_worker_create(&console->accounts, wake, console, &console->worker, err);
    if (result == RESULT_OK)
        result = upstream_create(options->api_path, &handler, &console->upstream, err);
    snprintf(console->policy, sizeof console->policy,
             "default-src 'none'; script-src 'self' 'sha256-%s'; style-src 'self'; img-src 'self' "
             "data: blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
             "frame-ancestors 'none'",
             console->files.import_map_sha256);
    mirror_init(&console->mirror);
    return result;
}

static enum result listen_there(struct console *console, struct error *err) {
    static const struct lws_protocols protocols[] = {
        {"http", console_http, sizeof(struct request), 0, 0, NULL, 0},
        {"smprig", console_page, sizeof(struct page), PAGE_MESSAGE_MAX, 0, NULL, 0},
        {"upstream", console_daemon, 0, 0, 0, NULL, 0},
        {0},
    };
    static const lws_retry_bo_t liveness = {.secs_since_valid_ping = PING_S,
                                            .secs_since_valid_hangup = HANGUP_S};
    const struct console_options *options = &console->options;
    struct lws_context_creation_info info = {
        .port = options->port,
        .iface = options->listen,
        .protocols = protocols,
        .gid = -1,
        .uid = -1,
        .user = console,
        .alpn = "http/1.1",
        .retry_and_idle_policy = &liveness,
        .keepalive_timeout = 30,
        .timeout_secs = 10,
        .options = LWS_SERVER_OPTION_VALIDATE_UTF8 | LWS_SERVER_OPTION_EXPLICIT_VHOSTS,
    };
    if (options->certificate_path) {
        info.options |= LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
        info.ssl_cert_filepath = options->certificate_path;
        info.ssl_private_key_filepath = options->key_path;
    }
    lws_set_log_level(LLL_ERR, NULL);
    console->context = lws_create_context(&info);
    if (console->context) console->vhost = lws_create_vhost(console->context, &info);
    if (!console->vhost)
        return error_set(err, RESULT_IO, "cannot listen at %s port %d", options->listen,
                         options->port);
    console->port = lws_get_vhost_listen_port(console->vhost);
    return RESULT_OK;
}

static void say_where(struct console *console) {
    const struct console_options *options = &console->options;
    const char *name = options->public_name ? options->public_name : options->listen;
    const char *scheme = options->certificate_path ? "https" : "http";
    char token[TOKEN_SIZE];
    printf("%s://%s:%d/", scheme, name, console->port);
    if (options->makes_one_time &&
        logins_make_one_time(&console->logins, clock_now_ns(), token) == RESULT_OK)
        printf("#once=%s", token);
    puts("");
    fflush(stdout);
}

/* In the loop itself, so that the service manager sees when that hangs. */
static void tell_alive(lws_sorted_usec_list_t *timer) {
    struct console *console = lws_container_of(timer, struct console, alive);
    int64_t now_ns = clock_now_ns(), next_ns;
    notify_alive(&console->notifier, now_ns);
    next_ns = notify_next_ns(&console->notifier);
    if (next_ns != INT64_MAX)
        lws_sul_schedule(console->context, 0, timer, tell_alive,
                         (next_ns - now_ns) / NS_PER_US + 1);
}

static void on_signal(int number) {
    (void)number;
    is_ending = 1;
}

static void serve(struct console *console) {
    const struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    say_where(console);
    notify_open(&console->notifier);
    notify_ready(&console->notifier, "serving the page");
    lws_sul_schedule(console->context, 0, &console->alive, tell_alive, 1);
    daemon_link_tick(console, clock_now_ns());
    while (!is_ending && lws_service(console->context, 0) >= 0) continue;
    lws_sul_cancel(&console->alive);
    notify_stopping(&console->notifier, "ending");
    notify_close(&console->notifier);
}

static void close_parts(struct console *console) {
    if (console->context) lws_context_destroy(console->context);
    login_worker_destroy(&console->worker);
    daemon_link_finish(console);
    audit_close(&console->audit);
    page_files_release(&console->files);
}

int main(int argc, char **argv) {
    static const struct argp_child children[] = {{&settings_argp, 0, NULL, 0}, {0}};
    static const struct argp argp = {option_table,
                                     parse_option,
                                     NULL,
                                     "Serves the operator's page. Research software, no certified "
                                     "device.",
                                     children,
                                     NULL,
                                     NULL};
    static struct console console;
    static struct settings settings;
    static struct config_origins origins;
    struct arguments arguments = {.console = {.one_time_role = ROLE_SUPERVISOR},
                                  .role = ROLE_OPERATOR};
    struct error err = {0};
    log_open(LOG_JOURNAL_SOCKET);
    if (argp_parse(&argp, argc, argv, 0, NULL, &arguments) != 0) return EX_USAGE;
    if (settings_read(&arguments.given, &settings, &origins, &err) != RESULT_OK) {
        log_error("console", "%s", err.text);
        return arguments.given.config_path ? EX_CONFIG : EX_USAGE;
    }
    if (arguments.given.dumps) config_layers_dump(&settings_schema, &settings, &origins, stdout);
    if (arguments.given.dumps) return EX_OK;
    take_settings(&settings, &arguments.console);
    settings_apply_log_level(&settings);
    if (arguments.account) return set_account(&arguments);
    console.options = arguments.console;
    if (!console.options.page_path) console.options.page_path = find_page();
    if (arguments.given.checks) return check_settings(&console.options, &origins);
    enum result result = open_parts(&console, &err);
    if (result == RESULT_OK) result = listen_there(&console, &err);
    if (result == RESULT_OK)
        serve(&console);
    else
        log_error("console", "%s", err.text);
    close_parts(&console);
    return result_exit_code(result);
}
