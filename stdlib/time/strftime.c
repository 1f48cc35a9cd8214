/* Strftime: printing times by a layout.
 * Work: as many turns as the format, a literal of the rule, has parts.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"
#include "base/calendar.h"
#include "stdlib/time/layout.h"

#include <stdlib.h>

/* A number filled up to the part's width; a minus does not count. */
static void print_number(tm_buf *out, const tm_layout_part *part, int64_t n)
{
    unsigned long long value = n < 0 ? 0 - (unsigned long long)n : (unsigned long long)n;
    if (n < 0)
        tm_buf_add_char(out, '-');
    if (part->fill == TM_LAYOUT_ZEROS)
        tm_buf_print(out, "%0*llu", part->width, value);
    else
        tm_buf_print(out, "%*llu", part->width, value);
}

static void print_offset(tm_buf *out, unsigned bits, int32_t offset)
{
    if ((bits & TM_OFFSET_Z) && offset == 0) {
        tm_buf_add_char(out, 'Z');
        return;
    }
    int seconds = abs(offset);
    const char *colon = bits & TM_OFFSET_COLONS ? ":" : "";
    tm_buf_print(out, "%c%02d", offset / 60 < 0 ? '-' : '+', seconds / 3600);
    if (bits & TM_OFFSET_MINUTES)
        tm_buf_print(out, "%s%02d", colon, seconds / 60 % 60);
    if (bits & TM_OFFSET_SECONDS)
        tm_buf_print(out, "%s%02d", colon, seconds % 60);
}

/* Digits without zeros at the end; nothing at all, the separator included, when none is left. */
static void print_fraction(tm_buf *out, const tm_layout_part *part, int32_t nanoseconds)
{
    unsigned width = part->width;
    /* Work: 9 digits */
    for (unsigned i = 9; i > width; i--)
        nanoseconds /= 10;
    for (; nanoseconds && nanoseconds % 10 == 0; width--)
        nanoseconds /= 10;
    if (nanoseconds)
        tm_buf_print(out, "%c%0*d", part->fill, (int)width, (int)nanoseconds);
}

static void print_zone(tm_buf *out, const tm_time *time)
{
    if (time->zone.n)
        tm_buf_add(out, time->zone);
    else
        print_offset(out, TM_OFFSET_MINUTES, time->offset_seconds);
}

static int64_t year_day(const tm_civil *c)
{
    const tm_civil first = {.year = c->year, .month = 1, .day = 1};
    const tm_civil day = {.year = c->year, .month = c->month, .day = c->day};
    return (tm_civil_seconds(&day) - tm_civil_seconds(&first)) / 86400 + 1;
}

static void print_part(tm_buf *out, const tm_layout_part *part, const tm_civil *c,
                       const tm_time *time)
{
    const tm_locale *english = tm_locale_english();
    switch ((tm_layout_kind)part->kind) {
    case TM_LAYOUT_END:
        return;
    case TM_LAYOUT_YEAR:
    case TM_LAYOUT_ANY_YEAR:
        return print_number(out, part, c->year);
    case TM_LAYOUT_SHORT_YEAR:
        return print_number(out, part, llabs(c->year % 100));
    case TM_LAYOUT_MONTH:
        return print_number(out, part, c->month);
    case TM_LAYOUT_MONTH_NAME:
        return tm_buf_add(out, english->month[c->month - 1]);
    case TM_LAYOUT_MONTH_SHORT_NAME:
        return tm_buf_add(out, english->month_short[c->month - 1]);
    case TM_LAYOUT_DAY:
        return print_number(out, part, c->day);
    case TM_LAYOUT_YEAR_DAY:
        return print_number(out, part, year_day(c));
    case TM_LAYOUT_WEEKDAY_NAME:
        return tm_buf_add(out, english->day[c->weekday]);
    case TM_LAYOUT_WEEKDAY_SHORT_NAME:
        return tm_buf_add(out, english->day_short[c->weekday]);
    case TM_LAYOUT_HOUR:
        return print_number(out, part, c->hour);
    case TM_LAYOUT_HOUR_OF_12:
        return print_number(out, part, c->hour % 12 ? c->hour % 12 : 12);
    case TM_LAYOUT_MINUTE:
        return print_number(out, part, c->minute);
    case TM_LAYOUT_SECOND:
        return print_number(out, part, c->second);
    case TM_LAYOUT_FRACTION:
        return print_fraction(out, part, time->nanoseconds);
    case TM_LAYOUT_AM_PM:
        return tm_buf_print(out, part->width ? "%cm" : "%cM",
                            (c->hour < 12 ? 'A' : 'P') | (part->width << 5));
    case TM_LAYOUT_ZONE:
        return print_zone(out, time);
    case TM_LAYOUT_OFFSET:
        return print_offset(out, part->width, time->offset_seconds);
    }
}

tm_text tm_layout_print(tm_arena *arena, const tm_layout *layout, const tm_time *time)
{
    tm_buf out = {.arena = arena};
    tm_civil c =
        tm_civil_of((int64_t)((uint64_t)time->seconds + (uint64_t)(int64_t)time->offset_seconds));
    const tm_layout_part *part = layout->part;
    /* Work: parts of the layout, of the rule */
    for (;; part++) {
        tm_buf_add(&out, part->before);
        if (part->kind == TM_LAYOUT_END)
            return tm_buf_text(&out);
        print_part(&out, part, &c, time);
    }
}
