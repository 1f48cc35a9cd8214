/* Zone database: which release of tzdata this machine has.
 * SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* secure_getenv */
#include "base/buf.h"
#include "base/zone.h"

#include <stdio.h>
#include <stdlib.h>

enum { LINE_MOST = 256 };

/* In tzdata.zi a zone's line starts with Z, a link's with L, and the first line tells the release.
 */
static void read_line(tm_arena *arena, tm_text line, tm_text *version, unsigned *zones)
{
    static const char head[] = "# version ";
    if (tm_text_starts(line, tm_text_of(head)))
        *version = tm_arena_copy(arena, tm_text_trim(tm_text_skip(line, sizeof head - 1)));
    *zones += tm_text_starts(line, TM_TEXT("Z ")) || tm_text_starts(line, TM_TEXT("L "));
}

static void read_lines(FILE *f, tm_arena *arena, tm_text *version, unsigned *zones)
{
    char line[LINE_MOST];
    while (fgets(line, sizeof line, f))
        read_line(arena, tm_text_of(line), version, zones);
}

typedef struct reading {
    FILE *file;
    tm_arena *arena;
    tm_text *version;
    unsigned *zones;
} reading;

static void read_open(void *argument)
{
    reading *r = argument;
    read_lines(r->file, r->arena, r->version, r->zones);
}

static void close_open(void *argument)
{
    fclose(((reading *)argument)->file);
}

tm_text tm_zone_database(tm_arena *arena, unsigned *zones)
{
    const char *directory = secure_getenv("TZDIR");
    tm_text name =
        tm_arena_print(arena, "%s/tzdata.zi", directory ? directory : "/usr/share/zoneinfo");
    tm_text version = TM_TEXT("of an unknown release");
    FILE *f = fopen(name.p, "re");
    *zones = 0;
    if (!f)
        return version;
    reading r = {.file = f, .arena = arena, .version = &version, .zones = zones};
    tm_arena_finally(arena, read_open, close_open, &r);
    return version;
}
