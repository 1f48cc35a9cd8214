/* LSP, server: the state of `tamis lsp`, and the methods that it answers.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TOOLS_LSP_SERVER_H
#define TM_TOOLS_LSP_SERVER_H

#include "tools/loaded.h"
#include "tools/lsp/lsp_analysis.h"
#include "tools/lsp/lsp_frame.h"

/* Codes of JSON-RPC and LSP. */
enum {
    TM_LSP_PARSE_ERROR = -32700,
    TM_LSP_INVALID_REQUEST = -32600,
    TM_LSP_METHOD_NOT_FOUND = -32601,
    TM_LSP_INVALID_PARAMS = -32602,
    TM_LSP_INTERNAL_ERROR = -32603,
    TM_LSP_NOT_INITIALIZED = -32002,
    TM_LSP_CANCELLED = -32800,
    TM_LSP_REQUEST_FAILED = -32803
};

typedef enum tm_lsp_phase { TM_LSP_NEW, TM_LSP_RUNNING, TM_LSP_SHUT } tm_lsp_phase;

/* A message that waits for its turn, in an arena of its own. */
typedef struct tm_lsp_message {
    struct tm_lsp_message *next;
    tm_arena *arena;
    const tm_doc *root; /* NULL: it is no JSON, or too large */
    tm_text why;        /* then: what is wrong with it */
    int code;           /* then: as what */
    size_t size_bytes;  /* of its text */
    bool cancelled;
} tm_lsp_message;

typedef struct tm_lsp {
    tm_arena *own;  /* as long as the server: folders */
    tm_arena *set;  /* of the settings */
    tm_arena *turn; /* of one message */
    tm_lsp_input input;
    int out;
    tm_lsp_phase phase;
    bool ended; /* `exit` has come, or nobody reads */
    int exit_code;
    bool bytes;          /* positions count bytes: utf-8 was agreed on */
    bool plain;          /* the client shows no Markdown over a text */
    tm_texts roots;      /* paths of the workspace's folders */
    tm_texts recordings; /* of the settings, which `files` has, too */
    tm_lsp_files files;
    tm_loaded recording; /* what `recordings` name */
    bool recording_read;
    tm_lsp_message *first, *last; /* that wait */
    size_t waiting, waiting_bytes;
} tm_lsp;

/* A method's request or notification. */
typedef struct tm_lsp_call {
    tm_lsp *server;
    tm_arena *arena;           /* the server's `turn` */
    const tm_doc *params;      /* may be NULL */
    tm_buf *result;            /* JSON; nothing: null */
    tm_lsp_document *document; /* that params.textDocument names, or NULL */
    int code;                  /* set by tm_lsp_fail */
    tm_text why;
} tm_lsp_call;

/* Answers with an error; returns false. */
bool tm_lsp_fail(tm_lsp_call *call, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The document's analysis, and the byte that params.position names. False: there is no such
 * document or position, and the answer says so. */
bool tm_lsp_ask(tm_lsp_call *call, const tm_lsp_analysis **analysis, size_t *at);

/* One row of lsp_methods.def. */
typedef struct tm_lsp_method {
    const char *name;
    bool (*run)(tm_lsp_call *call); /* false: call->code is set */
    bool request;                   /* else a notification */
} tm_lsp_method;
const tm_lsp_method *tm_lsp_methods(void); /* ended by a row without a name */

#define REQUEST(name, symbol) bool tm_lsp_##symbol(tm_lsp_call *call);
#define NOTICE(name, symbol) bool tm_lsp_##symbol(tm_lsp_call *call);
#include "tools/lsp/lsp_methods.def"
#undef REQUEST
#undef NOTICE

/* `initialize`: takes the client's capabilities, and says what the server can (lsp_initialize.c).
 */
bool tm_lsp_initialize(tm_lsp_call *call);

/* Sends a notification with these parameters (JSON). */
void tm_lsp_notify(tm_lsp *server, const char *method, tm_text params);

/* Sends the diagnostics of documents whose have changed (lsp_diagnostics.c). */
void tm_lsp_publish(tm_lsp *server);

/* Takes the settings of a map {recordings, include, tracesOnly}, or of its member "tamis"; what has
 * none of them changes nothing. */
void tm_lsp_take_settings(tm_lsp *server, const tm_doc *settings);

/* The recording, read when it is first asked for; NULL: none is named, or it cannot be read. */
const tm_loaded *tm_lsp_recording(tm_lsp *server);
void tm_lsp_forget_recording(tm_lsp *server);

/* Reads messages from `in` and answers on `out` until the end. The exit code. */
int tm_lsp_serve(int in, int out);

#endif
