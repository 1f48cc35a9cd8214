/* Tap: copies of requests for one reader, while there is one.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pipe/tap.h"

#include "otlp/wire.h"

enum { VARINT_MOST = 10 };

void tm_tap_init(tm_tap *tap, const tm_clock *clock)
{
    *tap = (tm_tap){.clock = clock};
    pthread_mutex_init(&tap->lock, NULL);
}

void tm_tap_drop(tm_tap *tap)
{
    tm_bytes_free(&tap->waiting);
    pthread_mutex_destroy(&tap->lock);
}

static uint64_t now_ms(const tm_tap *tap)
{
    return tm_clock_monotonic_ns(tap->clock) / 1000000;
}

/* With the lock. */
static void shut(tm_tap *tap)
{
    atomic_store_explicit(&tap->open, false, memory_order_relaxed);
    tm_bytes_free(&tap->waiting);
    tap->waiting = (tm_bytes){0};
    tap->reader = tap->spans = tap->dropped = 0;
}

static bool wants(const tm_tap *tap, tm_text pipeline, bool first)
{
    const tm_text wanted = tm_text_slice(tap->pipeline, tap->pipeline_n);
    return wanted.n ? tm_text_equal(wanted, pipeline) : first || !tap->all;
}

/* With the lock. A request without bytes is passed over. */
static void copy(tm_tap *tap, tm_text request, const tm_pieces *pieces, uint64_t spans)
{
    const size_t bytes = pieces ? pieces->bytes : request.n;
    if (!bytes || !spans)
        return;
    if (bytes > TM_TAP_BYTES_MOST - VARINT_MOST ||
        tap->waiting.n > TM_TAP_BYTES_MOST - VARINT_MOST - bytes ||
        !tm_bytes_reserve(&tap->waiting, bytes + VARINT_MOST)) {
        tap->dropped += spans;
        return;
    }
    char *at = tm_wire_put_varint(tap->waiting.p + tap->waiting.n, bytes);
    if (pieces)
        tm_pieces_copy(pieces, at);
    else
        memcpy(at, request.p, bytes);
    tap->waiting.n = (size_t)(at - tap->waiting.p) + bytes;
    tap->spans += spans;
}

void tm_tap_offer(tm_tap *tap, tm_text pipeline, bool first, tm_text request, const tm_outcome *o)
{
    pthread_mutex_lock(&tap->lock);
    if (tap->reader && now_ms(tap) > tap->until_ms)
        shut(tap);
    if (tap->reader && wants(tap, pipeline, first))
        copy(tap, request, tap->all ? NULL : o->out, tap->all ? o->spans_in : o->spans_out);
    pthread_mutex_unlock(&tap->lock);
}

/* With the lock. */
static void begin(tm_tap *tap, const tm_tap_wish *wish)
{
    shut(tap);
    tap->reader = wish->reader;
    tap->all = wish->all;
    tap->pipeline_n = wish->pipeline.n < TM_TAP_NAME_MOST ? wish->pipeline.n : TM_TAP_NAME_MOST;
    if (tap->pipeline_n)
        memcpy(tap->pipeline, wish->pipeline.p, tap->pipeline_n);
    atomic_store_explicit(&tap->open, true, memory_order_relaxed);
}

bool tm_tap_take(tm_tap *tap, const tm_tap_wish *wish, tm_tap_taken *out)
{
    *out = (tm_tap_taken){0};
    pthread_mutex_lock(&tap->lock);
    const uint64_t now = now_ms(tap);
    const bool taken = tap->reader && tap->reader != wish->reader && now <= tap->until_ms;
    if (!taken && tap->reader != wish->reader)
        begin(tap, wish);
    if (!taken) {
        tap->until_ms = now + TM_TAP_LEASE_MS;
        *out = (tm_tap_taken){tap->waiting, tap->spans, tap->dropped};
        tap->waiting = (tm_bytes){0};
        tap->spans = tap->dropped = 0;
    }
    pthread_mutex_unlock(&tap->lock);
    return !taken;
}

void tm_tap_end(tm_tap *tap, uint64_t reader)
{
    pthread_mutex_lock(&tap->lock);
    if (tap->reader == reader)
        shut(tap);
    pthread_mutex_unlock(&tap->lock);
}
