/* Pieces: a growing list of slices.
 * SPDX-License-Identifier: Apache-2.0 */
#include "otlp/pieces.h"

#include "otlp/wire.h"

static void grow(tm_pieces *out)
{
    uint32_t room = out->room ? out->room * 2 : 64;
    out->piece = tm_arena_grow(out->arena, out->piece, out->room * sizeof *out->piece,
                               room * sizeof *out->piece);
    out->room = room;
}

static inline tm_piece *next_piece(tm_pieces *out)
{
    if (out->n == out->room)
        grow(out);
    return &out->piece[out->n++];
}

void tm_pieces_add(tm_pieces *out, tm_text text)
{
    if (text.n == 0)
        return;
    out->bytes += text.n;
    if (out->n) {
        tm_piece *last = &out->piece[out->n - 1];
        if (last->kind == TM_PIECE_PLAIN && last->text.p + last->text.n == text.p) {
            last->text.n += text.n;
            return;
        }
    }
    *next_piece(out) = (tm_piece){.text = text, .kind = TM_PIECE_PLAIN};
}

void tm_pieces_add_kind(tm_pieces *out, tm_text text, unsigned kind)
{
    out->bytes += text.n;
    *next_piece(out) = (tm_piece){.text = text, .kind = kind};
}

tm_pieces_mark tm_pieces_mark_here(const tm_pieces *out)
{
    return (tm_pieces_mark){.n = out->n, .bytes = out->bytes};
}

void tm_pieces_rewind(tm_pieces *out, tm_pieces_mark mark)
{
    out->n = mark.n;
    out->bytes = mark.bytes;
}

void tm_pieces_blank(tm_pieces *out, tm_pieces_mark mark, unsigned kind)
{
    for (uint32_t i = mark.n; i < out->n; i++) {
        if (out->piece[i].kind != kind)
            continue;
        out->bytes -= out->piece[i].text.n;
        out->piece[i].text.n = 0;
    }
}

/* Tag and length of a message are at most 5 and 10 bytes. */
enum { TM_HEADERS_AT_ONCE = 64, TM_HEADER_BYTES = 16 };

tm_pieces_mark tm_pieces_open(tm_pieces *out)
{
    tm_pieces_mark mark = tm_pieces_mark_here(out);
    tm_pieces_add_kind(out, TM_TEXT(""), TM_PIECE_HEADER);
    return mark;
}

static tm_text make_header(tm_pieces *out, uint32_t field_number, size_t body)
{
    if (out->headers == 0) {
        out->header = tm_arena_alloc(out->arena, TM_HEADERS_AT_ONCE * TM_HEADER_BYTES);
        out->headers = TM_HEADERS_AT_ONCE;
    }
    char *header = out->header;
    char *end = tm_wire_put_varint(header, tm_wire_tag(field_number, TM_WIRE_BYTES));
    end = tm_wire_put_varint(end, body);
    out->header += TM_HEADER_BYTES;
    out->headers--;
    return tm_text_slice(header, (size_t)(end - header));
}

void tm_pieces_close(tm_pieces *out, tm_pieces_mark opened, uint32_t field_number)
{
    tm_text header = make_header(out, field_number, out->bytes - opened.bytes);
    out->piece[opened.n].text = header;
    out->bytes += header.n;
}

void tm_pieces_add_message(tm_pieces *out, uint32_t field_number, tm_text front, tm_text back)
{
    while (out->room - out->n < 3)
        grow(out);
    tm_text header = make_header(out, field_number, front.n + back.n);
    tm_piece *piece = &out->piece[out->n];
    piece[0] = (tm_piece){.text = header, .kind = TM_PIECE_HEADER};
    piece[1] = (tm_piece){.text = front, .kind = TM_PIECE_PLAIN};
    piece[2] = (tm_piece){.text = back, .kind = TM_PIECE_PLAIN};
    out->n += 3;
    out->bytes += header.n + front.n + back.n;
}

typedef char tm_sixteen_bytes __attribute__((vector_size(16)));

/* Up to 32 bytes, by two halves that overlap: calling memcpy would cost more than the copy. */
static inline void copy_short(char *at, const char *p, size_t n)
{
    if (n >= sizeof(tm_sixteen_bytes)) {
        tm_sixteen_bytes first, last;
        memcpy(&first, p, sizeof first);
        memcpy(&last, p + n - sizeof last, sizeof last);
        memcpy(at, &first, sizeof first);
        memcpy(at + n - sizeof last, &last, sizeof last);
    } else if (n >= 8) {
        uint64_t first, last;
        memcpy(&first, p, sizeof first);
        memcpy(&last, p + n - sizeof last, sizeof last);
        memcpy(at, &first, sizeof first);
        memcpy(at + n - sizeof last, &last, sizeof last);
    } else {
        for (size_t i = 0; i < n; i++)
            at[i] = p[i];
    }
}

/* Asks for what lies behind, which most often is copied next: pieces are too short for the machine
 * to see where they lead. */
static inline void copy_long(char *at, tm_text t)
{
    enum { AHEAD = 1024, LINE = 64, PAGE = 4096 };
    for (size_t i = 0; i < t.n && i < PAGE; i += LINE)
        __builtin_prefetch(t.p + AHEAD + i);
    memcpy(at, t.p, t.n);
}

static inline void copy_text(char *at, tm_text t)
{
    if (t.n <= 2 * sizeof(tm_sixteen_bytes))
        copy_short(at, t.p, t.n);
    else
        copy_long(at, t);
}

void tm_pieces_copy(const tm_pieces *out, char *at)
{
    for (uint32_t i = 0; i < out->n; i++) {
        const tm_text t = out->piece[i].text;
        copy_text(at, t);
        at += t.n;
    }
}

tm_text tm_pieces_joined(const tm_pieces *out, tm_arena *arena)
{
    if (out->n == 1)
        return out->piece[0].text;
    char *at = tm_arena_alloc(arena, out->bytes);
    tm_pieces_copy(out, at);
    return tm_text_slice(at, out->bytes);
}

size_t tm_pieces_copy_some(const tm_pieces *out, tm_pieces_turn *turn, char *at, size_t room)
{
    char *const start = at;
    while (turn->piece < out->n) {
        tm_text t = tm_text_skip(out->piece[turn->piece].text, turn->done);
        if (t.n > room) { /* a part of it, which the next turn goes on with */
            memcpy(at, t.p, room);
            turn->done += room;
            return (size_t)(at - start) + room;
        }
        copy_text(at, t);
        at += t.n;
        room -= t.n;
        turn->piece++;
        turn->done = 0;
    }
    return (size_t)(at - start);
}
