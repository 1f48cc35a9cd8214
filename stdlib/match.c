/* Match: predicates and inspection (language.md 4.2).
 * Work: each byte or element once, charged before; searches charge for themselves (vm/regex).
 * SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/fn.h"

/* --- types --- */
static bool is_type(tm_call *c, tm_type type)
{
    return tm_return_bool(c, tm_arg(c, 0).type == type);
}

TM_CONVERTER(IsString, "bool IsString(target: string|any)",
             "True when target is a string. A literal of another type does not build.",
             EX(IsString(attributes["s"]))
             EX(not IsString(attributes["i"]))
             EX(IsString(1)) REFUSED)
{
    return is_type(c, TM_STRING);
}

TM_CONVERTER(IsInt, "bool IsInt(target: int|any)",
             "True when target is an int. A literal of another type does not build.",
             EX(IsInt(attributes["i"]))
             EX(not IsInt(attributes["d"]))
             EX(IsInt("a")) REFUSED)
{
    return is_type(c, TM_INT);
}

TM_CONVERTER(IsDouble, "bool IsDouble(target: double|any)",
             "True when target is a double. A literal of another type does not build.",
             EX(IsDouble(attributes["d"]))
             EX(not IsDouble(attributes["i"])))
{
    return is_type(c, TM_DOUBLE);
}

TM_CONVERTER(IsBool, "bool IsBool(target: bool|any)",
             "True when target is a bool. A literal of another type does not build.",
             EX(IsBool(attributes["f"]))
             EX(not IsBool(attributes["missing"])))
{
    return is_type(c, TM_BOOL);
}

TM_CONVERTER(IsMap, "bool IsMap(target: map|any)",
             "True when target is a map. A literal of another type does not build.",
             EX(IsMap(attributes["map"]))
             EX(IsMap(attributes))
             EX(not IsMap(attributes["arr"])))
{
    return is_type(c, TM_MAP);
}

TM_CONVERTER(IsList, "bool IsList(target: any)",
             "True when target is a list; so are events and links.",
             EX(IsList(attributes["arr"]))
             EX(IsList(events))
             EX(not IsList(name)))
{
    tm_type type = (tm_type)tm_arg(c, 0).type;
    return tm_return_bool(c, type == TM_LIST || type == TM_EVENTS || type == TM_LINKS);
}

/* --- emptiness and size --- */
static bool all_zero(tm_text id)
{
    /* Work: at most 16 bytes */
    for (size_t i = 0; i < id.n; i++)
        if (id.p[i])
            return false;
    return true;
}

static bool is_empty(tm_value v)
{
    switch ((tm_type)v.type) {
    case TM_NIL:
        return true;
    case TM_BOOL:
        return !v.truth;
    case TM_INT:
    case TM_NATIVE_INT:
    case TM_DURATION:
        return v.integer == 0;
    case TM_DOUBLE:
        return v.number == 0;
    case TM_STRING:
    case TM_BYTES:
        return v.n == 0;
    case TM_MAP:
        return v.map->n == 0;
    case TM_LIST:
        return v.list->n == 0;
    case TM_TRACE_ID:
    case TM_SPAN_ID:
        return all_zero(tm_value_text(v));
    default:
        return false;
    }
}

TM_CONVERTER(
    IsEmpty, "bool IsEmpty(target: any)",
    "True for nil, empty strings, bytes, lists and maps, zero, false and all-zero ids. A time, and "
    "events, links and status as a whole, are never empty.",
    EX(IsEmpty(attributes["missing"]))
    EX(IsEmpty(-0.0))
    EX(not IsEmpty(events)))
{
    return tm_return_bool(c, is_empty(tm_arg(c, 0)));
}

TM_CONVERTER(Len, "int Len(target: any)",
             "Bytes of a string or of bytes, number of elements of a list, map, events or links.",
             EX(Len("\u00e9") == 2)
             EX(Len(attributes["ints"]) == 3)
             EX(Len(attributes["missing"])) FAILS)
{
    tm_value v = tm_arg(c, 0);
    switch ((tm_type)v.type) {
    case TM_STRING:
    case TM_BYTES:
        return tm_return_int(c, v.n);
    case TM_MAP:
        return tm_return_int(c, v.map->n);
    case TM_LIST:
        return tm_return_int(c, v.list->n);
    case TM_EVENTS:
        return tm_return_int(c, tm_item_event_count(v.object));
    case TM_LINKS:
        return tm_return_int(c, tm_item_link_count(v.object));
    default:
        return tm_fail(c, "%s %s has no length", tm_type_article((tm_type)v.type),
                       tm_type_name((tm_type)v.type));
    }
}

/* --- text --- */
static bool prepare_IsMatch(tm_prepare *p)
{
    return tm_prepare_regex(p, 1);
}

