/* Definition: what `let` and `def` of rule files name, and what is in force where a rule uses it.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A definition is written out at each place that names it: the resolver goes on in its body, with
 * the arguments bound to its parameters. Codes: E0310 defined twice, E0311 name of something else,
 * E0312 unknown parameter or wrong number, E0313 recursion, E0314 too large when written out, E0315
 * mistake in a body with these arguments, E0316 cannot be indexed. */
#ifndef TM_LANG_DEFINITION_H
#define TM_LANG_DEFINITION_H

#include "lang/compile.h"
#include "lang/rule_file.h"

typedef struct tm_definition {
    struct tm_definition *next;
    const tm_file_item *item; /* a let or a def that could be read */
    const tm_source *source;
    bool broken;                                           /* its mistakes have been told */
    enum { TM_BODY_NEW, TM_BODY_OPEN, TM_BODY_DONE } body; /* while cycles are looked for */
} tm_definition;

typedef struct tm_definitions {
    tm_definition *first, *last;
    const tm_function_set *functions; /* beside the library's, or NULL */
} tm_definitions;

/* The definition of that name, or NULL. `definitions` may be NULL. */
tm_definition *tm_definition_find(const tm_definitions *definitions, tm_text name);

/* Adds the lets and defs of a file. False when something is wrong with their names. */
bool tm_definitions_add(tm_arena *arena, tm_diags *diags, tm_definitions *definitions,
                        const tm_rule_file *file);

/* Looks into every body as far as it means the same whatever the arguments are: recursion, unknown
 * names; values and defs without parameters wholly. What is wrong is told once, and uses of it are
 * silent then. */
bool tm_definitions_check(tm_arena *arena, tm_diags *diags, const tm_definitions *definitions);

/* The context of a rule of a file: the most specific one that its paths name, those of definitions
 * included; a bare path, an enum and a function of the span context are the span's. */
tm_level tm_definition_context(const tm_definitions *definitions, const tm_tree *tree);

#endif
