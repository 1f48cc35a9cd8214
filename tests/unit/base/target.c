/* Targets: what names a backend, and what does not.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/target.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static void hosts_and_ports_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *text, *authority, *host;
        int port;
    } rows[] = {
        {"tempo:4317", "tempo:4317", "tempo", 4317},
        {"http://tempo.local:4317", "tempo.local:4317", "tempo.local", 4317},
        {"https://tempo:4317/", "tempo:4317", "tempo", 4317},
        {"tempo:4317/", "tempo:4317", "tempo", 4317},
        {"[::1]:1", "[::1]:1", "::1", 1},
        {"[fe80::1%eth0]:1", "[fe80::1%eth0]:1", "fe80::1%eth0", 1},
        {"10.0.0.1:65535", "10.0.0.1:65535", "10.0.0.1", 65535},
        {":4317", "", "localhost", 4317},
        {"http://:4317", "", "localhost", 4317},
        {"dns:///tempo:4317", "tempo:4317", "tempo", 4317},
        {"dns:///:4317", "", "localhost", 4317},
        {"dns:tempo:4317", "tempo:4317", "tempo", 4317},
        {"dns:4317", "dns:4317", "dns", 4317},
        {"passthrough:///[::1]:4317", "[::1]:4317", "::1", 4317},
        {"passthrough:tempo:1", "tempo:1", "tempo", 1},
    };
    tm_dial_target t;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_null(tm_target_read(tm_text_of(rows[i].text), &t));
        assert_true(tm_text_is(t.authority, rows[i].authority));
        assert_true(tm_text_is(t.host, rows[i].host));
        assert_int_equal(t.port, rows[i].port);
        assert_int_equal(t.server.n, 0);
        assert_int_equal(t.kind == TM_TARGET_PASSTHROUGH, rows[i].text[0] == 'p');
        assert_int_equal(t.http, tm_text_starts(tm_text_of(rows[i].text), TM_TEXT("http:")));
        assert_int_equal(t.https, tm_text_starts(tm_text_of(rows[i].text), TM_TEXT("https:")));
    }
}

static void a_name_server_stands_between_the_slashes(void **state)
{
    (void)state;
    static const struct {
        const char *text, *server;
        int port;
    } rows[] = {
        {"dns://10.0.0.53/tempo:4317", "10.0.0.53", 53},
        {"dns://10.0.0.53:5353/tempo:4317", "10.0.0.53", 5353},
        {"dns://[::1]:5353/tempo:4317", "::1", 5353},
        {"dns://ns.local/tempo:4317", "ns.local", 53},
    };
    tm_dial_target t;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_null(tm_target_read(tm_text_of(rows[i].text), &t));
        assert_true(tm_text_is(t.server, rows[i].server) && t.server_port == rows[i].port);
        assert_true(t.kind == TM_TARGET_DNS && tm_text_is(t.host, "tempo") && t.port == 4317);
    }
}

static void sockets_of_this_machine_have_a_path(void **state)
{
    (void)state;
    static const struct {
        const char *text, *path;
        tm_target_kind kind;
    } rows[] = {
        {"unix:run/tempo", "run/tempo", TM_TARGET_UNIX},
        {"unix:/run/tempo", "/run/tempo", TM_TARGET_UNIX},
        {"unix:///run/tempo", "/run/tempo", TM_TARGET_UNIX},
        {"unix-abstract:tempo", "tempo", TM_TARGET_ABSTRACT},
    };
    tm_dial_target t;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_null(tm_target_read(tm_text_of(rows[i].text), &t));
        assert_true(tm_text_is(t.path, rows[i].path) && t.kind == rows[i].kind);
        assert_true(tm_text_is(t.authority, "localhost"));
    }
}

static void what_is_none_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "tempo",
        "tempo:",
        "tempo:0",
        "t:65536",
        "t:99999999999999999999",
        "a b:1",
        "t:1 ",
        " t:1",
        "t\xc3\xa4:1",
        "u@h:1",
        "::1:4317",
        "t:1/x",
        "[]:4317",
        "http://",
        "http://t",
        "http://t:1//",
        "ftp://t:1",
        "xds:///t:1",
        "dns://",
        "dns:///",
        "dns:///t",
        "dns://t:1",
        "dns://:53/t:1",
        "dns://s:0/t:1",
        "dns://s:x/t:1",
        "passthrough:///t",
        "passthrough://t:1",
        "unix:",
        "unix://",
        "unix://run/tempo",
        "unix-abstract:",
        "DNS:///t:1",
        "[::1:4317",
        ("unix:/234567890123456789012345678901234567890123456789012345678901234567890123456789"
         "01234567890123456789012345678901234567890123"),
    };
    tm_dial_target t;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_non_null(tm_target_read(tm_text_of(bad[i]), &t));
    assert_non_null(tm_target_read(tm_text_slice("unix:a\0b", 8), &t));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hosts_and_ports_are_read),
        cmocka_unit_test(a_name_server_stands_between_the_slashes),
        cmocka_unit_test(sockets_of_this_machine_have_a_path),
        cmocka_unit_test(what_is_none_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
