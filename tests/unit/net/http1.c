/* HTTP/1.1 heads and chunks: what is read, and every shape that is refused (A16).
 * SPDX-License-Identifier: Apache-2.0 */
#include "net/http1/http1_head.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#define HOST "Host: a\r\n"
#define POST "POST /v1/traces HTTP/1.1\r\n" HOST

/* Reads what must be one whole head; a bare LF counts as 400. */
static tm_http1_fault read_head(tm_text t, tm_http1_head *head)
{
    size_t seen = 0;
    ptrdiff_t n = tm_http1_head_find(t, &seen);
    if (n < 0)
        return (tm_http1_fault){400, "bare LF"};
    assert_int_equal(n, t.n);
    char *copy = malloc(t.n); /* exactly as long: a sanitizer sees what is read behind it */
    memcpy(copy, t.p, t.n);
    tm_http1_fault fault = tm_http1_head_read(tm_text_slice(copy, t.n), head);
    free(copy);
    return fault;
}

typedef struct refusal {
    int status;
    tm_text head;
} refusal;

#define REFUSED(status, head)                                                                      \
    {                                                                                              \
        status,                                                                                    \
        {                                                                                          \
            "" head "", sizeof(head) - 1                                                           \
        }                                                                                          \
    }

static const refusal refusals[] = {
    /* the request line */
    REFUSED(400, "GET  / HTTP/1.1\r\n" HOST "\r\n"),
    REFUSED(400, "GET /  HTTP/1.1\r\n" HOST "\r\n"),
    REFUSED(400, "GET\t/ HTTP/1.1\r\n" HOST "\r\n"),
    REFUSED(400, " GET / HTTP/1.1\r\n" HOST "\r\n"),
    REFUSED(400, "GET / HTTP/1.1 \r\n" HOST "\r\n"),
    REFUSED(400, "GET / HTTP/1.1\r\r\n" HOST "\r\n"),
    REFUSED(400, "GET / http/1.1\r\n" HOST "\r\n"),
    REFUSED(400, "GET / HTTP/1\r\n" HOST "\r\n"),
    REFUSED(400, "GET / HTTP/1.10\r\n" HOST "\r\n"),
    REFUSED(400, "GET / HTTP/01.1\r\n" HOST "\r\n"),
    REFUSED(400, "GET /\r\n" HOST "\r\n"),
    REFUSED(400, "GET\r\n" HOST "\r\n"),
    REFUSED(400, "/ HTTP/1.1\r\n" HOST "\r\n"),
    REFUSED(400, "G@T / HTTP/1.1\r\n" HOST "\r\n"),
    REFUSED(400, "G\x80T / HTTP/1.1\r\n" HOST "\r\n"),
    REFUSED(400, "GET v1/traces HTTP/1.1\r\n" HOST "\r\n"),
    REFUSED(400, "GET /a b HTTP/1.1\r\n" HOST "\r\n"),
    REFUSED(400, "GET /a\x01 HTTP/1.1\r\n" HOST "\r\n"),
    REFUSED(400, "GET /a\x00 HTTP/1.1\r\n" HOST "\r\n"),
    REFUSED(400, "GET /\xc3\xa9 HTTP/1.1\r\n" HOST "\r\n"),
    REFUSED(400, "GET /%zz HTTP/1.1\r\n" HOST "\r\n"),
    REFUSED(400, "GET /% HTTP/1.1\r\n" HOST "\r\n"),
    REFUSED(400, "GET /a#b HTTP/1.1\r\n" HOST "\r\n"),
    REFUSED(400, "GET /a\\b HTTP/1.1\r\n" HOST "\r\n"),
    REFUSED(400, "GET /{a} HTTP/1.1\r\n" HOST "\r\n"),
    REFUSED(400, "GET ftp://a/ HTTP/1.1\r\n" HOST "\r\n"),
    REFUSED(400, "CONNECT a:80 HTTP/1.1\r\n" HOST "\r\n"),
    REFUSED(505, "GET / HTTP/2.0\r\n" HOST "\r\n"),
    REFUSED(505, "GET / HTTP/0.9\r\n" HOST "\r\n"),
    REFUSED(505, "GET / HTTP/1.2\r\n" HOST "\r\n"),
    REFUSED(400, "\r\n\r\n"),
    /* lines and names */
    REFUSED(400, "GET / HTTP/1.1\nHost: a\n\n"),
    REFUSED(400, "GET / HTTP/1.1\r\nHost: a\n\r\n"),
    REFUSED(400, "GET / HTTP/1.1\r\n" HOST "X: a\rb\r\n\r\n"),
    REFUSED(400, "GET / HTTP/1.1\r\n" HOST "X: a\r\r\n\r\n"),
    REFUSED(400, "GET / HTTP/1.1\r\n" HOST "X: a\r\n b\r\n\r\n"),
    REFUSED(400, "GET / HTTP/1.1\r\n" HOST "X: a\r\n\tb\r\n\r\n"),
    REFUSED(400, "GET / HTTP/1.1\r\n X: a\r\n" HOST "\r\n"),
    REFUSED(400, "GET / HTTP/1.1\r\n" HOST "X : a\r\n\r\n"),
    REFUSED(400, "GET / HTTP/1.1\r\n" HOST "X\t: a\r\n\r\n"),
    REFUSED(400, "GET / HTTP/1.1\r\n" HOST ": a\r\n\r\n"),
    REFUSED(400, "GET / HTTP/1.1\r\n" HOST "X\r\n\r\n"),
    REFUSED(400, "GET / HTTP/1.1\r\n" HOST "X Y: a\r\n\r\n"),
    REFUSED(400, "GET / HTTP/1.1\r\n" HOST "X\x00: a\r\n\r\n"),
    REFUSED(400, "GET / HTTP/1.1\r\n" HOST "X\x80: a\r\n\r\n"),
    REFUSED(400, "GET / HTTP/1.1\r\n" HOST "X(: a\r\n\r\n"),
    REFUSED(400, "GET / HTTP/1.1\r\n" HOST "X: a\x00\r\n\r\n"),
    REFUSED(400, "GET / HTTP/1.1\r\n" HOST "X: a\x7f\r\n\r\n"),
    REFUSED(400, "GET / HTTP/1.1\r\n" HOST "X: \x08\r\n\r\n"),
    /* Host */
    REFUSED(400, "GET / HTTP/1.1\r\n\r\n"),
    REFUSED(400, "GET / HTTP/1.1\r\n" HOST HOST "\r\n"),
    REFUSED(400, "GET / HTTP/1.1\r\nHost: a b\r\n\r\n"),
    REFUSED(400, "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"),
    REFUSED(400, "GET / HTTP/1.1\r\nHost: a@b\r\n\r\n"),
    REFUSED(400, "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n"),
    REFUSED(400, "GET / HTTP/1.1\r\nHost: a:8x\r\n\r\n"),
    REFUSED(400, "GET / HTTP/1.1\r\nHost: [::1\r\n\r\n"),
    /* Content-Length */
    REFUSED(400, POST "Content-Length: 5\r\nContent-Length: 5\r\n\r\n"),
    REFUSED(400, POST "Content-Length: 5\r\nContent-Length: 6\r\n\r\n"),
    REFUSED(400, POST "Content-Length: 5\r\ncontent-length: 0\r\n\r\n"),
    REFUSED(400, POST "Content-Length: 5, 5\r\n\r\n"),
    REFUSED(400, POST "Content-Length: +5\r\n\r\n"),
    REFUSED(400, POST "Content-Length: -5\r\n\r\n"),
    REFUSED(400, POST "Content-Length: 0x5\r\n\r\n"),
    REFUSED(400, POST "Content-Length: 5 5\r\n\r\n"),
    REFUSED(400, POST "Content-Length: 5.0\r\n\r\n"),
    REFUSED(400, POST "Content-Length: 1e1\r\n\r\n"),
    REFUSED(400, POST "Content-Length:\r\n\r\n"),
    REFUSED(400, POST "Content-Length: 5;\r\n\r\n"),
    REFUSED(400, POST "Content-Length: 99999999999999999999\r\n\r\n"),
    REFUSED(400, POST "Content-Length : 5\r\n\r\n"),
    REFUSED(400, POST "Content-Length\x00: 5\r\n\r\n"),
    /* Transfer-Encoding */
    REFUSED(400, POST "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"),
    REFUSED(400, POST "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n"),
    REFUSED(400, POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n"),
    REFUSED(501, POST "Transfer-Encoding: identity\r\n\r\n"),
    REFUSED(501, POST "Transfer-Encoding: gzip, chunked\r\n\r\n"),
    REFUSED(501, POST "Transfer-Encoding: chunked, identity\r\n\r\n"),
    REFUSED(501, POST "Transfer-Encoding: chunked, chunked\r\n\r\n"),
    REFUSED(501, POST "Transfer-Encoding: xchunked\r\n\r\n"),
    REFUSED(501, POST "Transfer-Encoding: chunkedx\r\n\r\n"),
    REFUSED(501, POST "Transfer-Encoding: \"chunked\"\r\n\r\n"),
    REFUSED(501, POST "Transfer-Encoding: chunked;q=1\r\n\r\n"),
    REFUSED(501, POST "Transfer-Encoding:\r\n\r\n"),
    REFUSED(400, POST "Transfer-Encoding: \x0b"
                      "chunked\r\n\r\n"),
    REFUSED(400, POST "Transfer-Encoding : chunked\r\n\r\n"),
    REFUSED(501, POST "Transfer-Encoding:\r\n chunked\r\n\r\n"),
    REFUSED(400, POST "X: y\nTransfer-Encoding: chunked\r\n\r\n"),
    REFUSED(400, "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"),
    /* others that may come once only, or in one form only */
    REFUSED(400, POST "Content-Type: a/b\r\nContent-Type: a/b\r\n\r\n"),
    REFUSED(417, POST "Expect: 200-ok\r\n\r\n"),
    REFUSED(417, POST "Expect: 100-continue, 100-continue\r\n\r\n"),
    REFUSED(417, POST "Expect: 100-continue\r\nExpect: 100-continue\r\n\r\n"),
};

static void every_shape_of_smuggling_is_refused(void **state)
{
    (void)state;
    tm_http1_head head;
    assert_true(sizeof refusals / sizeof *refusals >= 60);
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        tm_http1_fault fault = read_head(refusals[i].head, &head);
        if (fault.status != refusals[i].status)
            fail_msg("row %zu: %d instead of %d for %.*s", i, fault.status, refusals[i].status,
                     TM_PRI(refusals[i].head));
        assert_non_null(fault.reason);
    }
}

