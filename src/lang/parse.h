/* Parse: what lexer, grammar, node constructors and shape pass of one tm_parse share.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_LANG_PARSE_H
#define TM_LANG_PARSE_H

#include "lang/tree.h"

/* A bracket that is open at the lexer's place. */
typedef struct tm_bracket {
    char sign; /* ( [ or { */
    tm_place place;
} tm_bracket;

typedef struct tm_parser {
    tm_arena *arena;
    tm_diags *diags;
    const tm_source *source;
    tm_tree *tree;

    /* The lexer. Offsets count bytes from the start of the source's text. */
    size_t at;
    size_t end;      /* of the part that is read */
    bool file;       /* it is of an .ottl file, which has comments */
    bool body;       /* of a definition: a value or a condition */
    size_t token_at; /* where the token being read starts */
    size_t marker;   /* re2c's back tracking */
    size_t context_marker;
    int token;     /* the token returned last, 0 at the start */
    bool in_where; /* a statement's `where` has been read */
    unsigned nesting;
    tm_bracket open[TM_NESTING_MAX];
    tm_bracket closed; /* what the last closing bracket closes; place.n = 0: nothing */

    bool muted;  /* what follows from an error already reported is not reported */
    bool broken; /* the tree has gaps: the shape pass would only repeat errors */
} tm_parser;

/* One or more runs of upper- or lower-case letters, which make a name when put together. White
 * space between them does not count. */
typedef struct tm_name {
    tm_place place;
    tm_place second; /* the second run, n = 0 when there is none */
    bool upper, second_upper;
} tm_name;

/* ---- parse.c: messages ----------------------------------------------------------------------- */

/* What could stand instead of an unexpected token. */
typedef enum tm_expected {
    TM_EXPECT_VALUE = 1 << 0,
    TM_EXPECT_NAME = 1 << 1,
    TM_EXPECT_STRING = 1 << 2,
    TM_EXPECT_OPERATOR = 1 << 3,
    TM_EXPECT_ARROW = 1 << 4,
    TM_EXPECT_COLON = 1 << 5,
    TM_EXPECT_COMMA = 1 << 6,
    TM_EXPECT_ROUND = 1 << 7,
    TM_EXPECT_SQUARE = 1 << 8,
    TM_EXPECT_CURLY = 1 << 9,
    TM_EXPECT_WHERE = 1 << 10,
    TM_EXPECT_END = 1 << 11,
    TM_EXPECT_CALL = 1 << 12 /* the bracket that makes a name a call */
} tm_expected;

/* Reports the token at `place` (n = 0: the end), which has no use. `expected` is a set. */
void tm_parse_unexpected(tm_parser *p, tm_place place, unsigned expected);

/* Adds to the error reported last a hint for words that other languages use ("AND", "True"). */
void tm_parse_hint_word(tm_parser *p, tm_text word);

/* The source's bytes at a place. */
tm_text tm_parse_text(const tm_parser *p, tm_place place);

/* The place of the whole word (letters, digits, underscores) that the run at `place` starts. */
tm_place tm_parse_word(const tm_parser *p, tm_place place);

#define TM_PARSE_ERROR(p, place, ...) tm_diag_error((p)->diags, (p)->source, (place), __VA_ARGS__)

/* ---- literal.c: from a token's text to a node ------------------------------------------------ */

/* Each of them reports what is wrong with the literal and returns a node all the same. A string's
 * place includes its quotes. */
tm_node *tm_literal_string(tm_parser *p, tm_place place);
tm_node *tm_literal_bytes(tm_parser *p, tm_place place);
tm_node *tm_literal_double(tm_parser *p, tm_place place);
tm_node *tm_literal_int(tm_parser *p, tm_place place);
tm_node *tm_literal_bool(tm_parser *p, tm_place place, bool truth);
tm_node *tm_literal_nil(tm_parser *p, tm_place place);

/* ---- tree.c: one constructor for each production of grammar/ottl.y --------------------------- */

tm_name *tm_name_new(tm_parser *p, tm_place place, bool upper);
tm_name *tm_name_join(tm_name *name, tm_place run, bool upper);

tm_node *tm_node_new(tm_parser *p, tm_node_kind kind, tm_place place);
tm_node *tm_node_add(tm_parser *p, tm_node *parent, tm_node *child);
tm_node *tm_node_word(tm_parser *p, const tm_name *name);
tm_node *tm_node_blank(tm_parser *p, tm_place place);
tm_node *tm_node_field(tm_parser *p, tm_place place, tm_node *path, const tm_name *name);
tm_node *tm_node_index(tm_parser *p, tm_place place, tm_node *indexed, tm_node *key);
tm_node *tm_node_call(tm_parser *p, tm_place place, const tm_name *name, tm_node *arguments);
tm_node *tm_node_argument(tm_parser *p, const tm_name *label, tm_node *value);
tm_node *tm_node_entry(tm_node *key, tm_node *value);
tm_node *tm_node_sized(tm_node *node, tm_place place);
tm_node *tm_node_group(tm_parser *p, tm_place place, tm_node *values);
tm_node *tm_node_lambda(tm_parser *p, tm_place place, tm_node *values, tm_node *body);
tm_node *tm_node_unary(tm_parser *p, tm_place place, tm_node_kind kind, tm_operator op,
                       tm_place op_place, tm_node *child);
tm_node *tm_node_compare(tm_parser *p, tm_place place, tm_operator op, tm_place op_place,
                         tm_node *left, tm_node *right);
tm_node *tm_node_math(tm_parser *p, tm_place place, tm_operator op, tm_place op_place,
                      tm_node *left, tm_node *right);
tm_node *tm_node_chain(tm_parser *p, tm_place place, tm_node_kind kind, tm_place op_place,
                       tm_node *left, tm_node *right);

/* ---- shape.c --------------------------------------------------------------------------------- */

/* Refuses what the grammar reads although the language does not have it. False on errors. */
bool tm_shape_check(tm_parser *p);

#endif
