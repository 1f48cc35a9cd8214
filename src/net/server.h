/* Server: listening ports whose requests, gRPC or HTTP, end as whole messages in a service.
 * The module net answers everything that is wrong below the message; a service sees only requests
 * with a known path, an accepted type and a complete, decompressed body within its limit.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_NET_SERVER_H
#define TM_NET_SERVER_H

#include "net/auth/auth.h"
#include "net/budget.h"
#include "net/cors.h"
#include "net/loop.h"
#include "net/status.h"
#include "net/transport.h"

typedef struct tm_server tm_server;
typedef struct tm_listener tm_listener;
typedef struct tm_exchange tm_exchange;

/* ---- services ------------------------------------------------------------------------------- */

typedef enum tm_service_kind {
    TM_SERVICE_GRPC, /* a unary method: path "/package.Service/Method" */
    TM_SERVICE_POST, /* an HTTP POST with one of `types` */
    TM_SERVICE_PAGE, /* an HTTP GET or HEAD without a body */
} tm_service_kind;

/* What a body is, by the media type of the request. A gRPC message is always TM_BODY_PROTOBUF. */
typedef enum tm_body_type {
    TM_BODY_PROTOBUF = 1, /* application/x-protobuf */
    TM_BODY_JSON = 2,     /* application/json */
    TM_BODY_OTHER = 4,    /* any other, or none */
} tm_body_type;

/* One row of a port's table. The rows and what they point to outlive the listener. */
typedef struct tm_service {
    tm_service_kind kind;
    tm_text path;       /* exact, case-sensitive, without the query */
    bool below;         /* it ends in a slash: and what begins with it and is no other row's */
    unsigned types;     /* POST: the TM_BODY_ types that are accepted; others get 415 */
    size_t max_bytes;   /* of a body, compressed or not; 0: the port's limit */
    bool keep_headers;  /* tm_exchange_header works (include_metadata, authorization) */
    bool for_all;       /* gRPC: without what the listener's `auth` asks for, too */
    const char *absent; /* nothing is served here, for this reason: 404 or UNIMPLEMENTED; NULL */
    /* Answers now or later with tm_exchange_reply. Runs in the thread of exchange->loop. */
    void (*serve)(void *owner, tm_exchange *exchange);
    void *owner;
} tm_service;

/* ---- exchanges ------------------------------------------------------------------------------ */

/* One request and its answer. Read-only for services but for `note` and `gone`. It lives until
 * tm_exchange_reply, which is due exactly once for each exchange served, whatever happens to the
 * client in between. Only touched in the thread of its loop. */
struct tm_exchange {
    const tm_service *service;
    tm_text method;       /* "POST" */
    tm_text path;         /* without the query */
    tm_text query;        /* behind the '?', may be empty */
    tm_text peer;         /* "127.0.0.1:50432", "[::1]:50432" */
    tm_text address;      /* the same without the port: "127.0.0.1", "::1" */
    tm_text body;         /* the decompressed message; until serve returns, but see _keep_body */
    tm_body_type type;    /* errors and JSON answers follow it */
    size_t wire_bytes;    /* of the body as it was sent, compressed */
    uint64_t deadline_ms; /* by tm_loop_now_ms, from grpc-timeout; 0: none */
    uint64_t start_ms;    /* when the head had arrived */
    tm_loop *loop;
    unsigned worker; /* index of the loop among the server's */
    bool grpc;
    bool cancelled; /* the client went away or its deadline passed: the answer will not be read */
    void *note;     /* the service's own */
    /* The service may set it: called once when the exchange is cancelled before its reply, which is
     * still due (and may be made from within). */
    void (*gone)(tm_exchange *exchange);
};

/* The value of the first header of that name (lower case). False when there is none or the service
 * does not keep headers: *value stays. Valid until the reply. */
bool tm_exchange_header(const tm_exchange *exchange, const char *name, tm_text *value);

/* The headers one by one, names in lower case, of pseudo-headers :authority alone. False at the
 * end. */
bool tm_exchange_header_at(const tm_exchange *exchange, size_t index, tm_text *name,
                           tm_text *value);

/* What the listener's authenticator tells of the client: see tm_auth. None without one. While the
 * service is called. */
unsigned tm_exchange_attributes(const tm_exchange *exchange, tm_arena *arena,
                                tm_auth_attribute attributes[TM_AUTH_ATTRIBUTES]);

/* The body stays until the reply, or until it is dropped: for services that answer later. In the
 * thread of the exchange; any may read it. */
void tm_exchange_keep_body(tm_exchange *exchange);
void tm_exchange_drop_body(tm_exchange *exchange);

