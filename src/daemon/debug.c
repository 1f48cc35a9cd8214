/* Debug: pages of the port of the metrics that are printed when they are asked for, as text or as
 * JSON. SPDX-License-Identifier: Apache-2.0 */
#include "daemon/parts.h"

#include <assert.h>

void tm_daemon_add_page(tm_daemon *d, const tm_service *service)
{
    assert(d->pages < TM_DAEMON_PAGES);
    d->page[d->pages++] = *service;
}

bool tm_daemon_wants_json(const tm_exchange *x)
{
    tm_text rest = x->query, part, accept;
    while (rest.n && tm_text_next(&rest, '&', &part))
        if (tm_text_starts(part, TM_TEXT("format=")))
            return tm_text_is(part, "format=json");
    return tm_exchange_header(x, "accept", &accept) &&
           tm_text_find(accept, TM_TEXT("application/json")) >= 0;
}

bool tm_daemon_is_local(const tm_exchange *x)
{
    const tm_text mapped = TM_TEXT("::ffff:");
    tm_text address = x->address;
    if (tm_text_starts(address, mapped))
        address = tm_text_skip(address, mapped.n);
    return tm_text_starts(address, TM_TEXT("127.")) || tm_text_is(address, "::1");
}

void tm_daemon_say(tm_exchange *x, int http_status, const char *sentence)
{
    tm_exchange_reply(x, &(tm_reply){.http_status = http_status,
                                     .body = tm_text_of(sentence),
                                     .content_type = TM_TEXT("text/plain; charset=utf-8")});
}

typedef struct printed_page {
    tm_daemon *daemon;
    tm_daemon_printer *print;
} printed_page;

typedef struct printing {
    const printed_page *page;
    const tm_exchange *exchange;
    bool json;
    tm_buf out;
} printing;

static void print(void *argument)
{
    printing *p = argument;
    p->page->print(p->page->daemon, p->exchange, p->json, &p->out);
}

static void serve(void *owner, tm_exchange *x)
{
    tm_arena *arena = tm_arena_new(NULL);
    printing p = {
        .page = owner, .exchange = x, .json = tm_daemon_wants_json(x), .out = {.arena = arena}};
    if (arena && tm_arena_try(arena, print, &p))
        tm_exchange_reply(
            x, &(tm_reply){.body = tm_buf_text(&p.out),
                           .content_type = p.json ? TM_TEXT("application/json")
                                                  : TM_TEXT("text/plain; charset=utf-8")});
    else
        tm_daemon_say(x, 503, "out of memory\n");
    tm_arena_free(arena);
}

void tm_daemon_add_printed_page(tm_daemon *d, const char *path, tm_daemon_printer *print_page)
{
    printed_page *page = TM_NEW(d->arena, printed_page);
    *page = (printed_page){d, print_page};
    tm_daemon_add_page(d, &(tm_service){.kind = TM_SERVICE_PAGE,
                                        .path = tm_text_of(path),
                                        .keep_headers = true,
                                        .serve = serve,
                                        .owner = page});
}
