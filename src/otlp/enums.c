/* Enums: rows by value.
 * SPDX-License-Identifier: Apache-2.0 */
#include "otlp/enums.h"

enum { VALUES = 6 };

static const tm_enum_row ROWS[TM_ENUMS][VALUES] = {
#define ENUM(type, name, value, word_)                                                             \
    [TM_ENUM_##type][value] = {.symbol = {#type "_" #name, sizeof #type "_" #name - 1},            \
                               .word = {word_, sizeof word_ - 1}},
#include "enums.def"
#undef ENUM
};

_Static_assert(TM_ENUMS *VALUES < TM_ENUM_SYMBOLS, "all symbols, and what ends them, have room");

tm_enum_row tm_enum_row_of(tm_enum which, int64_t value)
{
    bool known = value >= 0 && value < VALUES && ROWS[which][value].symbol.n;
    return known ? ROWS[which][value] : (tm_enum_row){{"", 0}, {"", 0}};
}

bool tm_enum_read(tm_enum which, tm_text symbol, int64_t *value)
{
    for (int i = 0; i < VALUES; i++)
        if (symbol.n && tm_text_equal(ROWS[which][i].symbol, symbol)) {
            *value = i;
            return true;
        }
    return false;
}
