/* Collect: what maps and lists hold (language.md 4.7).
 * Work: each entry once, charged before.
 * SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/fn.h"

static bool prepare_Coalesce(tm_prepare *p)
{
    if (!tm_is_literal(p, 0) || p->literal[0].list->n)
        return true;
    return tm_refuse(p, 0, "the list must not be empty");
}

TM_CONVERTER_PREPARED(Coalesce, "any Coalesce(values: [lazy any])",
                      "The first value that is not nil; those behind it are not evaluated. nil if "
                      "there is none.",
                      EX(Coalesce([attributes["missing"], attributes["empty"], "d"]) == "d")
                      EX(Coalesce([name, 1 / 0]) == name)
                      EX(Coalesce([nil, 1 / 0])) FAILS
                      EX(Coalesce([])) REFUSED)
{
    tm_value v = tm_nil();
    /* Work: elements of the rule */
    for (unsigned i = 0; i < tm_arg_elements(c, 0) && v.type == TM_NIL; i++)
        if (!tm_arg_force(c, 0, i, &v))
            return false;
    return tm_return(c, v);
}

TM_CONVERTER(Keys, "list Keys(target: map)", "The keys of target as a list, in its order.",
    EX(Keys(attributes["map"]) == ["k", "n", "deep"])
    EX(Keys({"a": 1}) == ["a"])
    EX(Keys(attributes["s"])) FAILS)
{
    const tm_map *map = tm_arg_map(c, 0);
    if (!tm_charge(c, map->n))
        return false;
    tm_list *keys = tm_list_new(c->arena, map->n);
    /* Work: entries, charged before */
    for (uint32_t i = 0; i < map->n; i++)
        tm_list_append(c->arena, keys, tm_string(map->entry[i].key));
    return tm_return_list(c, keys);
}

TM_CONVERTER(Values, "list Values(target: map)", "The values of target as a list, in its order.",
    EX(Values({"a": 1, "b": "x"}) == [1, "x"])
    EX(Values(attributes["emap"]) == [])
    EX(Values(attributes["s"])) FAILS)
{
    const tm_map *map = tm_arg_map(c, 0);
    if (!tm_charge(c, map->n))
        return false;
    tm_list *values = tm_list_new(c->arena, map->n);
    /* Work: entries, charged before */
    for (uint32_t i = 0; i < map->n; i++)
        tm_list_append(c->arena, values, tm_call_copy(c, map->entry[i].value));
    return tm_return_list(c, values);
}

TM_CHAPTER(collect, ROW(Coalesce), ROW(Keys), ROW(Values))
