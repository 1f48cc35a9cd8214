/* Auth: tokens, names and passwords.
 * SPDX-License-Identifier: Apache-2.0 */
#include "net/auth/auth.h"

#include "base/base64.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static bool admits(tm_auth *auth, const char *value)
{
    const char *why;
    return auth->admits(auth, value != NULL, tm_text_of(value ? value : ""), &why);
}

static void assert_refused(tm_auth *auth, const char *value, const char *reason)
{
    const char *why = NULL;
    assert_false(auth->admits(auth, value != NULL, tm_text_of(value ? value : ""), &why));
    assert_string_equal(why, reason);
}

static void texts_are_equal_or_not(void **state)
{
    (void)state;
    assert_true(tm_auth_equal(TM_TEXT(""), TM_TEXT("")));
    assert_true(tm_auth_equal(TM_TEXT("abc"), TM_TEXT("abc")));
    assert_false(tm_auth_equal(TM_TEXT("abc"), TM_TEXT("abd")));
    assert_false(tm_auth_equal(TM_TEXT("abc"), TM_TEXT("ab")));
    assert_false(tm_auth_equal(TM_TEXT(""), TM_TEXT("a")));
}

static void any_of_the_tokens_lets_in(void **state)
{
    (void)state;
    tm_text list[] = {TM_TEXT("first"), TM_TEXT("second")};
    tm_auth *auth =
        tm_auth_bearer(TM_TEXT("Authorization"), TM_TEXT("Bearer"), &(tm_texts){list, 2});
    assert_string_equal(auth->header, "authorization");
    assert_true(admits(auth, "Bearer first"));
    assert_true(admits(auth, "Bearer second"));
    static const char *const others[] = {"Bearer third", "bearer first", "first", "",
                                         "Bearer first "};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_refused(auth, others[i], "scheme or token does not match");
    assert_refused(auth, NULL, "missing or empty authorization header: Authorization");
    auth->free(auth);
}

static void a_scheme_may_be_empty(void **state)
{
    (void)state;
    tm_text token = TM_TEXT("key");
    tm_auth *auth = tm_auth_bearer(TM_TEXT("X-Api-Key"), TM_TEXT(""), &(tm_texts){&token, 1});
    assert_string_equal(auth->header, "x-api-key");
    assert_true(admits(auth, "key"));
    assert_false(admits(auth, " key"));
    auth->free(auth);
}

static void tokens_may_be_exchanged(void **state)
{
    (void)state;
    tm_text old = TM_TEXT("old"), list[] = {TM_TEXT("new"), TM_TEXT("newer")};
    tm_auth *auth = tm_auth_bearer(TM_TEXT("a"), TM_TEXT("Bearer"), &(tm_texts){&old, 1});
    assert_true(admits(auth, "Bearer old"));
    assert_true(tm_auth_bearer_set(auth, TM_TEXT("Bearer"), &(tm_texts){list, 2}));
    assert_false(admits(auth, "Bearer old"));
    assert_true(admits(auth, "Bearer newer"));
    auth->free(auth);
}

/* "Basic " and the pair in base64. */
static const char *basic(tm_arena *arena, const char *pair)
{
    tm_buf out = {.arena = arena};
    tm_buf_print(&out, "Basic ");
    tm_base64_encode(&out, tm_text_of(pair), 0);
    return tm_arena_copy(arena, tm_buf_text(&out)).p;
}

static const char HTPASSWD[] =
    "# users\n"
    "bcrypt:$2y$05$abcdefghijklmnopqrstuuHIrMEWpUCQe2YqFR3sXwQ75u4od..9q\n"
    "sha512:$6$saltsalt$pauPrmdmG4BTE9h2HPmywiw152IFch6BJCEsaY6D.PLTfpV8sqvXwWdyfsgVgozkYH9B80bAip/"
    "08R2BPH2xk/\n"
    "sha:{SHA}GpHWL3ymc5liWkNopqtdSjuqYHM=\r\n"
    "\n"
    "plain:secret:with:colons\n"
    "twice:old\n"
    "twice:new";

static void every_kind_of_hash_is_known(void **state)
{
    (void)state;
    char error[128];
    tm_arena *arena = tm_arena_new(NULL);
    tm_auth *auth = tm_auth_basic(tm_text_of(HTPASSWD), tm_clock_real(), error, sizeof error);
    static const char *const good[] = {"bcrypt:pw", "sha512:pw", "sha:pw",
                                       "plain:secret:with:colons", "twice:new"};
    static const char *const bad[] = {"bcrypt:pv", "sha512:",   "sha:PW",  "plain:secret",
                                      "twice:old", "nobody:pw", "bcrypt:", ":"};
    for (int again = 0; again < 2; again++) { /* what was good once is remembered */
        for (size_t i = 0; i < sizeof good / sizeof *good; i++)
            assert_true(admits(auth, basic(arena, good[i])));
        for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
            assert_refused(auth, basic(arena, bad[i]), "invalid credentials");
    }
    auth->free(auth);
    tm_arena_free(arena);
}

