/* Needs: the attribute keys and fields that the programs of one ruleset read, numbered.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_LANG_NEEDS_H
#define TM_LANG_NEEDS_H

#include "vm/vm.h"

/* One a ruleset; zero-initialise with an arena. Programs hold slot numbers, so the table may only
 * grow. */
typedef struct tm_need_table {
    tm_arena *arena;
    struct tm_need_level {
        tm_text *key;
        uint32_t n, room;
        uint32_t fields; /* bit per scalar field that a program reads or writes */
    } level[TM_LEVELS];
    bool grpc_metadata; /* a program reads otelcol.grpc.metadata */
} tm_need_table;

/* The number of the key at its level, new when no program has named it before. The key's bytes are
 * kept. */
uint32_t tm_need_slot(tm_need_table *table, tm_level level, tm_text key);

void tm_need_field(tm_need_table *table, tm_level level, unsigned field);

/* What the walk wants of one level, once every program is compiled. Lives in the table's arena. */
tm_needs *tm_need_finish(const tm_need_table *table, tm_level level);

#endif
