/* Sort: lists put in order and turned into maps, and logarithms (language.md 4.7).
 * Work: merges, n log n, each round charged with what it moves.
 * SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/fn.h"

#include <math.h>

/* --- Sort --- */

/* What elements are compared by. */
typedef enum order { BY_INT, BY_DOUBLE, BY_TEXT, UNORDERED } order;

/* An element and what it is compared by. */
typedef struct ranked {
    tm_value value;
    tm_text text;
    double number;
} ranked;

/* One list being sorted, stably, by merging. */
typedef struct sorting {
    tm_work *work;
    ranked *from, *to;
    order by;
    bool descending;
} sorting;

static order order_of(const tm_list *list)
{
    order by = BY_INT;
    /* Work: elements, charged before */
    for (uint32_t i = 0; i < list->n; i++) {
        switch ((tm_type)list->item[i].type) {
        case TM_INT:
        case TM_NATIVE_INT:
            break;
        case TM_DOUBLE:
            by = by == BY_INT ? BY_DOUBLE : by;
            break;
        case TM_STRING:
        case TM_BOOL:
        case TM_NIL:
            by = BY_TEXT;
            break;
        default:
            return UNORDERED;
        }
    }
    return by;
}

/* NaN comes before all numbers. */
static int compare_doubles(double a, double b)
{
    if (isnan(a) || isnan(b))
        return isnan(b) - isnan(a);
    return (a > b) - (a < b);
}

static int compare(const sorting *s, const ranked *a, const ranked *b)
{
    if (s->descending) {
        const ranked *swapped = a;
        a = b;
        b = swapped;
    }
    if (s->by == BY_TEXT)
        return tm_text_compare(a->text, b->text);
    if (s->by == BY_DOUBLE)
        return compare_doubles(a->number, b->number);
    return (a->value.integer > b->value.integer) - (a->value.integer < b->value.integer);
}

/* Costs end - start steps. */
static void merge(sorting *s, size_t start, size_t middle, size_t end)
{
    size_t left = start, right = middle;
    /* Work: elements of both halves, charged (sort_ranked) */
    for (size_t i = start; i < end; i++) {
        bool take_left =
            right == end || (left < middle && compare(s, &s->from[left], &s->from[right]) <= 0);
        s->to[i] = s->from[take_left ? left++ : right++];
    }
}

static bool sort_ranked(sorting *s, size_t n)
{
    /* Work: n log n, each round charged */
    for (size_t width = 1; width < n; width *= 2) {
        if (!tm_work_charge(s->work, n))
            return false;
        for (size_t i = 0; i < n; i += 2 * width) {
            size_t middle = i + width < n ? i + width : n,
                   end = i + 2 * width < n ? i + 2 * width : n;
            merge(s, i, middle, end);
        }
        ranked *swapped = s->from;
        s->from = s->to;
        s->to = swapped;
    }
    return true;
}

/* NULL: it takes too much work. */
static tm_list *sorted(tm_arena *arena, tm_work *work, const tm_list *list, order by,
                       bool descending)
{
    sorting s = {.work = work,
                 .from = TM_NEW_ARRAY(arena, list->n, ranked),
                 .to = TM_NEW_ARRAY(arena, list->n, ranked),
                 .by = by,
                 .descending = descending};
    /* Work: elements, charged before */
    for (uint32_t i = 0; i < list->n; i++) {
        tm_value v = list->item[i];
        v = v.type == TM_NATIVE_INT ? tm_int(v.integer) : v;
        s.from[i] =
            (ranked){.value = v, .number = v.type == TM_DOUBLE ? v.number : (double)v.integer};
        if (by == BY_TEXT)
            s.from[i].text = tm_data_text(arena, v);
    }
    if (!sort_ranked(&s, list->n))
        return NULL;
    tm_list *result = tm_list_new(arena, list->n);
    for (uint32_t i = 0; i < list->n; i++)
        tm_list_append(arena, result, s.from[i].value);
    return result;
}

static bool prepare_Sort(tm_prepare *p)
{
    if (!(p->given & 2) || tm_text_is(tm_value_text(p->literal[1]), "asc"))
        return true;
    p->state = p->arena; /* anything: it says descending */
    return tm_text_is(tm_value_text(p->literal[1]), "desc") ||
           tm_refuse(p, 1, "the order must be \"asc\" or \"desc\"");
}

