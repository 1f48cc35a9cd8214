/* Tree: one constructor for each production of the grammar.
 * SPDX-License-Identifier: Apache-2.0 */
#include "lang/parse.h"

/* ---- names ----------------------------------------------------------------------------------- */

/* A name of one run. */
tm_name *tm_name_new(tm_parser *p, tm_place place, bool upper)
{
    tm_name *name = TM_NEW(p->arena, tm_name);
    *name = (tm_name){.place = place, .upper = upper};
    return name;
}

/* Only the first two runs matter later: they tell an enum from a function's name, and where a path
 * went wrong. */
tm_name *tm_name_join(tm_name *name, tm_place run, bool upper)
{
    if (name->second.n == 0) {
        name->second = run;
        name->second_upper = upper;
    }
    name->place = tm_place_join(name->place, run);
    return name;
}

/* The runs of a name put together: a slice of the source unless white space parts them. */
static tm_text name_text(tm_parser *p, const tm_name *name)
{
    tm_text text = tm_parse_text(p, name->place);
    tm_buf joined = {.arena = p->arena};
    size_t from = 0;
    for (size_t i = 0; i <= text.n; i++) {
        if (i < text.n && !strchr("\t\n\f\r ", text.p[i]))
            continue;
        if (i == text.n && from == 0)
            return text;
        tm_buf_add(&joined, tm_text_slice(text.p + from, i - from));
        from = i + 1;
    }
    return tm_buf_text(&joined);
}

/* Reports that a name of several runs stands where one run is due. */
static void report_second_run(tm_parser *p, const tm_name *name)
{
    bool apart = name->place.at + name->place.n > name->second.at &&
                 strchr("\t\n\f\r ", p->source->text.p[name->second.at - 1]);
    tm_place second = tm_parse_word(p, name->second);
    p->broken = true;
    if (p->muted)
        return;
    if (apart) {
        TM_PARSE_ERROR(p, second, "E0101", "unexpected `%.*s` behind a name",
                       TM_PRI(tm_parse_text(p, second)));
        tm_parse_hint_word(p, tm_parse_text(p, second));
        return;
    }
    TM_PARSE_ERROR(p, name->place, "E0110", "`%.*s` is not a path: paths are lower-case",
                   TM_PRI(tm_parse_text(p, name->place)));
    tm_diag_hint(p->diags, "functions are called with parentheses");
}

/* ---- nodes ----------------------------------------------------------------------------------- */

tm_node *tm_node_new(tm_parser *p, tm_node_kind kind, tm_place place)
{
    tm_node *node = TM_NEW(p->arena, tm_node);
    *node = (tm_node){.kind = kind, .place = place, .depth = 1};
    return node;
}

/* Makes `parent` at least one deeper than `child`. */
static void deepen(tm_parser *p, tm_node *parent, const tm_node *child)
{
    if (parent->depth > child->depth)
        return;
    parent->depth = child->depth + 1;
    if (parent->depth <= TM_DEPTH_MAX || p->broken)
        return;
    TM_PARSE_ERROR(p, parent->place, "E0108", "this is nested too deeply: more than %d operations",
                   TM_DEPTH_MAX);
    p->broken = true;
}

/* Appends a child; returns the parent. */
tm_node *tm_node_add(tm_parser *p, tm_node *parent, tm_node *child)
{
    if (parent->last)
        parent->last->next = child;
    else
        parent->first = child;
    parent->last = child;
    deepen(p, parent, child);
    return parent;
}

/* A node that has grown to cover `place`. */
tm_node *tm_node_sized(tm_node *node, tm_place place)
{
    node->place = place;
    return node;
}

/* ---- names, paths and calls ------------------------------------------------------------------ */

/* Appends a segment; keys that follow belong to it. */
static void add_segment(tm_parser *p, tm_node *path, const tm_name *name)
{
    tm_segment *segment = TM_NEW(p->arena, tm_segment);
    *segment = (tm_segment){.name = name_text(p, name), .place = name->place};
    if (path->last_segment)
        path->last_segment->next = segment;
    else
        path->segments = segment;
    path->last_segment = segment;
    path->last_key = NULL;
}

