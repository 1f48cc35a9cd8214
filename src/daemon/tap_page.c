/* Tap page: GET /debug/spans, what `tamis record --from` reads.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The answer is a line "spans N dropped M" and the requests behind it, each behind its length as a
 * varint. Whoever asks again goes on reading: reader=NUMBER says who it is, of=kept|all what it
 * wants, pipeline=ID of which pipeline; end=1 lets go. */
#include "base/number.h"
#include "daemon/parts.h"
#include "pipe/tap.h"

#include <stdio.h>

/* What stands behind NAME= in the query, or an empty text. */
static tm_text parameter(const tm_exchange *x, const char *name)
{
    tm_text rest = x->query, part;
    while (rest.n && tm_text_next(&rest, '&', &part))
        if (tm_text_starts(part, tm_text_of(name)))
            return tm_text_skip(part, strlen(name));
    return TM_TEXT("");
}

static bool read_wish(const tm_exchange *x, tm_tap_wish *wish)
{
    const tm_text of = parameter(x, "of=");
    *wish = (tm_tap_wish){.all = tm_text_is(of, "all"), .pipeline = parameter(x, "pipeline=")};
    return tm_number_uint(parameter(x, "reader="), &wish->reader) && wish->reader &&
           (wish->all || !of.n || tm_text_is(of, "kept"));
}

static bool may_read(tm_exchange *x)
{
    tm_text origin;
    if (!tm_daemon_is_local(x))
        tm_daemon_say(x, 403, "only clients on the same machine may read spans\n");
    else if (tm_exchange_header(x, "origin", &origin) ||
             (tm_exchange_header(x, "sec-fetch-site", &origin) && !tm_text_is(origin, "none")))
        tm_daemon_say(x, 403, "browsers may not read spans\n");
    else
        return true;
    return false;
}

static void reply(tm_exchange *x, const tm_tap_taken *taken)
{
    char line[64];
    tm_bytes body = {0};
    const int n = snprintf(line, sizeof line, "spans %llu dropped %llu\n",
                           (unsigned long long)taken->spans, (unsigned long long)taken->dropped);
    if (tm_bytes_add(&body, tm_text_slice(line, (size_t)n)) &&
        tm_bytes_add(&body, tm_bytes_text(&taken->bytes)))
        tm_exchange_reply(x, &(tm_reply){.body = tm_bytes_text(&body),
                                         .content_type = TM_TEXT("application/octet-stream")});
    else
        tm_daemon_say(x, 503, "out of memory\n");
    tm_bytes_free(&body);
}

static void serve(void *owner, tm_exchange *x)
{
    tm_daemon *d = owner;
    tm_tap_wish wish;
    tm_tap_taken taken;
    if (!may_read(x))
        return;
    if (!read_wish(x, &wish)) {
        tm_daemon_say(x, 400, "reader is to be a number above 0, and of kept or all\n");
        return;
    }
    if (parameter(x, "end=").n) {
        tm_tap_end(&d->tap, wish.reader);
        tm_daemon_say(x, 200, "ended\n");
        return;
    }
    if (wish.pipeline.n && !tm_daemon_find_pipeline(d, wish.pipeline)) {
        tm_daemon_say(x, 400, "there is no pipeline of that name\n");
        return;
    }
    if (!tm_tap_take(&d->tap, &wish, &taken)) {
        tm_daemon_say(x, 409, "somebody else reads spans at present\n");
        return;
    }
    reply(x, &taken);
    tm_bytes_free(&taken.bytes);
}

void tm_daemon_open_tap(tm_daemon *d)
{
    tm_daemon_add_page(d, &(tm_service){.kind = TM_SERVICE_PAGE,
                                        .path = TM_TEXT("/debug/spans"),
                                        .keep_headers = true,
                                        .serve = serve,
                                        .owner = d});
}
