/* Any: field numbers of AnyValue, ArrayValue, KeyValueList and KeyValue
 * (opentelemetry.proto.common.v1). SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_OTLP_ANY_H
#define TM_OTLP_ANY_H

#include "otlp/field_numbers.h"

enum {
    TM_ANY_STRING = TM_NUMBER_ANY_VALUE_string_value,
    TM_ANY_BOOL = TM_NUMBER_ANY_VALUE_bool_value,
    TM_ANY_INT = TM_NUMBER_ANY_VALUE_int_value,
    TM_ANY_DOUBLE = TM_NUMBER_ANY_VALUE_double_value,
    TM_ANY_ARRAY = TM_NUMBER_ANY_VALUE_array_value,
    TM_ANY_KVLIST = TM_NUMBER_ANY_VALUE_kvlist_value,
    TM_ANY_BYTES = TM_NUMBER_ANY_VALUE_bytes_value,
    TM_ANY_STRINDEX = TM_NUMBER_ANY_VALUE_string_value_strindex,
    TM_LIST_VALUES = TM_NUMBER_ARRAY_VALUE_values,
    TM_KV_KEY = TM_NUMBER_KEY_VALUE_key,
    TM_KV_VALUE = TM_NUMBER_KEY_VALUE_value
};

#endif
