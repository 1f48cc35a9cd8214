/* What a listener's options add to answers: headers, CORS, codings, single requests.
 * SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"
#include "io/compress.h"

#define OPTIONS_(more) "OPTIONS /v1/traces HTTP/1.1\r\nHost: a\r\n" CLOSE more "\r\n"
#define PREFLIGHT                                                                                  \
    "Origin: https://a.example\r\nAccess-Control-Request-Method: POST\r\n"                         \
    "Access-Control-Request-Headers: content-type,x-a\r\n"

/* The whole answer to one request on a connection of its own. */
static char *ask(const fixture *f, tm_text request)
{
    int fd = dial(f);
    say(fd, request);
    char *answer = hear(fd, NULL);
    close(fd);
    return answer;
}

static fixture *open_cors(void)
{
    static tm_text origins[] = {TM_TEXT("https://*.example"), TM_TEXT("http://b")};
    static tm_text headers[] = {TM_TEXT("Content-Type"), TM_TEXT("X-A")};
    static const tm_cors cors = {.origins = {origins, 2},
                                 .headers = {headers, 2},
                                 .exposed = {"X-B, X-C", 8},
                                 .max_age = {"7", 1}};
    return open_fixture((tm_listener_options){.cors = &cors});
}

static void a_preflight_is_answered_for_any_path(void **state)
{
    (void)state;
    fixture *f = open_cors();
    char *answer = ask(f, TM_TEXT(OPTIONS_(PREFLIGHT)));
    assert_ptr_equal(strstr(answer, "HTTP/1.1 204 No Content\r\n"), answer);
    assert_null(strstr(answer, "Content-Length"));
    assert_null(strstr(answer, "Content-Type"));
    static const char *const fields[] = {
        "\r\nVary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers\r\n",
        "\r\nAccess-Control-Allow-Origin: https://a.example\r\n",
        "\r\nAccess-Control-Allow-Methods: POST\r\n",
        "\r\nAccess-Control-Allow-Headers: content-type,x-a\r\n",
        "\r\nAccess-Control-Allow-Credentials: true\r\n",
        "\r\nAccess-Control-Max-Age: 7\r\n"};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        assert_non_null(strstr(answer, fields[i]));
    answer = ask(f, TM_TEXT("OPTIONS /nowhere HTTP/1.1\r\nHost: a\r\n" CLOSE PREFLIGHT "\r\n"));
    assert_non_null(strstr(answer, "Access-Control-Allow-Origin"));
    close_fixture(f);
}

static void who_is_not_welcome_is_told_nothing_but_vary(void **state)
{
    (void)state;
    fixture *f = open_cors();
    static const char *const requests[] = {
        OPTIONS_("Origin: https://evil\r\nAccess-Control-Request-Method: POST\r\n"),
        OPTIONS_("Access-Control-Request-Method: POST\r\n"),
        OPTIONS_("Origin: http://b\r\nAccess-Control-Request-Method: PUT\r\n"),
        OPTIONS_("Origin: http://b\r\nAccess-Control-Request-Method: POST\r\n"
                 "Access-Control-Request-Headers: x-z\r\n")};
    for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
        char *answer = ask(f, tm_text_of(requests[i]));
        assert_non_null(strstr(answer, "HTTP/1.1 204"));
        assert_non_null(strstr(answer, "\r\nVary: "));
        assert_null(strstr(answer, "Access-Control-Allow"));
    }
    close_fixture(f);
}

static void requests_of_pages_are_answered_with_their_origin(void **state)
{
    (void)state;
    fixture *f = open_cors();
    char *answer = ask(f, TM_TEXT(POST_("/v1/traces", CLOSE "Origin: http://b\r\n"
                                                            "Content-Length: 2\r\n\r\nhi")));
    assert_non_null(strstr(answer, "HTTP/1.1 200"));
    assert_non_null(strstr(answer, "\r\nVary: Origin\r\n"));
    assert_non_null(strstr(answer, "\r\nAccess-Control-Allow-Origin: http://b\r\n"));
    assert_non_null(strstr(answer, "\r\nAccess-Control-Expose-Headers: X-B, X-C\r\n"));
    answer = ask(f, TM_TEXT(POST_("/nowhere", CLOSE "Origin: http://b\r\n\r\n")));
    assert_non_null(strstr(answer, "HTTP/1.1 404"));
    assert_non_null(strstr(answer, "Access-Control-Allow-Origin: http://b\r\n"));
    answer = ask(f, TM_TEXT(POST_("/v1/traces", CLOSE "Origin: http://c\r\n\r\n")));
    assert_non_null(strstr(answer, "HTTP/1.1 200"));
    assert_null(strstr(answer, "Access-Control"));
    answer = ask(f, TM_TEXT(OPTIONS_("Origin: http://b\r\n"))); /* no preflight */
    assert_non_null(strstr(answer, "HTTP/1.1 405"));
    close_fixture(f);
}

