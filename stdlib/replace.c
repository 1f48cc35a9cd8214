/* Replace: editors that rewrite texts by pattern or glob (language.md 4.10).
 * Work: maps once an entry, texts once a match; searches and what they write are charged
 * (vm/regex).
 * SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/fn.h"

#include "vm/regex/glob.h"

/* --- the function argument and its format --- */

/* Puts text where %s stands first. A second %s and a % at the end leave the marks that Go's printf
 * leaves there; anything else behind a % is an error. */
static bool format_text(tm_call *c, tm_text format, tm_text text, tm_text *out)
{
    tm_buf b = {.arena = c->arena};
    bool placed = false;
    /* Work: bytes of the format, of the rule */
    for (size_t i = 0; i < format.n; i++) {
        bool last = i + 1 == format.n;
        if (format.p[i] != '%') {
            tm_buf_add_char(&b, format.p[i]);
        } else if (last && placed) {
            tm_buf_add(&b, TM_TEXT("%!(NOVERB)"));
        } else if (!last && format.p[i + 1] == 's') {
            tm_buf_add(&b, placed ? TM_TEXT("%!s(MISSING)") : text);
            placed = true;
            i++;
        } else {
            return tm_fail(c, "replacement_format must hold one %%s and no other verb");
        }
    }
    *out = tm_buf_text(&b);
    return placed || tm_fail(c, "replacement_format must hold %%s");
}

/* Calls the converter in parameter i with text and wants a text back. */
static bool call_function(tm_call *c, unsigned i, tm_text text, tm_text *out)
{
    const tm_function *f = tm_arg_function(c, i);
    tm_signature s;
    tm_signature_read(f, &s);
    if (s.n != 1)
        return tm_fail(c, "%s takes %u arguments, not one", f->name, s.n);
    if (s.parameter[0].kind != TM_KIND_STRING)
        return tm_fail(c, "%s does not take a string", f->name);
    tm_value v = tm_string(text);
    const tm_argument argument = {.kind = TM_KIND_STRING, .given = true};
    const tm_call_site site = {.function = f, .argument = &argument, .arguments = 1};
    tm_call inner = {.vm = c->vm, .arena = c->arena, .site = &site, .arg = &v};
    if (!f->body(&inner))
        return false;
    *out = tm_value_text(inner.result);
    return inner.result.type == TM_STRING || tm_fail(c, "%s yields no string", f->name);
}

/* What the function in parameter i, if there is one, and the format behind it make of a
 * replacement. */
static bool finish(tm_call *c, unsigned i, tm_text text, tm_text *out)
{
    *out = text;
    if (!tm_arg_given(c, i))
        return true;
    if (!call_function(c, i, text, out))
        return false;
    if (!tm_arg_given(c, i + 1))
        return true;
    tm_text format;
    return tm_arg_force_text(c, i + 1, 0, &format) && format_text(c, format, *out, out);
}

/* --- patterns --- */
typedef struct replacer {
    tm_call *c;
    const tm_regex *regex;
    tm_text replacement;
    unsigned at; /* parameter of the pattern; replacement, function and format follow it */
} replacer;

static bool expand_match(void *owner, tm_text subject, const size_t *group, unsigned groups,
                         tm_buf *out)
{
    const replacer *r = owner;
    tm_matcher *matcher = r->c->vm->matcher;
    if (!tm_arg_given(r->c, r->at + 2)) {
        tm_regex_expand(r->regex, matcher, r->replacement, subject, group, groups, out);
        return true;
    }
    const tm_vm_mark mark = tm_vm_save(r->c->vm);
    tm_buf expanded = {.arena = r->c->arena};
    tm_text text;
    tm_regex_expand(r->regex, matcher, r->replacement, subject, group, groups, &expanded);
    if (!finish(r->c, r->at + 2, tm_buf_text(&expanded), &text))
        return false;
    const size_t room = out->room;
    tm_buf_add(out, text);
    if (out->room == room) /* else it has grown behind the mark */
        tm_vm_release_step(r->c->vm, &mark, 1);
    return true;
}

typedef enum outcome { SAME, REPLACED, FUNCTION_FAILED, TOO_LONG } outcome;

/* Replaces all matches in text. With SAME, text stays; the other two have set the error. */
static outcome replace_matches(replacer *r, tm_text *text)
{
    bool stopped;
    tm_match found = tm_regex_replace(r->regex, r->c->vm->matcher, r->c->arena, *text, expand_match,
                                      r, text, &stopped);
    if (found == TM_MATCH_BUDGET) {
        tm_vm_spent(r->c->vm);
        return TOO_LONG;
    }
    return stopped ? FUNCTION_FAILED : found == TM_MATCH ? REPLACED : SAME;
}

