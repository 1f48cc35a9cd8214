/* Call credentials: what headers_setter makes of a request's client, and of other credentials.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pipe/call_credentials.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Extensions by hand; one whose credentials go with those of another stands behind it. */
typedef struct chain {
    tm_extension_settings extension[3];
    tm_auth_settings auth;
    tm_exporter_settings exporter;
    tm_loop *loop;
    tm_arena *arena;
} chain;

static tm_extension_settings setter(tm_set_header *items, size_t count)
{
    return (tm_extension_settings){.type = TM_EXTENSION_SETTER,
                                   .id = TM_TEXT("headers_setter"),
                                   .setter = {.headers = {items, count}}};
}

static tm_extension_settings bearer(const char *header)
{
    return (tm_extension_settings){.type = TM_EXTENSION_BEARER,
                                   .id = TM_TEXT("bearertokenauth"),
                                   .bearer = {.header = tm_text_of(header),
                                              .scheme = TM_TEXT("Bearer"),
                                              .token = TM_TEXT("t")}};
}

static void open_chain(chain *c, const tm_extension_settings *extensions, size_t count)
{
    *c = (chain){.loop = tm_loop_new(), .arena = tm_arena_new(NULL)};
    for (size_t i = 0; i < count; i++) {
        c->extension[i] = extensions[i];
        if (i)
            c->extension[i - 1].setter.additional.extension = &c->extension[i];
    }
    c->auth.extension = c->extension;
    c->exporter.type = TM_EXPORTER_OTLP;
    c->exporter.otlp.auth = &c->auth;
}

static void close_chain(chain *c)
{
    tm_loop_free(c->loop);
    tm_arena_free(c->arena);
}

/* Somebody who needs the headers, and gets them as "name=value name=value". */
typedef struct asker {
    tm_call_credentials_wait wait; /* first */
    tm_buf out;
    unsigned told;
} asker;

static void take(tm_call_credentials_wait *wait, const tm_headers *headers, const char *why)
{
    asker *a = (asker *)wait;
    assert_null(why);
    assert_non_null(headers);
    a->told++;
    for (size_t i = 0; i < headers->count; i++)
        tm_buf_print(&a->out, "%s%.*s=%.*s", i ? " " : "", TM_PRI(headers->items[i].key),
                     TM_PRI(headers->items[i].value));
}

static void assert_sent(chain *c, bool additional_wins, tm_text partition, const char *expected)
{
    char error[256] = "";
    const tm_call_credentials_options options = {
        .home = c->loop, .extension = c->extension, .additional_wins = additional_wins};
    tm_call_credentials *credentials = tm_call_credentials_new(&options, error, sizeof error);
    assert_non_null(credentials);
    asker a = {.wait = {.ready = take}, .out = {.arena = c->arena}};
    tm_call_credentials_get(credentials, partition, &a.wait);
    assert_int_equal(a.told, 1);
    tm_buf_add_char(&a.out, 0);
    assert_string_equal(a.out.p, expected);
    tm_call_credentials_free(credentials);
}

/* The key of a request by what the exporter wants of its client. */
static tm_text key_of(chain *c, const tm_client *client)
{
    const tm_partition_names names = tm_call_credentials_wanted(c->arena, &c->exporter);
    tm_bytes key = {0};
    assert_true(tm_partition_key(&names, client, &key));
    tm_text copy = tm_arena_copy(c->arena, tm_bytes_text(&key));
    tm_bytes_free(&key);
    return copy;
}

