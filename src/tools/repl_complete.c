/* REPL, completion: by what stands before the cursor.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/repl_complete.h"

#include "tools/proposals.h"
#include "tools/repl_commands.h"

#include <glob.h>
#include <sys/stat.h>

typedef struct completing {
    const tm_repl *repl;
    tm_proposals proposals;
} completing;

static void offer(completing *c, tm_text text)
{
    tm_propose(&c->proposals, text, TM_PROPOSAL_OTHER, NULL);
}

/* ---- commands -------------------------------------------------------------------------------- */

static void offer_commands(completing *c, const char *before)
{
    for (const tm_repl_command *row = tm_repl_commands(); row->name; row++)
        offer(c, tm_arena_print(c->proposals.arena, "%s%s", before, row->name));
}

static void offer_rules(completing *c)
{
    const tm_ruleset *rs = c->repl->rules.plain;
    for (uint32_t i = 0; rs && i < rs->rules; i++)
        offer(c, rs->rule[i]->name);
}

static void offer_files(completing *c)
{
    glob_t found = {0};
    tm_buf pattern = {.arena = c->proposals.arena};
    for (size_t i = 0; i < c->proposals.word.n; i++) {
        if (strchr("*?[\\", c->proposals.word.p[i]))
            tm_buf_add_char(&pattern, '\\');
        tm_buf_add_char(&pattern, c->proposals.word.p[i]);
    }
    tm_buf_add(&pattern, TM_TEXT("*"));
    tm_buf_add_char(&pattern, 0);
    if (glob(pattern.p, GLOB_MARK, NULL, &found) == 0)
        for (size_t i = 0; i < found.gl_pathc; i++)
            offer(c, tm_arena_copy(c->proposals.arena, tm_text_of(found.gl_pathv[i])));
    globfree(&found);
}

static void offer_topics(completing *c)
{
    tm_propose_functions(&c->proposals, "");
    tm_propose_symbols(&c->proposals);
    tm_propose_paths(&c->proposals, false);
    tm_propose_definitions(&c->proposals, &c->repl->rules.unit.definitions, false);
    offer_rules(c);
    offer_commands(c, "");
}

/* ---- where the cursor is --------------------------------------------------------------------- */

static size_t start_of(tm_text text, const char *ends)
{
    size_t at = text.n;
    while (at && !strchr(ends, text.p[at - 1]))
        at--;
    return at;
}

/* In an expression; the byte where the candidates begin. */
static size_t complete_expression(completing *c, tm_text before)
{
    return tm_propose_expression(&c->proposals, before, &c->repl->rules.unit.definitions,
                                 c->repl->loaded.keys);
}

static size_t complete_argument(completing *c, const tm_repl_command *command, tm_text before)
{
    const size_t blank = start_of(before, " \t");
    c->proposals.word = tm_text_skip(before, blank);
    switch (command->takes) {
    case TM_TAKES_FILE:
        offer_files(c);
        return blank;
    case TM_TAKES_TOPIC:
        offer_topics(c);
        return blank;
    case TM_TAKES_LABEL:
        offer_rules(c);
        if (!c->proposals.count)
            return complete_expression(c, before);
        return blank;
    case TM_TAKES_EXPRESSION:
        return complete_expression(c, before);
    default:
        return before.n;
    }
}

static size_t complete(completing *c, tm_text before)
{
    size_t n = 0;
    if (!before.n || before.p[0] != ':')
        return complete_expression(c, before);
    while (n < before.n && before.p[n] != ' ')
        n++;
    if (n == before.n) {
        c->proposals.word = before;
        offer_commands(c, ":");
        return 0;
    }
    const tm_repl_command *command = tm_repl_command_find(tm_text_slice(before.p + 1, n - 1));
    return command ? complete_argument(c, command, before) : before.n;
}

tm_candidates tm_repl_complete(const tm_repl *repl, tm_arena *arena, tm_text before)
{
    completing c = {.repl = repl, .proposals = {.arena = arena}};
    const size_t from = complete(&c, before);
    tm_proposals_sort(&c.proposals);
    tm_texts found = {TM_NEW_ARRAY(arena, c.proposals.count, tm_text), c.proposals.count};
    for (size_t i = 0; i < found.count; i++)
        found.items[i] = c.proposals.items[i].text;
    return (tm_candidates){found, from};
}
