/* Vectors, documents: reading, comparing and printing JSON.
 * SPDX-License-Identifier: Apache-2.0 */
#include "vectors_doc.h"

#include "base/json.h"
#include "base/json_write.h"

#include <math.h>

static tm_doc *read_value(tm_json *j, tm_json_event event);

static tm_doc *read_members(tm_json *j, tm_doc *doc)
{
    for (;;) {
        tm_json_event event = tm_json_next(j);
        if (event == TM_JSON_OBJECT_END || event == TM_JSON_ARRAY_END)
            return doc;
        tm_text key = {0};
        if (event == TM_JSON_KEY) {
            key = j->text;
            event = tm_json_next(j);
        }
        tm_doc *child = read_value(j, event);
        if (!child)
            return NULL;
        child->key = key;
        tm_doc_append(doc, child);
    }
}

static tm_doc *read_number(tm_json *j)
{
    tm_doc *doc = tm_doc_new(j->arena, TM_DOC_DOUBLE);
    doc->text = j->text;
    tm_number_double(j->text, &doc->number);
    return doc;
}

static tm_doc *read_value(tm_json *j, tm_json_event event)
{
    switch (event) {
    case TM_JSON_OBJECT:
        return read_members(j, tm_doc_new(j->arena, TM_DOC_MAP));
    case TM_JSON_ARRAY:
        return read_members(j, tm_doc_new(j->arena, TM_DOC_LIST));
    case TM_JSON_NUMBER:
        return read_number(j);
    case TM_JSON_NULL:
        return tm_doc_new(j->arena, TM_DOC_NULL);
    case TM_JSON_TRUE:
    case TM_JSON_FALSE: {
        tm_doc *doc = tm_doc_new(j->arena, TM_DOC_BOOL);
        doc->truth = event == TM_JSON_TRUE;
        doc->text = doc->truth ? TM_TEXT("true") : TM_TEXT("false");
        return doc;
    }
    case TM_JSON_STRING: {
        tm_doc *doc = tm_doc_new(j->arena, TM_DOC_STRING);
        doc->text = j->text;
        return doc;
    }
    default:
        return NULL;
    }
}

tm_doc *tm_vectors_json(tm_arena *arena, tm_text text)
{
    tm_json j;
    tm_json_init(&j, arena, text, 0, 0);
    tm_doc *doc = read_value(&j, tm_json_next(&j));
    return doc && tm_json_next(&j) == TM_JSON_END ? doc : NULL;
}

tm_doc *tm_vectors_find(const tm_doc *map, const char *key)
{
    return tm_doc_find(map, tm_text_of(key));
}

tm_text tm_vectors_text(const tm_doc *map, const char *key)
{
    const tm_doc *doc = tm_vectors_find(map, key);
    return doc ? doc->text : TM_TEXT("");
}

bool tm_vectors_truth(const tm_doc *map, const char *key)
{
    const tm_doc *doc = tm_vectors_find(map, key);
    return doc && doc->type == TM_DOC_BOOL && doc->truth;
}

static double number_of(const tm_doc *doc)
{
    if (tm_text_is(doc->text, "NaN"))
        return NAN;
    if (tm_text_is(doc->text, "Infinity"))
        return INFINITY;
    return tm_text_is(doc->text, "-Infinity") ? -INFINITY : doc->number;
}

bool tm_vectors_same_number(const tm_doc *doc, double b)
{
    double a = number_of(doc);
    if (isnan(a) || isnan(b))
        return isnan(a) && isnan(b);
    return a == b || fabs(a - b) <= 1e-13 * fmax(fabs(a), fabs(b));
}

/* The number 0, or an id of zeros: the reference leaves such an id out. */
static bool is_zero(tm_text t)
{
    for (size_t i = 0; i < t.n; i++)
        if (t.p[i] != '0')
            return false;
    return t.n <= 1 || t.n == 16 || t.n == 32;
}