static void values_come_from_the_client_or_by_default(void **state)
{
    (void)state;
    tm_set_header items[] = {
        {.key = TM_TEXT("tenant"),
         .action = TM_HEADER_UPSERT,
         .from_attribute = TM_TEXT("username"),
         .default_value = TM_TEXT("nobody")},
        {.key = TM_TEXT("pair"), .action = TM_HEADER_UPSERT, .from_attribute = TM_TEXT("raw")},
        {.key = TM_TEXT("zone"), .action = TM_HEADER_UPSERT, .from_context = TM_TEXT("username")},
        {.key = TM_TEXT("case"),
         .action = TM_HEADER_UPSERT,
         .from_attribute = TM_TEXT("Username")}};
    const tm_extension_settings extension = setter(items, 4);
    const tm_metadata attributes[] = {{TM_TEXT("username"), TM_TEXT("me;@3:raw1:x;")},
                                      {TM_TEXT("raw"), TM_TEXT("bWU6cHc=")}};
    const tm_metadata headers[] = {{TM_TEXT("username"), TM_TEXT("east")}};
    const tm_metadata hostile[] = {{TM_TEXT("username"), TM_TEXT("a\nb: c")}};
    chain c;
    open_chain(&c, &extension, 1);
    assert_sent(&c, false,
                key_of(&c, &(tm_client){.attribute = attributes,
                                        .attributes = 2,
                                        .header = headers,
                                        .headers = 1}),
                "tenant=me;@3:raw1:x; pair=bWU6cHc= zone=east");
    assert_sent(&c, true, key_of(&c, &(tm_client){.header = headers, .headers = 1}),
                "tenant=nobody zone=east");
    assert_sent(&c, false, key_of(&c, &(tm_client){.attribute = hostile, .attributes = 1}), "");
    assert_sent(&c, false, TM_TEXT(""), "tenant=nobody");
    close_chain(&c);
}

static void additional_credentials_go_first_over_grpc_and_last_over_http(void **state)
{
    (void)state;
    tm_set_header items[] = {
        {.key = TM_TEXT("AUTHORIZATION"), .action = TM_HEADER_UPSERT, .value = TM_TEXT("mine")},
        {.key = TM_TEXT("x-one"), .action = TM_HEADER_UPSERT, .value = TM_TEXT("1")}};
    const tm_extension_settings extensions[] = {setter(items, 2), bearer("Authorization")};
    chain c;
    open_chain(&c, extensions, 2);
    assert_sent(&c, false, TM_TEXT(""), "Authorization=mine x-one=1");
    assert_sent(&c, true, TM_TEXT(""), "Authorization=Bearer t x-one=1");
    static const tm_header_action actions[] = {TM_HEADER_INSERT, TM_HEADER_UPDATE,
                                               TM_HEADER_DELETE};
    static const char *const over_grpc[] = {"Authorization=Bearer t x-one=1",
                                            "Authorization=mine x-one=1", "x-one=1"};
    static const char *const over_http[] = {"Authorization=Bearer t x-one=1",
                                            "x-one=1 Authorization=Bearer t",
                                            "x-one=1 Authorization=Bearer t"};
    for (size_t i = 0; i < 3; i++) {
        items[0].action = actions[i];
        assert_sent(&c, false, TM_TEXT(""), over_grpc[i]);
        assert_sent(&c, true, TM_TEXT(""), over_http[i]);
    }
    close_chain(&c);
}

static void each_of_a_chain_sees_what_those_before_it_have_set(void **state)
{
    (void)state;
    tm_set_header outer[] = {
        {.key = TM_TEXT("a"), .action = TM_HEADER_INSERT, .value = TM_TEXT("outer")},
        {.key = TM_TEXT("b"), .action = TM_HEADER_DELETE},
        {.key = TM_TEXT("from"), .action = TM_HEADER_UPSERT, .from_context = TM_TEXT("h")}};
    tm_set_header inner[] = {
        {.key = TM_TEXT("a"), .action = TM_HEADER_INSERT, .value = TM_TEXT("inner")},
        {.key = TM_TEXT("b"), .action = TM_HEADER_UPSERT, .value = TM_TEXT("inner")},
        {.key = TM_TEXT("who"), .action = TM_HEADER_UPSERT, .from_attribute = TM_TEXT("username")}};
    const tm_extension_settings extensions[] = {setter(outer, 3), setter(inner, 3), bearer("key")};
    const tm_metadata header = {TM_TEXT("h"), TM_TEXT("x")};
    const tm_metadata attribute = {TM_TEXT("username"), TM_TEXT("me")};
    const tm_client client = {
        .header = &header, .headers = 1, .attribute = &attribute, .attributes = 1};
    chain c;
    open_chain(&c, extensions, 3);
    assert_sent(&c, false, key_of(&c, &client), "key=Bearer t a=inner who=me from=x");
    assert_sent(&c, true, key_of(&c, &client), "a=outer from=x b=inner who=me key=Bearer t");
    close_chain(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_come_from_the_client_or_by_default),
        cmocka_unit_test(additional_credentials_go_first_over_grpc_and_last_over_http),
        cmocka_unit_test(each_of_a_chain_sees_what_those_before_it_have_set),
    };
    return cmocka_run_group_tests_name("pipe/call_credentials", tests, NULL, NULL);
}
