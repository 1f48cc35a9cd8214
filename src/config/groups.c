/* Groups: rules as a list of strings, or of maps that hold rules.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config/reader.h"

/* {items, count} of the settings, whatever the items are. */
typedef struct array {
    char *items;
    size_t count;
} array;

/* The member of a group that bare rules fill. */
static tm_rule_texts *rules_of(const tm_key *key, char *group)
{
    for (size_t i = 0; i < key->nested->count; i++)
        if (!strcmp(key->nested->rows[i].name, key->bare))
            return (tm_rule_texts *)(void *)(group + key->nested->rows[i].at);
    return NULL;
}

static bool is_group(const tm_doc *item)
{
    return item->type == TM_DOC_MAP;
}

/* Strings are one group, before any other; where they may be mixed, behind the others. */
static bool refuse_mix(tm_reading *r, const tm_key *key, const tm_doc *list)
{
    for (const tm_doc *item = list->first; item && item->next; item = item->next) {
        bool from_group = is_group(item), to_group = is_group(item->next);
        if (from_group == to_group || (from_group && key->mixed))
            continue;
        tm_reading_fail(r, item->next, "E0527", "%s and %s must not be mixed",
                        from_group ? "groups" : key->bare, from_group ? key->bare : "groups");
        tm_diag_other(r->diags, item->place);
        return false;
    }
    return true;
}

static bool add_rule(tm_reading *r, const tm_key *key, const tm_doc *item, char *group, size_t room)
{
    tm_rule_texts *rules = rules_of(key, group);
    tm_text text;
    if (!tm_reading_text(item, &text))
        return tm_reading_expect(r, item, "a string or a map");
    if (!rules->items)
        rules->items = TM_NEW_ARRAY(r->arena, room, tm_rule_text);
    rules->items[rules->count++] = tm_reading_rule(r, item, text);
    return true;
}

bool tm_groups_read(tm_reading *r, const tm_key *key, const tm_doc *doc, void *into)
{
    array out = {0};
    size_t items = 0, size_bytes = key->nested->size_bytes;
    char *open = NULL; /* the group that takes strings */
    bool fine = true;
    if (doc->type != TM_DOC_LIST)
        return tm_reading_expect(r, doc, "a list");
    for (const tm_doc *item = doc->first; item; item = item->next)
        items++;
    out.items = tm_arena_zero(r->arena, items, size_bytes);
    for (const tm_doc *item = doc->first; item; item = item->next) {
        char *group = open && !is_group(item) ? open : out.items + size_bytes * out.count++;
        if (is_group(item)) {
            fine = tm_keys_read(r, key->nested, item, group) && fine;
            continue;
        }
        if (group != open)
            fine = tm_keys_read(r, key->nested, NULL, group) && fine;
        fine = add_rule(r, key, item, group, items) && fine;
        open = group;
    }
    memcpy(into, &out, sizeof out);
    return fine && refuse_mix(r, key, doc);
}
