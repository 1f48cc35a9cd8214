/* Peek: steps over entries that do not matter.
 * SPDX-License-Identifier: Apache-2.0 */
#include "otlp/peek.h"

#include "otlp/any.h"
#include "otlp/wire.h"

#define TAG(number) ((number) << 3 | TM_WIRE_BYTES)

/* The body of a KeyValue as key and value. */
static inline bool take_entry(tm_text kv, tm_text *key, tm_text *any_value)
{
    const char *const end = kv.p + kv.n;
    const char *p = tm_wire_usual_bytes(kv.p, end, TAG(TM_KV_KEY), key);
    p = p ? tm_wire_usual_bytes(p, end, TAG(TM_KV_VALUE), any_value) : NULL;
    return p && p == end;
}

bool tm_peek_step(tm_text *any_value, tm_text key, bool *found)
{
    tm_text list, kv, name, inner;
    const char *end = any_value->p + any_value->n;
    const char *p = tm_wire_usual_bytes(any_value->p, end, TAG(TM_ANY_KVLIST), &list);
    if (!p || p != end)
        return false;
    *found = false;
    for (p = list.p, end = p + list.n; p < end;) {
        p = tm_wire_usual_bytes(p, end, TAG(TM_LIST_VALUES), &kv);
        if (!p || !take_entry(kv, &name, &inner))
            return false;
        if (tm_text_equal(name, key)) {
            *any_value = inner;
            *found = true;
            return true;
        }
    }
    return true;
}

bool tm_peek_scalar(tm_text any_value, tm_value *value)
{
    tm_wire_field f = {.number = 0};
    const char *const end = any_value.p + any_value.n;
    const char *const p = any_value.n ? tm_wire_next(any_value.p, end, &f) : NULL;
    if (!p || p != end)
        return false;
    switch (f.number) {
    case TM_ANY_STRING:
        *value = tm_string(f.bytes);
        return true;
    case TM_ANY_BOOL:
        *value = tm_bool(f.number_value != 0);
        return true;
    case TM_ANY_INT:
        *value = tm_int((int64_t)f.number_value);
        return true;
    case TM_ANY_DOUBLE:
        *value = (tm_value){.type = TM_DOUBLE, .integer = (int64_t)f.number_value};
        return true;
    default:
        return false;
    }
}
