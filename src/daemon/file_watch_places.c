/* File watch, places: what events of directories mean for them.
 * SPDX-License-Identifier: Apache-2.0 */
#include "daemon/file_watch_places.h"

#include "base/directory_events.h"

#include <errno.h>
#include <fnmatch.h>
#include <unistd.h>

void tm_watched_places_init(tm_watched_places *p, unsigned most_directories)
{
    *p = (tm_watched_places){.fd = -1, .most_directories = most_directories};
}

static void forget(tm_watched_places *p)
{
    if (p->fd >= 0)
        close(p->fd);
    tm_arena_free(p->arena);
    tm_watched_places_init(p, p->most_directories);
}

void tm_watched_places_drop(tm_watched_places *p)
{
    forget(p);
}

int tm_watched_places_fd(const tm_watched_places *p)
{
    return p->fd;
}

/* ---- watching -------------------------------------------------------------------------------- */

/* Places in the making. */
typedef struct collecting {
    tm_watched_places *places;
    const tm_seen *seen;
    const char *why; /* NULL: all of them are watched */
} collecting;

static bool is_known(const tm_watched_places *p, int wd)
{
    for (size_t i = 0; i < p->directories; i++)
        if (p->wd[i] == wd)
            return true;
    return false;
}

static void add_directory(tm_watched_places *p, int wd)
{
    if (p->directories == p->directory_room) {
        const size_t room = 2 * p->directory_room + 8;
        p->wd =
            tm_arena_grow(p->arena, p->wd, p->directories * sizeof *p->wd, room * sizeof *p->wd);
        p->directory_room = room;
    }
    p->wd[p->directories++] = wd;
}

static void add_place(tm_watched_places *p, tm_watched_place place)
{
    if (p->count == p->room) {
        const size_t room = 2 * p->room + 8;
        p->place =
            tm_arena_grow(p->arena, p->place, p->count * sizeof *p->place, room * sizeof *p->place);
        p->room = room;
    }
    p->place[p->count++] = place;
}

static void collect_place(void *owner, tm_text directory, tm_text name, bool is_pattern)
{
    collecting *c = owner;
    tm_watched_places *p = c->places;
    int wd = tm_directory_events_add(p->fd, tm_arena_copy(p->arena, directory).p);
    if (wd < 0) {
        if (errno != ENOENT && errno != ENOTDIR) /* what is missing is a place further up */
            c->why = strerror(errno);
        return;
    }
    if (!is_known(p, wd)) {
        if (p->most_directories && p->directories == p->most_directories) {
            tm_directory_events_remove(p->fd, wd);
            c->why = "there are too many directories";
            return;
        }
        add_directory(p, wd);
    }
    add_place(p, (tm_watched_place){
                     .wd = wd, .name = tm_arena_copy(p->arena, name), .is_pattern = is_pattern});
}

static void collect(void *argument)
{
    collecting *c = argument;
    tm_seen_each(c->seen, c->places->arena, collect_place, c);
}

/* A new descriptor each time: watches of directories that were replaced cannot be mistaken for
 * those of their successors. */
bool tm_watched_places_set(tm_watched_places *p, const tm_seen *seen, const char **why)
{
    forget(p);
    if (!seen)
        return true;
    p->fd = tm_directory_events_open();
    collecting c = {.places = p, .seen = seen};
    if (p->fd < 0)
        c.why = strerror(errno);
    else if (!(p->arena = tm_arena_new(NULL)) || !tm_arena_try(p->arena, collect, &c))
        c.why = "out of memory";
    *why = c.why;
    return !c.why;
}

/* ---- reading --------------------------------------------------------------------------------- */

static bool concerns(const tm_watched_place *place, const tm_directory_event *e)
{
    if (!e->name.n || place->wd != e->directory)
        return false;
    return place->is_pattern ? fnmatch(place->name.p, e->name.p, 0) == 0
                             : tm_text_equal(place->name, e->name);
}

/* Events in the reading. */
typedef struct reading {
    tm_watched_places *places;
    bool changed; /* one was for us */
} reading;

static void take_event(void *owner, const tm_directory_event *e)
{
    reading *r = owner;
    tm_watched_places *p = r->places;
    r->changed |=
        e->kind == TM_EVENTS_LOST || (e->kind == TM_DIRECTORY_LOST && is_known(p, e->directory));
    for (size_t i = 0; i < p->count; i++) {
        if (!concerns(&p->place[i], e))
            continue;
        r->changed = true;
        if (e->kind == TM_ENTRY_WRITING)
            p->place[i].writing = true;
        else if (e->kind == TM_ENTRY_WHOLE)
            p->place[i].writing = false;
    }
}

static bool is_writing(const tm_watched_places *p)
{
    for (size_t i = 0; i < p->count; i++)
        if (p->place[i].writing)
            return true;
    return false;
}

tm_place_change tm_watched_places_read(tm_watched_places *p)
{
    reading r = {.places = p};
    tm_directory_events_read(p->fd, take_event, &r);
    return !r.changed ? TM_PLACE_SAME : is_writing(p) ? TM_PLACE_WRITTEN : TM_PLACE_CHANGED;
}
