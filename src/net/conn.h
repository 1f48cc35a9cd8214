/* Conn: one accepted connection - its transport, what is still to be written, its end.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_NET_CONN_H
#define TM_NET_CONN_H

#include "net/guard.h"
#include "net/transport.h"
#include "net/worker.h"

enum {
    TM_CONN_PEER_MAX = 56,
    TM_CONN_BACKLOG = 64 * 1024, /* unsent bytes above which nothing more is read */
    TM_CONN_PARTS = 16,          /* of one read */
    TM_CONN_NEW_MS = 1000,       /* how long a port that closes lets one begin */
};

typedef struct tm_answer tm_answer;

/* What speaks on a connection. Nothing here closes it: set conn->closing or conn->doomed. */
typedef struct tm_protocol {
    bool (*start)(tm_conn *conn); /* makes conn->session; false when out of memory */
    /* May be NULL. Where the next bytes had best be read to: fills in at most TM_CONN_PARTS parts,
     * which input gets one by one, then `landed` is told. 0: it does not matter. */
    unsigned (*land)(tm_conn *conn, struct iovec *part);
    void (*landed)(tm_conn *conn);
    /* Takes all the bytes; none at all means: go on with what was left. */
    void (*input)(tm_conn *conn, tm_text bytes);
    void (*output)(tm_conn *conn); /* adds what it has to conn->out, up to TM_CONN_BACKLOG or so */
    void (*end_of_input)(tm_conn *conn);
    void (*tick)(tm_conn *conn, uint64_t now_ms);
    void (*drain)(tm_conn *conn); /* lets requests finish, then closes; may be called again */
    void (*answer)(tm_server_call *call, const tm_answer *answer);
    void (*go_on)(tm_server_call *call);  /* there is room for more of its body: lets it come */
    void (*cancel)(tm_server_call *call); /* tells the client; ends in tm_call_leave */
    void (*free)(tm_conn *conn);
} tm_protocol;

struct tm_conn {
    tm_worker *worker;
    tm_listener *listener;
    tm_conn *next; /* in worker->conns */
    tm_conn *previous;
    tm_conn *next_dirty;
    TAILQ_ENTRY(tm_conn) unread_entry; /* in worker->unread, if `unread` */
    unsigned unread_turn;
    TAILQ_ENTRY(tm_conn) shaking_entry; /* in worker->shaking, if `begun` */
    TAILQ_ENTRY(tm_conn) step_entry;    /* in worker->steps, if `step` */
    tm_conn *next_arriving; /* in the server, between accept and the worker's adoption */
    tm_letter letter;       /* of that time */
    tm_transport *transport;
    tm_watch *watch;
    const tm_protocol *protocol;
    void *session; /* of the protocol */
    tm_server_call *calls;
    tm_bytes out;
    size_t sent; /* of out */
    tm_guard guard;
    uint64_t begin_ms;
    uint64_t active_ms;  /* last sign of a request */
    uint64_t wrote_ms;   /* last progress of writing */
    uint64_t finish_ms;  /* when the lingering began */
    size_t lingered;     /* bytes thrown away since */
    bool busy;           /* inside a callback of its own, at whose end it is flushed */
    bool dirty;          /* in worker->dirty */
    bool unread;         /* its transport has bytes of which its descriptor does not tell */
    bool shaking;        /* until the transport's handshake is over there is no session */
    bool begun;          /* ... of which the client has said something */
    bool step;           /* ... and that goes on when it is its turn */
    bool blocked;        /* the transport takes no more for now */
    bool hold;           /* the protocol wants no input for now */
    bool waits;          /* its request waits for room: nor is there any */
    bool closing;        /* closes when all is written */
    bool finished;       /* FIN sent: what still comes in is thrown away */
    bool doomed;         /* closes now */
    uint8_t address[16]; /* IPv6, or IPv4 mapped */
    char peer[TM_CONN_PEER_MAX];
};

extern const tm_protocol tm_http1_protocol;
extern const tm_protocol tm_http2_protocol;

/* In the worker's thread: begins to read. Closes it when that fails. */
void tm_conn_adopt(tm_conn *conn);

/* Something was added to say: flushes at the end of the current callback, or of the loop's turn. */
void tm_conn_touch(tm_conn *conn);

/* After tm_conn_touch: lets the protocol go on with what was left, and flushes. */
void tm_conn_resume(tm_conn *conn);

/* Reads on what the transport has, see conn->unread. It may be gone afterwards. */
void tm_conn_read(tm_conn *conn);

/* Goes on with its handshake. It may be gone afterwards. */
void tm_conn_shake(tm_conn *conn);

/* Its handshake failed, or took too long, or makes room for newer ones: tells why; NULL: there is
 * nothing to tell, the client only looked whether the port is open. */
void tm_conn_refuse_shaking(tm_conn *conn, tm_refusal why, const char *reason);

/* Writes what there is; closes when it is time to. The connection may be gone afterwards. */
void tm_conn_flush(tm_conn *conn);

/* Checks its timeouts and the state of its listener. It may be gone afterwards. */
void tm_conn_tick(tm_conn *conn, uint64_t now_ms);

/* A request of it was refused: counts it, and tells the listener's owner. */
void tm_conn_tell(const tm_conn *conn, const tm_refused *refused);

/* Whether the first bytes of a connection are those of TLS: the client takes the port for a secure
 * one. No request of HTTP starts with this byte, the type of a handshake record. */
static inline bool tm_conn_speaks_tls(tm_text first)
{
    return first.n > 0 && first.p[0] == 0x16;
}

#define TM_CONN_TLS "the client speaks TLS, this port does not"

/* At once, cancelling its calls. */
void tm_conn_close(tm_conn *conn);

/* Another protocol takes over and gets the bytes. Only from within input. */
void tm_conn_switch(tm_conn *conn, const tm_protocol *protocol, tm_text bytes);

#endif
