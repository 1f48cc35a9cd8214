/* OTLP/JSON to protobuf: what the files that read it share. For otlp/json_*.c only.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_OTLP_OTLP_JSON_INSIDE_H
#define TM_OTLP_OTLP_JSON_INSIDE_H

#include "base/buf.h"
#include "base/json.h"
#include "otlp/structure.h"

typedef struct tm_json_reader {
    tm_json json;
    tm_buf out;        /* the protobuf so far */
    const char *field; /* the one that failed, or NULL */
    unsigned depth;    /* of arrays and maps */
} tm_json_reader;

/* The field whose value comes next. */
typedef struct tm_json_field {
    uint32_t number;
    const tm_field_row *row;
    bool keep_default; /* a member of a oneof: present even when it is 0 or empty */
} tm_json_field;

/* Fails with the last event; what the JSON reader itself found wrong before stays. Returns
 * false. */
bool tm_json_value_fail(tm_json_reader *r, const tm_json_field *f, const char *error);

void tm_json_value_put_tag(tm_json_reader *r, const tm_json_field *f, uint32_t type);

/* Writes a message without fields. */
void tm_json_value_put_empty(tm_json_reader *r, const tm_json_field *f);

/* Writes the scalar that `event` is as the field wants it; false when it is none. */
bool tm_json_value_read(tm_json_reader *r, const tm_json_field *f, tm_json_event event);

#endif
