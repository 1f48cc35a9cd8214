/* JSON: tokens by re2c, strings by wide loads, and the grammar as one table of what may come next.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"

#include "base/json_string.h"

#include <assert.h>

/* What may come next. */
typedef enum expectation {
    VALUE,         /* after a colon, and at the start */
    VALUE_OR_END,  /* after [ */
    ITEM,          /* after a comma in an array */
    KEY_OR_END,    /* after { */
    KEY,           /* after a comma in an object */
    COMMA_OR_END,  /* after a value inside */
    NOTHING        /* after the outermost value */
} expectation;

typedef enum token {
    WRONG,
    FINISH,
    OPEN_OBJECT,
    CLOSE_OBJECT,
    OPEN_ARRAY,
    CLOSE_ARRAY,
    COMMA,
    COLON,
    QUOTE,
    NUMBER,
    WORD_TRUE,
    WORD_FALSE,
    WORD_NULL,
    MARK
} token;

static const char *const MISSING[] = {
    [VALUE] = "a value is missing",        [VALUE_OR_END] = "a value or ] is missing",
    [ITEM] = "a value is missing",         [KEY_OR_END] = "a name in quotes or } is missing",
    [KEY] = "a name in quotes is missing", [COMMA_OR_END] = "a comma or an end is missing",
    [NOTHING] = "text follows the value"};

void tm_json_init(tm_json *j, tm_arena *arena, tm_text text, unsigned most_depth, unsigned options)
{
    assert(most_depth <= TM_JSON_MOST_DEPTH);
    const char *p = text.p ? text.p : "";
    *j = (tm_json){.arena = arena, .begin = p, .at = p, .end = p + text.n, .token = p,
                   .options = options, .expects = VALUE,
                   .most_depth = most_depth ? most_depth : TM_JSON_MOST_DEPTH};
}

static tm_json_event fail_at(tm_json *j, const char *at, const char *error)
{
    if (!j->error) {
        j->error = error;
        j->error_at = (size_t)(at - j->begin);
    }
    return TM_JSON_ERROR;
}

tm_json_event tm_json_fail(tm_json *j, const char *error)
{
    return fail_at(j, j->token, error);
}

/* Reads one token. The text need not end in NUL, so every look is bounded: behind the end stands
 * a 0, which no token holds. */
static token lex(tm_json *j)
{
    const char *at = j->at, *const end = j->end, *marker = at;
    token found;
#define FOUND(t)                                                                                   \
    do {                                                                                           \
        found = t;                                                                                 \
        goto done;                                                                                 \
    } while (0)
again:
    j->token = at;
    /*!re2c
        re2c:api = custom;
        re2c:api:style = free-form;
        re2c:define:YYCTYPE = "unsigned char";
        re2c:define:YYPEEK = "(at < end ? (unsigned char)*at : 0)";
        re2c:define:YYSKIP = "++at;";
        re2c:define:YYBACKUP = "marker = at;";
        re2c:define:YYRESTORE = "at = marker;";
        re2c:yyfill:enable = 0;

        space  = [ \t\n\r]+;
        digits = [0-9]+;
        number = "-"? ("0" | [1-9][0-9]*) ("." digits)? ([eE] [+-]? digits)?;

        space   { goto again; }
        ["]     { FOUND(QUOTE); }
        ","     { FOUND(COMMA); }
        ":"     { FOUND(COLON); }
        "{"     { FOUND(OPEN_OBJECT); }
        "}"     { FOUND(CLOSE_OBJECT); }
        "["     { FOUND(OPEN_ARRAY); }
        "]"     { FOUND(CLOSE_ARRAY); }
        number  { FOUND(NUMBER); }
        "true"  { FOUND(WORD_TRUE); }
        "false" { FOUND(WORD_FALSE); }
        "null"  { FOUND(WORD_NULL); }
        "\xef\xbb\xbf" { FOUND(MARK); }
        [\x00]  { FOUND(j->token >= end ? FINISH : WRONG); }
        *       { FOUND(WRONG); }
    */
done:
#undef FOUND
    j->at = at < end ? at : end;
    return found;
}

static bool in_object(const tm_json *j)
{
    unsigned level = j->depth - 1;
    return j->objects[level / 64] >> (level % 64) & 1;
}

static void expect_after_value(tm_json *j)
{
    j->expects = j->depth ? COMMA_OR_END : NOTHING;
}

static tm_json_event open_level(tm_json *j, bool object)
{
    if (j->depth == j->most_depth)
        return tm_json_fail(j, "it is nested too deeply");
    uint64_t bit = (uint64_t)1 << (j->depth % 64), *bits = &j->objects[j->depth / 64];
    *bits = object ? *bits | bit : *bits & ~bit;
    j->depth++;
    j->expects = object ? KEY_OR_END : VALUE_OR_END;
    return object ? TM_JSON_OBJECT : TM_JSON_ARRAY;
}

