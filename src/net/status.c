/* Status: names and numbers of codes, google.rpc.Status in both encodings.
 * SPDX-License-Identifier: Apache-2.0 */
#include "net/status.h"

#include "base/utf8.h"
#include "net/grpc_messages.h"

#include <stdio.h>

typedef struct status_row {
    const char *name;
    int http;
} status_row;

static const status_row rows[] = {
#define STATUS(name, number, http) [number] = {#name, http},
#include "net/status.def"
};

enum { ROWS = sizeof rows / sizeof *rows };

const char *tm_status_name(tm_status_code code)
{
    return (unsigned)code < ROWS ? rows[code].name : "UNKNOWN";
}

int tm_status_http(tm_status_code code)
{
    return (unsigned)code < ROWS ? rows[code].http : 500;
}

tm_status_code tm_status_of_http(int http_status)
{
    switch (http_status) {
    case 400:
    case 431:
        return TM_STATUS_INTERNAL;
    case 401:
        return TM_STATUS_UNAUTHENTICATED;
    case 403:
        return TM_STATUS_PERMISSION_DENIED;
    case 404:
        return TM_STATUS_UNIMPLEMENTED;
    case 429:
    case 502:
    case 503:
    case 504:
        return TM_STATUS_UNAVAILABLE;
    default:
        return TM_STATUS_UNKNOWN;
    }
}

/* The text with U+FFFD for each bad byte, escaped for JSON when `json`. */
static bool add_mended(tm_text t, bool json, tm_bytes *out)
{
    while (t.n > 0) {
        size_t width;
        uint32_t rune = tm_utf8_next(t, &width);
        char escape[8];
        tm_text add = tm_text_slice(t.p, width);
        if (rune == 0xfffd && width == 1)
            add = TM_TEXT("\xEF\xBF\xBD");
        else if (json && (rune < 0x20 || rune == 0x7f || rune == '"' || rune == '\\'))
            add = tm_text_slice(escape, (size_t)snprintf(escape, sizeof escape, "\\u%04x", rune));
        if (!tm_bytes_add(out, add))
            return false;
        t = tm_text_skip(t, width);
    }
    return true;
}

bool tm_status_protobuf(const tm_status *status, tm_bytes *out)
{
    tm_bytes message = {.heap = out->heap};
    tm_status mended = *status;
    bool fits = add_mended(status->message, false, &message);
    mended.message = tm_bytes_text(&message);
    fits = fits && tm_messages_add_status(&mended, out);
    tm_bytes_free(&message);
    return fits;
}

bool tm_status_json(const tm_status *status, tm_bytes *out)
{
    char head[48], tail[160] = "\"}";
    snprintf(head, sizeof head, "{\"code\":%d,\"message\":\"", (int)status->code);
    if (status->retry_after_ms)
        snprintf(tail, sizeof tail,
                 "\",\"details\":[{\"@type\":\"" TM_RETRY_INFO_TYPE
                 "\",\"retryDelay\":\"%llu.%03us\"}]}",
                 (unsigned long long)(status->retry_after_ms / 1000),
                 (unsigned)(status->retry_after_ms % 1000));
    return tm_bytes_add(out, tm_text_of(head)) && add_mended(status->message, true, out) &&
           tm_bytes_add(out, tm_text_of(tail));
}
