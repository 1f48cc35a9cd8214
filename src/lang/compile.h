/* Compile: the entry point of the module. OTTL text in, verified program or diagnostics out.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_LANG_COMPILE_H
#define TM_LANG_COMPILE_H

#include "lang/needs.h"
#include "lang/tree.h"
#include "vm/program.h"

/* Which spellings of a path a rule may use (language.md 1.4). */
typedef enum tm_path_mode {
    TM_PATHS_BARE,     /* the host fixes the context: name, span.name, resource.attributes["k"] */
    TM_PATHS_PREFIXED, /* the context was inferred: every path starts with a context's name */
    TM_PATHS_EITHER,   /* the transform host with `context` set: it prepends the name where it is
                          missing */
    TM_PATHS_SPAN      /* rule files: a bare path is the span's */
} tm_path_mode;

/* What the rules of one ruleset are compiled with. */
typedef struct tm_compiler {
    tm_arena *arena; /* programs live here */
    tm_diags *diags;
    tm_need_table *needs; /* shared by all programs of the ruleset */
    bool explained;       /* programs are to know their parts */
    bool transform;       /* the host is the transform processor: it has functions of its own */
    bool noted; /* a TEST follows each condition, and tm_program.note says which: for coverage */
    const struct tm_definitions *definitions; /* lets and defs of rule files, or NULL */
    const tm_function_set *functions;         /* beside the library's, or NULL */
} tm_compiler;

/* Parses, resolves, folds, emits and verifies one rule. NULL when it has errors, all of which are
 * then in c->diags; warnings may be there either way. The source must live as long as the program.
 */
tm_program *tm_compile_rule(tm_compiler *c, const tm_source *source, tm_entry_point entry,
                            tm_level context, tm_path_mode mode);

/* The same for a rule that tm_parse has read already. */
tm_program *tm_compile_tree(tm_compiler *c, const tm_tree *tree, tm_level context,
                            tm_path_mode mode);

/* Infers the context of rules that are judged together (language.md 6.1): the most specific one
 * that their paths name, or the first from spanevent up that has the enums and functions they use.
 * False with a diagnostic. */
bool tm_infer_context(tm_compiler *c, const tm_tree *const *trees, unsigned n, tm_level *context);

/* "resource", "scope", "span" or "spanevent", as paths and configurations write it. */
const char *tm_context_name(tm_level level);

/* The level that a path's first segment names ("instrumentation_scope" too; TM_LEVELS for
 * "otelcol"). */
bool tm_context_find(tm_text name, tm_level *level);

#endif
