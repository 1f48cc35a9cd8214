/* JSON: a pull reader over a text, event by event; strict grammar, no recursion.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_BASE_JSON_H
#define TM_BASE_JSON_H

#include "base/arena.h"

typedef enum tm_json_event {
    TM_JSON_ERROR, /* j->error and j->error_at say what and where; every later event is the same */
    TM_JSON_END,   /* the text is used up */
    TM_JSON_OBJECT,
    TM_JSON_OBJECT_END,
    TM_JSON_ARRAY,
    TM_JSON_ARRAY_END,
    TM_JSON_KEY,    /* j->text, unescaped; the next event starts its value */
    TM_JSON_STRING, /* j->text, unescaped */
    TM_JSON_NUMBER, /* j->text as written: see base/number.h */
    TM_JSON_TRUE,
    TM_JSON_FALSE,
    TM_JSON_NULL
} tm_json_event;

enum { TM_JSON_MOST_DEPTH = 128 };

/* Options. */
enum {
    TM_JSON_RAW_CONTROLS = 1, /* strings may hold bytes below 0x20 as they are */
    TM_JSON_LOOSE_NUMBERS =
        2, /* a number is any run of 0-9 . e E + - that starts with - or a digit; whoever
              reads it judges: 01, 1. and -.5, as OTTL's ParseJSON takes them */
    TM_JSON_ANY_BYTES = 4 /* strings need not be UTF-8: whoever reads them mends or refuses */
};

typedef struct tm_json {
    tm_arena *arena;
    const char *begin, *at, *end;
    const char *token; /* where the last event began */
    tm_text text;
    const char *error; /* a clause such as "a comma is missing"; NULL while all is well */
    size_t error_at;   /* offset in the text */
    unsigned options;
    unsigned depth, most_depth;
    unsigned expects;
    uint64_t objects[TM_JSON_MOST_DEPTH / 64]; /* a bit a level: set for objects */
} tm_json;

/* Reads `text`, which need not end in NUL and must outlive the reader. Texts of events are
 * slices of it, or of `arena` when they held escapes. most_depth is at most TM_JSON_MOST_DEPTH;
 * 0 means that. */
void tm_json_init(tm_json *j, tm_arena *arena, tm_text text, unsigned most_depth, unsigned options);

/* Lone surrogates read as U+FFFD. A byte order mark, text behind the value and, unless the options
 * say otherwise, bytes that are no UTF-8 are errors. Keys may repeat: whoever reads decides. */
tm_json_event tm_json_next(tm_json *j);

/* Goes past what is left of the value that `event` began: of an object or array to its end,
 * after a key the key's whole value, of a scalar nothing. False on an error. */
bool tm_json_skip(tm_json *j, tm_json_event event);

/* Fails the reader at the last event for a reason of the caller's; returns TM_JSON_ERROR. */
tm_json_event tm_json_fail(tm_json *j, const char *error);

#endif