static tm_json_event close_level(tm_json *j, bool object)
{
    bool may_end = j->expects == COMMA_OR_END || j->expects == KEY_OR_END ||
                   j->expects == VALUE_OR_END;
    if (!may_end || in_object(j) != object)
        return tm_json_fail(j, MISSING[j->expects]);
    j->depth--;
    expect_after_value(j);
    return object ? TM_JSON_OBJECT_END : TM_JSON_ARRAY_END;
}

/* The quote has been read. */
static bool read_string(tm_json *j)
{
    const char *wrong = j->at;
    const char *error = tm_json_string_read(j->arena, j->end, j->options, &j->at, &j->text, &wrong);
    if (error)
        fail_at(j, wrong, error);
    return !error;
}

static tm_json_event read_key(tm_json *j)
{
    if (!read_string(j))
        return TM_JSON_ERROR;
    const char *token_at = j->token;
    if (lex(j) != COLON)
        return tm_json_fail(j, "a colon is missing");
    j->token = token_at;
    j->expects = VALUE;
    return TM_JSON_KEY;
}

static tm_json_event scalar(tm_json *j, tm_json_event event)
{
    expect_after_value(j);
    return event;
}

static bool continues_number(char c)
{
    return (c >= '0' && c <= '9') || c == '.' || c == 'e' || c == 'E' || c == '+' || c == '-';
}

static tm_json_event number(tm_json *j)
{
    if (j->options & TM_JSON_LOOSE_NUMBERS)
        for (j->at = j->token + 1; j->at < j->end && continues_number(*j->at);)
            j->at++;
    /* The grammar ends a number at the first byte that does not continue it: 01, 1x and -.5 show
     * here. */
    const char *next = j->at;
    if (next < j->end && (*next == '.' || *next == '-' || *next == '+' || *next == '_' ||
                          (*next >= '0' && *next <= '9') || (*next >= 'a' && *next <= 'z') ||
                          (*next >= 'A' && *next <= 'Z')))
        return tm_json_fail(j, "a number is not well formed");
    j->text = tm_text_slice(j->token, (size_t)(j->at - j->token));
    return scalar(j, TM_JSON_NUMBER);
}

static tm_json_event value(tm_json *j, token t)
{
    switch (t) {
    case QUOTE:
        return read_string(j) ? scalar(j, TM_JSON_STRING) : TM_JSON_ERROR;
    case NUMBER:
        return number(j);
    case WORD_TRUE:
        return scalar(j, TM_JSON_TRUE);
    case WORD_FALSE:
        return scalar(j, TM_JSON_FALSE);
    case WORD_NULL:
        return scalar(j, TM_JSON_NULL);
    case OPEN_OBJECT:
        return open_level(j, true);
    case OPEN_ARRAY:
        return open_level(j, false);
    case MARK:
        return tm_json_fail(j, "a byte order mark is not allowed");
    default:
        if (t == WRONG && *j->token == '-' && (j->options & TM_JSON_LOOSE_NUMBERS))
            return number(j); /* -.5 */
        return tm_json_fail(j, t == FINISH ? "it ends too early" : MISSING[j->expects]);
    }
}

tm_json_event tm_json_next(tm_json *j)
{
    if (j->error)
        return TM_JSON_ERROR;
    token t = lex(j);
    if (t == COMMA && j->expects == COMMA_OR_END) {
        j->expects = in_object(j) ? KEY : ITEM;
        t = lex(j);
    }
    if (t == CLOSE_OBJECT || t == CLOSE_ARRAY)
        return close_level(j, t == CLOSE_OBJECT);
    switch (j->expects) {
    case VALUE:
    case VALUE_OR_END:
    case ITEM:
        return value(j, t);
    case KEY:
    case KEY_OR_END:
        if (t == QUOTE)
            return read_key(j);
        break;
    case NOTHING:
        if (t == FINISH)
            return TM_JSON_END;
        break;
    }
    return tm_json_fail(j, t == FINISH ? "it ends too early" : MISSING[j->expects]);
}

bool tm_json_skip(tm_json *j, tm_json_event event)
{
    if (event == TM_JSON_KEY)
        event = tm_json_next(j);
    if (event == TM_JSON_OBJECT || event == TM_JSON_ARRAY)
        for (unsigned outer = j->depth - 1; j->depth > outer;)
            if (tm_json_next(j) == TM_JSON_ERROR)
                return false;
    return event != TM_JSON_ERROR;
}
