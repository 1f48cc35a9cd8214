/* Zipkin, v1 status: as the Collector's receiver finds it.
 * SPDX-License-Identifier: Apache-2.0 */
#include "translate/zipkin_v1_status.h"

#include "base/ascii.h"

/* A sign may stand in front, and zeros. What is far above 32 bits is no code. */
static bool read_digits(tm_text text, int64_t *out)
{
    int64_t n = 0;
    size_t at = text.n && (text.p[0] == '-' || text.p[0] == '+');
    if (at == text.n)
        return false;
    for (; at < text.n; at++) {
        if (!tm_ascii_is_digit(text.p[at]) || n > INT32_MAX)
            return false;
        n = n * 10 + (text.p[at] - '0');
    }
    *out = text.p[0] == '-' ? -n : n;
    return true;
}

/* A code in an int or in a text of digits. */
static bool read_code(tm_value value, int64_t *code)
{
    if (value.type == TM_INT)
        *code = value.integer;
    else if (value.type != TM_STRING || !read_digits(tm_value_text(value), code))
        return false;
    return *code >= INT32_MIN && *code <= INT32_MAX;
}

static tm_text text_of(tm_value value)
{
    return value.type == TM_STRING ? tm_value_text(value) : (tm_text){0};
}

static void note(tm_zipkin_v1_source *source, int64_t code)
{
    source->told = true;
    source->code = (int32_t)code;
}

bool tm_zipkin_v1_status_takes(tm_zipkin_v1_status *s, tm_text key, tm_value value)
{
    int64_t code;
    if (tm_text_is(key, "error")) {
        s->failed = true;
    } else if (tm_text_is(key, "census.status_code")) {
        if (read_code(value, &code))
            note(&s->census, code ? TM_STATUS_ERROR : TM_STATUS_OK);
    } else if (tm_text_is(key, "census.status_description") ||
               tm_text_is(key, "opencensus.status_description")) {
        s->census.message = text_of(value);
    } else if (tm_text_is(key, "otel.status_code")) {
        if (read_code(value, &code))
            note(&s->own, code);
    } else if (tm_text_is(key, "otel.status_description")) {
        s->own.message = text_of(value);
    } else {
        if (tm_text_is(key, "http.status_message"))
            s->http.message = text_of(value);
        else if ((tm_text_is(key, "http.status_code") ||
                  tm_text_is(key, "http.response.status_code")) &&
                 read_code(value, &code))
            note(&s->http, code >= 100 && code < 400 ? 0 : TM_STATUS_ERROR);
        return false;
    }
    return true;
}

void tm_zipkin_v1_status_tell(const tm_zipkin_v1_status *s, tm_span_draft *span)
{
    const tm_zipkin_v1_source failed = {.told = s->failed,
                                        .code = TM_STATUS_ERROR,
                                        .message = s->census.message.n ? s->census.message
                                                                       : s->own.message};
    const tm_zipkin_v1_source *sources[] = {&s->census, &s->own, &failed, &s->http};
    for (size_t i = 0; i < sizeof sources / sizeof *sources; i++)
        if (sources[i]->told) {
            span->status_code = (uint32_t)sources[i]->code;
            span->status_message = sources[i]->message;
            return;
        }
}
