/* Rule files: globs by glob(3), and the places where an import is looked for.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config/rule_files.h"

#include "base/buf.h"

#include <errno.h>
#include <glob.h>
#include <stdlib.h>

/* Paths copied out of what glob(3) holds. */
typedef struct copying {
    tm_arena *arena;
    glob_t *found;
    tm_texts out;
} copying;

static void copy_paths(void *argument)
{
    copying *c = argument;
    c->out.items = TM_NEW_ARRAY(c->arena, c->found->gl_pathc + 1, tm_text);
    for (; c->out.count < c->found->gl_pathc; c->out.count++)
        c->out.items[c->out.count] =
            tm_arena_copy(c->arena, tm_text_of(c->found->gl_pathv[c->out.count]));
}

static void close_glob(void *argument)
{
    globfree(((copying *)argument)->found);
}

static int bytewise(const void *a, const void *b)
{
    return tm_text_compare(*(const tm_text *)a, *(const tm_text *)b);
}

static bool is_pattern(tm_text path)
{
    for (size_t i = 0; i < path.n; i++)
        if (strchr("*?[", path.p[i]))
            return true;
    return false;
}

tm_texts tm_rule_files_match(tm_arena *arena, tm_text pattern)
{
    if (!is_pattern(pattern)) {
        tm_text *self = TM_NEW(arena, tm_text);
        *self = pattern;
        return (tm_texts){.items = self, .count = 1};
    }
    glob_t found = {0};
    copying c = {.arena = arena, .found = &found};
    if (glob(tm_arena_copy(arena, pattern).p, GLOB_NOSORT, NULL, &found) == 0)
        tm_arena_finally(arena, copy_paths, close_glob, &c);
    if (c.out.count)
        qsort(c.out.items, c.out.count, sizeof *c.out.items, bytewise);
    return c.out;
}

const tm_source *tm_rule_files_open(const tm_rule_files *files, tm_arena *arena, tm_text path,
                                    tm_text *why)
{
    tm_text bytes;
    const tm_config_world *world = files->world;
    if (!world->read(world->owner, arena, path, TM_RULE_FILE_MOST_BYTES, &bytes, why))
        return NULL;
    tm_source *source = TM_NEW(arena, tm_source);
    if (tm_text_starts(bytes, TM_TEXT("\xef\xbb\xbf"))) /* a byte order mark, as Windows has it */
        bytes = tm_text_skip(bytes, 3);
    *source = (tm_source){.name = tm_arena_copy(arena, path), .text = bytes};
    return source;
}

/* The directory of a path with its slash, or nothing. */
static tm_text directory_of(tm_text path)
{
    while (path.n && path.p[path.n - 1] != '/')
        path.n--;
    return path;
}

/* NAME, or NAME.ottl where it has no such end. */
static tm_text file_name(tm_arena *arena, tm_text name)
{
    if (tm_text_ends(name, TM_TEXT(".ottl")))
        return name;
    return tm_arena_join(arena, name, TM_TEXT(".ottl"));
}

const tm_source *tm_rule_files_import(void *owner, tm_arena *arena, tm_text name,
                                      const tm_source *from, tm_text *why)
{
    const tm_rule_files *files = owner;
    tm_text file = file_name(arena, name), directory = directory_of(from->name), first;
    if (file.n && file.p[0] == '/')
        directory = TM_TEXT("");
    const tm_source *source =
        tm_rule_files_open(files, arena, tm_arena_join(arena, directory, file), &first);
    for (size_t i = 0; !source && i < files->directories; i++)
        source = tm_rule_files_open(
            files, arena,
            tm_arena_print(arena, "%.*s/%.*s", TM_PRI(files->directory[i]), TM_PRI(file)), why);
    if (!source)
        *why = first;
    return source;
}

/* Files that were read, in order. */
typedef struct read_files {
    const tm_source **file;
    size_t count;
} read_files;

static bool may_be_absent(const tm_config_world *world, const tm_rule_text *pattern)
{
    return world->absent && world->absent(world->owner, pattern->source.text);
}

/* One path or glob, of the configuration or, where its source has no name, of a command line. */
static bool read_pattern(tm_diags *diags, const tm_rule_files *files, const tm_rule_text *pattern,
                         read_files *out, tm_arena *arena)
{
    const tm_place whole = {0, (uint32_t)pattern->source.text.n};
    const tm_source *told_at = pattern->source.name.n ? &pattern->source : NULL;
    tm_texts paths = tm_rule_files_match(arena, pattern->source.text);
    const size_t n = out->count;
    bool ok = true;
    if (is_pattern(pattern->source.text) && files->world->matched)
        files->world->matched(files->world->owner, arena, pattern->source.text);
    if (!paths.count)
        return may_be_absent(files->world, pattern) ||
               tm_diag_error(diags, told_at, whole, "E0500", "no file matches %.*s",
                             TM_PRI(pattern->source.text));
    out->file = tm_arena_grow(arena, out->file, n * sizeof *out->file,
                              (n + paths.count) * sizeof *out->file);
    for (size_t i = 0; i < paths.count; i++) {
        tm_text why;
        const tm_source *source = tm_rule_files_open(files, arena, paths.items[i], &why);
        if (source)
            out->file[out->count++] = source;
        else if (!may_be_absent(files->world, pattern)) {
            ok = tm_diag_error(diags, told_at, whole, "E0500", "cannot read %.*s: %.*s",
                               TM_PRI(paths.items[i]), TM_PRI(why));
            if (tm_text_is(why, strerror(EISDIR)))
                tm_diag_hint(diags, "name its files: \"%.*s/*.ottl\"", TM_PRI(paths.items[i]));
        }
    }
    return ok;
}

static bool read_patterns(tm_diags *diags, const tm_rule_files *files,
                          const tm_rule_texts *patterns, read_files *out, tm_arena *arena)
{
    bool ok = true;
    for (size_t i = 0; i < patterns->count; i++)
        ok &= read_pattern(diags, files, &patterns->items[i], out, arena);
    return ok;
}

bool tm_rule_files_read(tm_arena *arena, tm_diags *diags, const tm_config_world *world,
                        tm_tamis_settings *settings)
{
    tm_config_world *own = TM_NEW(arena, tm_config_world);
    tm_rule_files *files = TM_NEW(arena, tm_rule_files);
    tm_rule_importer *importer = TM_NEW(arena, tm_rule_importer);
    read_files rules = {0}, shadow = {0};
    *own = *world;
    *files = (tm_rule_files){.world = own};
    *importer = (tm_rule_importer){.open = tm_rule_files_import, .owner = files};
    settings->importer = importer;
    const bool ok = read_patterns(diags, files, &settings->rules, &rules, arena);
    const bool shadow_ok = read_patterns(diags, files, &settings->shadow, &shadow, arena);
    settings->files = rules.file;
    settings->file_count = rules.count;
    settings->shadow_files = shadow.file;
    settings->shadow_file_count = shadow.count;
    return ok && shadow_ok;
}
