/* The words of Go's RE2 dialect.
 * SPDX-License-Identifier: Apache-2.0 */
#include "vm/regex/re2_parse.h"

#include "re2.tab.h"

/*!re2c
    re2c:define:YYCTYPE = "unsigned char";
    re2c:define:YYCURSOR = s;
    re2c:define:YYMARKER = marker;
    re2c:yyfill:enable = 0;

    number = "0" | [1-9] [0-9]*;
*/

/* (?P<name> or (?<name>, whose name starts at `name`. */
static bool open_named(tm_re2_parse *p, const char *name, tm_re2_open *open)
{
    const char *from = p->at, *end = tm_re2_find(p, from, ">");
    if (!end)
        return tm_re2_fail(p, "invalid named capture", from, tm_re2_end(p));
    bool fine = name < end;
    for (const char *c = name; c < end; c++)
        fine &= *c == '_' || (*c >= '0' && *c <= '9') || ((*c | 0x20) >= 'a' && (*c | 0x20) <= 'z');
    if (!fine)
        return tm_re2_fail(p, "invalid named capture", from, end + 1);
    open->group = tm_re2_add_group(p, tm_text_slice(name, (size_t)(end - name)));
    p->at = end + 1;
    return true;
}

static bool set_flag(tm_re2_flags *flags, uint32_t letter, bool on)
{
    switch (letter) {
    case 'i': flags->fold = on; return true;
    case 'm': flags->lines = on; return true;
    case 's': flags->any = on; return true;
    case 'U': flags->lazy = on; return true;
    default: return false;
    }
}

/* What starts with (?, at which p->at stands: a group, or flags for the rest of this one. */
static bool open_flags(tm_re2_parse *p, bool *opens, tm_re2_open *open)
{
    const char *from = p->at;
    size_t left = (size_t)(tm_re2_end(p) - from);
    *opens = true;
    *open = (tm_re2_open){0};
    if ((left > 4 && tm_re2_starts(p, "(?P<")) || (left > 3 && tm_re2_starts(p, "(?<")))
        return open_named(p, from + (from[2] == 'P' ? 4 : 3), open) && (tm_re2_push_flags(p), true);
    tm_re2_flags flags = p->flags;
    bool on = true, seen = true; /* a minus wants a flag behind it */
    p->at += 2;
    while (!tm_re2_at_end(p)) {
        uint32_t c = tm_re2_take_rune(p);
        if (set_flag(&flags, c, on)) {
            seen = true;
        } else if (c == '-' && on) {
            on = seen = false;
        } else if ((c == ':' || c == ')') && seen) {
            *opens = c == ':';
            if (*opens)
                tm_re2_push_flags(p);
            p->flags = flags;
            return true;
        } else {
            break;
        }
    }
    return tm_re2_fail(p, "invalid or unsupported Perl syntax", from, p->at);
}

/* ---- tokens
 * ------------------------------------------------------------------------------------- */

static int atom(TM_RE2_YYSTYPE *value, tm_re2_node *node)
{
    value->node = node;
    return TM_RE2_TOKEN_ATOM;
}

static int leaf(tm_re2_parse *p, TM_RE2_YYSTYPE *value, tm_re2_type type)
{
    return atom(value, tm_re2_leaf(p, type));
}

/* A class, an escape or a literal. */
static int rune_or_class(tm_re2_parse *p, TM_RE2_YYSTYPE *value)
{
    tm_re2_class *class = TM_NEW(p->arena, tm_re2_class);
    uint32_t rune;
    bool found = true, fine = true;
    class->fold = p->flags.fold;
    if (*p->at == '[')
        fine = tm_re2_bracket(p, class);
    else
        fine = tm_re2_class_escape(p, class, &found);
    if (fine && found)
        return atom(value, tm_re2_set(p, class));
    if (fine && *p->at == '\\')
        fine = tm_re2_escape(p, &rune);
    else if (fine)
        rune = tm_re2_take_rune(p);
    return fine ? atom(value, tm_re2_rune(p, rune)) : TM_RE2_TOKEN_WRONG;
}

/* The operator from p->token up to p->at. `before`: where the one directly before it starts, or
 * NULL. */