/* The regex of the rule, or that of a lazy argument. */
static bool lazy_regex(tm_call *c, unsigned i, const tm_regex **regex)
{
    tm_text pattern;
    *regex = c->state;
    return *regex || (tm_arg_force_text(c, i, 0, &pattern) && tm_call_regex_of(c, pattern, regex));
}

static bool prepare_replace_pattern(tm_prepare *p)
{
    return tm_prepare_regex(p, 1);
}

TM_EDITOR_PREPARED(
    replace_pattern,
    "nothing replace_pattern(target: path, regex_pattern: lazy string, "
    "replacement: lazy string, function?: converter, replacement_format?: lazy string)",
    "Replaces all matches in a string; other targets are left alone. $1 and ${name} stand for "
    "what a group matched, $$ for a dollar. function, a converter of one string, is applied to "
    "each replacement, and replacement_format puts its result where %s stands.",
    EX(replace_pattern(attributes["s"], "(\\w+) (\\w+)", "$2 $1"))
        THEN(attributes["s"] == "world hello")
    EX(replace_pattern(attributes["s"], "o", "0", MD5, "<%s>")) THEN(Len(attributes["s"]) == 77)
    EX(replace_pattern(attributes["i"], "2", "x")) THEN(attributes["i"] == 200)
    EX(replace_pattern(attributes["s"], "o", "0", MD5, "%d")) FAILS
    EX(replace_pattern(attributes["s"], "(", "x")) REFUSED)
{
    replacer r = {.c = c, .at = 1};
    tm_value v;
    if (!tm_target_get(c, 0, &v))
        return false;
    /* How far the reference looks at its arguments depends on the target. */
    if (v.type == TM_NIL)
        return true;
    if (!tm_arg_force_text(c, 2, 0, &r.replacement))
        return false;
    if (v.type != TM_STRING)
        return true;
    tm_text text = tm_value_text(v);
    outcome done = lazy_regex(c, 1, &r.regex) ? replace_matches(&r, &text) : TOO_LONG;
    if (done != REPLACED)
        return done == SAME;
    return tm_target_set(c, 0, tm_string(text));
}

static bool prepare_replace_all_patterns(tm_prepare *p)
{
    static const char *const modes[] = {"key", "value", NULL};
    return tm_prepare_word(p, 1, modes) && tm_prepare_regex(p, 2);
}

/* A value for which the function fails stays as it is. */
static bool replace_in_values(tm_call *c, replacer *r)
{
    const tm_map *map;
    tm_map *changed = NULL;
    if (!tm_target_map_read(c, 0, &map) || !tm_charge(c, map->n))
        return false;
    /* Work: entries, charged before; searches charge for themselves */
    for (uint32_t i = 0; i < map->n; i++) {
        if (map->entry[i].value.type != TM_STRING)
            continue;
        tm_text text = tm_value_text(map->entry[i].value);
        outcome done = replace_matches(r, &text);
        if (done == TOO_LONG)
            return false;
        if (done != REPLACED)
            continue;
        if (!changed && !tm_target_map(c, 0, &changed))
            return false;
        changed->entry[i].value = tm_string(text);
        changed->entry[i].raw = (tm_text){0};
    }
    return true;
}

/* An entry for whose key the function fails is lost, as in the reference. */
static bool replace_in_keys(tm_call *c, replacer *r)
{
    const tm_map *map;
    tm_map *changed, *out;
    bool any = false;
    if (!tm_target_map_read(c, 0, &map))
        return false;
    if (!tm_charge(c, map->n))
        return false;
    out = tm_map_new(c->arena, map->n);
    /* Work: entries, charged before; searches charge for themselves */
    for (uint32_t i = 0; i < map->n; i++) {
        const tm_entry *e = &map->entry[i];
        tm_text key = e->key;
        outcome done = replace_matches(r, &key);
        if (done == TOO_LONG)
            return false;
        any = any || done != SAME;
        if (done == SAME)
            tm_map_put(c->arena, out, key, e->value)->raw = e->raw;
        else if (done == REPLACED)
            tm_map_put(c->arena, out, key, e->value);
    }
    if (!any && out->n == map->n)
        return true;
    if (!tm_target_map(c, 0, &changed))
        return false;
    *changed = *out;
    return true;
}

TM_EDITOR_PREPARED(
    replace_all_patterns,
    "nothing replace_all_patterns(target: path map, mode: 'string, regex_pattern: string, "
    "replacement: string, function?: converter, replacement_format?: lazy string)",
    "Does what replace_pattern does to each string value on the top level of a map (mode value), "
    "or to each key (mode key); of keys that become equal the last one wins.",
    EX(replace_all_patterns(attributes["map"], "value", "v", "b"))
        THEN(attributes["map"]["k"] == "b<&>")
    EX(replace_all_patterns(attributes["map"], "key", "^(.)$", "k_$1"))
        THEN(Keys(attributes["map"]) == ["k_k", "k_n", "deep"])
    EX(replace_all_patterns(attributes["s"], "key", "a", "b")) FAILS
    EX(replace_all_patterns(attributes, "both", "a", "b")) REFUSED)
{
    replacer r = {.c = c, .at = 2, .replacement = tm_arg_text(c, 3)};
    if (!tm_call_regex(c, 2, &r.regex))
        return false;
    return tm_text_is(tm_arg_text(c, 1), "key") ? replace_in_keys(c, &r) : replace_in_values(c, &r);
}

