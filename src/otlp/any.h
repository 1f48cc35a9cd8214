/* Any: field numbers of AnyValue, ArrayValue, KeyValueList and KeyValue
 * (opentelemetry.proto.common.v1). SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_OTLP_ANY_H
#define TM_OTLP_ANY_H

enum {
    TM_ANY_STRING = 1,
    TM_ANY_BOOL = 2,
    TM_ANY_INT = 3,
    TM_ANY_DOUBLE = 4,
    TM_ANY_ARRAY = 5,
    TM_ANY_KVLIST = 6,
    TM_ANY_BYTES = 7,
    TM_ANY_STRINDEX = 8,
    TM_LIST_VALUES = 1,
    TM_KV_KEY = 1,
    TM_KV_VALUE = 2
};

#endif
