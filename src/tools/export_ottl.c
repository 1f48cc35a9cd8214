/* Export, to a rule file: the processors of a pipeline, in order.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config/one_pipeline.h"
#include "engine/ruleset.h"
#include "lang/print.h"
#include "lang/write_out.h"
#include "tools/complain.h"
#include "tools/export.h"

#include <stdio.h>

static tm_rule_origin origin_of(const tm_processor_settings *p)
{
    return (tm_rule_origin){
        .processor = p->id, .source = p->source, .place = p->place, .level = TM_SPAN};
}

static void take_place(tm_rule_origin *origin, const tm_rule_text *text)
{
    origin->source = &text->source;
    origin->place = (tm_place){0, (uint32_t)text->source.text.n};
}

/* The level that a group says, or that its texts name. */
static tm_level level_of(tm_rule_sheet *sheet, tm_rules_context context,
                         const tm_tree *const *trees, unsigned n)
{
    static const tm_level levels[] = {[TM_IN_RESOURCE] = TM_RESOURCE,
                                      [TM_IN_SCOPE] = TM_SCOPE,
                                      [TM_IN_SPAN] = TM_SPAN,
                                      [TM_IN_EVENT] = TM_EVENT};
    tm_need_table needs = {.arena = sheet->arena};
    tm_diags aside = {.arena = sheet->arena};
    tm_compiler c = {.arena = sheet->arena, .diags = &aside, .needs = &needs, .transform = true};
    tm_level level = TM_SPAN;
    if (context != TM_INFER_CONTEXT)
        return levels[context];
    tm_infer_context(&c, trees, n, &level);
    return level;
}

/* ---- filter ---------------------------------------------------------------------------------- */

static void add_condition(tm_rule_sheet *sheet, tm_rule_origin *origin, const tm_rule_text *text)
{
    tm_tree *tree = tm_rule_sheet_read(sheet, text, TM_CONDITION, origin->level);
    take_place(origin, text);
    if (tree)
        tm_rule_sheet_add(sheet, origin, tree);
}

static void add_conditions(tm_rule_sheet *sheet, tm_rule_origin origin, tm_level level,
                           const tm_rule_texts *texts)
{
    origin.level = level;
    for (size_t i = 0; i < texts->count; i++)
        add_condition(sheet, &origin, &texts->items[i]);
}

/* Without a context each condition has its own; those of resources come before those of spans. */
static void add_group(tm_rule_sheet *sheet, tm_rule_origin origin, const tm_condition_group *group)
{
    origin.error_mode = group->error_mode;
    for (int level = TM_RESOURCE; level < TM_LEVELS; level++)
        for (size_t i = 0; i < group->conditions.count; i++) {
            const tm_rule_text *text = &group->conditions.items[i];
            const tm_tree *tree = tm_rule_sheet_read(sheet, text, TM_CONDITION, TM_SPAN);
            origin.level = tree ? level_of(sheet, group->context, &tree, 1) : TM_SPAN;
            if (origin.level == (tm_level)level)
                add_condition(sheet, &origin, text);
        }
}

static void add_matcher(tm_rule_sheet *sheet, const tm_rule_origin *origin,
                        const tm_filter_spans *spans)
{
    tm_text condition;
    if (!spans->include && !spans->exclude)
        return;
    if (tm_export_match(sheet, origin, spans->include, spans->exclude, &condition))
        tm_rule_sheet_add_text(sheet, origin, TM_CONDITION,
                               tm_arena_print(sheet->arena, "not (%.*s)", TM_PRI(condition)));
}

void tm_export_filter(tm_rule_sheet *sheet, const tm_processor_settings *p)
{
    const tm_filter_settings *f = &p->filter;
    tm_rule_origin origin = origin_of(p);
    origin.error_mode = f->error_mode;
    add_conditions(sheet, origin, TM_RESOURCE, &f->traces.resource);
    add_conditions(sheet, origin, TM_SPAN, &f->traces.span);
    add_conditions(sheet, origin, TM_EVENT, &f->traces.event);
    for (size_t i = 0; i < f->groups.count; i++)
        add_group(sheet, origin, &f->groups.items[i]);
    origin.error_mode = TM_MODE_IGNORE;
    add_matcher(sheet, &origin, &f->spans);
}

