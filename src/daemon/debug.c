/* Debug: pages of the port of the metrics that are printed when they are asked for, as text or as
 * JSON. SPDX-License-Identifier: Apache-2.0 */
#include "daemon/parts.h"

#include "pipe/rules_print.h"

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

bool tm_daemon_is_local_address(tm_text address)
{
    const tm_text mapped = TM_TEXT("::ffff:");
    if (tm_text_starts(address, mapped))
        address = tm_text_skip(address, mapped.n);
    return tm_text_starts(address, TM_TEXT("127.")) || tm_text_is(address, "::1");
}

bool tm_daemon_is_local(const tm_exchange *x)
{
    return tm_daemon_is_local_address(x->address);
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
    int http_status; /* of the page; one that is no success is text */
    tm_buf out;
} printing;

static void print(void *argument)
{
    printing *p = argument;
    p->http_status = p->page->print(p->page->daemon, p->exchange, p->json, &p->out);
}

static void serve(void *owner, tm_exchange *x)
{
    tm_arena *arena = tm_arena_new(NULL);
    printing p = {
        .page = owner, .exchange = x, .json = tm_daemon_wants_json(x), .out = {.arena = arena}};
    if (arena && tm_arena_try(arena, print, &p))
        tm_exchange_reply(x,
                          &(tm_reply){.http_status = p.http_status,
                                      .body = tm_buf_text(&p.out),
                                      .content_type = p.json && p.http_status == 200
                                                          ? TM_TEXT("application/json")
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

/* ---- of pipelines ---------------------------------------------------------------------------- */

typedef struct showing {
    tm_daemon *daemon;
    tm_daemon_pipeline_printer *print;
    bool json;
    tm_buf *out;
    tm_held held; /* the rules of the current one */
    uint32_t shown;
} showing;

static void show_pipelines(void *argument)
{
    showing *s = argument;
    for (uint32_t i = 0; i < s->daemon->pipelines; i++) {
        tm_pipeline *p = &s->daemon->pipeline[i];
        const tm_ruleset *rs = tm_current_take(&p->current, &s->held);
        tm_buf one = {.arena = s->out->arena};
        if (s->print(p, rs, s->json, &one)) {
            tm_buf_print(s->out, "%s", s->json && s->shown ? "," : "");
            tm_buf_add(s->out, tm_buf_text(&one));
            s->shown++;
        }
        tm_current_let_go(&s->held);
    }
}

static void let_go(void *argument)
{
    tm_current_let_go(&((showing *)argument)->held);
}

uint32_t tm_daemon_print_pipelines(tm_daemon *d, tm_daemon_pipeline_printer *print_one, bool json,
                                   tm_buf *out)
{
    showing s = {.daemon = d, .print = print_one, .json = json, .out = out};
    tm_arena_finally(out->arena, show_pipelines, let_go, &s);
    return s.shown;
}

/* ---- /debug/rules ---------------------------------------------------------------------------- */

static bool print_pipeline(tm_pipeline *p, const tm_ruleset *rs, bool json, tm_buf *out)
{
    tm_rules_print(p, rs, json, out);
    return true;
}

static int print_rules(tm_daemon *d, const tm_exchange *x, bool json, tm_buf *out)
{
    (void)x;
    tm_buf_print(out, "%s", json ? "[" : "");
    tm_daemon_print_pipelines(d, print_pipeline, json, out);
    tm_buf_print(out, "%s", json ? "]\n" : "");
    return 200;
}

void tm_daemon_open_debug(tm_daemon *d)
{
    tm_daemon_add_printed_page(d, "/debug/rules", print_rules);
    tm_daemon_open_drops_page(d);
}
