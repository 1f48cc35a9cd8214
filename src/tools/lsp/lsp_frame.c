/* LSP, frames: heads of lines, bodies of so many bytes.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/lsp/lsp_frame.h"

#include "base/write.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

enum { PIECE = 64 << 10, ROOM_KEPT = 1 << 20 };

static const char length_name[] = "Content-Length:";

/* ---- heads ----------------------------------------------------------------------------------- */

/* The number behind the name; false: it is none. More than there can be is UINT64_MAX. */
static bool read_length(tm_text value, uint64_t *length)
{
    value = tm_text_trim(value);
    *length = 0;
    for (size_t i = 0; i < value.n; i++) {
        if (value.p[i] < '0' || value.p[i] > '9')
            return false;
        const uint64_t digit = (uint64_t)(value.p[i] - '0');
        *length = *length > (UINT64_MAX - digit) / 10 ? UINT64_MAX : *length * 10 + digit;
    }
    return value.n > 0;
}

/* Lines up to an empty one; false: there is no length among them, or two. */
static bool read_head(tm_text head, uint64_t *length)
{
    const tm_text name = tm_text_of(length_name);
    unsigned found = 0;
    tm_text line;
    while (tm_text_next(&head, '\n', &line)) {
        line = tm_text_trim(line);
        if (line.n < name.n || !tm_text_same_word(tm_text_slice(line.p, name.n), name))
            continue;
        if (!read_length(tm_text_skip(line, name.n), length))
            return false;
        found++;
    }
    return found == 1;
}

/* Bytes of the head with its empty line; 0: its end has not come. */
static size_t head_end(tm_text bytes)
{
    const ptrdiff_t crlf = tm_text_find(bytes, TM_TEXT("\r\n\r\n"));
    const ptrdiff_t lf = tm_text_find(bytes, TM_TEXT("\n\n"));
    if (crlf < 0 && lf < 0)
        return 0;
    return lf < 0 || (crlf >= 0 && crlf < lf) ? (size_t)crlf + 4 : (size_t)lf + 2;
}

/* ---- what has been read ---------------------------------------------------------------------- */

/* Goes to the next Content-Length behind what is no frame; what may be the start of one stays. */
static void look_for_head(tm_lsp_input *in)
{
    const tm_text bytes = tm_bytes_text(&in->bytes);
    const ptrdiff_t at = tm_text_find(bytes, tm_text_of(length_name));
    const size_t name = sizeof length_name - 1;
    in->lost = at < 0;
    tm_bytes_skip(&in->bytes, at >= 0 ? (size_t)at : bytes.n > name ? bytes.n - name : 0);
}

static tm_lsp_frame lose(tm_lsp_input *in)
{
    in->lost = true;
    tm_bytes_skip(&in->bytes, 1);
    return TM_LSP_NO_FRAME;
}

/* Takes a message off the bytes that are there. */
static tm_lsp_frame take(tm_lsp_input *in, tm_text *body)
{
    uint64_t length;
    if (in->lost)
        look_for_head(in);
    if (in->lost)
        return TM_LSP_NOTHING;
    const tm_text bytes = tm_bytes_text(&in->bytes);
    const tm_text front =
        tm_text_slice(bytes.p, bytes.n < TM_LSP_HEAD_MOST ? bytes.n : TM_LSP_HEAD_MOST);
    const size_t head = head_end(front);
    if (!head)
        return bytes.n >= TM_LSP_HEAD_MOST ? lose(in) : TM_LSP_NOTHING;
    if (!read_head(tm_text_slice(bytes.p, head), &length))
        return lose(in);
    if (length > TM_LSP_MESSAGE_MOST) {
        tm_bytes_skip(&in->bytes, head);
        in->skip = length;
        return TM_LSP_TOO_LARGE;
    }
    if (bytes.n - head < length)
        return TM_LSP_NOTHING;
    *body = tm_text_slice(bytes.p + head, (size_t)length);
    in->taken = head + (size_t)length;
    return TM_LSP_MESSAGE;
}

static void skip_some(tm_lsp_input *in)
{
    const size_t n = in->skip < in->bytes.n ? (size_t)in->skip : in->bytes.n;
    tm_bytes_skip(&in->bytes, n);
    in->skip -= n;
}

/* ---- reading --------------------------------------------------------------------------------- */

static bool is_readable(const tm_lsp_input *in, int timeout_ms)
{
    struct pollfd p = {.fd = in->fd, .events = POLLIN};
    return poll(&p, 1, timeout_ms) > 0;
}

void tm_lsp_input_wait(const tm_lsp_input *in)
{
    is_readable(in, -1);
}

/* Out of memory: what has come of the message is forgotten, and its rest is no frame. */
static tm_lsp_frame forget(tm_lsp_input *in)
{
    tm_bytes_free(&in->bytes);
    in->lost = true;
    return TM_LSP_NO_MEMORY;
}

tm_lsp_frame tm_lsp_input_next(tm_lsp_input *in, tm_text *body)
{
    tm_bytes_skip(&in->bytes, in->taken);
    in->taken = 0;
    if (!in->bytes.n && in->bytes.room > ROOM_KEPT)
        tm_bytes_free(&in->bytes);
    for (;;) {
        skip_some(in);
        const tm_lsp_frame frame = in->skip ? TM_LSP_NOTHING : take(in, body);
        const bool told = in->told;
        in->told = frame == TM_LSP_NO_FRAME || (told && frame == TM_LSP_NOTHING);
        if (frame == TM_LSP_NO_FRAME && told)
            continue;
        if (frame != TM_LSP_NOTHING)
            return frame;
        if (in->ended)
            return TM_LSP_END;
        if (!is_readable(in, 0))
            return TM_LSP_NOTHING;
        if (!tm_bytes_reserve(&in->bytes, PIECE))
            return forget(in);
        const ssize_t n = read(in->fd, in->bytes.p + in->bytes.n, PIECE);
        if (n > 0)
            in->bytes.n += (size_t)n;
        else if (n == 0 || errno != EINTR)
            in->ended = true;
    }
}

void tm_lsp_input_free(tm_lsp_input *in)
{
    tm_bytes_free(&in->bytes);
}

/* ---- writing --------------------------------------------------------------------------------- */

bool tm_lsp_frame_write(int fd, tm_text body)
{
    char head[64];
    const int n = snprintf(head, sizeof head, "Content-Length: %zu\r\n\r\n", body.n);
    return tm_write_all(fd, tm_text_slice(head, (size_t)n)) == (size_t)n &&
           tm_write_all(fd, body) == body.n;
}
