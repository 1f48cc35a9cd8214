/* Frames: where the units of a recording begin and end. For this module only.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_RECORDING_FRAMES_H
#define TM_RECORDING_FRAMES_H

#include "recording/recording.h"

typedef enum tm_framing {
    TM_FRAMING_UNKNOWN, /* not looked at yet */
    TM_FRAMING_JSON,
    TM_FRAMING_PLAIN,   /* the fields of a request */
    TM_FRAMING_VARINT,  /* each request behind its length, as protobuf's libraries delimit */
    TM_FRAMING_LENGTH4, /* behind four bytes of length, as the Collector's file exporter does */
    TM_FRAMING_OVER     /* nothing more can be read */
} tm_framing;

/* A JSON value whose end is looked for. */
typedef struct tm_json_end {
    size_t done; /* bytes of it that were looked at */
    unsigned depth;
    bool string, escape;
} tm_json_end;

/* Where in the JSON we are. */
typedef enum tm_json_place {
    TM_JSON_AT_TOP,
    TM_JSON_AT_KEYS,  /* in an object too large to be one unit */
    TM_JSON_AT_ITEMS, /* in a list of it, or in one at the top */
    TM_JSON_AT_TAIL,  /* behind that list */
    TM_JSON_AT_LONG,  /* in a value that is too long */
    TM_JSON_AT_BAD    /* in a line that cannot be read */
} tm_json_place;

typedef struct tm_frames {
    tm_framing framing;
    uint64_t inside; /* PLAIN inside of VARINT or LENGTH4: so many bytes of the request to come */
    tm_json_place place, resume;
    tm_unit_kind items;
    unsigned levels; /* brackets open around the items */
    tm_json_end end;
} tm_frames;

typedef enum tm_frame {
    TM_FRAME_UNIT,  /* *unit; *at is behind it */
    TM_FRAME_PAST,  /* *at moved on past what is of no unit */
    TM_FRAME_MORE,  /* more bytes are needed from *at on */
    TM_FRAME_FAULT, /* *what is wrong at *wrong; reading goes on at *at */
    TM_FRAME_END    /* the data are used up, and there is no more */
} tm_frame;

typedef struct tm_frame_data {
    tm_text bytes;
    size_t at;
    bool last; /* nothing comes behind the bytes */
    tm_unit unit;
    const char *what; /* of a fault; of a cut: what is cut that begins at `wrong` */
    size_t wrong;
    bool cut; /* the fault is that the recording ends too early */
} tm_frame_data;

/* Takes one step. */
tm_frame tm_frames_next(tm_frames *frames, tm_frame_data *data);

tm_frame tm_frames_next_json(tm_frames *frames, tm_frame_data *data);
tm_frame tm_frames_next_protobuf(tm_frames *frames, tm_frame_data *data);

/* A fault at data->wrong. */
tm_frame tm_frame_fault(tm_frame_data *data, size_t wrong, const char *what);

/* The fault that the bytes end inside of `what`, a noun, which begins at data->at. */
tm_frame tm_frame_cut(tm_frame_data *data, const char *what);

/* The framing of protobuf that the bytes begin with, or UNKNOWN. */
tm_framing tm_frames_tell_protobuf(tm_text bytes);

#endif
