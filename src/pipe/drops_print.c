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

static tm_text trace_id_of(const tm_drop *d)
{
    const bool has = d->ids & TM_DROP_HAS_TRACE_ID;
    return tm_text_slice(d->trace_id, has ? sizeof d->trace_id : 0);
}

static tm_text span_id_of(const tm_drop *d)
{
    return tm_text_slice(d->span_id, d->ids & TM_DROP_HAS_SPAN_ID ? sizeof d->span_id : 0);
}

static bool is_asked(const tm_drop *d, const tm_drops_question *q)
{
    return (!q->trace_id.n || tm_text_equal(q->trace_id, trace_id_of(d))) &&
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

/* A copy of what is asked for, so that no worker waits until it is printed. */
typedef struct copying {
    tm_drops *drops;
    const tm_drops_question *question;
    tm_arena *arena;
    shown *shown;
    uint32_t n;
} copying;

static tm_text copy_name(const copying *c, uint32_t at)
{
    const tm_drop *d = &c->drops->drop[at];
    const size_t here = d->name_n < TM_DROP_NAME_HERE ? d->name_n : TM_DROP_NAME_HERE;
    char *name = tm_arena_alloc(c->arena, TM_DROP_NAME_BYTES);
    memcpy(name, d->name, here);
    memcpy(name + here, c->drops->name_rest[at], d->name_n - here);
    return tm_text_slice(name, d->name_n);
}

static void copy_one(copying *c, uint32_t at)
{
    const tm_drop *d = &c->drops->drop[at];
    if (!is_asked(d, c->question))
        return;
    const tm_drop_origin *origin = &c->drops->origin[d->origin];
    const tm_drop_attributes *values = c->drops->values ? &c->drops->values[at] : NULL;
    tm_rule *rule = TM_NEW(c->arena, tm_rule);
    rule->name = tm_arena_copy(c->arena, d->rule->rule.name);
    rule->file = tm_arena_copy(c->arena, d->rule->rule.file);
    rule->text = tm_arena_copy(c->arena, d->rule->rule.text);
    c->shown[c->n++] = (shown){
        .trace_id = tm_arena_copy(c->arena, trace_id_of(d)),
        .span_id = tm_arena_copy(c->arena, span_id_of(d)),
        .name = copy_name(c, at),
        .service = tm_arena_copy(c->arena, tm_text_slice(origin->service, origin->service_n)),
        .values =
            values ? tm_arena_copy(c->arena, tm_text_slice(values->text, values->n)) : TM_TEXT(""),
        .time_ns = origin->time_ns,
        .rule = rule};
}

static void copy_all(void *argument)
{
    copying *c = argument;
    const tm_drops *d = c->drops;
    for (uint32_t i = d->next; i-- > 0 && c->n < TM_DROPS_SHOWN;)
        copy_one(c, i);
    const bool is_full = d->added >= d->options.keep;
    for (uint32_t i = d->options.keep; is_full && i-- > d->next && c->n < TM_DROPS_SHOWN;)
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
