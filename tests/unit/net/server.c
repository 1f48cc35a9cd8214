/* The server over real sockets: HTTP/1.1 exchanges.
 * SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include "io/compress.h"

typedef struct row {
    const char *request;
    const char *start; /* of the answer */
    const char *part;  /* somewhere in it */
} row;

static const row rows[] = {
    {POST_("/v1/traces", CLOSE "Content-Length: 5\r\n\r\nhello"), "HTTP/1.1 200 OK\r\n",
     "\r\n\r\nprotobuf 5 hello"},
    {POST_("/v1/traces", CLOSE "\r\n"), "HTTP/1.1 200 ", "protobuf 0 "},
    {POST_("/v1/traces?q", CLOSE "X-Tenant: me\r\n\r\n"), "HTTP/1.1 200 ", "protobuf 0 meq"},
    {POST_("/v1/traces", CLOSE CHUNKED "\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"), "HTTP/1.1 200 ",
     "protobuf 5 hello"},
    {"\r\nPOST /v1/traces HTTP/1.1\r\nHost: a\r\n" CLOSE
     "Content-Type: APPLICATION/json; charset=utf-8\r\nContent-Length: 2\r\n\r\n{}",
     "HTTP/1.1 200 ", "Content-Type: application/json\r\n"},
    {"GET / HTTP/1.1\r\nHost: a\r\n" CLOSE "\r\n", "HTTP/1.1 200 ", "\r\n\r\npage"},
    {"HEAD / HTTP/1.1\r\nHost: a\r\n" CLOSE "\r\n", "HTTP/1.1 200 ", "Content-Length: 4\r\n"},
    {"GET / HTTP/1.0\r\n\r\n", "HTTP/1.1 200 ", "Connection: close\r\n"},
    {"GET /none HTTP/1.1\r\nHost: a\r\n" CLOSE "\r\n", "HTTP/1.1 404 ", "\"code\":5"},
    {POST_("/v1/logs", CLOSE "\r\n"), "HTTP/1.1 404 ", "application/x-protobuf"},
    {"GET /v1/traces HTTP/1.1\r\nHost: a\r\n" CLOSE "\r\n", "HTTP/1.1 405 ", "Allow: POST\r\n"},
    {POST_("/", CLOSE "\r\n"), "HTTP/1.1 405 ", "Allow: GET, HEAD\r\n"},
    {"POST /v1/traces HTTP/1.1\r\nHost: a\r\n" CLOSE "\r\n", "HTTP/1.1 415 ", "application/json"},
    {"POST /v1/traces HTTP/1.1\r\nHost: a\r\n" CLOSE "Content-Type: application/grpc\r\n\r\n",
     "HTTP/1.1 415 ", "Unsupported"},
    {POST_("/v1/traces", CLOSE "Content-Encoding: br\r\n\r\n"), "HTTP/1.1 415 ",
     "Accept-Encoding: gzip, zstd, deflate, zlib, snappy, x-snappy-framed, lz4\r\n"},
    {POST_("/v1/traces", CLOSE "Content-Encoding: gzip, gzip\r\n\r\n"), "HTTP/1.1 415 ", ""},
    {POST_("/v1/traces", CLOSE "Content-Encoding: gzip\r\nContent-Encoding: gzip\r\n\r\n"),
     "HTTP/1.1 415 ", ""},
    {POST_("/v1/traces", CLOSE "Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc"),
     "HTTP/1.1 400 ", "decompressed"},
    {POST_("/v1/traces", "Content-Length: 99999999999\r\n\r\n"), "HTTP/1.1 413 ", "close\r\n"},
    {POST_("/small", "Content-Length: 11\r\n\r\nhello hello"), "HTTP/1.1 413 ", ""},
    {POST_("/small", CHUNKED "\r\nb\r\nhello hello\r\n"), "HTTP/1.1 413 ", ""},
    {POST_("/small", CLOSE "Content-Length: 10\r\n\r\nhello hell"), "HTTP/1.1 200 ",
     "10 hello hell"},
    {"GET / HTTP/1.1\r\nHost: a\r\n" CLOSE "Content-Length: 1\r\n\r\nx", "HTTP/1.1 413 ", ""},
    {POST_("/busy", CLOSE "\r\n"), "HTTP/1.1 503 ", "Retry-After: 2\r\n"},
    {POST_("/v1/traces", "Transfer-Encoding: chunked\r\n\r\nx\r\n"), "HTTP/1.1 400 ", "close\r\n"},
    {POST_("/v1/traces", "Content-Length: 1\r\nContent-Length: 1\r\n\r\nx"), "HTTP/1.1 400 ",
     "close"},
    {"GET / HTTP/1.1\nHost: a\n\n", "HTTP/1.1 400 ", "bare LF"},
    {"GET / HTTP/3.0\r\n\r\n", "HTTP/1.1 505 ", ""},
    {"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings, close\r\n"
     "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n",
     "HTTP/1.1 200 ", "page"},
    {"\x16\x03\x01\x02\n", "HTTP/1.1 400 ", ""}, /* TLS where there is none */
};

static void every_request_gets_its_answer(void **state)
{
    (void)state;
    fixture *f = open_fixture((tm_listener_options){0});
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int fd = dial(f);
        say(fd, tm_text_of(rows[i].request));
        char *answer = hear(fd, NULL);
        if (strncmp(answer, rows[i].start, strlen(rows[i].start)) != 0 ||
            !strstr(answer, rows[i].part))
            fail_msg("%s\nwas answered\n%s", rows[i].request, answer);
        close(fd);
    }
    close_fixture(f);
}

