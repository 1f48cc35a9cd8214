/* Compile: steps and rule files of the host's to a ruleset.
 * SPDX-License-Identifier: Apache-2.0 */
#include "embed/embed.h"

static const tm_error_mode modes[] = {TM_MODE_IGNORE, TM_MODE_SILENT, TM_MODE_PROPAGATE};

/* ---- what the host gave ------------------------------------------------------------------------
 */

static bool is_mode(tamis_error_mode mode)
{
    return (unsigned)mode <= TAMIS_PROPAGATE;
}

static bool is_step(const tamis_step *step)
{
    bool sound = step->name && (unsigned)step->kind <= TAMIS_EDIT &&
                 (unsigned)step->context <= TAMIS_SPAN_EVENT && is_mode(step->error_mode) &&
                 (step->rule || !step->rules);
    for (size_t i = 0; sound && i < step->rules; i++)
        sound = step->rule[i] != NULL;
    return sound;
}

static bool is_source(const tamis_source *source)
{
    return source->name && (source->text || !source->size_bytes) && source->size_bytes < UINT32_MAX;
}

static bool are_options(const tamis_compile_options *o)
{
    bool sound = is_mode(o->error_mode) && (o->step || !o->steps) && (o->source || !o->sources) &&
                 o->steps < UINT32_MAX / 2 && o->sources < UINT32_MAX / 2;
    for (size_t i = 0; sound && i < o->steps; i++)
        sound = is_step(&o->step[i]);
    for (size_t i = 0; sound && i < o->sources; i++)
        sound = is_source(&o->source[i]);
    return sound;
}

/* ---- settings ----------------------------------------------------------------------------------
 */

/* One call of tamis_compile; the arena holds what only lives as long as that. */
typedef struct compiling {
    tamis_engine *engine;
    const tamis_compile_options *options;
    tm_arena *arena;
    tm_diags diags;
    tamis_messages *messages;
    tm_ruleset *ruleset;
    bool tells; /* messages are wanted */
} compiling;

static tm_rule_texts texts_of(tm_arena *arena, const tamis_step *step)
{
    tm_rule_texts texts = {TM_NEW_ARRAY(arena, step->rules, tm_rule_text), step->rules};
    for (size_t i = 0; i < step->rules; i++) {
        tm_text name = tm_arena_print(arena, "%s[%zu]", step->name, i);
        texts.items[i] = (tm_rule_text){
            .name = name, .source.name = name, .source.text = tm_text_of(step->rule[i])};
    }
    return texts;
}

/* One processor of our settings for each step. */
static const tm_processor_settings *processor_of(tm_arena *arena, const tamis_step *step)
{
    static const tm_rules_context contexts[] = {TM_INFER_CONTEXT, TM_IN_RESOURCE, TM_IN_SCOPE,
                                                TM_IN_SPAN, TM_IN_EVENT};
    tm_rules_context context = contexts[step->context];
    tm_error_mode mode = modes[step->error_mode];
    tm_processor_settings *p = TM_NEW(arena, tm_processor_settings);
    p->id = tm_arena_copy(arena, tm_text_of(step->name));
    if (step->kind == TAMIS_DROP) {
        tm_condition_group *group = TM_NEW(arena, tm_condition_group);
        *group = (tm_condition_group){context, mode, texts_of(arena, step)};
        p->type = TM_PROCESSOR_FILTER;
        p->filter = (tm_filter_settings){.error_mode = mode, .groups = {group, 1}};
    } else {
        tm_statement_group *group = TM_NEW(arena, tm_statement_group);
        *group = (tm_statement_group){
            .context = context, .error_mode = mode, .statements = texts_of(arena, step)};
        p->type = TM_PROCESSOR_TRANSFORM;
        p->transform = (tm_transform_settings){.error_mode = mode, .groups = {group, 1}};
    }
    return p;
}

static const tm_source *source_of(tm_arena *arena, const tamis_source *given)
{
    tm_source *source = TM_NEW(arena, tm_source);
    source->name = tm_arena_copy(arena, tm_text_of(given->name));
    source->text = tm_arena_copy(arena, tm_text_slice(given->text, given->size_bytes));
    return source;
}

static const tm_source *open_import(void *owner, tm_arena *arena, tm_text name,
                                    const tm_source *from, tm_text *why)
{
    const compiling *c = owner;
    tamis_source found = {0};
    const char *reason = NULL;
    const char *asked = tm_arena_copy(arena, name).p, *in = tm_arena_copy(arena, from->name).p;
    if (c->options->resolve && c->options->resolve(c->options->owner, asked, in, &found, &reason)) {
        if (is_source(&found))
            return source_of(arena, &found);
        reason = "what was found for it is no text";
    }
    *why =
        reason ? tm_arena_copy(arena, tm_text_of(reason)) : TM_TEXT("there is none of that name");
    return NULL;
}

