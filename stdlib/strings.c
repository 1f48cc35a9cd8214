/* Text: joining, cutting, trimming and searching strings (language.md 4.3).
 * Work: each byte or element once, charged before.
 * SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/fn.h"

#include "base/utf8.h"
#include "stdlib/letter.h"
#include "vm/stored.h"

/* --- joining --- */

/* The text of an element of a list that a path or converter yields: data in its own form, what is
 * native in that of a list literal. */
static bool element_text(tm_call *c, const tm_value *list, uint32_t i, tm_text *text)
{
    tm_value v = list->list->item[i];
    if (list->form == TM_DATA) {
        *text = tm_data_text(c->arena, v);
        return true;
    }
    if (!tm_to_string(c->vm, v, &v))
        return false;
    *text = v.type == TM_NIL ? TM_TEXT("<nil>") : tm_value_text(v);
    return true;
}

/* Adds an element. True: the first one is there already, in its place, since Reduce may make a long
 * text out of short ones. */
static bool add_text(tm_buf *out, bool first, tm_text delimiter, tm_text text)
{
    if (first)
        return tm_buf_resume(out, text);
    tm_buf_add(out, delimiter);
    tm_buf_add(out, text);
    return false;
}

/* The numbers of the bytes. */
static tm_text join_bytes(tm_arena *arena, tm_text bytes, tm_text delimiter)
{
    tm_buf b = {.arena = arena};
    /* Work: bytes of the text, charged before */
    for (size_t i = 0; i < bytes.n; i++) {
        if (i)
            tm_buf_add(&b, delimiter);
        tm_buf_print(&b, "%u", (unsigned char)bytes.p[i]);
    }
    return tm_buf_text(&b);
}

TM_CONVERTER(Concat, "string Concat(vals: [string~]*, delimiter: string)",
             "The texts of the elements with delimiter between them. A nil element of a list "
             "literal is <nil>, an empty one of another list an empty text.",
             EX(Concat(["a", 1, nil, true, 1.5, 0x01], "|") == "a|1|<nil>|true|1.5|01")
             EX(Concat(attributes["arr"], "-") == "a-1-1.5-true--/w==")
             EX(Concat(attributes["s"], "-")) FAILS
             EX(Concat([1], 2)) REFUSED)
{
    const tm_value list = tm_arg(c, 0);
    const tm_text delimiter = tm_arg_text(c, 1);
    tm_buf b = {.arena = c->arena};
    if (list.type == TM_NIL)
        return tm_return_text(c, TM_TEXT(""));
    if (list.type == TM_BYTES)
        return tm_charge(c, list.n) &&
               tm_return_text(c, join_bytes(c->arena, tm_value_text(list), delimiter));
    if (list.type != TM_LIST)
        return tm_fail(c, "expected a slice, got %s", tm_value_go_name(list));
    /* Work: elements, each charged with the bytes written */
    for (uint32_t i = 0; i < list.list->n; i++) {
        tm_text text;
        if (!element_text(c, &list, i, &text))
            return false;
        const bool in_place = add_text(&b, i == 0, delimiter, text);
        if (!tm_charge_bytes(c, in_place ? 0 : delimiter.n + text.n))
            return false;
    }
    return tm_return_text(c, tm_buf_leave(&b));
}

/* --- cutting --- */
static bool starts_character(tm_text t, size_t at)
{
    return at == t.n || ((unsigned char)t.p[at] & 0xc0) != 0x80;
}

TM_CONVERTER(Substring,
             "string Substring(target: string, start: int, length: int, utf8_safe?: 'bool = false)",
             "length bytes of target from byte start on; they must all be there. utf8_safe leaves "
             "out the characters that would be cut at either end.",
             EX(Substring("hello", 1, 3) == "ell")
             EX(Substring("h\u00e9llo", 2, 2, true) == "l")
             EX(Substring("hello", 0, 6)) FAILS
             EX(Substring("hello", 5, 0)) FAILS)
{
    const tm_text t = tm_arg_text(c, 0);
    const int64_t start = tm_arg_int(c, 1), length = tm_arg_int(c, 2);
    if (start < 0)
        return tm_fail(c, "start %lld is negative", (long long)start);
    if (length <= 0)
        return tm_fail(c, "length %lld is not positive", (long long)length);
    if (start > (int64_t)t.n || length > (int64_t)t.n - start)
        return tm_fail(c, "start %lld and length %lld go beyond the %zu bytes of the text",
                       (long long)start, (long long)length, t.n);
    size_t from = (size_t)start, to = (size_t)(start + length);
    if (tm_arg_given(c, 3) && tm_arg_bool(c, 3)) {
        /* All of it, where it is no UTF-8. */
        if (!tm_charge_bytes(c, (size_t)length))
            return false;
        /* Work: bytes of the text, charged before */
        while (to > from && !starts_character(t, to))
            to--;
        while (from < to && !starts_character(t, from))
            from++;
    }
    return tm_return_text(c, tm_text_slice(t.p + from, to - from));
}

static void split_characters(tm_arena *arena, tm_list *parts, tm_text t)
{
    /* Work: bytes of the text, charged before */
    for (size_t width; t.n; t = tm_text_skip(t, width)) {
        tm_utf8_next(t, &width);
        tm_list_append(arena, parts, tm_string(tm_text_slice(t.p, width)));
    }
}

