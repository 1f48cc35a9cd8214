/* Rule sheet: a rule file in the making, from what a configuration says in another form.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Codes: E0331 what a rule file cannot say, W0331 what it says otherwise in rare cases. */
#ifndef TM_TOOLS_RULE_SHEET_H
#define TM_TOOLS_RULE_SHEET_H

#include "engine/processor_settings.h"
#include "lang/definition.h"

typedef struct tm_rule_sheet {
    tm_arena *arena;
    tm_diags *diags;
    tm_buf rules; /* comments and rules so far */
    tm_definitions definitions;
    bool asks_span, asks_resource; /* HasAttribute, HasResourceAttribute */
    tm_text fails;                 /* id of the first processor with a rule that may fail */
    tm_error_mode error_mode;      /* of the rules that may fail */
    tm_text propagates;            /* the first whose drops may fail under propagate */
    tm_level last_level;           /* of the rule before */
    bool last_edits,
        cached; /* what it is, and whether it or those before it in its step have a cache */
    unsigned selections;
    unsigned count; /* of rules */
    bool ok;
} tm_rule_sheet;

/* Where a rule comes from and when it runs. */
typedef struct tm_rule_origin {
    tm_text processor; /* its id */
    const tm_source *source;
    tm_place place;
    tm_level level;
    tm_error_mode error_mode;
} tm_rule_origin;

void tm_rule_sheet_open(tm_rule_sheet *sheet, tm_arena *arena, tm_diags *diags);

/* The whole file, in its tidy form. */
void tm_rule_sheet_print(const tm_rule_sheet *sheet, tm_text title, tm_buf *out);

void tm_rule_sheet_comment(tm_rule_sheet *sheet, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Reports E0331; returns false. */
bool tm_rule_sheet_refuse(tm_rule_sheet *sheet, const tm_rule_origin *origin, const char *format,
                          ...) __attribute__((format(printf, 3, 4)));

/* Adds a rule: TM_CONDITION drops, TM_STATEMENT edits. Paths without a context are the span's. What
 * else it takes for the rule to run at the origin's level is added to its condition. False: refused
 * at the origin. */
bool tm_rule_sheet_add(tm_rule_sheet *sheet, const tm_rule_origin *origin, tm_tree *tree);

/* The same from a text of our own. */
bool tm_rule_sheet_add_text(tm_rule_sheet *sheet, const tm_rule_origin *origin,
                            tm_entry_point entry, tm_text text);

/* Reads a text of the configuration, which compiles; its paths are of `level` where they name no
 * context, unless they have to. */
tm_tree *tm_rule_sheet_read(tm_rule_sheet *sheet, const tm_rule_text *text, tm_entry_point entry,
                            tm_level level);

/* Whether the expression may fail, as lang/may_fail.h says. */
bool tm_rule_sheet_may_fail(tm_rule_sheet *sheet, const tm_tree *tree);

/* A key of the cache that no rule has, as a condition that it was set: cache["selected"] == true.
 */
tm_text tm_rule_sheet_selection(tm_rule_sheet *sheet, tm_level level);

/* The condition of an attribute being there, whatever its value is. */
tm_text tm_rule_sheet_has(tm_rule_sheet *sheet, tm_level level, tm_text key);

#endif
