/* Zone: time zones of the IANA database, read from compiled files (RFC 8536).
 * SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* secure_getenv */
#include "base/zone_rule.h"

#include "base/calendar.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_BYTES_MOST = 1 << 20, HEADER_BYTES = 44, NAME_BYTES_MOST = 256 };

/* What a clock of the zone shows at some time. */
typedef struct clock_type {
    int32_t offset_seconds;
    bool summer;
    tm_text abbreviation;
} clock_type;

struct tm_zone {
    const int64_t *at; /* ascending: when clocks changed */
    const unsigned char *to;
    unsigned changes;
    const clock_type *type;
    unsigned types;
    unsigned first; /* type before the first change */
    bool has_rule;  /* for what follows the last change */
    tm_zone_rule rule;
};

/* --- reading a file --- */

typedef struct counts {
    uint32_t is_ut, is_standard, leaps, changes, types, chars;
} counts;

static int64_t big_endian(const char *p, unsigned bytes)
{
    uint64_t n = bytes == 4 && p[0] < 0 ? UINT32_MAX : 0; /* the sign */
    for (unsigned i = 0; i < bytes; i++)
        n = n << 8 | (unsigned char)p[i];
    return (int64_t)n;
}

static bool take_header(tm_text *rest, counts *c)
{
    if (rest->n < HEADER_BYTES || !tm_text_starts(*rest, TM_TEXT("TZif")))
        return false;
    uint32_t *const field[] = {&c->is_ut,   &c->is_standard, &c->leaps,
                               &c->changes, &c->types,       &c->chars};
    for (unsigned i = 0; i < 6; i++) {
        *field[i] = (uint32_t)big_endian(rest->p + 20 + 4 * i, 4);
        if (*field[i] > FILE_BYTES_MOST)
            return false;
    }
    *rest = tm_text_skip(*rest, HEADER_BYTES);
    return true;
}

static bool take(tm_text *rest, size_t n, const char **p)
{
    if (rest->n < n)
        return false;
    *p = rest->p;
    *rest = tm_text_skip(*rest, n);
    return true;
}

static bool read_types(tm_arena *arena, const counts *c, const char *types, const char *chars,
                       tm_zone *zone)
{
    clock_type *type = TM_NEW_ARRAY(arena, c->types, clock_type);
    for (unsigned i = 0; i < c->types; i++) {
        const char *row = types + 6 * i;
        unsigned name = (unsigned char)row[5];
        if (name >= c->chars)
            return false;
        type[i] =
            (clock_type){.offset_seconds = (int32_t)big_endian(row, 4),
                         .summer = row[4] != 0,
                         .abbreviation = {chars + name, strnlen(chars + name, c->chars - name)}};
    }
    zone->type = type;
    zone->types = c->types;
    return c->types > 0;
}

/* Before the first change the first type counts if no change leads to it, else the first type that
 * is no summer time. */
static unsigned first_type(const tm_zone *zone)
{
    if (!memchr(zone->to, 0, zone->changes))
        return 0;
    for (unsigned i = 0; i < zone->types; i++)
        if (!zone->type[i].summer)
            return i;
    return 0;
}

/* One of the two blocks of a file, with times of 4 or 8 bytes. */
static bool take_block(tm_arena *arena, tm_text *rest, const counts *c, unsigned width,
                       tm_zone *zone)
{
    const char *at, *to, *types, *chars, *skipped;
    if (!take(rest, (size_t)width * c->changes, &at) || !take(rest, c->changes, &to) ||
        !take(rest, (size_t)6 * c->types, &types) || !take(rest, c->chars, &chars) ||
        !take(rest, (size_t)(width + 4) * c->leaps + c->is_standard + c->is_ut, &skipped))
        return false;
    int64_t *time = TM_NEW_ARRAY(arena, c->changes + 1, int64_t);
    for (unsigned i = 0; i < c->changes; i++) {
        time[i] = big_endian(at + (size_t)width * i, width);
        if ((unsigned char)to[i] >= c->types || (i && time[i] < time[i - 1]))
            return false;
    }
    zone->at = time;
    zone->to = (const unsigned char *)to;
    zone->changes = c->changes;
    if (!read_types(arena, c, types, chars, zone))
        return false;
    zone->first = first_type(zone);
    return true;
}

static const tm_zone *read_zone(tm_arena *arena, tm_text bytes)
{
    tm_zone *zone = TM_NEW(arena, tm_zone);
    counts c;
    tm_text rest = bytes;
    if (!take_header(&rest, &c) || !take_block(arena, &rest, &c, 4, zone))
        return NULL;
    if (bytes.p[4] == 0) /* version 1 */
        return zone;
    if (!take_header(&rest, &c) || !take_block(arena, &rest, &c, 8, zone))
        return NULL;
    if (rest.n > 2 && rest.p[0] == '\n') {
        tm_text rule = tm_text_skip(rest, 1);
        rule.n--;
        zone->has_rule = tm_zone_rule_read(rule, &zone->rule);
    }
    return zone;
}

/* The bytes of a regular file that is no larger than any zone; or none. */
static tm_text read_bytes(tm_arena *arena, int fd)
{
    struct stat st;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size > FILE_BYTES_MOST)
        return (tm_text){0};
    char *p = tm_arena_alloc(arena, (size_t)st.st_size);
    ssize_t n = read(fd, p, (size_t)st.st_size);
    return tm_text_slice(p, n > 0 ? (size_t)n : 0);
}

