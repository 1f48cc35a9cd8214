/* RE2 classes: the named sets, and ranges put in order.
 * Work: of rules alone: a pattern, each part once; regexes.c charges what is compiled at run time.
 * SPDX-License-Identifier: Apache-2.0 */
#include "vm/regex/re2_class.h"

#include <stdlib.h>

/* The ASCII sets: POSIX's, and d, s and w. \s is without \v, [:space:] with it. */
static const struct {
    const char *name;
    tm_re2_range range[4]; /* {0, 0} is unused, but for the first */
} TM_SETS[] = {
    {"alnum", {{'0', '9'}, {'A', 'Z'}, {'a', 'z'}}},
    {"alpha", {{'A', 'Z'}, {'a', 'z'}}},
    {"ascii", {{0, 0x7f}}},
    {"blank", {{'\t', '\t'}, {' ', ' '}}},
    {"cntrl", {{0, 0x1f}, {0x7f, 0x7f}}},
    {"d", {{'0', '9'}}},
    {"digit", {{'0', '9'}}},
    {"graph", {{'!', '~'}}},
    {"lower", {{'a', 'z'}}},
    {"print", {{' ', '~'}}},
    {"punct", {{'!', '/'}, {':', '@'}, {'[', '`'}, {'{', '~'}}},
    {"s", {{'\t', '\n'}, {'\f', '\r'}, {' ', ' '}}},
    {"space", {{'\t', '\r'}, {' ', ' '}}},
    {"upper", {{'A', 'Z'}}},
    {"w", {{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}}},
    {"word", {{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}}},
    {"xdigit", {{'0', '9'}, {'A', 'F'}, {'a', 'f'}}},
};

#define CATEGORY(name, text, prefix) {#name, prefix, text, NULL, NULL, false},
#define COMPLEMENT(name, text, prefix) {#name, prefix, text, NULL, NULL, true},
#define FOLDED(name, text, prefix, folded, part) {#name, prefix, text, folded, part, false},
#define SCRIPT(name) {#name, NULL, "\\p{sc:" #name "}", NULL, NULL, false},
#define FOLDED_SCRIPT(name, folded) {#name, NULL, "\\p{sc:" #name "}", folded, NULL, false},
#define NEW_SCRIPT(name) {#name, NULL, "", NULL, NULL, false},
#define ALIAS(name, row)
#define NEWS(low, high, category, script)
static const tm_unicode TM_UNICODE[] = {
#include "vm/regex/unicode.def"
};

#define CATEGORY(name, text, prefix)
#define COMPLEMENT(name, text, prefix)
#define FOLDED(name, text, prefix, folded, part)
#define SCRIPT(name)
#define FOLDED_SCRIPT(name, folded)
#define NEW_SCRIPT(name)
#define ALIAS(name, row)
#define NEWS(low, high, category, script) {{low, high}, category, script},
static const tm_unicode_news TM_NEWS[] = {
#include "vm/regex/unicode.def"
};

#define CATEGORY(name, text, prefix)
#define COMPLEMENT(name, text, prefix)
#define FOLDED(name, text, prefix, folded, part)
#define SCRIPT(name)
#define FOLDED_SCRIPT(name, folded)
#define NEW_SCRIPT(name)
#define ALIAS(name, row) {#name, #row},
#define NEWS(low, high, category, script)
static const struct {
    const char *name, *row;
} TM_ALIASES[] = {
#include "vm/regex/unicode.def"
};

#define TM_COUNT(array) (sizeof(array) / sizeof(array)[0])

/* Room for one more element behind `count` of them. */
static void *grow(tm_arena *arena, void *array, size_t count, size_t *room, size_t size_bytes)
{
    if (count < *room)
        return array;
    size_t more = *room ? *room * 2 : 8;
    void *p = tm_arena_grow(arena, array, *room * size_bytes, more * size_bytes);
    *room = more;
    return p;
}

void tm_re2_class_add(tm_arena *arena, tm_re2_class *class, uint32_t low, uint32_t high)
{
    class->range =
        grow(arena, class->range, class->ranges, &class->range_room, sizeof *class->range);
    class->range[class->ranges++] = (tm_re2_range){.low = low, .high = high};
}

static int by_low(const void *a, const void *b)
{
    const tm_re2_range *x = a, *y = b;
    return (x->low > y->low) - (x->low < y->low);
}

