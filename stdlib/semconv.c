/* Semconv: span names as the semantic conventions want them (language.md 4.11).
 * Work: a few rules a kind, each of which joins a few attributes once.
 * SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/fn.h"

/* --- the version --- */
enum { MAJOR = 1, FIRST_MINOR = 37, LAST_MINOR = 43 };

/* Takes the digits of one number off *rest. */
static bool take_number(tm_text *rest, unsigned *number)
{
    size_t n = 0;
    /* Work: bytes of a version, of the rule */
    for (*number = 0; n < rest->n && rest->p[n] >= '0' && rest->p[n] <= '9'; n++)
        *number = *number < 1000000 ? *number * 10 + (unsigned)(rest->p[n] - '0') : *number;
    *rest = tm_text_skip(*rest, n);
    return n > 0 && n < 20; /* more does not fit 64 bits */
}

static bool is_label_char(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
}

/* Takes "-rc.1" or "+build.5" off *rest, when `mark` starts it: identifiers between dots. */
static bool take_label(tm_text *rest, char mark, bool *found)
{
    size_t i = 1;
    *found = rest->n > 0 && rest->p[0] == mark;
    if (!*found)
        return true;
    /* Work: bytes of a version, of the rule */
    for (bool empty = true;; i++) {
        bool more = i < rest->n && is_label_char(rest->p[i]);
        if (!more && empty)
            return false;
        if (!more && (i == rest->n || rest->p[i] != '.'))
            break;
        empty = !more;
    }
    *rest = tm_text_skip(*rest, i);
    return true;
}

/* Semantic version: 1.40, v1.40.0, 1.40.0-rc.1+build. False when it is none. */
static bool read_version(tm_text t, unsigned number[3], bool *early)
{
    bool build;
    if (t.n && t.p[0] == 'v')
        t = tm_text_skip(t, 1);
    number[0] = number[1] = number[2] = 0;
    /* Work: bytes of a version, of the rule */
    for (unsigned i = 0; i < 3; i++) {
        if (i && (t.n == 0 || t.p[0] != '.'))
            break;
        t = tm_text_skip(t, i > 0);
        if (!take_number(&t, &number[i]))
            return false;
    }
    return take_label(&t, '-', early) && take_label(&t, '+', &build) && t.n == 0;
}

/* An early version comes before the one that it leads to. */
static bool is_supported(const unsigned number[3], bool early)
{
    if (number[0] != MAJOR || number[1] < FIRST_MINOR || number[1] > LAST_MINOR)
        return false;
    if (number[1] == LAST_MINOR)
        return number[2] == 0;
    return number[1] != FIRST_MINOR || number[2] > 0 || !early;
}

static bool prepare_set_semconv_span_name(tm_prepare *p)
{
    unsigned number[3];
    bool early;
    tm_text version = tm_value_text(p->literal[0]);
    if (!read_version(version, number, &early))
        return tm_refuse(p, 0, "\"%.*s\" is no semantic version", TM_PRI(version));
    if (!is_supported(number, early))
        return tm_refuse(p, 0, "version %.*s is not between 1.37.0 and 1.43.0", TM_PRI(version));
    if (p->given >> 1 & 1 && p->literal[1].n == 0)
        return tm_refuse(p, 1, "the attribute's name must not be empty");
    return true;
}

/* --- parts of names --- */
typedef struct namer {
    tm_arena *arena;
    const tm_map *attributes;
} namer;

static bool find(const namer *n, const char *key, tm_text *text)
{
    const tm_entry *entry = tm_map_find(n->attributes, tm_text_of(key));
    *text = entry ? tm_data_text(n->arena, entry->value) : TM_TEXT("");
    return entry != NULL;
}

/* The attribute, or the one that older conventions have for it. */
static bool find_either(const namer *n, const char *key, const char *old, tm_text *text)
{
    return find(n, key, text) || find(n, old, text);
}

static bool is_true(const namer *n, const char *key)
{
    const tm_entry *entry = tm_map_find(n->attributes, tm_text_of(key));
    return entry && entry->value.type == TM_BOOL && entry->value.truth;
}

static tm_text join(const namer *n, tm_text a, char between, tm_text b)
{
    tm_buf out = {.arena = n->arena};
    tm_buf_reserve(&out, a.n + 1 + b.n);
    tm_buf_add(&out, a);
    tm_buf_add_char(&out, between);
    tm_buf_add(&out, b);
    return tm_buf_text(&out);
}

static bool find_server(const namer *n, tm_text *text)
{
    tm_text port;
    if (!find(n, "server.address", text))
        return false;
    if (find(n, "server.port", &port))
        *text = join(n, *text, ':', port);
    return true;
}

/* --- the rules: each gives an empty text when it does not apply --- */
static tm_text name_http(const namer *n, const char *subject)
{
    tm_text method, text;
    if (!find_either(n, "http.request.method", "http.method", &method))
        return TM_TEXT("");
    return find(n, subject, &text) ? join(n, method, ' ', text) : method;
}

