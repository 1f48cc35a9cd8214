/* LSP, frames: messages with a Content-Length before each, on two file descriptors.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TOOLS_LSP_FRAME_H
#define TM_TOOLS_LSP_FRAME_H

#include "io/bytes.h"

enum {
    TM_LSP_MESSAGE_MOST = 64 << 20, /* bytes of a message; longer ones are passed over */
    TM_LSP_HEAD_MOST = 8 << 10      /* bytes of the lines before one */
};

/* Zero-initialise with a file descriptor; to be freed. */
typedef struct tm_lsp_input {
    int fd;
    tm_bytes bytes; /* read and not yet taken */
    size_t taken;   /* of the message handed out last, at the front of `bytes` */
    uint64_t skip;  /* bytes of a message that is too long, still to come */
    bool lost;      /* the next Content-Length is looked for: what is before it is no frame */
    bool told;      /* that something is no frame; until one comes that is */
    bool ended;
} tm_lsp_input;

typedef enum tm_lsp_frame {
    TM_LSP_MESSAGE,   /* *body, valid until the next call */
    TM_LSP_NOTHING,   /* no whole message has come yet */
    TM_LSP_NO_FRAME,  /* something without a Content-Length before it */
    TM_LSP_TOO_LARGE, /* a message above TM_LSP_MESSAGE_MOST, which is passed over */
    TM_LSP_NO_MEMORY, /* for the message that comes; it is passed over */
    TM_LSP_END        /* of the input, or it cannot be read */
} tm_lsp_frame;

tm_lsp_frame tm_lsp_input_next(tm_lsp_input *input, tm_text *body);

/* Waits until there is something to read. */
void tm_lsp_input_wait(const tm_lsp_input *input);
void tm_lsp_input_free(tm_lsp_input *input);

/* Writes one message with its head. False: it cannot be written. */
bool tm_lsp_frame_write(int fd, tm_text body);

#endif
