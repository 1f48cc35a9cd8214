/* LSP, JSON: from events to nodes.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/lsp/lsp_json.h"

#include "base/json.h"
#include "base/json_write.h"

/* ---- reading --------------------------------------------------------------------------------- */

typedef struct reading {
    tm_arena *arena;
    tm_json json;
    unsigned nodes;
} reading;

static void read_number(reading *r, tm_doc *node)
{
    double number = 0;
    int64_t whole;
    node->text = r->json.text;
    if (tm_number_int(r->json.text, &whole)) {
        node->type = TM_DOC_INT;
        node->integer = whole;
    } else if (tm_number_double(r->json.text, &number)) {
        node->type = TM_DOC_DOUBLE;
        node->number = number;
    }
}

/* The node that the event is or begins. */
static tm_doc *read_node(reading *r, tm_json_event event)
{
    tm_doc *node = tm_doc_new(r->arena, TM_DOC_NULL);
    switch (event) {
    case TM_JSON_OBJECT:
        node->type = TM_DOC_MAP;
        break;
    case TM_JSON_ARRAY:
        node->type = TM_DOC_LIST;
        break;
    case TM_JSON_STRING:
        node->type = TM_DOC_STRING;
        node->text = r->json.text;
        break;
    case TM_JSON_NUMBER:
        read_number(r, node);
        break;
    case TM_JSON_TRUE:
    case TM_JSON_FALSE:
        node->type = TM_DOC_BOOL;
        node->truth = event == TM_JSON_TRUE;
        break;
    default:
        break;
    }
    return node;
}

tm_doc *tm_lsp_json_read(tm_arena *arena, tm_text text, tm_text *why)
{
    reading r = {.arena = arena};
    tm_doc *root = NULL, *in = NULL;
    tm_text key = TM_TEXT("");
    tm_json_init(&r.json, arena, text, 0, 0);
    for (;;) {
        const tm_json_event event = tm_json_next(&r.json);
        if (event == TM_JSON_ERROR)
            return *why = tm_text_of(r.json.error), NULL;
        if (event == TM_JSON_END)
            return root;
        if (++r.nodes > TM_LSP_NODES_MOST)
            return *why = TM_TEXT("it has too many parts"), NULL;
        if (event == TM_JSON_KEY) {
            key = r.json.text;
        } else if (event == TM_JSON_OBJECT_END || event == TM_JSON_ARRAY_END) {
            in = in->parent;
        } else {
            tm_doc *node = read_node(&r, event);
            node->key = key;
            if (in)
                tm_doc_append(in, node);
            else
                root = node;
            if (event == TM_JSON_OBJECT || event == TM_JSON_ARRAY)
                in = node;
        }
    }
}

/* ---- looking up ------------------------------------------------------------------------------ */

const tm_doc *tm_lsp_at(const tm_doc *doc, const char *path)
{
    tm_text rest = tm_text_of(path), key;
    while (doc && tm_text_next(&rest, '.', &key))
        doc = tm_doc_find(doc, key);
    return doc;
}

tm_text tm_lsp_text(const tm_doc *doc, const char *path)
{
    const tm_doc *found = tm_lsp_at(doc, path);
    return found && found->type == TM_DOC_STRING ? found->text : TM_TEXT("");
}

int64_t tm_lsp_int(const tm_doc *doc, const char *path)
{
    const tm_doc *found = tm_lsp_at(doc, path);
    return found && found->type == TM_DOC_INT && found->integer >= 0 ? found->integer : -1;
}

bool tm_lsp_true(const tm_doc *doc, const char *path)
{
    const tm_doc *found = tm_lsp_at(doc, path);
    return found && found->type == TM_DOC_BOOL && found->truth;
}

tm_texts tm_lsp_texts(tm_arena *arena, const tm_doc *list, size_t most)
{
    tm_texts out = {TM_NEW_ARRAY(arena, most, tm_text), 0};
    if (list && list->type == TM_DOC_STRING)
        out.items[out.count++] = tm_arena_copy(arena, list->text);
    if (!list || list->type != TM_DOC_LIST)
        return out;
    for (const tm_doc *d = list->first; d && out.count < most; d = d->next)
        if (d->type == TM_DOC_STRING)
            out.items[out.count++] = tm_arena_copy(arena, d->text);
    return out;
}

/* ---- writing --------------------------------------------------------------------------------- */

void tm_lsp_key(tm_buf *out, const char *key)
{
    if (out->n && !strchr("{[:", out->p[out->n - 1]))
        tm_buf_add_char(out, ',');
    if (key)
        tm_buf_print(out, "\"%s\":", key);
}

void tm_lsp_add_text(tm_buf *out, const char *key, tm_text text)
{
    tm_lsp_key(out, key);
    tm_json_write_string(out, text, TM_JSON_PLAIN);
}

void tm_lsp_add_int(tm_buf *out, const char *key, int64_t integer)
{
    tm_lsp_key(out, key);
    tm_json_write_int(out, integer);
}

void tm_lsp_open(tm_buf *out, const char *key, char bracket)
{
    tm_lsp_key(out, key);
    tm_buf_add_char(out, bracket);
}
