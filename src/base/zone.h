/* Zone: time zones of the IANA database, as the system has them installed.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_BASE_ZONE_H
#define TM_BASE_ZONE_H

#include "base/arena.h"

typedef struct tm_zone tm_zone;

/* A stretch of time in which a zone keeps one offset. */
typedef struct tm_zone_period {
    int64_t start, end;     /* seconds since 1970; the end is not part of it */
    int32_t offset_seconds; /* east of UTC */
    tm_text abbreviation;   /* "CET"; lives as long as the zone */
} tm_zone_period;

/* Where zones come from: finds the file of that name (RFC 8536), whose bytes live until the next
 * call. False: there is none. */
typedef struct tm_zone_source {
    bool (*find)(void *owner, tm_text name, tm_text *file);
    void *owner;
} tm_zone_source;

/* Reads a zone by its name, "Europe/Paris", from the source, or, where that is NULL, from $TZDIR or
 * the usual directories. "" and "UTC" are UTC, and "Local" the local zone. NULL when there is none
 * of that name, or its file is damaged. */
const tm_zone *tm_zone_load(tm_arena *arena, const tm_zone_source *source, tm_text name);

/* The local zone: what the source has as "Local"; without one that of this machine, which $TZ names
 * or /etc/localtime is. UTC where there is none. */
const tm_zone *tm_zone_local(tm_arena *arena, const tm_zone_source *source);

const tm_zone *tm_zone_utc(void);

/* The release of the zone database, "2025b", and how many zones and links it has; for manuals. */
tm_text tm_zone_database(tm_arena *arena, unsigned *zones);

tm_zone_period tm_zone_at(const tm_zone *zone, int64_t unix_seconds);

/* The instant at which clocks of the zone show `civil_seconds` (as tm_civil_seconds counts them).
 * Of a time that does not occur, or occurs twice, one of the two readings, as in Go. */
int64_t tm_zone_instant(const tm_zone *zone, int64_t civil_seconds);

/* The offset that goes by this abbreviation, in use at that time of the zone's clocks if there is
 * one. False when the zone never used it. */
bool tm_zone_find_abbreviation(const tm_zone *zone, tm_text abbreviation, int64_t civil_seconds,
                               int32_t *offset_seconds);

#endif
