/* LSP, uses: every name in rule files, and what it stands for.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TOOLS_LSP_USES_H
#define TM_TOOLS_LSP_USES_H

#include "lang/rule_unit.h"

typedef enum tm_lsp_use_kind {
    TM_LSP_USE_FUNCTION, /* of the language; or of nothing that there is */
    TM_LSP_USE_DEF,
    TM_LSP_USE_LET,
    TM_LSP_USE_PARAMETER, /* of a def or a lambda */
    TM_LSP_USE_LABEL,
    TM_LSP_USE_IMPORT, /* the string of an import; its target is the file */
    TM_LSP_USE_ENUM,
    TM_LSP_USE_PATH
} tm_lsp_use_kind;

/* Where a name is declared; source NULL: in no file. */
typedef struct tm_lsp_target {
    const tm_source *source;
    tm_place place;
} tm_lsp_target;

typedef struct tm_lsp_use {
    struct tm_lsp_use *next;
    tm_lsp_use_kind kind;
    const tm_source *source;
    tm_place place; /* of the name alone */
    tm_text name;
    tm_lsp_target target;
    const tm_definition *definition; /* of DEF and LET */
} tm_lsp_use;

/* The names of one file of the unit, in no order. What does not parse has none. */
const tm_lsp_use *tm_lsp_uses_of(tm_arena *arena, const tm_rule_unit *unit,
                                 const tm_rule_file *file);

/* The one that holds the byte, or ends there; NULL: none. */
const tm_lsp_use *tm_lsp_use_at(const tm_lsp_use *uses, size_t at);

/* Whether both are the same name in the same file. */
bool tm_lsp_same_target(tm_lsp_target a, tm_lsp_target b);

static inline bool tm_lsp_declares(const tm_lsp_use *u)
{
    return u->target.source == u->source && u->target.place.at == u->place.at;
}

#endif
