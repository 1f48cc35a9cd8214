/* Check: the structure of OTLP messages, down to every AnyValue.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_OTLP_STRUCTURE_H
#define TM_OTLP_STRUCTURE_H

#include "otlp/wire.h"

typedef enum tm_message {
    TM_MESSAGE_NONE,
#define MESSAGE(name) TM_MESSAGE_##name,
#define FIELD(message, number, kind, name, sub)
#define END
#include "otlp/messages.def"
#undef MESSAGE
#undef FIELD
#undef END
    TM_MESSAGES
} tm_message;

typedef enum tm_field_kind {
    TM_FIELD_UNKNOWN,
    TM_FIELD_BOOL,
    TM_FIELD_INT32,
    TM_FIELD_UINT32,
    TM_FIELD_INT64,
    TM_FIELD_ENUM,
    TM_FIELD_FIXED32,
    TM_FIELD_FIXED64,
    TM_FIELD_DOUBLE,
    TM_FIELD_STRING,
    TM_FIELD_BYTES,
    TM_FIELD_TRACE_ID,
    TM_FIELD_SPAN_ID,
    TM_FIELD_MESSAGE,
    TM_FIELD_ATTRIBUTE /* in tm_field_of_tag: a MESSAGE that is a KeyValue */
} tm_field_kind;

typedef struct tm_field_row {
    uint8_t kind; /* tm_field_kind */
    uint8_t sub;  /* tm_message of MESSAGE */
    bool repeated;
    const char *name; /* snake_case, NULL: no such field */
} tm_field_row;

enum { TM_FIELD_ROWS = 17, TM_VALUE_DEPTH = 32 };

/* The row of a field, or NULL when the message does not know it. */
const tm_field_row *tm_field_find(tm_message message, uint32_t number);

/* Kind of the field that a one-byte tag opens with the wire type its kind has, else
 * TM_FIELD_UNKNOWN: row of a message, then the tag. */
const uint8_t (*tm_field_of_tag(void))[128];

/* What is wrong with a message; TM_SOUND: nothing. BAD_UTF8 is found only when the structure is
 * sound. */
typedef enum tm_soundness { TM_SOUND, TM_BAD_UTF8, TM_MALFORMED } tm_soundness;

/* Wrong in detail, for the answer to the client. */
typedef struct tm_fault {
    const char *what;  /* "wrong wire type", "trace id is not 16 bytes", ... */
    const char *field; /* name of the field, or NULL */
    const char *at;    /* first byte of it, in the request */
} tm_fault;

/* Checks a message body with all its parts: wire types, bounds, id lengths, nesting of arrays and
 * maps (at most TM_VALUE_DEPTH deep) and UTF-8 of strings. */
tm_soundness tm_check(tm_message message, tm_text body, tm_fault *fault);

/* Checks one field that was read from `message`: the same for its value and below. */
tm_soundness tm_check_field(tm_message message, const tm_wire_field *f, tm_fault *fault);

#endif