/* A file that is open while it is read. */
typedef struct open_file {
    tm_arena *arena;
    int fd;
    tm_text bytes;
} open_file;

static void read_open(void *argument)
{
    open_file *f = argument;
    f->bytes = read_bytes(f->arena, f->fd);
}

static void close_open(void *argument)
{
    close(((open_file *)argument)->fd);
}

/* NULL when the file cannot be read, or is larger than any zone. */
static const tm_zone *read_file(tm_arena *arena, const char *path)
{
    open_file f = {.arena = arena, .fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
    if (f.fd < 0)
        return NULL;
    tm_arena_finally(arena, read_open, close_open, &f);
    return f.bytes.n ? read_zone(arena, f.bytes) : NULL;
}

/* --- finding one --- */

const tm_zone *tm_zone_utc(void)
{
    static const clock_type type = {.abbreviation = {"UTC", 3}};
    static const tm_zone utc = {.type = &type, .types = 1};
    return &utc;
}

/* NULL: there is none of that name. */
static const tm_zone *ask_source(tm_arena *arena, const tm_zone_source *source, tm_text name)
{
    tm_text file;
    if (!source->find(source->owner, tm_arena_copy(arena, name), &file))
        return NULL;
    return read_zone(arena, tm_arena_copy(arena, file));
}

static const tm_zone *machine_zone(tm_arena *arena)
{
    const char *tz = secure_getenv("TZ");
    if (!tz)
        return read_file(arena, "/etc/localtime");
    if (tz[0] == ':' || tz[0] != '/')
        return tm_zone_load(arena, NULL, tm_text_of(tz + (tz[0] == ':')));
    return read_file(arena, tz);
}

const tm_zone *tm_zone_local(tm_arena *arena, const tm_zone_source *source)
{
    const tm_zone *zone =
        source ? ask_source(arena, source, TM_TEXT("Local")) : machine_zone(arena);
    return zone ? zone : tm_zone_utc();
}

/* Names stay inside the database's directory. */
static bool is_name(tm_text name)
{
    return name.n && name.n < NAME_BYTES_MOST && name.p[0] != '/' && name.p[0] != '\\' &&
           tm_text_find(name, TM_TEXT("..")) < 0 && !memchr(name.p, 0, name.n);
}

const tm_zone *tm_zone_load(tm_arena *arena, const tm_zone_source *source, tm_text name)
{
    const char *const directory[] = {secure_getenv("TZDIR"), "/usr/share/zoneinfo",
                                     "/usr/share/lib/zoneinfo", "/usr/lib/locale/TZ",
                                     "/etc/zoneinfo"};
    if (!name.n || tm_text_is(name, "UTC"))
        return tm_zone_utc();
    if (tm_text_is(name, "Local"))
        return tm_zone_local(arena, source);
    if (!is_name(name))
        return NULL;
    if (source)
        return ask_source(arena, source, name);
    const tm_zone *zone = NULL;
    for (unsigned i = 0; i < sizeof directory / sizeof *directory && !zone; i++)
        if (directory[i])
            zone = read_file(arena, tm_arena_print(arena, "%s/%.*s", directory[i], TM_PRI(name)).p);
    return zone;
}

/* --- asking one --- */

tm_zone_period tm_zone_at(const tm_zone *zone, int64_t t)
{
    unsigned low = 0, high = zone->changes; /* changes up to t: [0, low) */
    while (low < high) {
        unsigned middle = low + (high - low) / 2;
        if (zone->at[middle] <= t)
            low = middle + 1;
        else
            high = middle;
    }
    int64_t start = low ? zone->at[low - 1] : INT64_MIN;
    if (low == zone->changes && low && zone->has_rule) {
        tm_zone_period p = tm_zone_rule_at(&zone->rule, t);
        p.start = p.start < start ? start : p.start;
        return p;
    }
    const clock_type *type = &zone->type[low ? zone->to[low - 1] : zone->first];
    return (tm_zone_period){.start = start,
                            .end = low < zone->changes ? zone->at[low] : INT64_MAX,
                            .offset_seconds = type->offset_seconds,
                            .abbreviation = type->abbreviation};
}

static int64_t minus(int64_t a, int64_t b)
{
    return (int64_t)((uint64_t)a - (uint64_t)b);
}

/* The offset that is right at the UTC reading of the same clock is tried first. */
int64_t tm_zone_instant(const tm_zone *zone, int64_t civil_seconds)
{
    tm_zone_period p = tm_zone_at(zone, civil_seconds);
    int64_t utc = minus(civil_seconds, p.offset_seconds);
    if (utc < p.start || utc >= p.end)
        utc = minus(civil_seconds, tm_zone_at(zone, utc).offset_seconds);
    return utc;
}

bool tm_zone_find_abbreviation(const tm_zone *zone, tm_text abbreviation, int64_t civil_seconds,
                               int32_t *offset)
{
    const clock_type *any = NULL;
    for (unsigned i = 0; i < zone->types; i++) {
        const clock_type *type = &zone->type[i];
        if (!tm_text_equal(type->abbreviation, abbreviation))
            continue;
        any = any ? any : type;
        tm_zone_period p = tm_zone_at(zone, minus(civil_seconds, type->offset_seconds));
        if (tm_text_equal(p.abbreviation, abbreviation)) {
            *offset = p.offset_seconds;
            return true;
        }
    }
    if (any)
        *offset = any->offset_seconds;
    return any != NULL;
}