/* --- globs --- */
static bool prepare_glob(tm_prepare *p)
{
    if (!tm_is_literal(p, 1))
        return true;
    tm_text error, glob = tm_value_text(p->literal[1]);
    size_t at;
    p->state = tm_glob_new(p->arena, glob, &error, &at);
    return p->state || tm_refuse(p, 1, "the glob \"%.*s\" is bad at byte %zu: %.*s", TM_PRI(glob),
                                 at + 1, TM_PRI(error));
}

static bool prepare_replace_match(tm_prepare *p)
{
    return prepare_glob(p);
}

static bool prepare_replace_all_matches(tm_prepare *p)
{
    return prepare_glob(p);
}

/* The glob, and the replacement with the function applied: that is done before anything
 * matches. */
static bool open_glob(tm_call *c, const tm_glob **glob, tm_text *replacement)
{
    tm_text error, pattern = tm_arg_text(c, 1);
    size_t at;
    if (!c->state && !tm_charge(c, pattern.n)) /* a state for each character */
        return false;
    *glob = c->state ? c->state : tm_glob_new(c->arena, pattern, &error, &at);
    if (!*glob)
        return tm_fail(c, "the glob \"%.*s\" is bad: %.*s", TM_PRI(pattern), TM_PRI(error));
    return finish(c, 3, tm_arg_text(c, 2), replacement);
}

static tm_match match_glob(tm_call *c, const tm_glob *glob, tm_value v)
{
    if (v.type != TM_STRING)
        return TM_NO_MATCH;
    return tm_glob_match(glob, c->arena, tm_call_work(c), tm_value_text(v));
}

TM_EDITOR_PREPARED(
    replace_match,
    "nothing replace_match(target: path, pattern: string, replacement: string, "
    "function?: converter, replacement_format?: lazy string)",
    "Replaces a string that the glob pattern matches as a whole; other targets are left alone. "
    "* stands for any run of characters, ? for one, [a-z] and {one,other} for what they list.",
    EX(replace_match(name, "GET /users/*", "GET")) THEN(name == "GET")
    EX(replace_match(attributes["s"], "{hello,bye}*", "x", ToUpperCase, "<%s>"))
        THEN(attributes["s"] == "<X>")
    EX(replace_match(attributes["i"], "*", attributes["missing"])) FAILS
    EX(replace_match(attributes["s"], "[a-z0]", "x")) REFUSED)
{
    const tm_glob *glob;
    tm_text replacement;
    tm_value v;
    if (!open_glob(c, &glob, &replacement) || !tm_target_get(c, 0, &v))
        return false;
    const tm_match found = match_glob(c, glob, v);
    if (found == TM_MATCH_BUDGET)
        return tm_vm_spent(c->vm);
    return found == TM_NO_MATCH || tm_target_set(c, 0, tm_string(replacement));
}

TM_EDITOR_PREPARED(
    replace_all_matches,
    "nothing replace_all_matches(target: path map, pattern: string, replacement: string, "
    "function?: converter, replacement_format?: lazy string)",
    "Does what replace_match does to each string value on the top level of a map.",
    EX(replace_all_matches(attributes, "hello*", "x"))
        THEN(attributes["s"] == "x" and attributes["num"] == "42")
    EX(replace_all_matches(attributes["s"], "a*", "x")) FAILS
    EX(replace_all_matches(attributes, "{a", 1)) REFUSED)
{
    const tm_glob *glob;
    tm_text replacement;
    const tm_map *map;
    tm_map *changed = NULL;
    if (!tm_target_map_read(c, 0, &map) || !open_glob(c, &glob, &replacement) ||
        !tm_charge(c, map->n))
        return false;
    /* Work: entries, charged before; searches charge for themselves */
    for (uint32_t i = 0; i < map->n; i++) {
        const tm_match found = match_glob(c, glob, map->entry[i].value);
        if (found == TM_MATCH_BUDGET)
            return tm_vm_spent(c->vm);
        if (found == TM_NO_MATCH)
            continue;
        if (!changed && !tm_target_map(c, 0, &changed))
            return false;
        changed->entry[i].value = tm_string(replacement);
        changed->entry[i].raw = (tm_text){0};
    }
    return true;
}

TM_CHAPTER(replace, ROW(replace_pattern), ROW(replace_all_patterns), ROW(replace_match),
           ROW(replace_all_matches))
