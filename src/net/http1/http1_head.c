/* HTTP/1.1 heads: what the fields mean together. Chunked bodies.
 * SPDX-License-Identifier: Apache-2.0 */
#include "net/http1/http1_head.h"

#include "base/hex.h"

#include <assert.h>

#define FAULT(status, reason) ((tm_http1_fault){(status), (reason)})

/* Which fields have come that may come once only. */
typedef struct seen_fields {
    bool host;
    bool length;
    bool coding;
    bool type;
    bool expect;
    bool close;
    bool keep_alive;
} seen_fields;

ptrdiff_t tm_http1_head_find(tm_text bytes, size_t *seen)
{
    while (*seen < bytes.n) {
        const char *from = bytes.p + *seen;
        const char *lf = memchr(from, '\n', bytes.n - *seen);
        if (!lf) {
            *seen = bytes.n;
            return 0;
        }
        size_t at = (size_t)(lf - bytes.p);
        if (at == 0 || lf[-1] != '\r')
            return -1;
        *seen = at + 1;
        if (at >= 3 && lf[-2] == '\n')
            return (ptrdiff_t)at + 1;
    }
    return 0;
}

static bool read_length(tm_text value, uint64_t *length)
{
    if (value.n == 0 || value.n > 19)
        return false;
    *length = 0;
    for (size_t i = 0; i < value.n; i++) {
        if (value.p[i] < '0' || value.p[i] > '9')
            return false;
        *length = *length * 10 + (uint64_t)(value.p[i] - '0');
    }
    return true;
}

static void read_connection(tm_text value, seen_fields *seen)
{
    for (tm_text part; tm_text_next(&value, ',', &part);) {
        part = tm_text_trim(part);
        seen->close |= tm_text_same_word(part, TM_TEXT("close"));
        seen->keep_alive |= tm_text_same_word(part, TM_TEXT("keep-alive"));
    }
}

static tm_http1_fault read_coding(tm_text value, tm_http1_head *head, seen_fields *seen)
{
    if (seen->coding)
        return FAULT(400, "two Transfer-Encoding fields");
    if (head->minor == 0)
        return FAULT(400, "Transfer-Encoding in HTTP/1.0");
    if (!tm_text_same_word(value, TM_TEXT("chunked")))
        return FAULT(501, "the only transfer coding is chunked");
    seen->coding = head->chunked = true;
    return FAULT(0, NULL);
}

static tm_http1_fault read_expect(tm_text value, tm_http1_head *head, seen_fields *seen)
{
    if (seen->expect || !tm_text_same_word(value, TM_TEXT("100-continue")))
        return FAULT(417, "the only expectation is 100-continue");
    seen->expect = true;
    head->expect_continue = head->minor > 0;
    return FAULT(0, NULL);
}

static tm_http1_fault read_field(tm_http1_name name, tm_text value, tm_http1_head *head,
                                 seen_fields *seen)
{
    switch (name) {
    case TM_HTTP1_HOST:
        if (seen->host)
            return FAULT(400, "two Host fields");
        seen->host = true;
        return tm_http1_lex_host(value) ? FAULT(0, NULL) : FAULT(400, "malformed Host");
    case TM_HTTP1_CONTENT_LENGTH:
        if (seen->length)
            return FAULT(400, "two Content-Length fields");
        seen->length = head->has_length = true;
        return read_length(value, &head->length) ? FAULT(0, NULL)
                                                 : FAULT(400, "malformed Content-Length");
    case TM_HTTP1_TRANSFER_ENCODING:
        return read_coding(value, head, seen);
    case TM_HTTP1_CONNECTION:
        read_connection(value, seen);
        return FAULT(0, NULL);
    case TM_HTTP1_EXPECT:
        return read_expect(value, head, seen);
    case TM_HTTP1_CONTENT_TYPE:
        if (seen->type)
            return FAULT(400, "two Content-Type fields");
        seen->type = true;
        head->content_type = value;
        return FAULT(0, NULL);
    case TM_HTTP1_CONTENT_ENCODING:
        head->content_encodings++;
        head->content_encoding = value;
        return FAULT(0, NULL);
    case TM_HTTP1_OTHER:
        break;
    }
    return FAULT(0, NULL);
}

/* What no field alone can tell. */
static tm_http1_fault judge(tm_http1_head *head, const seen_fields *seen)
{
    if (head->minor > 0 && !seen->host)
        return FAULT(400, "no Host field");
    if (seen->coding && seen->length)
        return FAULT(400, "both Content-Length and Transfer-Encoding");
    head->keep_alive = !seen->close && (head->minor > 0 || seen->keep_alive);
    return FAULT(0, NULL);
}