/* A name on its own: a path, an enum, or a function's name. Only the last has several runs, and its
 * second one is lower-case: two upper-case runs are an enum and something behind it. */
tm_node *tm_node_word(tm_parser *p, const tm_name *name)
{
    bool several = name->second.n > 0;
    if (several && (!name->upper || name->second_upper))
        report_second_run(p, name);
    tm_node_kind kind = !name->upper ? TM_NODE_PATH : several ? TM_NODE_FUNCTION : TM_NODE_ENUM;
    tm_node *node = tm_node_new(p, kind, name->place);
    node->name_place = name->place;
    if (kind == TM_NODE_PATH)
        add_segment(p, node, name);
    else
        node->name = name_text(p, name);
    return node;
}

/* `_` is read like a path, which no name can look like; only a lambda's parameters take it. */
tm_node *tm_node_blank(tm_parser *p, tm_place place)
{
    return tm_node_word(p, &(tm_name){.place = place});
}

static bool is_blank(const tm_node *node)
{
    return node->kind == TM_NODE_PATH && tm_text_is(node->segments->name, "_");
}

/* path "." name */
tm_node *tm_node_field(tm_parser *p, tm_place place, tm_node *path, const tm_name *name)
{
    if (path->kind != TM_NODE_PATH || is_blank(path)) {
        TM_PARSE_ERROR(p, name->place, "E0110", "only a path has fields");
        tm_diag_other(p->diags, path->place);
        p->broken = true;
        return path;
    }
    if (name->upper) {
        TM_PARSE_ERROR(p, name->place, "E0110", "the fields of a path are lower-case");
        p->broken = true;
    } else if (name->second.n) {
        report_second_run(p, name);
    }
    add_segment(p, path, name);
    return tm_node_sized(path, place);
}

/* A key belongs to the last segment of a path, or to the result of a call. */
tm_node *tm_node_index(tm_parser *p, tm_place place, tm_node *indexed, tm_node *key)
{
    bool path = indexed->kind == TM_NODE_PATH && !is_blank(indexed);
    if (!path && indexed->kind != TM_NODE_CALL) {
        TM_PARSE_ERROR(p, key->place, "E0118", "only paths and converters can be indexed");
        tm_diag_other(p->diags, indexed->place);
        p->broken = true;
        return indexed;
    }
    tm_node **keys = path ? &indexed->last_segment->keys : &indexed->keys;
    if (indexed->last_key)
        indexed->last_key->next = key;
    else
        *keys = key;
    indexed->last_key = key;
    deepen(p, indexed, key);
    return tm_node_sized(indexed, place);
}

/* The list of arguments becomes the call. */
tm_node *tm_node_call(tm_parser *p, tm_place place, const tm_name *name, tm_node *arguments)
{
    arguments->kind = TM_NODE_CALL;
    arguments->place = place;
    arguments->name = name_text(p, name);
    arguments->name_place = name->place;
    return arguments;
}

/* name "=" value */
tm_node *tm_node_argument(tm_parser *p, const tm_name *label, tm_node *value)
{
    if (label->upper) {
        TM_PARSE_ERROR(p, label->place, "E0110",
                       "the name of an argument starts with a lower-case letter");
        p->broken = true;
    }
    value->label = name_text(p, label);
    value->label_place = label->place;
    return value;
}

/* String ":" value; the key's text is unescaped already. */
tm_node *tm_node_entry(tm_node *key, tm_node *value)
{
    value->label = key->text;
    value->label_place = key->place;
    return value;
}

/* ---- parentheses ----------------------------------------------------------------------------- */

/* What parentheses hold is read as a list, because the parser cannot know before the arrow whether
 * they hold one value or a lambda's parameters. */
