/* Strptime: reading times by a layout.
 * Work: a layout has few parts, which take runs of bytes off the text, each of them once.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"
#include "base/calendar.h"
#include "stdlib/time/layout.h"

#include <stdlib.h>

/* One text being read; `wrong` names what is out of its range. */
typedef struct reader {
    tm_text rest;
    const tm_locale *locale; /* NULL: English */
    tm_layout_reading *out;
    const char *wrong;
    bool am, pm;
} reader;

static bool is_digit(tm_text t, size_t i)
{
    return i < t.n && t.p[i] >= '0' && t.p[i] <= '9';
}

static bool is_upper(tm_text t, size_t i)
{
    return i < t.n && t.p[i] >= 'A' && t.p[i] <= 'Z';
}

static void skip_blanks(tm_text *t)
{
    /* Work: bytes that it takes off the text, each once */
    while (t->n && (t->p[0] == ' ' || (t->p[0] >= '\t' && t->p[0] <= '\r')))
        *t = tm_text_skip(*t, 1);
}

static void skip_spaces(tm_text *t)
{
    /* Work: bytes that it takes off the text, each once */
    while (t->n && t->p[0] == ' ')
        *t = tm_text_skip(*t, 1);
}

/* A run of spaces in the layout stands for one in the text, or for none at its end. */
static bool take_literal(tm_text *rest, tm_text literal)
{
    /* Work: bytes of the layout, and blanks that it takes off the text */
    while (literal.n) {
        if (literal.p[0] == ' ') {
            if (rest->n && rest->p[0] != ' ')
                return false;
            skip_spaces(&literal);
            skip_spaces(rest);
        } else {
            if (!rest->n || rest->p[0] != literal.p[0])
                return false;
            literal = tm_text_skip(literal, 1);
            *rest = tm_text_skip(*rest, 1);
        }
    }
    return true;
}

static unsigned digits(tm_text t, size_t from, size_t n)
{
    unsigned number = 0;
    /* Work: at most 9 digits */
    for (size_t i = from; i < from + n; i++)
        number = number * 10 + (unsigned)(t.p[i] - '0');
    return number;
}

/* One or two digits. A number out of its range fails the reading at its end. */
static bool take_number(reader *r, uint8_t *number, unsigned least, unsigned most, const char *what)
{
    if (!is_digit(r->rest, 0))
        return false;
    size_t n = is_digit(r->rest, 1) ? 2 : 1;
    *number = (uint8_t)digits(r->rest, 0, n);
    r->rest = tm_text_skip(r->rest, n);
    if ((*number < least || *number > most) && !r->wrong)
        r->wrong = what;
    return true;
}

static bool take_year(reader *r)
{
    /* Work: 4 digits */
    for (size_t i = 0; i < 4; i++)
        if (!is_digit(r->rest, i))
            return false;
    r->out->year = digits(r->rest, 0, 4);
    r->out->has_year = r->out->year > 0;
    r->rest = tm_text_skip(r->rest, 4);
    return true;
}

/* Two digits, or one with a sign. */
static bool take_short_year(reader *r)
{
    bool sign = r->rest.n && (r->rest.p[0] == '+' || r->rest.p[0] == '-');
    if (!is_digit(r->rest, 1) || (!sign && !is_digit(r->rest, 0)))
        return false;
    int year = sign ? (int)digits(r->rest, 1, 1) : (int)digits(r->rest, 0, 2);
    year = r->rest.p[0] == '-' ? -year : year;
    r->out->year = year >= 69 ? 1900 + year : 2000 + year;
    r->out->has_year = true;
    r->rest = tm_text_skip(r->rest, 2);
    return true;
}

static bool take_name(reader *r, const tm_text *name, unsigned n, uint8_t *number)
{
    size_t width;
    int found = tm_locale_find(name, n, r->rest, &width);
    if (found < 0)
        return false;
    *number = (uint8_t)found;
    r->rest = tm_text_skip(r->rest, width);
    return true;
}

static bool take_month_name(reader *r, const tm_text name[12])
{
    return take_name(r, name, 12, &r->out->month) && ++r->out->month;
}

/* Exactly as the layout has it; in a locale as the locale has it, upper and lower case alike. */
static bool take_am_pm(reader *r, bool small)
{
    const tm_text word[2][2] = {{TM_TEXT("AM"), TM_TEXT("PM")}, {TM_TEXT("am"), TM_TEXT("pm")}};
    uint8_t found = 2;
    if (r->locale) {
        if (!take_name(r, r->locale->am_pm, 2, &found))
            return false;
    } else {
        /* Work: 2 words */
        for (uint8_t i = 0; i < 2; i++)
            found = tm_text_starts(r->rest, word[small][i]) ? i : found;
        if (found == 2)
            return false;
        r->rest = tm_text_skip(r->rest, 2);
    }
    r->am = r->am || found == 0;
    r->pm = r->pm || found == 1;
    return true;
}

