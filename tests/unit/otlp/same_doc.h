/* Comparing two JSON documents as what they mean.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TESTS_OTLP_SAME_DOC_H
#define TM_TESTS_OTLP_SAME_DOC_H

#include "base/doc.h"
#include "base/json.h"
#include "base/number.h"

static tm_doc *node_of(tm_arena *arena, const tm_json *j, tm_json_event event)
{
    tm_doc_type type = event == TM_JSON_OBJECT   ? TM_DOC_MAP
                       : event == TM_JSON_ARRAY  ? TM_DOC_LIST
                       : event == TM_JSON_STRING ? TM_DOC_STRING
                       : event == TM_JSON_NUMBER ? TM_DOC_DOUBLE
                                                 : TM_DOC_BOOL;
    tm_doc *doc = tm_doc_new(arena, type);
    if (type == TM_DOC_STRING || type == TM_DOC_DOUBLE)
        doc->text = j->text;
    if (type == TM_DOC_DOUBLE)
        assert_true(tm_number_double(j->text, &doc->number));
    if (type == TM_DOC_BOOL)
        doc->truth = event == TM_JSON_TRUE;
    return doc;
}

static tm_doc *parse(tm_arena *arena, tm_text json)
{
    tm_json j;
    tm_json_event event;
    tm_doc *top = tm_doc_new(arena, TM_DOC_LIST), *parent = top;
    tm_text key = {0};
    tm_json_init(&j, arena, json, 0, 0);
    while ((event = tm_json_next(&j)) != TM_JSON_END) {
        assert_int_not_equal(event, TM_JSON_ERROR);
        if (event == TM_JSON_KEY) {
            key = j.text;
        } else if (event == TM_JSON_OBJECT_END || event == TM_JSON_ARRAY_END) {
            parent = parent->parent;
        } else {
            tm_doc *doc = node_of(arena, &j, event);
            doc->key = key;
            tm_doc_append(parent, doc);
            if (event == TM_JSON_OBJECT || event == TM_JSON_ARRAY)
                parent = doc;
        }
    }
    return top->first;
}

static bool is_empty_list(const tm_doc *doc)
{
    return doc->type == TM_DOC_LIST && !doc->first;
}

static bool same(const tm_doc *a, const tm_doc *b);

/* Every member of a stands in b; protobuf does not tell an empty list from none. */
static bool covers(const tm_doc *a, const tm_doc *b)
{
    for (const tm_doc *x = a->first; x; x = x->next) {
        const tm_doc *y = tm_doc_find(b, x->key);
        if (!y ? !is_empty_list(x) : !same(x, y))
            return false;
    }
    return true;
}

static bool same(const tm_doc *a, const tm_doc *b)
{
    if (a->type != b->type)
        return false;
    if (a->type == TM_DOC_MAP)
        return covers(a, b) && covers(b, a);
    if (a->type == TM_DOC_LIST) {
        const tm_doc *x = a->first, *y = b->first;
        for (; x && y; x = x->next, y = y->next)
            if (!same(x, y))
                return false;
        return !x && !y;
    }
    if (a->type == TM_DOC_STRING)
        return tm_text_equal(a->text, b->text);
    return a->type == TM_DOC_BOOL ? a->truth == b->truth : a->number == b->number;
}

#endif
