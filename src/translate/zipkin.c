/* Zipkin: from a document in one of its formats to a request.
 * SPDX-License-Identifier: Apache-2.0 */
#include "translate/zipkin_span.h"

#include "base/ascii.h"
#include "base/hex.h"
#include "base/number.h"

#include <arpa/inet.h>

/* A translation on its way. */
typedef struct translation {
    tm_zipkin z;
    tm_text body;
    bool ok;
} translation;

static void run(void *argument)
{
    static bool (*const readers[])(tm_zipkin * z,
                                   tm_text body) = {[TM_ZIPKIN_JSON] = tm_zipkin_read_json,
                                                    [TM_ZIPKIN_PROTOBUF] = tm_zipkin_read_protobuf,
                                                    [TM_ZIPKIN_V1_JSON] = tm_zipkin_read_v1};
    translation *t = argument;
    t->ok = readers[t->z.options->format](&t->z, t->body);
}

static void end(void *argument)
{
    translation *t = argument;
    tm_arena_free(t->z.scratch);
}

/* What is only needed for one span stays in an arena beside that of the result. */
bool tm_zipkin_translate(tm_arena *arena, const tm_zipkin_options *options, tm_text body,
                         tm_text *protobuf, tm_text *error)
{
    translation t = {.z = {.request.arena = arena,
                           .scratch = tm_arena_new(tm_arena_heap(arena)),
                           .options = options,
                           .error = error},
                     .body = body};
    if (!t.z.scratch)
        tm_arena_out_of_memory(arena);
    tm_arena_follow(t.z.scratch, arena);
    if (tm_arena_secret(arena))
        tm_arena_set_secret(t.z.scratch, *tm_arena_secret(arena));
    tm_arena_finally(arena, run, end, &t);
    if (t.ok)
        *protobuf = tm_draft_request(&t.z.request);
    return t.ok;
}

bool tm_zipkin_from_json(tm_arena *arena, tm_text json, tm_text *protobuf, tm_text *error)
{
    const tm_zipkin_options options = {.format = TM_ZIPKIN_JSON, .alone = true};
    return tm_zipkin_translate(arena, &options, json, protobuf, error);
}

/* ---- addresses ------------------------------------------------------------------------------- */

static bool is_zeros(const char *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (bytes[i])
            return false;
    return true;
}

static bool is_v4_in_v6(const char *bytes)
{
    return is_zeros(bytes, 10) && !memcmp(bytes + 10, "\xff\xff", 2);
}

/* ::102:304, which inet_ntop writes as ::1.2.3.4 and the Collector does not; ::1 is as usual. */
static bool is_low_v6(const char *bytes)
{
    return is_zeros(bytes, 12) && !is_zeros(bytes + 12, 2);
}

static unsigned two_bytes(const char *p)
{
    return (unsigned)((uint8_t)p[0] << 8 | (uint8_t)p[1]);
}

tm_text tm_zipkin_address(tm_arena *arena, tm_text bytes)
{
    char room[INET6_ADDRSTRLEN];
    const char *p = bytes.p;
    if (bytes.n == 16 && is_v4_in_v6(p))
        return tm_zipkin_address(arena, tm_text_skip(bytes, 12));
    if (bytes.n == 4)
        return tm_arena_copy(arena, tm_text_of(inet_ntop(AF_INET, p, room, sizeof room)));
    if (bytes.n == 16 && is_low_v6(p))
        return tm_arena_print(arena, "::%x:%x", two_bytes(p + 12), two_bytes(p + 14));
    if (bytes.n == 16)
        return tm_arena_copy(arena, tm_text_of(inet_ntop(AF_INET6, p, room, sizeof room)));
    tm_buf out = {.arena = arena};
    tm_buf_add_char(&out, '?');
    tm_buf_add_hex(&out, bytes);
    return tm_buf_text(&out);
}

/* ---- values of tags -------------------------------------------------------------------------- */

static size_t digits(tm_text text, size_t from)
{
    size_t n = from;
    while (n < text.n && tm_ascii_is_digit(text.p[n]))
        n++;
    return n - from;
}

/* Without zeros in front, which numbers of JSON have not. */
static tm_text without_zeros(tm_arena *arena, tm_text text)
{
    size_t sign = text.p[0] == '-', at = sign;
    while (at + 1 < text.n && text.p[at] == '0' && tm_ascii_is_digit(text.p[at + 1]))
        at++;
    return at == sign ? text
                      : tm_arena_join(arena, tm_text_slice(text.p, sign), tm_text_skip(text, at));
}

/* One that does not fit becomes the nearest that does. */
static tm_value int_of(tm_text text)
{
    int64_t integer;
    if (tm_number_int(text, &integer))
        return tm_int(integer);
    return tm_int(text.p[0] == '-' ? INT64_MIN : INT64_MAX);
}

tm_value tm_zipkin_value(tm_zipkin *z, tm_text text)
{
    if (!z->options->parse_string_tags || !text.n)
        return tm_string(text);
    if (tm_text_is(text, "true") || tm_text_is(text, "false"))
        return tm_bool(text.n == 4);
    size_t sign = text.p[0] == '-', whole = digits(text, sign), at = sign + whole;
    if (!whole)
        return tm_string(text);
    if (at == text.n)
        return int_of(without_zeros(z->scratch, text));
    double number;
    size_t behind = text.p[at] == '.' ? digits(text, at + 1) : 0;
    if (behind && at + 1 + behind == text.n &&
        tm_number_double(without_zeros(z->scratch, text), &number))
        return tm_double(number);
    return tm_string(text);
}
