/* Seen: marks of files, taken before they are read.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config/seen.h"

#include "config/rule_files.h"
#include "config/seen_walk.h"

#include <errno.h>
#include <sys/stat.h>

/* What tells one state of a file from another; all zeros but for `error`: it is not there. */
typedef struct tm_seen_mark {
    int error;
    dev_t device;
    ino_t inode;
    off_t size;
    struct timespec modified, changed;
} tm_seen_mark;

/* A file, or what a pattern matched. */
typedef struct tm_seen_path {
    struct tm_seen_path *next;
    tm_text path;
    bool is_pattern;
    tm_seen_mark mark;
    tm_texts matches;
} tm_seen_path;

struct tm_seen {
    tm_arena *arena;
    tm_config_world world; /* that is looked through */
    tm_seen_path *first;
};

static tm_seen_mark mark_of(tm_text path)
{
    struct stat s;
    if (stat(path.p, &s))
        return (tm_seen_mark){.error = errno};
    return (tm_seen_mark){.device = s.st_dev,
                          .inode = s.st_ino,
                          .size = s.st_size,
                          .modified = s.st_mtim,
                          .changed = s.st_ctim};
}

static bool same_time(struct timespec a, struct timespec b)
{
    return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

static bool same_mark(const tm_seen_mark *a, const tm_seen_mark *b)
{
    return a->error == b->error && a->device == b->device && a->inode == b->inode &&
           a->size == b->size && same_time(a->modified, b->modified) &&
           same_time(a->changed, b->changed);
}

/* ---- noting ---------------------------------------------------------------------------------- */

/* A path in the making. */
typedef struct noting {
    tm_seen *seen;
    tm_text path;
    bool is_pattern;
} noting;

static void note(void *argument)
{
    const noting *n = argument;
    tm_seen *seen = n->seen;
    for (const tm_seen_path *p = seen->first; p; p = p->next)
        if (p->is_pattern == n->is_pattern && tm_text_equal(p->path, n->path))
            return; /* the first look counts */
    tm_seen_path *p = TM_NEW(seen->arena, tm_seen_path);
    *p = (tm_seen_path){.next = seen->first,
                        .path = tm_arena_copy(seen->arena, n->path),
                        .is_pattern = n->is_pattern};
    if (n->is_pattern)
        p->matches = tm_rule_files_match(seen->arena, p->path);
    else
        p->mark = mark_of(p->path);
    seen->first = p;
}

/* The reader's arena is told when there is no memory for it. */
static void note_for(tm_seen *seen, tm_arena *arena, tm_text path, bool is_pattern)
{
    if (!tm_arena_try(seen->arena, note, &(noting){seen, path, is_pattern}))
        tm_arena_out_of_memory(arena);
}

static const char *read_env(void *owner, const char *name)
{
    const tm_seen *seen = owner;
    return seen->world.env(seen->world.owner, name);
}

static bool read_file(void *owner, tm_arena *arena, tm_text path, size_t most, tm_text *bytes,
                      tm_text *why)
{
    tm_seen *seen = owner;
    note_for(seen, arena, path, false);
    return seen->world.read(seen->world.owner, arena, path, most, bytes, why);
}

static void note_pattern(void *owner, tm_arena *arena, tm_text pattern)
{
    note_for(owner, arena, pattern, true);
}

tm_seen *tm_seen_new(const tm_config_world *world)
{
    tm_arena *arena = tm_arena_new(NULL);
    tm_seen *seen = arena ? tm_heap_alloc(NULL, sizeof *seen) : NULL;
    if (seen)
        *seen = (tm_seen){.arena = arena, .world = *world};
    else
        tm_arena_free(arena);
    return seen;
}

void tm_seen_free(tm_seen *seen)
{
    if (!seen)
        return;
    tm_arena_free(seen->arena);
    tm_heap_free(NULL, seen);
}

void tm_seen_reset(tm_seen *seen)
{
    seen->first = NULL;
    tm_arena_reset(seen->arena);
}

tm_config_world tm_seen_world(tm_seen *seen)
{
    return (tm_config_world){
        .owner = seen, .env = read_env, .read = read_file, .matched = note_pattern};
}

/* ---- asking ---------------------------------------------------------------------------------- */

static bool same_texts(const tm_texts *a, const tm_texts *b)
{
    bool same = a->count == b->count;
    for (size_t i = 0; same && i < a->count; i++)
        same = tm_text_equal(a->items[i], b->items[i]);
    return same;
}

/* Which files a pattern matches now. */
typedef struct matching {
    tm_arena *arena;
    tm_text pattern;
    tm_texts found;
} matching;

static void match(void *argument)
{
    matching *m = argument;
    m->found = tm_rule_files_match(m->arena, m->pattern);
}

/* Without memory: as it was. */
static bool matches_as_before(const tm_seen_path *p)
{
    matching m = {.arena = tm_arena_new(NULL), .pattern = p->path};
    bool same = !m.arena || !tm_arena_try(m.arena, match, &m) || same_texts(&m.found, &p->matches);
    tm_arena_free(m.arena);
    return same;
}

tm_text tm_seen_change(const tm_seen *seen)
{
    for (const tm_seen_path *p = seen->first; p; p = p->next) {
        const tm_seen_mark now = p->is_pattern ? p->mark : mark_of(p->path);
        if (p->is_pattern ? !matches_as_before(p) : !same_mark(&now, &p->mark))
            return p->path;
    }
    return TM_TEXT("");
}

void tm_seen_each(const tm_seen *seen, tm_arena *arena, tm_seen_fn *fn, void *owner)
{
    for (const tm_seen_path *p = seen->first; p; p = p->next)
        if (p->is_pattern)
            tm_seen_walk_pattern(arena, p->path, fn, owner);
        else
            tm_seen_walk(arena, p->path, fn, owner);
}