static tm_http1_head accept_head(tm_text t)
{
    tm_http1_head head;
    size_t seen = 0;
    assert_int_equal(tm_http1_head_find(t, &seen), t.n);
    tm_http1_fault fault = tm_http1_head_read(t, &head);
    if (fault.status)
        fail_msg("%d %s", fault.status, fault.reason);
    return head;
}

static void a_request_is_read_in_all_its_parts(void **state)
{
    (void)state;
    tm_http1_head head = accept_head(TM_TEXT(
        "POST /v1/traces?a=b?c HTTP/1.1\r\nhOST: [::1]:4318\r\nContent-Type:\t a/b ; c \t\r\n"
        "Content-Encoding: gzip\r\nContent-Length: 0042\r\nExpect: 100-Continue\r\n"
        "X: \xc3\xa9\r\nEmpty:\r\n\r\n"));
    assert_true(tm_text_is(head.method, "POST"));
    assert_true(tm_text_is(head.path, "/v1/traces"));
    assert_true(tm_text_is(head.query, "a=b?c"));
    assert_true(tm_text_is(head.content_type, "a/b ; c"));
    assert_true(tm_text_is(head.content_encoding, "gzip"));
    assert_int_equal(head.content_encodings, 1);
    assert_int_equal(head.length, 42);
    assert_true(head.has_length && head.expect_continue && head.keep_alive && !head.chunked);
    assert_int_equal(head.field_count, 7);
    assert_true(tm_text_is(head.fields[5].value, "\xc3\xa9"));
    assert_true(tm_text_is(head.fields[6].name, "Empty") && head.fields[6].value.n == 0);
}