static int repeat(tm_re2_parse *p, TM_RE2_YYSTYPE *value, const char *before)
{
    const char *s = p->token, *end = p->at;
    bool lazy = end - s > 1 && end[-1] == '?';
    tm_re2_times *t = &value->times;
    *t = (tm_re2_times){.min = *s == '+', .max = *s == '?' ? 1 : -1, .lazy = lazy != p->flags.lazy};
    t->at = (uint32_t)(s - p->pattern.p);
    t->n = (uint32_t)(end - s);
    if (*s == '{') {
        const char *close = end - 1 - lazy, *comma = memchr(s, ',', (size_t)(end - s));
        t->min = (int)tm_re2_read_number(s + 1, comma ? comma : close, 10);
        if (!comma)
            t->max = t->min;
        else if (comma + 1 < close)
            t->max = (int)tm_re2_read_number(comma + 1, close, 10);
        if (t->min > TM_RE2_MOST_REPEATS || t->max > TM_RE2_MOST_REPEATS ||
            (t->max >= 0 && t->min > t->max)) {
            tm_re2_fail(p, "invalid repeat count", s, close + 1);
            return TM_RE2_TOKEN_WRONG;
        }
    }
    if (before) {
        tm_re2_fail(p, "invalid nested repetition operator", before, end);
        return TM_RE2_TOKEN_WRONG;
    }
    p->repeat = s;
    return TM_RE2_TOKEN_REPEAT;
}

/* A parenthesis; 0 when flags were set only. */
static int open_group(tm_re2_parse *p, TM_RE2_YYSTYPE *value)
{
    bool opens = true;
    if (!tm_re2_starts(p, "(?")) {
        p->at++;
        value->open.group = tm_re2_add_group(p, TM_TEXT(""));
        tm_re2_push_flags(p);
    } else if (!open_flags(p, &opens, &value->open)) {
        return TM_RE2_TOKEN_WRONG;
    }
    return opens ? TM_RE2_TOKEN_OPEN : 0;
}

/* Text between \Q and \E; false when there is no more of it. */
static bool quoted_rune(tm_re2_parse *p, uint32_t *rune)
{
    p->quoted = !tm_re2_at_end(p) && !tm_re2_starts(p, "\\E");
    if (p->quoted)
        *rune = tm_re2_take_rune(p);
    else if (!tm_re2_at_end(p))
        p->at += 2;
    return p->quoted;
}

int tm_re2_yylex(TM_RE2_YYSTYPE *value, tm_re2_parse *p)
{
    const char *before = p->repeat;
    p->repeat = NULL;
    for (;;) {
        uint32_t rune = 0;
        if (p->quoted && quoted_rune(p, &rune))
            return atom(value, tm_re2_rune(p, rune));
        const char *s = p->at, *marker = s;
        int token;
        p->token = s;
#define TAKE(token) return p->at = s, (token)
        /*!re2c
            "\\Q"  { p->at = s; p->quoted = true; before = NULL; continue; }
            "\\A"  { TAKE(leaf(p, value, TM_RE2_TEXT_START)); }
            "\\z"  { TAKE(leaf(p, value, TM_RE2_TEXT_END)); }
            "\\b"  { TAKE(leaf(p, value, TM_RE2_WORD_EDGE)); }
            "\\B"  { TAKE(leaf(p, value, TM_RE2_NO_WORD_EDGE)); }
            "^"    { TAKE(leaf(p, value, p->flags.lines ? TM_RE2_LINE_START : TM_RE2_TEXT_START)); }
            "$"    { TAKE(leaf(p, value, p->flags.lines ? TM_RE2_LINE_END : TM_RE2_TEXT_END)); }
            "."    { TAKE(leaf(p, value, p->flags.any ? TM_RE2_ANY : TM_RE2_DOT)); }
            "|"    { TAKE(TM_RE2_TOKEN_BAR); }
            ")"    { tm_re2_pop_flags(p); TAKE(TM_RE2_TOKEN_CLOSE); }
            "("    {
                token = open_group(p, value);
                before = NULL;
                if (token)
                    return token;
                continue;
            }
            ([*+?] | "{" number ("," number?)? "}") "?"? { TAKE(repeat(p, value, before)); }
            [\x00] {
                if (s > tm_re2_end(p))
                    return TM_RE2_TOKEN_YYEOF;
                return rune_or_class(p, value);
            }
            *      { return rune_or_class(p, value); }
        */
#undef TAKE
    }
}
