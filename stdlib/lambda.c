/* Lambda: functions that take small anonymous functions (language.md 4.12).
 * Work: each element once, charged; what its lambda does charges for itself.
 * SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/fn.h"

/* What a lambda function walks over: a list or a map. */
typedef struct source {
    const tm_list *list; /* or NULL */
    const tm_map *map;
    uint32_t n;
} source;

static bool open_source(tm_call *c, source *s)
{
    tm_value v = tm_arg(c, 0);
    *s = (source){0};
    if (v.type == TM_MAP) {
        s->map = v.map;
        s->n = v.map->n;
        return true;
    }
    if (v.type != TM_LIST)
        return tm_fail(c, "unsupported type provided: %s", tm_value_go_name(v));
    s->list = v.list;
    s->n = v.list->n;
    if (!tm_charge(c, s->n))
        return false;
    if (v.form == TM_LITERAL)
        /* Work: elements, charged before */
        for (uint32_t i = 0; i < s->n; i++)
            if (!tm_value_is_plain(v.list->item[i]))
                return tm_fail(c, "unsupported type provided: %s in a list",
                               tm_value_go_name(v.list->item[i]));
    return true;
}

/* Elements that came from native lists are data from here on. */
static tm_value settle(tm_value v)
{
    if (v.type == TM_NATIVE_INT)
        return tm_int(v.integer);
    if (v.type == TM_LIST && v.form == TM_STRINGS)
        v.form = TM_LITERAL;
    return v;
}

/* Key and value of element i, as two arguments. */
static void element(const source *s, uint32_t i, tm_value arg[2])
{
    arg[0] = s->list ? tm_int(i) : tm_string(s->map->entry[i].key);
    arg[1] = s->list ? s->list->item[i] : s->map->entry[i].value;
    if (s->list && arg[1].type == TM_LIST && arg[1].form == TM_LITERAL)
        arg[1].form = TM_DATA;
    if (arg[1].type == TM_NATIVE_INT)
        arg[1] = tm_int(arg[1].integer);
}

/* A body that yields nil is an error everywhere. */
static bool call_any(tm_call *c, unsigned lambda, const tm_value *args, unsigned n,
                     tm_value *result)
{
    if (!tm_call_lambda(c, lambda, args, n, result))
        return false;
    return result->type != TM_NIL || tm_fail(c, "lambda expression must return a value, got nil");
}

/* What it makes on its way, behind the mark, is given back. */
static bool call_predicate(tm_call *c, unsigned lambda, const tm_value *args, unsigned n,
                           tm_vm_mark *mark, bool *truth)
{
    tm_value result;
    if (!tm_call_lambda(c, lambda, args, n, &result))
        return false;
    tm_vm_turn_by(tm_vm_release_step, c->vm, mark, 1);
    if (result.type != TM_BOOL)
        return tm_fail(c, "lambda expression must return a value of type bool, got %s",
                       tm_value_go_name(result));
    *truth = result.truth;
    return true;
}

/* The first element for which the predicate is `wanted`: its number in *at, or the number of
 * elements. */
static bool search(tm_call *c, const source *s, bool wanted, uint32_t *at)
{
    tm_vm_mark mark = tm_vm_save(c->vm);
    /* Work: elements, each charged with its step of the lambda */
    for (*at = 0; *at < s->n; ++*at) {
        tm_value arg[2];
        bool truth;
        element(s, *at, arg);
        if (!call_predicate(c, 1, arg, 2, &mark, &truth))
            return false;
        if (truth == wanted)
            return true;
    }
    return true;
}

TM_CONVERTER(Any, "bool Any(source: any, predicate: (k, v) => bool)",
             "True at the first element of a list or map for which predicate is true.",
             EX(Any(attributes["ints"], (_, v) => v > 2))
             EX(Any(attributes["missing"], (_, v) => true)) FAILS)
{
    source s;
    uint32_t at;
    return open_source(c, &s) && search(c, &s, true, &at) && tm_return_bool(c, at < s.n);
}

TM_CONVERTER(All, "bool All(source: any, predicate: (k, v) => bool)",
             "False at the first element of a list or map for which predicate is false.",
             EX(All(attributes["strs"], (_, v) => IsString(v)))
             EX(All([true, nil], (_, v) => v)) FAILS)
{
    source s;
    uint32_t at;
    return open_source(c, &s) && search(c, &s, false, &at) && tm_return_bool(c, at == s.n);
}

/* --- results that are made element by element --- */
static void add(tm_call *c, const source *s, tm_value *result, tm_value key, tm_value value)
{
    if (s->list)
        tm_list_append(c->arena, result->list, value);
    else
        tm_map_append(c->arena, result->map, tm_value_text(key), value);
}

static tm_value new_result(tm_call *c, const source *s)
{
    return s->list ? tm_list_value(tm_list_new(c->arena, s->n), TM_DATA)
                   : tm_map_value(tm_map_new(c->arena, s->n), TM_DATA);
}

