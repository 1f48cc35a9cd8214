/* Drives the gRPC client from a script: makes calls, prints one line for each that ends.
 *
 *     client_driver ENDPOINT [KEY=VALUE ...]
 *
 * calls=1 parallel=1 size=1000 (bytes of zeros a call) pieces=1 file=PATH (the message)
 * path=/Method timeout=600000 connect=300000 keepalive=0 kwait=0 kidle=0 ready=0 gap=0 (ms from end
 * to next call) rest=1000 (first pause between attempts to connect) header=NAME:VALUE gzip=1
 * quiet=1 retry=1 (tries) first=0 (pick_first) lookup=30000 (ms between lookups)
 *
 *     0 OK transport=0 unprocessed=0 again=0 delay=-1 body=0 ms=3 message=
 *     cpu_us_per_call=41.3 calls=1 ok=1
 *
 * SPDX-License-Identifier: Apache-2.0 */
#include "io/compress.h"
#include "net/client/client.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { HEADERS_MOST = 8, PIECES_MOST = 4096 };

typedef struct driver {
    tm_loop *loop;
    tm_channel *channel;
    tm_timer *later;
    tm_deflater *deflater;
    tm_bytes message;
    tm_text pieces[PIECES_MOST];
    tm_client_header headers[HEADERS_MOST];
    size_t header_count;
    long calls, parallel, size, piece_count, timeout, connect, keepalive, kwait, kidle, ready, gap,
        rest;
    long gzip, quiet, retry, first, lookup;
    const char *path, *file;
    long begun, ended, ok, due;
} driver;

typedef struct attempt {
    driver *driver;
    long number;
    long tries;
    uint64_t start_ns;
} attempt;

static uint64_t now_ns(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static bool begin(attempt *a);

static void closed(void *owner)
{
    tm_loop_stop(((driver *)owner)->loop);
}

static void begin_due(void *owner)
{
    driver *d = owner;
    for (; d->due > 0 && d->begun < d->calls; d->due--) {
        attempt *a = calloc(1, sizeof *a);
        *a = (attempt){.driver = d, .number = d->begun++, .start_ns = now_ns(CLOCK_MONOTONIC)};
        if (!begin(a))
            exit(2);
    }
}

static void done(void *owner, const tm_call_result *r)
{
    attempt *a = owner;
    driver *d = a->driver;
    if (!d->quiet)
        printf("%ld %s transport=%d unprocessed=%d again=%d delay=%lld body=%zu ms=%.0f "
               "message=%.*s\n",
               a->number, tm_status_name(r->code), r->transport, r->unprocessed, r->again,
               (long long)r->retry_delay_ms, r->body.n,
               (double)(now_ns(CLOCK_MONOTONIC) - a->start_ns) / 1e6, TM_PRI(r->message));
    fflush(stdout);
    if (r->again && ++a->tries < d->retry) {
        begin(a);
        return;
    }
    d->ok += r->code == TM_STATUS_OK;
    d->ended++;
    d->due++;
    free(a);
    if (d->ended == d->calls)
        tm_channel_close(d->channel, closed, d);
    else if (d->gap)
        tm_timer_start(d->later, (uint64_t)d->gap);
    else
        begin_due(d);
}

static bool begin(attempt *a)
{
    driver *d = a->driver;
    tm_call_request request = {
        .path = tm_text_of(d->path),
        .pieces = d->pieces,
        .piece_count = (size_t)d->piece_count,
        .coding = d->gzip ? TM_CODING_GZIP : TM_CODING_IDENTITY,
        .timeout_ms = (uint64_t)d->timeout,
        .done = done,
        .owner = a,
    };
    return tm_channel_call(d->channel, &request);
}

static void set(driver *d, char *argument)
{
    const struct {
        const char *key;
        long *number;
        const char **text;
    } keys[] = {
        {"calls", &d->calls, NULL},         {"parallel", &d->parallel, NULL},
        {"size", &d->size, NULL},           {"pieces", &d->piece_count, NULL},
        {"timeout", &d->timeout, NULL},     {"connect", &d->connect, NULL},
        {"keepalive", &d->keepalive, NULL}, {"gap", &d->gap, NULL},
        {"kwait", &d->kwait, NULL},         {"rest", &d->rest, NULL},
        {"gzip", &d->gzip, NULL},           {"quiet", &d->quiet, NULL},
        {"retry", &d->retry, NULL},         {"path", NULL, &d->path},
        {"kidle", &d->kidle, NULL},         {"ready", &d->ready, NULL},
        {"file", NULL, &d->file},           {"first", &d->first, NULL},
        {"lookup", &d->lookup, NULL},
    };
    char *value = strchr(argument, '=');
    if (!value)
        exit(2);
    *value++ = 0;
    if (strcmp(argument, "header") == 0) {
        char *colon = strchr(value, ':');
        tm_text name = tm_text_slice(value, (size_t)(colon - value));
        d->headers[d->header_count++] = (tm_client_header){name, tm_text_of(colon + 1)};
        return;
    }
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        if (strcmp(argument, keys[i].key) != 0)
            continue;
        if (keys[i].text)
            *keys[i].text = value;
        else
            *keys[i].number = atol(value);
        return;
    }
    exit(2);
}

