/* Record, from: copies of what passes through a running tamis (daemon/tap_page.c).
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "otlp/wire.h"
#include "tools/complain.h"
#include "tools/fetch.h"
#include "tools/record_sink.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

enum { PAUSE_MS = 200, PATH_BYTES = 512 };

typedef struct copying {
    tm_record_sink *sink;
    tm_fetch_address address;
    char path[PATH_BYTES];
    tm_bytes answer;
    uint64_t dropped;
} copying;

/* The pipeline's name goes into the path as it is. */
static bool set_path(copying *c, const tm_arguments *a)
{
    const tm_text pipeline = tm_arguments_text(a, "pipeline", "");
    const tm_text of = tm_arguments_text(a, "of", "kept");
    uint64_t reader = 0;
    for (size_t i = 0; i < pipeline.n; i++)
        if (pipeline.p[i] <= ' ' || pipeline.p[i] >= 127 || strchr("&?#%", pipeline.p[i]))
            return tm_complain("--pipeline is no name of a pipeline");
    tm_clock_random(tm_clock_real(), &reader, sizeof reader);
    const int n =
        snprintf(c->path, sizeof c->path, "/debug/spans?reader=%llu&of=%.*s&pipeline=%.*s",
                 (unsigned long long)(reader >> 1 | 1), TM_PRI(of), TM_PRI(pipeline));
    return (n > 0 && (size_t)n + sizeof "&end=1" < sizeof c->path) ||
           tm_complain("--pipeline is too long");
}

/* One look; false when there is nothing to look at any more, which is told. */
static bool fetch(copying *c)
{
    char error[512] = "";
    int status = 0;
    if (!tm_fetch(&c->address, c->path, &status, &c->answer, error, sizeof error))
        return tm_complain("%s, port %s: %s", c->address.host, c->address.port, error);
    if (status == 200)
        return true;
    tm_text said = tm_bytes_text(&c->answer);
    if (status == 404)
        return tm_complain("%s, port %s: this is not the page of metrics of a tamis that can be "
                           "recorded from",
                           c->address.host, c->address.port);
    said.n = said.n < 200 ? said.n : 200;
    return tm_complain("%s, port %s: %.*s", c->address.host, c->address.port,
                       TM_PRI(tm_text_trim(said)));
}

/* Takes "spans N dropped M\n" off the answer. */
static bool take_line(copying *c, tm_text *rest)
{
    unsigned long long spans, dropped;
    tm_text line;
    char text[64];
    if (!tm_text_next(rest, '\n', &line) || line.n >= sizeof text)
        return false;
    snprintf(text, sizeof text, "%.*s", TM_PRI(line));
    if (sscanf(text, "spans %llu dropped %llu", &spans, &dropped) != 2)
        return false;
    c->dropped += dropped;
    return true;
}

/* The requests of an answer; false when they are none, which is told. */
static bool take_requests(copying *c, bool *some)
{
    tm_text rest = tm_bytes_text(&c->answer);
    if (!take_line(c, &rest))
        return tm_complain("%s answers something else than spans", c->address.host);
    const char *at = rest.p, *end = rest.p + rest.n;
    *some = rest.n > 0;
    while (at != end && !tm_record_is_full(c->sink)) {
        uint64_t n;
        at = tm_wire_varint(at, end, &n);
        if (!at || n > (uint64_t)(end - at))
            return tm_complain("%s answers something else than spans", c->address.host);
        const tm_status status = tm_record_take(c->sink, tm_text_slice(at, n), false);
        at += n;
        if (c->sink->broken)
            return tm_complain("%.*s", TM_PRI(status.message));
    }
    return true;
}

/* False when a signal came, or comes within the time. */
static bool may_go_on(const copying *c, bool pause)
{
    struct pollfd p = {.fd = c->sink->signals, .events = POLLIN};
    return poll(&p, 1, pause ? PAUSE_MS : 0) == 0;
}

static bool copy_all(copying *c)
{
    bool some = false;
    if (!fetch(c))
        return false;
    fprintf(stderr, "tamis: recording from %s, port %s\n", c->address.host, c->address.port);
    if (!tm_record_begin(c->sink))
        return false;
    do {
        if (!take_requests(c, &some))
            return false;
        if (tm_record_is_full(c->sink) || !may_go_on(c, !some))
            return true;
    } while (fetch(c));
    return false;
}

static void let_go(copying *c)
{
    char error[512];
    int status;
    strcat(c->path, "&end=1"); /* there is room */
    tm_fetch(&c->address, c->path, &status, &c->answer, error, sizeof error);
}

int tm_record_from(tm_record_sink *sink, const tm_arguments *a)
{
    copying c = {.sink = sink};
    const tm_text address = tm_arguments_text(a, "from", "");
    if (!tm_fetch_address_read(address, &c.address)) {
        tm_complain("--from takes an address as localhost:8888, not %.*s", TM_PRI(address));
        return TM_EXIT_USAGE;
    }
    if (!set_path(&c, a))
        return TM_EXIT_USAGE;
    const bool ok = copy_all(&c);
    if (ok)
        let_go(&c);
    tm_bytes_free(&c.answer);
    const int code = tm_record_end(sink);
    if (c.dropped)
        tm_complain("%llu spans found no room in the running tamis and are missing",
                    (unsigned long long)c.dropped);
    return ok ? code : TM_EXIT_USAGE;
}
