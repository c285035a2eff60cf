/* The dispatcher against the shipped table: what is refused, with which code, and that docs/api.md
 * is of this table. Nothing here needs a session: the daemon has no case open. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/file.h"
#include "controller/daemon/daemon.h"

static struct daemon the_daemon;
static const struct api_table table = {daemon_methods, &daemon_policy, &the_daemon};

static struct api_peer peer_of(enum api_role role, bool may_speak_for_others) {
    return (struct api_peer){.caller = {.name = "tester", .role = role},
                             .may_speak_for_others = may_speak_for_others};
}

static json_t *ask(struct api_peer *peer, const char *line) {
    return api_dispatch(&table, peer, line, strlen(line), NS_PER_S);
}

static int code_of(const json_t *reply) {
    return (int)json_integer_value(json_object_get(json_object_get(reply, "error"), "code"));
}

#define CALL(rest) "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":" rest "}"

static void bad_requests_are_refused_by_their_code(void **state) {
    (void)state;
    static const struct {
        const char *line;
        enum api_role role;
        int code;
    } cases[] = {
        {"", ROLE_TECHNICIAN, API_PARSE_ERROR},
        {"{", ROLE_TECHNICIAN, API_PARSE_ERROR},
        {"{\"jsonrpc\":\"2.0\",\"jsonrpc\":\"2.0\"}", ROLE_TECHNICIAN, API_PARSE_ERROR},
        {"[]", ROLE_TECHNICIAN, API_INVALID_REQUEST},
        {"7", ROLE_TECHNICIAN, API_PARSE_ERROR},
        {"{\"id\":1,\"method\":\"state\"}", ROLE_TECHNICIAN, API_INVALID_REQUEST},
        {"{\"jsonrpc\":\"2.0\",\"id\":[],\"method\":\"state\"}", ROLE_OBSERVER,
         API_INVALID_REQUEST},
        {"[[[[[[[[[[]]]]]]]]]]", ROLE_TECHNICIAN, API_INVALID_REQUEST},
        {CALL("\"dance\""), ROLE_TECHNICIAN, API_METHOD_NOT_FOUND},
        {CALL("\"state\",\"params\":[1]"), ROLE_TECHNICIAN, API_INVALID_PARAMS},
        {CALL("\"state\",\"params\":{\"x\":1}"), ROLE_TECHNICIAN, API_INVALID_PARAMS},
        {CALL("\"dots\""), ROLE_OBSERVER, API_INVALID_PARAMS},
        {CALL("\"dots\",\"params\":{\"first\":-1}"), ROLE_OBSERVER, API_INVALID_PARAMS},
        {CALL("\"dots\",\"params\":{\"first\":\"0\"}"), ROLE_OBSERVER, API_INVALID_PARAMS},
        {CALL("\"dots\",\"params\":{\"first\":0}"), ROLE_OBSERVER, API_REFUSED},
        {CALL("\"skip\",\"params\":{\"dots\":[1.5],\"why\":\"x\"}"), ROLE_OPERATOR,
         API_INVALID_PARAMS},
        {CALL("\"start\""), ROLE_OBSERVER, API_FORBIDDEN},
        {CALL("\"start\""), ROLE_OPERATOR, API_REFUSED},
        {CALL("\"skip_zone\",\"params\":{\"zone\":\"a\",\"why\":\"b\"}"), ROLE_OPERATOR,
         API_FORBIDDEN},
        {CALL("\"load\",\"params\":{\"case\":\"../x\"}"), ROLE_OPERATOR, API_REFUSED},
        {CALL("\"jog\",\"params\":{\"axis\":\"X\",\"direction\":1,\"speed\":5,\"is_rig_empty\":"
              "true}"),
         ROLE_SUPERVISOR, API_FORBIDDEN},
        {CALL("\"jog\",\"params\":{\"axis\":\"X\",\"direction\":1,\"speed\":5}"), ROLE_TECHNICIAN,
         API_INVALID_PARAMS},
        {CALL("\"jog\",\"params\":{\"axis\":\"X\",\"direction\":1,\"speed\":5,\"is_rig_empty\":"
              "true}"),
         ROLE_TECHNICIAN, API_REFUSED},
        {CALL("\"override\",\"params\":{\"percent\":101}"), ROLE_OPERATOR, API_INVALID_PARAMS},
        {CALL("\"override\",\"params\":{\"percent\":50}"), ROLE_OBSERVER, API_FORBIDDEN},
        {CALL(
             "\"decide_doubtful\",\"params\":{\"dots\":[1],\"decision\":\"struck\",\"why\":\"x\"}"),
         ROLE_OPERATOR, API_FORBIDDEN},
        {CALL("\"preview\",\"params\":{\"density_percent\":900}"), ROLE_OPERATOR,
         API_INVALID_PARAMS},
        {CALL("\"records\""), ROLE_OBSERVER, API_FORBIDDEN},
        {CALL("\"screening\""), ROLE_OBSERVER, API_FORBIDDEN},
        {CALL("\"answer_screening\",\"params\":{\"answers\":{\"acne\":\"no\"}}"), ROLE_OBSERVER,
         API_FORBIDDEN},
        {CALL("\"answer_screening\",\"params\":{\"answers\":{\"acne\":\"no\"}}"), ROLE_OPERATOR,
         API_INVALID_PARAMS}, /* the other questions have no answer */
        {CALL("\"answer_screening\",\"params\":{\"answers\":{\"acne\":[]}}"), ROLE_OPERATOR,
         API_INVALID_PARAMS},
        {CALL("\"answer_screening\",\"params\":{\"answers\":\"no\"}"), ROLE_OPERATOR,
         API_INVALID_PARAMS},
        {CALL("\"confirm_client\",\"params\":{\"name\":\"x\"}"), ROLE_OPERATOR, API_INVALID_PARAMS},
        {CALL("\"confirm_client\",\"params\":{\"name\":\"x\",\"born\":\"2000-01-01\"}"),
         ROLE_OBSERVER, API_FORBIDDEN},
        {CALL("\"confirm_client\",\"params\":{\"name\":\"x\",\"born\":\"2000-01-01\"}"),
         ROLE_OPERATOR, API_REFUSED}, /* no case is open */
        {CALL("\"state\",\"as\":{\"name\":\"a\",\"role\":\"operator\",\"channel\":1}"),
         ROLE_TECHNICIAN, API_FORBIDDEN},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct api_peer peer = peer_of(cases[i].role, false);
        json_t *reply = ask(&peer, cases[i].line);
        if (code_of(reply) != cases[i].code)
            fail_msg("%s: %d instead of %d", cases[i].line, code_of(reply), cases[i].code);
        json_decref(reply);
    }
}

