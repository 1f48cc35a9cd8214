/* Format value: what a verb makes of each type (language.md 4.3).
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/calendar.h"
#include "base/duration.h"
#include "stdlib/go/format.h"
#include "vm/convert.h"

#include <stdlib.h>

/* What lies deeper in lists shows as three dots: a rule can nest them as deep as it likes. */
enum { DEPTH_MOST = 128 };

/* A value inside another one: on the outside, bytes have another name and nil another mark. */
static void print_inside(tm_printer *p, tm_value v, uint32_t verb);

/* --- marks of bad verbs --- */
static void open_mark(tm_printer *p, uint32_t verb, const char *type)
{
    tm_buf_add(&p->out, TM_TEXT("%!"));
    tm_buf_add_rune(&p->out, verb);
    tm_buf_print(&p->out, "(%s=", type);
    p->erroring = true;
}

static void close_mark(tm_printer *p)
{
    tm_buf_add_char(&p->out, ')');
    p->erroring = false;
}

static void print_bad(tm_printer *p, tm_value v, uint32_t verb)
{
    open_mark(p, verb, tm_value_go_name(v));
    tm_format_argument(p, v, 'v');
    close_mark(p);
}

/* A number of a type that no value has: a byte, a part of a time. */
static void print_part(tm_printer *p, uint64_t bits, bool is_signed, const char *type,
                       uint32_t verb)
{
    if (tm_format_integer(p, bits, is_signed, verb))
        return;
    open_mark(p, verb, type);
    tm_format_integer(p, bits, is_signed, 'v');
    close_mark(p);
}

/* --- bytes and lists --- */
static void open_list(tm_printer *p, const char *type)
{
    if (p->flag.sharp_v)
        tm_buf_print(&p->out, "%s{", type);
    else
        tm_buf_add_char(&p->out, '[');
}

static void separate(tm_printer *p, bool first)
{
    if (!first)
        tm_buf_add(&p->out, p->flag.sharp_v ? TM_TEXT(", ") : TM_TEXT(" "));
}

static void close_list(tm_printer *p)
{
    tm_buf_add_char(&p->out, p->flag.sharp_v ? '}' : ']');
}

static void print_bytes(tm_printer *p, tm_text bytes, const char *type, uint32_t verb)
{
    if (verb != 'v' && tm_format_text(p, bytes, verb))
        return;
    open_list(p, type);
    /* Work: bytes, each charged */
    for (size_t i = 0; i < bytes.n; i++) {
        if (!tm_format_charge(p, 1))
            return;
        separate(p, i == 0);
        print_part(p, (unsigned char)bytes.p[i], false, "uint8", verb);
    }
    close_list(p);
}

static void print_list(tm_printer *p, tm_value v, uint32_t verb)
{
    if (p->depth == DEPTH_MOST) {
        tm_buf_add(&p->out, TM_TEXT("..."));
        return;
    }
    p->depth++;
    open_list(p, tm_value_go_name(v));
    /* Work: elements, charged as they are printed */
    for (uint32_t i = 0; i < v.list->n && !p->spent; i++) {
        separate(p, i == 0);
        print_inside(p, v.list->item[i], verb);
    }
    close_list(p);
    p->depth--;
}

/* --- maps, in the order of their keys --- */
static int by_key(const void *a, const void *b)
{
    const tm_entry *const *x = a, *const *y = b;
    return tm_text_compare((*x)->key, (*y)->key);
}

static void print_map(tm_printer *p, tm_value v, uint32_t verb)
{
    const tm_map *map = v.map;
    const tm_entry **sorted = tm_arena_alloc(p->out.arena, (map->n + 1) * sizeof *sorted);
    /* Work: entries, n log n, charged as they are printed */
    for (uint32_t i = 0; i < map->n; i++)
        sorted[i] = &map->entry[i];
    qsort(sorted, map->n, sizeof *sorted, by_key);
    open_list(p, tm_value_go_name(v));
    if (!p->flag.sharp_v) {
        p->out.n--;
        tm_buf_add(&p->out, TM_TEXT("map["));
    }
    for (uint32_t i = 0; i < map->n && !p->spent; i++) {
        separate(p, i == 0);
        print_inside(p, tm_string(sorted[i]->key), verb);
        tm_buf_add_char(&p->out, ':');
        print_inside(p, sorted[i]->value, verb);
    }
    close_list(p);
}

