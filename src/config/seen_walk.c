/* Seen, walks: as the kernel resolves a path, part by part.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config/seen_walk.h"

#include "base/buf.h"
#include "config/rule_files.h"

#include <errno.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MOST_LINKS = 40 }; /* as many as Linux follows */

static tm_text entry_of(tm_arena *arena, tm_text directory, tm_text name)
{
    const bool slash = directory.n && directory.p[directory.n - 1] == '/';
    return tm_arena_print(arena, "%.*s%s%.*s", TM_PRI(directory), slash ? "" : "/", TM_PRI(name));
}

static tm_text start_of(tm_text path)
{
    return path.n && path.p[0] == '/' ? TM_TEXT("/") : TM_TEXT(".");
}

/* What a symbolic link says; false when it cannot be read. */
static bool read_link(tm_arena *arena, tm_text path, tm_text *target)
{
    char *room = tm_arena_alloc(arena, PATH_MAX);
    ssize_t n = readlink(path.p, room, PATH_MAX);
    *target = tm_text_slice(room, n > 0 ? (size_t)n : 0);
    return n > 0;
}

void tm_seen_walk(tm_arena *arena, tm_text path, tm_seen_fn *fn, void *owner)
{
    tm_text at = start_of(path), rest = path, part, target;
    for (unsigned links = 0; tm_text_next(&rest, '/', &part);) {
        struct stat s;
        if (!part.n || tm_text_is(part, "."))
            continue;
        const tm_text here = entry_of(arena, at, part);
        const bool there = lstat(here.p, &s) == 0, link = there && S_ISLNK(s.st_mode);
        if (!there || link || !S_ISDIR(s.st_mode) || !rest.n)
            fn(owner, at, tm_arena_copy(arena, part), false);
        if (link && links++ < MOST_LINKS && read_link(arena, here, &target)) {
            rest = rest.n ? entry_of(arena, target, rest) : target;
            at = target.p[0] == '/' ? TM_TEXT("/") : at;
            continue;
        }
        if (!there || link)
            return;
        at = here;
    }
}

static bool has_wildcard(tm_text text)
{
    for (size_t i = 0; i < text.n; i++)
        if (strchr("*?[", text.p[i]))
            return true;
    return false;
}

void tm_seen_walk_pattern(tm_arena *arena, tm_text pattern, tm_seen_fn *fn, void *owner)
{
    tm_text at = start_of(pattern), rest = pattern, part;
    while (tm_text_next(&rest, '/', &part)) {
        if (!part.n || tm_text_is(part, "."))
            continue;
        if (!has_wildcard(part)) {
            at = entry_of(arena, at, part);
            continue;
        }
        tm_texts directories = tm_rule_files_match(arena, at);
        for (size_t i = 0; i < directories.count; i++) {
            tm_seen_walk(arena, directories.items[i], fn, owner);
            fn(owner, directories.items[i], tm_arena_copy(arena, part), true);
        }
        at = entry_of(arena, at, part);
    }
}
