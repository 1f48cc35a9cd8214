/* Tree: an OTTL text as the grammar reads it; nothing is looked up yet.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_LANG_TREE_H
#define TM_LANG_TREE_H

#include "base/diag.h"

typedef enum tm_node_kind {
    TM_NODE_NIL,
    TM_NODE_BOOL,   /* truth */
    TM_NODE_INT,    /* integer */
    TM_NODE_DOUBLE, /* number */
    TM_NODE_STRING, /* text: unescaped */
    TM_NODE_BYTES,  /* text: decoded */
    TM_NODE_ENUM,   /* name: one Uppercase run; as an argument it may turn out to be a function name
                     */
    TM_NODE_PATH,   /* segments; the first may be a context or a lambda parameter */
    TM_NODE_CALL,   /* name, arguments, keys; upper- or lower-case by its first letter */
    TM_NODE_FUNCTION,   /* name: a bare converter name as an argument */
    TM_NODE_LIST,       /* children */
    TM_NODE_MAP,        /* children, each with `key` */
    TM_NODE_LAMBDA,     /* parameters (names), one child: the body */
    TM_NODE_SIGN,       /* operator + or -, one child */
    TM_NODE_ARITHMETIC, /* operator + - * /, two children */
    TM_NODE_COMPARE,    /* operator, two children */
    TM_NODE_NOT,        /* one child */
    TM_NODE_AND,        /* two or more children, flattened per chain: the whole chain is one node */
    TM_NODE_OR,         /* the same */
    TM_NODE_GROUP       /* one child: something in parentheses (arithmetic or boolean) */
} tm_node_kind;

typedef enum tm_operator {
    TM_EQ,
    TM_NE,
    TM_LT,
    TM_LE,
    TM_GT,
    TM_GE,
    TM_ADD,
    TM_SUB,
    TM_MUL,
    TM_DIV
} tm_operator;

typedef struct tm_node tm_node;

/* Trees are walked by recursion, so their depth has a limit. Chains of and, or and of list items
 * are flat; what grows deep besides brackets is 1 + 1 + 1 + ... */
#define TM_DEPTH_MAX 1000
#define TM_NESTING_MAX 200 /* open brackets */

/* A part of a path: name and its keys (nodes: STRING, INT or an arithmetic expression). */
typedef struct tm_segment {
    struct tm_segment *next;
    tm_text name;
    tm_place place;
    tm_node *keys; /* linked by next */
} tm_segment;

struct tm_node {
    tm_node_kind kind;
    tm_operator op;
    tm_place place;
    tm_place op_place; /* operators: the token itself */
    tm_node *next;     /* the next sibling: arguments, list items, keys, operands */
    tm_node *first;    /* children, or arguments of a call */
    tm_node *keys;     /* calls: index keys */
    tm_segment *segments;
    tm_text name; /* call, enum, function */
    tm_place name_place;
    tm_text label; /* as an argument: its name ("utf8_safe"), empty when positional; in a map: the
                      key */
    tm_place label_place;
    tm_segment *parameters; /* lambda: names in order */
    tm_node *last;          /* the ends of the lists above, for whoever appends */
    tm_node *last_key;      /* of a path: the last key of its last segment */
    tm_segment *last_segment;
    unsigned depth; /* 1 + that of the deepest node below, at most TM_DEPTH_MAX */
    union {
        bool truth;
        int64_t integer;
        double number;
    };
    tm_text text;
};

/* What stands at the top: the three entry points of the grammar. */
typedef enum tm_entry_point { TM_CONDITION, TM_VALUE, TM_STATEMENT } tm_entry_point;

typedef struct tm_tree {
    tm_entry_point entry;
    const tm_source *source;
    tm_node *expression; /* condition or value; of a statement the editor call */
    tm_node *where;      /* of a statement, or NULL */
} tm_tree;

enum { TM_PARSE_MOST_BYTES = 16 << 20 };

/* Reads one condition, value expression or statement: lexer, parser and shape pass. NULL when it
 * has errors, which are then in `diags`. Everything lives in `arena`; slices may point into the
 * source. */
tm_tree *tm_parse(tm_arena *arena, tm_diags *diags, const tm_source *source, tm_entry_point entry);

/* The same for a part of an .ottl file, in which comments may stand; places are the file's. */
tm_tree *tm_parse_part(tm_arena *arena, tm_diags *diags, const tm_source *source, tm_place part,
                       tm_entry_point entry);

/* A value or a condition, as the body of a lambda: tree->entry says which. */
tm_tree *tm_parse_body(tm_arena *arena, tm_diags *diags, const tm_source *source, tm_place part);

/* What somebody has typed: a statement, a value or a condition, which tree->entry says. */
tm_tree *tm_parse_any(tm_arena *arena, tm_diags *diags, const tm_source *source);

/* What a node is called in messages: "a string", "`and`". */
const char *tm_node_noun(tm_node_kind kind);

#endif
