/* Ruleset: what the host may know of compiled rules.
 * SPDX-License-Identifier: Apache-2.0 */
#include "embed/embed_table.h"

#include "vm/program_listing.h"

size_t tamis_ruleset_rules(const tamis_ruleset *ruleset)
{
    return TM_IS_TAGGED(ruleset, TM_TAG_RULESET) ? ruleset->ruleset->rules : 0;
}

/* Texts of the ruleset's arena: a NUL stands behind each that was copied or printed there. */
tamis_status tamis_ruleset_rule(const tamis_ruleset *ruleset, size_t i, tamis_rule *rule)
{
    if (!TM_IS_TAGGED(ruleset, TM_TAG_RULESET) || !rule)
        return TAMIS_BAD_ARGUMENT;
    if (i >= ruleset->ruleset->rules)
        return TAMIS_NO_SUCH;
    const tm_rule *r = ruleset->ruleset->rule[i];
    const tamis_rule own = {.size = sizeof own,
                            .name = r->name.p,
                            .file = r->file.p,
                            .text = r->text.p,
                            .drops = r->drops};
    return tm_embed_give(rule, &own, sizeof own) ? TAMIS_OK : TAMIS_BAD_ARGUMENT;
}

static bool need_of(const tm_needs *needs, unsigned level, size_t *i, tamis_need *need)
{
    for (unsigned field = 1; field < TM_FIELDS; field++)
        if (tm_need_is_field(needs, level, field) && !(*i)--) {
            need->field = field;
            return true;
        }
    if (*i < needs->n) {
        need->key = (tamis_slice){needs->key[*i].p, needs->key[*i].n};
        return true;
    }
    *i -= needs->n;
    return false;
}

tamis_status tamis_ruleset_need(const tamis_ruleset *ruleset, size_t i, tamis_need *need)
{
    static const tamis_context contexts[TM_LEVELS] = {[TM_RESOURCE] = TAMIS_RESOURCE,
                                                      [TM_SCOPE] = TAMIS_SCOPE,
                                                      [TM_SPAN] = TAMIS_SPAN,
                                                      [TM_EVENT] = TAMIS_SPAN_EVENT};
    if (!TM_IS_TAGGED(ruleset, TM_TAG_RULESET) || !need)
        return TAMIS_BAD_ARGUMENT;
    for (unsigned level = 0; level < TM_LEVELS; level++) {
        tamis_need own = {.size = sizeof own, .context = contexts[level]};
        if (need_of(ruleset->ruleset->needs[level], level, &i, &own))
            return tm_embed_give(need, &own, sizeof own) ? TAMIS_OK : TAMIS_BAD_ARGUMENT;
    }
    return TAMIS_NO_SUCH;
}

typedef struct listing {
    const tm_ruleset *ruleset;
    const tm_rule *rule;
    tm_buf out;
} listing;

static void list(void *argument)
{
    listing *l = argument;
    tm_buf_print(&l->out, "%.*s  %.*s\n%.*s\n", TM_PRI(l->rule->name), TM_PRI(l->rule->file),
                 TM_PRI(l->rule->text));
    tm_listing_print(&l->out, l->rule->program, l->ruleset->needs);
}

tamis_status tamis_ruleset_listing(const tamis_ruleset *ruleset, size_t i, tamis_write write,
                                   void *owner)
{
    if (!TM_IS_TAGGED(ruleset, TM_TAG_RULESET) || !write)
        return TAMIS_BAD_ARGUMENT;
    if (i >= ruleset->ruleset->rules || !ruleset->ruleset->rule[i]->program)
        return TAMIS_NO_SUCH;
    tm_arena *arena = tm_arena_new(tm_engine_heap(ruleset->engine));
    listing l = {ruleset->ruleset, ruleset->ruleset->rule[i], {.arena = arena}};
    const bool done = arena && tm_arena_try(arena, list, &l);
    if (done)
        write(owner, l.out.p, l.out.n);
    tm_arena_free(arena);
    return done ? TAMIS_OK : TAMIS_OUT_OF_MEMORY;
}