/* Zero-initialised it is a plain success: OK with an empty message, or 200 with nothing or "{}". */
typedef struct tm_reply {
    tm_status status;     /* not OK: becomes trailers, or a mapped HTTP status and a Status body */
    tm_text body;         /* of a success: a message in the request's encoding, or a page */
    int http_status;      /* 0: 200 or the code's (OH-14); HTTP only */
    tm_text content_type; /* empty: the request's; HTTP only */
} tm_reply;

/* Copies what it needs; the exchange is gone afterwards. Harmless when it was cancelled. */
void tm_exchange_reply(tm_exchange *exchange, const tm_reply *reply);

/* ---- servers and listeners ------------------------------------------------------------------ */

typedef struct tm_server_options {
    const tm_heap *heap;   /* NULL: libc; must be safe in every loop's thread */
    tm_loop *home;         /* accepts, and calls back about listeners */
    tm_loop *const *loops; /* serve the connections; may include home */
    size_t loop_count;     /* at least 1 */
    tm_budget *budget;     /* of all bodies that come in or wait; outlives the server; NULL: none */
    uint64_t pause_ms; /* [1000] without progress, then a body may be refused while others wait */
    size_t max_head_bytes; /* [64 MiB] of all heads above 16 KiB together; above: UNAVAILABLE */
} tm_server_options;

/* NULL when out of memory. The loops need not run yet, and outlive the server. */
tm_server *tm_server_new(const tm_server_options *options);

/* Closes what is open and frees everything, unanswered exchanges too. Only when no loop runs. */
void tm_server_free(tm_server *server);

typedef enum tm_port_kind {
    TM_PORT_GRPC, /* HTTP/2 with prior knowledge; only gRPC, all else gets 415 */
    TM_PORT_HTTP, /* HTTP/1.1, or HTTP/2 with prior knowledge; gRPC too where the table has it */
} tm_port_kind;

#define TM_NEVER_MS ((uint64_t)INT64_MAX) /* a time that never comes, for the options below */

/* Why a request was refused: REFUSAL(id, word). */
#define TM_REFUSALS(REFUSAL)                                                                       \
    REFUSAL(MALFORMED, "malformed") /* no HTTP, no gRPC, not what its coding says */               \
    REFUSAL(PATH, "path")           /* nothing is served there */                                  \
    REFUSAL(METHOD, "method")       /* of HTTP */                                                  \
    REFUSAL(CONTENT_TYPE, "content_type")                                                          \
    REFUSAL(CODING, "compression")                                                                 \
    REFUSAL(SIZE, "size")       /* of the body or message */                                       \
    REFUSAL(HEADERS, "headers") /* their size or number */                                         \
    REFUSAL(AUTH, "auth")                                                                          \
    REFUSAL(TLS, "tls") /* no handshake: who it is, or what it speaks, is not accepted */          \
    REFUSAL(SLOW, "slow")                                                                          \
    REFUSAL(BUSY, "busy")         /* the system has no memory for it at present, ... */            \
    REFUSAL(MEMORY, "memory")     /* ... or our budget has none */                                 \
    REFUSAL(DATA, "data")         /* the services' own: no OTLP, ... */                            \
    REFUSAL(RULE, "rule")         /* ... a rule failed under propagate, ... */                     \
    REFUSAL(COST, "cost")         /* ... rules take more for it than they may, ... */              \
    REFUSAL(QUEUE, "queue")       /* ... no place in the queue, ... */                             \
    REFUSAL(EXPORTER, "exporter") /* ... or the backend's answer, for which the client waited */

typedef enum tm_refusal {
#define REFUSAL(id, word) TM_REFUSAL_##id,
    TM_REFUSALS(REFUSAL)
#undef REFUSAL
} tm_refusal;

/* One of them. Texts live until the call returns. */
typedef struct tm_refused {
    tm_refusal why;
    bool grpc;
    int status; /* gRPC's code, or HTTP's status */
    tm_text peer;
    tm_text reason; /* what the client is told */
} tm_refused;

/* Connections that are not taken. Texts live until the call returns. */
typedef struct tm_crowded {
    tm_text port; /* its name */
    tm_text peer; /* of the one that was closed at once; empty: all wait */
    const char *why;
} tm_crowded;

/* A header of every answer, its name in lower case. */
typedef struct tm_answer_header {
    tm_text name;
    tm_text value;
} tm_answer_header;

