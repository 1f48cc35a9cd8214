/* Text: values as text (language.md 5.2, 5.3).
 * Work: each element once, maps n log n; charged by the bytes written (convert.c).
 * SPDX-License-Identifier: Apache-2.0 */
#include "vm/convert.h"

#include "base/base64.h"
#include "base/calendar.h"
#include "base/json_write.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* How deep values are written; what can be stored is shallower (vm/stored.h). */
enum { TM_TEXT_DEPTH_MOST = 128 };

/* One text being written: HTML escapes and padded exponents, or neither. */
typedef struct writer {
    tm_buf out;
    bool html;
    unsigned depth;
} writer;

void tm_double_print(tm_buf *out, double d, bool short_exponent)
{
    char digits[TM_NUMBER_ROOM];
    size_t n = tm_number_print(digits, d, short_exponent ? TM_EXPONENT_SHORT : TM_EXPONENT_PADDED);
    tm_buf_add(out, tm_text_slice(digits, n));
}

static bool write_value(writer *w, tm_value v, bool native);

static void write_string(writer *w, tm_text t)
{
    tm_json_write_string(&w->out, t, w->html ? TM_JSON_GO : TM_JSON_GO_TEXT);
}

static bool write_double(writer *w, double d)
{
    if (!isfinite(d))
        return false;
    tm_double_print(&w->out, d, !w->html);
    return true;
}

/* No bytes at all are a nil slice in Go, which its JSON shows. */
static void write_bytes(writer *w, tm_text bytes)
{
    if (!bytes.n) {
        tm_buf_add(&w->out, TM_TEXT("null"));
        return;
    }
    tm_buf_add_char(&w->out, '"');
    tm_base64_encode(&w->out, bytes, 0);
    tm_buf_add_char(&w->out, '"');
}

/* A trace or span id: its bytes as numbers. */
static void write_id(writer *w, tm_text id)
{
    /* Work: at most 16 bytes */
    for (size_t i = 0; i < id.n; i++)
        tm_buf_print(&w->out, "%c%u", i ? ',' : '[', (unsigned char)id.p[i]);
    tm_buf_add_char(&w->out, ']');
}

/* --- times --- */

static void write_fraction(writer *w, int32_t nanoseconds)
{
    char digits[16];
    int n = snprintf(digits, sizeof digits, ".%09d", (int)nanoseconds);
    /* Work: 9 digits */
    while (n > 1 && digits[n - 1] == '0')
        n--;
    if (n > 1)
        tm_buf_add(&w->out, tm_text_slice(digits, (size_t)n));
}

/* RFC 3339 in quotes, nanoseconds without trailing zeros. Years outside 0..9999 have no such form.
 */
static bool write_time(writer *w, const tm_time *t)
{
    tm_civil c =
        tm_civil_of((int64_t)((uint64_t)t->seconds + (uint64_t)(int64_t)t->offset_seconds));
    if (c.year < 0 || c.year > 9999)
        return false;
    tm_buf_print(&w->out, "\"%04d-%02u-%02uT%02u:%02u:%02u", (int)c.year, c.month, c.day, c.hour,
                 c.minute, c.second);
    write_fraction(w, t->nanoseconds);
    int minutes = abs(t->offset_seconds / 60);
    if (t->offset_seconds == 0)
        tm_buf_add(&w->out, TM_TEXT("Z\""));
    else
        tm_buf_print(&w->out, "%c%02d:%02d\"", t->offset_seconds < 0 ? '-' : '+', minutes / 60,
                     minutes % 60);
    return true;
}

/* --- maps and lists --- */

static int by_key(const void *a, const void *b)
{
    const tm_entry *x = *(const tm_entry *const *)a, *y = *(const tm_entry *const *)b;
    int order = tm_text_compare(x->key, y->key);
    return order ? order : (x > y) - (x < y);
}

