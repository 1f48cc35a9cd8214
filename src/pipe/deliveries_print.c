/* Deliveries, printed: what /debug/drops shows of a trace.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/harmless.h"
#include "base/json_write.h"
#include "pipe/deliveries_inside.h"
#include "pipe/page.h"

/* A request that held spans of the trace, copied. */
typedef struct shown {
    tm_delivery delivery;
    uint32_t spans; /* of the trace */
    tm_text told, reason[TM_DELIVERY_WAYS];
} shown;

static uint32_t queued(const tm_delivery_way *way)
{
    const uint32_t ended = way->sent + way->failed;
    return way->refused || ended > way->offered ? 0 : way->offered - ended;
}

static tm_text name_of(const tm_delivery_name *name)
{
    return name ? name->text : TM_TEXT("?");
}

static uint32_t noted_ways(const tm_delivery *d)
{
    return d->ways < TM_DELIVERY_WAYS ? d->ways : TM_DELIVERY_WAYS;
}

/* --- for people --- */

static void print_state(tm_buf *out, uint32_t spans, const char *state, bool *more)
{
    if (!spans)
        return;
    tm_buf_print(out, "%s%u %s", *more ? ", " : "", spans, state);
    *more = true;
}

static void print_way(const tm_delivery_way *way, tm_text reason, tm_buf *out)
{
    bool more = false;
    tm_buf_print(out, "    to ");
    tm_harmless_add(out, name_of(way->exporter));
    tm_buf_print(out, ": ");
    print_state(out, way->sent, "sent", &more);
    print_state(out, queued(way), "queued", &more);
    print_state(out, way->failed, "failed to send", &more);
    print_state(out, way->refused ? way->offered : 0, "refused", &more);
    if (way->rejected)
        tm_buf_print(out, "; of the batches that held them the backend rejected %u spans",
                     way->rejected);
    if (way->tries)
        tm_buf_print(out, "; %u %s failed, the last with %s", way->tries,
                     way->tries == 1 ? "try" : "tries", tm_status_name((tm_status_code)way->code));
    if (reason.n) {
        tm_buf_print(out, ": ");
        tm_harmless_add(out, reason);
    }
    tm_buf_print(out, "\n");
}

static void print_one(const shown *s, tm_buf *out)
{
    const tm_delivery *d = &s->delivery;
    tm_page_time(out, d->time_ns);
    tm_buf_print(out, "  pipeline ");
    tm_harmless_add(out, name_of(d->pipeline));
    tm_buf_print(out, " %s %u %s of the trace (", d->judged ? "kept" : "refused", s->spans,
                 s->spans == 1 ? "span" : "spans");
    if (d->judged)
        tm_buf_print(out, "%u of the request's %u)\n", d->kept, d->received);
    else
        tm_buf_print(out, "and the whole request of %u)\n", d->received);
    for (uint32_t i = 0; i < noted_ways(d); i++)
        print_way(&d->way[i], s->reason[i], out);
    if (d->ways > TM_DELIVERY_WAYS)
        tm_buf_print(out, "    and to %u more exporters, of which nothing is noted\n",
                     d->ways - TM_DELIVERY_WAYS);
    if (!d->told)
        return;
    tm_buf_print(out, "    the request was refused: ");
    tm_harmless_add(out, s->told);
    tm_buf_print(out, "\n");
}

/* --- as JSON --- */

static void add_way(const tm_delivery_way *way, tm_text reason, tm_buf *out)
{
    tm_buf_print(out, "{");
    tm_page_member(out, "exporter", name_of(way->exporter));
    tm_buf_print(out, ",\"sent\":%u,\"queued\":%u,\"failed\":%u,\"refused\":%u", way->sent,
                 queued(way), way->failed, way->refused ? way->offered : 0);
    tm_buf_print(out, ",\"rejected\":%u,\"failed_tries\":%u", way->rejected, way->tries);
    if (way->tries)
        tm_buf_print(out, ",\"code\":\"%s\"", tm_status_name((tm_status_code)way->code));
    if (reason.n) {
        tm_buf_print(out, ",");
        tm_page_member(out, "reason", reason);
    }
    tm_buf_print(out, "}");
}

