/* HTTP/2, life: pings in both directions, and why a connection ends while nothing is wrong.
 * SPDX-License-Identifier: Apache-2.0 */
#include "net/http2/http2.h"

#include "net/listener.h"

#include <nghttp2/nghttp2.h>

enum {
    PING_WAIT_MS = 5000, /* of a drain: how long after the first GOAWAY the last one comes */
    CALLLESS_PING_MS = 7200000,
};

static uint64_t clock_of(const tm_http2 *h)
{
    return tm_loop_now_ms(h->conn->worker->loop);
}

static const tm_listener_options *options_of(const tm_http2 *h)
{
    return tm_listener_settings(h->conn->listener);
}

/* 10 % more or less (GS-31), so that connections of one moment do not all end in another. */
static uint64_t spread(uint64_t age_ms, uint64_t seed)
{
    uint64_t chance = (seed * 0x9e3779b97f4a7c15u) >> 44; /* 20 bits */
    return age_ms == TM_NEVER_MS ? age_ms : age_ms - age_ms / 10 + (age_ms / 5 * chance >> 20);
}

void tm_http2_life_begin(tm_http2 *h)
{
    const tm_conn *conn = h->conn;
    uint64_t port = 0;
    for (const char *p = conn->peer; *p; p++)
        port = port * 31 + (uint8_t)*p;
    h->age_ms = spread(options_of(h)->age_ms, conn->listener->seed ^ conn->begin_ms ^ port);
    h->begin_ms = h->seen_ms = clock_of(h);
}

/* Clients on gRPC's core (Python, C++; seen with 1.85.1) that read a GOAWAY together with the first
 * SETTINGS try that connection again and again until their deadline, and no other. */
static bool is_new(const tm_http2 *h, uint64_t now_ms)
{
    return h->highest_id <= 0 && tm_elapsed(h->begin_ms, now_ms) < TM_CONN_NEW_MS;
}

/* GS-30: the first GOAWAY refuses nothing yet; the last one, a round trip later, says which
 * requests count; when those are answered the connection closes. */
void tm_http2_drain(tm_conn *conn)
{
    tm_http2 *h = conn->session;
    uint64_t now_ms = clock_of(h);
    const char *why = h->aged ? "max_age" : "";
    if (!h->drain_ms) {
        if (is_new(h, now_ms))
            return;
        h->drain_ms = now_ms;
        nghttp2_submit_shutdown_notice(h->session);
        nghttp2_submit_ping(h->session, NGHTTP2_FLAG_NONE, NULL);
    } else if (!h->last_goaway && tm_elapsed(h->drain_ms, now_ms) >= PING_WAIT_MS) {
        h->last_goaway = true;
        h->last_id = nghttp2_session_get_last_proc_stream_id(h->session);
        nghttp2_submit_goaway(h->session, NGHTTP2_FLAG_NONE, h->last_id, NGHTTP2_NO_ERROR,
                              (const uint8_t *)why, strlen(why));
    }
}

/* GS-32 */
void tm_http2_take_ping(tm_http2 *h, bool ack)
{
    const tm_listener_options *options = options_of(h);
    uint64_t least_ms = options->ping_ms;
    if (ack && h->drain_ms) {
        h->drain_ms = 1; /* long ago: the round trip is over */
        tm_http2_drain(h->conn);
    }
    if (options->pings_need_calls && !h->conn->calls)
        least_ms = CALLLESS_PING_MS;
    if (!ack && !tm_guard_ping(&h->conn->guard, least_ms, clock_of(h)))
        tm_http2_give_up(h, NGHTTP2_ENHANCE_YOUR_CALM, "too_many_pings");
}

static void grow_old(tm_http2 *h, uint64_t now_ms)
{
    tm_conn *conn = h->conn;
    uint64_t age_ms = tm_elapsed(conn->begin_ms, now_ms);
    if (age_ms <= h->age_ms)
        return;
    h->aged = true;
    if (!conn->closing)
        tm_http2_drain(conn);
    if (age_ms - h->age_ms > options_of(h)->age_grace_ms)
        conn->doomed = true;
}

/* Pings a client of which nothing is heard; one that does not answer is gone. */
static void feel_pulse(tm_http2 *h, uint64_t now_ms)
{
    tm_conn *conn = h->conn;
    if (conn->guard.total_bytes != h->seen_bytes) {
        h->seen_bytes = conn->guard.total_bytes;
        h->seen_ms = now_ms;
        h->pinged_ms = 0;
    } else if (h->pinged_ms && tm_elapsed(h->pinged_ms, now_ms) > options_of(h)->pong_ms) {
        tm_listener_tell(conn->listener, timeouts);
        conn->doomed = true;
    } else if (!h->pinged_ms && tm_elapsed(h->seen_ms, now_ms) > options_of(h)->quiet_ms) {
        h->pinged_ms = now_ms;
        nghttp2_submit_ping(h->session, NGHTTP2_FLAG_NONE, NULL);
    }
}

void tm_http2_life_tick(tm_http2 *h, uint64_t now_ms)
{
    tm_conn *conn = h->conn;
    if (!conn->calls && tm_elapsed(conn->active_ms, now_ms) > options_of(h)->idle_ms) {
        tm_listener_tell(conn->listener, timeouts);
        tm_http2_give_up(h, NGHTTP2_NO_ERROR, "max_idle");
        return;
    }
    feel_pulse(h, now_ms);
    grow_old(h, now_ms);
}
