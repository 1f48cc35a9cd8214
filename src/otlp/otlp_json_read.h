/* OTLP/JSON to protobuf.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_OTLP_OTLP_JSON_READ_H
#define TM_OTLP_OTLP_JSON_READ_H

#include "base/arena.h"

/* Turns an OTLP/JSON ExportTraceServiceRequest (or TracesData: the same) into its protobuf
 * bytes, in the arena, lengths minimal. False: *error says what is wrong with which field and
 * where, and holds no text of the sender's.
 *
 * * Names may be camelCase or snake_case and unknown ones are skipped; ids are hex, other bytes
 * base64 of either alphabet; numbers may be strings and enums names; null is absent, and as
 * an item of a list an empty message; of a repeated name the last one counts; two members of one
 * AnyValue are an error. Strings that are not UTF-8 pass as they are: whoever takes the protobuf
 * mends or refuses them as in any other. Arrays and maps
 * nest at most TM_VALUE_DEPTH deep, JSON at most 128. */
bool tm_otlp_from_json(tm_arena *arena, tm_text json, tm_text *protobuf, tm_text *error);

#endif
