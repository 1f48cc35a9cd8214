/* Print: a tree as tidy OTTL text.
 * SPDX-License-Identifier: Apache-2.0 */
#include "lang/print.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static const char *const signs[] = {
    [TM_EQ] = "==", [TM_NE] = "!=", [TM_LT] = "<",  [TM_LE] = "<=", [TM_GT] = ">",
    [TM_GE] = ">=", [TM_ADD] = "+", [TM_SUB] = "-", [TM_MUL] = "*", [TM_DIV] = "/",
};

/* A byte and the letter of its escape, in turn. */
static const char escapes[] = "\nn\rr\tt\"\"\\\\";

/* ---- literals -------------------------------------------------------------------------------- */

void tm_print_string(tm_text text, tm_buf *out)
{
    tm_buf_add_char(out, '"');
    for (size_t i = 0; i < text.n; i++) {
        unsigned char c = (unsigned char)text.p[i];
        const char *name = c ? strchr(escapes, c) : NULL;
        if (name && (name - escapes) % 2 == 0)
            tm_buf_print(out, "\\%c", name[1]);
        else if (c < 0x20 || c == 0x7f)
            tm_buf_print(out, "\\x%02x", c);
        else
            tm_buf_add_char(out, (char)c);
    }
    tm_buf_add_char(out, '"');
}

/* The fewest digits that identify a number >= 0; returns the exponent of the first one. */
static int shortest_digits(double number, char digits[static 20])
{
    char text[40];
    for (int precision = 0; precision < 17; precision++) {
        snprintf(text, sizeof text, "%.*e", precision, number);
        if (strtod(text, NULL) == number)
            break;
    }
    size_t n = 0;
    const char *c = text;
    for (; *c != 'e'; c++) /* whatever else stands there is the locale's point */
        if (*c >= '0' && *c <= '9')
            digits[n++] = *c;
    while (n > 1 && digits[n - 1] == '0')
        n--;
    digits[n] = 0;
    return atoi(c + 1);
}

/* `count` may be negative: none then. */
static void add_zeros(int count, tm_buf *out)
{
    for (; count > 0; count--)
        tm_buf_add_char(out, '0');
}

/* Numbers of moderate size are written out, others get an exponent; both have a point. */
void tm_print_double(double number, tm_buf *out)
{
    char digits[20];
    int exponent = shortest_digits(number < 0 ? -number : number, digits);
    int count = (int)strlen(digits);
    if (number < 0)
        tm_buf_add_char(out, '-');
    if (exponent < -5 || exponent > 15) {
        tm_buf_print(out, "%c.%se%d", digits[0], count > 1 ? digits + 1 : "0", exponent);
    } else if (exponent < 0) {
        tm_buf_add(out, TM_TEXT("0."));
        add_zeros(-exponent - 1, out);
        tm_buf_print(out, "%s", digits);
    } else if (count <= exponent + 1) {
        tm_buf_print(out, "%s", digits);
        add_zeros(exponent + 1 - count, out);
        tm_buf_add(out, TM_TEXT(".0"));
    } else {
        tm_buf_print(out, "%.*s.%s", exponent + 1, digits, digits + exponent + 1);
    }
}

static void print_bytes(tm_text bytes, tm_buf *out)
{
    tm_buf_add(out, TM_TEXT("0x"));
    for (size_t i = 0; i < bytes.n; i++)
        tm_buf_print(out, "%02x", (unsigned char)bytes.p[i]);
}

/* ---- everything else ------------------------------------------------------------------------- */

static void print_keys(const tm_node *keys, tm_buf *out)
{
    for (; keys; keys = keys->next) {
        tm_buf_add_char(out, '[');
        tm_print_node(keys, out);
        tm_buf_add_char(out, ']');
    }
}

static void print_path(const tm_segment *segments, tm_buf *out)
{
    for (const tm_segment *segment = segments; segment; segment = segment->next) {
        if (segment != segments)
            tm_buf_add_char(out, '.');
        tm_buf_add(out, segment->name);
        print_keys(segment->keys, out);
    }
}

