/* LSP, workspace: walks over folders, and the units of the files there.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/lsp/lsp_workspace.h"

#include <dirent.h>

typedef struct finding {
    tm_lsp_call *call;
    tm_lsp_target target;
    tm_lsp_world *world;
    tm_lsp_found *first;
    unsigned files; /* looked at */
} finding;

/* ---- one unit -------------------------------------------------------------------------------- */

static bool is_found(const finding *f, const tm_lsp_use *u)
{
    for (const tm_lsp_found *o = f->first; o; o = o->next)
        if (o->use->place.at == u->place.at &&
            tm_lsp_same_file(o->use->source->name, u->source->name))
            return true;
    return false;
}

static void look_into(finding *f, const tm_rule_unit *unit)
{
    for (const tm_unit_file *file = unit->first; file; file = file->next)
        for (const tm_lsp_use *u = tm_lsp_uses_of(f->call->arena, unit, file->file); u;
             u = u->next) {
            if (!tm_lsp_same_target(u->target, f->target) || is_found(f, u))
                continue;
            tm_lsp_found *found = TM_NEW(f->call->arena, tm_lsp_found);
            *found = (tm_lsp_found){f->first, u};
            f->first = found;
        }
}

/* ---- files ----------------------------------------------------------------------------------- */

/* An open one is looked at by itself. */
static void look_into_file(finding *f, tm_text path)
{
    tm_arena *arena = f->call->arena;
    const tm_rule_importer importer = {.open = tm_rule_files_import,
                                       .owner = &f->world->rule_files};
    tm_diags aside = {.arena = arena};
    tm_text why;
    path = tm_lsp_real_path(arena, path);
    if (tm_lsp_document_of_path(&f->call->server->files, path) || f->files++ >= TM_LSP_FILES_MOST)
        return;
    const tm_arena_mark mark = tm_arena_save(arena);
    const tm_lsp_found *before = f->first;
    const tm_source *source = tm_rule_files_open(&f->world->rule_files, arena, path, &why);
    tm_rule_unit *unit = TM_NEW(arena, tm_rule_unit);
    if (source)
        tm_rule_unit_read(arena, &aside, &importer, &source, 1, unit);
    look_into(f, unit);
    if (f->first == before)
        tm_arena_restore(arena, mark);
}

/* A folder that is being read. */
typedef struct reading {
    finding *f;
    tm_text path;
    unsigned depth;
    DIR *folder;
} reading;

static void look_into_folder(finding *f, tm_text path, unsigned depth);

static void read_folder(void *argument)
{
    reading *r = argument;
    const struct dirent *entry;
    while ((entry = readdir(r->folder)) && r->f->files < TM_LSP_FILES_MOST) {
        const tm_text name = tm_text_of(entry->d_name);
        if (name.p[0] == '.')
            continue;
        const tm_text path =
            tm_arena_print(r->f->call->arena, "%.*s/%s", TM_PRI(r->path), entry->d_name);
        if (entry->d_type == DT_DIR)
            look_into_folder(r->f, path, r->depth + 1);
        else if (tm_text_ends(name, TM_TEXT(".ottl")))
            look_into_file(r->f, path);
    }
}

static void close_folder(void *argument)
{
    closedir(((reading *)argument)->folder);
}

static void look_into_folder(finding *f, tm_text path, unsigned depth)
{
    reading r = {.f = f, .path = path, .depth = depth};
    if (depth <= TM_LSP_FOLDER_DEPTH_MOST && (r.folder = opendir(path.p)))
        tm_arena_finally(f->call->arena, read_folder, close_folder, &r);
}

const tm_lsp_found *tm_lsp_find_uses(tm_lsp_call *call, tm_lsp_target target)
{
    tm_lsp *s = call->server;
    finding f = {.call = call, .target = target, .world = TM_NEW(call->arena, tm_lsp_world)};
    tm_lsp_world_init(f.world, &s->files, NULL);
    for (tm_lsp_document *d = s->files.first; d; d = d->next)
        if (d->language == TM_LSP_OTTL)
            look_into(&f, &tm_lsp_analyse(&s->files, d, call->arena)->unit);
    for (size_t i = 0; i < s->roots.count; i++)
        look_into_folder(&f, tm_arena_copy(call->arena, s->roots.items[i]), 0);
    return f.first;
}
