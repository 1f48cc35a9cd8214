/* Zipkin, v1: spans whose client and server sides, endpoints and tags are annotations, as the
 * Collector's receiver translates them. SPDX-License-Identifier: Apache-2.0 */
#include "translate/zipkin_span.h"

#include "base/clock.h"
#include "translate/json_tree.h"
#include "translate/zipkin_v1_status.h"

#include <stddef.h>

#define COUNT(rows) (sizeof(rows) / sizeof *(rows))
#define UNKNOWN_SERVICE "unknown-service"

typedef struct endpoint {
    tm_text service, ipv4, ipv6; /* addresses as written */
    int32_t port;
    bool there;
} endpoint;

typedef struct annotation {
    int64_t us;
    tm_text key, value; /* only binary ones have a key */
    endpoint endpoint;
} annotation;

/* What the members of a span fill. Annotations are put to use as they come. */
typedef struct span_v1 {
    tm_zipkin *z;
    tm_span_draft draft;
    tm_text trace_id, id, parent_id; /* hex */
    int64_t start_us, duration_us;
    int64_t first_us, last_us; /* of annotations */
    endpoint local;
    tm_text component, fallback; /* names of services, if there is no better one */
    tm_zipkin_v1_status status;
} span_v1;

static uint64_t ns_of(int64_t us)
{
    return us > 0 ? (uint64_t)us * TM_ZIPKIN_NS_PER_US : 0;
}

/* ---- annotations ----------------------------------------------------------------------------- */

static bool read_endpoint(tm_members *m, tm_json_event event, const char *name, void *to)
{
    static const tm_member rows[] = {{"serviceName", tm_members_text, offsetof(endpoint, service)},
                                     {"ipv4", tm_members_text, offsetof(endpoint, ipv4)},
                                     {"ipv6", tm_members_text, offsetof(endpoint, ipv6)},
                                     {"port", tm_members_int32, offsetof(endpoint, port)}};
    endpoint *e = to;
    if (!tm_members_read(m, event, name, rows, COUNT(rows), to, &e->there))
        return false;
    if (!e->there)
        *e = (endpoint){0};
    return true;
}

static uint32_t kind_of(tm_text value)
{
    static const struct {
        const char *value;
        uint32_t kind;
    } kinds[] = {{"cs", TM_KIND_CLIENT},   {"cr", TM_KIND_CLIENT}, {"ms", TM_KIND_PRODUCER},
                 {"mr", TM_KIND_CONSUMER}, {"ss", TM_KIND_SERVER}, {"sr", TM_KIND_SERVER}};
    for (size_t i = 0; i < COUNT(kinds); i++)
        if (tm_text_is(value, kinds[i].value))
            return kinds[i].kind;
    return TM_KIND_UNSPECIFIED;
}

/* The times of all of them bound the span; the first that tells of a side tells its kind, the first
 * of those that also names a service its endpoint. Others are events. */
static void use_annotation(span_v1 *s, const annotation *a)
{
    uint32_t kind = kind_of(a->value);
    if (kind && !s->local.there && a->endpoint.service.n &&
        !tm_text_is(a->endpoint.service, UNKNOWN_SERVICE))
        s->local = a->endpoint;
    if (!s->draft.kind)
        s->draft.kind = kind;
    if (a->us < s->first_us) {
        s->first_us = a->us;
        s->draft.start_ns = ns_of(a->us);
    }
    if (a->us > s->last_us) {
        s->last_us = a->us;
        s->draft.end_ns = ns_of(a->us);
    }
    if (!kind)
        tm_draft_add_event(&s->draft, ns_of(a->us), a->value, NULL, 0);
}

/* "lc" is the local component, which may name the service. */
static void use_binary_annotation(span_v1 *s, const annotation *a)
{
    tm_arena *arena = s->z->scratch;
    tm_text key = a->key;
    if (a->endpoint.service.n)
        s->fallback = a->endpoint.service;
    if (tm_text_is(key, "lc")) {
        key = TM_TEXT("component");
        s->component = a->value;
    }
    tm_value value = tm_zipkin_value(s->z, a->value);
    if (!tm_zipkin_v1_status_takes(&s->status, key, value))
        tm_map_append(arena, s->draft.attributes, key, value);
}

static bool read_list(tm_members *m, tm_json_event event, const char *name, bool binary, span_v1 *s)
{
    static const tm_member rows[] = {{"timestamp", tm_members_int64, offsetof(annotation, us)},
                                     {"key", tm_members_text, offsetof(annotation, key)},
                                     {"value", tm_members_text, offsetof(annotation, value)},
                                     {"endpoint", read_endpoint, offsetof(annotation, endpoint)}};
    bool there;
    if (event == TM_JSON_NULL)
        return true;
    if (event != TM_JSON_ARRAY)
        return tm_members_fail(m, "%s is no list", name);
    while ((event = tm_json_next(&m->json)) != TM_JSON_ARRAY_END) {
        annotation a = {.key = TM_TEXT(""), .value = TM_TEXT("")};
        if (!tm_members_read(m, event, "an annotation", rows, COUNT(rows), &a, &there))
            return false;
        if (binary && there)
            use_binary_annotation(s, &a);
        else if (!binary && a.value.n)
            use_annotation(s, &a);
    }
    return true;
}