static void targets_may_have_other_forms(void **state)
{
    (void)state;
    tm_http1_head head =
        accept_head(TM_TEXT("GET http://u@h:1/p?q HTTP/1.1\r\nHost: other\r\n\r\n"));
    assert_true(tm_text_is(head.path, "/p") && tm_text_is(head.query, "q"));
    head = accept_head(TM_TEXT("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n"));
    assert_true(tm_text_is(head.path, "*") && head.query.n == 0);
    head = accept_head(TM_TEXT("GET /%2e%2E//..;x=!$&'()*+,@:~ HTTP/1.1\r\nHost:\r\n\r\n"));
    assert_true(tm_text_is(head.path, "/%2e%2E//..;x=!$&'()*+,@:~"));
    head = accept_head(TM_TEXT("GET /? HTTP/1.1\r\nHost: a.b-c_d~:80\r\n\r\n"));
    assert_true(tm_text_is(head.path, "/") && head.query.n == 0);
}

static void connections_live_as_their_version_and_field_say(void **state)
{
    (void)state;
    assert_true(accept_head(TM_TEXT("GET / HTTP/1.1\r\n" HOST "\r\n")).keep_alive);
    assert_false(
        accept_head(TM_TEXT("GET / HTTP/1.1\r\n" HOST "Connection: x, CLOSE\r\n\r\n")).keep_alive);
    assert_false(accept_head(TM_TEXT("GET / HTTP/1.0\r\n\r\n")).keep_alive);
    assert_true(
        accept_head(TM_TEXT("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n")).keep_alive);
    assert_false(
        accept_head(TM_TEXT("GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n")).keep_alive);
    assert_false(
        accept_head(TM_TEXT("GET / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n")).expect_continue);
    assert_true(accept_head(TM_TEXT(POST "transfer-encoding: Chunked\r\n\r\n")).chunked);
    tm_http1_head head = accept_head(TM_TEXT(POST "Content-Length: 9999999999999999999\r\n\r\n"));
    assert_true(head.length == 9999999999999999999u);
}

