/* Attribute: the attributes of an item on its walk, and the slots that they fill. For the walk
 * only. SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_OTLP_ATTRIBUTE_H
#define TM_OTLP_ATTRIBUTE_H

#include "otlp/item.h"
#include "otlp/wire.h"

/* A varint of one or two bytes that says how many bytes follow up to `end` at most; NULL: another
 * one. */
static inline const char *tm_usual_length(const char *p, const char *end, size_t *n, size_t *high)
{
    if (end - p < 2)
        return NULL;
    *n = (uint8_t)*p++;
    if (*n >= 0x80) {
        if ((uint8_t)*p >= 0x80)
            return NULL;
        *n = (*n & 0x7f) | (size_t)*p++ << 7;
        ++*high;
    }
    return *n <= (size_t)(end - p) ? p : NULL;
}

/* Passes over attribute fields, which open with `tag`, while they are written as usual: one scalar
 * each, key and value once. They are checked but for the UTF-8 of strings; the high bytes that are
 * no string's are added to *high. Returns where the first other field starts. */
const char *tm_attributes_walk(tm_item *item, uint32_t tag, const char *p, const char *end,
                               size_t *high);

/* Notes any attribute whose KeyValue body was found sound. */
void tm_attribute_note(tm_item *item, tm_text key_value);

#endif
