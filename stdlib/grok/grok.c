/* Grok: texts taken apart by patterns with names (language.md 4.4).
 * Work: expressions are the rule's, with bounds above; the search charges for the text (vm/regex).
 * SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/fn.h"

#include "stdlib/data.h"

typedef struct grok_row {
    const char *name, *pattern;
} grok_row;

static const grok_row PATTERNS[] = {
#define GROK(name, pattern) {#name, pattern},
#include "stdlib/grok/grok.def"
#include "stdlib/grok/grok_logs.def"
#include "stdlib/grok/grok_firewalls.def"
#undef GROK
};

enum {
    PATTERN_COUNT = sizeof PATTERNS / sizeof *PATTERNS,
    DEPTH_MOST = 50,
    PATTERN_BYTES_MOST = 1 << 18,
    CAPTURES_MOST = 999
};

/* A capture of the expression: where %{NAME:key:type} or %{NAME} stood. */
typedef struct capture {
    tm_text key, type;
} capture;

/* An expression taken apart, and the regular expression it became. */
typedef struct grok {
    const tm_regex *regex;
    capture capture[CAPTURES_MOST];
    unsigned captures;
    bool has_names; /* something is captured under a key of its own */
} grok;

/* One expression being expanded. */
typedef struct expansion {
    tm_buf out;
    grok *grok;
    const tm_list *definitions; /* "NAME=pattern"; or NULL */
    bool only_named;
    tm_text error;
} expansion;

/* Groups of ours are called so, and a number. */
static const char GROUP[] = "tamis_grok_";

