/* Lint, facts: what follows from a condition that holds.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Everything that is said to follow does, but for conditions that fail at run time; what is too
 * deep to see is not said. */
#include "lang/lint/lint_fact.h"

#include "vm/convert.h"

enum { STEPS_MOST = 2000000 };

/* ---- the same -------------------------------------------------------------------------------- */

static bool same_value(tm_value a, tm_value b)
{
    return a.type == b.type && tm_value_compare(TM_IS_EQ, a, b);
}

static bool same_all(const tm_expr *a, const tm_expr *b)
{
    for (; a && b; a = a->next, b = b->next)
        if (!tm_text_equal(a->text, b->text) || !tm_lint_same(a, b))
            return false;
    return !a && !b;
}

/* Bound values are single ones, but for those of lazy lists. */
static bool same_argument(const tm_parameter *parameter, const tm_bound *a, const tm_bound *b)
{
    if (a->given != b->given || a->function != b->function || !a->value != !b->value)
        return false;
    if (!a->value)
        return true;
    return parameter->kind == TM_KIND_LIST_OF_LAZY ? same_all(a->value, b->value)
                                                   : tm_lint_same(a->value, b->value);
}

static bool same_call(const tm_expr *a, const tm_expr *b)
{
    if (a->function != b->function || a->function->hosts & TM_HOST_IMPURE || a->n != b->n)
        return false;
    for (unsigned i = 0; i < a->n; i++)
        if (!same_argument(&a->signature->parameter[i], &a->argument[i], &b->argument[i]))
            return false;
    return true;
}

bool tm_lint_same(const tm_expr *a, const tm_expr *b)
{
    if (a->kind != b->kind || !same_all(a->keys, b->keys))
        return false;
    switch (a->kind) {
    case TM_EXPR_CONSTANT:
        return same_value(a->value, b->value);
    case TM_EXPR_PATH:
        return a->path == b->path;
    case TM_EXPR_CALL:
        return same_call(a, b);
    case TM_EXPR_LOCAL:
        return a->binding == b->binding;
    case TM_EXPR_LAMBDA:
        return false;
    default:
        return a->op == b->op && same_all(a->first, b->first);
    }
}

/* ---- claims ---------------------------------------------------------------------------------- */

tm_lint_claim tm_lint_claim_of(const tm_expr *e, bool negated)
{
    while (e->kind == TM_EXPR_NOT) {
        e = e->first;
        negated = !negated;
    }
    return (tm_lint_claim){.e = e, .negated = negated};
}

tm_lint_claim tm_lint_opposite(tm_lint_claim claim)
{
    return (tm_lint_claim){.e = claim.e, .negated = !claim.negated};
}

tm_expr_kind tm_lint_kind_of(tm_lint_claim claim)
{
    const tm_expr_kind kind = claim.e->kind;
    if (!claim.negated || (kind != TM_EXPR_AND && kind != TM_EXPR_OR))
        return kind;
    return kind == TM_EXPR_AND ? TM_EXPR_OR : TM_EXPR_AND;
}

/* ---- facts ----------------------------------------------------------------------------------- */

/* The operator with its sides exchanged. */
static tm_operator mirrored(tm_operator op)
{
    static const tm_operator other[] = {[TM_EQ] = TM_EQ, [TM_NE] = TM_NE, [TM_LT] = TM_GT,
                                        [TM_LE] = TM_GE, [TM_GT] = TM_LT, [TM_GE] = TM_LE};
    return other[op];
}

static bool is_subject(const tm_expr *e)
{
    return e->kind == TM_EXPR_PATH || e->kind == TM_EXPR_CALL || e->kind == TM_EXPR_ARITHMETIC;
}

static bool is_value(const tm_expr *e)
{
    return e->kind == TM_EXPR_CONSTANT;
}

static void read_comparison(tm_fact *f, const tm_expr *e)
{
    const tm_expr *left = e->first, *right = left->next;
    const bool turned = is_value(left);
    if (!is_subject(turned ? right : left) || !is_value(turned ? left : right))
        return;
    f->kind = TM_FACT_COMPARE;
    f->subject = turned ? right : left;
    f->value = turned ? left->value : right->value;
    f->op = turned ? mirrored(e->op) : e->op;
    if (f->negated && (f->op == TM_EQ || f->op == TM_NE)) {
        f->op = f->op == TM_EQ ? TM_NE : TM_EQ;
        f->negated = false;
    }
}

/* IsMatch, HasPrefix and HasSuffix of a subject and a literal. */
static void read_call(tm_fact *f, const tm_expr *call)
{
    const bool match = strcmp(call->function->name, "IsMatch") == 0;
    if (call->keys || (!match && !call->function->asks) || (match && !call->state))
        return;
    const tm_bound *subject = &call->argument[0], *text = &call->argument[1];
    if (!subject->value || !is_subject(subject->value) || !text->literal)
        return;
    f->subject = subject->value;
    if (match) {
        f->kind = TM_FACT_MATCH;
        f->regex = call->state;
        f->literal = tm_regex_literal(f->regex);
    } else {
        f->kind = TM_FACT_AFFIX;
        f->literal.place =
            call->function->asks == TM_ASKS_STARTS ? TM_LITERAL_FIRST : TM_LITERAL_LAST;
        f->literal.text = tm_value_text(text->value->value);
    }
}

