/* Diagnostics: messages with a place in a source text, a second place, a hint and a stable code.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_BASE_DIAG_H
#define TM_BASE_DIAG_H

#include "base/buf.h"

/* A text that people wrote: a file, a flag's value, or a scalar inside a YAML file. first_line and
 * first_column (1-based) say where its first byte stands in the file called `name`. */
typedef struct tm_source {
    tm_text name;
    tm_text text;
    unsigned first_line;   /* 0 means 1 */
    unsigned first_column; /* 0 means 1 */
} tm_source;

/* A byte range of a source. n may be 0: a point. */
typedef struct tm_place {
    uint32_t at;
    uint32_t n;
} tm_place;

typedef enum tm_severity { TM_ERROR, TM_WARNING } tm_severity;

typedef struct tm_diag {
    struct tm_diag *next;
    tm_severity severity;
    const char *code;        /* "E0102": stable, documented in docs/messages.md */
    const tm_source *source; /* NULL: the message has no place */
    tm_place place;          /* underlined with ^ */
    tm_place other;          /* underlined with ~ when `two` */
    bool two;
    tm_text message; /* one sentence, no full stop, no line break */
    tm_text hint;    /* may be empty: "did you mean X?" */
} tm_diag;

/* A sink of diagnostics, in the order in which they were reported. Zero-initialise with an
 * arena. */
typedef struct tm_diags {
    tm_arena *arena;
    tm_diag *first, *last;
    unsigned errors, warnings;
} tm_diags;

/* Reports an error; returns false always, so that a function can report and fail in one
 * statement. */
bool tm_diag_error(tm_diags *d, const tm_source *source, tm_place place, const char *code,
                   const char *format, ...) __attribute__((format(printf, 5, 6)));

/* Reports a warning; returns true always. */
bool tm_diag_warning(tm_diags *d, const tm_source *source, tm_place place, const char *code,
                     const char *format, ...) __attribute__((format(printf, 5, 6)));

/* Adds a second place, or a hint, to the diagnostic reported last. Both return false. */
bool tm_diag_other(tm_diags *d, tm_place other);
bool tm_diag_hint(tm_diags *d, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Moves what `from` holds to the end of `d`; both have one arena. */
void tm_diags_take(tm_diags *d, tm_diags *from);

/* Sorts by source, line and column, and drops what repeats. Sources stand in the order in which
 * they were first reported; what has no source comes first. */
void tm_diags_order(tm_diags *d);

/* The smallest place that covers both. */
tm_place tm_place_join(tm_place a, tm_place b);

/* 1-based line and column (counted in code points) of a byte offset, in the file the source is
 * from. */
void tm_source_position(const tm_source *source, size_t at, unsigned *line, unsigned *column);

/* The line that holds the byte at `at`, without its end; *starts_at says where in the source it
 * starts. */
tm_text tm_source_line(const tm_source *source, size_t at, size_t *starts_at);

/* One diagnostic as
 *     name:LINE:COLUMN: error[E0102]: message
 *       the source line
 *           ~~~~   ^^^^     hint
 * (the excerpt is left out when there is no source; a second place on another line gets an excerpt
 * of its own). What a terminal would obey is escaped, long lines are cut. `colour` adds ANSI
 * colours. */
void tm_diag_render(const tm_diag *diag, bool colour, tm_buf *out);
void tm_diags_render(const tm_diags *d, bool colour, tm_buf *out);

/* The candidate nearest to `word` (edit distance, small enough to be a likely typo), or an empty
 * text. */
tm_text tm_nearest(tm_arena *arena, tm_text word, const tm_text *candidates, size_t count);

/* How far two texts are from each other, by their first 64 bytes: each insertion, deletion,
 * replacement or swap of neighbours counts 64, another case 1. */
unsigned tm_distance(tm_text a, tm_text b);

#endif
