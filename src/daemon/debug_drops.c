/* Debug, drops: the page of the last spans that rules dropped, and of where those of a trace are
 * that were not.
 * SPDX-License-Identifier: Apache-2.0 */
#include "daemon/parts.h"

#include "base/hex.h"

bool tm_daemon_open_drops(tm_daemon *d)
{
    const tm_drops_settings *s = &d->settings->service.drops;
    d->drops_kept = s->keep;
    if (!s->keep)
        return true;
    d->drops = tm_drops_new(&(tm_drops_options){
        .clock = d->clock, .keep = (uint32_t)s->keep, .sample = s->sample, .values = s->values});
    d->deliveries = tm_deliveries_new(&(tm_deliveries_options){
        .clock = d->clock, .keep = (uint32_t)s->keep, .sample = s->sample});
    return d->drops && d->deliveries;
}

/* A value of the query, %XX undone; an empty text: it is not there. */
static tm_text value_of(const tm_exchange *x, const char *key, tm_arena *arena)
{
    tm_text rest = x->query, part;
    const size_t n = strlen(key);
    while (rest.n && tm_text_next(&rest, '&', &part)) {
        if (part.n <= n || part.p[n] != '=' || !tm_text_starts(part, tm_text_of(key)))
            continue;
        tm_buf out = {.arena = arena};
        for (size_t i = n + 1; i < part.n; i++) {
            char c = part.p[i];
            if (c == '%' && i + 2 < part.n && tm_hex_read(&c, tm_text_slice(part.p + i + 1, 2)))
                i += 2;
            tm_buf_add_char(&out, c);
        }
        return tm_buf_text(&out);
    }
    return TM_TEXT("");
}

/* False, with a sentence: what is given is no trace id. */
static bool read_trace_id(tm_arena *arena, tm_text digits, tm_text *id)
{
    enum { BYTES = 16 };
    char *bytes = tm_arena_alloc(arena, BYTES);
    if (digits.n && (digits.n != 2 * BYTES || !tm_hex_read(bytes, digits)))
        return false;
    *id = tm_text_slice(bytes, digits.n ? BYTES : 0);
    return true;
}

/* What is known of a trace that was not dropped; of a rule there is no such thing. */
static uint32_t print_requests(tm_daemon *d, const tm_drops_question *q, bool json, tm_buf *out)
{
    if (!q->trace_id.n || q->rule.n)
        return 0;
    tm_buf_print(out, "%s", json ? "],\"requests\":[" : "");
    return tm_deliveries_print(d->deliveries, q->trace_id, json, out);
}

static void print_nothing(const tm_daemon *d, const tm_drops_question *q, tm_buf *out)
{
    const long long keep = (long long)d->drops_kept;
    tm_buf_print(out, "no such span among the last %lld that were dropped", keep);
    if (q->trace_id.n && !q->rule.n)
        tm_buf_print(out, ", nor in the last %lld traces of requests", keep);
    tm_buf_print(out, "\n");
}

static int print_drops(tm_daemon *d, const tm_exchange *x, bool json, tm_buf *out)
{
    tm_drops_question question = {.rule = value_of(x, "rule", out->arena)};
    if (!d->drops) {
        tm_buf_print(out, "drops are not kept: service.drops.keep is 0\n");
        return 404;
    }
    if (!read_trace_id(out->arena, value_of(x, "trace", out->arena), &question.trace_id)) {
        tm_buf_print(out, "a trace id has 32 hexadecimal digits\n");
        return 400;
    }
    tm_buf_print(out, "%s", json ? "{\"drops\":[" : "");
    uint32_t found = tm_drops_print(d->drops, &question, json, out);
    found += print_requests(d, &question, json, out);
    if (json)
        tm_buf_print(out, "]}\n");
    else if (!found)
        print_nothing(d, &question, out);
    return 200;
}

void tm_daemon_open_drops_page(tm_daemon *d)
{
    tm_daemon_add_printed_page(d, "/debug/drops", print_drops);
}