static void the_end_of_a_head_is_found_however_it_arrives(void **state)
{
    (void)state;
    tm_text t = TM_TEXT(POST "X: y\r\n\r\nbody\r\n\r\n");
    size_t whole = t.n - 8;
    for (size_t cut = 0; cut < whole; cut++) {
        size_t seen = 0;
        assert_int_equal(tm_http1_head_find(tm_text_slice(t.p, cut), &seen), 0);
        assert_int_equal(tm_http1_head_find(t, &seen), whole);
    }
    size_t seen = 0;
    for (size_t n = 1; n < whole; n++)
        assert_int_equal(tm_http1_head_find(tm_text_slice(t.p, n), &seen), 0);
    assert_int_equal(tm_http1_head_find(tm_text_slice(t.p, whole), &seen), whole);
}

static void a_thousand_fields_are_enough(void **state)
{
    (void)state;
    for (int fields = 999; fields <= 1000; fields++) {
        char text[7000] = "GET / HTTP/1.1\r\n" HOST;
        for (int i = 0; i < fields; i++)
            strcat(text, "X: y\r\n");
        strcat(text, "\r\n");
        tm_http1_head head;
        assert_int_equal(read_head(tm_text_of(text), &head).status, fields < 1000 ? 0 : 431);
    }
}

/* ---- chunks --------------------------------------------------------------------------------- */

/* Decodes with the input cut into pieces of `piece` bytes; the bytes behind the body in *rest. */
static tm_http1_step decode(tm_text in, size_t piece, char *out, size_t *n, size_t *rest)
{
    tm_http1_chunks chunks = {.state = 0};
    *n = 0;
    while (in.n > 0) {
        tm_text now = tm_text_slice(in.p, in.n < piece ? in.n : piece), part;
        in = tm_text_skip(in, now.n);
        tm_http1_step step;
        while ((step = tm_http1_chunk_next(&chunks, &now, &part)) == TM_HTTP1_PART) {
            memcpy(out + *n, part.p, part.n);
            *n += part.n;
        }
        *rest = now.n + in.n;
        if (step != TM_HTTP1_MORE)
            return step;
    }
    return TM_HTTP1_MORE;
}

static void chunks_join_however_they_are_cut(void **state)
{
    (void)state;
    tm_text in = TM_TEXT("5\r\nhello\r\n00A;x=\"y z\"\r\n, 10 bytes\r\n0;last\r\n"
                         "Trailer: x\r\nY:\r\n\r\nGET");
    char out[64];
    size_t n, rest;
    for (size_t piece = 1; piece <= in.n; piece++) {
        assert_int_equal(decode(in, piece, out, &n, &rest), TM_HTTP1_DONE);
        assert_true(tm_text_is(tm_text_slice(out, n), "hello, 10 bytes"));
        assert_int_equal(rest, 3);
    }
}

