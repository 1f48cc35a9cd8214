/* Document: which format it is.
 * SPDX-License-Identifier: Apache-2.0 */
#include "translate/document.h"

#include "base/json.h"
#include "otlp/otlp_json_read.h"
#include "translate/formats.h"

typedef bool translator(tm_arena *arena, tm_text json, tm_text *protobuf, tm_text *error);

/* A member that only this format has, or an earlier one of several. */
typedef struct mark {
    const char *name;
    translator *translate;
} mark;

static const mark marks[] = {
    {"resourceSpans", tm_otlp_from_json}, {"resource_spans", tm_otlp_from_json},
    {"batches", tm_tempo_translate},      {"trace", tm_tempo_translate},
    {"data", tm_jaeger_translate},        {"processes", tm_jaeger_translate},
    {"traceId", tm_zipkin_from_json}};

static translator *find(tm_text name)
{
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
        if (tm_text_is(name, marks[i].name))
            return marks[i].translate;
    return NULL;
}

/* By the first member that tells. What is no JSON goes to the reader of OTLP, who says so. */
static translator *tell(tm_arena *arena, tm_text json, bool *empty)
{
    tm_json j;
    tm_json_init(&j, arena, json, 0, TM_JSON_ANY_BYTES);
    tm_json_event event = tm_json_next(&j);
    bool list = event == TM_JSON_ARRAY;
    if (list)
        event = tm_json_next(&j);
    *empty = list && event == TM_JSON_ARRAY_END;
    if (event != TM_JSON_OBJECT)
        return tm_otlp_from_json;
    event = tm_json_next(&j);
    *empty = event == TM_JSON_OBJECT_END && !list;
    for (; event == TM_JSON_KEY; event = tm_json_next(&j)) {
        translator *found = find(j.text);
        if (found)
            return list && found == tm_otlp_from_json ? NULL : found;
        if (!tm_json_skip(&j, event))
            return tm_otlp_from_json;
    }
    return NULL;
}

bool tm_document_translate(tm_arena *arena, tm_text json, tm_text *protobuf, tm_text *error)
{
    bool empty;
    translator *translate = tell(arena, json, &empty);
    if (empty) {
        *protobuf = TM_TEXT("");
        return true;
    }
    if (translate)
        return translate(arena, json, protobuf, error);
    *error = TM_TEXT("none of its members is one of OTLP, Zipkin, Jaeger or Tempo");
    return false;
}
