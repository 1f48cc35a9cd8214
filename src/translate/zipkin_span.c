/* Zipkin, span: as the Collector's receiver translates v2 spans.
 * SPDX-License-Identifier: Apache-2.0 */
#include "translate/zipkin_span.h"

#include "base/json.h"
#include "base/number.h"
#include "translate/json_tree.h"

#include <math.h>
#include <stdlib.h>

enum { MOST_LINKS = 128, LINK_PARTS = 5, EVENT_PARTS = 3 };

/* Tags that say something of the resource (semantic conventions, OpenCensus): those of the first
 * span of a service become its resource's attributes, the others' are left out. In order. */
static const char *const resource_tags[] = {
#define TAG(name) name,
#include "translate/resource_tags.def"
#undef TAG
};

#define SERVICE_NAME_SOURCE "otlp.service.name.source"
#define NO_SERVICE "OTLPResourceNoServiceName"

bool tm_zipkin_fail(tm_zipkin *z, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    tm_text what = tm_arena_vprint(z->request.arena, format, arguments);
    va_end(arguments);
    *z->error = tm_arena_print(z->request.arena, "span %llu: %.*s",
                               (unsigned long long)z->spans + 1, TM_PRI(what));
    return false;
}

tm_members tm_zipkin_members(tm_zipkin *z)
{
    return (tm_members){.arena = z->scratch, .errors = z->request.arena, .error = z->error};
}

static int compare_tag(const void *key, const void *tag)
{
    return tm_text_compare(*(const tm_text *)key, tm_text_of(*(const char *const *)tag));
}

static bool is_resource_tag(tm_text key)
{
    return bsearch(&key, resource_tags, sizeof resource_tags / sizeof *resource_tags,
                   sizeof *resource_tags, compare_tag) != NULL;
}

/* A tag; false when there is none. Used ones are marked by an empty key. */
static bool take(tm_map *tags, const char *key, tm_text *text)
{
    tm_entry *entry = tm_map_find(tags, tm_text_of(key));
    if (!entry)
        return false;
    *text = tm_value_text(entry->value);
    entry->key = (tm_text){0};
    return true;
}

/* ---- resource and scope ---------------------------------------------------------------------- */

static void fill_resource(tm_zipkin *z, tm_resource_draft *r, tm_text service, tm_map *tags)
{
    tm_arena *arena = z->request.arena;
    tm_text source = {0};
    if (tm_text_is(service, NO_SERVICE))
        return;
    take(tags, SERVICE_NAME_SOURCE, &source);
    tm_map_put(arena, r->attributes,
               source.n ? tm_arena_copy(arena, source) : TM_TEXT("service.name"),
               tm_string(service));
    for (uint32_t i = 0; i < tags->n; i++)
        if (is_resource_tag(tags->entry[i].key)) {
            tm_text value = tm_arena_copy(arena, tm_value_text(tags->entry[i].value));
            tm_map_put(arena, r->attributes, tm_arena_copy(arena, tags->entry[i].key),
                       tm_string(value));
        }
}

