/* Pieces: the bytes that leave, as slices of the request and of its arena, in order.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Neighbouring slices join. A message whose length is not known yet gets its header piece first and
 * the header's bytes last, so that nothing is moved and every length is a minimal varint. */
#ifndef TM_OTLP_PIECES_H
#define TM_OTLP_PIECES_H

#include "otlp/item.h"

/* What a piece is, for those that may be taken back: the head (resource or scope) and the schema
 * URL of a group; of scopes' groups two higher, since they stand inside a resource's. */
typedef enum tm_piece_kind {
    TM_PIECE_PLAIN,
    TM_PIECE_HEADER,
    TM_PIECE_HEAD,
    TM_PIECE_SCHEMA_URL
} tm_piece_kind;

typedef struct tm_piece {
    tm_text text;
    uint32_t kind;
} tm_piece;

typedef struct tm_pieces {
    tm_arena *arena;
    tm_piece *piece;
    uint32_t n, room;
    size_t bytes;     /* of all pieces */
    char *header;     /* where the next header's bytes go, */
    uint32_t headers; /* which has room for so many */
} tm_pieces;

/* A point to come back to. */
typedef struct tm_pieces_mark {
    uint32_t n;
    size_t bytes;
} tm_pieces_mark;

void tm_pieces_add(tm_pieces *out, tm_text text);
void tm_pieces_add_kind(tm_pieces *out, tm_text text, unsigned kind); /* never joined */

tm_pieces_mark tm_pieces_mark_here(const tm_pieces *out);
void tm_pieces_rewind(tm_pieces *out, tm_pieces_mark mark);

/* Blanks every piece of that kind since the mark. */
void tm_pieces_blank(tm_pieces *out, tm_pieces_mark mark, unsigned kind);

/* Opens a message: its header piece. Closing fills in tag and length. */
tm_pieces_mark tm_pieces_open(tm_pieces *out);
void tm_pieces_close(tm_pieces *out, tm_pieces_mark opened, uint32_t field_number);

/* Adds a whole message whose body is these two texts, neither of them empty. */
void tm_pieces_add_message(tm_pieces *out, uint32_t field_number, tm_text front, tm_text back);

/* Copies everything to `at`, which has room for out->bytes. */
void tm_pieces_copy(const tm_pieces *out, char *at);

/* All of it in one run: the one piece that there is, or a copy in the arena. */
tm_text tm_pieces_joined(const tm_pieces *out, tm_arena *arena);

/* Where a copy in turns has come to. Zero-initialise. */
typedef struct tm_pieces_turn {
    uint32_t piece;
    size_t done; /* bytes of that piece */
} tm_pieces_turn;

/* Copies what comes next, as much as there is room for; the number of bytes, 0 at the end. */
size_t tm_pieces_copy_some(const tm_pieces *out, tm_pieces_turn *turn, char *at, size_t room);

/* Bytes of one attribute as a field of its level's message: tag, length, KeyValue. */
tm_text tm_attribute_field(tm_arena *arena, tm_level level, const tm_entry *entry);

/* Adds the item as the field `field_number` of its parent, edits applied; everything else byte for
 * byte. */
void tm_pieces_add_item(tm_pieces *out, const tm_item *item, uint32_t field_number);

#endif