static tm_text name_http_server(const namer *n)
{
    return name_http(n, "http.route");
}

static tm_text name_http_client(const namer *n)
{
    return name_http(n, "url.template");
}

static tm_text name_rpc(const namer *n)
{
    tm_text system, service, method;
    if (!find_either(n, "rpc.system.name", "rpc.system", &system))
        return TM_TEXT("");
    bool serves = find_either(n, "rpc.service", "rpc.grpc.service", &service);
    if (find_either(n, "rpc.method", "rpc.grpc.method", &method))
        return serves ? join(n, service, '/', method) : method;
    return serves ? join(n, service, '/', TM_TEXT("*")) : system;
}

/* A collection or procedure in its namespace, the namespace, or the server. */
static void find_db_target(const namer *n, tm_text *text)
{
    tm_text inner, space;
    find_either(n, "db.namespace", "db.name", &space);
    if (find(n, "db.collection.name", &inner) || find(n, "db.stored_procedure.name", &inner)) {
        *text = space.n ? join(n, space, '.', inner) : inner;
        return;
    }
    *text = space;
    if (!space.n)
        find_server(n, text);
}

static tm_text name_db(const namer *n)
{
    tm_text system, text, operation;
    if (!find_either(n, "db.system.name", "db.system", &system))
        return TM_TEXT("");
    if (find(n, "db.query.summary", &text))
        return text;
    find_either(n, "db.operation.name", "db.operation", &operation);
    find_db_target(n, &text);
    if (operation.n && text.n)
        return join(n, operation, ' ', text);
    return operation.n ? operation : text.n ? text : system;
}

static void find_destination(const namer *n, tm_text *text)
{
    if (is_true(n, "messaging.destination.temporary"))
        *text = TM_TEXT("(temporary)");
    else if (is_true(n, "messaging.destination.anonymous"))
        *text = TM_TEXT("(anonymous)");
    else if (!find(n, "messaging.destination.template", text) &&
             !find_either(n, "messaging.destination.name", "messaging.destination", text))
        find_server(n, text);
}

/* Unlike in name_db, an operation that is there but empty counts: so the reference has it. */
static tm_text name_messaging(const namer *n)
{
    tm_text system, text, operation;
    if (!find(n, "messaging.system", &system))
        return TM_TEXT("");
    bool operates = find_either(n, "messaging.operation.name", "messaging.operation", &operation);
    find_destination(n, &text);
    if (text.n)
        return operates ? join(n, operation, ' ', text) : text;
    return operates ? operation : system;
}

/* --- the rules of each kind of span, in order --- */
typedef tm_text naming(const namer *n);

enum { KINDS = 6, RULES_MOST = 4 };

/* Numbered as SpanKind: 2 server, 3 client, 4 producer, 5 consumer. */
static naming *const rules[KINDS][RULES_MOST] = {
    [2] = {name_http_server, name_rpc, name_messaging},
    [3] = {name_http_client, name_rpc, name_db, name_messaging},
    [4] = {name_messaging},
    [5] = {name_messaging},
};

static tm_text name_of(const namer *n, int64_t kind)
{
    tm_text name = TM_TEXT("");
    if (kind < 0 || kind >= KINDS)
        return name;
    /* Work: at most RULES_MOST */
    for (unsigned i = 0; i < RULES_MOST && rules[kind][i] && name.n == 0; i++)
        name = rules[kind][i](n);
    return name;
}

TM_EDITOR_FOR(
    set_semconv_span_name, TM_HOST_SPAN | TM_HOST_TRANSFORM, prepare_set_semconv_span_name,
    "nothing set_semconv_span_name(semconv_version: 'string, "
    "original_span_name_attribute?: 'string)",
    "Gives the span the name that the semantic conventions make of its http, rpc, db or messaging "
    "attributes; without these it keeps its own. The old name goes to the attribute, if one is "
    "named. Versions 1.37.0 to 1.43.0 share the same rules.",
    EX(set_semconv_span_name("1.38.0")) THEN(name == "GET /users/{id}")
    EX(set_semconv_span_name("1.36.0")) REFUSED
    EX(set_semconv_span_name("1.40.0", "")) REFUSED)
{
    tm_item *span = c->vm->item[TM_SPAN];
    const namer n = {.arena = c->arena, .attributes = tm_item_attributes(span)};
    tm_text old = tm_value_text(tm_item_field(span, TM_SPAN_NAME));
    tm_text name = name_of(&n, tm_item_field(span, TM_SPAN_KIND).integer);
    if (name.n == 0 || tm_text_equal(name, old))
        return true;
    c->vm->edits++;
    c->vm->held++; /* what it was made in */
    if (tm_arg_given(c, 1))
        tm_map_put(c->arena, tm_item_change_attributes(span), tm_arg_text(c, 1), tm_string(old));
    tm_item_set_field(span, TM_SPAN_NAME, tm_string(name));
    return true;
}

TM_CHAPTER(semconv, ROW(set_semconv_span_name))