/* Zero means the default in brackets. */
typedef struct tm_listener_options {
    tm_port_kind kind;
    tm_text address; /* "localhost:4317", "0.0.0.0:4317", ":4317" (all), "[::1]:0" (a free port) */
    tm_text name;    /* [none] what a socket that was inherited may be called instead */
    struct tm_inherited *inherited; /* [none] sockets that listen already; until it is open */
    const tm_service *services;
    size_t service_count;
    /* [none] Open at the same address: its socket is shared, so that no client is refused while the
     * one takes the other's place. Only until the listener is open. */
    const tm_listener *predecessor;
    size_t max_body_bytes;           /* [gRPC 4 MiB, HTTP 20 MiB] of one body, also decompressed */
    uint32_t max_concurrent_streams; /* [100] a connection */
    unsigned max_connections;        /* [4096] then accepting pauses */
    unsigned max_connections_per_ip; /* [512] (an IPv6 /64) then connections are closed */
    uint64_t header_ms;              /* [10000] until the head is complete */
    uint64_t request_ms;             /* [never] until the whole request is */
    uint64_t body_ms;                /* [30000] between two bytes of a body */
    uint64_t write_ms;               /* [10000] between two bytes of an answer */
    uint64_t idle_ms;                /* [120000] without a request */
    uint64_t ping_ms;                /* [10000] between two PINGs of a client without answers */
    tm_transport_maker transport;    /* [plain] of connections; outlives the listener */
    uint64_t handshake_ms;           /* [10000] until its handshake, if there is one, is over */
    tm_auth *auth;                   /* [none] says who may send; outlives the listener */
    /* [none] Is told of each request that no service saw. In the thread of the connection. */
    void (*refused)(void *owner, const tm_refused *refused);
    void *refused_owner;
    /* [none] Is told of each connection that is closed at once because its address has too many,
     * and when others begin to wait. In the home thread. */
    void (*crowded)(void *owner, const tm_crowded *crowded);
    void *crowded_owner;
    /* Of HTTP/2: */
    bool pings_need_calls; /* a client without requests under way may ping every 2 hours only */
    uint64_t age_ms;       /* [never] then a connection takes no more requests; 10 % of chance */
    uint64_t age_grace_ms; /* [never] from then on until it is closed */
    uint64_t quiet_ms;     /* [7200000] without a byte, then the client is pinged */
    uint64_t pong_ms;      /* [20000] until it has answered that */
    /* Of HTTP ports: */
    bool one_request;    /* HTTP/1.1: a connection closes behind its first answer */
    unsigned codings;    /* [all] Content-Encodings that are known, 1 << tm_coding */
    const tm_cors *cors; /* NULL: none */
    const tm_answer_header *headers;
    size_t header_count;
} tm_listener_options;

/* Binds and accepts. NULL with a sentence in `error` when it cannot: "otlp/grpc cannot listen at
 * localhost:4317: Address already in use", with the port's name where it has one. In the home
 * thread. */
tm_listener *tm_listener_open(tm_server *server, const tm_listener_options *options, char *error,
                              size_t error_bytes);

/* The port that was bound, for address ":0". */
uint16_t tm_listener_port(const tm_listener *listener);

/* Stops (and resumes) reading from the connections, so that senders feel it. From any thread. */
void tm_listener_pause(tm_listener *listener, bool paused);

/* Accepts no more, lets requests finish for at most grace_ms (GOAWAY, Connection: close), closes.
 * closed(argument) is then called in the home loop; the listener is gone with it. In the home
 * thread. */
void tm_listener_close(tm_listener *listener, uint64_t grace_ms, void (*closed)(void *argument),
                       void *argument);

/* One row per number: COUNT(name, manual). */
#define TM_LISTENER_COUNTS(COUNT)                                                                  \
    COUNT(open, "connections that are open")                                                       \
    COUNT(accepted, "connections accepted")                                                        \
    COUNT(refused, "connections closed at once: too many of one address, or no descriptor")        \
    COUNT(served, "requests handed to a service")                                                  \
    COUNT(rejected, "requests answered with an error before any service saw them")                 \
    COUNT(cancelled, "requests whose client left or whose deadline passed before the answer")      \
    COUNT(unshaken, "connections closed before their handshake was over")                          \
    COUNT(floods, "connections closed for abuse of the protocol")                                  \
    COUNT(timeouts, "connections closed for being slow or idle")

typedef struct tm_listener_counts {
#define COUNT(name, manual) uint64_t name;
    TM_LISTENER_COUNTS(COUNT)
#undef COUNT
} tm_listener_counts;

/* From any thread. */
tm_listener_counts tm_listener_count(const tm_listener *listener);

#endif
