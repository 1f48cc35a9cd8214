/* Endpoint: addresses to listen on, URLs, and targets of gRPC.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config/reader.h"

static bool refuse(tm_reading *r, const tm_endpoint *e, const tm_doc *doc, const char *why)
{
    return tm_reading_fail(r, doc, "E0524", "\"%.*s\" %s", TM_PRI(e->text), why);
}

static bool take(tm_text *rest, const char *prefix)
{
    tm_text text = tm_text_of(prefix);
    if (!tm_text_starts(*rest, text))
        return false;
    *rest = tm_text_skip(*rest, text.n);
    return true;
}

static const char *read_listen(tm_text text, tm_endpoint *out)
{
    if (tm_text_find(text, TM_TEXT("://")) >= 0 || tm_text_starts(text, TM_TEXT("unix:")))
        return "is an address to listen on and has no scheme";
    const char *wrong = tm_target_split(text, &out->host, &out->port);
    return wrong ? wrong : out->port < 0 ? "has no port" : NULL;
}

static const char *read_url(tm_text text, tm_endpoint *out)
{
    out->http = take(&text, "http://");
    out->https = !out->http && take(&text, "https://");
    if (tm_text_find(text, TM_TEXT("://")) >= 0)
        return "has a scheme other than http and https";
    ptrdiff_t slash = tm_text_find(text, TM_TEXT("/"));
    if (slash >= 0) {
        out->path = tm_text_skip(text, (size_t)slash);
        text.n = (size_t)slash;
    }
    const char *wrong = tm_target_split(text, &out->host, &out->port);
    if (wrong)
        return wrong;
    if (out->port < 0 && !out->http && !out->https)
        return "has no port";
    out->port = out->port < 0 ? 0 : out->port;
    return out->host.n ? NULL : "has no host";
}

static const char *read_target(tm_text text, tm_endpoint *out)
{
    tm_dial_target target;
    const char *wrong = tm_target_read(text, &target);
    out->host = target.host;
    out->port = target.port;
    out->http = target.http;
    out->https = target.https;
    return wrong;
}

bool tm_endpoint_read(tm_reading *r, const tm_doc *doc, tm_text text, tm_key_kind kind,
                      tm_endpoint *out)
{
    *out = (tm_endpoint){.text = text, .source = doc->source, .place = doc->place};
    if (!text.n)
        return tm_reading_fail(r, doc, "E0524", "an endpoint is HOST:PORT, this is empty");
    const char *wrong = kind == TM_KEY_TARGET ? read_target(text, out)
                        : kind == TM_KEY_URL  ? read_url(text, out)
                                              : read_listen(text, out);
    return !wrong || refuse(r, out, doc, wrong);
}
