/* Alike: whether two encoded messages say the same, in whatever order and form.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_ENGINE_ALIKE_H
#define TM_ENGINE_ALIKE_H

#include "base/arena.h"

typedef enum tm_alike_message {
    TM_ALIKE_RESOURCE_SPANS, /* without its scopes */
    TM_ALIKE_SCOPE_SPANS,    /* without its spans */
    TM_ALIKE_SPAN
} tm_alike_message;

/* Two sound bodies of that message. Fields may come in any order, also those of one number
 * (attributes), numbers in any length; what is empty or zero is not there, ids of zeros too. Values
 * of attributes are compared byte by byte. Takes memory for the fields of both. */
bool tm_alike(tm_arena *arena, tm_alike_message message, tm_text a, tm_text b);

#endif