static bool is_empty(const tm_doc *doc)
{
    if (!doc || doc->type == TM_DOC_NULL)
        return true;
    if (doc->type == TM_DOC_MAP || doc->type == TM_DOC_LIST)
        return !doc->first;
    if (doc->type == TM_DOC_BOOL)
        return !doc->truth;
    return is_zero(doc->text);
}

static bool is_any_value(const tm_doc *map)
{
    for (const tm_doc *child = map->first; child; child = child->next)
        if (tm_text_ends(child->key, TM_TEXT("Value")))
            return true;
    return false;
}

static bool same_maps(const tm_doc *a, const tm_doc *b)
{
    bool value = is_any_value(a) || is_any_value(b);
    for (const tm_doc *child = a->first; child; child = child->next) {
        const tm_doc *other = tm_doc_find(b, child->key);
        if (other ? !tm_vectors_same(child, other) : value || !is_empty(child))
            return false;
    }
    for (const tm_doc *child = b->first; child; child = child->next)
        if (!tm_doc_find(a, child->key) && (value || !is_empty(child)))
            return false;
    return true;
}

/* Attributes and entries of maps: lists of maps that have a "key". */
static bool has_keys(const tm_doc *list)
{
    for (const tm_doc *item = list->first; item; item = item->next)
        if (!tm_vectors_find(item, "key"))
            return false;
    return list->first != NULL;
}

enum { SET_MOST = 4096 };

static bool same_sets(const tm_doc *a, const tm_doc *b)
{
    bool used[SET_MOST] = {false};
    for (const tm_doc *item = a->first; item; item = item->next) {
        const tm_doc *other = b->first;
        unsigned i = 0;
        while (other && i < SET_MOST && (used[i] || !tm_vectors_same(item, other))) {
            other = other->next;
            i++;
        }
        if (!other || i == SET_MOST)
            return false;
        used[i] = true;
    }
    return true;
}

static size_t count(const tm_doc *list)
{
    size_t n = 0;
    for (const tm_doc *item = list->first; item; item = item->next)
        n++;
    return n;
}

static bool same_lists(const tm_doc *a, const tm_doc *b)
{
    if (count(a) != count(b))
        return false;
    if (has_keys(a) && has_keys(b))
        return same_sets(a, b);
    const tm_doc *other = b->first;
    for (const tm_doc *item = a->first; item; item = item->next, other = other->next)
        if (!tm_vectors_same(item, other))
            return false;
    return true;
}

bool tm_vectors_same(const tm_doc *a, const tm_doc *b)
{
    if (!a || !b)
        return is_empty(a) && is_empty(b);
    if (tm_text_is(a->key, "doubleValue"))
        return tm_vectors_same_number(a, number_of(b));
    if (a->type == TM_DOC_MAP && b->type == TM_DOC_MAP)
        return same_maps(a, b);
    if (a->type == TM_DOC_LIST && b->type == TM_DOC_LIST)
        return same_lists(a, b);
    return tm_text_equal(a->text, b->text);
}

static void print(tm_buf *out, const tm_doc *doc)
{
    bool map = doc->type == TM_DOC_MAP;
    if (doc->type == TM_DOC_STRING) {
        tm_json_write_string(out, doc->text, TM_JSON_PLAIN);
        return;
    }
    if (doc->type != TM_DOC_LIST && !map) {
        tm_buf_add(out, doc->type == TM_DOC_NULL ? TM_TEXT("null") : doc->text);
        return;
    }
    tm_buf_add_char(out, map ? '{' : '[');
    for (const tm_doc *child = doc->first; child; child = child->next) {
        if (child != doc->first)
            tm_buf_add(out, TM_TEXT(", "));
        if (map)
            tm_buf_print(out, "\"%.*s\": ", TM_PRI(child->key));
        print(out, child);
    }
    tm_buf_add_char(out, map ? '}' : ']');
}

tm_text tm_vectors_print(tm_arena *arena, const tm_doc *doc)
{
    tm_buf out = {.arena = arena};
    if (doc)
        print(&out, doc);
    return tm_buf_text(&out);
}