static const tm_text bad_chunks[] = {
    {"\r\n", 2},        {"x\r\n", 3},          {";a\r\n", 4},
    {"-1\r\n", 4},      {"+1\r\n", 4},         {"0x1\r\n", 5},
    {" 1\r\n", 4},      {"1 \r\n", 4},         {"1\n", 2},
    {"1\rx", 3},        {"1;a\nb", 5},         {"1;\x01\r\n", 5},
    {"1\r\nab\r\n", 7}, {"1\r\na\n", 5},       {"1\r\na\rx", 6},
    {"0\r\nX\r\n", 6},  {"0\r\n X: y\r\n", 9}, {"0\r\nX y: z\r\n", 10},
    {"0\r\n:\r\n", 6},  {"0\r\nX: y\n", 8},    {"0\r\nX: \x02\r\n", 9},
    {"0\r\n\n", 4},     {"0\r\n\rx", 5},       {"1000000000000000\r\n", 18}, /* 16 digits */
};

static void malformed_chunks_are_refused(void **state)
{
    (void)state;
    char out[64];
    size_t n, rest;
    for (size_t i = 0; i < sizeof bad_chunks / sizeof *bad_chunks; i++)
        for (size_t piece = 1; piece <= bad_chunks[i].n; piece++)
            if (decode(bad_chunks[i], piece, out, &n, &rest) != TM_HTTP1_BAD)
                fail_msg("row %zu was not refused", i);
}

static void extensions_and_trailers_have_an_end(void **state)
{
    (void)state;
    for (size_t extra = 0; extra < 2; extra++) {
        char text[10000], out[8];
        size_t n, rest;
        snprintf(text, sizeof text, "1;%0*d\r\na\r\n0\r\n\r\n", TM_HTTP1_EXTENSION_MAX + (int)extra,
                 0);
        assert_int_equal(decode(tm_text_of(text), 7, out, &n, &rest),
                         extra ? TM_HTTP1_BAD : TM_HTTP1_DONE);
        snprintf(text, sizeof text, "0\r\nX:%0*d\r\n\r\n", TM_HTTP1_TRAILER_MAX - 3 + (int)extra,
                 0);
        assert_int_equal(decode(tm_text_of(text), 7, out, &n, &rest),
                         extra ? TM_HTTP1_BAD : TM_HTTP1_DONE);
    }
}

/* Random bytes made of what heads are made of: nothing crashes, nothing is read behind the end. */
static void noise_is_never_more_than_refused(void **state)
{
    (void)state;
    static const char *const bits[] = {
        "GET ", "/", " HTTP/1.1", "\r\n",    "Host: a", "Content-Length: ",
        "1",    ":", "\r",        "chunked", "\t",      "Transfer-Encoding: ",
    };
    uint32_t seed = 1;
    for (int round = 0; round < 20000; round++) {
        char text[256] = "";
        for (int i = 0; i < 8; i++) {
            seed = seed * 1664525 + 1013904223;
            strcat(text, bits[(seed >> 16) % (sizeof bits / sizeof *bits)]);
        }
        strcat(text, "\r\n\r\n");
        size_t seen = 0, n;
        ptrdiff_t end = tm_http1_head_find(tm_text_of(text), &seen);
        if (end < 0)
            continue;
        n = (size_t)end;
        tm_http1_head head;
        read_head(tm_text_slice(text, n), &head);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_shape_of_smuggling_is_refused),
        cmocka_unit_test(a_request_is_read_in_all_its_parts),
        cmocka_unit_test(targets_may_have_other_forms),
        cmocka_unit_test(connections_live_as_their_version_and_field_say),
        cmocka_unit_test(the_end_of_a_head_is_found_however_it_arrives),
        cmocka_unit_test(a_thousand_fields_are_enough),
        cmocka_unit_test(chunks_join_however_they_are_cut),
        cmocka_unit_test(malformed_chunks_are_refused),
        cmocka_unit_test(extensions_and_trailers_have_an_end),
        cmocka_unit_test(noise_is_never_more_than_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