/* Children with something between them: ", ", or an operator. */
static void print_children(const tm_node *parent, const char *between, tm_buf *out)
{
    for (const tm_node *child = parent->first; child; child = child->next) {
        if (child != parent->first)
            tm_buf_add(out, tm_text_of(between));
        if (child->label_place.n && parent->kind == TM_NODE_MAP) {
            tm_print_string(child->label, out);
            tm_buf_add(out, TM_TEXT(": "));
        } else if (child->label_place.n) {
            tm_buf_add(out, child->label);
            tm_buf_add(out, TM_TEXT(" = "));
        }
        tm_print_node(child, out);
    }
}

static void print_between(const char *opening, const tm_node *node, const char *closing,
                          tm_buf *out)
{
    tm_buf_add(out, tm_text_of(opening));
    print_children(node, ", ", out);
    tm_buf_add(out, tm_text_of(closing));
}

static void print_lambda(const tm_node *lambda, tm_buf *out)
{
    tm_buf_add_char(out, '(');
    for (const tm_segment *name = lambda->parameters; name; name = name->next) {
        tm_buf_add(out, name->name);
        if (name->next)
            tm_buf_add(out, TM_TEXT(", "));
    }
    tm_buf_add(out, TM_TEXT(") => "));
    tm_print_node(lambda->first, out);
}

static void print_call(const tm_node *call, tm_buf *out)
{
    tm_buf_add(out, call->name);
    print_between("(", call, ")", out);
    print_keys(call->keys, out);
}

/* Groups are nodes, so precedence needs no parentheses here. */
static void print_operation(const tm_node *node, tm_buf *out)
{
    const char *sign = signs[node->op];
    if (node->kind == TM_NODE_SIGN) {
        tm_buf_add(out, tm_text_of(sign));
        tm_print_node(node->first, out);
        return;
    }
    tm_print_node(node->first, out);
    tm_buf_print(out, " %s ", sign);
    tm_print_node(node->last, out);
}

void tm_print_node(const tm_node *node, tm_buf *out)
{
    switch (node->kind) {
    case TM_NODE_NIL:
        tm_buf_add(out, TM_TEXT("nil"));
        return;
    case TM_NODE_BOOL:
        tm_buf_add(out, node->truth ? TM_TEXT("true") : TM_TEXT("false"));
        return;
    case TM_NODE_INT:
        tm_buf_print(out, "%" PRId64, node->integer);
        return;
    case TM_NODE_DOUBLE:
        tm_print_double(node->number, out);
        return;
    case TM_NODE_STRING:
        tm_print_string(node->text, out);
        return;
    case TM_NODE_BYTES:
        print_bytes(node->text, out);
        return;
    case TM_NODE_ENUM:
    case TM_NODE_FUNCTION:
        tm_buf_add(out, node->name);
        return;
    case TM_NODE_PATH:
        print_path(node->segments, out);
        return;
    case TM_NODE_CALL:
        print_call(node, out);
        return;
    case TM_NODE_LIST:
        print_between("[", node, "]", out);
        return;
    case TM_NODE_MAP:
        print_between("{", node, "}", out);
        return;
    case TM_NODE_LAMBDA:
        print_lambda(node, out);
        return;
    case TM_NODE_SIGN:
    case TM_NODE_ARITHMETIC:
    case TM_NODE_COMPARE:
        print_operation(node, out);
        return;
    case TM_NODE_NOT:
        tm_buf_add(out, TM_TEXT("not "));
        tm_print_node(node->first, out);
        return;
    case TM_NODE_AND:
        print_children(node, " and ", out);
        return;
    case TM_NODE_OR:
        print_children(node, " or ", out);
        return;
    case TM_NODE_GROUP:
        print_between("(", node, ")", out);
        return;
    }
}

void tm_print_tree(const tm_tree *tree, tm_buf *out)
{
    tm_print_node(tree->expression, out);
    if (!tree->where)
        return;
    tm_buf_add(out, TM_TEXT(" where "));
    tm_print_node(tree->where, out);
}
