/* LSP, analysis: what `tamis lint` and `tamis validate` find out of a file, with the texts of open
 * documents in place of files.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/lsp/lsp_analysis.h"

#include "base/utf8.h"
#include "tools/lint_allow.h"
#include "tools/lint_config.h"
#include "tools/lsp/lsp_case.h"
#include "tools/lsp/lsp_regions.h"
#include "tools/rule_input.h"

/* ---- files ----------------------------------------------------------------------------------- */

static void note_read(tm_lsp_analysis *a, tm_text path)
{
    for (size_t i = 0; i < a->reads.count; i++)
        if (tm_text_equal(a->reads.items[i], path))
            return;
    if (a->reads.count == a->reads_room) {
        const size_t room = a->reads_room ? 2 * a->reads_room : 8;
        a->reads.items = tm_arena_grow(a->arena, a->reads.items, a->reads_room * sizeof(tm_text),
                                       room * sizeof(tm_text));
        a->reads_room = room;
    }
    a->reads.items[a->reads.count++] = tm_arena_copy(a->arena, path);
}

static const char *read_env(void *owner, const char *name)
{
    (void)owner;
    const tm_config_world os = tm_config_os();
    return os.env(os.owner, name);
}

static bool read_file(void *owner, tm_arena *arena, tm_text path, size_t most, tm_text *bytes,
                      tm_text *why)
{
    const tm_lsp_world *w = owner;
    const tm_config_world os = tm_config_os();
    const tm_text real = tm_lsp_real_path(arena, path);
    const tm_lsp_document *d = tm_lsp_document_of_path(w->files, real);
    if (w->analysis)
        note_read(w->analysis, real);
    if (!d)
        return os.read(os.owner, arena, path, most, bytes, why);
    if (d->text.n > most)
        return *why = TM_TEXT("it is too large"), false;
    *bytes = tm_arena_copy(arena, d->text);
    return true;
}

void tm_lsp_world_init(tm_lsp_world *w, const tm_lsp_files *files, tm_lsp_analysis *analysis)
{
    *w = (tm_lsp_world){.files = files, .analysis = analysis};
    w->world = (tm_config_world){.owner = w, .env = read_env, .read = read_file};
    w->rule_files = (tm_rule_files){
        .world = &w->world, .directory = files->include.items, .directories = files->include.count};
}

/* Rules are compared with each other: of very many only `tamis lint` says what they do not do. */
static void lint_rules(tm_lint *lint)
{
    unsigned n = 0;
    for (const tm_lint_rule *r = lint->first; r; r = r->next)
        n++;
    if (n <= TM_LSP_LINTED_MOST)
        tm_lint_rules(lint);
}

/* ---- .ottl ----------------------------------------------------------------------------------- */

static void analyse_rules(tm_lsp_analysis *a, tm_lsp_world *w, const tm_lsp_document *d)
{
    tm_source *source = TM_NEW(a->arena, tm_source);
    const tm_source **sources = TM_NEW_ARRAY(a->arena, 1, const tm_source *);
    tm_rule_input input = {
        .world = w->world, .files = w->rule_files, .source = sources, .count = 1};
    tm_need_table needs = {.arena = a->arena};
    tm_lint lint = {.arena = a->arena, .diags = &a->diags, .needs = &needs};
    *source = (tm_source){.name = tm_arena_copy(a->arena, d->path), .text = a->lines.text};
    sources[0] = a->source = source;
    tm_rule_input_compile(&input, &a->diags, &a->unit);
    tm_lint_add_unit(&lint, &a->unit, 0);
    tm_lint_files(&lint, &a->unit, sources, 1);
    lint_rules(&lint);
    tm_diags_order(&a->diags);
    tm_lint_allow(a->arena, &w->rule_files, &a->diags);
    for (const tm_unit_file *f = a->unit.first; f; f = f->next)
        if (f->file->source == source)
            a->file = f->file;
}

/* ---- configurations -------------------------------------------------------------------------- */

/* Whether the file is a configuration and no other YAML: it has pipelines. */
static bool is_configuration(tm_text text)
{
    const ptrdiff_t service = tm_text_find(text, TM_TEXT("service"));
    return service >= 0 && tm_text_find(text, TM_TEXT("pipelines")) >= 0;
}

/* A configuration while it is compiled; the rulesets are to be dropped. */
typedef struct compiling {
    tm_lsp_analysis *a;
    tm_lsp_world *w;
    const tm_lsp_document *d;
    tm_compiled compiled;
} compiling;

static void compile(void *argument)
{
    compiling *c = argument;
    tm_lsp_analysis *a = c->a;
    tm_text set = TM_TEXT("service.traces_only=true");
    tm_text name = tm_arena_copy(a->arena, c->d->path);
    tm_need_table needs = {.arena = a->arena};
    const tm_config_sources sources = {
        .configs = {&name, 1}, .sets = {&set, c->w->files->traces_only}, .world = c->w->world};
    tm_compiled_read(a->arena, &a->diags, &sources, &c->compiled);
    const tm_settings *settings = &c->compiled.settings;
    for (size_t i = 0; i < settings->pipeline_count; i++)
        for (unsigned shadow = 0; shadow <= tm_lint_has_shadow(&settings->pipelines[i]); shadow++) {
            tm_lint lint = {.arena = a->arena, .diags = &a->diags, .needs = &needs};
            tm_lint_pipeline(&lint, &settings->pipelines[i], shadow);
            lint_rules(&lint);
        }
    tm_diags_order(&a->diags);
    tm_lint_allow(a->arena, &c->w->rule_files, &a->diags);
    tm_lsp_regions_of(a, settings, name);
}

static void drop_compiled(void *argument)
{
    tm_compiled_drop(&((compiling *)argument)->compiled);
}

/* ---- a document ------------------------------------------------------------------------------ */

const tm_lsp_analysis *tm_lsp_analyse(const tm_lsp_files *files, tm_lsp_document *d, tm_arena *turn)
{
    if (d->analysis)
        return d->analysis;
    tm_arena_reset(d->work);
    tm_arena_follow(d->work, turn);
    tm_lsp_analysis *a = TM_NEW(d->work, tm_lsp_analysis);
    tm_lsp_world *w = TM_NEW(d->work, tm_lsp_world);
    a->arena = a->diags.arena = d->work;
    a->lines = tm_lsp_lines_of(d->work, tm_arena_copy(d->work, d->text), files->bytes);
    tm_lsp_world_init(w, files, a);
    if (d->language == TM_LSP_OTTL) {
        analyse_rules(a, w, d);
    } else if (d->language == TM_LSP_YAML && is_configuration(d->text)) {
        compiling c = {.a = a, .w = w, .d = d};
        tm_arena_finally(d->work, compile, drop_compiled, &c);
    } else if (d->language == TM_LSP_YAML) {
        tm_lsp_case_rules(a, w, d);
    }
    tm_arena_follow(d->work, NULL);
    d->told = false;
    return d->analysis = a;
}
