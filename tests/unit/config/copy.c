/* Copy: settings that stand alone when their configuration is gone; and what rows say of kinds.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config/kinds.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const char CONFIG[] =
    "yaml:\n"
    "receivers:\n"
    "  otlp:\n"
    "    utf8: reject\n"
    "    protocols:\n"
    "      grpc: {endpoint: '127.0.0.1:4317', auth: {authenticator: basicauth},\n"
    "             keepalive: {server_parameters: {time: 7s}}}\n"
    "      http: {endpoint: '127.0.0.1:4318', auth: {authenticator: bearertokenauth},\n"
    "             cors: {allowed_origins: [http://a, http://b], max_age: 7},\n"
    "             compression_algorithms: ['', zstd], keepalive: {enabled: false},\n"
    "             response_headers: {x-one: a, x-two: b}}\n"
    "exporters:\n"
    "  otlp: {endpoint: 'dns://8.8.8.8/tempo:4317', tls: {insecure: true}, headers: {a: b, c: d},\n"
    "         auth: {authenticator: basicauth/client}, keepalive: {time: 10s}, user_agent: me,\n"
    "         sending_queue: {batch: {partition: {metadata_keys: [x, y]}}}, compression: zstd}\n"
    "  debug: {verbosity: detailed, output_paths: [stderr, a], sending_queue: {queue_size: 7}}\n"
    "  debug/2:\n"
    "  file: {path: spans, rotation: {max_days: 3}, compression: zstd}\n"
    "  nop:\n"
    "extensions:\n"
    "  bearertokenauth: {tokens: [a, b], scheme: S}\n"
    "  basicauth: {htpasswd: {inline: 'a:b'}}\n"
    "  basicauth/client: {client_auth: {username: a, password: b}}\n"
    "service:\n"
    "  extensions: [bearertokenauth, basicauth, basicauth/client]\n"
    "  pipelines:\n"
    "    traces: {receivers: [otlp], exporters: [otlp, debug, debug/2, file, nop]}\n";

static tm_settings read_text(tm_arena *arena, const char *text)
{
    tm_text configs[] = {tm_text_of(text)};
    tm_diags diags = {.arena = arena};
    tm_settings settings;
    tm_config_sources sources = {.configs = {configs, 1}, .world = tm_config_os()};
    assert_true(tm_settings_read(arena, &diags, &sources, &settings));
    return settings;
}

static tm_settings read_settings(tm_arena *arena)
{
    return read_text(arena, CONFIG);
}

static void print(const tm_settings *settings, tm_buf *out)
{
    tm_settings_print(settings, true, out);
    tm_buf_add_char(out, 0);
}

/* The components alone, in a text of `arena`. */
static const char *shown(tm_arena *arena, const tm_settings *all)
{
    tm_settings some = {.receivers = all->receivers,
                        .receiver_count = all->receiver_count,
                        .exporters = all->exporters,
                        .exporter_count = all->exporter_count};
    tm_buf out = {.arena = arena};
    print(&some, &out);
    return out.p;
}

static void a_copy_stands_alone(void **state)
{
    (void)state;
    tm_arena *arena = tm_arena_new(NULL), *own = tm_arena_new(NULL);
    tm_settings all = read_settings(arena);
    const char *before = shown(own, &all);
    tm_receiver_settings *receivers = TM_NEW_ARRAY(own, all.receiver_count, tm_receiver_settings);
    tm_exporter_settings *exporters = TM_NEW_ARRAY(own, all.exporter_count, tm_exporter_settings);
    for (size_t i = 0; i < all.receiver_count; i++)
        receivers[i] = *tm_receiver_copy(own, &all.receivers[i]);
    for (size_t i = 0; i < all.exporter_count; i++)
        exporters[i] = *tm_exporter_copy(own, &all.exporters[i]);
    tm_arena_free(arena);
    all.receivers = receivers;
    all.exporters = exporters;
    assert_string_equal(shown(own, &all), before);
    const tm_extension_settings *bearer = receivers->otlp.protocols.http->auth->extension;
    assert_true(tm_text_is(bearer->id, "bearertokenauth"));
    assert_true(tm_text_is(bearer->bearer.tokens.items[1], "b"));
    assert_true(tm_text_is(exporters->otlp.auth->extension->basic.client_auth->password, "b"));
    tm_arena_free(own);
}