TM_CONVERTER(Filter, "any Filter(source: any, predicate: (k, v) => bool)",
             "The elements for which predicate is true, as a list or map of their own.",
             EX(Len(Filter(attributes["ints"], (_, v) => v > 1)) == 2)
             EX(Filter([1, 2, 3], (_, v) => v != 2) == [1, 3]))
{
    source s;
    if (!open_source(c, &s))
        return false;
    tm_value result = new_result(c, &s);
    tm_vm_mark mark = tm_vm_save(c->vm);
    /* Work: elements, each charged with its step of the lambda */
    for (uint32_t i = 0; i < s.n; i++) {
        tm_value arg[2];
        bool truth;
        element(&s, i, arg);
        if (!call_predicate(c, 1, arg, 2, &mark, &truth))
            return false;
        if (!truth)
            continue;
        add(c, &s, &result, arg[0], tm_call_copy(c, arg[1]));
        mark = tm_vm_save(c->vm);
    }
    return tm_return(c, result);
}

TM_CONVERTER(
    Find, "any Find(source: any, predicate: (k, v) => bool, mapper?: (k, v) => any)",
    "The first element for which predicate is true, or what mapper makes of it; nil without one.",
    EX(Find([3, 1], (_, v) => v < 3, (i, _) => i) == 1)
    EX(Find([3], (_, v) => v < 3) == nil))
{
    source s;
    uint32_t at;
    tm_value arg[2], result;
    if (!open_source(c, &s) || !search(c, &s, true, &at))
        return false;
    if (at == s.n)
        return tm_return_nil(c);
    element(&s, at, arg);
    if (!tm_arg_given(c, 2))
        return tm_return(c, arg[1]);
    return call_any(c, 2, arg, 2, &result) && tm_return(c, settle(result));
}

/* What MapEach can store: a list literal holds scalars and list literals only. */
static bool is_mappable(tm_value v)
{
    if (v.type == TM_LIST && v.form == TM_LITERAL)
        return tm_value_is_plain(v);
    return tm_value_is_storable(v) || v.type == TM_NATIVE_INT;
}

TM_CONVERTER(
    MapEach, "any MapEach(source: any, mapper: (k, v) => any)",
    "A list or map with the same keys and the values that mapper makes; they must be storable.",
    EX(MapEach([3, 1], (i, v) => v * 2 + i) == [6, 3])
    EX(MapEach([1, nil], (_, v) => v)) FAILS)
{
    source s;
    if (!open_source(c, &s))
        return false;
    tm_value result = new_result(c, &s);
    /* Work: elements, each charged with its step of the lambda */
    for (uint32_t i = 0; i < s.n; i++) {
        tm_value arg[2], value;
        element(&s, i, arg);
        if (!call_any(c, 1, arg, 2, &value))
            return false;
        if (!is_mappable(value))
            return tm_fail(c, "unsupported type provided: %s", tm_value_go_name(value));
        add(c, &s, &result, arg[0], tm_call_copy(c, settle(value)));
    }
    return tm_return(c, result);
}

TM_CONVERTER(MapKeys, "map MapKeys(source: map, key_mapper: (k, v) => string)",
             "The map with the keys that key_mapper makes; a repeated key keeps its place and "
             "takes the last value.",
             EX(MapKeys({"a": 1}, (_, v) => "b") == {"b": 1})
             EX(MapKeys([1], (k, v) => "x")) REFUSED)
{
    const tm_map *from = tm_arg_map(c, 0);
    tm_map *map = tm_map_new(c->arena, from->n);
    /* Work: elements, each charged with its step of the lambda */
    for (uint32_t i = 0; i < from->n; i++) {
        tm_value arg[2], key;
        element(&(source){.map = from, .n = from->n}, i, arg);
        if (!tm_call_lambda(c, 1, arg, 2, &key))
            return false;
        if (key.type != TM_STRING)
            return tm_fail(c, "lambda expression must return a value of type string, got %s",
                           tm_value_go_name(key));
        tm_map_put(c->arena, map, tm_value_text(key), tm_call_copy(c, arg[1]));
    }
    return tm_return_map(c, map);
}

TM_CONVERTER(
    Reduce, "any Reduce(source: any, seed: any, accumulator: (acc, k, v) => any)",
    "Starts with seed and replaces it by what accumulator makes of it and each element in turn.",
    EX(Reduce(attributes["ints"], 0, (acc, _, v) => acc + v) == 6)
    EX(Reduce(attributes["ints"], nil, (acc, _, v) => acc)) FAILS)
{
    source s;
    if (!open_source(c, &s))
        return false;
    tm_value result = tm_arg(c, 1);
    const tm_vm_mark mark = tm_vm_save(c->vm);
    /* Work: elements, each charged with its step of the lambda */
    for (uint32_t i = 0; i < s.n; i++) {
        tm_value arg[3] = {settle(result)};
        element(&s, i, arg + 1);
        if (!call_any(c, 2, arg, 3, &result))
            return false;
        tm_vm_release_but(c->vm, &mark, &result);
    }
    return tm_return(c, result);
}

TM_CONVERTER(When, "any When(condition: () => bool, true_value: lazy any, false_value: lazy any)",
             "true_value or false_value, as condition says; only the one chosen is evaluated.",
             EX(When(() => kind == 2, "server", 1 / 0) == "server")
             EX(When(true, 1, 2)) REFUSED)
{
    bool truth;
    tm_value result;
    tm_vm_mark mark = tm_vm_save(c->vm);
    if (!call_predicate(c, 0, NULL, 0, &mark, &truth))
        return false;
    return tm_arg_force(c, truth ? 1 : 2, 0, &result) && tm_return(c, result);
}

TM_CHAPTER(lambda, ROW(Any), ROW(All), ROW(Filter), ROW(Find), ROW(MapEach), ROW(MapKeys),
           ROW(Reduce), ROW(When))
