/* Zipkin, JSON: spans of v2.
 * SPDX-License-Identifier: Apache-2.0 */
#include "translate/zipkin_span.h"

#include "translate/json_tree.h"

#include <arpa/inet.h>
#include <stddef.h>

#define COUNT(rows) (sizeof(rows) / sizeof *(rows))

/* The span that is read. */
typedef struct reading {
    tm_members members;
    tm_zipkin *z;
} reading;

typedef struct annotation {
    uint64_t us;
    tm_text value;
} annotation;

/* What the members of a span fill. */
typedef struct span_json {
    tm_zipkin_span span;
    uint64_t start_us, duration_us;
} span_json;

/* ---- ids ------------------------------------------------------------------------------------- */

static bool read_hex(tm_members *m, tm_text hex, const char *name, size_t bytes, tm_text *id)
{
    while (hex.n > 2 * bytes && hex.p[0] == '0')
        hex = tm_text_skip(hex, 1);
    return tm_tree_id(m->arena, hex, bytes, id) ||
           tm_members_fail(m, "%s is no hexadecimal number of at most %zu digits", name, 2 * bytes);
}

static bool read_trace_id(tm_members *m, tm_json_event event, const char *name, void *to)
{
    if (event != TM_JSON_STRING)
        return tm_members_fail(m, "%s is no string", name);
    return read_hex(m, m->json.text, name, 16, to);
}

/* An empty one is none. */
static bool read_span_id(tm_members *m, tm_json_event event, const char *name, void *to)
{
    tm_text hex = {0};
    *(tm_text *)to = (tm_text){0};
    return tm_members_text(m, event, name, &hex) && (!hex.n || read_hex(m, hex, name, 8, to));
}

/* ---- endpoints, annotations, tags ------------------------------------------------------------ */

static bool read_address(tm_members *m, tm_json_event event, const char *name, void *to)
{
    char bytes[16];
    tm_text text = {0};
    if (!tm_members_text(m, event, name, &text))
        return false;
    *(tm_text *)to = (tm_text){0};
    if (!text.n)
        return true;
    text = tm_arena_copy(m->arena, text);
    size_t n = memchr(text.p, 0, text.n)                 ? 0
               : inet_pton(AF_INET, text.p, bytes) == 1  ? 4
               : inet_pton(AF_INET6, text.p, bytes) == 1 ? 16
                                                         : 0;
    if (!n)
        return tm_members_fail(m, "%s is no address", name);
    *(tm_text *)to = tm_zipkin_address(m->arena, tm_text_slice(bytes, n));
    return true;
}

static bool read_endpoint(tm_members *m, tm_json_event event, const char *name, void *to)
{
    static const tm_member rows[] = {
        {"serviceName", tm_members_text, offsetof(tm_zipkin_endpoint, service)},
        {"ipv4", read_address, offsetof(tm_zipkin_endpoint, ipv4)},
        {"ipv6", read_address, offsetof(tm_zipkin_endpoint, ipv6)},
        {"port", tm_members_uint16, offsetof(tm_zipkin_endpoint, port)}};
    bool there;
    if (!tm_members_read(m, event, name, rows, COUNT(rows), to, &there))
        return false;
    if (!there)
        *(tm_zipkin_endpoint *)to = (tm_zipkin_endpoint){0};
    return true;
}

static bool read_annotation(tm_members *m, tm_json_event event, tm_zipkin_span *span)
{
    static const tm_member rows[] = {{"timestamp", tm_members_uint64, offsetof(annotation, us)},
                                     {"value", tm_members_text, offsetof(annotation, value)}};
    annotation a = {0};
    bool there;
    if (!tm_members_read(m, event, "an annotation", rows, COUNT(rows), &a, &there))
        return false;
    if (!a.us)
        return tm_members_fail(m, "an annotation has no timestamp");
    tm_zipkin_annotate(m->arena, span, a.us * TM_ZIPKIN_NS_PER_US, a.value);
    return true;
}

/* Those of a later member take the place of earlier ones. */
static bool read_annotations(tm_members *m, tm_json_event event, const char *name, void *to)
{
    tm_zipkin_span *span = to;
    span->annotations = NULL;
    span->last = NULL;
    if (event == TM_JSON_NULL)
        return true;
    if (event != TM_JSON_ARRAY)
        return tm_members_fail(m, "%s is no list", name);
    while ((event = tm_json_next(&m->json)) != TM_JSON_ARRAY_END)
        if (!read_annotation(m, event, span))
            return false;
    return true;
}

/* Those of a later member come to earlier ones. */
static bool read_tags(tm_members *m, tm_json_event event, const char *name, void *to)
{
    tm_map *tags = *(tm_map **)to;
    if (event == TM_JSON_NULL) {
        tm_map_settle(tags, 0);
        return true;
    }
    if (event != TM_JSON_OBJECT)
        return tm_members_fail(m, "%s is no object", name);
    while ((event = tm_json_next(&m->json)) == TM_JSON_KEY) {
        tm_text key = m->json.text, value = TM_TEXT("");
        if (!tm_members_text(m, tm_json_next(&m->json), "the value of a tag", &value))
            return false;
        tm_map_append(m->arena, tags, key.n ? key : TM_TEXT(""), tm_string(value));
    }
    return event == TM_JSON_OBJECT_END || tm_members_fail(m, "%s", name);
}

/* ---- spans ----------------------------------------------------------------------------------- */

static bool read_span(void *owner, tm_json_event event)
{
    static const tm_member rows[] = {
        {"traceId", read_trace_id, offsetof(span_json, span.trace_id)},
        {"id", read_span_id, offsetof(span_json, span.id)},
        {"parentId", read_span_id, offsetof(span_json, span.parent_id)},
        {"name", tm_members_text, offsetof(span_json, span.name)},
        {"kind", tm_members_text, offsetof(span_json, span.kind)},
        {"timestamp", tm_members_uint64, offsetof(span_json, start_us)},
        {"duration", tm_members_uint64, offsetof(span_json, duration_us)},
        {"localEndpoint", read_endpoint, offsetof(span_json, span.local)},
        {"remoteEndpoint", read_endpoint, offsetof(span_json, span.remote)},
        {"annotations", read_annotations, offsetof(span_json, span)},
        {"tags", read_tags, offsetof(span_json, span.tags)},
        {"debug", tm_members_ignored_bool, 0},
        {"shared", tm_members_ignored_bool, 0}};
    reading *r = owner;
    span_json s = {.span.tags = tm_map_new(r->z->scratch, 0)};
    bool there;
    if (!tm_members_read(&r->members, event, "it", rows, COUNT(rows), &s, &there))
        return false;
    if (!there)
        return true;
    if (tm_zipkin_is_zero(s.span.id))
        return tm_members_fail(&r->members, "it has no id");
    tm_map_unique(r->z->scratch, s.span.tags);
    s.span.timed = s.start_us != 0;
    s.span.start_ns = s.start_us * TM_ZIPKIN_NS_PER_US;
    s.span.duration_ns = s.duration_us * TM_ZIPKIN_NS_PER_US;
    r->z->spans = r->members.items;
    return tm_zipkin_add(r->z, &s.span);
}

bool tm_zipkin_read_json(tm_zipkin *z, tm_text body)
{
    reading r = {.z = z, .members = tm_zipkin_members(z)};
    tm_members_init(&r.members, body);
    tm_json_event event = tm_json_next(&r.members.json);
    if (z->options->alone && event == TM_JSON_OBJECT)
        return read_span(&r, event) && tm_members_end(&r.members);
    return tm_members_list(&r.members, event, read_span, &r);
}