tm_fact tm_fact_of(tm_lint_claim claim)
{
    const tm_expr *e = claim.e->kind == TM_EXPR_TEST ? claim.e->first : claim.e;
    tm_fact f = {.negated = claim.negated};
    if (e->kind == TM_EXPR_COMPARE)
        read_comparison(&f, e);
    else if (e->kind == TM_EXPR_CALL)
        read_call(&f, e);
    return f;
}

/* ---- one fact from another ------------------------------------------------------------------- */

typedef enum answer { UNKNOWN, YES, NO } answer;

static answer answer_of(bool truth)
{
    return truth ? YES : NO;
}

static answer opposite(answer a)
{
    return a == UNKNOWN ? a : answer_of(a == NO);
}

static bool has_literal(tm_literal l, tm_text text)
{
    switch (l.place) {
    case TM_LITERAL_FIRST:
        return tm_text_starts(text, l.text);
    case TM_LITERAL_LAST:
        return tm_text_ends(text, l.text);
    case TM_LITERAL_ALL:
        return tm_text_equal(text, l.text);
    default:
        return tm_text_find(text, l.text) >= 0;
    }
}

/* What the fact is when its subject has that value. */
static answer fact_about(tm_lint *lint, const tm_fact *f, tm_value value)
{
    static const tm_comparison op[] = {[TM_EQ] = TM_IS_EQ, [TM_NE] = TM_IS_NE, [TM_LT] = TM_IS_LT,
                                       [TM_LE] = TM_IS_LE, [TM_GT] = TM_IS_GT, [TM_GE] = TM_IS_GE};
    answer a = UNKNOWN;
    if (f->kind == TM_FACT_COMPARE)
        a = answer_of(tm_value_compare(op[f->op], value, f->value));
    else if (f->kind == TM_FACT_MATCH && value.type == TM_STRING)
        a = answer_of(tm_regex_test(f->regex, lint->matcher, lint->arena, tm_value_text(value)) ==
                      TM_MATCH);
    else if (f->kind == TM_FACT_MATCH && value.type == TM_NIL)
        a = NO;
    else if (f->kind == TM_FACT_AFFIX && value.type == TM_STRING)
        a = answer_of(has_literal(f->literal, tm_value_text(value)));
    return f->negated ? opposite(a) : a;
}

static bool is_order(const tm_fact *f)
{
    return f->kind == TM_FACT_COMPARE && f->op >= TM_LT && f->op <= TM_GE && !f->negated &&
           f->value.type != TM_NIL;
}

static bool comparable(tm_value a, tm_value b)
{
    const bool numbers =
        (a.type == TM_INT || a.type == TM_DOUBLE) && (b.type == TM_INT || b.type == TM_DOUBLE);
    return a.type == b.type || numbers;
}

/* From subject op b->value to what a says without its negation. */
static answer from_order(const tm_fact *b, const tm_fact *a)
{
    const bool up = b->op == TM_GT || b->op == TM_GE, strict = b->op == TM_GT || b->op == TM_LT;
    if (a->kind != TM_FACT_COMPARE)
        return UNKNOWN;
    if (!comparable(a->value, b->value))
        return a->op == TM_NE ? YES : NO;
    const bool same = tm_value_compare(TM_IS_EQ, a->value, b->value);
    /* a's value lies outside of what b allows */
    const bool outside =
        (same && strict) || tm_value_compare(up ? TM_IS_LT : TM_IS_GT, a->value, b->value);
    if (a->op == TM_EQ || a->op == TM_NE)
        return !outside ? UNKNOWN : answer_of(a->op == TM_NE);
    const bool a_up = a->op == TM_GT || a->op == TM_GE;
    const bool a_strict = a->op == TM_GT || a->op == TM_LT;
    if (a_up == up)
        return outside || (same && !a_strict) ? YES : UNKNOWN;
    return outside || (same && a_strict) ? NO : UNKNOWN;
}

/* From the text that b wants at a place to that of a. */
static answer from_literal(const tm_literal *b, const tm_literal *a)
{
    const bool known = b->place != TM_LITERAL_NONE && a->place != TM_LITERAL_NONE;
    const tm_literal inside = {.place = a->place, .text = a->text};
    if (!known)
        return UNKNOWN;
    if (b->place == TM_LITERAL_ALL)
        return answer_of(has_literal(inside, b->text));
    if (a->place == TM_LITERAL_ANYWHERE || (a->place == b->place && a->place != TM_LITERAL_ALL)) {
        if (has_literal(inside, b->text))
            return YES;
    }
    const tm_literal longer = {.place = b->place, .text = b->text};
    if (a->place == TM_LITERAL_ALL)
        return has_literal(longer, a->text) ? UNKNOWN : NO;
    if (a->place == b->place && a->place != TM_LITERAL_ANYWHERE && !has_literal(longer, a->text) &&
        !has_literal(inside, b->text))
        return NO;
    return UNKNOWN;
}

