/* XPath scan: what an expression mentions, found before libxml2 compiles it.
 * SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/xpath_scan.h"

#include "vm/regex.h"

/* What looks like a call and is none: tests of nodes, and operators in front of a bracket. */
static bool is_no_call(tm_text name)
{
    static const char *const words[] = {
        "and", "comment", "div", "mod", "node", "or", "processing-instruction", "text"};
    for (unsigned i = 0; i < sizeof words / sizeof *words; i++)
        if (tm_text_is(name, words[i]))
            return true;
    return false;
}

static bool is_name_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.' || (unsigned char)c >= 0x80;
}

static size_t skip_space(tm_text e, size_t at)
{
    while (at < e.n && memchr(" \t\r\n", e.p[at], 4))
        at++;
    return at;
}

/* Behind the literal that starts with the quote at `at`. */
static size_t skip_literal(tm_text e, size_t at)
{
    const char *end = memchr(e.p + at + 1, e.p[at], e.n - at - 1);
    return end ? (size_t)(end - e.p) + 1 : e.n;
}

typedef struct arguments {
    unsigned n;
    tm_text second;
    size_t end; /* behind the bracket that closes */
} arguments;

/* The arguments of a call whose bracket opens at `open`. */
static arguments read_arguments(tm_text e, size_t open)
{
    arguments a = {0};
    size_t at = open + 1, start = at;
    for (unsigned depth = 1; at < e.n && depth; at++) {
        char c = e.p[at];
        if (c == '"' || c == '\'') {
            at = skip_literal(e, at) - 1;
            continue;
        }
        depth += (c == '(' || c == '[');
        depth -= (c == ')' || c == ']');
        if (depth == 0 || (c == ',' && depth == 1)) {
            if (++a.n == 2)
                a.second = tm_text_slice(e.p + start, at - start);
            start = at + 1;
        }
    }
    a.end = at;
    if (a.n == 1 && e.p[skip_space(e, open + 1)] == ')')
        a.n = 0;
    return a;
}

/* The text of a literal that stands alone; its p is NULL when it is none. */
static tm_text literal_of(tm_text argument)
{
    size_t at = skip_space(argument, 0);
    if (at == argument.n || (argument.p[at] != '"' && argument.p[at] != '\''))
        return (tm_text){0};
    size_t end = skip_literal(argument, at);
    bool alone = end > at + 1 && skip_space(argument, end) == argument.n;
    return alone ? tm_text_slice(argument.p + at + 1, end - at - 2) : (tm_text){0};
}

/* Compiles the regular expression of matches() or replace(), where it is written as a literal. */
static bool note_regex(tm_arena *arena, tm_xpath_mentions *m, tm_text argument)
{
    tm_text literal = literal_of(argument), error;
    size_t at;
    if (!literal.p)
        return true;
    tm_xpath_regex *made = TM_NEW(arena, tm_xpath_regex);
    made->regex = tm_regex_new(arena, literal, &error, &at);
    made->next = m->regex;
    if (made->regex)
        m->regex = made;
    return made->regex != NULL;
}

static const char *note_call(tm_arena *arena, tm_xpath_mentions *m, tm_text e, tm_text name,
                             size_t open)
{
    arguments a = read_arguments(e, open);
    bool matches = tm_text_is(name, "matches");
    bool whole = name.p == e.p + skip_space(e, 0) && skip_space(e, a.end) == e.n;
    const char *error = tm_xpath_call_refuses(name, a.n);
    if (error)
        return error;
    m->reversed |= whole && tm_text_is(name, "reverse");
    if ((matches || tm_text_is(name, "replace")) && !note_regex(arena, m, a.second) && matches)
        return "a regular expression in it is bad";
    return NULL;
}

static void note_prefix(tm_arena *arena, tm_xpath_mentions *m, tm_text prefix)
{
    for (unsigned i = 0; i < m->prefixes; i++)
        if (tm_text_is(prefix, m->prefix[i]))
            return;
    if (m->prefixes < TM_XPATH_PREFIXES_MOST)
        m->prefix[m->prefixes++] = tm_arena_copy(arena, prefix).p;
}

const char *tm_xpath_scan(tm_arena *arena, tm_text e, tm_xpath_mentions *m)
{
    for (size_t i = 0; i < e.n;) {
        size_t n = 0;
        if (e.p[i] == '"' || e.p[i] == '\'') {
            i = skip_literal(e, i);
            continue;
        }
        if (e.p[i] == '$')
            return "there are no variables";
        while (i + n < e.n && is_name_char(e.p[i + n]))
            n++;
        tm_text name = tm_text_slice(e.p + i, n);
        i += n ? n : 1;
        size_t next = skip_space(e, i);
        if (n && next < e.n && e.p[next] == '(' && !is_no_call(name)) {
            const char *error = note_call(arena, m, e, name, next);
            if (error)
                return error;
        }
        if (n && i + 1 < e.n && e.p[i] == ':' && e.p[i + 1] != ':')
            note_prefix(arena, m, name);
        else if (n && i < e.n && e.p[i] == ':' && tm_text_is(name, "namespace"))
            return "the axis namespace is unknown";
        i += n && i < e.n && e.p[i] == ':' && i + 1 < e.n && e.p[i + 1] == ':' ? 2 : 0;
    }
    return NULL;
}