static bool is_word(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/* Takes a run of word characters, and of points where they may be, off *rest. */
static tm_text take_word(tm_text *rest, bool points)
{
    size_t n = 0;
    /* Work: bytes of the pattern, of the rule */
    while (n < rest->n && (is_word(rest->p[n]) || (points && rest->p[n] == '.')))
        n++;
    tm_text word = tm_text_slice(rest->p, n);
    *rest = tm_text_skip(*rest, n);
    return word;
}

static bool take_char(tm_text *rest, char c)
{
    if (!rest->n || rest->p[0] != c)
        return false;
    *rest = tm_text_skip(*rest, 1);
    return true;
}

/* Takes %{NAME}, %{NAME:key} or %{NAME:key:type} off *rest. Anything else is part of the regular
 * expression. */
static bool take_token(tm_text *rest, tm_text *name, capture *c)
{
    tm_text t = *rest;
    *c = (capture){0};
    if (!take_char(&t, '%') || !take_char(&t, '{'))
        return false;
    *name = take_word(&t, false);
    if (!name->n)
        return false;
    if (take_char(&t, ':')) {
        c->key = take_word(&t, true);
        if (!c->key.n)
            return false;
        if (take_char(&t, ':')) {
            c->type = take_word(&t, false);
            if (!c->type.n)
                return false;
        }
    }
    if (!take_char(&t, '}'))
        return false;
    *rest = t;
    return true;
}

/* The pattern of a name; definitions of the rule come first, the last one of them foremost. */
static bool find_pattern(const expansion *e, tm_text name, tm_text *pattern)
{
    /* Work: definitions of the rule and of the table */
    for (uint32_t i = e->definitions ? e->definitions->n : 0; i-- > 0;) {
        tm_text rest = tm_value_text(e->definitions->item[i]), defined;
        tm_text_next(&rest, '=', &defined);
        if (tm_text_equal(defined, name)) {
            *pattern = rest;
            return true;
        }
    }
    for (unsigned i = 0; i < PATTERN_COUNT; i++)
        if (tm_text_is(name, PATTERNS[i].name)) {
            *pattern = tm_text_of(PATTERNS[i].pattern);
            return true;
        }
    return false;
}

static bool fail(expansion *e, const char *why, tm_text what)
{
    e->error = tm_arena_print(e->out.arena, "%s %.*s", why, TM_PRI(what));
    return false;
}

static bool expand(expansion *e, tm_text pattern, unsigned depth);

/* Writes what a token stands for, in a group that captures it if that is wanted. */
static bool expand_token(expansion *e, tm_text name, capture c, unsigned depth)
{
    tm_text pattern;
    grok *g = e->grok;
    bool captures = c.key.n || !e->only_named;
    if (!find_pattern(e, name, &pattern))
        return fail(e, "there is no pattern", name);
    if (depth == DEPTH_MOST || e->out.n > PATTERN_BYTES_MOST || g->captures == CAPTURES_MOST)
        return fail(e, "the patterns grow too large at", name);
    g->has_names = g->has_names || c.key.n;
    if (captures)
        tm_buf_print(&e->out, "(?P<%s%u>", GROUP, g->captures);
    else
        tm_buf_add(&e->out, TM_TEXT("(?:"));
    if (captures)
        g->capture[g->captures++] = c.key.n ? c : (capture){.key = name};
    if (!expand(e, pattern, depth + 1))
        return false;
    tm_buf_add_char(&e->out, ')');
    return true;
}

static bool expand(expansion *e, tm_text pattern, unsigned depth)
{
    /* Work: bytes of the pattern, of the rule */
    while (pattern.n) {
        tm_text name;
        capture c;
        if (!take_token(&pattern, &name, &c)) {
            tm_buf_add_char(&e->out, pattern.p[0]);
            pattern = tm_text_skip(pattern, 1);
        } else if (!expand_token(e, name, c, depth)) {
            return false;
        }
    }
    return true;
}

/* Builds the regular expression of a pattern. NULL: *error says why it cannot be. */
static grok *build(tm_arena *arena, tm_text pattern, bool only_named, const tm_list *definitions,
                   tm_text *error)
{
    grok *g = TM_NEW(arena, grok);
    size_t at;
    expansion e = {
        .out = {.arena = arena}, .grok = g, .definitions = definitions, .only_named = only_named};
    if (!expand(&e, pattern, 0)) {
        *error = e.error;
        return NULL;
    }
    g->regex = tm_regex_new(arena, tm_buf_text(&e.out), error, &at);
    if (!g->regex)
        return NULL;
    /* Work: groups of the pattern */
    for (unsigned i = 1; i <= tm_regex_groups(g->regex); i++) {
        tm_text name = tm_regex_group_name(g->regex, i);
        g->has_names = g->has_names || (name.n && !tm_text_starts(name, tm_text_of(GROUP)));
    }
    if (only_named && !g->has_names) {
        *error = TM_TEXT("nothing in it has a name of its own");
        return NULL;
    }
    return g;
}

/* --- the function --- */

static const tm_list *definitions_of(const tm_prepare *p)
{
    return p->given & 8 ? p->literal[3].list : NULL;
}

static bool prepare_ExtractGrokPatterns(tm_prepare *p)
{
    const tm_list *definitions = definitions_of(p);
    /* Work: definitions of the rule */
    for (uint32_t i = 0; definitions && i < definitions->n; i++) {
        tm_text rest = tm_value_text(definitions->item[i]), whole = rest, name;
        tm_text_next(&rest, '=', &name);
        if (!rest.p || memchr(name.p, ':', name.n))
            return tm_refuse(p, 3, "\"%.*s\" is no NAME=pattern", TM_PRI(whole));
    }
    if (!tm_is_literal(p, 1))
        return true;
    tm_text error = {0};
    bool only_named = p->given & 4 && p->literal[2].truth;
    p->state = build(p->arena, tm_value_text(p->literal[1]), only_named, definitions, &error);
    return p->state || tm_refuse(p, 1, "the pattern is bad: %.*s", TM_PRI(error));
}

/* Converts what was captured to the type that the pattern names. */
static bool convert(tm_call *c, tm_text type, tm_value *v)
{
    if (!type.n || tm_text_is(type, "string"))
        return true;
    if (tm_text_is(type, "int") || tm_text_is(type, "long"))
        return tm_to_int(c->vm, *v, v);
    if (tm_text_is(type, "float") || tm_text_is(type, "double"))
        return tm_to_double(c->vm, *v, v);
    if (tm_text_is(type, "bool") || tm_text_is(type, "boolean"))
        return tm_to_bool(c->vm, *v, v);
    return tm_fail(c, "there is no type %.*s", TM_PRI(type));
}

/* The capture of group i; groups that the pattern's author named stand for themselves. */
static capture capture_of(const grok *g, unsigned i)
{
    tm_text name = tm_regex_group_name(g->regex, i);
    unsigned number = 0;
    if (!tm_text_starts(name, tm_text_of(GROUP)))
        return (capture){.key = name};
    /* Work: digits of a name */
    for (size_t k = sizeof GROUP - 1; k < name.n; k++)
        number = number * 10 + (unsigned)(name.p[k] - '0');
    return number < g->captures ? g->capture[number] : (capture){0};
}

/* Three underscores in a key stand for a point, which the name of a group cannot hold. */
static tm_text key_of(tm_arena *arena, tm_text name)
{
    tm_text rest = name;
    ptrdiff_t at;
    if (tm_text_find(name, TM_TEXT("___")) < 0)
        return name;
    tm_buf key = {.arena = arena};
    /* Work: bytes of a name */
    while ((at = tm_text_find(rest, TM_TEXT("___"))) >= 0) {
        tm_buf_add(&key, tm_text_slice(rest.p, (size_t)at));
        tm_buf_add_char(&key, '.');
        rest = tm_text_skip(rest, (size_t)at + 3);
    }
    tm_buf_add(&key, rest);
    return tm_buf_text(&key);
}

/* The type that was said last for a key goes for all captures under it. */
static tm_text type_of(const grok *g, tm_text key)
{
    /* Work: captures of the pattern */
    for (unsigned i = g->captures; i-- > 0;)
        if (g->capture[i].type.n && tm_text_equal(g->capture[i].key, key))
            return g->capture[i].type;
    return TM_TEXT("");
}

static bool add_captures(tm_call *c, const grok *g, tm_text target, const size_t *group,
                         tm_map *map)
{
    /* Work: groups of the pattern */
    for (unsigned i = 1; i <= tm_regex_groups(g->regex); i++) {
        capture got = capture_of(g, i);
        if (!got.key.n || group[2 * i] == SIZE_MAX || group[2 * i] == group[2 * i + 1])
            continue;
        tm_value v =
            tm_string(tm_text_slice(target.p + group[2 * i], group[2 * i + 1] - group[2 * i]));
        if (!convert(c, type_of(g, got.key), &v))
            return false;
        tm_map_append(c->arena, map, key_of(c->arena, got.key), v);
    }
    tm_map_unique(c->arena, map);
    return true;
}

TM_CONVERTER_PREPARED(
    ExtractGrokPatterns,
    "map ExtractGrokPatterns(target: string, pattern: string, named_captures_only?: 'bool = false, "
    "pattern_definitions?: ['string])",
    "What a grok pattern captures: %{NAME:key} or %{NAME:key:type} under key, %{NAME} under NAME "
    "unless "
    "named_captures_only says otherwise. Definitions are NAME=regex. An empty map without a match. "
    "A pattern of which the regular expression has more than 64 KiB of code is refused.",
    EX(ExtractGrokPatterns("10.0.0.1 GET 200", "%{IP:ip} %{WORD:m} %{INT:code:int}")["code"] == 200)
    EX(ExtractGrokPatterns("a1", "%{FOO:x}", true, ["FOO=a\\d"]) == {"x": "a1"})
    EX(Len(ExtractGrokPatterns("a", "%{INT:i}")) == 0)
    EX(ExtractGrokPatterns("1.5", "%{NUMBER:n:int}")) FAILS
    EX(ExtractGrokPatterns("a", "%{NO_SUCH_NAME:x}")) REFUSED)
{
    const grok *g = c->state;
    tm_text target = tm_arg_text(c, 0), error = {0};
    if (!g)
        g = build(c->arena, tm_arg_text(c, 1), tm_arg_given(c, 2) && tm_arg_bool(c, 2),
                  tm_arg_given(c, 3) ? tm_arg_list(c, 3) : NULL, &error);
    if (!g)
        return tm_fail(c, "the pattern is bad: %.*s", TM_PRI(error));
    unsigned groups = tm_regex_groups(g->regex) + 1;
    size_t *group = TM_NEW_ARRAY(c->arena, 2 * (size_t)groups, size_t);
    tm_match found = tm_regex_search(g->regex, c->vm->matcher, c->arena, target, 0, group, groups);
    if (found == TM_MATCH_BUDGET)
        return tm_vm_spent(c->vm);
    tm_map *map = tm_map_new(c->arena, found == TM_MATCH && groups < 64 ? groups : 0);
    if (found == TM_MATCH && !add_captures(c, g, target, group, map))
        return false;
    return tm_return_map(c, map);
}

void tm_data_grok(tm_buf *out)
{
    tm_buf_print(out, "| grok patterns | our own rows | %d patterns | ExtractGrokPatterns |\n",
                 (int)PATTERN_COUNT);
}

TM_CHAPTER(grok, ROW(ExtractGrokPatterns))
