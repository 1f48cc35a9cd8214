/* Tempo: the JSON is written anew as OTLP/JSON has it.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/base64.h"
#include "base/json.h"
#include "base/json_write.h"
#include "otlp/otlp_json_read.h"
#include "translate/formats.h"

/* Names that Tempo uses, or used, for what OTLP/JSON calls otherwise. */
static const struct {
    const char *old, *name;
} names[] = {{"batches", "resourceSpans"},
             {"instrumentationLibrarySpans", "scopeSpans"},
             {"instrumentationLibrary", "scope"}};

static tm_text name_of(tm_text old)
{
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (tm_text_is(old, names[i].old))
            return tm_text_of(names[i].name);
    return old;
}

static bool is_id(tm_text name)
{
    return tm_text_is(name, "traceId") || tm_text_is(name, "spanId") ||
           tm_text_is(name, "parentSpanId");
}

/* An id in base64 has another length than one in hex. */
static void add_id(tm_buf *out, tm_text id)
{
    tm_buf bytes = {.arena = out->arena};
    if (id.n == 0 || id.n == 16 || id.n == 32 || !tm_base64_decode(&bytes, id, TM_BASE64_ANY)) {
        tm_json_write_string(out, id, TM_JSON_KEEP_BAD);
        return;
    }
    tm_buf_add_char(out, '"');
    tm_buf_add_hex(out, tm_buf_text(&bytes));
    tm_buf_add_char(out, '"');
}

typedef struct rewriting {
    tm_json json;
    tm_buf out;
    tm_text key; /* whose value comes next */
    bool first;  /* of its list or object: no comma in front */
    bool valued; /* a key was written: no comma in front of its value */
} rewriting;

static void separate(rewriting *w)
{
    if (!w->first && !w->valued)
        tm_buf_add_char(&w->out, ',');
    w->first = w->valued = false;
}

static void add_scalar(rewriting *w, tm_json_event event)
{
    if (event == TM_JSON_STRING && is_id(w->key))
        add_id(&w->out, w->json.text);
    else if (event == TM_JSON_STRING)
        tm_json_write_string(&w->out, w->json.text, TM_JSON_KEEP_BAD);
    else if (event == TM_JSON_NUMBER)
        tm_buf_add(&w->out, w->json.text);
    else
        tm_buf_add(&w->out, event == TM_JSON_TRUE    ? TM_TEXT("true")
                            : event == TM_JSON_FALSE ? TM_TEXT("false")
                                                     : TM_TEXT("null"));
}

static void add(rewriting *w, tm_json_event event)
{
    switch (event) {
    case TM_JSON_OBJECT:
    case TM_JSON_ARRAY:
        separate(w);
        tm_buf_add_char(&w->out, event == TM_JSON_OBJECT ? '{' : '[');
        w->first = true;
        break;
    case TM_JSON_OBJECT_END:
    case TM_JSON_ARRAY_END:
        tm_buf_add_char(&w->out, event == TM_JSON_OBJECT_END ? '}' : ']');
        w->first = false;
        break;
    case TM_JSON_KEY:
        separate(w);
        w->key = name_of(w->json.text);
        tm_json_write_string(&w->out, w->key, TM_JSON_KEEP_BAD);
        tm_buf_add_char(&w->out, ':');
        w->valued = true;
        break;
    default:
        separate(w);
        add_scalar(w, event);
    }
}

/* To the value of "trace", when the document has it in there, as version 2 of the API does. */
static tm_text inner(tm_arena *arena, tm_text json)
{
    tm_json j;
    tm_json_init(&j, arena, json, 0, TM_JSON_ANY_BYTES);
    tm_json_event event = tm_json_next(&j);
    while (event == TM_JSON_OBJECT || event == TM_JSON_KEY) {
        if (event == TM_JSON_KEY && tm_text_is(j.text, "trace")) {
            event = tm_json_next(&j);
            const char *from = j.token;
            return tm_json_skip(&j, event) ? tm_text_slice(from, (size_t)(j.at - from)) : json;
        }
        if (event == TM_JSON_KEY && !tm_json_skip(&j, event))
            return json;
        event = tm_json_next(&j);
    }
    return json;
}

bool tm_tempo_translate(tm_arena *arena, tm_text json, tm_text *protobuf, tm_text *error)
{
    rewriting w = {.out = {.arena = arena}, .first = true};
    tm_json_event event;
    json = inner(arena, json);
    tm_json_init(&w.json, arena, json, 0, TM_JSON_ANY_BYTES);
    while ((event = tm_json_next(&w.json)) != TM_JSON_END && event != TM_JSON_ERROR)
        add(&w, event);
    if (event == TM_JSON_ERROR) {
        *error = tm_arena_print(arena, "%s at byte %zu", w.json.error, w.json.error_at);
        return false;
    }
    return tm_otlp_from_json(arena, tm_buf_text(&w.out), protobuf, error);
}
