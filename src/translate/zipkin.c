/* Zipkin: v2 spans, as the Collector's zipkin receiver translates them.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/harmless.h"
#include "base/number.h"
#include "translate/draft.h"
#include "translate/formats.h"
#include "translate/json_tree.h"

#include <arpa/inet.h>

enum { NS_PER_US = 1000, MOST_LINKS = 128, LINK_PARTS = 5, EVENT_PARTS = 3 };

/* Tags that say something of the resource (semantic conventions, OpenCensus): those of the first
 * span of a service become its resource's attributes, the others' are left out. */
static const char *const resource_tags[] = {
#define TAG(name) name,
#include "translate/resource_tags.def"
#undef TAG
};

#define SERVICE_NAME_SOURCE "otlp.service.name.source"
#define ABSENT_START "otel.zipkin.absentField.startTime"
#define NO_SERVICE "OTLPResourceNoServiceName"

typedef struct zipkin {
    tm_arena *arena;
    tm_request_draft request;
    tm_text *error;
} zipkin;

static bool fail(zipkin *t, const char *what, tm_value span)
{
    tm_buf out = {.arena = t->arena};
    tm_buf_print(&out, "%s (span \"", what);
    tm_harmless_add(&out, tm_tree_text(span, "id"));
    tm_buf_print(&out, "\")");
    *t->error = tm_buf_text(&out);
    return false;
}

static bool is_resource_tag(tm_text key)
{
    for (size_t i = 0; i < sizeof resource_tags / sizeof *resource_tags; i++)
        if (tm_text_is(key, resource_tags[i]))
            return true;
    return false;
}

static uint64_t ns_of(tm_value owner, const char *key)
{
    int64_t us = tm_tree_int(owner, key);
    return us > 0 ? (uint64_t)us * NS_PER_US : 0;
}

/* A tag; false when there is none. Used ones are marked by an empty key in the copy of the tags. */
static bool take(tm_map *tags, const char *key, tm_text *text)
{
    tm_entry *entry = tm_map_find(tags, tm_text_of(key));
    if (!entry || entry->value.type != TM_STRING)
        return false;
    *text = tm_value_text(entry->value);
    entry->key = (tm_text){0};
    return true;
}

static tm_map *copy_of(tm_arena *arena, const tm_map *tags)
{
    tm_map *copy = tm_map_new(arena, tags ? tags->n : 0);
    for (uint32_t i = 0; tags && i < tags->n; i++)
        if (tags->entry[i].key.n && tags->entry[i].value.type == TM_STRING)
            tm_map_append(arena, copy, tags->entry[i].key, tags->entry[i].value);
    return copy;
}

/* ---- resource and scope ---------------------------------------------------------------------- */

static void fill_resource(zipkin *t, tm_resource_draft *r, tm_text service, tm_map *tags)
{
    tm_text source = {0};
    if (tm_text_is(service, NO_SERVICE))
        return;
    take(tags, SERVICE_NAME_SOURCE, &source);
    tm_map_put(t->arena, r->attributes, source.n ? source : TM_TEXT("service.name"),
               tm_string(service));
    for (uint32_t i = 0; i < tags->n; i++)
        if (is_resource_tag(tags->entry[i].key))
            tm_map_put(t->arena, r->attributes, tags->entry[i].key, tags->entry[i].value);
}

static tm_scope_draft *scope_of(zipkin *t, tm_value span, tm_map *tags)
{
    tm_text service = tm_tree_text(tm_tree_member(span, "localEndpoint"), "serviceName");
    tm_text name = {0}, version = {0};
    bool fresh;
    if (!service.n)
        service = TM_TEXT(NO_SERVICE);
    tm_resource_draft *resource = tm_draft_resource(&t->request, service, &fresh);
    if (fresh)
        fill_resource(t, resource, service, tags);
    take(tags, "otel.library.name", &name); /* the older names */
    take(tags, "otel.library.version", &version);
    take(tags, "otel.scope.name", &name);
    take(tags, "otel.scope.version", &version);
    return tm_draft_scope(&t->request, resource, name, version);
}

/* ---- what OpenTelemetry's exporters write into texts: "a|b|{json}|dropped" ---------------------
 */

enum { MOST_PARTS = 5 };

/* Cuts the text at bars: the first `front` parts, what is left up to the last bar, and the last. */
static bool cut(tm_text text, unsigned front, tm_text parts[MOST_PARTS])
{
    for (unsigned i = 0; i < front; i++)
        if (!tm_text_next(&text, '|', &parts[i]) || !text.p)
            return false;
    size_t last = text.n;
    while (last && text.p[last - 1] != '|')
        last--;
    if (!last)
        return false;
    parts[front] = tm_text_slice(text.p, last - 1);
    parts[front + 1] = tm_text_skip(text, last);
    return true;
}

