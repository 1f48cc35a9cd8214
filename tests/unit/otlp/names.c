/* Names and numbers: those of enums.def, and those of item.h held to messages.def.
 * SPDX-License-Identifier: Apache-2.0 */
#include "otlp/structure.h"
#include "otlp/enums.h"
#include "otlp/item.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void fields_of_items_are_numbered_as_in_their_messages(void **state)
{
    (void)state;
    static const struct {
        tm_message message;
        uint32_t number;
        const char *name;
    } rows[] = {
        {TM_MESSAGE_RESOURCE, TM_RESOURCE_ATTRIBUTES, "attributes"},
        {TM_MESSAGE_RESOURCE, TM_RESOURCE_DROPPED_ATTRIBUTES, "dropped_attributes_count"},
        {TM_MESSAGE_SCOPE, TM_SCOPE_NAME, "name"},
        {TM_MESSAGE_SCOPE, TM_SCOPE_VERSION, "version"},
        {TM_MESSAGE_SCOPE, TM_SCOPE_ATTRIBUTES, "attributes"},
        {TM_MESSAGE_SCOPE, TM_SCOPE_DROPPED_ATTRIBUTES, "dropped_attributes_count"},
        {TM_MESSAGE_SPAN, TM_SPAN_TRACE_ID, "trace_id"},
        {TM_MESSAGE_SPAN, TM_SPAN_SPAN_ID, "span_id"},
        {TM_MESSAGE_SPAN, TM_SPAN_TRACE_STATE, "trace_state"},
        {TM_MESSAGE_SPAN, TM_SPAN_PARENT_SPAN_ID, "parent_span_id"},
        {TM_MESSAGE_SPAN, TM_SPAN_NAME, "name"},
        {TM_MESSAGE_SPAN, TM_SPAN_KIND, "kind"},
        {TM_MESSAGE_SPAN, TM_SPAN_START, "start_time_unix_nano"},
        {TM_MESSAGE_SPAN, TM_SPAN_END, "end_time_unix_nano"},
        {TM_MESSAGE_SPAN, TM_SPAN_ATTRIBUTES, "attributes"},
        {TM_MESSAGE_SPAN, TM_SPAN_DROPPED_ATTRIBUTES, "dropped_attributes_count"},
        {TM_MESSAGE_SPAN, TM_SPAN_EVENTS, "events"},
        {TM_MESSAGE_SPAN, TM_SPAN_DROPPED_EVENTS, "dropped_events_count"},
        {TM_MESSAGE_SPAN, TM_SPAN_LINKS, "links"},
        {TM_MESSAGE_SPAN, TM_SPAN_DROPPED_LINKS, "dropped_links_count"},
        {TM_MESSAGE_SPAN, TM_SPAN_STATUS, "status"},
        {TM_MESSAGE_SPAN, TM_SPAN_FLAGS, "flags"},
        {TM_MESSAGE_EVENT, TM_EVENT_TIME, "time_unix_nano"},
        {TM_MESSAGE_EVENT, TM_EVENT_NAME, "name"},
        {TM_MESSAGE_EVENT, TM_EVENT_ATTRIBUTES, "attributes"},
        {TM_MESSAGE_EVENT, TM_EVENT_DROPPED_ATTRIBUTES, "dropped_attributes_count"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const tm_field_row *row = tm_field_find(rows[i].message, rows[i].number);
        assert_non_null(row);
        assert_string_equal(row->name, rows[i].name);
    }
}

static void every_symbol_reads_back_and_no_other_does(void **state)
{
    (void)state;
    static const int symbols[TM_ENUMS] = {[TM_ENUM_SPAN_KIND] = 6, [TM_ENUM_STATUS_CODE] = 3};
    int64_t value;
    for (tm_enum which = 0; which < TM_ENUMS; which++) {
        int64_t n = 0;
        for (tm_text symbol; (symbol = tm_enum_row_of(which, n).symbol).n; n++) {
            assert_true(tm_enum_read(which, symbol, &value) && value == n);
            assert_true(tm_enum_row_of(which, n).word.n > 0);
            assert_false(tm_enum_read(1 - which, symbol, &value));
        }
        assert_int_equal(n, symbols[which]);
        assert_int_equal(tm_enum_row_of(which, -1).symbol.n, 0);
        assert_int_equal(tm_enum_row_of(which, INT64_MAX).word.n, 0);
        assert_false(tm_enum_read(which, TM_TEXT(""), &value));
    }
    assert_true(tm_text_is(tm_enum_row_of(TM_ENUM_SPAN_KIND, 2).symbol, "SPAN_KIND_SERVER"));
    assert_true(tm_text_is(tm_enum_row_of(TM_ENUM_STATUS_CODE, 2).word, "Error"));
    assert_false(tm_enum_read(TM_ENUM_SPAN_KIND, TM_TEXT("span_kind_server"), &value));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_of_items_are_numbered_as_in_their_messages),
        cmocka_unit_test(every_symbol_reads_back_and_no_other_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