static bool read_annotations(tm_members *m, tm_json_event event, const char *name, void *to)
{
    return read_list(m, event, name, false, to);
}

static bool read_binary_annotations(tm_members *m, tm_json_event event, const char *name, void *to)
{
    return read_list(m, event, name, true, to);
}

/* ---- ids and times --------------------------------------------------------------------------- */

/* 16 digits, or `most`, and not all of them zeros. */
static bool read_id(tm_members *m, const char *name, tm_text hex, size_t most, tm_text *id)
{
    if ((hex.n == 16 || hex.n == most) && tm_tree_id(m->arena, hex, most / 2, id) &&
        !tm_zipkin_is_zero(*id))
        return true;
    return tm_members_fail(m, "%s is no hexadecimal number other than 0 of 16%s digits", name,
                           most == 16 ? "" : " or 32");
}

static bool set_ids(tm_members *m, span_v1 *s)
{
    return read_id(m, "traceId", s->trace_id, 32, &s->draft.trace_id) &&
           read_id(m, "id", s->id, 16, &s->draft.span_id) &&
           (!s->parent_id.n || read_id(m, "parentId", s->parent_id, 16, &s->draft.parent_id));
}

/* A span without any time happens now. */
static void set_times(span_v1 *s)
{
    if (s->start_us) {
        s->draft.start_ns = ns_of(s->start_us);
        s->draft.end_ns = ns_of((int64_t)((uint64_t)s->start_us + (uint64_t)s->duration_us));
    }
    if (s->draft.start_ns)
        return;
    s->draft.start_ns = s->draft.end_ns = tm_clock_realtime_ns(s->z->options->clock);
    tm_map_append(s->z->scratch, s->draft.attributes, TM_TEXT(TM_ZIPKIN_NO_START), tm_bool(true));
}

/* ---- spans ----------------------------------------------------------------------------------- */

static void put_text(tm_arena *arena, tm_map *to, const char *key, tm_text text)
{
    if (text.n)
        tm_map_put(arena, to, tm_text_of(key), tm_string(tm_arena_copy(arena, text)));
}

/* One resource for each endpoint. */
static tm_scope_draft *scope_of(span_v1 *s)
{
    tm_arena *arena = s->z->request.arena;
    endpoint *e = &s->local;
    bool fresh;
    if (!e->there)
        e->service = s->fallback.n    ? s->fallback
                     : s->component.n ? s->component
                                      : TM_TEXT(UNKNOWN_SERVICE);
    tm_buf key = {.arena = s->z->scratch};
    tm_buf_add(&key, e->service);
    tm_buf_add_char(&key, '-');
    tm_buf_add(&key, e->ipv4);
    tm_buf_add_char(&key, '-');
    tm_buf_add(&key, e->ipv6);
    tm_buf_print(&key, "-%d", e->port);
    tm_resource_draft *r = tm_draft_resource(&s->z->request, tm_buf_text(&key), &fresh);
    if (fresh) {
        put_text(arena, r->attributes, "service.name", e->service);
        put_text(arena, r->attributes, "ipv4", e->ipv4);
        put_text(arena, r->attributes, "ipv6", e->ipv6);
        if (e->port)
            put_text(arena, r->attributes, "port", tm_arena_print(s->z->scratch, "%d", e->port));
    }
    return tm_draft_scope(&s->z->request, r, (tm_text){0}, (tm_text){0});
}

typedef struct reading {
    tm_members members;
    tm_zipkin *z;
} reading;

static bool read_span(void *owner, tm_json_event event)
{
    static const tm_member rows[] = {{"traceId", tm_members_text, offsetof(span_v1, trace_id)},
                                     {"name", tm_members_text, offsetof(span_v1, draft.name)},
                                     {"parentId", tm_members_text, offsetof(span_v1, parent_id)},
                                     {"id", tm_members_text, offsetof(span_v1, id)},
                                     {"timestamp", tm_members_int64, offsetof(span_v1, start_us)},
                                     {"duration", tm_members_int64, offsetof(span_v1, duration_us)},
                                     {"debug", tm_members_ignored_bool, 0},
                                     {"annotations", read_annotations, 0},
                                     {"binaryAnnotations", read_binary_annotations, 0}};
    reading *r = owner;
    span_v1 s = {.z = r->z,
                 .draft = tm_draft_span(r->z->scratch),
                 .first_us = INT64_MAX,
                 .last_us = INT64_MIN};
    bool there;
    if (!tm_members_read(&r->members, event, "it", rows, COUNT(rows), &s, &there))
        return false;
    if (!set_ids(&r->members, &s))
        return false;
    tm_zipkin_v1_status_tell(&s.status, &s.draft);
    set_times(&s);
    tm_map_unique(r->z->scratch, s.draft.attributes);
    tm_draft_add_span(scope_of(&s), &s.draft);
    return true;
}

bool tm_zipkin_read_v1(tm_zipkin *z, tm_text body)
{
    reading r = {.z = z, .members = tm_zipkin_members(z)};
    tm_members_init(&r.members, body);
    return tm_members_list(&r.members, tm_json_next(&r.members.json), read_span, &r);
}
