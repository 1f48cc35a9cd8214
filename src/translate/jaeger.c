/* Jaeger: what its query API answers, as the Collector translates Jaeger's model.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/base64.h"
#include "base/harmless.h"
#include "translate/draft.h"
#include "translate/formats.h"
#include "translate/json_tree.h"

enum { NS_PER_US = 1000 };

typedef struct jaeger {
    tm_arena *arena;
    tm_request_draft request;
    tm_text *error;
} jaeger;

static bool fail(jaeger *t, const char *what, tm_text of)
{
    tm_buf out = {.arena = t->arena};
    tm_buf_print(&out, "%s of the span \"", what);
    tm_harmless_add(&out, of);
    tm_buf_print(&out, "\"");
    *t->error = tm_buf_text(&out);
    return false;
}

static uint64_t ns_of(tm_value owner, const char *key)
{
    int64_t us = tm_tree_int(owner, key);
    return us > 0 ? (uint64_t)us * NS_PER_US : 0;
}

/* ---- tags ------------------------------------------------------------------------------------ */

/* A tag's value by its type. */
static tm_value tag_value(tm_arena *arena, tm_value tag)
{
    tm_text type = tm_tree_text(tag, "type");
    tm_value v = tm_tree_member(tag, "value");
    if (tm_text_is(type, "int64") && v.type != TM_BOOL)
        return tm_int(tm_tree_int(tag, "value"));
    if (tm_text_is(type, "float64") && v.type == TM_INT)
        return tm_double((double)v.integer);
    if (tm_text_is(type, "bool") && v.type == TM_STRING)
        return tm_bool(tm_text_is(tm_value_text(v), "true"));
    if (tm_text_is(type, "binary") && v.type == TM_STRING) {
        tm_buf bytes = {.arena = arena};
        if (tm_base64_decode(&bytes, tm_value_text(v), TM_BASE64_ANY))
            return tm_bytes_value(tm_buf_text(&bytes));
    }
    return v;
}

static void add_tags(tm_arena *arena, tm_map *to, const tm_list *tags)
{
    for (uint32_t i = 0; tags && i < tags->n; i++) {
        tm_text key = tm_tree_text(tags->item[i], "key");
        tm_map_put(arena, to, key, tag_value(arena, tags->item[i]));
    }
}

static void remove_key(tm_map *map, const char *key)
{
    tm_entry *entry = tm_map_find(map, tm_text_of(key));
    if (!entry)
        return;
    size_t behind = (size_t)(map->entry + map->n - entry - 1);
    memmove(entry, entry + 1, behind * sizeof *entry);
    map->n--;
}

/* Takes a text out of the map; false when there is no such key. Another value is an empty text. */
static bool take_text(tm_map *map, const char *key, tm_text *text)
{
    const tm_entry *entry = tm_map_find(map, tm_text_of(key));
    if (!entry)
        return false;
    *text = entry->value.type == TM_STRING ? tm_value_text(entry->value) : TM_TEXT("");
    remove_key(map, key);
    return true;
}

/* ---- the resource ---------------------------------------------------------------------------- */

static void fill_resource(jaeger *t, tm_resource_draft *r, tm_value process)
{
    tm_text service = tm_tree_text(process, "serviceName"), version;
    tm_map *attributes = r->attributes;
    if (tm_text_is(service, "OTLPResourceNoServiceName"))
        return;
    if (service.n)
        tm_map_put(t->arena, attributes, TM_TEXT("service.name"), tm_string(service));
    add_tags(t->arena, attributes, tm_tree_list(process, "tags"));
    tm_entry *host = tm_map_find(attributes, TM_TEXT("hostname"));
    if (host && !tm_map_find(attributes, TM_TEXT("host.name")))
        host->key = TM_TEXT("host.name");
    if (!tm_map_find(attributes, TM_TEXT("opencensus.exporterversion")) &&
        take_text(attributes, "jaeger.version", &version))
        tm_map_put(t->arena, attributes, TM_TEXT("opencensus.exporterversion"),
                   tm_string(tm_arena_join(t->arena, TM_TEXT("Jaeger-"), version)));
}

/* ---- the span -------------------------------------------------------------------------------- */

