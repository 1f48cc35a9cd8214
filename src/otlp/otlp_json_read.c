/* OTLP/JSON to protobuf: one pass over the events of the JSON reader, driven by the table of
 * messages. SPDX-License-Identifier: Apache-2.0 */
#include "otlp/otlp_json_read.h"

#include "otlp/otlp_json_inside.h"
#include "otlp/otlp_json_name.h"

/* Where in the output a field stands: all its values when it is repeated. */
typedef struct range {
    size_t from, to;
} range;

/* A message being read. */
typedef struct frame {
    tm_message message;
    uint32_t seen;   /* bit a field number: it stands in `range` */
    uint32_t number; /* of the field read last */
    range range[TM_FIELD_ROWS];
} frame;

static bool read_message(tm_json_reader *r, tm_message message);

/* Bytes to leave for the length of a message, before it is known: the fewer guesses miss, the fewer
 * bodies move. */
static size_t length_guess(uint8_t message)
{
    switch (message) {
    case TM_MESSAGE_RESOURCE_SPANS:
    case TM_MESSAGE_SCOPE_SPANS:
        return 3;
    case TM_MESSAGE_SPAN:
        return 2;
    default:
        return 1;
    }
}

/* Writes the length in front of a body that starts `guess` bytes behind `at` and ends where the
 * output ends. */
static void put_length(tm_json_reader *r, size_t at, size_t guess)
{
    size_t n = r->out.n - at - guess, width = tm_wire_varint_bytes(n);
    if (width != guess) {
        tm_buf_reserve(&r->out, 10);
        memmove(r->out.p + at + width, r->out.p + at + guess, n);
        r->out.n = at + width + n;
    }
    tm_wire_put_varint(r->out.p + at, n);
}

/* Takes an earlier value of the field out of the output: the later one counts. */
static void forget(tm_json_reader *r, frame *m, uint32_t number)
{
    range gone = m->range[number];
    size_t n = gone.to - gone.from;
    memmove(r->out.p + gone.from, r->out.p + gone.to, r->out.n - gone.to);
    r->out.n -= n;
    m->seen &= ~(1u << number);
    for (uint32_t i = 0; i < TM_FIELD_ROWS; i++)
        if (m->seen >> i & 1 && m->range[i].from >= gone.to) {
            m->range[i].from -= n;
            m->range[i].to -= n;
        }
}

static bool read_inner(tm_json_reader *r, const tm_json_field *f, tm_json_event event)
{
    bool nests = f->row->sub == TM_MESSAGE_ARRAY_VALUE || f->row->sub == TM_MESSAGE_KV_LIST;
    if (event == TM_JSON_NULL) { /* an item of a list: what is alone was left out before */
        tm_json_value_put_empty(r, f);
        return true;
    }
    if (event != TM_JSON_OBJECT)
        return tm_json_value_fail(r, f, "it is not an object");
    if (nests && r->depth == TM_VALUE_DEPTH)
        return tm_json_value_fail(r, f, "arrays and maps nest too deeply");
    tm_json_value_put_tag(r, f, TM_WIRE_BYTES);
    size_t at = r->out.n, guess = length_guess(f->row->sub);
    tm_buf_reserve(&r->out, guess);
    r->out.n += guess;
    r->depth += nests;
    bool good = read_message(r, f->row->sub);
    r->depth -= nests;
    if (good)
        put_length(r, at, guess);
    return good;
}

static bool read_value(tm_json_reader *r, const tm_json_field *f, tm_json_event event)
{
    if (f->row->kind == TM_FIELD_MESSAGE)
        return read_inner(r, f, event);
    return tm_json_value_read(r, f, event);
}

static bool read_items(tm_json_reader *r, const tm_json_field *f, tm_json_event event)
{
    if (event != TM_JSON_ARRAY)
        return tm_json_value_fail(r, f, "it is not an array");
    while ((event = tm_json_next(&r->json)) != TM_JSON_ARRAY_END)
        if (event == TM_JSON_ERROR || !read_value(r, f, event))
            return false;
    return true;
}

/* The field of that name. Senders keep the order of the messages, so the search starts behind
 * the field read last. */
static bool find_field(frame *m, tm_text name, tm_json_field *f)
{
    for (uint32_t i = 0; i < TM_FIELD_ROWS; i++) {
        uint32_t number = m->number + 1 + i;
        if (number >= TM_FIELD_ROWS)
            number -= TM_FIELD_ROWS;
        const tm_field_row *row = tm_field_find(m->message, number);
        /* The only INT32 fields are string indexes of profiles: in traces they count as unknown. */
        if (!row || row->kind == TM_FIELD_INT32 || !tm_json_name_is(name, row->name))
            continue;
        m->number = number;
        *f = (tm_json_field){.number = number, .row = row};
        /* All of AnyValue is one oneof. An item of a list is there, whatever it holds. */
        f->keep_default = row->repeated || m->message == TM_MESSAGE_ANY_VALUE;
        return true;
    }
    return false;
}

static bool read_member(tm_json_reader *r, frame *m, const tm_json_field *f)
{
    if (m->seen >> f->number & 1)
        forget(r, m, f->number);
    size_t from = r->out.n;
    tm_json_event event = tm_json_next(&r->json);
    if (event == TM_JSON_ERROR)
        return false;
    if (event == TM_JSON_NULL)
        return true;
    if (m->message == TM_MESSAGE_ANY_VALUE && m->seen)
        return tm_json_value_fail(r, f, "another value is set beside it");
    bool good = f->row->repeated ? read_items(r, f, event) : read_value(r, f, event);
    m->seen |= 1u << f->number;
    m->range[f->number] = (range){.from = from, .to = r->out.n};
    return good;
}

/* The opening brace has been read. */
static bool read_message(tm_json_reader *r, tm_message message)
{
    frame m;
    m.message = message;
    m.seen = 0;
    m.number = 0;
    for (;;) {
        tm_json_field f;
        tm_json_event event = tm_json_next(&r->json);
        if (event != TM_JSON_KEY)
            return event == TM_JSON_OBJECT_END;
        if (!find_field(&m, r->json.text, &f)) {
            if (!tm_json_skip(&r->json, event))
                return false;
        } else if (!read_member(r, &m, &f)) {
            return false;
        }
    }
}

/* "startTimeUnixNano": it is not ... at byte 51 */
static tm_text error_text(const tm_json_reader *r)
{
    tm_buf text = {.arena = r->json.arena};
    if (r->field) {
        tm_json_name_add(&text, r->field);
        tm_buf_add_char(&text, ' ');
    }
    tm_buf_print(&text, "%s at byte %zu", r->json.error, r->json.error_at);
    return tm_buf_text(&text);
}

bool tm_otlp_from_json(tm_arena *arena, tm_text json, tm_text *protobuf, tm_text *error)
{
    tm_json_reader r = {.out = {.arena = arena}};
    tm_json_init(&r.json, arena, json, 0, TM_JSON_ANY_BYTES);
    tm_buf_reserve(&r.out, json.n / 2 + 64);
    tm_json_event event = tm_json_next(&r.json);
    if (event != TM_JSON_OBJECT)
        tm_json_value_fail(&r, NULL, "a request is an object");
    else if (read_message(&r, TM_MESSAGE_REQUEST))
        event = tm_json_next(&r.json);
    if (!r.json.error && event == TM_JSON_END) {
        *protobuf = tm_buf_text(&r.out);
        return true;
    }
    *error = error_text(&r);
    return false;
}