static void without_cors_nothing_is_said_of_it(void **state)
{
    (void)state;
    fixture *f = open_fixture((tm_listener_options){0});
    char *answer = ask(f, TM_TEXT(OPTIONS_(PREFLIGHT)));
    assert_non_null(strstr(answer, "HTTP/1.1 405"));
    assert_null(strstr(answer, "Access-Control"));
    close_fixture(f);
}

static void every_answer_has_the_headers_of_the_options(void **state)
{
    (void)state;
    const tm_answer_header headers[] = {
        {TM_TEXT("x-one"), TM_TEXT("1")},
        {TM_TEXT("strict-transport-security"), TM_TEXT("max-age=9")}};
    fixture *f = open_fixture((tm_listener_options){.headers = headers, .header_count = 2});
    static const char *const requests[] = {"GET / HTTP/1.1\r\nHost: a\r\n" CLOSE "\r\n",
                                           POST_("/nowhere", CLOSE "\r\n")};
    for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
        char *answer = ask(f, tm_text_of(requests[i]));
        assert_non_null(strstr(answer, "\r\nX-One: 1\r\n"));
        assert_non_null(strstr(answer, "\r\nStrict-Transport-Security: max-age=9\r\n"));
    }
    close_fixture(f);
}

static void codings_that_are_not_listed_are_refused(void **state)
{
    (void)state;
    fixture *f = open_fixture((tm_listener_options){.codings = 1u << TM_CODING_GZIP});
    static const char *const refused[] = {"", "Content-Encoding: zstd\r\n",
                                          "Content-Encoding: br\r\n"};
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        char request[512];
        snprintf(request, sizeof request, POST_("/v1/traces", CLOSE "%sContent-Length: 1\r\n\r\nx"),
                 refused[i]);
        char *answer = ask(f, tm_text_of(request));
        assert_non_null(strstr(answer, "HTTP/1.1 400"));
        assert_non_null(strstr(answer, "unsupported Content-Encoding"));
    }
    char *answer = ask(f, TM_TEXT(POST_("/v1/traces", CLOSE "Content-Encoding: gzip\r\n"
                                                            "Content-Length: 1\r\n\r\nx")));
    assert_non_null(strstr(answer, "cannot be decompressed"));
    close_fixture(f);
}

static void one_request_a_connection_closes_behind_its_answer(void **state)
{
    (void)state;
    fixture *f = open_fixture((tm_listener_options){.one_request = true});
    char *answer = ask(f, TM_TEXT("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
    assert_non_null(strstr(answer, "\r\nConnection: close\r\n"));
    assert_non_null(strstr(answer, "page"));
    close_fixture(f);
}

static void a_request_that_trickles_is_refused_in_the_end(void **state)
{
    (void)state;
    fixture *f = open_fixture((tm_listener_options){.request_ms = 400});
    int fd = dial(f);
    say(fd, TM_TEXT(POST_("/v1/traces", "Content-Length: 100\r\n\r\n")));
    for (int i = 0; i < 6; i++) {
        usleep(150000);
        if (send(fd, "x", 1, MSG_NOSIGNAL) < 0)
            break;
    }
    char *answer = hear(fd, NULL);
    assert_non_null(strstr(answer, "HTTP/1.1 503"));
    assert_non_null(strstr(answer, "the request came too slowly"));
    close(fd);
    close_fixture(f);
}

static void times_that_never_come_do_not_close_anything(void **state)
{
    (void)state;
    fixture *f = open_fixture((tm_listener_options){.header_ms = TM_NEVER_MS,
                                                    .request_ms = TM_NEVER_MS,
                                                    .write_ms = TM_NEVER_MS,
                                                    .idle_ms = TM_NEVER_MS});
    int fd = dial(f);
    say(fd, TM_TEXT("GET / HTTP/1.1\r\nHost: "));
    usleep(600000); /* two ticks */
    say(fd, TM_TEXT("a\r\n\r\n"));
    assert_non_null(strstr(hear(fd, "page"), "HTTP/1.1 200"));
    close(fd);
    close_fixture(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_preflight_is_answered_for_any_path),
        cmocka_unit_test(who_is_not_welcome_is_told_nothing_but_vary),
        cmocka_unit_test(requests_of_pages_are_answered_with_their_origin),
        cmocka_unit_test(without_cors_nothing_is_said_of_it),
        cmocka_unit_test(every_answer_has_the_headers_of_the_options),
        cmocka_unit_test(codings_that_are_not_listed_are_refused),
        cmocka_unit_test(one_request_a_connection_closes_behind_its_answer),
        cmocka_unit_test(a_request_that_trickles_is_refused_in_the_end),
        cmocka_unit_test(times_that_never_come_do_not_close_anything),
    };
    return cmocka_run_group_tests_name("net/extra", tests, NULL, NULL);
}