static void add_one(const shown *s, tm_buf *out)
{
    const tm_delivery *d = &s->delivery;
    tm_buf_print(out, "{\"time\":\"");
    tm_page_time(out, d->time_ns);
    tm_buf_print(out, "\",");
    tm_page_member(out, "pipeline", name_of(d->pipeline));
    tm_buf_print(out, ",\"spans\":%u,\"received\":%u,\"kept\":%u,\"refused\":", s->spans,
                 d->received, d->judged ? d->kept : 0);
    if (d->told)
        tm_json_write_string(out, s->told, TM_JSON_ESCAPE_HARMFUL);
    else
        tm_buf_print(out, "null");
    tm_buf_print(out, ",\"exporters\":[");
    for (uint32_t i = 0; i < noted_ways(d); i++) {
        tm_buf_print(out, "%s", i ? "," : "");
        add_way(&d->way[i], s->reason[i], out);
    }
    tm_buf_print(out, "]}");
}

/* --- reading --- */

/* Copies, so that no worker waits until they are printed. */
typedef struct copying {
    tm_deliveries *deliveries;
    tm_text trace_id;
    tm_arena *arena;
    shown *shown;
    uint32_t n;
} copying;

static tm_text copy_reason(const copying *c, uint64_t number)
{
    const tm_text reason = tm_deliveries_reason(c->deliveries, number);
    return reason.n ? tm_arena_copy(c->arena, reason) : TM_TEXT("");
}

static void copy_one(copying *c, const tm_delivery *d, uint32_t spans)
{
    shown *s = &c->shown[c->n++];
    *s = (shown){.delivery = *d, .spans = spans};
    s->told = copy_reason(c, d->told);
    for (uint32_t i = 0; i < noted_ways(d); i++)
        s->reason[i] = copy_reason(c, d->way[i].reason);
}

/* Spans of the trace among the request's last rows, so many: others have taken the place of those
 * before. */
static uint32_t spans_of(const copying *c, const tm_delivery *d, uint32_t rows)
{
    const tm_delivered_trace *ring = c->deliveries->trace;
    const uint32_t keep = c->deliveries->options.keep;
    uint32_t spans = 0;
    for (uint32_t i = d->traces - rows; i < d->traces; i++) {
        const tm_delivered_trace *trace = &ring[(d->first + i) % keep];
        if (memcmp(trace->id, c->trace_id.p, sizeof trace->id) == 0)
            spans += trace->spans;
    }
    return spans;
}

static void copy_all(void *argument)
{
    copying *c = argument;
    uint32_t rows = c->deliveries->options.keep;
    const tm_delivery *d;
    for (uint64_t number = c->deliveries->requests;
         rows && c->n < TM_DELIVERIES_SHOWN && (d = tm_deliveries_find(c->deliveries, number));
         number--) {
        const uint32_t n = d->traces < rows ? d->traces : rows, spans = spans_of(c, d, n);
        rows -= n;
        if (spans)
            copy_one(c, d, spans);
    }
}

static void unlock(void *argument)
{
    pthread_mutex_unlock(&((copying *)argument)->deliveries->lock);
}

uint32_t tm_deliveries_print(tm_deliveries *d, tm_text trace_id, bool json, tm_buf *out)
{
    copying c = {.deliveries = d, .trace_id = trace_id, .arena = out->arena};
    c.shown = TM_NEW_ARRAY(out->arena, TM_DELIVERIES_SHOWN, shown);
    pthread_mutex_lock(&d->lock);
    tm_arena_finally(out->arena, copy_all, unlock, &c);
    for (uint32_t i = 0; i < c.n; i++) {
        tm_buf_print(out, "%s", json && i ? "," : "");
        (json ? add_one : print_one)(&c.shown[i], out);
    }
    return c.n;
}
