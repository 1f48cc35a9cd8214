/* Export, values: constants of a configuration as literals.
 * SPDX-License-Identifier: Apache-2.0 */
#include "lang/print.h"
#include "tools/export.h"

#include <inttypes.h>
#include <math.h>

static bool add_children(tm_rule_sheet *sheet, const tm_rule_origin *origin, const tm_doc *doc,
                         tm_buf *out)
{
    const bool map = doc->type == TM_DOC_MAP;
    tm_buf_add_char(out, map ? '{' : '[');
    for (const tm_doc *child = doc->first; child; child = child->next) {
        if (child != doc->first)
            tm_buf_print(out, ", ");
        if (map) {
            tm_print_string(child->key, out);
            tm_buf_print(out, ": ");
        }
        if (!tm_export_value(sheet, origin, child, out))
            return false;
    }
    tm_buf_add_char(out, map ? '}' : ']');
    return true;
}

bool tm_export_value(tm_rule_sheet *sheet, const tm_rule_origin *origin, const tm_doc *doc,
                     tm_buf *out)
{
    switch (doc->type) {
    case TM_DOC_BOOL:
        tm_buf_print(out, "%s", doc->truth ? "true" : "false");
        return true;
    case TM_DOC_INT:
        if (doc->integer == INT64_MIN)
            return tm_rule_sheet_refuse(sheet, origin, "OTTL has no literal for -2^63");
        tm_buf_print(out, "%" PRId64, doc->integer);
        return true;
    case TM_DOC_DOUBLE:
        if (!isfinite(doc->number))
            return tm_rule_sheet_refuse(sheet, origin, "OTTL has no literal for NaN and infinity");
        tm_print_double(doc->number, out);
        return true;
    case TM_DOC_STRING:
        tm_print_string(doc->text, out);
        return true;
    case TM_DOC_LIST:
    case TM_DOC_MAP:
        return add_children(sheet, origin, doc, out);
    default:
        return tm_rule_sheet_refuse(sheet, origin, "no statement sets an empty value");
    }
}

tm_text tm_export_string(tm_rule_sheet *sheet, tm_text text)
{
    tm_buf out = {.arena = sheet->arena};
    tm_print_string(text, &out);
    return tm_buf_text(&out);
}

tm_text tm_export_attribute(tm_rule_sheet *sheet, tm_level level, tm_text key)
{
    return tm_arena_print(sheet->arena, "%sattributes[%.*s]",
                          level == TM_RESOURCE ? "resource." : "",
                          TM_PRI(tm_export_string(sheet, key)));
}
