/* What stands for one code point: escapes and classes.
 * SPDX-License-Identifier: Apache-2.0 */
#include "vm/regex/re2_parse.h"

#include "vm/regex/re2_class.h"

/*!re2c
    re2c:define:YYCTYPE = "unsigned char";
    re2c:define:YYCURSOR = s;
    re2c:define:YYMARKER = marker;
    re2c:yyfill:enable = 0;

    hex = [0-9a-fA-F];
*/

static int hex_value(uint32_t c)
{
    if (c >= '0' && c <= '9')
        return (int)c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? (int)c - 'a' + 10 : -1;
}

/* ---- escapes
 * ------------------------------------------------------------------------------------ */

/* Goes as far into a wrong \x as Go does before it sees that. */
static void skip_bad_hex(tm_re2_parse *p)
{
    uint32_t value = 0;
    if (tm_re2_at_end(p))
        return;
    if (tm_re2_take_rune(p) != '{') {
        tm_re2_take_rune(p);
        return;
    }
    while (!tm_re2_at_end(p) && value <= TM_RE2_LAST_RUNE) {
        int digit = hex_value(tm_re2_take_rune(p));
        if (digit < 0)
            return;
        value = value * 16 + (uint32_t)digit;
    }
}

static bool bad_escape(tm_re2_parse *p)
{
    const char *from = p->at++;
    if (tm_re2_take_rune(p) == 'x')
        skip_bad_hex(p);
    return tm_re2_fail(p, "invalid escape sequence", from, p->at);
}

uint32_t tm_re2_read_number(const char *digits, const char *end, uint32_t base)
{
    uint32_t value = 0;
    for (; digits < end && value <= TM_RE2_LAST_RUNE; digits++)
        value = value * base + (uint32_t)hex_value((unsigned char)*digits);
    return value;
}

/* One character written with a backslash, at which p->at stands. */
bool tm_re2_escape(tm_re2_parse *p, uint32_t *rune)
{
    const char *s = p->at + 1, *marker = s;
    /*!re2c
        "0" [0-7]{0,2} | [1-7] [0-7]{1,2} {
            *rune = tm_re2_read_number(p->at + 1, s, 8);
            goto done;
        }
        "x" hex{2} {
            *rune = tm_re2_read_number(p->at + 2, s, 16);
            goto done;
        }
        "x{" hex+ "}" {
            *rune = tm_re2_read_number(p->at + 3, s - 1, 16);
            if (*rune > TM_RE2_LAST_RUNE)
                return bad_escape(p);
            goto done;
        }
        "a" { *rune = '\a'; goto done; }
        "f" { *rune = '\f'; goto done; }
        "n" { *rune = '\n'; goto done; }
        "r" { *rune = '\r'; goto done; }
        "t" { *rune = '\t'; goto done; }
        "v" { *rune = '\v'; goto done; }
        [\x01-\x7f] \ [0-9A-Za-z] { *rune = (unsigned char)s[-1]; goto done; }
        [\x00] {
            if (s > tm_re2_end(p))
                return tm_re2_fail(p, "trailing backslash at end of expression", s - 1, s - 1);
            *rune = 0;
            goto done;
        }
        *                                   { return bad_escape(p); }
    */
done:
    p->at = s;
    return true;
}

/* ---- classes
 * ------------------------------------------------------------------------------------ */

/* \pL \p{Greek} \P{^Greek}; p->at stands at the backslash. */
static bool unicode_class(tm_re2_parse *p, tm_re2_class *class)
{
    const char *from = p->at;
    bool negated = p->at[1] == 'P';
    p->at += 2;
    const char *name = p->at;
    const char *end;
    if (tm_re2_take_rune(p) == '{') {
        name++;
        end = tm_re2_find(p, name, "}");
        if (!end)
            return tm_re2_fail(p, "invalid character class range", from, tm_re2_end(p));
        p->at = end + 1;
    } else {
        end = p->at;
    }
    if (name < end && *name == '^') {
        negated = !negated;
        name++;
    }
    tm_text text = tm_text_slice(name, (size_t)(end - name));
    if (tm_re2_class_add_property(p->arena, class, text, negated))
        return true;
    return tm_re2_fail(p, "invalid character class range", from, p->at);
}

bool tm_re2_class_escape(tm_re2_parse *p, tm_re2_class *class, bool *found)
{
    const char *s = p->at;
    *found = true;
    /*!re2c
        "\\" [pP]    { return unicode_class(p, class); }
        "\\" [dsw]   {
            p->at = s;
            return tm_re2_class_add_set(p->arena, class, tm_text_slice(s - 1, 1), false);
        }
        "\\" [DSW]   {
            char name = (char)(s[-1] | 0x20);
            p->at = s;
            return tm_re2_class_add_set(p->arena, class, tm_text_slice(&name, 1), true);
        }
        *            { *found = false; return true; }
    */
}

/* [:alpha:] and [:^alpha:]; p->at stands at the bracket. */
static bool posix_class(tm_re2_parse *p, tm_re2_class *class, bool *found)
{
    const char *from = p->at;
    const char *end = tm_re2_starts(p, "[:") ? tm_re2_find(p, from + 2, ":]") : NULL;
    *found = end != NULL;
    if (!end)
        return true;
    bool negated = from[2] == '^';
    tm_text name = tm_text_slice(from + 2 + negated, (size_t)(end - from) - 2 - negated);
    p->at = end + 2;
    /* Perl's letters are no names here. */
    if (name.n > 1 && tm_re2_class_add_set(p->arena, class, name, negated))
        return true;
    return tm_re2_fail(p, "invalid character class range", from, p->at);
}

static bool class_rune(tm_re2_parse *p, const char *bracket, uint32_t *rune)
{
    if (tm_re2_at_end(p))
        return tm_re2_fail(p, "missing closing ]", bracket, tm_re2_end(p));
    if (*p->at == '\\')
        return tm_re2_escape(p, rune);
    *rune = tm_re2_take_rune(p);
    return true;
}

/* One character or a range. */
static bool class_range(tm_re2_parse *p, const char *bracket, tm_re2_class *class)
{
    const char *from = p->at;
    uint32_t low, high;
    if (!class_rune(p, bracket, &low))
        return false;
    high = low;
    if (tm_re2_starts(p, "-") && p->at + 1 < tm_re2_end(p) && p->at[1] != ']') {
        p->at++;
        if (!class_rune(p, bracket, &high))
            return false;
        if (high < low)
            return tm_re2_fail(p, "invalid character class range", from, p->at);
    }
    tm_re2_class_add(p->arena, class, low, high);
    return true;
}

bool tm_re2_bracket(tm_re2_parse *p, tm_re2_class *class)
{
    const char *bracket = p->at++;
    if (tm_re2_starts(p, "^")) {
        class->negated = true;
        p->at++;
    }
    for (bool first = true; first || !tm_re2_starts(p, "]"); first = false) {
        bool found;
        if (!posix_class(p, class, &found))
            return false;
        if (!found && !tm_re2_class_escape(p, class, &found))
            return false;
        if (!found && !class_range(p, bracket, class))
            return false;
    }
    p->at++;
    return true;
}