/* A point or comma and digits, of which nine count; neither is fine, too. */
static bool take_fraction(reader *r)
{
    if (!r->rest.n || (r->rest.p[0] != '.' && r->rest.p[0] != ',') || !is_digit(r->rest, 1))
        return true;
    size_t n = 1;
    int32_t nanoseconds = 0;
    /* Work: digits that it takes off the text */
    for (; is_digit(r->rest, n); n++)
        if (n <= 9)
            nanoseconds = nanoseconds * 10 + (r->rest.p[n] - '0');
    for (size_t i = n; i <= 9; i++)
        nanoseconds *= 10;
    r->out->nanoseconds = nanoseconds;
    r->rest = tm_text_skip(r->rest, n);
    return true;
}

/* Seconds may bring a fraction with them that the layout does not name. */
static bool take_second(reader *r, const tm_layout_part *next)
{
    if (!take_number(r, &r->out->second, 0, 59, "second"))
        return false;
    return next->kind == TM_LAYOUT_FRACTION || take_fraction(r);
}

/* --- zones --- */

/* "+3", "-11": bytes of a sign and a number up to 23. */
static size_t signed_hours(tm_text t)
{
    if (!t.n || (t.p[0] != '+' && t.p[0] != '-'))
        return 0;
    size_t n = 1;
    unsigned hours = 0;
    /* Work: digits that it takes off the text */
    for (; is_digit(t, n); n++)
        hours = hours > 23 ? hours : hours * 10 + (unsigned)(t.p[n] - '0');
    return n > 1 && hours <= 23 ? n : 0;
}

/* Bytes of a zone's abbreviation: three capitals, four or five that end in T, a few irregular ones.
 */
static size_t abbreviation(tm_text t)
{
    if (t.n < 3)
        return 0;
    if (tm_text_starts(t, TM_TEXT("ChST")) || tm_text_starts(t, TM_TEXT("MeST")) ||
        (tm_text_starts(t, TM_TEXT("WITA")) && !is_upper(t, 4)))
        return 4;
    if (tm_text_starts(t, TM_TEXT("GMT")))
        return 3 + signed_hours(tm_text_skip(t, 3));
    if (t.p[0] == '+' || t.p[0] == '-')
        return signed_hours(t);
    size_t n = 0;
    /* Work: at most 6 letters */
    while (n < 6 && is_upper(t, n))
        n++;
    return n == 3 || ((n == 4 || n == 5) && t.p[n - 1] == 'T') ? n : 0;
}

static bool take_zone(reader *r)
{
    if (tm_text_starts(r->rest, TM_TEXT("UTC"))) {
        r->out->is_utc = true;
        r->rest = tm_text_skip(r->rest, 3);
        return true;
    }
    size_t n = abbreviation(r->rest);
    r->out->zone = tm_text_slice(r->rest.p, n);
    r->rest = tm_text_skip(r->rest, n);
    return n > 0;
}

/* Two digits of an offset, with a colon in front where there is one to be. */
static bool take_offset_part(tm_text *t, bool colon, unsigned *number)
{
    if (colon && (!t->n || t->p[0] != ':'))
        return false;
    tm_text rest = tm_text_skip(*t, colon);
    if (!is_digit(rest, 0) || !is_digit(rest, 1))
        return false;
    *number = digits(rest, 0, 2);
    *t = tm_text_skip(rest, 2);
    return true;
}

/* The ISO form takes minutes with or without colon, or none. */
static bool take_offset(reader *r, unsigned bits)
{
    unsigned hour, minute = 0, second = 0;
    tm_text t = r->rest;
    bool iso = bits & TM_OFFSET_Z;
    if (iso && t.n && t.p[0] == 'Z') {
        r->out->is_utc = true;
        r->rest = tm_text_skip(t, 1);
        return true;
    }
    if (!t.n || (t.p[0] != '+' && t.p[0] != '-'))
        return false;
    bool minus = t.p[0] == '-', colon = bits & TM_OFFSET_COLONS;
    t = tm_text_skip(t, 1);
    if (!take_offset_part(&t, false, &hour))
        return false;
    if (iso && !take_offset_part(&t, true, &minute))
        take_offset_part(&t, false, &minute);
    if (!iso && (bits & TM_OFFSET_MINUTES) && !take_offset_part(&t, colon, &minute))
        return false;
    if ((bits & TM_OFFSET_SECONDS) && !take_offset_part(&t, colon, &second))
        return false;
    if ((hour > 24 || minute > 60 || second > 60) && !r->wrong)
        r->wrong = "time zone offset";
    r->out->offset_seconds = (int32_t)(hour * 3600 + minute * 60 + second) * (minus ? -1 : 1);
    r->out->has_offset = true;
    r->rest = t;
    return true;
}