/* ---- transform ------------------------------------------------------------------------------- */

static bool mentions_cache(const tm_rule_texts *texts)
{
    for (size_t i = 0; i < texts->count; i++)
        if (tm_text_find(texts->items[i].source.text, TM_TEXT("cache")) >= 0)
            return true;
    return false;
}

/* A group has a cache of its own; rules of a file share one as long as their level is the same. */
static void separate_cache(tm_rule_sheet *sheet, const tm_rule_origin *origin)
{
    const char *context = tm_context_name(origin->level);
    if (sheet->cached && sheet->last_edits && sheet->last_level == origin->level)
        tm_rule_sheet_add_text(
            sheet, origin, TM_STATEMENT,
            tm_arena_print(sheet->arena, "delete_matching_keys(%s.cache, \"\")", context));
}

/* The conditions of a group are asked once, one after another, each of which may fail by itself. */
static tm_text select_items(tm_rule_sheet *sheet, tm_rule_origin *origin, tm_tree *const *trees,
                            const tm_rule_texts *texts)
{
    const tm_text key = tm_rule_sheet_selection(sheet, origin->level);
    for (size_t i = 0; i < texts->count; i++) {
        const tm_tree *set = tm_parse(
            sheet->arena, sheet->diags,
            &(tm_source){.text = tm_arena_print(sheet->arena, "set(%.*s, true) where %.*s == nil",
                                                TM_PRI(key), TM_PRI(key))},
            TM_STATEMENT);
        tm_tree *statement = TM_NEW(sheet->arena, tm_tree);
        tm_node *chain = tm_written_node(sheet->arena, TM_NODE_AND);
        *statement = *set;
        tm_written_join(sheet->arena, chain, set->where);
        tm_written_join(sheet->arena, chain, trees[i]->expression);
        statement->where = i ? chain : trees[i]->expression;
        take_place(origin, &texts->items[i]);
        tm_rule_sheet_add(sheet, origin, statement);
    }
    return tm_arena_print(sheet->arena, "%.*s == true", TM_PRI(key));
}

static void add_statement(tm_rule_sheet *sheet, tm_rule_origin *origin, tm_tree *tree,
                          tm_text selected)
{
    if (selected.n) {
        tm_source *source = TM_NEW(sheet->arena, tm_source);
        *source = (tm_source){.text = selected};
        tm_node *chain = tm_written_node(sheet->arena, TM_NODE_AND);
        tm_written_join(sheet->arena, chain,
                        tm_parse(sheet->arena, sheet->diags, source, TM_CONDITION)->expression);
        if (tree->where)
            tm_written_join(sheet->arena, chain, tree->where);
        tree->where = chain->first->next ? chain : chain->first;
    }
    tm_rule_sheet_add(sheet, origin, tree);
}

static tm_tree **read_all(tm_rule_sheet *sheet, const tm_rule_texts *texts, tm_entry_point entry,
                          tm_level level)
{
    tm_tree **trees = TM_NEW_ARRAY(sheet->arena, texts->count + 1, tm_tree *);
    for (size_t i = 0; i < texts->count; i++)
        trees[i] = tm_rule_sheet_read(sheet, &texts->items[i], entry, level);
    return trees;
}

static tm_level level_of_group(tm_rule_sheet *sheet, const tm_statement_group *g)
{
    const size_t n = g->conditions.count + g->statements.count;
    const tm_tree **all = TM_NEW_ARRAY(sheet->arena, n + 1, const tm_tree *);
    tm_tree **conditions = read_all(sheet, &g->conditions, TM_CONDITION, TM_SPAN),
            **statements = read_all(sheet, &g->statements, TM_STATEMENT, TM_SPAN);
    for (size_t i = 0; i < n; i++)
        all[i] = i < g->conditions.count ? conditions[i] : statements[i - g->conditions.count];
    return level_of(sheet, g->context, all, (unsigned)n);
}

