/* Explain, printing.
 * SPDX-License-Identifier: Apache-2.0 */
#include "explain/explain_print.h"

#include "base/harmless.h"
#include "base/json_write.h"
#include "lang/tree.h"
#include "explain/rule_line.h"
#include "vm/program_listing.h"

/* ---- the tree -------------------------------------------------------------------------------- */

static tm_ink ink_of(tm_explained_end end)
{
    return end == TM_EXPLAINED_DROPPED   ? TM_INK_RED
           : end == TM_EXPLAINED_REFUSED ? TM_INK_YELLOW
                                         : TM_INK_GREEN;
}

/* A row of a table may have none. */
static void add_known_id(tm_buf *out, const char *before, tm_text id)
{
    if (!id.n)
        return;
    tm_buf_print(out, "%s", before);
    tm_buf_add_hex(out, id);
}

tm_text tm_explain_head(tm_arena *arena, const tm_explanation *e, const tm_screen *screen)
{
    tm_buf out = {.arena = arena}, name = out;
    tm_screen_add(screen, &out, ink_of(e->end), tm_text_of(tm_explained_end_word(e->end)));
    if (e->dropped_by) {
        tm_buf_print(&out, " by %.*s", TM_PRI(e->dropped_by->name));
        tm_rule_line_place(&out, screen, e->dropped_by);
    }
    tm_json_write_string(&name, e->before.name, TM_JSON_ESCAPE_HARMFUL);
    tm_buf_print(&out, ": ");
    tm_screen_add(screen, &out, TM_INK_BOLD, tm_buf_text(&name));
    if (e->before.service.n) {
        tm_buf_print(&out, " of ");
        tm_harmless_add(&out, e->before.service);
    }
    add_known_id(&out, ", span ", e->before.span_id);
    add_known_id(&out, e->before.span_id.n ? " of trace " : ", trace ", e->before.trace_id);
    if (e->end == TM_EXPLAINED_REFUSED) {
        tm_buf_print(&out, ": ");
        tm_harmless_add(&out, e->reason);
    }
    return tm_buf_text(&out);
}

static void add_answer(tm_buf *out, const tm_screen *screen, const tm_explained_rule *r,
                       const tm_proof *proof)
{
    static const char *const words[] = {[TM_NOT_ASKED] = "not asked",
                                        [TM_SPARED] = "not asked",
                                        [TM_APPLIED] = "applies",
                                        [TM_NOT_APPLIED] = "does not apply"};
    if (r->asked == TM_ASKED && !proof->ended)
        tm_screen_print(screen, out, TM_INK_YELLOW, "failed");
    else if (r->asked == TM_ASKED && tm_proof_holds(proof))
        tm_screen_print(screen, out, TM_INK_GREEN, "%s",
                        proof->program->entry_point == TM_STATEMENT ? "done" : "true");
    else if (r->asked == TM_ASKED)
        tm_screen_print(screen, out, TM_INK_RED, "%s",
                        proof->program->entry_point == TM_STATEMENT ? "not done" : "false");
    else
        tm_screen_print(screen, out, TM_INK_DIM, "%s", words[r->asked]);
    if (r->kept_by)
        tm_screen_print(screen, out, TM_INK_DIM, " (%.*s keeps it)", TM_PRI(r->kept_by->name));
}

/* "true: probes: drop where IsProbe() (rules.ottl:4)"; a rule for events has one a run. */
static tm_text rule_line(tm_arena *arena, const tm_screen *screen, const tm_explained_rule *r,
                         const tm_proof *proof, unsigned number)
{
    tm_buf out = {.arena = arena};
    add_answer(&out, screen, r, proof);
    tm_buf_print(&out, ": ");
    if (r->step->level == TM_EVENT && proof)
        tm_buf_print(&out, "event %u: ", number);
    tm_screen_add(screen, &out, TM_INK_BOLD, r->rule->name);
    tm_buf_print(&out, r->rule->text.n ? ": " : "");
    tm_rule_line_text(&out, r->rule);
    tm_rule_line_place(&out, screen, r->rule);
    return tm_buf_text(&out);
}

typedef struct drawing {
    const tm_explanation *e;
    tm_proof_look look;
    bool code;
    tm_branch *root;
} drawing;

static void draw_rule(const drawing *d, const tm_explained_rule *r)
{
    tm_arena *arena = d->look.arena;
    const tm_proof *proof = r->rule->program ? tm_explanation_proof(d->e, r->rule, NULL) : NULL;
    unsigned number = 0;
    do {
        tm_branch *branch =
            tm_branch_add(arena, d->root, rule_line(arena, d->look.screen, r, proof, number++));
        if (d->code && r->rule->program)
            tm_proof_code(&d->look, branch, r->rule->program, proof);
        else if (proof)
            tm_proof_branches(&d->look, branch, proof);
        proof = proof ? tm_explanation_proof(d->e, r->rule, proof) : NULL;
    } while (proof);
}

