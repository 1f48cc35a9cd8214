/* One pipeline: a configuration of its own made of the parts that are needed.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config/one_pipeline.h"

#include "config/load.h"

static void add_text(tm_arena *arena, tm_texts *list, tm_text text)
{
    list->items = tm_arena_grow(arena, list->items, list->count * sizeof(tm_text),
                                (list->count + 1) * sizeof(tm_text));
    list->items[list->count++] = text;
}

static bool is_type(tm_text id, const char *type)
{
    tm_text rest = id, first;
    return tm_text_next(&rest, '/', &first) && tm_text_is(first, type);
}

/* The node with its children, to hang in another tree. */
static tm_doc *graft(tm_arena *arena, const tm_doc *doc)
{
    tm_doc *out = TM_NEW(arena, tm_doc);
    *out = *doc;
    out->next = out->parent = NULL;
    return out;
}

/* The pipeline of that id; NULL when there is none, or several to choose from. */
static const tm_doc *choose(tm_arena *arena, const tm_doc *root, tm_text id, tm_one_pipeline *out)
{
    const tm_doc *pipelines =
        tm_doc_find(tm_doc_find(root, TM_TEXT("service")), TM_TEXT("pipelines"));
    const tm_doc *found = NULL;
    for (const tm_doc *p = pipelines ? pipelines->first : NULL; p; p = p->next) {
        if (!is_type(p->key, "traces"))
            continue;
        add_text(arena, &out->ids, p->key);
        if (!id.n || tm_text_equal(p->key, id))
            found = p;
    }
    return id.n || out->ids.count == 1 ? found : NULL;
}

/* The list without what judges no span, and the components that it names. */
static void take_processors(tm_arena *arena, const tm_doc *root, const tm_doc *pipeline,
                            tm_doc *list, tm_doc *components, tm_one_pipeline *out)
{
    const tm_doc *defined = tm_doc_find(root, TM_TEXT("processors"));
    const tm_doc *named = tm_doc_find(pipeline, TM_TEXT("processors"));
    for (const tm_doc *name = named ? named->first : NULL; name; name = name->next) {
        const tm_doc *component = tm_doc_find(defined, name->text);
        if (is_type(name->text, "memory_limiter")) {
            add_text(arena, &out->limiters, name->text);
            continue;
        }
        tm_doc_append(list, graft(arena, name));
        if (component && !tm_doc_find(components, name->text))
            tm_doc_append(components, graft(arena, component));
    }
}

/* Receivers and exporters for the pipeline, and nothing else. */
static tm_doc *make_ends(tm_arena *arena, tm_diags *diags, const tm_config_world *world, tm_text id)
{
    tm_text text = tm_arena_print(
        arena,
        "yaml:{receivers: {otlp: {protocols: {grpc: {}}}}, exporters: {nop: {}}, processors: {}, "
        "service: {pipelines: {'%.*s': {receivers: [otlp], exporters: [nop], processors: []}}}}",
        TM_PRI(id));
    tm_file_list files = {.arena = arena};
    const tm_config_sources sources = {.configs = {.items = &text, .count = 1}, .world = *world};
    return tm_config_load(arena, diags, &sources, &files);
}

bool tm_one_pipeline_read(tm_arena *arena, tm_diags *diags, const tm_config_sources *sources,
                          tm_text id, tm_one_pipeline *out)
{
    tm_file_list files = {.arena = arena};
    *out = (tm_one_pipeline){0};
    const tm_doc *root = tm_config_load(arena, diags, sources, &files);
    out->settings.unread = files.unread;
    const tm_doc *pipeline = root ? choose(arena, root, id, out) : NULL;
    tm_doc *whole = pipeline ? make_ends(arena, diags, &sources->world, pipeline->key) : NULL;
    if (!whole)
        return false;
    tm_doc *pipelines = tm_doc_find(tm_doc_find(whole, TM_TEXT("service")), TM_TEXT("pipelines"));
    tm_doc *list = tm_doc_find(pipelines->first, TM_TEXT("processors"));
    take_processors(arena, root, pipeline, list, tm_doc_find(whole, TM_TEXT("processors")), out);
    return tm_settings_take(arena, diags, &sources->world, whole, &out->settings);
}
