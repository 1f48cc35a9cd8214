/* Frames: which framing a recording has.
 * SPDX-License-Identifier: Apache-2.0 */
#include "recording/frames.h"

enum { TELLING_BYTES = 64 }; /* more than three lengths and what they stand behind take */

tm_frame tm_frame_fault(tm_frame_data *d, size_t wrong, const char *what)
{
    d->wrong = wrong;
    d->what = what;
    d->cut = false;
    return TM_FRAME_FAULT;
}

tm_frame tm_frame_cut(tm_frame_data *d, const char *what)
{
    size_t wrong = d->at;
    d->at = d->bytes.n;
    tm_frame_fault(d, wrong, what);
    d->cut = true;
    return TM_FRAME_FAULT;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* The first byte that is no white space; a byte order mark counts as some. */
static size_t first_byte(tm_text bytes)
{
    size_t at = tm_text_starts(bytes, TM_TEXT("\xef\xbb\xbf")) ? 3 : 0;
    while (at < bytes.n && is_space(bytes.p[at]))
        at++;
    return at;
}

static tm_frame tell(tm_frames *f, tm_frame_data *d)
{
    size_t first = first_byte(d->bytes);
    if (first < d->bytes.n && (d->bytes.p[first] == '{' || d->bytes.p[first] == '[')) {
        f->framing = TM_FRAMING_JSON;
        d->at = first;
        return TM_FRAME_PAST;
    }
    if ((d->bytes.n < TELLING_BYTES || first == d->bytes.n) && !d->last)
        return TM_FRAME_MORE;
    if (first == d->bytes.n) { /* white space alone is nothing */
        f->framing = TM_FRAMING_OVER;
        d->at = first;
        return TM_FRAME_PAST;
    }
    f->framing = tm_frames_tell_protobuf(d->bytes);
    if (f->framing != TM_FRAMING_UNKNOWN)
        return TM_FRAME_PAST;
    f->framing = TM_FRAMING_OVER;
    d->at = d->bytes.n;
    return tm_frame_fault(d, 0, "these are no recorded spans: neither JSON nor OTLP");
}

tm_frame tm_frames_next(tm_frames *f, tm_frame_data *d)
{
    if (d->at == d->bytes.n && d->last && !f->inside && f->place == TM_JSON_AT_TOP)
        return TM_FRAME_END;
    switch (f->framing) {
    case TM_FRAMING_UNKNOWN:
        return tell(f, d);
    case TM_FRAMING_JSON:
        return tm_frames_next_json(f, d);
    case TM_FRAMING_OVER:
        return TM_FRAME_END;
    default:
        return tm_frames_next_protobuf(f, d);
    }
}