static void add_statements(tm_rule_sheet *sheet, tm_rule_origin origin, const tm_statement_group *g)
{
    const bool caches = mentions_cache(&g->statements) || mentions_cache(&g->conditions);
    tm_text selected = {0};
    origin.error_mode = g->error_mode;
    origin.level = level_of_group(sheet, g);
    if (!g->statements.count)
        return;
    if (g->shared_cache && caches) {
        tm_rule_sheet_refuse(sheet, &origin, "shared_cache");
        return;
    }
    if (caches && g->conditions.count) {
        tm_rule_sheet_refuse(sheet, &origin, "conditions of a group whose statements have a cache");
        return;
    }
    if (caches)
        separate_cache(sheet, &origin);
    tm_tree **conditions = read_all(sheet, &g->conditions, TM_CONDITION, origin.level),
            **statements = read_all(sheet, &g->statements, TM_STATEMENT, origin.level);
    if (g->conditions.count)
        selected = select_items(sheet, &origin, conditions, &g->conditions);
    for (size_t i = 0; i < g->statements.count; i++) {
        take_place(&origin, &g->statements.items[i]);
        add_statement(sheet, &origin, statements[i], selected);
    }
}

void tm_export_transform(tm_rule_sheet *sheet, const tm_processor_settings *p)
{
    for (size_t i = 0; i < p->transform.groups.count; i++)
        add_statements(sheet, origin_of(p), &p->transform.groups.items[i]);
}

/* ---- the others ------------------------------------------------------------------------------ */

/* Sample decides as the two consistent modes do, but neither heeds nor writes th. */
static void add_sampler(tm_rule_sheet *sheet, const tm_processor_settings *p)
{
    enum { SAMPLE_DIGITS = 4 };
    const tm_sampler_settings *s = &p->sampler;
    tm_rule_origin origin = origin_of(p);
    if (s->mode == TM_SAMPLE_HASH_SEED) {
        tm_rule_sheet_refuse(sheet, &origin,
                             "sampling by a hash of the trace id: Sample decides as the modes "
                             "equalizing and proportional do");
        return;
    }
    if (s->precision != SAMPLE_DIGITS) {
        tm_rule_sheet_refuse(sheet, &origin, "a sampling_precision other than 4");
        return;
    }
    tm_diag_warning(sheet->diags, p->source, p->place, "W0331",
                    "Sample neither heeds nor writes the threshold (th) of a trace state, as the "
                    "processor does");
    tm_buf text = {.arena = sheet->arena};
    tm_buf_print(&text,
                 "%sattributes[\"sampling.priority\"] == 0 or not "
                 "(attributes[\"sampling.priority\"] > 0) and not Sample(",
                 s->fail_closed ? "IsEmpty(trace_id) or " : "");
    tm_print_double(s->percentage < 100 ? s->percentage / 100 : 1, &text);
    tm_buf_add_char(&text, ')');
    tm_rule_sheet_add_text(sheet, &origin, TM_CONDITION, tm_buf_text(&text));
}

static void add_processor(tm_rule_sheet *sheet, const tm_processor_settings *p)
{
    tm_rule_origin origin = origin_of(p);
    const bool judges = p->type != TM_PROCESSOR_BATCH && p->type != TM_PROCESSOR_LIMITER;
    tm_rule_sheet_comment(sheet, "%.*s%s", TM_PRI(p->id),
                          judges ? "" : " changes no span: it stays in the configuration");
    switch (p->type) {
    case TM_PROCESSOR_FILTER:
        tm_export_filter(sheet, p);
        return;
    case TM_PROCESSOR_TRANSFORM:
        tm_export_transform(sheet, p);
        return;
    case TM_PROCESSOR_ATTRIBUTES:
        tm_export_actions(sheet, p, &p->attributes.actions, TM_SPAN);
        return;
    case TM_PROCESSOR_RESOURCE:
        tm_export_actions(sheet, p, &p->resource.actions, TM_RESOURCE);
        return;
    case TM_PROCESSOR_SAMPLER:
        add_sampler(sheet, p);
        return;
    case TM_PROCESSOR_TAMIS:
        tm_rule_sheet_refuse(sheet, &origin, "%.*s has its rules in files already", TM_PRI(p->id));
        return;
    default:
        return;
    }
}

