/* Promote: the page of shadows, and POST /-/promote, which makes them live.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Rulesets are published in the home thread. Who asks is answered by the thread of its connection,
 * so the question goes there and the answer comes back by one letter. */
#include "daemon/parts.h"

#include "base/json_write.h"
#include "io/bytes.h"
#include "pipe/pipeline_version.h"

/* ---- /debug/shadow --------------------------------------------------------------------------- */

static bool print_shadow(tm_pipeline *p, const tm_ruleset *rs, bool json, tm_buf *out)
{
    tm_disagreements *all = ((const tm_pipeline_version *)rs->note)->disagreements;
    (void)p;
    if (all)
        tm_disagreements_print(all, json, out);
    return all;
}

static int print_shadows(tm_daemon *d, const tm_exchange *x, bool json, tm_buf *out)
{
    (void)x;
    tm_buf_print(out, "%s", json ? "[" : "");
    const uint32_t shown = tm_daemon_print_pipelines(d, print_shadow, json, out);
    if (json)
        tm_buf_print(out, "]\n");
    else if (!shown)
        tm_buf_print(out, "no pipeline has a shadow\n");
    return 200;
}

/* ---- POST /-/promote ------------------------------------------------------------------------- */

/* Somebody who waits for the answer. */
typedef struct promoting {
    struct promoting *next;
    struct tm_promote *promote;
    tm_exchange *exchange;
    tm_letter letter; /* to the home loop, then back to the exchange's */
    bool json;
    int http_status;
    tm_bytes answer; /* empty when memory ran out */
} promoting;

struct tm_promote {
    tm_daemon *daemon;
    pthread_mutex_t lock;
    promoting *waiting; /* wherever they are on their way */
};

static void unlink_one(promoting *p)
{
    pthread_mutex_lock(&p->promote->lock);
    promoting **at = &p->promote->waiting;
    while (*at != p)
        at = &(*at)->next;
    *at = p->next;
    pthread_mutex_unlock(&p->promote->lock);
}

static void drop(promoting *p)
{
    tm_bytes_free(&p->answer);
    tm_heap_free(NULL, p);
}

static void reply(void *argument)
{
    promoting *p = argument;
    unlink_one(p);
    tm_exchange_reply(p->exchange,
                      &(tm_reply){.http_status = p->http_status,
                                  .body = tm_bytes_text(&p->answer),
                                  .content_type = p->json ? TM_TEXT("application/json")
                                                          : TM_TEXT("text/plain; charset=utf-8")});
    drop(p);
}

/* What to say: pipelines whose shadow is live now; none had one, or one could not be published. */
typedef struct promotion {
    tm_daemon *daemon;
    bool json;
    bool failed;
    uint32_t promoted;
    tm_buf out;
} promotion;

static void add_pipeline(promotion *p, tm_text id)
{
    tm_buf_print(&p->out, "%s", !p->promoted++ ? "" : p->json ? "," : ", ");
    if (p->json)
        tm_json_write_string(&p->out, id, TM_JSON_ESCAPE_HARMFUL);
    else
        tm_buf_add(&p->out, id);
}

static void promote_all(void *argument)
{
    promotion *p = argument;
    tm_daemon *d = p->daemon;
    const uint32_t pipelines = d->pipelines;
    tm_ruleset **old = TM_NEW_ARRAY(p->out.arena, pipelines, tm_ruleset *);
    tm_buf_print(&p->out, p->json ? "{\"promoted\":[" : "the shadow is live now: ");
    p->failed = !tm_generation_promote(d->generation, d->pipeline, pipelines, old);
    for (uint32_t i = 0; i < pipelines; i++)
        tm_ruleset_unref(old[i]);
    for (uint32_t i = 0; i < pipelines; i++) {
        if (!old[i])
            continue;
        tm_log_info(d->log,
                    "the shadow of the rules is live now, until the configuration is read again",
                    TM_LOG_OWN("pipeline", d->pipeline[i].id));
        add_pipeline(p, d->pipeline[i].id);
    }
    tm_buf_print(&p->out, p->json ? "]}\n" : "\n");
}

static void promote(void *argument)
{
    promoting *p = argument;
    tm_daemon *d = p->promote->daemon;
    tm_arena *arena = tm_arena_new(NULL);
    promotion all = {.daemon = d, .json = p->json, .out = {.arena = arena}};
    bool done = !d->stopping && arena && tm_arena_try(arena, promote_all, &all);
    tm_text said = tm_buf_text(&all.out);
    p->http_status = 200;
    if (!done || all.failed) {
        p->http_status = 503;
        said = d->stopping ? TM_TEXT("tamis is stopping\n") : TM_TEXT("out of memory\n");
        p->json = false;
    } else if (!all.promoted) {
        p->http_status = 409;
        said = p->json ? said : TM_TEXT("no pipeline has a shadow\n");
    }
    (void)tm_bytes_add(&p->answer, said); /* else the status has to do */
    tm_arena_free(arena);
    p->letter = (tm_letter){.call = reply, .argument = p};
    tm_loop_send(p->exchange->loop, &p->letter);
}

static void serve_promote(void *owner, tm_exchange *x)
{
    struct tm_promote *all = owner;
    tm_text origin;
    if (!tm_daemon_is_local(x)) {
        tm_daemon_say(x, 403, "only clients on the same machine may promote\n");
        return;
    }
    if (tm_exchange_header(x, "origin", &origin)) { /* any page could send one */
        tm_daemon_say(x, 403, "browsers may not promote\n");
        return;
    }
    promoting *p = tm_heap_alloc(NULL, sizeof *p);
    if (!p) {
        tm_daemon_say(x, 503, "out of memory\n");
        return;
    }
    *p = (promoting){.promote = all, .exchange = x, .json = tm_daemon_wants_json(x)};
    pthread_mutex_lock(&all->lock);
    p->next = all->waiting;
    all->waiting = p;
    pthread_mutex_unlock(&all->lock);
    p->letter = (tm_letter){.call = promote, .argument = p};
    tm_loop_send(all->daemon->home, &p->letter);
}

/* ---- both ------------------------------------------------------------------------------------ */

void tm_daemon_open_shadow(tm_daemon *d)
{
    enum { MOST_BODY_BYTES = 4096 };
    d->promote = TM_NEW(d->arena, struct tm_promote);
    d->promote->daemon = d;
    pthread_mutex_init(&d->promote->lock, NULL);
    tm_daemon_add_printed_page(d, "/debug/shadow", print_shadows);
    tm_daemon_add_page(d, &(tm_service){.kind = TM_SERVICE_POST,
                                        .path = TM_TEXT("/-/promote"),
                                        .types = TM_BODY_PROTOBUF | TM_BODY_JSON | TM_BODY_OTHER,
                                        .max_bytes = MOST_BODY_BYTES,
                                        .keep_headers = true,
                                        .serve = serve_promote,
                                        .owner = d->promote});
}

void tm_daemon_drop_shadow(tm_daemon *d)
{
    if (!d->promote)
        return;
    for (promoting *next, *p = d->promote->waiting; p; p = next) {
        next = p->next;
        drop(p);
    }
    pthread_mutex_destroy(&d->promote->lock);
}
