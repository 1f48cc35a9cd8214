/* Drops, printed: what /debug/drops shows.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/harmless.h"
#include "base/number.h"
#include "otlp/any.h"
#include "otlp/wire.h"
#include "pipe/drops_inside.h"
#include "pipe/page.h"

#include <inttypes.h>
#include <stdio.h>

/* --- values --- */

/* A scalar AnyValue; false: it is none, or there is no room. */
static bool put_value(tm_text any, char *at, size_t room, size_t *n)
{
    char number[TM_NUMBER_ROOM];
    tm_wire_field f;
    tm_text text = TM_TEXT("");
    if (!any.n || !tm_wire_next(any.p, any.p + any.n, &f))
        return false;
    double real;
    memcpy(&real, &f.number_value, sizeof real);
    if (f.number == TM_ANY_STRING && f.type == TM_WIRE_BYTES)
        text = f.bytes;
    else if (f.number == TM_ANY_BOOL)
        text = f.number_value ? TM_TEXT("true") : TM_TEXT("false");
    else if (f.number == TM_ANY_INT)
        text = tm_text_slice(
            number, (size_t)snprintf(number, sizeof number, "%" PRId64, (int64_t)f.number_value));
    else if (f.number == TM_ANY_DOUBLE)
        text = tm_text_slice(number, tm_number_print(number, real, TM_EXPONENT_SHORT));
    else
        return false;
    if (text.n > room)
        return false;
    tm_wire_put_text(at, text);
    *n = text.n;
    return true;
}

/* "key=value", from an attribute; its bytes, 0: it does not fit, or is no scalar. */
static size_t put_attribute(tm_text attribute, char *at, size_t room)
{
    tm_wire_field f;
    tm_text key = TM_TEXT(""), value = TM_TEXT("");
    const char *end = attribute.p + attribute.n;
    size_t n;
    for (const char *p = attribute.p; p < end && (p = tm_wire_next(p, end, &f)) != NULL;)
        if (f.type == TM_WIRE_BYTES && f.number == TM_KV_KEY)
            key = f.bytes;
        else if (f.type == TM_WIRE_BYTES && f.number == TM_KV_VALUE)
            value = f.bytes;
    if (key.n + 1 > room || !put_value(value, at + key.n + 1, room - key.n - 1, &n))
        return 0;
    tm_wire_put_text(at, key);
    at[key.n] = '=';
    return key.n + 1 + n;
}

uint16_t tm_drop_values(tm_text span, char out[TM_DROP_VALUES_BYTES])
{
    tm_wire_field f;
    size_t n = 0;
    const char *end = span.p + span.n;
    for (const char *p = span.p; p < end && (p = tm_wire_next(p, end, &f)) != NULL;) {
        if (f.number != TM_NUMBER_SPAN_attributes || f.type != TM_WIRE_BYTES ||
            n + 1 >= TM_DROP_VALUES_BYTES)
            continue;
        const size_t gap = n > 0;
        const size_t added = put_attribute(f.bytes, out + n + gap, TM_DROP_VALUES_BYTES - n - gap);
        if (!added)
            continue;
        if (gap)
            out[n] = ' ';
        n += gap + added;
    }
    return (uint16_t)n;
}

/* --- the page --- */

typedef struct shown {
    tm_text trace_id, span_id, name, service, values;
    uint64_t time_ns;
    const tm_rule *rule;
} shown;

static bool is_asked(const tm_drop *d, const tm_drops_question *q)
{
    return (!q->trace_id.n || tm_text_equal(q->trace_id, tm_drop_identity(d).trace_id)) &&
           (!q->rule.n || tm_text_equal(q->rule, d->rule->rule.name));
}

static void print_one(const shown *s, tm_buf *out)
{
    tm_page_time(out, s->time_ns);
    tm_buf_print(out, "  trace ");
    tm_buf_add_hex(out, s->trace_id);
    tm_buf_print(out, "  span ");
    tm_buf_add_hex(out, s->span_id);
    tm_buf_print(out, "  \"");
    tm_harmless_add(out, s->name);
    tm_buf_print(out, "\"");
    if (s->service.n) {
        tm_buf_print(out, " of ");
        tm_harmless_add(out, s->service);
    }
    tm_buf_print(out, "\n    dropped by ");
    tm_page_rule_line(out, s->rule, true);
    tm_buf_print(out, "\n");
    if (!s->values.n)
        return;
    tm_buf_print(out, "    ");
    tm_harmless_add(out, s->values);
    tm_buf_print(out, "\n");
}

