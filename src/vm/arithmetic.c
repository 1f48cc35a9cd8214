/* Arithmetic: + - * / and unary minus (language.md 2.3).
 * SPDX-License-Identifier: Apache-2.0 */
#include "vm/convert.h"

#include "base/zone.h"

enum { TM_NANOSECONDS = 1000000000 };

static bool is_number(tm_value v)
{
    return v.type == TM_INT || v.type == TM_DOUBLE;
}

static bool is_temporal(tm_value v)
{
    return v.type == TM_TIME || v.type == TM_DURATION;
}

/* Integers wrap: they are reckoned without sign. */
static int64_t wrapped(tm_arithmetic op, int64_t a, int64_t b)
{
    const uint64_t x = (uint64_t)a, y = (uint64_t)b;
    switch (op) {
    case TM_PLUS:
        return (int64_t)(x + y);
    case TM_MINUS:
        return (int64_t)(x - y);
    case TM_TIMES:
        return (int64_t)(x * y);
    case TM_OVER:
        return b == -1 ? (int64_t)(0 - x) : a / b;
    }
    return 0;
}

static double reckoned(tm_arithmetic op, double a, double b)
{
    return op == TM_PLUS ? a + b : op == TM_MINUS ? a - b : op == TM_TIMES ? a * b : a / b;
}

static double as_double(tm_value v)
{
    return v.type == TM_INT ? (double)v.integer : v.number;
}

static bool numbers(tm_vm *vm, tm_arithmetic op, tm_value a, tm_value b, tm_value *out)
{
    if (op == TM_OVER && as_double(b) == 0)
        return tm_vm_fail(vm, "attempted to divide by 0");
    if (a.type == TM_INT && b.type == TM_INT)
        *out = tm_int(wrapped(op, a.integer, b.integer));
    else
        *out = tm_double(reckoned(op, as_double(a), as_double(b)));
    return true;
}

/* t + nanoseconds, in the same zone. */
static tm_value moved(tm_arena *arena, const tm_time *t, int64_t nanoseconds)
{
    tm_time *sum = TM_NEW(arena, tm_time);
    *sum = *t;
    int64_t seconds = nanoseconds / TM_NANOSECONDS;
    sum->nanoseconds += (int32_t)(nanoseconds % TM_NANOSECONDS);
    if (sum->nanoseconds < 0) {
        sum->nanoseconds += TM_NANOSECONDS;
        seconds--;
    } else if (sum->nanoseconds >= TM_NANOSECONDS) {
        sum->nanoseconds -= TM_NANOSECONDS;
        seconds++;
    }
    sum->seconds = wrapped(TM_PLUS, t->seconds, seconds);
    if (sum->location) {
        tm_zone_period period = tm_zone_at(sum->location, sum->seconds);
        sum->offset_seconds = period.offset_seconds;
        sum->zone = period.abbreviation;
    }
    return (tm_value){.type = TM_TIME, .time = sum};
}

/* a - b in nanoseconds, at most what a duration holds. */
static int64_t between(const tm_time *a, const tm_time *b)
{
    const int64_t most = INT64_MAX / TM_NANOSECONDS, least = INT64_MIN / TM_NANOSECONDS - 1;
    int64_t seconds = wrapped(TM_MINUS, a->seconds, b->seconds);
    int64_t nanoseconds = a->nanoseconds - b->nanoseconds;
    bool later = tm_time_since_year_1(a) >= tm_time_since_year_1(b);
    if (later != (seconds >= 0)) /* wrapped round */
        return later ? INT64_MAX : INT64_MIN;
    if (nanoseconds < 0) {
        nanoseconds += TM_NANOSECONDS;
        seconds--;
    }
    if (seconds > most || (seconds == most && nanoseconds > INT64_MAX % TM_NANOSECONDS))
        return INT64_MAX;
    if (seconds < least)
        return INT64_MIN;
    if (seconds >= 0)
        return seconds * TM_NANOSECONDS + nanoseconds;
    int64_t below = nanoseconds - TM_NANOSECONDS, rest = (seconds + 1) * TM_NANOSECONDS;
    return below < INT64_MIN - rest ? INT64_MIN : rest + below;
}

static bool temporal(tm_vm *vm, tm_arithmetic op, tm_value a, tm_value b, tm_value *out)
{
    const bool plus = op == TM_PLUS;
    if (op != TM_PLUS && op != TM_MINUS)
        return tm_vm_fail(
            vm, "only addition and subtraction supported for time.Time and time.Duration");
    if (a.type == TM_TIME && b.type == TM_DURATION)
        *out = moved(vm->arena, a.time, plus ? b.integer : wrapped(TM_MINUS, 0, b.integer));
    else if (a.type == TM_DURATION && b.type == TM_DURATION)
        *out = tm_duration(wrapped(op, a.integer, b.integer));
    else if (a.type == TM_DURATION && b.type == TM_TIME && plus)
        *out = moved(vm->arena, b.time, a.integer);
    else if (a.type == TM_TIME && b.type == TM_TIME && !plus)
        *out = tm_duration(between(a.time, b.time));
    else
        return tm_vm_fail(vm, "%s cannot be %s %s", tm_value_go_name(b),
                          plus ? "added to" : "subtracted from", tm_value_go_name(a));
    return true;
}

bool tm_value_arithmetic(tm_vm *vm, tm_arithmetic op, tm_value a, tm_value b, tm_value *out)
{
    if (is_number(a) && is_number(b))
        return numbers(vm, op, a, b, out);
    if (is_temporal(a))
        return temporal(vm, op, a, b, out);
    if (is_number(a))
        return tm_vm_fail(vm, "%s must be int64 or float64", tm_value_go_name(b));
    return tm_vm_fail(vm, "%s must be int64, float64, time.Time or time.Duration",
                      tm_value_go_name(a));
}

bool tm_value_negate(tm_vm *vm, tm_value a, tm_value *out)
{
    if (!is_number(a))
        return tm_vm_fail(vm, "unsupported unary minus operation on type %s", tm_value_go_name(a));
    *out = a.type == TM_INT ? tm_int(wrapped(TM_MINUS, 0, a.integer)) : tm_double(-a.number);
    return true;
}
