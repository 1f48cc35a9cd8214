/* Peek: one value inside a map that lies encoded, without decoding the others.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The walk has checked the structure. What is not written as SDKs and the Collector write it (one
 * member in an AnyValue, the key before its value, lengths of up to two bytes) is left to
 * tm_value_decode: these then return false. */
#ifndef TM_OTLP_PEEK_H
#define TM_OTLP_PEEK_H

#include "otlp/value.h"

/* From the body of an AnyValue that is a map to that of the entry with the key, as tm_map_find
 * would find it: *found says whether there is one. */
bool tm_peek_step(tm_text *any_value, tm_text key, bool *found);

/* The bool, int, double or string that the body of an AnyValue holds. */
bool tm_peek_scalar(tm_text any_value, tm_value *value);

#endif