tm_http1_fault tm_http1_head_read(tm_text bytes, tm_http1_head *head)
{
    seen_fields seen = {.host = false};
    assert(tm_text_ends(bytes, TM_TEXT("\r\n\r\n")));
    head->keep_alive = head->chunked = head->expect_continue = head->has_length = false;
    head->length = 0;
    head->content_encodings = 0;
    head->content_type = head->content_encoding = tm_text_slice("", 0);
    head->field_count = 0;
    tm_http1_fault fault = tm_http1_lex_request(&bytes, head);
    while (!fault.status && bytes.n > 2) {
        tm_http1_name name;
        if (head->field_count == TM_HTTP1_FIELDS_MAX)
            return FAULT(431, "more than 1000 header fields");
        tm_http1_field *field = &head->fields[head->field_count++];
        if (!tm_http1_lex_field(&bytes, field, &name))
            return FAULT(400, "malformed header field");
        fault = read_field(name, field->value, head, &seen);
    }
    return fault.status ? fault : judge(head, &seen);
}

/* ---- chunks --------------------------------------------------------------------------------- */

enum {
    SIZE,      /* hex digits, then ';' or CR */
    EXTENSION, /* up to CR */
    SIZE_LF,   /* LF behind the size line */
    DATA,      /* left bytes */
    DATA_CR,   /* CR LF behind the data */
    DATA_LF,
    TRAILER,      /* first byte of a trailer line, or CR of the empty line */
    TRAILER_LINE, /* up to CR */
    TRAILER_LF,
    END_LF, /* LF of the empty line */
    OVER,
    BROKEN,
};

static bool is_text(uint8_t c)
{
    return c == '\t' || (c >= 0x20 && c != 0x7f);
}

static bool is_token(uint8_t c)
{
    return tm_ascii_is_digit((char)c) || tm_ascii_is_letter((char)c) ||
           (c != 0 && strchr("!#$%&'*+-.^_`|~", c));
}

static int after_size(tm_http1_chunks *chunks, uint8_t c)
{
    int digit = tm_hex_value((char)c);
    if (digit >= 0) {
        chunks->left = chunks->left << 4 | (uint64_t)digit;
        return ++chunks->digits <= 15 ? SIZE : BROKEN;
    }
    if (chunks->digits == 0)
        return BROKEN;
    chunks->line = 0;
    return c == ';' ? EXTENSION : c == '\r' ? SIZE_LF : BROKEN;
}

static int after_trailer(tm_http1_chunks *chunks, uint8_t c)
{
    if (++chunks->line > TM_HTTP1_TRAILER_MAX)
        return BROKEN;
    if (c == '\r')
        return chunks->named ? TRAILER_LF : BROKEN;
    if (chunks->named)
        return is_text(c) ? TRAILER_LINE : BROKEN;
    chunks->named = c == ':';
    return chunks->named || is_token(c) ? TRAILER_LINE : BROKEN;
}

/* The state behind a byte of framing. */
static int after(tm_http1_chunks *chunks, uint8_t c)
{
    switch (chunks->state) {
    case SIZE:
        return after_size(chunks, c);
    case EXTENSION:
        if (c == '\r')
            return SIZE_LF;
        return is_text(c) && ++chunks->line <= TM_HTTP1_EXTENSION_MAX ? EXTENSION : BROKEN;
    case SIZE_LF:
        chunks->digits = chunks->line = 0;
        return c != '\n' ? BROKEN : chunks->left ? DATA : TRAILER;
    case DATA_CR:
        return c == '\r' ? DATA_LF : BROKEN;
    case DATA_LF:
        return c == '\n' ? SIZE : BROKEN;
    case TRAILER:
        chunks->named = false;
        return c == '\r' ? END_LF : is_token(c) ? after_trailer(chunks, c) : BROKEN;
    case TRAILER_LINE:
        return after_trailer(chunks, c);
    case TRAILER_LF:
        return c == '\n' ? TRAILER : BROKEN;
    case END_LF:
        return c == '\n' ? OVER : BROKEN;
    default:
        return chunks->state;
    }
}

tm_http1_step tm_http1_chunk_next(tm_http1_chunks *chunks, tm_text *in, tm_text *part)
{
    while (chunks->state < OVER && in->n > 0) {
        if (chunks->state == DATA) {
            size_t n = in->n < chunks->left ? in->n : (size_t)chunks->left;
            *part = tm_text_slice(in->p, n);
            *in = tm_text_skip(*in, n);
            chunks->left -= n;
            if (chunks->left == 0)
                chunks->state = DATA_CR;
            return TM_HTTP1_PART;
        }
        chunks->state = after(chunks, (uint8_t)*in->p);
        *in = tm_text_skip(*in, 1);
    }
    return chunks->state == OVER     ? TM_HTTP1_DONE
           : chunks->state == BROKEN ? TM_HTTP1_BAD
                                     : TM_HTTP1_MORE;
}
