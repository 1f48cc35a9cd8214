/* Shape: refuses the sentences that the grammar reads although OTTL does not have them. OTTL's own
 * grammar tries alternatives in order and never returns to one that was complete; docs/grammar.md
 * has it.
 * SPDX-License-Identifier: Apache-2.0 */
#include "lang/habits.h"
#include "lang/parse.h"

static void check_value(tm_parser *p, const tm_node *node);
static void check_condition(tm_parser *p, const tm_node *node);

/* What parentheses, however many, hold. */
static const tm_node *inside(const tm_node *node)
{
    while (node->kind == TM_NODE_GROUP)
        node = node->first;
    return node;
}

/* True for what can be an operand of arithmetic, and for arithmetic itself. */
static bool is_arithmetic(const tm_node *node)
{
    switch (inside(node)->kind) {
    case TM_NODE_INT:
    case TM_NODE_DOUBLE:
    case TM_NODE_PATH:
    case TM_NODE_CALL:
    case TM_NODE_SIGN:
    case TM_NODE_ARITHMETIC:
        return true;
    default:
        return false;
    }
}

static bool is_boolean(const tm_node *node)
{
    return node->kind == TM_NODE_COMPARE || node->kind == TM_NODE_NOT ||
           node->kind == TM_NODE_AND || node->kind == TM_NODE_OR;
}

static bool is_upper(const tm_node *call)
{
    return call->name.p[0] >= 'A' && call->name.p[0] <= 'Z';
}

/* ---- arithmetic ------------------------------------------------------------------------------ */

static void check_path(tm_parser *p, const tm_node *path);
static void check_call(tm_parser *p, const tm_node *call);
static void check_sign(tm_parser *p, const tm_node *sign);

/* addTerm and mathValue; what they hold is never anything else, in however many parentheses. */
static void check_operand(tm_parser *p, const tm_node *node)
{
    switch (node->kind) {
    case TM_NODE_INT:
    case TM_NODE_DOUBLE:
        return;
    case TM_NODE_PATH:
        check_path(p, node);
        return;
    case TM_NODE_CALL:
        check_call(p, node);
        return;
    case TM_NODE_GROUP:
        check_operand(p, node->first);
        return;
    case TM_NODE_SIGN:
        check_sign(p, node);
        return;
    case TM_NODE_ARITHMETIC:
        check_operand(p, node->first);
        check_operand(p, node->last);
        return;
    default:
        TM_PARSE_ERROR(p, node->place, "E0114", "%s cannot be part of arithmetic",
                       tm_node_noun(node->kind));
        if (node->kind == TM_NODE_STRING)
            tm_diag_hint(p->diags, "Concat([...], \"\") joins strings");
    }
}

/* mathValue = [ "+" | "-" ] ( operand | "(" mathExpr ")" ) */
static void check_sign(tm_parser *p, const tm_node *sign)
{
    if (sign->first->kind == TM_NODE_SIGN) {
        TM_PARSE_ERROR(p, sign->first->op_place, "E0115", "a value has one sign at most");
        tm_diag_other(p->diags, sign->op_place);
        return;
    }
    check_operand(p, sign->first);
}

/* ---- paths and calls ------------------------------------------------------------------------- */

/* key = "[" ( String | Int | mathExpr ) "]": arithmetic that starts with an int token is lost,
 * because the second alternative has taken that token. */
static void check_key(tm_parser *p, const tm_node *key)
{
    const tm_node *leftmost = key;
    if (key->kind == TM_NODE_STRING)
        return;
    if (!is_arithmetic(key)) {
        TM_PARSE_ERROR(p, key->place, "E0117", "an index is a string, an int or arithmetic, not %s",
                       tm_node_noun(inside(key)->kind));
        return;
    }
    while (leftmost->kind == TM_NODE_ARITHMETIC)
        leftmost = leftmost->first;
    if (leftmost->kind == TM_NODE_INT && leftmost != key) {
        TM_PARSE_ERROR(p, key->place, "E0117", "arithmetic in an index cannot start with an int");
        tm_diag_hint(p->diags, "put it in parentheses: [(%.*s)]",
                     TM_PRI(tm_parse_text(p, key->place)));
        return;
    }
    check_operand(p, key);
}

/* path = field { "." field }; the constructors have seen to the names. */
static void check_path(tm_parser *p, const tm_node *path)
{
    if (tm_text_is(path->segments->name, "_"))
        TM_PARSE_ERROR(p, path->place, "E0124", "`_` can only be a parameter of a lambda");
    for (const tm_segment *segment = path->segments; segment; segment = segment->next)
        for (const tm_node *key = segment->keys; key; key = key->next)
            check_key(p, key);
}

