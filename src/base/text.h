/* Text: a pointer and a length into bytes that somebody else owns.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_BASE_TEXT_H
#define TM_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct tm_text {
    const char *p;
    size_t n;
} tm_text;

/* A text of a string literal, usable in static initialisers. */
#define TM_TEXT(literal) ((tm_text){.p = "" literal "", .n = sizeof(literal) - 1})

/* For printf's "%.*s": TM_PRI(text). */
#define TM_PRI(t) ((int)(t).n), ((t).n ? (t).p : "")

static inline tm_text tm_text_of(const char *cstring)
{
    return (tm_text){.p = cstring, .n = strlen(cstring)};
}

static inline tm_text tm_text_slice(const void *p, size_t n)
{
    return (tm_text){.p = p, .n = n};
}

/* Whether n bytes are the same, n being at most 16: two words that may overlap cover them. */
static inline bool tm_few_bytes_equal(const char *a, const char *b, size_t n)
{
    if (n >= 8) {
        uint64_t x[2], y[2];
        memcpy(&x[0], a, 8), memcpy(&x[1], a + n - 8, 8);
        memcpy(&y[0], b, 8), memcpy(&y[1], b + n - 8, 8);
        return ((x[0] ^ y[0]) | (x[1] ^ y[1])) == 0;
    }
    if (n >= 4) {
        uint32_t x[2], y[2];
        memcpy(&x[0], a, 4), memcpy(&x[1], a + n - 4, 4);
        memcpy(&y[0], b, 4), memcpy(&y[1], b + n - 4, 4);
        return ((x[0] ^ y[0]) | (x[1] ^ y[1])) == 0;
    }
    return n == 0 || (a[0] == b[0] && a[n / 2] == b[n / 2] && a[n - 1] == b[n - 1]);
}

/* The same of any number, without a call for the short texts that rules compare. */
static inline bool tm_bytes_equal(const char *a, const char *b, size_t n)
{
    return n <= 16 ? tm_few_bytes_equal(a, b, n) : memcmp(a, b, n) == 0;
}

static inline bool tm_text_equal(tm_text a, tm_text b)
{
    return a.n == b.n && tm_bytes_equal(a.p, b.p, a.n);
}

static inline bool tm_text_is(tm_text a, const char *cstring)
{
    return tm_text_equal(a, tm_text_of(cstring));
}

static inline bool tm_text_starts(tm_text a, tm_text prefix)
{
    return a.n >= prefix.n && tm_bytes_equal(a.p, prefix.p, prefix.n);
}

static inline bool tm_text_ends(tm_text a, tm_text suffix)
{
    return a.n >= suffix.n &&
           (suffix.n == 0 || tm_bytes_equal(a.p + (a.n - suffix.n), suffix.p, suffix.n));
}

/* What is left after the first n bytes; n is at most t.n. */
static inline tm_text tm_text_skip(tm_text t, size_t n)
{
    return (tm_text){.p = n ? t.p + n : t.p, .n = t.n - n}; /* NULL + 0 is undefined */
}

/* Several. */
typedef struct tm_texts {
    tm_text *items;
    size_t count;
} tm_texts;

/* Bytewise order, a shorter prefix first: below, at or above 0. */
int tm_text_compare(tm_text a, tm_text b);

/* Like tm_text_equal, ASCII letters compared without case. */
bool tm_text_same_word(tm_text a, tm_text b);

/* Offset of the first `part` in `t`, or -1. An empty part is found at 0. */
ptrdiff_t tm_text_find(tm_text t, tm_text part);

/* The same for the short texts of spans and parts that rules name: memmem, which knows no bad
 * cases, sets up a table of 256 bytes first. SIZE_MAX: nowhere. */
size_t tm_text_seek(tm_text t, tm_text part);

/* Takes the text up to the next `separator` off the front of *rest (which then starts behind it).
 * False when *rest was already used up (its p is NULL). */
bool tm_text_next(tm_text *rest, char separator, tm_text *part);

/* Without the ASCII white space (space, \t \n \v \f \r) at both ends. */
tm_text tm_text_trim(tm_text t);

#endif
