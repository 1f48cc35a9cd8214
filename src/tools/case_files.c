/* Case files: directories, globs, paths.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/case_files.h"

#include "base/buf.h"
#include "config/rule_files.h"
#include "tools/complain.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { DEPTH_MOST = 16 };

/* ---- paths ----------------------------------------------------------------------------------- */

tm_text tm_case_path_tidy(tm_arena *arena, tm_text path)
{
    tm_buf out = {.arena = arena};
    tm_text rest = path, part;
    if (path.n && path.p[0] == '/')
        tm_buf_add_char(&out, '/');
    while (rest.p && tm_text_next(&rest, '/', &part)) {
        size_t last = out.n;
        while (last && (last == out.n || out.p[last - 1] != '/'))
            last--;
        const tm_text before = tm_text_slice(out.n ? out.p + last : "", out.n - last);
        if (!part.n || tm_text_is(part, "."))
            continue;
        if (tm_text_is(part, "..") && before.n && !tm_text_is(before, "../"))
            out.n = last;
        else
            tm_buf_print(&out, "%.*s/", TM_PRI(part));
    }
    if (out.n > 1)
        out.n--;
    return out.n ? tm_arena_copy(arena, tm_buf_text(&out)) : TM_TEXT(".");
}

static tm_text front_of(tm_text path)
{
    while (path.n && path.p[path.n - 1] != '/')
        path.n--;
    return path;
}

tm_text tm_case_path_beside(tm_arena *arena, tm_text from, tm_text path)
{
    if (path.n && path.p[0] == '/')
        return tm_case_path_tidy(arena, path);
    return tm_case_path_tidy(arena, tm_arena_join(arena, front_of(from), path));
}

tm_text tm_case_path_directory(tm_arena *arena, tm_text path)
{
    return tm_case_path_tidy(arena, tm_arena_join(arena, front_of(path), TM_TEXT(".")));
}

/* ---- finding --------------------------------------------------------------------------------- */

bool tm_case_files_is_rules(tm_text path)
{
    return tm_text_ends(path, TM_TEXT(".ottl")) || tm_text_is(path, "-");
}

static bool is_test(tm_text path)
{
    return tm_text_ends(path, TM_TEXT("_test.yaml")) || tm_text_ends(path, TM_TEXT("_test.yml"));
}

bool tm_case_files_is_wanted(tm_text name)
{
    return name.n && name.p[0] != '.' && (tm_case_files_is_rules(name) || is_test(name));
}

static void append(tm_arena *arena, tm_texts *list, tm_text path)
{
    list->items = tm_arena_grow(arena, list->items, list->count * sizeof *list->items,
                                (list->count + 1) * sizeof *list->items);
    list->items[list->count++] = path;
}

/* Unless it is there already. */
static void add(tm_arena *arena, tm_texts *list, tm_text path)
{
    for (size_t i = 0; i < list->count; i++)
        if (tm_text_equal(list->items[i], path))
            return;
    append(arena, list, path);
}

static int bytewise(const void *a, const void *b)
{
    return tm_text_compare(*(const tm_text *)a, *(const tm_text *)b);
}

/* The names in a directory but for hidden ones, sorted; that it cannot be read is told. */
static tm_texts names_in(tm_arena *arena, tm_case_files *files, const char *path)
{
    tm_texts names = {0};
    DIR *directory = opendir(path);
    if (!directory) {
        files->missing = true;
        tm_complain("cannot read %s: %s", path, strerror(errno));
    }
    for (const struct dirent *e; directory && (e = readdir(directory)) != NULL;)
        if (e->d_name[0] != '.')
            append(arena, &names, tm_arena_copy(arena, tm_text_of(e->d_name)));
    if (directory)
        closedir(directory);
    if (names.count)
        qsort(names.items, names.count, sizeof *names.items, bytewise);
    return names;
}

static void walk(tm_arena *arena, tm_case_files *files, tm_text path, unsigned depth)
{
    const tm_texts names = names_in(arena, files, path.p);
    add(arena, &files->watched, path);
    for (size_t i = 0; i < names.count; i++) {
        struct stat s;
        const tm_text below = tm_case_path_tidy(
            arena, tm_arena_print(arena, "%.*s/%.*s", TM_PRI(path), TM_PRI(names.items[i])));
        if (stat(below.p, &s) != 0)
            continue;
        if (S_ISDIR(s.st_mode) && depth < DEPTH_MOST)
            walk(arena, files, below, depth + 1);
        else if (S_ISREG(s.st_mode) && (tm_case_files_is_rules(below) || is_test(below)))
            add(arena, &files->paths, below);
    }
}

static void find_path(tm_arena *arena, tm_case_files *files, tm_text path)
{
    struct stat s;
    path = tm_case_path_tidy(arena, path);
    add(arena, &files->watched, tm_case_path_directory(arena, path));
    if (stat(path.p, &s) != 0) {
        files->missing = true;
        tm_complain("cannot read %s: %s", path.p, strerror(errno));
    } else if (S_ISDIR(s.st_mode)) {
        walk(arena, files, path, 0);
    } else {
        add(arena, &files->paths, path);
    }
}

void tm_case_files_find(tm_arena *arena, const tm_texts *operands, tm_case_files *files)
{
    *files = (tm_case_files){0};
    for (size_t i = 0; i < operands->count; i++) {
        const tm_text operand = operands->items[i];
        const tm_texts paths = tm_rule_files_match(arena, operand);
        if (tm_text_is(operand, "-")) {
            add(arena, &files->paths, operand);
            continue;
        }
        if (!paths.count) {
            files->missing = true;
            tm_complain("no file matches %.*s", TM_PRI(operand));
            add(arena, &files->watched, tm_case_path_directory(arena, operand));
        }
        for (size_t k = 0; k < paths.count; k++)
            find_path(arena, files, paths.items[k]);
    }
}