static void requests_may_come_byte_by_byte(void **state)
{
    (void)state;
    fixture *f = open_fixture((tm_listener_options){0});
    tm_text t =
        TM_TEXT(POST_("/v1/traces", CHUNKED "\r\n2;x\r\nhe\r\n3\r\nllo\r\n0\r\nA: b\r\n\r\n")
                    POST_("/v1/traces", CLOSE "Content-Length: 2\r\n\r\nxy"));
    int fd = dial(f);
    for (size_t i = 0; i < t.n; i++) {
        say(fd, tm_text_slice(t.p + i, 1));
        usleep(50);
    }
    char *answers = hear(fd, NULL);
    assert_non_null(strstr(answers, "protobuf 5 hello"));
    assert_non_null(strstr(answers, "protobuf 2 xy"));
    close(fd);
    close_fixture(f);
}

static void pipelined_requests_are_answered_in_order(void **state)
{
    (void)state;
    fixture *f = open_fixture((tm_listener_options){0});
    int fd = dial(f);
    for (int i = 0; i < 50; i++)
        say(fd, TM_TEXT(POST_("/v1/traces", "Content-Length: 1\r\n\r\na") POST_("/busy", "\r\n")));
    say(fd, TM_TEXT("GET / HTTP/1.1\r\nHost: a\r\n" CLOSE "\r\n"));
    char *at = hear(fd, NULL);
    for (int i = 0; i < 50; i++) {
        at = strstr(at, "HTTP/1.1 200");
        assert_non_null(at);
        at = strstr(at, "HTTP/1.1 503");
        assert_non_null(at);
    }
    assert_non_null(strstr(at, "page"));
    close(fd);
    close_fixture(f);
}

static void a_body_is_asked_for_when_it_is_welcome(void **state)
{
    (void)state;
    fixture *f = open_fixture((tm_listener_options){0});
    int fd = dial(f);
    say(fd, TM_TEXT(POST_("/v1/traces", "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n")));
    assert_string_equal(hear(fd, "\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
    say(fd, TM_TEXT("ab"));
    assert_non_null(strstr(hear(fd, "ab"), "protobuf 2 ab"));
    say(fd, TM_TEXT(POST_("/nowhere", "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n")));
    assert_non_null(strstr(hear(fd, NULL), "HTTP/1.1 404"));
    close(fd);
    close_fixture(f);
}

/* OH-13: the answer must arrive although the client sends on. */
static void an_early_answer_survives_the_rest_of_the_body(void **state)
{
    (void)state;
    fixture *f = open_fixture((tm_listener_options){0});
    int fd = dial(f);
    static char zeros[65536];
    say(fd, TM_TEXT(POST_("/small", "Content-Length: 900000\r\n\r\n")));
    for (int i = 0; i < 8; i++)
        say(fd, tm_text_slice(zeros, sizeof zeros));
    assert_non_null(strstr(hear(fd, NULL), "HTTP/1.1 413"));
    close(fd);
    close_fixture(f);
}

static void compressed_bodies_arrive_plain(void **state)
{
    (void)state;
    fixture *f = open_fixture((tm_listener_options){0});
    tm_deflater *deflater = tm_deflater_new(NULL);
    const tm_deflate_part part = {.bytes = TM_TEXT("hello")};
    for (int coding = TM_CODING_IDENTITY; coding <= TM_CODING_ZSTD; coding++) {
        tm_bytes body = {0};
        char head[256];
        tm_deflate(deflater, (tm_coding)coding, 0, &part, 1, &body);
        int n = snprintf(head, sizeof head,
                         POST_("/v1/traces", CLOSE "Content-Encoding: %s\r\n"
                                                   "Content-Length: %zu\r\n\r\n"),
                         tm_coding_name((tm_coding)coding), body.n);
        int fd = dial(f);
        say(fd, tm_text_slice(head, (size_t)n));
        say(fd, tm_bytes_text(&body));
        assert_non_null(strstr(hear(fd, NULL), "protobuf 5 hello"));
        close(fd);
        tm_bytes_free(&body);
    }
    tm_deflater_free(deflater);
    close_fixture(f);
}

static void too_many_bytes_at_once_are_refused_for_now(void **state)
{
    (void)state;
    fixture *f = open_fixture((tm_listener_options){0});
    tm_budget_limit(&f->budget, 1 << 20);
    static char zeros[1 << 20];
    int fd = dial(f);
    say(fd, TM_TEXT(POST_("/v1/traces", "Content-Length: 1100000\r\n\r\n")));
    say(fd, tm_text_slice(zeros, sizeof zeros));
    say(fd, tm_text_slice(zeros, 10));
    char *answer = hear(fd, NULL);
    assert_non_null(strstr(answer, "HTTP/1.1 503"));
    assert_non_null(strstr(answer, "Retry-After: 1\r\n"));
    close(fd);
    fd = dial(f); /* and what was charged has been given back */
    say(fd, TM_TEXT(POST_("/v1/traces", CLOSE "Content-Length: 500000\r\n\r\n")));
    say(fd, tm_text_slice(zeros, 500000));
    assert_non_null(strstr(hear(fd, NULL), "HTTP/1.1 200"));
    close(fd);
    close_fixture(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_request_gets_its_answer),
        cmocka_unit_test(requests_may_come_byte_by_byte),
        cmocka_unit_test(pipelined_requests_are_answered_in_order),
        cmocka_unit_test(a_body_is_asked_for_when_it_is_welcome),
        cmocka_unit_test(an_early_answer_survives_the_rest_of_the_body),
        cmocka_unit_test(compressed_bodies_arrive_plain),
        cmocka_unit_test(too_many_bytes_at_once_are_refused_for_now),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
