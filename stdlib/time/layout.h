/* Layout: a strptime format as the reference-time layout it stands for, taken apart once.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Every directive turns into a piece of Go's reference time (%m into 01), and the text that results
 * is taken apart as Go does. So literal text that happens to be such a piece ("Mon") counts as one.
 */
#ifndef TM_STDLIB_TIME_LAYOUT_H
#define TM_STDLIB_TIME_LAYOUT_H

#include "base/arena.h"
#include "base/zone.h"
#include "otlp/value.h"
#include "stdlib/locale.h"

typedef enum tm_layout_kind {
    TM_LAYOUT_END, /* only the text in front of it */
    TM_LAYOUT_YEAR,
    TM_LAYOUT_SHORT_YEAR,
    TM_LAYOUT_ANY_YEAR, /* printed with four digits, read with four or two */
    TM_LAYOUT_MONTH,
    TM_LAYOUT_MONTH_NAME,
    TM_LAYOUT_MONTH_SHORT_NAME,
    TM_LAYOUT_DAY,
    TM_LAYOUT_YEAR_DAY, /* from 1 on; only printed */
    TM_LAYOUT_WEEKDAY_NAME,
    TM_LAYOUT_WEEKDAY_SHORT_NAME,
    TM_LAYOUT_HOUR,
    TM_LAYOUT_HOUR_OF_12,
    TM_LAYOUT_MINUTE,
    TM_LAYOUT_SECOND,
    TM_LAYOUT_FRACTION, /* width: the most digits that are printed */
    TM_LAYOUT_AM_PM,    /* width 0: AM and PM, 1: am and pm */
    TM_LAYOUT_ZONE,     /* an abbreviation */
    TM_LAYOUT_OFFSET    /* see the offset bits */
} tm_layout_kind;

/* How numbers are filled up when printed; of offsets, what they consist of. */
enum { TM_LAYOUT_BARE = 0, TM_LAYOUT_ZEROS = '0', TM_LAYOUT_BLANKS = ' ' };
enum { TM_OFFSET_MINUTES = 1, TM_OFFSET_SECONDS = 2, TM_OFFSET_COLONS = 4, TM_OFFSET_Z = 8 };

typedef struct tm_layout_part {
    tm_text before; /* literal text in front */
    uint8_t kind;   /* tm_layout_kind */
    char fill;      /* of numbers; of fractions the separator, '.' or ',' */
    uint8_t width;  /* or offset bits */
} tm_layout_part;

typedef struct tm_layout {
    const tm_layout_part *part; /* the last one is an END */
    bool has_zone;              /* there is a ZONE among them */
    bool ends_in_z;             /* the format ends in a literal Z: without a location it is UTC */
} tm_layout;

/* To read, numbers turn into shorter pieces (%m into 1), so that one digit is enough. */
typedef enum tm_layout_use { TM_LAYOUT_PRINTS, TM_LAYOUT_READS } tm_layout_use;

/* Reads a strptime format. NULL when it is refused: *error says why. */
const tm_layout *tm_layout_new(tm_arena *arena, tm_text format, tm_layout_use use, tm_text *error);

tm_text tm_layout_print(tm_arena *arena, const tm_layout *layout, const tm_time *time);

/* What a text says, before a zone gives it its place in time. */
typedef struct tm_layout_reading {
    int64_t year; /* valid where has_year */
    int32_t nanoseconds;
    int32_t offset_seconds;                   /* valid where has_offset */
    tm_text zone;                             /* abbreviation; empty: none */
    uint8_t month, day, hour, minute, second; /* 1 for dates that are not given */
    bool has_year, has_offset, is_utc;
} tm_layout_reading;

/* Reads `text`; month and day names are those of `locale` (NULL: English). False: *error says why.
 */
bool tm_layout_read(tm_arena *arena, const tm_layout *layout, const tm_locale *locale, tm_text text,
                    tm_layout_reading *reading, tm_text *error);

#endif
