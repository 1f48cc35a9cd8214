/* Frames, JSON: the ends of values are found by their brackets, without reading the values.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A document up to a block long is one unit. Of a longer one the items of its list are units. */
#include "recording/frames.h"

typedef enum found { FOUND, CUT_SHORT, BROKEN } found;

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* To the end of the string whose inside goes on at p: behind its quote. NULL: not there, or, with
 * *broken, a line break that no string has: what wrote it stopped there. */
static const char *string_end(tm_json_end *e, const char *p, const char *end, bool *broken)
{
    for (; p < end; p++) {
        if (e->escape)
            e->escape = false;
        else if (*p == '\\')
            e->escape = true;
        else if (*p == '"') {
            e->string = false;
            return p + 1;
        } else if (*p == '\n') {
            *broken = true;
            return NULL;
        }
    }
    return NULL;
}

/* Looks on for the end of the object or list that begins at `value`, or is e->depth deep there. */
static found find_end(tm_json_end *e, const char *value, const char *end, size_t *n)
{
    const char *p = value + e->done;
    bool broken = false;
    while (p < end) {
        if (e->string) {
            const char *behind = string_end(e, p, end, &broken);
            if (!behind)
                break;
            p = behind;
            continue;
        }
        char c = *p++;
        if (c == '"') {
            e->string = true;
        } else if (c == '{' || c == '[') {
            e->depth++;
        } else if ((c == '}' || c == ']') && --e->depth == 0) {
            *n = (size_t)(p - value);
            *e = (tm_json_end){0};
            return FOUND;
        }
    }
    e->done = (size_t)(end - value);
    return broken ? BROKEN : CUT_SHORT;
}

static tm_frame over(tm_frames *f, tm_frame_data *d, const char *what)
{
    size_t wrong = d->at;
    f->framing = TM_FRAMING_OVER;
    f->place = TM_JSON_AT_TOP;
    d->at = d->bytes.n;
    return tm_frame_fault(d, wrong, what);
}

static tm_frame cut(tm_frames *f, tm_frame_data *d)
{
    f->framing = TM_FRAMING_OVER;
    f->place = TM_JSON_AT_TOP;
    return tm_frame_cut(d, "value");
}

/* Goes to the next line; while it is not there, to what is there. */
static void skip_line(tm_frames *f, tm_frame_data *d)
{
    const char *line = memchr(d->bytes.p + d->at, '\n', d->bytes.n - d->at);
    f->place = line || d->last ? TM_JSON_AT_TOP : TM_JSON_AT_BAD;
    d->at = line ? (size_t)(line + 1 - d->bytes.p) : d->bytes.n;
}

/* Something at d->at cannot be read: the next line may be. */
static tm_frame next_line(tm_frames *f, tm_frame_data *d, const char *what)
{
    size_t wrong = d->at;
    f->end = (tm_json_end){0};
    skip_line(f, d);
    return tm_frame_fault(d, wrong, what);
}

static tm_frame unit(tm_frame_data *d, tm_unit_kind kind, size_t n)
{
    d->unit = (tm_unit){.kind = kind, .at = d->at, .n = n};
    d->at += n;
    return TM_FRAME_UNIT;
}

/* More bytes are needed for the value at d->at, whose end is not there. */
static tm_frame want_more(tm_frames *f, tm_frame_data *d)
{
    if (d->last)
        return cut(f, d);
    if (d->bytes.n - d->at < TM_UNIT_MOST_BYTES)
        return TM_FRAME_MORE;
    if (f->end.depth == 0)
        return over(f, d, "this text is longer than 256 MiB");
    size_t wrong = d->at;
    f->resume = f->place == TM_JSON_AT_TAIL ? TM_JSON_AT_TOP : f->place;
    f->place = TM_JSON_AT_LONG;
    f->end.done = 0;
    d->at = d->bytes.n;
    return tm_frame_fault(d, wrong, "this value is longer than 256 MiB; it is passed over");
}

static void skip_space(tm_frame_data *d, bool commas)
{
    while (d->at < d->bytes.n &&
           (is_space(d->bytes.p[d->at]) || (commas && d->bytes.p[d->at] == ',')))
        d->at++;
}

static tm_frame next_at_top(tm_frames *f, tm_frame_data *d)
{
    size_t n;
    skip_space(d, false);
    if (d->at == d->bytes.n)
        return d->last ? TM_FRAME_END : TM_FRAME_MORE;
    char c = d->bytes.p[d->at];
    if (c != '{' && c != '[')
        return next_line(f, d, "here is no JSON object");
    switch (find_end(&f->end, d->bytes.p + d->at, d->bytes.p + d->bytes.n, &n)) {
    case FOUND:
        return unit(d, TM_UNIT_JSON, n);
    case BROKEN:
        return next_line(f, d, "this value is cut by the end of its line");
    case CUT_SHORT:
        break;
    }
    if (d->bytes.n - d->at < TM_BLOCK_BYTES && !d->last)
        return TM_FRAME_MORE;
    f->end = (tm_json_end){0};
    f->place = c == '{' ? TM_JSON_AT_KEYS : TM_JSON_AT_ITEMS;
    f->items = TM_UNIT_ITEMS;
    f->levels = 1;
    d->at++;
    return TM_FRAME_PAST;
}

/* The list under this key holds what we want. */
static bool is_list(tm_text key, tm_unit_kind *items)
{
    *items = tm_text_is(key, "data") ? TM_UNIT_TRACES : TM_UNIT_RESOURCES;
    return *items == TM_UNIT_TRACES || tm_text_is(key, "resourceSpans") ||
           tm_text_is(key, "resource_spans") || tm_text_is(key, "batches");
}