tm_node *tm_node_group(tm_parser *p, tm_place place, tm_node *values)
{
    if (!values->first)
        TM_PARSE_ERROR(p, place, "E0101", "there is nothing in these parentheses");
    else if (values->first->next)
        TM_PARSE_ERROR(p, values->first->next->place, "E0101", "parentheses hold one value");
    if (!values->first || values->first->next) {
        tm_diag_hint(p->diags, "a lambda has `=>` behind them");
        p->broken = true;
    }
    values->kind = TM_NODE_GROUP;
    return tm_node_sized(values, place);
}

/* A parameter is one lower-case name or a blank. */
static bool is_parameter(const tm_node *node)
{
    return node->kind == TM_NODE_PATH && !node->segments->next && !node->segments->keys;
}

/* Parameters were read as values; their names are what counts. */
tm_node *tm_node_lambda(tm_parser *p, tm_place place, tm_node *values, tm_node *body)
{
    tm_node *lambda = tm_node_new(p, TM_NODE_LAMBDA, place);
    tm_segment **end = &lambda->parameters;
    for (tm_node *value = values->first; value; value = value->next) {
        if (!is_parameter(value)) {
            TM_PARSE_ERROR(p, value->place, "E0120",
                           "a parameter of a lambda is a lower-case name or `_`");
            p->broken = true;
            continue;
        }
        *end = value->segments;
        end = &value->segments->next;
    }
    return tm_node_add(p, lambda, body);
}

/* ---- operators ------------------------------------------------------------------------------- */

tm_node *tm_node_unary(tm_parser *p, tm_place place, tm_node_kind kind, tm_operator op,
                       tm_place op_place, tm_node *child)
{
    tm_node *node = tm_node_new(p, kind, place);
    node->op = op;
    node->op_place = op_place;
    return tm_node_add(p, node, child);
}

tm_node *tm_node_compare(tm_parser *p, tm_place place, tm_operator op, tm_place op_place,
                         tm_node *left, tm_node *right)
{
    tm_node *node = tm_node_unary(p, place, TM_NODE_COMPARE, op, op_place, left);
    return tm_node_add(p, node, right);
}

tm_node *tm_node_math(tm_parser *p, tm_place place, tm_operator op, tm_place op_place,
                      tm_node *left, tm_node *right)
{
    tm_node *node = tm_node_unary(p, place, TM_NODE_ARITHMETIC, op, op_place, left);
    return tm_node_add(p, node, right);
}

/* A chain of one operator is one node. It groups to the left, so only that side can be one. */
tm_node *tm_node_chain(tm_parser *p, tm_place place, tm_node_kind kind, tm_place op_place,
                       tm_node *left, tm_node *right)
{
    tm_node *chain = left->kind == kind ? tm_node_sized(left, place)
                                        : tm_node_unary(p, place, kind, TM_EQ, op_place, left);
    return tm_node_add(p, chain, right);
}

/* What a node is called in messages. */
static const char *const nouns[] = {
    [TM_NODE_NIL] = "nil",
    [TM_NODE_BOOL] = "a bool",
    [TM_NODE_INT] = "an int",
    [TM_NODE_DOUBLE] = "a double",
    [TM_NODE_STRING] = "a string",
    [TM_NODE_BYTES] = "bytes",
    [TM_NODE_ENUM] = "an enum",
    [TM_NODE_PATH] = "a path",
    [TM_NODE_CALL] = "a call",
    [TM_NODE_FUNCTION] = "the name of a function",
    [TM_NODE_LIST] = "a list",
    [TM_NODE_MAP] = "a map",
    [TM_NODE_LAMBDA] = "a lambda expression",
    [TM_NODE_SIGN] = "a signed value",
    [TM_NODE_ARITHMETIC] = "arithmetic",
    [TM_NODE_COMPARE] = "a comparison",
    [TM_NODE_NOT] = "`not`",
    [TM_NODE_AND] = "`and`",
    [TM_NODE_OR] = "`or`",
    [TM_NODE_GROUP] = "something in parentheses",
};

const char *tm_node_noun(tm_node_kind kind)
{
    return nouns[kind];
}