/* Parentheses are a value's when they hold arithmetic; `(true)` can only be a boolExpr. */
static bool body_is_value(const tm_node *body)
{
    return !is_boolean(body) && (body->kind != TM_NODE_GROUP || is_arithmetic(body));
}

/* body = value (unless "or", "and" or a comparison follows) | boolExpr */
static void check_lambda(tm_parser *p, const tm_node *lambda)
{
    const tm_node *body = lambda->first;
    if (body->kind == TM_NODE_LAMBDA) {
        TM_PARSE_ERROR(p, body->place, "E0119", "the body of a lambda cannot be a lambda");
        tm_diag_other(p->diags, lambda->place);
        return;
    }
    if (body_is_value(body))
        check_value(p, body);
    else
        check_condition(p, body);
}

/* argument = [ name "=" ] ( value | functionName ), and the one place where a lambda may stand. */
static void check_arguments(tm_parser *p, const tm_node *call)
{
    for (const tm_node *argument = call->first; argument; argument = argument->next) {
        if (argument->kind == TM_NODE_LAMBDA)
            check_lambda(p, argument);
        else if (argument->kind != TM_NODE_FUNCTION)
            check_value(p, argument);
    }
}

/* The function was meant that is called so in another case, if there is one. */
static void hint_name(tm_parser *p, tm_text name, bool editor, const char *otherwise)
{
    tm_text meant = tm_habit_function(name, editor);
    if (meant.n)
        tm_diag_hint(p->diags, "did you mean %.*s?", TM_PRI(meant));
    else
        tm_diag_hint(p->diags, "%s", otherwise);
}

/* converter = functionName "(" [ arguments ] ")" [ keys ]; an editor is read only to be refused. */
static void check_call(tm_parser *p, const tm_node *call)
{
    if (!is_upper(call)) {
        TM_PARSE_ERROR(p, call->name_place, "E0121",
                       "converters start with an upper-case letter; `%.*s` would be an editor",
                       TM_PRI(call->name));
        hint_name(p, call->name, false, "editors stand only at the start of a statement");
    }
    check_arguments(p, call);
    for (const tm_node *key = call->keys; key; key = key->next)
        check_key(p, key);
}

/* ---- values ---------------------------------------------------------------------------------- */

/* Says what stands where a value is due. */
static void refuse_value(tm_parser *p, const tm_node *node)
{
    switch (node->kind) {
    case TM_NODE_FUNCTION:
        TM_PARSE_ERROR(p, node->place, "E0113", "`%.*s` lacks its arguments", TM_PRI(node->name));
        tm_diag_hint(p->diags, "call it with parentheses: %.*s(...)", TM_PRI(node->name));
        if (tm_habit_enum(node->name).n)
            tm_diag_hint(p->diags, "did you mean %.*s?", TM_PRI(tm_habit_enum(node->name)));
        tm_parse_hint_word(p, node->name);
        return;
    case TM_NODE_LAMBDA:
        TM_PARSE_ERROR(p, node->place, "E0119", "a lambda can only be the argument of a function");
        check_lambda(p, node);
        return;
    case TM_NODE_GROUP:
        TM_PARSE_ERROR(p, node->place, "E0113", "parentheses in a value hold arithmetic, not %s",
                       tm_node_noun(inside(node)->kind));
        return;
    default:
        TM_PARSE_ERROR(p, node->place, "E0113", "%s is not a value", tm_node_noun(node->kind));
        tm_diag_other(p->diags, node->op_place);
        tm_diag_hint(p->diags, "conditions can stand in `where`, or in the body of a lambda");
    }
}

/* value = "nil" | mathExpr | Bytes | String | Boolean | Enum | map | list */
static void check_value(tm_parser *p, const tm_node *node)
{
    switch (node->kind) {
    case TM_NODE_NIL:
    case TM_NODE_BOOL:
    case TM_NODE_STRING:
    case TM_NODE_BYTES:
    case TM_NODE_ENUM:
        return;
    case TM_NODE_LIST:
    case TM_NODE_MAP:
        for (const tm_node *child = node->first; child; child = child->next)
            check_value(p, child);
        return;
    default:
        if (is_arithmetic(node))
            check_operand(p, node);
        else
            refuse_value(p, node);
    }
}

/* ---- conditions ------------------------------------------------------------------------------ */

