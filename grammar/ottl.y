/* The sentences of OTTL, and some more: one kind of expression stands for values, arithmetic and
 * conditions alike, and src/lang/shape.c refuses what the language does not have.
 * SPDX-License-Identifier: Apache-2.0 */
%code requires {
#include "lang/parse.h"

/* A symbol without text stands at the end of what came before it. */
#define YYLLOC_DEFAULT(current, right, count)                                                      \
    ((current) = (count) ? tm_place_join(YYRHSLOC(right, 1), YYRHSLOC(right, count))               \
                         : (tm_place){.at = YYRHSLOC(right, 0).at + YYRHSLOC(right, 0).n})
}

%code {
/* The stack has one size: parsing takes no memory that a jump out of the arena would lose. */
#define YYINITDEPTH 3000
#define YYMAXDEPTH 3000
#define YYMALLOC(size_bytes) ((void)(size_bytes), (void *)NULL)
#define YYFREE(block) ((void)(block))

int tm_ottl_lex(TM_OTTL_STYPE *value, tm_place *place, tm_parser *p);
static void yyerror(const tm_place *place, tm_parser *p, const char *message);
}

%require "3.8"
%define api.prefix {tm_ottl_}
%define api.pure full
%define api.token.prefix {TM_TOKEN_}
%define api.location.type {tm_place}
%define parse.error custom
%define parse.lac full
%locations
%expect 0
%param {tm_parser *p}
%initial-action { @$ = (tm_place){0}; }

%union {
    tm_node *node;
    tm_name *name;
    tm_operator op;
}

%token END 0
%token WHERE OR AND NOT ARROW
%token LOWER UPPER BLANK
%token OPEN_ROUND "(" CLOSE_ROUND ")" OPEN_SQUARE "[" CLOSE_SQUARE "]"
%token OPEN_CURLY "{" CLOSE_CURLY "}"
%token COMMA "," COLON ":" DOT "." ASSIGN "="
%token <op> COMPARE ADD MULTIPLY
%token <node> LITERAL STRING
%type <node> expr postfix primary values some_values arguments some_arguments argument entries entry
%type <name> name

%precedence ARROW
%left OR
%left AND
%precedence NOT
%left COMPARE
%left ADD
%left MULTIPLY
%precedence SIGN

%%

input
    : expr[e]                       { p->tree->expression = $e; }
    | expr[e] WHERE expr[c]         { p->tree->expression = $e, p->tree->where = $c; }
    ;

expr
    : expr[a] OR expr[b]            { $$ = tm_node_chain(p, @$, TM_NODE_OR, @2, $a, $b); }
    | expr[a] AND expr[b]           { $$ = tm_node_chain(p, @$, TM_NODE_AND, @2, $a, $b); }
    | NOT expr[a]                   { $$ = tm_node_unary(p, @$, TM_NODE_NOT, TM_EQ, @1, $a); }
    | expr[a] COMPARE[o] expr[b]  { $$ = tm_node_compare(p, @$, $o, @o, $a, $b); }
    | expr[a] ADD[o] expr[b]      { $$ = tm_node_math(p, @$, $o, @o, $a, $b); }
    | expr[a] MULTIPLY[o] expr[b] { $$ = tm_node_math(p, @$, $o, @o, $a, $b); }
    | ADD[o] expr[a] %prec SIGN     { $$ = tm_node_unary(p, @$, TM_NODE_SIGN, $o, @o, $a); }
    | "(" values[v] ")" ARROW expr[body] %prec ARROW
                                    { $$ = tm_node_lambda(p, @$, $v, $body); }
    | postfix
    ;

postfix
    : primary
    | postfix[a] "[" expr[key] "]"  { $$ = tm_node_index(p, @$, $a, $key); }
    | postfix[a] "." name[field]    { $$ = tm_node_field(p, @$, $a, $field); }
    ;