TM_CONVERTER_PREPARED(
    Sort, "any Sort(target: any, order?: 'string = \"asc\")",
    "The elements of a list in ascending (asc) or descending (desc) order: as numbers when all "
    "are, else by "
    "their texts. A list with bytes, maps or lists in it stays as it is.",
    EX(Sort([3, 1.5, 2]) == [1.5, 2, 3])
    EX(Sort(attributes["ints"], "desc") == [3, 2, 1])
    EX(Sort(["b", "a", 10, 9]) == [10, 9, "a", "b"])
    EX(Sort([1, attributes["map"]])) FAILS
    EX(Sort([1], "up")) REFUSED)
{
    tm_value v = tm_arg(c, 0);
    if (v.type != TM_LIST)
        return tm_fail(c, "%s %s is no list", tm_type_article((tm_type)v.type),
                       tm_type_name((tm_type)v.type));
    if (!tm_charge(c, v.list->n))
        return false;
    /* Work: elements, charged before */
    for (uint32_t i = 0; v.form == TM_LITERAL && i < v.list->n; i++)
        if (!tm_value_is_plain(v.list->item[i]))
            return tm_fail(c, "a list with %s %s in it cannot be sorted",
                           tm_type_article((tm_type)v.list->item[i].type),
                           tm_type_name((tm_type)v.list->item[i].type));
    order by = order_of(v.list);
    if (by == UNORDERED) { /* as it is, but no literal any more */
        v = tm_call_copy(c, v);
        v.form = v.form == TM_LITERAL ? TM_DATA : v.form;
        return tm_return(c, v);
    }
    tm_list *list = sorted(c->arena, tm_call_work(c), v.list, by, c->state != NULL);
    if (!list)
        return tm_vm_spent(c->vm);
    uint8_t form = v.form == TM_STRINGS ? TM_STRINGS : list->n ? TM_LITERAL : TM_DATA;
    return tm_return(c, tm_list_value(list, form));
}

/* --- SliceToMap --- */

/* Follows a path of keys into an element. */
static bool follow(tm_call *c, tm_value v, const tm_list *path, tm_value *found)
{
    if (!path->n)
        return tm_fail(c, "a path must have at least one key");
    /* Work: keys of the path, of the rule */
    for (uint32_t i = 0; i < path->n; i++) {
        const tm_entry *entry =
            v.type == TM_MAP ? tm_map_find(v.map, tm_value_text(path->item[i])) : NULL;
        if (!entry)
            return tm_fail(c, "an element has no \"%.*s\"", TM_PRI(tm_value_text(path->item[i])));
        v = entry->value;
    }
    *found = v;
    return true;
}

TM_CONVERTER(
    SliceToMap, "map SliceToMap(target: list, key_path?: ['string], value_path?: ['string])",
    "A map of the list's elements. Keys are the strings that key_path leads to in each element, or "
    "\"0\", "
    "\"1\", ...; values are the elements, or what value_path leads to. Of a repeated key the last "
    "one counts.",
    EX(SliceToMap(attributes["maps"], ["name"], ["value"]) == {"foo": 2, "bar": 5})
    EX(SliceToMap(attributes["strs"])["1"] == "a")
    EX(SliceToMap(attributes["maps"], ["value"])) FAILS)
{
    const tm_list *list = tm_arg_list(c, 0);
    if (!tm_charge(c, 2 * (size_t)list->n))
        return false;
    tm_map *map = tm_map_new(c->arena, list->n);
    bool keyed = tm_arg_given(c, 1), valued = tm_arg_given(c, 2);
    /* Work: elements, charged before */
    for (uint32_t i = 0; i < list->n; i++) {
        tm_value key, value = list->item[i];
        if ((keyed || valued) && value.type != TM_MAP)
            return tm_fail(c, "element %u is a %s, not a map", i,
                           tm_type_name((tm_type)value.type));
        if (!keyed)
            key = tm_string(tm_arena_print(c->arena, "%u", i));
        else if (!follow(c, list->item[i], tm_arg_list(c, 1), &key))
            return false;
        if (key.type != TM_STRING)
            return tm_fail(c, "the key of element %u is a %s, not a string", i,
                           tm_type_name((tm_type)key.type));
        if (valued && !follow(c, list->item[i], tm_arg_list(c, 2), &value))
            return false;
        tm_map_put(c->arena, map, tm_value_text(key), tm_call_copy(c, value));
    }
    return tm_return_map(c, map);
}

/* --- numbers --- */
TM_CONVERTER(Log, "double Log(target: double~)", "The natural logarithm of a number above zero.",
    EX(Log(1) == 0)
    EX(Log("2.5") > 0.9)
    EX(Log(0)) FAILS
    EX(Log("x")) REFUSED)
{
    if (tm_arg_is_nil(c, 0) || tm_arg_double(c, 0) <= 0)
        return tm_fail(c, "the number must be greater than zero");
    return tm_return_double(c, log(tm_arg_double(c, 0)));
}

TM_CHAPTER(sort, ROW(Sort), ROW(SliceToMap), ROW(Log))