/* --- the whole --- */

static bool take_part(reader *r, const tm_layout_part *part)
{
    const tm_locale *names = r->locale ? r->locale : tm_locale_english();
    tm_layout_reading *out = r->out;
    uint8_t any;
    if (part->kind != TM_LAYOUT_FRACTION)
        skip_blanks(&r->rest);
    switch ((tm_layout_kind)part->kind) {
    case TM_LAYOUT_YEAR_DAY: /* stands in no layout that reads */
    case TM_LAYOUT_END:
        return true;
    case TM_LAYOUT_YEAR:
        return take_year(r);
    case TM_LAYOUT_ANY_YEAR:
        return take_year(r) || take_short_year(r);
    case TM_LAYOUT_SHORT_YEAR:
        return take_short_year(r);
    case TM_LAYOUT_MONTH:
        return take_number(r, &out->month, 1, 12, "month");
    case TM_LAYOUT_MONTH_NAME:
        return take_month_name(r, names->month);
    case TM_LAYOUT_MONTH_SHORT_NAME:
        return take_month_name(r, names->month_short);
    case TM_LAYOUT_DAY:
        return take_number(r, &out->day, 1, 31, "day");
    case TM_LAYOUT_WEEKDAY_NAME:
        return take_name(r, names->day, 7, &any);
    case TM_LAYOUT_WEEKDAY_SHORT_NAME:
        return take_name(r, names->day_short, 7, &any);
    case TM_LAYOUT_HOUR:
        return take_number(r, &out->hour, 0, 23, "hour");
    case TM_LAYOUT_HOUR_OF_12:
        return take_number(r, &out->hour, 0, 12, "hour");
    case TM_LAYOUT_MINUTE:
        return take_number(r, &out->minute, 0, 59, "minute");
    case TM_LAYOUT_SECOND:
        return take_second(r, part + 1);
    case TM_LAYOUT_FRACTION:
        return take_fraction(r);
    case TM_LAYOUT_AM_PM:
        return take_am_pm(r, part->width);
    case TM_LAYOUT_ZONE:
        return take_zone(r);
    case TM_LAYOUT_OFFSET:
        return take_offset(r, part->width);
    }
    return false;
}

static bool unreadable(tm_arena *arena, tm_text *error, tm_text text, tm_text rest)
{
    *error = tm_arena_print(arena, "cannot read the time \"%.*s\" from \"%.*s\" on", TM_PRI(text),
                            TM_PRI(rest));
    return false;
}

/* What only the whole date can tell. Of year 0, which stands for no year, every day of February
 * counts. */
static void check_whole(reader *r)
{
    tm_layout_reading *out = r->out;
    if (r->pm && out->hour < 12)
        out->hour += 12;
    else if (r->am && out->hour == 12)
        out->hour = 0;
    if (!r->wrong && out->day > tm_days_in_month(out->has_year ? out->year : 0, out->month))
        r->wrong = "day";
}

bool tm_layout_read(tm_arena *arena, const tm_layout *layout, const tm_locale *locale, tm_text text,
                    tm_layout_reading *reading, tm_text *error)
{
    reader r = {.rest = text, .locale = locale, .out = reading};
    *reading = (tm_layout_reading){.month = 1, .day = 1};
    /* Work: parts of the layout, of the rule */
    for (const tm_layout_part *part = layout->part;; part++) {
        if (!take_literal(&r.rest, part->before))
            return unreadable(arena, error, text, r.rest);
        if (part->kind == TM_LAYOUT_END)
            break;
        if (!take_part(&r, part))
            return unreadable(arena, error, text, r.rest);
    }
    if (r.rest.n)
        return unreadable(arena, error, text, r.rest);
    check_whole(&r);
    if (r.wrong)
        *error = tm_arena_print(arena, "the %s of \"%.*s\" is out of range", r.wrong, TM_PRI(text));
    return !r.wrong;
}