/* The message, from the file or all zeros, perhaps compressed, cut into pieces. */
static void make_message(driver *d)
{
    char block[4096] = {0};
    FILE *file = d->file ? fopen(d->file, "rb") : NULL;
    for (size_t n; file && (n = fread(block, 1, sizeof block, file)) > 0;)
        tm_bytes_add(&d->message, tm_text_slice(block, n));
    for (size_t left = file ? 0 : (size_t)d->size; left > 0;) {
        size_t n = left < sizeof block ? left : sizeof block;
        tm_bytes_add(&d->message, tm_text_slice(block, n));
        left -= n;
    }
    if (file)
        fclose(file);
    if (d->gzip) {
        const tm_deflate_part part = {.bytes = tm_bytes_text(&d->message)};
        tm_bytes out = {.heap = NULL};
        d->deflater = tm_deflater_new(NULL);
        tm_deflate(d->deflater, TM_CODING_GZIP, 0, &part, 1, &out);
        tm_deflater_free(d->deflater);
        tm_bytes_free(&d->message);
        d->message = out;
    }
    size_t count = (size_t)d->piece_count, each = d->message.n / count;
    for (size_t i = 0; i < count; i++)
        d->pieces[i] =
            tm_text_slice(d->message.p + i * each, i + 1 < count ? each : d->message.n - i * each);
}

int main(int argc, char **argv)
{
    static driver d = {.calls = 1,
                       .parallel = 1,
                       .size = 1000,
                       .piece_count = 1,
                       .timeout = 600000,
                       .connect = 300000,
                       .rest = 1000,
                       .retry = 1,
                       .path = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"};
    char error[256];
    for (int i = 2; i < argc; i++)
        set(&d, argv[i]);
    make_message(&d);
    d.loop = tm_loop_new();
    d.later = tm_timer_new(d.loop, begin_due, &d);
    tm_retry_policy reconnect = tm_retry_of_connections();
    reconnect.initial_ms = (uint64_t)d.rest;
    d.channel = tm_channel_new(&(tm_channel_options){.loop = d.loop,
                                                     .endpoint = tm_text_of(argv[1]),
                                                     .version = TM_TEXT("0.0.0"),
                                                     .headers = d.headers,
                                                     .header_count = d.header_count,
                                                     .connect_ms = (uint64_t)d.connect,
                                                     .reconnect = reconnect,
                                                     .keepalive_ms = (uint64_t)d.keepalive,
                                                     .keepalive_wait_ms = (uint64_t)d.kwait,
                                                     .keepalive_idle = d.kidle != 0,
                                                     .pick_first = d.first != 0,
                                                     .lookup_ms = (uint64_t)d.lookup,
                                                     .wait_for_ready = d.ready != 0},
                               error, sizeof error);
    if (!d.channel) {
        printf("error: %s\n", error);
        return 1;
    }
    uint64_t cpu = now_ns(CLOCK_PROCESS_CPUTIME_ID);
    d.due = d.parallel;
    begin_due(&d);
    tm_loop_run(d.loop);
    cpu = now_ns(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    printf("cpu_us_per_call=%.1f calls=%ld ok=%ld\n", (double)cpu / 1e3 / (double)d.calls, d.calls,
           d.ok);
    tm_channel_free(d.channel);
    tm_timer_free(d.later);
    tm_loop_free(d.loop);
    tm_bytes_free(&d.message);
    return d.ok == d.calls ? 0 : 3;
}