/* --- types with a text of their own --- */
static void add_fraction(tm_buf *out, int32_t nanoseconds)
{
    int n = 9;
    /* Work: 9 digits */
    for (; nanoseconds && nanoseconds % 10 == 0; nanoseconds /= 10)
        n--;
    if (nanoseconds)
        tm_buf_print(out, ".%0*d", n, (int)nanoseconds);
}

/* 2006-01-02 15:04:05.999999999 -0700 MST */
static tm_text time_text(tm_arena *arena, const tm_time *t)
{
    tm_buf b = {.arena = arena};
    uint64_t local = (uint64_t)t->seconds + (uint64_t)(int64_t)t->offset_seconds;
    tm_civil d = tm_civil_of((int64_t)local);
    int minutes = abs(t->offset_seconds / 60);
    tm_text offset = tm_arena_print(arena, "%c%02d%02d", t->offset_seconds < 0 ? '-' : '+',
                                    minutes / 60, minutes % 60);
    tm_buf_print(&b, "%s%04lld-%02u-%02u %02u:%02u:%02u", d.year < 0 ? "-" : "",
                 (long long)llabs(d.year), d.month, d.day, d.hour, d.minute, d.second);
    add_fraction(&b, t->nanoseconds);
    tm_buf_print(&b, " %.*s %.*s", TM_PRI(offset), TM_PRI(t->zone.n ? t->zone : offset));
    return tm_buf_text(&b);
}

/* The expression that makes the time, of %#v. */
static tm_text time_expression(tm_arena *arena, const tm_time *t)
{
    static const char *const months[] = {"January",   "February", "March",    "April",
                                         "May",       "June",     "July",     "August",
                                         "September", "October",  "November", "December"};
    uint64_t local = (uint64_t)t->seconds + (uint64_t)(int64_t)t->offset_seconds;
    tm_civil d = tm_civil_of((int64_t)local);
    tm_buf b = {.arena = arena};
    tm_buf_print(&b, "time.Date(%lld, time.%s, %u, %u, %u, %u, %d, ", (long long)d.year,
                 months[d.month - 1], d.day, d.hour, d.minute, d.second, (int)t->nanoseconds);
    if (tm_text_is(t->zone, "UTC"))
        tm_buf_add(&b, TM_TEXT("time.UTC)"));
    else
        tm_buf_print(&b, "time.Location(\"%.*s\"))", TM_PRI(t->zone));
    return tm_buf_text(&b);
}

/* What stands in front of a member of a struct. */
static void name_part(tm_printer *p, bool first, const char *name)
{
    separate(p, first);
    if (p->flag.plus_v || p->flag.sharp_v)
        tm_buf_print(&p->out, "%s:", name);
}

/* The location of a time, which always shows as none. */
static void print_location(tm_printer *p, uint32_t verb)
{
    bool mark = verb > 0x7f || !strchr("vbodxX", (int)verb);
    if (mark)
        open_mark(p, verb, "*time.Location");
    if ((verb == 'v' || mark) && p->flag.sharp_v)
        tm_buf_add(&p->out, TM_TEXT("(*time.Location)(nil)"));
    else if (verb == 'v' || mark)
        tm_format_padded(p, TM_TEXT("<nil>"));
    else
        tm_format_integer(p, 0, false, verb);
    if (mark)
        close_mark(p);
}

/* The members of Go's time: nanoseconds, seconds since year 1, a location. */
static void print_time_parts(tm_printer *p, const tm_time *t, uint32_t verb)
{
    tm_buf_add(&p->out, p->flag.sharp_v ? TM_TEXT("time.Time{") : TM_TEXT("{"));
    name_part(p, true, "wall");
    print_part(p, (uint64_t)t->nanoseconds, false, "uint64", verb);
    name_part(p, false, "ext");
    print_part(p, (uint64_t)t->seconds + 62135596800, true, "int64", verb);
    name_part(p, false, "loc");
    print_location(p, verb);
    tm_buf_add_char(&p->out, '}');
}

/* An id of zeros has no text. */
static tm_text id_text(tm_arena *arena, tm_text id)
{
    tm_buf b = {.arena = arena};
    unsigned char any = 0;
    /* Work: at most 16 bytes */
    for (size_t i = 0; i < id.n; i++)
        any |= (unsigned char)id.p[i];
    if (any)
        tm_buf_add_hex(&b, id);
    return tm_buf_text(&b);
}

