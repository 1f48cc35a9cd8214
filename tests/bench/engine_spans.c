/* Engine spans: attribute lists written as templates, in which #N stands for a number below N.
 * SPDX-License-Identifier: Apache-2.0 */
#include "engine_spans.h"

#include "base/buf.h"
#include "otlp/wire.h"

#include <stdlib.h>

#define BROWSER                                                                                    \
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 "     \
    "Safari/537.36"

enum { SPANS_PER_RESOURCE = 64, NAMED_NONE = 0, NAMED = 1, INTEGER = 2 };

/* A key and its value; INTEGER values are written as numbers. NAMED: a rule of the example asks for
 * it. */
typedef struct row {
    const char *key, *value;
    unsigned flags;
} row;

typedef struct kind {
    const char *name, *service;
    unsigned number; /* of the span kind */
    const row *rows;
} kind;

/* Where a template says %, what was drawn for this span stands: see draw. */
static const row ingress[] = {
    {"node_id", "envoy-7d9fkq", 0},
    {"zone", "", 0},
    {"guid:x-request-id", "#99999999-#99999999-#99999999-#99999999", 0},
    {"http.url", "https://%2.tap.example.com/entries/#1000?page=#20", NAMED},
    {"http.method", "GET", 0},
    {"downstream_cluster", "-", 0},
    {"user_agent", "%3", NAMED},
    {"http.protocol", "HTTP/2", 0},
    {"peer.address", "10.0.#8.#255", 0},
    {"request_size", "#10000", 0},
    {"response_size", "#100000", 0},
    {"component", "proxy", 0},
    {"upstream_cluster", "%1", NAMED},
    {"upstream_cluster.name", "%1", 0},
    {"http.status_code", "200", 0},
    {"response_flags", "-", 0},
    {"contour.pod", "contour-#9999999", 0},
    {NULL, NULL, 0}};
static const row service[] = {{"thread.id", "#64", INTEGER},
                              {"thread.name", "http-nio-8080-exec-#20", 0},
                              {"http.request.method", "GET", 0},
                              {"http.response.status_code", "200", INTEGER},
                              {"http.route", "%1", NAMED},
                              {"url.path", "%1", 0},
                              {"url.scheme", "http", 0},
                              {"user_agent.original", "%2", NAMED},
                              {"network.protocol.version", "1.1", 0},
                              {"server.address", "blog-api.apps", 0},
                              {"server.port", "8080", INTEGER},
                              {"network.peer.address", "10.0.0.#255", 0},
                              {"network.peer.port", "#65536", INTEGER},
                              {NULL, NULL, 0}};
static const row database[] = {{"db.system", "postgresql", 0},
                               {"db.name", "blog", 0},
                               {"db.user", "pgappuser", 0},
                               {"db.operation", "SELECT", 0},
                               {"db.statement",
                                "SELECT e.id, e.title, e.content, e.categories, e.tags, e.author "
                                "FROM entry AS e WHERE e.id = ? AND e.tenant = ?",
                                0},
                               {"db.sql.table", "entry", 0},
                               {"server.address", "blog-db.demo", 0},
                               {"thread.id", "#64", INTEGER},
                               {"thread.name", "http-nio-8080-exec-#20", 0},
                               {NULL, NULL, 0}};
static const row resource[] = {{"service.name", "%0", 0},
                               {"service.namespace", "apps", 0},
                               {"telemetry.sdk.language", "java", 0},
                               {"k8s.pod.name", "%0-#9999999", 0},
                               {"telemetry.sdk.name", "opentelemetry", 0},
                               {"telemetry.sdk.version", "1.45.0", 0},
                               {"host.arch", "amd64", 0},
                               {NULL, NULL, 0}};
static const kind kinds[] = {{"ingress", "contour", 2, ingress},
                             {"GET %1", "blog-api", 2, service},
                             {"%1", "blog-api", 3, database}};