primary
    : LITERAL
    | STRING
    | BLANK                         { $$ = tm_node_blank(p, @$); }
    | name                          { $$ = tm_node_word(p, $name); }
    | name "(" arguments[a] ")"     { $$ = tm_node_call(p, @$, $name, $a); }
    | "(" values[v] ")"             { $$ = tm_node_group(p, @$, $v); }
    | "[" values[v] "]"             { $$ = tm_node_sized($v, @$); }
    | "{" entries[e] "}"            { $$ = tm_node_sized($e, @$); }
    | "{" entries[e] "," "}"        { $$ = tm_node_sized($e, @$); }
    | "{" "}"                       { $$ = tm_node_new(p, TM_NODE_MAP, @$); }
    ;

name
    : LOWER                         { $$ = tm_name_new(p, @$, false); }
    | UPPER                         { $$ = tm_name_new(p, @$, true); }
    | name[a] LOWER[run]            { $$ = tm_name_join($a, @run, false); }
    | name[a] UPPER[run]            { $$ = tm_name_join($a, @run, true); }
    ;

values
    : %empty                        { $$ = tm_node_new(p, TM_NODE_LIST, @$); }
    | some_values
    ;

some_values
    : expr[a]                       { $$ = tm_node_add(p, tm_node_new(p, TM_NODE_LIST, @$), $a); }
    | some_values[v] "," expr[a]    { $$ = tm_node_add(p, $v, $a); }
    ;

arguments
    : %empty                        { $$ = tm_node_new(p, TM_NODE_LIST, @$); }
    | some_arguments
    ;

some_arguments
    : argument[a]                   { $$ = tm_node_add(p, tm_node_new(p, TM_NODE_LIST, @$), $a); }
    | some_arguments[v] "," argument[a]
                                    { $$ = tm_node_add(p, $v, $a); }
    ;

argument
    : expr
    | name[label] "=" expr[a]       { $$ = tm_node_argument(p, $label, $a); }
    ;

entries
    : entry[a]                      { $$ = tm_node_add(p, tm_node_new(p, TM_NODE_MAP, @$), $a); }
    | entries[v] entry[a]           { $$ = tm_node_add(p, $v, $a); }
    | entries[v] "," entry[a]       { $$ = tm_node_add(p, $v, $a); }
    ;

entry
    : STRING[key] ":" expr[a]       { $$ = tm_node_entry($key, $a); }
    ;

%%

/* What kind of thing a token that could have stood there is; 0: not worth mentioning. */
static unsigned expectation(yysymbol_kind_t token)
{
    switch (token) {
    case YYSYMBOL_LITERAL:
        return TM_EXPECT_VALUE;
    case YYSYMBOL_STRING:
        return TM_EXPECT_STRING;
    case YYSYMBOL_LOWER:
        return TM_EXPECT_NAME;
    case YYSYMBOL_COMPARE:
        return TM_EXPECT_OPERATOR;
    case YYSYMBOL_ARROW:
        return TM_EXPECT_ARROW;
    case YYSYMBOL_COLON:
        return TM_EXPECT_COLON;
    case YYSYMBOL_COMMA:
        return TM_EXPECT_COMMA;
    case YYSYMBOL_CLOSE_ROUND:
        return TM_EXPECT_ROUND;
    case YYSYMBOL_CLOSE_SQUARE:
        return TM_EXPECT_SQUARE;
    case YYSYMBOL_CLOSE_CURLY:
        return TM_EXPECT_CURLY;
    case YYSYMBOL_WHERE:
        return TM_EXPECT_WHERE;
    case YYSYMBOL_YYEOF:
        return TM_EXPECT_END;
    default:
        return 0;
    }
}

static int yyreport_syntax_error(const yypcontext_t *context, tm_parser *p)
{
    yysymbol_kind_t tokens[YYNTOKENS];
    int count = yypcontext_expected_tokens(context, tokens, YYNTOKENS);
    unsigned expected = 0;
    for (int i = 0; i < count; i++)
        expected |= expectation(tokens[i]);
    tm_parse_unexpected(p, *yypcontext_location(context), expected);
    return 0;
}

/* Bison calls it for one reason only: its stack is full. */
static void yyerror(const tm_place *place, tm_parser *p, const char *message)
{
    (void)message;
    if (!p->muted)
        TM_PARSE_ERROR(p, *place, "E0108", "this is nested too deeply");
    p->muted = true;
}
