/* Rotate: as lumberjack, which the Collector uses, names files and cleans up.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pipe/rotate.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { STAMP_BYTES = 23 }; /* "2026-01-02T03-04-05.678" */

/* A path in three: "DIR/" (or nothing), "name", ".ext" (or nothing). */
typedef struct path_parts {
    tm_text directory, name, extension;
} path_parts;

static path_parts split_path(tm_text path)
{
    size_t slash = path.n, dot;
    while (slash > 0 && path.p[slash - 1] != '/')
        slash--;
    tm_text file = tm_text_skip(path, slash);
    for (dot = file.n; dot > 0 && file.p[dot - 1] != '.'; dot--)
        ;
    size_t name = dot ? dot - 1 : file.n;
    return (path_parts){.directory = tm_text_slice(path.p, slash),
                        .name = tm_text_slice(file.p, name),
                        .extension = tm_text_skip(file, name)};
}

static tm_text stamp_of(tm_arena *arena, uint64_t ms, bool local)
{
    char text[32];
    struct tm parts;
    time_t seconds = (time_t)(ms / 1000);
    if (local)
        localtime_r(&seconds, &parts);
    else
        gmtime_r(&seconds, &parts);
    strftime(text, sizeof text, "%Y-%m-%dT%H-%M-%S", &parts);
    return tm_arena_print(arena, "%s.%03u", text, (unsigned)(ms % 1000));
}

bool tm_rotate_rename(tm_arena *arena, tm_text path, uint64_t now_ms, bool localtime)
{
    path_parts parts = split_path(path);
    tm_text to;
    do {
        tm_text stamp = stamp_of(arena, now_ms++, localtime);
        to = tm_arena_print(arena, "%.*s%.*s-%.*s%.*s", TM_PRI(parts.directory), TM_PRI(parts.name),
                            TM_PRI(stamp), TM_PRI(parts.extension));
    } while (access(to.p, F_OK) == 0); /* two in one millisecond */
    return rename(tm_arena_copy(arena, path).p, to.p) == 0;
}

/* ---- cleaning up ----------------------------------------------------------------------------- */

/* A stamp has digits where this has. */
static bool is_stamp(tm_text text)
{
    static const char form[] = "0000-00-00T00-00-00.000";
    if (text.n != STAMP_BYTES)
        return false;
    for (size_t i = 0; i < STAMP_BYTES; i++) {
        bool digit = text.p[i] >= '0' && text.p[i] <= '9';
        if (form[i] == '0' ? !digit : text.p[i] != form[i])
            return false;
    }
    return true;
}

/* The stamp of a renamed file; empty when it is none. */
static tm_text stamp_in(const path_parts *parts, tm_text file)
{
    size_t around = parts->name.n + 1 + parts->extension.n;
    if (file.n != around + STAMP_BYTES || !tm_text_starts(file, parts->name) ||
        file.p[parts->name.n] != '-' || !tm_text_ends(file, parts->extension))
        return (tm_text){0};
    tm_text stamp = tm_text_slice(file.p + parts->name.n + 1, STAMP_BYTES);
    return is_stamp(stamp) ? stamp : (tm_text){0};
}

static int newest_first(const void *a, const void *b)
{
    return tm_text_compare(*(const tm_text *)b, *(const tm_text *)a);
}

/* Adds the stamps of the renamed files in the directory. */
static void add_stamps(DIR *directory, tm_arena *arena, const path_parts *parts, tm_texts *out)
{
    size_t room = 0;
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        tm_text stamp = stamp_in(parts, tm_text_of(entry->d_name));
        if (!stamp.n)
            continue;
        if (out->count == room) {
            size_t more = room ? room * 2 : 16;
            out->items = tm_arena_grow(arena, out->items, room * sizeof *out->items,
                                       more * sizeof *out->items);
            room = more;
        }
        out->items[out->count++] = tm_arena_copy(arena, stamp);
    }
}

/* A directory that is open while it is read. */
typedef struct listing {
    DIR *directory;
    tm_arena *arena;
    const path_parts *parts;
    tm_texts *out;
} listing;

static void read_open(void *argument)
{
    listing *l = argument;
    add_stamps(l->directory, l->arena, l->parts, l->out);
}

static void close_open(void *argument)
{
    closedir(((listing *)argument)->directory);
}

/* The stamps of all renamed files, newest first. */
static tm_texts list_stamps(tm_arena *arena, const path_parts *parts)
{
    tm_texts out = {0};
    const char *name = parts->directory.n ? tm_arena_copy(arena, parts->directory).p : ".";
    listing l = {.directory = opendir(name), .arena = arena, .parts = parts, .out = &out};
    if (!l.directory)
        return out;
    tm_arena_finally(arena, read_open, close_open, &l);
    if (out.count)
        qsort(out.items, out.count, sizeof *out.items, newest_first);
    return out;
}

void tm_rotate_clean(tm_arena *arena, tm_text path, const tm_rotation_settings *settings,
                     uint64_t now_ms)
{
    path_parts parts = split_path(path);
    uint64_t age_ms = (uint64_t)settings->max_days * 86400000;
    if (!settings->max_backups && !settings->max_days)
        return;
    tm_text oldest = stamp_of(arena, age_ms < now_ms ? now_ms - age_ms : 0, settings->localtime);
    tm_texts stamps = list_stamps(arena, &parts);
    for (size_t i = 0; i < stamps.count; i++) {
        bool old = settings->max_days && tm_text_compare(stamps.items[i], oldest) < 0;
        bool spare = settings->max_backups && i >= (size_t)settings->max_backups;
        if (old || spare)
            unlink(tm_arena_print(arena, "%.*s%.*s-%.*s%.*s", TM_PRI(parts.directory),
                                  TM_PRI(parts.name), TM_PRI(stamps.items[i]),
                                  TM_PRI(parts.extension))
                       .p);
    }
}

bool tm_rotate_make_directory(tm_arena *arena, tm_text path, unsigned mode)
{
    for (size_t i = 1; i < path.n; i++) {
        if (path.p[i] != '/')
            continue;
        const char *above = tm_arena_copy(arena, tm_text_slice(path.p, i)).p;
        if (mkdir(above, mode) != 0 && errno != EEXIST)
            return false;
    }
    return true;
}
