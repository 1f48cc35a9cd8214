/* The sentences of Go's RE2 dialect. The lexer keeps the flags and knows the words.
 * SPDX-License-Identifier: Apache-2.0 */
%define api.pure full
%define api.prefix {tm_re2_yy}
%define api.token.prefix {TM_RE2_TOKEN_}
%define parse.error custom
%expect 0
%param {tm_re2_parse *p}

%code requires {
#include "vm/regex/re2_parse.h"
}

%code {
/* The parser's stack lives in the arena: nothing leaks when that leaves through its escape. */
#define YYMALLOC(size) tm_arena_alloc(p->arena, (size))
#define YYFREE(block) ((void)(block))
#define YYMAXDEPTH 100000

int tm_re2_yylex(TM_RE2_YYSTYPE *value, tm_re2_parse *p);
static void tm_re2_yyerror(tm_re2_parse *p, const char *message);
}

%union {
    tm_re2_node *node;
    tm_re2_open open;
    tm_re2_times times;
}

%token <node> ATOM
%token <open> OPEN
%token <times> REPEAT
%token CLOSE BAR
%token WRONG /* what the lexer has refused already */
%type <node> choice sequence item

%%

pattern: choice                 { p->re2->root = $choice; }
       ;

choice: sequence
      | choice[a] BAR sequence[b]
                                { $$ = tm_re2_join(p, TM_RE2_CHOICE, $a, $b); if (!$$) YYABORT; }
      ;

sequence: %empty                { $$ = tm_re2_leaf(p, TM_RE2_EMPTY); }
        | sequence[a] item[b]   { $$ = tm_re2_join(p, TM_RE2_SEQUENCE, $a, $b); if (!$$) YYABORT; }
        ;

item: ATOM
    | OPEN choice CLOSE         { $$ = tm_re2_group(p, $OPEN, $choice); if (!$$) YYABORT; }
    | item[body] REPEAT         { $$ = tm_re2_repeat(p, $body, $REPEAT); if (!$$) YYABORT; }
    ;

%%

/* Go's words for the token that fits nowhere. */
static int yyreport_syntax_error(const yypcontext_t *context, tm_re2_parse *p)
{
    const char *end = tm_re2_end(p);
    switch (yypcontext_token(context)) {
    case YYSYMBOL_REPEAT:
        tm_re2_fail(p, "missing argument to repetition operator", p->token, p->at);
        break;
    case YYSYMBOL_CLOSE:
        tm_re2_fail(p, "unexpected )", p->pattern.p, end);
        break;
    case YYSYMBOL_WRONG:
        break;
    default:
        tm_re2_fail(p, "missing closing )", p->pattern.p, end);
    }
    return 0;
}

/* Bison calls this when its stack is full only. */
static void tm_re2_yyerror(tm_re2_parse *p, const char *message)
{
    (void)message;
    tm_re2_fail(p, "expression nests too deeply", p->pattern.p, tm_re2_end(p));
}
