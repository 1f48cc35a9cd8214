/* Field numbers: TM_NUMBER_SPAN_trace_id and so on, one for each row of messages.def.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_OTLP_FIELD_NUMBERS_H
#define TM_OTLP_FIELD_NUMBERS_H

enum {
#define MESSAGE(name)
#define FIELD(message, number, kind, name, sub) TM_NUMBER_##message##_##name = number,
#define END
#include "otlp/messages.def"
#undef MESSAGE
#undef FIELD
#undef END
    TM_FIELD_NUMBER_MOST = 127
};

#endif
