/* Call: an exchange as the module net sees it, from the head of the request to the end of its
 * answer. SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_NET_SERVER_CALL_H
#define TM_NET_SERVER_CALL_H

#include "net/conn.h"
#include "net/grpc.h"
#include "net/http2/http2_message.h"

typedef enum tm_call_stage {
    TM_CALL_HEAD,     /* headers come in */
    TM_CALL_CHECKED,  /* who sends it is being found out; what comes of the body is kept as it is */
    TM_CALL_REFUSED,  /* not gRPC on a gRPC port: told so when the request is complete */
    TM_CALL_BODY,     /* a service is found, its body comes in */
    TM_CALL_SERVED,   /* a service has it and owes the reply */
    TM_CALL_ANSWERED, /* the answer is on its way; what still comes in is ignored */
} tm_call_stage;

/* A piece of call->head, which may still move. */
typedef struct tm_call_slice {
    uint32_t at;
    uint32_t n;
} tm_call_slice;

typedef struct tm_call_header {
    tm_call_slice name;
    tm_call_slice value;
} tm_call_header;

struct tm_server_call {
    tm_exchange exchange; /* first: a service's pointer is ours */
    tm_server_call *next; /* in conn->calls, worker->orphans or worker->idle_calls */
    tm_server_call *previous;
    tm_worker *worker;
    tm_conn *conn; /* NULL: gone, or the stream was reset */
    tm_call_stage stage;
    int32_t stream_id;        /* HTTP/2 */
    tm_http2_message message; /* likewise */
    bool http2;
    bool ended;       /* the request is complete */
    bool wide;        /* HTTP/2: its window is */
    bool head_method; /* the answer has no body */
    bool too_many;    /* headers: over the limit */
    bool no_room;     /* for the headers, at present */
    bool bad_timeout;
    bool bad_coding;
    bool welcome;    /* CORS: its origin may send, and is to be told */
    bool keeps_body; /* while it is served */
    bool asked;      /* an authenticator owes the answer to `question` */
    tm_auth_question question;
    tm_grpc_type grpc_type;
    tm_coding coding;
    tm_call_slice coding_name; /* as sent, where it is not known or the port lists those it knows */
    tm_call_slice type_name;   /* likewise of Content-Type, where it is none of ours */
    unsigned codings;          /* how many Content-Encoding fields came */
    uint64_t timeout_ms;       /* of grpc-timeout; 0: none */
    uint64_t declared;         /* Content-Length; UINT64_MAX: none */
    size_t max_bytes;
    size_t head_bytes; /* as HTTP/2 counts them: names, values, and 32 for each */
    unsigned fields;
    tm_grpc_frame frame;
    unsigned messages;
    tm_bytes body;
    size_t owed;    /* HTTP/2: taken, but its sender was not told yet */
    size_t charged; /* of the server's budget: at least the body's room */
    bool begun;     /* its decompression: `packed` is the body as it came, ... */
    tm_bytes packed;
    size_t packed_charge; /* ... what the budget was charged for that, ... */
    tm_heap unpacked;     /* ... and where the body grows */
    bool unpacks;         /* step by step: in worker->unpackers */
    TAILQ_ENTRY(tm_server_call) unpacking;
    TAILQ_ENTRY(tm_server_call) holding, waiting; /* in lists of its worker, */
    bool holds, waits;                            /* and whether it is; see reserve.h */
    bool moves;                                   /* it counts as moving in the budget */
    size_t mark_n;                                /* bytes of the body */
    uint64_t mark_ms;                             /* when it last had made progress */
    uint64_t first_ms;                            /* when its head began */
    uint64_t begin_ms;                            /* of the body */
    uint64_t moved_ms;   /* last byte of the body, or when the answer was made */
    tm_bytes head;       /* texts of the request */
    tm_bytes headers;    /* tm_call_header one by one, of those that are kept */
    size_t head_charged; /* of the server's budget of headers */
    tm_call_slice method;
    tm_call_slice target;
    tm_bytes out; /* HTTP/2: the body of the answer */
    size_t sent;
    bool out_grpc; /* trailers come behind it */
    char peer[TM_CONN_PEER_MAX];
};

