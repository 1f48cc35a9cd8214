/* Parse time: texts to times (language.md 4.9).
 * SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/fn.h"

#include "base/calendar.h"
#include "base/clock.h"
#include "stdlib/time/layout.h"

/* Zones of which the name looks like an abbreviation; texts with such a one are read in that zone.
 */
static const char *const NAMED[] = {"CET", "EET", "EST", "GMT", "HST", "MET",   "MST",
                                    "PRC", "ROC", "ROK", "UCT", "WET", "GMT+0", "GMT-0"};
enum { NAMED_COUNT = sizeof NAMED / sizeof *NAMED };

/* What a call of Time knows since it was built. */
typedef struct settings {
    const tm_layout *layout;
    const tm_locale *locale;           /* NULL: English */
    const tm_zone *zone;               /* of texts that name none */
    const tm_zone *named[NAMED_COUNT]; /* NULL where the system lacks it */
} settings;

static bool prepare_Time(tm_prepare *p)
{
    tm_text error = {0}, location = {0};
    settings *s = TM_NEW(p->arena, settings);
    s->layout = tm_layout_new(p->arena, tm_value_text(p->literal[1]), TM_LAYOUT_READS, &error);
    if (!s->layout)
        return tm_refuse(p, 1, "%.*s", TM_PRI(error));
    if (p->given & 1u << 2)
        location = tm_value_text(p->literal[2]);
    if (location.n)
        s->zone = tm_zone_load(p->arena, p->zones, location);
    else
        s->zone = s->layout->ends_in_z ? tm_zone_utc() : tm_zone_local(p->arena, p->zones);
    if (!s->zone)
        return tm_refuse(p, 2, "there is no time zone %.*s", TM_PRI(location));
    if (p->given & 1u << 3) {
        s->locale = tm_locale_new(p->arena, tm_value_text(p->literal[3]));
        if (!s->locale && !tm_optional_is_in(TM_OPTIONAL_LOCALE))
            return tm_refuse_left_out(p, 3, TM_OPTIONAL_LOCALE, "the locale",
                                      tm_value_text(p->literal[3]));
        if (!s->locale)
            return tm_refuse(p, 3, "there is no locale %.*s", TM_PRI(tm_value_text(p->literal[3])));
    }
    /* Work: NAMED_COUNT zones */
    for (unsigned i = 0; s->layout->has_zone && i < NAMED_COUNT; i++)
        s->named[i] = tm_zone_load(p->arena, p->zones, tm_text_of(NAMED[i]));
    p->state = s;
    return true;
}

static int64_t civil_seconds(const tm_layout_reading *r, int64_t year)
{
    return tm_civil_seconds(&(tm_civil){.year = year,
                                        .month = r->month,
                                        .day = r->day,
                                        .hour = r->hour,
                                        .minute = r->minute,
                                        .second = r->second});
}

/* Puts the civil time into a zone. */
static tm_time in_zone(const tm_zone *zone, int64_t civil, const int32_t *offset)
{
    int64_t seconds = offset ? civil - *offset : tm_zone_instant(zone, civil);
    tm_zone_period p = tm_zone_at(zone, seconds);
    return (tm_time){.seconds = seconds,
                     .offset_seconds = p.offset_seconds,
                     .zone = p.abbreviation,
                     .location = zone == tm_zone_utc() ? NULL : zone};
}

/* An offset that is the zone's at that time is shown as such. */
static tm_time at_offset(const tm_zone *zone, int64_t civil, int32_t offset)
{
    tm_time t = in_zone(offset ? zone : tm_zone_utc(), civil, &offset);
    if (t.offset_seconds == offset)
        return t;
    return (tm_time){.seconds = t.seconds, .offset_seconds = offset};
}

/* A time with an abbreviation: one of the zone's own, or GMT+3 (which shows the same instant
 * later), or the name of a zone. False when it is none of these. */