void tm_re2_class_finish(tm_re2_class *class)
{
    enum { FIRST_SURROGATE = 0xd800, LAST_SURROGATE = 0xdfff };
    if (class->ranges == 0)
        return;
    qsort(class->range, class->ranges, sizeof *class->range, by_low);
    size_t n = 0;
    for (size_t i = 0; i < class->ranges; i++) {
        tm_re2_range r = class->range[i];
        if (r.low >= FIRST_SURROGATE && r.low <= LAST_SURROGATE)
            r.low = LAST_SURROGATE + 1;
        if (r.high >= FIRST_SURROGATE && r.high <= LAST_SURROGATE)
            r.high = FIRST_SURROGATE - 1;
        if (r.low > r.high)
            continue;
        if (n && r.low <= class->range[n - 1].high + 1) {
            if (r.high > class->range[n - 1].high)
                class->range[n - 1].high = r.high;
        } else {
            class->range[n++] = r;
        }
    }
    class->ranges = n;
}

/* Adds the ASCII letters in the other case, and the two code points beyond ASCII that fold to
 * one. */
static void fold_ascii(tm_arena *arena, tm_re2_class *set)
{
    enum { LONG_S = 0x17f, KELVIN = 0x212a };
    for (size_t i = 0, n = set->ranges; i < n; i++)
        for (uint32_t c = set->range[i].low; c <= set->range[i].high; c++) {
            uint32_t lower = c | 0x20;
            if (lower < 'a' || lower > 'z')
                continue;
            tm_re2_class_add(arena, set, c ^ 0x20, c ^ 0x20);
            if (lower == 's')
                tm_re2_class_add(arena, set, LONG_S, LONG_S);
            if (lower == 'k')
                tm_re2_class_add(arena, set, KELVIN, KELVIN);
        }
}

static void add_complement(tm_arena *arena, tm_re2_class *class, tm_re2_class *set)
{
    if (class->fold)
        fold_ascii(arena, set);
    tm_re2_class_finish(set);
    uint32_t next = 0;
    for (size_t i = 0; i < set->ranges; i++) {
        if (next < set->range[i].low)
            tm_re2_class_add(arena, class, next, set->range[i].low - 1);
        next = set->range[i].high + 1;
    }
    tm_re2_class_add(arena, class, next, TM_RE2_LAST_RUNE);
}

bool tm_re2_class_add_set(tm_arena *arena, tm_re2_class *class, tm_text name, bool negated)
{
    size_t i = 0;
    while (i < TM_COUNT(TM_SETS) && !tm_text_is(name, TM_SETS[i].name))
        i++;
    if (i == TM_COUNT(TM_SETS))
        return false;
    tm_re2_class set = {0};
    tm_re2_class *to = negated ? &set : class;
    for (size_t k = 0; k < 4 && (k == 0 || TM_SETS[i].range[k].high); k++)
        tm_re2_class_add(arena, to, TM_SETS[i].range[k].low, TM_SETS[i].range[k].high);
    if (negated)
        add_complement(arena, class, &set);
    return true;
}

/* The name in lower case without spaces, hyphens and underscores, in place. */
static tm_text canonical(char *p, tm_text name)
{
    size_t n = 0;
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];
        if (c != '_' && c != '-' && c != ' ')
            p[n++] = c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
    }
    return tm_text_slice(p, n);
}

static const tm_unicode *find_row(tm_text name)
{
    for (size_t i = 0; i < TM_COUNT(TM_ALIASES); i++)
        if (tm_text_is(name, TM_ALIASES[i].name))
            name = tm_text_of(TM_ALIASES[i].row);
    for (size_t i = 0; i < TM_COUNT(TM_UNICODE); i++)
        if (tm_text_is(name, TM_UNICODE[i].name))
            return &TM_UNICODE[i];
    return NULL;
}

bool tm_re2_class_add_property(tm_arena *arena, tm_re2_class *class, tm_text name, bool negated)
{
    char copy[32]; /* longer than any name */
    if (name.n > sizeof copy)
        return false;
    name = canonical(copy, name);
    if (tm_text_is(name, "ascii"))
        return tm_re2_class_add_set(arena, class, name, negated);
    const tm_unicode *row = find_row(name);
    if (!row)
        return false;
    class->property = grow(arena, class->property, class->properties, &class->property_room,
                           sizeof *class->property);
    class->property[class->properties++] =
        (tm_re2_property){.row = row, .negated = negated != row->negated};
    return true;
}

static bool belongs(const tm_unicode *row, const tm_unicode_news *news)
{
    if (!row->prefix)
        return strcmp(row->name, news->script) == 0;
    if (row->prefix[0] == '!')
        return news->category[0] != row->prefix[1];
    return strncmp(news->category, row->prefix, strlen(row->prefix)) == 0;
}

const tm_unicode_news *tm_unicode_next_news(const tm_unicode *row, size_t *i)
{
    while (*i < TM_COUNT(TM_NEWS)) {
        const tm_unicode_news *news = &TM_NEWS[(*i)++];
        if (belongs(row, news))
            return news;
    }
    return NULL;
}
