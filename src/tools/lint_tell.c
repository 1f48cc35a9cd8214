/* Lint, tell: warnings that come of recorded spans.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/lint_tell.h"

typedef struct telling {
    tm_diags *diags;
    const tm_lint_watched *watched;
    const tm_lint_keys *keys;
    uint64_t items; /* spans, or events */
    const char *word;
} telling;

static void hint_nearest(const telling *t, const tm_lint_leaf *leaf)
{
    if (leaf->nearest.n)
        tm_diag_hint(t->diags, "seen: %.*s", TM_PRI(leaf->nearest));
}

static bool tell_type(const telling *t, const tm_lint_leaf *leaf)
{
    tm_type type;
    const tm_type wanted = (tm_type)leaf->fact.value.type;
    if (!tm_lint_leaf_mistyped(leaf, &type))
        return false;
    tm_diag_warning(t->diags, t->watched->rule->source, leaf->e->place, "W0620",
                    "this compares with %s %s, and there is %s %s in %llu of %llu %s that have it",
                    tm_type_article(wanted), tm_type_name(wanted), tm_type_article(type),
                    tm_type_name(type), (unsigned long long)leaf->type[type],
                    (unsigned long long)leaf->present, t->word);
    hint_nearest(t, leaf);
    return true;
}

static bool tell_key(const telling *t, const tm_lint_leaf *leaf)
{
    const tm_text key = tm_lint_leaf_key(leaf);
    if (!key.n || tm_lint_keys_has(&t->keys[leaf->fact.subject->path->level], key))
        return false;
    const tm_lint_keys *keys = &t->keys[leaf->fact.subject->path->level];
    tm_diag_warning(t->diags, t->watched->rule->source, leaf->e->place, "W0621",
                    "none of %llu %s has the attribute %.*s", (unsigned long long)t->items, t->word,
                    TM_PRI(key));
    const tm_text near = tm_nearest(t->diags->arena, key, keys->key, keys->n);
    if (near.n)
        tm_diag_hint(t->diags, "did you mean %.*s?", TM_PRI(near));
    return true;
}

/* The part that never held, if there is one. */
static const tm_lint_leaf *never_held(const telling *t)
{
    for (const tm_lint_leaf *l = t->watched->first; l; l = l->next)
        if (!l->held && l->present)
            return l;
    return NULL;
}

static void tell_never(const telling *t)
{
    const tm_lint_rule *rule = t->watched->rule;
    const tm_lint_leaf *leaf = never_held(t);
    if (leaf)
        tm_diag_warning(t->diags, rule->source, leaf->e->place, "W0622",
                        "this holds for none of %llu %s", (unsigned long long)t->items, t->word);
    else
        tm_diag_warning(t->diags, rule->source, rule->place, "W0622",
                        "the rule holds for none of %llu %s", (unsigned long long)t->items,
                        t->word);
    if (leaf)
        hint_nearest(t, leaf);
}

void tm_lint_tell(tm_diags *diags, const tm_lint_watched *watched, const tm_lint_sums *sums,
                  const tm_lint_keys *keys, uint64_t orphans)
{
    const tm_lint_rule *rule = watched->rule;
    const bool events = rule->level == TM_EVENT;
    const telling t = {.diags = diags,
                       .watched = watched,
                       .keys = keys,
                       .items = events ? sums->events : sums->spans,
                       .word = events ? "events" : "spans"};
    bool told = false;
    if (orphans)
        tm_diag_warning(diags, rule->source, rule->place, "W0623",
                        "spans that stay and lose their parent to this rule: %llu",
                        (unsigned long long)orphans);
    if (watched->edited || !t.items)
        return;
    for (const tm_lint_leaf *l = watched->first; l; l = l->next)
        told |= tell_type(&t, l) || (!watched->matched && tell_key(&t, l));
    if (!watched->matched && !told && !rule->odd && rule->condition->kind != TM_EXPR_CONSTANT)
        tell_never(&t);
}