/* Finds the parts wherever the keys of a kind have them, and says so of those that are absent. */
static void parts_are_found_by_the_keys(void **state)
{
    (void)state;
    tm_arena *arena = tm_arena_new(NULL);
    tm_settings all = read_settings(arena);
    const tm_exporter_settings *e = all.exporters;
    assert_ptr_equal(tm_exporter_queue(&e[0]), &e[0].otlp.queue);
    assert_ptr_equal(tm_exporter_retry(&e[0]), &e[0].otlp.retry);
    assert_ptr_equal(tm_exporter_endpoint(&e[0]), &e[0].otlp.endpoint);
    assert_int_equal(tm_exporter_queue(&e[1])->size, 7);
    assert_null(tm_exporter_retry(&e[1]));
    assert_null(tm_exporter_endpoint(&e[1]));
    assert_null(tm_exporter_queue(&e[2]));
    for (int i = 3; i < 5; i++) {
        assert_null(tm_exporter_queue(&e[i]));
        assert_null(tm_exporter_retry(&e[i]));
        assert_null(tm_exporter_endpoint(&e[i]));
    }
    tm_arena_free(arena);
}

static void count(void *owner, tm_auth_settings *auth)
{
    *(int *)owner += auth->extension != NULL;
}

static void whoever_authenticates_is_found_by_the_keys(void **state)
{
    (void)state;
    tm_arena *arena = tm_arena_new(NULL);
    tm_settings all = read_settings(arena);
    int ports = 0, exporters = 0;
    tm_receiver_each_auth(&all.receivers[0], count, &ports);
    for (size_t i = 0; i < all.exporter_count; i++)
        tm_exporter_each_auth(&all.exporters[i], count, &exporters);
    assert_int_equal(ports, 2);
    assert_int_equal(exporters, 1);
    tm_arena_free(arena);
}

static const char CHAIN[] =
    "yaml:\n"
    "receivers: {otlp: {protocols: {grpc: }}}\n"
    "exporters: {otlp: {endpoint: 'http://t:1', tls: {insecure: true},\n"
    "                   auth: {authenticator: headers_setter}}}\n"
    "extensions:\n"
    "  headers_setter: {additional_auth: headers_setter/b, headers: [{key: a, from_attribute: "
    "b}]}\n"
    "  headers_setter/b: {additional_auth: oauth2client, headers: [{key: a, value: b}]}\n"
    "  oauth2client: {token_url: 'https://t', client_id: a, client_secret: b}\n"
    "  bearertokenauth: {token: a}\n"
    "  zpages: {auth: {authenticator: bearertokenauth}, cors: {allowed_origins: [http://a]}}\n"
    "service:\n"
    "  extensions: [headers_setter, headers_setter/b, oauth2client, bearertokenauth, zpages]\n"
    "  pipelines: {traces: {receivers: [otlp], exporters: [otlp]}}\n";

/* Copies of exporters and pages know what they need of other extensions, however far away. */
static void a_copy_has_the_extensions_that_its_own_ones_name(void **state)
{
    (void)state;
    tm_arena *arena = tm_arena_new(NULL), *own = tm_arena_new(NULL);
    tm_settings all = read_text(arena, CHAIN);
    const tm_exporter_settings *exporter = tm_exporter_copy(own, all.exporters);
    const tm_extension_settings *page = tm_extension_copy(own, all.active[4]);
    tm_arena_free(arena);
    const tm_extension_settings *setter = exporter->otlp.auth->extension;
    assert_true(tm_text_is(setter->setter.headers.items->from_attribute, "b"));
    setter = setter->setter.additional.extension;
    assert_true(tm_text_is(setter->id, "headers_setter/b"));
    assert_true(tm_text_is(setter->setter.additional.authenticator, "oauth2client"));
    assert_null(setter->setter.additional.doc);
    assert_true(tm_text_is(setter->setter.additional.extension->oauth2.client_secret, "b"));
    assert_true(tm_text_is(page->zpages.http.auth->extension->bearer.token, "a"));
    assert_true(tm_text_is(page->zpages.http.cors->allowed_origins.items[0], "http://a"));
    tm_arena_free(own);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_copy_stands_alone),
        cmocka_unit_test(parts_are_found_by_the_keys),
        cmocka_unit_test(whoever_authenticates_is_found_by_the_keys),
        cmocka_unit_test(a_copy_has_the_extensions_that_its_own_ones_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
