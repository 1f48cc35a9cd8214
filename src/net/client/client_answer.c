/* Answer: status precedence of gRPC over HTTP/2.
 * SPDX-License-Identifier: Apache-2.0 */
#include "net/client/client_answer.h"

#include "net/grpc_messages.h"

#include <stdio.h>

enum {
    TM_ANSWER_KEPT_BYTES = 64 << 10, /* of a body's block between two calls */
    TM_ANSWER_CODE_MOST = 16,
};

void tm_answer_init(tm_client_answer *answer, const tm_heap *heap)
{
    *answer = (tm_client_answer){.grpc_status = -1,
                                 .message = {.heap = heap},
                                 .details = {.heap = heap},
                                 .body = {.heap = heap},
                                 .plain = {.heap = heap}};
}

static tm_bytes emptied(tm_bytes b)
{
    if (b.room > TM_ANSWER_KEPT_BYTES)
        tm_bytes_free(&b);
    b.n = 0;
    return b;
}

void tm_answer_reset(tm_client_answer *answer)
{
    *answer = (tm_client_answer){.grpc_status = -1,
                                 .message = emptied(answer->message),
                                 .details = emptied(answer->details),
                                 .body = emptied(answer->body),
                                 .plain = emptied(answer->plain)};
}

void tm_answer_free(tm_client_answer *answer)
{
    tm_bytes_free(&answer->message);
    tm_bytes_free(&answer->details);
    tm_bytes_free(&answer->body);
    tm_bytes_free(&answer->plain);
}

/* Notes what is wrong; false, so that a caller can report and fail in one statement. */
static bool fault(tm_client_answer *answer, tm_status_code code, const char *why)
{
    answer->fault = code;
    answer->message.n = 0;
    tm_bytes_add(&answer->message, tm_text_of(why));
    return false;
}

static bool no_memory(tm_client_answer *answer)
{
    return fault(answer, TM_STATUS_RESOURCE_EXHAUSTED, "out of memory for the answer");
}

/* A small decimal number; -1 for anything else. */
static int number(tm_text value)
{
    int n = 0;
    if (value.n == 0 || value.n > 3)
        return -1;
    for (size_t i = 0; i < value.n; i++) {
        if (value.p[i] < '0' || value.p[i] > '9')
            return -1;
        n = n * 10 + (value.p[i] - '0');
    }
    return n;
}

static bool take_status(tm_client_answer *answer, tm_text value)
{
    int code = number(value);
    answer->grpc_status = code < 0 || code > TM_ANSWER_CODE_MOST ? TM_STATUS_UNKNOWN : code;
    return true;
}

static bool take_message(tm_client_answer *answer, tm_text value)
{
    answer->message.n = 0;
    return tm_grpc_message_read(value, &answer->message) || no_memory(answer);
}

/* Details that are no base64 are as good as none. */
static bool take_details(tm_client_answer *answer, tm_text value)
{
    answer->details.n = 0;
    if (!tm_bytes_add_from_base64(&answer->details, value))
        answer->details.n = 0;
    return true;
}

static bool take_http_status(tm_client_answer *answer, tm_text value)
{
    answer->http_status = number(value);
    answer->is_grpc = false;
    return true;
}

static bool take_type(tm_client_answer *answer, tm_text value)
{
    answer->is_grpc = tm_grpc_type_of(value) != TM_GRPC_TYPE_NONE;
    return true;
}

static bool take_coding(tm_client_answer *answer, tm_text value)
{
    answer->bad_coding = !tm_coding_find(TM_NAMES_GRPC, value, &answer->coding);
    return true;
}

bool tm_answer_field(tm_client_answer *answer, tm_text name, tm_text value, bool last)
{
    static const struct {
        const char *name;
        bool at_end; /* counts only where the stream ends */
        bool (*take)(tm_client_answer *answer, tm_text value);
    } fields[] = {
        {":status", false, take_http_status},  {"content-type", false, take_type},
        {"grpc-encoding", false, take_coding}, {"grpc-status", true, take_status},
        {"grpc-message", true, take_message},  {"grpc-status-details-bin", true, take_details},
    };
    answer->field_bytes += name.n + value.n + 32;
    if (++answer->fields > TM_ANSWER_FIELD_MOST || answer->field_bytes > TM_ANSWER_FIELD_BYTES_MOST)
        return fault(answer, TM_STATUS_INTERNAL, "the answer's headers are too large");
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (tm_text_is(name, fields[i].name))
            return (fields[i].at_end && !last) || fields[i].take(answer, value);
    return true;
}