static const tm_processor_settings *files_of(compiling *c, tm_rule_importer *importer)
{
    const tamis_compile_options *o = c->options;
    tm_processor_settings *p = TM_NEW(c->arena, tm_processor_settings);
    const tm_source **sources = TM_NEW_ARRAY(c->arena, o->sources, const tm_source *);
    for (size_t i = 0; i < o->sources; i++)
        sources[i] = source_of(c->arena, &o->source[i]);
    *importer = (tm_rule_importer){.open = open_import, .owner = c};
    p->id = TM_TEXT("rules");
    p->type = TM_PROCESSOR_TAMIS;
    p->tamis = (tm_tamis_settings){.error_mode = modes[o->error_mode],
                                   .files = sources,
                                   .file_count = o->sources,
                                   .importer = importer};
    return p;
}

/* ---- compiling ---------------------------------------------------------------------------------
 */

static void compile(void *argument)
{
    compiling *c = argument;
    const tamis_compile_options *o = c->options;
    tm_rule_importer *importer = TM_NEW(c->arena, tm_rule_importer);
    uint32_t n = 0;
    const tm_processor_settings **processors =
        TM_NEW_ARRAY(c->arena, o->steps + 1, const tm_processor_settings *);
    for (; n < o->steps; n++)
        processors[n] = processor_of(c->arena, &o->step[n]);
    if (o->sources)
        processors[n++] = files_of(c, importer);
    c->ruleset = tm_ruleset_new_with(tm_engine_heap(c->engine), processors, n, &c->engine->set,
                                     o->explained, &c->diags);
    if (c->tells)
        c->messages = tm_messages_of(c->engine, &c->diags);
}

/* What compiled and failed: by what was told. */
static tamis_status failure_of(const compiling *c, bool done)
{
    return done && c->diags.errors ? TAMIS_BAD_RULES : TAMIS_OUT_OF_MEMORY;
}

static tamis_status wrap(compiling *c, bool done, tamis_ruleset **ruleset)
{
    if (!done || !c->ruleset) {
        tm_ruleset_unref(c->ruleset);
        return failure_of(c, done);
    }
    tamis_ruleset *r = tm_heap_alloc(tm_engine_heap(c->engine), sizeof *r);
    if (!r) {
        tm_ruleset_unref(c->ruleset);
        return TAMIS_OUT_OF_MEMORY;
    }
    *r = (tamis_ruleset){.tag = TM_TAG_RULESET,
                         .engine = c->engine,
                         .ruleset = c->ruleset,
                         .explained = c->options->explained};
    atomic_init(&r->references, 1);
    tm_engine_ref(c->engine);
    *ruleset = r;
    return TAMIS_OK;
}

tamis_status tamis_compile(tamis_engine *engine, const tamis_compile_options *options,
                           tamis_ruleset **ruleset, tamis_messages **messages)
{
    tamis_compile_options o;
    if (ruleset)
        *ruleset = NULL;
    if (messages)
        *messages = NULL;
    if (!ruleset || !TM_IS_TAGGED(engine, TM_TAG_ENGINE) || !options ||
        !tm_embed_take(&o, sizeof o, options) || !are_options(&o))
        return TAMIS_BAD_ARGUMENT;
    atomic_store(&engine->sealed, true);
    compiling c = {.engine = engine, .options = &o, .tells = messages != NULL};
    c.arena = tm_arena_new(tm_engine_heap(engine));
    c.diags.arena = c.arena;
    const bool done = c.arena && tm_arena_try(c.arena, compile, &c);
    const tamis_status status = wrap(&c, done, ruleset);
    if (messages && status != TAMIS_OUT_OF_MEMORY)
        *messages = c.messages;
    else
        tamis_messages_free(c.messages);
    tm_arena_free(c.arena);
    return status;
}

void tamis_ruleset_ref(tamis_ruleset *ruleset)
{
    if (TM_IS_TAGGED(ruleset, TM_TAG_RULESET))
        atomic_fetch_add_explicit(&ruleset->references, 1, memory_order_relaxed);
}

void tamis_ruleset_unref(tamis_ruleset *ruleset)
{
    if (!TM_IS_TAGGED(ruleset, TM_TAG_RULESET) ||
        atomic_fetch_sub_explicit(&ruleset->references, 1, memory_order_acq_rel) != 1)
        return;
    tamis_engine *engine = ruleset->engine;
    tm_ruleset_unref(ruleset->ruleset);
    ruleset->tag = TM_TAG_GONE;
    tm_heap_free(tm_engine_heap(engine), ruleset);
    tamis_engine_unref(engine);
}