/* ---- the command ----------------------------------------------------------------------------- */

static bool name_pipelines(const tm_arguments *a, const tm_one_pipeline *one)
{
    const tm_text name = tm_arguments_text(a, "pipeline", "");
    tm_buf ids = {.arena = a->arena};
    for (size_t i = 0; i < one->ids.count; i++)
        tm_buf_print(&ids, "%s%.*s", i ? ", " : "", TM_PRI(one->ids.items[i]));
    if (!ids.n)
        return tm_complain("the configuration has no pipeline of traces");
    if (!name.n)
        return tm_complain("--pipeline is to name one of %.*s", TM_PRI(tm_buf_text(&ids)));
    return tm_complain("there is no pipeline %.*s: there are %.*s", TM_PRI(name),
                       TM_PRI(tm_buf_text(&ids)));
}

/* What is wrong with rules is told where it stands, before they are exported. */
static bool compile(const tm_arguments *a, tm_diags *diags, const tm_pipeline_settings *p)
{
    const tm_processor_settings **own =
        TM_NEW_ARRAY(a->arena, p->processor_count + 1, const tm_processor_settings *);
    uint32_t n = 0;
    for (size_t i = 0; i < p->processor_count; i++)
        if (p->processors[i]->type != TM_PROCESSOR_TAMIS)
            own[n++] = p->processors[i];
    tm_ruleset *ruleset = tm_ruleset_new(NULL, own, n, diags);
    tm_ruleset_unref(ruleset);
    return ruleset != NULL;
}

static void add_all(tm_rule_sheet *sheet, const tm_one_pipeline *one)
{
    const tm_pipeline_settings *p = &one->settings.pipelines[0];
    for (size_t i = 0; i < one->limiters.count; i++)
        tm_rule_sheet_comment(sheet, "%.*s changes no span: it stays in the configuration",
                              TM_PRI(one->limiters.items[i]));
    for (size_t i = 0; i < p->processor_count; i++)
        add_processor(sheet, p->processors[i]);
}

static int print(const tm_arguments *a, const tm_rule_sheet *sheet, tm_text pipeline)
{
    tm_buf out = {.arena = a->arena};
    if (!sheet->ok)
        return TM_EXIT_CONFIG;
    if (!sheet->count) {
        tm_complain("there is no rule to export");
        return TM_EXIT_NO_INPUT;
    }
    tm_rule_sheet_print(
        sheet, tm_arena_print(a->arena, "The processors of %.*s.", TM_PRI(pipeline)), &out);
    fwrite(out.p, 1, out.n, stdout);
    return TM_EXIT_OK;
}

/* The operands; - is stdin, as anywhere. */
static tm_texts configurations(const tm_arguments *a)
{
    tm_texts out = {TM_NEW_ARRAY(a->arena, a->operands.count, tm_text), a->operands.count};
    for (size_t i = 0; i < out.count; i++) {
        const tm_text file = a->operands.items[i];
        out.items[i] = tm_text_is(file, "-") ? TM_TEXT("/dev/stdin") : file;
    }
    return out;
}

int tm_export_ottl(const tm_arguments *a)
{
    const tm_config_sources sources = {.configs = configurations(a), .world = tm_config_os()};
    tm_diags diags = {.arena = a->arena};
    tm_one_pipeline one;
    tm_rule_sheet sheet;
    tm_rule_sheet_open(&sheet, a->arena, &diags);
    bool ok = tm_one_pipeline_read(a->arena, &diags, &sources, tm_arguments_text(a, "pipeline", ""),
                                   &one);
    if (!ok && !diags.errors)
        return name_pipelines(a, &one), TM_EXIT_USAGE;
    if (ok && compile(a, &diags, &one.settings.pipelines[0]))
        add_all(&sheet, &one);
    tm_diags_order(&diags);
    tm_complain_diags(&diags);
    if (diags.errors)
        return tm_settings_exit(&one.settings);
    return print(a, &sheet, one.settings.pipelines[0].id);
}
