/* Load: the sources of a configuration to one merged, expanded document.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config/load.h"

#include "config/mapping.h"
#include "config/yaml.h"

typedef struct loading {
    tm_arena *arena;
    tm_diags *diags;
    const tm_config_world *world;
    tm_file_list *files;
    tm_doc *merged;
} loading;

/* Reports what is wrong with the command line, or with what it names, and not with a configuration.
 */
#define UNREAD(l, ...)                                                                             \
    ((l)->files->unread = true, tm_diag_error((l)->diags, NULL, (tm_place){0}, __VA_ARGS__))

/* Lays one text over what was read before. */
static bool add_text(loading *l, tm_text name, tm_text text)
{
    tm_source *source = TM_NEW(l->arena, tm_source);
    *source = (tm_source){.name = tm_arena_copy(l->arena, name), .text = text};
    tm_doc *doc = tm_yaml_read(l->arena, l->diags, source);
    if (!doc)
        return false;
    if (doc->type == TM_DOC_NULL)
        return true;
    if (doc->type != TM_DOC_MAP)
        return tm_diag_error(l->diags, source, doc->place, "E0521",
                             "a configuration is a map, found %s", tm_doc_type_name(doc->type));
    tm_mapping_split_keys(l->arena, doc);
    tm_mapping_lay_over(l->merged, doc);
    return true;
}

static bool add_file(loading *l, tm_text path)
{
    tm_text bytes, why;
    if (!l->world->read(l->world->owner, l->arena, path, TM_YAML_MOST_BYTES, &bytes, &why))
        return UNREAD(l, "E0500", "cannot read %.*s: %.*s", TM_PRI(path), TM_PRI(why));
    tm_file_list_add(l->files, path);
    return add_text(l, path, bytes);
}

static bool add_env(loading *l, tm_text uri, tm_text name)
{
    const char *value = l->world->env(l->world->owner, tm_arena_copy(l->arena, name).p);
    if (!value)
        return UNREAD(l, "E0500", "--config %.*s: this environment variable is not set",
                      TM_PRI(uri));
    return add_text(l, uri, tm_arena_copy(l->arena, tm_text_of(value)));
}

/* True when the URI has this scheme; *rest is what follows its colon. */
static bool has_scheme(tm_text uri, const char *scheme, tm_text *rest)
{
    tm_text prefix = tm_text_of(scheme);
    if (!tm_text_starts(uri, prefix))
        return false;
    *rest = tm_text_skip(uri, prefix.n);
    return true;
}

static bool add_uri(loading *l, tm_text uri)
{
    tm_text rest;
    if (has_scheme(uri, "file:", &rest))
        return add_file(l, rest);
    if (has_scheme(uri, "env:", &rest))
        return add_env(l, uri, rest);
    if (has_scheme(uri, "yaml:", &rest))
        return add_text(l, TM_TEXT("--config yaml"), rest);
    if (has_scheme(uri, "http:", &rest) || has_scheme(uri, "https:", &rest))
        return UNREAD(l, "E0512", "--config %.*s: there are file:, env: and yaml: only",
                      TM_PRI(uri));
    return add_file(l, uri);
}

/* "a.b=v" is the YAML "a::b: v", so that v is read as a file's value would be. */
static bool add_set(loading *l, tm_text set)
{
    tm_buf yaml = {.arena = l->arena};
    ptrdiff_t equals = tm_text_find(set, TM_TEXT("="));
    if (equals <= 0)
        return UNREAD(l, "E0512", "--set %.*s has no \"=\": it takes KEY=VALUE", TM_PRI(set));
    for (ptrdiff_t i = 0; i < equals; i++)
        tm_buf_add(&yaml, set.p[i] == '.' ? TM_TEXT("::") : tm_text_slice(set.p + i, 1));
    tm_buf_print(&yaml, ": ");
    tm_buf_add(&yaml, tm_text_skip(set, (size_t)equals + 1));
    return add_text(l, TM_TEXT("--set"), tm_buf_text(&yaml));
}

tm_doc *tm_config_load(tm_arena *arena, tm_diags *diags, const tm_config_sources *sources,
                       tm_file_list *files)
{
    loading l = {.arena = arena, .diags = diags, .world = &sources->world, .files = files};
    bool fine = true;
    l.merged = tm_doc_new(arena, TM_DOC_MAP);
    if (!sources->configs.count) {
        UNREAD(&l, "E0512", "no configuration was given");
        tm_diag_hint(diags, "pass --config=FILE");
        return NULL;
    }
    for (size_t i = 0; i < sources->configs.count; i++)
        fine = add_uri(&l, sources->configs.items[i]) && fine;
    for (size_t i = 0; i < sources->sets.count; i++)
        fine = add_set(&l, sources->sets.items[i]) && fine;
    if (!fine || !tm_expand(arena, diags, &sources->world, l.merged, files))
        return NULL;
    return l.merged;
}
