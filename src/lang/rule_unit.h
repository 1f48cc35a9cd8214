/* Rule unit: rule files that belong together, with all that they import, in the order in which
 * their rules run. SPDX-License-Identifier: Apache-2.0
 *
 * Codes: E0320 a file that cannot be imported, E0321 unknown option or value, E0322 a label twice.
 */
#ifndef TM_LANG_RULE_UNIT_H
#define TM_LANG_RULE_UNIT_H

#include "lang/definition.h"
#include "lang/importer.h"

/* A rule of the unit. */
typedef struct tm_unit_rule {
    struct tm_unit_rule *next;
    const tm_file_item *item; /* drop, keep or edit, with a tree */
    const tm_rule_file *file;
    tm_text name;       /* its label, or "file.ottl:12" */
    tm_level level;     /* of its context */
    tm_text error_mode; /* of the file's option; empty: none */
} tm_unit_rule;

typedef struct tm_unit_file {
    struct tm_unit_file *next;
    tm_rule_file *file;
    tm_text error_mode;
} tm_unit_file;

typedef struct tm_rule_unit {
    tm_unit_file *first, *last; /* each once, in the order in which their rules run */
    tm_definitions definitions;
    tm_unit_rule *first_rule, *last_rule;
} tm_rule_unit;

/* Reads the sources and what they import. The importer may be NULL: then nothing can be imported.
 * False when something is wrong, all of which is told; what could be read is in *unit. */
bool tm_rule_unit_read(tm_arena *arena, tm_diags *diags, const tm_rule_importer *importer,
                       const tm_source *const *sources, size_t n, tm_rule_unit *unit);

/* The same with functions beside the library's. */
bool tm_rule_unit_read_with(tm_arena *arena, tm_diags *diags, const tm_rule_importer *importer,
                            const tm_source *const *sources, size_t n,
                            const tm_function_set *functions, tm_rule_unit *unit);

/* Where the rule runs when items are kept at the levels of `kept` (bit per level): a rule that
 * drops or keeps resources or scopes runs at the spans once spans may be kept, so that kept ones
 * stay. */
tm_level tm_unit_rule_level(const tm_unit_rule *rule, uint8_t kept);

/* Compiles the rule: TM_CONDITION or TM_STATEMENT, by its kind. `level` is where it is to run, the
 * rule's or one below. NULL with diagnostics. */
tm_program *tm_unit_rule_compile(tm_compiler *compiler, const tm_unit_rule *rule, tm_level level);

#endif