/* The end of the value at `at`, whatever it is. */
static found value_end(tm_frames *f, const tm_frame_data *d, size_t at, size_t *n)
{
    const char *value = d->bytes.p + at, *end = d->bytes.p + d->bytes.n, *p;
    tm_json_end e = {0};
    bool broken = false;
    if (value == end)
        return CUT_SHORT;
    if (*value == '{' || *value == '[')
        return find_end(&f->end, value, end, n);
    if (*value == '"') {
        p = string_end(&e, value + 1, end, &broken);
    } else {
        for (p = value; p < end && !strchr(",}] \t\r\n", *p); p++) {
        }
        p = p == end ? NULL : p;
    }
    *n = p ? (size_t)(p - value) : 0;
    return p && *n ? FOUND : broken || p ? BROKEN : CUT_SHORT;
}

/* One member of an object that is too large to be a unit. */
static tm_frame next_at_keys(tm_frames *f, tm_frame_data *d)
{
    const char *end = d->bytes.p + d->bytes.n;
    tm_json_end e = {0};
    bool broken = false;
    size_t n;
    if (f->end.depth == 0)
        skip_space(d, true);
    if (d->at < d->bytes.n && d->bytes.p[d->at] == '}') {
        d->at++;
        f->place = --f->levels ? TM_JSON_AT_KEYS : TM_JSON_AT_TOP;
        return TM_FRAME_PAST;
    }
    if (d->at == d->bytes.n)
        return want_more(f, d);
    const char *key = d->bytes.p + d->at + 1;
    const char *p = d->bytes.p[d->at] == '"' ? string_end(&e, key, end, &broken) : NULL;
    if (!p)
        return broken || d->bytes.p[d->at] != '"' ? next_line(f, d, "here is no JSON object")
                                                  : want_more(f, d);
    tm_text name = tm_text_slice(key, (size_t)(p - key - 1));
    while (p < end && (is_space(*p) || *p == ':'))
        p++;
    if (p < end && *p == '[' && is_list(name, &f->items)) {
        f->place = TM_JSON_AT_ITEMS;
        f->levels++;
        d->at = (size_t)(p + 1 - d->bytes.p);
        return TM_FRAME_PAST;
    }
    if (p < end && *p == '{' && tm_text_is(name, "trace")) {
        f->levels++;
        d->at = (size_t)(p + 1 - d->bytes.p);
        return TM_FRAME_PAST;
    }
    switch (value_end(f, d, (size_t)(p - d->bytes.p), &n)) {
    case FOUND:
        d->at = (size_t)(p - d->bytes.p) + n;
        return TM_FRAME_PAST;
    case BROKEN:
        return next_line(f, d, "here is no JSON object");
    default:
        return want_more(f, d);
    }
}

/* Whole items, as many as there are up to a block. */
static tm_frame next_at_items(tm_frames *f, tm_frame_data *d)
{
    const char *end = d->bytes.p + d->bytes.n;
    size_t n, from = SIZE_MAX, to = 0;
    found last = CUT_SHORT;
    for (;;) {
        skip_space(d, true);
        if (from == SIZE_MAX)
            from = d->at;
        if (d->at == d->bytes.n || d->bytes.p[d->at] != '{' || d->at - from >= TM_BLOCK_BYTES)
            break;
        last = find_end(&f->end, d->bytes.p + d->at, end, &n);
        if (last != FOUND)
            break;
        d->at += n;
        to = d->at;
    }
    if (to) {
        f->end = (tm_json_end){0};
        d->at = from;
        return unit(d, f->items, to - from);
    }
    if (d->at < d->bytes.n && d->bytes.p[d->at] == ']') {
        d->at++;
        f->place = --f->levels ? TM_JSON_AT_TAIL : TM_JSON_AT_TOP;
        f->end = (tm_json_end){.depth = f->levels};
        return TM_FRAME_PAST;
    }
    if (d->at < d->bytes.n && (last == BROKEN || d->bytes.p[d->at] != '{'))
        return next_line(f, d, "here is no item of the list");
    return want_more(f, d);
}

/* Behind the list, or in what is too long: to the end of it, keeping nothing. */
static tm_frame pass_over(tm_frames *f, tm_frame_data *d)
{
    size_t n;
    switch (find_end(&f->end, d->bytes.p + d->at, d->bytes.p + d->bytes.n, &n)) {
    case FOUND:
        d->at += n;
        f->place = f->place == TM_JSON_AT_LONG ? f->resume : TM_JSON_AT_TOP;
        return TM_FRAME_PAST;
    case BROKEN:
        return next_line(f, d, "this value is cut by the end of its line");
    default:
        if (d->last)
            return cut(f, d);
        d->at = d->bytes.n;
        f->end.done = 0;
        return TM_FRAME_MORE;
    }
}

tm_frame tm_frames_next_json(tm_frames *f, tm_frame_data *d)
{
    switch (f->place) {
    case TM_JSON_AT_TOP:
        return next_at_top(f, d);
    case TM_JSON_AT_KEYS:
        return next_at_keys(f, d);
    case TM_JSON_AT_ITEMS:
        return next_at_items(f, d);
    case TM_JSON_AT_BAD:
        skip_line(f, d);
        return f->place == TM_JSON_AT_BAD ? TM_FRAME_MORE : TM_FRAME_PAST;
    default:
        return pass_over(f, d);
    }
}