static void malformed_credentials_are_told_what_they_are(void **state)
{
    (void)state;
    char error[128];
    tm_arena *arena = tm_arena_new(NULL);
    tm_auth *auth = tm_auth_basic(TM_TEXT("a:b"), tm_clock_real(), error, sizeof error);
    assert_true(admits(auth, "bAsIc YTpi"));
    assert_refused(auth, NULL, "no basic auth provided");
    assert_refused(auth, "", "no basic auth provided");
    assert_refused(auth, "Bearer YTpi", "invalid authorization scheme prefix");
    assert_refused(auth, "Basic", "invalid authorization scheme prefix");
    assert_refused(auth, "Basic ?", "invalid authorization format");
    assert_refused(auth, basic(arena, "nocolon"), "invalid authorization format");
    auth->free(auth);
    tm_arena_free(arena);
}

static void names_and_what_was_sent_are_told_of_clients(void **state)
{
    (void)state;
    char error[128];
    tm_arena *arena = tm_arena_new(NULL);
    tm_auth *auth = tm_auth_basic(TM_TEXT("a:b:c"), tm_clock_real(), error, sizeof error);
    tm_auth_attribute told[TM_AUTH_ATTRIBUTES];
    const char *value = basic(arena, "a:b:c");
    assert_true(admits(auth, value));
    assert_int_equal(auth->attributes(arena, tm_text_of(value), told), 2);
    assert_true(tm_text_is(told[0].name, "username"));
    assert_true(tm_text_is(told[0].value, "a"));
    assert_true(tm_text_is(told[1].name, "raw"));
    assert_true(tm_text_is(told[1].value, "YTpiOmM="));
    auth->free(auth);
    tm_arena_free(arena);
}

static void bad_lines_are_told_with_their_numbers(void **state)
{
    (void)state;
    char error[128];
    assert_null(tm_auth_basic(TM_TEXT("a:b\nno colon\n"), tm_clock_real(), error, sizeof error));
    assert_string_equal(error, "line 2: it is not USER:HASH");
    assert_null(tm_auth_basic(TM_TEXT("a:$apr1$x$y"), tm_clock_real(), error, sizeof error));
    assert_string_equal(error, "line 1: hashes of this kind are not supported yet");
}

static void users_may_be_exchanged(void **state)
{
    (void)state;
    char error[128];
    tm_arena *arena = tm_arena_new(NULL);
    tm_auth *auth = tm_auth_basic(tm_text_of(HTPASSWD), tm_clock_real(), error, sizeof error);
    assert_true(admits(auth, basic(arena, "bcrypt:pw")));
    assert_true(tm_auth_basic_set(auth, TM_TEXT("new:one\nbcrypt:other"), error, sizeof error));
    assert_true(admits(auth, basic(arena, "new:one")));
    assert_true(admits(auth, basic(arena, "bcrypt:other")));
    assert_refused(auth, basic(arena, "bcrypt:pw"), "invalid credentials"); /* was remembered */
    assert_refused(auth, basic(arena, "sha:pw"), "invalid credentials");
    assert_false(tm_auth_basic_set(auth, TM_TEXT("no colon"), error, sizeof error));
    assert_string_equal(error, "line 1: it is not USER:HASH");
    assert_true(admits(auth, basic(arena, "new:one"))); /* it stays as it was */
    assert_true(tm_auth_basic_set(auth, tm_text_of(HTPASSWD), error, sizeof error));
    assert_true(admits(auth, basic(arena, "bcrypt:pw")));
    auth->free(auth);
    tm_arena_free(arena);
}

static void many_good_pairs_push_each_other_out_and_stay_good(void **state)
{
    (void)state;
    char error[128];
    tm_arena *arena = tm_arena_new(NULL);
    tm_buf lines = {.arena = arena};
    for (int i = 0; i < 200; i++)
        tm_buf_print(&lines, "u%d:p%d\n", i, i);
    tm_auth *auth = tm_auth_basic(tm_buf_text(&lines), tm_clock_real(), error, sizeof error);
    for (int round = 0; round < 2; round++)
        for (int i = 0; i < 200; i++) {
            assert_true(admits(auth, basic(arena, tm_arena_print(arena, "u%d:p%d", i, i).p)));
            assert_false(admits(auth, basic(arena, tm_arena_print(arena, "u%d:p%d", i, i + 1).p)));
        }
    auth->free(auth);
    tm_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_are_equal_or_not),
        cmocka_unit_test(any_of_the_tokens_lets_in),
        cmocka_unit_test(a_scheme_may_be_empty),
        cmocka_unit_test(tokens_may_be_exchanged),
        cmocka_unit_test(every_kind_of_hash_is_known),
        cmocka_unit_test(malformed_credentials_are_told_what_they_are),
        cmocka_unit_test(names_and_what_was_sent_are_told_of_clients),
        cmocka_unit_test(bad_lines_are_told_with_their_numbers),
        cmocka_unit_test(users_may_be_exchanged),
        cmocka_unit_test(many_good_pairs_push_each_other_out_and_stay_good),
    };
    return cmocka_run_group_tests_name("net/auth", tests, NULL, NULL);
}
