/* The words of OTTL. The language tries its token rules in a fixed order and takes the first that
 * matches; the rules below are such that the longest match is that one.
 * SPDX-License-Identifier: Apache-2.0 */
#include "lang/parse.h"

#include "base/utf8.h"
#include "ottl.tab.h"

typedef TM_OTTL_STYPE tm_token_value;

/* Byte at the lexer's place; 0 behind the end, which re2c tells from a NUL by YYLESSTHAN. */
static unsigned char peek(const tm_parser *p)
{
    return p->at < p->end ? (unsigned char)p->source->text.p[p->at] : 0;
}

static tm_text rest_of(const tm_parser *p)
{
    return tm_text_slice(p->source->text.p + p->at, p->end - p->at);
}

/* From where the token being read starts to the lexer's place. */
static tm_place token_place(const tm_parser *p)
{
    return (tm_place){.at = (uint32_t)p->token_at, .n = (uint32_t)(p->at - p->token_at)};
}

/* Remembers the bracket for messages. Too many open ones end the text, as what follows is not worth
 * reading. */
static int open_bracket(tm_parser *p, int token)
{
    if (p->nesting == TM_NESTING_MAX) {
        TM_PARSE_ERROR(p, token_place(p), "E0108",
                       "this is nested too deeply: more than %d brackets are open", TM_NESTING_MAX);
        p->muted = true;
        return TM_TOKEN_END;
    }
    char sign = p->source->text.p[p->token_at];
    p->open[p->nesting++] = (tm_bracket){.sign = sign, .place = token_place(p)};
    return token;
}

/* Closes the last open bracket, of whatever kind: the parser sees to the rest. */
static int close_bracket(tm_parser *p, int token)
{
    p->closed = (tm_bracket){0};
    if (p->nesting > 0)
        p->closed = p->open[--p->nesting];
    return token;
}

/* A statement's `where` follows the closing bracket of its call; elsewhere it is just a name. */
static int lower_word(tm_parser *p)
{
    bool closed = p->token == TM_TOKEN_CLOSE_ROUND || p->token == TM_TOKEN_CLOSE_SQUARE;
    if (p->tree->entry != TM_STATEMENT || p->nesting > 0 || !closed ||
        !tm_text_is(tm_parse_text(p, token_place(p)), "where"))
        return TM_TOKEN_LOWER;
    p->in_where = true;
    return TM_TOKEN_WHERE;
}

static int literal(tm_token_value *value, tm_node *node)
{
    value->node = node;
    return TM_TOKEN_LITERAL;
}

static int truth(tm_parser *p, tm_token_value *value, bool truth)
{
    return literal(value, tm_literal_bool(p, token_place(p), truth));
}

/* Skips to behind the next `end` in the same line; false when there is none. */
static bool skip_to(tm_parser *p, const char *end)
{
    tm_text rest = rest_of(p);
    ptrdiff_t found = tm_text_find(rest, tm_text_of(end));
    if (found < 0 || memchr(rest.p, '\n', (size_t)found))
        return false;
    p->at += (size_t)found + strlen(end);
    return true;
}

/* Reads a string whose first quote has been read. A backslash takes the character behind it along,
 * but the language has no rule for a line break there. */
static int string(tm_parser *p, tm_token_value *value)
{
    const char *text = p->source->text.p;
    while (p->at < p->end && text[p->at] != '"') {
        bool escaped = text[p->at] == '\\';
        if (escaped && p->at + 1 < p->end && text[p->at + 1] == '\n')
            TM_PARSE_ERROR(p, ((tm_place){.at = (uint32_t)p->at, .n = 1}), "E0104",
                           "a backslash cannot stand before a line break");
        p->at += escaped && p->at + 1 < p->end ? 2 : 1;
    }
    if (p->at >= p->end) {
        TM_PARSE_ERROR(p, ((tm_place){.at = (uint32_t)p->token_at, .n = 1}), "E0103",
                       "this string is never closed");
        p->muted = true;
        return TM_TOKEN_END;
    }
    p->at++;
    value->node = tm_literal_string(p, token_place(p));
    return TM_TOKEN_STRING;
}

