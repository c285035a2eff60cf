/* One request against the table: form, rate, role, command, parameters, then the method. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "controller/daemon/api.h"

const char *api_text(const struct api_call *call, const char *name) {
    return json_string_value(json_object_get(call->params, name));
}

double api_number(const struct api_call *call, const char *name) {
    return json_number_value(json_object_get(call->params, name));
}

const struct api_method *api_find(const struct api_method *methods, const char *name) {
    for (const struct api_method *m = methods; m->name; m++)
        if (strcmp(m->name, name) == 0) return m;
    return NULL;
}

void api_describe_param(const struct api_param *param, char *ret_text, size_t size) {
    switch (param->type) {
        case API_BOOL:
            snprintf(ret_text, size, "true or false");
            break;
        case API_INTEGER:
            snprintf(ret_text, size, "integer, %.0f to %.0f", param->min, param->max);
            break;
        case API_NUMBER:
            snprintf(ret_text, size, "number, %g to %g", param->min, param->max);
            break;
        case API_STRING:
            snprintf(ret_text, size, "string, %.0f to %.0f bytes", param->min, param->max);
            break;
        case API_INTEGERS:
            snprintf(ret_text, size, "list of %.0f to %.0f integers", param->min, param->max);
            break;
        case API_TEXTS:
            snprintf(ret_text, size, "object of %.0f to %.0f texts, up to %d bytes each",
                     param->min, param->max, API_TEXT_MAX);
            break;
    }
}

static bool is_within(double value, const struct api_param *param) {
    return value >= param->min && value <= param->max;
}

static bool all_are_integers(const json_t *list) {
    for (size_t i = 0; i < json_array_size(list); i++)
        if (!json_is_integer(json_array_get(list, i))) return false;
    return true;
}

static bool all_are_texts(const json_t *object) {
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)object, key, value) {
        if (!json_is_string(value) || json_string_length(value) > API_TEXT_MAX ||
            strlen(key) > API_TEXT_MAX)
            return false;
    }
    return true;
}

static bool fits(const json_t *value, const struct api_param *param) {
    switch (param->type) {
        case API_BOOL:
            return json_is_boolean(value);
        case API_INTEGER:
            return json_is_integer(value) && is_within((double)json_integer_value(value), param);
        case API_NUMBER:
            return json_is_number(value) && is_within(json_number_value(value), param);
        case API_STRING:
            return json_is_string(value) && is_within((double)json_string_length(value), param);
        case API_INTEGERS:
            return json_is_array(value) && is_within((double)json_array_size(value), param) &&
                   all_are_integers(value);
        case API_TEXTS:
            return json_is_object(value) && is_within((double)json_object_size(value), param) &&
                   all_are_texts(value);
    }
    return false;
}

static const struct api_param *find_param(const struct api_param *params, const char *name) {
    for (const struct api_param *p = params; p && p->name; p++)
        if (strcmp(p->name, name) == 0) return p;
    return NULL;
}

static enum result check_params(const struct api_method *method, json_t *params,
                                struct error *err) {
    const char *key;
    json_t *value;
    char expected[96];
    if (params && !json_is_object(params))
        return error_set(err, RESULT_INVALID, "params must be an object");
    json_object_foreach(params, key, value) {
        const struct api_param *param = find_param(method->params, key);
        if (!param) return error_set(err, RESULT_INVALID, "%s takes no '%.60s'", method->name, key);
        api_describe_param(param, expected, sizeof expected);
        if (!fits(value, param))
            return error_set(err, RESULT_INVALID, "%s: %s must be: %s", method->name, key,
                             expected);
    }
    for (const struct api_param *p = method->params; p && p->name; p++)
        if (p->is_required && !json_object_get(params, p->name))
            return error_set(err, RESULT_INVALID, "%s needs '%s': %s", method->name, p->name,
                             p->help);
    return RESULT_OK;
}

/* `as`: {"name": ..., "role": ..., "channel": ...}; believed from a trusted peer only. */
static enum result take_caller(const struct api_peer *peer, const json_t *request,
                               struct api_caller *ret_caller, struct error *err) {
    const json_t *as = json_object_get(request, "as");
    *ret_caller = peer->caller;
    if (!as) return RESULT_OK;
    const char *name = json_string_value(json_object_get(as, "name"));
    const char *role = json_string_value(json_object_get(as, "role"));
    const json_t *channel = json_object_get(as, "channel");
    if (!peer->may_speak_for_others)
        return error_set(err, RESULT_REFUSED, "%s may not speak for others", peer->caller.name);
    if (!name || strlen(name) >= sizeof ret_caller->name ||
        !api_role_from_name(role, &ret_caller->role) || !json_is_integer(channel))
        return error_set(err, RESULT_INVALID, "as must have name, role and channel");
    snprintf(ret_caller->name, sizeof ret_caller->name, "%s", name);
    ret_caller->channel = (uint64_t)json_integer_value(channel);
    return RESULT_OK;
}

static enum result check_right(const struct api_table *table, const struct api_method *method,
                               const struct api_caller *caller, struct error *err) {
    if (caller->role < method->role)
        return error_set(err, RESULT_REFUSED, "%s needs the role %s; %s is %s", method->name,
                         api_role_name(method->role), caller->name, api_role_name(caller->role));
    if (!(method->flags & API_COMMANDS)) return RESULT_OK;
    return table->policy->may_command(table->context, caller, err);
}

