/* Protobuf to OTLP/JSON.
 * SPDX-License-Identifier: Apache-2.0 */
#include "otlp/otlp_json_write.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void message_is(tm_message message, tm_text protobuf, const char *expected)
{
    tm_arena *arena = tm_arena_new(NULL);
    tm_buf out = {.arena = arena};
    tm_text error;
    if (!tm_otlp_to_json(&out, message, protobuf, &error)) {
        assert_int_equal(out.n, 0);
        tm_buf_print(&out, "!%.*s", TM_PRI(error));
    }
    tm_buf_add_char(&out, 0);
    assert_string_equal(out.p, expected);
    tm_arena_free(arena);
}

static void fields_in_any_order_and_number_become_one_object(void **state)
{
    (void)state;
    message_is(TM_MESSAGE_STATUS, TM_TEXT("\x18\x02\x12\x01m"), "{\"message\":\"m\",\"code\":2}");
    message_is(TM_MESSAGE_STATUS, TM_TEXT("\x18\x02\x18\x01"), "{\"code\":1}");
    message_is(TM_MESSAGE_STATUS, TM_TEXT("\x18\x02\x18\x00"), "{}");
    message_is(TM_MESSAGE_STATUS, TM_TEXT("\x78\x05"), "{}");
    /* Attributes with a name between them, and a status in two parts. */
    message_is(TM_MESSAGE_SPAN,
               TM_TEXT("\x4a\x03\x0a\x01"
                       "a"
                       "\x2a\x01n\x4a\x03\x0a\x01"
                       "b"),
               "{\"name\":\"n\",\"attributes\":[{\"key\":\"a\"},{\"key\":\"b\"}]}");
    message_is(TM_MESSAGE_SPAN, TM_TEXT("\x7a\x02\x18\x02\x7a\x03\x12\x01m"),
               "{\"status\":{\"message\":\"m\",\"code\":2}}");
    /* Of a oneof the last member counts, also when it is a default. */
    message_is(TM_MESSAGE_ANY_VALUE, TM_TEXT("\x0a\x01x\x18\x00"), "{\"intValue\":\"0\"}");
    message_is(TM_MESSAGE_ANY_VALUE, TM_TEXT("\x40\x05"), "{}");
    message_is(TM_MESSAGE_ANY_VALUE, TM_TEXT("\x0a\x02\xff!"), "{\"stringValue\":\"\xff!\"}");
}

static void malformed_messages_are_refused(void **state)
{
    (void)state;
    message_is(TM_MESSAGE_STATUS, TM_TEXT("\x18"), "!not a protobuf field at byte 0");
    message_is(TM_MESSAGE_STATUS, TM_TEXT("\x12\x05m"), "!not a protobuf field at byte 0");
    message_is(TM_MESSAGE_STATUS, TM_TEXT("\x18\x01\x10\x01"),
               "!message: wrong wire type at byte 2");
    message_is(TM_MESSAGE_SPAN, TM_TEXT("\x0a\x01z"),
               "!trace_id: a trace id has 16 bytes at byte 0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_in_any_order_and_number_become_one_object),
        cmocka_unit_test(malformed_messages_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