/* What a is where b holds; both are about one subject. */
static answer from_fact(tm_lint *lint, const tm_fact *b, const tm_fact *a)
{
    if (b->kind == TM_FACT_COMPARE && b->op == TM_EQ && !b->negated)
        return fact_about(lint, a, b->value);
    if (a->kind == TM_FACT_COMPARE && a->op == TM_EQ && fact_about(lint, b, a->value) == NO)
        return NO;
    if (a->kind == TM_FACT_COMPARE && a->op == TM_NE && fact_about(lint, b, a->value) == NO)
        return YES;
    const bool texts = b->kind != TM_FACT_COMPARE && a->kind != TM_FACT_COMPARE && !b->negated;
    const answer found = is_order(b) ? from_order(b, a)
                         : texts     ? from_literal(&b->literal, &a->literal)
                                     : UNKNOWN;
    return a->negated ? opposite(found) : found;
}

static bool leaf_implies(tm_lint *lint, tm_lint_claim b, tm_lint_claim a)
{
    if (tm_lint_same(a.e, b.e))
        return a.negated == b.negated;
    const tm_fact fact = tm_fact_of(a), given = tm_fact_of(b);
    if (!fact.kind || !given.kind || !tm_lint_same(fact.subject, given.subject))
        return false;
    return from_fact(lint, &given, &fact) == YES;
}

/* ---- conditions ------------------------------------------------------------------------------ */

static bool is_constant(tm_lint_claim c, bool truth)
{
    return c.e->kind == TM_EXPR_CONSTANT && (c.e->value.truth != c.negated) == truth;
}

static bool each_implies(tm_lint *lint, tm_lint_claim b, tm_lint_claim a)
{
    for (const tm_expr *e = b.e->first; e; e = e->next)
        if (!tm_lint_implies(lint, tm_lint_claim_of(e, b.negated), a))
            return false;
    return true;
}

static bool any_implies(tm_lint *lint, tm_lint_claim b, tm_lint_claim a)
{
    for (const tm_expr *e = b.e->first; e; e = e->next)
        if (tm_lint_implies(lint, tm_lint_claim_of(e, b.negated), a))
            return true;
    return false;
}

static bool implies_each(tm_lint *lint, tm_lint_claim b, tm_lint_claim a)
{
    for (const tm_expr *e = a.e->first; e; e = e->next)
        if (!tm_lint_implies(lint, b, tm_lint_claim_of(e, a.negated)))
            return false;
    return true;
}

static bool implies_any(tm_lint *lint, tm_lint_claim b, tm_lint_claim a)
{
    for (const tm_expr *e = a.e->first; e; e = e->next)
        if (tm_lint_implies(lint, b, tm_lint_claim_of(e, a.negated)))
            return true;
    return false;
}

bool tm_lint_implies(tm_lint *lint, tm_lint_claim b, tm_lint_claim a)
{
    a = tm_lint_claim_of(a.e, a.negated);
    b = tm_lint_claim_of(b.e, b.negated);
    const tm_expr_kind from = tm_lint_kind_of(b), to = tm_lint_kind_of(a);
    if (lint->steps++ > STEPS_MOST)
        return false;
    if (is_constant(a, true) || is_constant(b, false))
        return true;
    if (from == TM_EXPR_OR)
        return each_implies(lint, b, a);
    if (to == TM_EXPR_AND)
        return implies_each(lint, b, a);
    if (to == TM_EXPR_OR && implies_any(lint, b, a))
        return true;
    if (from == TM_EXPR_AND)
        return any_implies(lint, b, a);
    return to != TM_EXPR_OR && leaf_implies(lint, b, a);
}

/* ---- looking through ------------------------------------------------------------------------- */

static bool find_all(const tm_expr *first, tm_lint_visit visit, void *owner)
{
    for (const tm_expr *e = first; e; e = e->next)
        if (tm_lint_find(e, visit, owner))
            return true;
    return false;
}

bool tm_lint_find(const tm_expr *e, tm_lint_visit visit, void *owner)
{
    if (visit(owner, e) || find_all(e->first, visit, owner) || find_all(e->keys, visit, owner))
        return true;
    for (unsigned i = 0; e->kind == TM_EXPR_CALL && i < e->n; i++)
        if (e->argument[i].value && find_all(e->argument[i].value, visit, owner))
            return true;
    return false;
}

tm_text tm_lint_written(const tm_source *source, tm_place place)
{
    return tm_text_slice(source->text.p + place.at, place.n);
}