static bool at_abbreviation(const settings *s, tm_text name, int64_t civil, tm_time *t)
{
    int32_t offset = 0;
    bool own = tm_zone_find_abbreviation(s->zone, name, civil, &offset);
    if (own) {
        *t = in_zone(s->zone, civil, &offset);
        return true;
    }
    /* Work: NAMED_COUNT zones, a few digits */
    for (size_t i = 4; tm_text_starts(name, TM_TEXT("GMT")) && i < name.n; i++)
        offset = offset * 10 + (name.p[i] - '0');
    if (offset) {
        offset *= name.p[3] == '-' ? -3600 : 3600;
        *t = (tm_time){.seconds = civil, .offset_seconds = offset, .zone = name};
        return true;
    }
    for (unsigned i = 0; i < NAMED_COUNT; i++) {
        if (!s->named[i] || !tm_text_is(name, NAMED[i]))
            continue;
        if (tm_zone_find_abbreviation(s->named[i], name, civil, &offset))
            *t = in_zone(s->named[i], civil, &offset);
        else
            *t = (tm_time){.seconds = civil, .zone = name};
        return true;
    }
    return false;
}

static bool place(tm_call *c, const tm_layout_reading *r, int64_t year, tm_time *t)
{
    const settings *s = c->state;
    int64_t civil = civil_seconds(r, year);
    if (r->is_utc)
        *t = in_zone(tm_zone_utc(), civil, NULL);
    else if (r->has_offset)
        *t = at_offset(s->zone, civil, r->offset_seconds);
    else if (!r->zone.n)
        *t = in_zone(s->zone, civil, NULL);
    else if (!at_abbreviation(s, r->zone, civil, t))
        return tm_fail(c, "there is no time zone %.*s", TM_PRI(r->zone));
    t->nanoseconds = r->nanoseconds;
    return true;
}

/* In the last twelve months or the week to come. */
static bool place_lately(tm_call *c, const tm_layout_reading *r, tm_time *t)
{
    enum { WEEK_SECONDS = 7 * 86400 };
    const int64_t now = (int64_t)(tm_clock_realtime_ns(c->vm->clock) / 1000000000);
    const int64_t this_year = tm_civil_of(now).year;
    return place(c, r, this_year, t) &&
           (t->seconds <= now + WEEK_SECONDS || place(c, r, this_year - 1, t));
}

TM_CONVERTER_PREPARED(
    Time, "time Time(time: string, format: 'string, location?: 'string, locale?: 'string)",
    "The time that a text says, by a format of strptime directives. A text without a zone is read "
    "in "
    "location, an IANA name; one without a year is of the last twelve months or the week to come.",
    EX(Time("2023-11-14", "%F") == Unix(1699920000))
    EX(Hour(Time("14 Nov 2023 5 PM", "%d %b %Y %I %p", "Europe/Paris")) == 17)
    EX(Time("14 novembre 2023", "%d %B %Y", "", "fr") == Unix(1699920000))
    EX(Time("2023-13-01", "%F")) FAILS
    EX(Time("x", "%Q")) REFUSED
    EX(Time("x", "%F", "Nowhere")) REFUSED
    EX(Time("x", "%F", "", "zz-ZZ")) REFUSED)
{
    const settings *s = c->state;
    tm_layout_reading r;
    tm_text error = {0};
    if (!tm_arg_text(c, 0).n)
        return tm_fail(c, "the time is empty");
    if (!tm_charge_bytes(c, tm_arg_text(c, 0).n))
        return false;
    if (!tm_layout_read(c->arena, s->layout, s->locale, tm_arg_text(c, 0), &r, &error))
        return tm_fail(c, "%.*s", TM_PRI(error));
    tm_time *t = TM_NEW(c->arena, tm_time);
    if (!(r.has_year ? place(c, &r, r.year, t) : place_lately(c, &r, t)))
        return false;
    return tm_return(c, (tm_value){.type = TM_TIME, .time = t});
}

TM_CHAPTER(parse_time, ROW(Time))