typedef struct maker {
    tm_arena *arena;
    tm_bench_shape shape;
    uint64_t state;
    const char *drawn[4]; /* %0 ... %3 */
} maker;

/* xorshift64*: numbers that look random and are the same everywhere. */
static uint64_t next(maker *m)
{
    m->state ^= m->state >> 12;
    m->state ^= m->state << 25;
    m->state ^= m->state >> 27;
    return m->state * UINT64_C(0x2545f4914f6cdd1d);
}

static unsigned below(maker *m, unsigned n)
{
    return (unsigned)((next(m) >> 33) % n);
}

static tm_text written(maker *m, const char *template)
{
    tm_buf b = {.arena = m->arena};
    for (const char *p = template; *p; p++) {
        if (*p == '%')
            tm_buf_print(&b, "%s", m->drawn[*++p - '0']);
        else if (*p != '#')
            tm_buf_add_char(&b, *p);
        else {
            char *end;
            tm_buf_print(&b, "%u", below(m, (unsigned)strtoul(p + 1, &end, 10)));
            p = end - 1;
        }
    }
    return tm_buf_text(&b);
}

/* --- messages: fields are collected and joined in either order --- */

typedef struct message {
    tm_text *field;
    unsigned n, room;
    bool descending;
} message;

static message *message_new(maker *m)
{
    message *msg = TM_NEW(m->arena, message);
    msg->descending = m->shape.descending;
    return msg;
}

static void add_field(maker *m, message *to, unsigned number, unsigned type, uint64_t value,
                      tm_text t)
{
    char *start = tm_arena_alloc(m->arena, t.n + 32);
    char *at = tm_wire_put_varint(start, tm_wire_tag(number, type));
    if (type == TM_WIRE_BYTES)
        at = tm_wire_put_text(tm_wire_put_varint(at, t.n), t);
    else if (type == TM_WIRE_FIXED64)
        at = tm_wire_put_fixed64(at, value);
    else if (type == TM_WIRE_FIXED32)
        at = tm_wire_put_fixed32(at, (uint32_t)value);
    else
        at = tm_wire_put_varint(at, value);
    if (to->n == to->room) {
        to->field =
            tm_arena_grow(m->arena, to->field, to->n * sizeof t, (2 * to->n + 4) * sizeof t);
        to->room = 2 * to->n + 4;
    }
    to->field[to->n++] = tm_text_slice(start, (size_t)(at - start));
}

static void add_text(maker *m, message *to, unsigned number, tm_text t)
{
    add_field(m, to, number, TM_WIRE_BYTES, 0, t);
}

/* Repeated fields stay in their order even where the fields descend. */
static tm_text join(maker *m, const message *msg)
{
    tm_buf b = {.arena = m->arena};
    unsigned i = msg->n;
    if (!msg->descending)
        for (unsigned k = 0; k < msg->n; k++)
            tm_buf_add(&b, msg->field[k]);
    while (msg->descending && i > 0) {
        unsigned to = i;
        while (i > 0 && msg->field[i - 1].p[0] == msg->field[to - 1].p[0])
            i--;
        for (unsigned k = i; k < to; k++)
            tm_buf_add(&b, msg->field[k]);
    }
    return tm_buf_text(&b);
}

static tm_text attribute(maker *m, tm_text key, const row *r)
{
    message *any = message_new(m), *kv = message_new(m);
    tm_text value = written(m, r->value);
    if (r->flags & INTEGER)
        add_field(m, any, 3, TM_WIRE_VARINT, strtoul(value.p, NULL, 10), value);
    else
        add_text(m, any, 1, value);
    add_text(m, kv, 1, key);
    add_text(m, kv, 2, join(m, any));
    return join(m, kv);
}

static void add_attributes(maker *m, message *to, unsigned number, const row *rows)
{
    for (const row *r = rows; r->key; r++) {
        add_text(m, to, number, attribute(m, tm_text_of(r->key), r));
        if (m->shape.doubled && number == 9 && !(r->flags & NAMED))
            add_text(m, to, number, attribute(m, tm_arena_print(m->arena, "%s_", r->key), r));
    }
}

