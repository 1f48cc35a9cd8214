/* Document: building and searching trees of maps, lists and scalars.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/doc.h"

static const char *const TYPE_NAMES[] = {
    [TM_DOC_NULL] = "nothing",    [TM_DOC_BOOL] = "a bool",     [TM_DOC_INT] = "an int",
    [TM_DOC_DOUBLE] = "a double", [TM_DOC_STRING] = "a string", [TM_DOC_LIST] = "a list",
    [TM_DOC_MAP] = "a map"};

tm_doc *tm_doc_new(tm_arena *arena, tm_doc_type type)
{
    tm_doc *doc = TM_NEW(arena, tm_doc);
    doc->type = type;
    return doc;
}

void tm_doc_append(tm_doc *parent, tm_doc *child)
{
    child->parent = parent;
    child->next = NULL;
    if (parent->last)
        parent->last->next = child;
    else
        parent->first = child;
    parent->last = child;
}

tm_doc *tm_doc_find(const tm_doc *map, tm_text key)
{
    if (!map || map->type != TM_DOC_MAP)
        return NULL;
    for (tm_doc *child = map->first; child; child = child->next)
        if (tm_text_equal(child->key, key))
            return child;
    return NULL;
}

static unsigned index_of(const tm_doc *child)
{
    unsigned index = 0;
    for (const tm_doc *d = child->parent->first; d != child; d = d->next)
        index++;
    return index;
}

tm_text tm_doc_path(tm_arena *arena, const tm_doc *doc)
{
    tm_text path = TM_TEXT("");
    for (; doc && doc->parent; doc = doc->parent) {
        const char *joint = path.n && path.p[0] != '[' ? "." : "";
        if (doc->parent->type == TM_DOC_LIST)
            path = tm_arena_print(arena, "[%u]%s%.*s", index_of(doc), joint, TM_PRI(path));
        else
            path = tm_arena_print(arena, "%.*s%s%.*s", TM_PRI(doc->key), joint, TM_PRI(path));
    }
    return path;
}

const char *tm_doc_type_name(tm_doc_type type)
{
    return TYPE_NAMES[type];
}
