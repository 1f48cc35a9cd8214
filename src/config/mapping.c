/* Mapping: maps that meet: keys that repeat, merge keys, one configuration over another.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config/mapping.h"

#include <stdlib.h>

enum { MOST_PARTS = 32 }; /* of a key that is split at "::" */

static int by_key(const void *a, const void *b)
{
    const tm_doc *x = *(tm_doc *const *)a, *y = *(tm_doc *const *)b;
    int order = tm_text_compare(x->key, y->key);
    if (order)
        return order;
    return x->key_place.at < y->key_place.at ? -1 : x->key_place.at > y->key_place.at;
}

bool tm_mapping_keys_differ(tm_arena *arena, tm_diags *diags, const tm_doc *map)
{
    size_t count = 0, i = 0;
    bool differ = true;
    for (const tm_doc *child = map->first; child; child = child->next)
        count++;
    if (count < 2)
        return true;
    const tm_doc **sorted = TM_NEW_ARRAY(arena, count, const tm_doc *);
    for (const tm_doc *child = map->first; child; child = child->next)
        sorted[i++] = child;
    qsort(sorted, count, sizeof *sorted, by_key);
    for (i = 1; i < count; i++) {
        if (!tm_text_equal(sorted[i - 1]->key, sorted[i]->key))
            continue;
        tm_diag_error(diags, sorted[i]->source, sorted[i]->key_place, "E0504",
                      "the key \"%.*s\" stands here twice", TM_PRI(sorted[i]->key));
        differ = tm_diag_other(diags, sorted[i - 1]->key_place);
    }
    return differ;
}

/* Moves the children of `from` that `map` lacks. */
static bool take_map(tm_diags *diags, tm_doc *map, tm_doc *from)
{
    if (from->type != TM_DOC_MAP)
        return tm_diag_error(diags, from->source, from->place, "E0506",
                             "the merge key << needs a map or a list of maps, found %s",
                             tm_doc_type_name(from->type));
    tm_doc *next;
    for (tm_doc *child = from->first; child; child = next) {
        next = child->next;
        if (!tm_doc_find(map, child->key))
            tm_doc_append(map, child);
    }
    return true;
}

bool tm_mapping_take(tm_diags *diags, tm_doc *map, tm_doc *merge)
{
    if (merge->type != TM_DOC_LIST)
        return take_map(diags, map, merge);
    for (tm_doc *item = merge->first; item; item = item->next)
        if (!take_map(diags, map, item))
            return false;
    return true;
}

void tm_mapping_put(tm_doc *map, tm_doc *child)
{
    tm_doc **link = &map->first, *before = NULL;
    while (*link && !tm_text_equal((*link)->key, child->key)) {
        before = *link;
        link = &before->next;
    }
    if (!*link) {
        tm_doc_append(map, child);
        return;
    }
    child->next = (*link)->next;
    child->parent = map;
    if (map->last == *link)
        map->last = child;
    *link = child;
}

void tm_mapping_lay_over(tm_doc *under, tm_doc *over)
{
    tm_doc *next;
    for (tm_doc *child = over->first; child; child = next) {
        next = child->next;
        tm_doc *old = tm_doc_find(under, child->key);
        if (old && old->type == TM_DOC_MAP && child->type == TM_DOC_MAP)
            tm_mapping_lay_over(old, child);
        else
            tm_mapping_put(under, child);
    }
}

/* Takes the text up to the next "::" off the front; false when nothing is left. */
static bool next_part(tm_text *rest, tm_text *part)
{
    if (!rest->p)
        return false;
    ptrdiff_t at = tm_text_find(*rest, TM_TEXT("::"));
    *part = at < 0 ? *rest : tm_text_slice(rest->p, (size_t)at);
    *rest = at < 0 ? (tm_text){0} : tm_text_skip(*rest, (size_t)at + 2);
    return true;
}

/* Wraps a value in one map a part of its key but the last, which stays the value's key. */
static tm_doc *wrap(tm_arena *arena, tm_doc *value)
{
    tm_text part, rest = value->key;
    tm_doc *outer = NULL, *map = NULL;
    next_part(&rest, &part);
    for (; rest.p; next_part(&rest, &part)) {
        tm_doc *inner = tm_doc_new(arena, TM_DOC_MAP);
        inner->source = value->source;
        inner->place = inner->key_place = value->key_place;
        inner->key = part;
        if (map)
            tm_doc_append(map, inner);
        outer = outer ? outer : inner;
        map = inner;
    }
    value->key = part;
    if (!map)
        return value;
    tm_doc_append(map, value);
    return outer;
}

static unsigned part_count(tm_text key)
{
    unsigned parts = 0;
    for (tm_text part; next_part(&key, &part); parts++)
        ;
    return parts;
}

void tm_mapping_split_keys(tm_arena *arena, tm_doc *map)
{
    tm_doc split = {.type = TM_DOC_MAP}, *next;
    for (tm_doc *child = map->first; child; child = next) {
        next = child->next;
        child->next = NULL;
        tm_doc *whole = part_count(child->key) <= MOST_PARTS ? wrap(arena, child) : child;
        tm_doc *holder = tm_doc_new(arena, TM_DOC_MAP);
        tm_doc_append(holder, whole);
        tm_mapping_lay_over(&split, holder);
    }
    map->first = split.first;
    map->last = split.last;
    for (tm_doc *child = map->first; child; child = child->next)
        child->parent = map;
}
