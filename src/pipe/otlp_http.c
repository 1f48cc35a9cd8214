/* OTLP/HTTP: URLs, statuses, and bodies of answers as protobuf or JSON.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pipe/otlp_http.h"

#include "base/json.h"
#include "base/number.h"
#include "net/grpc_messages.h"
#include "net/http_client/retry_after.h"
#include "otlp/service.h"

tm_text tm_otlp_http_url(tm_arena *arena, const tm_http_exporter_settings *settings)
{
    tm_text url = settings->endpoint.text;
    if (settings->traces_endpoint.text.n)
        return settings->traces_endpoint.text;
    return tm_arena_print(arena, "%.*s%sv1/traces", TM_PRI(url),
                          tm_text_ends(url, TM_TEXT("/")) ? "" : "/");
}

bool tm_otlp_http_takes_header(tm_text name)
{
    static const char *const OWN[] = {
        "connection", "content-encoding",  "content-length", "content-type",
        "expect",     "http2-settings",    "keep-alive",     "proxy-connection",
        "te",         "transfer-encoding", "trailer",        "upgrade",
    };
    for (size_t i = 0; i < sizeof OWN / sizeof *OWN; i++)
        if (tm_text_same_word(name, tm_text_of(OWN[i])))
            return false;
    return true;
}

/* ---- bodies ---------------------------------------------------------------------------------- */

/* What a body tells; the message is that of a partial success or of a google.rpc.Status. */
typedef struct told {
    int64_t rejected_spans;
    tm_text message;
} told;

static void read_number(tm_json *json, tm_json_event event, int64_t *out)
{
    if (event == TM_JSON_NUMBER || event == TM_JSON_STRING)
        (void)tm_number_int(json->text, out); /* numbers of 64 bits are strings */
    else
        (void)tm_json_skip(json, event);
}

static void read_text(tm_json *json, tm_json_event event, tm_text *out)
{
    if (event == TM_JSON_STRING)
        *out = json->text;
    else
        (void)tm_json_skip(json, event);
}

static void read_partial_success(tm_json *json, tm_json_event event, told *out)
{
    if (event != TM_JSON_OBJECT) {
        (void)tm_json_skip(json, event);
        return;
    }
    while (tm_json_next(json) == TM_JSON_KEY) {
        tm_text key = json->text;
        event = tm_json_next(json);
        if (tm_text_is(key, "rejectedSpans") || tm_text_is(key, "rejected_spans"))
            read_number(json, event, &out->rejected_spans);
        else if (tm_text_is(key, "errorMessage") || tm_text_is(key, "error_message"))
            read_text(json, event, &out->message);
        else
            (void)tm_json_skip(json, event);
    }
}

static told read_json(tm_arena *arena, tm_text body)
{
    tm_json json;
    told out = {.message = TM_TEXT("")};
    tm_json_init(&json, arena, body, 0, 0);
    if (tm_json_next(&json) != TM_JSON_OBJECT)
        return out;
    while (tm_json_next(&json) == TM_JSON_KEY) {
        tm_text key = json.text;
        tm_json_event event = tm_json_next(&json);
        if (tm_text_is(key, "message"))
            read_text(&json, event, &out.message);
        else if (tm_text_is(key, "partialSuccess") || tm_text_is(key, "partial_success"))
            read_partial_success(&json, event, &out);
        else
            (void)tm_json_skip(&json, event);
    }
    return out;
}

static told read_protobuf(tm_arena *arena, tm_text body, bool success)
{
    told out = {.message = TM_TEXT("")};
    tm_export_response response;
    if (!success)
        out.message = tm_messages_status_text(arena, body);
    else if (tm_export_response_read(arena, body, &response))
        out = (told){response.rejected_spans, response.error_message};
    return out;
}

/* By its content type, whose parameters do not matter; of a text for people the first line. */
static told read_body(tm_arena *arena, const tm_http_answer *answer, bool success)
{
    tm_text parameters = answer->content_type, type = TM_TEXT(""), line = TM_TEXT("");
    tm_text body = answer->body;
    if (parameters.n)
        tm_text_next(&parameters, ';', &type);
    type = tm_text_trim(type);
    if (tm_text_same_word(type, TM_TEXT("application/x-protobuf")))
        return read_protobuf(arena, body, success);
    if (tm_text_same_word(type, TM_TEXT("application/json")))
        return read_json(arena, body);
    if (!success && tm_text_same_word(type, TM_TEXT("text/plain")) && body.n)
        tm_text_next(&body, '\n', &line);
    return (told){.message = tm_text_trim(line)};
}

/* ---- answers --------------------------------------------------------------------------------- */

static bool is_retryable(int status)
{
    return status == 429 || status == 502 || status == 503 || status == 504;
}

/* As gRPC has it, but that a bad request is our fault. */
static tm_status_code code_of(int status)
{
    return status == 400 ? TM_STATUS_INVALID_ARGUMENT : tm_status_of_http(status);
}

static tm_sent without_answer(tm_arena *arena, const tm_http_answer *answer)
{
    return (tm_sent){.code =
                         answer->too_large ? TM_STATUS_RESOURCE_EXHAUSTED : TM_STATUS_UNAVAILABLE,
                     .message = tm_arena_copy(arena, tm_text_of(answer->why)),
                     .retry_delay_ms = -1,
                     .again = !answer->too_large};
}

tm_sent tm_otlp_http_sent(tm_arena *arena, const tm_http_answer *answer, uint64_t spans,
                          uint64_t now_ms)
{
    const int status = answer->status;
    if (!status)
        return without_answer(arena, answer);
    const bool success = status >= 200 && status <= 299;
    const told said = read_body(arena, answer, success);
    tm_sent sent = {.code = TM_STATUS_OK, .message = said.message, .retry_delay_ms = -1};
    if (success) {
        const uint64_t rejected = said.rejected_spans > 0 ? (uint64_t)said.rejected_spans : 0;
        sent.rejected = rejected < spans ? rejected : spans;
        return sent;
    }
    sent.code = code_of(status);
    sent.again = is_retryable(status);
    if (sent.again && answer->retry_after.n)
        sent.retry_delay_ms = tm_retry_after_ms(answer->retry_after, now_ms);
    sent.message = tm_arena_print(arena, "the server answered %d%s%s%.*s", status,
                                  status / 100 == 3 ? ", redirects are not followed" : "",
                                  said.message.n ? ": " : "", TM_PRI(said.message));
    return sent;
}
