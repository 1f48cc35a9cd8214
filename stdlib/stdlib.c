/* Stdlib: the chapters of the library, and finding a function in them.
 * Work: of rules alone: tables of a fixed size.
 * SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/fn.h"

#include "vm/regex/regexes.h"

#define CHAPTER(name) tm_chapter tm_chapter_##name(void);
#include "stdlib/chapters.def"
#undef CHAPTER

static const tm_function *find_in(tm_chapter rows, tm_text name)
{
    for (; *rows; rows++)
        if (tm_text_is(name, (*rows)->name))
            return *rows;
    return NULL;
}

const tm_function *tm_function_find(tm_text name)
{
    const tm_function *found = NULL;
#define CHAPTER(chapter) found = found ? found : find_in(tm_chapter_##chapter(), name);
#include "stdlib/chapters.def"
#undef CHAPTER
    return found;
}

const tm_function *tm_function_find_with(const tm_function_set *more, tm_text name)
{
    const tm_function *found = tm_function_find(name);
    for (size_t i = 0; more && !found && i < more->n; i++)
        if (tm_text_is(name, more->row[i]->name))
            found = more->row[i];
    return found;
}

/* The row *i of a chapter; beyond its end, *i becomes what is left for the chapters behind it. */
static const tm_function *row_of(tm_chapter rows, unsigned *i)
{
    for (; *rows && *i; rows++)
        --*i;
    return *rows;
}

const tm_function *tm_function_at(unsigned i)
{
    const tm_function *row = NULL;
#define CHAPTER(chapter) row = row ? row : row_of(tm_chapter_##chapter(), &i);
#include "stdlib/chapters.def"
#undef CHAPTER
    return row;
}

const tm_function *tm_function_at_with(const tm_function_set *more, unsigned i)
{
    const tm_function *row = tm_function_at(i);
    unsigned own = 0;
    if (row || !more)
        return row;
    while (tm_function_at(own))
        own++;
    return i - own < more->n ? more->row[i - own] : NULL;
}

bool tm_refuse(tm_prepare *p, int i, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    p->refusal = tm_arena_vprint(p->arena, format, args);
    va_end(args);
    p->at_argument = i;
    return false;
}

bool tm_refuse_left_out(tm_prepare *p, int i, tm_optional optional, const char *what, tm_text name)
{
    p->left_out = true;
    return tm_refuse(p, i, "%s %.*s is not in this build: built WITHOUT=%s", what, TM_PRI(name),
                     tm_optional_word(optional));
}

enum { TM_WORDS_MOST = 16 };

bool tm_prepare_word(tm_prepare *p, unsigned i, const char *const *words)
{
    if (!tm_is_literal(p, i))
        return true;
    tm_text word = tm_value_text(p->literal[i]);
    tm_text known[TM_WORDS_MOST];
    size_t n = 0;
    tm_buf list = {.arena = p->arena};
    for (const char *const *w = words; *w; w++) {
        if (tm_text_is(word, *w))
            return true;
        if (n < TM_WORDS_MOST)
            known[n++] = tm_text_of(*w);
        tm_buf_print(&list, "%s'%s'", w == words ? "" : w[1] ? ", " : " or ", *w);
    }
    p->near = tm_nearest(p->arena, word, known, n);
    return tm_refuse(p, (int)i, "\"%.*s\" must be %.*s", TM_PRI(word), TM_PRI(tm_buf_text(&list)));
}

bool tm_prepare_regex(tm_prepare *p, unsigned i)
{
    if (!tm_is_literal(p, i))
        return true;
    tm_text error = {0}, pattern = tm_value_text(p->literal[i]);
    size_t at = 0;
    p->state = tm_regex_new(p->arena, pattern, &error, &at);
    if (p->state)
        return true;
    return tm_refuse(p, (int)i, "the regular expression \"%.*s\" is bad at byte %zu: %.*s",
                     TM_PRI(pattern), at + 1, TM_PRI(error));
}

bool tm_call_regex(tm_call *c, unsigned i, const tm_regex **regex)
{
    *regex = c->state;
    return c->state || tm_call_regex_of(c, tm_arg_text(c, i), regex);
}

bool tm_call_regex_of(tm_call *c, tm_text pattern, const tm_regex **regex)
{
    tm_text error = {0};
    *regex = tm_regexes_get(c->vm, pattern, &error);
    if (!*regex && tm_call_work(c) && tm_call_work(c)->over)
        return false;
    return *regex || tm_fail(c, "the regular expression \"%.*s\" is bad: %.*s", TM_PRI(pattern),
                             TM_PRI(error));
}
