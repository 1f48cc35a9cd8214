/* Zone rule: what follows a zone's last known change, as POSIX writes it:
 * CET-1CEST,M3.5.0,M10.5.0/3. SPDX-License-Identifier: Apache-2.0 */
#include "base/zone_rule.h"

#include "base/ascii.h"
#include "base/calendar.h"

enum { HOUR = 3600, HOURS_MOST = 167 };

/* Rules are not followed for longer than this, 30 million years. */
static const int64_t SECONDS_MOST = 1000000000000000;

static bool take_char(tm_text *rest, char c)
{
    if (!rest->n || rest->p[0] != c)
        return false;
    *rest = tm_text_skip(*rest, 1);
    return true;
}

static bool take_number(tm_text *rest, unsigned least, unsigned most, unsigned *number)
{
    size_t n = 0;
    for (*number = 0; n < rest->n && n < 4 && tm_ascii_is_digit(rest->p[n]); n++)
        *number = *number * 10 + (unsigned)(rest->p[n] - '0');
    *rest = tm_text_skip(*rest, n);
    return n > 0 && *number >= least && *number <= most;
}

/* Three letters or more, or anything between angle brackets. */
static bool take_name(tm_text *rest, tm_text *name)
{
    size_t n = 0;
    if (take_char(rest, '<')) {
        while (n < rest->n && rest->p[n] != '>')
            n++;
        *name = tm_text_slice(rest->p, n);
        *rest = tm_text_skip(*rest, n);
        return n > 0 && take_char(rest, '>');
    }
    while (n < rest->n && tm_ascii_is_letter(rest->p[n]))
        n++;
    *name = tm_text_slice(rest->p, n);
    *rest = tm_text_skip(*rest, n);
    return n >= 3;
}

/* [+-]h[:m[:s]] in seconds. */
static bool take_time(tm_text *rest, int32_t *seconds)
{
    bool minus = take_char(rest, '-');
    unsigned hour, minute = 0, second = 0;
    if (!minus)
        take_char(rest, '+');
    if (!take_number(rest, 0, HOURS_MOST, &hour))
        return false;
    if (take_char(rest, ':') && !take_number(rest, 0, 59, &minute))
        return false;
    if (take_char(rest, ':') && !take_number(rest, 0, 59, &second))
        return false;
    *seconds = (int32_t)(hour * HOUR + minute * 60 + second);
    *seconds = minus ? -*seconds : *seconds;
    return true;
}

static bool take_change(tm_text *rest, tm_zone_change *c)
{
    *c = (tm_zone_change){.kind = 'n', .second_of_day = 2 * HOUR};
    bool ok = false;
    if (take_char(rest, 'M')) {
        c->kind = 'M';
        ok = take_number(rest, 1, 12, &c->month) && take_char(rest, '.') &&
             take_number(rest, 1, 5, &c->week) && take_char(rest, '.') &&
             take_number(rest, 0, 6, &c->day);
    } else if (take_char(rest, 'J')) {
        c->kind = 'J';
        ok = take_number(rest, 1, 365, &c->day);
    } else {
        ok = take_number(rest, 0, 365, &c->day);
    }
    return ok && (!take_char(rest, '/') || take_time(rest, &c->second_of_day));
}

bool tm_zone_rule_read(tm_text text, tm_zone_rule *r)
{
    tm_text rest = text;
    *r = (tm_zone_rule){0};
    if (!take_name(&rest, &r->standard) || !take_time(&rest, &r->standard_offset))
        return false;
    r->standard_offset = -r->standard_offset; /* POSIX counts westwards */
    if (!rest.n)
        return true;
    if (!take_name(&rest, &r->summer))
        return false;
    r->summer_offset = -r->standard_offset - HOUR;
    if (rest.n && rest.p[0] != ',' && !take_time(&rest, &r->summer_offset))
        return false;
    r->summer_offset = -r->summer_offset;
    return take_char(&rest, ',') && take_change(&rest, &r->to_summer) && take_char(&rest, ',') &&
           take_change(&rest, &r->to_standard) && !rest.n;
}

/* When the change takes place in that year, by clocks that are `offset` ahead of UTC until then. */
static int64_t change_instant(const tm_zone_change *c, int64_t year, int32_t offset)
{
    tm_civil day = {.year = year, .month = 1, .day = 1};
    if (c->kind == 'M') {
        day.month = c->month;
        unsigned first = tm_civil_of(tm_civil_seconds(&day)).weekday;
        day.day = 1 + (c->day + 7 - first) % 7 + 7 * (c->week - 1);
        if (day.day > tm_days_in_month(year, c->month))
            day.day -= 7;
    } else {
        bool leap = tm_days_in_month(year, 2) == 29;
        day.day = c->kind == 'J' ? c->day + (leap && c->day >= 60) : c->day + 1;
    }
    return tm_civil_seconds(&day) + c->second_of_day - offset;
}

tm_zone_period tm_zone_rule_at(const tm_zone_rule *r, int64_t t)
{
    tm_zone_period p = {INT64_MIN, INT64_MAX, r->standard_offset, r->standard};
    if (!r->summer.n || t < -SECONDS_MOST || t > SECONDS_MOST)
        return p;
    int64_t year = tm_civil_of(t).year;
    for (int64_t y = year - 1; y <= year + 1; y++) {
        int64_t begin = change_instant(&r->to_summer, y, r->standard_offset);
        int64_t end = change_instant(&r->to_standard, y, r->summer_offset);
        bool summer_first = begin < end;
        for (int i = 0; i < 2; i++) {
            bool to_summer = summer_first == (i == 0);
            int64_t at = to_summer ? begin : end;
            if (at > t) {
                p.end = at;
                return p;
            }
            p.start = at;
            p.offset_seconds = to_summer ? r->summer_offset : r->standard_offset;
            p.abbreviation = to_summer ? r->summer : r->standard;
        }
    }
    return p;
}
