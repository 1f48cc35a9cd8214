/* HTTP/2 answers: header fields, bodies and trailers for nghttp2. Apart from http2.c only because a
 * file would be too long with both.
 * SPDX-License-Identifier: Apache-2.0 */
#include "net/http2/http2.h"

#include "net/server_call.h"
#include "net/listener.h"

#include <nghttp2/nghttp2.h>
#include <stdio.h>

enum { ANSWER_FIELDS = 8 };

static nghttp2_nv field(const char *name, tm_text value)
{
    return (nghttp2_nv){
        .name = (uint8_t *)name,
        .namelen = strlen(name),
        .value = (uint8_t *)value.p,
        .valuelen = value.n,
        .flags = NGHTTP2_NV_FLAG_NO_COPY_NAME,
    };
}

static ssize_t read_answer(nghttp2_session *session, int32_t stream_id, uint8_t *buf, size_t room,
                           uint32_t *flags, nghttp2_data_source *source, void *argument)
{
    (void)argument;
    tm_server_call *call = source->ptr;
    size_t left = call->out.n - call->sent;
    size_t n = left < room ? left : room;
    memcpy(buf, call->out.p + call->sent, n);
    call->sent += n;
    if (n < left)
        return (ssize_t)n;
    *flags |= NGHTTP2_DATA_FLAG_EOF;
    if (call->out_grpc) {
        nghttp2_nv trailer = field("grpc-status", TM_TEXT("0"));
        *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
        nghttp2_submit_trailer(session, stream_id, &trailer, 1);
    }
    return (ssize_t)n;
}

/* Hands an answer to nghttp2, which copies the fields; the body is in call->out, if there is
 * one. */
static void submit(tm_http2 *h, tm_server_call *call, const nghttp2_nv *fields, size_t count)
{
    nghttp2_data_provider body = {.source.ptr = call, .read_callback = read_answer};
    if (nghttp2_submit_response(h->session, call->stream_id, fields, count,
                                call->out.n ? &body : NULL) != 0)
        h->conn->doomed = true; /* out of memory */
}

static void answer_grpc_ok(tm_http2 *h, tm_server_call *call, tm_text message)
{
    uint8_t head[TM_GRPC_HEAD_BYTES];
    nghttp2_nv fields[] = {field(":status", TM_TEXT("200")),
                           field("content-type", TM_TEXT("application/grpc"))};
    tm_grpc_head(head, false, (uint32_t)message.n);
    call->out_grpc = true;
    if (!tm_bytes_add(&call->out, tm_text_slice(head, sizeof head)) ||
        !tm_bytes_add(&call->out, message))
        h->conn->doomed = true;
    submit(h, call, fields, 2);
}

/* GS-21: trailers only. */
static void answer_grpc_error(tm_http2 *h, tm_server_call *call, const tm_answer *answer)
{
    char number[12];
    nghttp2_nv fields[ANSWER_FIELDS];
    size_t n = 0;
    tm_bytes text = {.heap = h->conn->worker->heap}, status = text, details = text;
    snprintf(number, sizeof number, "%d", (int)answer->status.code);
    fields[n++] = field(":status", TM_TEXT("200"));
    fields[n++] = field("content-type", TM_TEXT("application/grpc"));
    fields[n++] = field("grpc-status", tm_text_of(number));
    if (tm_grpc_message_add(answer->status.message, &text) && text.n)
        fields[n++] = field("grpc-message", tm_bytes_text(&text));
    if (answer->list_codings)
        fields[n++] = field("grpc-accept-encoding", tm_text_of(tm_coding_list(TM_NAMES_GRPC)));
    if (answer->status.retry_after_ms && tm_status_protobuf(&answer->status, &status) &&
        tm_bytes_add_base64(&details, tm_bytes_text(&status)))
        fields[n++] = field("grpc-status-details-bin", tm_bytes_text(&details));
    submit(h, call, fields, n);
    tm_bytes_free(&text);
    tm_bytes_free(&status);
    tm_bytes_free(&details);
}

typedef struct field_list {
    nghttp2_nv *fields;
    size_t n;
} field_list;

static void add_extra(void *owner, tm_text name, tm_text value)
{
    field_list *list = owner;
    nghttp2_nv *added = &list->fields[list->n++];
    *added = field("", value);
    added->name = (uint8_t *)name.p;
    added->namelen = name.n;
    added->flags = NGHTTP2_NV_FLAG_NONE;
}

static void submit_http(tm_http2 *h, tm_server_call *call, const nghttp2_nv *own, size_t own_count)
{
    const tm_heap *heap = h->conn->worker->heap;
    size_t extras = tm_listener_settings(h->conn->listener)->header_count + TM_CALL_EXTRAS;
    field_list list = {.fields = tm_heap_alloc(heap, (own_count + extras) * sizeof(nghttp2_nv))};
    if (!list.fields) {
        h->conn->doomed = true;
        return;
    }
    memcpy(list.fields, own, own_count * sizeof *own);
    list.n = own_count;
    tm_call_extras(call, add_extra, &list);
    submit(h, call, list.fields, list.n);
    tm_heap_free(heap, list.fields);
}

static void answer_http(tm_http2 *h, tm_server_call *call, const tm_answer *answer)
{
    char status[12], length[24], retry[24];
    nghttp2_nv fields[ANSWER_FIELDS];
    size_t n = 0;
    snprintf(status, sizeof status, "%d", answer->http_status);
    snprintf(length, sizeof length, "%zu", answer->body.n);
    snprintf(retry, sizeof retry, "%llu", (unsigned long long)answer->retry_after_s);
    fields[n++] = field(":status", tm_text_of(status));
    if (answer->content_type.n)
        fields[n++] = field("content-type", answer->content_type);
    if (answer->http_status != 204)
        fields[n++] = field("content-length", tm_text_of(length));
    if (answer->allow.n)
        fields[n++] = field("allow", answer->allow);
    if (answer->list_codings)
        fields[n++] = field("accept-encoding", tm_text_of(tm_coding_list(TM_NAMES_HTTP)));
    if (answer->retry_after_s)
        fields[n++] = field("retry-after", tm_text_of(retry));
    if (!call->head_method && !tm_bytes_add(&call->out, answer->body))
        h->conn->doomed = true;
    submit_http(h, call, fields, n);
}

void tm_http2_answer(tm_server_call *call, const tm_answer *answer)
{
    tm_http2 *h = call->conn->session;
    if (!answer->grpc)
        answer_http(h, call, answer);
    else if (answer->status.code == TM_STATUS_OK)
        answer_grpc_ok(h, call, answer->body);
    else
        answer_grpc_error(h, call, answer);
}
