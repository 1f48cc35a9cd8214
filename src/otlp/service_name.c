/* Service name: the attribute is looked for in the bytes.
 * SPDX-License-Identifier: Apache-2.0 */
#include "otlp/service_name.h"

#include "otlp/any.h"
#include "otlp/field_numbers.h"
#include "otlp/wire.h"

tm_text tm_service_name_of(tm_text group)
{
    tm_text resource, attribute, key, value, text = TM_TEXT("");
    if (!tm_wire_next_bytes(&group, TM_NUMBER_RESOURCE_SPANS_resource, &resource))
        return text;
    while (tm_wire_next_bytes(&resource, TM_NUMBER_RESOURCE_attributes, &attribute)) {
        tm_text keys = attribute;
        if (!tm_wire_next_bytes(&keys, TM_KV_KEY, &key) || !tm_text_is(key, "service.name"))
            continue;
        if (tm_wire_next_bytes(&attribute, TM_KV_VALUE, &value))
            tm_wire_next_bytes(&value, TM_ANY_STRING, &text);
        break; /* of two the first counts, as for rules */
    }
    return text;
}