/* Reports a string in quotes that OTTL does not have, and reads it up to `end` all the same. */
static int foreign_string(tm_parser *p, tm_token_value *value, const char *end)
{
    if (!skip_to(p, end))
        p->muted = true;
    TM_PARSE_ERROR(p, token_place(p), "E0102", "strings are written in double quotes");
    value->node = tm_node_new(p, TM_NODE_STRING, token_place(p));
    return TM_TOKEN_STRING;
}

/* Reports an operator of other languages and reads on as if it were OTTL's. */
static int foreign_operator(tm_parser *p, int token, const char *ours)
{
    tm_place place = token_place(p);
    TM_PARSE_ERROR(p, place, "E0102", "OTTL has no `%.*s`", TM_PRI(tm_parse_text(p, place)));
    tm_diag_hint(p->diags, "write `%s`", ours);
    return token;
}

/* The same of a match by a regular expression, as if it were a comparison. */
static int foreign_match(tm_parser *p, tm_token_value *value, tm_operator op, const char *negation)
{
    tm_place place = token_place(p);
    TM_PARSE_ERROR(p, place, "E0102", "OTTL has no `%.*s`", TM_PRI(tm_parse_text(p, place)));
    tm_diag_hint(p->diags, "write `%sIsMatch(value, \"pattern\")`", negation);
    value->op = op;
    return TM_TOKEN_COMPARE;
}

/* Reports a character that starts no token. The next token may well seem unexpected then. */
static void stray(tm_parser *p, const char *hint)
{
    size_t width;
    p->at = p->token_at;
    uint32_t rune = tm_utf8_next(rest_of(p), &width);
    p->at += width;
    tm_place place = token_place(p);
    if (rune > 0x20 && rune < 0x7f)
        TM_PARSE_ERROR(p, place, "E0102", "`%c` has no meaning in OTTL", (int)rune);
    else if (rune == 0xfffd && width == 1 && p->muted)
        return; /* of bytes the first one is told: there may be thousands */
    else if (rune == 0xfffd && width == 1)
        TM_PARSE_ERROR(p, place, "E0102", "this byte is not UTF-8");
    else
        TM_PARSE_ERROR(p, place, "E0102", "the character U+%04X has no meaning outside a string",
                       (unsigned)rune);
    if (hint)
        tm_diag_hint(p->diags, "%s", hint);
    p->muted = true;
}

/* Skips the comment of an .ottl file, and reports it where plain OTTL is due. */
static void comment(tm_parser *p)
{
    tm_text rest = rest_of(p);
    const char *end = memchr(rest.p, '\n', rest.n);
    p->at = end ? (size_t)(end - p->source->text.p) : p->end;
    if (p->file)
        return;
    TM_PARSE_ERROR(p, token_place(p), "E0102", "comments are not part of OTTL");
    tm_diag_hint(p->diags, "only .ottl files have them");
}

/* The text need not end with a NUL and may hold some, so bytes are read through peek.
 * YYSHIFT moves back to where a rule's trailing context starts. */
/*!re2c
re2c:eof = 0;
re2c:yyfill:enable = 0;
re2c:flags:input = custom;
re2c:api:style = free-form;
re2c:define:YYCTYPE = "unsigned char";
re2c:define:YYPEEK = "peek(p)";
re2c:define:YYSKIP = "p->at++;";
re2c:define:YYBACKUP = "p->marker = p->at;";
re2c:define:YYRESTORE = "p->at = p->marker;";
re2c:define:YYBACKUPCTX = "p->context_marker = p->at;";
re2c:define:YYRESTORECTX = "p->at = p->context_marker;";
re2c:define:YYLESSTHAN = "p->at >= p->end";
re2c:define:YYSHIFT = "p->at += (size_t)@@;";
*/