static uint32_t kind_of(tm_text name)
{
    static const char *const names[] = {"", "internal", "server", "client", "producer", "consumer"};
    for (uint32_t i = 1; i < sizeof names / sizeof *names; i++)
        if (tm_text_is(name, names[i]))
            return i;
    return TM_KIND_UNSPECIFIED;
}

/* What a status code of HTTP means for a span of that kind; false when it is none. */
static bool http_status(const tm_map *attributes, uint32_t kind, uint32_t *status)
{
    const tm_entry *entry = tm_map_find(attributes, TM_TEXT("http.status_code"));
    if (!entry)
        return false;
    tm_map one = {.entry = (tm_entry *)entry, .n = 1};
    tm_value v = entry->value;
    int64_t code = tm_tree_int(tm_map_value(&one, TM_DATA), "http.status_code");
    if (v.type != TM_INT && (v.type != TM_STRING || code == 0))
        return false;
    bool client_fault = code >= 400 && code < 500 && kind == TM_KIND_SERVER;
    *status = (code >= 100 && code < 400) || client_fault ? 0 : TM_STATUS_ERROR;
    return true;
}

static bool is_true(const tm_map *map, const char *key)
{
    const tm_entry *entry = tm_map_find(map, tm_text_of(key));
    return entry && entry->value.type == TM_BOOL && entry->value.truth;
}

static tm_text text_in(const tm_map *map, const char *key)
{
    const tm_entry *entry = tm_map_find(map, tm_text_of(key));
    return entry && entry->value.type == TM_STRING ? tm_value_text(entry->value) : TM_TEXT("");
}

/* The tag `error` counts first, then the status that OpenTelemetry's exporters write, then HTTP's.
 */
static void set_status(tm_span_draft *s)
{
    bool failed = is_true(s->attributes, "error");
    tm_text code;
    uint32_t http;
    if (failed) {
        s->status_code = TM_STATUS_ERROR;
        remove_key(s->attributes, "error");
        if (!take_text(s->attributes, "otel.status_description", &s->status_message))
            s->status_message = text_in(s->attributes, "http.status_message");
    }
    if (take_text(s->attributes, "otel.status_code", &code)) {
        if (failed)
            return;
        s->status_code = tm_text_same_word(code, TM_TEXT("OK"))      ? TM_STATUS_OK
                         : tm_text_same_word(code, TM_TEXT("ERROR")) ? TM_STATUS_ERROR
                                                                     : 0;
        take_text(s->attributes, "otel.status_description", &s->status_message);
    } else if (!failed && http_status(s->attributes, s->kind, &http) && http) {
        s->status_code = http;
        s->status_message = text_in(s->attributes, "http.status_message");
    }
}

static void add_logs(tm_arena *arena, tm_span_draft *s, const tm_list *logs)
{
    for (uint32_t i = 0; logs && i < logs->n; i++) {
        tm_map *attributes = tm_map_new(arena, 0);
        tm_text name = {0};
        add_tags(arena, attributes, tm_tree_list(logs->item[i], "fields"));
        take_text(attributes, "event", &name);
        tm_draft_add_event(s, ns_of(logs->item[i], "timestamp"), name, attributes, 0);
    }
}

static bool is_child_of(tm_value reference)
{
    return tm_text_is(tm_tree_text(reference, "refType"), "CHILD_OF");
}

/* The first CHILD_OF in the same trace, else the first other reference in it, is the parent. */
static tm_text parent_of(tm_value span, const tm_list *references)
{
    tm_text trace = tm_tree_text(span, "traceID"), parent = tm_tree_text(span, "parentSpanID");
    bool found = false;
    for (uint32_t i = 0; references && i < references->n; i++) {
        tm_value r = references->item[i];
        if (!tm_text_equal(tm_tree_text(r, "traceID"), trace))
            continue;
        if (is_child_of(r))
            return tm_tree_text(r, "spanID");
        if (!found)
            parent = tm_tree_text(r, "spanID");
        found = true;
    }
    return parent;
}