static json_t *answer(json_t *id, const char *key, json_t *value) {
    return json_pack("{s:s, s:o, s:o}", "jsonrpc", "2.0", key, value, "id",
                     id ? json_incref(id) : json_null());
}

static json_t *answer_error(json_t *id, int code, const char *text) {
    return answer(id, "error", json_pack("{s:i, s:s}", "code", code, "message", text));
}

struct api_waiter api_answer_later(const struct api_call *call) {
    struct api_waiter waiter = *call->waiter;
    call->waiter->is_taken = waiter.is_taken = true;
    json_incref(waiter.id);
    return waiter;
}

static int refusal_code(enum result result) {
    return result == RESULT_INVALID ? API_INVALID_PARAMS : API_REFUSED;
}

json_t *api_late_answer(const struct api_waiter *waiter, json_t *value, const struct error *err) {
    json_t *reply = NULL;
    if (waiter->id && err)
        reply = answer_error(waiter->id, refusal_code(err->code), err->text);
    else if (waiter->id)
        return answer(waiter->id, "result", value ? value : json_null());
    json_decref(value);
    return reply;
}

static json_t *run_method(const struct api_table *table, const struct api_method *method,
                          const struct api_call *call, json_t *id) {
    struct error err = {0};
    json_t *value = NULL;
    int code = API_FORBIDDEN;
    enum result result = check_right(table, method, call->caller, &err);
    if (result == RESULT_OK) {
        result = method->run(call, &value, &err);
        code = refusal_code(result);
    }
    if (call->waiter->is_taken && result == RESULT_OK) return NULL;
    if (method->flags & API_AUDITED)
        table->policy->audit(table->context, call->caller, method->name,
                             method->flags & API_PRIVATE ? NULL : call->params,
                             result == RESULT_OK ? NULL : err.text);
    if (result != RESULT_OK) return answer_error(id, code, err.text);
    return answer(id, "result", value ? value : json_null());
}

static json_t *dispatch_object(const struct api_table *table, struct api_peer *peer,
                               json_t *request, int64_t now_ns) {
    json_t *id = json_object_get(request, "id");
    json_t *params = json_object_get(request, "params");
    const char *version = json_string_value(json_object_get(request, "jsonrpc"));
    const char *name = json_string_value(json_object_get(request, "method"));
    if (!version || strcmp(version, "2.0") != 0 || !name ||
        (id && !json_is_string(id) && !json_is_integer(id)))
        return answer_error(NULL, API_INVALID_REQUEST, "not a JSON-RPC 2.0 request");
    const struct api_method *method = api_find(table->methods, name);
    if (!method) return answer_error(id, API_METHOD_NOT_FOUND, "no such method: ask `methods`");
    struct error err = {0};
    struct api_caller caller;
    enum result result = take_caller(peer, request, &caller, &err);
    if (result != RESULT_OK) return answer_error(id, API_FORBIDDEN, err.text);
    if (check_params(method, params, &err) != RESULT_OK)
        return answer_error(id, API_INVALID_PARAMS, err.text);
    struct api_waiter waiter = {.peer = peer->number, .id = id};
    struct api_call call = {table->context, &caller, params, now_ns, &peer->topics, &waiter};
    return run_method(table, method, &call, id);
}

static bool is_within_rate(struct api_peer *peer, int64_t now_ns) {
    if (now_ns - peer->second_ns >= NS_PER_S) {
        peer->second_ns = now_ns;
        peer->calls = 0;
    }
    return ++peer->calls <= API_CALLS_A_SECOND_MAX;
}

/* Deepest nesting of the text, before any parser descends into it. */
static int depth_of(const char *line, size_t length) {
    int depth = 0, deepest = 0;
    bool is_in_string = false;
    for (size_t i = 0; i < length; i++) {
        char c = line[i];
        if (is_in_string && c == '\\')
            i++;
        else if (c == '"')
            is_in_string = !is_in_string;
        else if (!is_in_string && (c == '{' || c == '['))
            deepest = ++depth > deepest ? depth : deepest;
        else if (!is_in_string && (c == '}' || c == ']'))
            depth--;
    }
    return deepest;
}

json_t *api_dispatch(const struct api_table *table, struct api_peer *peer, const char *line,
                     size_t length, int64_t now_ns) {
    json_error_t problem;
    if (!is_within_rate(peer, now_ns))
        return answer_error(NULL, API_TOO_MANY, "too many calls a second");
    if (depth_of(line, length) > API_DEPTH_MAX)
        return answer_error(NULL, API_INVALID_REQUEST, "brackets are nested too deep");
    json_t *request = json_loadb(line, length, JSON_REJECT_DUPLICATES, &problem);
    if (!request) return answer_error(NULL, API_PARSE_ERROR, problem.text);
    json_t *reply = json_is_object(request)
                        ? dispatch_object(table, peer, request, now_ns)
                        : answer_error(NULL, API_INVALID_REQUEST, "one request object a line");
    bool is_notification = json_is_object(request) && !json_object_get(request, "id") &&
                           json_object_get(reply, "result");
    json_decref(request);
    if (!is_notification) return reply;
    json_decref(reply);
    return NULL;
}