/* Entries in the order of their keys. Of a key that stands twice the last one counts. */
static bool write_map(writer *w, const tm_map *map, bool native)
{
    const tm_entry **sorted = tm_arena_alloc(w->out.arena, (map->n + 1) * sizeof *sorted);
    bool first = true;
    /* Work: entries, n log n, charged by the bytes written (convert.c) */
    for (uint32_t i = 0; i < map->n; i++)
        sorted[i] = &map->entry[i];
    qsort(sorted, map->n, sizeof *sorted, by_key);
    tm_buf_add_char(&w->out, '{');
    for (uint32_t i = 0; i < map->n; i++) {
        if (i + 1 < map->n && tm_text_equal(sorted[i]->key, sorted[i + 1]->key))
            continue;
        if (!first)
            tm_buf_add_char(&w->out, ',');
        first = false;
        write_string(w, sorted[i]->key);
        tm_buf_add_char(&w->out, ':');
        if (!write_value(w, sorted[i]->value, native))
            return false;
    }
    tm_buf_add_char(&w->out, '}');
    return true;
}

static bool write_list(writer *w, const tm_list *list, bool native)
{
    tm_buf_add_char(&w->out, '[');
    /* Work: elements, charged by the bytes written (convert.c) */
    for (uint32_t i = 0; i < list->n; i++) {
        if (i)
            tm_buf_add_char(&w->out, ',');
        if (!write_value(w, list->item[i], native))
            return false;
    }
    tm_buf_add_char(&w->out, ']');
    return true;
}

/* `inside`: in a native list or map, where data maps and data lists are opaque. */
static bool write_container(writer *w, tm_value v, bool inside)
{
    bool native = v.type == TM_MAP ? v.form == TM_NATIVE : v.form != TM_DATA;
    if (inside && !native) {
        tm_buf_add(&w->out, TM_TEXT("{}"));
        return true;
    }
    if (w->depth == TM_TEXT_DEPTH_MOST)
        return false;
    w->depth++;
    bool done = v.type == TM_MAP ? write_map(w, v.map, native) : write_list(w, v.list, native);
    w->depth--;
    return done;
}

static bool write_value(writer *w, tm_value v, bool inside)
{
    switch ((tm_type)v.type) {
    case TM_NIL:
        tm_buf_add(&w->out, TM_TEXT("null"));
        return true;
    case TM_BOOL:
        tm_buf_add(&w->out, v.truth ? TM_TEXT("true") : TM_TEXT("false"));
        return true;
    case TM_INT:
    case TM_DURATION:
    case TM_NATIVE_INT:
        tm_json_write_int(&w->out, v.integer);
        return true;
    case TM_DOUBLE:
        return write_double(w, v.number);
    case TM_STRING:
        write_string(w, tm_value_text(v));
        return true;
    case TM_BYTES:
        write_bytes(w, tm_value_text(v));
        return true;
    case TM_MAP:
    case TM_LIST:
        return write_container(w, v, inside);
    case TM_TIME:
        return write_time(w, v.time);
    case TM_TRACE_ID:
    case TM_SPAN_ID:
        write_id(w, tm_value_text(v));
        return true;
    default:
        tm_buf_add(&w->out, TM_TEXT("{}"));
        return true;
    }
}

bool tm_value_json(tm_arena *arena, tm_value v, bool html, tm_text *json)
{
    writer w = {.out.arena = arena, .html = html};
    bool done = write_value(&w, v, false);
    *json = tm_buf_text(&w.out);
    return done;
}

tm_text tm_data_text(tm_arena *arena, tm_value v)
{
    writer w = {.out.arena = arena};
    switch (v.type) {
    case TM_NIL:
        return TM_TEXT("");
    case TM_STRING:
        return tm_value_text(v);
    case TM_DOUBLE:
        tm_double_print(&w.out, v.number, true);
        return tm_buf_text(&w.out);
    case TM_BYTES:
        tm_base64_encode(&w.out, tm_value_text(v), 0);
        return tm_buf_text(&w.out);
    default:
        return write_value(&w, v, false) ? tm_buf_text(&w.out) : TM_TEXT("");
    }
}
