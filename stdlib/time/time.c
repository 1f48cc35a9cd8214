/* Time: instants, durations and their parts (language.md 4.8, 4.9).
 * SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/fn.h"

#include "base/calendar.h"
#include "base/clock.h"
#include "base/duration.h"
#include "stdlib/time/layout.h"

enum { NANOSECONDS = 1000000000 };

/* --- durations --- */
/* A literal duration is read once; a bad one fails when it is asked for. */
static bool prepare_Duration(tm_prepare *p)
{
    int64_t nanoseconds;
    if (tm_is_literal(p, 0) && tm_duration_read(tm_value_text(p->literal[0]), &nanoseconds)) {
        int64_t *kept = tm_arena_alloc(p->arena, sizeof *kept);
        *kept = nanoseconds;
        p->state = kept;
    }
    return true;
}

TM_CONVERTER_PREPARED(
    Duration, "duration Duration(duration: string)",
    "The duration that a text such as 1h2m3.5s says; units are h, m, s, ms, us and ns.",
    EX(Duration("1.5s") == Duration("1500ms"))
           EX(Duration("-3us") < Duration("0")) EX(Duration("1d")) FAILS EX(Duration("100")) FAILS)
{
    int64_t nanoseconds;
    if (c->state)
        return tm_return(c, tm_duration(*(const int64_t *)c->state));
    if (!tm_duration_read(tm_arg_text(c, 0), &nanoseconds))
        return tm_fail(c, "\"%.*s\" is no duration", TM_PRI(tm_arg_text(c, 0)));
    return tm_return(c, tm_duration(nanoseconds));
}

/* In whole units and their rest, so that no digit is lost on the way to a double. */
static bool as_double(tm_call *c, int64_t unit)
{
    int64_t d = tm_arg_int(c, 0);
    return tm_return_double(c, (double)(d / unit) + (double)(d % unit) / (double)unit);
}

TM_CONVERTER(Hours, "double Hours(duration: duration)", "The duration in hours.",
             EX(Hours(Duration("90m")) == 1.5) EX(Hours(attributes["i"])) FAILS)
{
    return as_double(c, 3600 * (int64_t)NANOSECONDS);
}

TM_CONVERTER(Minutes, "double Minutes(duration: duration)", "The duration in minutes.",
             EX(Minutes(Duration("90s")) == 1.5) EX(Minutes(nil)) REFUSED)
{
    return as_double(c, 60 * (int64_t)NANOSECONDS);
}

TM_CONVERTER(Seconds, "double Seconds(duration: duration)", "The duration in seconds.",
             EX(Seconds(end_time - start_time) == 1.5) EX(Seconds(attributes["missing"])) FAILS)
{
    return as_double(c, NANOSECONDS);
}

TM_CONVERTER(Milliseconds, "int Milliseconds(duration: duration)",
             "The whole milliseconds of the duration.",
             EX(Milliseconds(end_time - start_time) == 1500)
                    EX(Milliseconds(Duration("-1.5ms")) == -1) EX(Milliseconds(name)) FAILS)
{
    return tm_return_int(c, tm_arg_int(c, 0) / 1000000);
}

TM_CONVERTER(Microseconds, "int Microseconds(duration: duration)",
             "The whole microseconds of the duration.",
             EX(Microseconds(Duration("1.5ms")) == 1500) EX(Microseconds(1)) REFUSED)
{
    return tm_return_int(c, tm_arg_int(c, 0) / 1000);
}

TM_CONVERTER(Nanoseconds, "int Nanoseconds(duration: duration)", "The nanoseconds of the duration.",
             EX(Nanoseconds(Duration("1us")) == 1000) EX(Nanoseconds(start_time)) FAILS)
{
    return tm_return_int(c, tm_arg_int(c, 0));
}

/* --- making times --- */

/* A time shown in a zone that outlives the call: one of the rule's, or UTC. */
static bool return_time(tm_call *c, int64_t seconds, int32_t nanoseconds, const tm_zone *zone)
{
    tm_zone_period p = tm_zone_at(zone, seconds);
    tm_time *time = TM_NEW(c->arena, tm_time);
    *time = (tm_time){.seconds = seconds,
                      .nanoseconds = nanoseconds,
                      .offset_seconds = p.offset_seconds,
                      .zone = p.abbreviation,
                      .location = zone == tm_zone_utc() ? NULL : zone};
    return tm_return(c, (tm_value){.type = TM_TIME, .time = time});
}

