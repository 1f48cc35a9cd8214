/* Run, output: the form in which spans are written.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TOOLS_RUN_OUTPUT_H
#define TM_TOOLS_RUN_OUTPUT_H

#include "io/compress.h"

typedef struct tm_output_form {
    bool
        protobuf; /* requests behind their lengths as varints; else OTLP/JSON, one request a line */
    tm_coding coding; /* identity, gzip or zstd */
} tm_output_form;

typedef struct tm_output {
    const char *name; /* for messages */
    int fd;           /* -1: closed */
    bool failed;      /* told */
} tm_output;

/* By how the name ends: .pb .binpb .bin .otlp and .proto are protobuf, .gz and .zst behind that are
 * compression; `format` ("json", "proto" or empty) has the last word. */
tm_output_form tm_output_form_of(tm_text name, tm_text format);

/* "-" is stdout; what a file holds stays there until it is emptied. False, told on stderr. */
bool tm_output_open(tm_output *output, tm_text name);
bool tm_output_empty(tm_output *output);
bool tm_output_write(tm_output *output, tm_text bytes);
bool tm_output_close(tm_output *output);

/* Whether both are one file, or both are stdout. */
bool tm_output_is(const tm_output *a, const tm_output *b);

/* Adds a request (protobuf) to *out in that form, before compression. False when out of memory or
 * malformed. */
bool tm_output_add(tm_arena *arena, tm_output_form form, tm_text request, tm_bytes *out);

/* Compresses what was added; the frames of several calls make one file. False when out of memory.
 */
bool tm_output_pack(tm_deflater *deflater, tm_output_form form, tm_bytes *added, tm_bytes *out);

#endif