/* Attributes in JSON: texts, bools and numbers count. False: it is no such JSON. */
static bool read_attributes(tm_arena *arena, tm_text json, tm_map **out)
{
    tm_value root;
    tm_text error;
    if (!tm_tree_read(arena, json, &root, &error) || (root.type != TM_MAP && root.type != TM_NIL))
        return false;
    *out = tm_map_new(arena, 0);
    for (uint32_t i = 0; root.type == TM_MAP && i < root.map->n; i++) {
        tm_value v = root.map->entry[i].value;
        if (v.type == TM_DOUBLE && v.number == (double)(int64_t)v.number)
            v = tm_int((int64_t)v.number);
        if (v.type == TM_STRING || v.type == TM_BOOL || v.type == TM_INT || v.type == TM_DOUBLE)
            tm_map_append(arena, *out, root.map->entry[i].key, v);
    }
    return true;
}

static bool read_tail(tm_arena *arena, const tm_text *parts, tm_map **attributes, uint32_t *dropped)
{
    uint64_t n;
    if (!read_attributes(arena, parts[0], attributes) || !tm_number_uint(parts[1], &n) ||
        n > UINT32_MAX)
        return false;
    *dropped = (uint32_t)n;
    return true;
}

static bool add_link(zipkin *t, tm_span_draft *s, tm_text text)
{
    tm_text parts[MOST_PARTS], trace, span;
    tm_map *attributes;
    uint32_t dropped;
    if (!cut(text, LINK_PARTS - 2, parts))
        return true;
    if (parts[0].n != 32 || !tm_tree_id(t->arena, parts[0], 16, &trace) || parts[1].n != 16 ||
        !tm_tree_id(t->arena, parts[1], 8, &span) ||
        !read_tail(t->arena, parts + 3, &attributes, &dropped))
        return false;
    tm_draft_add_link(s, trace, span, parts[2], attributes, dropped);
    return true;
}

static bool add_links(zipkin *t, tm_span_draft *s, tm_map *tags)
{
    for (unsigned i = 0; i < MOST_LINKS; i++) {
        tm_text key = tm_arena_print(t->arena, "otlp.link.%u", i), text;
        if (!take(tags, key.p, &text))
            return true;
        if (!add_link(t, s, text))
            return false;
    }
    return true;
}

static bool add_events(zipkin *t, tm_span_draft *s, const tm_list *annotations)
{
    for (uint32_t i = 0; annotations && i < annotations->n; i++) {
        tm_text value = tm_tree_text(annotations->item[i], "value"), rest = value, name = {0};
        tm_text parts[MOST_PARTS];
        tm_map *attributes = NULL;
        uint32_t dropped = 0;
        tm_text_next(&rest, '|', &name);
        if (cut(value, EVENT_PARTS - 2, parts) &&
            !read_tail(t->arena, parts + 1, &attributes, &dropped))
            return false;
        tm_draft_add_event(s, ns_of(annotations->item[i], "timestamp"), name, attributes, dropped);
    }
    return true;
}

/* ---- the span -------------------------------------------------------------------------------- */

static uint32_t kind_of(tm_text name, tm_map *tags)
{
    static const struct {
        const char *name;
        uint32_t kind;
    } kinds[] = {{"CLIENT", TM_KIND_CLIENT},
                 {"SERVER", TM_KIND_SERVER},
                 {"PRODUCER", TM_KIND_PRODUCER},
                 {"CONSUMER", TM_KIND_CONSUMER}};
    tm_text tag = {0};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (tm_text_is(name, kinds[i].name))
            return kinds[i].kind;
    take(tags, "span.kind", &tag);
    return tm_text_is(tag, "internal") ? TM_KIND_INTERNAL : TM_KIND_UNSPECIFIED;
}

static void set_status(tm_span_draft *s, tm_map *tags)
{
    tm_text code, failed = {0};
    if (take(tags, "otel.status_code", &code)) {
        s->status_code = tm_text_is(code, "STATUS_CODE_OK") || tm_text_is(code, "OK") ? TM_STATUS_OK
                         : tm_text_is(code, "STATUS_CODE_ERROR") || tm_text_is(code, "ERROR")
                             ? TM_STATUS_ERROR
                             : 0;
        take(tags, "otel.status_description", &s->status_message);
    }
    const tm_entry *error = tm_map_find(tags, TM_TEXT("error"));
    if (error && tm_text_is(tm_value_text(error->value), "true")) {
        s->status_code = TM_STATUS_ERROR;
        take(tags, "error", &failed);
    }
}