/* What a protocol has to send. */
struct tm_answer {
    bool grpc;
    tm_status status; /* gRPC */
    int http_status;  /* HTTP */
    tm_text body;     /* gRPC: of OK, without its frame head; HTTP */
    tm_text content_type;
    tm_text allow;          /* of 405 */
    bool list_codings;      /* say which content codings are known */
    uint64_t retry_after_s; /* HTTP; 0: none */
};

/* A new call of that connection. NULL when out of memory. */
tm_server_call *tm_call_new(tm_conn *conn, bool http2);

/* The request line, and the headers one by one, names in any case. */
void tm_call_method(tm_server_call *call, tm_text method);
void tm_call_target(tm_server_call *call, tm_text path_and_query);
void tm_call_field(tm_server_call *call, tm_text name, tm_text value);

/* The head is complete: looks for the service. False: it has been answered, or will be when it is
 * complete. */
bool tm_call_route(tm_server_call *call);

/* Asks the listener's authenticator. False: it has been answered, or waits (CHECKED) and is routed
 * when the verdict is there (admission.c). */
bool tm_call_admit(tm_server_call *call);

/* The second half of tm_call_route, for those who are admitted. */
bool tm_call_route_admitted(tm_server_call *call);

/* Out of the list of orphans, whose client is gone. */
void tm_call_forget(tm_server_call *call);

/* Answers a refused call; false, for its callers. */
bool tm_call_refuse(tm_server_call *call);

/* Whether the connection reads on, after something has changed that its request waits for. */
void tm_call_hold(tm_server_call *call);

/* The next piece of the body. False: it has been answered. */
bool tm_call_data(tm_server_call *call, tm_text bytes);

/* The body is complete: serves it, which may answer it; later if it takes long to decompress. */
void tm_call_end(tm_server_call *call);

/* Goes on with the call that is next among those whose bodies are decompressed step by step. */
void tm_call_unpack_more(void *worker);

/* They wait for us, not for their senders. */
void tm_call_forgive_unpackers(tm_worker *worker, uint64_t now_ms);

/* Answers with an error that net has found; http_status 0: the code's. False, for its callers. */
bool tm_call_fail(tm_server_call *call, tm_status_code code, int http_status, const char *message);
bool tm_call_fail_as(tm_server_call *call, tm_refusal why, tm_status_code code, int http_status,
                     const char *message);

/* The protocol is done with it: answered, or reset, or its connection is closing. */
void tm_call_leave(tm_server_call *call);

void tm_call_tick(tm_server_call *call, uint64_t now_ms);
void tm_call_forgive(tm_server_call *call, uint64_t now_ms);

/* Frees an idle or orphaned one. */
void tm_call_free(tm_server_call *call);

/* ---- what answers have besides (extra.c) ----------------------------------------------------- */

/* The first header of that name (lower case) that came. False when none has: *value stays. */
bool tm_call_header_find(const tm_server_call *call, const char *name, tm_text *value);

/* CORS: answers a preflight, which is then over (true); or finds out whether the call's origin is
 * welcome. */
bool tm_call_preflight(tm_server_call *call);

/* Hands on each header that answers of this HTTP call have besides their own; names are in lower
 * case. There are at most TM_CALL_EXTRAS and those of the listener's options. */
enum { TM_CALL_EXTRAS = 6 };
typedef void tm_call_extra(void *owner, tm_text name, tm_text value);
void tm_call_extras(const tm_server_call *call, tm_call_extra *add, void *owner);

/* ---- between call.c, route.c and body.c ----------------------------------------------------- */

tm_text tm_call_text(const tm_server_call *call, tm_call_slice slice);
void tm_call_tell(const tm_server_call *call, tm_refusal why, int status, tm_text reason);
bool tm_call_header_at(const tm_server_call *call, size_t index, tm_text *name, tm_text *value);
bool tm_call_store(tm_server_call *call, tm_text bytes);
void tm_call_drop_body(tm_server_call *call);
void tm_call_drop_head(tm_server_call *call); /* large blocks of it, and what was charged */
void tm_call_answer(tm_server_call *call, const tm_answer *answer);

#endif