/* The text of times, durations and ids, for the verbs that take one. */
static bool own_text(const tm_printer *p, tm_value v, uint32_t verb, tm_text *text)
{
    tm_buf b = {.arena = p->out.arena};
    if (p->erroring || verb > 0x7f || !verb || !strchr("vsqxX", (int)verb))
        return false;
    if (p->flag.sharp_v && v.type != TM_TIME)
        return false;
    switch (v.type) {
    case TM_TIME:
        *text = p->flag.sharp_v ? time_expression(b.arena, v.time) : time_text(b.arena, v.time);
        return true;
    case TM_DURATION:
        tm_duration_print_whole(v.integer, &b);
        *text = tm_buf_text(&b);
        return true;
    case TM_TRACE_ID:
    case TM_SPAN_ID:
        *text = id_text(b.arena, tm_value_text(v));
        return true;
    default:
        return false;
    }
}

/* Scalars with a type of their own, lists and maps. What Go shows as addresses (data maps, data
 * lists, events) shows as JSON here. */
static void print_other(tm_printer *p, tm_value v, uint32_t verb)
{
    tm_text text;
    if (own_text(p, v, verb, &text)) {
        tm_format_text(p, text, p->flag.sharp_v ? 's' : verb);
        return;
    }
    bool native = v.type == TM_MAP ? v.form == TM_NATIVE : v.form != TM_DATA;
    if (verb == 'w' && !p->erroring)
        print_bad(p, v, verb);
    else if (v.type == TM_TIME)
        print_time_parts(p, v.time, verb);
    else if (v.type == TM_DURATION)
        print_part(p, (uint64_t)v.integer, true, "time.Duration", verb);
    else if (v.type == TM_TRACE_ID || v.type == TM_SPAN_ID)
        print_bytes(p, tm_value_text(v), tm_value_go_name(v), verb);
    else if (v.type == TM_LIST && native)
        print_list(p, v, verb);
    else if (v.type == TM_MAP && native)
        print_map(p, v, verb);
    else
        tm_format_text(p, tm_data_text(p->out.arena, v), 's');
}

/* False when the verb does not suit a plain value. */
static bool print_plain(tm_printer *p, tm_value v, uint32_t verb)
{
    switch (v.type) {
    case TM_BOOL:
        if (verb != 't' && verb != 'v')
            return false;
        tm_format_padded(p, v.truth ? TM_TEXT("true") : TM_TEXT("false"));
        return true;
    case TM_INT:
    case TM_NATIVE_INT:
        return tm_format_integer(p, (uint64_t)v.integer, true, verb);
    case TM_DOUBLE:
        return tm_format_double(p, v.number, verb);
    case TM_STRING:
        return tm_format_text(p, tm_value_text(v), verb);
    default:
        print_other(p, v, verb);
        return true;
    }
}

static void print_inside(tm_printer *p, tm_value v, uint32_t verb)
{
    if (!tm_format_charge(p, 1))
        return;
    if (v.type == TM_NIL)
        tm_buf_add(&p->out, p->flag.sharp_v ? TM_TEXT("interface {}(nil)") : TM_TEXT("<nil>"));
    else if (v.type == TM_BYTES)
        print_bytes(p, tm_value_text(v), "[]uint8", verb);
    else if (!print_plain(p, v, verb))
        print_bad(p, v, verb);
}

/* An address says nothing to anybody: it is always 0. */
static bool has_address(tm_value v)
{
    return v.type == TM_BYTES || (v.type == TM_LIST && v.form != TM_DATA) ||
           (v.type == TM_MAP && v.form == TM_NATIVE);
}

void tm_format_argument(tm_printer *p, tm_value v, uint32_t verb)
{
    const char *type = v.type == TM_NIL ? "<nil>" : tm_value_go_name(v);
    if (!tm_format_charge(p, 1))
        return;
    if (v.type == TM_NIL && (verb == 'v' || verb == 'T')) {
        tm_format_padded(p, tm_text_of(type));
    } else if (verb == 'T') {
        tm_format_text(p, tm_text_of(type), 's');
    } else if (v.type == TM_NIL) {
        tm_buf_add(&p->out, TM_TEXT("%!"));
        tm_buf_add_rune(&p->out, verb);
        tm_buf_add(&p->out, TM_TEXT("(<nil>)"));
    } else if (verb == 'p') {
        if (has_address(v))
            tm_format_padded(p, p->flag.sharp ? TM_TEXT("0") : TM_TEXT("0x0"));
        else
            print_bad(p, v, verb);
    } else if (v.type == TM_BYTES) {
        print_bytes(p, tm_value_text(v), verb == 'v' ? "[]byte" : "[]uint8", verb);
    } else if (!print_plain(p, v, verb)) {
        print_bad(p, v, verb);
    }
}