/* comparison = value OpComparison value */
static void check_side(tm_parser *p, const tm_node *comparison, const tm_node *side)
{
    const tm_node *content = inside(side);
    if (!is_boolean(content)) {
        check_value(p, side);
        return;
    }
    if (content->kind == TM_NODE_NOT)
        TM_PARSE_ERROR(p, content->op_place, "E0111",
                       "`not` stands in front of a whole comparison");
    else if (side->kind == TM_NODE_COMPARE)
        TM_PARSE_ERROR(p, comparison->op_place, "E0111", "comparisons do not chain");
    else
        TM_PARSE_ERROR(p, side->place, "E0111", "%s cannot be compared",
                       tm_node_noun(content->kind));
    tm_diag_other(p->diags, side->kind == TM_NODE_COMPARE ? side->op_place : comparison->op_place);
    tm_diag_hint(p->diags, "join comparisons with `and` or `or`");
}

/* Says what stands where a condition is due, and how to make one of it. */
static void refuse_condition(tm_parser *p, const tm_node *node)
{
    TM_PARSE_ERROR(p, node->place, "E0112", "%s alone is not a condition",
                   tm_node_noun(node->kind));
    if (node->kind == TM_NODE_PATH)
        tm_diag_hint(p->diags, "write `%.*s == true`", TM_PRI(tm_parse_text(p, node->place)));
    else if (node->kind == TM_NODE_FUNCTION)
        tm_diag_hint(p->diags, "call it with parentheses: %.*s(...)", TM_PRI(node->name));
    else
        tm_diag_hint(p->diags, "a condition compares, or is true, false or a converter call");
    if (node->kind == TM_NODE_FUNCTION || node->kind == TM_NODE_ENUM)
        tm_parse_hint_word(p, node->name);
}

/* boolValue = [ "not" ] ...: once, as the alternatives behind it have no `not` of their own. */
static void check_not(tm_parser *p, const tm_node *node)
{
    if (node->first->kind != TM_NODE_NOT) {
        check_condition(p, node->first);
        return;
    }
    TM_PARSE_ERROR(p, node->first->op_place, "E0116", "`not` cannot be repeated");
    tm_diag_other(p->diags, node->op_place);
    tm_diag_hint(p->diags, "write `not (not ...)`");
}

/* boolExpr, term and boolValue. A group here holds a boolExpr: one that holds arithmetic is a side
 * of a comparison. */
static void check_condition(tm_parser *p, const tm_node *node)
{
    switch (node->kind) {
    case TM_NODE_BOOL:
        return;
    case TM_NODE_CALL:
        check_call(p, node);
        return;
    case TM_NODE_COMPARE:
        check_side(p, node, node->first);
        check_side(p, node, node->last);
        return;
    case TM_NODE_NOT:
        check_not(p, node);
        return;
    case TM_NODE_AND:
    case TM_NODE_OR:
        for (const tm_node *child = node->first; child; child = child->next)
            check_condition(p, child);
        return;
    case TM_NODE_GROUP:
        check_condition(p, node->first);
        return;
    default:
        refuse_condition(p, node);
    }
}

/* ---- statements ------------------------------------------------------------------------------ */

/* statement = editor [ "where" boolExpr ]; the caller sees to the latter. */
static void check_editor(tm_parser *p, const tm_node *node)
{
    if (node->kind != TM_NODE_CALL) {
        TM_PARSE_ERROR(p, node->place, "E0123", "a statement starts with the call of an editor");
        tm_diag_hint(p->diags, "such as set(attributes[\"key\"], \"value\")");
        return;
    }
    if (is_upper(node)) {
        TM_PARSE_ERROR(p, node->name_place, "E0121",
                       "editors start with a lower-case letter; `%.*s` would be a converter",
                       TM_PRI(node->name));
        hint_name(p, node->name, true, "converters stand inside of expressions");
    }
    check_arguments(p, node);
    if (node->keys)
        TM_PARSE_ERROR(p, node->keys->place, "E0122", "an editor has no result to index");
}

bool tm_shape_check(tm_parser *p)
{
    unsigned before = p->diags->errors;
    if (p->body && p->tree->expression->kind != TM_NODE_LAMBDA &&
        !body_is_value(p->tree->expression))
        p->tree->entry = TM_CONDITION;
    if (p->tree->entry == TM_STATEMENT)
        check_editor(p, p->tree->expression);
    else if (p->tree->entry == TM_VALUE)
        check_value(p, p->tree->expression);
    else
        check_condition(p, p->tree->expression);
    if (p->tree->where)
        check_condition(p, p->tree->where);
    return p->diags->errors == before;
}