/* Reads one token, skipping what is none. */
static int scan(tm_parser *p, tm_token_value *value)
{
    for (;;) {
        p->token_at = p->at;
        /*!re2c
        digit    = [0-9];
        exponent = [eE] [-+]? digit+;
        keyword  = "nil" | "not" | "or" | "and" | "true" | "false";

        float    = digit+ "." digit* exponent? | "." digit+ exponent?;

        "0x" [0-9a-fA-F]+        { return literal(value, tm_literal_bytes(p, token_place(p))); }
        float                    { return literal(value, tm_literal_double(p, token_place(p))); }
        digit+                   { return literal(value, tm_literal_int(p, token_place(p))); }
        ["]                      { return string(p, value); }

        // a keyword ends where the word ends: nilX is two runs of a name
        keyword / [A-Z]          { return TM_TOKEN_LOWER; }
        "nil"                    { return literal(value, tm_literal_nil(p, token_place(p))); }
        "not"                    { return TM_TOKEN_NOT; }
        "or"                     { return TM_TOKEN_OR; }
        "and"                    { return TM_TOKEN_AND; }
        "true"                   { return truth(p, value, true); }
        "false"                  { return truth(p, value, false); }

        "=="                     { value->op = TM_EQ; return TM_TOKEN_COMPARE; }
        "!="                     { value->op = TM_NE; return TM_TOKEN_COMPARE; }
        ">="                     { value->op = TM_GE; return TM_TOKEN_COMPARE; }
        "<="                     { value->op = TM_LE; return TM_TOKEN_COMPARE; }
        ">"                      { value->op = TM_GT; return TM_TOKEN_COMPARE; }
        "<"                      { value->op = TM_LT; return TM_TOKEN_COMPARE; }
        "=>"                     { return TM_TOKEN_ARROW; }
        "+"                      { value->op = TM_ADD; return TM_TOKEN_ADD; }
        "-"                      { value->op = TM_SUB; return TM_TOKEN_ADD; }
        "*"                      { value->op = TM_MUL; return TM_TOKEN_MULTIPLY; }
        "/"                      { value->op = TM_DIV; return TM_TOKEN_MULTIPLY; }
        "="                      { return TM_TOKEN_ASSIGN; }
        ":"                      { return TM_TOKEN_COLON; }
        ","                      { return TM_TOKEN_COMMA; }
        "."                      { return TM_TOKEN_DOT; }
        "("                      { return open_bracket(p, TM_TOKEN_OPEN_ROUND); }
        "["                      { return open_bracket(p, TM_TOKEN_OPEN_SQUARE); }
        "{"                      { return open_bracket(p, TM_TOKEN_OPEN_CURLY); }
        ")"                      { return close_bracket(p, TM_TOKEN_CLOSE_ROUND); }
        "]"                      { return close_bracket(p, TM_TOKEN_CLOSE_SQUARE); }
        "}"                      { return close_bracket(p, TM_TOKEN_CLOSE_CURLY); }

        [A-Z] [A-Z0-9_]*         { return TM_TOKEN_UPPER; }
        [a-z] [a-z0-9_]*         { return lower_word(p); }
        [\t\n\f\r ]+             { continue; }
        "_" / [A-Za-z0-9_]       { stray(p, "a name starts with a letter"); continue; }
        "_"                      { return TM_TOKEN_BLANK; }

        // what other languages have
        [']                      { return foreign_string(p, value, "'"); }
        [`]                      { return foreign_string(p, value, "`"); }
        "\u201c"                 { return foreign_string(p, value, "\xe2\x80\x9d"); }
        "&&" | "&"               { return foreign_operator(p, TM_TOKEN_AND, "and"); }
        "||" | "|"               { return foreign_operator(p, TM_TOKEN_OR, "or"); }
        "=~"                     { return foreign_match(p, value, TM_EQ, ""); }
        "!~"                     { return foreign_match(p, value, TM_NE, "not "); }
        "!"                      { return foreign_operator(p, TM_TOKEN_NOT, "not"); }
        "#"                      { comment(p); continue; }
        ";"                      { stray(p, "a statement ends without a semicolon"); continue; }
        "$"                      { stray(p, "only YAML expands environment variables"); continue; }
        *                        { stray(p, NULL); continue; }
        $                        { p->at = p->end; return TM_TOKEN_END; }
        */
    }
}

int tm_ottl_lex(tm_token_value *value, tm_place *place, tm_parser *p)
{
    p->token = scan(p, value);
    *place = token_place(p);
    return p->token;
}