/* A time shown at a fixed offset, perhaps with a name. */
static bool return_fixed(tm_call *c, int64_t seconds, int32_t nanoseconds, int32_t offset,
                         tm_text name)
{
    tm_time *time = TM_NEW(c->arena, tm_time);
    *time = (tm_time){
        .seconds = seconds, .nanoseconds = nanoseconds, .offset_seconds = offset, .zone = name};
    return tm_return(c, (tm_value){.type = TM_TIME, .time = time});
}

/* Times that the machine makes are shown in its own zone. */
static bool prepare_local(tm_prepare *p)
{
    p->state = (void *)tm_zone_local(p->arena, p->zones);
    return true;
}

static bool prepare_Unix(tm_prepare *p)
{
    return prepare_local(p);
}

TM_CONVERTER_PREPARED(Unix, "time Unix(seconds: int, nanoseconds?: int = 0)",
                      "The time so many seconds and nanoseconds after 1970-01-01T00:00:00Z.",
                      EX(Unix(1700000000, 123456789) == start_time)
                                  EX(UnixMilli(Unix(0, -1)) == -1) EX(Unix(1.5)) REFUSED)
{
    int64_t seconds = tm_arg_int(c, 0), nanoseconds = tm_arg_given(c, 1) ? tm_arg_int(c, 1) : 0;
    int64_t carry = nanoseconds / NANOSECONDS - (nanoseconds % NANOSECONDS < 0);
    seconds = (int64_t)((uint64_t)seconds + (uint64_t)carry);
    nanoseconds = (nanoseconds % NANOSECONDS + NANOSECONDS) % NANOSECONDS;
    return return_time(c, seconds, (int32_t)nanoseconds, c->state);
}

TM_CONVERTER_FOR(Now, TM_HOST_IMPURE, prepare_local, "time Now()",
                 "The time at which it is called.", EX(Now() > start_time) EX(Now(1)) REFUSED)
{
    uint64_t now = tm_clock_realtime_ns(c->vm->clock);
    return return_time(c, (int64_t)(now / NANOSECONDS), (int32_t)(now % NANOSECONDS), c->state);
}

/* --- taking times apart --- */
static const tm_time *arg_time(const tm_call *c)
{
    return c->arg[0].time;
}

/* What does not fit wraps round. */
static bool since_1970(tm_call *c, int64_t per_second)
{
    const tm_time *t = arg_time(c);
    uint64_t rest = (uint64_t)(t->nanoseconds / (NANOSECONDS / per_second));
    return tm_return_int(c, (int64_t)((uint64_t)t->seconds * (uint64_t)per_second + rest));
}

TM_CONVERTER(UnixNano, "int UnixNano(time: time)",
             "Nanoseconds from 1970-01-01T00:00:00Z to the time.",
             EX(UnixNano(start_time) == start_time_unix_nano) EX(UnixNano(1)) REFUSED)
{
    return since_1970(c, NANOSECONDS);
}

TM_CONVERTER(UnixMicro, "int UnixMicro(time: time)",
             "Whole microseconds from 1970-01-01T00:00:00Z to the time.",
             EX(UnixMicro(start_time) == 1700000000123456) EX(UnixMicro(name)) FAILS)
{
    return since_1970(c, 1000000);
}

TM_CONVERTER(UnixMilli, "int UnixMilli(time: time)",
             "Whole milliseconds from 1970-01-01T00:00:00Z to the time.",
             EX(UnixMilli(start_time) == 1700000000123) EX(UnixMilli(attributes["missing"])) FAILS)
{
    return since_1970(c, 1000);
}

TM_CONVERTER(UnixSeconds, "int UnixSeconds(time: time)",
             "Whole seconds from 1970-01-01T00:00:00Z to the time.",
             EX(UnixSeconds(start_time) == 1700000000) EX(UnixSeconds(nil)) REFUSED)
{
    return since_1970(c, 1);
}

/* In the time's own zone. */
static tm_civil arg_civil(const tm_call *c)
{
    const tm_time *t = arg_time(c);
    return tm_civil_of((int64_t)((uint64_t)t->seconds + (uint64_t)(int64_t)t->offset_seconds));
}

TM_CONVERTER(Year, "int Year(time: time)", "The year, in the time's own zone.",
             EX(Year(start_time) == 2023) EX(Year(attributes["i"])) FAILS)
{
    return tm_return_int(c, arg_civil(c).year);
}

TM_CONVERTER(Month, "int Month(time: time)", "The month, 1 to 12, in the time's own zone.",
             EX(Month(start_time) == 11) EX(Month("x")) REFUSED)
{
    return tm_return_int(c, arg_civil(c).month);
}

TM_CONVERTER(Day, "int Day(time: time)", "The day of the month, 1 to 31, in the time's own zone.",
             EX(Day(start_time) == 14) EX(Day(name)) FAILS)
{
    return tm_return_int(c, arg_civil(c).day);
}