/* The rules behind the one that dropped the span are only counted. */
static void draw_rules(const drawing *d)
{
    tm_arena *arena = d->look.arena;
    size_t n, behind = 0;
    const tm_explained_rule *rules = tm_explanation_rules(arena, d->e, &n);
    bool gone = false;
    for (size_t i = 0; i < n; i++) {
        if (gone && rules[i].asked == TM_NOT_ASKED && !d->code)
            behind++;
        else
            draw_rule(d, &rules[i]);
        gone |= rules[i].rule == d->e->dropped_by;
    }
    if (behind) {
        tm_buf line = {.arena = arena};
        tm_screen_print(d->look.screen, &line, TM_INK_DIM, "not asked: %zu rule%s behind it",
                        behind, behind == 1 ? "" : "s");
        tm_branch_add(arena, d->root, tm_buf_text(&line));
    }
}

static void draw_edits(const drawing *d)
{
    tm_buf diff = {.arena = d->look.arena};
    tm_screen whole = {.coloured = d->look.screen->coloured};
    if (d->e->end != TM_EXPLAINED_EDITED ||
        !tm_span_facts_diff(&diff, &d->e->before, &d->e->after, &whole))
        return;
    tm_branch *edits = tm_branch_add(d->look.arena, d->root, TM_TEXT("edited:"));
    tm_text rest = tm_buf_text(&diff), line;
    while (tm_text_next(&rest, '\n', &line))
        if (line.n)
            tm_branch_add(d->look.arena, edits, line);
}

void tm_explain_print(tm_buf *out, const tm_explanation *e, bool code, const tm_screen *screen)
{
    const drawing d = {.e = e,
                       .look = {.arena = out->arena, .screen = screen, .needs = e->ruleset->needs},
                       .code = code,
                       .root =
                           tm_branch_add(out->arena, NULL, tm_explain_head(out->arena, e, screen))};
    draw_rules(&d);
    draw_edits(&d);
    tm_branch_print(out, d.root, screen);
}

/* ---- JSON ------------------------------------------------------------------------------------ */

static void add_member(tm_buf *out, const char *name, tm_text text)
{
    tm_buf_print(out, ",\"%s\":", name);
    tm_json_write_string(out, text, TM_JSON_PLAIN);
}

static void add_id(tm_buf *out, const char *name, tm_text id)
{
    tm_buf_print(out, "%s\"%s\":\"", out->p[out->n - 1] == '{' ? "" : ",", name);
    tm_buf_add_hex(out, id);
    tm_buf_add_char(out, '"');
}

static void add_code(tm_buf *out, const tm_program *program, const tm_needs *const *needs)
{
    tm_buf_print(out, ",\"code\":[");
    for (uint32_t at = 0; at < program->length; at++) {
        tm_buf insn = {.arena = out->arena};
        tm_listing_insn(&insn, program, needs, at);
        tm_buf_print(out, at ? "," : "");
        tm_json_write_string(out, tm_buf_text(&insn), TM_JSON_PLAIN);
    }
    tm_buf_add_char(out, ']');
}

static void add_rule(tm_buf *out, const tm_explanation *e, const tm_explained_rule *r, bool code)
{
    static const char *const words[] = {[TM_ASKED] = "asked",
                                        [TM_NOT_ASKED] = "not asked",
                                        [TM_SPARED] = "spared",
                                        [TM_APPLIED] = "applied",
                                        [TM_NOT_APPLIED] = "not applied"};
    const tm_rule *rule = r->rule;
    tm_buf_print(out, "{\"rule\":");
    tm_json_write_string(out, rule->name, TM_JSON_PLAIN);
    add_member(out, "file", rule->file);
    add_member(out, "text", rule->text);
    add_member(out, "state", tm_text_of(words[r->asked]));
    if (r->kept_by)
        add_member(out, "keptBy", r->kept_by->name);
    const tm_proof *proof = rule->program ? tm_explanation_proof(e, rule, NULL) : NULL;
    for (bool first = true; proof; first = false) {
        tm_buf_print(out, first ? ",\"runs\":[{\"holds\":%s" : ",{\"holds\":%s",
                     tm_proof_holds(proof) ? "true" : "false");
        if (!proof->ended)
            add_member(out, "error", proof->error);
        tm_buf_print(out, ",\"proof\":");
        tm_proof_json(out, proof);
        tm_buf_add_char(out, '}');
        proof = tm_explanation_proof(e, rule, proof);
        if (!proof)
            tm_buf_add_char(out, ']');
    }
    if (code && rule->program)
        add_code(out, rule->program, e->ruleset->needs);
    tm_buf_add_char(out, '}');
}

void tm_explain_json(tm_buf *out, const tm_explanation *e, bool code)
{
    size_t n;
    const tm_explained_rule *rules = tm_explanation_rules(out->arena, e, &n);
    tm_buf_add_char(out, '{');
    add_id(out, "traceId", e->before.trace_id);
    add_id(out, "spanId", e->before.span_id);
    add_member(out, "name", e->before.name);
    add_member(out, "service", e->before.service);
    add_member(out, "verdict", tm_text_of(tm_explained_end_word(e->end)));
    if (e->dropped_by)
        add_member(out, "by", e->dropped_by->name);
    if (e->end == TM_EXPLAINED_REFUSED)
        add_member(out, "reason", e->reason);
    tm_buf_print(out, ",\"rules\":[");
    for (size_t i = 0; i < n; i++) {
        tm_buf_print(out, i ? "," : "");
        add_rule(out, e, &rules[i], code);
    }
    tm_buf_print(out, "]}");
}
