/* OAuth 2.0: what answers say, and texts in forms.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pipe/oauth2.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void assert_read(tm_arena *arena, const char *body, const char *token, const char *type,
                        int64_t expires_s, const char *error)
{
    tm_oauth2_token t = tm_oauth2_read(arena, tm_text_of(body));
    assert_true(tm_text_is(t.token, token));
    assert_true(tm_text_is(t.type, type));
    assert_int_equal(t.expires_s, expires_s);
    assert_true(tm_text_is(t.error, error));
}

static void answers_hold_a_token_or_an_error(void **state)
{
    (void)state;
    tm_arena *arena = tm_arena_new(NULL);
    assert_read(arena, "{\"access_token\":\"a\",\"token_type\":\"Bearer\",\"expires_in\":3600}",
                "a", "Bearer", 3600, "");
    assert_read(arena,
                "{\"x\":{\"access_token\":\"b\"},\"expires_in\":\"60\",\"access_token\":\"a\"}",
                "a", "", 60, "");
    assert_read(arena, "{\"error\":\"invalid_client\",\"error_description\":\"who?\"}", "", "", 0,
                "invalid_client, who?");
    assert_read(arena, "{\"error\":\"invalid_client\"}", "", "", 0, "invalid_client");
    assert_read(arena, "{\"access_token\":7,\"expires_in\":true}", "", "", 0, "");
    assert_read(arena, "{\"access_token\":[\"a\"],\"expires_in\":1.5}", "", "", 0, "");
    assert_read(arena, "[]", "", "", 0, "");
    assert_read(arena, "", "", "", 0, "");
    assert_read(arena, "access_token=a", "", "", 0, "");
    tm_arena_free(arena);
}

static void texts_are_encoded_for_forms(void **state)
{
    (void)state;
    tm_arena *arena = tm_arena_new(NULL);
    tm_buf out = {.arena = arena};
    tm_oauth2_add_encoded(&out, tm_text_slice("aZ09-_.~ &=+%/:\0\xc3\xa4", 18));
    assert_true(tm_text_is(tm_buf_text(&out), "aZ09-_.~+%26%3D%2B%25%2F%3A%00%C3%A4"));
    tm_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_hold_a_token_or_an_error),
        cmocka_unit_test(texts_are_encoded_for_forms),
    };
    return cmocka_run_group_tests_name("pipe/oauth2", tests, NULL, NULL);
}
