/* Needs: numbering of attribute keys.
 * SPDX-License-Identifier: Apache-2.0 */
#include "lang/needs.h"

uint32_t tm_need_slot(tm_need_table *table, tm_level level, tm_text key)
{
    struct tm_need_level *l = &table->level[level];
    for (uint32_t i = 0; i < l->n; i++)
        if (tm_text_equal(l->key[i], key))
            return i;
    if (l->n == l->room) {
        uint32_t room = l->room ? 2 * l->room : 8;
        l->key =
            tm_arena_grow(table->arena, l->key, l->room * sizeof *l->key, room * sizeof *l->key);
        l->room = room;
    }
    l->key[l->n] = key;
    return l->n++;
}

void tm_need_field(tm_need_table *table, tm_level level, unsigned field)
{
    table->level[level].fields |= UINT32_C(1) << field;
}

tm_needs *tm_need_finish(const tm_need_table *table, tm_level level)
{
    const struct tm_need_level *l = &table->level[level];
    return tm_needs_new(table->arena, l->key, l->n, l->fields);
}
