/* Severity: levels by name or number (language.md 4.5).
 * Work: goes over what the rule lists, not over data.
 * SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/fn.h"

/* What is wrong with a mapping that stands in the rule. It makes calls fail, not builds. */
typedef struct checked {
    const char *fault; /* NULL: nothing */
} checked;

typedef struct named_range {
    const char *name;
    int64_t least, most;
} named_range;

static const named_range RANGES[] = {
    {"2xx", 200, 299}, {"3xx", 300, 399}, {"4xx", 400, 499}, {"5xx", 500, 599}};

static tm_value member(const tm_map *map, const char *key)
{
    const tm_entry *entry = tm_map_find(map, tm_text_of(key));
    return entry ? entry->value : tm_nil();
}

/* Both ends are part of the range. Returns what is wrong with it, or NULL. */
static const char *read_range(tm_value v, int64_t *least, int64_t *most)
{
    /* Work: ranges of the table */
    for (unsigned i = 0; v.type == TM_STRING && i < sizeof RANGES / sizeof *RANGES; i++)
        if (tm_text_is(tm_value_text(v), RANGES[i].name)) {
            *least = RANGES[i].least;
            *most = RANGES[i].most;
            return NULL;
        }
    if (v.type != TM_MAP)
        return "a range must be a map or one of 2xx, 3xx, 4xx and 5xx";
    tm_value min = member(v.map, "min"), max = member(v.map, "max");
    if (min.type != TM_INT || max.type != TM_INT)
        return "a range must have an int min and an int max";
    *least = min.integer;
    *most = max.integer;
    return NULL;
}

static const char *check_criterion(tm_value v)
{
    int64_t least, most;
    if (v.type != TM_MAP)
        return "a criterion must be a map";
    tm_value equals = member(v.map, "equals");
    if (equals.type != TM_LIST && tm_map_find(v.map, TM_TEXT("equals")))
        return "equals must be a list";
    /* Work: criteria of the rule */
    for (uint32_t i = 0; equals.type == TM_LIST && i < equals.list->n; i++)
        if (equals.list->item[i].type != TM_STRING)
            return "equals must hold strings";
    if (tm_map_find(v.map, TM_TEXT("range")))
        return read_range(member(v.map, "range"), &least, &most);
    return NULL;
}

static const char *check_mapping(const tm_map *mapping)
{
    /* Work: criteria of the rule */
    for (uint32_t i = 0; i < mapping->n; i++) {
        tm_value criteria = mapping->entry[i].value;
        if (criteria.type != TM_LIST)
            return "the criteria of a level must be a list";
        for (uint32_t k = 0; k < criteria.list->n; k++) {
            const char *fault = check_criterion(criteria.list->item[k]);
            if (fault)
                return fault;
        }
    }
    return NULL;
}

static bool prepare_ParseSeverity(tm_prepare *p)
{
    checked *state = TM_NEW(p->arena, checked);
    state->fault = tm_is_literal(p, 1) ? check_mapping(p->literal[1].map)
                                       : "the mapping must be a literal map";
    p->state = state;
    return true;
}

/* The mapping was checked. */
static bool fits(tm_value v, const tm_map *criterion)
{
    tm_value equals = member(criterion, "equals");
    int64_t least, most;
    if (v.type == TM_INT)
        return tm_map_find(criterion, TM_TEXT("range")) &&
               !read_range(member(criterion, "range"), &least, &most) && v.integer >= least &&
               v.integer <= most;
    /* Work: criteria of the rule */
    for (uint32_t i = 0; equals.type == TM_LIST && i < equals.list->n; i++)
        if (tm_text_equal(tm_value_text(v), tm_value_text(equals.list->item[i])))
            return true;
    return false;
}

TM_CONVERTER_PREPARED(
    ParseSeverity, "string ParseSeverity(target: any, mapping: map)",
    "The level of which a criterion fits: a string is looked up in the lists under equals, an int "
    "in the "
    "ranges ({\"min\": 1, \"max\": 9} or \"2xx\"). The mapping must be written in the rule.",
    EX(ParseSeverity(204, {"error": [ {"equals": ["err"]} ], "info": [ {"range": "2xx"} ]}) == "info")
    EX(ParseSeverity("err", {"error": [ {"equals": ["err"]} ]}) == "error")
    EX(ParseSeverity("x", {"error": [ {"equals": ["err"]} ]})) FAILS)
{
    const checked *state = c->state;
    tm_value v = tm_arg(c, 0);
    const tm_map *mapping = tm_arg_map(c, 1);
    if (state->fault)
        return tm_fail(c, "%s", state->fault);
    /* Work: criteria of the rule */
    for (uint32_t i = 0; i < mapping->n; i++) {
        const tm_list *criteria = mapping->entry[i].value.list;
        for (uint32_t k = 0; k < criteria->n; k++) {
            if (v.type != TM_STRING && v.type != TM_INT)
                return tm_fail(c, "%s %s has no level", tm_type_article((tm_type)v.type),
                               tm_type_name((tm_type)v.type));
            if (fits(v, criteria->item[k].map))
                return tm_return_text(c, mapping->entry[i].key);
        }
    }
    return tm_fail(c, "no level fits");
}

TM_CHAPTER(severity, ROW(ParseSeverity))
