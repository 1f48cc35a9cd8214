/* Enums: the symbols of span kinds and status codes, from grammar/enums.def.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_OTLP_ENUMS_H
#define TM_OTLP_ENUMS_H

#include "base/text.h"

typedef enum tm_enum { TM_ENUM_SPAN_KIND, TM_ENUM_STATUS_CODE, TM_ENUMS } tm_enum;

enum { TM_ENUM_SYMBOLS = 16 }; /* more than there are of all enums */

typedef struct tm_enum_row {
    tm_text symbol; /* "SPAN_KIND_SERVER" */
    tm_text word;   /* "Server" */
} tm_enum_row;

/* Symbol and word of a value; both are empty when the enum has none for it. Values with symbols are
 * those from 0 on, without a gap. */
tm_enum_row tm_enum_row_of(tm_enum which, int64_t value);

/* The value of a symbol of that enum; false: it has no such symbol. */
bool tm_enum_read(tm_enum which, tm_text symbol, int64_t *value);

#endif