static tm_scope_draft *scope_of(tm_zipkin *z, const tm_zipkin_span *span)
{
    tm_text service = span->local.service.n ? span->local.service : TM_TEXT(NO_SERVICE);
    tm_text name = {0}, version = {0}, none;
    bool fresh;
    tm_resource_draft *resource = tm_draft_resource(&z->request, service, &fresh);
    if (fresh)
        fill_resource(z, resource, resource->key, span->tags);
    take(span->tags, SERVICE_NAME_SOURCE, &none);
    take(span->tags, "otel.library.name", &name); /* the older names */
    take(span->tags, "otel.library.version", &version);
    take(span->tags, "otel.scope.name", &name);
    take(span->tags, "otel.scope.version", &version);
    return tm_draft_scope(&z->request, resource, name, name.n ? version : (tm_text){0});
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

/* Whole numbers become ints, as the Collector's; what does not fit is what its processor makes of
 * it. */
static tm_value read_number(tm_text text)
{
    int64_t integer;
    double number = 0;
    if (tm_number_int(text, &integer))
        return tm_int(integer);
    tm_number_double(text, &number);
    if (number != trunc(number))
        return tm_double(number);
    return tm_int(number > -0x1p63 && number < 0x1p63 ? (int64_t)number : INT64_MIN);
}

/* An attribute in JSON: a text, bool or number; others are left out. */
static bool read_attribute(tm_json *j, tm_arena *arena, tm_map *out)
{
    const tm_text key = j->text;
    const tm_json_event event = tm_json_next(j);
    switch (event) {
    case TM_JSON_STRING:
        tm_map_append(arena, out, key, tm_string(j->text));
        return true;
    case TM_JSON_NUMBER:
        tm_map_append(arena, out, key, read_number(j->text));
        return true;
    case TM_JSON_TRUE:
    case TM_JSON_FALSE:
        tm_map_append(arena, out, key, tm_bool(event == TM_JSON_TRUE));
        return true;
    default:
        return tm_json_skip(j, event);
    }
}

/* False: it is no such JSON. */
static bool read_attributes(tm_arena *arena, tm_text json, tm_map **out)
{
    tm_json j;
    tm_json_init(&j, arena, json, 0, TM_JSON_ANY_BYTES);
    tm_json_event event = tm_json_next(&j);
    *out = tm_map_new(arena, 0);
    if (event == TM_JSON_NULL)
        return tm_json_next(&j) == TM_JSON_END;
    if (event != TM_JSON_OBJECT)
        return false;
    while ((event = tm_json_next(&j)) == TM_JSON_KEY)
        if (!read_attribute(&j, arena, *out))
            return false;
    tm_map_unique(arena, *out);
    return event == TM_JSON_OBJECT_END && tm_json_next(&j) == TM_JSON_END;
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

/* An id of a link, whose digits may stand in quotes; none is empty. */
static bool read_id(tm_arena *arena, tm_text hex, size_t n, tm_text *id)
{
    if (hex.n >= 2 && hex.p[0] == '"' && hex.p[hex.n - 1] == '"')
        hex = tm_text_slice(hex.p + 1, hex.n - 2);
    *id = (tm_text){0};
    return !hex.n || (hex.n == 2 * n && tm_tree_id(arena, hex, n, id));
}

static bool add_link(tm_zipkin *z, tm_span_draft *s, tm_text text)
{
    tm_text parts[MOST_PARTS], trace, span;
    tm_map *attributes;
    uint32_t dropped;
    if (!cut(text, LINK_PARTS - 2, parts))
        return true;
    if (!read_id(z->scratch, parts[0], 16, &trace) || !read_id(z->scratch, parts[1], 8, &span) ||
        !read_tail(z->scratch, parts + 3, &attributes, &dropped))
        return false;
    tm_draft_add_link(s, trace, span, parts[2], attributes, dropped);
    return true;
}

static bool add_links(tm_zipkin *z, tm_span_draft *s, tm_map *tags)
{
    for (unsigned i = 0; i < MOST_LINKS; i++) {
        tm_text key = tm_arena_print(z->scratch, "otlp.link.%u", i), text;
        if (!take(tags, key.p, &text))
            return true;
        if (!add_link(z, s, text))
            return false;
    }
    return true;
}

static bool add_events(tm_zipkin *z, tm_span_draft *s, const tm_zipkin_annotation *annotation)
{
    for (; annotation; annotation = annotation->next) {
        tm_text value = annotation->value, rest = value, name = {0}, parts[MOST_PARTS];
        tm_map *attributes = NULL;
        uint32_t dropped = 0;
        tm_text_next(&rest, '|', &name);
        if (cut(value, EVENT_PARTS - 2, parts) &&
            !read_tail(z->scratch, parts + 1, &attributes, &dropped))
            return false;
        tm_draft_add_event(s, annotation->time_ns, name, attributes, dropped);
    }
    return true;
}

void tm_zipkin_annotate(tm_arena *scratch, tm_zipkin_span *span, uint64_t time_ns, tm_text value)
{
    tm_zipkin_annotation *a = TM_NEW(scratch, tm_zipkin_annotation);
    *a = (tm_zipkin_annotation){.time_ns = time_ns, .value = value};
    *(span->last ? span->last : &span->annotations) = a;
    span->last = &a->next;
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

/* The Collector knows the names of OTLP/JSON and those of its own exporter. */
static uint32_t status_code_of(tm_text name)
{
    if (tm_text_is(name, "STATUS_CODE_OK") || tm_text_is(name, "Ok"))
        return TM_STATUS_OK;
    return tm_text_is(name, "STATUS_CODE_ERROR") || tm_text_is(name, "Error") ? TM_STATUS_ERROR : 0;
}

/* Any tag `error` is one; "true" says no more than that. */
static void set_status(tm_span_draft *s, tm_map *tags)
{
    tm_text code, failed;
    if (take(tags, "otel.status_code", &code)) {
        s->status_code = status_code_of(code);
        take(tags, "otel.status_description", &s->status_message);
    }
    const tm_entry *error = tm_map_find(tags, TM_TEXT("error"));
    if (!error)
        return;
    s->status_code = TM_STATUS_ERROR;
    if (tm_text_is(tm_value_text(error->value), "true"))
        take(tags, "error", &failed);
}

static void put_endpoint(tm_arena *arena, tm_map *to, const tm_zipkin_endpoint *endpoint,
                         const char *ip_key, const char *port_key)
{
    if (endpoint->ipv4.n || endpoint->ipv6.n)
        tm_map_put(arena, to, tm_text_of(ip_key),
                   tm_string(endpoint->ipv6.n ? endpoint->ipv6 : endpoint->ipv4));
    if (endpoint->port)
        tm_map_put(arena, to, tm_text_of(port_key), tm_int(endpoint->port));
}

static void set_attributes(tm_zipkin *z, tm_span_draft *s, const tm_zipkin_span *span)
{
    tm_arena *arena = z->scratch;
    for (uint32_t i = 0; i < span->tags->n; i++) {
        const tm_entry *tag = &span->tags->entry[i];
        if (tag->key.p && !is_resource_tag(tag->key))
            tm_map_append(arena, s->attributes, tag->key,
                          tm_zipkin_value(z, tm_value_text(tag->value)));
    }
    put_endpoint(arena, s->attributes, &span->local, "network.local.address", "net.host.port");
    if (span->remote.service.n)
        tm_map_put(arena, s->attributes, TM_TEXT("service.peer.name"),
                   tm_string(span->remote.service));
    put_endpoint(arena, s->attributes, &span->remote, "network.peer.address", "net.peer.port");
    if (!span->timed)
        tm_map_put(arena, s->attributes, TM_TEXT(TM_ZIPKIN_NO_START), tm_bool(true));
}

bool tm_zipkin_is_zero(tm_text id)
{
    for (size_t i = 0; i < id.n; i++)
        if (id.p[i])
            return false;
    return true;
}

/* An id of zeros is none. */
static tm_text id_of(tm_text id)
{
    return tm_zipkin_is_zero(id) ? (tm_text){0} : id;
}

bool tm_zipkin_add(tm_zipkin *z, tm_zipkin_span *span)
{
    tm_span_draft s = tm_draft_span(z->scratch);
    tm_scope_draft *scope = scope_of(z, span);
    s.trace_id = id_of(span->trace_id);
    s.span_id = id_of(span->id);
    if (!tm_text_equal(span->parent_id, span->id))
        s.parent_id = id_of(span->parent_id);
    take(span->tags, "w3c.tracestate", &s.trace_state);
    s.name = span->name;
    s.kind = kind_of(span->kind, span->tags);
    s.start_ns = span->start_ns;
    s.end_ns = span->start_ns + span->duration_ns;
    set_status(&s, span->tags);
    if (!add_links(z, &s, span->tags))
        return tm_zipkin_fail(z, "a tag otlp.link is no link");
    set_attributes(z, &s, span);
    if (!add_events(z, &s, span->annotations))
        return tm_zipkin_fail(z, "an annotation is no event");
    tm_draft_add_span(scope, &s);
    return true;
}