/* In the usual form: of IPv6 there are many. */
static tm_text address(tm_arena *arena, tm_text written)
{
    struct in6_addr v6;
    char text[INET6_ADDRSTRLEN];
    tm_text copy = tm_arena_copy(arena, written);
    if (inet_pton(AF_INET6, copy.p, &v6) != 1)
        return copy;
    return tm_arena_copy(arena, tm_text_of(inet_ntop(AF_INET6, &v6, text, sizeof text)));
}

static void put_endpoint(tm_arena *arena, tm_map *to, tm_value endpoint, const char *ip_key,
                         const char *port_key)
{
    tm_text v4 = tm_tree_text(endpoint, "ipv4"), v6 = tm_tree_text(endpoint, "ipv6");
    int64_t port = tm_tree_int(endpoint, "port");
    if (v4.n || v6.n)
        tm_map_put(arena, to, tm_text_of(ip_key), tm_string(address(arena, v6.n ? v6 : v4)));
    if (port > 0)
        tm_map_put(arena, to, tm_text_of(port_key), tm_int(port));
}

static void set_attributes(tm_arena *arena, tm_span_draft *s, tm_value span, const tm_map *tags)
{
    tm_value remote = tm_tree_member(span, "remoteEndpoint");
    tm_text peer = tm_tree_text(remote, "serviceName");
    for (uint32_t i = 0; i < tags->n; i++)
        if (tags->entry[i].key.n && !is_resource_tag(tags->entry[i].key) &&
            !tm_text_is(tags->entry[i].key, SERVICE_NAME_SOURCE))
            tm_map_append(arena, s->attributes, tags->entry[i].key, tags->entry[i].value);
    put_endpoint(arena, s->attributes, tm_tree_member(span, "localEndpoint"),
                 "network.local.address", "net.host.port");
    if (peer.n)
        tm_map_put(arena, s->attributes, TM_TEXT("service.peer.name"), tm_string(peer));
    put_endpoint(arena, s->attributes, remote, "network.peer.address", "net.peer.port");
    if (!s->start_ns)
        tm_map_put(arena, s->attributes, TM_TEXT(ABSENT_START), tm_bool(true));
}

static bool read_ids(zipkin *t, tm_span_draft *s, tm_value span)
{
    tm_text parent = tm_tree_text(span, "parentId");
    if (!tm_tree_id(t->arena, tm_tree_text(span, "traceId"), 16, &s->trace_id))
        return fail(t, "the traceId is not 16 to 32 hex digits", span);
    if (!tm_tree_id(t->arena, tm_tree_text(span, "id"), 8, &s->span_id))
        return fail(t, "the id is not 16 hex digits", span);
    if (parent.n && !tm_tree_id(t->arena, parent, 8, &s->parent_id))
        return fail(t, "the parentId is not 16 hex digits", span);
    if (tm_text_equal(s->parent_id, s->span_id))
        s->parent_id = (tm_text){0};
    return true;
}

static bool read_span(zipkin *t, tm_value span)
{
    if (span.type == TM_NIL)
        return true;
    tm_span_draft s = tm_draft_span(t->arena);
    tm_map *tags = copy_of(t->arena, tm_tree_map(span, "tags"));
    tm_scope_draft *scope = scope_of(t, span, tags);
    if (!read_ids(t, &s, span))
        return false;
    take(tags, "w3c.tracestate", &s.trace_state);
    s.name = tm_tree_text(span, "name");
    s.kind = kind_of(tm_tree_text(span, "kind"), tags);
    s.start_ns = ns_of(span, "timestamp");
    s.end_ns = s.start_ns + ns_of(span, "duration");
    set_status(&s, tags);
    if (!add_links(t, &s, tags))
        return fail(t, "a tag otlp.link is no link", span);
    set_attributes(t->arena, &s, span, tags);
    if (!add_events(t, &s, tm_tree_list(span, "annotations")))
        return fail(t, "an annotation is no event", span);
    tm_draft_add_span(scope, &s);
    return true;
}

bool tm_zipkin_translate(tm_arena *arena, tm_text json, tm_text *protobuf, tm_text *error)
{
    zipkin t = {.arena = arena, .request.arena = arena, .error = error};
    tm_value root;
    if (!tm_tree_read(arena, json, &root, error))
        return false;
    if (root.type != TM_LIST && !read_span(&t, root))
        return false;
    for (uint32_t i = 0; root.type == TM_LIST && i < root.list->n; i++)
        if (!read_span(&t, root.list->item[i]))
            return false;
    *protobuf = tm_draft_request(&t.request);
    return true;
}
