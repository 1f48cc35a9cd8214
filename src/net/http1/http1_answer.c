/* HTTP/1.1 answers: status line, fields, body.
 * SPDX-License-Identifier: Apache-2.0 */
#include "net/http1/http1.h"

#include "base/ascii.h"
#include "net/server_call.h"

#include <stdio.h>

static const struct {
    int status;
    const char *reason;
} reasons[] = {
    {200, "OK"},
    {202, "Accepted"},
    {204, "No Content"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {408, "Request Timeout"},
    {413, "Content Too Large"},
    {415, "Unsupported Media Type"},
    {417, "Expectation Failed"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {503, "Service Unavailable"},
    {505, "HTTP Version Not Supported"},
};

static const char *reason_of(int status)
{
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
        if (reasons[i].status == status)
            return reasons[i].reason;
    return "Unknown";
}

/* An answer that is being written; fits: there was memory for all of it so far. */
typedef struct writing {
    tm_bytes *out;
    bool fits;
} writing;

static void add(writing *w, tm_text bytes)
{
    w->fits = w->fits && tm_bytes_add(w->out, bytes);
}

static void add_field(writing *w, const char *name, tm_text value)
{
    add(w, TM_TEXT("\r\n"));
    add(w, tm_text_of(name));
    add(w, TM_TEXT(": "));
    add(w, value);
}

/* "access-control-max-age" as "Access-Control-Max-Age", which is how Go writes it. */
static void add_extra(void *owner, tm_text name, tm_text value)
{
    writing *w = owner;
    add(w, TM_TEXT("\r\n"));
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];
        bool first = i == 0 || name.p[i - 1] == '-';
        c = first ? tm_ascii_upper(c) : c;
        add(w, tm_text_slice(&c, 1));
    }
    add(w, TM_TEXT(": "));
    add(w, value);
}

static void add_number(writing *w, const char *name, uint64_t value)
{
    char text[24];
    snprintf(text, sizeof text, "%llu", (unsigned long long)value);
    add_field(w, name, tm_text_of(text));
}

static void add_status(writing *w, int status)
{
    char line[96];
    int n = snprintf(line, sizeof line, "HTTP/1.1 %d %s", status, reason_of(status));
    add(w, tm_text_slice(line, (size_t)n));
}

bool tm_http1_write(tm_conn *conn, const tm_server_call *call, const tm_answer *answer,
                    tm_http1_form form)
{
    writing w = {.out = &conn->out, .fits = true};
    bool nothing = answer->http_status == 204;
    add_status(&w, answer->http_status);
    add_field(&w, "Date", tm_worker_date(conn->worker));
    if (!nothing)
        add_number(&w, "Content-Length", answer->body.n);
    if (answer->content_type.n)
        add_field(&w, "Content-Type", answer->content_type);
    if (answer->allow.n)
        add_field(&w, "Allow", answer->allow);
    if (answer->list_codings)
        add_field(&w, "Accept-Encoding", tm_text_of(tm_coding_list(TM_NAMES_HTTP)));
    if (answer->retry_after_s)
        add_number(&w, "Retry-After", answer->retry_after_s);
    if (call)
        tm_call_extras(call, add_extra, &w);
    if (!form.keep_alive)
        add_field(&w, "Connection", TM_TEXT("close"));
    else if (form.minor == 0)
        add_field(&w, "Connection", TM_TEXT("keep-alive"));
    add(&w, TM_TEXT("\r\n\r\n"));
    if (!form.bare)
        add(&w, answer->body);
    return w.fits;
}