/* Every reference but the one to the parent becomes a link. */
static bool add_references(jaeger *t, tm_span_draft *s, const tm_list *references)
{
    for (uint32_t i = 0; references && i < references->n; i++) {
        tm_value r = references->item[i];
        tm_text trace, span;
        if (!tm_tree_id(t->arena, tm_tree_text(r, "traceID"), 16, &trace) ||
            !tm_tree_id(t->arena, tm_tree_text(r, "spanID"), 8, &span))
            return fail(t, "a reference without ids", s->name);
        if (is_child_of(r) && tm_text_equal(span, s->parent_id))
            continue;
        tm_map *attributes = tm_map_new(t->arena, 1);
        tm_map_append(t->arena, attributes, TM_TEXT("opentracing.ref_type"),
                      tm_string(is_child_of(r) ? TM_TEXT("child_of") : TM_TEXT("follows_from")));
        tm_draft_add_link(s, trace, span, TM_TEXT(""), attributes, 0);
    }
    return true;
}

static bool read_span(jaeger *t, tm_value span, tm_resource_draft *resource)
{
    tm_span_draft s = tm_draft_span(t->arena);
    const tm_list *references = tm_tree_list(span, "references");
    tm_text parent = parent_of(span, references), kind, name = {0}, version = {0};
    s.name = tm_tree_text(span, "operationName");
    if (!tm_tree_id(t->arena, tm_tree_text(span, "traceID"), 16, &s.trace_id) ||
        !tm_tree_id(t->arena, tm_tree_text(span, "spanID"), 8, &s.span_id))
        return fail(t, "there are no traceID and spanID", s.name);
    if (parent.n && !tm_tree_id(t->arena, parent, 8, &s.parent_id))
        return fail(t, "there is a bad parent", s.name);
    s.start_ns = ns_of(span, "startTime");
    s.end_ns = s.start_ns + ns_of(span, "duration");
    add_tags(t->arena, s.attributes, tm_tree_list(span, "tags"));
    if (take_text(s.attributes, "otel.scope.name", &name))
        take_text(s.attributes, "otel.scope.version", &version);
    else if (take_text(s.attributes, "otel.library.name", &name))
        take_text(s.attributes, "otel.library.version", &version);
    if (take_text(s.attributes, "span.kind", &kind))
        s.kind = kind_of(kind);
    set_status(&s);
    take_text(s.attributes, "w3c.tracestate", &s.trace_state);
    add_logs(t->arena, &s, tm_tree_list(span, "logs"));
    if (!add_references(t, &s, references))
        return false;
    tm_draft_add_span(tm_draft_scope(&t->request, resource, name, version), &s);
    return true;
}

/* ---- traces ---------------------------------------------------------------------------------- */

static bool read_trace(jaeger *t, tm_value trace)
{
    const tm_list *spans = tm_tree_list(trace, "spans");
    tm_value processes = tm_tree_member(trace, "processes");
    tm_text id = tm_tree_text(trace, "traceID");
    for (uint32_t i = 0; spans && i < spans->n; i++) {
        tm_value span = spans->item[i], process = tm_tree_member(span, "process");
        tm_text name = tm_tree_text(span, "processID");
        bool fresh;
        if (process.type != TM_MAP && processes.type == TM_MAP && name.n) {
            const tm_entry *entry = tm_map_find(processes.map, name);
            process = entry ? entry->value : tm_nil();
        }
        tm_text key = tm_arena_print(t->arena, "%.*s/%.*s", TM_PRI(id), TM_PRI(name));
        if (!name.n)
            key = tm_arena_print(t->arena, "%.*s/%u", TM_PRI(id), i);
        tm_resource_draft *resource = tm_draft_resource(&t->request, key, &fresh);
        if (fresh)
            fill_resource(t, resource, process);
        if (!read_span(t, span, resource))
            return false;
    }
    return true;
}

bool tm_jaeger_translate(tm_arena *arena, tm_text json, tm_text *protobuf, tm_text *error)
{
    jaeger t = {.arena = arena, .request.arena = arena, .error = error};
    tm_value root;
    if (!tm_tree_read(arena, json, &root, error))
        return false;
    tm_value data = tm_tree_member(root, "data");
    const tm_list *traces = root.type == TM_LIST   ? root.list
                            : data.type == TM_LIST ? data.list
                                                   : NULL;
    if (!traces && !read_trace(&t, data.type == TM_MAP ? data : root))
        return false;
    for (uint32_t i = 0; traces && i < traces->n; i++)
        if (!read_trace(&t, traces->item[i]))
            return false;
    *protobuf = tm_draft_request(&t.request);
    return true;
}
