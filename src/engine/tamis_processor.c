/* Rule files: the tamis processor, whose rules stand in .ottl files.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Rules run in the order of the files, each over the whole request before the next one, as
 * processors do; neighbours of one kind, level and error_mode share a step. A rule that drops or
 * keeps resources or scopes runs at the spans once spans may be kept, so that kept ones stay. */
#include "engine/ruleset_build.h"
#include "lang/print.h"
#include "lang/rule_unit.h"

/* A source that outlives the ruleset, and our copy of it, which lives as long as the programs. */
typedef struct copied {
    struct copied *next;
    const tm_source *original, *copy;
} copied;

typedef struct adding {
    tm_build *b;
    const tm_tamis_settings *settings;
    copied *sources;
    tm_rule_unit unit;
    tm_compiler compiler;
    uint8_t kept; /* bit per level at which a rule before keeps items */
} adding;

/* --- sources --- */

static const tm_source *copy_source(adding *a, const tm_source *original)
{
    tm_source *copy = TM_NEW(a->b->arena, tm_source);
    copied *entry = TM_NEW(a->b->arena, copied);
    *copy = *original;
    copy->name = tm_arena_copy(a->b->arena, original->name);
    copy->text = tm_arena_copy(a->b->arena, original->text);
    *entry = (copied){a->sources, original, copy};
    a->sources = entry;
    return copy;
}

static const tm_source *original_of(const adding *a, const tm_source *copy)
{
    for (const copied *c = a->sources; c; c = c->next)
        if (c->copy == copy)
            return c->original;
    return copy;
}

static const tm_source *open_import(void *owner, tm_arena *arena, tm_text name,
                                    const tm_source *from, tm_text *why)
{
    adding *a = owner;
    const tm_rule_importer *importer = a->settings->importer;
    (void)arena;
    if (!importer) {
        *why = TM_TEXT("there is none of that name, and no file can be opened here");
        return NULL;
    }
    const tm_source *found =
        importer->open(importer->owner, a->b->diags->arena, name, original_of(a, from), why);
    return found ? copy_source(a, found) : NULL;
}

static bool read_unit(adding *a)
{
    const tm_rule_importer importer = {.open = open_import, .owner = a};
    const tm_tamis_settings *s = a->settings;
    const tm_source **sources = TM_NEW_ARRAY(a->b->arena, s->file_count + 1, const tm_source *);
    for (size_t i = 0; i < s->file_count; i++)
        sources[i] = copy_source(a, s->files[i]);
    return tm_rule_unit_read_with(a->b->arena, a->b->diags, &importer, sources, s->file_count,
                                  a->b->functions, &a->unit);
}

/* --- steps --- */

static tm_step_kind kind_of(const tm_unit_rule *rule)
{
    return rule->item->kind == TM_FILE_DROP   ? TM_STEP_DROP
           : rule->item->kind == TM_FILE_KEEP ? TM_STEP_KEEP
                                              : TM_STEP_EDIT;
}

static tm_error_mode mode_of(const adding *a, const tm_unit_rule *rule)
{
    if (!rule->error_mode.n)
        return a->settings->error_mode;
    return tm_text_is(rule->error_mode, "silent")      ? TM_MODE_SILENT
           : tm_text_is(rule->error_mode, "propagate") ? TM_MODE_PROPAGATE
                                                       : TM_MODE_IGNORE;
}

static tm_level level_of(const adding *a, const tm_unit_rule *rule)
{
    return tm_unit_rule_level(rule, a->kept);
}

static bool share_step(const adding *a, const tm_unit_rule *first, const tm_unit_rule *rule)
{
    return kind_of(rule) == kind_of(first) && level_of(a, rule) == level_of(a, first) &&
           mode_of(a, rule) == mode_of(a, first);
}

static tm_text text_of(tm_build *b, const tm_unit_rule *rule)
{
    tm_buf out = {.arena = b->arena};
    if (rule->item->kind != TM_FILE_EDIT)
        tm_buf_print(&out, "%s where ", rule->item->kind == TM_FILE_DROP ? "drop" : "keep");
    tm_print_tree(rule->item->tree, &out);
    return tm_buf_text(&out);
}

static bool add_rule(adding *a, tm_step *step, const tm_unit_rule *rule, tm_rule *out)
{
    tm_build_rule(a->b, out, rule->name, rule->file->source, rule->item->place);
    tm_program *program = tm_unit_rule_compile(&a->compiler, rule, step->level);
    if (!program)
        return false;
    tm_build_program(a->b, step, out, program);
    out->text = text_of(a->b, rule);
    return true;
}

/* The step of `first` and the `n` - 1 rules behind it. */
static bool add_step(adding *a, const tm_unit_rule *first, uint32_t n)
{
    const tm_step_kind kind = kind_of(first);
    const tm_level level = level_of(a, first);
    tm_step *step = tm_build_step(a->b, kind, level, mode_of(a, first));
    tm_rule *rules = TM_NEW_ARRAY(a->b->arena, n, tm_rule);
    bool ok = true;
    step->spares = kind == TM_STEP_DROP && a->kept & 1 << level;
    step->unmarks = kind == TM_STEP_KEEP && !(a->kept & 1 << level);
    if (kind == TM_STEP_KEEP)
        a->kept |= (uint8_t)(1u << level);
    if (kind == TM_STEP_EDIT)
        step->statement = rules, step->statements = n;
    else
        step->condition = rules, step->conditions = n;
    for (uint32_t i = 0; i < n; i++, first = first->next)
        ok &= add_rule(a, step, first, &rules[i]);
    return ok;
}

static bool add_steps(adding *a)
{
    bool ok = true;
    if (a->settings->only)
        return add_step(a, a->settings->only, 1);
    for (const tm_unit_rule *first = a->unit.first_rule, *next; first; first = next) {
        uint32_t n = 1;
        for (next = first->next; next && share_step(a, first, next); next = next->next)
            n++;
        ok &= add_step(a, first, n);
    }
    return ok;
}

bool tm_build_tamis(tm_build *b, const tm_processor_settings *processor)
{
    const tm_tamis_settings *settings = &processor->tamis;
    adding a = {.b = b, .settings = settings};
    const tm_diag *last = b->diags->last;
    bool ok = settings->unit || read_unit(&a);
    if (settings->unit)
        a.unit = *settings->unit;
    a.compiler = (tm_compiler){.arena = b->arena,
                               .diags = b->diags,
                               .needs = &b->needs,
                               .explained = b->explained,
                               .transform = true,
                               .functions = b->functions,
                               .noted = b->noted,
                               .definitions = &a.unit.definitions};
    ok &= add_steps(&a);
    for (tm_diag *d = last ? last->next : b->diags->first; d; d = d->next)
        d->source = original_of(&a, d->source);
    return ok;
}