/* --- spans --- */

static void draw_ingress(maker *m)
{
    static const char *const clusters[] = {"apps/rest-service-00004/80", "apps/blog-api-00002/80",
                                           "apps/cart-00009/8080",       "grafana/grafana/3000",
                                           "tap-gui/server/7000",        "appsso/auth-server/8080"};
    static const unsigned char weights[] = {30, 60, 80, 90, 95, 100};
    unsigned at = below(m, 100), i = 0;
    while (at >= weights[i])
        i++;
    m->drawn[1] = clusters[i];
    m->drawn[2] = i == 3 ? "grafana" : "blog-api-apps";
    m->drawn[3] = below(m, 50) ? BROWSER : "Knative-Ingress-Probe";
}

static void draw_service(maker *m)
{
    unsigned at = below(m, 100);
    m->drawn[1] = at < 60   ? "/entries/{id}"
                  : at < 84 ? "/greeting"
                  : at < 92 ? "/livez"
                            : "/readyz";
    m->drawn[2] = at < 84 ? BROWSER : "kube-probe/1.27";
}

static void add_id(maker *m, message *to, unsigned number, size_t n)
{
    char *id = tm_arena_alloc(m->arena, 16);
    tm_wire_put_fixed64(tm_wire_put_fixed64(id, next(m)), next(m));
    add_text(m, to, number, tm_text_slice(id, n));
}

static tm_text span(maker *m, const kind *k)
{
    message *s = message_new(m);
    uint64_t start = UINT64_C(1763800000000000000) + below(m, 1000000000) * UINT64_C(1000);
    if (k->rows == ingress)
        draw_ingress(m);
    else if (k->rows == service)
        draw_service(m);
    else
        m->drawn[1] = below(m, 10) ? "SELECT entry" : "OperationHandler.handle";
    add_id(m, s, 1, 16);
    add_id(m, s, 2, 8);
    add_id(m, s, 4, 8);
    add_text(m, s, 5, written(m, k->name));
    add_field(m, s, 6, TM_WIRE_VARINT, k->number, TM_TEXT(""));
    add_field(m, s, 7, TM_WIRE_FIXED64, start, TM_TEXT(""));
    add_field(m, s, 8, TM_WIRE_FIXED64, start + below(m, 100000000), TM_TEXT(""));
    add_attributes(m, s, 9, k->rows);
    add_text(m, s, 15, TM_TEXT(""));
    add_field(m, s, 16, TM_WIRE_FIXED32, 0x101, TM_TEXT(""));
    return join(m, s);
}

static tm_text spans_of_resource(maker *m, unsigned spans)
{
    const kind *k = &kinds[below(m, 3)];
    message *about = message_new(m), *library = message_new(m), *scope = message_new(m);
    message *group = message_new(m);
    m->drawn[0] = k->service;
    add_attributes(m, about, 1, resource);
    add_text(m, library, 1, TM_TEXT("io.opentelemetry.tomcat-10.0"));
    add_text(m, library, 2, TM_TEXT("2.10.0"));
    add_text(m, scope, 1, join(m, library));
    for (unsigned i = 0; i < spans; i++)
        add_text(m, scope, 2, span(m, k));
    add_text(m, group, 1, join(m, about));
    add_text(m, group, 2, join(m, scope));
    return join(m, group);
}

tm_text tm_bench_request(tm_arena *arena, tm_bench_shape shape)
{
    maker m = {
        .arena = arena, .shape = shape, .state = shape.seed * 2654435761u + 88172645463325252u};
    message *request = message_new(&m);
    for (unsigned left = shape.spans; left;) {
        unsigned n = left < SPANS_PER_RESOURCE ? left : SPANS_PER_RESOURCE;
        add_text(&m, request, 1, spans_of_resource(&m, n));
        left -= n;
    }
    return join(&m, request);
}