static void add_one(const shown *s, bool values, tm_buf *out)
{
    tm_buf_print(out, "{\"time\":\"");
    tm_page_time(out, s->time_ns);
    tm_buf_print(out, "\",\"trace_id\":\"");
    tm_buf_add_hex(out, s->trace_id);
    tm_buf_print(out, "\",\"span_id\":\"");
    tm_buf_add_hex(out, s->span_id);
    tm_buf_print(out, "\",");
    tm_page_member(out, "name", s->name);
    tm_buf_print(out, ",");
    tm_page_member(out, "service", s->service);
    tm_buf_print(out, ",\"rule\":{");
    tm_page_rule(out, s->rule, true);
    tm_buf_print(out, "}");
    if (values) {
        tm_buf_print(out, ",");
        tm_page_member(out, "attributes", s->values);
    }
    tm_buf_print(out, "}");
}

/* What is there of a name whose tag stands at p. */
static tm_text cut_name(const char *p, const char *end)
{
    uint64_t n;
    const char *name = tm_wire_varint(p + 1, end, &n);
    return name ? tm_text_slice(name, (size_t)(end - name)) : TM_TEXT("");
}

tm_span_identity tm_drop_identity(const tm_drop *d)
{
    tm_span_identity id = {0};
    tm_wire_field f;
    const char *p = d->head, *end = p + d->lengths.head, *next;
    for (; p < end && !id.name.p; p = next) {
        next = tm_wire_next(p, end, &f);
        if (next && f.number == TM_SPAN_TRACE_ID)
            id.trace_id = f.bytes;
        else if (next && f.number == TM_SPAN_SPAN_ID)
            id.span_id = f.bytes;
        else if (next && f.number == TM_SPAN_NAME)
            id.name = f.bytes;
        if (!next) { /* a long name that was cut */
            next = end;
            id.name = cut_name(p, end);
        }
    }
    id.name = tm_drop_short(id.name, TM_DROP_NAME_BYTES);
    return id;
}

/* A copy of what is asked for, so that no worker waits until it is printed. */
typedef struct copying {
    tm_drops *drops;
    const tm_drops_question *question;
    tm_arena *arena;
    shown *shown;
    uint32_t n;
} copying;

static tm_text copy(const copying *c, const char *p, size_t n)
{
    return tm_arena_copy(c->arena, tm_text_slice(p, n));
}

static void copy_one(copying *c, uint32_t at)
{
    const tm_drop *d = &c->drops->drop[at];
    if (!is_asked(d, c->question))
        return;
    tm_rule *rule = TM_NEW(c->arena, tm_rule);
    rule->name = tm_arena_copy(c->arena, d->rule->rule.name);
    rule->file = tm_arena_copy(c->arena, d->rule->rule.file);
    rule->text = tm_arena_copy(c->arena, d->rule->rule.text);
    const tm_span_identity id = tm_drop_identity(d);
    const char *values = c->drops->values;
    c->shown[c->n++] = (shown){
        .trace_id = tm_arena_copy(c->arena, id.trace_id),
        .span_id = tm_arena_copy(c->arena, id.span_id),
        .name = tm_arena_copy(c->arena, id.name),
        .service = copy(c, d->service, d->lengths.service),
        .values = values ? copy(c, values + (size_t)at * TM_DROP_VALUES_BYTES, d->lengths.values)
                         : TM_TEXT(""),
        .time_ns = d->time_ns,
        .rule = rule};
}

static void copy_all(void *argument)
{
    copying *c = argument;
    const tm_drops *d = c->drops;
    for (uint32_t i = d->next; i-- > 0 && c->n < TM_DROPS_SHOWN;)
        copy_one(c, i);
    for (uint32_t i = d->options.keep; d->is_full && i-- > d->next && c->n < TM_DROPS_SHOWN;)
        copy_one(c, i);
}

static void unlock(void *argument)
{
    pthread_mutex_unlock(&((copying *)argument)->drops->lock);
}

uint32_t tm_drops_print(tm_drops *drops, const tm_drops_question *question, bool json, tm_buf *out)
{
    copying c = {.drops = drops, .question = question, .arena = out->arena};
    c.shown = TM_NEW_ARRAY(out->arena, TM_DROPS_SHOWN, shown);
    pthread_mutex_lock(&drops->lock);
    tm_arena_finally(out->arena, copy_all, unlock, &c);
    for (uint32_t i = 0; i < c.n; i++) {
        tm_buf_print(out, "%s", json && i ? "," : "");
        if (json)
            add_one(&c.shown[i], drops->options.values, out);
        else
            print_one(&c.shown[i], out);
    }
    return c.n;
}
