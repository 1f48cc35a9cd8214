/* HTTP proxy: which variable counts, and whom no proxy is for.
 * SPDX-License-Identifier: Apache-2.0 */
#include "net/http_client/http_proxy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

/* An environment: names and values in turns, NULL at the end. */
static const char *look_up(void *owner, const char *name)
{
    for (const char *const *at = owner; *at; at += 2)
        if (!strcmp(at[0], name))
            return at[1];
    return NULL;
}

static tm_http_proxies of(const char *const *environment)
{
    return tm_http_proxies_read(look_up, (void *)(uintptr_t)environment);
}

static void variables_count_in_either_case_and_large_letters_first(void **state)
{
    (void)state;
    const char *const both[] = {"HTTP_PROXY",  "large:1",  "http_proxy", "small:1",
                                "https_proxy", "secure:1", "no_proxy",   "a",
                                "ALL_PROXY",   "x:1",      NULL};
    tm_http_proxies p = of(both);
    assert_true(tm_text_is(p.http, "large:1"));
    assert_true(tm_text_is(p.https, "secure:1"));
    assert_true(tm_text_is(p.none, "a"));
    const char *const empty[] = {"HTTP_PROXY", "", "http_proxy", "small:1", NULL};
    assert_true(tm_text_is(of(empty).http, "small:1"));
    const char *const cgi[] = {"HTTP_PROXY", "evil:1", "REQUEST_METHOD", "GET", NULL};
    assert_int_equal(of(cgi).http.n, 0);
}

static bool goes_by_proxy(const char *none, const char *host, int port)
{
    tm_http_proxies p = {TM_TEXT("http://p:1"), TM_TEXT("http://s:1"), tm_text_of(none)};
    tm_text plain = tm_http_proxy_find(&p, false, tm_text_of(host), port);
    tm_text secure = tm_http_proxy_find(&p, true, tm_text_of(host), port);
    assert_true(plain.n ? tm_text_is(plain, "http://p:1") && tm_text_is(secure, "http://s:1")
                        : secure.n == 0);
    return plain.n > 0;
}

static void this_machine_never_goes_by_a_proxy(void **state)
{
    (void)state;
    assert_false(goes_by_proxy("", "localhost", 80));
    assert_false(goes_by_proxy("", "LocalHost", 80));
    assert_false(goes_by_proxy("", "127.0.0.1", 80));
    assert_false(goes_by_proxy("", "127.9.9.9", 80));
    assert_false(goes_by_proxy("", "::1", 80));
    assert_true(goes_by_proxy("", "::2", 80));
    assert_true(goes_by_proxy("", "128.0.0.1", 80));
    assert_true(goes_by_proxy("", "localhost.example", 80));
}

/* One item of the list, a host and its port, and whether the list names it. */
typedef struct row {
    const char *none, *host;
    int port;
    bool named;
} row;

static void the_list_names_hosts_domains_ports_addresses_and_nets(void **state)
{
    (void)state;
    static const row rows[] = {
        {"*", "any.example", 80, true},
        {"other, *", "any.example", 80, true},
        {",", "any.example", 80, false},
        {"example.org", "example.org", 80, true},
        {"EXAMPLE.org", "example.ORG", 80, true},
        {"example.org", "a.example.org", 80, true},
        {"example.org", "anexample.org", 80, false},
        {"example.org", "example.org.net", 80, false},
        {".example.org", "example.org", 80, false},
        {".example.org", "a.b.example.org", 80, true},
        {"*.example.org", "a.example.org", 80, true},
        {"*.example.org", "example.org", 80, false},
        {" a , example.org ", "example.org", 80, true},
        {"example.org:8080", "example.org", 80, false},
        {"example.org:8080", "example.org", 8080, true},
        {".", "example.org", 80, false},
        {"10.1.2.3", "10.1.2.3", 80, true},
        {"10.1.2.3", "10.1.2.4", 80, false},
        {"10.1.2.3:81", "10.1.2.3", 80, false},
        {"10.1.2.3:80", "10.1.2.3", 80, true},
        {"10.0.0.0/8", "10.255.0.1", 80, true},
        {"10.0.0.0/8", "11.0.0.1", 80, false},
        {"10.128.0.0/9", "10.127.0.1", 80, false},
        {"10.128.0.0/9", "10.200.0.1", 80, true},
        {"0.0.0.0/0", "1.2.3.4", 80, true},
        {"0.0.0.0/0", "2001:db8::1", 80, false},
        {"2001:db8::/32", "2001:db8:1::1", 80, true},
        {"2001:db8::/32", "2001:db9::1", 80, false},
        {"2001:db8::1", "2001:db8:0::1", 80, true},
        {"[2001:db8::1]:80", "2001:db8::1", 80, true},
        {"10.0.0.0/33", "10.0.0.1", 80, false},
        {"10.0.0.0/x", "10.0.0.1", 80, false},
        {"2001:db8::/129", "2001:db8::1", 80, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (goes_by_proxy(rows[i].none, rows[i].host, rows[i].port) == rows[i].named)
            fail_msg("\"%s\" and %s:%d", rows[i].none, rows[i].host, rows[i].port);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(variables_count_in_either_case_and_large_letters_first),
        cmocka_unit_test(this_machine_never_goes_by_a_proxy),
        cmocka_unit_test(the_list_names_hosts_domains_ports_addresses_and_nets),
    };
    return cmocka_run_group_tests_name("net/http_proxy", tests, NULL, NULL);
}
