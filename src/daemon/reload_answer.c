/* Reload, answers: POST /-/reload from its worker to the home loop and back.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/json_write.h"
#include "daemon/reload_inside.h"

enum { MOST_BODY_BYTES = 4096 };

/* ---- texts ----------------------------------------------------------------------------------- */

static void add_json_text(tm_buf *out, const char *key, tm_text value)
{
    tm_buf_print(out, ",\"%s\":", key);
    tm_json_write_string(out, value, TM_JSON_ESCAPE_HARMFUL);
}

static void add_json_diag(tm_buf *out, const tm_diag *d)
{
    tm_buf_print(out, "{\"severity\":\"%s\",\"code\":\"%s\"",
                 d->severity == TM_ERROR ? "error" : "warning", d->code);
    if (d->source) {
        unsigned line, column;
        tm_source_position(d->source, d->place.at, &line, &column);
        add_json_text(out, "file", d->source->name);
        tm_buf_print(out, ",\"line\":%u,\"column\":%u", line, column);
    }
    add_json_text(out, "message", d->message);
    if (d->hint.n)
        add_json_text(out, "hint", d->hint);
    tm_buf_print(out, "}");
}

static const char *failure_of(const tm_reload *r)
{
    return r->daemon->stopping ? "tamis is stopping" : "out of memory or threads";
}

static void add_json(const tm_reload *r, tm_buf *out)
{
    tm_buf_print(out, "{\"reloaded\":%s,\"generation\":%llu",
                 r->result == TM_RELOAD_DONE ? "true" : "false", (unsigned long long)r->number);
    if (r->result == TM_RELOAD_FAILED)
        tm_buf_print(out, ",\"error\":\"%s\"", failure_of(r));
    tm_buf_print(out, ",\"diagnostics\":[");
    for (const tm_diag *d = r->next ? r->next->diags.first : NULL; d; d = d->next) {
        add_json_diag(out, d);
        tm_buf_print(out, d->next ? "," : "");
    }
    tm_buf_print(out, "]}\n");
}

static void add_text(const tm_reload *r, tm_buf *out)
{
    if (r->next)
        tm_diags_render(&r->next->diags, false, out);
    if (r->result == TM_RELOAD_DONE)
        tm_buf_print(out, "reloaded: generation %llu\n", (unsigned long long)r->number);
    else if (r->result == TM_RELOAD_FAILED)
        tm_buf_print(out, "not reloaded: %s\n", failure_of(r));
    else
        tm_buf_print(out, "not reloaded: generation %llu stays in force\n",
                     (unsigned long long)r->number);
}

/* ---- to the exchange ------------------------------------------------------------------------- */

static void unlink_asker(tm_reload_asker *asker)
{
    tm_reload *r = asker->reload;
    pthread_mutex_lock(&r->lock);
    tm_reload_asker **at = &r->askers;
    while (*at != asker)
        at = &(*at)->sibling;
    *at = asker->sibling;
    pthread_mutex_unlock(&r->lock);
}

static void drop(tm_reload_asker *asker)
{
    tm_bytes_free(&asker->answer);
    tm_heap_free(NULL, asker);
}

static void reply(void *argument)
{
    tm_reload_asker *asker = argument;
    unlink_asker(asker);
    tm_exchange_reply(asker->exchange,
                      &(tm_reply){.http_status = asker->http_status,
                                  .body = tm_bytes_text(&asker->answer),
                                  .content_type = asker->json
                                                      ? TM_TEXT("application/json")
                                                      : TM_TEXT("text/plain; charset=utf-8")});
    drop(asker);
}

static void send_back(tm_reload_asker *asker, int http_status)
{
    asker->http_status = http_status;
    asker->letter = (tm_letter){.call = reply, .argument = asker};
    tm_loop_send(asker->exchange->loop, &asker->letter);
}

/* Both forms of the answer. */
typedef struct answers {
    const tm_reload *reload;
    tm_buf text, json;
} answers;

static void print_answers(void *argument)
{
    answers *a = argument;
    add_text(a->reload, &a->text);
    add_json(a->reload, &a->json);
}

void tm_reload_answer(tm_reload *r)
{
    static const int statuses[] = {
        [TM_RELOAD_DONE] = 200, [TM_RELOAD_REFUSED] = 400, [TM_RELOAD_FAILED] = 503};
    tm_arena *arena = r->waiting ? tm_arena_new(NULL) : NULL;
    answers a = {.reload = r, .text = {.arena = arena}, .json = {.arena = arena}};
    bool printed = arena && tm_arena_try(arena, print_answers, &a);
    for (tm_reload_asker *next, *asker = r->waiting; asker; asker = next) {
        next = asker->next;
        if (printed) /* else the status has to do */
            (void)tm_bytes_add(&asker->answer, tm_buf_text(asker->json ? &a.json : &a.text));
        send_back(asker, statuses[r->result]);
    }
    r->waiting = NULL;
    r->last_waiting = &r->waiting;
    tm_arena_free(arena);
}

/* ---- from the exchange ----------------------------------------------------------------------- */

static void take_asker(void *argument)
{
    tm_reload_asker *asker = argument;
    tm_reload *r = asker->reload;
    *r->last_asking = asker;
    r->last_asking = &asker->next;
    tm_reload_begin(r);
}

static void serve_reload(void *owner, tm_exchange *x)
{
    tm_reload *r = owner;
    tm_text origin;
    if (!tm_daemon_is_local(x)) {
        tm_daemon_say(x, 403, "only clients on the same machine may reload\n");
        return;
    }
    if (tm_exchange_header(x, "origin", &origin)) { /* any page could send one */
        tm_daemon_say(x, 403, "browsers may not reload\n");
        return;
    }
    tm_reload_asker *asker = tm_heap_alloc(NULL, sizeof *asker);
    if (!asker) {
        tm_daemon_say(x, 503, "out of memory\n");
        return;
    }
    *asker = (tm_reload_asker){.reload = r, .exchange = x, .json = tm_daemon_wants_json(x)};
    pthread_mutex_lock(&r->lock);
    asker->sibling = r->askers;
    r->askers = asker;
    pthread_mutex_unlock(&r->lock);
    asker->letter = (tm_letter){.call = take_asker, .argument = asker};
    tm_loop_send(r->daemon->home, &asker->letter);
}

tm_service tm_reload_service(tm_reload *r)
{
    return (tm_service){.kind = TM_SERVICE_POST,
                        .path = TM_TEXT("/-/reload"),
                        .types = TM_BODY_PROTOBUF | TM_BODY_JSON | TM_BODY_OTHER,
                        .max_bytes = MOST_BODY_BYTES,
                        .keep_headers = true,
                        .serve = serve_reload,
                        .owner = r};
}

void tm_reload_drop_askers(tm_reload *r)
{
    while (r->askers) {
        tm_reload_asker *asker = r->askers;
        r->askers = asker->sibling;
        drop(asker);
    }
}
