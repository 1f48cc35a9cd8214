/* REPL: the state of a session.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TOOLS_REPL_H
#define TM_TOOLS_REPL_H

#include "engine/ruleset.h"
#include "lang/rule_unit.h"
#include "tools/loaded.h"
#include "explain/screen.h"

struct tm_repl_input;

/* The rules that are in force. */
typedef struct tm_rules_in_force {
    tm_arena *arena; /* holds all of it; NULL: there are none */
    tm_texts paths;
    tm_text pipeline;
    tm_ruleset *plain;     /* for many spans */
    tm_ruleset *explained; /* for one */
    tm_ruleset *timed;     /* for :profile */
    tm_rule_unit unit;     /* of rule files: definitions and labels; empty of a configuration */
} tm_rules_in_force;

/* A span that was edited, and what it was before: those of one span stand behind each other. */
typedef struct tm_repl_edit {
    struct tm_repl_edit *before; /* the edit before this one, of any span */
    size_t span;
    tm_text request; /* what the span has become, alone, as a request */
} tm_repl_edit;

typedef struct tm_repl {
    tm_arena *own;  /* as long as the session */
    tm_arena *line; /* of what is done for one line */
    tm_screen screen;
    tm_texts recordings;
    tm_loaded loaded;
    size_t at; /* the current span */
    tm_rules_in_force rules;
    tm_repl_edit *edit; /* the latest, in `own` */
    struct tm_repl_input *input;
    tm_buf out;     /* of this line */
    tm_text code;   /* the expression asked last, for :code */
    tm_text sought; /* the condition of the last :find */
    bool failed;    /* some line could not be done */
    bool ended;
} tm_repl;

/* Shows a message of what is wrong, on stderr; returns false. */
bool tm_repl_wrong(tm_repl *repl, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Shows diagnostics; the line counts as failed when there are errors. */
void tm_repl_diags(tm_repl *repl, const tm_diags *diags);

/* The current span alone, with the edits made to it, as a request in the arena. */
tm_text tm_repl_span(const tm_repl *repl, tm_arena *arena, size_t span);

/* Evaluates a value, a condition or a statement over the current span, and shows what comes of it.
 */
void tm_repl_evaluate(tm_repl *repl, tm_text text);

/* What was typed as a source, in its line; it lives as long as `arena`. */
const tm_source *tm_repl_source(const tm_repl *repl, tm_arena *arena, tm_text text);

/* Reads rules; what is wrong is told, and false leaves *rules as they were. */
bool tm_repl_rules_read(tm_rules_in_force *rules, const tm_texts *paths, tm_text pipeline);
void tm_repl_rules_free(tm_rules_in_force *rules);

/* Whether SIGINT has come, which is blocked while the session lasts; it is taken then. */
bool tm_repl_interrupted(void *unused);

#endif