TM_CONVERTER_PREPARED(
    IsMatch, "bool IsMatch(target: string~, pattern: string)",
    "True when pattern, a regular expression of RE2, matches anywhere in the text form of "
    "target. nil never matches.",
    EX(IsMatch(attributes["i"], "^20"))
    EX(not IsMatch(attributes["missing"], ".*"))
    EX(IsMatch("abc", "a(?=b)")) REFUSED)
{
    const tm_regex *regex;
    if (!tm_call_regex(c, 1, &regex))
        return false;
    if (tm_arg_is_nil(c, 0))
        return tm_return_bool(c, false);
    tm_match found = tm_regex_test(regex, c->vm->matcher, c->arena, tm_arg_text(c, 0));
    if (found == TM_MATCH_BUDGET)
        return tm_vm_spent(c->vm);
    return tm_return_bool(c, found == TM_MATCH);
}

TM_CONVERTER_ASKING(HasPrefix, TM_ASKS_STARTS, "bool HasPrefix(target: string, prefix: string)",
             "True when target starts with prefix.",
             EX(HasPrefix("GET /health", "GET"))
             EX(HasPrefix("", ""))
             EX(HasPrefix(attributes["i"], "2")) FAILS)
{
    return tm_return_bool(c, tm_text_starts(tm_arg_text(c, 0), tm_arg_text(c, 1)));
}

TM_CONVERTER_ASKING(HasSuffix, TM_ASKS_ENDS, "bool HasSuffix(target: string, suffix: string)",
             "True when target ends with suffix.",
             EX(HasSuffix("GET /health", "health"))
             EX(not HasSuffix("health", "GET /health"))
             EX(HasSuffix("200", 200)) REFUSED)
{
    return tm_return_bool(c, tm_text_ends(tm_arg_text(c, 0), tm_arg_text(c, 1)));
}

/* The Luhn sum of the digits, counted from the last one; spaces do not count. False for other
 * characters. */
static bool luhn(tm_text t, unsigned *sum, unsigned *digits)
{
    *sum = *digits = 0;
    /* Work: bytes of the text, charged before */
    for (size_t i = t.n; i-- > 0;) {
        if (t.p[i] == ' ')
            continue;
        if (t.p[i] < '0' || t.p[i] > '9')
            return false;
        unsigned digit = (unsigned)(t.p[i] - '0') << (*digits % 2);
        *sum = (*sum + digit / 10 + digit % 10) % 10;
        ++*digits;
    }
    return true;
}

TM_CONVERTER(
    IsValidLuhn, "bool IsValidLuhn(target: string~)",
    "True when the digits of target, spaces left out, end in the check digit of Luhn's formula.",
    EX(IsValidLuhn("4539 1488 0343 6467"))
    EX(IsValidLuhn(79927398713))
    EX(IsValidLuhn("a1")) FAILS)
{
    unsigned sum, digits;
    if (!tm_charge_bytes(c, tm_arg_is_nil(c, 0) ? 0 : tm_arg_text(c, 0).n))
        return false;
    if (tm_arg_is_nil(c, 0) || !luhn(tm_arg_text(c, 0), &sum, &digits))
        return tm_fail(c, "the value must consist of digits");
    return tm_return_bool(c, digits > 0 && sum == 0);
}

/* --- collections --- */
TM_CONVERTER(
    ContainsValue, "bool ContainsValue(target: list, item: any)",
    "True when an element of target equals item; ints and doubles compare as numbers, nil equals "
    "an empty element.",
    EX(ContainsValue([1, 2], 2.0))
    EX(ContainsValue([{"a": 1}], 1)) REFUSED
    EX(ContainsValue(attributes["arr"], nil)))
{
    const tm_list *list = tm_arg_list(c, 0);
    if (!tm_charge(c, list->n))
        return false;
    /* Work: elements, charged before */
    for (uint32_t i = 0; i < list->n; i++)
        if (tm_element_equal(c->vm, list->item[i], tm_arg(c, 1)))
            return tm_return_bool(c, true);
    return tm_return_bool(c, false);
}

/* --- spans --- */
TM_CONVERTER_FOR(IsRootSpan, TM_HOST_SPAN, NULL, "bool IsRootSpan()",
                 "True when the span has no parent: its parent_span_id is all zero.",
                 EX(not IsRootSpan())
                 EX(IsRootSpan() == IsEmpty(parent_span_id)))
{
    tm_value parent = tm_item_field(c->vm->item[TM_SPAN], TM_SPAN_PARENT_SPAN_ID);
    return tm_return_bool(c, all_zero(tm_value_text(parent)));
}

TM_CHAPTER(match, ROW(IsString), ROW(IsInt), ROW(IsDouble), ROW(IsBool), ROW(IsMap), ROW(IsList),
           ROW(IsEmpty), ROW(Len), ROW(IsMatch), ROW(HasPrefix), ROW(HasSuffix), ROW(IsValidLuhn),
           ROW(ContainsValue), ROW(IsRootSpan))
