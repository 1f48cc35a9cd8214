/* Client: headers as the Collector's metadata has them.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pipe/request_client.h"

#include "base/base64.h"

typedef struct rows {
    tm_arena *arena;
    tm_metadata *row;
    unsigned n, room;
} rows;

static void add(rows *r, tm_text name, tm_text value)
{
    if (r->n == r->room) {
        unsigned more = r->room ? r->room * 2 : 16;
        r->row = tm_arena_grow(r->arena, r->row, r->room * sizeof *r->row, more * sizeof *r->row);
        r->room = more;
    }
    r->row[r->n++] = (tm_metadata){.name = name, .value = value};
}

/* Fields that belong to gRPC itself, of which its library tells nobody. */
static bool belongs_to_grpc(tm_text name)
{
    static const char *const names[] = {"te",          "grpc-timeout",      "grpc-encoding",
                                        "grpc-status", "grpc-message-type", "grpc-message"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (tm_text_is(name, names[i]))
            return true;
    return false;
}

/* One row for each value of a list of base64; a value that is none stays as it was sent. */
static void add_binary(rows *r, tm_text name, tm_text list)
{
    for (tm_text part; tm_text_next(&list, ',', &part);) {
        tm_buf bytes = {.arena = r->arena};
        part = tm_text_trim(part);
        bool fine = tm_base64_decode(&bytes, part, TM_BASE64_ANY);
        add(r, name, fine ? tm_buf_text(&bytes) : part);
    }
}

/* :authority and Host stand for each other where one is missing; "host", which grpc.metadata does
 * not have, comes last. */
static void read_headers(rows *r, const tm_exchange *x)
{
    tm_text name, value, host, authority;
    bool has_host = tm_exchange_header(x, "host", &host);
    bool has_authority = tm_exchange_header(x, ":authority", &authority);
    for (size_t i = 0; tm_exchange_header_at(x, i, &name, &value); i++) {
        if (tm_text_is(name, ":authority") || tm_text_is(name, "host"))
            continue;
        if (!x->grpc)
            add(r, name, value);
        else if (tm_text_ends(name, TM_TEXT("-bin")))
            add_binary(r, name, value);
        else if (!belongs_to_grpc(name))
            add(r, name, value);
    }
    if (x->grpc && (has_authority || has_host))
        add(r, TM_TEXT(":authority"), has_authority ? authority : host);
    if (has_authority || has_host)
        add(r, TM_TEXT("host"), has_authority && (x->grpc || !has_host) ? authority : host);
}

static void read_attributes(tm_arena *arena, const tm_exchange *x, tm_client *client)
{
    tm_auth_attribute found[TM_AUTH_ATTRIBUTES];
    rows r = {.arena = arena};
    const unsigned count = tm_exchange_attributes(x, arena, found);
    for (unsigned i = 0; i < count; i++)
        add(&r, found[i].name, found[i].value);
    client->attribute = r.row;
    client->attributes = r.n;
}

tm_client tm_client_of(tm_arena *arena, const tm_exchange *exchange, bool included)
{
    tm_client client = {.address = exchange->address};
    read_attributes(arena, exchange, &client);
    if (!exchange->service->keep_headers)
        return client;
    rows r = {.arena = arena};
    read_headers(&r, exchange);
    if (included) {
        client.header = r.row;
        client.headers = r.n;
    }
    if (exchange->grpc) {
        client.grpc_header = r.row;
        client.grpc_headers = r.n && tm_text_is(r.row[r.n - 1].name, "host") ? r.n - 1 : r.n;
    }
    return client;
}