static void calls_beyond_the_rate_are_refused_until_the_next_second(void **state) {
    (void)state;
    struct api_peer peer = peer_of(ROLE_OBSERVER, false);
    for (unsigned i = 0; i < API_CALLS_A_SECOND_MAX; i++) {
        json_t *reply = ask(&peer, CALL("\"state\""));
        assert_int_equal(code_of(reply), 0);
        json_decref(reply);
    }
    json_t *reply = ask(&peer, CALL("\"state\""));
    assert_int_equal(code_of(reply), API_TOO_MANY);
    json_decref(reply);
    reply = api_dispatch(&table, &peer, CALL("\"state\""), strlen(CALL("\"state\"")), 3 * NS_PER_S);
    assert_int_equal(code_of(reply), 0);
    json_decref(reply);
}

#define AS_ANNA ",\"as\":{\"name\":\"anna\",\"role\":\"operator\",\"channel\":1}"
#define AS_BERT ",\"as\":{\"name\":\"bert\",\"role\":\"operator\",\"channel\":2}"
#define AS_CHIEF ",\"as\":{\"name\":\"cleo\",\"role\":\"supervisor\",\"channel\":3}"

static void one_page_is_in_command_at_a_time(void **state) {
    (void)state;
    static const struct {
        const char *line;
        int code;
    } steps[] = {
        {CALL("\"arm\"" AS_ANNA), API_FORBIDDEN}, /* nobody has taken command */
        {CALL("\"take_command\"" AS_ANNA), 0},
        {CALL("\"arm\"" AS_ANNA), API_REFUSED}, /* in command; no case is open */
        {CALL("\"take_command\"" AS_BERT), API_REFUSED},
        {CALL("\"arm\"" AS_BERT), API_FORBIDDEN},
        {CALL("\"arm\""), API_FORBIDDEN}, /* the local command line neither */
        {CALL("\"take_command\",\"params\":{\"by_force\":true}" AS_BERT), API_REFUSED},
        {CALL("\"give_command\"" AS_ANNA), 0}, /* to bert, who asked */
        {CALL("\"arm\"" AS_BERT), API_REFUSED},
        {CALL("\"take_command\",\"params\":{\"by_force\":true}" AS_CHIEF), 0},
        {CALL("\"arm\"" AS_BERT), API_FORBIDDEN},
        {CALL("\"give_command\"" AS_CHIEF), 0},
        {CALL("\"arm\""), API_REFUSED}, /* nobody: the local command line may */
    };
    struct api_peer peer = peer_of(ROLE_TECHNICIAN, true);
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        json_t *reply = ask(&peer, steps[i].line);
        if (code_of(reply) != steps[i].code)
            fail_msg("step %zu, %s: %d instead of %d", i, steps[i].line, code_of(reply),
                     steps[i].code);
        json_decref(reply);
    }
}

static void the_page_on_the_api_is_of_this_table(void **state) {
    (void)state;
    char *made = NULL, *kept = NULL;
    size_t made_size = 0, kept_size = 0;
    struct error err = {0};
    FILE *stream = open_memstream(&made, &made_size);
    daemon_write_api_docs(stream);
    fclose(stream);
    assert_int_equal(file_read("docs/api.md", 1 << 20, &kept, &kept_size, &err), RESULT_OK);
    if (strcmp(made, kept) != 0)
        fail_msg("docs/api.md is stale: build/release/bin/smprigd --print-api > docs/api.md");
    free(made);
    free(kept);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_requests_are_refused_by_their_code),
        cmocka_unit_test(calls_beyond_the_rate_are_refused_until_the_next_second),
        cmocka_unit_test(one_page_is_in_command_at_a_time),
        cmocka_unit_test(the_page_on_the_api_is_of_this_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
