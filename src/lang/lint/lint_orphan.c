/* Lint, orphans: rules that drop spans within a trace.
 * SPDX-License-Identifier: Apache-2.0 */
#include "lang/lint/lint_fact.h"

#include "otlp/enums.h"

static bool is_internal(const tm_fact *f)
{
    if (f->kind != TM_FACT_COMPARE || f->op != TM_EQ || f->negated ||
        f->subject->kind != TM_EXPR_PATH || f->subject->path->level != TM_SPAN ||
        f->subject->path->field != TM_SPAN_KIND)
        return false;
    return f->value.type == TM_INT ? f->value.integer == 1
                                   : f->value.type == TM_STRING && f->value.n &&
                                         tm_text_is(tm_value_text(f->value), "Internal");
}

/* The part of the condition that asks for spans of kind internal, or NULL. */
static const tm_expr *find_internal(const tm_expr *e)
{
    const tm_fact f = tm_fact_of((tm_lint_claim){.e = e});
    if (is_internal(&f))
        return e;
    for (const tm_expr *c = e->kind == TM_EXPR_AND ? e->first : NULL; c; c = c->next) {
        const tm_expr *found = find_internal(c);
        if (found)
            return found;
    }
    return NULL;
}

/* Something that asks for the span's place in its trace. */
static bool asks_for_place(void *owner, const tm_expr *e)
{
    (void)owner;
    if (e->kind == TM_EXPR_CALL)
        return strcmp(e->function->name, "IsRootSpan") == 0;
    return e->kind == TM_EXPR_PATH && e->path->level == TM_SPAN &&
           e->path->field == TM_SPAN_PARENT_SPAN_ID && e->path->access != TM_ACCESS_ATTRIBUTES;
}

void tm_lint_orphans(tm_lint *lint, const tm_lint_rule *rule)
{
    const tm_expr *e = rule->condition;
    const tm_expr *internal =
        rule->kind == TM_LINT_DROP && rule->level == TM_SPAN && e ? find_internal(e) : NULL;
    if (!internal || tm_lint_find(e, asks_for_place, NULL))
        return;
    tm_diag_warning(lint->diags, rule->source, internal->place, "W0615",
                    "internal spans stand within a trace: spans below them that stay lose their "
                    "parent");
    tm_diag_hint(lint->diags, "`tamis lint --data` counts them");
}