TM_CONVERTER(Split, "list Split(target: string, delimiter: string)",
             "The parts of target between the delimiters; an empty delimiter splits it into "
             "characters. The list equals no list but another of Split's.",
             EX(Len(Split("a,b,c", ",")) == 3)
             EX(Split("h\u00e9y", "")[1] == "\u00e9")
             EX(Len(Split("", ",")) == 1)
             EX(Split(attributes["i"], ",")) FAILS)
{
    tm_text rest = tm_arg_text(c, 0), delimiter = tm_arg_text(c, 1);
    tm_list *parts = tm_list_new(c->arena, 4);
    if (!tm_charge_bytes(c, rest.n))
        return false;
    if (delimiter.n == 0) {
        if (!tm_charge(c, rest.n))
            return false;
        split_characters(c->arena, parts, rest);
        return tm_return(c, tm_list_value(parts, TM_STRINGS));
    }
    /* Work: bytes of the text, charged before */
    for (ptrdiff_t at; (at = tm_text_find(rest, delimiter)) >= 0;
         rest = tm_text_skip(rest, (size_t)at + delimiter.n)) {
        if (!tm_charge(c, 1))
            return false;
        tm_list_append(c->arena, parts, tm_string(tm_text_slice(rest.p, (size_t)at)));
    }
    tm_list_append(c->arena, parts, tm_string(rest));
    return tm_return(c, tm_list_value(parts, TM_STRINGS));
}

/* --- trimming: sets of characters stand in the rule, or are a space --- */
static bool holds_rune(tm_text set, uint32_t rune)
{
    /* Work: characters of the rule */
    for (size_t width; set.n; set = tm_text_skip(set, width))
        if (tm_utf8_next(set, &width) == rune)
            return true;
    return false;
}

TM_CONVERTER(Trim, "string Trim(target: string, replacement?: 'string = \" \")",
             "target without the characters of replacement at both ends; without spaces when it is "
             "not given.",
             EX(Trim("  a b ") == "a b")
             EX(Trim("abcba", "ab") == "c")
             EX(Trim(attributes["i"])) FAILS)
{
    tm_text t = tm_arg_text(c, 0), set = tm_arg_given(c, 1) ? tm_arg_text(c, 1) : TM_TEXT(" ");
    size_t width;
    if (!tm_charge_bytes(c, t.n))
        return false;
    /* Work: bytes of the text, charged before */
    while (t.n && holds_rune(set, tm_utf8_next(t, &width)))
        t = tm_text_skip(t, width);
    while (t.n && holds_rune(set, tm_letter_last(t, &width)))
        t.n -= width;
    return tm_return_text(c, t);
}

TM_CONVERTER(TrimPrefix, "string TrimPrefix(target: string, prefix: string)",
             "target without prefix at its start, if it is there.",
             EX(TrimPrefix("aab", "a") == "ab")
             EX(TrimPrefix("b", "a") == "b")
             EX(TrimPrefix(attributes["i"], "2")) FAILS)
{
    tm_text t = tm_arg_text(c, 0), prefix = tm_arg_text(c, 1);
    return tm_return_text(c, tm_text_skip(t, tm_text_starts(t, prefix) ? prefix.n : 0));
}

TM_CONVERTER(TrimSuffix, "string TrimSuffix(target: string, suffix: string)",
             "target without suffix at its end, if it is there.",
             EX(TrimSuffix("abb", "b") == "ab")
             EX(TrimSuffix("b", "a") == "b")
             EX(TrimSuffix(attributes["i"], "0")) FAILS)
{
    tm_text t = tm_arg_text(c, 0), suffix = tm_arg_text(c, 1);
    t.n -= tm_text_ends(t, suffix) ? suffix.n : 0;
    return tm_return_text(c, t);
}

/* --- searching --- */
TM_CONVERTER(Index, "int Index(target: any, value: any)",
             "Where value stands first: a byte offset in a string, a position in a list; -1 when "
             "it does not. Ints and doubles compare as numbers.",
             EX(Index("h\u00e9llo", "l") == 3)
             EX(Index([1, 2, 3], 2.0) == 1)
             EX(Index("a", "b") == -1)
             EX(Index("a", 1)) FAILS
             EX(Index(attributes["map"], "k")) FAILS)
{
    tm_value target = tm_arg(c, 0), value = tm_arg(c, 1), list;
    if (target.type == TM_STRING) {
        if (value.type != TM_STRING)
            return tm_fail(c, "value must be a string, not %s", tm_value_go_name(value));
        return tm_charge_bytes(c, target.n) &&
               tm_return_int(c, tm_text_find(tm_value_text(target), tm_value_text(value)));
    }
    if (target.type != TM_LIST)
        return tm_fail(c, "expected pcommon.Slice but got %s", tm_value_go_name(target));
    if (!tm_charge(c, target.list->n))
        return false;
    if (target.form == TM_STRINGS)
        list = target;
    else if (!tm_list_to_data(c->vm, target, &list))
        return false;
    /* Work: elements, charged before */
    for (uint32_t i = 0; i < list.list->n; i++)
        if (tm_element_equal(c->vm, list.list->item[i], value))
            return tm_return_int(c, i);
    return tm_return_int(c, -1);
}

TM_CHAPTER(text, ROW(Concat), ROW(Substring), ROW(Split), ROW(Trim), ROW(TrimPrefix),
           ROW(TrimSuffix), ROW(Index))