bool tm_answer_data(tm_client_answer *answer, tm_text bytes)
{
    /* What is no gRPC is judged by its HTTP status alone. */
    if (answer->http_status != 200 || !answer->is_grpc)
        return true;
    for (tm_text part;;) {
        switch (tm_grpc_next(&answer->frame, &bytes, &part)) {
        case TM_GRPC_MORE:
            return true;
        case TM_GRPC_BAD:
            return fault(answer, TM_STATUS_INTERNAL, "the answer is not framed as gRPC");
        case TM_GRPC_BEGIN:
            if (++answer->messages > 1)
                return fault(answer, TM_STATUS_INTERNAL, "more than one message in the answer");
            if (answer->frame.length > TM_CLIENT_ANSWER_MAX)
                return fault(answer, TM_STATUS_RESOURCE_EXHAUSTED, "the answer exceeds 4 MiB");
            break;
        case TM_GRPC_PART:
            if (!tm_bytes_add(&answer->body, part))
                return no_memory(answer);
            break;
        }
    }
}

/* The message of an answer that is OK. One without any message is let through: the server has taken
 * the data, and calling that a failure would only send or drop them once more. */
static bool open_body(tm_client_answer *answer, tm_inflater **inflater, tm_text *body)
{
    *body = tm_bytes_text(&answer->body);
    if (answer->frame.have > 0)
        return fault(answer, TM_STATUS_INTERNAL, "the answer ends within a message");
    if (!answer->frame.compressed)
        return true;
    if (answer->bad_coding || answer->coding == TM_CODING_IDENTITY)
        return fault(answer, TM_STATUS_INTERNAL, "the answer is compressed in an unknown way");
    if (!*inflater && !(*inflater = tm_inflater_new(answer->body.heap)))
        return no_memory(answer);
    switch (tm_inflate(*inflater, answer->coding, *body, TM_CLIENT_ANSWER_MAX, &answer->plain)) {
    case TM_INFLATE_OK:
        *body = tm_bytes_text(&answer->plain);
        return true;
    case TM_INFLATE_TOO_LARGE:
        return fault(answer, TM_STATUS_RESOURCE_EXHAUSTED, "the answer exceeds 4 MiB");
    case TM_INFLATE_MEMORY:
        return no_memory(answer);
    case TM_INFLATE_MORE:
    case TM_INFLATE_CORRUPT:
        break;
    }
    return fault(answer, TM_STATUS_INTERNAL, "the answer's compression is corrupt");
}

/* No grpc-status: by the HTTP status (GC-02). A gRPC answer that just ends is a transport's
 * failure. */
static void judge_http(tm_client_answer *answer, tm_call_result *result)
{
    char text[64];
    result->code = tm_status_of_http(answer->http_status);
    snprintf(text, sizeof text, "HTTP status %d and no gRPC status", answer->http_status);
    if (answer->http_status == 200 && answer->is_grpc) {
        result->code = TM_STATUS_UNAVAILABLE;
        result->transport = true;
        snprintf(text, sizeof text, "the answer ended without a status");
    }
    answer->message.n = 0;
    tm_bytes_add(&answer->message, tm_text_of(text));
}

tm_call_result tm_answer_result(tm_client_answer *answer, tm_inflater **inflater)
{
    tm_call_result result = {.code = (tm_status_code)answer->grpc_status, .retry_delay_ms = -1};
    if (answer->fault == TM_STATUS_OK && answer->grpc_status < 0)
        judge_http(answer, &result);
    else if (answer->fault == TM_STATUS_OK && result.code == TM_STATUS_OK)
        open_body(answer, inflater, &result.body);
    if (answer->fault != TM_STATUS_OK) {
        result.code = answer->fault;
        result.body = tm_text_slice("", 0);
    } else if (answer->grpc_status > 0) {
        result.retry_delay_ms =
            tm_messages_retry_delay_ms(tm_bytes_text(&answer->details), answer->details.heap);
    }
    result.message = tm_bytes_text(&answer->message);
    result.again =
        result.transport || tm_grpc_is_retryable(result.code, result.retry_delay_ms >= 0);
    return result;
}