TM_CONVERTER(Hour, "int Hour(time: time)", "The hour, 0 to 23, in the time's own zone.",
             EX(Hour(start_time) == 22) EX(Hour(Time("02 +0530", "%H %z")) == 2) EX(Hour(1))
                                                    REFUSED)
{
    return tm_return_int(c, arg_civil(c).hour);
}

TM_CONVERTER(Minute, "int Minute(time: time)", "The minute, 0 to 59, in the time's own zone.",
             EX(Minute(start_time) == 13) EX(Minute(name)) FAILS)
{
    return tm_return_int(c, arg_civil(c).minute);
}

TM_CONVERTER(Second, "int Second(time: time)", "The second, 0 to 59.",
             EX(Second(start_time) == 20) EX(Second(name)) FAILS)
{
    return tm_return_int(c, arg_civil(c).second);
}

TM_CONVERTER(Nanosecond, "int Nanosecond(time: time)",
             "The nanoseconds beyond the last whole second.",
             EX(Nanosecond(start_time) == 123456789) EX(Nanosecond(name)) FAILS)
{
    return tm_return_int(c, arg_time(c)->nanoseconds);
}

TM_CONVERTER(Weekday, "int Weekday(time: time)",
             "The day of the week, 0 for Sunday to 6, in the time's own zone.",
             EX(Weekday(start_time) == 2) EX(Weekday(name)) FAILS)
{
    return tm_return_int(c, arg_civil(c).weekday);
}

/* Multiples are counted from year 1, so weeks begin on a Monday. */
static const int64_t YEAR_1 = -62135596800;

TM_CONVERTER(
    TruncateTime, "time TruncateTime(time: time, duration: duration)",
    "The last multiple of duration, counted from year 1, at or before the time; the time itself "
    "when duration is not positive.",
    EX(TruncateTime(start_time, Duration("1h")) == Unix(1699999200))
                        EX(TruncateTime(start_time, Duration("0")) == start_time)
                                            EX(TruncateTime(start_time, 1)) REFUSED)
{
    const tm_time *t = arg_time(c);
    int64_t d = tm_arg_int(c, 1);
    if (d <= 0)
        return tm_return(c, tm_arg(c, 0));
    int64_t since = (int64_t)((uint64_t)t->seconds - (uint64_t)YEAR_1);
    __int128 total = (__int128)since * NANOSECONDS + t->nanoseconds;
    __int128 rest = total % d;
    total -= rest < 0 ? rest + d : rest;
    int32_t nanoseconds = (int32_t)((total % NANOSECONDS + NANOSECONDS) % NANOSECONDS);
    int64_t seconds = (int64_t)((uint64_t)((total - nanoseconds) / NANOSECONDS) + (uint64_t)YEAR_1);
    if (t->location)
        return return_time(c, seconds, nanoseconds, t->location);
    return return_fixed(c, seconds, nanoseconds, t->offset_seconds, t->zone);
}

/* --- texts --- */
static bool prepare_FormatTime(tm_prepare *p)
{
    tm_text error = {0};
    p->state =
        (void *)tm_layout_new(p->arena, tm_value_text(p->literal[1]), TM_LAYOUT_PRINTS, &error);
    return p->state || tm_refuse(p, 1, "%.*s", TM_PRI(error));
}

TM_CONVERTER_PREPARED(FormatTime, "string FormatTime(time: time, format: 'string)",
                      "The time as text, by a format of strptime directives such as %Y-%m-%d. "
                      "Pieces of Go's reference time "
                      "in it (Mon, Jan, PM, MST) are replaced, too.",
                      EX(FormatTime(start_time, "%F %T.%f %z") == "2023-11-14 22:13:20.123456 Z")
                                        EX(FormatTime(start_time, "Mon %A") == "Tue Tuesday")
                                                          EX(FormatTime(start_time, "%Q")) REFUSED)
{
    return tm_return_text(c, tm_layout_print(c->arena, c->state, arg_time(c)));
}

TM_CHAPTER(time, ROW(Duration), ROW(Hours), ROW(Minutes), ROW(Seconds), ROW(Milliseconds),
           ROW(Microseconds), ROW(Nanoseconds), ROW(Unix), ROW(Now), ROW(UnixNano), ROW(UnixMicro),
           ROW(UnixMilli), ROW(UnixSeconds), ROW(Year), ROW(Month), ROW(Day), ROW(Hour),
           ROW(Minute), ROW(Second), ROW(Nanosecond), ROW(Weekday), ROW(TruncateTime),
           ROW(FormatTime))
